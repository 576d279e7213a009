//! `./bench reads [--accounts N] [--quick]`: what customers look at, one after the other, on books
//! of N contract accounts with 36 bills each: 100,000 accounts unless told, 3.6 million bills.
//!
//! The books are filled in bulk ([`fill`]): copies of one imported bill with its document of 12
//! lines, month by month as they would have come, without the transfers, which no read looks at.

mod fill;

use std::time::Instant;

use wattkey_domain::CustomerId;
use wattkey_store::{BillQuery, BillState, Location, Store};

use crate::books::Both;
use crate::figure::{Figure, Unit};
use crate::posting::percentiles;
use crate::report::Report;
use crate::{books, options};

/// Reads of each sort.
const READS: u64 = 2_000;
const QUICK_READS: u64 = 300;
const ACCOUNTS: u64 = 100_000;
const QUICK_ACCOUNTS: u64 = 5_000;
/// Target of the 99th percentile.
const TARGET_US: u64 = 10_000;

pub(crate) fn run(report: &mut Report) -> anyhow::Result<()> {
    let quick = options::is_quick();
    let usual = if quick { QUICK_ACCOUNTS } else { ACCOUNTS };
    let accounts = options::number("--accounts", usual)?;
    anyhow::ensure!(
        (2 * fill::GROUP..=1_000_000).contains(&accounts),
        "--accounts must be {} to 1000000",
        2 * fill::GROUP
    );
    let reads = if quick { QUICK_READS } else { READS };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let folder = tempfile::tempdir()?;
    let both = books::both(folder.path())?;
    for kind in [Kind::Postgres, Kind::Sqlite] {
        let (name, location) = kind.of(&both);
        if report.is_over() {
            report.note(format!("{name}: not measured, the time was over (--limit)"));
            continue;
        }
        let start = Instant::now();
        fill::fill(&runtime, &both, kind, accounts)?;
        report.note(format!(
            "{name}: {} bills filled in bulk in {} s, without their transfers",
            accounts * fill::MONTHS,
            start.elapsed().as_secs()
        ));
        runtime.block_on(measure(report, name, location, accounts, reads))?;
        kind.give_back(&both);
    }
    report.note(format!(
        "target: p99 under 10 ms on both. The group that never paid owes {} bills, and its overview \
         sums them: sums that were kept would be one more row that every posting and every imported \
         bill changes",
        fill::GROUP * fill::MONTHS
    ));
    Ok(())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Postgres,
    Sqlite,
}

impl Kind {
    fn of(self, both: &Both) -> (&'static str, &Location) {
        match self {
            Self::Postgres => ("PostgreSQL", &both.postgres),
            Self::Sqlite => ("SQLite", &both.sqlite),
        }
    }

    /// Gives the disk back before the other one is filled.
    fn give_back(self, both: &Both) {
        if self == Self::Postgres {
            both.books.sql("TRUNCATE bills CASCADE");
        }
    }
}

/// A sort of read.
struct Sort {
    name: &'static str,
    waits: Vec<u64>,
}

impl Sort {
    async fn time<T>(&mut self, read: impl Future<Output = T>) -> T {
        let start = Instant::now();
        let done = read.await;
        let waited = start.elapsed().as_micros();
        self.waits.push(u64::try_from(waited).unwrap_or(u64::MAX));
        done
    }
}

async fn measure(
    report: &mut Report,
    name: &str,
    location: &Location,
    accounts: u64,
    reads: u64,
) -> anyhow::Result<()> {
    let store = Store::open_at(location)?;
    let today = fill::TODAY.parse()?;
    let mut sorts = [
        "overview",
        "overview of a group",
        "overview of a group that never paid",
        "bill list",
        "bill list of an account",
        "overdue bills of a group",
        "bill with lines",
    ]
    .map(|name| Sort {
        name,
        waits: Vec::new(),
    });
    let (group, debtors) = (fill::customer(0), fill::customer(fill::GROUP));
    let list = |customer: CustomerId| BillQuery {
        customer,
        account: None,
        state: None,
        after: None,
        limit: 50,
        today,
    };
    for _ in 0..reads {
        let account = fastrand::u64(2 * fill::GROUP..accounts.max(2 * fill::GROUP + 1));
        let customer = fill::customer(account.min(accounts - 1));
        let [one, grouped, owing, listed, of_account, overdue, bill] = &mut sorts;
        one.time(store.accounts(customer, today)).await?;
        grouped.time(store.accounts(group, today)).await?;
        owing.time(store.accounts(debtors, today)).await?;
        let page = listed.time(store.bills(list(customer))).await?;
        anyhow::ensure!(!page.items.is_empty(), "{customer} has no bills");
        let account = Some(page.items[0].account.clone());
        let query = BillQuery {
            account,
            ..list(customer)
        };
        of_account.time(store.bills(query)).await?;
        let query = BillQuery {
            state: Some(BillState::Overdue),
            ..list(group)
        };
        let late = overdue.time(store.bills(query)).await?;
        anyhow::ensure!(!late.items.is_empty(), "the group owes nothing");
        let id = page.items[fastrand::usize(..page.items.len())].bill.clone();
        let read = async {
            store.bill(customer, id.clone(), today).await?;
            store.bill_document(customer, id.clone()).await
        };
        anyhow::ensure!(bill.time(read).await?.is_some(), "{id} has no document");
    }
    for Sort { name: sort, waits } in &mut sorts {
        waits.sort_unstable();
        let p99 = waits.get(waits.len() * 99 / 100).copied().unwrap_or(0);
        let figure = Figure::from_thousandths(p99 * 1_000);
        report.once(&format!("{name}, {sort}, p99"), Unit::Microseconds, figure);
        let missed = if p99 > TARGET_US {
            ", over the target"
        } else {
            ""
        };
        report.note(percentiles(&format!("{name}, {sort}"), waits) + missed);
    }
    Ok(())
}
