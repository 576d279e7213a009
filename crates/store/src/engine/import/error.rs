use wattkey_domain::ledger::PostingError;
use wattkey_domain::{Currency, Money};

use super::SourceError;
use crate::StoreError;
use crate::database::DatabaseError;
use crate::engine::alone::Failing;

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
    /// It cannot be posted.
    #[error("record {index} ({name}) cannot be posted")]
    Posting {
        /// Which of the records, from 0.
        index: usize,
        /// Its type and id.
        name: String,
        /// Why.
        source: PostingError,
    },
    /// A credit note takes more back than the bill has, less earlier notes.
    #[error("record {index} ({name}) takes {amount} of {part} back, and the bill has {left} left")]
    Credited {
        /// Which of the records, from 0.
        index: usize,
        /// Its type and id.
        name: String,
        /// `revenue`, `tax` or `levies`.
        part: &'static str,
        /// What it takes back.
        amount: Money,
        /// What the bill has.
        left: Money,
    },
    /// Something is left for a deposit that is in another currency.
    #[error("record {index} ({name}) leaves something for a deposit that is in {currency}")]
    DepositCurrency {
        /// Which of the records, from 0.
        index: usize,
        /// Its type and id.
        name: String,
        /// The deposit's currency.
        currency: Currency,
    },
    /// It does not fit what it names.
    #[error("record {index} ({name}): `{field}` {problem}")]
    Unfit {
        /// Which of the records, from 0.
        index: usize,
        /// Its type and id.
        name: String,
        /// The member to blame.
        field: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// Another file has the number.
    #[error("another file was taken in under this number")]
    NumberTaken {
        /// SHA-256 of that one.
        digest: [u8; 32],
    },
    /// A file before it is missing.
    #[error("file {expected} is missing")]
    Gap {
        /// The number that would follow.
        expected: u64,
    },
    /// Records without a file, after files were taken in.
    #[error("these books take signed and numbered files: hand this one in as such")]
    Unnumbered,
    /// The records cannot be read any more.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A fault of the store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ImportError {
    /// Which of the records is to blame, from 0.
    #[must_use]
    pub fn index(&self) -> Option<usize> {
        match self {
            Self::Conflict { index, .. }
            | Self::Missing { index, .. }
            | Self::Posting { index, .. }
            | Self::Credited { index, .. }
            | Self::DepositCurrency { index, .. }
            | Self::Unfit { index, .. } => Some(*index),
            _ => None,
        }
    }

    /// The member to blame, where one is.
    #[must_use]
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::Credited { part, .. } => Some(part),
            Self::DepositCurrency { .. } => Some("currency"),
            Self::Unfit { field, .. } => Some(field),
            _ => None,
        }
    }
}

impl From<DatabaseError> for ImportError {
    fn from(error: DatabaseError) -> Self {
        Self::Store(error.into())
    }
}

impl Failing for ImportError {
    fn database(self) -> Result<DatabaseError, Self> {
        match self {
            Self::Store(StoreError::Database(error)) => Ok(error),
            other => Err(other),
        }
    }
}
