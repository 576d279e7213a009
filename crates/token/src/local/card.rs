//! An encryption card: a server's token, logged in as long as the server runs.

mod pool;
mod signer;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cryptoki::object::ObjectHandle;
use cryptoki::session::Session;
use cryptoki::slot::Slot;
use wattkey_pki::{Certificate, Digest, PublicKey, Signature, Signer};
use zeroize::Zeroizing;

use crate::local::session::OpenSession;
use crate::local::{Module, login, object, provision};
use crate::{KeyUse, Pin, TokenError, TokenInfo};
use pool::Pool;
use signer::CardSigner;

/// A card with its user logged in. Calls from many threads share a bounded pool of sessions.
///
/// The PIN is not kept. A card that was pulled out, or whose module lost the login, fails until it is opened again.
pub struct Card {
    module: Arc<Module>,
    slot: Slot,
    info: TokenInfo,
    pool: Pool,
    /// Handles by `CKA_ID`: finding a key takes longer than using it.
    keys: Mutex<HashMap<Vec<u8>, ObjectHandle>>,
    /// Holds the login, which ends with the last session. Also the turn of those who change the card's objects.
    keeper: Mutex<OpenSession>,
}

impl Card {
    /// Logs in to the one token with this label.
    ///
    /// # Errors
    ///
    /// [`TokenError::TokenMissing`], [`TokenError::TokenAmbiguous`], the PIN errors, and failures of the module.
    pub fn open(
        module: &Arc<Module>,
        token_label: &str,
        pin: &Pin,
    ) -> Result<Arc<Self>, TokenError> {
        Self::find(module, token_label)?.log_in(pin)
    }

    /// The one token with this label, before its PIN is shown.
    pub(crate) fn find(module: &Arc<Module>, token_label: &str) -> Result<Found, TokenError> {
        Found::new(module, module.slot_by_label(token_label)?)
    }

    /// The token with this serial number, before its PIN is shown.
    pub(crate) fn find_by_serial(module: &Arc<Module>, serial: &str) -> Result<Found, TokenError> {
        Found::new(module, module.slot_by_serial(serial)?)
    }

    /// What the card said of itself when it was opened.
    #[must_use]
    pub fn info(&self) -> &TokenInfo {
        &self.info
    }

    /// A signer with the key of this `CKA_ID`.
    ///
    /// # Errors
    ///
    /// [`TokenError::KeyMissing`] when there is no such key, and failures of the module.
    pub fn signer(self: &Arc<Self>, id: &[u8]) -> Result<Arc<dyn Signer>, TokenError> {
        let public_key = self.with_key(id, |session, _| object::public_key(session, id))?;
        Ok(Arc::new(CardSigner::new(Arc::clone(self), id, public_key)))
    }

    /// The public key of this `CKA_ID`.
    ///
    /// # Errors
    ///
    /// [`TokenError::KeyMissing`] when there is none, and failures of the module.
    pub fn public_key(&self, id: &[u8]) -> Result<PublicKey, TokenError> {
        self.pool.with(|session| object::public_key(session, id))
    }

    /// The certificate of this `CKA_ID`, if there is one.
    ///
    /// # Errors
    ///
    /// [`TokenError::Certificate`] when it cannot be read, and failures of the module.
    pub fn certificate(&self, id: &[u8]) -> Result<Option<Certificate>, TokenError> {
        self.pool.with(|session| object::certificate(session, id))
    }

    /// The `CKA_ID`s of the card's private keys.
    ///
    /// # Errors
    ///
    /// Failures of the module.
    pub fn key_ids(&self) -> Result<Vec<Vec<u8>>, TokenError> {
        self.pool.with(object::key_ids)
    }

    /// The x coordinate of the product of a private key and `peer`, an uncompressed point (SEC 1 §2.3.3).
    ///
    /// # Errors
    ///
    /// [`TokenError::Point`] when `peer` is not on the curve (the card is not asked then),
    /// [`TokenError::KeyMissing`], and failures of the module.
    pub fn ecdh(&self, id: &[u8], peer: &[u8; 65]) -> Result<Zeroizing<[u8; 32]>, TokenError> {
        PublicKey::from_uncompressed(peer).map_err(|_| TokenError::Point)?;
        self.with_key(id, |session, key| {
            object::ecdh(&self.module, session, key, peer)
        })
    }

    /// Makes a key pair on the card, whose private half cannot leave it.
    ///
    /// # Errors
    ///
    /// [`TokenError::KeyExists`] when the `CKA_ID` is taken, and failures of the module.
    pub fn generate(
        &self,
        id: &[u8],
        key_use: KeyUse,
        label: &str,
    ) -> Result<PublicKey, TokenError> {
        self.change(|session| {
            provision::generate(self.module.flavour(), session, id, key_use.into(), label)
        })
    }

    /// Destroys the key pair of this `CKA_ID`, and its certificate if it has one.
    ///
    /// # Errors
    ///
    /// [`TokenError::KeyMissing`] when there is no such key, and failures of the module.
    pub fn destroy(&self, id: &[u8]) -> Result<(), TokenError> {
        self.change(|session| {
            object::private_key(session, id)?;
            self.keys().remove(id);
            object::destroy(session, &object::all_with_id(session, id)?)
        })
    }

    /// Writes a certificate in place of the one of this `CKA_ID`.
    ///
    /// # Errors
    ///
    /// Failures of the module.
    pub fn write_certificate(
        &self,
        id: &[u8],
        label: &str,
        certificate: &Certificate,
    ) -> Result<(), TokenError> {
        self.change(|session| object::write_certificate(session, id, label, certificate))
    }

    /// Puts a private key on the card that was made elsewhere: for the test vectors of RFCs, which fix keys.
    ///
    /// A key in service is made by [`generate`](Self::generate), so that no copy of it ever existed.
    ///
    /// # Errors
    ///
    /// [`TokenError::KeyExists`] when the `CKA_ID` is taken, [`TokenError::Module`] when the card takes no keys.
    pub fn import_private_key(
        &self,
        id: &[u8],
        key_use: KeyUse,
        label: &str,
        scalar: &Zeroizing<[u8; 32]>,
        public_key: &PublicKey,
    ) -> Result<(), TokenError> {
        self.change(|session| {
            provision::import(session, id, key_use.into(), label, scalar, public_key)
        })
    }

    fn sign(&self, id: &[u8], message: &[u8]) -> Result<Signature, TokenError> {
        self.sign_digest(id, &Digest::of(message))
    }

    /// Signs what was hashed elsewhere.
    pub(crate) fn sign_digest(&self, id: &[u8], digest: &Digest) -> Result<Signature, TokenError> {
        self.with_key(id, |session, key| {
            object::sign(session, key, digest.as_bytes())
        })
    }

    /// Uses a key with a session of the pool. A handle that is no longer valid is found again, once.
    fn with_key<T>(
        &self,
        id: &[u8],
        operation: impl Fn(&Session, ObjectHandle) -> Result<T, TokenError>,
    ) -> Result<T, TokenError> {
        self.pool.with(|session| {
            let known = self.keys().get(id).copied();
            if let Some(key) = known {
                match operation(session, key) {
                    Err(error) if error.is_stale_handle() => {}
                    answer => return answer,
                }
            }
            let key = object::private_key(session, id)?;
            let answer = operation(session, key)?;
            self.keys().insert(id.to_vec(), key);
            Ok(answer)
        })
    }

    /// Changes objects in a session for writing, one at a time: whether an id is taken must not change meanwhile.
    fn change<T>(
        &self,
        operation: impl FnOnce(&Session) -> Result<T, TokenError>,
    ) -> Result<T, TokenError> {
        let keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        if !keeper.is_ours() {
            return Err(TokenError::Removed);
        }
        let session = self.module.write_session(self.slot)?;
        operation(&session)
    }

    fn keys(&self) -> MutexGuard<'_, HashMap<Vec<u8>, ObjectHandle>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A card that only its PIN is missing to. Whatever fails without the PIN has not failed when there is one.
pub(crate) struct Found {
    module: Arc<Module>,
    slot: Slot,
    info: TokenInfo,
    pool: Pool,
    keeper: OpenSession,
}

impl Found {
    fn new(module: &Arc<Module>, (slot, info): (Slot, TokenInfo)) -> Result<Self, TokenError> {
        Ok(Self {
            keeper: module.read_session(slot)?,
            pool: Pool::new(Arc::clone(module), slot)?,
            module: Arc::clone(module),
            slot,
            info,
        })
    }

    /// Shows the PIN, once.
    pub(crate) fn log_in(self, pin: &Pin) -> Result<Arc<Card>, TokenError> {
        login::user(&self.module, self.slot, &self.keeper, &self.info, pin)?;
        Ok(Arc::new(Card {
            pool: self.pool,
            module: self.module,
            slot: self.slot,
            info: self.info,
            keys: Mutex::new(HashMap::new()),
            keeper: Mutex::new(self.keeper),
        }))
    }
}

impl Drop for Card {
    fn drop(&mut self) {
        let keeper = self
            .keeper
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        // A card that was pulled out has no login left to end, and its session's handle may be that of another login.
        if keeper.is_ours() {
            let _ = keeper.logout();
        }
    }
}

impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Card")
            .field("label", &self.info.label)
            .finish_non_exhaustive()
    }
}
