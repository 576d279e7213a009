//! The double-entry ledger: accounts, transfers, and the postings of every event.
//!
//! A posting is one or more transfers, each of them an amount that leaves the credit account and
//! enters the debit account, so that the sum over all accounts is zero by construction. Postings
//! are never changed; corrections are new postings.
//!
//! | event | debit | credit | built by |
//! | --- | --- | --- | --- |
//! | `bill` | receivable | revenue, tax payable, levies payable | [`bill`] |
//! | `credit-note` | revenue, tax payable, levies payable | receivable, deposit | [`credit_note`] |
//! | `paid-elsewhere` | other channels | receivable, deposit | [`paid_elsewhere`] |
//! | `penalty-fixed` | receivable | penalty | whatever pays a late bill |
//! | `order-taken-in` (awaits approval), `order-accepted` | in transit | receivable | [`OrderMoney::entering`] |
//! | `booked` | bank | in transit | [`OrderMoney::entering`] |
//! | `deposit-applied` | deposit | in transit, receivable | [`OrderMoney::entering`], [`deposit_applied`] |
//! | `overpaid` | bank, unmatched | deposit | [`OrderMoney::entering`], [`credit_matched`], [`receipt_matched`] |
//! | `rejected`, `refused`, `cancelled`, `lapsed` | receivable, refunds payable | in transit, deposit | [`OrderMoney::entering`] |
//! | `returned` | receivable, deposit | bank | [`OrderMoney::entering`] |
//! | `returned`, of a refund | bank, refunds payable | refunds payable, deposit | [`OrderMoney::entering`] |
//! | `penalty-taken-back` | penalty | receivable | [`OrderMoney::entering`] |
//! | `refund-ordered`, `refund-paid` | deposit, refunds payable | refunds payable, bank | [`OrderMoney::entering`] |
//! | `credit-matched` | bank | receivable | [`credit_matched`] |
//! | `unmatched-receipt` | bank | unmatched | [`unmatched_receipt`] |
//! | `receipt-matched` | unmatched | receivable | [`receipt_matched`] |
//! | `return-ordered`, `return-paid` | unmatched, returns payable | returns payable, bank | [`ReturnMoney::entering`] |
//! | `return-failed` | returns payable, bank | unmatched | [`ReturnMoney::entering`] |
//! | `bank-fee` | bank charges | bank | [`bank_fee`] |
//! | `opening-balance` | opening balances | deposit | [`opening_balance`] |
//!
//! A rejected or returned order leaves the penalty running as if nothing had been paid: what was
//! fixed is taken back in the same breath, so the receivable again holds the principal only and
//! the next quote counts all days since the due date.

mod account;
mod order;
mod postings;
mod sent_back;

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use crate::journal::Link;
use crate::{AccountId, BillId, Money, MoneyError, OrderId, UnknownName};

pub use account::{LedgerAccount, MalformedAccount};
pub use order::{Funds, OrderMoney};
pub use postings::{
    Bill, CreditNote, bank_fee, bill, credit_matched, credit_note, deposit_applied,
    opening_balance, paid_elsewhere, receipt_matched, unmatched_receipt,
};
pub use sent_back::ReturnMoney;

/// What happened. The names are stable: the journal hashes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// A bill came from the marketing system.
    Bill,
    /// A bill was corrected downwards.
    CreditNote,
    /// A bill was paid through another channel.
    PaidElsewhere,
    /// A late bill is being paid: its penalty is now owed.
    PenaltyFixed,
    /// An order was taken in that awaits approval.
    OrderTakenIn,
    /// An order was accepted.
    OrderAccepted,
    /// The bank booked the collection.
    Booked,
    /// A deposit paid.
    DepositApplied,
    /// More came than was owed, or a deposit was paid for.
    Overpaid,
    /// The bank refused the order, or the deposit did not cover it.
    Rejected,
    /// The approver refused the order.
    Refused,
    /// The customer cancelled the order.
    Cancelled,
    /// The order's time was over.
    Lapsed,
    /// The bank took a booked order back.
    Returned,
    /// A fixed penalty is no longer owed.
    PenaltyTakenBack,
    /// Money leaves a deposit for its owner.
    RefundOrdered,
    /// It left the bank account.
    RefundPaid,
    /// A credit came for an order.
    CreditMatched,
    /// A credit came that nobody can place.
    UnmatchedReceipt,
    /// It was placed.
    ReceiptMatched,
    /// It is sent back to whoever paid it.
    ReturnOrdered,
    /// It left the bank account.
    ReturnPaid,
    /// The bank did not send it, or it came back.
    ReturnFailed,
    /// The bank took a fee.
    BankFee,
    /// A deposit was there before these books.
    OpeningBalance,
}

/// What a posting is about. The texts are stable: the journal hashes them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A bill.
    Bill(BillId),
    /// An order.
    Order(OrderId),
    /// A contract account's deposit (`deposit:C-1`).
    Deposit(AccountId),
    /// What the bank reported under a reference (`bank:` and the reference as it is kept).
    Bank(String),
}

/// What an order, a credit or a receipt pays of one bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderBill {
    /// Which.
    pub bill: BillId,
    /// Of the bill itself.
    pub principal: Money,
    /// Late-payment penalty, fixed by the payment.
    pub penalty: Money,
}

/// What goes into a deposit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DepositPart {
    /// Of which contract account.
    pub account: AccountId,
    /// How much.
    pub amount: Money,
}

/// The event cannot be posted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostingError {
    /// An amount that cannot be.
    #[error("the amounts do not add up")]
    Money(#[from] MoneyError),
    /// Nothing would move.
    #[error("there is nothing to post")]
    Empty,
}

/// An amount that leaves one account and enters another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    debit: LedgerAccount,
    credit: LedgerAccount,
    amount: Money,
}

/// The transfers of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// What happened.
    pub event: Event,
    /// To what.
    pub subject: Subject,
    /// When; the journal keeps whole seconds.
    pub at: Timestamp,
    /// SHA-256 of the document that brought it: of a bill.
    pub document: Option<Link>,
    /// The transfers, in the order in which they are hashed.
    pub transfers: Vec<Transfer>,
}

impl Transfer {
    /// A transfer; `None` when the amount is zero or the two accounts are one.
    #[must_use]
    pub fn new(debit: LedgerAccount, credit: LedgerAccount, amount: Money) -> Option<Self> {
        (!amount.is_zero() && debit != credit).then_some(Self {
            debit,
            credit,
            amount,
        })
    }

    /// The account whose debit side grows.
    #[must_use]
    pub fn debit(&self) -> &LedgerAccount {
        &self.debit
    }

    /// The account whose credit side grows.
    #[must_use]
    pub fn credit(&self) -> &LedgerAccount {
        &self.credit
    }

    /// How much; never zero.
    #[must_use]
    pub fn amount(&self) -> Money {
        self.amount
    }
}

impl Event {
    /// All events.
    pub const ALL: [Self; 25] = [
        Self::Bill,
        Self::CreditNote,
        Self::PaidElsewhere,
        Self::PenaltyFixed,
        Self::OrderTakenIn,
        Self::OrderAccepted,
        Self::Booked,
        Self::DepositApplied,
        Self::Overpaid,
        Self::Rejected,
        Self::Refused,
        Self::Cancelled,
        Self::Lapsed,
        Self::Returned,
        Self::PenaltyTakenBack,
        Self::RefundOrdered,
        Self::RefundPaid,
        Self::CreditMatched,
        Self::UnmatchedReceipt,
        Self::ReceiptMatched,
        Self::ReturnOrdered,
        Self::ReturnPaid,
        Self::ReturnFailed,
        Self::BankFee,
        Self::OpeningBalance,
    ];

    /// The name in the journal.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bill => "bill",
            Self::CreditNote => "credit-note",
            Self::PaidElsewhere => "paid-elsewhere",
            Self::PenaltyFixed => "penalty-fixed",
            Self::OrderTakenIn => "order-taken-in",
            Self::OrderAccepted => "order-accepted",
            Self::Booked => "booked",
            Self::DepositApplied => "deposit-applied",
            Self::Overpaid => "overpaid",
            Self::Rejected => "rejected",
            Self::Refused => "refused",
            Self::Cancelled => "cancelled",
            Self::Lapsed => "lapsed",
            Self::Returned => "returned",
            Self::PenaltyTakenBack => "penalty-taken-back",
            Self::RefundOrdered => "refund-ordered",
            Self::RefundPaid => "refund-paid",
            Self::CreditMatched => "credit-matched",
            Self::UnmatchedReceipt => "unmatched-receipt",
            Self::ReceiptMatched => "receipt-matched",
            Self::ReturnOrdered => "return-ordered",
            Self::ReturnPaid => "return-paid",
            Self::ReturnFailed => "return-failed",
            Self::BankFee => "bank-fee",
            Self::OpeningBalance => "opening-balance",
        }
    }
}

impl FromStr for Event {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|event| event.as_str() == text)
            .ok_or_else(|| UnknownName(crate::text::excerpt(text)))
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bill(bill) => fmt::Display::fmt(bill, f),
            Self::Order(order) => fmt::Display::fmt(order, f),
            Self::Deposit(account) => write!(f, "deposit:{account}"),
            Self::Bank(reference) => write!(f, "bank:{reference}"),
        }
    }
}

#[cfg(test)]
mod tests;
