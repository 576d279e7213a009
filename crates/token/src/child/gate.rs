//! How many calls are under way at a time.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Most calls at a time: as many as a card has sessions, and fewer than the child has threads.
///
/// Those that come after wait here, where the deadline of a call does not run yet: a busy module is not a hung one.
pub(super) const MAX_CALLS: usize = 16;

#[derive(Default)]
pub(super) struct Gate {
    inside: Mutex<usize>,
    left: Condvar,
}

impl Gate {
    /// Waits for a turn; nothing when none comes in time.
    pub(super) fn enter(&self, wait: Duration) -> Option<Turn<'_>> {
        let (mut inside, _) = self
            .left
            .wait_timeout_while(self.inside(), wait, |inside| *inside >= MAX_CALLS)
            .unwrap_or_else(PoisonError::into_inner);
        if *inside >= MAX_CALLS {
            return None;
        }
        *inside += 1;
        Some(Turn(self))
    }

    fn inside(&self) -> MutexGuard<'_, usize> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call under way.
pub(super) struct Turn<'a>(&'a Gate);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.inside() -= 1;
        self.0.left.notify_one();
    }
}
