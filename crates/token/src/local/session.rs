//! Sessions, and which of them are still ours.
//!
//! A module forgets the sessions of a token that was pulled out, and may give their handles to new ones: OpenSC's are
//! addresses in memory. Closing, logging out or signing with the handle of a forgotten session would then hit the
//! session of another login. So it is written down who got a handle last.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cryptoki::session::Session;

/// Who got each handle last.
#[derive(Debug, Default)]
pub(crate) struct Registry(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    holders: HashMap<u64, u64>,
    opened: u64,
}

impl Registry {
    /// Writes a new session down. Another that had its handle is no longer ours.
    pub(crate) fn hold(self: &Arc<Self>, session: Session) -> OpenSession {
        let mut entries = self.entries();
        entries.opened += 1;
        let number = entries.opened;
        entries.holders.insert(handle(&session), number);
        drop(entries);
        OpenSession {
            session: Some(session),
            number,
            registry: Arc::clone(self),
        }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A session that is closed at its end, unless its handle belongs to another one by then.
pub(crate) struct OpenSession {
    session: Option<Session>,
    number: u64,
    registry: Arc<Registry>,
}

impl OpenSession {
    /// Whether its handle is still its own.
    pub(crate) fn is_ours(&self) -> bool {
        let entries = self.registry.entries();
        entries.holders.get(&handle(self)) == Some(&self.number)
    }
}

impl Deref for OpenSession {
    type Target = Session;

    fn deref(&self) -> &Session {
        self.session
            .as_ref()
            .expect("the session is taken at its end only")
    }
}

impl Drop for OpenSession {
    fn drop(&mut self) {
        let Some(session) = self.session.take() else {
            return;
        };
        let mut entries = self.registry.entries();
        if entries.holders.get(&handle(&session)) == Some(&self.number) {
            entries.holders.remove(&handle(&session));
            drop(entries);
            drop(session);
        } else {
            // Closing it would close the other one.
            std::mem::forget(session);
        }
    }
}

#[expect(
    clippy::useless_conversion,
    reason = "CK_ULONG has 32 bits on some systems"
)]
fn handle(session: &Session) -> u64 {
    session.handle().into()
}
