//! The state folder: one gateway at a time, the last key id, the replay store.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

/// The state folder, ours as long as this lives.
#[derive(Debug)]
pub struct State {
    folder: PathBuf,
    _lock: File,
}

/// Why the state folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The folder or a file in it cannot be used.
    #[error("{}: the state cannot be used", path.display())]
    Io {
        /// The folder or file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another process has it.
    #[error("{}: another gateway uses this state folder", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// The file of the last key id says something else.
    #[error("{}: not a number from 0 to 255; remove the file", path.display())]
    KeyId {
        /// The file.
        path: PathBuf,
    },
}

impl State {
    /// Takes the folder, which is made when it is not there.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn open(folder: &Path) -> Result<Self, StateError> {
        let failed = |source| StateError::Io {
            path: folder.to_owned(),
            source,
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(failed)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(folder.join("lock"))
            .map_err(failed)?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self {
                folder: folder.to_owned(),
                _lock: lock,
            }),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(StateError::InUse {
                path: folder.to_owned(),
            }),
            Err(error) => Err(failed(error.into())),
        }
    }

    /// File of the replay store.
    #[must_use]
    pub fn replay_file(&self) -> PathBuf {
        self.folder.join("replay")
    }

    /// A key id that the run before did not use: capsules for its key are told apart from
    /// damaged ones, and their senders fetch the new configuration.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn next_key_id(&self) -> Result<u8, StateError> {
        let path = self.folder.join("last-key-id");
        let failed = |source| StateError::Io {
            path: path.clone(),
            source,
        };
        let next = match std::fs::read_to_string(&path) {
            Ok(text) => {
                let last: u8 = text
                    .trim()
                    .parse()
                    .map_err(|_| StateError::KeyId { path: path.clone() })?;
                last.wrapping_add(1)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => 1,
            Err(error) => return Err(failed(error)),
        };
        replace(&path, format!("{next}\n").as_bytes()).map_err(failed)?;
        Ok(next)
    }
}

/// Puts `content` in the place of a file, whole or not at all, also when power fails.
///
/// # Errors
/// What the system says.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(&new)?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(&new, path)?;
    flush_folder(path)
}

/// Makes a new name in a folder survive a power failure.
fn flush_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_gateway_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::open(&folder.path().join("a/b")).unwrap();
        let second = State::open(&folder.path().join("a/b"));
        assert!(matches!(second, Err(StateError::InUse { .. })));
        drop(state);
        assert!(State::open(&folder.path().join("a/b")).is_ok());
    }

    #[test]
    fn key_ids_follow_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::open(folder.path()).unwrap();
        assert_eq!(state.next_key_id().unwrap(), 1);
        assert_eq!(state.next_key_id().unwrap(), 2);
        std::fs::write(folder.path().join("last-key-id"), "255\n").unwrap();
        assert_eq!(state.next_key_id().unwrap(), 0);
        std::fs::write(folder.path().join("last-key-id"), "x").unwrap();
        assert!(matches!(state.next_key_id(), Err(StateError::KeyId { .. })));
    }
}
