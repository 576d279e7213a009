//! The bytes of the replay store: a header line, then records of 48 bytes.
//!
//! ```text
//! record = id (32) ‖ keep until (8, big endian, seconds since 1970) ‖ check (8)
//! check  = first 8 bytes of SHA-256(id ‖ keep until)
//! ```
//!
//! Records are appended and flushed, at most [`MAX_BATCH`] at a time. A crash may leave the last
//! batch torn, so a bad end of at most that length is cut off: nobody was told that it was
//! written. Anything bad before a good record is not from a crash, and the file is refused. When
//! most records are over, the file is written anew.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use wattkey_pki::Digest;

use super::MAX_BATCH;
use crate::state::replace;

const HEADER: &[u8] = b"wattkey-replay-1\n";
const RECORD_LEN: usize = 48;
const CHECKED_LEN: usize = 40;
/// Records that may be over before the file is written anew.
const MAX_OVER: usize = 16 * 1024;
/// Longest file that is read: what compaction lets grow, many times over.
const MAX_FILE: u64 = 256 << 20;

/// One opened capsule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// SHA-256 over key id and encapsulated key.
    pub id: [u8; 32],
    /// Up to and including this second since 1970.
    pub keep_until: i64,
}

/// The open file and what is alive in it.
#[derive(Debug)]
pub struct ReplayFile {
    path: PathBuf,
    file: File,
    /// Records that are on disk and not over, about in the order of their end.
    alive: VecDeque<Record>,
    /// All records in the file.
    count: usize,
    /// A write failed: the end of the file is in doubt until it is written anew.
    doubtful: bool,
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ReplayFileError {
    /// Reading or writing failed.
    #[error("{}: the replay store cannot be used", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It does not begin as a replay store.
    #[error("{}: not a replay store", path.display())]
    Header {
        /// The file.
        path: PathBuf,
    },
    /// It was damaged by something else than a crash.
    #[error(
        "{}: damaged at byte {at}; wait three minutes, so that no capsule of before is in time \
         any more, and remove the file", path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where the first bad record is.
        at: u64,
    },
    /// It has more than any replay store has.
    #[error("{}: too many records", path.display())]
    TooMany {
        /// The file.
        path: PathBuf,
    },
}

impl ReplayFile {
    /// Reads the file, or makes it, and gives the records that are not over at `now`.
    ///
    /// # Errors
    /// [`ReplayFileError`].
    pub fn open(path: &Path, now: i64) -> Result<(Self, Vec<Record>), ReplayFileError> {
        let failed = |source| ReplayFileError::Io {
            path: path.to_owned(),
            source,
        };
        if !path.try_exists().map_err(failed)? {
            replace(path, HEADER).map_err(failed)?;
        }
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .map_err(failed)?;
        let bytes = read(&file, path)?;
        let records = parse(&bytes, path)?;
        let good = (HEADER.len() + records.len() * RECORD_LEN) as u64;
        if good < bytes.len() as u64 {
            tracing::warn!(
                bytes = bytes.len() as u64 - good,
                "the replay store ended in a torn batch"
            );
            file.set_len(good)
                .and_then(|()| file.sync_all())
                .map_err(failed)?;
        }
        file.seek(SeekFrom::Start(good)).map_err(failed)?;
        let count = records.len();
        let alive: Vec<_> = records
            .into_iter()
            .filter(|record| record.keep_until >= now)
            .collect();
        let replay_file = Self {
            path: path.to_owned(),
            file,
            alive: alive.iter().copied().collect(),
            count,
            doubtful: false,
        };
        Ok((replay_file, alive))
    }

    /// Appends at most [`MAX_BATCH`] records and flushes them.
    ///
    /// # Errors
    /// When they are not on disk, or it is not certain that they are.
    pub fn append(&mut self, records: &[Record], now: i64) -> io::Result<()> {
        debug_assert!(
            records.len() <= MAX_BATCH,
            "a torn batch must be recognisable"
        );
        while self
            .alive
            .front()
            .is_some_and(|record| record.keep_until < now)
        {
            self.alive.pop_front();
        }
        if self.doubtful || self.count > self.alive.len() + MAX_OVER {
            self.write_anew()?;
        }
        let bytes: Vec<u8> = records.iter().flat_map(encode).collect();
        if let Err(error) = self
            .file
            .write_all(&bytes)
            .and_then(|()| self.file.sync_data())
        {
            self.doubtful = true;
            return Err(error);
        }
        self.alive.extend(records);
        self.count += records.len();
        Ok(())
    }

    fn write_anew(&mut self) -> io::Result<()> {
        self.doubtful = true;
        let mut bytes = HEADER.to_vec();
        bytes.extend(self.alive.iter().flat_map(encode));
        replace(&self.path, &bytes)?;
        self.file = OpenOptions::new().read(true).write(true).open(&self.path)?;
        self.file.seek(SeekFrom::End(0))?;
        self.count = self.alive.len();
        self.doubtful = false;
        Ok(())
    }
}

#[cfg(test)]
impl ReplayFile {
    /// As a full disk would.
    pub(super) fn refuse_writing(&mut self) -> io::Result<()> {
        self.file = File::open(&self.path)?;
        Ok(())
    }
}

fn read(file: &File, path: &Path) -> Result<Vec<u8>, ReplayFileError> {
    let mut bytes = Vec::new();
    file.take(MAX_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| ReplayFileError::Io {
            path: path.to_owned(),
            source,
        })?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(ReplayFileError::TooMany {
            path: path.to_owned(),
        });
    }
    Ok(bytes)
}

/// The good records at the beginning, when what follows can be a torn batch.
fn parse(bytes: &[u8], path: &Path) -> Result<Vec<Record>, ReplayFileError> {
    let Some(rest) = bytes.strip_prefix(HEADER) else {
        return Err(ReplayFileError::Header {
            path: path.to_owned(),
        });
    };
    let (chunks, _) = rest.as_chunks::<RECORD_LEN>();
    let records: Vec<_> = chunks.iter().map_while(decode).collect();
    let good = records.len() * RECORD_LEN;
    let torn = rest.len() - good <= MAX_BATCH * RECORD_LEN
        && chunks
            .iter()
            .skip(records.len())
            .all(|chunk| decode(chunk).is_none());
    if torn {
        return Ok(records);
    }
    let at = (HEADER.len() + good) as u64;
    Err(ReplayFileError::Damaged {
        path: path.to_owned(),
        at,
    })
}

fn encode(record: &Record) -> [u8; RECORD_LEN] {
    let mut bytes = [0; RECORD_LEN];
    bytes[..32].copy_from_slice(&record.id);
    bytes[32..CHECKED_LEN].copy_from_slice(&record.keep_until.to_be_bytes());
    let check = check(&bytes);
    bytes[CHECKED_LEN..].copy_from_slice(&check);
    bytes
}

fn decode(bytes: &[u8; RECORD_LEN]) -> Option<Record> {
    if bytes[CHECKED_LEN..] != check(bytes) {
        return None;
    }
    let (id, rest) = bytes.split_first_chunk::<32>()?;
    let (keep_until, _) = rest.split_first_chunk::<8>()?;
    Some(Record {
        id: *id,
        keep_until: i64::from_be_bytes(*keep_until),
    })
}

fn check(record: &[u8; RECORD_LEN]) -> [u8; 8] {
    let digest = Digest::of(&record[..CHECKED_LEN]);
    *digest
        .as_bytes()
        .first_chunk()
        .expect("a digest has 32 bytes")
}
