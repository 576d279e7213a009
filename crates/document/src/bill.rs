//! A bill, and beside its lines what its tariff and its readings make.

mod lines;
mod readings;
mod recomputation;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use wattkey_domain::tariff::{Comparison, Metered, Reckoning};
use wattkey_domain::{BillDocument, LineKind};
use wattkey_pki::Digest;

use crate::block::{Card, cards, facts};
use crate::frame::{self, Frame};
use crate::measure::{Tone, pt};
use crate::number;
use crate::page::Flow;
use crate::pdf::{About, Attachment};
use crate::text::Text;
use crate::typeset::Typesetter;
use crate::{Issuer, Language, Pdf, PdfError};

/// What a bill's document shows.
#[derive(Debug, Clone, Copy)]
pub struct Bill<'a> {
    /// Who issues it.
    pub issuer: &'a Issuer,
    /// The customer's name.
    pub customer: &'a str,
    /// The contract account's name.
    pub account: &'a str,
    /// The address of supply.
    pub address: &'a str,
    /// The bill document's exact bytes; the PDF carries them.
    pub bytes: &'a [u8],
    /// What they say.
    pub document: &'a BillDocument,
    /// The recomputation.
    pub recomputed: Option<Recomputed<'a>>,
}

/// A bill beside its recomputation.
#[derive(Debug, Clone, Copy)]
pub struct Recomputed<'a> {
    /// What the meters showed.
    pub metered: &'a Metered,
    /// What that costs.
    pub reckoning: &'a Reckoning,
    /// The bill beside it.
    pub comparison: &'a Comparison,
}

impl Bill<'_> {
    /// The bill as PDF.
    ///
    /// # Errors
    /// [`PdfError`].
    pub fn pdf(&self, language: Language) -> Result<Pdf, PdfError> {
        let text = Text::new(language);
        let mut flow = Flow::new(Typesetter::new(language));
        let document = self.document;
        let file = format!("bill-{}.json", document.bill);
        let digest = Digest::of(self.bytes);
        let says = text.with("bill-footer", &[("digest", digest.to_string().into())]);
        let frame = Frame {
            issuer: self.issuer.name.clone(),
            title: text.get("title-bill"),
            number: document.bill.to_string(),
            footer: text.with(
                "footer-attached",
                &[("what", says.into()), ("file", file.clone().into())],
            ),
        };
        frame::open(&mut flow, &frame);
        self.parties(&mut flow, &text);
        self.figures(&mut flow, &text);
        lines::draw(&mut flow, &text, document);
        if let Some(recomputed) = &self.recomputed {
            recomputation::draw(&mut flow, &text, document, recomputed);
            readings::draw(&mut flow, &text, recomputed.metered);
        }
        let about = About {
            title: format!("{} {}", frame.title, frame.number),
            author: self.issuer.name.clone(),
            language,
            made: beginning(document.issued, self.issuer),
            id: format!(
                "bill {} {digest} {}",
                document.bill,
                self.recomputed.is_some()
            ),
        };
        let attachment = Attachment {
            name: file,
            media_type: "application/json",
            says: text.get("bill-attached"),
            bytes: self.bytes.to_vec(),
        };
        crate::finish(flow, &frame, &text, &about, attachment)
    }

    fn parties(&self, flow: &mut Flow, text: &Text) {
        let document = self.document;
        let fact = |name: &str, value: String| (text.get(name), value);
        let customer = vec![
            (String::new(), self.customer.to_owned()),
            fact(
                "account",
                format!(
                    "{}{}{}",
                    document.account,
                    text.get("between-facts"),
                    self.account
                ),
            ),
            fact("address", self.address.to_owned()),
        ];
        let bill = vec![
            (String::new(), document.bill.to_string()),
            fact("period", document.period.to_string()),
            fact("issued", document.issued.to_string()),
            fact("due", document.due.to_string()),
        ];
        let titles = (text.get("customer"), text.get("bill"));
        facts(flow, [(&titles.0, customer), (&titles.1, bill)]);
    }

    fn figures(&self, flow: &mut Flow, text: &Text) {
        let document = self.document;
        let card = |name: &str, value, note: &str, tone| Card {
            name: text.get(name),
            value,
            note: text.get(note),
            tone,
        };
        let currency = document.currency();
        let total = number::money(document.total.minor(), currency);
        let due = number::day(document.due, text.language);
        let mut shown = vec![
            card("bill-to-pay", total, "bill-total-note", Tone::Plain),
            card("bill-pay-by", due, "bill-pay-note", Tone::Plain),
        ];
        if let Some(recomputed) = &self.recomputed {
            let comparison = recomputed.comparison;
            shown.push(if comparison.agrees() {
                let agrees = text.get("bill-agrees");
                card("bill-check", agrees, "bill-agrees-note", Tone::Good)
            } else {
                let by = number::money(comparison.difference.minor(), currency);
                card("bill-differs", by, "bill-differs-note", Tone::Warning)
            });
        } else if let Some(energy) = energy(document) {
            let energy = format!("{} kWh", number::number(energy));
            shown.push(card("bill-energy", energy, "bill-energy-note", Tone::Plain));
        }
        flow.space(pt(4));
        cards(flow, &shown);
    }
}

/// The energy of a bill, when all of it is in kWh.
fn energy(document: &BillDocument) -> Option<Decimal> {
    let lines = document.lines.iter();
    let mut energies = lines
        .filter(|line| line.kind == LineKind::Energy)
        .map(|line| {
            line.quantity
                .filter(|_| line.unit.as_deref() == Some("kWh"))
        })
        .peekable();
    energies.peek()?;
    energies.try_fold(Decimal::ZERO, |sum, energy| sum.checked_add(energy?))
}

/// The beginning of a day where the service is.
fn beginning(day: Date, issuer: &Issuer) -> Timestamp {
    day.to_zoned(issuer.zone.clone())
        .map_or(Timestamp::UNIX_EPOCH, |begins| begins.timestamp())
}
