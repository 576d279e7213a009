//! Batches on disk, in a folder of the order journal.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use wattkey_pki::Digest;

use super::{Batch, BatchId};
use crate::journal::{Lock, make_folder, replace};
use crate::order_file::{MAX_FILE_BYTES, OrderLine};

/// Folder in that of the journal.
const FOLDER: &str = "batches";
/// Largest batch that is read: a file's lines, each with its orders.
const MAX_BATCH_BYTES: u64 = 8 * MAX_FILE_BYTES as u64;
/// Most batches that are looked at.
const MAX_BATCHES: usize = 10_000;

/// The batches of one journal.
#[derive(Debug)]
pub struct Batches {
    folder: PathBuf,
}

/// Whether a file was imported before.
#[derive(Debug)]
pub enum Imported {
    /// It is new.
    New(Batch),
    /// It was: this is what became of it.
    Again(Batch),
}

/// All batches, the last imported first, and the files that are none.
#[derive(Debug, Default)]
pub struct Listed {
    /// Batches.
    pub batches: Vec<Batch>,
    /// Files that cannot be read.
    pub damaged: Vec<PathBuf>,
}

/// What goes wrong with batches.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// The folder or a file cannot be used.
    #[error("the file {} cannot be used", path.display())]
    Io {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file is not what was written.
    #[error("the file {} is damaged", .0.display())]
    Damaged(PathBuf),
    /// There is no such batch, or none at all.
    #[error("there is no such batch")]
    None,
    /// Another program works with batches.
    #[error("another program works with these files")]
    Busy,
    /// More batches than are looked at.
    #[error("the folder {} has more than {MAX_BATCHES} files: move old ones away", .0.display())]
    TooMany(PathBuf),
}

/// Keeps other programs from working with batches until it is dropped.
#[derive(Debug)]
pub struct Held {
    _lock: Lock,
}

impl Batches {
    /// Opens the batches beside a journal; makes their folder, for the user alone.
    ///
    /// # Errors
    /// [`BatchError::Io`].
    pub fn open(journal: &Path) -> Result<Batches, BatchError> {
        let folder = journal.join(FOLDER);
        make_folder(&folder).map_err(|source| io(&folder, source))?;
        Ok(Batches { folder })
    }

    /// Has them alone, until the answer is dropped.
    ///
    /// # Errors
    /// [`BatchError::Busy`].
    pub fn hold(&self) -> Result<Held, BatchError> {
        match Lock::try_take(&self.folder) {
            Ok(Some(lock)) => Ok(Held { _lock: lock }),
            Ok(None) => Err(BatchError::Busy),
            Err(source) => Err(io(&self.folder, source)),
        }
    }

    /// Takes a file in whose lines are good. The same bytes again change nothing.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn import(
        &self,
        bytes: &[u8],
        name: &str,
        lines: Vec<OrderLine>,
        now: Timestamp,
    ) -> Result<Imported, BatchError> {
        let digest = Digest::of(bytes);
        let id = BatchId::of(digest);
        match self.batch(&id) {
            Ok(batch) if batch.digest == digest => return Ok(Imported::Again(batch)),
            Ok(_) => return Err(BatchError::Damaged(self.path(&id))),
            Err(BatchError::None) => {}
            Err(error) => return Err(error),
        }
        // Times are kept in whole seconds: the last one is later than the one before all the same.
        let before = self.list()?.batches.first().map(|batch| batch.imported);
        let after = before.map(|before| before + SignedDuration::from_secs(1));
        let batch = Batch {
            id,
            digest,
            name: name.to_owned(),
            imported: after.map_or(now, |after| after.max(now)),
            lines,
            signed: Vec::new(),
            preview: None,
        };
        self.keep(&batch)?;
        Ok(Imported::New(batch))
    }

    /// One batch, or the one that was imported last.
    ///
    /// # Errors
    /// [`BatchError::None`], or when it cannot be read.
    pub fn find(&self, id: Option<&BatchId>) -> Result<Batch, BatchError> {
        match id {
            Some(id) => self.batch(id),
            None => {
                let last = self.list()?.batches.into_iter().next();
                last.ok_or(BatchError::None)
            }
        }
    }

    /// Keeps a batch; when this returns it is on disk.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, batch: &Batch) -> Result<(), BatchError> {
        let path = self.path(&batch.id);
        let line = serde_json::to_string(batch).expect("a batch has only text and numbers");
        let digest = Digest::of(line.as_bytes());
        let bytes = format!("{line}\n{digest}\n").into_bytes();
        replace(&self.folder, &path, &bytes).map_err(|source| io(&path, source))
    }

    /// All of them.
    ///
    /// # Errors
    /// When the folder cannot be read; files that cannot be are listed.
    pub fn list(&self) -> Result<Listed, BatchError> {
        let mut listed = Listed::default();
        let files = std::fs::read_dir(&self.folder).map_err(|source| io(&self.folder, source))?;
        for (number, found) in files.enumerate() {
            if number >= MAX_BATCHES {
                return Err(BatchError::TooMany(self.folder.clone()));
            }
            let name = found
                .map_err(|source| io(&self.folder, source))?
                .file_name();
            let id = name.to_str().and_then(|name| name.strip_suffix(".json"));
            let Some(Ok(id)) = id.map(str::parse::<BatchId>) else {
                continue;
            };
            match self.batch(&id) {
                Ok(batch) => listed.batches.push(batch),
                Err(_) => listed.damaged.push(self.path(&id)),
            }
        }
        let batches = &mut listed.batches;
        batches.sort_by(|one, other| (other.imported, &other.id).cmp(&(one.imported, &one.id)));
        listed.damaged.sort();
        Ok(listed)
    }

    fn batch(&self, id: &BatchId) -> Result<Batch, BatchError> {
        let path = self.path(id);
        let mut text = String::new();
        let read = std::fs::File::open(&path)
            .and_then(|file| file.take(MAX_BATCH_BYTES + 1).read_to_string(&mut text));
        match read {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(BatchError::None);
            }
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                return Err(BatchError::Damaged(path));
            }
            Err(source) => return Err(io(&path, source)),
        }
        let batch = decode(&text).filter(|batch| batch.id == *id);
        batch.ok_or(BatchError::Damaged(path))
    }

    fn path(&self, id: &BatchId) -> PathBuf {
        self.folder.join(format!("{id}.json"))
    }
}

/// One line of JSON, one line with its digest.
fn decode(text: &str) -> Option<Batch> {
    let (line, digest) = text.split_once('\n')?;
    let digest: Digest = digest.strip_suffix('\n')?.parse().ok()?;
    if digest != Digest::of(line.as_bytes()) {
        return None;
    }
    serde_json::from_str(line).ok()
}

fn io(path: &Path, source: std::io::Error) -> BatchError {
    BatchError::Io {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order_file;

    const FILE: &[u8] = b"bill,amount,reference\nB-1,,\nB-2,5.00,PO 1\n";

    fn batches() -> (tempfile::TempDir, Batches) {
        let folder = tempfile::tempdir().unwrap();
        let batches = Batches::open(folder.path()).unwrap();
        (folder, batches)
    }

    fn import(batches: &Batches, file: &[u8], second: i64) -> Imported {
        let lines = order_file::read(file).unwrap();
        let now = Timestamp::from_second(second).unwrap();
        batches.import(file, "orders.csv", lines, now).unwrap()
    }

    #[test]
    fn the_same_file_is_the_same_batch() {
        let (_folder, batches) = batches();
        let Imported::New(batch) = import(&batches, FILE, 1) else {
            panic!("it was not there")
        };
        let Imported::Again(again) = import(&batches, FILE, 2) else {
            panic!("it was there")
        };
        assert_eq!(batch, again);
        let other = [FILE, b"B-3,,\n"].concat();
        assert!(matches!(import(&batches, &other, 3), Imported::New(_)));
        assert_eq!(batches.find(None).unwrap().lines.len(), 3, "the last one");
        assert_eq!(batches.find(Some(&batch.id)).unwrap(), batch);
        assert_eq!(batches.list().unwrap().batches.len(), 2);
    }

    #[test]
    fn a_damaged_one_is_named_and_never_taken_for_new() {
        let (_folder, batches) = batches();
        let Imported::New(batch) = import(&batches, FILE, 1) else {
            panic!("it was not there")
        };
        let path = batches.path(&batch.id);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("B-2", "B-9")).unwrap();
        assert!(matches!(
            batches.find(Some(&batch.id)),
            Err(BatchError::Damaged(file)) if file == path
        ));
        assert_eq!(batches.list().unwrap().damaged, [path]);
        let lines = order_file::read(FILE).unwrap();
        let again = batches.import(FILE, "orders.csv", lines, Timestamp::UNIX_EPOCH);
        assert!(matches!(again, Err(BatchError::Damaged(_))), "{again:?}");
    }

    #[test]
    fn one_program_works_with_them_at_a_time() {
        let (_folder, batches) = batches();
        let held = batches.hold().unwrap();
        assert!(matches!(batches.hold(), Err(BatchError::Busy)));
        drop(held);
        batches.hold().unwrap();
    }
}
