//! What the USB key, its module or the way to it failed at: said with when it was, and how the PIN stands.

use std::path::Path;

use crate::keys;
use crate::lock::Locked;
use wattkey_token::{BrokenRule, PinState, TokenError};

use super::{Exit, Fault, Value};

/// What the key was asked for when it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// It was read, without a PIN.
    Reading,
    /// It was unlocked.
    Unlocking,
    /// It signed for the connection.
    Connecting,
    /// It signed what the user agreed to.
    Signing,
    /// Its PIN was changed.
    Changing,
    /// Its PIN was unblocked.
    Unblocking,
}

impl When {
    fn message(self) -> Value {
        let name = match self {
            When::Reading => "reading",
            When::Unlocking => "unlocking",
            When::Connecting => "connecting",
            When::Signing => "signing",
            When::Changing => "changing",
            When::Unblocking => "unblocking",
        };
        Value::Message(format!("when-{name}"))
    }

    /// Whether a PIN was on its way.
    fn shows_pin(self) -> bool {
        !matches!(self, When::Reading | When::Connecting)
    }
}

/// What a failure of the token means to a person.
#[must_use]
pub fn of(error: &TokenError, when: When) -> Fault {
    match error {
        // What the key compared there is the PUK; the state that it tells is the PIN's.
        TokenError::WrongPin { .. } | TokenError::WrongSecurityOfficerPin
            if when == When::Unblocking =>
        {
            Fault::new("wrong-puk", Exit::WrongPuk)
        }
        TokenError::PinLocked if when == When::Unblocking => {
            Fault::new("puk-locked", Exit::PukLocked)
        }
        TokenError::WrongPin { state } => wrong_pin(*state),
        TokenError::WrongPuk => Fault::new("wrong-puk", Exit::WrongPuk),
        TokenError::NewPin { rule } => broken_rule(rule),
        TokenError::UnblockUnsupported { hint } => {
            Fault::new("unblock-unsupported", Exit::UnusableKey).with("hint", hint.to_string())
        }
        TokenError::PinLocked => Fault::new("pin-locked", Exit::PinLocked),
        TokenError::PinLength => Fault::new("pin-length", Exit::NoPin),
        TokenError::PinUnsuitable if when == When::Changing || when == When::Unblocking => {
            Fault::new("new-pin-refused", Exit::NewPin)
        }
        TokenError::PinUnsuitable => Fault::new("pin-unsuitable", Exit::NoPin),
        TokenError::PinExpired => Fault::new("pin-to-be-changed", Exit::PinToBeChanged),
        TokenError::PinNotSet => Fault::new("pin-not-set", Exit::UnusableKey),
        TokenError::PinPadOnly => Fault::new("pin-pad-only", Exit::PinPad),
        TokenError::PinPadMissing => Fault::new("pin-pad-missing", Exit::PinPad),
        TokenError::Removed | TokenError::NoToken | TokenError::TokenMissing { .. } => {
            let code = if when.shows_pin() {
                "key-removed-pin"
            } else {
                "key-removed"
            };
            Fault::new(code, Exit::NoKey).with("when", when.message())
        }
        TokenError::Hung { pin, .. } => restarted(when, *pin, ["key-hung", "key-hung-pin"]),
        TokenError::Crashed { pin, .. } => {
            restarted(when, *pin, ["key-crashed", "key-crashed-pin"])
        }
        // The login was another process's, which is gone.
        TokenError::Locked => locked(Locked::ModuleRestarted),
        TokenError::HostStart { .. } => Fault::new("key-host", Exit::Fault).cause(error),
        TokenError::Answer { what } => Fault::new("key-nonsense", Exit::UnusableKey)
            .with("when", when.message())
            .with("what", what.to_string()),
        other => Fault::new("key-fault", Exit::UnusableKey)
            .with("when", when.message())
            .cause(other),
    }
}

/// The same for a key that may have been pulled out: a module whose key goes in the middle of a
/// call is known to hang, and the pulling is what a person has to be told.
#[must_use]
pub fn of_key(error: &TokenError, when: When, module: &Path, serial: &str) -> Fault {
    let restarted = matches!(
        error,
        TokenError::Hung { pin: None, .. } | TokenError::Crashed { pin: None, .. }
    );
    if restarted && is_gone(module, serial) {
        return of(&TokenError::Removed, when);
    }
    of(error, when)
}

fn is_gone(module: &Path, serial: &str) -> bool {
    let found = keys::module(module).and_then(|module| keys::plugged_in(&module));
    match found {
        Ok(keys) => keys.iter().all(|key| key.info().serial != serial),
        Err(_) => false,
    }
}

/// What a failure of changing or unblocking the PIN means: after some it is not known which holds.
#[must_use]
pub fn of_new_pin(error: &TokenError, when: When) -> Fault {
    let fault = of(error, when);
    match error {
        TokenError::Hung { .. }
        | TokenError::Crashed { .. }
        | TokenError::Removed
        | TokenError::Module { .. }
        | TokenError::Answer { .. } => fault.means("means-pin-unknown"),
        _ => fault,
    }
}

/// What kept the module of the USB key from being loaded or asked at all.
#[must_use]
pub fn loading(error: &TokenError, module: &str) -> Fault {
    match error {
        TokenError::Hung { .. } | TokenError::Crashed { .. } | TokenError::HostStart { .. } => {
            of(error, When::Reading)
        }
        TokenError::ModuleFile { .. } => {
            Fault::new("key-module-missing", Exit::UnusableKey).with("module", module)
        }
        // The module works; it is the key, or its reader, that does not.
        TokenError::Module { .. } | TokenError::Answer { .. } | TokenError::Removed => {
            of(error, When::Reading)
        }
        other => Fault::new("key-module", Exit::UnusableKey)
            .with("module", module)
            .cause(other),
    }
}

/// A session that was ended.
#[must_use]
pub fn locked(why: Locked) -> Fault {
    match why {
        Locked::KeyPulled => Fault::new("key-pulled", Exit::NoKey),
        Locked::ModuleRestarted => Fault::new("key-restarted", Exit::ModuleRestarted),
        Locked::Unwatched => Fault::new("key-unwatched", Exit::ModuleRestarted),
        Locked::ByUser => Fault::new("session-locked", Exit::NoPin),
    }
}

/// Which rule a new PIN breaks, and what the rule is for.
#[must_use]
pub fn broken_rule(rule: &BrokenRule) -> Fault {
    let fault = Fault::new("new-pin", Exit::NewPin)
        .with("rule", Value::Message(format!("rule-{}", rule.code())));
    match rule {
        BrokenRule::TooShort { least } => fault.with("least", least.to_string()),
        BrokenRule::TooLong { most } => fault.with("most", most.to_string()),
        _ => fault,
    }
}

fn wrong_pin(state: PinState) -> Fault {
    match state {
        PinState { locked: true, .. } => Fault::new("wrong-pin-locked", Exit::PinLocked),
        PinState {
            final_try: true, ..
        } => Fault::new("wrong-pin-last", Exit::WrongPin),
        _ => Fault::new("wrong-pin", Exit::WrongPin),
    }
}

fn restarted(when: When, pin: Option<PinState>, [plain, with_pin]: [&'static str; 2]) -> Fault {
    let fault = |code| Fault::new(code, Exit::ModuleRestarted).with("when", when.message());
    if !when.shows_pin() {
        return fault(plain);
    }
    let now = pin.map_or("unknown", PinState::name);
    fault(with_pin).with("pin", Value::Message(format!("why-pin-{now}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Lang, Text};

    fn pin(state: PinState) -> PinState {
        PinState {
            initialised: true,
            ..state
        }
    }

    /// Exit code, and the words in both languages with nothing left to fill.
    fn said(error: &TokenError, when: When) -> (u8, String) {
        let fault = of(error, when);
        let words = |lang| {
            let (message, next) = fault.words(&Text::new(lang));
            let whole = format!("{message} {next}");
            let made_up = ["{", "err-", "rec-", "when-", "why-", "rule-"];
            let left = made_up.iter().any(|part| whole.contains(part));
            assert!(!left, "something is not filled: {whole}");
            message
        };
        words(Lang::Zh);
        (fault.exit as u8, words(Lang::En))
    }

    #[test]
    fn each_failure_has_its_own_exit_code_and_words() {
        let state = PinState::default();
        let last = pin(PinState {
            final_try: true,
            ..state
        });
        let locked = pin(PinState {
            locked: true,
            ..state
        });
        let hung = |pin| TokenError::Hung {
            operation: "log in".into(),
            pin,
        };
        let crashed = |pin| TokenError::Crashed {
            operation: "sign".into(),
            pin,
        };
        let rule = BrokenRule::TooShort { least: 6 };
        let table = [
            (
                TokenError::WrongPin { state: pin(state) },
                When::Unlocking,
                20,
                "The PIN is wrong",
            ),
            (
                TokenError::WrongPin { state: last },
                When::Unlocking,
                20,
                "One try is left",
            ),
            (
                TokenError::WrongPin { state: locked },
                When::Signing,
                21,
                "now locked",
            ),
            (
                TokenError::WrongPin { state: locked },
                When::Unblocking,
                25,
                "The PUK is wrong",
            ),
            (
                TokenError::WrongPuk,
                When::Unblocking,
                25,
                "The PUK is wrong",
            ),
            (TokenError::PinLocked, When::Unlocking, 21, "PIN is locked"),
            (TokenError::PinLocked, When::Unblocking, 26, "PUK is locked"),
            (
                TokenError::PinLength,
                When::Unlocking,
                22,
                "not counted as a try",
            ),
            (
                TokenError::PinUnsuitable,
                When::Unlocking,
                22,
                "not counted as a try",
            ),
            (
                TokenError::PinUnsuitable,
                When::Changing,
                24,
                "does not take the new PIN",
            ),
            (
                TokenError::NewPin { rule },
                When::Changing,
                24,
                "fewer than 6 characters",
            ),
            (
                TokenError::PinExpired,
                When::Unlocking,
                23,
                "must be changed",
            ),
            (TokenError::PinNotSet, When::Unlocking, 17, "has no PIN yet"),
            (
                TokenError::PinPadOnly,
                When::Unlocking,
                27,
                "typed on the key",
            ),
            (
                TokenError::PinPadMissing,
                When::Unlocking,
                27,
                "no pad of its own",
            ),
            (
                TokenError::Removed,
                When::Unlocking,
                10,
                "pulled out while it was being unlocked",
            ),
            (
                TokenError::Removed,
                When::Connecting,
                10,
                "while the connection was being set up",
            ),
            (
                TokenError::Removed,
                When::Signing,
                10,
                "while the order was being signed",
            ),
            (
                TokenError::Removed,
                When::Changing,
                10,
                "while its PIN was being changed",
            ),
            (
                hung(None),
                When::Reading,
                18,
                "did not answer in time while it was being read",
            ),
            (hung(None), When::Unlocking, 18, "PIN now: not known"),
            (hung(Some(pin(state))), When::Unlocking, 18, "PIN now: ok"),
            (hung(Some(last)), When::Signing, 18, "PIN now: last try"),
            (
                crashed(None),
                When::Connecting,
                18,
                "crashed while the connection",
            ),
            (
                crashed(Some(locked)),
                When::Unblocking,
                18,
                "PIN now: locked",
            ),
        ];
        for (error, when, exit, words) in table {
            let (code, message) = said(&error, when);
            assert_eq!(code, exit, "{error:?} {when:?}: {message}");
            assert!(message.contains(words), "{error:?} {when:?}: {message}");
        }
    }

    #[test]
    fn every_rule_for_a_new_pin_has_its_words() {
        for rule in [
            BrokenRule::TooShort { least: 6 },
            BrokenRule::TooLong { most: 8 },
            BrokenRule::Characters,
            BrokenRule::Digits,
            BrokenRule::TooSimple,
            BrokenRule::Sequence,
            BrokenRule::SerialNumber,
            BrokenRule::NotNew,
        ] {
            assert_eq!(said(&TokenError::NewPin { rule }, When::Changing).0, 24);
        }
    }

    #[test]
    fn every_end_of_a_session_has_its_words() {
        let exits = [
            (Locked::KeyPulled, 10),
            (Locked::ModuleRestarted, 18),
            (Locked::Unwatched, 18),
            (Locked::ByUser, 22),
        ];
        for (why, exit) in exits {
            let fault = locked(why);
            assert_eq!(fault.exit as u8, exit);
            let words = fault.words(&Text::new(Lang::En));
            assert!(!words.0.starts_with("err-"), "{words:?}");
        }
    }
}
