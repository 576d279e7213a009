//! A PIN is shown once, whatever becomes of the call that shows it.

use wattkey_token::{Card, TokenError};

use crate::calls::{self, Call};
use crate::setup::{CARD_PIN, PIN, SIGN, Setup, card_pin, sign};

/// Unlocks with a fault in the login; the error. The PIN went out once, by the user's login and nothing else.
fn unlock_with(setup: &Setup, fault: &str) -> TokenError {
    let before = setup.faults.shown(PIN);
    let key = setup.usb_key();
    setup.faults.set(&format!("C_Login {fault}")).unwrap();
    let failed = key.unlock(&crate::setup::pin()).expect_err(fault);
    assert_eq!(setup.faults.shown(PIN), before + 1, "{fault}");
    // Nor does it go out later: not when the state is read, not when the keys are listed.
    setup.faults.clear().unwrap();
    let _ = failed.key.pin_state();
    setup.usb_key().pin_state().unwrap();
    assert_eq!(setup.faults.shown(PIN), before + 1, "{fault}");
    failed.error
}

#[test]
fn a_login_that_hangs_or_crashes_shows_the_pin_once_and_the_counter_is_read_again() {
    for fault in ["hang", "hang-after", "crash segv", "crash-after abort"] {
        let setup = Setup::new();
        let error = unlock_with(&setup, fault);
        let (TokenError::Hung { pin, .. } | TokenError::Crashed { pin, .. }) = error else {
            panic!("{fault}: {error:?}")
        };
        let state = pin.expect("the module works again, so the counter was read");
        assert!(state.initialised && !state.locked, "{fault}: {state:?}");
        // By another process, after the login.
        let calls = setup.faults.calls();
        let login = calls.iter().position(|call| call.function == "C_Login");
        let login = login.unwrap();
        let read = calls[login..]
            .iter()
            .any(|call| call.function == "C_GetTokenInfo" && call.process != calls[login].process);
        assert!(read, "{fault}");
    }
}

#[test]
fn the_counter_that_was_read_again_is_what_the_token_says() {
    let setup = Setup::new();
    let key = setup.usb_key();
    setup
        .faults
        .set("C_Login hang\nflags final-try count-low")
        .unwrap();
    let error = key.unlock(&crate::setup::pin()).unwrap_err().error;
    let TokenError::Hung {
        pin: Some(state), ..
    } = error
    else {
        panic!("{error:?}")
    };
    assert!(state.final_try && state.count_low, "{state:?}");
}

#[test]
fn a_counter_that_cannot_be_read_again_is_not_made_up() {
    let setup = Setup::new();
    let key = setup.usb_key();
    setup
        .faults
        .set("C_Login hang\nC_Initialize fail 0x30")
        .unwrap();
    let error = key.unlock(&crate::setup::pin()).unwrap_err().error;
    assert!(
        matches!(error, TokenError::Hung { pin: None, .. }),
        "{error:?}"
    );
    assert_eq!(setup.faults.shown(PIN), 1);
}

#[test]
fn a_login_that_fails_shows_the_pin_once_and_only_a_refusal_is_a_wrong_pin() {
    let setup = Setup::new();
    for value in [
        0x01,
        0x02,
        0x05,
        0x06,
        0x07,
        0x30,
        0x31,
        0x32,
        0x50,
        0x51,
        0x54,
        0xa0,
        0xa1,
        0xa2,
        0xa3,
        0xa4,
        0xb0,
        0xb3,
        0xe0,
        0xe1,
        0x100,
        0x101,
        0x102,
        0x103,
        0x190,
        0x1b0,
        0x8000_1234_u32,
    ] {
        let error = unlock_with(&setup, &format!("fail {value:#x}"));
        let wrong = matches!(error, TokenError::WrongPin { .. });
        assert_eq!(wrong, value == 0xa0, "{value:#x}: {error:?}");
        let locked = matches!(error, TokenError::PinLocked);
        assert_eq!(locked, value == 0xa4, "{value:#x}: {error:?}");
    }
    setup.assert_recovers();
}

#[test]
fn a_signature_shows_its_pin_once() {
    for fault in [
        "hang",
        "crash segv",
        "fail 0x30",
        "fail 0xa0",
        "crash-after segv",
    ] {
        for Call { function, prepare } in [calls::ORDER, calls::ORDER_LOGIN] {
            let setup = Setup::new();
            let prepared = prepare(&setup);
            let before = setup.faults.shown(PIN);
            setup.faults.set(&format!("{function} {fault}")).unwrap();
            prepared().unwrap_err();
            setup.faults.clear().unwrap();
            setup.usb_key().pin_state().unwrap();
            assert_eq!(setup.faults.shown(PIN), before + 1, "{function} {fault}");
        }
    }
}

#[test]
fn a_signer_for_one_signature_is_used_up_by_a_hang() {
    let setup = Setup::new();
    let key = setup.unlocked();
    let signer = key.signature_signer(crate::setup::pin());
    setup.faults.set("C_Login hang").unwrap();
    sign(&signer).unwrap_err();
    setup.faults.clear().unwrap();
    sign(&signer).unwrap_err();
    // The key's own login, and the one for the signature.
    assert_eq!(setup.faults.shown(PIN), 2);
}

#[test]
fn a_card_whose_first_login_fails_does_not_try_again() {
    for fault in ["hang", "crash segv", "fail 0xa0", "fail 0x30"] {
        let setup = Setup::new();
        let module = setup.module();
        setup.faults.set(&format!("C_Login {fault}")).unwrap();
        Card::open(&module, "card", &card_pin()).unwrap_err();
        setup.faults.clear().unwrap();
        module.tokens().unwrap();
        assert_eq!(setup.faults.shown(CARD_PIN), 1, "{fault}");
    }
}

#[test]
fn a_card_logs_in_again_by_itself() {
    let setup = Setup::new();
    let signer = setup.card().signer(SIGN).unwrap();
    sign(&*signer).unwrap();
    for (round, fault) in ["hang", "crash segv"].into_iter().enumerate() {
        setup.faults.set(&format!("C_Sign once {fault}")).unwrap();
        sign(&*signer).unwrap_err();
        sign(&*signer).unwrap();
        assert_eq!(setup.faults.shown(CARD_PIN), round + 2);
    }
}

#[test]
fn a_card_that_was_refused_never_logs_in_again_by_itself() {
    let setup = Setup::new();
    let signer = setup.card().signer(SIGN).unwrap();
    setup
        .faults
        .set("C_Sign once crash segv\nC_Login fail 0xa0")
        .unwrap();
    for _ in 0..5 {
        sign(&*signer).unwrap_err();
    }
    assert_eq!(setup.faults.shown(CARD_PIN), 2);
    // Also when the token would take it now: somebody has to look first.
    setup.faults.clear().unwrap();
    for _ in 0..3 {
        sign(&*signer).unwrap_err();
    }
    assert_eq!(setup.faults.shown(CARD_PIN), 2);
}

#[test]
fn a_card_whose_new_login_hangs_or_crashes_is_not_logged_in_without_end() {
    for fault in ["hang", "crash segv"] {
        let setup = Setup::new();
        let signer = setup.card().signer(SIGN).unwrap();
        let rules = format!("C_Sign once crash segv\nC_Login {fault}");
        setup.faults.set(&rules).unwrap();
        for _ in 0..3 {
            sign(&*signer).unwrap_err();
        }
        // A login of unknown outcome may have cost a try: one for each call at most, never a loop.
        let shown = setup.faults.shown(CARD_PIN);
        assert!(shown <= 4, "{fault}: {shown}");
    }
}
