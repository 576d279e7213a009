//! The direct debit that the creditor sends: customer direct debit initiation,
//! pain.008.001.08.
//!
//! One message holds one payment with one transaction, so that an answer about any of the three
//! is an answer about one order. `MsgId`, `PmtInfId` and `EndToEndId` are the same. The sequence
//! type is `RCUR`, the local instrument absent (PROTOCOL 14). The service level and the charge
//! bearer are absent too: the agreement with the bank decides them.

use jiff::Timestamp;
use jiff::civil::Date;
use wattkey_domain::Money;

use crate::identifier::Identifier;
use crate::text::CharacterSet;
use crate::write::{Xml, account, agent, instant, remittance, years};

pub use crate::write::{Party, WriteError};

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

/// The message, valid against the schema, in UTF-8. The same request gives the same bytes.
///
/// # Errors
/// When the amount or a date is none that a bank takes.
pub fn write(request: &CollectionRequest) -> Result<Vec<u8>, WriteError> {
    check(request)?;
    let mut xml = Xml::new(NAMESPACE);
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
    years(
        request.created,
        &[
            (request.collection_date, "collection date"),
            (request.mandate.signed, "mandate's date of signature"),
        ],
    )
}

fn group_header(xml: &mut Xml, request: &CollectionRequest) {
    xml.within("GrpHdr", |xml| {
        xml.text("MsgId", request.reference.as_str());
        xml.text("CreDtTm", &instant(request.created));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sepa_creditors_are_told_from_others() {
        assert!(has_sepa_form("DE98ZZZ09999999999"));
        assert!(!has_sepa_form("91110000100000000X"));
    }
}
