//! A statement of account: what the bills of a contract account owed and what its deposit held
//! between two days, from the transfers themselves.
//!
//! All transfers of the account up to now are read, and sorted under the days that they are about;
//! so what was open before the first day, and after the last one, comes out of the same sums as the
//! entries, and the balances of today are those of `bills.open_minor`, of the orders that hold
//! bills, and of `deposits.balance`.

mod load;
mod movement;

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use uuid::Uuid;
use wattkey_domain::{AccountId, BillId, BillingMonth, Currency, OrderId};

use super::viewer::Viewer;
use super::{MalformedCursor, Page, bounded, page};
use crate::StoreError;
use crate::database::Session;
use crate::record::Account;

/// Which statement.
#[derive(Debug, Clone)]
pub struct StatementQuery {
    /// Who looks. That this user may look at the account is the caller's to know; what else an entry
    /// is about is told only as far as the user sees it.
    pub viewer: Viewer,
    /// Of which contract account.
    pub account: AccountId,
    /// Of which bills.
    pub currency: Currency,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// In which days are counted.
    pub time_zone: TimeZone,
    /// After this entry.
    pub after: Option<StatementCursor>,
    /// How many entries: 1 to [`crate::MAX_PAGE`].
    pub limit: u32,
}

/// A statement, or a page of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementRecord {
    /// The account.
    pub account: Account,
    /// Before the first day.
    pub opening: StatementBalances,
    /// Oldest first.
    pub entries: Page<StatementEntry>,
    /// After the last day.
    pub closing: StatementBalances,
}

/// Balances in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StatementBalances {
    /// What of the bills is open, and held by no order.
    pub open: i64,
    /// What orders hold, with the penalties that they fixed.
    pub in_collection: i64,
    /// What the deposit holds.
    pub deposit: i64,
}

/// A line of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementEntry {
    /// Where it stands in the statement.
    pub place: StatementCursor,
    /// When it was posted.
    pub posted: Timestamp,
    /// What it moves.
    pub ledger: StatementLedger,
    /// What it is.
    pub kind: StatementKind,
    /// In which way money came or went.
    pub way: Option<StatementWay>,
    /// The bill; none when its contract account is hidden from who looks.
    pub bill: Option<BillId>,
    /// Its billing month and its last day without a penalty.
    pub of_bill: Option<(BillingMonth, Date)>,
    /// The order; neither it nor its reference when it is hidden from who looks.
    pub order: Option<OrderId>,
    /// The customer's reference of it, where it has one.
    pub reference: Option<String>,
    /// The channel of a payment elsewhere.
    pub channel: Option<String>,
    /// The id of a credit note, or the reference of a payment in its channel.
    pub number: Option<String>,
    /// Why, of a credit note.
    pub reason: Option<String>,
    /// By how much the balance of its ledger grows; below zero when it shrinks.
    pub change: i64,
    /// The balance of its ledger after it: what is owed, or what the deposit holds.
    pub balance: i64,
}

/// What an entry moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatementLedger {
    /// What the bills owe.
    Bills,
    /// What the deposit holds.
    Deposit,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatementKind {
    /// A bill.
    Bill,
    /// Something of a bill is not owed.
    CreditNote,
    /// A penalty is owed.
    Penalty,
    /// It is not owed after all.
    PenaltyTakenBack,
    /// A bill was paid.
    Payment,
    /// A payment, or what had filled the deposit, was taken back.
    Return,
    /// A payment through another channel.
    PaidElsewhere,
    /// The deposit was there before these books.
    OpeningBalance,
    /// Money came into the deposit.
    DepositIn,
    /// The deposit paid.
    DepositOut,
    /// Money of the deposit is paid out.
    Refund,
    /// It is in the deposit again.
    RefundBack,
}

/// In which way money came or went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatementWay {
    /// Under a debit mandate.
    Mandate,
    /// A transfer of the customer's with an order's reference.
    Transfer,
    /// Out of a deposit, by an order.
    Deposit,
    /// Out of a deposit, under a standing instruction.
    Standing,
    /// A transfer that managers placed.
    Placed,
    /// Through another channel.
    Elsewhere,
}

/// A place in a statement: the day under which an entry stands, when and where it was posted, and
/// its number among the entries of one transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatementCursor {
    /// The day.
    pub day: Date,
    at: i64,
    process: Uuid,
    sequence: u64,
    position: u64,
    number: u32,
}

impl fmt::Display for StatementCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            day,
            at,
            process,
            sequence,
            position,
            number,
        } = self;
        write!(f, "{day}~{at}~{process}~{sequence}~{position}~{number}")
    }
}

impl FromStr for StatementCursor {
    type Err = MalformedCursor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('~');
        let mut next = || parts.next().ok_or(MalformedCursor);
        let cursor = Self {
            day: parsed(next()?)?,
            at: parsed(next()?)?,
            process: parsed(next()?)?,
            sequence: parsed(next()?)?,
            position: parsed(next()?)?,
            number: parsed(next()?)?,
        };
        parts
            .next()
            .is_none()
            .then_some(cursor)
            .ok_or(MalformedCursor)
    }
}

fn parsed<T: FromStr>(text: &str) -> Result<T, MalformedCursor> {
    text.parse().map_err(|_| MalformedCursor)
}

/// Reads a statement; `None` when the account is not the customer's.
pub(crate) fn read(
    session: &mut dyn Session,
    query: &StatementQuery,
) -> Result<Option<StatementRecord>, StoreError> {
    let Some(account) = load::account(session, query)? else {
        return Ok(None);
    };
    let loaded = load::all(session, query)?;
    let mut movements = movement::of_account(loaded, query)?;
    movements.sort_by_key(|movement| movement.place);

    let (mut balances, mut opening) = (Sums::default(), Sums::default());
    let mut closing = Sums::default();
    let mut entries = Vec::new();
    for movement in movements {
        balances.add(&movement.change)?;
        let day = movement.place.day;
        if day < query.from {
            opening = balances;
        }
        if day <= query.to {
            closing = balances;
        }
        let in_days = query.from <= day && day <= query.to;
        if in_days && query.after.is_none_or(|after| movement.place > after) {
            entries.extend(movement.entry(&balances)?);
        }
        // One more says that there is a next page; the balances want the rest all the same.
    }
    let limit = bounded(query.limit);
    entries.truncate(limit as usize + 1);
    Ok(Some(StatementRecord {
        account,
        opening: opening.balances()?,
        entries: page(entries, limit, |last| last.place.to_string()),
        closing: closing.balances()?,
    }))
}

/// Sums that cannot overflow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    open: i128,
    held: i128,
    deposit: i128,
}

impl Sums {
    fn add(&mut self, change: &Self) -> Result<(), StoreError> {
        let sum = |one: i128, other| one.checked_add(other).ok_or_else(beyond);
        self.open = sum(self.open, change.open)?;
        self.held = sum(self.held, change.held)?;
        self.deposit = sum(self.deposit, change.deposit)?;
        Ok(())
    }

    fn balances(&self) -> Result<StatementBalances, StoreError> {
        Ok(StatementBalances {
            open: minor(self.open)?,
            in_collection: minor(self.held)?,
            deposit: minor(self.deposit)?,
        })
    }
}

fn minor(sum: i128) -> Result<i64, StoreError> {
    i64::try_from(sum).map_err(|_| beyond())
}

fn beyond() -> StoreError {
    StoreError::Corrupt("a balance is beyond any amount".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let text = "2026-10-03~1795334400~50c99710-6a8d-4cb2-8905-ed89a25afa74~7~12~0";
        let cursor: StatementCursor = text.parse().unwrap();
        assert_eq!(cursor.to_string(), text);
        for other in [
            "",
            "2026-10-03",
            &format!("{text}~1"),
            &text.replace("~7~", "~-7~"),
        ] {
            assert!(other.parse::<StatementCursor>().is_err(), "{other}");
        }
    }
}
