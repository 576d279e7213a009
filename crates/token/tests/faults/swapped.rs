//! What is no longer what it was: a key with other certificates, a session's handle that another one has.

use wattkey_token::provision::KeyPairs;
use wattkey_token::{Pin, PinState, TokenError};

use crate::setup::{PIN, SIGN, Setup, certify, pin, sign};

#[test]
fn a_key_with_other_certificates_is_shown_no_pin() {
    let setup = Setup::new();
    let key = setup.usb_key();
    let keys = KeyPairs {
        authentication: key
            .authentication_certificate()
            .unwrap()
            .public_key()
            .clone(),
        signature: key.signature_certificate().unwrap().public_key().clone(),
    };
    certify(&setup.softhsm(), &setup.serial, &keys);
    let failed = key.unlock(&pin()).unwrap_err();
    assert!(
        matches!(failed.error, TokenError::Removed),
        "{:?}",
        failed.error
    );
    assert_eq!(setup.faults.shown(PIN), 0);
    // As it is now, it is unlocked.
    sign(&*setup.unlocked().authentication_signer()).unwrap();
}

#[test]
fn a_card_does_not_end_the_login_of_whoever_has_its_handle_now() {
    let setup = Setup::new();
    let module = setup.module();
    let card = setup.card();
    // The session that keeps the card's login has its handle given away.
    setup
        .faults
        .set("C_OpenSession once nonsense same-handle")
        .unwrap();
    module.usb_keys().unwrap();
    setup.faults.clear().unwrap();
    drop(card);
    assert_eq!(setup.faults.count("C_Logout"), 0);
}

#[test]
fn a_card_does_not_use_a_session_whose_handle_another_one_has() {
    let setup = Setup::new();
    let module = setup.module();
    let signer = setup.card().signer(SIGN).unwrap();
    sign(&*signer).unwrap();
    setup
        .faults
        .set("C_OpenSession once nonsense same-handle")
        .unwrap();
    module.usb_keys().unwrap();
    setup.faults.clear().unwrap();
    let before = setup.faults.count("C_FindObjectsInit") + setup.faults.count("C_SignInit");
    // The card logs in anew, and asks the module for nothing with the old handle.
    sign(&*signer).unwrap();
    let calls = setup.faults.calls();
    let login = calls.iter().rposition(|call| call.function == "C_Login");
    let used = |call: &&wattkey_faulty_module::Call| {
        ["C_FindObjectsInit", "C_SignInit"].contains(&call.function.as_str())
    };
    assert_eq!(calls[..login.unwrap()].iter().filter(used).count(), before);
}

#[test]
fn a_wrong_pin_whose_counter_cannot_be_read_again_may_leave_one_try() {
    let setup = Setup::new();
    let wrong = || Pin::new("135791".to_owned());
    // How often the token is read before its PIN is shown.
    let before = setup.usb_key();
    let first = setup.faults.calls().len();
    before.unlock(&wrong()).unwrap_err();
    let calls = setup.faults.calls();
    let calls = calls[first..].iter().map(|call| call.function.as_str());
    let reads = calls.take_while(|name| *name != "C_Login");
    let reads = reads.filter(|name| *name == "C_GetTokenInfo").count();

    let key = setup.usb_key();
    let rules = format!("C_GetTokenInfo after {reads} fail 0x30");
    setup.faults.set(&rules).unwrap();
    let error = key.unlock(&wrong()).unwrap_err().error;
    let TokenError::WrongPin { state } = error else {
        panic!("{error:?}")
    };
    let worst = PinState {
        initialised: true,
        count_low: true,
        final_try: true,
        ..PinState::default()
    };
    assert_eq!(state, worst);
}
