//! What can be done with records without the database: on a thread of its own, while the engine
//! writes those before them.

use std::sync::mpsc::{Receiver, SyncSender};

use jiff::Timestamp;
use wattkey_domain::journal::Entry;
use wattkey_domain::ledger::{self, PostingError};

use super::parts;
use super::rows::{Stored, stored};
use super::source::{RecordSource, SourceError};
use crate::database::Value;
use crate::packed::pack;
use crate::record::Record;

/// A record made ready.
pub(super) struct Prepared {
    /// It as a row, if it is one.
    pub(super) row: Option<Stored>,
    /// Of a bill.
    pub(super) bill: Option<PreparedBill>,
}

/// What of a bill is made from it alone.
pub(super) struct PreparedBill {
    /// Its document as the books keep it.
    pub(super) document: Value,
    /// What it posts.
    pub(super) entries: Result<Vec<Entry>, PostingError>,
    /// What is owed then, in minor units.
    pub(super) minor: i64,
}

/// Records of a source and what they were made to.
pub(super) type Ready = Result<(Vec<Record>, Vec<Prepared>), SourceError>;

pub(super) fn prepare(records: &[Record], now: Timestamp) -> Vec<Prepared> {
    let prepared = records.iter().map(|record| Prepared {
        row: stored(record),
        bill: match record {
            Record::Bill(bill) => Some(PreparedBill {
                document: pack(bill.bytes()).into(),
                ..posted(&ledger::bill(&parts(bill.document(), bill.digest()), now))
            }),
            _ => None,
        },
    });
    prepared.collect()
}

fn posted(posting: &Result<ledger::Posting, PostingError>) -> PreparedBill {
    let (entries, minor) = match posting {
        Ok(posting) => {
            let transfers = posting.transfers.iter();
            let minor = transfers.clone().map(|one| one.amount().minor()).sum();
            let entries = transfers.map(|one| Entry::new(posting, one));
            (Ok(entries.collect()), minor)
        }
        // Nothing is owed, so nothing is posted.
        Err(PostingError::Empty) => (Ok(Vec::new()), 0),
        Err(error) => (Err(error.clone()), 0),
    };
    PreparedBill {
        document: Value::Null,
        entries,
        minor,
    }
}

/// Reads a source to its end. Records that are no longer needed come back to be freed here and not
/// where the time is short.
pub(super) fn prepare_all(
    source: &mut dyn RecordSource,
    now: Timestamp,
    ready: &SyncSender<Ready>,
    used: &Receiver<Vec<Record>>,
) {
    loop {
        while used.try_recv().is_ok() {}
        let records = match source.next() {
            Ok(records) if records.is_empty() => return,
            Ok(records) => records,
            Err(error) => {
                // Whoever does not wait for it has ended with an error of its own.
                let _ = ready.send(Err(error));
                return;
            }
        };
        let prepared = prepare(&records, now);
        if ready.send(Ok((records, prepared))).is_err() {
            return;
        }
    }
}
