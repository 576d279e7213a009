use std::sync::Arc;

use jiff::Timestamp;
use wattkey_domain::{
    BillId, Currency, CustomerId, DisputeId, DisputeReason, Money, NoticeId, Quoting, UserId,
};

/// A verified dispute, to be opened.
#[derive(Debug, Clone)]
pub struct OpenDispute {
    /// The id that the client made.
    pub dispute: DisputeId,
    /// SHA-256 over the JWS payload.
    pub digest: [u8; 32],
    /// The compact JWS, exactly as it came.
    pub jws: String,
    /// Whose bill it is.
    pub customer: CustomerId,
    /// Who signed it.
    pub user: UserId,
    /// Number of the binding log's last step when the signer was found bound.
    pub bindings: u64,
    /// The bill.
    pub bill: BillId,
    /// SHA-256 of the bill's document that the signer saw.
    pub document: [u8; 32],
    /// The line, from 1; none is the whole bill.
    pub line: Option<u32>,
    /// How much is not owed.
    pub amount: Money,
    /// Why.
    pub reason: DisputeReason,
    /// Why, in the customer's words.
    pub words: String,
    /// Where the service's days begin.
    pub quoting: Arc<Quoting>,
    /// The time of taking it in.
    pub now: Timestamp,
}

/// A verified withdrawal of a dispute.
#[derive(Debug, Clone)]
pub struct WithdrawDispute {
    /// Which.
    pub dispute: DisputeId,
    /// SHA-256 over the JWS payload.
    pub digest: [u8; 32],
    /// The compact JWS, exactly as it came.
    pub jws: String,
    /// Whose it is.
    pub customer: CustomerId,
    /// Who signed the withdrawal.
    pub user: UserId,
    /// Number of the binding log's last step when the signer was found bound.
    pub bindings: u64,
    /// Where the service's days begin.
    pub quoting: Arc<Quoting>,
    /// The time of taking it in.
    pub now: Timestamp,
}

/// What came of a dispute, or of its withdrawal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DisputeTaken {
    /// It is open, or withdrawn.
    Kept,
    /// The same was kept before.
    Exists,
    /// The id was used for another one, or it was withdrawn by another document.
    ExistsWithDifferentPayload {
        /// The digest of that one.
        digest: [u8; 32],
    },
    /// The customer has no such dispute to withdraw.
    Unknown,
    /// The customer has no such bill.
    UnknownBill,
    /// The bill's document is another one.
    DocumentMismatch,
    /// The bill is in another currency.
    BillCurrency {
        /// Its currency.
        currency: Currency,
    },
    /// More than is open.
    Amount {
        /// What is open.
        open: i64,
    },
    /// Some of the bill is in dispute already.
    Open,
    /// It was disputed as often as a bill can be.
    TooMany,
    /// The same line, or the whole bill, was disputed for the same reason and answered.
    AnsweredBefore,
    /// It was withdrawn.
    Withdrawn,
    /// It was answered.
    Answered,
    /// The user has not the right for the bill's account.
    Right,
    /// The binding log has moved since the signer was found bound: look again whether it still is.
    BindingsMoved,
}

/// A verified acknowledgement of a notice.
#[derive(Debug, Clone)]
pub struct AcknowledgeNotice {
    /// The notice.
    pub notice: NoticeId,
    /// SHA-256 of the notice's bytes that the signer saw.
    pub notice_digest: [u8; 32],
    /// SHA-256 over the JWS payload.
    pub digest: [u8; 32],
    /// The compact JWS, exactly as it came.
    pub jws: String,
    /// To whom it was served.
    pub customer: CustomerId,
    /// Who has read it.
    pub user: UserId,
    /// Number of the binding log's last step when the signer was found bound.
    pub bindings: u64,
    /// The time of taking it in.
    pub now: Timestamp,
}

/// What came of an acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AcknowledgementTaken {
    /// It is kept.
    Kept,
    /// This user has acknowledged the notice before.
    Exists,
    /// The customer has no such notice.
    Unknown,
    /// The notice has other bytes.
    DocumentMismatch,
    /// The user has not the right for the notice's account.
    Right,
    /// The binding log has moved since the signer was found bound: look again whether it still is.
    BindingsMoved,
}
