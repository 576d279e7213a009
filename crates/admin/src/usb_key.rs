//! The USB key in hand: finding it, unlocking it.

use std::path::Path;
use std::sync::Arc;

use wattkey_pki::Role;
use wattkey_token::{Module, Pin, PinState, UnlockedKey, UsbKey};

use crate::args::ManagerArguments;
use crate::exit::{Failure, Kind};
use crate::output::Output;
use crate::pins;

/// A manager's unlocked USB key, and the PIN for one signature with it.
pub(crate) struct ManagerKey {
    pub(crate) key: UnlockedKey,
    pub(crate) sign_pin: Option<Pin>,
    serial: String,
    /// Of the PIN, before it was used.
    state: PinState,
}

impl ManagerKey {
    /// The PIN for one signature: the one that was read, else typed now, after the preview.
    pub(crate) fn take_sign_pin(&mut self, output: &Output) -> Result<Pin, Failure> {
        if let Some(pin) = self.sign_pin.take() {
            return Ok(pin);
        }
        let prompt = output.language.sign_pin_of_key(&self.serial);
        pins::ask_for_key(output, self.state, None, &prompt)
    }
}

/// Whether the command signs a step with the manager's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signs {
    Yes,
    No,
}

/// Finds the manager's USB key, asks for the PINs and unlocks it.
pub(crate) fn unlock_manager(
    module: &Path,
    arguments: &ManagerArguments,
    signs: Signs,
    output: &Output,
) -> Result<ManagerKey, Failure> {
    let module = Module::load(module)?;
    let key = manager_key(&module, arguments.key.as_deref())?;
    let serial = key.info().serial.clone();
    let state = key.pin_state()?;
    pins::warn(output, state)?;
    let prompt = output.language.pin_of_key(&serial);
    let pin = pins::ask_for_key(output, state, arguments.pin_fd, &prompt)?;
    // All PINs are read before the first is shown, so that what fails later
    // leaves none of them on its descriptor for somebody else to read.
    let sign_pin = match signs {
        Signs::No => None,
        Signs::Yes => {
            let prompt = output.language.sign_pin_of_key(&serial);
            let pin = pins::ask_for_key(output, state, arguments.sign_pin_fd, &prompt)?;
            Some(pin)
        }
    };
    let key = key
        .unlock(&pin)
        .map_err(|unlock| Failure::from(unlock.error))?;
    Ok(ManagerKey {
        key,
        sign_pin,
        serial,
        state,
    })
}

/// As [`unlock_manager`], for one signature whose PIN is typed when it is known what is signed.
/// From a descriptor both PINs are read at once.
pub(crate) fn unlock_signer(
    module: &Path,
    arguments: &ManagerArguments,
    output: &Output,
) -> Result<ManagerKey, Failure> {
    let signs = match arguments.sign_pin_fd {
        Some(_) => Signs::Yes,
        None => Signs::No,
    };
    unlock_manager(module, arguments, signs, output)
}

fn manager_key(module: &Arc<Module>, serial: Option<&str>) -> Result<UsbKey, Failure> {
    let mut keys = module.usb_keys()?;
    match serial {
        Some(serial) => keys.retain(|key| key.info().serial == serial),
        None => keys.retain(is_managers),
    }
    match (keys.pop(), keys.is_empty()) {
        (Some(key), true) => Ok(key),
        (Some(_), false) => Err(Failure::because(Kind::SeveralTokens, "")),
        (None, _) => Err(Failure::because(
            Kind::NoToken,
            serial.map_or_else(
                || "no USB key of a manager".to_owned(),
                |serial| format!("no USB key {serial}"),
            ),
        )),
    }
}

fn is_managers(key: &UsbKey) -> bool {
    key.authentication_certificate()
        .is_some_and(|certificate| certificate.has_role(Role::ManagerAuthentication))
}

/// State of the PIN of the token with that label.
pub(crate) fn token_named(module: &Arc<Module>, label: &str) -> Result<PinState, Failure> {
    module
        .tokens()?
        .into_iter()
        .find(|info| info.label == label)
        .map(|info| info.pin)
        .ok_or_else(|| Failure::because(Kind::NoToken, format!("no token {label}")))
}
