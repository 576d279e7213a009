//! The recipient's HPKE context (RFC 9180 §5.1.1, base mode) over a [`Decapsulator`].

use crate::kem::{Derived, EncappedKey, PublicKey, RemoteKem};
use crate::{Aead, Decapsulator, EncodedPoint, KeyConfiguration, OpenError};
use hpke::aead::{AeadCtxR, AesGcm128, AesGcm256};
use hpke::kdf::HkdfSha256;
use hpke::{Deserializable as _, OpModeR, setup_receiver};

/// `SetupBaseR` done: opens ciphertexts in their order and exports secrets.
///
/// [`open_request`](crate::open_request) is this with the `info` of RFC 9458; use it directly for
/// other HPKE messages, such as the test vectors of RFC 9180.
pub struct Recipient(Context);

enum Context {
    Aes128(AeadCtxR<AesGcm128, HkdfSha256, RemoteKem>),
    Aes256(AeadCtxR<AesGcm256, HkdfSha256, RemoteKem>),
}

impl Recipient {
    /// `SetupBaseR(enc, skR, info)`, RFC 9180 §5.1.1, with the private key of `config.key_id`.
    ///
    /// `enc` is checked to be a point of P-256 before the decapsulator sees it.
    pub fn set_up(
        decapsulator: &dyn Decapsulator,
        config: &KeyConfiguration,
        aead: Aead,
        enc: &EncodedPoint,
        info: &[u8],
    ) -> Result<Self, OpenError> {
        let point = EncappedKey::from_bytes(enc).map_err(|_| OpenError::Unopenable)?;
        let recipient =
            PublicKey::from_bytes(&config.public_key).map_err(|_| OpenError::Unopenable)?;
        let x = decapsulator.ecdh(config.key_id, enc)?;
        let derived = Derived { x, recipient };
        let context = match aead {
            Aead::Aes128Gcm => {
                setup_receiver(&OpModeR::Base, &derived, &point, info).map(Context::Aes128)
            }
            Aead::Aes256Gcm => {
                setup_receiver(&OpModeR::Base, &derived, &point, info).map(Context::Aes256)
            }
        };
        Ok(Self(context.map_err(|_| OpenError::Unopenable)?))
    }

    /// `Context.Open(aad, ct)`, RFC 9180 §5.2; the sequence number goes up with each success.
    pub fn open(&mut self, aad: &[u8], ciphertext: &[u8]) -> Result<Vec<u8>, OpenError> {
        match &mut self.0 {
            Context::Aes128(context) => context.open(ciphertext, aad),
            Context::Aes256(context) => context.open(ciphertext, aad),
        }
        .map_err(|_| OpenError::Unopenable)
    }

    /// `Context.Export(exporter_context, L)`, RFC 9180 §5.3; fills `out`, at most 8,160 bytes.
    pub fn export(&self, exporter_context: &[u8], out: &mut [u8]) -> Result<(), OpenError> {
        match &self.0 {
            Context::Aes128(context) => context.export(exporter_context, out),
            Context::Aes256(context) => context.export(exporter_context, out),
        }
        .map_err(|_| OpenError::Unopenable)
    }
}

impl std::fmt::Debug for Recipient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recipient").finish_non_exhaustive()
    }
}
