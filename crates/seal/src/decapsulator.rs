//! Where the gateway's private keys live.

use crate::EncodedPoint;
use std::error::Error;
use zeroize::Zeroizing;

/// Holds the private keys of key configurations and does one thing with them.
///
/// RFC 9180 §4.1 calls it `DH(skR, pkE)`; the result for P-256 is the 32-byte x coordinate (§7.1.1).
pub trait Decapsulator: Send + Sync {
    /// The x coordinate of the ECDH between the private key of `key_id` and `peer`.
    ///
    /// `peer` is an uncompressed point (SEC 1 §2.3.3) that was found to be on the curve.
    fn ecdh(
        &self,
        key_id: u8,
        peer: &EncodedPoint,
    ) -> Result<Zeroizing<[u8; 32]>, DecapsulateError>;
}

/// Why a [`Decapsulator`] gave no result.
#[derive(Debug, thiserror::Error)]
pub enum DecapsulateError {
    /// It has no key of this id.
    #[error("no private key of this id")]
    UnknownKey,
    /// It does not take the peer's point.
    #[error("the peer's point is refused")]
    Point,
    /// The card or its driver failed; nothing is said about the capsule.
    #[error("the key agreement failed in the device")]
    Device(#[source] Box<dyn Error + Send + Sync>),
}
