//! A USB key that is plugged in and locked.

use std::sync::Arc;

use cryptoki::slot::Slot;
use wattkey_pki::Certificate;

use crate::local::{Module, UnlockedKey, change_pin, object};
use crate::thumbprints::Thumbprints;
use crate::{Pin, PinState, TokenError, TokenInfo, key_id};

/// A locked USB key. Everybody may read its certificates; its keys need the PIN.
#[derive(Debug)]
pub struct UsbKey {
    module: Arc<Module>,
    slot: Slot,
    info: TokenInfo,
    authentication: Option<Certificate>,
    signature: Option<Certificate>,
}

impl UsbKey {
    /// What the key said of itself when it was found.
    #[must_use]
    pub fn info(&self) -> &TokenInfo {
        &self.info
    }

    /// Certificate of the authentication key (`CKA_ID` 01), if there is a readable one.
    #[must_use]
    pub fn authentication_certificate(&self) -> Option<&Certificate> {
        self.authentication.as_ref()
    }

    /// Certificate of the signature key (`CKA_ID` 02), if there is a readable one.
    #[must_use]
    pub fn signature_certificate(&self) -> Option<&Certificate> {
        self.signature.as_ref()
    }

    /// State of the PIN now: to be shown before the PIN is asked for.
    ///
    /// # Errors
    ///
    /// [`TokenError::Removed`] when the key is gone, and failures of the module.
    pub fn pin_state(&self) -> Result<PinState, TokenError> {
        Ok(self.present()?.pin)
    }

    /// Shows the PIN to the key, once.
    ///
    /// What can be seen to be missing without the PIN is found before it is shown. A key of this serial number with other
    /// certificates is another one: [`TokenError::Removed`].
    ///
    /// # Errors
    ///
    /// [`UnlockError`] holds the reason and gives the key back, still locked. [`TokenError::WrongPin`] only when the
    /// key compared the PIN and refused it.
    pub fn unlock(self, pin: &Pin) -> Result<UnlockedKey, UnlockError> {
        let certificates = Thumbprints::of(self.authentication.as_ref(), self.signature.as_ref());
        match self.unlock_if(&certificates, pin) {
            Ok(unlocked) => Ok(unlocked),
            Err(error) => Err(UnlockError {
                error,
                key: Box::new(self),
            }),
        }
    }

    /// Gives the key another PIN. The key must be locked, and is afterwards. The old PIN is shown twice: it logs in, and
    /// once the key took it there, it stands beside the new one. The new PIN is shown once.
    ///
    /// # Errors
    ///
    /// [`TokenError::NewPin`] names the rule that the new PIN breaks; neither PIN has been shown then.
    /// [`TokenError::WrongPin`] when the old one was refused, and what else unlocking fails with.
    pub fn change_pin(&self, old: &Pin, new: &Pin) -> Result<(), TokenError> {
        let info = self.present()?;
        change_pin::change(&self.module, self.slot, &info, old, new)
            .map_err(|error| self.explain(error))
    }

    /// Gives the key a new PIN by its PUK, also when the PIN is locked. Where a token knows no PUK it is the security
    /// officer's PIN.
    ///
    /// # Errors
    ///
    /// [`TokenError::NewPin`] names the rule that the new PIN breaks; nothing has been shown then.
    /// [`TokenError::WrongPuk`] when the PUK was refused, [`TokenError::UnblockUnsupported`] when the module cannot.
    pub fn unblock(&self, puk: &Pin, new: &Pin) -> Result<(), TokenError> {
        let info = self.present()?;
        change_pin::unblock(&self.module, self.slot, &info, puk, new)
            .map_err(|error| self.explain(error))
    }

    fn explain(&self, error: TokenError) -> TokenError {
        self.module.explain(self.slot, &self.info.serial, error)
    }

    pub(crate) fn open(
        module: &Arc<Module>,
        slot: Slot,
        info: TokenInfo,
    ) -> Result<Self, TokenError> {
        let session = module.read_session(slot)?;
        let readable = |id| match object::certificate(&session, id) {
            // Unlocking says what is wrong with it; one bad token must not hide the others.
            Err(TokenError::Certificate { .. } | TokenError::Answer { .. }) => Ok(None),
            answer => answer,
        };
        Ok(Self {
            authentication: readable(key_id::AUTHENTICATION)?,
            signature: readable(key_id::SIGNATURE)?,
            module: Arc::clone(module),
            slot,
            info,
        })
    }

    /// Shows the PIN to the key, once, if it has these certificates now.
    pub(crate) fn unlock_if(
        &self,
        certificates: &Thumbprints,
        pin: &Pin,
    ) -> Result<UnlockedKey, TokenError> {
        let info = self.present()?;
        UnlockedKey::open(&self.module, self.slot, info, certificates, pin)
            .map_err(|error| self.explain(error))
    }

    /// The same token in the same slot, read again.
    fn present(&self) -> Result<TokenInfo, TokenError> {
        let info = self.module.token(self.slot)?;
        if info.serial == self.info.serial {
            Ok(info)
        } else {
            Err(TokenError::Removed)
        }
    }
}

/// Why a USB key was not unlocked, and the key itself.
#[derive(Debug, thiserror::Error)]
#[error("cannot unlock the USB key")]
pub struct UnlockError {
    /// The reason.
    #[source]
    pub error: TokenError,
    /// The key, still locked.
    pub key: Box<UsbKey>,
}
