//! A receipt, with the code that leads to its verification.

use wattkey_domain::OrderState;
use wattkey_protocol::order::SourceKind;
use wattkey_protocol::receipt::{Receipt as Document, ReceiptCode};

use crate::block::table::{Column, Row, RowKind, Table, table};
use crate::block::{BODY, Card, MUTED, SMALL, STRONG, cards, facts, heading};
use crate::code;
use crate::frame::{self, Frame};
use crate::measure::{Milli, Tone, look, pt};
use crate::number;
use crate::page::{Flow, Role};
use crate::pdf::{About, Attachment};
use crate::text::Text;
use crate::typeset::{Style, Typesetter};
use crate::{Issuer, Language, Pdf, PdfError};

/// The width of the code with its white margin.
const CODE: Milli = pt(130);

/// What a receipt's document shows.
#[derive(Debug, Clone, Copy)]
pub struct Receipt<'a> {
    /// Who issues it.
    pub issuer: &'a Issuer,
    /// The customer's name.
    pub customer: &'a str,
    /// The receipt with its signatures; the PDF carries it. It was verified by the caller.
    pub signed: &'a [u8],
    /// What it says.
    pub document: &'a Document,
}

impl Receipt<'_> {
    /// The receipt as PDF.
    ///
    /// # Errors
    /// [`PdfError`], also when `signed` and `document` are not one receipt.
    pub fn pdf(&self, language: Language) -> Result<Pdf, PdfError> {
        let text = Text::new(language);
        let mut flow = Flow::new(Typesetter::new(language));
        let document = self.document;
        let code = ReceiptCode::of(self.signed).map_err(|error| PdfError(error.to_string()))?;
        if (code.order, &code.audience) != (document.order, &document.audience) {
            return Err(PdfError("the signed receipt is another one".to_owned()));
        }
        let file = format!("receipt-{}.json", document.order);
        let frame = Frame {
            issuer: self.issuer.name.clone(),
            title: text.get("title-receipt"),
            number: document.order.to_string(),
            footer: text.with(
                "footer-attached",
                &[
                    ("what", text.get("receipt-footer").into()),
                    ("file", file.clone().into()),
                ],
            ),
        };
        frame::open(&mut flow, &frame);
        self.parties(&mut flow, &text);
        self.figures(&mut flow, &text);
        self.amounts(&mut flow, &text);
        self.verification(&mut flow, &text, &code)?;
        let about = About {
            title: format!("{} {}", frame.title, frame.number),
            author: self.issuer.name.clone(),
            language,
            made: document.as_of,
            id: format!("receipt {code}"),
        };
        let attachment = Attachment {
            name: file,
            media_type: "application/jose+json",
            says: text.get("receipt-attached"),
            bytes: self.signed.to_vec(),
        };
        crate::finish(flow, &frame, &text, &about, attachment)
    }

    fn parties(&self, flow: &mut Flow, text: &Text) {
        let document = self.document;
        let fact = |name: &str, value: String| (text.get(name), value);
        let reference = match document.reference.as_str() {
            "" => text.get("none"),
            reference => reference.to_owned(),
        };
        let customer = vec![
            (String::new(), self.customer.to_owned()),
            fact("reference", reference),
            fact("supplier", self.issuer.name.clone()),
        ];
        let source = text.get(match document.source {
            SourceKind::Mandate => "source-mandate",
            SourceKind::Transfer => "source-transfer",
            SourceKind::Deposit => "source-deposit",
        });
        let order = vec![
            (String::new(), document.order.to_string()),
            fact("source", source),
            fact("as-of", self.as_of(text)),
        ];
        let titles = (text.get("customer"), text.get("order"));
        facts(flow, [(&titles.0, customer), (&titles.1, order)]);
    }

    fn as_of(&self, text: &Text) -> String {
        number::moment(self.document.as_of, &self.issuer.zone, text.language)
    }

    fn figures(&self, flow: &mut Flow, text: &Text) {
        let document = self.document;
        let state = text.get(&format!("state-{}", document.state.as_str()));
        let (tone, says) = match document.state {
            OrderState::Settled => (Tone::Good, text.get("receipt-good")),
            OrderState::Returned => (Tone::Bad, text.get("receipt-returned")),
            OrderState::AwaitingApproval | OrderState::Accepted | OrderState::Submitted => {
                let state = [("state", state.clone().into())];
                (Tone::Warning, text.with("receipt-pending", &state))
            }
            OrderState::Rejected
            | OrderState::Refused
            | OrderState::Cancelled
            | OrderState::Lapsed => {
                let state = [("state", state.clone().into())];
                (Tone::Bad, text.with("receipt-bad", &state))
            }
        };
        flow.space(pt(4));
        cards(
            flow,
            &[
                Card {
                    name: text.get("paid-total"),
                    value: number::money(document.total, document.currency),
                    note: self.as_of(text),
                    tone: Tone::Plain,
                },
                Card {
                    name: text.get("state"),
                    value: state,
                    note: says,
                    tone,
                },
            ],
        );
    }

    fn amounts(&self, flow: &mut Flow, text: &Text) {
        let document = self.document;
        let currency = document.currency;
        let in_currency = |id| text.with(id, &[("currency", currency.code().into())]);
        heading(flow, &text.get("receipt-bills"));
        let columns = vec![
            Column::rest(text.get("item")),
            Column::number(in_currency("principal-in")),
            Column::number(in_currency("penalty-in")),
            Column::number(in_currency("amount-in")),
        ];
        let amount = |minor| number::amount(minor, currency);
        let mut rows: Vec<Row> = document
            .bills
            .iter()
            .map(|bill| {
                let sum = bill.principal.saturating_add(bill.penalty);
                Row::new(
                    RowKind::Plain,
                    [
                        format!("{} {}", text.get("bill"), bill.bill),
                        amount(bill.principal),
                        amount(bill.penalty),
                        amount(sum),
                    ],
                )
            })
            .collect();
        let mut other = |kind, name: String, minor| {
            let empty = String::new;
            rows.push(Row::new(kind, [name, empty(), empty(), amount(minor)]));
        };
        if let Some(part) = &document.deposit {
            let account = [("account", part.account.to_string().into())];
            other(
                RowKind::Plain,
                text.with("deposit-part", &account),
                part.amount,
            );
        }
        if let Some(refund) = &document.refund {
            let mandate = [("mandate", refund.mandate.to_string().into())];
            other(
                RowKind::Plain,
                text.with("refund-part", &mandate),
                refund.amount,
            );
        }
        other(RowKind::Total, text.get("total"), document.total);
        table(flow, &Table { columns, rows });
    }

    /// The code, and beside it how a third party verifies.
    fn verification(
        &self,
        flow: &mut Flow,
        text: &Text,
        code: &ReceiptCode,
    ) -> Result<(), PdfError> {
        heading(flow, &text.get("receipt-verify"));
        flow.need(CODE + pt(10));
        let top = flow.top;
        let words = code.to_string();
        let says = text.with("receipt-code-says", &[("code", words.clone().into())]);
        let size = code::code(flow, (look::MARGIN, top), CODE, (&words, says))?;
        let left = look::MARGIN + size + pt(12);
        let width = look::WIDTH - size - pt(12);
        let document = self.document;
        let journal = [("sequence", document.journal.sequence.into())];
        let mut facts = vec![
            (text.get("receipt-digest"), code.digest),
            (
                text.with("receipt-journal", &journal),
                document.journal.link,
            ),
        ];
        facts.extend(
            document
                .supersedes
                .map(|digest| (text.get("receipt-supersedes"), digest)),
        );
        let mut y = top + pt(4);
        let mut say = |flow: &mut Flow, words: &str, style: Style, after: Milli| {
            let node = flow.node(Role::Paragraph, None);
            let lines = flow.typesetter.lines(words, style, width);
            y += flow.paragraph_at((left, y), lines, Some(node)) + after;
        };
        say(flow, &text.get("receipt-verify-file"), BODY, pt(3));
        say(flow, &text.get("receipt-verify-command"), STRONG, pt(5));
        say(flow, &text.get("receipt-verify-paper"), MUTED, pt(6));
        for (name, digest) in facts {
            let values = [("name", name.into()), ("value", digest.to_string().into())];
            say(flow, &text.with("labelled", &values), SMALL, 0);
        }
        flow.top = (top + size).max(y);
        Ok(())
    }
}
