//! The payment-shaped transaction on SQLite, one commit each.

use std::cell::RefCell;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

use super::percentiles;
use crate::figure::Figure;
use crate::options;

const ACCOUNTS: u32 = 100_000;
/// Threads that wait for the one writer; more change nothing.
const MAX_THREADS: usize = 32;

#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// All payments add to one cash balance.
    Hot,
    /// None does.
    Cold,
}

impl Shape {
    pub(super) const ALL: &'static [Self] = &[Self::Hot, Self::Cold];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Hot => "SQLite, one each, hot row",
            Self::Cold => "SQLite, one each",
        }
    }
}

pub(super) struct OneEach {
    connection: Mutex<Connection>,
    waits: RefCell<Vec<u64>>,
}

impl OneEach {
    pub(super) fn prepare(path: &Path) -> anyhow::Result<Self> {
        let connection = Connection::open(path)?;
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.execute_batch(&format!(
            "CREATE TABLE idempotency (key BLOB PRIMARY KEY) WITHOUT ROWID;
             CREATE TABLE payments (id INTEGER PRIMARY KEY, account INTEGER NOT NULL, amount INTEGER NOT NULL);
             CREATE TABLE entries (id INTEGER PRIMARY KEY, payment INTEGER NOT NULL, account INTEGER NOT NULL, amount INTEGER NOT NULL);
             CREATE TABLE balances (account INTEGER PRIMARY KEY, amount INTEGER NOT NULL);
             WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < {ACCOUNTS})
             INSERT INTO balances SELECT n, 0 FROM n;"
        ))?;
        Ok(Self {
            connection: Mutex::new(connection),
            waits: RefCell::default(),
        })
    }

    /// Transactions in a second; there is one writer, whoever waits for it.
    pub(super) fn run(&self, shape: Shape, callers: usize) -> anyhow::Result<Figure> {
        let round = Duration::from_millis(if options::is_quick() { 500 } else { 1_000 });
        let start = Instant::now();
        let connection = &self.connection;
        let waits = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..callers.min(MAX_THREADS))
                .map(|_| scope.spawn(move || until(connection, shape, start + round)))
                .collect();
            let mut waits = Vec::new();
            for thread in threads {
                let thread = thread.join();
                waits.extend(thread.map_err(|_| anyhow::anyhow!("a thread panicked"))??);
            }
            anyhow::Ok(waits)
        })?;
        let made = waits.len() as u64;
        self.waits.borrow_mut().extend(waits);
        Ok(Figure::per_second(made, start.elapsed()))
    }

    /// Of all rounds of both shapes since the last time it was asked.
    pub(super) fn latency(&self) -> String {
        percentiles("  SQLite, one each, both", &mut self.waits.borrow_mut())
    }
}

/// Payments until then; how long each took.
fn until(connection: &Mutex<Connection>, shape: Shape, end: Instant) -> rusqlite::Result<Vec<u64>> {
    let mut waits = Vec::new();
    while Instant::now() < end {
        let start = Instant::now();
        let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
        pay(&connection, shape)?;
        waits.push(u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX));
    }
    Ok(waits)
}

fn pay(connection: &Connection, shape: Shape) -> rusqlite::Result<()> {
    let from = fastrand::u32(1..=ACCOUNTS);
    let to = match shape {
        Shape::Hot => 0,
        Shape::Cold => fastrand::u32(1..=ACCOUNTS),
    };
    let key = fastrand::u128(..).to_be_bytes();
    let run = |sql: &str, params: &[&dyn rusqlite::ToSql]| {
        connection.prepare_cached(sql)?.execute(params).map(|_| ())
    };
    run("BEGIN IMMEDIATE", params![])?;
    run("INSERT INTO idempotency (key) VALUES (?1)", params![key])?;
    run(
        "INSERT INTO payments (account, amount) VALUES (?1, 100)",
        params![from],
    )?;
    let payment = connection.last_insert_rowid();
    let entry = "INSERT INTO entries (payment, account, amount) VALUES (?1, ?2, ?3)";
    run(entry, params![payment, from, -100])?;
    run(entry, params![payment, to, 100])?;
    let balance = "UPDATE balances SET amount = amount + ?2 WHERE account = ?1";
    run(balance, params![from, -100])?;
    run(balance, params![to, 100])?;
    run("COMMIT", params![])
}
