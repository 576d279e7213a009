//! Reading: a small pool of threads, each with a connection of its own that cannot write.

pub(crate) mod bank;
pub(crate) mod bills;
pub(crate) mod bindings;
pub(crate) mod candidates;
pub(crate) mod changes;
pub(crate) mod close;
pub(crate) mod deposits;
pub(crate) mod disputes;
pub(crate) mod newest;
pub(crate) mod notices;
pub(crate) mod orders;
pub(crate) mod people;
pub(crate) mod resolutions;
pub(crate) mod statement;
pub(crate) mod tax_invoices;
pub(crate) mod usage;
pub(crate) mod viewer;

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};
use tracing::Instrument as _;

use crate::database::{Location, Mode, Session};
use crate::{StoreError, TRACED, thread};

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

type Read = Box<dyn FnOnce(&mut dyn Session) + Send>;
type Queue = Arc<Mutex<mpsc::Receiver<Read>>>;

#[derive(Debug)]
pub(crate) struct Readers {
    queue: Option<mpsc::Sender<Read>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    pub(crate) fn open(location: &Location) -> Result<Self, StoreError> {
        let (queue, waiting) = mpsc::channel(MAX_QUEUE);
        let waiting: Queue = Arc::new(Mutex::new(waiting));
        let start = |_| {
            let waiting = Arc::clone(&waiting);
            let location = location.clone();
            let open = move || location.open_reader();
            thread::start("store-reader", open, move |mut session| {
                read(&mut *session, &waiting);
            })
        };
        let threads = (0..READERS).map(start).collect::<Result<_, _>>();
        let threads = threads.map_err(|source| StoreError::open(location, source))?;
        Ok(Self {
            queue: Some(queue),
            threads,
        })
    }

    /// Runs `work` on one snapshot of the database; once more when the connection was lost.
    pub(crate) async fn call<W, T>(&self, work: W) -> Result<T, StoreError>
    where
        W: Fn(&mut dyn Session) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        self.run(move |session| {
            let first = snapshot(session, Mode::Read, &work);
            match first {
                Err(StoreError::Database(error)) if error.is_transient() => {
                    snapshot(session, Mode::Read, &work)
                }
                other => other,
            }
        })
        .await
    }

    /// Runs `work`, which makes its own transactions.
    pub(crate) async fn run<W, T>(&self, work: W) -> Result<T, StoreError>
    where
        W: FnOnce(&mut dyn Session) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let span = tracing::info_span!(target: TRACED, "store read");
        let (reply, answer) = oneshot::channel();
        let read: Read = Box::new(move |session| {
            // A caller that no longer waits has lost interest.
            let _ = reply.send(work(session));
        });
        let queue = self.queue.as_ref().ok_or(StoreError::Closed)?;
        let work = async {
            queue.send(read).await.map_err(|_| StoreError::Closed)?;
            answer.await.map_err(|_| StoreError::Closed)?
        };
        work.instrument(span).await
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

fn read(session: &mut dyn Session, queue: &Queue) {
    loop {
        let next = queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .blocking_recv();
        let Some(read) = next else {
            return;
        };
        read(session);
    }
}

/// Several statements of one read see the same state of the books.
pub(crate) fn snapshot<T>(
    session: &mut dyn Session,
    mode: Mode,
    work: impl FnOnce(&mut dyn Session) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    session.begin(mode)?;
    let result = work(session);
    session.rollback();
    result
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
