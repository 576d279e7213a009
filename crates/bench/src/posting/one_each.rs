//! The payment-shaped transaction on SQLite, one commit each.

use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

use crate::figure::Figure;

/// How long one round takes.
const ROUND: Duration = Duration::from_secs(1);
const ACCOUNTS: u32 = 100_000;

pub(super) struct OneEach(Mutex<Connection>);

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
        Ok(Self(Mutex::new(connection)))
    }

    /// Transactions in a second; there is one writer, whoever waits for it.
    pub(super) fn run(&self, callers: usize) -> anyhow::Result<Figure> {
        let start = Instant::now();
        let made = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..callers.min(32))
                .map(|_| {
                    scope.spawn(|| {
                        let mut made = 0_u64;
                        while start.elapsed() < ROUND {
                            let connection = self
                                .0
                                .lock()
                                .unwrap_or_else(std::sync::PoisonError::into_inner);
                            pay(&connection)?;
                            made += 1;
                        }
                        rusqlite::Result::Ok(made)
                    })
                })
                .collect();
            threads.into_iter().try_fold(0, |sum, thread| {
                let made: rusqlite::Result<u64> = thread
                    .join()
                    .map_err(|_| anyhow::anyhow!("a thread panicked"))?;
                anyhow::Ok(sum + made?)
            })
        })?;
        Ok(Figure::per_second(made, start.elapsed()))
    }
}

fn pay(connection: &Connection) -> rusqlite::Result<()> {
    let (from, to) = (fastrand::u32(1..=ACCOUNTS), fastrand::u32(1..=ACCOUNTS));
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
