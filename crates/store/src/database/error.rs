type Source = Box<dyn std::error::Error + Send + Sync>;

/// What a database answers instead of doing it.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// Another one held a lock for too long; nothing was done, and a later try may do better.
    #[error("another process holds the database")]
    Busy(#[source] Source),
    /// Two transactions could not both be; this one was undone and may be tried again.
    #[error("the transaction lost against another one")]
    Conflict(#[source] Source),
    /// A row with this key is there, perhaps since a moment ago, from another process.
    #[error("a row with this key is there")]
    Duplicate(#[source] Source),
    /// The database refused what the rules of its tables forbid.
    #[error("the database refused a row")]
    Refused(#[source] Source),
    /// The connection was lost, or none can be made; a transaction that was open is undone.
    #[error("the database cannot be reached")]
    Disconnected(#[source] Source),
    /// The statement took too long and was given up.
    #[error("the database took too long")]
    Timeout(#[source] Source),
    /// No room, on the disk or in memory.
    #[error("the database has no room")]
    Full(#[source] Source),
    /// The commit may have happened or not, or may yet be lost. Look before trying again.
    #[error("the outcome of the commit is unknown")]
    CommitUnknown(#[source] Source),
    /// A column holds what this software never writes.
    #[error("column {column} cannot be read: {why}")]
    Unreadable {
        /// Which of the row, from 0.
        column: usize,
        /// Why.
        why: String,
    },
    /// The database was written by a newer version of this software.
    #[error("the database has version {found}; this software knows versions up to {known}")]
    TooNew {
        /// What the database says.
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
        source: Box<Self>,
    },
    /// Anything else.
    #[error("the database refused a statement")]
    Other(#[source] Source),
}

impl DatabaseError {
    pub(crate) fn unreadable(column: usize, why: impl std::fmt::Display) -> Self {
        let why = why.to_string();
        Self::Unreadable { column, why }
    }

    /// Whether nothing was done and the same transaction may succeed if run once more now.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Conflict(_) | Self::Duplicate(_) | Self::Disconnected(_)
        )
    }
}
