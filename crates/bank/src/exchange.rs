//! Messages over folders, as EBICS and SFTP clients serve them.
//!
//! A client beside us carries files between these folders and the bank. Neither side tells the
//! other when it is at work, so everything hangs on renames, which are atomic within a file system:
//!
//! - **Out.** A message is written and flushed in our own folder, then renamed into `out`: the
//!   client never sees half of one. A second name for it stays in `done/sent`; the temporary name
//!   says whether the rename had happened before a crash. So the same message is handed over once,
//!   also when the client has taken the first copy away long since.
//! - **In.** A file in `in` is left alone until it has not changed for a while, then renamed into
//!   `done/taking` under the number that it will have in the books, read, taken in, and only then
//!   renamed into `done/received`. After a crash the number says whether the books have it: no file
//!   is read twice, none is lost.
//!
//! Names that begin with a dot or end as those of unfinished uploads do (`.tmp`, `.part`,
//! `.filepart`, `.writing`, `.lock`) are left alone. A file that ends before its outermost element
//! does is given [`PATIENCE`] to grow, then taken in as it is: a person sees it listed.
//!
//! All folders are on one file system, and one process serves them at a time. Containers (EBICS
//! hands out some order types as ZIP files) are for the client to unpack.
//!
//! Every call blocks on the disk.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};

mod incoming;
mod outgoing;

pub use incoming::Arrived;
pub use outgoing::Delivery;

/// How long a file that seems cut off may stay unchanged before it is taken in as it is.
pub const PATIENCE: Duration = Duration::from_secs(600);
/// The most files in `in` that are looked at in one round; names that are left alone do not count.
pub const MAX_FILES: usize = 10_000;

/// Where the files are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folders {
    /// Messages for the bank; the client takes them away.
    pub out: PathBuf,
    /// Messages from the bank; the client puts them there.
    pub incoming: PathBuf,
    /// Our own: what was sent and received.
    pub done: PathBuf,
    /// How long a file must not have changed before it is read.
    pub settle: Duration,
}

/// Why the folders cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// A folder or file.
    #[error("cannot {what} {}", path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A rename between them would be a copy.
    #[error("{} and {} are on different file systems: put the bank's folders on one", .0.display(), .1.display())]
    FileSystems(PathBuf, PathBuf),
    /// Another process serves them now.
    #[error("another process serves {} now", .0.display())]
    Busy(PathBuf),
    /// Another message was sent under this name.
    #[error("another message was sent as {0} before")]
    Conflict(String),
    /// No name for a file.
    #[error("{0:?} cannot be the name of a file")]
    Name(String),
}

/// The folders, held by this process.
#[derive(Debug)]
pub struct Exchange {
    out: PathBuf,
    incoming: PathBuf,
    sent: PathBuf,
    taking: PathBuf,
    received: PathBuf,
    settle: Duration,
    /// [`MAX_FILES`].
    max_files: usize,
    seen: BTreeMap<OsString, Look>,
    /// Locked while this lives.
    _lock: File,
}

/// How a file looked, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Look {
    size: u64,
    changed: (i64, i64),
    since: Instant,
}

impl Exchange {
    /// Takes hold of the folders. `out` and `in` are the client's and must be there; ours are made.
    ///
    /// # Errors
    /// See [`ExchangeError`].
    pub fn open(folders: &Folders) -> Result<Self, ExchangeError> {
        let below = |name| folders.done.join(name);
        let [sent, taking, received] = ["sent", "taking", "received"].map(below);
        for folder in [&sent, &taking, &received] {
            fs::create_dir_all(folder).map_err(failed("make", folder))?;
        }
        let device = |path: &Path| {
            let metadata = fs::metadata(path).map_err(failed("use", path))?;
            if metadata.is_dir() {
                Ok(metadata.dev())
            } else {
                Err(failed("use", path)(io::ErrorKind::NotADirectory.into()))
            }
        };
        for folder in [&folders.out, &folders.incoming] {
            if device(folder)? != device(&folders.done)? {
                let (one, other) = (folder.clone(), folders.done.clone());
                return Err(ExchangeError::FileSystems(one, other));
            }
        }
        let path = folders.done.join("lock");
        let lock = File::create(&path).map_err(failed("make", &path))?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)
            .map_err(|_| ExchangeError::Busy(folders.done.clone()))?;
        Ok(Self {
            out: folders.out.clone(),
            incoming: folders.incoming.clone(),
            sent,
            taking,
            received,
            settle: folders.settle,
            max_files: MAX_FILES,
            seen: BTreeMap::new(),
            _lock: lock,
        })
    }
}

fn failed<'a>(what: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> ExchangeError + 'a {
    move |source| ExchangeError::File {
        what,
        path: path.to_owned(),
        source,
    }
}

/// Makes the names in a folder durable.
fn sync(folder: &Path) -> Result<(), ExchangeError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(failed("flush", folder))
}

fn rename(from: &Path, to: &Path) -> Result<(), ExchangeError> {
    fs::rename(from, to).map_err(failed("rename", from))
}

#[cfg(test)]
mod tests;
