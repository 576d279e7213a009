//! Showing a PIN to a token, once.

use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;

use crate::error::{Trying, is_refused_pin};
use crate::{Module, Pin, TokenError, TokenInfo};

/// Logs the user in. `info` is what was read before; its PIN state is reported if the token cannot be read again.
///
/// A PIN whose length the token does not allow is not shown to it: it cannot be right, and might cost a try.
pub(crate) fn user(
    module: &Module,
    slot: Slot,
    session: &Session,
    info: &TokenInfo,
    pin: &Pin,
) -> Result<(), TokenError> {
    check_length(info, pin)?;
    session
        .login(UserType::User, Some(pin.secret()))
        .map_err(|error| refusal(module, slot, info, "log in", error))
}

/// Logs the security officer in.
pub(crate) fn security_officer(session: &Session, pin: &Pin) -> Result<(), TokenError> {
    match session.login(UserType::So, Some(pin.secret())) {
        Err(error) if is_refused_pin(&error) => Err(TokenError::WrongSecurityOfficerPin),
        answer => answer.trying("log the security officer in"),
    }
}

/// Whether the token may have a PIN of this length.
pub(crate) fn check_length(info: &TokenInfo, pin: &Pin) -> Result<(), TokenError> {
    match info.pin_length {
        Some((shortest, longest)) if !(shortest..=longest).contains(&pin.len()) => {
            Err(TokenError::PinLength)
        }
        _ => Ok(()),
    }
}

/// What a failed login means. After a refused PIN the state is read again, so that the caller can tell what is left.
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
    let state = module.pin_state(slot).unwrap_or(info.pin);
    if state.locked {
        TokenError::PinLocked
    } else {
        TokenError::WrongPin { state }
    }
}
