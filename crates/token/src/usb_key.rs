//! A USB key that is plugged in and locked.

use std::sync::Arc;

use cryptoki::slot::Slot;
use wattkey_pki::Certificate;

use crate::unlocked::UnlockedKey;
use crate::{Module, Pin, PinState, TokenError, TokenInfo, key_id, object};

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
    /// What can be seen to be missing without the PIN is found before it is shown.
    ///
    /// # Errors
    ///
    /// [`UnlockError`] holds the reason and gives the key back, still locked. [`TokenError::WrongPin`] only when the
    /// key compared the PIN and refused it.
    pub fn unlock(self, pin: &Pin) -> Result<UnlockedKey, UnlockError> {
        match self.try_unlock(pin) {
            Ok(unlocked) => Ok(unlocked),
            Err(error) => Err(UnlockError {
                error,
                key: Box::new(self),
            }),
        }
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

    fn try_unlock(&self, pin: &Pin) -> Result<UnlockedKey, TokenError> {
        let info = self.present()?;
        UnlockedKey::open(&self.module, self.slot, info, pin)
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
