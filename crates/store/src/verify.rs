//! Proving that the books are whole.
//!
//! Nothing of what is checked is taken on trust from what it is checked against: links are hashed
//! again from the transfers, what each order must have posted is built again from its bills and
//! history, bills are read again from their documents, orders and receipts from what was signed.

mod balances;
mod bank;
mod bills;
mod changes;
mod checkpoints;
mod credits;
mod disputes;
mod files;
mod journal;
mod orders;
pub(crate) mod penalties;
mod resolutions;
mod returns;
mod signed;
mod standing;
mod subjects;
mod usage;

use std::collections::HashMap;
use std::fmt;

use crate::StoreError;
use crate::checkpoint::CheckpointHead;
use crate::database::{DatabaseError, Mode, Row, Session, Value};
use crate::digest::sha256;
use crate::read::snapshot;

/// The most findings that a report lists.
const MAX_FINDINGS: usize = 1_000;
/// Rows of one table that are looked at together with all that belongs to them.
const PAGE: u32 = 500;

/// What was checked, and what is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VerifyReport {
    /// Chains of the journal: processes that posted.
    pub chains: u64,
    /// Links of all chains.
    pub links: u64,
    /// Transfers.
    pub transfers: u64,
    /// Bills.
    pub bills: u64,
    /// Orders.
    pub orders: u64,
    /// Checkpoints of the journal; their signatures are the platform's to check.
    pub checkpoints: u64,
    /// The last of them.
    pub checkpoint: Option<CheckpointHead>,
    /// Binding steps; their signatures are the platform's to check.
    pub binding_steps: u64,
    /// Balance of each sort of account and currency, in minor units, debit positive.
    pub trial_balance: Vec<(String, String, i64)>,
    /// What is not as it must be: at most 1,000 of it.
    pub findings: Vec<Finding>,
    /// How much there is of it.
    pub findings_total: u64,
    /// What the bank said and what was not posted, oldest first: at most 1,000 of it. The books are
    /// sound with it, but a person must look.
    pub attention: Vec<Finding>,
    /// How much there is of it.
    pub attention_total: u64,
}

/// Something that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where: such as `order` or `link`, and its id.
    pub place: String,
    /// What is wrong with it.
    pub problem: String,
}

impl VerifyReport {
    /// Whether nothing was found.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.findings_total == 0
    }

    fn find(&mut self, place: impl fmt::Display, problem: impl fmt::Display) {
        self.findings_total += 1;
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(Finding {
                place: place.to_string(),
                problem: problem.to_string(),
            });
        }
    }

    /// A row that cannot be read is a finding; a database that cannot be read is not.
    fn note(
        &mut self,
        place: impl fmt::Display,
        checked: Result<(), DatabaseError>,
    ) -> Result<(), StoreError> {
        match checked {
            Err(error @ DatabaseError::Unreadable { .. }) => {
                self.find(place, format_args!("it cannot be read: {error}"));
                Ok(())
            }
            other => Ok(other?),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)
    }
}

pub(crate) fn verify(session: &mut dyn Session) -> Result<VerifyReport, StoreError> {
    let mut report = VerifyReport::default();
    for (place, problem) in session.examine()? {
        report.find(place, problem);
    }
    snapshot(session, Mode::Scan, |session| {
        journal::check(session, &mut report)?;
        checkpoints::check(session, &mut report)?;
        bills::check(session, &mut report)?;
        orders::check(session, &mut report)?;
        credits::check(session, &mut report)?;
        standing::check(session, &mut report)?;
        resolutions::check(session, &mut report)?;
        returns::check(session, &mut report)?;
        disputes::check(session, &mut report)?;
        changes::check(session, &mut report)?;
        balances::check(session, &mut report)?;
        files::check(session, &mut report)?;
        subjects::check(session, &mut report)?;
        usage::check(session, &mut report)?;
        bank::cursor(session, &mut report)?;
        bank::attention(session, &mut report)?;
        binding_steps(session, &mut report)
    })?;
    Ok(report)
}

fn binding_steps(session: &mut dyn Session, report: &mut VerifyReport) -> Result<(), StoreError> {
    let sql = "SELECT sequence, jws, digest FROM binding_steps ORDER BY sequence";
    session.for_each(sql, &[], &mut |row| {
        report.binding_steps += 1;
        let sequence = row.count(0)?;
        let place = format!("binding step {sequence}");
        if sequence != report.binding_steps {
            report.find(&place, "a step before it is missing");
        }
        if sha256(row.text(1)?.as_bytes()) != row.array(2)? {
            report.find(&place, "it does not have its digest");
        }
        Ok(())
    })?;
    Ok(())
}

/// Reads a table by its text key, page by page, so that other statements fit between.
fn pages(
    session: &mut dyn Session,
    columns: &str,
    table: &str,
    mut page: impl FnMut(&mut dyn Session, &[Row]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let sql = format!("SELECT {columns} FROM {table} WHERE id > $1 ORDER BY id LIMIT $2");
    let mut after = String::new();
    loop {
        let rows = session.query(&sql, &[(&after).into(), PAGE.into()])?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = last.string(0)?;
        page(session, &rows)?;
    }
}

/// Rows that belong to others, by the key in their first column.
#[derive(Debug)]
struct Belonging(HashMap<String, Vec<Row>>);

impl Belonging {
    fn load(session: &mut dyn Session, sql: &str, keys: &Value) -> Result<Self, DatabaseError> {
        let mut rows: HashMap<_, Vec<_>> = HashMap::new();
        for row in session.query(sql, std::slice::from_ref(keys))? {
            rows.entry(row.string(0)?).or_default().push(row);
        }
        Ok(Self(rows))
    }

    fn of(&self, key: &str) -> &[Row] {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }
}
