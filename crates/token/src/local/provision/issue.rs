//! Issuing in one go, to tokens that are initialised here and to PIV cards, which come initialised.

use std::sync::Arc;

use cryptoki::session::Session;
use cryptoki::slot::Slot;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::{init_token, issue_key_pairs, with_login};
use crate::error::Trying;
use crate::local::flavour::Flavour;
use crate::local::{Module, change_pin, chuid, login};
use crate::provision::KeyPairs;
use crate::{Pin, PinRules, TokenError, TokenInfo, key_id};

/// The secrets of a token.
#[derive(Debug)]
pub struct Credentials {
    /// The user's PIN.
    pub pin: Pin,
    /// What unblocks the PIN. Tokens that are initialised here have none; their security officer's PIN does it.
    pub puk: Pin,
    /// The security officer's PIN; of a PIV card the management key, 48 hexadecimal digits.
    pub security_officer_pin: Pin,
}

impl Credentials {
    /// What a new PIV card has, by custom of its makers.
    #[must_use]
    pub fn of_new_piv_card() -> Self {
        let pin = |text: &str| Pin::new(text.to_owned());
        Self {
            pin: pin("123456"),
            puk: pin("12345678"),
            security_officer_pin: pin(&"0102030405060708".repeat(3)),
        }
    }

    /// The one that keys and certificates are written with.
    #[must_use]
    pub fn for_writing(&self, info: &TokenInfo) -> &Pin {
        if info.is_piv() {
            &self.security_officer_pin
        } else {
            &self.pin
        }
    }
}

/// The token that is issued.
#[derive(Debug)]
pub enum Target<'a> {
    /// The first one that waits for its initialisation.
    Blank {
        /// The label that it gets.
        label: &'a str,
    },
    /// A PIV card.
    Card {
        /// Its serial number, as [`TokenInfo`] has it.
        serial: &'a str,
        /// Its secrets as they are.
        current: &'a Credentials,
    },
}

/// An issued token; its certificates are still to be written.
#[derive(Debug)]
pub struct Issued {
    /// What it says of itself.
    pub info: TokenInfo,
    /// Its keys.
    pub keys: KeyPairs,
}

/// How Yubico's module tells a PUK from a PIN in `C_SetPIN`.
const PUK_MARK: &str = "puk:";

/// Makes a token one user's: its secrets become `credentials`, and it makes its two keys.
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
/// current secrets is another; [`TokenError::IdentifierMissing`]; [`TokenError::Unsupported`] when the module cannot issue PIV cards;
/// [`TokenError::NoToken`], [`TokenError::TokenMissing`], and failures of the module.
pub fn issue(
    module: &Arc<Module>,
    target: &Target<'_>,
    credentials: &Credentials,
) -> Result<Issued, TokenError> {
    match target {
        Target::Blank { label } => blank(module, label, credentials),
        Target::Card { serial, current } => card(module, serial, current, credentials),
    }
}

fn blank(
    module: &Arc<Module>,
    label: &str,
    credentials: &Credentials,
) -> Result<Issued, TokenError> {
    let slot = module.uninitialised_slot()?;
    check_pin(&module.token(slot)?, credentials)?;
    let officer = &credentials.security_officer_pin;
    let serial = init_token(module, label, officer, &credentials.pin)?;
    let keys = issue_key_pairs(module, &serial, &credentials.pin)?;
    let (_, info) = module.slot_by_serial(&serial)?;
    Ok(Issued { info, keys })
}

fn card(
    module: &Arc<Module>,
    serial: &str,
    current: &Credentials,
    credentials: &Credentials,
) -> Result<Issued, TokenError> {
    if module.flavour() != Flavour::Yubico {
        return Err(TokenError::Unsupported {
            operation: "issue keys".into(),
        });
    }
    let (slot, info) = module.slot_by_serial(serial)?;
    if !chuid::is_serial(&info.serial) {
        return Err(TokenError::IdentifierMissing);
    }
    check_pin(&info, credentials)?;
    for secrets in [current, credentials] {
        login::check(&info, &secrets.puk)?;
        login::check_officer(&info, &secrets.security_officer_pin)?;
    }
    login::check(&info, &current.pin)?;
    let session = module.write_session(slot)?;
    for id in [key_id::AUTHENTICATION, key_id::SIGNATURE] {
        super::absent(&session, id)?;
    }
    set_secrets(module, slot, &info, &session, current, credentials)?;
    drop(session);
    let keys: KeyPairs = issue_key_pairs(module, serial, &credentials.security_officer_pin)?;
    Ok(Issued { info, keys })
}

fn check_pin(info: &TokenInfo, credentials: &Credentials) -> Result<(), TokenError> {
    login::check_pad(info, &credentials.pin)?;
    PinRules::of(info)
        .check(&credentials.pin, &[&credentials.puk])
        .map_err(|rule| TokenError::NewPin { rule })
}

/// Changes PUK, PIN and management key, as far as they are to be others.
fn set_secrets(
    module: &Arc<Module>,
    slot: Slot,
    info: &TokenInfo,
    session: &Session,
    old: &Credentials,
    new: &Credentials,
) -> Result<(), TokenError> {
    if !old.puk.is_same_as(&new.puk) {
        let marked = marked(&old.puk)?;
        session
            .set_pin(&marked, new.puk.typed()?)
            .map_err(|error| change_pin::refused_puk("change the PUK", error))?;
    }
    if !old.pin.is_same_as(&new.pin) {
        session
            .set_pin(old.pin.typed()?, new.pin.typed()?)
            .map_err(|error| login::refusal(module, slot, info, "change the PIN", error))?;
    }
    let (old, new) = (&old.security_officer_pin, &new.security_officer_pin);
    if !old.is_same_as(new) {
        with_login(module, &info.serial, old, |session| {
            let (old, new) = (old.typed()?, new.typed()?);
            session
                .set_pin(old, new)
                .trying("change the management key")
        })?;
    }
    Ok(())
}

fn marked(puk: &Pin) -> Result<SecretString, TokenError> {
    let puk = puk.typed()?.expose_secret();
    let mut text = Zeroizing::new(String::with_capacity(PUK_MARK.len() + puk.len()));
    text.push_str(PUK_MARK);
    text.push_str(puk);
    Ok(SecretString::from(Box::<str>::from(text.as_str())))
}
