//! What can go wrong with a token, told apart by what a person has to do about it.

use std::path::PathBuf;

use cryptoki::error::{Error as ModuleError, RvError};

use crate::PinState;

/// A failure of a token, of its module, or of what was asked of them.
///
/// Only [`WrongPin`](Self::WrongPin) and [`WrongSecurityOfficerPin`](Self::WrongSecurityOfficerPin) mean that a try
/// was spent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The token compared the PIN and refused it. The state was read again afterwards.
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
        source: wattkey_pki::CertificateError,
    },
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
        source: std::io::Error,
    },
    /// The file is not a PKCS#11 module, or the module does not start.
    #[error("{} does not work as a PKCS#11 module", path.display())]
    ModuleLoad {
        /// The file.
        path: PathBuf,
        /// What the loader or the module said.
        source: ModuleError,
    },
    /// The module answered with an error that has no better name here.
    #[error("the PKCS#11 module failed to {operation}")]
    Module {
        /// What was tried, as a verb.
        operation: &'static str,
        /// What the module said.
        source: ModuleError,
    },
    /// The module's answer does not have the form that PKCS#11 prescribes.
    #[error("the PKCS#11 module's answer makes no sense: {what}")]
    Answer {
        /// What was wrong.
        what: &'static str,
    },
}

impl TokenError {
    /// Turns a module's error into ours. A refused PIN is told apart by those who showed one.
    pub(crate) fn of(operation: &'static str, source: ModuleError) -> Self {
        let ModuleError::Pkcs11(code, _) = &source else {
            return Self::Module { operation, source };
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
            _ => Self::Module { operation, source },
        }
    }

    /// Whether an object's handle is no longer known, so that finding the object again may help.
    pub(crate) fn is_stale_handle(&self) -> bool {
        matches!(
            self,
            Self::Module {
                source: ModuleError::Pkcs11(
                    RvError::KeyHandleInvalid | RvError::ObjectHandleInvalid,
                    _
                ),
                ..
            }
        )
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
