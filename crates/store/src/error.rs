use std::path::PathBuf;
use std::sync::Arc;

use wattkey_domain::ledger::PostingError;

/// A fault of the store: nothing that a customer did.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database file cannot be made or opened.
    #[error("cannot open the database {}", path.display())]
    Open {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database was written by a newer version of this software.
    #[error("the database has version {found}; this software knows versions up to {known}")]
    TooNew {
        /// What the file says.
        found: u32,
        /// What this software can read.
        known: u32,
    },
    /// A migration failed; the database is as it was before.
    #[error("migration {version} failed")]
    Migrate {
        /// Which.
        version: u32,
        /// Why.
        source: rusqlite::Error,
    },
    /// A statement failed; nothing of this call is in the books.
    #[error("the database refused a statement")]
    Database(#[from] rusqlite::Error),
    /// The transaction that this call shared with others failed before its commit; nothing of any
    /// of them is in the books.
    #[error("the transaction failed and was undone")]
    Batch(#[source] Arc<rusqlite::Error>),
    /// The transaction did not commit, or perhaps did: look before trying again.
    #[error("the commit failed; its outcome is unknown")]
    Commit(#[source] Arc<rusqlite::Error>),
    /// What is in the books cannot be posted further, such as a sum beyond any amount.
    #[error("the event cannot be posted")]
    Posting(#[from] PostingError),
    /// The database holds what this software never writes.
    #[error("the database is not as this software writes it: {0}")]
    Corrupt(String),
    /// The thread of the database has ended; the process must start again.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// Whether another process held the database's lock for too long. Nothing of this call is in
    /// the books, and a later one may do better.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        let error = match self {
            Self::Database(error) => error,
            Self::Batch(error) => error,
            _ => return false,
        };
        error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
    }
}
