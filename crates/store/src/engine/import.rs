//! Taking in what the marketing system owns: all of it in one transaction, or nothing.
//!
//! A thousand records at a time are loaded, decided and written as a batch of calls is, each such
//! piece with a link of its own. A numbered file ([`NumberedFile`]) has a row of its own in the
//! same transaction, so that it is in the books once, or not at all.

mod answers;
mod error;
mod invoices;
mod money;
mod numbered;
mod piece;
mod prepare;
mod rows;
mod source;
mod usage;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use wattkey_domain::ledger::Bill;
use wattkey_domain::{BillDocument, Currency};
use wattkey_failpoint::failpoint;

use super::Engine;
use super::alone::Intent;
use super::chain::Tip;
use super::load::{Hold, Lock, lock};
use crate::StoreError;
use crate::database::{DatabaseError, Session, Value};
use crate::record::Record;
use piece::{Known, Taking};

pub use error::ImportError;
pub use numbered::{KeptFile, NumberedFile};
pub(crate) use numbered::{acknowledge, kept, kept_after, kept_files, last_number};
use source::Records;
pub use source::{RecordSource, SourceError};

/// Records that are worked on together.
const PIECE: usize = 1_000;
/// The most refused records that a rehearsal tells.
const MAX_FAULTS: usize = 100;

/// What an import did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Records that are new.
    pub added: u64,
    /// Records that were there with the same content.
    pub unchanged: u64,
    /// Customers, users and accounts whose content was replaced.
    pub replaced: u64,
    /// Records among the new ones that moved money.
    pub posted: u64,
    /// Payments and credit notes among them of which something went to a deposit.
    pub surpluses: u64,
}

/// What came of a numbered file.
#[derive(Debug)]
pub enum FileOutcome {
    /// It is in the books now.
    Taken {
        /// As it is kept.
        file: KeptFile,
        /// What it did.
        report: ImportReport,
    },
    /// It was in the books before: the same file.
    Exists(KeptFile),
    /// It was rehearsed: nothing has changed.
    Rehearsed {
        /// What it would do.
        report: ImportReport,
        /// The records that would be refused, at most a hundred.
        faults: Vec<ImportError>,
    },
}

/// An import.
struct Import {
    records: Records,
    file: Option<NumberedFile>,
    now: Timestamp,
    intent: Intent,
    progress: Arc<AtomicU64>,
}

impl Engine {
    /// Imports records in a transaction of its own.
    pub(crate) async fn import(
        &self,
        records: Vec<Record>,
        now: Timestamp,
        intent: Intent,
    ) -> Result<ImportReport, ImportError> {
        let mut import = Import {
            records: Records::Whole(records),
            file: None,
            now,
            intent,
            progress: Arc::default(),
        };
        self.alone(intent, move |session, tip| {
            let (report, faults) = import.take_in(session, tip)?;
            faults.into_iter().next().map_or(Ok(report), Err)
        })
        .await
    }

    /// Takes a numbered file in, or rehearses it.
    pub(crate) async fn import_file(
        &self,
        file: NumberedFile,
        records: Box<dyn RecordSource>,
        progress: Arc<AtomicU64>,
        now: Timestamp,
        intent: Intent,
    ) -> Result<FileOutcome, ImportError> {
        let mut import = Import {
            records: Records::Streamed(records),
            file: Some(file),
            now,
            intent,
            progress,
        };
        let outcome = self
            .alone(intent, move |session, tip| {
                import.take_file_in(session, tip)
            })
            .await;
        failpoint!("platform.file-committed");
        outcome
    }
}

impl Import {
    fn take_file_in(
        &mut self,
        session: &mut dyn Session,
        tip: &mut Tip,
    ) -> Result<FileOutcome, ImportError> {
        let Some(file) = self.file.clone() else {
            return Err(StoreError::Closed.into());
        };
        lock(session, Lock::Import, Hold::Alone)?;
        if let Some(kept) = numbered::place(session, &file)? {
            return Ok(FileOutcome::Exists(kept));
        }
        let before = tip.next();
        let (report, faults) = self.take_in(session, tip)?;
        if self.intent == Intent::TakeBack {
            return Ok(FileOutcome::Rehearsed { report, faults });
        }
        if let Some(fault) = faults.into_iter().next() {
            return Err(fault);
        }
        if tip.next() == before {
            // What posts nothing has a place in the journal too.
            tip.add(session, Vec::new())?;
        }
        let file = numbered::keep(session, file, tip.position(), self.now)?;
        failpoint!("platform.file-posted-not-committed");
        Ok(FileOutcome::Taken { file, report })
    }

    /// What was done, and what was refused: one record at most, unless it is a rehearsal.
    fn take_in(
        &mut self,
        session: &mut dyn Session,
        tip: &mut Tip,
    ) -> Result<(ImportReport, Vec<ImportError>), ImportError> {
        if self.file.is_none() {
            lock(session, Lock::Import, Hold::Alone)?;
            numbered::refuse_unnumbered(session)?;
        }
        lock_bills_and_deposits(session, self.records.bills(), self.records.deposits())?;
        let most = match self.intent {
            Intent::TakeBack if self.file.is_some() => MAX_FAULTS,
            _ => 1,
        };
        let mut taking = Taking {
            now: self.now,
            replaces: self.file.is_some(),
            report: ImportReport::default(),
            faults: Vec::new(),
            most,
        };
        let mut known = Known::default();
        let progress = Arc::clone(&self.progress);
        progress.store(0, Ordering::Relaxed);
        let now = self.now;
        self.records
            .for_each_piece(now, PIECE, |first, records, ready| {
                known.take_in(session, tip, records, ready, first, &mut taking)?;
                progress.store((first + records.len()) as u64, Ordering::Relaxed);
                Ok(taking.faults.len() < taking.most)
            })?;
        known.finish(session)?;
        Ok((taking.report, taking.faults))
    }
}

/// All at once and sorted, because the pieces are not: first bills, then the deposits of their
/// accounts and those that begin, in the order in which batches of calls lock them ([`super::load`]).
fn lock_bills_and_deposits(
    session: &mut dyn Session,
    mut bills: Vec<&str>,
    beginning: BTreeSet<(&str, Currency)>,
) -> Result<(), DatabaseError> {
    bills.sort_unstable();
    bills.dedup();
    let accounts = beginning.iter().map(|(account, _)| (*account).to_owned());
    let mut accounts: BTreeSet<String> = accounts.collect();
    for bills in bills.chunks(PIECE) {
        let sql = "SELECT id, account FROM bills WHERE id = ANY($1) ORDER BY id FOR UPDATE";
        for row in session.query(sql, &[Value::texts(bills)])? {
            accounts.insert(row.string(1)?);
        }
    }
    let accounts: Vec<String> = accounts.into_iter().collect();
    for accounts in accounts.chunks(PIECE) {
        let sql =
            "SELECT account FROM deposits WHERE account = ANY($1) ORDER BY account FOR UPDATE";
        session.query(sql, &[Value::texts(accounts)])?;
    }
    let beginning: Vec<(&str, Currency)> = beginning.into_iter().collect();
    for of_currency in beginning.chunk_by(|one, next| one.1 == next.1) {
        for some in of_currency.chunks(PIECE) {
            begin_deposits(session, some[0].1, some)?;
        }
    }
    Ok(())
}

/// A row that is not there cannot be locked, so those deposits get theirs now: after those that have
/// one, as batches of calls make new ones. Accounts that come with the import are nobody else's yet,
/// and a record that is refused takes the whole transaction with it. Deposits that begin with a surplus
/// are not known yet ([`Known::finish`]).
fn begin_deposits(
    session: &mut dyn Session,
    currency: Currency,
    deposits: &[(&str, Currency)],
) -> Result<(), DatabaseError> {
    let sql = "INSERT INTO deposits (account, currency, balance)
        SELECT id, CAST($2 AS TEXT), 0 FROM accounts WHERE id = ANY($1) ORDER BY id
        ON CONFLICT (account) DO NOTHING";
    let accounts = Value::texts(deposits.iter().map(|(account, _)| account));
    let params = [accounts, Value::text(currency)];
    session.execute(sql, &params).map(|_| ())
}

/// The parts of a bill as they are posted, with the digest of its document.
pub(crate) fn parts(document: &BillDocument, digest: [u8; 32]) -> Bill {
    Bill {
        document: digest,
        bill: document.bill.clone(),
        revenue: document.revenue,
        tax: document.tax,
        levies: document.levies,
    }
}
