//! The keys that open capsules (RFC 9458), in a card.

use std::sync::Arc;

use wattkey_seal::{DecapsulateError, Decapsulator, EncodedPoint};
use zeroize::Zeroizing;

use crate::{Card, TokenError, key_id};

/// Capsule keys of a card, by the key identifiers of their configurations.
#[derive(Debug)]
pub struct CapsuleKeys {
    card: Arc<Card>,
    key_ids: Vec<u8>,
}

impl CapsuleKeys {
    /// Opens capsules for these key identifiers; others are unknown, also when the card has such a key.
    #[must_use]
    pub fn new(card: Arc<Card>, key_ids: Vec<u8>) -> Self {
        Self { card, key_ids }
    }
}

impl Decapsulator for CapsuleKeys {
    fn ecdh(
        &self,
        key_id: u8,
        peer: &EncodedPoint,
    ) -> Result<Zeroizing<[u8; 32]>, DecapsulateError> {
        if !self.key_ids.contains(&key_id) {
            return Err(DecapsulateError::UnknownKey);
        }
        self.card
            .ecdh(&key_id::capsule(key_id), peer)
            .map_err(|error| match error {
                TokenError::Point => DecapsulateError::Point,
                error => DecapsulateError::Device(error.into()),
            })
    }
}
