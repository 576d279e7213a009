//! Making a token ready: initialising it, making its keys, writing certificates. The issuing desk's side.
//!
//! A PIV card comes initialised, and its management key takes the place of the user's PIN where keys and certificates
//! are written: the functions here take that as their PIN for such a card. Only Yubico's module can do it.

mod issue;

pub use issue::{Credentials, Issued, Target, issue};

use std::sync::Arc;

use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass};
use cryptoki::session::Session;
use wattkey_pki::{Certificate, PublicKey};
use zeroize::Zeroizing;

use crate::error::Trying;
use crate::local::flavour::Flavour;
use crate::local::object::P256;
use crate::local::{Module, login, object};
use crate::provision::KeyPairs;
use crate::{KeyUse, Pin, TokenError, key_id};

/// Longest label of a token in bytes (PKCS#11 v3.1 §3.3).
const MAX_LABEL: usize = 32;

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
    if label.len() > MAX_LABEL {
        return Err(TokenError::LabelLength);
    }
    let slot = module.uninitialised_slot()?;
    let blank = module.token(slot)?;
    login::check(&blank, security_officer_pin)?;
    login::check(&blank, pin)?;
    let before = module.tokens()?;
    module
        .cryptoki()
        .init_token(slot, security_officer_pin.typed()?, label)
        .trying("initialise the token")?;

    // The token may have moved to another slot: it is the one that was not there before.
    let (slot, info) = module
        .slots()?
        .into_iter()
        .find(|(_, info)| before.iter().all(|known| known.serial != info.serial))
        .ok_or(TokenError::answer("the initialised token is not there"))?;
    let session = module.write_session(slot)?;
    login::security_officer(&session, security_officer_pin)?;
    session.init_pin(pin.typed()?).trying("set the PIN")?;
    session.logout().trying("log the security officer out")?;
    Ok(info.serial)
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
    with_login(module, serial, pin, |session| {
        absent(session, key_id::AUTHENTICATION)?;
        absent(session, key_id::SIGNATURE)?;
        let authentication = generate(
            module.flavour(),
            session,
            key_id::AUTHENTICATION,
            KeyPolicy::Sign,
            AUTHENTICATION_LABEL,
        )?;
        let signature = generate(
            module.flavour(),
            session,
            key_id::SIGNATURE,
            KeyPolicy::SignWithPin,
            SIGNATURE_LABEL,
        )?;
        Ok(KeyPairs {
            authentication,
            signature,
        })
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
    let certificates = [
        (key_id::AUTHENTICATION, AUTHENTICATION_LABEL, authentication),
        (key_id::SIGNATURE, SIGNATURE_LABEL, signature),
    ];
    with_login(module, serial, pin, |session| {
        for (id, _, certificate) in certificates {
            if object::public_key(session, id)? != *certificate.public_key() {
                return Err(TokenError::KeyMissing { id: id.to_vec() });
            }
        }
        for (id, label, certificate) in certificates {
            object::write_certificate(session, id, label, certificate)?;
        }
        Ok(())
    })?;
    // A card that is full, or cuts what is too long, is found here and not by its user.
    let (slot, _) = module.slot_by_serial(serial)?;
    let session = module.read_session(slot)?;
    for (id, _, certificate) in certificates {
        if object::certificate(&session, id)?.as_ref() != Some(certificate) {
            return Err(TokenError::answer("a certificate is not what was written"));
        }
    }
    Ok(())
}

/// Destroys both keys of a USB key and their certificates, as far as they are there.
///
/// A PIV card has no way to destroy a key. It loses its certificates, without which no module finds the keys; the next
/// keys take their place.
///
/// # Errors
///
/// [`TokenError::TokenMissing`], the PIN errors, and failures of the module.
pub fn erase_keys(module: &Arc<Module>, serial: &str, pin: &Pin) -> Result<(), TokenError> {
    with_login(module, serial, pin, |session| {
        for id in [key_id::AUTHENTICATION, key_id::SIGNATURE] {
            let objects = match module.flavour() {
                Flavour::Yubico => object::find(session, ObjectClass::CERTIFICATE, id)?,
                _ => object::all_with_id(session, id)?,
            };
            object::destroy(session, &objects)?;
        }
        Ok(())
    })
}

const AUTHENTICATION_LABEL: &str = "authentication";
const SIGNATURE_LABEL: &str = "signature";

/// What a key may do, and what it wants for it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum KeyPolicy {
    Sign,
    SignWithPin,
    Derive,
}

impl From<KeyUse> for KeyPolicy {
    fn from(key_use: KeyUse) -> Self {
        match key_use {
            KeyUse::Sign => Self::Sign,
            KeyUse::Derive => Self::Derive,
        }
    }
}

impl KeyPolicy {
    fn private_attributes(self) -> [Attribute; 9] {
        [
            Attribute::Class(ObjectClass::PRIVATE_KEY),
            Attribute::KeyType(KeyType::EC),
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Sign(matches!(self, Self::Sign | Self::SignWithPin)),
            Attribute::Derive(matches!(self, Self::Derive)),
            Attribute::AlwaysAuthenticate(matches!(self, Self::SignWithPin)),
        ]
    }

    fn public_attributes(self) -> [Attribute; 7] {
        [
            Attribute::Class(ObjectClass::PUBLIC_KEY),
            Attribute::KeyType(KeyType::EC),
            Attribute::Token(true),
            Attribute::Private(false),
            Attribute::EcParams(P256.to_vec()),
            Attribute::Verify(matches!(self, Self::Sign | Self::SignWithPin)),
            Attribute::Derive(matches!(self, Self::Derive)),
        ]
    }
}

/// Makes a key pair. The session must be one for writing, logged in.
pub(crate) fn generate(
    flavour: Flavour,
    session: &Session,
    id: &[u8],
    policy: KeyPolicy,
    label: &str,
) -> Result<PublicKey, TokenError> {
    absent(session, id)?;
    let named = names(id, label);
    let public = [policy.public_attributes().as_slice(), &named].concat();
    let mut private = [policy.private_attributes().as_slice(), &named].concat();
    if flavour == Flavour::Yubico {
        // It refuses what a PIV card's keys are anyway; whether they are is looked at below.
        private.retain(|attribute| {
            !matches!(
                attribute,
                Attribute::Extractable(_) | Attribute::AlwaysAuthenticate(_)
            )
        });
    }
    let (public, private) = session
        .generate_key_pair(&Mechanism::EccKeyPairGen, &public, &private)
        .trying("generate a key pair")?;
    let wants_pin = matches!(policy, KeyPolicy::SignWithPin);
    let protected = object::flag(session, private, AttributeType::Sensitive)?
        && !object::flag(session, private, AttributeType::Extractable)?
        && (!wants_pin || object::flag(session, private, AttributeType::AlwaysAuthenticate)?);
    if !protected {
        if flavour != Flavour::Yubico {
            object::destroy(session, &[private, public])?;
        }
        return Err(TokenError::KeyUnprotected { id: id.to_vec() });
    }
    object::point(session, public)
}

/// Writes a key pair that was made elsewhere.
pub(crate) fn import(
    session: &Session,
    id: &[u8],
    policy: KeyPolicy,
    label: &str,
    scalar: &Zeroizing<[u8; 32]>,
    public_key: &PublicKey,
) -> Result<(), TokenError> {
    absent(session, id)?;
    let named = names(id, label);
    let mut point = vec![0x04, 0x41];
    point.extend_from_slice(public_key.as_uncompressed());
    let public = [Attribute::EcPoint(point)];
    let public = [policy.public_attributes().as_slice(), &named, &public].concat();
    let private = [
        Attribute::EcParams(P256.to_vec()),
        Attribute::Value(scalar.to_vec()),
    ];
    let private = [policy.private_attributes().as_slice(), &named, &private].concat();
    session
        .create_object(&private)
        .trying("import a private key")?;
    session
        .create_object(&public)
        .trying("import a public key")?;
    Ok(())
}

fn names(id: &[u8], label: &str) -> [Attribute; 2] {
    [
        Attribute::Id(id.to_vec()),
        Attribute::Label(label.as_bytes().to_vec()),
    ]
}

fn absent(session: &Session, id: &[u8]) -> Result<(), TokenError> {
    // Yubico's module shows private keys to the user only; the public ones stand for them.
    if !object::find(session, ObjectClass::PUBLIC_KEY, id)?.is_empty() {
        return Err(TokenError::KeyExists { id: id.to_vec() });
    }
    match object::private_key(session, id) {
        Err(TokenError::KeyMissing { .. }) => Ok(()),
        Ok(_) => Err(TokenError::KeyExists { id: id.to_vec() }),
        Err(error) => Err(error),
    }
}

/// Logs in as who may write, runs the operation in a session for writing, and logs out again.
fn with_login<T>(
    module: &Arc<Module>,
    serial: &str,
    pin: &Pin,
    operation: impl FnOnce(&Session) -> Result<T, TokenError>,
) -> Result<T, TokenError> {
    let (slot, info) = module.slot_by_serial(serial)?;
    let session = module.write_session(slot)?;
    if module.flavour() == Flavour::Yubico {
        login::check_officer(&info, pin)?;
        login::security_officer(&session, pin)?;
    } else {
        login::user(module, slot, &session, &info, pin)?;
    }
    let answer = operation(&session);
    let ended = session.logout().trying("log out");
    let answer = answer?;
    ended?;
    Ok(answer)
}
