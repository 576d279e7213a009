//! The session statement (`PROTOCOL.md` section 6): the authentication key says which key in
//! memory speaks for it, for at most fifteen minutes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wattkey_pki::{Certificate, Digest, Jwk, PublicKey, SignError, Signer, jws};

use crate::{json, names::REQUEST_WINDOW_S};

/// `typ` of the statement.
pub const TYPE: &str = "wattkey-session+jws";
/// Longest life of a session.
pub const MAX_LIFETIME_S: i64 = 900;
/// Longest statement that is read.
pub const MAX_LEN: usize = 2048;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    aud: String,
    iat: i64,
    exp: i64,
    cnf: Confirmation,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirmation {
    jwk: Jwk,
}

/// Why a session statement is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// It is not a statement of this protocol.
    #[error("the session statement is malformed: {0}")]
    Malformed(String),
    /// It names another certificate than the connection's.
    #[error("the session statement names another certificate")]
    OtherCertificate,
    /// It was made for another service.
    #[error("the session statement is for another service")]
    Audience,
    /// It has ended, has not begun, or claims too long a life.
    #[error("the session statement is not valid now")]
    Time,
    /// The authentication key did not sign it.
    #[error("the session statement was not signed by this certificate's key")]
    Signature,
}

/// Makes a statement for the session key, valid from `now` for `lifetime_s` seconds.
///
/// # Errors
/// When the authentication key does not sign.
pub fn sign(
    authentication: &dyn Signer,
    certificate: Digest,
    audience: &str,
    session: &PublicKey,
    now: Timestamp,
    lifetime_s: i64,
) -> Result<String, SignError> {
    let iat = now.as_second();
    let claims = Claims {
        aud: audience.to_owned(),
        iat,
        exp: iat + lifetime_s,
        cnf: Confirmation { jwk: session.jwk() },
    };
    let payload = serde_json::to_vec(&claims).expect("claims are JSON");
    jws::sign_compact(authentication, TYPE, certificate, &payload)
}

/// Verifies a statement; gives the session key that it names.
///
/// # Errors
/// [`SessionError`]; the certificate itself must have been checked before.
pub fn verify(
    text: &str,
    certificate: &Certificate,
    audience: &str,
    now: Timestamp,
) -> Result<PublicKey, SessionError> {
    let malformed = |e: &dyn std::fmt::Display| SessionError::Malformed(e.to_string());
    let compact = jws::Compact::parse(text, TYPE, MAX_LEN).map_err(|e| malformed(&e))?;
    if compact.certificate() != certificate.thumbprint() {
        return Err(SessionError::OtherCertificate);
    }
    let payload = compact
        .verify(certificate.public_key())
        .map_err(|_| SessionError::Signature)?;
    let claims: Claims = json::read(payload).map_err(|e| malformed(&e))?;
    if claims.aud != audience {
        return Err(SessionError::Audience);
    }
    let now = now.as_second();
    let lifetime = claims
        .exp
        .checked_sub(claims.iat)
        .ok_or(SessionError::Time)?;
    let begun = claims.iat <= now.saturating_add(REQUEST_WINDOW_S);
    if !(1..=MAX_LIFETIME_S).contains(&lifetime) || !begun || claims.exp <= now {
        return Err(SessionError::Time);
    }
    PublicKey::from_jwk(&claims.cnf.jwk).map_err(|e| malformed(&e))
}
