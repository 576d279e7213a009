//! Which capsules were opened: decided in memory, written to disk before a request is forwarded.
//!
//! A capsule is first [reserved](ReplayStore::reserve) in memory, which is where a second one
//! loses, and then [recorded](ReplayStore::record): it is on disk when that returns. One thread
//! writes; requests that come together share one flush. What is kept is read back at the start,
//! so that a restart opens no gap. See [`mod@file`] for the bytes.

pub mod file;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use wattkey_seal::{Replay, ReplayWindow};

use self::file::{Record, ReplayFile, ReplayFileError};

/// Capsules remembered at the same time: three minutes at over 5,000 requests a second.
const CAPACITY: usize = 1_000_000;
/// Requests that wait for the writer.
const QUEUE: usize = 1024;
/// Records that share one flush.
pub const MAX_BATCH: usize = 256;

/// The table of opened capsules, in memory and on disk.
#[derive(Debug)]
pub struct ReplayStore {
    window: Mutex<ReplayWindow>,
    queue: mpsc::Sender<Pending>,
    writer: Option<JoinHandle<()>>,
}

/// A record was not written: its request must not be forwarded.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the replay store was not written")]
pub struct RecordError(#[source] Option<Arc<std::io::Error>>);

#[derive(Debug)]
struct Pending {
    record: Record,
    now: i64,
    written: oneshot::Sender<Result<(), RecordError>>,
}

impl ReplayStore {
    /// Reads what is kept at `path`, which is made when it is not there.
    ///
    /// # Errors
    /// When the file cannot be used or was damaged by something else than a crash.
    pub fn open(path: &Path, now: Timestamp) -> Result<Self, ReplayFileError> {
        let now = now.as_second();
        let (file, records) = ReplayFile::open(path, now)?;
        let mut window = ReplayWindow::new(CAPACITY);
        for record in records {
            if window.insert(record.id, record.keep_until, now) == Replay::Full {
                return Err(ReplayFileError::TooMany {
                    path: path.to_owned(),
                });
            }
        }
        let (queue, pending) = mpsc::channel(QUEUE);
        let writer = std::thread::Builder::new()
            .name("replay-writer".to_owned())
            .spawn(move || write(file, pending))
            .map_err(|source| ReplayFileError::Io {
                path: path.to_owned(),
                source,
            })?;
        Ok(Self {
            window: Mutex::new(window),
            queue,
            writer: Some(writer),
        })
    }

    /// Asks whether a capsule is new and takes its place if so; times are seconds since 1970.
    pub fn reserve(&self, id: [u8; 32], keep_until: i64, now: i64) -> Replay {
        self.window().insert(id, keep_until, now)
    }

    /// Returns when it is on disk that this capsule was opened.
    ///
    /// # Errors
    /// When it is not. The capsule stays reserved: it is never forwarded in this run.
    pub async fn record(&self, id: [u8; 32], keep_until: i64, now: i64) -> Result<(), RecordError> {
        let (written, answer) = oneshot::channel();
        let record = Record { id, keep_until };
        let pending = Pending {
            record,
            now,
            written,
        };
        self.queue
            .send(pending)
            .await
            .map_err(|_| RecordError(None))?;
        answer.await.unwrap_or(Err(RecordError(None)))
    }

    /// How many capsules are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.window().len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.window().is_empty()
    }

    fn window(&self) -> MutexGuard<'_, ReplayWindow> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ReplayStore {
    fn drop(&mut self) {
        // Closing the queue ends the writer.
        self.queue = mpsc::channel(1).0;
        if let Some(writer) = self.writer.take() {
            // A writer that panicked has said so on standard error.
            let _ = writer.join();
        }
    }
}

/// The writer's loop: whatever has gathered while the disk was busy goes with the next flush.
fn write(mut file: ReplayFile, mut queue: mpsc::Receiver<Pending>) {
    let mut batch = Vec::with_capacity(MAX_BATCH);
    while let Some(first) = queue.blocking_recv() {
        batch.push(first);
        while batch.len() < MAX_BATCH
            && let Ok(next) = queue.try_recv()
        {
            batch.push(next);
        }
        let records: Vec<Record> = batch.iter().map(|pending| pending.record).collect();
        let now = batch
            .iter()
            .map(|pending| pending.now)
            .max()
            .unwrap_or(i64::MIN);
        let outcome = file.append(&records, now).map_err(|error| {
            tracing::error!(%error, "the replay store was not written");
            RecordError(Some(Arc::new(error)))
        });
        for pending in batch.drain(..) {
            // A request whose connection ended meanwhile does not wait for its answer.
            let _ = pending.written.send(outcome.clone());
        }
    }
}

#[cfg(test)]
mod tests;
