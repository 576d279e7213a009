//! A USB key after its PIN.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cryptoki::object::{AttributeType, ObjectHandle};
use cryptoki::session::SessionState;
use cryptoki::slot::Slot;
use wattkey_pki::{Certificate, Digest, PublicKey, SignError, Signature, Signer};

use crate::error::Trying;
use crate::local::session::OpenSession;
use crate::local::{Module, context_login, login, object};
use crate::thumbprints::Thumbprints;
use crate::{Pin, PinState, TokenError, TokenInfo, key_id};

/// An unlocked USB key. It is locked again by [`lock`](Self::lock) or at the end of this value, and with it all of
/// its signers.
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
        &self.login.info
    }

    /// State of the PIN now: to be shown before it is asked for again.
    ///
    /// # Errors
    ///
    /// [`TokenError::Removed`] when the key is gone, and failures of the module.
    pub fn pin_state(&self) -> Result<PinState, TokenError> {
        self.login.module.pin_state(self.login.slot)
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
        self.sign_digest_with_signature_key(pin, &Digest::of(message))
    }

    /// Signs what was hashed elsewhere with the authentication key.
    pub(crate) fn sign_digest(&self, digest: &Digest) -> Result<Signature, TokenError> {
        self.login.sign(digest)
    }

    /// Signs what was hashed elsewhere with the signature key.
    pub(crate) fn sign_digest_with_signature_key(
        &self,
        pin: &Pin,
        digest: &Digest,
    ) -> Result<Signature, TokenError> {
        self.login.sign_with_signature_key(pin, digest)
    }

    /// Locks the key while others still have it. Waits for the signature that is being made.
    pub(crate) fn end(&self) {
        self.login.end();
    }

    /// Whether the login is still there. While a signature is made, that will tell.
    ///
    /// Of a PIV card only our own session tells: OpenSC asks the card itself, and a card that is pulled out while it
    /// is asked makes OpenSC hang.
    pub(crate) fn check(&self) -> Result<(), TokenError> {
        let Ok(mut unlocked) = self.login.unlocked.try_lock() else {
            return Ok(());
        };
        let session = &Login::live(unlocked.as_mut())?.session;
        if self.login.info.is_piv() {
            return Ok(());
        }
        match session
            .get_session_info()
            .trying("read the session")?
            .session_state()
        {
            SessionState::RoUser | SessionState::RwUser => Ok(()),
            _ => Err(TokenError::Locked),
        }
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

    /// Locks the key. Signers that are still around fail with [`TokenError::Locked`] from now on.
    pub fn lock(self) {
        drop(self);
    }

    pub(crate) fn open(
        module: &Arc<Module>,
        slot: Slot,
        info: TokenInfo,
        certificates: &Thumbprints,
        pin: &Pin,
    ) -> Result<Self, TokenError> {
        let session = module.read_session(slot)?;
        let authentication = object::certificate(&session, key_id::AUTHENTICATION)?;
        let signature = object::certificate(&session, key_id::SIGNATURE)?;
        if Thumbprints::of(authentication.as_ref(), signature.as_ref()) != *certificates {
            return Err(TokenError::Removed);
        }
        let missing = |id: &[u8]| TokenError::CertificateMissing { id: id.to_vec() };
        let authentication = authentication.ok_or_else(|| missing(key_id::AUTHENTICATION))?;
        let signature = signature.ok_or_else(|| missing(key_id::SIGNATURE))?;

        login::user(module, slot, &session, &info, pin)?;
        // From here on the key is unlocked: the login must be given up on every way out.
        let login = Login {
            module: Arc::clone(module),
            slot,
            info,
            unlocked: Mutex::new(Some(Unlocked {
                session,
                authentication: None,
            })),
        };
        login.check_keys().inspect_err(|_| login.end())?;
        Ok(Self {
            login: Arc::new(login),
            authentication,
            signature,
        })
    }
}

impl Drop for UnlockedKey {
    fn drop(&mut self) {
        self.login.end();
    }
}

/// A login, as long as it lasts. Shared by the unlocked key and its signers.
struct Login {
    module: Arc<Module>,
    slot: Slot,
    info: TokenInfo,
    unlocked: Mutex<Option<Unlocked>>,
}

/// The session that keeps the login open, and the authentication key's handle, which is valid as long as the login.
struct Unlocked {
    session: OpenSession,
    authentication: Option<ObjectHandle>,
}

impl Login {
    fn sign(&self, digest: &Digest) -> Result<Signature, TokenError> {
        let mut guard = self.guard();
        let unlocked = Self::live(guard.as_mut())?;
        unlocked.sign(digest).map_err(|error| self.explain(error))
    }

    /// The session that has the login. Once its token was pulled out it is no session any more, though its handle may
    /// be that of another one.
    fn live(unlocked: Option<&mut Unlocked>) -> Result<&mut Unlocked, TokenError> {
        let unlocked = unlocked.ok_or(TokenError::Locked)?;
        if unlocked.session.is_ours() {
            Ok(unlocked)
        } else {
            Err(TokenError::Removed)
        }
    }

    fn explain(&self, error: TokenError) -> TokenError {
        self.module.explain(self.slot, &self.info.serial, error)
    }

    fn sign_with_signature_key(&self, pin: &Pin, digest: &Digest) -> Result<Signature, TokenError> {
        // Held throughout, so that the key cannot be locked between the PIN and the signature.
        let mut guard = self.guard();
        let unlocked = Self::live(guard.as_mut())?;
        // Another key in the same slot must not get the PIN: the login's own session tells whether it is this one.
        let there = unlocked.session.get_session_info();
        let id = key_id::SIGNATURE;
        there
            .trying("read the session")
            .and_then(|_| context_login::sign(&self.module, self.slot, &self.info, id, pin, digest))
            .map_err(|error| self.explain(error))
    }

    /// Both keys are there, and the signature key wants the PIN each time.
    fn check_keys(&self) -> Result<(), TokenError> {
        let mut guard = self.guard();
        let unlocked = guard.as_mut().ok_or(TokenError::Locked)?;
        unlocked.authentication_key()?;
        let signature = object::private_key(&unlocked.session, key_id::SIGNATURE)?;
        let always = AttributeType::AlwaysAuthenticate;
        if object::flag(&unlocked.session, signature, always)? {
            Ok(())
        } else {
            Err(TokenError::KeyUnprotected {
                id: key_id::SIGNATURE.to_vec(),
            })
        }
    }

    fn end(&self) {
        if let Some(unlocked) = self.guard().take() {
            // A key that was pulled out has no login left to end; closing the session is all that remains.
            if unlocked.session.is_ours() {
                let _ = unlocked.session.logout();
            }
        }
    }

    fn guard(&self) -> MutexGuard<'_, Option<Unlocked>> {
        self.unlocked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Unlocked {
    fn sign(&mut self, digest: &Digest) -> Result<Signature, TokenError> {
        let key = self.authentication_key()?;
        match object::sign(&self.session, key, digest.as_bytes()) {
            Err(error) if error.is_stale_handle() => {
                self.authentication = None;
                let key = self.authentication_key()?;
                object::sign(&self.session, key, digest.as_bytes())
            }
            answer => answer,
        }
    }

    fn authentication_key(&mut self) -> Result<ObjectHandle, TokenError> {
        if let Some(key) = self.authentication {
            return Ok(key);
        }
        let key = object::private_key(&self.session, key_id::AUTHENTICATION)?;
        self.authentication = Some(key);
        Ok(key)
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("serial", &self.info.serial)
            .finish_non_exhaustive()
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
        let mut pin = self.pin.lock().unwrap_or_else(PoisonError::into_inner);
        let pin = pin.take().ok_or(TokenError::PinNeeded)?;
        self.login
            .sign_with_signature_key(&pin, &Digest::of(message))
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
