//! The payment-shaped transaction through `pgbench`, with scripts of our own.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use wattkey_test_postgres::Database;

use super::percentiles;
use crate::figure::Figure;
use crate::options;

/// How long one round of a peer takes, in seconds. The time in which `pgbench` connects is part of
/// it and not of its rate.
fn seconds(callers: usize) -> usize {
    let usual = if options::is_quick() { 1 } else { 2 };
    usual + callers / 128
}

/// Balances that payments spread over.
const ACCOUNTS: u32 = 100_000;

#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// All payments add to one cash balance.
    Hot,
    /// None does.
    Cold,
    /// As [`Shape::Cold`], as one statement.
    OneStatement,
}

impl Shape {
    pub(super) const ALL: &'static [Self] = &[Self::Hot, Self::Cold, Self::OneStatement];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Hot => "pgbench, hot row",
            Self::Cold => "pgbench, no hot row",
            Self::OneStatement => "pgbench, one CTE",
        }
    }

    fn script(self) -> String {
        let cash = match self {
            Self::Hot => "0",
            _ => ":b",
        };
        let numbers = format!("\\set a random(1, {ACCOUNTS})\n\\set b random(1, {ACCOUNTS})\n");
        let body = match self {
            Self::Hot | Self::Cold => format!(
                "BEGIN;
INSERT INTO idempotency (key) VALUES (gen_random_uuid());
INSERT INTO payments (account, amount) VALUES (:a, 100) RETURNING id AS p \\gset
INSERT INTO entries (payment, account, amount) VALUES (:p, :a, -100);
INSERT INTO entries (payment, account, amount) VALUES (:p, {cash}, 100);
UPDATE balances SET amount = amount - 100 WHERE account = :a;
UPDATE balances SET amount = amount + 100 WHERE account = {cash};
COMMIT;
"
            ),
            Self::OneStatement => {
                "WITH key AS (INSERT INTO idempotency (key) VALUES (gen_random_uuid())),
p AS (INSERT INTO payments (account, amount) VALUES (:a, 100) RETURNING id),
e AS (INSERT INTO entries (payment, account, amount)
      SELECT id, :a::BIGINT, -100 FROM p UNION ALL SELECT id, :b::BIGINT, 100 FROM p)
UPDATE balances SET amount = amount + CASE WHEN account = :a THEN -100 ELSE 100 END
WHERE account IN (:a, :b);
"
                .replace('\n', " ")
                .trim()
                .to_owned()
                    + "\n"
            }
        };
        numbers + &body
    }
}

pub(super) struct Peers<'d> {
    database: &'d Database,
    folder: PathBuf,
}

impl<'d> Peers<'d> {
    pub(super) fn prepare(database: &'d Database, folder: &Path) -> anyhow::Result<Self> {
        database.sql(&format!(
            "CREATE TABLE idempotency (key UUID PRIMARY KEY);
             CREATE TABLE payments (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account BIGINT NOT NULL, amount BIGINT NOT NULL);
             CREATE TABLE entries (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payment BIGINT NOT NULL, account BIGINT NOT NULL, amount BIGINT NOT NULL);
             CREATE TABLE balances (account BIGINT PRIMARY KEY, amount BIGINT NOT NULL);
             INSERT INTO balances SELECT n, 0 FROM generate_series(0, {ACCOUNTS}) AS n"
        ));
        for shape in Shape::ALL {
            std::fs::write(folder.join(format!("{shape:?}.sql")), shape.script())?;
        }
        let folder = folder.to_owned();
        Ok(Self { database, folder })
    }

    /// Transactions in a second.
    pub(super) fn run(&self, shape: Shape, callers: usize) -> anyhow::Result<Figure> {
        let output = self
            .database
            .command("pgbench")
            .current_dir(&self.folder)
            .args(["--no-vacuum", "--protocol=prepared", "--jobs=2", "--log"])
            .arg(format!("--log-prefix={shape:?}-{callers}"))
            .args([
                "--client",
                &callers.to_string(),
                "--time",
                &seconds(callers).to_string(),
            ])
            .args(["--file", &format!("{shape:?}.sql")])
            .output()?;
        // What it leaves behind is its own: nobody clears up while ours is measured.
        self.database.sql("VACUUM");
        let text = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            bail!("pgbench: {}", String::from_utf8_lossy(&output.stderr));
        }
        let rate = text
            .lines()
            .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next());
        thousandths(rate.unwrap_or_default()).with_context(|| format!("pgbench says {text}"))
    }

    /// Of all rounds with so many callers.
    pub(super) fn latency(&self, callers: usize) -> anyhow::Result<String> {
        let mut parts = Vec::new();
        for shape in Shape::ALL {
            let prefix = format!("{shape:?}-{callers}.");
            let mut waits = Vec::new();
            for entry in std::fs::read_dir(&self.folder)? {
                let entry = entry?;
                if entry.file_name().to_string_lossy().starts_with(&prefix) {
                    let log = std::fs::read_to_string(entry.path())?;
                    let third = |line: &str| line.split(' ').nth(2)?.parse::<u64>().ok();
                    waits.extend(log.lines().filter_map(third));
                }
            }
            parts.push(percentiles(shape.name(), &mut waits));
        }
        Ok(format!("  {}", parts.join("; ")))
    }
}

/// `1234.567890` as a figure.
fn thousandths(text: &str) -> Option<Figure> {
    let (whole, part) = text.split_once('.')?;
    let part: u64 = part.get(..3)?.parse().ok()?;
    Some(Figure::from_thousandths(
        whole.parse::<u64>().ok()? * 1_000 + part,
    ))
}
