//! The direct debit that the creditor sends: customer direct debit initiation,
//! pain.008.001.08.
//!
//! One message holds one payment with one transaction, so that an answer about any of the three
//! is an answer about one order. `MsgId`, `PmtInfId` and `EndToEndId` are the same. The sequence
//! type is `RCUR`, the local instrument absent (PROTOCOL 14). The service level and the charge
//! bearer are absent too: the agreement with the bank decides them.

use jiff::Timestamp;
use jiff::civil::Date;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use wattkey_domain::Money;

use crate::account::{Account, Agent, NOT_PROVIDED};
use crate::identifier::Identifier;
use crate::text::{CharacterSet, MAX_REMITTANCE};

/// The namespace of the messages that are written.
pub const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:pain.008.001.08";

/// One collection from one debtor's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectionRequest {
    /// `MsgId`, `PmtInfId` and `EndToEndId`; see [`Identifier::for_order`].
    pub reference: Identifier,
    /// When the message is made.
    pub created: Timestamp,
    /// The day on which the money is asked for (`ReqdColltnDt`).
    pub collection_date: Date,
    /// Who is paid.
    pub creditor: Creditor,
    /// Who pays.
    pub debtor: Party,
    /// What allows it.
    pub mandate: Mandate,
    /// How much; not zero.
    pub amount: Money,
    /// Identifiers of the bills that are paid. As many as fit stand in the remittance
    /// information, the rest is counted.
    pub bills: Vec<String>,
    /// What names and remittance information may hold.
    pub characters: CharacterSet,
}

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

/// The power company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Creditor {
    /// Name, account and bank.
    pub party: Party,
    /// Creditor scheme identification: the number under which mandates are given.
    pub scheme_id: Identifier,
}

/// A debit mandate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mandate {
    /// `MndtId`.
    pub id: Identifier,
    /// The day on which the debtor signed it (`DtOfSgntr`).
    pub signed: Date,
}

/// Why a request cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// Banks refuse a collection of nothing.
    #[error("the amount of a collection is zero")]
    Amount,
    /// `xs:date` and banks know the years 1 to 9999.
    #[error("the {0} is outside of the years 1 to 9999")]
    Date(&'static str),
}

/// The message, valid against the schema, in UTF-8. The same request gives the same bytes.
///
/// # Errors
/// When the amount or a date is none that a bank takes.
pub fn write(request: &CollectionRequest) -> Result<Vec<u8>, WriteError> {
    check(request)?;
    let mut xml = Xml::new();
    xml.within("CstmrDrctDbtInitn", |xml| {
        group_header(xml, request);
        payment(xml, request);
    });
    Ok(xml.finish())
}

fn check(request: &CollectionRequest) -> Result<(), WriteError> {
    if request.amount.is_zero() {
        return Err(WriteError::Amount);
    }
    let created = request.created.to_zoned(jiff::tz::TimeZone::UTC).date();
    for (date, name) in [
        (created, "time of the message"),
        (request.collection_date, "collection date"),
        (request.mandate.signed, "mandate's date of signature"),
    ] {
        if date.year() < 1 {
            return Err(WriteError::Date(name));
        }
    }
    Ok(())
}

fn group_header(xml: &mut Xml, request: &CollectionRequest) {
    xml.within("GrpHdr", |xml| {
        xml.text("MsgId", request.reference.as_str());
        let created = request.created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        xml.text("CreDtTm", &created);
        totals(xml, request);
        xml.within("InitgPty", |xml| {
            xml.text("Nm", &request.characters.name(&request.creditor.party.name));
        });
    });
}

fn totals(xml: &mut Xml, request: &CollectionRequest) {
    xml.text("NbOfTxs", "1");
    xml.text("CtrlSum", &request.amount.to_decimal());
}

fn payment(xml: &mut Xml, request: &CollectionRequest) {
    let creditor = &request.creditor;
    xml.within("PmtInf", |xml| {
        xml.text("PmtInfId", request.reference.as_str());
        xml.text("PmtMtd", "DD");
        totals(xml, request);
        xml.within("PmtTpInf", |xml| xml.text("SeqTp", "RCUR"));
        xml.text("ReqdColltnDt", &request.collection_date.to_string());
        xml.within("Cdtr", |xml| {
            xml.text("Nm", &request.characters.name(&creditor.party.name));
        });
        account(xml, "CdtrAcct", &creditor.party.account);
        agent(xml, "CdtrAgt", &creditor.party.agent);
        creditor_scheme(xml, &creditor.scheme_id);
        transaction(xml, request);
    });
}

fn transaction(xml: &mut Xml, request: &CollectionRequest) {
    xml.within("DrctDbtTxInf", |xml| {
        xml.within("PmtId", |xml| {
            xml.text("EndToEndId", request.reference.as_str());
        });
        xml.amount("InstdAmt", request.amount);
        xml.within("DrctDbtTx", |xml| {
            xml.within("MndtRltdInf", |xml| {
                xml.text("MndtId", request.mandate.id.as_str());
                xml.text("DtOfSgntr", &request.mandate.signed.to_string());
            });
        });
        agent(xml, "DbtrAgt", &request.debtor.agent);
        xml.within("Dbtr", |xml| {
            xml.text("Nm", &request.characters.name(&request.debtor.name));
        });
        account(xml, "DbtrAcct", &request.debtor.account);
        let remittance = remittance(&request.bills, request.characters);
        if !remittance.is_empty() {
            xml.within("RmtInf", |xml| xml.text("Ustrd", &remittance));
        }
    });
}

fn account(xml: &mut Xml, name: &str, account: &Account) {
    xml.within(name, |xml| {
        xml.within("Id", |xml| match account {
            Account::Iban(number) => xml.text("IBAN", number),
            Account::Other(number) => xml.within("Othr", |xml| xml.text("Id", number)),
        });
    });
}

fn agent(xml: &mut Xml, name: &str, agent: &Agent) {
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

/// The creditor as the mandates name it. SEPA wants its identifier under a private
/// identification with the scheme's name (EPC130-08 AT-02); elsewhere it is an organisation's.
fn creditor_scheme(xml: &mut Xml, id: &Identifier) {
    let sepa = has_sepa_form(id.as_str());
    xml.within("CdtrSchmeId", |xml| {
        xml.within("Id", |xml| {
            xml.within(if sepa { "PrvtId" } else { "OrgId" }, |xml| {
                xml.within("Othr", |xml| {
                    xml.text("Id", id.as_str());
                    if sepa {
                        xml.within("SchmeNm", |xml| xml.text("Prtry", "SEPA"));
                    }
                });
            });
        });
    });
}

/// Country, two check digits, three characters of business code, the national identifier.
fn has_sepa_form(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() > 7
        && bytes[..2].iter().all(u8::is_ascii_uppercase)
        && bytes[2..4].iter().all(u8::is_ascii_digit)
        && bytes[4..7].iter().all(u8::is_ascii_alphanumeric)
}

/// The bills that fit, whole, then the number of those that don't: `B-1 B-2 +3`.
fn remittance(bills: &[String], characters: CharacterSet) -> String {
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
struct Xml {
    writer: Writer<Vec<u8>>,
}

impl Xml {
    fn new() -> Self {
        let mut xml = Self {
            writer: Writer::new(Vec::new()),
        };
        xml.event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        let root = BytesStart::new("Document").with_attributes([("xmlns", NAMESPACE)]);
        xml.event(Event::Start(root));
        xml
    }

    fn finish(mut self) -> Vec<u8> {
        self.event(Event::End(BytesEnd::new("Document")));
        self.writer.into_inner()
    }

    fn within(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.event(Event::Start(BytesStart::new(name)));
        content(self);
        self.event(Event::End(BytesEnd::new(name)));
    }

    fn text(&mut self, name: &str, text: &str) {
        self.within(name, |xml| xml.event(Event::Text(BytesText::new(text))));
    }

    fn amount(&mut self, name: &str, amount: Money) {
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

    #[test]
    fn sepa_creditors_are_told_from_others() {
        assert!(has_sepa_form("DE98ZZZ09999999999"));
        assert!(!has_sepa_form("91110000100000000X"));
    }
}
