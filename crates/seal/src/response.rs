//! Encapsulated responses, RFC 9458 §4.4.

use crate::request::TAG_LEN;
use crate::{Aead, MAX_CAPSULE, OpenError, SealError};
use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, Algorithm, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use aws_lc_rs::rand;
use std::fmt;
use zeroize::Zeroizing;

pub(crate) const RESPONSE_LABEL: &[u8] = b"message/bhttp response";
const NONCE_LEN: usize = 12;

/// Opens the answer to a sealed request, once.
#[derive(Debug)]
pub struct PendingResponse(pub(crate) ResponseKey);

impl PendingResponse {
    /// Opens `sealed` (`message/ohttp-res`); returns the Binary HTTP response, not yet decoded.
    pub fn open(self, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        if sealed.len() > MAX_CAPSULE {
            return Err(OpenError::Unopenable);
        }
        let nonce_len = ResponseKey::secret_len(self.0.aead);
        let (response_nonce, ciphertext) = sealed
            .split_at_checked(nonce_len)
            .ok_or(OpenError::Unopenable)?;
        self.0
            .open(response_nonce, ciphertext)
            .map_err(|Unspecified| OpenError::Unopenable)
    }
}

/// Seals the answer to an opened request, once.
#[derive(Debug)]
pub struct Responder(pub(crate) ResponseKey);

impl Responder {
    /// Seals `message`, a Binary HTTP response, as `message/ohttp-res`.
    pub fn seal(self, message: &[u8]) -> Result<Vec<u8>, SealError> {
        let nonce_len = ResponseKey::secret_len(self.0.aead);
        if nonce_len + message.len() + TAG_LEN > MAX_CAPSULE {
            return Err(SealError::TooLarge(message.len()));
        }
        let mut response_nonce = vec![0; nonce_len];
        rand::fill(&mut response_nonce).map_err(|Unspecified| SealError::Encryption)?;
        self.0
            .seal(response_nonce, message)
            .map_err(|Unspecified| SealError::Encryption)
    }
}

/// What both sides keep between request and answer.
pub(crate) struct ResponseKey {
    aead: Aead,
    secret: Zeroizing<Vec<u8>>,
    enc: Vec<u8>,
}

impl ResponseKey {
    pub(crate) fn new(aead: Aead, secret: Zeroizing<Vec<u8>>, enc: &[u8]) -> Self {
        Self {
            aead,
            secret,
            enc: enc.to_vec(),
        }
    }

    /// `max(Nn, Nk)`: bytes of the exported secret and of the response nonce.
    pub(crate) const fn secret_len(aead: Aead) -> usize {
        let key_len = aead.key_len();
        if key_len > NONCE_LEN {
            key_len
        } else {
            NONCE_LEN
        }
    }

    fn open(&self, response_nonce: &[u8], ciphertext: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let (key, nonce) = self.derive(response_nonce)?;
        let mut buffer = ciphertext.to_vec();
        let length = key.open_in_place(nonce, Aad::empty(), &mut buffer)?.len();
        buffer.truncate(length);
        Ok(buffer)
    }

    fn seal(&self, response_nonce: Vec<u8>, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let (key, nonce) = self.derive(&response_nonce)?;
        let mut ciphertext = message.to_vec();
        key.seal_in_place_append_tag(nonce, Aad::empty(), &mut ciphertext)?;
        let mut sealed = response_nonce;
        sealed.extend(ciphertext);
        Ok(sealed)
    }

    /// Key and nonce of the answer. The response nonce is random, so the pair is used once.
    fn derive(&self, response_nonce: &[u8]) -> Result<(LessSafeKey, Nonce), Unspecified> {
        let salt = [self.enc.as_slice(), response_nonce].concat();
        let prk = Salt::new(HKDF_SHA256, &salt).extract(&self.secret);
        let mut key = Zeroizing::new(vec![0; self.aead.key_len()]);
        expand(&prk, b"key", &mut key)?;
        let mut nonce = [0; NONCE_LEN];
        expand(&prk, b"nonce", &mut nonce)?;
        let key = UnboundKey::new(algorithm(self.aead), &key)?;
        Ok((LessSafeKey::new(key), Nonce::assume_unique_for_key(nonce)))
    }
}

impl fmt::Debug for ResponseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseKey")
            .field("aead", &self.aead)
            .finish_non_exhaustive()
    }
}

fn algorithm(aead: Aead) -> &'static Algorithm {
    match aead {
        Aead::Aes128Gcm => &AES_128_GCM,
        Aead::Aes256Gcm => &AES_256_GCM,
    }
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand(prk: &Prk, info: &[u8], out: &mut [u8]) -> Result<(), Unspecified> {
    prk.expand(&[info], Length(out.len()))?.fill(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9458 appendix A. Its KEM is X25519; from the exported secret on nothing depends on that.
    fn appendix_a() -> (ResponseKey, Vec<u8>) {
        let bytes = |text: &str| hex::decode(text).unwrap();
        let enc = bytes("4b28f881333e7c164ffc499ad9796f877f4e1051ee6d31bad19dec96c208b472");
        let secret = Zeroizing::new(bytes("62d87a6ba569ee81014c2641f52bea36"));
        let sealed =
            bytes("c789e7151fcba46158ca84b04464910d86f9013e404feea014e7be4a441f234f857fbd");
        (ResponseKey::new(Aead::Aes128Gcm, secret, &enc), sealed)
    }

    const APPENDIX_A_RESPONSE: [u8; 3] = [0x01, 0x40, 0xc8];

    #[test]
    fn seals_the_response_of_rfc_9458_appendix_a() {
        let (key, sealed) = appendix_a();
        let ours = key.seal(sealed[..16].to_vec(), &APPENDIX_A_RESPONSE);
        assert_eq!(ours.unwrap(), sealed);
    }

    #[test]
    fn opens_the_response_of_rfc_9458_appendix_a() {
        let (key, sealed) = appendix_a();
        let message = PendingResponse(key).open(&sealed).unwrap();
        assert_eq!(message, APPENDIX_A_RESPONSE);
    }

    #[test]
    fn short_and_long_answers_are_refused() {
        let (key, sealed) = appendix_a();
        for end in 0..sealed.len() {
            let key = ResponseKey::new(key.aead, key.secret.clone(), &key.enc);
            let error = PendingResponse(key).open(&sealed[..end]).unwrap_err();
            assert!(matches!(error, OpenError::Unopenable), "{end}");
        }
        let error = PendingResponse(key).open(&vec![0; MAX_CAPSULE + 1]);
        assert!(matches!(error, Err(OpenError::Unopenable)));
    }
}
