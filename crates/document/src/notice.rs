//! A notice of arrears, as a letter.

use wattkey_pki::Digest;
use wattkey_protocol::notice::NoticeDocument;

use crate::block::table::{Column, Row, RowKind, Table, table};
use crate::block::{BODY, Card, STRONG, cards, facts, heading, paragraph};
use crate::frame::{self, Frame};
use crate::measure::{Tone, pt};
use crate::number;
use crate::page::Flow;
use crate::pdf::{About, Attachment};
use crate::text::Text;
use crate::typeset::Typesetter;
use crate::{Issuer, Language, Pdf, PdfError};

/// What a notice's document shows.
#[derive(Debug, Clone, Copy)]
pub struct Notice<'a> {
    /// Who issues it.
    pub issuer: &'a Issuer,
    /// The contract account's name.
    pub account: &'a str,
    /// The address of supply.
    pub address: &'a str,
    /// The notice's exact bytes; the PDF carries them.
    pub bytes: &'a [u8],
    /// What they say.
    pub document: &'a NoticeDocument,
}

impl Notice<'_> {
    /// The notice as PDF.
    ///
    /// # Errors
    /// [`PdfError`].
    pub fn pdf(&self, language: Language) -> Result<Pdf, PdfError> {
        let text = Text::new(language);
        let mut flow = Flow::new(Typesetter::new(language));
        let document = self.document;
        let file = format!("notice-{}.json", document.notice);
        let digest = Digest::of(self.bytes);
        let says = text.with("notice-footer", &[("digest", digest.to_string().into())]);
        let frame = Frame {
            issuer: self.issuer.name.clone(),
            title: text.get(&format!("title-notice-{}", document.kind.as_str())),
            number: document.notice.to_string(),
            footer: text.with(
                "footer-attached",
                &[("what", says.into()), ("file", file.clone().into())],
            ),
        };
        frame::open(&mut flow, &frame);
        self.parties(&mut flow, &text);
        self.figures(&mut flow, &text);
        self.letter(&mut flow, &text);
        self.bills(&mut flow, &text);
        flow.space(pt(6));
        paragraph(&mut flow, &text.get("notice-disputed"), BODY);
        paragraph(&mut flow, &text.get("notice-acknowledge"), BODY);
        flow.space(pt(10));
        paragraph(&mut flow, &self.issuer.name, STRONG);
        paragraph(&mut flow, &self.when(document.served, &text), BODY);
        let about = About {
            title: format!("{} {}", frame.title, frame.number),
            author: self.issuer.name.clone(),
            language,
            made: document.served,
            id: format!("notice {digest}"),
        };
        let attachment = Attachment {
            name: file,
            media_type: "application/json",
            says: text.get("notice-attached"),
            bytes: self.bytes.to_vec(),
        };
        crate::finish(flow, &frame, &text, &about, attachment)
    }

    fn when(&self, time: jiff::Timestamp, text: &Text) -> String {
        number::moment(time, &self.issuer.zone, text.language)
    }

    fn parties(&self, flow: &mut Flow, text: &Text) {
        let document = self.document;
        let fact = |name: &str, value: String| (text.get(name), value);
        let account = format!(
            "{}{}{}",
            document.account,
            text.get("between-facts"),
            self.account
        );
        let customer = vec![
            (String::new(), document.customer.name.clone()),
            fact("account", account),
            fact("address", self.address.to_owned()),
        ];
        let notice = vec![
            (String::new(), document.notice.to_string()),
            fact("notice-served", self.when(document.served, text)),
            fact("supplier", self.issuer.name.clone()),
        ];
        let titles = (text.get("customer"), text.get("notice"));
        facts(flow, [(&titles.0, customer), (&titles.1, notice)]);
    }

    fn figures(&self, flow: &mut Flow, text: &Text) {
        let document = self.document;
        let mut shown = vec![Card {
            name: text.get("notice-total"),
            value: number::money(document.total, document.currency),
            note: text.get("notice-total-note"),
            tone: Tone::Warning,
        }];
        match document.cut_off {
            Some(moment) => {
                let there = moment.to_zoned(self.issuer.zone.clone());
                shown.push(Card {
                    name: text.get("notice-cut-off-at"),
                    value: format!("{} {}", there.date(), there.strftime("%H:%M")),
                    note: there.strftime("UTC%:z").to_string(),
                    tone: Tone::Bad,
                });
            }
            None => shown.push(Card {
                name: text.get("notice-bills-count"),
                value: document.bills.len().to_string(),
                note: String::new(),
                tone: Tone::Plain,
            }),
        }
        flow.space(pt(4));
        cards(flow, &shown);
    }

    fn letter(&self, flow: &mut Flow, text: &Text) {
        let document = self.document;
        flow.space(pt(10));
        let to = [("customer", document.customer.name.clone().into())];
        paragraph(flow, &text.with("notice-to", &to), STRONG);
        let when = document.cut_off.map(|moment| self.when(moment, text));
        let words = text.with(
            &format!("notice-{}", document.kind.as_str()),
            &[
                ("account", document.account.to_string().into()),
                (
                    "total",
                    number::money(document.total, document.currency).into(),
                ),
                ("when", when.unwrap_or_default().into()),
            ],
        );
        paragraph(flow, &words, BODY);
    }

    fn bills(&self, flow: &mut Flow, text: &Text) {
        let document = self.document;
        let currency = document.currency;
        let in_currency = |id| text.with(id, &[("currency", currency.code().into())]);
        heading(flow, &text.get("notice-bills"));
        let columns = vec![
            Column::rest(text.get("bill")),
            Column::words(text.get("due")),
            Column::number(in_currency("open-in")),
            Column::number(in_currency("penalty-in")),
            Column::number(in_currency("sum-in")),
        ];
        let amount = |minor| number::amount(minor, currency);
        let mut rows: Vec<Row> = document
            .bills
            .iter()
            .map(|bill| {
                Row::new(
                    RowKind::Plain,
                    [
                        bill.bill.to_string(),
                        bill.due.to_string(),
                        amount(bill.open),
                        amount(bill.penalty),
                        amount(bill.open.saturating_add(bill.penalty)),
                    ],
                )
            })
            .collect();
        let sum = |part: fn(&wattkey_protocol::notice::NoticeBill) -> i64| {
            let parts = document.bills.iter().map(part);
            amount(parts.fold(0_i64, i64::saturating_add))
        };
        rows.push(Row::new(
            RowKind::Total,
            [
                text.get("total"),
                String::new(),
                sum(|bill| bill.open),
                sum(|bill| bill.penalty),
                amount(document.total),
            ],
        ));
        table(flow, &Table { columns, rows });
    }
}
