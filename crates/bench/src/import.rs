//! `./bench import [--items N]`: open items with their documents, from the lines of the file to the
//! commit, 100,000 unless told. The target is 20,000 a second on both databases.

use std::time::{Duration, Instant};

use uuid::Uuid;
use wattkey_domain::{CustomerId, UserId};
use wattkey_store::{Location, Store};

use crate::books;
use crate::figure::{Figure, Unit};
use crate::report::Report;

/// Items of one import: one transaction.
const PIECE: u64 = 50_000;

pub(crate) fn run(report: &mut Report) -> anyhow::Result<()> {
    let items = books::option("--items", 100_000)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let folder = tempfile::tempdir()?;
    let both = books::both(folder.path())?;
    for (name, location) in [("PostgreSQL", &both.postgres), ("SQLite", &both.sqlite)] {
        let (read, taken) = runtime.block_on(import(location, items))?;
        report.once(
            name,
            Unit::PerSecond,
            Figure::per_second(items, read + taken),
        );
        report.note(format!(
            "{name}: {items} items of 12 lines; reading lines {} ms, import {} ms",
            read.as_millis(),
            taken.as_millis()
        ));
    }
    report.note("target: 20,000 a second on both");
    Ok(())
}

/// Times of reading the lines and of taking them in.
async fn import(location: &Location, items: u64) -> anyhow::Result<(Duration, Duration)> {
    let customer = CustomerId::from_uuid(Uuid::from_u128(0xc1));
    let user = UserId::from_uuid(Uuid::from_u128(0xa1));
    let accounts: Vec<_> = (0..1_000).map(|n| format!("C-{n}")).collect();
    let store = Store::open_at(location)?;
    let people = books::people(customer, user, &accounts);
    store.import(books::parsed(&people)?, books::now()).await?;
    let (mut read, mut taken, mut next) = (Duration::ZERO, Duration::ZERO, 0);
    while next < items {
        let end = items.min(next + PIECE);
        let lines: Vec<_> = (next..end)
            .map(|n| {
                let account = &accounts[usize::try_from(n % 1_000).unwrap_or(0)];
                let document = books::document(&format!("B-{n}"), account, customer, "2026-08");
                books::bill_line(&document)
            })
            .collect();
        let start = Instant::now();
        let records = books::parsed(&lines)?;
        read += start.elapsed();
        let start = Instant::now();
        store.import(records, books::now()).await?;
        taken += start.elapsed();
        next = end;
    }
    Ok((read, taken))
}
