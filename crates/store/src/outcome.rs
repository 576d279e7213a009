//! What the writing calls take and answer.

mod bank;
mod change;
mod deposit;
mod dispute;
mod order;
mod resolution;

use uuid::Uuid;
use wattkey_domain::journal::Link;
use wattkey_domain::{OrderId, ResolutionId};

pub use bank::{
    BankCredit, BankEventOutcome, BankMessage, BankMessageOutcome, BankRemark, BankReport,
    BankSubject, Debtor,
};
pub use change::{ChangeOutcome, DecideChange, MissingRight, ProposeChange};
pub use deposit::{
    Applied, EndInstruction, InstructionOutcome, StandingInstruction, StandingTerms,
};
pub use dispute::{
    AcknowledgeNotice, AcknowledgementTaken, DisputeTaken, OpenDispute, WithdrawDispute,
};
pub use order::{
    AcceptBill, AcceptDeposit, AcceptOrder, AcceptOutcome, AcceptRefund, BankMessageDraft,
    DecideOrder, DecideOutcome, FundsSource, OrderPosted,
};
pub use resolution::{
    DecideResolution, DecideResolutionOutcome, MatchedBill, ProposeOutcome, ProposeResolution,
    ReceiptMatch, Remedy, ResolutionRefusal, Resolving, SendBack,
};

/// A commit batch of the journal (PROTOCOL.md section 13).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JournalPosition {
    /// The process whose chain it is.
    pub process: Uuid,
    /// Number of the batch in that chain, from 1.
    pub sequence: u64,
    /// The link that covers the batch.
    pub link: Link,
}

/// What a message to the bank is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageOf {
    /// An order: it collects, or pays a refund.
    Order(OrderId),
    /// Money that is sent back, under this resolution.
    Return(ResolutionId),
}

impl MessageOf {
    /// The order.
    #[must_use]
    pub const fn order(self) -> Option<OrderId> {
        match self {
            Self::Order(order) => Some(order),
            Self::Return(_) => None,
        }
    }

    /// The resolution that sends money back.
    #[must_use]
    pub const fn sends_back(self) -> Option<ResolutionId> {
        match self {
            Self::Order(_) => None,
            Self::Return(resolution) => Some(resolution),
        }
    }
}

/// A message that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxMessage {
    /// Its id.
    pub id: String,
    /// What it is for.
    pub of: MessageOf,
    /// Its exact bytes.
    pub body: Vec<u8>,
    /// How often it was handed out, this time included.
    pub attempts: u32,
}

/// Which receipt is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceiptSaved {
    /// The one given.
    Saved,
    /// One that was saved before, for the same state.
    Exists(crate::Receipt),
}

/// The last step of the binding log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BindingHead {
    /// Its number; 0 of an empty log.
    pub sequence: u64,
    /// SHA-256 of its compact JWS; of nothing in an empty log.
    pub digest: [u8; 32],
}

impl BindingHead {
    /// Of an empty log: the digest is that of no bytes.
    pub(crate) const EMPTY: Self = Self {
        sequence: 0,
        digest: [
            0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f,
            0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b,
            0x78, 0x52, 0xb8, 0x55,
        ],
    };
}

/// A step of the binding log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindingStep {
    /// Its number, from 1.
    pub sequence: u64,
    /// The compact JWS, exactly as it came.
    pub jws: String,
}

/// What came of a binding step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppendOutcome {
    /// It is the log's last step now.
    Appended(BindingHead),
    /// Its number does not follow the log's last.
    OutOfSequence(BindingHead),
}

/// How much the engine did since the store was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counters {
    /// Calls that were committed.
    pub calls: u64,
    /// Commits that they shared.
    pub commits: u64,
}
