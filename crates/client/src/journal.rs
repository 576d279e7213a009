//! The order journal: what this PC signed (orders, decisions, standing instructions, changes of own
//! data, disputes, acknowledgements), and what became of it.
//!
//! One file per signed document in one folder. It is in the journal, flushed to disk, before it
//! leaves, so that after a crash or a lost answer the outcome can be asked for, and the same signed
//! bytes can be sent again. A file is replaced as a whole (written beside, flushed,
//! renamed, folder flushed): after a power failure the old content is there or the new one.
//! A digest in each file tells a damaged one, which is named and never overwritten.
//!
//! It does not hold secrets, but account numbers and names: the folder is the user's alone.

mod entry;
mod file;
mod key;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use wattkey_failpoint::failpoint;

pub use entry::{Entry, Event, Record, Standing};
pub use file::Damage;
pub(crate) use file::{Lock, make_folder, replace};
pub use key::{Key, KeyError};

/// Most records of one order; real ones have about five.
pub(crate) const MAX_RECORDS: usize = 1000;
/// Most files that are looked at.
const MAX_FILES: usize = 100_000;

/// What goes wrong with the journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The folder or a file cannot be used.
    #[error("the order journal {} cannot be used", path.display())]
    Io {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file is not what was written.
    #[error("the order journal's file {} is damaged: {damage}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How.
        damage: Damage,
    },
    /// This document is in the journal with other signed bytes.
    #[error("order {0} is in the journal with another signature")]
    OtherSignature(Key),
    /// A record for an order that the journal does not have.
    #[error("order {0} is not in the journal")]
    Unknown(Key),
    /// The order has as many records as a file may hold.
    #[error("order {0} has too many records")]
    Full(Key),
    /// More files than are looked at: an order of unknown outcome could be among the rest.
    #[error("the order journal {} has more than {MAX_FILES} files: move old ones away", .0.display())]
    TooManyFiles(PathBuf),
}

/// The journal of one folder.
#[derive(Debug, Clone)]
pub struct Journal {
    folder: PathBuf,
}

/// All orders of a journal, oldest first, and the files that cannot be read.
#[derive(Debug, Default)]
pub struct Listing {
    /// Orders by the time of their first record.
    pub entries: Vec<Entry>,
    /// Damaged files. They may hold orders of unknown outcome.
    pub damaged: Vec<(PathBuf, Damage)>,
}

impl Journal {
    /// Opens the journal; makes the folder, for the user alone, when it is not there.
    ///
    /// # Errors
    /// [`JournalError::Io`].
    pub fn open(folder: &Path) -> Result<Journal, JournalError> {
        file::make_folder(folder).map_err(|source| io(folder, source))?;
        Ok(Journal {
            folder: folder.to_owned(),
        })
    }

    /// Records a signed order; when this returns it is on disk. The same bytes again change nothing.
    ///
    /// # Errors
    /// When it cannot be written, or the order id is taken by other bytes.
    pub fn record_signed(
        &self,
        key: impl Into<Key>,
        signed: &str,
        at: Timestamp,
    ) -> Result<Entry, JournalError> {
        let key = key.into();
        let _lock = self.lock()?;
        if let Some(entry) = self.entry(key)? {
            return if entry.signed == signed {
                Ok(entry)
            } else {
                Err(JournalError::OtherSignature(key))
            };
        }
        failpoint!("client.before-journal-signed");
        let entry = Entry::new(key, signed, at);
        self.write(&entry)?;
        failpoint!("client.after-journal-signed");
        Ok(entry)
    }

    /// Adds what happened to an order; when this returns it is on disk.
    ///
    /// # Errors
    /// When it cannot be written, or the order is unknown here.
    pub fn append(
        &self,
        key: impl Into<Key>,
        event: Event,
        at: Timestamp,
    ) -> Result<Entry, JournalError> {
        let key = key.into();
        let _lock = self.lock()?;
        let mut entry = self.entry(key)?.ok_or(JournalError::Unknown(key))?;
        if entry.records.len() >= MAX_RECORDS {
            return Err(JournalError::Full(key));
        }
        entry.records.push(Record { at, event });
        self.write(&entry)?;
        Ok(entry)
    }

    /// One order; `None` when it is not here.
    ///
    /// # Errors
    /// When its file cannot be read or is damaged.
    pub fn entry(&self, key: impl Into<Key>) -> Result<Option<Entry>, JournalError> {
        let key = key.into();
        let path = self.path(key);
        match file::read(&path) {
            Ok(Ok(entry)) if entry.key == key => Ok(Some(entry)),
            Ok(Ok(_)) => Err(JournalError::Damaged {
                path,
                damage: Damage::OtherOrder,
            }),
            Ok(Err(damage)) => Err(JournalError::Damaged { path, damage }),
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(io(&path, source)),
        }
    }

    /// All orders.
    ///
    /// # Errors
    /// When the folder cannot be read; files that cannot be are listed, not an error.
    pub fn list(&self) -> Result<Listing, JournalError> {
        let mut listing = Listing::default();
        let files = std::fs::read_dir(&self.folder).map_err(|source| io(&self.folder, source))?;
        for (number, found) in files.enumerate() {
            if number >= MAX_FILES {
                return Err(JournalError::TooManyFiles(self.folder.clone()));
            }
            let name = found
                .map_err(|source| io(&self.folder, source))?
                .file_name();
            let Some(key) = name.to_str().and_then(file::key_of) else {
                continue;
            };
            match self.entry(key) {
                Ok(Some(entry)) => listing.entries.push(entry),
                Ok(None) => {}
                Err(JournalError::Damaged { path, damage }) => listing.damaged.push((path, damage)),
                Err(_) => listing.damaged.push((self.path(key), Damage::Unreadable)),
            }
        }
        listing
            .entries
            .sort_by_key(|entry| (entry.signed_at(), entry.key.to_string()));
        listing.damaged.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(listing)
    }

    /// What has no known outcome here, oldest first. What this program cannot read of it is among
    /// the damaged.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub fn unresolved(&self) -> Result<Listing, JournalError> {
        let Listing {
            mut entries,
            mut damaged,
        } = self.list()?;
        entries.retain(Entry::is_unresolved);
        entries.retain(|entry| {
            let fits = entry.key.fits(&entry.signed);
            if !fits {
                damaged.push((self.path(entry.key), Damage::OtherForm));
            }
            fits
        });
        damaged.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(Listing { entries, damaged })
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn path(&self, key: Key) -> PathBuf {
        self.folder.join(file::name_of(key))
    }

    fn write(&self, entry: &Entry) -> Result<(), JournalError> {
        let path = self.path(entry.key);
        file::replace(&self.folder, &path, &file::encode(entry)).map_err(|source| io(&path, source))
    }

    fn lock(&self) -> Result<file::Lock, JournalError> {
        file::Lock::take(&self.folder).map_err(|source| io(&self.folder, source))
    }
}

fn io(path: &Path, source: std::io::Error) -> JournalError {
    JournalError::Io {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests;
