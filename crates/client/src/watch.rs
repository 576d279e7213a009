//! Whether the USB key stays where it is, followed on a thread of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use wattkey_token::{Event, Module, TokenError, UnlockedKey};

use crate::lock::{Locked, SessionLock};

/// How long one wait for an event lasts; a watch that is no longer wanted ends after it.
const WAIT: Duration = Duration::from_millis(250);
/// Pause after an answer that failed.
const PAUSE: Duration = Duration::from_millis(100);
/// So many failures in a row, and nobody knows any more whether the key is there.
const MAX_FAILURES: u32 = 5;

/// Locks a session when its USB key goes. Ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Watch {
    stop: Arc<AtomicBool>,
}

impl Watch {
    /// Begins to follow an unlocked key.
    pub(crate) fn start(
        module: &Arc<Module>,
        key: &UnlockedKey,
        lock: &SessionLock,
    ) -> Result<Watch, TokenError> {
        let mut events = Module::events(module)?;
        let login = key.login_check();
        // What was pulled before the watch began is no event for it.
        key.pin_state()?;
        login.ask()?;
        let stop = Arc::new(AtomicBool::new(false));
        let (watching, serial) = (Watching::new(lock, &stop), key.info().serial.clone());
        std::thread::spawn(move || {
            let mut failures = 0;
            while watching.is_wanted() {
                let verdict = match verdict(&events.next(WAIT), &serial) {
                    Verdict::Stays => verdict_of_login(&login.ask()),
                    verdict => verdict,
                };
                match verdict {
                    Verdict::Stays => failures = 0,
                    Verdict::Gone(why) => watching.lock.lock(why),
                    Verdict::Unclear if failures == MAX_FAILURES => {
                        watching.lock.lock(Locked::Unwatched);
                    }
                    Verdict::Unclear => {
                        failures += 1;
                        std::thread::sleep(PAUSE);
                    }
                }
            }
        });
        Ok(Watch { stop })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// What the thread holds. However it ends, a session that is still wanted does not go on without it.
struct Watching {
    lock: SessionLock,
    stopped: Arc<AtomicBool>,
}

impl Watching {
    fn new(lock: &SessionLock, stop: &Arc<AtomicBool>) -> Watching {
        Watching {
            lock: lock.clone(),
            stopped: Arc::clone(stop),
        }
    }

    fn is_wanted(&self) -> bool {
        !self.stopped.load(Ordering::Relaxed) && self.lock.locked().is_none()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        if self.is_wanted() {
            self.lock.lock(Locked::Unwatched);
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Stays,
    Gone(Locked),
    Unclear,
}

/// What an event says of the key of this serial number.
fn verdict(answer: &Result<Option<Event>, TokenError>, serial: &str) -> Verdict {
    match answer {
        Ok(Some(Event::PulledOut { serial: pulled, .. })) if pulled == serial => {
            Verdict::Gone(Locked::KeyPulled)
        }
        // Plugged in elsewhere before anyone saw it go: it has forgotten the PIN.
        Ok(Some(Event::PluggedIn(info))) if info.serial == serial => {
            Verdict::Gone(Locked::KeyPulled)
        }
        Ok(Some(Event::ModuleRestarted)) => Verdict::Gone(Locked::ModuleRestarted),
        Ok(_) => Verdict::Stays,
        Err(TokenError::Hung { .. } | TokenError::Crashed { .. }) => {
            Verdict::Gone(Locked::ModuleRestarted)
        }
        Err(_) => Verdict::Unclear,
    }
}

/// What the login says of itself: a key that was pulled out and put back between two looks is no event, but has
/// forgotten the PIN.
fn verdict_of_login(answer: &Result<(), TokenError>) -> Verdict {
    match answer {
        Ok(()) => Verdict::Stays,
        Err(TokenError::Removed | TokenError::Locked) => Verdict::Gone(Locked::KeyPulled),
        Err(TokenError::Hung { .. } | TokenError::Crashed { .. }) => {
            Verdict::Gone(Locked::ModuleRestarted)
        }
        Err(_) => Verdict::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use wattkey_token::{PinState, TokenInfo};

    use super::*;

    #[test]
    fn only_the_key_itself_and_its_module_end_the_session() {
        let pulled = |serial: &str| Event::PulledOut {
            serial: serial.into(),
            reader: "Reader 1".into(),
        };
        let plugged_in = |serial: &str| {
            Event::PluggedIn(TokenInfo {
                label: String::new(),
                serial: serial.into(),
                manufacturer: String::new(),
                model: String::new(),
                reader: "Reader 2".into(),
                pin: PinState::default(),
                pin_length: None,
            })
        };
        let hung = || TokenError::Hung {
            operation: "list the slots".into(),
            pin: None,
        };
        let table = [
            (Ok(None), Verdict::Stays),
            (Ok(Some(pulled("2"))), Verdict::Stays),
            (Ok(Some(plugged_in("2"))), Verdict::Stays),
            (Ok(Some(pulled("1"))), Verdict::Gone(Locked::KeyPulled)),
            (Ok(Some(plugged_in("1"))), Verdict::Gone(Locked::KeyPulled)),
            (
                Ok(Some(Event::ModuleRestarted)),
                Verdict::Gone(Locked::ModuleRestarted),
            ),
            (Err(hung()), Verdict::Gone(Locked::ModuleRestarted)),
            (Err(TokenError::Busy), Verdict::Unclear),
        ];
        for (answer, wanted) in table {
            assert_eq!(verdict(&answer, "1"), wanted, "{answer:?}");
        }
    }

    #[test]
    fn a_login_that_is_gone_ends_the_session() {
        let crashed = TokenError::Crashed {
            operation: "watch the tokens".into(),
            pin: None,
        };
        let table = [
            (Ok(()), Verdict::Stays),
            (Err(TokenError::Removed), Verdict::Gone(Locked::KeyPulled)),
            (Err(TokenError::Locked), Verdict::Gone(Locked::KeyPulled)),
            (Err(crashed), Verdict::Gone(Locked::ModuleRestarted)),
            (Err(TokenError::Busy), Verdict::Unclear),
        ];
        for (answer, wanted) in table {
            assert_eq!(verdict_of_login(&answer), wanted, "{answer:?}");
        }
    }

    #[test]
    fn a_watch_that_ends_unexpectedly_ends_the_session() {
        let (lock, stop) = (SessionLock::new(), Arc::default());
        let watching = Watching::new(&lock, &stop);
        let thread = std::thread::spawn(move || {
            let _watching = watching;
            panic!("something nobody thought of");
        });
        thread.join().unwrap_err();
        assert_eq!(lock.locked(), Some(Locked::Unwatched));
    }

    #[test]
    fn a_watch_that_is_dropped_leaves_the_session_alone() {
        let lock = SessionLock::new();
        let watch = Watch {
            stop: Arc::default(),
        };
        let watching = Watching::new(&lock, &watch.stop);
        drop(watch);
        drop(watching);
        assert_eq!(lock.locked(), None);
    }
}
