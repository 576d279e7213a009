//! Copies of the books, each proven whole before it counts as one.
//!
//! SQLite: a file, made by its online backup while the platform runs, and restored to a path where
//! nothing is. PostgreSQL: what `pg_dump` writes, restored by `pg_restore` into an empty database;
//! for a copy that is never older than seconds, its own continuous archiving is the way (DESIGN.md).

mod postgres;
mod sqlite;

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::database::{DatabaseError, Location};
use crate::{StoreError, VerifyReport, thread, verify};

/// A copy was not made, or not restored. What was there before is as it was.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Something is where the copy is to come. Nothing is ever overwritten.
    #[error("{0} is not empty")]
    Occupied(String),
    /// A file cannot be read or written.
    #[error("cannot use {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The copy was made and does not hold together: the books that it was made of are to be looked at.
    #[error("the copy is not sound: {first} ({total} findings)")]
    Unsound {
        /// The first finding.
        first: String,
        /// How many there are.
        total: u64,
    },
    /// A program of PostgreSQL is missing or failed.
    #[error("{program} failed: {why}")]
    Program {
        /// Its name.
        program: &'static str,
        /// What it said.
        why: String,
    },
    /// The books cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<DatabaseError> for BackupError {
    fn from(error: DatabaseError) -> Self {
        Self::Store(error.into())
    }
}

/// Copies the books to a file that does not exist yet. They may be in use.
///
/// # Errors
/// [`BackupError`]; then there is no file.
pub fn backup(books: &Location, file: &Path) -> Result<VerifyReport, BackupError> {
    if file.symlink_metadata().is_ok() {
        return Err(BackupError::Occupied(file.display().to_string()));
    }
    let partial = partial(file);
    let made = match books {
        Location::Sqlite(path) => sqlite::copy(path, &partial),
        Location::Postgres(settings) => postgres::dump(settings, books, &partial),
    };
    let report = made.inspect_err(|_| discard(&partial))?;
    keep(&partial, file)?;
    Ok(report)
}

/// Makes books of a copy, where there are none yet.
///
/// # Errors
/// [`BackupError`]; [`BackupError::Occupied`] when something is there.
pub fn restore(file: &Path, books: &Location) -> Result<VerifyReport, BackupError> {
    match books {
        Location::Sqlite(path) => {
            sqlite::is_free(path)?;
            let partial = partial(path);
            let report = sqlite::copy(file, &partial).inspect_err(|_| discard(&partial))?;
            keep(&partial, path)?;
            Ok(report)
        }
        Location::Postgres(settings) => postgres::restore(file, settings, books),
    }
}

/// Beside the file, so that its renaming is one step.
fn partial(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    file.with_file_name(name)
}

fn discard(partial: &Path) {
    // It is no copy, and says so by its name.
    let _ = std::fs::remove_file(partial);
}

/// Gives a finished copy its name, durably.
fn keep(partial: &Path, file: &Path) -> Result<(), BackupError> {
    let failed = |source| BackupError::File {
        path: file.to_owned(),
        source,
    };
    File::open(partial)
        .and_then(|partial| partial.sync_all())
        .map_err(failed)?;
    // Unlike a renaming, this never replaces what came there meanwhile.
    std::fs::hard_link(partial, file).map_err(failed)?;
    std::fs::remove_file(partial).map_err(failed)?;
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))
        .and_then(|folder| folder.sync_all())
        .map_err(failed)
}

/// Proves books whole, on a thread of its own.
fn proven(books: &Location) -> Result<VerifyReport, BackupError> {
    let (location, (reply, answer)) = (books.clone(), std::sync::mpsc::channel());
    let thread = thread::start(
        "store-backup",
        move || location.open_reader(),
        move |mut session| {
            // Whoever started it waits for the answer.
            let _ = reply.send(verify::verify(&mut *session));
        },
    )?;
    let report = answer.recv().map_err(|_| StoreError::Closed)?;
    // Its panic was seen by the line before.
    let _ = thread.join();
    let report = report?;
    match report.findings.first() {
        None => Ok(report),
        Some(first) => Err(BackupError::Unsound {
            first: first.to_string(),
            total: report.findings_total,
        }),
    }
}
