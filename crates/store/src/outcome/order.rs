use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use wattkey_domain::ledger::PostingError;
use wattkey_domain::{
    AccountId, Balance, BillId, CreditorReference, Currency, CustomerId, Decision, MandateId,
    Money, OrderId, OrderState, Quoting, UserId,
};

use super::{JournalPosition, MissingRight};

/// A verified order, to be taken in.
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
    /// What it pays of bills: up to 100, each once.
    pub bills: Vec<AcceptBill>,
    /// What it pays into a deposit: not from a deposit.
    pub deposit: Option<AcceptDeposit>,
    /// What it has paid back out of the deposit of its source, and nothing else then.
    pub refund: Option<AcceptRefund>,
    /// Of all amounts.
    pub currency: Currency,
    /// Where the money comes from.
    pub source: FundsSource,
    /// The day of collection, after today; only under a mandate. Penalties are those of this day.
    pub execute: Option<Date>,
    /// The customer's reference; may be empty.
    pub reference: String,
    /// Whether another person must approve it whatever it comes to. What is above the limit of the
    /// user alone awaits approval without it.
    pub needs_approval: bool,
    /// The service's rates and time zone.
    pub quoting: Arc<Quoting>,
    /// The time at which it is taken in.
    pub now: Timestamp,
    /// The message to the bank, of a collection or a refund. It is dropped when the order awaits
    /// approval: the approval brings its own.
    pub message: Option<BankMessageDraft>,
}

/// A message to the bank that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankMessageDraft {
    /// Its id (`MsgId`).
    pub id: String,
    /// Its exact bytes.
    pub body: Vec<u8>,
    /// Not to be sent before.
    pub not_before: Option<Timestamp>,
}

/// What an order pays of a bill.
#[derive(Debug, Clone)]
pub struct AcceptBill {
    /// Which.
    pub bill: BillId,
    /// SHA-256 of the document that the user saw.
    pub document: [u8; 32],
    /// What is paid of the bill itself: all that is open, or less.
    pub principal: Money,
    /// The penalty of this principal that the user was quoted.
    pub penalty: Money,
    /// Until when.
    pub quote_until: Timestamp,
}

/// What an order pays into a deposit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptDeposit {
    /// Of which contract account.
    pub account: AccountId,
    /// How much.
    pub amount: Money,
}

/// What is paid back out of a deposit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptRefund {
    /// To the account of this mandate.
    pub mandate: MandateId,
    /// How much.
    pub amount: Money,
}

/// Where the money of an order comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FundsSource {
    /// The bank collects it under a debit mandate.
    Mandate(MandateId),
    /// The customer pays it himself.
    Transfer {
        /// With this reference.
        creditor_reference: CreditorReference,
    },
    /// The deposit of a contract account.
    Deposit(AccountId),
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

/// What came of an order. Only the first three have posted anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AcceptOutcome {
    /// Posted and claimed, and its message to the bank is in the outbox. By transfer: it waits for
    /// its credit.
    Accepted(OrderPosted),
    /// Posted and claimed; another person must approve it.
    AwaitingApproval(OrderPosted),
    /// Paid from a deposit.
    Settled(OrderPosted),
    /// The same order was taken in before; this is where it stands now.
    Exists(OrderPosted),
    /// The order id was used for another order.
    ExistsWithDifferentPayload {
        /// The order digest of that one.
        digest: [u8; 32],
    },
    /// Another order has this creditor reference.
    ReferenceTaken,
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
    /// Other orders hold so much of the bill that less is open than this order pays.
    BillClaimed {
        /// Which.
        bill: BillId,
        /// An order that holds it.
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
    /// Less is open than the principal, or the penalty is another one.
    QuoteMismatch {
        /// Of which bill.
        bill: BillId,
        /// What can be paid: the principal of the order, or what is open.
        principal: Money,
        /// The penalty of that on the day that counts.
        penalty: Money,
    },
    /// The signer has not the right to this on one of its contract accounts.
    NoRight(MissingRight),
    /// The customer has no such mandate.
    UnknownMandate,
    /// The mandate is not in force on the day that counts.
    MandateNotInForce,
    /// The mandate is in another currency than the order.
    MandateCurrency {
        /// Its currency.
        currency: Currency,
    },
    /// The customer has no such contract account.
    UnknownAccount {
        /// Which.
        account: AccountId,
    },
    /// The deposit is in another currency than the order.
    AccountCurrency {
        /// Its currency.
        currency: Currency,
    },
    /// The deposit does not cover the order.
    DepositTooSmall {
        /// What is in it; below zero when a debit that funded it was returned.
        balance: Balance,
    },
    /// The user's orders of today would come to more than they may.
    LimitExceeded {
        /// What they may come to.
        limit: Money,
        /// What they come to without this one.
        used: Money,
    },
    /// Nothing is paid, or amounts are beyond any amount.
    Unpostable(PostingError),
}

/// A verified decision on an order.
#[derive(Debug, Clone)]
pub struct DecideOrder {
    /// Which order.
    pub order: OrderId,
    /// The order digest that was signed.
    pub digest: [u8; 32],
    /// Who decides.
    pub user: UserId,
    /// For which customer.
    pub customer: CustomerId,
    /// Number of the binding log's last step when the one who decides was found bound.
    pub bindings: u64,
    /// What is decided.
    pub decision: Decision,
    /// The compact JWS, exactly as it came.
    pub jws: String,
    /// The time of the decision.
    pub now: Timestamp,
    /// The service's rates and time zone.
    pub quoting: Arc<Quoting>,
    /// Of an approval: the message to the bank, of a collection or a refund.
    pub message: Option<BankMessageDraft>,
}

/// What came of a decision. It is kept with the first two only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecideOutcome {
    /// The order moved.
    Moved(OrderPosted),
    /// It was approved, and the deposit no longer covers it.
    Rejected(OrderPosted),
    /// This user decided the same before; this is where the order stands now.
    Exists(OrderPosted),
    /// The customer has no such order.
    UnknownOrder,
    /// Another order was signed.
    DifferentDigest,
    /// The signer has not the right to this on one of its contract accounts.
    NoRight(MissingRight),
    /// Who signed the order cannot approve or refuse it.
    OwnOrder,
    /// It stands where this cannot be decided.
    NotPossible {
        /// Where.
        state: OrderState,
    },
    /// Its time to be approved is over.
    TooLate,
    /// Its message was handed out to the bank.
    AlreadySent,
    /// The mandate has ended since.
    MandateNotInForce,
    /// The binding log has moved since the user was found bound: look again whether it still is.
    BindingsMoved,
}
