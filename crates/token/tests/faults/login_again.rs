//! A server's card that logs in again by itself, and what ends that.

use std::time::{Duration, Instant};

use wattkey_pki::Signer;
use wattkey_token::TokenError;

use crate::setup::{CARD_PIN, RECOVERY, SIGN, Setup, card_pin, sign, wait_until};

/// Long enough for more logins than are allowed.
const LONG: Duration = Duration::from_secs(2);

/// Asks the card again and again; the last error.
fn keep_asking(signer: &dyn Signer) -> TokenError {
    let start = Instant::now();
    loop {
        let error = sign(signer).unwrap_err();
        if start.elapsed() > LONG {
            return error;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The module is started anew, and the card's login is gone.
fn lose_the_login(setup: &Setup, signer: &dyn Signer) {
    setup.faults.set("C_Sign once crash segv").unwrap();
    sign(signer).unwrap_err();
    setup.module().tokens().unwrap();
}

#[test]
fn a_login_that_fails_without_a_refusal_shows_the_pin_three_times() {
    for fault in ["fail 0x05", "fail 0x32", "crash segv", "crash-after segv"] {
        let setup = Setup::new();
        let signer = setup.card().signer(SIGN).unwrap();
        lose_the_login(&setup, &*signer);
        setup.faults.set(&format!("C_Login {fault}")).unwrap();
        let error = keep_asking(&*signer);
        assert!(
            matches!(error, TokenError::LoginWithheld { .. }),
            "{fault}: {error:?}"
        );
        assert_eq!(setup.faults.shown(CARD_PIN), 1 + 3, "{fault}");
        // Also when the card would take it now: somebody has to look first.
        setup.faults.clear().unwrap();
        sign(&*signer).unwrap_err();
        assert_eq!(setup.faults.shown(CARD_PIN), 1 + 3, "{fault}");
        // Somebody did.
        wattkey_token::Card::open(&setup.module(), "card", &card_pin()).unwrap();
    }
}

#[test]
fn a_good_login_begins_the_count_anew() {
    let setup = Setup::new();
    let signer = setup.card().signer(SIGN).unwrap();
    for round in 0..3 {
        lose_the_login(&setup, &*signer);
        setup.faults.set("C_Login fail 0x05").unwrap();
        let shown = 1 + 3 * round + 2;
        wait_until(LONG * 2, "two logins in vain", || {
            sign(&*signer).unwrap_err();
            setup.faults.shown(CARD_PIN) == shown
        });
        setup.faults.clear().unwrap();
        wait_until(RECOVERY, "the card signs", || sign(&*signer).is_ok());
        assert_eq!(setup.faults.shown(CARD_PIN), shown + 1);
    }
}

#[test]
fn what_fails_before_the_pin_is_shown_does_not_count() {
    for rules in [
        "gone",
        "C_OpenSession fail 0x05",
        "C_GetTokenInfo fail 0x30",
        "C_Initialize fail 0x30\nC_GetSlotList once crash segv",
    ] {
        let setup = Setup::new();
        let signer = setup.card().signer(SIGN).unwrap();
        lose_the_login(&setup, &*signer);
        setup.faults.set(rules).unwrap();
        keep_asking(&*signer);
        assert_eq!(setup.faults.shown(CARD_PIN), 1, "{rules}");
        setup.faults.clear().unwrap();
        wait_until(RECOVERY, rules, || sign(&*signer).is_ok());
        assert_eq!(setup.faults.shown(CARD_PIN), 2, "{rules}");
    }
}

#[test]
fn a_login_that_is_lost_with_the_state_of_the_pin_is_the_last() {
    for fault in ["hang", "crash segv"] {
        let setup = Setup::new();
        let signer = setup.card().signer(SIGN).unwrap();
        lose_the_login(&setup, &*signer);
        let rules = format!("C_Login {fault}\nC_Initialize fail 0x30");
        setup.faults.set(&rules).unwrap();
        let error = sign(&*signer).unwrap_err();
        assert!(
            matches!(
                error,
                TokenError::Hung { pin: None, .. } | TokenError::Crashed { pin: None, .. }
            ),
            "{fault}: {error:?}"
        );
        setup.faults.clear().unwrap();
        let error = keep_asking(&*signer);
        assert!(
            matches!(error, TokenError::LoginWithheld { state: None }),
            "{fault}: {error:?}"
        );
        assert_eq!(setup.faults.shown(CARD_PIN), 2, "{fault}");
    }
}
