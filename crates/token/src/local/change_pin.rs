//! Other PINs: changing one's own, and a new one for a locked token.

use cryptoki::error::{Error as ModuleError, RvError};
use cryptoki::session::SessionState;
use cryptoki::slot::Slot;

use crate::error::{Trying, is_refused_pin};
use crate::local::flavour::Flavour;
use crate::local::{Module, login};
use crate::{Pin, PinRules, TokenError, TokenInfo};

/// Gives the token another PIN.
///
/// The user logs in first. OpenSC wants that; and where a refused old PIN would leave open which of two was wrong, the
/// login tells.
pub(crate) fn change(
    module: &Module,
    slot: Slot,
    info: &TokenInfo,
    old: &Pin,
    new: &Pin,
) -> Result<(), TokenError> {
    login::check(info, old)?;
    check_new(info, new, old)?;
    let session = module.write_session(slot)?;
    login::user(module, slot, &session, info, old)?;
    let answer = match (old.secret(), new.secret()) {
        (Some(old), Some(new)) => session.set_pin(old, new),
        _ => module.functions().set_pin_on_device(&session),
    };
    let answer =
        answer.map_err(|error| login::refusal(module, slot, info, "change the PIN", error));
    let ended = session.logout().trying("log out");
    answer?;
    ended
}

/// Gives the token a new PIN, also when the old one is locked.
pub(crate) fn unblock(
    module: &Module,
    slot: Slot,
    info: &TokenInfo,
    puk: &Pin,
    new: &Pin,
) -> Result<(), TokenError> {
    login::check(info, puk)?;
    check_new(info, new, puk)?;
    let session = module.write_session(slot)?;
    // With a user logged in the PUK would be taken for the old PIN, and cost one of its tries.
    let state = session.get_session_info().trying("read the session")?;
    if state.session_state() != SessionState::RwPublic {
        return Err(TokenError::AlreadyUnlocked);
    }
    match module.flavour() {
        Flavour::OpenSc => {
            let answer = match (puk.secret(), new.secret()) {
                (Some(puk), Some(new)) => session.set_pin(puk, new),
                _ => module.functions().set_pin_on_device(&session),
            };
            answer.map_err(opensc_refusal)
        }
        Flavour::Yubico => Err(unsupported(YUBICO_HINT)),
        Flavour::Standard => {
            let logged_in = login::security_officer(&session, puk);
            logged_in.map_err(|error| match error {
                TokenError::WrongSecurityOfficerPin => TokenError::WrongPuk,
                error => error,
            })?;
            let answer = session.init_pin(new.typed()?).trying("set the PIN");
            let ended = session.logout().trying("log the security officer out");
            answer?;
            ended
        }
    }
}

/// Whether `new` may be the PIN of this token, whose old PIN or PUK is `other`.
pub(crate) fn check_new(info: &TokenInfo, new: &Pin, other: &Pin) -> Result<(), TokenError> {
    login::check_pad(info, new)?;
    PinRules::of(info)
        .check(new, &[other])
        .map_err(|rule| TokenError::NewPin { rule })
}

const OPENSC_HINT: &str = "put user_pin_unblock_style = set_pin_in_unlogged_session into the section pkcs11 of \
                           opensc.conf";
const YUBICO_HINT: &str = "use OpenSC's module, or yubico-piv-tool -a unblock-pin";

fn unsupported(hint: &'static str) -> TokenError {
    TokenError::UnblockUnsupported { hint: hint.into() }
}

/// What OpenSC's refusal of a new PIN in a session without login means. The first two are no answer to the PUK.
fn opensc_refusal(error: ModuleError) -> TokenError {
    match error {
        ModuleError::Pkcs11(RvError::UserNotLoggedIn | RvError::FunctionNotSupported, _) => {
            unsupported(OPENSC_HINT)
        }
        error => refused_puk("unblock the PIN", error),
    }
}

pub(crate) fn refused_puk(operation: &'static str, error: ModuleError) -> TokenError {
    match error {
        // A PUK without tries is refused like a wrong one; where the module tells, it is as lost.
        ModuleError::Pkcs11(RvError::PinLocked, _) => TokenError::WrongPuk,
        error if is_refused_pin(&error) => TokenError::WrongPuk,
        error => TokenError::of(operation, error),
    }
}

#[cfg(test)]
mod tests {
    use cryptoki::context::Function;

    use super::*;

    #[test]
    fn opensc_that_cannot_unblock_says_what_it_wants() {
        let refusal = |code| opensc_refusal(ModuleError::Pkcs11(code, Function::SetPIN));
        for code in [RvError::UserNotLoggedIn, RvError::FunctionNotSupported] {
            let error = refusal(code);
            assert!(
                matches!(&error, TokenError::UnblockUnsupported { hint } if hint == OPENSC_HINT),
                "{error:?}"
            );
        }
        for code in [RvError::PinIncorrect, RvError::PinLocked] {
            assert!(matches!(refusal(code), TokenError::WrongPuk));
        }
        let error = refusal(RvError::DeviceError);
        assert!(matches!(error, TokenError::Module { .. }), "{error:?}");
    }
}
