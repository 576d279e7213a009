//! Encapsulated requests, RFC 9458 §4.3.

use crate::config::KDF_ID;
use crate::kem::{KEM_ID, PublicKey};
use crate::response::{RESPONSE_LABEL, ResponseKey};
use crate::{
    Aead, DecapsulateError, Decapsulator, EncodedPoint, KeyConfiguration, MAX_CAPSULE,
    PendingResponse, Recipient, Responder,
};
use aws_lc_rs::digest::{SHA256, digest};
use hpke::aead::{AesGcm128, AesGcm256};
use hpke::kdf::HkdfSha256;
use hpke::kem::DhP256HkdfSha256;
use hpke::{Deserializable as _, HpkeError, OpModeS, Serializable as _, setup_sender};
use std::error::Error;
use zeroize::Zeroizing;

const REQUEST_LABEL: &[u8] = b"message/bhttp request";

/// Key id, KEM, KDF, AEAD.
const HEADER_LEN: usize = 7;
const ENC_LEN: usize = 65;
pub(crate) const TAG_LEN: usize = 16;

/// A request that was opened, and what answers it.
#[derive(Debug)]
pub struct Opened {
    /// The content: a Binary HTTP request, not yet decoded.
    pub message: Vec<u8>,
    /// SHA-256 over key id, algorithms and encapsulated key. A capsule that was seen before has the
    /// same, and no two fresh ones do: remember it for as long as the request would be accepted
    /// (RFC 9458 §6.5.1).
    pub replay_id: [u8; 32],
    /// Seals the one answer.
    pub responder: Responder,
}

/// Why a capsule or an answer was not opened.
///
/// To a peer only [`OpenError::UnknownKey`] may look different (RFC 9458 §5.3).
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no key of the id that the capsule names: fetch the configuration again.
    #[error("capsule names an unknown key")]
    UnknownKey,
    /// Malformed, tampered with, for another key, or in algorithms that the key is not used with.
    #[error("capsule cannot be opened")]
    Unopenable,
    /// The card failed; the capsule may be good.
    #[error("the card could not open the capsule")]
    Device(#[source] Box<dyn Error + Send + Sync>),
}

impl From<DecapsulateError> for OpenError {
    fn from(error: DecapsulateError) -> Self {
        match error {
            DecapsulateError::UnknownKey => Self::UnknownKey,
            DecapsulateError::Point => Self::Unopenable,
            DecapsulateError::Device(error) => Self::Device(error),
        }
    }
}

/// Why nothing was sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The message does not fit a capsule of [`MAX_CAPSULE`] bytes.
    #[error("message of {0} bytes is too large for a capsule")]
    TooLarge(usize),
    /// The key configuration has no algorithm, or a public key that is no point of P-256.
    #[error("key configuration cannot be used")]
    Configuration,
    /// The algorithm itself failed.
    #[error("encryption failed")]
    Encryption,
}

/// Seals `message` to the key of `config` with its first algorithm.
///
/// Returns the capsule (`message/ohttp-req`) and what opens the answer. A message is sealed once: to
/// repeat a request, seal it again.
pub fn seal_request(
    config: &KeyConfiguration,
    message: &[u8],
) -> Result<(Vec<u8>, PendingResponse), SealError> {
    let aead = *config.aeads.first().ok_or(SealError::Configuration)?;
    let recipient =
        PublicKey::from_bytes(&config.public_key).map_err(|_| SealError::Configuration)?;
    let length = HEADER_LEN + ENC_LEN + message.len() + TAG_LEN;
    if length > MAX_CAPSULE {
        return Err(SealError::TooLarge(message.len()));
    }
    let header = header(config.key_id, aead);
    let info = request_info(&header);
    let sealed = match aead {
        Aead::Aes128Gcm => seal::<AesGcm128>(&recipient, &info, message, aead),
        Aead::Aes256Gcm => seal::<AesGcm256>(&recipient, &info, message, aead),
    };
    let (enc, ciphertext, secret) = sealed.map_err(|_| SealError::Encryption)?;
    let capsule = [header.as_slice(), &enc, &ciphertext].concat();
    Ok((
        capsule,
        PendingResponse(ResponseKey::new(aead, secret, &enc)),
    ))
}

/// Opens a capsule (`message/ohttp-req`) that was sealed to one of `configs`.
pub fn open_request(
    decapsulator: &dyn Decapsulator,
    configs: &[KeyConfiguration],
    capsule: &[u8],
) -> Result<Opened, OpenError> {
    if capsule.len() > MAX_CAPSULE {
        return Err(OpenError::Unopenable);
    }
    let parts = Parts::split(capsule).ok_or(OpenError::Unopenable)?;
    let config = configs
        .iter()
        .find(|config| config.key_id == parts.header[0])
        .ok_or(OpenError::UnknownKey)?;
    // The header is compared whole, so that KEM and KDF need no parsing.
    let aead = *config
        .aeads
        .iter()
        .find(|aead| header(config.key_id, **aead) == *parts.header)
        .ok_or(OpenError::Unopenable)?;
    let info = request_info(parts.header);
    let mut recipient = Recipient::set_up(decapsulator, config, aead, parts.enc, &info)?;
    let message = recipient.open(&[], parts.ciphertext)?;
    let mut secret = Zeroizing::new(vec![0; ResponseKey::secret_len(aead)]);
    recipient.export(RESPONSE_LABEL, &mut secret)?;
    Ok(Opened {
        message,
        replay_id: parts.replay_id(),
        responder: Responder(ResponseKey::new(aead, secret, parts.enc)),
    })
}

/// A capsule taken apart, nothing checked.
struct Parts<'a> {
    capsule: &'a [u8],
    header: &'a [u8; HEADER_LEN],
    enc: &'a EncodedPoint,
    ciphertext: &'a [u8],
}

impl<'a> Parts<'a> {
    fn split(capsule: &'a [u8]) -> Option<Self> {
        let (header, rest) = capsule.split_first_chunk::<HEADER_LEN>()?;
        let (enc, ciphertext) = rest.split_first_chunk::<ENC_LEN>()?;
        Some(Self {
            capsule,
            header,
            enc,
            ciphertext,
        })
    }

    fn replay_id(&self) -> [u8; 32] {
        digest(&SHA256, &self.capsule[..HEADER_LEN + ENC_LEN])
            .as_ref()
            .try_into()
            .expect("SHA-256 gives 32 bytes")
    }
}

fn header(key_id: u8, aead: Aead) -> [u8; HEADER_LEN] {
    let [m1, m2] = KEM_ID.to_be_bytes();
    let [d1, d2] = KDF_ID.to_be_bytes();
    let [a1, a2] = aead.id().to_be_bytes();
    [key_id, m1, m2, d1, d2, a1, a2]
}

fn request_info(header: &[u8; HEADER_LEN]) -> Vec<u8> {
    [REQUEST_LABEL, &[0], header].concat()
}

type Sealed = (EncodedPoint, Vec<u8>, Zeroizing<Vec<u8>>);

fn seal<A: hpke::aead::Aead>(
    recipient: &PublicKey,
    info: &[u8],
    message: &[u8],
    aead: Aead,
) -> Result<Sealed, HpkeError> {
    let (enc, mut context) =
        setup_sender::<A, HkdfSha256, DhP256HkdfSha256>(&OpModeS::Base, recipient, info)?;
    let ciphertext = context.seal(message, &[])?;
    let mut secret = Zeroizing::new(vec![0; ResponseKey::secret_len(aead)]);
    context.export(RESPONSE_LABEL, &mut secret)?;
    Ok((enc.to_bytes().into(), ciphertext, secret))
}
