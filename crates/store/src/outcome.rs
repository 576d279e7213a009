//! What the writing calls take and answer.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;
use wattkey_domain::journal::Link;
use wattkey_domain::ledger::PostingError;
use wattkey_domain::{
    BankEvent, BillId, Contradiction, Currency, CustomerId, MandateId, Money, OrderId, OrderState,
    Quoting, UserId,
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

/// A verified order, to be accepted.
#[derive(Debug, Clone)]
pub struct AcceptOrder {
    /// The order id that the client made.
    pub order: OrderId,
    /// SHA-256 over the JWS payload: the order digest.
    pub digest: [u8; 32],
    /// The compact JWS, exactly as it came.
    pub jws: String,
    /// Whose order it is.
    pub customer: CustomerId,
    /// Who signed it.
    pub user: UserId,
    /// Number of the binding log's last step when the signer was found bound.
    pub bindings: u64,
    /// What it pays: 1 to 100 bills.
    pub bills: Vec<AcceptBill>,
    /// Of all amounts.
    pub currency: Currency,
    /// The mandate that it is paid from.
    pub mandate: MandateId,
    /// The customer's reference; may be empty.
    pub reference: String,
    /// The service's rates and time zone.
    pub quoting: Arc<Quoting>,
    /// The time of acceptance.
    pub now: Timestamp,
    /// Id of the message to the bank (`MsgId`).
    pub message_id: String,
    /// The message to the bank, its exact bytes.
    pub message: Vec<u8>,
}

/// What an order pays of a bill.
#[derive(Debug, Clone)]
pub struct AcceptBill {
    /// Which.
    pub bill: BillId,
    /// SHA-256 of the document that the user saw.
    pub document: [u8; 32],
    /// The open principal that the user was quoted.
    pub principal: Money,
    /// The penalty that the user was quoted.
    pub penalty: Money,
    /// Until when.
    pub quote_until: Timestamp,
}

/// Where an order stands, and the batch in which it came there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderPosted {
    /// Its state.
    pub state: OrderState,
    /// Since when.
    pub at: Timestamp,
    /// The batch.
    pub journal: JournalPosition,
}

/// What came of an order. Only [`AcceptOutcome::Accepted`] has posted anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AcceptOutcome {
    /// Posted, claimed, and its message to the bank is in the outbox.
    Accepted(OrderPosted),
    /// The same order was accepted before; this is where it stands now.
    Exists(OrderPosted),
    /// The order id was used for another order.
    ExistsWithDifferentPayload {
        /// The order digest of that one.
        digest: [u8; 32],
    },
    /// The binding log has moved since the signer was found bound: look again whether it still is.
    BindingsMoved,
    /// The customer has no such bill.
    UnknownBill {
        /// Which.
        bill: BillId,
    },
    /// The order names a bill twice.
    BillTwice {
        /// Which.
        bill: BillId,
    },
    /// The bill document is another one.
    DocumentMismatch {
        /// Of which bill.
        bill: BillId,
        /// The digest of the document that is kept.
        digest: [u8; 32],
    },
    /// The bill is in another currency than the order.
    BillCurrency {
        /// Which.
        bill: BillId,
        /// Its currency.
        currency: Currency,
    },
    /// Another order holds the bill.
    BillClaimed {
        /// Which.
        bill: BillId,
        /// The order that holds it.
        order: OrderId,
        /// Who signed that order.
        user: UserId,
    },
    /// Nothing is open.
    BillPaid {
        /// Which.
        bill: BillId,
    },
    /// The quote's time has passed.
    QuoteExpired {
        /// Of which bill.
        bill: BillId,
    },
    /// Principal or penalty are not what is open now.
    QuoteMismatch {
        /// Of which bill.
        bill: BillId,
        /// What is open.
        principal: Money,
        /// The penalty today.
        penalty: Money,
    },
    /// The customer has no such mandate.
    UnknownMandate,
    /// The mandate is not in force yet.
    MandateNotInForce,
    /// The mandate is in another currency than the order.
    MandateCurrency {
        /// Its currency.
        currency: Currency,
    },
    /// No bills, or amounts beyond any amount.
    Unpostable(PostingError),
}

/// One thing that the bank says of one order.
#[derive(Debug, Clone)]
pub struct BankReport {
    /// The bank's own reference of it (message id and entry reference): the same reference again
    /// is the same report.
    pub reference: String,
    /// References under which the same report may have come in another message: it counts once.
    pub other_references: Vec<String>,
    /// The order that it names.
    pub order: OrderId,
    /// What happened.
    pub event: BankEvent,
    /// The amount, where the message has one: it must be the order's total.
    pub amount: Option<Money>,
    /// What the bank adds, such as a reason code.
    pub note: Option<String>,
    /// The time of reading.
    pub now: Timestamp,
}

/// What came of a report of the bank. All of them are kept; only [`BankEventOutcome::Moved`] has
/// posted anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BankEventOutcome {
    /// The order moved.
    Moved {
        /// Where it stood.
        from: OrderState,
        /// Where it stands now.
        to: OrderPosted,
    },
    /// The order stands where it stood: known before, or too late to matter.
    Unchanged {
        /// Where it stands.
        state: OrderState,
    },
    /// This very report was taken in before.
    Repeated,
    /// There is no such order.
    UnknownOrder,
    /// The amount or currency is not the order's. A person must look.
    AmountMismatch {
        /// The order's total.
        expected: Money,
    },
    /// It cannot follow what the bank said before. A person must look.
    Contradiction(Contradiction),
    /// What it would post is beyond any amount. A person must look.
    Unpostable(PostingError),
}

/// A message of the bank, and what it was read as.
#[derive(Debug, Clone)]
pub struct BankMessage {
    /// Its number in the bank's sequence, from 1.
    pub number: u64,
    /// The name of its sort, such as `camt.054`.
    pub kind: String,
    /// Its exact bytes.
    pub body: Vec<u8>,
    /// What it says of orders, in its own order.
    pub reports: Vec<BankReport>,
    /// What else it says, or why it cannot be read.
    pub listed: Vec<BankRemark>,
    /// The time of reading.
    pub now: Timestamp,
}

/// Something that the bank said and that concerns no order: kept, for a person to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankRemark {
    /// The bank's reference of it, where there is one.
    pub reference: Option<String>,
    /// Why it was not handed to an order.
    pub why: String,
}

/// What came of a message of the bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BankMessageOutcome {
    /// It was taken in; what came of each of its reports.
    Taken(Vec<BankEventOutcome>),
    /// This message was taken in before: the same bytes, under the same number.
    Repeated,
    /// Another message was taken in under this number, or under one after it: this one is to be
    /// taken in under the next number.
    Overtaken {
        /// The number of the last message that was taken in.
        cursor: u64,
    },
}

/// A message that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxMessage {
    /// Its id.
    pub id: String,
    /// The order that it is for.
    pub order: OrderId,
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
