//! Tokens that go and come back.

use std::time::{Duration, Instant};

use wattkey_token::{Event, TokenError};

use crate::setup::{PIN, RECOVERY, SIGN, Setup, pin, sign, wait_until, within};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_key_that_is_pulled_out_says_so_and_works_when_it_is_back() {
    let setup = Setup::new();
    let module = setup.module();
    let key = setup.unlocked();
    setup.faults.set("gone").unwrap();
    let error = sign(&*key.authentication_signer()).unwrap_err();
    assert!(matches!(error, TokenError::Removed), "{error:?}");
    let error = key
        .sign_with_signature_key(&pin(), b"an order")
        .unwrap_err();
    assert!(
        matches!(error, TokenError::Removed | TokenError::Locked),
        "{error:?}"
    );
    assert_eq!(module.tokens().unwrap(), []);
    setup.faults.clear().unwrap();
    wait_until(RECOVERY, "the key is found", || {
        setup.usb_key_of(&module).is_ok()
    });
    // It is locked: what was unlocked before does not sign.
    let error = sign(&*key.authentication_signer()).unwrap_err();
    assert!(
        matches!(error, TokenError::Removed | TokenError::Locked),
        "{error:?}"
    );
    drop(key);
    setup.assert_recovers();
    assert_eq!(
        setup.processes().len(),
        1,
        "a pulled key is no reason for a new process"
    );
}

#[test]
fn a_key_that_is_pulled_out_before_the_pin_costs_no_try() {
    let setup = Setup::new();
    let key = setup.usb_key();
    setup.faults.set("gone").unwrap();
    let failed = key.unlock(&pin()).unwrap_err();
    assert!(
        matches!(failed.error, TokenError::Removed),
        "{:?}",
        failed.error
    );
    assert_eq!(setup.faults.shown(PIN), 0);
    setup.faults.clear().unwrap();
    failed.key.unlock(&pin()).unwrap();
}

#[test]
fn another_key_in_the_same_slot_is_another_key() {
    let setup = Setup::new();
    let key = setup.usb_key();
    setup.faults.set("serial 0042").unwrap();
    let failed = key.unlock(&pin()).unwrap_err();
    assert!(
        matches!(failed.error, TokenError::Removed),
        "{:?}",
        failed.error
    );
    assert!(matches!(failed.key.pin_state(), Err(TokenError::Removed)));
    assert_eq!(setup.faults.shown(PIN), 0);
}

#[test]
fn coming_and_going_is_told_in_time() {
    for rules in ["", "events"] {
        let setup = Setup::new();
        let mut events = setup.module().events().unwrap();
        setup.faults.set(rules).unwrap();
        assert_eq!(events.next(Duration::from_millis(400)).unwrap(), None);

        setup.faults.set(&format!("{rules}\ngone")).unwrap();
        let start = Instant::now();
        // The card goes with it: two events, in either order.
        let gone = [events.next(SECOND).unwrap(), events.next(SECOND).unwrap()];
        let ours = |event: &Option<Event>| matches!(event, Some(Event::PulledOut { serial, .. }) if *serial == setup.serial);
        assert!(gone.iter().any(ours), "{rules}: {gone:?}");
        assert!(start.elapsed() < SECOND, "{rules}: {:?}", start.elapsed());

        setup.faults.set(rules).unwrap();
        let start = Instant::now();
        let back = [events.next(SECOND).unwrap(), events.next(SECOND).unwrap()];
        let ours = |event: &Option<Event>| matches!(event, Some(Event::PluggedIn(info)) if info.serial == setup.serial);
        assert!(back.iter().any(ours), "{rules}: {back:?}");
        assert!(start.elapsed() < SECOND, "{rules}: {:?}", start.elapsed());
    }
}

#[test]
fn a_new_process_is_told() {
    let setup = Setup::new();
    let module = setup.module();
    let mut events = module.events().unwrap();
    setup
        .faults
        .set("C_GetSlotInfo once crash segv\nC_GetTokenInfo once crash segv")
        .unwrap();
    let _ = module.tokens();
    let _ = module.tokens();
    module.tokens().unwrap();
    let deadline = Instant::now() + RECOVERY;
    let mut seen = Vec::new();
    while !seen.contains(&Event::ModuleRestarted) {
        assert!(Instant::now() < deadline, "{seen:?}");
        if let Ok(Some(event)) = events.next(Duration::from_millis(200)) {
            seen.push(event);
        }
    }
}

#[test]
fn a_login_says_that_it_is_gone_though_the_key_is_back() {
    let setup = Setup::new();
    let module = setup.module();
    let key = setup.unlocked();
    let check = key.login_check();
    check.ask().unwrap();
    setup.faults.set("gone").unwrap();
    assert_eq!(module.tokens().unwrap(), []);
    setup.faults.clear().unwrap();
    let error = check.ask().unwrap_err();
    assert!(matches!(error, TokenError::Removed), "{error:?}");

    let again = setup.unlocked();
    again.login_check().ask().unwrap();
    assert!(matches!(check.ask(), Err(TokenError::Removed)));
    again.end();
    assert!(matches!(again.login_check().ask(), Err(TokenError::Locked)));
    again.end();
    assert_eq!(setup.faults.shown(PIN), 2);
}

#[test]
fn a_login_that_ended_with_its_process_says_so() {
    let setup = Setup::new();
    let key = setup.unlocked();
    setup.faults.set("C_GetSessionInfo once hang").unwrap();
    for _ in 0..2 {
        let error = within(SECOND * 3, || key.login_check().ask()).unwrap_err();
        let lost = matches!(error, TokenError::Hung { .. } | TokenError::Crashed { .. });
        assert!(lost, "{error:?}");
    }
}

#[test]
fn a_failure_for_once_is_no_new_process() {
    let setup = Setup::new();
    let mut events = setup.module().events().unwrap();
    setup
        .faults
        .set("C_GetSlotList once fail 0x5\nC_GetTokenInfo once fail 0x6")
        .unwrap();
    let mut failures = 0;
    let deadline = Instant::now() + RECOVERY;
    while Instant::now() < deadline {
        match events.next(Duration::from_millis(100)) {
            Ok(event) => assert_eq!(event, None),
            Err(_) => failures += 1,
        }
    }
    assert_eq!(failures, 2);
    // The watch is the same, and still watches.
    setup.faults.set("gone").unwrap();
    let gone = events.next(SECOND).unwrap();
    assert!(matches!(gone, Some(Event::PulledOut { .. })), "{gone:?}");
    assert_eq!(setup.processes().len(), 1);
}

#[test]
fn a_card_that_is_pulled_out_and_put_back_works_again() {
    let setup = Setup::new();
    let signer = setup.card().signer(SIGN).unwrap();
    sign(&*signer).unwrap();
    setup.faults.set("gone").unwrap();
    for _ in 0..3 {
        sign(&*signer).unwrap_err();
    }
    setup.faults.clear().unwrap();
    wait_until(RECOVERY, "the card signs", || sign(&*signer).is_ok());
}

#[test]
fn a_module_that_cannot_reach_its_readers_recovers_when_it_can() {
    // What pcscd's end looks like through a module.
    let setup = Setup::new();
    let key = setup.unlocked();
    setup.faults.set("* fail 0x30").unwrap();
    sign(&*key.authentication_signer()).unwrap_err();
    setup.module().tokens().unwrap_err();
    setup.faults.clear().unwrap();
    drop(key);
    setup.assert_recovers();
}
