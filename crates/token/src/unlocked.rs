//! A USB key after its PIN.

mod login;

use std::sync::{Arc, Mutex, PoisonError};

use wattkey_pki::{Certificate, Digest, PublicKey, SignError, Signature, Signer};

use crate::{Pin, PinState, TokenError, TokenInfo};
pub(crate) use login::Login;
pub use login::LoginCheck;

/// An unlocked USB key. It is locked again by [`lock`](Self::lock) or at the end of this value, and with it all of
/// its signers; also when the module's process ended, by itself or because it hung.
#[derive(Debug)]
pub struct UnlockedKey {
    login: Arc<Login>,
    authentication: Certificate,
    signature: Certificate,
}

impl UnlockedKey {
    /// What the key said of itself when it was unlocked.
    #[must_use]
    pub fn info(&self) -> &TokenInfo {
        self.login.info()
    }

    /// State of the PIN now: to be shown before it is asked for again.
    ///
    /// # Errors
    ///
    /// [`TokenError::Removed`] when the key is gone, and failures of the module.
    pub fn pin_state(&self) -> Result<PinState, TokenError> {
        self.login.pin_state()
    }

    /// Certificate of the authentication key.
    #[must_use]
    pub fn authentication_certificate(&self) -> &Certificate {
        &self.authentication
    }

    /// Certificate of the signature key.
    #[must_use]
    pub fn signature_certificate(&self) -> &Certificate {
        &self.signature
    }

    /// Signs with the authentication key, until the key is locked.
    #[must_use]
    pub fn authentication_signer(&self) -> Arc<dyn Signer> {
        Arc::new(AuthenticationSigner {
            login: Arc::clone(&self.login),
            public_key: self.authentication.public_key().clone(),
        })
    }

    /// Signs one message with the signature key, which takes the PIN again.
    ///
    /// # Errors
    ///
    /// As for unlocking. After [`TokenError::WrongPin`] a PIV card has forgotten the first login too: the key is to be
    /// unlocked again. Other tokens remain unlocked for the authentication key.
    pub fn sign_with_signature_key(
        &self,
        pin: &Pin,
        message: &[u8],
    ) -> Result<Signature, TokenError> {
        self.login.sign_with_pin(pin, &Digest::of(message))
    }

    /// A signer that signs exactly once with the signature key. The PIN is wiped when it is used or dropped.
    #[must_use]
    pub fn signature_signer(&self, pin: Pin) -> SignatureSigner {
        SignatureSigner {
            login: Arc::clone(&self.login),
            public_key: self.signature.public_key().clone(),
            pin: Mutex::new(Some(pin)),
        }
    }

    /// Whoever wants to know from time to time whether the key is still unlocked.
    #[must_use]
    pub fn login_check(&self) -> LoginCheck {
        LoginCheck::new(&self.login)
    }

    /// Locks the key while this value stays. Signers fail with [`TokenError::Locked`] from now on. A second time, it
    /// does nothing.
    pub fn end(&self) {
        self.login.end();
    }

    /// Locks the key. Signers that are still around fail with [`TokenError::Locked`] from now on.
    ///
    /// A module that does not lock in time is ended, which locks the key as well.
    pub fn lock(self) {
        drop(self);
    }

    pub(crate) fn new(login: Login, authentication: Certificate, signature: Certificate) -> Self {
        Self {
            login: Arc::new(login),
            authentication,
            signature,
        }
    }
}

impl Drop for UnlockedKey {
    fn drop(&mut self) {
        self.login.end();
    }
}

#[derive(Debug)]
struct AuthenticationSigner {
    login: Arc<Login>,
    public_key: PublicKey,
}

impl Signer for AuthenticationSigner {
    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        self.login
            .sign(&Digest::of(message))
            .map_err(|error| SignError(error.into()))
    }
}

/// Signs exactly one message with the signature key of an [`UnlockedKey`].
///
/// A second one fails with [`TokenError::PinNeeded`], also when the first one failed: no PIN is shown twice.
#[derive(Debug)]
pub struct SignatureSigner {
    login: Arc<Login>,
    public_key: PublicKey,
    pin: Mutex<Option<Pin>>,
}

impl SignatureSigner {
    fn sign_once(&self, message: &[u8]) -> Result<Signature, TokenError> {
        let pin = self
            .pin
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
            .ok_or(TokenError::PinNeeded)?;
        self.login.sign_with_pin(&pin, &Digest::of(message))
    }
}

impl Signer for SignatureSigner {
    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        self.sign_once(message)
            .map_err(|error| SignError(error.into()))
    }
}
