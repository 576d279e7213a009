//! Work that has a transaction to itself: files that come in and go out.

use tokio::sync::oneshot;

use super::chain::{Chain, Tip};
use super::{Broken, Engine, Work, commit, tries_of};
use crate::StoreError;
use crate::database::{DatabaseError, Mode, Session};

/// How often work is run again that inserted what another process inserted at the same time.
const MAX_MEETINGS: usize = 3;

/// Whether what was written is to stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Intent {
    Keep,
    TakeBack,
}

/// An error that may be one of the database, before the commit.
pub(super) trait Failing: From<StoreError> + Send + 'static {
    /// The database's, if it is one.
    fn database(self) -> Result<DatabaseError, Self>;
}

impl Failing for StoreError {
    fn database(self) -> Result<DatabaseError, Self> {
        match self {
            Self::Database(error) => Ok(error),
            other => Err(other),
        }
    }
}

/// Such work and its caller.
pub(super) trait Alone: Send {
    /// Runs it; `ended` before the caller is told.
    fn run(self: Box<Self>, session: &mut dyn Session, chain: &mut Chain, ended: &mut dyn FnMut());
}

struct Task<W, T, E> {
    work: W,
    intent: Intent,
    reply: oneshot::Sender<Result<T, E>>,
}

impl Engine {
    /// Runs `work` in a transaction of its own, again when it lost against others.
    pub(super) async fn alone<W, T, E>(&self, intent: Intent, work: W) -> Result<T, E>
    where
        W: FnMut(&mut dyn Session, &mut Tip) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Failing,
    {
        let (reply, answer) = oneshot::channel();
        let task = Task {
            work,
            intent,
            reply,
        };
        self.enqueue(Work::Alone(Box::new(task))).await?;
        answer.await.map_err(|_| StoreError::Closed)?
    }
}

impl<W, T, E> Task<W, T, E>
where
    W: FnMut(&mut dyn Session, &mut Tip) -> Result<T, E>,
    E: Failing,
{
    fn attempt(
        &mut self,
        session: &mut dyn Session,
        chain: &mut Chain,
    ) -> Result<T, Result<Broken, E>> {
        let undone = |error| Ok(Broken::Undone(error));
        session.begin(Mode::Write).map_err(undone)?;
        let mut tip = chain.tip(session).map_err(undone)?;
        let done = (self.work)(session, &mut tip);
        let done = done.map_err(|error| error.database().map(Broken::Undone))?;
        match self.intent {
            Intent::Keep => commit(session, chain, tip).map_err(Ok)?,
            Intent::TakeBack => {
                // What was written without waiting may yet be refused.
                session.settle().map_err(undone)?;
                session.rollback();
            }
        }
        Ok(done)
    }
}

impl<W, T, E> Alone for Task<W, T, E>
where
    W: FnMut(&mut dyn Session, &mut Tip) -> Result<T, E> + Send,
    T: Send,
    E: Failing,
{
    fn run(
        mut self: Box<Self>,
        session: &mut dyn Session,
        chain: &mut Chain,
        ended: &mut dyn FnMut(),
    ) {
        let mut tries = 0;
        let result = loop {
            let tried = self.attempt(session, chain);
            if tried.is_err() {
                session.rollback();
            }
            match tried {
                Ok(done) => break Ok(done),
                Err(Err(error)) => break Err(error),
                Err(Ok(Broken::Undone(error))) if tries < tries_alone(&error) => {
                    tracing::warn!(%error, tries, "a transaction is run again");
                    tries += 1;
                }
                Err(Ok(Broken::Undone(error))) => break Err(StoreError::Database(error).into()),
                Err(Ok(Broken::Unknown(error))) => {
                    tracing::error!(%error, "the outcome of a transaction is unknown");
                    break Err(StoreError::Commit(error.into()).into());
                }
                Err(Ok(Broken::Call(_))) => break Err(StoreError::Closed.into()),
            }
        };
        ended();
        // A caller that no longer waits looks at the books.
        let _ = self.reply.send(result);
    }
}

fn tries_alone(error: &DatabaseError) -> usize {
    match error {
        DatabaseError::Duplicate(_) => MAX_MEETINGS,
        other => tries_of(other),
    }
}
