//! Sessions of a card, lent to one thread each.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cryptoki::session::Session;
use cryptoki::slot::Slot;

use crate::TokenError;
use crate::local::Module;
use crate::local::session::OpenSession;

/// Most sessions that are open at a time. More threads than that wait.
const MAX_SESSIONS: usize = 16;
/// Sessions that the pool leaves to others: the one that keeps the login, and one for writing.
const RESERVED_SESSIONS: u64 = 2;
/// How long a thread waits for a session: less than the shortest deadline of those who wait for the answer.
const MAX_WAIT: Duration = Duration::from_secs(3);

pub(super) struct Pool {
    module: Arc<Module>,
    slot: Slot,
    limit: usize,
    state: Mutex<State>,
    returned: Condvar,
}

struct State {
    idle: Vec<OpenSession>,
    /// Sessions that are open, idle or lent.
    open: usize,
}

impl Pool {
    pub(super) fn new(module: Arc<Module>, slot: Slot) -> Result<Self, TokenError> {
        let allowed = module.session_limit(slot)?.map_or(MAX_SESSIONS, |allowed| {
            usize::try_from(allowed.saturating_sub(RESERVED_SESSIONS)).unwrap_or(MAX_SESSIONS)
        });
        Ok(Self {
            module,
            slot,
            limit: allowed.clamp(1, MAX_SESSIONS),
            state: Mutex::new(State {
                idle: Vec::new(),
                open: 0,
            }),
            returned: Condvar::new(),
        })
    }

    /// Lends a session to `operation`. After an error the session is closed: an operation may be left open in it.
    pub(super) fn with<T>(
        &self,
        operation: impl FnOnce(&Session) -> Result<T, TokenError>,
    ) -> Result<T, TokenError> {
        let mut loan = self.lend()?;
        let session = match loan.session.take() {
            Some(session) if session.is_ours() => session,
            // The card was pulled out, and the login is gone with the session.
            Some(_) => return Err(TokenError::Removed),
            None => self.module.read_session(self.slot)?,
        };
        let answer = operation(&session)?;
        loan.session = Some(session);
        Ok(answer)
    }

    /// An idle session, or the right to open one.
    fn lend(&self) -> Result<Loan<'_>, TokenError> {
        let busy = |state: &mut State| state.idle.is_empty() && state.open >= self.limit;
        let (mut state, _) = self
            .returned
            .wait_timeout_while(self.state(), MAX_WAIT, busy)
            .unwrap_or_else(PoisonError::into_inner);
        if busy(&mut state) {
            return Err(TokenError::Busy);
        }
        let session = state.idle.pop();
        if session.is_none() {
            state.open += 1;
        }
        Ok(Loan {
            pool: self,
            session,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in the pool. It goes back at its end, also after a panic, with its session if there is one.
struct Loan<'a> {
    pool: &'a Pool,
    session: Option<OpenSession>,
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        let mut state = self.pool.state();
        match self.session.take() {
            Some(session) => state.idle.push(session),
            None => state.open -= 1,
        }
        drop(state);
        self.pool.returned.notify_one();
    }
}
