//! What two managers make of something that the bank said.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use wattkey_domain::ledger::PostingError;
use wattkey_domain::{
    AccountId, BillId, Contradiction, Currency, Item, Money, MoneyError, OrderCause, OrderId,
    Quoting, ResolutionId, UserId,
};

use super::{BankMessageDraft, JournalPosition};
use crate::read::resolutions::ResolutionVerdict;

/// A verified resolution, to be kept until a second manager decides.
#[derive(Debug, Clone)]
pub struct ProposeResolution {
    /// The id that the management tool made.
    pub resolution: ResolutionId,
    /// The compact JWS, exactly as it came.
    pub jws: String,
    /// SHA-256 over its payload.
    pub digest: [u8; 32],
    /// What is to be done.
    pub resolving: Resolving,
    /// Who signed it.
    pub manager: UserId,
    /// Number of the binding log's last step when the manager was found bound.
    pub bindings: u64,
    /// The time.
    pub now: Timestamp,
}

/// A verified word on a resolution.
#[derive(Debug, Clone)]
pub struct DecideResolution {
    /// The resolution.
    pub resolution: ResolutionId,
    /// SHA-256 over its payload, as the manager read it.
    pub resolution_digest: [u8; 32],
    /// What is decided.
    pub verdict: ResolutionVerdict,
    /// The compact JWS, exactly as it came.
    pub jws: String,
    /// SHA-256 over its payload.
    pub digest: [u8; 32],
    /// What the resolution says is to be done.
    pub resolving: Resolving,
    /// Who signed it.
    pub manager: UserId,
    /// Number of the binding log's last step when the manager was found bound.
    pub bindings: u64,
    /// The time.
    pub now: Timestamp,
}

/// What is done with an item.
#[derive(Debug, Clone)]
pub struct Resolving {
    /// The item.
    pub item: Item,
    /// What is done.
    pub remedy: Remedy,
    /// The order that the item is about.
    pub order: Option<OrderId>,
    /// The resolution that sent money back, that the item is about.
    pub sent_back: Option<ResolutionId>,
    /// The service's rates.
    pub quoting: Arc<Quoting>,
}

/// What is done about an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// Nothing: somebody looked.
    Note,
    /// Money that came in pays.
    Match(ReceiptMatch),
    /// Money that came in is sent back to whoever paid it.
    Return(SendBack),
    /// Money that the bank booked for an order waits as a receipt from now on.
    Receive,
    /// The order, or what is sent back, goes where this brings it: `Rejected`, `Booked` or `Returned`.
    Order(OrderCause),
}

/// Who gets money back that came in, all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendBack {
    /// His name.
    pub name: String,
    /// The account that it came from.
    pub account: String,
    /// The bank of that account.
    pub agent: String,
    /// The message to our bank.
    pub message: BankMessageDraft,
}

/// What money that came in pays: all of it, no more and no less. Minor units of its currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptMatch {
    /// Bills, each once.
    pub bills: Vec<MatchedBill>,
    /// What goes into a deposit.
    pub deposit: Option<(AccountId, i64)>,
}

/// What one bill gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchedBill {
    /// The bill.
    pub bill: BillId,
    /// Of the bill itself.
    pub principal: i64,
    /// The penalty on this principal, as of the bank's value date.
    pub penalty: i64,
}

/// What came of a resolution. Nothing is posted yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProposeOutcome {
    /// It waits for a second manager.
    Kept,
    /// It was kept before; the word on it, if there is one.
    Exists(Option<ResolutionVerdict>),
    /// Its id was used for another one.
    ExistsWithDifferentPayload,
    /// Another one of the same item waits for a second manager.
    Waits {
        /// Which.
        resolution: ResolutionId,
    },
    /// It cannot be done.
    Refused(ResolutionRefusal),
    /// The binding log has moved since the manager was found bound: look again.
    BindingsMoved,
}

/// What came of a word on a resolution. Only [`DecideResolutionOutcome::Confirmed`] has posted
/// anything, and that only when there was money to match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecideResolutionOutcome {
    /// It is done; the batch, when something was posted.
    Confirmed(Option<JournalPosition>),
    /// It is not done.
    Refused,
    /// The same manager said the same before.
    Exists,
    /// There is no such resolution.
    Unknown,
    /// The resolution is another one than the manager read.
    DifferentDigest,
    /// Whoever signed the resolution cannot confirm it.
    SameManager,
    /// It was decided before.
    Decided {
        /// How.
        verdict: ResolutionVerdict,
    },
    /// It can no longer be done as it says.
    Impossible(ResolutionRefusal),
    /// The binding log has moved since the manager was found bound: look again.
    BindingsMoved,
}

/// Why a resolution cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResolutionRefusal {
    /// There is no such item.
    #[error("there is no such item")]
    UnknownItem,
    /// It was resolved before.
    #[error("the item is resolved, by {resolution}")]
    Resolved {
        /// By which resolution.
        resolution: ResolutionId,
    },
    /// It is not money that came in and waits.
    #[error("only money that came in is matched")]
    NotAReceipt,
    /// Bills and deposit do not come to what came in.
    #[error("bills and deposit do not come to {expected}")]
    Amount {
        /// What came in.
        expected: Money,
    },
    /// There is no such bill.
    #[error("there is no bill {bill}")]
    UnknownBill {
        /// Which.
        bill: BillId,
    },
    /// The bill is there twice.
    #[error("bill {bill} is there twice")]
    BillTwice {
        /// Which.
        bill: BillId,
    },
    /// The bill is in another currency than the money.
    #[error("bill {bill} is in {currency}")]
    BillCurrency {
        /// Which.
        bill: BillId,
        /// Its currency.
        currency: Currency,
    },
    /// Less is open of the bill.
    #[error("of bill {bill} only {open} is open")]
    Open {
        /// Which.
        bill: BillId,
        /// What is open.
        open: Money,
    },
    /// The penalty is another one.
    #[error("the penalty of bill {bill} as of {on} is {penalty}")]
    Penalty {
        /// Of which bill.
        bill: BillId,
        /// As of the bank's value date.
        on: Date,
        /// What it is.
        penalty: Money,
    },
    /// There is no such contract account.
    #[error("there is no contract account {account}")]
    UnknownAccount {
        /// Which.
        account: AccountId,
    },
    /// The deposit is in another currency than the money.
    #[error("the deposit of {account} is in {currency}")]
    AccountCurrency {
        /// Of which contract account.
        account: AccountId,
        /// Its currency.
        currency: Currency,
    },
    /// There is no such order, or it does not go to the bank.
    #[error("the item is of no order that goes to the bank")]
    NoOrder,
    /// The order cannot go there.
    #[error("{0}")]
    Contradiction(Contradiction),
    /// No money came in.
    #[error("the bank booked no money that came in")]
    NoMoney,
    /// The bank took money that the order's end does not explain.
    #[error("the bank took {amount}, which this does not explain")]
    MoneyLeft {
        /// How much.
        amount: Money,
    },
    /// The bank did not say which account the money came from, or said another one.
    #[error("it is sent back to the account that it came from, and nowhere else")]
    NoAccount,
    /// Amounts beyond any amount.
    #[error("it cannot be posted")]
    Unpostable(#[from] PostingError),
}

impl From<MoneyError> for ResolutionRefusal {
    fn from(error: MoneyError) -> Self {
        Self::Unpostable(error.into())
    }
}
