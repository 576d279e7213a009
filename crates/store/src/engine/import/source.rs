use std::error::Error;

use wattkey_domain::BillId;

use super::ImportError;
use crate::record::Record;

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

    /// Hands the records out, with the number of the first one, until `piece` says that it is
    /// enough.
    pub(super) fn for_each_piece(
        &mut self,
        most: usize,
        mut piece: impl FnMut(usize, &[Record]) -> Result<bool, ImportError>,
    ) -> Result<(), ImportError> {
        match self {
            Self::Whole(records) => {
                for (number, records) in records.chunks(most).enumerate() {
                    if !piece(number * most, records)? {
                        break;
                    }
                }
            }
            Self::Streamed(source) => {
                source.begin()?;
                let mut first = 0;
                loop {
                    let records = source.next()?;
                    if records.is_empty() || !piece(first, &records)? {
                        break;
                    }
                    first += records.len();
                }
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
