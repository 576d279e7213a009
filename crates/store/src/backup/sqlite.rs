use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::{BackupError, proven};
use crate::VerifyReport;
use crate::database::{DatabaseError, Location};

/// All pages in one step: one snapshot, which no writer can make it begin again.
const ALL_PAGES: std::ffi::c_int = -1;
/// How long another process may hold the source.
const BUSY_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);

/// Copies a database to a new file and proves the copy.
pub(super) fn copy(from: &Path, to: &Path) -> Result<VerifyReport, BackupError> {
    let failed = |source| BackupError::File {
        path: to.to_owned(),
        source,
    };
    // One that was left by a copy that was cut off is no copy.
    let _ = std::fs::remove_file(to);
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)
        .map_err(failed)?;
    pages(from, to)?;
    proven(&Location::Sqlite(to.to_owned()))
}

fn pages(from: &Path, to: &Path) -> Result<(), DatabaseError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let source = Connection::open_with_flags(from, flags)?;
    source.busy_timeout(BUSY_TIMEOUT)?;
    let mut target = Connection::open_with_flags(to, flags)?;
    let step = Backup::new(&source, &mut target)?.step(ALL_PAGES)?;
    if step != StepResult::Done {
        return Err(DatabaseError::Busy("the database is in use".into()));
    }
    // One file, without a log beside it.
    target.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    Ok(())
}

/// Neither a database nor the log of one that was there.
pub(super) fn is_free(path: &Path) -> Result<(), BackupError> {
    for end in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        let path = PathBuf::from(name);
        if path.symlink_metadata().is_ok() {
            return Err(BackupError::Occupied(path.display().to_string()));
        }
    }
    Ok(())
}
