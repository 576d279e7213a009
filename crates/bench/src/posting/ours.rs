//! Our own posting, by many callers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use tokio::runtime::Runtime;
use wattkey_store::{Counters, Store};

use super::percentiles;
use crate::books::Orders;
use crate::cpu::{self, Spent};
use crate::figure::Figure;

/// From how many hundredths of the processors on they are what limits.
const BUSY: u128 = 85;

pub(super) struct Ours<'r> {
    runtime: &'r Runtime,
    orders: Arc<Orders>,
    store: Store,
    server: Option<u32>,
    next: usize,
    // Of all rounds since the last time it was asked.
    made: u64,
    waits: Vec<u64>,
    spent: Spent,
    counted: Counters,
}

impl<'r> Ours<'r> {
    pub(super) fn new(
        runtime: &'r Runtime,
        orders: &Arc<Orders>,
        store: Store,
        server: Option<u32>,
    ) -> Self {
        let counted = store.counters();
        Self {
            runtime,
            orders: Arc::clone(orders),
            store,
            server,
            next: 0,
            made: 0,
            waits: Vec::new(),
            spent: Spent::default(),
            counted,
        }
    }

    /// Orders in a second.
    pub(super) fn round(&mut self, callers: usize, calls: usize) -> anyhow::Result<Figure> {
        let end = self.next + calls;
        let next = Arc::new(AtomicUsize::new(self.next));
        self.next = end;
        let start = cpu::now(self.server);
        let waits = self.runtime.block_on(async {
            let tasks: Vec<_> = (0..callers)
                .map(|_| {
                    let (orders, store) = (Arc::clone(&self.orders), self.store.clone());
                    tokio::spawn(caller(orders, store, Arc::clone(&next), end))
                })
                .collect();
            let mut waits = Vec::new();
            for task in tasks {
                waits.extend(task.await??);
            }
            anyhow::Ok(waits)
        })?;
        let spent = start.until(self.server);
        self.waits.extend(waits);
        self.made += calls as u64;
        self.spent += spent;
        Ok(Figure::per_second(calls as u64, spent.elapsed))
    }

    /// How long callers waited, and what limits them.
    pub(super) fn says(&mut self, name: &str) -> String {
        let waits = percentiles(&format!("{name}, ours"), &mut self.waits);
        let counted = self.store.counters();
        let commits = (counted.commits - self.counted.commits).max(1);
        let together = (counted.calls - self.counted.calls) / commits;
        let each = u128::from(self.made.max(1));
        let (ours, others) = self.spent.shares();
        let limit = if ours + others >= BUSY {
            "the processors limit".to_owned()
        } else {
            // What a batch does one after the other: the engine's thread, the server, the disk.
            let server = self.spent.server.as_micros() / u128::from(commits);
            format!(
                "the way of one batch limits, which is the engine's thread, the server ({server} µs of a \
                 processor for each commit) and the flush to the disk"
            )
        };
        let text = format!(
            "{waits}; {together} orders a commit, {} µs between commits; an order takes {} µs of a \
             processor here and {} µs in the server; processors {ours} % ours, {others} % others': {limit}",
            self.spent.elapsed.as_micros() / u128::from(commits),
            self.spent.here.as_micros() / each,
            self.spent.server.as_micros() / each,
        );
        (self.made, self.spent, self.counted) = (0, Spent::default(), counted);
        text
    }
}

/// Posts one order after the other; how long each took.
async fn caller(
    orders: Arc<Orders>,
    store: Store,
    next: Arc<AtomicUsize>,
    end: usize,
) -> anyhow::Result<Vec<u64>> {
    let mut waits = Vec::new();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= end {
            return Ok(waits);
        }
        let start = Instant::now();
        orders.post(&store, number).await?;
        waits.push(u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX));
    }
}
