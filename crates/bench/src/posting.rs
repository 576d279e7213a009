//! `./bench posting [--callers N] [--quick] [--alone]`: our whole posting beside the bare
//! transaction of a payment.
//!
//! Ours is all that the platform does with an order that came: the JWS is read and its signature
//! verified, the message to the bank is made, bills are claimed, transfers posted, the link of the
//! chain, the message and the history written, and the caller is answered when it is durable. The
//! peers write six rows.

mod one_each;
mod ours;
mod pgbench;

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use crate::books::{self, Orders};
use crate::cpu;
use crate::figure::Unit;
use crate::options;
use crate::report::{Peer, Report};
use one_each::{OneEach, Shape};
use ours::Ours;

/// Callers, and how many orders they post together in one round.
const ROUNDS_OF: [(usize, usize); 4] = [(1, 200), (8, 1_200), (32, 4_000), (256, 10_000)];
const QUICK_ROUNDS_OF: [(usize, usize); 4] = [(1, 60), (8, 300), (32, 1_000), (256, 3_000)];

/// Orders of which it is looked at what comes before the books.
const ALONE: usize = 5_000;
/// Flushes of which it is looked at how long one takes.
const FLUSHES: usize = 200;

pub(crate) fn run(report: &mut Report) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let folder = tempfile::tempdir()?;
    let both = books::both(folder.path())?;
    let only = options::number("--callers", 0)?;
    let mut rounds_of = ROUNDS_OF.to_vec();
    if options::is_quick() {
        rounds_of = QUICK_ROUNDS_OF.to_vec();
    }
    rounds_of.retain(|(callers, _)| only == 0 || only == *callers as u64);
    let per_row: usize = rounds_of.iter().map(|(_, calls)| calls).sum();
    let orders = Arc::new(Orders::sign(per_row * report.turns())?);
    let alone = options::is_alone();

    let peers = pgbench::Peers::prepare(&both.beside, folder.path())?;
    let store = runtime.block_on(orders.open(&both.postgres))?;
    let mut ours = Ours::new(&runtime, &orders, store, both.server()?);
    for &(callers, calls) in &rounds_of {
        let name = format!("PostgreSQL, {callers} callers");
        let shapes = pgbench::Shape::ALL.iter().filter(|_| !alone);
        let shapes = shapes.map(|&shape| {
            let peers = &peers;
            Peer::new(shape.name(), move || peers.run(shape, callers))
        });
        let shapes = &mut shapes.collect::<Vec<_>>();
        report.compare_with(
            &name,
            Unit::PerSecond,
            || ours.round(callers, calls),
            shapes,
        )?;
        report.note(ours.says(&name));
        if !alone {
            report.note(peers.latency(callers)?);
        }
    }
    drop(ours);

    let store = runtime.block_on(orders.open(&both.sqlite))?;
    let mut ours = Ours::new(&runtime, &orders, store, None);
    let each = OneEach::prepare(&folder.path().join("each.sqlite"))?;
    for &(callers, calls) in &rounds_of {
        let name = format!("SQLite, {callers} callers");
        let shapes = Shape::ALL.iter().filter(|_| !alone);
        let shapes = shapes.map(|&shape| {
            let each = &each;
            Peer::new(shape.name(), move || each.run(shape, callers))
        });
        let shapes = &mut shapes.collect::<Vec<_>>();
        report.compare_with(
            &name,
            Unit::PerSecond,
            || ours.round(callers, calls),
            shapes,
        )?;
        report.note(ours.says(&name));
        if !alone {
            report.note(each.latency());
        }
    }
    report.note(format!(
        "orders in a round: {rounds_of:?} (callers, orders). SQLite knows no writing WITH, so the \
         one-statement shape has no likeness there."
    ));
    report.note(before_the_books(&orders)?);
    report.note(flushing(folder.path())?);
    report.note(
        "targets at 256 callers: PostgreSQL at least 10 times the hot row and 2 times the one \
         statement, SQLite at least 4 times its own one-each shape",
    );
    Ok(())
}

/// What no peer does: it takes a processor whatever the books are.
fn before_the_books(orders: &Orders) -> anyhow::Result<String> {
    let count = orders.len().min(ALONE);
    let start = cpu::now(None);
    for number in 0..count {
        orders.accept(number)?;
    }
    let each = start.until(None).here.as_micros() / count.max(1) as u128;
    let processors = std::thread::available_parallelism().map_or(1, usize::from) as u128;
    Ok(format!(
        "before the books, verifying an order's signature and making its message to the bank take {each} µs of a \
         processor: {processors} processors that did nothing else would make {} a second",
        processors * 1_000_000 / each.max(1)
    ))
}

/// What a peer that commits each pays for each, and ours for a batch: the slower the disk, the more
/// it is worth to share one.
fn flushing(folder: &Path) -> anyhow::Result<String> {
    let mut file = File::create(folder.join("flushed"))?;
    let mut times = Vec::with_capacity(FLUSHES);
    for _ in 0..FLUSHES {
        file.write_all(&[0; 4_096])?;
        let start = Instant::now();
        file.sync_data()?;
        times.push(u64::try_from(start.elapsed().as_micros())?);
    }
    Ok(percentiles("a flush of 4 KiB to this disk", &mut times))
}

/// Of microseconds, which it takes away.
pub(crate) fn percentiles(name: &str, waits: &mut Vec<u64>) -> String {
    waits.sort_unstable();
    let at = |percent: usize| waits.get(waits.len() * percent / 100).copied().unwrap_or(0);
    let text = format!("{name}: p50 {} µs, p99 {} µs", at(50), at(99));
    waits.clear();
    text
}
