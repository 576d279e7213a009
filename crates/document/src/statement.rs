//! A statement of account: what was owed and paid between two days, with balances.

use wattkey_pki::Digest;
use wattkey_protocol::statement::{Entry, Ledger, Statement as Document, Way};

use crate::block::table::{Cell, Column, Row, RowKind, Table, table};
use crate::block::{Card, MUTED, cards, facts, heading, paragraph};
use crate::frame::{self, Frame};
use crate::measure::{Tone, pt};
use crate::number;
use crate::page::Flow;
use crate::pdf::{About, Attachment};
use crate::text::Text;
use crate::typeset::Typesetter;
use crate::{Issuer, Language, Pdf, PdfError};

/// What a statement's document shows.
#[derive(Debug, Clone, Copy)]
pub struct Statement<'a> {
    /// Who issues it.
    pub issuer: &'a Issuer,
    /// The customer's name.
    pub customer: &'a str,
    /// All of it, with the entries of all its pages; the PDF carries it.
    pub document: &'a Document,
}

impl Statement<'_> {
    /// The statement as PDF.
    ///
    /// # Errors
    /// [`PdfError`].
    pub fn pdf(&self, language: Language) -> Result<Pdf, PdfError> {
        let text = Text::new(language);
        let mut flow = Flow::new(Typesetter::new(language));
        let document = self.document;
        let bytes = serde_json::to_vec(document).map_err(|error| PdfError(error.to_string()))?;
        let number = format!("{} {} – {}", document.account, document.from, document.to);
        let file = format!(
            "statement-{}-{}-{}.json",
            document.account, document.from, document.to
        );
        let read = number::moment(document.as_of, &self.issuer.zone, language);
        let frame = Frame {
            issuer: self.issuer.name.clone(),
            title: text.get("title-statement"),
            number,
            footer: text.with(
                "footer-attached",
                &[
                    (
                        "what",
                        text.with("statement-footer", &[("when", read.into())])
                            .into(),
                    ),
                    ("file", file.clone().into()),
                ],
            ),
        };
        frame::open(&mut flow, &frame);
        self.parties(&mut flow, &text);
        self.figures(&mut flow, &text);
        self.ledger(&mut flow, &text, Ledger::Bills);
        let deposit = document
            .items
            .iter()
            .any(|entry| entry.ledger == Ledger::Deposit);
        if deposit || document.opening.deposit != 0 {
            self.ledger(&mut flow, &text, Ledger::Deposit);
        }
        let about = About {
            title: format!("{} {}", frame.title, frame.number),
            author: self.issuer.name.clone(),
            language,
            made: document.as_of,
            id: format!("statement {}", Digest::of(&bytes)),
        };
        let attachment = Attachment {
            name: file,
            media_type: "application/json",
            says: text.get("statement-attached"),
            bytes,
        };
        crate::finish(flow, &frame, &text, &about, attachment)
    }

    fn parties(&self, flow: &mut Flow, text: &Text) {
        let document = self.document;
        let fact = |name: &str, value: String| (text.get(name), value);
        let customer = vec![
            (String::new(), self.customer.to_owned()),
            fact("address", document.address.clone()),
        ];
        let name = format!(
            "{}{}{}",
            document.account,
            text.get("between-facts"),
            document.name
        );
        let account = vec![
            (String::new(), name),
            fact("statement-from", document.from.to_string()),
            fact("statement-to", document.to.to_string()),
        ];
        let titles = (text.get("customer"), text.get("account"));
        facts(flow, [(&titles.0, customer), (&titles.1, account)]);
    }

    fn figures(&self, flow: &mut Flow, text: &Text) {
        let document = self.document;
        let money = |minor| number::money(minor, document.currency);
        let day =
            |id: &str, day: jiff::civil::Date| text.with(id, &[("day", day.to_string().into())]);
        let closing = document.closing;
        let note = if closing.in_collection > 0 {
            let amount = [("amount", money(closing.in_collection).into())];
            text.with("statement-collection-note", &amount)
        } else {
            text.with(
                "statement-open-note",
                &[("open", money(closing.open).into())],
            )
        };
        let opening = document.opening;
        let before = [("amount", money(opening.deposit).into())];
        let card = |name, value, note| Card {
            name,
            value,
            note,
            tone: Tone::Plain,
        };
        let mut shown = vec![
            card(
                day("statement-owed", document.from),
                money(opening.owed),
                String::new(),
            ),
            card(
                day("statement-owed-after", document.to),
                money(closing.owed),
                note,
            ),
        ];
        if opening.deposit != 0 || closing.deposit != 0 {
            shown.push(card(
                day("statement-deposit", document.to),
                money(closing.deposit),
                text.with("statement-deposit-note", &before),
            ));
        }
        flow.space(pt(4));
        cards(flow, &shown);
    }

    fn ledger(&self, flow: &mut Flow, text: &Text, ledger: Ledger) {
        let document = self.document;
        let currency = document.currency;
        let in_currency = |id| text.with(id, &[("currency", currency.code().into())]);
        let (title, debit, credit, opening, closing) = match ledger {
            Ledger::Bills => (
                "statement-bills",
                "charged-in",
                "paid-in",
                document.opening.owed,
                document.closing.owed,
            ),
            Ledger::Deposit => (
                "statement-deposit-entries",
                "out-in",
                "in-in",
                document.opening.deposit,
                document.closing.deposit,
            ),
        };
        heading(flow, &text.get(title));
        let columns = vec![
            Column::words(text.get("day")),
            Column::rest(text.get("entry")),
            Column::number(in_currency(debit)),
            Column::number(in_currency(credit)),
            Column::number(in_currency("balance-in")),
        ];
        let amount = |minor| number::amount(minor, currency);
        let balance = |kind, day: String, name: &str, minor| {
            let empty = String::new;
            Row::new(kind, [day, text.get(name), empty(), empty(), amount(minor)])
        };
        let entries: Vec<&Entry> = document
            .items
            .iter()
            .filter(|entry| entry.ledger == ledger)
            .collect();
        let mut rows = vec![balance(
            RowKind::Plain,
            document.from.to_string(),
            "brought-forward",
            opening,
        )];
        let moved = |minor: i64| {
            let minor = Some(minor).filter(|minor| *minor != 0);
            Cell::from(minor.map_or_else(String::new, amount))
        };
        rows.extend(entries.iter().map(|entry| {
            Row::new(
                RowKind::Plain,
                [
                    Cell::from(entry.day.to_string()),
                    described(text, entry),
                    moved(entry.debit),
                    moved(entry.credit),
                    Cell::from(amount(entry.balance)),
                ],
            )
        }));
        rows.push(balance(
            RowKind::Total,
            document.to.to_string(),
            "carried-forward",
            closing,
        ));
        table(flow, &Table { columns, rows });
        if entries.is_empty() {
            paragraph(flow, &text.get("statement-none"), MUTED);
        }
    }
}

/// What an entry is, and below it what it is about.
fn described(text: &Text, entry: &Entry) -> Cell {
    let mut words = text.get(&format!("entry-{}", code(&entry.kind)));
    // That the deposit paid is what its own ledger says anyway.
    let told = (entry.ledger, entry.way) == (Ledger::Deposit, Some(Way::Deposit));
    if let Some(way) = entry.way.as_ref().filter(|_| !told) {
        words.push_str(&text.get("between-facts"));
        words.push_str(&text.get(&format!("way-{}", code(way))));
    }
    if let Some(channel) = &entry.channel {
        words.push_str(&text.get("between-facts"));
        words.push_str(channel);
    }
    let fact = |id: &str, name: &str, value: String| text.with(id, &[(name, value.into())]);
    let mut facts = Vec::new();
    facts.extend(entry.bill.as_ref().map(ToString::to_string));
    facts.extend(
        entry
            .period
            .map(|period| fact("entry-period", "period", period.to_string())),
    );
    facts.extend(
        entry
            .due
            .map(|due| fact("entry-due", "day", due.to_string())),
    );
    let reference = entry
        .reference
        .as_ref()
        .filter(|reference| !reference.is_empty());
    facts
        .extend(reference.map(|reference| fact("entry-reference", "reference", reference.clone())));
    facts.extend(
        entry
            .number
            .as_ref()
            .map(|number| fact("entry-number", "number", number.clone())),
    );
    facts.extend(entry.reason.clone());
    let mut note = facts.join(&text.get("between-facts"));
    if let Some(order) = entry.order {
        // As long as all the rest, it has a line of its own.
        if !note.is_empty() {
            note.push('\n');
        }
        note.push_str(&fact("entry-order", "order", order.to_string()));
    }
    Cell { text: words, note }
}

/// The name of a variant in the protocol.
fn code(variant: &impl serde::Serialize) -> String {
    match serde_json::to_value(variant) {
        Ok(serde_json::Value::String(code)) => code,
        _ => String::new(),
    }
}
