//! A day of the books: what its transfers come to, where it leaves each account, and which
//! checkpoint covers it. Everything is read from the transfers themselves, on one snapshot.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use uuid::Uuid;
use wattkey_domain::OrderState;

use super::snapshot;
use crate::StoreError;
use crate::checkpoint::CheckpointHead;
use crate::database::{DatabaseError, Mode, Row, Session, Value};

/// All transfers before the end of the day ($1), in whichever order they come.
const LEDGER: &str = "
    SELECT process, sequence, event, debit, credit, amount, currency, at
    FROM transfers WHERE at < $1";

/// Orders that are looked up at once.
const ORDERS_AT_ONCE: usize = 500;

/// Orders, and what is sent back, that came into a state on the day.
const COLLECTIONS: &str = "
    SELECT state, source, currency, count(*), CAST(sum(total) AS BIGINT) FROM (
        SELECT order_events.state, orders.source, orders.currency, orders.total
        FROM order_events JOIN orders ON orders.id = order_events.order_id
        WHERE order_events.at >= $1 AND order_events.at < $2
        UNION ALL
        SELECT return_events.state, 'return', returns.currency, returns.amount
        FROM return_events JOIN returns ON returns.id = return_events.return_id
        WHERE return_events.at >= $1 AND return_events.at < $2) AS moved
    GROUP BY state, source, currency ORDER BY state, source, currency";

/// What was paid through other channels on the day, as they say ($1).
const ELSEWHERE: &str = "
    SELECT channel, currency, count(*), CAST(sum(amount) AS BIGINT) FROM payments
    WHERE paid = $1 GROUP BY channel, currency ORDER BY channel, currency";

/// Money that came in and that nothing was done with up to the end of the day ($1).
const UNMATCHED: &str = "
    SELECT currency, count(*), CAST(sum(amount) AS BIGINT) FROM unmatched_receipts
    WHERE at < $1 AND 0 < (
        SELECT coalesce(sum(CASE 'unmatched' WHEN transfers.credit THEN transfers.amount
            WHEN transfers.debit THEN -transfers.amount ELSE 0 END), 0) FROM transfers
        WHERE transfers.subject = 'bank:' || unmatched_receipts.reference
            AND transfers.event <> 'bill' AND transfers.at < $1)
    GROUP BY currency ORDER BY currency";

/// The transfers of the day, in the order of the journal.
const TRANSFERS: &str = "
    SELECT process, sequence, position, at, event, subject, debit, credit, amount, currency
    FROM transfers WHERE at >= $1 AND at < $2 ORDER BY process, sequence, position";

/// Which day is closed.
#[derive(Debug, Clone)]
pub struct CloseOf {
    /// The day.
    pub day: Date,
    /// Where days begin and end.
    pub time_zone: TimeZone,
}

/// The bounds of a day: from its beginning, before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayBounds {
    /// Its first second.
    pub from: Timestamp,
    /// The first second after it.
    pub until: Timestamp,
}

/// What a day came to. Balances are minor units, debit positive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerDay {
    /// Transfers of the day.
    pub transfers: u64,
    /// By sort of ledger account and currency: all that ever had a transfer.
    pub trial_balance: Vec<TrialBalance>,
    /// By event and currency.
    pub events: Vec<EventSum>,
    /// What orders hold in transit at its end, by the day on which they were taken in.
    pub in_transit: Vec<InTransit>,
    /// Deposits at its end that are not zero, by account.
    pub deposits: Vec<DepositBalance>,
    /// Money that came in and that no order waited for, at its end.
    pub unmatched: Vec<CountedSum>,
    /// Orders that came into a state on the day, by state and source.
    pub collections: Vec<Collection>,
    /// What was paid through other channels on the day, by channel.
    pub elsewhere: Vec<CountedSum>,
    /// The checkpoint that covers the day and all before it.
    pub covered: Covered,
}

/// One sort of ledger account over the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialBalance {
    /// Sort of account: what stands before the colon.
    pub account: String,
    /// Currency.
    pub currency: String,
    /// At its beginning.
    pub opening: i64,
    /// What was debited.
    pub debits: i64,
    /// What was credited.
    pub credits: i64,
    /// At its end.
    pub closing: i64,
}

/// What one event moved on the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSum {
    /// Name of the event.
    pub event: String,
    /// Currency.
    pub currency: String,
    /// Transfers.
    pub transfers: u64,
    /// Their sum.
    pub amount: i64,
}

/// What orders that were taken in on one day hold in transit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InTransit {
    /// The day; none for an order that is not there, which `verify` finds.
    pub taken_in: Option<Date>,
    /// Currency.
    pub currency: String,
    /// Orders.
    pub orders: u64,
    /// Their sum.
    pub amount: i64,
}

/// What a deposit holds; negative when it is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DepositBalance {
    /// The contract account.
    pub account: String,
    /// Currency.
    pub currency: String,
    /// What the customer has there.
    pub balance: i64,
}

/// How many of something, and what they come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedSum {
    /// Of what; empty when there is one sort only.
    pub of: String,
    /// Currency.
    pub currency: String,
    /// How many.
    pub count: u64,
    /// Their sum.
    pub amount: i64,
}

/// Orders that came into a state on the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collection {
    /// The state.
    pub state: OrderState,
    /// Where their money comes from: `mandate`, `transfer`, `deposit`; `return` of what is sent back.
    pub source: String,
    /// Currency.
    pub currency: String,
    /// Orders.
    pub orders: u64,
    /// Their totals.
    pub amount: i64,
}

/// Whether a signed checkpoint covers what was posted up to the end of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Covered {
    /// Nothing was posted yet.
    Nothing,
    /// This is the first that covers it all.
    By {
        /// Number and digest.
        head: CheckpointHead,
        /// When it was made.
        at: Timestamp,
    },
    /// None does yet.
    NotYet,
}

/// A transfer, as it is exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerLine {
    /// The process whose chain it is in.
    pub process: Uuid,
    /// Number of its link.
    pub link: u64,
    /// Place in the link.
    pub position: u64,
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub event: String,
    /// To what.
    pub subject: String,
    /// Debit account.
    pub debit: String,
    /// Credit account.
    pub credit: String,
    /// Minor units.
    pub amount: i64,
    /// Currency.
    pub currency: String,
}

/// Takes the transfers of the day one by one. An error ends it.
pub type LedgerSink = Box<dyn FnMut(&LedgerLine) -> std::io::Result<()> + Send>;

impl CloseOf {
    /// The bounds of the day; `None` at the ends of the calendar.
    #[must_use]
    pub fn bounds(&self) -> Option<DayBounds> {
        let begins = |day: Date| day.to_zoned(self.time_zone.clone()).ok();
        let until = begins(self.day.tomorrow().ok()?)?.timestamp();
        let from = begins(self.day)?.timestamp();
        Some(DayBounds { from, until })
    }
}

/// Reads a day, and hands its transfers to `sink`.
pub(crate) fn day(
    session: &mut dyn Session,
    of: &CloseOf,
    sink: Option<LedgerSink>,
) -> Result<LedgerDay, StoreError> {
    let bounds = of
        .bounds()
        .ok_or_else(|| StoreError::Refused(format!("{} is at the end of the calendar", of.day)))?;
    snapshot(session, Mode::Scan, |session| {
        let mut moved = Moved::read(session, bounds)?;
        let (in_transit, deposits) = left(session, moved.take_held(), &of.time_zone)?;
        let unmatched = unmatched(session, bounds)?;
        let collections = collections(session, bounds)?;
        let elsewhere = elsewhere(session, of.day)?;
        let covered = covered(session, &moved.chains)?;
        if let Some(sink) = sink {
            export(session, bounds, sink)?;
        }
        Ok(LedgerDay {
            transfers: moved.transfers,
            trial_balance: moved.trial_balance()?,
            events: moved.events()?,
            in_transit,
            deposits,
            unmatched,
            collections,
            elsewhere,
            covered,
        })
    })
}

/// What accounts of orders and deposits hold, by account and currency: those that are not zero.
type Held = HashMap<(String, String), i128>;

/// Sums of one pass over the transfers. There are few sorts of accounts and few events: looking is
/// cheaper than hashing, and than having the database sort them all.
#[derive(Debug, Default)]
struct Moved {
    transfers: u64,
    /// Sort and currency; opening, debits, credits.
    accounts: Vec<(String, String, [i128; 3])>,
    /// Event and currency; transfers of the day and their sum.
    events: Vec<(String, String, u64, i128)>,
    /// An account that comes to nothing is let go at once: most orders are over.
    held: Held,
    /// The last link of each chain up to the end of the day.
    chains: BTreeMap<Uuid, u64>,
}

impl Moved {
    fn read(session: &mut dyn Session, bounds: DayBounds) -> Result<Self, StoreError> {
        let mut moved = Self::default();
        let from = bounds.from.as_second();
        let until = [bounds.until.as_second().into()];
        session.for_each(LEDGER, &until, &mut |row| moved.add(&row, from))?;
        Ok(moved)
    }

    fn add(&mut self, row: &Row, from: i64) -> Result<(), DatabaseError> {
        let (amount, on_day) = (i128::from(row.int(5)?), row.int(7)? >= from);
        let currency = row.text(6)?;
        for (column, place, signed) in [(3, 1, amount), (4, 2, -amount)] {
            let account = row.text(column)?;
            let sort = account.split(':').next().unwrap_or(account);
            let sums = self.account(sort, currency);
            if on_day {
                sums[place] += amount;
            } else {
                sums[0] += signed;
            }
            if matches!(sort, "in-transit" | "deposit") {
                self.hold(account, currency, signed);
            }
        }
        if on_day {
            self.transfers += 1;
            self.count(row.text(2)?, currency, amount);
        }
        let last = self.chains.entry(row.uuid(0)?).or_default();
        *last = (*last).max(row.count(1)?);
        Ok(())
    }

    fn account(&mut self, sort: &str, currency: &str) -> &mut [i128; 3] {
        let mut known = self.accounts.iter();
        let place = known.position(|(one, of, _)| one == sort && of == currency);
        let place = place.unwrap_or_else(|| {
            let new = (sort.to_owned(), currency.to_owned(), [0; 3]);
            self.accounts.push(new);
            self.accounts.len() - 1
        });
        &mut self.accounts[place].2
    }

    fn count(&mut self, event: &str, currency: &str, amount: i128) {
        let mut known = self.events.iter_mut();
        match known.find(|(one, of, ..)| one == event && of == currency) {
            Some((_, _, transfers, sum)) => {
                *transfers += 1;
                *sum += amount;
            }
            None => {
                let new = (event.to_owned(), currency.to_owned(), 1, amount);
                self.events.push(new);
            }
        }
    }

    fn hold(&mut self, account: &str, currency: &str, signed: i128) {
        match self.held.entry((account.to_owned(), currency.to_owned())) {
            Entry::Vacant(vacant) => {
                vacant.insert(signed);
            }
            Entry::Occupied(mut held) => {
                *held.get_mut() += signed;
                if *held.get() == 0 {
                    held.remove();
                }
            }
        }
    }

    fn take_held(&mut self) -> Held {
        std::mem::take(&mut self.held)
    }

    fn trial_balance(&self) -> Result<Vec<TrialBalance>, StoreError> {
        let rows = self.accounts.iter();
        let rows = rows.map(|(account, currency, [opening, debits, credits])| {
            Ok::<_, StoreError>(TrialBalance {
                account: account.clone(),
                currency: currency.clone(),
                opening: minor(*opening)?,
                debits: minor(*debits)?,
                credits: minor(*credits)?,
                closing: minor(opening + debits - credits)?,
            })
        });
        let mut rows = rows.collect::<Result<Vec<_>, _>>()?;
        rows.sort_by(|one, other| {
            (&one.account, &one.currency).cmp(&(&other.account, &other.currency))
        });
        Ok(rows)
    }

    fn events(&self) -> Result<Vec<EventSum>, StoreError> {
        let rows = self.events.iter();
        let rows = rows.map(|(event, currency, transfers, amount)| {
            Ok::<_, StoreError>(EventSum {
                event: event.clone(),
                currency: currency.clone(),
                transfers: *transfers,
                amount: minor(*amount)?,
            })
        });
        let mut rows = rows.collect::<Result<Vec<_>, _>>()?;
        rows.sort_by(|one, other| {
            (&one.event, &one.currency).cmp(&(&other.event, &other.currency))
        });
        Ok(rows)
    }
}

fn minor(sum: i128) -> Result<i64, StoreError> {
    i64::try_from(sum).map_err(|_| StoreError::Corrupt("a balance is beyond any amount".into()))
}

fn seconds(bounds: DayBounds) -> [Value; 2] {
    [
        bounds.from.as_second().into(),
        bounds.until.as_second().into(),
    ]
}

/// What is left in transit, by day, and in deposits.
fn left(
    session: &mut dyn Session,
    held: Held,
    time_zone: &TimeZone,
) -> Result<(Vec<InTransit>, Vec<DepositBalance>), StoreError> {
    let mut held: Vec<((String, String), i128)> = held.into_iter().collect();
    held.sort_unstable();
    let (mut orders, mut deposits) = (Vec::new(), Vec::new());
    for ((account, currency), sum) in held {
        match account.split_once(':') {
            Some(("in-transit", order)) => orders.push((order.to_owned(), currency, sum)),
            Some((_, account)) => deposits.push(DepositBalance {
                account: account.to_owned(),
                currency,
                // A liability: what is credited is the customer's.
                balance: minor(-sum)?,
            }),
            None => {}
        }
    }
    let mut by_day: BTreeMap<(Option<Date>, String), (u64, i128)> = BTreeMap::new();
    for some in orders.chunks(ORDERS_AT_ONCE) {
        let ids = Value::texts(some.iter().map(|(order, ..)| order));
        let rows = session.query("SELECT id, accepted FROM orders WHERE id = ANY($1)", &[ids])?;
        let taken_in = rows
            .iter()
            .map(|row| Ok((row.string(0)?, time_zone.to_datetime(row.time(1)?).date())));
        let taken_in = taken_in.collect::<Result<HashMap<_, _>, DatabaseError>>()?;
        for (order, currency, sum) in some {
            let day = taken_in.get(order).copied();
            let of_day = by_day.entry((day, currency.clone())).or_default();
            of_day.0 += 1;
            of_day.1 += sum;
        }
    }
    let in_transit = by_day.into_iter();
    let in_transit = in_transit.map(|((taken_in, currency), (orders, amount))| {
        Ok(InTransit {
            taken_in,
            currency,
            orders,
            amount: minor(amount)?,
        })
    });
    Ok((in_transit.collect::<Result<_, StoreError>>()?, deposits))
}

fn unmatched(session: &mut dyn Session, bounds: DayBounds) -> Result<Vec<CountedSum>, StoreError> {
    let rows = session.query(UNMATCHED, &[bounds.until.as_second().into()])?;
    let sums = rows.iter().map(|row| {
        Ok(CountedSum {
            of: String::new(),
            currency: row.string(0)?,
            count: row.count(1)?,
            amount: row.int(2)?,
        })
    });
    sums.collect()
}

fn elsewhere(session: &mut dyn Session, day: Date) -> Result<Vec<CountedSum>, StoreError> {
    let rows = session.query(ELSEWHERE, &[Value::text(day)])?;
    let sums = rows.iter().map(|row| {
        Ok(CountedSum {
            of: row.string(0)?,
            currency: row.string(1)?,
            count: row.count(2)?,
            amount: row.int(3)?,
        })
    });
    sums.collect()
}

fn collections(
    session: &mut dyn Session,
    bounds: DayBounds,
) -> Result<Vec<Collection>, StoreError> {
    let rows = session.query(COLLECTIONS, &seconds(bounds))?;
    let collections = rows.iter().map(|row| {
        Ok(Collection {
            state: row.parsed(0)?,
            source: row.string(1)?,
            currency: row.string(2)?,
            orders: row.count(3)?,
            amount: row.int(4)?,
        })
    });
    collections.collect()
}

/// The first checkpoint that has the last link of every chain.
fn covered(session: &mut dyn Session, chains: &BTreeMap<Uuid, u64>) -> Result<Covered, StoreError> {
    let mut last = None;
    for (process, sequence) in chains {
        let row = session.query_one(
            "SELECT checkpoint FROM checkpoint_heads WHERE process = $1 AND sequence >= $2
             ORDER BY sequence LIMIT 1",
            &[process.as_bytes().into(), (*sequence).into()],
        )?;
        let Some(row) = row else {
            return Ok(Covered::NotYet);
        };
        last = last.max(Some(row.count(0)?));
    }
    let Some(sequence) = last else {
        return Ok(Covered::Nothing);
    };
    let row = session.query_one(
        "SELECT digest, at FROM checkpoints WHERE sequence = $1",
        &[sequence.into()],
    )?;
    let row = row.ok_or_else(|| {
        StoreError::Corrupt(format!("checkpoint {sequence} has heads and is not there"))
    })?;
    Ok(Covered::By {
        head: CheckpointHead {
            sequence,
            digest: row.array(0)?,
        },
        at: row.time(1)?,
    })
}

fn export(
    session: &mut dyn Session,
    bounds: DayBounds,
    mut sink: LedgerSink,
) -> Result<(), StoreError> {
    let mut failed = None;
    let read = session.for_each(TRANSFERS, &seconds(bounds), &mut |row| {
        sink(&line(&row)?).map_err(|error| {
            failed = Some(error);
            DatabaseError::Other("the export cannot be written".into())
        })
    });
    match failed {
        Some(error) => Err(StoreError::Export(error)),
        None => Ok(read?),
    }
}

fn line(row: &Row) -> Result<LedgerLine, DatabaseError> {
    Ok(LedgerLine {
        process: row.uuid(0)?,
        link: row.count(1)?,
        position: row.count(2)?,
        at: row.time(3)?,
        event: row.string(4)?,
        subject: row.string(5)?,
        debit: row.string(6)?,
        credit: row.string(7)?,
        amount: row.int(8)?,
        currency: row.string(9)?,
    })
}
