//! A USB key that is plugged in and locked.

use std::sync::Arc;

use wattkey_pki::Certificate;

use crate::module::unexpected;
use crate::thumbprints::Thumbprints;
use crate::wire::{Answer, Key, Operation};
use crate::{Module, Pin, PinState, TokenError, TokenInfo, UnlockedKey};

/// A locked USB key. Everybody may read its certificates; its keys need the PIN.
///
/// It is known by its serial number, wherever it is plugged in.
#[derive(Debug)]
pub struct UsbKey {
    module: Arc<Module>,
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
        Ok(self.module.token(&self.info.serial)?.pin)
    }

    /// Shows the PIN to the key, once.
    ///
    /// What can be seen to be missing without the PIN is found before it is shown. A key of this serial number with other
    /// certificates is another one: [`TokenError::Removed`].
    ///
    /// # Errors
    ///
    /// [`UnlockError`] holds the reason and gives the key back, still locked. [`TokenError::WrongPin`] only when the
    /// key compared the PIN and refused it. After [`TokenError::Hung`] and [`TokenError::Crashed`] it is not known
    /// whether it did; they hold the state of the PIN as it was afterwards, if it could be read.
    pub fn unlock(self, pin: &Pin) -> Result<UnlockedKey, UnlockError> {
        match self.try_unlock(pin) {
            Ok(unlocked) => Ok(unlocked),
            Err(error) => Err(UnlockError {
                error,
                key: Box::new(self),
            }),
        }
    }

    /// Gives the key another PIN, which takes the old one. The old PIN is shown twice: it logs in, and once the key took
    /// it there, it stands beside the new one. The new PIN is shown once.
    ///
    /// # Errors
    ///
    /// As for unlocking; also [`TokenError::PinUnsuitable`] when the key does not take the new PIN.
    pub fn change_pin(&self, old: &Pin, new: &Pin) -> Result<(), TokenError> {
        self.module.done(|| Operation::ChangePin {
            serial: self.info.serial.clone(),
            old: old.copy(),
            new: new.copy(),
        })
    }

    /// Gives the key a new PIN, also when it is locked, with the code that its issuer has for that (the PUK).
    ///
    /// # Errors
    ///
    /// As for changing the PIN.
    pub fn unblock(&self, puk: &Pin, new: &Pin) -> Result<(), TokenError> {
        self.module.done(|| Operation::Unblock {
            serial: self.info.serial.clone(),
            puk: puk.copy(),
            new: new.copy(),
        })
    }

    pub(crate) fn new(module: &Arc<Module>, key: Key) -> Result<Self, TokenError> {
        Ok(Self {
            module: Arc::clone(module),
            authentication: certificate(key.authentication)?,
            signature: certificate(key.signature)?,
            info: key.info,
        })
    }

    fn try_unlock(&self, pin: &Pin) -> Result<UnlockedKey, TokenError> {
        let operation = || Operation::Unlock {
            serial: self.info.serial.clone(),
            certificates: Thumbprints::of(self.authentication.as_ref(), self.signature.as_ref()),
            pin: pin.copy(),
        };
        let (answer, child) = self.module.call(operation)?;
        let Answer::Unlocked { key, token } = answer else {
            return Err(unexpected(&child));
        };
        let (Ok(Some(authentication)), Ok(Some(signature))) = (
            certificate(token.authentication),
            certificate(token.signature),
        ) else {
            return Err(unexpected(&child));
        };
        let info = token.info;
        let login = crate::unlocked::Login::new(Arc::clone(&self.module), child, key, info);
        Ok(UnlockedKey::new(login, authentication, signature))
    }
}

fn certificate(der: Option<Vec<u8>>) -> Result<Option<Certificate>, TokenError> {
    der.map(|der| Certificate::from_der(&der))
        .transpose()
        .map_err(|_| TokenError::answer("a certificate is not X.509"))
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
