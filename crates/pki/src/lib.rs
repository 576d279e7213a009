//! Certificates, chain checks, the [`Signer`] trait and JWS.
//!
//! Every part of the system proves who it is with an ECDSA key on P-256. This
//! crate holds what they share: the [`Certificate`] of such a key and the
//! [`Role`] that it was issued for, the check of a certificate against one CA
//! and its CRL ([`TrustAnchor`], [`Trust`]), signatures made by a key that may
//! live in a USB key or an encryption card ([`Signer`]), and the signed JSON
//! documents of the protocol ([`jws`]).
//!
//! ```
//! use wattkey_pki::{MemorySigner, Signer, Digest, jws};
//!
//! let key = MemorySigner::generate();
//! let certificate = Digest::of(b"stands for a certificate");
//! let text = jws::sign_compact(&key, "example+jws", certificate, b"{}")?;
//! let compact = jws::Compact::parse(&text, "example+jws", 1024)?;
//! assert_eq!(compact.verify(key.public_key())?, b"{}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Standards: X.509 certificates and CRLs RFC 5280, signatures FIPS 186-5 with
//! the forms of RFC 3279 §2.2.3 (DER) and RFC 7518 §3.4 (raw), JWS RFC 7515,
//! JWK RFC 7517, key thumbprints RFC 7638. The profiles and object identifiers
//! are those of `PROTOCOL.md`, sections 1 and 2.
//!
//! What it does not do: no chain longer than a certificate below its CA, no
//! other curve, no OCSP, no clock (`at` is passed in). Certificates are made
//! only with the feature `issue`, which the management tool alone enables.

mod certificate;
mod chain;
mod crl;
mod digest;
#[cfg(feature = "issue")]
pub mod issue;
pub mod jws;
mod key;
mod pem;
mod role;
mod signature;
mod signer;
mod trust;

pub use certificate::{Certificate, CertificateError, MAX_CERTIFICATE};
pub use chain::{AnchorError, ChainError, TrustAnchor};
pub use crl::{Crl, CrlError, MAX_CRL};
pub use digest::{Digest, DigestBuilder, DigestError};
pub use key::{Jwk, KeyError, PublicKey};
pub use role::Role;
pub use signature::{BadSignature, Signature, SignatureError};
pub use signer::{KeyFileError, MemorySigner, SignError, Signer};
pub use trust::{Trust, TrustError};

/// URL-safe base64 without padding (RFC 4648 §5), as all JSON of the protocol
/// writes bytes.
pub mod b64u {
    use base64ct::{Base64UrlUnpadded, Encoding};

    /// The text of `bytes`.
    #[must_use]
    pub fn encode(bytes: &[u8]) -> String {
        Base64UrlUnpadded::encode_string(bytes)
    }

    /// The bytes of `text`, or `None` when it is not the one way to write them.
    #[must_use]
    pub fn decode(text: &str) -> Option<Vec<u8>> {
        Base64UrlUnpadded::decode_vec(text).ok()
    }
}
