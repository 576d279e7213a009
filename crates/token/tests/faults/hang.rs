//! A module that does not answer: no call outlives its deadline, and the next one finds a new process.

use std::time::{Duration, Instant};

use wattkey_token::{Event, TokenError};

use crate::calls::{self, Call};
use crate::setup::{RECOVERY, SLACK, Setup, deadlines, within};

/// More time than the wait itself for an event.
const LOOK_MARGIN: Duration = Duration::from_millis(2_500);

/// The call hangs in its function, ends at its deadline with an error that says so, and the next ones work.
fn assert_stopped(call: &Call, deadline: Duration) {
    let setup = Setup::new();
    let prepared = (call.prepare)(&setup);
    setup
        .faults
        .set(&format!("{} once hang", call.function))
        .unwrap();
    let error = within(deadline + SLACK, prepared).unwrap_err();
    assert!(matches!(error, TokenError::Hung { .. }), "{error:?}");
    setup.faults.clear().unwrap();
    setup.assert_recovers();
}

macro_rules! stopped {
    ($($name:ident: $call:ident, $deadline:ident;)*) => {$(
        #[test]
        fn $name() {
            assert_stopped(&calls::$call, deadlines().$deadline);
        }
    )*};
}

stopped! {
    a_list_of_slots_has_a_deadline: LIST, list;
    token_information_has_a_deadline: READ, read;
    a_session_has_a_deadline: OPEN, list;
    a_search_has_a_deadline: FIND, list;
    an_attribute_has_a_deadline: ATTRIBUTE, list;
    a_login_has_a_deadline: LOGIN, login;
    a_signature_has_a_deadline: SIGNATURE, sign;
    a_signature_with_pin_has_a_deadline: ORDER, login;
    a_second_login_has_a_deadline: ORDER_LOGIN, login;
    a_cards_signature_has_a_deadline: CARD_SIGNATURE, sign;
    a_derivation_has_a_deadline: DERIVATION, derive;
    a_key_pair_has_a_deadline: GENERATION, generate;
    a_certificate_has_a_deadline: WRITING, generate;
}

#[test]
fn a_module_that_hangs_at_its_start_has_a_deadline() {
    let setup = Setup::new();
    setup.faults.set("C_Initialize hang").unwrap();
    let limit = deadlines().load + SLACK;
    let error = within(limit, || setup.load().and_then(|module| module.tokens())).unwrap_err();
    assert!(matches!(error, TokenError::Hung { .. }), "{error:?}");
    setup.faults.clear().unwrap();
    setup.assert_recovers();
}

#[test]
fn a_module_that_hangs_when_it_is_started_anew_has_a_deadline() {
    let setup = Setup::new();
    let module = setup.module();
    setup
        .faults
        .set("C_GetSlotList hang\nC_Initialize hang")
        .unwrap();
    for _ in 0..2 {
        let limit = deadlines().load + deadlines().list + SLACK;
        let error = within(limit, || module.tokens()).unwrap_err();
        assert!(matches!(error, TokenError::Hung { .. }), "{error:?}");
    }
    setup.faults.clear().unwrap();
    setup.assert_recovers();
}

#[test]
fn locking_has_a_deadline() {
    let setup = Setup::new();
    let key = setup.unlocked();
    setup.faults.set("C_Logout hang").unwrap();
    // Where there is nobody to tell, the end of the process is the end of the login.
    within(deadlines().lock + SLACK, || key.lock());
    setup.faults.clear().unwrap();
    setup.assert_recovers();
}

#[test]
fn watching_has_a_deadline() {
    for rules in ["events\nC_WaitForSlotEvent hang", "C_GetSlotList hang"] {
        let setup = Setup::new();
        let module = setup.module();
        let mut events = module.events().unwrap();
        setup.faults.set(rules).unwrap();
        let wait = Duration::from_millis(300);
        // Nothing, or the loss of the process: but in time.
        let _ = within(wait + LOOK_MARGIN + SLACK, || events.next(wait));
        setup.faults.clear().unwrap();
        setup.assert_recovers();
    }
}

#[test]
fn a_hang_is_told_before_the_module_is_started_again() {
    let setup = Setup::new();
    let mut events = setup.module().events().unwrap();
    let wait = Duration::from_millis(250);
    let starting = Duration::from_millis(1_200);
    let rules = format!(
        "C_GetSlotList once hang\nC_Initialize slow {}",
        starting.as_millis()
    );
    setup.faults.set(&rules).unwrap();
    let limit = wait + LOOK_MARGIN + starting / 2;
    let told = within(limit, || events.next(wait)).unwrap();
    assert_eq!(told, Some(Event::ModuleRestarted));
    // Once: nothing came or went meanwhile.
    for _ in 0..3 {
        assert_eq!(events.next(wait).unwrap(), None);
    }
    assert_eq!(setup.processes().len(), 2);
}

#[test]
fn all_calls_hang_once_the_module_is_seized() {
    // OpenSC 0.23 does so when a card is pulled in the middle of a command: its own lock stays taken.
    let setup = Setup::new();
    let key = setup.unlocked();
    setup.faults.set("C_Sign once seize").unwrap();
    let limit = deadlines().sign + SLACK;
    let error = within(limit, || crate::setup::sign(&*key.authentication_signer())).unwrap_err();
    assert!(matches!(error, TokenError::Hung { .. }), "{error:?}");
    setup.assert_recovers();
}

#[test]
fn a_slow_module_is_not_a_hanging_one() {
    let setup = Setup::new();
    setup
        .faults
        .set("C_Sign slow 200\nC_Login slow 200")
        .unwrap();
    crate::setup::sign(&*setup.unlocked().authentication_signer()).unwrap();
    assert_eq!(setup.processes().len(), 1);
}

#[test]
fn an_old_key_says_that_it_is_locked() {
    let setup = Setup::new();
    let key = setup.unlocked();
    let signer = key.authentication_signer();
    setup.faults.set("C_Sign once hang").unwrap();
    crate::setup::sign(&*signer).unwrap_err();
    for _ in 0..2 {
        let error = crate::setup::sign(&*signer).unwrap_err();
        let expected = matches!(error, TokenError::Removed | TokenError::Locked);
        assert!(expected, "{error:?}");
    }
    assert_eq!(setup.faults.shown(crate::setup::PIN), 1);
}

#[test]
fn a_module_that_hangs_for_a_while_works_soon_after() {
    let setup = Setup::new();
    let module = setup.module();
    setup.faults.set("* hang").unwrap();
    let until = Instant::now() + deadlines().list * 3;
    while Instant::now() < until {
        let limit = deadlines().list + deadlines().load + SLACK;
        within(limit, || module.tokens()).unwrap_err();
    }
    setup.faults.clear().unwrap();
    let returned = Instant::now();
    // A call may still be on its way to a deadline in the old process; none here is.
    crate::setup::wait_until(RECOVERY, "tokens are found", || module.tokens().is_ok());
    assert!(returned.elapsed() < RECOVERY);
    setup.assert_recovers();
}
