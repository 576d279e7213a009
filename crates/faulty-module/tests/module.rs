//! The faulty module, loaded as any other is, in front of SoftHSM.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Function, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::object::{Attribute, ObjectClass};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use wattkey_faulty_module::{Faults, library};

/// Set in the process of a test: its folder.
const FOLDER: &str = "WATTKEY_TEST_FOLDER";
const TIME_LIMIT: Duration = Duration::from_secs(20);
const PIN: &str = "123456";

/// Runs a test in a process of its own, whose environment the module reads; how that process ended.
fn run(test: &str, body: impl FnOnce(&Faults)) -> Option<ExitStatus> {
    if let Some(folder) = std::env::var_os(FOLDER) {
        body(&Faults::new(Path::new(&folder)).unwrap());
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let tokens = folder.path().join("tokens");
    std::fs::create_dir(&tokens).unwrap();
    let configuration = folder.path().join("softhsm2.conf");
    let lines = format!("directories.tokendir = {}\n", tokens.display());
    std::fs::write(&configuration, lines).unwrap();
    let faults = Faults::new(folder.path()).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder.path())
        .env("SOFTHSM2_CONF", configuration)
        .envs(faults.environment())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + TIME_LIMIT;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn passes(test: &str, body: impl FnOnce(&Faults)) {
    if let Some(status) = run(test, body) {
        assert!(status.success(), "{test}: {status}");
    }
}

fn pin(text: &str) -> AuthPin {
    AuthPin::new(text.to_owned().into())
}

/// A token with a user's PIN.
fn token() -> (Pkcs11, Slot) {
    let module = Pkcs11::new(library()).unwrap();
    module
        .initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))
        .unwrap();
    let slot = module.get_slots_with_token().unwrap()[0];
    module.init_token(slot, &pin("87654321"), "token").unwrap();
    let slot = module.get_slots_with_initialized_token().unwrap()[0];
    let session = module.open_rw_session(slot).unwrap();
    session.login(UserType::So, Some(&pin("87654321"))).unwrap();
    session.init_pin(&pin(PIN)).unwrap();
    session.logout().unwrap();
    (module, slot)
}

fn private_keys(session: &Session) -> Result<usize, Error> {
    let template = [Attribute::Class(ObjectClass::PRIVATE_KEY)];
    session.find_objects(&template).map(|objects| objects.len())
}

#[track_caller]
fn assert_answer<T: std::fmt::Debug>(answer: Result<T, Error>, expected: RvError, by: Function) {
    match answer {
        Err(Error::Pkcs11(code, function)) => {
            let found = format!("{code:?} {function:?}");
            assert_eq!(found, format!("{expected:?} {by:?}"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn without_rules_calls_reach_the_real_module_and_are_noted() {
    passes(
        "without_rules_calls_reach_the_real_module_and_are_noted",
        |faults| {
            let (module, slot) = token();
            let session = module.open_ro_session(slot).unwrap();
            session.login(UserType::User, Some(&pin(PIN))).unwrap();
            assert_eq!(private_keys(&session).unwrap(), 0);
            assert_eq!(faults.count("C_Initialize"), 1);
            // Once to set it, once to log in.
            assert_eq!(faults.shown(PIN), 2);
            let calls = faults.calls();
            let login = calls
                .iter()
                .rfind(|call| call.function == "C_Login")
                .unwrap();
            assert_eq!((login.user, login.count), (Some(1), 2));
            assert_eq!(login.pins, [faults.pin_hash(PIN)]);
            assert_eq!(login.process, std::process::id());
        },
    );
}

#[test]
fn rules_hold_from_the_next_call_until_others_are_set() {
    passes(
        "rules_hold_from_the_next_call_until_others_are_set",
        |faults| {
            let (module, slot) = token();
            let session = module.open_ro_session(slot).unwrap();
            faults.set("C_FindObjects after 1 fail 0x30").unwrap();
            private_keys(&session).unwrap();
            assert_answer(
                private_keys(&session),
                RvError::DeviceError,
                Function::FindObjects,
            );
            faults.set("C_GetSessionInfo once fail 5").unwrap();
            let info = session.get_session_info();
            assert_answer(info, RvError::GeneralError, Function::GetSessionInfo);
            session.get_session_info().unwrap();
            faults.set("C_GetSessionInfo slow 300").unwrap();
            let start = Instant::now();
            session.get_session_info().unwrap();
            assert!(start.elapsed() >= Duration::from_millis(300));
            faults.clear().unwrap();
            session.get_session_info().unwrap();
        },
    );
}

#[test]
fn a_token_that_is_gone_takes_its_sessions_along() {
    passes("a_token_that_is_gone_takes_its_sessions_along", |faults| {
        let (module, slot) = token();
        let session = module.open_ro_session(slot).unwrap();
        faults.set("gone\nevents").unwrap();
        assert_eq!(module.wait_for_slot_event().unwrap(), slot);
        assert_eq!(module.get_slots_with_token().unwrap(), []);
        let info = module.get_token_info(slot);
        assert_answer(info, RvError::TokenNotPresent, Function::GetTokenInfo);
        assert_answer(
            private_keys(&session),
            RvError::DeviceRemoved,
            Function::FindObjectsInit,
        );
        faults.set("events").unwrap();
        assert_eq!(module.get_slot_event().unwrap(), Some(slot));
        assert_eq!(module.get_slot_event().unwrap(), None);
        let find = private_keys(&session);
        assert_answer(
            find,
            RvError::SessionHandleInvalid,
            Function::FindObjectsInit,
        );
        private_keys(&module.open_ro_session(slot).unwrap()).unwrap();
    });
}

#[test]
fn tokens_say_what_the_rules_say() {
    passes("tokens_say_what_the_rules_say", |faults| {
        let (module, slot) = token();
        faults
            .set("flags final-try to-be-changed\nserial 0042")
            .unwrap();
        let info = module.get_token_info(slot).unwrap();
        assert_eq!(info.serial_number(), "0042");
        assert!(info.user_pin_final_try() && info.user_pin_to_be_changed());
        assert!(!info.user_pin_locked() && !info.protected_authentication_path());
    });
}

#[test]
fn a_pin_pad_takes_no_typed_pin() {
    passes("a_pin_pad_takes_no_typed_pin", |faults| {
        let (module, slot) = token();
        faults.set("pin-pad 123456").unwrap();
        assert!(
            module
                .get_token_info(slot)
                .unwrap()
                .protected_authentication_path()
        );
        let session = module.open_ro_session(slot).unwrap();
        let typed = session.login(UserType::User, Some(&pin(PIN)));
        assert_answer(typed, RvError::ArgumentsBad, Function::Login);
        session.login(UserType::User, None).unwrap();
        session.logout().unwrap();
        faults.set("pin-pad 000000").unwrap();
        let wrong = session.login(UserType::User, None);
        assert_answer(wrong, RvError::PinIncorrect, Function::Login);
    });
}

#[test]
fn nonsense_is_what_was_asked_for() {
    passes("nonsense_is_what_was_asked_for", |faults| {
        let (module, slot) = token();
        faults.set("C_OpenSession nonsense zero-handle").unwrap();
        let session = module.open_ro_session(slot).unwrap();
        let find = private_keys(&session);
        assert_answer(
            find,
            RvError::SessionHandleInvalid,
            Function::FindObjectsInit,
        );
        faults.set("C_FindObjects once nonsense garbage").unwrap();
        let session = module.open_ro_session(slot).unwrap();
        assert_eq!(private_keys(&session).unwrap(), 1);
        faults.set("C_GetTokenInfo nonsense garbage").unwrap();
        let answer = module.get_token_info(slot);
        assert!(answer.is_err() || answer.unwrap().serial_number() != "");
    });
}

#[test]
fn an_aborted_process_ends_by_its_signal() {
    ends_by("an_aborted_process_ends_by_its_signal", "abort", 6);
}

#[test]
fn a_segmentation_fault_is_a_real_one() {
    ends_by("a_segmentation_fault_is_a_real_one", "segv", 11);
}

fn ends_by(test: &str, how: &str, signal: i32) {
    let status = run(test, |faults| {
        let (module, _) = token();
        faults.set(&format!("C_GetInfo crash {how}")).unwrap();
        let _ = module.get_library_info();
    });
    if let Some(status) = status {
        assert_eq!(status.signal(), Some(signal), "{status}");
    }
}
