//! The session: a key in memory that the authentication key lets speak for it.
//!
//! PROTOCOL.md sections 6 and 7. The statement lives at most fifteen minutes and is renewed while
//! the USB key is unlocked; dropping the session (lock, exit) forgets the key.

use jiff::{SignedDuration, Timestamp};
use wattkey_pki::{Digest, MemorySigner, SignError, Signer};
use wattkey_protocol::session;

/// A statement with less than this left is renewed before the next request.
const RENEW_BEFORE_END: SignedDuration = SignedDuration::from_secs(120);

/// A session key and the statement for it.
#[derive(Debug)]
pub struct Session {
    key: MemorySigner,
    statement: String,
    expires: Timestamp,
}

impl Session {
    /// Makes a key and has the authentication key sign for it. `now` is the service's time.
    ///
    /// # Errors
    /// When the USB key does not sign.
    pub fn begin(
        authentication: &dyn Signer,
        certificate: Digest,
        audience: &str,
        now: Timestamp,
    ) -> Result<Session, SignError> {
        let key = MemorySigner::generate();
        let lifetime_s = session::MAX_LIFETIME_S;
        let statement = session::sign(
            authentication,
            certificate,
            audience,
            key.public_key(),
            now,
            lifetime_s,
        )?;
        let expires = now.saturating_add(SignedDuration::from_secs(lifetime_s));
        Ok(Session {
            key,
            statement,
            expires: expires.unwrap_or(now),
        })
    }

    /// Whether it still has time for a request. `now` is the service's time.
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.expires.duration_since(now) > RENEW_BEFORE_END
    }

    /// Signs requests.
    #[must_use]
    pub fn key(&self) -> &dyn Signer {
        &self.key
    }

    /// The statement, as it travels in `wattkey-session`.
    #[must_use]
    pub fn statement(&self) -> &str {
        &self.statement
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_renewed_before_its_end() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let after = |seconds| now + SignedDuration::from_secs(seconds);
        let authentication = MemorySigner::generate();
        let session = Session::begin(
            &authentication,
            Digest::of(b"c"),
            "https://pay.example",
            now,
        )
        .unwrap();
        assert!(session.is_fresh(now));
        assert!(session.is_fresh(after(900 - 121)));
        assert!(!session.is_fresh(after(900 - 120)));
    }
}
