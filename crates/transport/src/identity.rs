//! Our own side of the handshake: a certificate and a key behind [`wattkey_pki::Signer`].

use std::sync::Arc;

use rustls::sign::{CertifiedKey, Signer, SigningKey};
use rustls::{SignatureAlgorithm, SignatureScheme};
use rustls_pki_types::CertificateDer;
use tokio::runtime::{Handle, RuntimeFlavor};
use wattkey_pki::Certificate;

use crate::error::TlsError;
use crate::fault::{Fault, Faults};

/// A certificate, what the peer needs to verify it, and the key that it is for.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Own certificate first. Ours hang directly below their CA, so one is enough.
    pub chain: Vec<Certificate>,
    /// The private key, wherever it lives.
    pub signer: Arc<dyn wattkey_pki::Signer>,
}

impl Identity {
    /// Refuses a chain that is empty or whose first certificate is for another key.
    pub(crate) fn check(&self) -> Result<(), TlsError> {
        let own = self.chain.first().ok_or(TlsError::NoCertificate)?;
        if own.public_key().as_uncompressed() == self.signer.public_key().as_uncompressed() {
            Ok(())
        } else {
            Err(TlsError::OtherKey {
                certificate: own.common_name().to_owned(),
            })
        }
    }

    /// For one connection: the signer's error goes to that connection's `faults`.
    pub(crate) fn certified_key(&self, faults: &Faults) -> Arc<CertifiedKey> {
        let chain = self
            .chain
            .iter()
            .map(|certificate| CertificateDer::from(certificate.der().to_vec()))
            .collect();
        let key = Arc::new(Key {
            signer: Arc::clone(&self.signer),
            faults: faults.clone(),
        });
        Arc::new(CertifiedKey::new(chain, key))
    }
}

#[derive(Debug, Clone)]
struct Key {
    signer: Arc<dyn wattkey_pki::Signer>,
    faults: Faults,
}

impl SigningKey for Key {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered
            .contains(&SignatureScheme::ECDSA_NISTP256_SHA256)
            .then(|| Box::new(self.clone()) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl Signer for Key {
    /// TLS carries ECDSA signatures in DER (RFC 8446 §4.2.3).
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        match off_the_reactor(|| self.signer.sign(message)) {
            Ok(signature) => Ok(signature.to_der()),
            Err(error) => {
                self.faults.note(Fault::Signer(Arc::new(error)));
                Err(rustls::Error::General("the key did not sign".to_owned()))
            }
        }
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ECDSA_NISTP256_SHA256
    }
}

/// rustls signs inside `poll`; a card takes its time, so the other tasks of this thread move on.
/// A runtime of one thread has nowhere to move them to.
fn off_the_reactor<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}
