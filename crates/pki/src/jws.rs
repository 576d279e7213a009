//! Signed documents: JWS (RFC 7515) with ES256, in the two forms that the
//! protocol uses.
//!
//! [`Compact`] has one signature and names the signer's certificate by its
//! thumbprint; the verifier has the certificate already. [`General`] has
//! several and carries each signer's certificates, so that it verifies
//! offline.
//!
//! Both accept exactly the header members that they write themselves. A header
//! with any other (`crit`, `jwk`, `jku`, …), with one twice, or with another
//! algorithm is refused before a signature is looked at.

mod compact;
mod general;

pub use compact::{Compact, sign_compact};
pub use general::{General, MAX_CHAIN, MAX_SIGNATURES};

use crate::{CertificateError, SignatureError};

const ALGORITHM: &str = "ES256";

/// The text is not a JWS of this protocol.
#[derive(Debug, thiserror::Error)]
pub enum JwsError {
    /// Longer than the caller's bound.
    #[error("the signed document has {length} bytes, at most {limit} are read")]
    TooLong {
        /// Bytes that came.
        length: usize,
        /// Bytes that are read.
        limit: usize,
    },
    /// Compact form: not three parts between two dots.
    #[error("not a JWS in compact form (header.payload.signature)")]
    Shape,
    /// General form: not the JSON of RFC 7515 §7.2.1, or with other members.
    #[error("not a JWS in general form")]
    Json(#[source] serde_json::Error),
    /// A part is not base64url without padding.
    #[error("the {0} is not base64url without padding")]
    Base64(&'static str),
    /// The header is not JSON, has a member that is not allowed, lacks one or
    /// has one twice.
    #[error("the protected header is not one of this protocol")]
    Header(#[source] serde_json::Error),
    /// `alg` is not ES256.
    #[error("the algorithm is not ES256")]
    Algorithm,
    /// `typ` is that of another document.
    #[error("the type is not {wanted}")]
    Type {
        /// The type that was asked for.
        wanted: String,
    },
    /// The signature has not 64 octets.
    #[error("the signature is malformed")]
    Signature(#[source] SignatureError),
    /// No signature, or more than [`MAX_SIGNATURES`].
    #[error("{0} signatures; there must be 1 to {MAX_SIGNATURES}")]
    Count(usize),
    /// `x5c` is empty or longer than [`MAX_CHAIN`].
    #[error("{0} certificates in x5c; there must be 1 to {MAX_CHAIN}")]
    ChainLength(usize),
    /// A certificate of `x5c` cannot be read.
    #[error("a certificate of x5c cannot be read")]
    Certificate(#[source] CertificateError),
    /// `x5t#S256` is not the thumbprint of the first certificate of `x5c`.
    #[error("x5t#S256 and x5c name different certificates")]
    Thumbprint,
}

fn check_length(length: usize, limit: usize) -> Result<(), JwsError> {
    if length > limit {
        return Err(JwsError::TooLong { length, limit });
    }
    Ok(())
}

fn check_algorithm_and_type(alg: &str, typ: &str, wanted: &str) -> Result<(), JwsError> {
    if alg != ALGORITHM {
        return Err(JwsError::Algorithm);
    }
    if typ != wanted {
        return Err(JwsError::Type {
            wanted: wanted.to_owned(),
        });
    }
    Ok(())
}
