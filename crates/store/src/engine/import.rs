//! Taking in what the marketing system owns: all of it in one transaction, or nothing.
//!
//! A thousand records at a time are loaded, decided and written as a batch of calls is, each such
//! piece with a link of its own.

mod piece;
mod rows;

use jiff::Timestamp;
use tokio::sync::oneshot;
use wattkey_domain::ledger::{Bill, PostingError};
use wattkey_domain::{BillDocument, Money};

use super::chain::{Chain, Tip};
use super::load::{Hold, Lock, lock};
use super::{Broken, Engine, Work, commit, tries_of};
use crate::StoreError;
use crate::database::{DatabaseError, Mode, Session, Value};
use crate::record::Record;
use piece::Known;

/// Records that are worked on together.
const PIECE: usize = 1_000;

/// What an import did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Records that are new.
    pub added: u64,
    /// Records that were there with the same content.
    pub unchanged: u64,
    /// Bills and payments among the new ones, each of them posted.
    pub posted: u64,
}

/// Nothing was taken in.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A record with this id is there with other content.
    #[error("record {index} ({name}) differs from the one that is there")]
    Conflict {
        /// Which of the records, from 0.
        index: usize,
        /// Its type and id.
        name: String,
    },
    /// The record names something that is not there, or that is another customer's.
    #[error("record {index} ({name}) names {missing}, which is not there")]
    Missing {
        /// Which of the records, from 0.
        index: usize,
        /// Its type and id.
        name: String,
        /// What it names.
        missing: String,
    },
    /// The bill cannot be posted.
    #[error("record {index} ({name}) cannot be posted")]
    Posting {
        /// Which of the records, from 0.
        index: usize,
        /// Its type and id.
        name: String,
        /// Why.
        source: PostingError,
    },
    /// More was paid through another channel than is open: an order holds the bill, or it is paid.
    #[error("record {index} ({name}) pays {amount}, and {open} is open")]
    Overpaid {
        /// Which of the records, from 0.
        index: usize,
        /// Its type and id.
        name: String,
        /// What it pays.
        amount: Money,
        /// What is open.
        open: Money,
    },
    /// A fault of the store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<DatabaseError> for ImportError {
    fn from(error: DatabaseError) -> Self {
        Self::Store(error.into())
    }
}

/// Whether an import is to stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Intent {
    Keep,
    TakeBack,
}

/// An import and its caller.
pub(super) struct Import {
    records: Vec<Record>,
    now: Timestamp,
    intent: Intent,
    reply: oneshot::Sender<Result<ImportReport, ImportError>>,
}

impl Engine {
    /// Imports in a transaction of its own.
    pub(crate) async fn import(
        &self,
        records: Vec<Record>,
        now: Timestamp,
        intent: Intent,
    ) -> Result<ImportReport, ImportError> {
        let (reply, answer) = oneshot::channel();
        let import = Import {
            records,
            now,
            intent,
            reply,
        };
        self.enqueue(Work::Import(import)).await?;
        answer.await.map_err(|_| StoreError::Closed)?
    }
}

/// Why an import did not end in a commit.
enum Ended {
    Refused(ImportError),
    Broken(Broken),
}

impl From<DatabaseError> for Ended {
    fn from(error: DatabaseError) -> Self {
        Self::Broken(error.into())
    }
}

impl From<ImportError> for Ended {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Store(StoreError::Database(error)) => error.into(),
            other => Self::Refused(other),
        }
    }
}

impl Import {
    /// Runs it; `ended` before the caller is told.
    pub(super) fn run(self, session: &mut dyn Session, chain: &mut Chain, ended: impl FnOnce()) {
        let mut tries = 0;
        let result = loop {
            let tried = self.attempt(session, chain);
            if tried.is_err() {
                session.rollback();
            }
            match tried {
                Ok(report) => break Ok(report),
                Err(Ended::Refused(error)) => break Err(error),
                Err(Ended::Broken(Broken::Undone(error))) if tries < tries_of(&error) => {
                    tracing::warn!(%error, tries, "an import is run again");
                    tries += 1;
                }
                Err(Ended::Broken(Broken::Unknown(error))) => {
                    break Err(StoreError::Commit(error.into()).into());
                }
                Err(Ended::Broken(Broken::Undone(error))) => break Err(error.into()),
                Err(Ended::Broken(Broken::Call(_))) => break Err(StoreError::Closed.into()),
            }
        };
        ended();
        // A caller that no longer waits looks at the books.
        let _ = self.reply.send(result);
    }

    fn attempt(&self, session: &mut dyn Session, chain: &mut Chain) -> Result<ImportReport, Ended> {
        session.begin(Mode::Write)?;
        let mut tip = chain.tip(session)?;
        let report = self.take_in(session, &mut tip)?;
        match self.intent {
            Intent::Keep => commit(session, chain, tip).map_err(Ended::Broken)?,
            Intent::TakeBack => session.rollback(),
        }
        Ok(report)
    }

    fn take_in(
        &self,
        session: &mut dyn Session,
        tip: &mut Tip,
    ) -> Result<ImportReport, ImportError> {
        lock(session, Lock::Import, Hold::Alone)?;
        lock_paid_bills(session, &self.records)?;
        let mut report = ImportReport::default();
        let mut known = Known::default();
        for (number, records) in self.records.chunks(PIECE).enumerate() {
            known.take_in(session, tip, records, number * PIECE, self.now, &mut report)?;
        }
        Ok(report)
    }
}

/// All at once and sorted, because the pieces are not.
fn lock_paid_bills(session: &mut dyn Session, records: &[Record]) -> Result<(), DatabaseError> {
    let mut bills: Vec<_> = records
        .iter()
        .filter_map(|record| match record {
            Record::Payment(payment) => Some(payment.bill.as_str()),
            _ => None,
        })
        .collect();
    bills.sort_unstable();
    bills.dedup();
    for bills in bills.chunks(PIECE) {
        let sql = "SELECT id FROM bills WHERE id = ANY($1) ORDER BY id FOR UPDATE";
        session.query(sql, &[Value::texts(bills)])?;
    }
    Ok(())
}

/// The parts of a bill as they are posted.
pub(crate) fn parts(document: &BillDocument) -> Bill {
    Bill {
        bill: document.bill.clone(),
        revenue: document.revenue,
        tax: document.tax,
        levies: document.levies,
    }
}
