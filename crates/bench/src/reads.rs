//! `./bench reads [--accounts N]`: what customers look at, one after the other, on books of N
//! contract accounts with 36 bills each; 5,000 accounts unless told, 100,000 for the full size.

use std::time::Instant;

use uuid::Uuid;
use wattkey_domain::{CustomerId, UserId};
use wattkey_store::{BillQuery, BillState, Location, Store};

use crate::books;
use crate::figure::{Figure, Unit};
use crate::posting::percentiles;
use crate::report::Report;

/// Accounts of a customer.
const EACH: u64 = 5;
/// One group with many.
const GROUP: u64 = 500;
const MONTHS: u64 = 36;
/// Reads of each sort.
const READS: u64 = 2_000;
/// Customers of one import.
const PIECE: usize = 250;

pub(crate) fn run(report: &mut Report) -> anyhow::Result<()> {
    let accounts = books::option("--accounts", 5_000)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let folder = tempfile::tempdir()?;
    let both = books::both(folder.path())?;
    for (name, location) in [("PostgreSQL", &both.postgres), ("SQLite", &both.sqlite)] {
        runtime.block_on(measure(report, name, location, accounts))?;
    }
    report.note(format!(
        "{accounts} accounts, {} bills; target: p99 under 10 ms",
        accounts * MONTHS
    ));
    Ok(())
}

/// Customers with the numbers of their first account and how many they have.
fn customers(accounts: u64) -> Vec<(CustomerId, u64, u64)> {
    let id = |number: u64| CustomerId::from_uuid(Uuid::from_u128(u128::from(number) + 1));
    let mut all = vec![(id(0), 0, GROUP.min(accounts))];
    let mut next = GROUP;
    while next < accounts {
        all.push((id(next), next, EACH.min(accounts - next)));
        next += EACH;
    }
    all
}

async fn fill(store: &Store, customers: &[(CustomerId, u64, u64)]) -> anyhow::Result<()> {
    for piece in customers.chunks(PIECE) {
        let mut lines = Vec::new();
        for &(customer, first, count) in piece {
            let user = UserId::from_uuid(*customer.as_uuid());
            let accounts: Vec<_> = (first..first + count).map(|n| format!("C-{n}")).collect();
            lines.extend(books::people(customer, user, &accounts));
            for account in &accounts {
                for month in 0..MONTHS {
                    let period = format!("{}-{:02}", 2024 + month / 12, month % 12 + 1);
                    let bill = format!("B-{account}-{period}");
                    lines.push(books::bill_line(&books::document(
                        &bill, account, customer, &period,
                    )));
                }
            }
        }
        store.import(books::parsed(&lines)?, books::now()).await?;
    }
    Ok(())
}

async fn measure(
    report: &mut Report,
    name: &str,
    location: &Location,
    accounts: u64,
) -> anyhow::Result<()> {
    let store = Store::open_at(location)?;
    let customers = customers(accounts);
    fill(&store, &customers).await?;
    let today = "2027-01-15".parse()?;
    let mut sorts: [(&str, Vec<u64>); 5] = [
        "overview",
        "overview of a group",
        "bill list",
        "open bills of a group",
        "bill with lines",
    ]
    .map(|sort| (sort, Vec::new()));
    for _ in 0..READS {
        let (customer, first, count) = customers[fastrand::usize(..customers.len())];
        let account = format!("C-{}", first + fastrand::u64(..count));
        let query = BillQuery {
            customer,
            account: None,
            state: None,
            after: None,
            limit: 50,
            today,
        };
        let group = customers[0].0;
        let of_group = BillQuery {
            customer: group,
            state: Some(BillState::Overdue),
            ..query.clone()
        };
        let start = Instant::now();
        store.accounts(customer, today).await?;
        sorts[0].1.push(microseconds(start));
        let start = Instant::now();
        store.accounts(group, today).await?;
        sorts[1].1.push(microseconds(start));
        let start = Instant::now();
        let page = store.bills(query).await?;
        sorts[2].1.push(microseconds(start));
        anyhow::ensure!(!page.items.is_empty(), "{account} has no bills");
        let start = Instant::now();
        store.bills(of_group).await?;
        sorts[3].1.push(microseconds(start));
        let bill = &page.items[fastrand::usize(..page.items.len())].bill;
        let start = Instant::now();
        store.bill(customer, bill.clone(), today).await?;
        store.bill_document(customer, bill.clone()).await?;
        sorts[4].1.push(microseconds(start));
    }
    for (sort, waits) in &mut sorts {
        waits.sort_unstable();
        let p99 = waits.get(waits.len() * 99 / 100).copied().unwrap_or(0);
        report.once(
            &format!("{name}, {sort}, p99"),
            Unit::Microseconds,
            Figure::from_thousandths(p99 * 1_000),
        );
        report.note(percentiles(&format!("{name}, {sort}"), waits));
    }
    Ok(())
}

fn microseconds(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX)
}
