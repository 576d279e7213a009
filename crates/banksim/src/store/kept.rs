//! What is kept, as it is handed out.

use crate::message::Kind;

/// What became of a message that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Taken now.
    New,
    /// Taken before, with the same bytes.
    Before,
    /// Another message was taken before under this `MsgId`.
    Conflict,
}

/// A message that waits for its status report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingMessage {
    /// Its row.
    pub id: i64,
    /// `MsgId`.
    pub message_id: Option<String>,
    /// Which message it is, as reports name it.
    pub name: String,
    /// Reason code and text when it is refused as a whole.
    pub refused: Option<(String, String)>,
    /// Its transactions.
    pub payments: Vec<KeptPayment>,
}

/// A collection or a transfer as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct KeptPayment {
    /// Its row.
    #[serde(skip)]
    pub id: i64,
    /// Which of the two.
    #[serde(skip)]
    pub kind: Kind,
    /// `MsgId`.
    pub message_id: String,
    /// `PmtInfId`.
    pub payment_id: String,
    /// `EndToEndId`.
    pub end_to_end_id: String,
    /// `MndtId` of a collection.
    pub mandate: String,
    /// Decimal number.
    pub amount: String,
    /// Its currency.
    pub currency: String,
    /// The debtor's name.
    pub debtor: String,
    /// The debtor's account.
    pub debtor_account: String,
    /// The creditor's name.
    pub creditor: String,
    /// The creditor's account.
    pub creditor_account: String,
    /// The creditor reference of a transfer.
    pub reference: String,
    /// What the sender writes.
    pub text: String,
    /// `received`, `rejected`, `accepted`, `pending`, `booked`, `returning` or `returned`.
    pub state: String,
    /// Reason code of a rejection.
    pub reason: Option<String>,
}

/// An entry that somebody asked for.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct KeptEntry {
    /// `credit`, `debit` or `fee`.
    pub kind: String,
    /// On which account.
    pub account: String,
    /// Decimal number.
    pub amount: String,
    /// Its currency.
    pub currency: String,
    /// The creditor reference; may be empty.
    pub reference: String,
    /// Words; may be empty.
    pub text: String,
}

/// A message to the creditor.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Outgoing {
    /// From 1, without gaps.
    pub number: i64,
    /// `pain.002`, `camt.054` or `camt.053`.
    pub kind: String,
    /// The XML.
    pub body: String,
}
