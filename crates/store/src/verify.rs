//! Proving that the books are whole.
//!
//! Nothing of what is checked is taken on trust from what it is checked against: links are hashed
//! again from the transfers, what each order must have posted is built again from its bills and
//! history, bills are read again from their documents, orders and receipts from what was signed.

mod balances;
mod bank;
mod bills;
mod journal;
mod orders;
mod schema;
mod signed;

use std::fmt;

use rusqlite::Connection;

use crate::StoreError;
use crate::digest::sha256;

/// The most findings that a report lists.
const MAX_FINDINGS: usize = 1_000;

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
        checked: rusqlite::Result<()>,
    ) -> Result<(), StoreError> {
        match checked {
            Err(error @ rusqlite::Error::SqliteFailure(..)) => Err(error.into()),
            Err(error) => {
                self.find(place, format_args!("it cannot be read: {error}"));
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)
    }
}

pub(crate) fn verify(connection: &Connection) -> Result<VerifyReport, StoreError> {
    let mut report = VerifyReport::default();
    schema::check(connection, &mut report)?;
    journal::check(connection, &mut report)?;
    bills::check(connection, &mut report)?;
    orders::check(connection, &mut report)?;
    balances::check(connection, &mut report)?;
    bank::attention(connection, &mut report)?;
    binding_steps(connection, &mut report)?;
    Ok(report)
}

fn binding_steps(connection: &Connection, report: &mut VerifyReport) -> Result<(), StoreError> {
    let mut statement =
        connection.prepare("SELECT sequence, jws, digest FROM binding_steps ORDER BY sequence")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        report.binding_steps += 1;
        let (sequence, jws, digest): (u64, String, [u8; 32]) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        let place = format!("binding step {sequence}");
        if sequence != report.binding_steps {
            report.find(&place, "a step before it is missing");
        }
        if sha256(jws.as_bytes()) != digest {
            report.find(&place, "it does not have its digest");
        }
    }
    Ok(())
}
