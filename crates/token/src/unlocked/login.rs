//! A login, as long as it lasts. It lasts no longer than the process that has it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use wattkey_pki::{Digest, Signature};

use crate::child::Child;
use crate::module::unexpected;
use crate::wire::{Answer, KeyOperation, Operation};
use crate::{Module, Pin, PinState, TokenError, TokenInfo};

/// Shared by the unlocked key and its signers.
pub(crate) struct Login {
    module: Arc<Module>,
    child: Arc<Child>,
    /// The child's number for it.
    key: u64,
    info: TokenInfo,
    locked: AtomicBool,
}

impl Login {
    pub(crate) fn new(module: Arc<Module>, child: Arc<Child>, key: u64, info: TokenInfo) -> Self {
        Self {
            module,
            child,
            key,
            info,
            locked: AtomicBool::new(false),
        }
    }

    pub(super) fn info(&self) -> &TokenInfo {
        &self.info
    }

    pub(super) fn pin_state(&self) -> Result<PinState, TokenError> {
        Ok(self.module.token(&self.info.serial)?.pin)
    }

    pub(super) fn sign(&self, digest: &Digest) -> Result<Signature, TokenError> {
        self.signature(KeyOperation::Sign {
            digest: *digest.as_bytes(),
        })
    }

    pub(super) fn sign_with_pin(
        &self,
        pin: &Pin,
        digest: &Digest,
    ) -> Result<Signature, TokenError> {
        self.signature(KeyOperation::SignWithPin {
            serial: self.info.serial.clone(),
            pin: pin.copy(),
            digest: *digest.as_bytes(),
        })
    }

    pub(super) fn end(&self) {
        if self.locked.swap(true, Ordering::Relaxed) {
            return;
        }
        // No answer in time ends the child, and any other failure the login: either way the key is locked.
        let _ = self.ask(KeyOperation::Lock);
    }

    fn signature(&self, operation: KeyOperation) -> Result<Signature, TokenError> {
        if self.locked.load(Ordering::Relaxed) {
            return Err(TokenError::Locked);
        }
        match self.ask(operation)? {
            Answer::Signature(raw) => {
                Signature::from_raw(&raw).map_err(|_| unexpected(&self.child))
            }
            _ => Err(unexpected(&self.child)),
        }
    }

    fn check(&self) -> Result<(), TokenError> {
        if self.locked.load(Ordering::Relaxed) {
            return Err(TokenError::Locked);
        }
        let key = self.key;
        let operation = KeyOperation::Check;
        match self
            .module
            .ask(&self.child, Operation::Key { key, operation })
        {
            Some(Ok(Answer::Done)) => Ok(()),
            Some(Ok(_)) => Err(unexpected(&self.child)),
            Some(Err(error)) => Err(error),
            None => Err(TokenError::Crashed {
                operation: "watch the tokens".into(),
                pin: None,
            }),
        }
    }

    fn ask(&self, operation: KeyOperation) -> Result<Answer, TokenError> {
        let operation = Operation::Key {
            key: self.key,
            operation,
        };
        self.module
            .ask(&self.child, operation)
            .unwrap_or(Err(TokenError::Locked))
    }
}

/// Tells whether a USB key is still unlocked. It does not keep the key unlocked.
///
/// A key that is pulled out and put back at once has forgotten its login, though no [`Event`](crate::Event) tells.
#[derive(Clone, Debug)]
pub struct LoginCheck(Arc<Login>);

impl LoginCheck {
    pub(super) fn new(login: &Arc<Login>) -> Self {
        Self(Arc::clone(login))
    }

    /// Asks the module, which needs no PIN for it.
    ///
    /// # Errors
    ///
    /// [`TokenError::Removed`] and [`TokenError::Locked`] when it is not unlocked any more, [`TokenError::Hung`] and
    /// [`TokenError::Crashed`] when the module's process is gone and the login with it, and failures of the module.
    pub fn ask(&self) -> Result<(), TokenError> {
        self.0.check()
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("serial", &self.info.serial)
            .finish_non_exhaustive()
    }
}
