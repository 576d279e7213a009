//! A call as the engine sees it, and how it is answered.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::{Wanted, Working};
use crate::StoreError;
use crate::database::DatabaseError;
use crate::outcome::JournalPosition;

/// What a caller asks of the books: it names what it needs, and decides on what it is given.
///
/// Deciding touches no database, so it is tested without one. A transaction may be tried again, so
/// it may be asked to decide more than once.
pub(crate) trait Decide: Send + 'static {
    /// What is decided before the commit.
    type Pending: Send;
    /// What the caller is told after it.
    type Answer: Send;

    /// Does what needs nothing of the books: where the caller is, and not where all wait in a line.
    fn prepare(&mut self) {}

    /// Names what is to be loaded.
    fn wants(&self, wanted: &mut Wanted);

    /// Checks everything first, then changes the working set. An error after the first change
    /// costs the whole batch another try without this call.
    fn decide(&self, working: &mut Working) -> Result<Self::Pending, StoreError>;

    /// The answer, with the link that only the end of the batch knows.
    fn finish(pending: Self::Pending, committed: Option<&JournalPosition>) -> Self::Answer;
}

/// How a transaction ended: with the position of its link, when it has one.
pub(super) type Committed = Result<Option<JournalPosition>, Failure>;

/// Why a transaction did not end well.
#[derive(Debug, Clone)]
pub(super) enum Failure {
    /// Before `COMMIT`: it was undone.
    Undone(Arc<DatabaseError>),
    /// `COMMIT` itself failed.
    Unknown(Arc<DatabaseError>),
}

impl From<&Failure> for StoreError {
    fn from(failure: &Failure) -> Self {
        match failure {
            Failure::Undone(error) => Self::Batch(Arc::clone(error)),
            Failure::Unknown(error) => Self::Commit(Arc::clone(error)),
        }
    }
}

/// A call that waits, of whatever kind.
pub(super) trait Call: Send {
    /// Names what is to be loaded.
    fn wants(&self, wanted: &mut Wanted);
    /// Decides. Whether it did: an error waits for its caller.
    fn decide(&mut self, working: &mut Working) -> bool;
    /// Answers the caller.
    fn answer(self: Box<Self>, committed: &Committed);
}

/// A call and its caller.
pub(super) struct Waiting<D: Decide> {
    request: D,
    decided: Option<Result<D::Pending, StoreError>>,
    reply: oneshot::Sender<Result<D::Answer, StoreError>>,
}

impl<D: Decide> Waiting<D> {
    pub(super) fn boxed(
        request: D,
        reply: oneshot::Sender<Result<D::Answer, StoreError>>,
    ) -> Box<dyn Call> {
        Box::new(Self {
            request,
            decided: None,
            reply,
        })
    }
}

impl<D: Decide> Call for Waiting<D> {
    fn wants(&self, wanted: &mut Wanted) {
        self.request.wants(wanted);
    }

    fn decide(&mut self, working: &mut Working) -> bool {
        if self.reply.is_closed() {
            // Nobody waits any more: whoever asked for it may be told meanwhile that it never came.
            self.decided = Some(Err(StoreError::Closed));
            return false;
        }
        let decided = self.request.decide(working);
        let is_ok = decided.is_ok();
        self.decided = Some(decided);
        is_ok
    }

    fn answer(self: Box<Self>, committed: &Committed) {
        let answer = match (self.decided, committed) {
            (Some(Err(error)), _) => Err(error),
            (_, Err(failure)) => Err(failure.into()),
            (Some(Ok(pending)), Ok(position)) => Ok(D::finish(pending, position.as_ref())),
            (None, Ok(_)) => Err(StoreError::Closed),
        };
        // A caller that no longer waits asks again by its order id.
        let _ = self.reply.send(answer);
    }
}
