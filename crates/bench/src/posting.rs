//! `./bench posting [--callers N]`: our whole posting beside the bare transaction of a payment.
//!
//! Ours is all that the platform does with an order that came: the JWS is read and its signature
//! verified, bills are claimed, transfers posted, the link of the chain, the message to the bank and
//! the history written, and the caller is answered when it is durable. The peers write six rows.

mod one_each;
mod pgbench;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use wattkey_store::Store;

use crate::books::{self, Orders};
use crate::figure::{Figure, Unit};
use crate::report::{Peer, Report};

/// Callers, and how many orders they post together in one round.
const ROUNDS_OF: [(usize, usize); 4] = [(1, 150), (8, 800), (32, 2_400), (256, 6_000)];

pub(crate) fn run(report: &mut Report) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let folder = tempfile::tempdir()?;
    let both = books::both(folder.path())?;
    let only = books::option("--callers", 0)?;
    let mut rounds_of = ROUNDS_OF.to_vec();
    rounds_of.retain(|(callers, _)| only == 0 || only == *callers as u64);
    let per_row: usize = rounds_of.iter().map(|(_, calls)| calls).sum();
    let orders = Arc::new(Orders::sign(per_row * Report::TURNS)?);
    let peers = pgbench::Peers::prepare(&both.beside, folder.path())?;
    let store = runtime.block_on(orders.open(&both.postgres))?;
    let mut ours = Ours {
        runtime: &runtime,
        orders: Arc::clone(&orders),
        store,
        next: 0,
        latencies: Vec::new(),
    };
    for &(callers, calls) in &rounds_of {
        let peer = |shape: pgbench::Shape| {
            let peers = &peers;
            Peer::new(shape.name(), move || peers.run(shape, callers))
        };
        report.compare_with(
            &format!("PostgreSQL, {callers} callers"),
            Unit::PerSecond,
            || ours.round(callers, calls),
            &mut [
                peer(pgbench::Shape::Hot),
                peer(pgbench::Shape::Cold),
                peer(pgbench::Shape::OneStatement),
            ],
        )?;
        report.note(ours.latency(&format!("PostgreSQL, {callers} callers")));
        report.note(peers.latency(callers)?);
    }
    drop(ours);
    let store = runtime.block_on(orders.open(&both.sqlite))?;
    let mut ours = Ours {
        runtime: &runtime,
        orders,
        store,
        next: 0,
        latencies: Vec::new(),
    };
    let each = one_each::OneEach::prepare(&folder.path().join("each.sqlite"))?;
    for &(callers, calls) in &rounds_of {
        report.compare_with(
            &format!("SQLite, {callers} callers"),
            Unit::PerSecond,
            || ours.round(callers, calls),
            &mut [Peer::new("SQLite, one each", || each.run(callers))],
        )?;
        report.note(ours.latency(&format!("SQLite, {callers} callers")));
    }
    report.note(format!(
        "orders in a round: {rounds_of:?} (callers, orders)"
    ));
    Ok(())
}

struct Ours<'r> {
    runtime: &'r tokio::runtime::Runtime,
    orders: Arc<Orders>,
    store: Store,
    next: usize,
    latencies: Vec<u64>,
}

impl Ours<'_> {
    fn round(&mut self, callers: usize, calls: usize) -> anyhow::Result<Figure> {
        let (from, end) = (self.next, self.next + calls);
        self.next = end;
        let next = Arc::new(AtomicUsize::new(from));
        let start = Instant::now();
        let waits = self.runtime.block_on(async {
            let tasks: Vec<_> = (0..callers)
                .map(|_| {
                    let (orders, store, next) = (
                        Arc::clone(&self.orders),
                        self.store.clone(),
                        Arc::clone(&next),
                    );
                    tokio::spawn(async move {
                        let mut waits = Vec::new();
                        loop {
                            let number = next.fetch_add(1, Ordering::Relaxed);
                            if number >= end {
                                return anyhow::Ok(waits);
                            }
                            let start = Instant::now();
                            orders.post(&store, number).await?;
                            waits.push(
                                u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX),
                            );
                        }
                    })
                })
                .collect();
            let mut waits = Vec::new();
            for task in tasks {
                waits.extend(task.await??);
            }
            anyhow::Ok(waits)
        })?;
        let elapsed = start.elapsed();
        self.latencies.extend(waits);
        Ok(Figure::per_second(calls as u64, elapsed))
    }

    /// Of all rounds since the last time it was asked.
    fn latency(&mut self, name: &str) -> String {
        percentiles(&format!("{name}, ours"), &mut self.latencies)
    }
}

/// Of microseconds, which it takes away.
pub(crate) fn percentiles(name: &str, waits: &mut Vec<u64>) -> String {
    waits.sort_unstable();
    let at = |percent: usize| waits.get(waits.len() * percent / 100).copied().unwrap_or(0);
    let text = format!("{name}: p50 {} µs, p99 {} µs", at(50), at(99));
    waits.clear();
    text
}
