//! A credit transfer: customer credit transfer initiation, pain.001.001.09.
//!
//! An order that the customer pays himself yields one for his own bank or payment software: it asks
//! to pay the power company, with the creditor reference by which the incoming credit is matched.
//! The power company sends one to its own bank when it gives money back.
//!
//! One message holds one payment with one transaction; `MsgId` and `PmtInfId` are the same, and
//! `EndToEndId` too. Service level and charge bearer are absent: the agreement with the bank
//! decides them.

use jiff::Timestamp;
use jiff::civil::Date;
use wattkey_domain::Money;

use crate::account::Agent;
use crate::identifier::Identifier;
use crate::reference::CreditorReference;
use crate::text::CharacterSet;
use crate::write::{Xml, account, agent, instant, remittance, years};

pub use crate::write::{Party, WriteError};

/// The namespace of the messages that are written.
pub const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09";

/// One transfer from one account to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferRequest {
    /// `MsgId`, `PmtInfId` and `EndToEndId`.
    pub reference: Identifier,
    /// When the message is made.
    pub created: Timestamp,
    /// The day on which the money is to leave (`ReqdExctnDt`).
    pub execution_date: Date,
    /// Who pays.
    pub debtor: Party,
    /// Who is paid.
    pub creditor: Party,
    /// How much; not zero.
    pub amount: Money,
    /// What it is for.
    pub purpose: Purpose,
    /// What names and remittance information may hold.
    pub characters: CharacterSet,
}

/// What a transfer is for (`RmtInf`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A creditor reference, as structured remittance information (`SCOR`). A scheme that allows one
    /// kind of remittance only, as SEPA does, has room for nothing beside it.
    Reference(CreditorReference),
    /// Identifiers of bills or of an order that is paid back. As many as fit, the rest is counted.
    Bills(Vec<String>),
}

/// The message, valid against the schema, in UTF-8. The same request gives the same bytes.
///
/// # Errors
/// When the amount or a date is none that a bank takes.
pub fn write(request: &TransferRequest) -> Result<Vec<u8>, WriteError> {
    if request.amount.is_zero() {
        return Err(WriteError::Amount);
    }
    years(
        request.created,
        &[(request.execution_date, "execution date")],
    )?;
    let mut xml = Xml::new(NAMESPACE);
    xml.within("CstmrCdtTrfInitn", |xml| {
        xml.within("GrpHdr", |xml| {
            xml.text("MsgId", request.reference.as_str());
            xml.text("CreDtTm", &instant(request.created));
            totals(xml, request);
            xml.within("InitgPty", |xml| {
                xml.text("Nm", &request.characters.name(&request.debtor.name));
            });
        });
        payment(xml, request);
    });
    Ok(xml.finish())
}

fn totals(xml: &mut Xml, request: &TransferRequest) {
    xml.text("NbOfTxs", "1");
    xml.text("CtrlSum", &request.amount.to_decimal());
}

fn payment(xml: &mut Xml, request: &TransferRequest) {
    let debtor = &request.debtor;
    xml.within("PmtInf", |xml| {
        xml.text("PmtInfId", request.reference.as_str());
        xml.text("PmtMtd", "TRF");
        totals(xml, request);
        xml.within("ReqdExctnDt", |xml| {
            xml.text("Dt", &request.execution_date.to_string());
        });
        xml.within("Dbtr", |xml| {
            xml.text("Nm", &request.characters.name(&debtor.name));
        });
        account(xml, "DbtrAcct", &debtor.account);
        agent(xml, "DbtrAgt", &debtor.agent);
        transaction(xml, request);
    });
}

fn transaction(xml: &mut Xml, request: &TransferRequest) {
    let creditor = &request.creditor;
    xml.within("CdtTrfTxInf", |xml| {
        xml.within("PmtId", |xml| {
            xml.text("EndToEndId", request.reference.as_str());
        });
        xml.within("Amt", |xml| xml.amount("InstdAmt", request.amount));
        // Optional here, and a bank that is not known is left out.
        if creditor.agent != Agent::NotProvided {
            agent(xml, "CdtrAgt", &creditor.agent);
        }
        xml.within("Cdtr", |xml| {
            xml.text("Nm", &request.characters.name(&creditor.name));
        });
        account(xml, "CdtrAcct", &creditor.account);
        purpose(xml, request);
    });
}

fn purpose(xml: &mut Xml, request: &TransferRequest) {
    match &request.purpose {
        Purpose::Reference(reference) => xml.within("RmtInf", |xml| {
            xml.within("Strd", |xml| {
                xml.within("CdtrRefInf", |xml| {
                    xml.within("Tp", |xml| {
                        xml.within("CdOrPrtry", |xml| xml.text("Cd", "SCOR"));
                        xml.text("Issr", "ISO");
                    });
                    xml.text("Ref", reference.as_str());
                });
            });
        }),
        Purpose::Bills(bills) => {
            let line = remittance(bills, request.characters);
            if !line.is_empty() {
                xml.within("RmtInf", |xml| xml.text("Ustrd", &line));
            }
        }
    }
}
