//! What can go wrong with a token, told apart by what a person has to do about it.

mod cause;

use std::borrow::Cow;
use std::path::PathBuf;

use cryptoki::error::{Error as ModuleError, RvError};
use serde::{Deserialize, Serialize};

use crate::{BrokenRule, PinState};
pub use cause::Cause;

/// A failure of a token, of its module, or of what was asked of them.
///
/// Only [`WrongPin`](Self::WrongPin), [`WrongPuk`](Self::WrongPuk) and
/// [`WrongSecurityOfficerPin`](Self::WrongSecurityOfficerPin) mean that a try was spent.
// It crosses from the module's process to ours, so all that it holds can be written down.
#[derive(Debug, thiserror::Error, Serialize, Deserialize)]
#[non_exhaustive]
pub enum TokenError {
    /// The token compared the PIN and refused it. The state was read again afterwards; where it could not be read, it
    /// is the worst that may be left, a single try.
    #[error("the token refused the PIN")]
    WrongPin {
        /// Tries left, as far as the token tells.
        state: PinState,
    },
    /// The token refused the security officer's PIN.
    #[error("the token refused the security officer's PIN")]
    WrongSecurityOfficerPin,
    /// Too many wrong PINs: the token takes none any more.
    #[error("the PIN is locked; the issuing desk can unblock it")]
    PinLocked,
    /// The PIN is shorter or longer than this token's PINs are. It was not counted as a try.
    #[error("the PIN is shorter or longer than the token allows")]
    PinLength,
    /// The token cannot have such a PIN: forbidden characters, or too weak. It was not counted as a try.
    #[error("the token does not allow such a PIN")]
    PinUnsuitable,
    /// The new PIN breaks a rule. No token has seen it.
    #[error("the new PIN is not good enough")]
    NewPin {
        /// The rule.
        #[source]
        rule: BrokenRule,
    },
    /// The token compared the PUK and refused it. It has few tries too, and tells nobody how many are left.
    #[error("the token refused the PUK")]
    WrongPuk,
    /// This module has no way to unblock a PIN, or its configuration keeps it from it.
    #[error("the PKCS#11 module cannot unblock the PIN: {hint}")]
    UnblockUnsupported {
        /// What to do instead.
        hint: Cow<'static, str>,
    },
    /// The module, or the token behind it, cannot do this at all.
    #[error("the PKCS#11 module cannot {operation} on this token")]
    Unsupported {
        /// What was tried, as a verb.
        operation: Cow<'static, str>,
    },
    /// The PIN has expired and must be changed first.
    #[error("the PIN has expired and must be changed first")]
    PinExpired,
    /// The token has no PIN yet.
    #[error("the token's PIN has not been set")]
    PinNotSet,
    /// A signer for one signature was asked for another.
    #[error("the signature key wants the PIN again for each signature")]
    PinNeeded,
    /// No token is there, or none that can be initialised.
    #[error("no token found; plug it in and try again")]
    NoToken,
    /// No token has the name that was asked for.
    #[error("no token named {name:?} found")]
    TokenMissing {
        /// Label or serial number.
        name: String,
    },
    /// More than one token has the name that was asked for.
    #[error("more than one token is named {name:?}")]
    TokenAmbiguous {
        /// Label.
        name: String,
    },
    /// The token was pulled out, or another one is in its place.
    #[error("the token was removed; plug it in and unlock it again")]
    Removed,
    /// This process has unlocked the token before. It is not unlocked twice, because the PIN would not be compared.
    #[error("the token is unlocked already")]
    AlreadyUnlocked,
    /// The token was locked, by us or by its module.
    #[error("the token is locked; unlock it first")]
    Locked,
    /// The token has no private key with this `CKA_ID`.
    #[error("the token has no key {}", Id(id))]
    KeyMissing {
        /// `CKA_ID`.
        id: Vec<u8>,
    },
    /// The token has a key with this `CKA_ID`; it is not overwritten.
    #[error("the token has a key {} already; destroy it first", Id(id))]
    KeyExists {
        /// `CKA_ID`.
        id: Vec<u8>,
    },
    /// The key may be used without the PIN, or more, than its job allows.
    #[error("the token does not protect key {} as it must", Id(id))]
    KeyUnprotected {
        /// `CKA_ID`.
        id: Vec<u8>,
    },
    /// The token has no certificate with this `CKA_ID`.
    #[error("the token has no certificate {}", Id(id))]
    CertificateMissing {
        /// `CKA_ID`.
        id: Vec<u8>,
    },
    /// The certificate on the token cannot be read.
    #[error("the token's certificate {} is not readable", Id(id))]
    Certificate {
        /// `CKA_ID`.
        id: Vec<u8>,
        /// What is wrong with it.
        source: Cause,
    },
    /// Issuing a PIV card that has no GUID: modules would not agree on its name.
    #[error(
        "the card has no identifier of its own; give it one first (yubico-piv-tool -a set-chuid)"
    )]
    IdentifierMissing,
    /// A point that is not on P-256, from the token or for the token.
    #[error("not a point of P-256")]
    Point,
    /// A token's label has at most 32 bytes.
    #[error("the label is longer than 32 bytes")]
    LabelLength,
    /// All sessions of the card were busy for too long.
    #[error("all sessions of the card are busy")]
    Busy,
    /// The module's file cannot be found or read.
    #[error("no PKCS#11 module at {}", path.display())]
    ModuleFile {
        /// Where it was looked for.
        path: PathBuf,
        /// Why it could not be read.
        #[serde(with = "cause::io_error")]
        source: std::io::Error,
    },
    /// The file is not a PKCS#11 module, or the module does not start.
    #[error("{} does not work as a PKCS#11 module", path.display())]
    ModuleLoad {
        /// The file.
        path: PathBuf,
        /// What the loader or the module said.
        source: Cause,
    },
    /// The module answered with an error that has no better name here.
    #[error("the PKCS#11 module failed to {operation}")]
    Module {
        /// What was tried, as a verb.
        operation: Cow<'static, str>,
        /// What the module said.
        source: Cause,
    },
    /// The module's answer does not have the form that PKCS#11 prescribes.
    #[error("the PKCS#11 module's answer makes no sense: {what}")]
    Answer {
        /// What was wrong.
        what: Cow<'static, str>,
    },
    /// The token has no pad: its PIN is typed here.
    #[error("the token has no pad of its own for the PIN; type it here")]
    PinPadMissing,
    /// The token has a pad: its PIN is typed there and nowhere else.
    #[error("the PIN is typed on the token's own pad")]
    PinPadOnly,
    /// The module did not answer in time. Its process was ended, and whether it did what was asked is not known.
    ///
    /// No PIN is sent again. The next call starts the module anew.
    #[error("the PKCS#11 module did not {operation} in time and was stopped")]
    Hung {
        /// What was tried, as a verb.
        operation: Cow<'static, str>,
        /// State of the PIN, read again afterwards; when a PIN was shown and the module works again.
        pin: Option<PinState>,
    },
    /// The module's process ended in the middle of the call. Whether it did what was asked is not known.
    ///
    /// No PIN is sent again. The next call starts the module anew.
    #[error("the PKCS#11 module crashed while it was to {operation}")]
    Crashed {
        /// What was tried, as a verb.
        operation: Cow<'static, str>,
        /// State of the PIN, read again afterwards; when a PIN was shown and the module works again.
        pin: Option<PinState>,
    },
    /// The card's login was lost, and the PIN is not shown again without anybody asking for it: a wrong PIN was shown to
    /// the card since, too many logins in a row failed, or one was lost and the state of the PIN after it is not known.
    #[error(
        "the card is not logged in again by itself, so that its PIN is not locked; look after the card and start \
         this program again"
    )]
    LoginWithheld {
        /// State of the PIN, where it was read.
        state: Option<PinState>,
    },
    /// The process for the module cannot be started.
    #[error("cannot start the process for the PKCS#11 module")]
    HostStart {
        /// Why not.
        #[serde(with = "cause::io_error")]
        source: std::io::Error,
    },
}

impl TokenError {
    /// Turns a module's error into ours. A refused PIN is told apart by those who showed one.
    pub(crate) fn of(operation: &'static str, error: ModuleError) -> Self {
        let other = |error: ModuleError| Self::Module {
            operation: operation.into(),
            source: error.into(),
        };
        let ModuleError::Pkcs11(code, _) = &error else {
            return other(error);
        };
        match code {
            RvError::DeviceRemoved
            | RvError::TokenNotPresent
            | RvError::SessionHandleInvalid
            | RvError::SessionClosed => Self::Removed,
            RvError::PinLocked => Self::PinLocked,
            RvError::PinLenRange => Self::PinLength,
            RvError::PinInvalid | RvError::PinTooWeak => Self::PinUnsuitable,
            RvError::PinExpired => Self::PinExpired,
            RvError::UserPinNotInitialized => Self::PinNotSet,
            RvError::UserNotLoggedIn => Self::Locked,
            RvError::UserAlreadyLoggedIn | RvError::UserAnotherAlreadyLoggedIn => {
                Self::AlreadyUnlocked
            }
            RvError::FunctionNotSupported => Self::Unsupported {
                operation: operation.into(),
            },
            _ => other(error),
        }
    }

    /// Whether this is how some modules answer while a token is being pulled out.
    pub(crate) fn may_be_removal(&self) -> bool {
        matches!(self, Self::Module { .. } | Self::KeyMissing { .. })
    }

    /// Whether an object's handle is no longer known, so that finding the object again may help.
    pub(crate) fn is_stale_handle(&self) -> bool {
        matches!(self, Self::Module { source, .. } if source.is_stale_handle())
    }

    /// An answer that makes no sense.
    pub(crate) fn answer(what: &'static str) -> Self {
        Self::Answer { what: what.into() }
    }
}

/// Whether the module says that the PIN was compared and is wrong.
pub(crate) fn is_refused_pin(error: &ModuleError) -> bool {
    matches!(error, ModuleError::Pkcs11(RvError::PinIncorrect, _))
}

/// Names what was tried, on the way from the module's error to ours.
pub(crate) trait Trying<T> {
    fn trying(self, operation: &'static str) -> Result<T, TokenError>;
}

impl<T> Trying<T> for Result<T, ModuleError> {
    fn trying(self, operation: &'static str) -> Result<T, TokenError> {
        self.map_err(|source| TokenError::of(operation, source))
    }
}

/// A `CKA_ID` in hexadecimal.
struct Id<'a>(&'a [u8]);

impl std::fmt::Display for Id<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use cryptoki::context::Function;

    use super::*;

    #[test]
    fn local_failures_are_never_a_wrong_pin() {
        for code in [
            RvError::DeviceRemoved,
            RvError::TokenNotPresent,
            RvError::DeviceError,
            RvError::GeneralError,
            RvError::FunctionFailed,
            RvError::FunctionCanceled,
            RvError::SessionHandleInvalid,
            RvError::HostMemory,
            RvError::CryptokiNotInitialized,
            RvError::PinLenRange,
            RvError::PinInvalid,
            RvError::UserNotLoggedIn,
        ] {
            let error = ModuleError::Pkcs11(code, Function::Login);
            assert!(!is_refused_pin(&error), "{code:?}");
            let error = TokenError::of("log in", error);
            assert!(!matches!(error, TokenError::WrongPin { .. }), "{code:?}");
        }
    }

    #[test]
    fn key_ids_are_shown_in_hexadecimal() {
        let error = TokenError::KeyMissing { id: vec![0x20, 7] };
        assert_eq!(error.to_string(), "the token has no key 2007");
    }
}
