//! The double-entry ledger: accounts, transfers, and the postings of every event.
//!
//! A posting is one or more transfers, each of them an amount that leaves the credit account and
//! enters the debit account, so that the sum over all accounts is zero by construction. Postings
//! are never changed; corrections are new postings.
//!
//! | event | debit | credit | built by |
//! | --- | --- | --- | --- |
//! | `bill` | receivable | revenue, tax payable, levies payable | [`bill`] |
//! | `paid-elsewhere` | other channels | receivable | [`paid_elsewhere`] |
//! | `penalty-fixed` | receivable | penalty | [`accepted`] |
//! | `order-accepted` | in transit | receivable | [`accepted`] |
//! | `booked` | bank | in transit | [`booked`] |
//! | `rejected` | receivable | in transit | [`rejected`] |
//! | `returned` | receivable | bank | [`returned`] |
//! | `penalty-taken-back` | penalty | receivable | [`rejected`], [`returned`] |
//!
//! A rejected or returned order leaves the penalty running as if nothing had been paid: what was
//! fixed is taken back in the same breath, so the receivable again holds the principal only and
//! the next quote counts all days since the due date.

mod account;
mod postings;

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use crate::{BillId, Money, OrderId, UnknownName};

pub use account::{LedgerAccount, MalformedAccount};
pub use postings::{
    Bill, OrderBill, PostingError, accepted, bill, booked, paid_elsewhere, rejected, returned,
};

/// What happened. The names are stable: the journal hashes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// A bill came from the marketing system.
    Bill,
    /// A bill was paid through another channel.
    PaidElsewhere,
    /// An order was accepted for a late bill: its penalty is now owed.
    PenaltyFixed,
    /// An order was accepted.
    OrderAccepted,
    /// The bank booked the collection.
    Booked,
    /// The bank refused the collection.
    Rejected,
    /// The bank took a booked collection back.
    Returned,
    /// A fixed penalty is no longer owed.
    PenaltyTakenBack,
}

/// What a posting is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A bill.
    Bill(BillId),
    /// An order.
    Order(OrderId),
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
    pub const ALL: [Self; 8] = [
        Self::Bill,
        Self::PaidElsewhere,
        Self::PenaltyFixed,
        Self::OrderAccepted,
        Self::Booked,
        Self::Rejected,
        Self::Returned,
        Self::PenaltyTakenBack,
    ];

    /// The name in the journal.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bill => "bill",
            Self::PaidElsewhere => "paid-elsewhere",
            Self::PenaltyFixed => "penalty-fixed",
            Self::OrderAccepted => "order-accepted",
            Self::Booked => "booked",
            Self::Rejected => "rejected",
            Self::Returned => "returned",
            Self::PenaltyTakenBack => "penalty-taken-back",
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
        }
    }
}

#[cfg(test)]
mod tests;
