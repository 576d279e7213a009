//! `./bench import [--items N] [--quick]`: open items with their documents in one numbered file, one
//! transaction, from the lines of the file to the commit; a million unless told.
//!
//! A thread reads lines while the engine takes their records in, as the platform does it. It makes
//! them as well, from one of which only the names of bill and account are another.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use uuid::Uuid;
use wattkey_domain::{AccountId, BillId, Currency, CustomerId, UserId};
use wattkey_store::{
    FileOutcome, Location, NumberedFile, Record, RecordSource, SourceError, Store,
};

use crate::cpu::{self, Spent};
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
/// Items a second.
const TARGET: u64 = 20_000;
/// From how many hundredths on something is what limits.
const BUSY: u128 = 80;
/// From how many hundredths on other work spoils the figure.
const FOREIGN: u128 = 10;

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
             {} µs in the server; processors {ours} % ours, {others} % others'{}",
            spent.elapsed.as_millis(),
            spent.here.as_micros() / u128::from(items),
            spent.server.as_micros() / u128::from(items),
            limits(items, &spent),
        ));
    }
    report.note(format!(
        "target: {TARGET} a second on both. A transaction has one process of the server, or SQLite's one \
         writer: what that takes of a processor for an item is the least that an item can take"
    ));
    Ok(())
}

/// What limits it where it is under the target.
fn limits(items: u64, spent: &Spent) -> String {
    let wanted = Duration::from_secs(1) * u32::try_from(items / TARGET).unwrap_or(u32::MAX);
    if spent.elapsed <= wanted {
        return String::new();
    }
    let (ours, others) = spent.shares();
    let busy = spent.server.as_micros() * 100 / spent.elapsed.as_micros().max(1);
    if others > FOREIGN {
        format!("; under the target, and the machine had other work: {others} %")
    } else if busy >= BUSY {
        format!(
            "; under the target: the one process of the server limits, busy {busy} % of the time"
        )
    } else if ours >= BUSY {
        "; under the target: the processors limit".to_owned()
    } else {
        "; under the target: the one writer limits, what it takes of a processor and what it waits for the disk".to_owned()
    }
}

async fn import(location: &Location, items: u64) -> anyhow::Result<()> {
    let customer = CustomerId::from_uuid(Uuid::from_u128(0xc1));
    let user = UserId::from_uuid(Uuid::from_u128(0xa1));
    let accounts: Vec<_> = (0..ACCOUNTS).map(|n| format!("C-{n:04}")).collect();
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
            let template = Template::new(customer);
            for first in (0..items).step_by(usize::try_from(PIECE).unwrap_or(1)) {
                let records = (first..items.min(first + PIECE)).map(|n| {
                    let line = template.line(n);
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

    fn deposits(&self) -> &[(AccountId, Currency)] {
        &[]
    }
}

/// A line in two parts, of which the second is the same for every bill.
struct Template {
    head: String,
    encoded_tail: String,
}

impl Template {
    /// Names that are as long as those that take their place.
    const BILL: &str = "B-0000000";
    const ACCOUNT: &str = "C-0000";

    fn new(customer: CustomerId) -> Self {
        let document = books::document(Self::BILL, Self::ACCOUNT, customer, "2026-08");
        let document = String::from_utf8_lossy(&document).into_owned();
        let names = [Self::BILL, Self::ACCOUNT].map(|name| document.find(name));
        let end = names.into_iter().flatten().max().unwrap_or(0) + Self::BILL.len();
        // Whole groups of base64.
        let (head, tail) = document.split_at(end.next_multiple_of(3));
        let tail = BASE64_URL_SAFE_NO_PAD.encode(tail);
        Self {
            head: head.to_owned(),
            encoded_tail: tail + "\"}",
        }
    }

    fn line(&self, number: u64) -> String {
        let head = self.head.replace(Self::BILL, &format!("B-{number:07}"));
        let account = format!("C-{:04}", number % ACCOUNTS);
        let head = head.replace(Self::ACCOUNT, &account);
        let mut line = String::with_capacity(2 * head.len() + self.encoded_tail.len());
        line.push_str(r#"{"type":"bill","document":""#);
        BASE64_URL_SAFE_NO_PAD.encode_string(head, &mut line);
        line.push_str(&self.encoded_tail);
        line
    }
}
