//! The one thread that writes: group commit.
//!
//! Calls wait in a bounded queue. The thread takes as many as are there, up to [`MAX_BATCH`], runs
//! each in a savepoint of one transaction, commits, and only then answers them all. While a commit
//! is on its way to the disk, the next batch gathers.

pub(crate) mod accept;
pub(crate) mod bank;
mod batch;
pub(crate) mod binding;
pub(crate) mod import;
pub(crate) mod outbox;
pub(crate) mod receipt;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::StoreError;
use crate::outcome::{Counters, JournalPosition};

pub(crate) use batch::Batch;
use batch::Head;

/// Calls that may wait; a caller over it waits for a place.
const MAX_QUEUE: usize = 1_024;
/// Calls that share one commit.
const MAX_BATCH: usize = 256;

/// How a transaction ended: with the position of its link, when it has one.
type Committed = Result<Option<JournalPosition>, Failure>;

/// Why a transaction did not end well.
#[derive(Debug, Clone)]
enum Failure {
    /// Before `COMMIT`: it was undone.
    Undone(Arc<rusqlite::Error>),
    /// `COMMIT` itself failed.
    Unknown(Arc<rusqlite::Error>),
}

impl Failure {
    fn undone(error: rusqlite::Error) -> Self {
        Self::Undone(Arc::new(error))
    }
}

impl From<&Failure> for StoreError {
    fn from(failure: &Failure) -> Self {
        match failure {
            Failure::Undone(error) => Self::Batch(Arc::clone(error)),
            Failure::Unknown(error) => Self::Commit(Arc::clone(error)),
        }
    }
}

/// The handle of the writing thread. Dropping it ends the thread after the calls that wait.
#[derive(Debug)]
pub(crate) struct Writer {
    queue: Option<mpsc::Sender<Box<dyn Call>>>,
    thread: Option<JoinHandle<()>>,
    process: Uuid,
    counters: Arc<AtomicCounters>,
}

#[derive(Debug, Default)]
struct AtomicCounters {
    calls: AtomicU64,
    commits: AtomicU64,
}

/// A call as the thread sees it.
trait Call: Send {
    /// Does the work. Whether its savepoint is to be kept.
    fn run(&mut self, batch: &mut Batch<'_>) -> bool;
    /// Answers the caller.
    fn answer(self: Box<Self>, committed: &Committed);
}

/// `W` works inside the transaction, `F` finishes the answer with what only the commit knows.
struct Waiting<W, M, F, T, E> {
    work: Option<W>,
    made: Option<Result<M, E>>,
    finish: F,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<W, M, F, T, E> Call for Waiting<W, M, F, T, E>
where
    W: FnOnce(&mut Batch<'_>) -> Result<M, E> + Send,
    F: FnOnce(M, Option<&JournalPosition>) -> T + Send,
    M: Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, batch: &mut Batch<'_>) -> bool {
        let Some(work) = self.work.take() else {
            return false;
        };
        let made = work(batch);
        let keep = made.is_ok();
        self.made = Some(made);
        keep
    }

    fn answer(self: Box<Self>, committed: &Committed) {
        let answer = match (self.made, committed) {
            (Some(Err(error)), _) => Err(error),
            (_, Err(failure)) => Err(StoreError::from(failure).into()),
            (Some(Ok(made)), Ok(position)) => Ok((self.finish)(made, position.as_ref())),
            (None, Ok(_)) => Err(StoreError::Closed.into()),
        };
        // A caller that no longer waits asks again by its order id.
        let _ = self.reply.send(answer);
    }
}

impl Writer {
    pub(crate) fn start(connection: Connection, process: Uuid) -> Result<Self, StoreError> {
        let (queue, waiting) = mpsc::channel(MAX_QUEUE);
        let counters = Arc::new(AtomicCounters::default());
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn({
                let counters = Arc::clone(&counters);
                move || write(&connection, process, waiting, &counters)
            })
            .map_err(|_| StoreError::Closed)?;
        Ok(Self {
            queue: Some(queue),
            thread: Some(thread),
            process,
            counters,
        })
    }

    pub(crate) fn process(&self) -> Uuid {
        self.process
    }

    pub(crate) fn counters(&self) -> Counters {
        Counters {
            calls: self.counters.calls.load(Ordering::Relaxed),
            commits: self.counters.commits.load(Ordering::Relaxed),
        }
    }

    /// Waits for the thread's end.
    pub(crate) async fn closed(&self) {
        if let Some(queue) = &self.queue {
            queue.closed().await;
        }
    }

    /// Runs `work` in the next batch. When it fails, nothing of it stays.
    pub(crate) async fn call<W, M, F, T, E>(&self, work: W, finish: F) -> Result<T, E>
    where
        W: FnOnce(&mut Batch<'_>) -> Result<M, E> + Send + 'static,
        F: FnOnce(M, Option<&JournalPosition>) -> T + Send + 'static,
        M: Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let call = Waiting {
            work: Some(work),
            made: None,
            finish,
            reply,
        };
        let queue = self.queue.as_ref().ok_or(StoreError::Closed)?;
        queue
            .send(Box::new(call))
            .await
            .map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was seen by all who waited for it.
            let _ = thread.join();
        }
    }
}

fn write(
    connection: &Connection,
    process: Uuid,
    mut waiting: mpsc::Receiver<Box<dyn Call>>,
    counters: &AtomicCounters,
) {
    let mut head = Head::first(process);
    while let Some(first) = waiting.blocking_recv() {
        let mut calls = vec![first];
        while calls.len() < MAX_BATCH
            && let Ok(next) = waiting.try_recv()
        {
            calls.push(next);
        }
        let committed = commit(connection, &mut head, &mut calls);
        if let Err(failure) = &committed {
            tracing::error!(?failure, calls = calls.len(), "a batch did not commit");
        } else {
            counters.commits.fetch_add(1, Ordering::Relaxed);
            counters
                .calls
                .fetch_add(calls.len() as u64, Ordering::Relaxed);
        }
        for call in calls {
            call.answer(&committed);
        }
    }
}

fn commit(connection: &Connection, head: &mut Head, calls: &mut [Box<dyn Call>]) -> Committed {
    let committed = transaction(connection, head, calls);
    if committed.is_err() && !connection.is_autocommit() {
        // Left open, it would swallow the next batch.
        if let Err(error) = connection.execute_batch("ROLLBACK") {
            tracing::error!(%error, "a failed batch could not be rolled back");
        }
    }
    committed
}

fn transaction(connection: &Connection, head: &mut Head, calls: &mut [Box<dyn Call>]) -> Committed {
    connection
        .execute_batch("BEGIN IMMEDIATE")
        .map_err(Failure::undone)?;
    head.settle(connection).map_err(Failure::undone)?;
    let mut batch = Batch::begin(connection, head);
    for call in calls {
        batch
            .savepoint(|batch| call.run(batch))
            .map_err(Failure::undone)?;
    }
    let position = batch.link().map_err(Failure::undone)?;
    // Until COMMIT has said so, nobody knows how far the chain is.
    let before = head.doubt();
    connection
        .execute_batch("COMMIT")
        .map_err(|error| Failure::Unknown(Arc::new(error)))?;
    head.settled(before, position.as_ref());
    Ok(position)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::open;
    use crate::outcome::{AppendOutcome, BindingStep};
    use crate::read::bindings;

    fn step(sequence: u64, length: usize) -> BindingStep {
        let jws = "x".repeat(length);
        BindingStep { sequence, jws }
    }

    async fn append(writer: &Writer, step: BindingStep) -> Result<AppendOutcome, StoreError> {
        let work = move |batch: &mut Batch<'_>| {
            // The batch is to have a link as well.
            batch.position();
            binding::append(batch, &step)
        };
        writer.call(work, |outcome, _| outcome).await
    }

    /// Whoever watches the writer learns of its end, and nobody waits for ever.
    #[tokio::test]
    async fn a_panic_ends_the_writer() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open::writer(&folder.path().join("books.sqlite")).unwrap();
        let writer = Writer::start(connection, Uuid::from_u128(7)).unwrap();
        append(&writer, step(1, 10)).await.unwrap();
        let ended = writer.closed();
        let mut ended = std::pin::pin!(ended);
        tokio::select! {
            biased;
            () = &mut ended => panic!("the writer has ended by itself"),
            () = std::future::ready(()) => {}
        }

        let work = |_: &mut Batch<'_>| -> Result<(), StoreError> { panic!("a fault of ours") };
        let answer = writer.call(work, |(), _| ()).await;
        assert!(matches!(answer, Err(StoreError::Closed)), "{answer:?}");
        ended.await;
        let answer = append(&writer, step(2, 10)).await;
        assert!(matches!(answer, Err(StoreError::Closed)), "{answer:?}");
    }

    #[tokio::test]
    async fn another_process_holds_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("books.sqlite");
        let connection = open::writer(&path).unwrap();
        connection
            .busy_timeout(std::time::Duration::from_millis(20))
            .unwrap();
        let writer = Writer::start(connection, Uuid::from_u128(7)).unwrap();
        let other = open::writer(&path).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let error = append(&writer, step(1, 10)).await.unwrap_err();
        assert!(error.is_busy(), "{error:?}");
        assert!(!StoreError::Closed.is_busy());
        other.execute_batch("ROLLBACK").unwrap();
        append(&writer, step(1, 10)).await.unwrap();
    }

    /// A full disk refuses what does not fit, keeps what was answered, and the chain goes on.
    #[tokio::test]
    async fn a_full_disk() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("books.sqlite");
        let connection = open::writer(&path).unwrap();
        let pages: u32 = connection
            .query_row("PRAGMA page_count", [], |row| row.get(0))
            .unwrap();
        connection
            .pragma_update(None, "max_page_count", pages + 8)
            .unwrap();
        let process = Uuid::from_u128(7);
        let writer = Writer::start(connection, process).unwrap();
        append(&writer, step(1, 10)).await.unwrap();

        let (big, small) = tokio::join!(
            append(&writer, step(2, 1_000_000)),
            append(&writer, step(2, 10))
        );
        assert!(matches!(
            big,
            Err(StoreError::Database(_) | StoreError::Batch(_))
        ));
        let reader = open::reader(&path).unwrap();
        let kept = bindings::head(&reader).unwrap().sequence;
        match small {
            Ok(AppendOutcome::Appended(head)) => assert_eq!((head.sequence, kept), (2, 2)),
            Err(StoreError::Batch(_)) => assert_eq!(kept, 1),
            other => panic!("{other:?}"),
        }

        append(&writer, step(kept + 1, 10)).await.unwrap();
        drop(writer);
        let report = crate::verify::verify(&reader).unwrap();
        assert!(report.is_sound(), "{:#?}", report.findings);
        assert_eq!((report.chains, report.binding_steps), (1, kept + 1));
        assert_eq!(report.links, kept + 1);
    }
}
