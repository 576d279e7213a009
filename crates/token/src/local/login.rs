//! Showing a PIN to a token, once.

use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;

use crate::error::{Trying, is_refused_pin};
use crate::local::Module;
use crate::{Pin, PinState, TokenError, TokenInfo};

/// A key for three-key Triple DES, or for AES with 192 bits, in hexadecimal.
const MANAGEMENT_KEY_DIGITS: usize = 48;

/// Logs the user in. `info` is what was read before.
///
/// A PIN that cannot be one of this token is not shown to it.
pub(crate) fn user(
    module: &Module,
    slot: Slot,
    session: &Session,
    info: &TokenInfo,
    pin: &Pin,
) -> Result<(), TokenError> {
    check(info, pin)?;
    if info.pin.locked {
        return Err(TokenError::PinLocked);
    }
    session
        .login(UserType::User, pin.secret())
        .map_err(|error| refusal(module, slot, info, "log in", error))
}

/// Logs the security officer in.
pub(crate) fn security_officer(session: &Session, pin: &Pin) -> Result<(), TokenError> {
    match session.login(UserType::So, pin.secret()) {
        Err(error) if is_refused_pin(&error) => Err(TokenError::WrongSecurityOfficerPin),
        answer => answer.trying("log the security officer in"),
    }
}

/// Whether this can be a PIN of the token at all. A PIN that cannot be is not shown to it: it might cost a try.
pub(crate) fn check(info: &TokenInfo, pin: &Pin) -> Result<(), TokenError> {
    check_pad(info, pin)?;
    let Some(length) = pin.len() else {
        return Ok(());
    };
    match info.pin_length {
        Some((shortest, longest)) if !(shortest..=longest).contains(&length) => {
            Err(TokenError::PinLength)
        }
        _ if info.is_piv() && !pin.is_digits() => Err(TokenError::PinUnsuitable),
        _ => Ok(()),
    }
}

/// Whether the PIN comes in as the token wants it: typed here, or on its own pad.
pub(crate) fn check_pad(info: &TokenInfo, pin: &Pin) -> Result<(), TokenError> {
    match (info.pin.protected_path, pin.is_on_device()) {
        (false, true) => Err(TokenError::PinPadMissing),
        (true, false) => Err(TokenError::PinPadOnly),
        _ => Ok(()),
    }
}

/// Whether this can be the security officer's PIN: of a PIV card it is the management key in hexadecimal.
pub(crate) fn check_officer(info: &TokenInfo, pin: &Pin) -> Result<(), TokenError> {
    if !info.is_piv() {
        return check(info, pin);
    }
    if pin.len() != Some(MANAGEMENT_KEY_DIGITS) {
        return Err(TokenError::PinLength);
    }
    if !pin.is_hexadecimal() {
        return Err(TokenError::PinUnsuitable);
    }
    Ok(())
}

/// What a failed login means. After a refused PIN the state is read again, so that the caller can tell what is left.
/// Where it cannot be read, the worst is told: that the next wrong PIN locks.
pub(crate) fn refusal(
    module: &Module,
    slot: Slot,
    info: &TokenInfo,
    operation: &'static str,
    error: cryptoki::error::Error,
) -> TokenError {
    if !is_refused_pin(&error) {
        return TokenError::of(operation, error);
    }
    let state = module.pin_state(slot).unwrap_or(PinState {
        count_low: true,
        final_try: true,
        ..info.pin
    });
    if state.locked {
        TokenError::PinLocked
    } else {
        TokenError::WrongPin { state }
    }
}
