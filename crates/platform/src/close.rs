//! The daily close: what a day came to, for the revenue department and its auditor. It reads only.
//!
//! Everything is of one snapshot of the books; the statement of the bank is compared as
//! [`crate::reconcile`] does it. The exported ledger has every transfer of the day in the order of
//! the journal, with the numbers of its links, and its sums are compared with the trial balance
//! while it is written.

mod export;
mod print;

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use wattkey_bank::calendar::Calendar;
use wattkey_domain::{PenaltyRules, Quoting};
use wattkey_pki::b64u;
use wattkey_protocol::reconciliation::{Agreed, Difference, Statement};
use wattkey_store::{CloseOf, Covered, DayBounds, LedgerDay, Payee, Store, StoreError};

use crate::config::Config;
use crate::reconcile::{Books, ReconcileError, reconcile};
use crate::start::{StartError, calendar, open_books};
use export::Export;

/// The longest age that is counted, in days: what is older is old.
const MAX_AGE_DAYS: i32 = 60;

/// What a day came to. Amounts are minor units; of ledger accounts, debit is positive.
#[derive(Debug, Serialize)]
pub struct Close {
    /// The day.
    pub day: Date,
    /// Its first second.
    pub from: Timestamp,
    /// The first second after it.
    pub until: Timestamp,
    /// Whether it is over: until then more is posted.
    pub over: bool,
    /// Whether all accounts sum to zero, and an exported ledger to the trial balance.
    pub balanced: bool,
    /// The checkpoint that covers the day.
    pub checkpoint: Option<CheckpointView>,
    /// Transfers of the day.
    pub transfers: u64,
    /// By sort of ledger account and currency.
    pub trial_balance: Vec<BalanceView>,
    /// By event and currency.
    pub events: Vec<EventView>,
    /// Orders that came into a state on the day, by state and channel.
    pub collections: Vec<CollectionView>,
    /// What was paid through other channels on the day.
    pub elsewhere: Vec<SumView>,
    /// What is in transit at the end of the day, by age in banking days.
    pub in_transit: Vec<AgeView>,
    /// Money that came in and waits for a person, at the end of the day.
    pub unmatched: Vec<SumView>,
    /// Deposits at the end of the day.
    pub deposits: Vec<SumView>,
    /// Those that are negative.
    pub negative_deposits: Vec<DepositView>,
    /// The bank's statement and the ledger.
    pub bank: BankView,
    /// What does not fit.
    pub problems: Vec<String>,
}

/// A checkpoint of the journal.
#[derive(Debug, Serialize)]
pub struct CheckpointView {
    /// Its number.
    pub sequence: u64,
    /// Its digest, base64url.
    pub digest: String,
    /// When it was made.
    pub at: Timestamp,
}

/// One sort of ledger account over the day.
#[derive(Debug, Serialize)]
pub struct BalanceView {
    /// Sort of account.
    pub account: String,
    /// Currency.
    pub currency: String,
    /// At its beginning.
    pub opening: i64,
    /// Debited.
    pub debits: i64,
    /// Credited.
    pub credits: i64,
    /// At its end.
    pub closing: i64,
}

/// What one event moved.
#[derive(Debug, Serialize)]
pub struct EventView {
    /// Its name in the journal.
    pub event: String,
    /// Currency.
    pub currency: String,
    /// Transfers.
    pub transfers: u64,
    /// Their sum.
    pub amount: i64,
}

/// Orders that came into a state.
#[derive(Debug, Serialize)]
pub struct CollectionView {
    /// The state.
    pub state: String,
    /// Where their money comes from.
    pub channel: String,
    /// Currency.
    pub currency: String,
    /// Orders.
    pub orders: u64,
    /// Their totals.
    pub amount: i64,
}

/// How many of something.
#[derive(Debug, Serialize)]
pub struct SumView {
    /// Of what, where there are several sorts.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub of: String,
    /// Currency.
    pub currency: String,
    /// How many.
    pub count: u64,
    /// Their sum.
    pub amount: i64,
}

/// What orders of one age hold in transit.
#[derive(Debug, Serialize)]
pub struct AgeView {
    /// Banking days since they were taken in: `0`, `1`, `2`, `3-5`, `more`.
    pub banking_days: &'static str,
    /// Currency.
    pub currency: String,
    /// Orders.
    pub orders: u64,
    /// Their sum.
    pub amount: i64,
}

/// A deposit.
#[derive(Debug, Serialize)]
pub struct DepositView {
    /// The contract account.
    pub account: String,
    /// Currency.
    pub currency: String,
    /// What the customer has there.
    pub balance: i64,
}

/// The bank's statement and the ledger account `bank`.
#[derive(Debug, Serialize)]
pub struct BankView {
    /// Our account.
    pub account: String,
    /// The statements of the day.
    pub statements: Vec<Statement>,
    /// Entries that the books posted as the bank booked them.
    pub agreed: Vec<Agreed>,
    /// By currency, how the statement's change becomes the ledger's.
    pub bridge: Vec<BridgeView>,
    /// In what statement and books differ, at most 1,000 of it.
    pub differences: Vec<Difference>,
    /// How much there is of it.
    pub differences_total: u64,
}

/// From the statement's change to that of the ledger account `bank`: the first four sum to the last.
#[derive(Debug, Serialize)]
pub struct BridgeView {
    /// Currency.
    pub currency: String,
    /// Closing less opening balance of the statements.
    pub stated: i64,
    /// What of it was not posted, taken off.
    pub not_posted: i64,
    /// What of it was posted on another day, taken off.
    pub posted_on_other_days: i64,
    /// What was posted on this day, and is of another day's statement or of none.
    pub of_other_statements: i64,
    /// Change of the ledger account.
    pub ledger: i64,
}

/// Why a day cannot be closed.
#[derive(Debug, thiserror::Error)]
pub enum CloseError {
    /// The books.
    #[error("the books cannot be read")]
    Store(#[from] StoreError),
    /// The configuration, or what it names.
    #[error(transparent)]
    Start(Box<StartError>),
    /// No payee.
    #[error("no payee is imported yet")]
    NoPayee,
    /// The payee's time zone.
    #[error("the time zone of the service is not known here")]
    TimeZone(#[source] jiff::Error),
    /// The day.
    #[error("{0} is at the end of the calendar")]
    Day(Date),
    /// The bank's side.
    #[error("the statement cannot be compared")]
    Reconcile(#[from] ReconcileError),
    /// A file of the export.
    #[error("the export to {place} failed")]
    Export {
        /// Which folder or file.
        place: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// What a close needs besides the books.
#[derive(Debug)]
pub struct Closing<'c> {
    /// Rates, as configured.
    pub penalty: PenaltyRules,
    /// The bank's days.
    pub calendar: &'c Calendar,
    /// Where the export goes; none is made without.
    pub out: Option<&'c Path>,
    /// The time.
    pub now: Timestamp,
}

/// Closes a day of the books that a configuration names.
///
/// # Errors
/// [`CloseError`].
pub async fn close_configured(
    config: &Config,
    day: Date,
    out: Option<&Path>,
    now: Timestamp,
) -> Result<Close, CloseError> {
    let start = |error: StartError| CloseError::Start(Box::new(error));
    let store = open_books(config).map_err(start)?;
    let calendar = calendar(config).map_err(|error| start(error.into()))?;
    let closing = Closing {
        penalty: config.penalty,
        calendar: &calendar,
        out,
        now,
    };
    close(&store, day, &closing).await
}

/// Closes a day: reads everything, changes nothing.
///
/// # Errors
/// [`CloseError`].
pub async fn close(store: &Store, day: Date, closing: &Closing<'_>) -> Result<Close, CloseError> {
    let payee = store.payee().await?.ok_or(CloseError::NoPayee)?;
    let time_zone = TimeZone::get(&payee.time_zone).map_err(CloseError::TimeZone)?;
    let of = CloseOf {
        day,
        time_zone: time_zone.clone(),
    };
    let bounds = of.bounds().ok_or(CloseError::Day(day))?;
    let export = closing
        .out
        .map(|out| Export::create(out, day))
        .transpose()?;
    let sink = export.as_ref().map(Export::sink);
    let ledger = store.ledger_day(of, sink).await?;
    let quoting = Quoting {
        rules: closing.penalty,
        time_zone,
    };
    let mut close = Close::new(day, bounds, &ledger, closing);
    close.bank = bank(store, &payee, &quoting, day, closing.now, &ledger).await?;
    close.check(&ledger);
    if let Some(export) = export {
        close.problems.extend(export.compared(&ledger)?);
        close.balanced &= close.problems.is_empty();
        export.finish(&close)?;
    }
    Ok(close)
}

async fn bank(
    store: &Store,
    payee: &Payee,
    quoting: &Quoting,
    day: Date,
    now: Timestamp,
    ledger: &LedgerDay,
) -> Result<BankView, CloseError> {
    let books = Books {
        store,
        payee,
        quoting,
    };
    let reconciled = reconcile(books, day, now).await?;
    let mut currencies: BTreeMap<String, [i128; 4]> = BTreeMap::new();
    for (place, sums) in [
        &reconciled.stated,
        &reconciled.posted,
        &reconciled.posted_on_day,
    ]
    .into_iter()
    .enumerate()
    {
        for (currency, sum) in sums {
            currencies.entry(currency.to_string()).or_default()[place] += sum;
        }
    }
    for balance in ledger
        .trial_balance
        .iter()
        .filter(|one| one.account == "bank")
    {
        let change = i128::from(balance.debits) - i128::from(balance.credits);
        currencies.entry(balance.currency.clone()).or_default()[3] += change;
    }
    let minor = |sum: i128| i64::try_from(sum).unwrap_or(i64::MAX);
    let bridge = currencies.into_iter();
    let bridge = bridge.map(|(currency, [stated, posted, on_day, change])| BridgeView {
        currency,
        stated: minor(stated),
        not_posted: minor(posted - stated),
        posted_on_other_days: minor(on_day - posted),
        of_other_statements: minor(change - on_day),
        ledger: minor(change),
    });
    let answer = reconciled.answer;
    Ok(BankView {
        account: answer.account,
        statements: answer.statements,
        agreed: answer.agreed,
        bridge: bridge.collect(),
        differences: answer.differences,
        differences_total: answer.differences_total,
    })
}

impl Close {
    fn new(day: Date, bounds: DayBounds, ledger: &LedgerDay, closing: &Closing<'_>) -> Self {
        let DayBounds { from, until } = bounds;
        let (deposits, negative_deposits) = deposits(ledger);
        Self {
            day,
            from,
            until,
            over: closing.now >= until,
            balanced: true,
            checkpoint: match ledger.covered {
                Covered::By { head, at } => Some(CheckpointView {
                    sequence: head.sequence,
                    digest: b64u::encode(&head.digest),
                    at,
                }),
                Covered::Nothing | Covered::NotYet => None,
            },
            transfers: ledger.transfers,
            trial_balance: trial_balance(ledger),
            events: events(ledger),
            collections: collections(ledger),
            elsewhere: sums(&ledger.elsewhere),
            in_transit: in_transit(ledger, day, closing.calendar),
            unmatched: sums(&ledger.unmatched),
            deposits,
            negative_deposits,
            bank: BankView {
                account: String::new(),
                statements: Vec::new(),
                agreed: Vec::new(),
                bridge: Vec::new(),
                differences: Vec::new(),
                differences_total: 0,
            },
            problems: Vec::new(),
        }
    }

    /// What must hold of every day's sums.
    fn check(&mut self, ledger: &LedgerDay) {
        let mut totals: BTreeMap<&str, [i128; 2]> = BTreeMap::new();
        for balance in &ledger.trial_balance {
            let total = totals.entry(&balance.currency).or_default();
            total[0] += i128::from(balance.closing);
            total[1] += i128::from(balance.debits) - i128::from(balance.credits);
        }
        for (currency, [closing, change]) in totals {
            if (closing, change) != (0, 0) {
                let what =
                    format!("{currency}: all accounts sum to {closing}, the day to {change}");
                self.problems.push(what);
            }
        }
        for (account, parts) in [
            (
                "in-transit",
                pairs(&self.in_transit, |age| (&age.currency, age.amount)),
            ),
            (
                "unmatched",
                pairs(&self.unmatched, |sum| (&sum.currency, -sum.amount)),
            ),
            (
                "deposit",
                pairs(&self.deposits, |sum| (&sum.currency, -sum.amount)),
            ),
        ] {
            let rows = ledger.trial_balance.iter();
            for row in rows.filter(|row| row.account == account) {
                let found = parts
                    .get(row.currency.as_str())
                    .copied()
                    .unwrap_or_default();
                if found != i128::from(row.closing) {
                    let what = format!(
                        "{} {account}: {} in the ledger, {found} in what it is made of",
                        row.currency, row.closing
                    );
                    self.problems.push(what);
                }
            }
        }
        if matches!(ledger.covered, Covered::Nothing) && ledger.transfers > 0 {
            self.problems
                .push("no chain has the day's transfers".to_owned());
        }
        self.balanced = self.problems.is_empty();
    }
}

fn pairs<T>(rows: &[T], pair: impl Fn(&T) -> (&String, i64)) -> BTreeMap<String, i128> {
    let mut sums = BTreeMap::new();
    for row in rows {
        let (currency, amount) = pair(row);
        *sums.entry(currency.clone()).or_default() += i128::from(amount);
    }
    sums
}

fn trial_balance(ledger: &LedgerDay) -> Vec<BalanceView> {
    let rows = ledger.trial_balance.iter();
    rows.map(|row| BalanceView {
        account: row.account.clone(),
        currency: row.currency.clone(),
        opening: row.opening,
        debits: row.debits,
        credits: row.credits,
        closing: row.closing,
    })
    .collect()
}

fn events(ledger: &LedgerDay) -> Vec<EventView> {
    let rows = ledger.events.iter();
    rows.map(|row| EventView {
        event: row.event.clone(),
        currency: row.currency.clone(),
        transfers: row.transfers,
        amount: row.amount,
    })
    .collect()
}

fn collections(ledger: &LedgerDay) -> Vec<CollectionView> {
    let rows = ledger.collections.iter();
    rows.map(|row| CollectionView {
        state: row.state.to_string(),
        channel: row.source.clone(),
        currency: row.currency.clone(),
        orders: row.orders,
        amount: row.amount,
    })
    .collect()
}

fn sums(sums: &[wattkey_store::CountedSum]) -> Vec<SumView> {
    let rows = sums.iter();
    rows.map(|row| SumView {
        of: row.of.clone(),
        currency: row.currency.clone(),
        count: row.count,
        amount: row.amount,
    })
    .collect()
}

fn deposits(ledger: &LedgerDay) -> (Vec<SumView>, Vec<DepositView>) {
    let mut sums: BTreeMap<&str, (u64, i64)> = BTreeMap::new();
    for one in &ledger.deposits {
        let sum = sums.entry(&one.currency).or_default();
        sum.0 += 1;
        sum.1 = sum.1.saturating_add(one.balance);
    }
    let negative = ledger.deposits.iter().filter(|one| one.balance < 0);
    let negative = negative.map(|one| DepositView {
        account: one.account.clone(),
        currency: one.currency.clone(),
        balance: one.balance,
    });
    let sums = sums.into_iter().map(|(currency, (count, amount))| SumView {
        of: String::new(),
        currency: currency.to_owned(),
        count,
        amount,
    });
    (sums.collect(), negative.collect())
}

/// Banking days after the day on which an order was taken in, up to the day that is closed.
fn age(calendar: &Calendar, taken_in: Date, day: Date) -> usize {
    let days = taken_in.series(jiff::Span::new().days(1)).skip(1);
    let days = days.take_while(|one| *one <= day);
    let days = days.take(MAX_AGE_DAYS.unsigned_abs() as usize);
    days.filter(|one| calendar.is_banking_day(*one)).count()
}

fn in_transit(ledger: &LedgerDay, day: Date, calendar: &Calendar) -> Vec<AgeView> {
    let mut ages: BTreeMap<(&str, usize), (u64, i64)> = BTreeMap::new();
    for row in &ledger.in_transit {
        let place = match row.taken_in.map(|taken_in| age(calendar, taken_in, day)) {
            Some(young @ 0..=2) => young,
            Some(3..=5) => 3,
            Some(_) | None => 4,
        };
        let sum = ages.entry((&row.currency, place)).or_default();
        sum.0 += row.orders;
        sum.1 = sum.1.saturating_add(row.amount);
    }
    let ages = ages.into_iter();
    ages.map(|((currency, place), (orders, amount))| AgeView {
        banking_days: ["0", "1", "2", "3-5", "more"][place],
        currency: currency.to_owned(),
        orders,
        amount,
    })
    .collect()
}
