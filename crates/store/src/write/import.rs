//! Taking in what the marketing system owns.

mod rows;

use jiff::Timestamp;
use rusqlite::{Connection, params};
use wattkey_domain::ledger::{self, Bill, PostingError};
use wattkey_domain::{BillDocument, Money};

use crate::StoreError;
use crate::record::{Payment, Record};
use crate::write::Batch;
use rows::{Compared, compare, insert, stored};

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

impl From<rusqlite::Error> for ImportError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// How a rehearsal ends: as a failure, so that nothing of it stays.
#[derive(Debug)]
pub(crate) enum TakenBack {
    Report(ImportReport),
    Error(ImportError),
}

impl From<StoreError> for TakenBack {
    fn from(error: StoreError) -> Self {
        Self::Error(error.into())
    }
}

pub(crate) fn import(
    batch: &mut Batch<'_>,
    records: &[Record],
    now: Timestamp,
) -> Result<ImportReport, ImportError> {
    let mut report = ImportReport::default();
    for (index, record) in records.iter().enumerate() {
        let stored = stored(record);
        check_references(batch.connection(), index, record)?;
        match compare(batch.connection(), &stored)? {
            Compared::Same => report.unchanged += 1,
            Compared::Different => {
                let name = record.name();
                return Err(ImportError::Conflict { index, name });
            }
            Compared::New => {
                insert(batch.connection(), &stored)?;
                report.added += 1;
                report.posted += u64::from(post(batch, index, record, now)?);
            }
        }
    }
    Ok(report)
}

/// Says by name what a foreign key would only refuse.
fn check_references(
    connection: &Connection,
    index: usize,
    record: &Record,
) -> Result<(), ImportError> {
    let customer = match record {
        Record::Payee(_) | Record::Customer(_) => return Ok(()),
        Record::User(user) => user.customer,
        Record::Account(account) => account.customer,
        Record::Mandate(mandate) => mandate.customer,
        Record::Bill(bill) => bill.document().customer,
        Record::Payment(payment) => return check_bill(connection, index, record, payment),
    };
    let missing = |missing: String| ImportError::Missing {
        index,
        name: record.name(),
        missing,
    };
    let known = connection
        .prepare_cached("SELECT 1 FROM customers WHERE id = ?1")?
        .exists([customer.to_string()])?;
    if !known {
        return Err(missing(format!("customer {customer}")));
    }
    if let Record::Bill(bill) = record {
        let account = &bill.document().account;
        let known = connection
            .prepare_cached("SELECT 1 FROM accounts WHERE id = ?1 AND customer = ?2")?
            .exists(params![account.as_str(), customer.to_string()])?;
        if !known {
            return Err(missing(format!("account {account} of customer {customer}")));
        }
    }
    Ok(())
}

fn check_bill(
    connection: &Connection,
    index: usize,
    record: &Record,
    payment: &Payment,
) -> Result<(), ImportError> {
    let currency = payment.amount.currency();
    let known = connection
        .prepare_cached("SELECT 1 FROM bills WHERE id = ?1 AND currency = ?2")?
        .exists([payment.bill.as_str(), currency.code()])?;
    if known {
        return Ok(());
    }
    Err(ImportError::Missing {
        index,
        name: record.name(),
        missing: format!("bill {} in {currency}", payment.bill),
    })
}

/// Posts a new record, when it is of a sort that moves money. Whether it was.
fn post(
    batch: &mut Batch<'_>,
    index: usize,
    record: &Record,
    now: Timestamp,
) -> Result<bool, ImportError> {
    let posting = match record {
        Record::Bill(bill) => ledger::bill(&parts(bill.document()), now),
        Record::Payment(payment) => {
            check_open(batch.connection(), index, record, payment)?;
            ledger::paid_elsewhere(&payment.bill, payment.amount, now)
        }
        _ => return Ok(false),
    };
    match posting {
        Ok(posting) => batch.post(&posting)?,
        // Nothing is owed, so nothing is posted.
        Err(PostingError::Empty) => {}
        Err(source) => {
            let name = record.name();
            return Err(ImportError::Posting {
                index,
                name,
                source,
            });
        }
    }
    Ok(true)
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

fn check_open(
    connection: &Connection,
    index: usize,
    record: &Record,
    payment: &Payment,
) -> Result<(), ImportError> {
    let open: i64 = connection
        .prepare_cached("SELECT open_minor FROM bills WHERE id = ?1")?
        .query_row([payment.bill.as_str()], |row| row.get(0))?;
    if payment.amount.minor() <= open {
        return Ok(());
    }
    Err(ImportError::Overpaid {
        index,
        name: record.name(),
        amount: payment.amount,
        open: Money::new(open, payment.amount.currency())
            .map_err(PostingError::from)
            .map_err(StoreError::from)?,
    })
}
