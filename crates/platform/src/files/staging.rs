//! Files that are being handed in, in the state folder: a folder each, with what was asked for and
//! the bytes that came so far.
//!
//! | order of durable writes | after a crash in between |
//! | --- | --- |
//! | 1. the folder with the request, under a name of its own, then renamed | it is not there: asked for again |
//! | 2. each chunk, before it is answered | the last one is dropped and asked for again |
//! | 3. the transaction that takes the file in | the books have it: the folder is of no more use |
//! | 4. the folder is removed | it is removed when somebody looks |

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wattkey_failpoint::failpoint;
use wattkey_protocol::file::{
    CHUNK, FileProblem, FileSignature, ImportHeader, MAX_FILE, NewImport, ReceivedChunk, SourceName,
};

use super::import::Work;

/// Files that may be staged at once.
const MAX_STAGED: usize = 32;
/// Longest request that is kept: header and signature, escaped.
const MAX_REQUEST: u64 = 256 * 1024;
/// Endings of folders that are being made and removed.
const NEW: &str = "new";
const GONE: &str = "gone";
const REQUEST: &str = "request.json";
const DATA: &str = "data";

/// A source and a number.
pub type Key = (SourceName, u64);

/// What is staged.
#[derive(Debug)]
pub struct Staging {
    folder: PathBuf,
    /// Held by the one who makes or removes folders, which takes as long as the disk does.
    making: Mutex<()>,
    /// Never held while the disk works: those who only look are on threads of the reactor.
    staged: Mutex<BTreeMap<Key, Arc<Staged>>>,
}

/// A file that is being handed in.
#[derive(Debug)]
pub struct Staged {
    /// What was asked for.
    pub request: NewImport,
    /// The header.
    pub header: ImportHeader,
    /// What the signature says; it was verified when it came.
    pub signature: FileSignature,
    folder: PathBuf,
    /// Chunks that are durable.
    received: AtomicU64,
    /// Held by the one who writes a chunk.
    writing: Mutex<()>,
    /// What is done with it.
    pub work: Mutex<Work>,
    /// Records that were worked on.
    pub progress: Arc<AtomicU64>,
}

/// Why something cannot be staged.
#[derive(Debug, thiserror::Error)]
pub enum StagingError {
    /// A file or folder.
    #[error("cannot use {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Too many at once.
    #[error("{MAX_STAGED} files are staged already: finish or discard one")]
    TooMany,
    /// Another one is staged under this number.
    #[error("another file is staged under this number: discard it first")]
    Other,
    /// A chunk that is not the next, nor one that came.
    #[error("chunk {next} comes next")]
    NotNext {
        /// The next one.
        next: u64,
    },
    /// A chunk of another length than it must have.
    #[error("the chunk has {length} bytes, and must have {wanted}")]
    Length {
        /// What it has.
        length: u64,
        /// What it must have.
        wanted: u64,
    },
    /// A chunk that came before, with other bytes.
    #[error("other bytes came in this chunk before: discard the file and hand it in again")]
    Differs,
    /// The file is being worked on.
    #[error("the file is being worked on")]
    Busy,
    /// What is kept cannot be read.
    #[error("what is staged in {} cannot be read", path.display())]
    Kept {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Staging {
    /// Finds what is staged in a folder; makes it when there is none.
    ///
    /// # Errors
    /// [`StagingError::File`]. What cannot be read is logged and left out.
    pub fn open(folder: &Path) -> Result<Self, StagingError> {
        make_folder(folder)?;
        let mut staged = BTreeMap::new();
        for entry in fs::read_dir(folder).map_err(at(folder))? {
            let path = entry.map_err(at(folder))?.path();
            if path.extension().is_some() {
                remove(&path)?;
                continue;
            }
            match Staged::open(&path) {
                Ok(file) => {
                    staged.insert(file.key(), Arc::new(file));
                }
                Err(error) => {
                    let error = crate::answer::chain(&error);
                    tracing::warn!(error, "what was staged is dropped");
                    remove(&path)?;
                }
            }
        }
        Ok(Self {
            folder: folder.to_owned(),
            making: Mutex::new(()),
            staged: Mutex::new(staged),
        })
    }

    /// A staged file.
    #[must_use]
    pub fn find(&self, key: &Key) -> Option<Arc<Staged>> {
        self.lock().get(key).cloned()
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Staged>> {
        self.lock().values().cloned().collect()
    }

    /// Stages a file, or finds it staged. Blocks.
    ///
    /// # Errors
    /// [`StagingError`].
    pub fn stage(
        &self,
        request: NewImport,
        header: ImportHeader,
        signature: FileSignature,
    ) -> Result<Arc<Staged>, StagingError> {
        let key = (header.source.clone(), header.number);
        let _making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(there) = self.find(&key) {
            if there.signature.digest == signature.digest && there.request.bytes == request.bytes {
                return Ok(there);
            }
            return Err(StagingError::Other);
        }
        if self.lock().len() >= MAX_STAGED {
            return Err(StagingError::TooMany);
        }
        let folder = self.folder.join(format!("{}-{}", key.0, key.1));
        let new = folder.with_extension(NEW);
        remove(&new)?;
        make_folder(&new)?;
        let bytes = serde_json::to_vec(&request).expect("texts and numbers are JSON");
        write_durably(&new.join(REQUEST), &bytes)?;
        write_durably(&new.join(DATA), b"")?;
        sync_folder(&new)?;
        fs::rename(&new, &folder).map_err(at(&folder))?;
        sync_folder(&self.folder)?;
        let file = Arc::new(Staged {
            request,
            header,
            signature,
            folder,
            received: AtomicU64::new(0),
            writing: Mutex::new(()),
            work: Mutex::new(Work::None),
            progress: Arc::default(),
        });
        self.lock().insert(key, Arc::clone(&file));
        Ok(file)
    }

    /// Drops a staged file and its bytes. Blocks.
    ///
    /// # Errors
    /// [`StagingError`]; [`StagingError::Busy`] while it is being worked on.
    pub fn discard(&self, key: &Key) -> Result<bool, StagingError> {
        let _making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(file) = self.find(key) else {
            return Ok(false);
        };
        if file.work().is_running() {
            return Err(StagingError::Busy);
        }
        let gone = file.folder.with_extension(GONE);
        fs::rename(&file.folder, &gone).map_err(at(&file.folder))?;
        self.lock().remove(key);
        remove(&gone)?;
        sync_folder(&self.folder)?;
        Ok(true)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Key, Arc<Staged>>> {
        self.staged.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Staged {
    /// Reads what a process before this one has staged.
    fn open(folder: &Path) -> Result<Self, StagingError> {
        let kept = |source: Box<dyn std::error::Error + Send + Sync>| StagingError::Kept {
            path: folder.to_owned(),
            source,
        };
        let path = folder.join(REQUEST);
        let mut bytes = Vec::new();
        File::open(&path)
            .and_then(|file| file.take(MAX_REQUEST).read_to_end(&mut bytes))
            .map_err(at(&path))?;
        let request: NewImport =
            serde_json::from_slice(&bytes).map_err(|error| kept(error.into()))?;
        let read = |error: FileProblem| kept(error.into());
        let header = ImportHeader::parse(request.header.as_bytes()).map_err(read)?;
        let signature = FileSignature::read_unverified(&request.signature).map_err(read)?;
        let path = folder.join(DATA);
        let data = OpenOptions::new()
            .write(true)
            .open(&path)
            .map_err(at(&path))?;
        let length = data.metadata().map_err(at(&path))?.len();
        // The last one may be torn; it is asked for again.
        let received = length.div_ceil(CHUNK as u64).saturating_sub(1);
        data.set_len(received * CHUNK as u64)
            .and_then(|()| data.sync_all())
            .map_err(at(&path))?;
        Ok(Self {
            request,
            header,
            signature,
            folder: folder.to_owned(),
            received: AtomicU64::new(received),
            writing: Mutex::new(()),
            work: Mutex::new(Work::None),
            progress: Arc::default(),
        })
    }

    /// Its source and number.
    #[must_use]
    pub fn key(&self) -> Key {
        (self.header.source.clone(), self.header.number)
    }

    /// Its bytes.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.join(DATA)
    }

    /// Where the upload goes on.
    #[must_use]
    pub fn upload(&self) -> ReceivedChunk {
        ReceivedChunk {
            bytes: self.request.bytes,
            chunk: CHUNK as u64,
            next: self.received.load(Ordering::Acquire),
            chunks: self.chunks(),
        }
    }

    /// Whether all of it is there.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let upload = self.upload();
        upload.next == upload.chunks
    }

    /// What is done with it.
    pub fn work(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a chunk: the next one, or one that came before with the same bytes. Blocks.
    ///
    /// # Errors
    /// [`StagingError`].
    pub fn receive(&self, number: u64, bytes: &[u8]) -> Result<ReceivedChunk, StagingError> {
        let writing = self.writing.lock();
        let _writing = writing.unwrap_or_else(PoisonError::into_inner);
        let next = self.received.load(Ordering::Acquire);
        if number > next || number >= self.chunks() {
            return Err(StagingError::NotNext { next });
        }
        let start = number * CHUNK as u64;
        let wanted = (self.request.bytes - start).min(CHUNK as u64);
        if bytes.len() as u64 != wanted {
            let length = bytes.len() as u64;
            return Err(StagingError::Length { length, wanted });
        }
        let path = self.path();
        if number < next {
            if self.read(start, bytes.len()).map_err(at(&path))? != bytes {
                return Err(StagingError::Differs);
            }
        } else {
            self.append(start, bytes).map_err(at(&path))?;
            failpoint!("platform.file-chunk-kept");
            self.received.store(next + 1, Ordering::Release);
        }
        Ok(self.upload())
    }

    fn chunks(&self) -> u64 {
        self.request.bytes.div_ceil(CHUNK as u64)
    }

    fn read(&self, start: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut file = File::open(self.path())?;
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = vec![0; length];
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// What a failed write left is written over.
    fn append(&self, start: u64, bytes: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).open(self.path())?;
        file.seek(SeekFrom::Start(start))?;
        file.write_all(bytes)?;
        file.sync_all()
    }
}

/// Whether a file may be that long.
#[must_use]
pub fn is_length(bytes: u64) -> bool {
    bytes > 0 && bytes <= MAX_FILE
}

fn at(path: &Path) -> impl Fn(io::Error) -> StagingError + use<> {
    let path = path.to_owned();
    move |source| StagingError::File {
        path: path.clone(),
        source,
    }
}

fn make_folder(path: &Path) -> Result<(), StagingError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder.create(path).map_err(at(path))
}

fn remove(path: &Path) -> Result<(), StagingError> {
    let removed = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(path)(error)),
        _ => Ok(()),
    }
}

fn write_durably(path: &Path, bytes: &[u8]) -> Result<(), StagingError> {
    let write = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(at(path))
}

fn sync_folder(path: &Path) -> Result<(), StagingError> {
    File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(at(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_looks_does_not_wait_for_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let staging = Staging::open(&folder.path().join("imports")).unwrap();
        let _making = staging.making.lock().unwrap();
        assert!(staging.all().is_empty());
        assert!(staging.find(&("marketing".parse().unwrap(), 1)).is_none());
    }
}
