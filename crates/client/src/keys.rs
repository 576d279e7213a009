//! Which USB key is used, and whether its certificates are good for it.
//!
//! All of this happens before a PIN is typed and before anything is sent, with what the key shows
//! to everyone: its serial number, the state of its PIN and its two certificates. What only the
//! service knows (unbound, revoked) it says itself, see [`crate::connection`].

mod service;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use wattkey_pki::{Certificate, ChainError, Digest, Role, TrustAnchor};
use wattkey_token::{Module, PinState, TokenError, UnlockedKey, UsbKey};

/// `CKA_ID` of the authentication key, as people know it (PROTOCOL.md section 2).
const AUTHENTICATION_ID: &str = "01";
/// `CKA_ID` of the signature key.
const SIGNATURE_ID: &str = "02";

/// Why there is no USB key to use.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The PKCS#11 module cannot be loaded or does not answer.
    #[error("the USB key's module {} does not work", module.display())]
    Module {
        /// The module.
        module: PathBuf,
        /// What it said.
        #[source]
        source: TokenError,
    },
    /// No USB key is plugged in.
    #[error("no USB key is plugged in")]
    None,
    /// The system's smart-card service does not run: no key can be seen.
    #[error("the smart-card service does not run")]
    NoService,
    /// The one that was asked for is not plugged in.
    #[error("the USB key {serial} is not plugged in")]
    NotPluggedIn {
        /// Serial number that was asked for.
        serial: String,
    },
    /// Several are plugged in and none was named.
    #[error("several USB keys are plugged in: {}", names(keys))]
    Several {
        /// Each of them.
        keys: Vec<KeyName>,
    },
    /// It is plugged in and cannot be used.
    #[error("the USB key {serial} cannot be used")]
    Unusable {
        /// Its serial number.
        serial: String,
        /// Why.
        #[source]
        fault: KeyFault,
    },
}

/// How people tell USB keys apart: `0123456789abcdef (Li Na)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyName {
    /// Serial number of the token.
    pub serial: String,
    /// Common name in its certificates; nothing without certificates.
    pub holder: Option<String>,
}

impl KeyName {
    /// The name of a key.
    #[must_use]
    pub fn of(key: &UsbKey) -> KeyName {
        KeyName {
            serial: key.info().serial.clone(),
            holder: holder(key).map(|certificate| certificate.common_name().to_owned()),
        }
    }
}

impl std::fmt::Display for KeyName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.holder {
            Some(holder) => write!(f, "{} ({holder})", self.serial),
            None => f.write_str(&self.serial),
        }
    }
}

/// Several keys, as a person reads them.
#[must_use]
pub fn names(keys: &[KeyName]) -> String {
    let names: Vec<_> = keys.iter().map(ToString::to_string).collect();
    names.join(", ")
}

/// What makes a USB key this one and no other: its serial number and its two certificates. A key
/// that was issued anew is another, and so is a copy of the certificates on another token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    serial: String,
    authentication: Digest,
    signature: Digest,
}

impl Identity {
    /// Of a key that is plugged in; nothing when it has no certificates.
    #[must_use]
    pub fn of(key: &UsbKey) -> Option<Identity> {
        Some(Identity {
            serial: key.info().serial.clone(),
            authentication: key.authentication_certificate()?.thumbprint(),
            signature: key.signature_certificate()?.thumbprint(),
        })
    }

    /// Of a serial number and the thumbprints of both certificates.
    #[must_use]
    pub fn new(serial: String, authentication: Digest, signature: Digest) -> Identity {
        Identity {
            serial,
            authentication,
            signature,
        }
    }

    /// Of a key that is, or was, unlocked.
    #[must_use]
    pub fn of_unlocked(key: &UnlockedKey) -> Identity {
        Identity {
            serial: key.info().serial.clone(),
            authentication: key.authentication_certificate().thumbprint(),
            signature: key.signature_certificate().thumbprint(),
        }
    }
}

/// Why a USB key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// A certificate is missing.
    #[error("it has no certificate in {place}")]
    NoCertificate {
        /// `CKA_ID` in hex.
        place: &'static str,
    },
    /// Another issuer made it.
    #[error("another issuer issued it")]
    Foreign,
    /// It has expired.
    #[error("it expired at {at}")]
    Expired {
        /// End of its validity.
        at: Timestamp,
    },
    /// It is not valid yet, or this PC's clock is wrong.
    #[error("it is not valid before {at}")]
    NotYetValid {
        /// Begin of its validity.
        at: Timestamp,
    },
    /// The certificate in this place is for another use.
    #[error("the certificate in {place} is not one for {wanted}")]
    WrongRole {
        /// `CKA_ID` in hex.
        place: &'static str,
        /// What the place is for.
        wanted: &'static str,
    },
    /// The certificates name another USB key: they were copied.
    #[error("its certificates belong to another USB key")]
    OtherKey,
    /// A certificate or its chain is broken.
    #[error("its certificate is not good: {0}")]
    Invalid(String),
}

/// What everyone can see of a USB key.
#[derive(Debug, Clone)]
pub struct KeySummary {
    /// Serial number of the token.
    pub serial: String,
    /// Label of the token.
    pub label: String,
    /// Where it is plugged in, as the system names it.
    pub reader: String,
    /// Common name of the holder; `None` without certificates.
    pub holder: Option<String>,
    /// Organisation of the holder.
    pub organisation: Option<String>,
    /// Until when both certificates are valid.
    pub valid_until: Option<Timestamp>,
    /// State of the PIN.
    pub pin: PinState,
    /// Why it cannot be used, if so.
    pub fault: Option<KeyFault>,
}

/// One of a key's two certificates, as its holder reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFacts {
    /// What it is for.
    pub role: Role,
    /// Common name of the holder.
    pub holder: String,
    /// Organisation of the holder.
    pub organisation: Option<String>,
    /// The certificate's own serial number, in hexadecimal.
    pub serial: String,
    /// Common name of who issued it.
    pub issuer: Option<String>,
    /// Valid from, inclusive.
    pub valid_from: Timestamp,
    /// Valid until, inclusive.
    pub valid_until: Timestamp,
    /// SHA-256 of it.
    pub thumbprint: Digest,
}

/// The two certificates of an unlocked key: that for logging in, that for signing.
#[must_use]
pub fn certificates(key: &UnlockedKey) -> [CertificateFacts; 2] {
    let facts = |role, certificate: &Certificate| CertificateFacts {
        role,
        holder: certificate.common_name().to_owned(),
        organisation: certificate.organisation().map(str::to_owned),
        serial: hexadecimal(certificate.serial_number()),
        issuer: certificate.issuer().map(str::to_owned),
        valid_from: certificate.not_before(),
        valid_until: certificate.not_after(),
        thumbprint: certificate.thumbprint(),
    };
    [
        facts(Role::UserAuthentication, key.authentication_certificate()),
        facts(Role::UserSignature, key.signature_certificate()),
    ]
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Loads the module; the same file yields the same module.
///
/// # Errors
/// [`KeyError::Module`].
pub fn module(path: &Path) -> Result<Arc<Module>, KeyError> {
    Module::load(path).map_err(|source| KeyError::Module {
        module: path.to_owned(),
        source,
    })
}

/// The USB keys that are plugged in.
///
/// # Errors
/// [`KeyError::Module`]; [`KeyError::NoService`] when no key can be seen because the system's
/// smart-card service does not run, as far as that can be told.
pub fn plugged_in(module: &Arc<Module>) -> Result<Vec<UsbKey>, KeyError> {
    match Module::usb_keys(module) {
        Ok(keys) if keys.is_empty() && service::is_missing_for(module.path()) => {
            Err(KeyError::NoService)
        }
        Ok(keys) => Ok(keys),
        Err(_) if service::is_missing_for(module.path()) => Err(KeyError::NoService),
        Err(source) => Err(KeyError::Module {
            module: module.path().to_owned(),
            source,
        }),
    }
}

/// Takes the only key, or the one that is named.
///
/// # Errors
/// [`KeyError::None`], [`KeyError::NotPluggedIn`], [`KeyError::Several`].
pub fn choose(mut keys: Vec<UsbKey>, serial: Option<&str>) -> Result<UsbKey, KeyError> {
    if let Some(serial) = serial {
        return keys
            .into_iter()
            .find(|key| key.info().serial == serial)
            .ok_or_else(|| KeyError::NotPluggedIn {
                serial: serial.to_owned(),
            });
    }
    match (keys.pop(), keys.is_empty()) {
        (None, _) => Err(KeyError::None),
        (Some(only), true) => Ok(only),
        (Some(last), false) => {
            keys.push(last);
            let keys = keys.iter().map(KeyName::of).collect();
            Err(KeyError::Several { keys })
        }
    }
}

/// Checks the two certificates of a user's key against the issuing CA.
///
/// # Errors
/// [`KeyError::Unusable`].
pub fn check(key: &UsbKey, issuing_ca: &TrustAnchor, now: Timestamp) -> Result<(), KeyError> {
    let info = key.info();
    check_certificates(
        &info.serial,
        key.authentication_certificate(),
        key.signature_certificate(),
        issuing_ca,
        now,
    )
    .map_err(|fault| KeyError::Unusable {
        serial: info.serial.clone(),
        fault,
    })
}

/// Tells what everyone can see of `key`.
#[must_use]
pub fn summary(key: &UsbKey, issuing_ca: &TrustAnchor, now: Timestamp) -> KeySummary {
    let info = key.info();
    let certificates = [
        key.authentication_certificate(),
        key.signature_certificate(),
    ];
    let holder = holder(key);
    KeySummary {
        serial: info.serial.clone(),
        label: info.label.clone(),
        reader: info.reader.clone(),
        holder: holder.map(|certificate| certificate.common_name().to_owned()),
        organisation: holder.and_then(|c| c.organisation().map(str::to_owned)),
        valid_until: certificates
            .into_iter()
            .flatten()
            .map(Certificate::not_after)
            .min(),
        pin: info.pin,
        fault: match check(key, issuing_ca, now) {
            Err(KeyError::Unusable { fault, .. }) => Some(fault),
            _ => None,
        },
    }
}

fn holder(key: &UsbKey) -> Option<&Certificate> {
    key.authentication_certificate()
        .or_else(|| key.signature_certificate())
}

fn check_certificates(
    serial: &str,
    authentication: Option<&Certificate>,
    signature: Option<&Certificate>,
    issuing_ca: &TrustAnchor,
    now: Timestamp,
) -> Result<(), KeyFault> {
    let places = [
        (AUTHENTICATION_ID, authentication, Role::UserAuthentication),
        (SIGNATURE_ID, signature, Role::UserSignature),
    ];
    for (place, certificate, role) in places {
        let certificate = certificate.ok_or(KeyFault::NoCertificate { place })?;
        issuing_ca
            .verify(certificate, role, now)
            .map_err(|error| fault_of(&error, place, certificate, role))?;
        if certificate.key_serial() != Some(serial) {
            return Err(KeyFault::OtherKey);
        }
    }
    Ok(())
}

fn fault_of(
    error: &ChainError,
    place: &'static str,
    certificate: &Certificate,
    role: Role,
) -> KeyFault {
    match error {
        ChainError::Expired { .. } => KeyFault::Expired {
            at: certificate.not_after(),
        },
        ChainError::NotYetValid => KeyFault::NotYetValid {
            at: certificate.not_before(),
        },
        ChainError::WrongRole { .. } => KeyFault::WrongRole {
            place,
            wanted: role.name(),
        },
        ChainError::Foreign => KeyFault::Foreign,
        other => KeyFault::Invalid(other.to_string()),
    }
}
