//! The child of a module, and the next one.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::Module;
use crate::child::{Child, End, Unanswered, nonsense};
use crate::wire::frame;
use crate::wire::{Answer, Operation, TokenName};
use crate::{PinState, TokenError};

/// A child that ended sooner than this after its start counts as a failed one.
const SHORT_LIFE: Duration = Duration::from_secs(2);
/// Pause before the start after two failed ones; doubled with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// Longest pause: a module that is back is used again after that.
const MAX_PAUSE: Duration = Duration::from_secs(1);
/// How often a call that found its child ended looks for a new one.
const MAX_CHILDREN: u32 = 3;

#[derive(Default)]
pub(super) struct Supervisor(Mutex<State>);

#[derive(Default)]
struct State {
    child: Option<Arc<Child>>,
    /// Starts in a row whose child did not live, or not long.
    failures: u32,
    last_start: Option<Instant>,
    /// Why the last start failed, as it would be sent: errors are not cloned.
    reason: Option<Vec<u8>>,
}

impl Module {
    /// The child, started if there is none.
    ///
    /// # Errors
    ///
    /// Why it does not start. While a start has just failed, that start's error without another one.
    pub(crate) fn child(&self) -> Result<Arc<Child>, TokenError> {
        self.child_within(self.options.deadlines.load)
    }

    fn child_within(&self, load: Duration) -> Result<Arc<Child>, TokenError> {
        // Held while it starts: who comes meanwhile gets the same child, or the same error.
        let state = &mut *self
            .supervisor
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(child) = &state.child {
            if !child.has_ended() {
                return Ok(Arc::clone(child));
            }
            if child.started().elapsed() < SHORT_LIFE {
                state.failures += 1;
            } else {
                state.failures = 0;
            }
            state.child = None;
        }
        let pause = pause(state.failures);
        if let Some(last) = state.last_start {
            let left = pause.saturating_sub(last.elapsed());
            if let Some(reason) = state.reason.as_ref().filter(|_| !left.is_zero()) {
                return Err(frame::decode(reason).unwrap_or(TokenError::Busy));
            }
            thread::sleep(left);
        }
        state.last_start = Some(Instant::now());
        match Child::start(&self.path, &self.options, load) {
            Ok(child) => {
                let child = Arc::new(child);
                state.reason = None;
                state.child = Some(Arc::clone(&child));
                Ok(child)
            }
            Err(error) => {
                state.last_start = Some(Instant::now());
                state.failures += 1;
                let error = in_a_row(error, state.failures);
                state.reason = frame::encode(&error).ok().map(|frame| frame[4..].to_vec());
                Err(error)
            }
        }
    }

    /// Asks the child of the day, and names it: handles in the answer are its.
    ///
    /// `operation` is made anew for a second child only when the first one had ended before it was asked.
    pub(crate) fn call(
        &self,
        operation: impl Fn() -> Operation,
    ) -> Result<(Answer, Arc<Child>), TokenError> {
        for _ in 0..MAX_CHILDREN {
            let child = self.child()?;
            if let Some(answer) = self.ask(&child, operation()) {
                return answer.map(|answer| (answer, child));
            }
        }
        Err(self.lost("start", None, End::Crashed))
    }

    /// Asks this child; nothing when it had ended before.
    pub(crate) fn ask(
        &self,
        child: &Child,
        operation: Operation,
    ) -> Option<Result<Answer, TokenError>> {
        let name = operation.name();
        let shown_to = operation.shows_pin_to();
        match child.call(operation, &self.options.deadlines) {
            Ok(answer) => Some(answer),
            Err(Unanswered::NotAsked) => None,
            Err(Unanswered::Lost(end)) => Some(Err(self.lost(name, shown_to, end))),
        }
    }

    /// What a call says whose child ended. When it had shown a PIN, the state of the PIN is read through a new child.
    fn lost(&self, operation: &'static str, shown_to: Option<TokenName>, end: End) -> TokenError {
        let pin = || shown_to.and_then(|token| self.pin_state_afterwards(&token));
        let operation = operation.into();
        match end {
            End::Hung => TokenError::Hung {
                operation,
                pin: pin(),
            },
            End::Crashed => TokenError::Crashed {
                operation,
                pin: pin(),
            },
            End::Nonsense => nonsense(),
        }
    }

    fn pin_state_afterwards(&self, token: &TokenName) -> Option<PinState> {
        let mut deadlines = self.options.deadlines;
        let due = Instant::now() + deadlines.reread;
        let child = self
            .child_within(deadlines.reread.min(deadlines.load))
            .ok()?;
        deadlines.list = deadlines
            .list
            .min(due.saturating_duration_since(Instant::now()));
        let Ok(Ok(Answer::Tokens(tokens))) = child.call(Operation::Tokens, &deadlines) else {
            return None;
        };
        let mut tokens = tokens.into_iter().filter(|info| match token {
            TokenName::Label(label) => info.label == *label,
            TokenName::Serial(serial) => info.serial == *serial,
        });
        // Two of one label: it cannot be told whose counter it is.
        tokens
            .next()
            .filter(|_| tokens.next().is_none())
            .map(|info| info.pin)
    }
}

fn pause(failures: u32) -> Duration {
    match failures.checked_sub(2) {
        None => Duration::ZERO,
        Some(doublings) => FIRST_PAUSE
            .saturating_mul(1 << doublings.min(16))
            .min(MAX_PAUSE),
    }
}

/// Says how often, when it is not the first time.
fn in_a_row(error: TokenError, failures: u32) -> TokenError {
    match error {
        TokenError::Crashed { operation, pin } if failures > 1 => TokenError::Crashed {
            operation: format!("{operation}, {failures} times in a row").into(),
            pin,
        },
        TokenError::Hung { operation, pin } if failures > 1 => TokenError::Hung {
            operation: format!("{operation}, {failures} times in a row").into(),
            pin,
        },
        error => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_short() {
        let pauses: Vec<_> = (0..9).map(|failures| pause(failures).as_millis()).collect();
        assert_eq!(pauses, [0, 0, 50, 100, 200, 400, 800, 1_000, 1_000]);
        assert_eq!(pause(u32::MAX), MAX_PAUSE);
    }
}
