use std::collections::BTreeSet;
use std::error::Error;
use std::sync::mpsc::{channel, sync_channel};
use std::thread;

use jiff::Timestamp;
use wattkey_domain::{AccountId, BillId, Currency};

use super::ImportError;
use super::prepare::{Prepared, prepare, prepare_all};
use crate::record::Record;

/// Pieces that are made ready ahead.
const AHEAD: usize = 2;

/// Records that are read as they are needed, so that a file of a million of them is never in memory
/// at once.
pub trait RecordSource: Send + 'static {
    /// Begins at the first record. It is asked to again when the transaction is run again.
    ///
    /// # Errors
    /// [`SourceError`].
    fn begin(&mut self) -> Result<(), SourceError>;

    /// The next records; none at the end.
    ///
    /// # Errors
    /// [`SourceError`].
    fn next(&mut self) -> Result<Vec<Record>, SourceError>;

    /// The bills that payments and credit notes of it name: they are locked before the first record
    /// is taken in.
    fn bills(&self) -> &[BillId];

    /// The contract accounts of which it brings the opening balance of the deposit, with its
    /// currency: likewise.
    fn deposits(&self) -> &[(AccountId, Currency)];
}

/// The records cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the records cannot be read")]
pub struct SourceError(#[source] pub Box<dyn Error + Send + Sync>);

/// Where an import has its records from.
pub(super) enum Records {
    Whole(Vec<Record>),
    Streamed(Box<dyn RecordSource>),
}

impl Records {
    pub(super) fn bills(&self) -> Vec<&str> {
        match self {
            Self::Whole(records) => records.iter().filter_map(touched).collect(),
            Self::Streamed(source) => source.bills().iter().map(BillId::as_str).collect(),
        }
    }

    pub(super) fn deposits(&self) -> BTreeSet<(&str, Currency)> {
        match self {
            Self::Whole(records) => {
                let records = records.iter();
                let balances = records.filter_map(|record| match record {
                    Record::OpeningBalance(balance) => {
                        Some((balance.account.as_str(), balance.amount.currency()))
                    }
                    _ => None,
                });
                balances.collect()
            }
            Self::Streamed(source) => {
                let balances = source.deposits().iter();
                balances
                    .map(|(account, currency)| (account.as_str(), *currency))
                    .collect()
            }
        }
    }

    /// Hands the records out, with the number of the first one, until `piece` says that it is
    /// enough.
    pub(super) fn for_each_piece(
        &mut self,
        now: Timestamp,
        most: usize,
        mut piece: impl FnMut(usize, &[Record], Vec<Prepared>) -> Result<bool, ImportError>,
    ) -> Result<(), ImportError> {
        match self {
            Self::Whole(records) => {
                for (number, records) in records.chunks(most).enumerate() {
                    if !piece(number * most, records, prepare(records, now))? {
                        break;
                    }
                }
            }
            Self::Streamed(source) => {
                source.begin()?;
                thread::scope(|scope| {
                    let (ready, pieces) = sync_channel(AHEAD);
                    let (used, over) = channel();
                    thread::Builder::new()
                        .name("import-prepare".to_owned())
                        .spawn_scoped(scope, move || {
                            prepare_all(&mut **source, now, &ready, &over);
                        })
                        .map_err(|error| SourceError(error.into()))?;
                    let mut first = 0;
                    for ready in pieces {
                        let (records, prepared) = ready?;
                        if !piece(first, &records, prepared)? {
                            break;
                        }
                        first += records.len();
                        // At the end nobody takes them.
                        let _ = used.send(records);
                    }
                    Ok::<_, ImportError>(())
                })?;
            }
        }
        Ok(())
    }
}

/// The bill of which a record changes what is open.
pub(super) fn touched(record: &Record) -> Option<&str> {
    match record {
        Record::Payment(payment) => Some(payment.bill.as_str()),
        Record::CreditNote(note) => Some(note.bill.as_str()),
        _ => None,
    }
}
