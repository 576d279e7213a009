//! The bytes of a journal file, and writing them so that a crash leaves the old or the new ones.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use wattkey_failpoint::failpoint;
use wattkey_pki::Digest;

use super::{Key, MAX_RECORDS, entry::Entry};

/// Longest file that is read: a signed order and [`MAX_RECORDS`] records.
const MAX_FILE_BYTES: u64 = (wattkey_protocol::names::MAX_JWS + MAX_RECORDS * 200) as u64;

/// How a file differs from what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// It is cut, or too long.
    #[error("it is not whole")]
    Torn,
    /// Its content does not fit its digest.
    #[error("its content was changed")]
    Changed,
    /// It is the file of another order.
    #[error("it belongs to another order")]
    OtherOrder,
    /// The system does not let it be read.
    #[error("it cannot be read")]
    Unreadable,
    /// It is whole, and what was signed is of a form that this program does not know.
    #[error("what it holds is of another form than this program's")]
    OtherForm,
}

impl Damage {
    /// Stable name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Torn => "torn",
            Self::Changed => "changed",
            Self::OtherOrder => "other-order",
            Self::Unreadable => "unreadable",
            Self::OtherForm => "other-form",
        }
    }
}

/// One line of JSON, one line with its digest.
pub(super) fn encode(entry: &Entry) -> Vec<u8> {
    let line = serde_json::to_string(entry).expect("an entry has only text and numbers");
    format!("{line}\n{}\n", Digest::of(line.as_bytes())).into_bytes()
}

fn decode(bytes: &[u8]) -> Result<Entry, Damage> {
    let text = std::str::from_utf8(bytes).map_err(|_| Damage::Torn)?;
    let (line, digest) = text.split_once('\n').ok_or(Damage::Torn)?;
    let digest = digest.strip_suffix('\n').unwrap_or(digest);
    let digest: Digest = digest.parse().map_err(|_| Damage::Torn)?;
    if digest != Digest::of(line.as_bytes()) {
        return Err(Damage::Changed);
    }
    serde_json::from_str(line).map_err(|_| Damage::Changed)
}

pub(super) fn read(path: &Path) -> io::Result<Result<Entry, Damage>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Ok(Err(Damage::Torn));
    }
    Ok(decode(&bytes))
}

pub(super) fn name_of(key: Key) -> String {
    format!("{key}.json")
}

/// What a file name names; `None` for files that are not of the journal.
pub(super) fn key_of(name: &str) -> Option<Key> {
    let key = name.strip_suffix(".json")?.parse().ok()?;
    (name_of(key) == name).then_some(key)
}

/// Puts `bytes` at `path`, durably: beside, flushed, renamed, folder flushed.
pub(crate) fn replace(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = folder.join(".new");
    let mut file = for_the_user_alone()
        .write(true)
        .create(true)
        .truncate(true)
        .open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    failpoint!("client.journal-written-not-renamed");
    std::fs::rename(&beside, path)?;
    failpoint!("client.journal-renamed-not-flushed");
    File::open(folder)?.sync_all()
}

/// Makes the folder and those above it, durably: a folder that a power failure takes away takes
/// the orders in it along.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    let missing: Vec<&Path> = folder
        .ancestors()
        .take_while(|above| !above.as_os_str().is_empty() && !above.exists())
        .collect();
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    for made in missing {
        let above = made.parent().filter(|above| !above.as_os_str().is_empty());
        File::open(above.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

fn for_the_user_alone() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Keeps other processes from writing; the system drops it when the process ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    pub(super) fn take(folder: &Path) -> io::Result<Lock> {
        let file = Self::open(folder)?;
        file.lock()?;
        Ok(Lock { _file: file })
    }

    /// The same, when nobody has it.
    pub(crate) fn try_take(folder: &Path) -> io::Result<Option<Lock>> {
        let file = Self::open(folder)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lock { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn open(folder: &Path) -> io::Result<File> {
        for_the_user_alone()
            .write(true)
            .create(true)
            .truncate(false)
            .open(folder.join(".lock"))
    }
}
