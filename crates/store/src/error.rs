use std::sync::Arc;

use crate::database::{DatabaseError, Location};

/// A fault of the store: nothing that a customer did.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be made, reached or brought to this software's version.
    #[error("cannot open the database {place}")]
    Open {
        /// Which: a path, or an address without a password.
        place: String,
        /// Why.
        source: DatabaseError,
    },
    /// The database was written by a newer version of this software.
    #[error("the database has version {found}; this software knows versions up to {known}")]
    TooNew {
        /// What the database says.
        found: u32,
        /// What this software can read.
        known: u32,
    },
    /// A statement failed; nothing of this call is in the books.
    #[error("the books cannot be read")]
    Database(#[from] DatabaseError),
    /// The transaction that this call shared with others failed before its commit; nothing of any
    /// of them is in the books.
    #[error("the transaction failed and was undone")]
    Batch(#[source] Arc<DatabaseError>),
    /// The transaction did not commit, or perhaps did: look before trying again.
    #[error("the commit failed; its outcome is unknown")]
    Commit(#[source] Arc<DatabaseError>),
    /// The caller gave what no database keeps; nothing of this call is in the books.
    #[error("the books do not take this: {0}")]
    Refused(String),
    /// The database holds what this software never writes.
    #[error("the database is not as this software writes it: {0}")]
    Corrupt(String),
    /// Whoever takes the exported ledger cannot.
    #[error("the ledger cannot be exported")]
    Export(#[source] std::io::Error),
    /// A thread of the store has ended; the process must start again.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    pub(crate) fn open(location: &Location, source: DatabaseError) -> Self {
        if let DatabaseError::TooNew { found, known } = source {
            return Self::TooNew { found, known };
        }
        let place = location.to_string();
        Self::Open { place, source }
    }

    /// Whether the database could not be had in time: another process held a lock of it for too
    /// long, it took too long, or it cannot be reached. Nothing of this call is in the books, and
    /// a later one may do better.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        let error = match self {
            Self::Database(error) => error,
            Self::Batch(error) => error,
            _ => return false,
        };
        matches!(
            error,
            DatabaseError::Busy(_)
                | DatabaseError::Timeout(_)
                | DatabaseError::Conflict(_)
                | DatabaseError::Disconnected(_)
        )
    }

    /// Whether the call may or may not have happened: whoever made it looks before trying again.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Commit(_) | Self::Closed)
    }
}
