//! A module that crashes: its caller gets an error, this process goes on, and the next call works.

use wattkey_token::TokenError;

use crate::calls::{self, Call};
use crate::setup::{SLACK, Setup, deadlines, within};

fn assert_survived(call: &Call, how: &str) {
    let setup = Setup::new();
    let prepared = (call.prepare)(&setup);
    setup
        .faults
        .set(&format!("{} once {how}", call.function))
        .unwrap();
    let error = within(deadlines().login + SLACK, prepared).unwrap_err();
    assert!(matches!(error, TokenError::Crashed { .. }), "{error:?}");
    // The rules stand: the fault has been spent.
    setup.assert_recovers();
}

macro_rules! survived {
    ($($name:ident: $call:ident, $how:literal;)*) => {$(
        #[test]
        fn $name() {
            assert_survived(&calls::$call, $how);
        }
    )*};
}

survived! {
    a_crash_in_a_list_of_slots: LIST, "crash segv";
    a_crash_in_token_information: READ, "crash abort";
    a_crash_in_a_session: OPEN, "crash exit";
    a_crash_in_a_search: FIND, "crash segv";
    a_crash_in_an_attribute: ATTRIBUTE, "crash segv";
    a_crash_in_a_login: LOGIN, "crash abort";
    a_crash_after_a_login: LOGIN, "crash-after segv";
    a_crash_in_a_signature: SIGNATURE, "crash segv";
    a_crash_in_a_signature_with_pin: ORDER, "crash segv";
    a_crash_in_a_second_login: ORDER_LOGIN, "crash abort";
    a_crash_in_a_cards_signature: CARD_SIGNATURE, "crash segv";
    a_crash_in_a_derivation: DERIVATION, "crash exit";
    a_crash_in_a_key_pair: GENERATION, "crash-after abort";
    a_crash_in_a_certificate: WRITING, "crash-after segv";
}

#[test]
fn a_crash_in_the_end_of_a_login_is_the_end_of_the_login() {
    let setup = Setup::new();
    let key = setup.unlocked();
    setup.faults.set("C_Logout once crash segv").unwrap();
    within(deadlines().login + SLACK, || key.lock());
    setup.assert_recovers();
}

#[test]
fn a_crash_while_keys_are_watched_is_an_event_or_an_error() {
    let setup = Setup::new();
    let module = setup.module();
    let mut events = module.events().unwrap();
    setup
        .faults
        .set("events\nC_WaitForSlotEvent once crash segv\nC_GetSlotList once crash segv")
        .unwrap();
    for _ in 0..3 {
        let _ = events.next(std::time::Duration::from_millis(300));
    }
    setup.assert_recovers();
}

#[test]
fn a_module_that_crashes_at_each_start_is_an_error_each_time() {
    let setup = Setup::new();
    setup.faults.set("C_Initialize crash abort").unwrap();
    for _ in 0..5 {
        let limit = deadlines().load + SLACK;
        let answer = within(limit, || setup.load().and_then(|module| module.tokens()));
        let error = answer.unwrap_err();
        let expected = matches!(
            error,
            TokenError::Crashed { .. } | TokenError::ModuleLoad { .. }
        );
        assert!(expected, "{error:?}");
    }
    // A call starts the module at most twice.
    let starts = setup.faults.count("C_Initialize");
    assert!((1..=10).contains(&starts), "{starts}");
    setup.faults.clear().unwrap();
    setup.assert_recovers();
}

#[test]
fn a_module_that_crashes_while_it_is_loaded_is_an_error() {
    let setup = Setup::new();
    setup.faults.set("C_GetFunctionList crash segv").unwrap();
    let error = setup.load().and_then(|module| module.tokens()).unwrap_err();
    let expected = matches!(
        error,
        TokenError::Crashed { .. } | TokenError::ModuleLoad { .. }
    );
    assert!(expected, "{error:?}");
    setup.faults.clear().unwrap();
    setup.assert_recovers();
}
