//! A file of orders on its way: imported, previewed, approved.
//!
//! ```text
//! file ──import──▶ Batch ──preview──▶ Preview ──approve (one PIN for each order)──▶ journal, service
//!      by digest         asks the service     signs what was previewed, and nothing else
//! ```
//!
//! A batch is a file beside the order journal, replaced as a whole. The ids of its orders are chosen with
//! the preview and kept before anything is signed, and what was signed is in the journal: after a
//! crash the same orders are found there, and no other is signed in their place. The same file
//! again is the same batch, by its digest; a line of another file with the same reference for the
//! same bill or account is known, by both, and is not paid again.

mod approve;
mod plan;
mod preview;
mod store;

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wattkey_pki::Digest;

pub use approve::{Ready, ReadyError, left};
pub use plan::{Place, PlannedBill, PlannedOrder, Preview};
pub use preview::{PreviewError, Previewed, preview, preview_told};
pub use store::{BatchError, Batches, Held, Imported, Listed};

use crate::order_file::{OrderLine, Target};

/// Hexadecimal digits of a batch's name.
const ID_DIGITS: usize = 12;

/// A file of orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// Names it.
    pub id: BatchId,
    /// SHA-256 of the file.
    pub digest: Digest,
    /// Name of the file, for people.
    pub name: String,
    /// When it was imported.
    #[serde(with = "wattkey_protocol::time")]
    pub imported: Timestamp,
    /// Its lines.
    pub lines: Vec<OrderLine>,
    /// Orders of earlier previews that were signed.
    pub signed: Vec<PlannedOrder>,
    /// What an approval would sign.
    pub preview: Option<Preview>,
}

/// Names a batch: the beginning of its file's digest, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BatchId(String);

impl BatchId {
    /// Of a file.
    #[must_use]
    pub fn of(digest: Digest) -> BatchId {
        let bytes = digest.as_bytes().iter().take(ID_DIGITS / 2);
        BatchId(bytes.map(|byte| format!("{byte:02x}")).collect())
    }
}

impl fmt::Display for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The text names no batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a batch is named by {ID_DIGITS} hexadecimal digits")]
pub struct BatchIdError;

impl FromStr for BatchId {
    type Err = BatchIdError;

    fn from_str(text: &str) -> Result<BatchId, BatchIdError> {
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == ID_DIGITS && text.bytes().all(hex) {
            return Ok(BatchId(text.to_owned()));
        }
        Err(BatchIdError)
    }
}

impl TryFrom<String> for BatchId {
    type Error = BatchIdError;

    fn try_from(text: String) -> Result<BatchId, BatchIdError> {
        text.parse()
    }
}

impl From<BatchId> for String {
    fn from(id: BatchId) -> String {
        id.0
    }
}

impl Batch {
    /// All orders that it ever planned and that may have been signed.
    pub fn orders(&self) -> impl Iterator<Item = &PlannedOrder> {
        let planned = self.preview.iter().flat_map(|preview| &preview.orders);
        self.signed.iter().chain(planned)
    }

    /// The line of this number.
    #[must_use]
    pub fn line(&self, number: u32) -> Option<&OrderLine> {
        self.lines.iter().find(|line| line.number == number)
    }
}

/// What tells a line that came before, also in another file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Mark {
    reference: String,
    target: Target,
}

impl Mark {
    /// None without a reference: such a line pays all of a bill, which happens once.
    pub(crate) fn of(line: &OrderLine) -> Option<Mark> {
        (!line.reference.is_empty()).then(|| Mark {
            reference: line.reference.clone(),
            target: line.target.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_named_by_its_file() {
        let id = BatchId::of(Digest::of(b"file"));
        assert_eq!(id.to_string().parse(), Ok(id.clone()));
        assert_ne!(id, BatchId::of(Digest::of(b"other")));
        for none in [
            "",
            "../../../etc",
            "3B9C358F36F0",
            "3b9c358f36f",
            "3b9c358f36f00",
        ] {
            assert_eq!(none.parse::<BatchId>(), Err(BatchIdError), "{none}");
        }
    }
}
