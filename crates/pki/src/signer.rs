use std::error::Error;
use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use zeroize::Zeroizing;

use crate::{PublicKey, Signature, pem};

/// A private key on P-256 that signs: in memory, in a USB key, in a card.
///
/// ECDSA over SHA-256 of the message. A call may block for as long as the
/// device takes.
pub trait Signer: Send + Sync + fmt::Debug {
    /// The public half.
    fn public_key(&self) -> &PublicKey;

    /// Signs `message`.
    fn sign(&self, message: &[u8]) -> Result<Signature, SignError>;
}

impl<T: Signer + ?Sized> Signer for Arc<T> {
    fn public_key(&self) -> &PublicKey {
        (**self).public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        (**self).sign(message)
    }
}

/// The key did not sign. The source is the device's own error and can be
/// downcast.
#[derive(Debug, thiserror::Error)]
#[error("the key did not sign")]
pub struct SignError(#[source] pub Box<dyn Error + Send + Sync>);

/// A private key in memory: session keys, the platform's TLS key, tests.
///
/// aws-lc zeroizes the private half when it is dropped.
pub struct MemorySigner {
    pair: EcdsaKeyPair,
    public_key: PublicKey,
}

/// The file does not hold a private key on P-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    /// No `PRIVATE KEY` block.
    #[error("no PEM block of a private key (BEGIN PRIVATE KEY)")]
    Pem,
    /// Not PKCS#8 of a key on P-256.
    #[error("the private key is not on P-256, or malformed")]
    Key,
}

impl MemorySigner {
    /// A new key from the system's random numbers.
    #[must_use]
    pub fn generate() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .expect("aws-lc ends the process itself when there are no random numbers");
        Self::new(pair).expect("a generated key lies on its curve")
    }

    /// From a PEM file with one PKCS#8 key (RFC 5958).
    pub fn from_pkcs8_pem(text: &str) -> Result<Self, KeyFileError> {
        let key =
            PrivatePkcs8KeyDer::from_pem_slice(text.as_bytes()).map_err(|_| KeyFileError::Pem)?;
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.secret_pkcs8_der())
                .map_err(|_| KeyFileError::Key)?;
        Self::new(pair)
    }

    /// A new key and the text of its PEM file. The text is the secret: whoever
    /// writes it gives the file mode 0600.
    #[must_use]
    pub fn generate_pkcs8_pem() -> (Self, Zeroizing<String>) {
        let signer = Self::generate();
        let der = signer
            .pair
            .to_pkcs8v1()
            .expect("a generated key has a PKCS#8 form");
        let text = Zeroizing::new(pem::encode("PRIVATE KEY", der.as_ref()));
        (signer, text)
    }

    fn new(pair: EcdsaKeyPair) -> Result<Self, KeyFileError> {
        let public_key = PublicKey::from_uncompressed(pair.public_key().as_ref())
            .map_err(|_| KeyFileError::Key)?;
        Ok(Self { pair, public_key })
    }
}

impl Signer for MemorySigner {
    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        let signature = self
            .pair
            .sign(&SystemRandom::new(), message)
            .map_err(|error| SignError(Box::new(error)))?;
        Signature::from_raw(signature.as_ref()).map_err(|error| SignError(Box::new(error)))
    }
}

impl fmt::Debug for MemorySigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemorySigner")
            .field("public_key", &self.public_key)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};

    use super::*;
    use crate::BadSignature;

    #[test]
    fn signs_and_verifies() {
        let key = MemorySigner::generate();
        let signature = key.sign(b"message").unwrap();
        assert_eq!(key.public_key().verify(b"message", &signature), Ok(()));
        assert_eq!(
            key.public_key().verify(b"massage", &signature),
            Err(BadSignature)
        );
        let other = MemorySigner::generate();
        assert_eq!(
            other.public_key().verify(b"message", &signature),
            Err(BadSignature)
        );
    }

    /// One signature in 128 has an r or s that begins with a zero octet: those
    /// are the ones where DER goes wrong.
    #[test]
    fn der_of_short_scalars_is_what_others_accept() {
        let key = MemorySigner::generate();
        let others = UnparsedPublicKey::new(
            &ECDSA_P256_SHA256_ASN1,
            key.public_key().as_uncompressed().as_slice(),
        );
        let short = (0..20_000u32)
            .map(|n| (n, key.sign(&n.to_be_bytes()).unwrap()))
            .find(|(_, signature)| signature.raw()[0] == 0 || signature.raw()[32] == 0);
        let (n, signature) = short.expect("about one in 128");
        others
            .verify(&n.to_be_bytes(), &signature.to_der())
            .unwrap();
    }

    #[test]
    fn key_file_leads_back_to_the_key() {
        let (key, text) = MemorySigner::generate_pkcs8_pem();
        let read = MemorySigner::from_pkcs8_pem(&text).unwrap();
        assert_eq!(read.public_key(), key.public_key());
        assert_eq!(
            MemorySigner::from_pkcs8_pem("").unwrap_err(),
            KeyFileError::Pem
        );
        let broken = text.replace("PRIVATE KEY-----\nMI", "PRIVATE KEY-----\nMA");
        assert_eq!(
            MemorySigner::from_pkcs8_pem(&broken).unwrap_err(),
            KeyFileError::Key
        );
    }

    #[test]
    fn debug_shows_no_secret() {
        let (key, text) = MemorySigner::generate_pkcs8_pem();
        let secret: String = text.lines().nth(1).unwrap()[..40].to_owned();
        let shown = format!("{key:?}");
        assert!(!shown.contains(&secret));
        assert!(shown.contains(&key.public_key().jwk_thumbprint().to_string()));
    }
}
