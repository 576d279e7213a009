//! `./bench import [--items N] [--quick]`: open items with their documents in one numbered file, one
//! transaction, from the lines of the file to the commit; a million unless told.
//!
//! A thread reads lines while the engine takes their records in, as the platform does it. Making the
//! lines is part of its time.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Instant;

use uuid::Uuid;
use wattkey_domain::{BillId, CustomerId, UserId};
use wattkey_store::{
    FileOutcome, Location, NumberedFile, Record, RecordSource, SourceError, Store,
};

use crate::cpu;
use crate::figure::{Figure, Unit};
use crate::report::Report;
use crate::{books, options};

const ITEMS: u64 = 1_000_000;
const QUICK_ITEMS: u64 = 50_000;
/// Records that the reading thread hands over together.
const PIECE: u64 = 1_000;
/// Such pieces that may wait.
const WAITING: usize = 8;
const ACCOUNTS: u64 = 1_000;

pub(crate) fn run(report: &mut Report) -> anyhow::Result<()> {
    let usual = if options::is_quick() {
        QUICK_ITEMS
    } else {
        ITEMS
    };
    let items = options::number("--items", usual)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let folder = tempfile::tempdir()?;
    let both = books::both(folder.path())?;
    let server = both.server()?;
    for (name, location, server) in [
        ("PostgreSQL", &both.postgres, server),
        ("SQLite", &both.sqlite, None),
    ] {
        if report.is_over() {
            report.note(format!("{name}: not measured, the time was over (--limit)"));
            continue;
        }
        let start = cpu::now(server);
        runtime.block_on(import(location, items))?;
        let spent = start.until(server);
        let rate = Figure::per_second(items, spent.elapsed);
        report.once(name, Unit::PerSecond, rate);
        let (ours, others) = spent.shares();
        report.note(format!(
            "{name}: {items} items of 12 lines in {} ms; an item takes {} µs of a processor here and \
             {} µs in the server; processors {ours} % ours, {others} % others'",
            spent.elapsed.as_millis(),
            spent.here.as_micros() / u128::from(items),
            spent.server.as_micros() / u128::from(items),
        ));
    }
    report.note("target: 20,000 a second on both");
    Ok(())
}

async fn import(location: &Location, items: u64) -> anyhow::Result<()> {
    let customer = CustomerId::from_uuid(Uuid::from_u128(0xc1));
    let user = UserId::from_uuid(Uuid::from_u128(0xa1));
    let accounts: Vec<_> = (0..ACCOUNTS).map(|n| format!("C-{n}")).collect();
    let store = Store::open_at(location)?;
    let people = books::people(customer, user, &accounts);
    store.import(books::parsed(&people)?, books::now()).await?;
    let file = NumberedFile {
        source: "bench".to_owned(),
        number: 1,
        digest: [0; 32],
        records: items,
        totals: "{}".to_owned(),
        signature: String::new(),
    };
    let lines = Box::new(Lines {
        customer,
        items,
        read: None,
    });
    let start = Instant::now();
    let taken = store
        .import_file(file, lines, Arc::default(), books::now())
        .await?;
    let FileOutcome::Taken { report, .. } = taken else {
        anyhow::bail!("the file was not taken in: {taken:?}");
    };
    anyhow::ensure!(report.added == items, "{} were taken in", report.added);
    anyhow::ensure!(!start.elapsed().is_zero(), "it took no time");
    Ok(())
}

/// The lines of the file.
struct Lines {
    customer: CustomerId,
    items: u64,
    read: Option<Receiver<Result<Vec<Record>, SourceError>>>,
}

impl RecordSource for Lines {
    fn begin(&mut self) -> Result<(), SourceError> {
        let (pieces, read) = sync_channel(WAITING);
        self.read = Some(read);
        let (customer, items) = (self.customer, self.items);
        std::thread::spawn(move || {
            let template = books::document("BILL", "ACCOUNT", customer, "2026-08");
            let template = String::from_utf8_lossy(&template).into_owned();
            for first in (0..items).step_by(usize::try_from(PIECE).unwrap_or(1)) {
                let records = (first..items.min(first + PIECE)).map(|n| {
                    let bill = template.replace("BILL", &format!("B-{n}"));
                    let bill = bill.replace("ACCOUNT", &format!("C-{}", n % ACCOUNTS));
                    let line = books::bill_line(bill.as_bytes());
                    Record::parse(line.as_bytes()).map_err(|error| SourceError(error.into()))
                });
                if pieces.send(records.collect()).is_err() {
                    // The import has ended.
                    return;
                }
            }
        });
        Ok(())
    }

    fn next(&mut self) -> Result<Vec<Record>, SourceError> {
        let next = self.read.as_ref().and_then(|read| read.recv().ok());
        next.unwrap_or_else(|| Ok(Vec::new()))
    }

    fn bills(&self) -> &[BillId] {
        &[]
    }
}
