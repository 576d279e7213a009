//! A card's key as a signer.

use std::sync::Arc;

use wattkey_pki::{PublicKey, SignError, Signature, Signer};

use crate::local::Card;

#[derive(Debug)]
pub(super) struct CardSigner {
    card: Arc<Card>,
    id: Vec<u8>,
    public_key: PublicKey,
}

impl CardSigner {
    pub(super) fn new(card: Arc<Card>, id: &[u8], public_key: PublicKey) -> Self {
        Self {
            card,
            id: id.to_vec(),
            public_key,
        }
    }
}

impl Signer for CardSigner {
    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        self.card
            .sign(&self.id, message)
            .map_err(|error| SignError(error.into()))
    }
}
