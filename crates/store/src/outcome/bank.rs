use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use wattkey_domain::ledger::PostingError;
use wattkey_domain::{
    BankEvent, Contradiction, CreditorReference, CustomerId, Money, OrderId, OrderState, Quoting,
    ResolutionId,
};

use super::OrderPosted;

/// One thing that the bank says.
#[derive(Debug, Clone)]
pub struct BankReport {
    /// The bank's own reference of it (message id and entry reference): the same reference again
    /// is the same report.
    pub reference: String,
    /// References under which the same report may have come in another message: it counts once.
    pub other_references: Vec<String>,
    /// What it says.
    pub subject: BankSubject,
    /// The time of reading.
    pub now: Timestamp,
}

/// What the bank speaks of.
#[derive(Debug, Clone)]
pub enum BankSubject {
    /// An order that went to it: it is named by its `EndToEndId`.
    Order {
        /// Which.
        order: OrderId,
        /// What happened.
        event: BankEvent,
        /// The amount, where the message has one: it must be the order's total.
        amount: Option<Money>,
        /// What the bank adds, such as a reason code.
        note: Option<String>,
    },
    /// Money that is sent back: it is named by its `EndToEndId`.
    Return {
        /// Under which resolution.
        resolution: ResolutionId,
        /// What happened, in the terms of a refund.
        event: BankEvent,
        /// The amount, where the message has one.
        amount: Option<Money>,
        /// What the bank adds, such as a reason code.
        note: Option<String>,
    },
    /// A booked credit entry that no order of ours asked the bank for.
    Credit(BankCredit),
    /// A fee that the bank booked to our account.
    Fee {
        /// How much.
        amount: Money,
        /// What for.
        text: Option<String>,
    },
}

/// A booked credit entry.
#[derive(Debug, Clone)]
pub struct BankCredit {
    /// The creditor references that it carries, the likeliest first: the first that an order has
    /// matches it.
    pub creditor_references: Vec<CreditorReference>,
    /// How much.
    pub amount: Money,
    /// The bank's value date, up to which penalties are counted.
    pub value: Date,
    /// Who paid.
    pub debtor: Debtor,
    /// The payer's words.
    pub text: Option<String>,
    /// The service's rates and time zone.
    pub quoting: Arc<Quoting>,
}

/// Who paid, as far as the bank says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Debtor {
    /// Name.
    pub name: Option<String>,
    /// Account.
    pub account: Option<String>,
}

/// What came of a report of the bank. All of them are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BankEventOutcome {
    /// The order moved.
    Moved {
        /// Where it stood.
        from: OrderState,
        /// Where it stands now.
        to: OrderPosted,
    },
    /// What is sent back moved.
    SentBack {
        /// Where it stands now.
        state: OrderState,
    },
    /// The order stands where it stood: known before, or too late to matter. Nothing was posted.
    Unchanged {
        /// Where it stands.
        state: OrderState,
    },
    /// A credit was posted to the bills of its order.
    Credited {
        /// Which order.
        order: OrderId,
        /// Whose.
        customer: CustomerId,
        /// Where the order stands now: settled.
        to: OrderPosted,
    },
    /// A credit was posted to the unmatched receipts. A person must look.
    Unmatched,
    /// A fee was posted.
    FeePosted,
    /// This very report was taken in before.
    Repeated,
    /// There is no such order, or it never went to the bank. Nothing was posted.
    UnknownOrder,
    /// The amount or currency is not the order's. Nothing was posted; a person must look.
    AmountMismatch {
        /// The order's total.
        expected: Money,
    },
    /// A payment out of our account names a collection. Nothing was posted; a person must look.
    WrongDirection,
    /// It cannot follow what the bank said before. Nothing was posted; a person must look.
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
    /// What it says, in its own order.
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
