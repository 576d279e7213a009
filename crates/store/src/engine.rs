//! The posting engine: one thread that commits many callers together.
//!
//! Calls wait in a bounded queue. The thread takes as many as are there, up to [`MAX_BATCH`], and
//!
//! 1. **loads** what they name, in few queries ([`load`]), with row locks where others write too;
//! 2. lets each of them **decide** in plain Rust on what was loaded and on what those before it
//!    have changed ([`Decide`]); one that is refused has changed nothing;
//! 3. **writes** all rows, one statement for each table ([`write`]), and the link over them;
//! 4. commits, and only then has them all answered, by a thread that does nothing else. While a
//!    commit is on its way to the disk, the next batch gathers.
//!
//! A transaction that lost against another process, or its connection, is run again from the
//! beginning. One that the database refuses for another reason is cut into its calls, so that the
//! one to blame fails alone. After a commit of unknown outcome nobody is told anything but that.

mod accept;
pub(crate) mod alone;
mod answer;
pub(crate) mod bank;
mod binding;
mod call;
mod chain;
pub(crate) mod change;
mod checkpoint;
pub(crate) mod confirm;
mod decide;
mod dispute;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod lapse;
mod load;
pub(crate) mod mandate;
pub(crate) mod notice;
pub(crate) mod outbox;
pub(crate) mod receipt;
pub(crate) mod resolve;
pub(crate) mod standing;
mod wanted;
mod working;
mod write;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};
use tracing::Instrument as _;
use uuid::Uuid;

use crate::database::{DatabaseError, Kind, Location, Mode, Session};
use crate::outcome::{Counters, JournalPosition};
use crate::{StoreError, TRACED, thread};
use alone::Alone;
use answer::answer;
use call::{Call, Failure, Waiting};
use chain::Chain;

pub(crate) use call::Decide;
pub(crate) use load::{ACCESS, SPENT, given_rights, own_rights};
pub(crate) use wanted::Wanted;
pub(crate) use working::Working;

/// Calls that may wait; a caller over it waits for a place.
const MAX_QUEUE: usize = 1_024;
/// Calls that share one commit.
const MAX_BATCH: usize = 256;
/// How often a transaction is run again that lost against others.
const MAX_TRIES: usize = 8;
/// How long the calls of a batch that was cut may keep the others waiting with their own waiting for
/// locks.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often a batch takes the binding log's lock alone, though it could share it. PostgreSQL lets
/// those who share a row pass by one who waits to have it alone, so that platforms which always
/// share it would keep every binding step out; who wants it alone waits in a line. Shorter than the
/// patience of a batch, so that there is a moment at which all platforms stand in it.
const QUEUE_FOR_BINDINGS: Duration = Duration::from_millis(200);
/// How often it is run again when the connection was lost: each takes as long as connecting may.
const MAX_RECONNECTS: usize = 2;

/// What waits in the queue.
enum Work {
    Call(Box<dyn Call>),
    /// Has a transaction to itself.
    Alone(Box<dyn Alone>),
}

/// The handle of the engine's thread. Dropping it ends the thread after the calls that wait.
#[derive(Debug)]
pub(crate) struct Engine {
    queue: Option<mpsc::Sender<Work>>,
    thread: Option<JoinHandle<()>>,
    process: Uuid,
    counters: Arc<AtomicCounters>,
}

#[derive(Debug, Default)]
struct AtomicCounters {
    calls: AtomicU64,
    commits: AtomicU64,
    /// Number of the last link of this process that is known to be durable.
    durable: AtomicU64,
}

impl AtomicCounters {
    fn count(&self, calls: usize) {
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.calls.fetch_add(calls as u64, Ordering::Relaxed);
    }
}

impl Engine {
    /// Starts the thread, which opens its connection by `open`.
    pub(crate) fn start(
        open: impl FnOnce() -> Result<Box<dyn Session>, DatabaseError> + Send + 'static,
        process: Uuid,
    ) -> Result<Self, DatabaseError> {
        let (queue, waiting) = mpsc::channel(MAX_QUEUE);
        let counters = Arc::new(AtomicCounters::default());
        let thread = thread::start("store-engine", open, {
            let counters = Arc::clone(&counters);
            move |session| {
                std::thread::scope(|scope| {
                    let ledger = Ledger {
                        session,
                        chain: Chain::new(process),
                        counters,
                        queued: Instant::now(),
                        answers: answer::Answers::start(scope),
                    };
                    ledger.serve(waiting);
                });
            }
        })?;
        Ok(Self {
            queue: Some(queue),
            thread: Some(thread),
            process,
            counters,
        })
    }

    /// As [`start`](Self::start), and brings the schema to this software's version.
    pub(crate) fn open(location: &Location, process: Uuid) -> Result<Self, StoreError> {
        let place = location.clone();
        let open = move || {
            let mut session = place.open()?;
            crate::database::migrations::run(&mut *session)?;
            Ok(session)
        };
        Self::start(open, process).map_err(|source| StoreError::open(location, source))
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

    /// Whether a batch is known to be durable: this process was told so.
    pub(crate) fn is_durable(&self, batch: &JournalPosition) -> bool {
        batch.process == self.process
            && batch.sequence <= self.counters.durable.load(Ordering::Acquire)
    }

    /// Waits for the thread's end.
    pub(crate) async fn closed(&self) {
        if let Some(queue) = &self.queue {
            queue.closed().await;
        }
    }

    /// Decides in the next batch, and answers when it is durable.
    pub(crate) async fn call<D: Decide>(&self, mut request: D) -> Result<D::Answer, StoreError> {
        request.prepare();
        let (reply, answer) = oneshot::channel();
        let name = std::any::type_name::<D>();
        let name = name.rsplit("::").next().unwrap_or(name);
        let span = tracing::info_span!(target: TRACED, "store write", call = name);
        let work = async {
            self.enqueue(Work::Call(Waiting::boxed(request, reply)))
                .await?;
            answer.await.map_err(|_| StoreError::Closed)?
        };
        work.instrument(span).await
    }

    async fn enqueue(&self, work: Work) -> Result<(), StoreError> {
        let queue = self.queue.as_ref().ok_or(StoreError::Closed)?;
        queue.send(work).await.map_err(|_| StoreError::Closed)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was seen by all who waited for it.
            let _ = thread.join();
        }
    }
}

/// The thread's own: the connection and the chain.
struct Ledger {
    session: Box<dyn Session>,
    chain: Chain,
    counters: Arc<AtomicCounters>,
    /// When a batch last queued for the binding log.
    queued: Instant,
    answers: answer::Answers,
}

/// Why a try of a batch did not end in a commit.
enum Broken {
    /// The call of this index failed after it had changed something.
    Call(usize),
    /// The database, or a row of it, before the commit.
    Undone(DatabaseError),
    /// The commit itself.
    Unknown(DatabaseError),
}

impl From<DatabaseError> for Broken {
    fn from(error: DatabaseError) -> Self {
        Self::Undone(error)
    }
}

impl Ledger {
    fn serve(mut self, mut waiting: mpsc::Receiver<Work>) {
        while let Some(first) = waiting.blocking_recv() {
            let mut calls = Vec::new();
            let mut next = Some(first);
            let mut alone = None;
            while let Some(work) = next {
                match work {
                    Work::Call(call) => calls.push(call),
                    Work::Alone(one) => {
                        alone = Some(one);
                        break;
                    }
                }
                let more = calls.len() < MAX_BATCH;
                next = more.then(|| waiting.try_recv().ok()).flatten();
            }
            self.commit_batch(calls, PATIENCE);
            if let Some(work) = alone {
                let counters = Arc::clone(&self.counters);
                let mut ended = || counters.count(1);
                work.run(&mut *self.session, &mut self.chain, &mut ended);
            }
        }
    }

    /// Commits calls together and answers them. One alone may wait for locks as long as is
    /// configured, while there is patience.
    fn commit_batch(&mut self, mut calls: Vec<Box<dyn Call>>, patience: Duration) {
        let mut tries = 0;
        while !calls.is_empty() {
            let mode = if calls.len() == 1 && !patience.is_zero() {
                Mode::Write
            } else {
                Mode::WriteTogether
            };
            let broken = match self.attempt(&mut calls, mode) {
                Ok((position, working)) => {
                    self.counters.count(calls.len());
                    if let Some(position) = position {
                        let durable = &self.counters.durable;
                        durable.store(position.sequence, Ordering::Release);
                    }
                    return self.answers.give(calls, position, working);
                }
                Err(broken) => broken,
            };
            self.session.rollback();
            match broken {
                Broken::Call(index) => {
                    // Its own error waits for it; the others have not seen it.
                    answer(vec![calls.remove(index)], &Ok(None));
                }
                Broken::Unknown(error) => {
                    tracing::error!(%error, calls = calls.len(), "the outcome of a batch is unknown");
                    return answer(calls, &Err(Failure::Unknown(Arc::new(error))));
                }
                Broken::Undone(error) if tries < tries_of(&error) => {
                    tracing::debug!(%error, tries, "a batch is run again");
                    tries += 1;
                }
                Broken::Undone(error) if self.can_be_cut(&error) && calls.len() > 1 => {
                    tracing::warn!(%error, calls = calls.len(), "a batch is cut into its calls");
                    let begun = Instant::now();
                    for call in calls {
                        let patience = PATIENCE.saturating_sub(begun.elapsed());
                        self.commit_batch(vec![call], patience);
                    }
                    return;
                }
                Broken::Undone(error) => {
                    tracing::error!(%error, calls = calls.len(), "a batch did not commit");
                    return answer(calls, &Err(Failure::Undone(Arc::new(error))));
                }
            }
        }
    }

    /// Whether one of the calls may be to blame, and not the database.
    fn can_be_cut(&self, error: &DatabaseError) -> bool {
        match error {
            // A lock on a row: on the row of one of them, perhaps. SQLite has one lock for all.
            DatabaseError::Busy(_) => self.session.kind() == Kind::Postgres,
            DatabaseError::Duplicate(_)
            | DatabaseError::Refused(_)
            | DatabaseError::Full(_)
            | DatabaseError::Unreadable { .. }
            | DatabaseError::Other(_) => true,
            _ => false,
        }
    }

    fn attempt(
        &mut self,
        calls: &mut [Box<dyn Call>],
        mode: Mode,
    ) -> Result<(Option<JournalPosition>, Working), Broken> {
        let session = &mut *self.session;
        session.begin(mode)?;
        let mut tip = self.chain.tip(session)?;
        let mut wanted = Wanted::default();
        for call in &*calls {
            call.wants(&mut wanted);
        }
        wanted.settle();
        if self.queued.elapsed() >= QUEUE_FOR_BINDINGS {
            wanted.queues_for_bindings = true;
            self.queued = Instant::now();
        }
        let mut working = Working::new(tip.process(), tip.next());
        load::load(session, &wanted, &mut working)?;
        for (index, call) in calls.iter_mut().enumerate() {
            let before = working.changes();
            if !call.decide(&mut working) && working.changes() != before {
                return Err(Broken::Call(index));
            }
        }
        let written = write::write(session, &mut working)?;
        let entries = working.take_entries();
        let position = entries
            .map(|entries| tip.add(session, entries))
            .transpose()?;
        written.reached();
        commit(session, &mut self.chain, tip)?;
        Ok((position, working))
    }
}

/// Commits; the chain is as far as `tip` when that is sure.
fn commit(session: &mut dyn Session, chain: &mut Chain, tip: chain::Tip) -> Result<(), Broken> {
    chain.doubt();
    match session.commit() {
        Ok(()) => {
            chain.settle(tip);
            Ok(())
        }
        Err(error @ DatabaseError::CommitUnknown(_)) => Err(Broken::Unknown(error)),
        Err(error) => Err(Broken::Undone(error)),
    }
}

/// How often a transaction is run again that ended with this error.
fn tries_of(error: &DatabaseError) -> usize {
    match error {
        DatabaseError::Disconnected(_) => MAX_RECONNECTS,
        error if error.is_transient() => MAX_TRIES,
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
