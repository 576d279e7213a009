//! Making a token ready: initialising it, making its keys, writing certificates. The issuing desk's side.

use std::sync::Arc;

use wattkey_pki::{Certificate, PublicKey};

use crate::module::unexpected;
use crate::wire::{Answer, Operation, Provision};
use crate::{Module, Pin, TokenError};

pub use crate::local::provision::{Credentials, Issued, Target};

/// Public halves of a USB key's two keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPairs {
    /// Of the authentication key.
    pub authentication: PublicKey,
    /// Of the signature key.
    pub signature: PublicKey,
}

/// Initialises the first token that waits for it, sets its PINs, and returns its serial number.
///
/// A token that is initialised already is never touched.
///
/// # Errors
///
/// [`TokenError::NoToken`] when none waits, [`TokenError::PinLength`] or [`TokenError::PinUnsuitable`] when the token
/// does not take these PINs, and failures of the module.
pub fn init_token(
    module: &Arc<Module>,
    label: &str,
    security_officer_pin: &Pin,
    pin: &Pin,
) -> Result<String, TokenError> {
    let operation = || {
        Operation::Provision(Provision::InitToken {
            label: label.to_owned(),
            security_officer_pin: security_officer_pin.copy(),
            pin: pin.copy(),
        })
    };
    match module.call(operation)? {
        (Answer::Serial(serial), _) => Ok(serial),
        (_, child) => Err(unexpected(&child)),
    }
}

/// Makes a token one user's: its secrets become `credentials`, and it makes its two keys. The certificates are written
/// with [`write_certificates`] and [`Credentials::for_writing`].
///
/// The secrets come first. Where one is refused, the error says which, and those before it (PUK, PIN, management key)
/// have been changed: `current` is to be as they are now when this is tried again.
///
/// # Errors
///
/// [`TokenError::NewPin`] when the PIN breaks a rule, [`TokenError::PinLength`] and [`TokenError::PinUnsuitable`] when
/// the token cannot have such a PUK or management key: nothing has been changed then.
/// [`TokenError::KeyExists`] when it has keys: also nothing.
/// [`TokenError::WrongPuk`], [`TokenError::WrongPin`] and [`TokenError::WrongSecurityOfficerPin`] when one of the
/// current secrets is another; [`TokenError::Unsupported`] when the module cannot issue PIV cards;
/// [`TokenError::NoToken`], [`TokenError::TokenMissing`], and failures of the module.
pub fn issue(
    module: &Arc<Module>,
    target: &Target<'_>,
    credentials: &Credentials,
) -> Result<Issued, TokenError> {
    let operation = || {
        Operation::Provision(match target {
            Target::Blank { label } => Provision::IssueBlank {
                label: (*label).to_owned(),
                secrets: credentials.into(),
            },
            Target::Card { serial, current } => Provision::IssueCard {
                serial: (*serial).to_owned(),
                current: (*current).into(),
                secrets: credentials.into(),
            },
        })
    };
    let (answer, child) = module.call(operation)?;
    let Answer::Issued {
        info,
        authentication,
        signature,
    } = answer
    else {
        return Err(unexpected(&child));
    };
    let point = |bytes: &[u8]| PublicKey::from_uncompressed(bytes).map_err(|_| unexpected(&child));
    let keys = KeyPairs {
        authentication: point(&authentication)?,
        signature: point(&signature)?,
    };
    Ok(Issued { info, keys })
}

/// Makes the two keys of a USB key on the token: neither can leave it, and the signature key takes the PIN for each
/// signature.
///
/// # Errors
///
/// [`TokenError::KeyExists`] when the token has such keys, [`TokenError::TokenMissing`], the PIN errors, and failures
/// of the module.
pub fn issue_key_pairs(
    module: &Arc<Module>,
    serial: &str,
    pin: &Pin,
) -> Result<KeyPairs, TokenError> {
    let operation = || {
        Operation::Provision(Provision::IssueKeyPairs {
            serial: serial.to_owned(),
            pin: pin.copy(),
        })
    };
    let (answer, child) = module.call(operation)?;
    let Answer::KeyPairs {
        authentication,
        signature,
    } = answer
    else {
        return Err(unexpected(&child));
    };
    let point = |bytes: &[u8]| PublicKey::from_uncompressed(bytes).map_err(|_| unexpected(&child));
    Ok(KeyPairs {
        authentication: point(&authentication)?,
        signature: point(&signature)?,
    })
}

/// Writes the certificates of a USB key's two keys, in place of those that were there.
///
/// # Errors
///
/// [`TokenError::KeyMissing`] when a certificate is not for the key that the token has, [`TokenError::TokenMissing`],
/// the PIN errors, and failures of the module.
pub fn write_certificates(
    module: &Arc<Module>,
    serial: &str,
    pin: &Pin,
    authentication: &Certificate,
    signature: &Certificate,
) -> Result<(), TokenError> {
    module.done(|| {
        Operation::Provision(Provision::WriteCertificates {
            serial: serial.to_owned(),
            pin: pin.copy(),
            authentication: authentication.der().to_vec(),
            signature: signature.der().to_vec(),
        })
    })
}

/// Destroys both keys of a USB key and their certificates, as far as they are there.
///
/// # Errors
///
/// [`TokenError::TokenMissing`], the PIN errors, and failures of the module.
pub fn erase_keys(module: &Arc<Module>, serial: &str, pin: &Pin) -> Result<(), TokenError> {
    module.done(|| {
        Operation::Provision(Provision::EraseKeys {
            serial: serial.to_owned(),
            pin: pin.copy(),
        })
    })
}
