//! A private key in memory.

use crate::{DecapsulateError, Decapsulator, EncodedPoint};
use aws_lc_rs::agreement::{self, ECDH_P256, PrivateKey, UnparsedPublicKey};
use aws_lc_rs::error::Unspecified;
use zeroize::Zeroizing;

/// One P-256 key in the memory of this process: for tests, tools, and gateways without a card.
pub struct SoftwareKey {
    key_id: u8,
    private: PrivateKey,
    public: EncodedPoint,
}

impl SoftwareKey {
    /// A new random key.
    pub fn generate(key_id: u8) -> Result<Self, Unspecified> {
        Self::new(key_id, PrivateKey::generate(&ECDH_P256)?)
    }

    /// The key of a big-endian scalar, as `SerializePrivateKey` writes it (RFC 9180 §7.1.2).
    pub fn from_scalar(key_id: u8, scalar: &[u8; 32]) -> Result<Self, Unspecified> {
        let private = PrivateKey::from_private_key(&ECDH_P256, scalar).map_err(|_| Unspecified)?;
        Self::new(key_id, private)
    }

    /// The public half, for the key configuration.
    pub fn public_key(&self) -> &EncodedPoint {
        &self.public
    }

    fn new(key_id: u8, private: PrivateKey) -> Result<Self, Unspecified> {
        let public = private.compute_public_key()?;
        let public = public.as_ref().try_into().map_err(|_| Unspecified)?;
        Ok(Self {
            key_id,
            private,
            public,
        })
    }
}

impl std::fmt::Debug for SoftwareKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SoftwareKey")
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

impl Decapsulator for SoftwareKey {
    fn ecdh(
        &self,
        key_id: u8,
        peer: &EncodedPoint,
    ) -> Result<Zeroizing<[u8; 32]>, DecapsulateError> {
        if key_id != self.key_id {
            return Err(DecapsulateError::UnknownKey);
        }
        let peer = UnparsedPublicKey::new(&ECDH_P256, peer);
        agreement::agree(&self.private, peer, DecapsulateError::Point, |x| {
            let x = x.try_into().map_err(|_| DecapsulateError::Point)?;
            Ok(Zeroizing::new(x))
        })
    }
}
