//! Reading: a small pool of threads, each with a connection of its own that cannot write.

pub(crate) mod bills;
pub(crate) mod bindings;
pub(crate) mod orders;
pub(crate) mod people;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::{StoreError, open};

/// The most rows of one page.
pub const MAX_PAGE: u32 = 200;
/// Threads that read.
const READERS: usize = 4;
/// Reads that may wait; a caller over it waits for a place.
const MAX_QUEUE: usize = 1_024;

/// A piece of a list, and the cursor of the next piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the list goes on; `None` at its end.
    pub next: Option<String>,
}

/// The text is not a cursor of this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of this list")]
pub struct MalformedCursor;

type Read = Box<dyn FnOnce(&Connection) + Send>;
type Queue = Arc<Mutex<mpsc::Receiver<Read>>>;

#[derive(Debug)]
pub(crate) struct Readers {
    queue: Option<mpsc::Sender<Read>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let (queue, waiting) = mpsc::channel(MAX_QUEUE);
        let waiting: Queue = Arc::new(Mutex::new(waiting));
        let start = |_| {
            let connection = open::reader(path)?;
            let waiting = Arc::clone(&waiting);
            std::thread::Builder::new()
                .name("store-reader".to_owned())
                .spawn(move || read(&connection, &waiting))
                .map_err(|_| StoreError::Closed)
        };
        let threads = (0..READERS).map(start).collect::<Result<_, _>>()?;
        Ok(Self {
            queue: Some(queue),
            threads,
        })
    }

    /// Runs `work` on one snapshot of the database.
    pub(crate) async fn call<W, T>(&self, work: W) -> Result<T, StoreError>
    where
        W: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let read: Read = Box::new(move |connection| {
            // A caller that no longer waits has lost interest.
            let _ = reply.send(snapshot(connection, work));
        });
        let queue = self.queue.as_ref().ok_or(StoreError::Closed)?;
        queue.send(read).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            // A panic of the thread was seen by the one who waited for it.
            let _ = thread.join();
        }
    }
}

fn read(connection: &Connection, queue: &Queue) {
    loop {
        let next = queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .blocking_recv();
        let Some(read) = next else {
            return;
        };
        read(connection);
    }
}

/// Several statements of one read see the same state of the books.
fn snapshot<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let transaction = connection.unchecked_transaction()?;
    let result = work(&transaction)?;
    transaction.finish()?;
    Ok(result)
}

/// Cuts a list that was read with one row too many, and makes the cursor of the rest.
pub(crate) fn page<T>(mut items: Vec<T>, limit: u32, cursor: impl Fn(&T) -> String) -> Page<T> {
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next = more.then(|| items.last().map(cursor)).flatten();
    Page { items, next }
}

/// 1 to [`MAX_PAGE`].
pub(crate) fn bounded(limit: u32) -> u32 {
    limit.clamp(1, MAX_PAGE)
}
