//! What the messages that are written have in common.

use jiff::Timestamp;
use jiff::civil::Date;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use wattkey_domain::Money;

use crate::account::{Account, Agent, NOT_PROVIDED};
use crate::text::{CharacterSet, MAX_REMITTANCE};

/// A party with its account and bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Its name, in any characters.
    pub name: String,
    /// Its account.
    pub account: Account,
    /// The bank that keeps the account.
    pub agent: Agent,
}

/// Why a request cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// Banks refuse to move nothing.
    #[error("the amount is zero")]
    Amount,
    /// `xs:date` and banks know the years 1 to 9999.
    #[error("the {0} is outside of the years 1 to 9999")]
    Date(&'static str),
}

/// Refuses dates that no bank takes.
pub(crate) fn years(created: Timestamp, dates: &[(Date, &'static str)]) -> Result<(), WriteError> {
    let created = created.to_zoned(jiff::tz::TimeZone::UTC).date();
    let first = std::iter::once((created, "time of the message"));
    match first
        .chain(dates.iter().copied())
        .find(|(date, _)| date.year() < 1)
    {
        Some((_, name)) => Err(WriteError::Date(name)),
        None => Ok(()),
    }
}

/// `xs:dateTime` in UTC.
pub(crate) fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

pub(crate) fn account(xml: &mut Xml, name: &str, account: &Account) {
    xml.within(name, |xml| {
        xml.within("Id", |xml| match account {
            Account::Iban(number) => xml.text("IBAN", number),
            Account::Other(number) => xml.within("Othr", |xml| xml.text("Id", number)),
        });
    });
}

pub(crate) fn agent(xml: &mut Xml, name: &str, agent: &Agent) {
    xml.within(name, |xml| {
        xml.within("FinInstnId", |xml| match agent {
            Agent::Bic(code) => xml.text("BICFI", code),
            Agent::Cnaps(code) => xml.within("ClrSysMmbId", |xml| {
                xml.within("ClrSysId", |xml| xml.text("Cd", "CNAPS"));
                xml.text("MmbId", code);
            }),
            Agent::NotProvided => xml.within("Othr", |xml| xml.text("Id", NOT_PROVIDED)),
        });
    });
}

/// The bills that fit, whole, then the number of those that don't: `B-1 B-2 +3`.
pub(crate) fn remittance(bills: &[String], characters: CharacterSet) -> String {
    let cleaned: Vec<String> = bills
        .iter()
        .map(|bill| characters.clean(bill, MAX_REMITTANCE))
        .filter(|bill| !bill.is_empty())
        .collect();
    let mut kept = cleaned.len();
    loop {
        let mut words: Vec<String> = cleaned[..kept].to_vec();
        if kept < cleaned.len() {
            words.push(format!("+{}", cleaned.len() - kept));
        }
        let line = words.join(" ");
        if kept == 0 || line.chars().count() <= MAX_REMITTANCE {
            return line;
        }
        kept -= 1;
    }
}

/// Writes elements into memory, where nothing can fail.
pub(crate) struct Xml {
    writer: Writer<Vec<u8>>,
}

impl Xml {
    pub(crate) fn new(namespace: &str) -> Self {
        let mut xml = Self {
            writer: Writer::new(Vec::new()),
        };
        xml.event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        let root = BytesStart::new("Document").with_attributes([("xmlns", namespace)]);
        xml.event(Event::Start(root));
        xml
    }

    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.event(Event::End(BytesEnd::new("Document")));
        self.writer.into_inner()
    }

    pub(crate) fn within(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.event(Event::Start(BytesStart::new(name)));
        content(self);
        self.event(Event::End(BytesEnd::new(name)));
    }

    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.within(name, |xml| xml.event(Event::Text(BytesText::new(text))));
    }

    pub(crate) fn amount(&mut self, name: &str, amount: Money) {
        let code = amount.currency().to_string();
        let start = BytesStart::new(name).with_attributes([("Ccy", code.as_str())]);
        self.event(Event::Start(start));
        self.event(Event::Text(BytesText::new(&amount.to_decimal())));
        self.event(Event::End(BytesEnd::new(name)));
    }

    fn event(&mut self, event: Event<'_>) {
        self.writer
            .write_event(event)
            .expect("writing to memory does not fail");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bills_that_do_not_fit_are_counted() {
        let bills: Vec<String> = (0..100).map(|n| format!("B-2026-08-{n:03}")).collect();
        let line = remittance(&bills, CharacterSet::Latin);
        assert!(
            line.len() <= MAX_REMITTANCE && line.ends_with(" +91"),
            "{line}"
        );
        assert_eq!(
            remittance(&bills[..2], CharacterSet::Latin),
            "B-2026-08-000 B-2026-08-001"
        );
        assert_eq!(remittance(&[], CharacterSet::Latin), "");
    }
}
