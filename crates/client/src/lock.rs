//! The end of a session from outside: the USB key was pulled out, its login is gone, the user locked.
//!
//! The session key lives here and nowhere else, so that whoever locks takes it away at once, also
//! while a call of the [`Client`](crate::client::Client) is on its way.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::connection::ServiceError;
use crate::session::Session;

/// Why the session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locked {
    /// The user, or the program for the user, locked it.
    ByUser,
    /// The USB key was pulled out, or another one is in its place.
    KeyPulled,
    /// The key's module hung or crashed and was restarted: the key has forgotten the PIN.
    ModuleRestarted,
    /// It can no longer be told whether the key is plugged in.
    Unwatched,
}

impl Locked {
    /// In words, for logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Locked::ByUser => "by the user",
            Locked::KeyPulled => "the USB key was pulled out",
            Locked::ModuleRestarted => "the USB key's module was restarted",
            Locked::Unwatched => "the USB key can no longer be watched",
        }
    }
}

/// The lock of one session, shared by the client and whoever may lock it.
#[derive(Debug, Clone)]
pub struct SessionLock {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    told: watch::Sender<Option<Locked>>,
}

#[derive(Debug, Default)]
struct State {
    session: Option<Session>,
    locked: Option<Locked>,
}

impl SessionLock {
    pub(crate) fn new() -> SessionLock {
        SessionLock {
            shared: Arc::new(Shared {
                state: Mutex::default(),
                told: watch::Sender::new(None),
            }),
        }
    }

    /// Ends the session and forgets its key. The first reason stays.
    pub fn lock(&self, why: Locked) {
        let ended = {
            let mut state = self.state();
            state.locked.get_or_insert(why);
            state.session.take()
        };
        drop(ended);
        self.shared.told.send_if_modified(|told| {
            let first = told.is_none();
            told.get_or_insert(why);
            first
        });
    }

    /// Why it is locked; nothing while it is not.
    #[must_use]
    pub fn locked(&self) -> Option<Locked> {
        self.state().locked
    }

    /// Waits until it is locked.
    pub async fn until_locked(&self) -> Locked {
        let mut told = self.shared.told.subscribe();
        loop {
            if let Some(why) = *told.borrow_and_update() {
                return why;
            }
            // The sender is in `self`: it cannot be gone.
            let _ = told.changed().await;
        }
    }

    /// Keeps a session, unless it is locked by now.
    pub(crate) fn keep(&self, session: Session) -> Result<(), Locked> {
        let mut state = self.state();
        match state.locked {
            Some(why) => Err(why),
            None => {
                state.session = Some(session);
                Ok(())
            }
        }
    }

    /// Forgets the session; the next request begins another.
    pub(crate) fn forget(&self) {
        let ended = self.state().session.take();
        drop(ended);
    }

    /// Works with the session; nothing when there is none.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&Session) -> T) -> Option<T> {
        self.state().session.as_ref().map(work)
    }

    /// The error of a request that found no session.
    pub(crate) fn ended(&self) -> ServiceError {
        ServiceError::Locked {
            why: self.locked().unwrap_or(Locked::ByUser),
            perhaps_sent: false,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use wattkey_pki::{Digest, MemorySigner};

    use super::*;

    fn session() -> Session {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let (key, certificate) = (MemorySigner::generate(), Digest::of(b"certificate"));
        Session::begin(&key, certificate, "https://pay.example", now).unwrap()
    }

    #[test]
    fn locking_takes_the_session_away_for_good() {
        let lock = SessionLock::new();
        lock.keep(session()).unwrap();
        assert!(lock.with(|_| ()).is_some());
        lock.clone().lock(Locked::KeyPulled);
        assert!(lock.with(|_| ()).is_none());
        assert_eq!(lock.keep(session()), Err(Locked::KeyPulled));
        assert!(lock.with(|_| ()).is_none());
    }

    #[test]
    fn the_first_reason_stays() {
        let lock = SessionLock::new();
        assert_eq!(lock.locked(), None);
        lock.lock(Locked::KeyPulled);
        lock.lock(Locked::ByUser);
        assert_eq!(lock.locked(), Some(Locked::KeyPulled));
    }

    #[tokio::test]
    async fn who_waits_is_told_also_afterwards() {
        let lock = SessionLock::new();
        let waiting = tokio::spawn({
            let lock = lock.clone();
            async move { lock.until_locked().await }
        });
        lock.lock(Locked::ModuleRestarted);
        assert_eq!(waiting.await.unwrap(), Locked::ModuleRestarted);
        assert_eq!(lock.until_locked().await, Locked::ModuleRestarted);
    }
}
