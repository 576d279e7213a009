//! What went wrong inside a handshake, kept beside the TLS library.
//!
//! rustls turns the verifier's and the signer's errors into its own and drops the cause. Each
//! connection has one [`Faults`] of its own, filled by its verifier and signer, and read when
//! the handshake has failed.

use std::sync::{Arc, Mutex, PoisonError};

use wattkey_pki::{ChainError, SignError};

#[derive(Debug, Clone, Default)]
pub(crate) struct Faults(Arc<Mutex<Option<Fault>>>);

#[derive(Debug)]
pub(crate) enum Fault {
    /// The peer's certificate is not good for its role.
    Chain(ChainError),
    /// The peer's certificate is for other DNS names.
    Name { presented: Vec<String> },
    /// Our own key could not sign.
    Signer(Arc<SignError>),
}

impl Faults {
    /// Keeps the first fault: later ones follow from it.
    pub(crate) fn note(&self, fault: Fault) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get_or_insert(fault);
    }

    pub(crate) fn take(&self) -> Option<Fault> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
