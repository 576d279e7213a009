//! Another PIN, with a module that fails in the middle: no PIN is shown more often than the change takes, and one of the
//! two opens the key afterwards.

use wattkey_token::{Pin, PinState, TokenError};

use crate::setup::{PIN, SECURITY_OFFICER_PIN, SLACK, Setup, deadlines, pin, within};

const NEW_PIN: &str = "604817";

fn new_pin() -> Pin {
    Pin::new(NEW_PIN.to_owned())
}

fn officer_pin() -> Pin {
    Pin::new(SECURITY_OFFICER_PIN.to_owned())
}

/// How often the old and the new PIN were shown.
fn shown(setup: &Setup) -> (usize, usize) {
    (setup.faults.shown(PIN), setup.faults.shown(NEW_PIN))
}

fn assert_opens_with(setup: &Setup, pin: &Pin) {
    let key = setup.usb_key().unlock(pin).unwrap();
    crate::setup::sign(&*key.authentication_signer()).unwrap();
}

fn pin_after(error: &TokenError) -> Option<PinState> {
    match error {
        TokenError::Hung { pin, .. } | TokenError::Crashed { pin, .. } => *pin,
        error => panic!("{error:?}"),
    }
}

#[test]
fn a_changed_pin_is_the_one_that_opens() {
    let setup = Setup::new();
    setup.usb_key().change_pin(&pin(), &new_pin()).unwrap();
    // The old one logs in, and stands beside the new one.
    assert_eq!(shown(&setup), (2, 1));
    assert_opens_with(&setup, &new_pin());
    let error = setup.usb_key().unlock(&pin()).unwrap_err().error;
    assert!(matches!(error, TokenError::WrongPin { .. }), "{error:?}");
}

#[test]
fn a_login_that_fails_shows_no_new_pin() {
    for fault in ["hang", "crash segv", "fail 0x30", "fail 0xa0"] {
        let setup = Setup::new();
        let key = setup.usb_key();
        setup.faults.set(&format!("C_Login {fault}")).unwrap();
        key.change_pin(&pin(), &new_pin()).unwrap_err();
        setup.faults.clear().unwrap();
        key.pin_state().unwrap();
        assert_eq!(shown(&setup), (1, 0), "{fault}");
        assert_opens_with(&setup, &pin());
    }
}

#[test]
fn a_change_that_is_lost_is_not_repeated_and_the_counter_is_read_again() {
    for (fault, opens_with) in [
        ("hang", pin()),
        ("crash segv", pin()),
        ("hang-after", new_pin()),
        ("crash-after segv", new_pin()),
    ] {
        let setup = Setup::new();
        let key = setup.usb_key();
        setup.faults.set(&format!("C_SetPIN {fault}")).unwrap();
        let limit = deadlines().login + deadlines().reread + SLACK;
        let error = within(limit, || key.change_pin(&pin(), &new_pin())).unwrap_err();
        assert!(pin_after(&error).is_some(), "{fault}");
        setup.faults.clear().unwrap();
        key.pin_state().unwrap();
        assert_eq!(shown(&setup), (2, 1), "{fault}");
        assert_opens_with(&setup, &opens_with);
    }
}

#[test]
fn a_new_pin_that_the_token_refuses_is_no_wrong_pin() {
    for value in ["0xa1", "0xa2", "0x30", "0x05"] {
        let setup = Setup::new();
        setup.faults.set(&format!("C_SetPIN fail {value}")).unwrap();
        let error = setup.usb_key().change_pin(&pin(), &new_pin()).unwrap_err();
        let wrong = matches!(error, TokenError::WrongPin { .. } | TokenError::PinLocked);
        assert!(!wrong, "{value}: {error:?}");
        setup.faults.clear().unwrap();
        assert_opens_with(&setup, &pin());
    }
}

#[test]
fn an_unblocking_that_is_lost_is_not_repeated() {
    for (function, fault, opens_with) in [
        ("C_Login", "hang", pin()),
        ("C_Login", "crash segv", pin()),
        ("C_InitPIN", "hang", pin()),
        ("C_InitPIN", "crash-after segv", new_pin()),
    ] {
        let setup = Setup::new();
        let key = setup.usb_key();
        setup.faults.set(&format!("{function} {fault}")).unwrap();
        let limit = deadlines().login + deadlines().reread + SLACK;
        let error = within(limit, || key.unblock(&officer_pin(), &new_pin())).unwrap_err();
        assert!(pin_after(&error).is_some(), "{function} {fault}");
        setup.faults.clear().unwrap();
        key.pin_state().unwrap();
        let puk = setup.faults.shown(SECURITY_OFFICER_PIN);
        assert_eq!(puk, 1, "{function} {fault}");
        assert!(shown(&setup).1 <= 1, "{function} {fault}");
        assert_opens_with(&setup, &opens_with);
    }
}

#[test]
fn a_pin_is_changed_on_the_tokens_own_pad() {
    let setup = Setup::new();
    let rules = format!("pin-pad {PIN} {NEW_PIN}");
    setup.faults.set(&rules).unwrap();
    let key = setup.usb_key();
    let error = key.change_pin(&pin(), &new_pin()).unwrap_err();
    assert!(matches!(error, TokenError::PinPadOnly), "{error:?}");
    key.change_pin(&Pin::on_device(), &Pin::on_device())
        .unwrap();
    assert_eq!(shown(&setup), (0, 0));
    setup.faults.clear().unwrap();
    assert_opens_with(&setup, &new_pin());
}
