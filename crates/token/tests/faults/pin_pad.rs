//! Tokens whose PIN is typed on themselves (`CKF_PROTECTED_AUTHENTICATION_PATH`).

use std::time::Duration;

use wattkey_token::{HostOptions, Module, Pin, TokenError};

use crate::setup::{PIN, RECOVERY, SLACK, Setup, deadlines, pin, sign, wait_until, within};

#[test]
fn a_pin_that_is_typed_on_the_token_unlocks_it() {
    let setup = Setup::new();
    setup.faults.set(&format!("pin-pad {PIN}")).unwrap();
    let key = setup.usb_key();
    assert!(key.info().pin.protected_path);
    let key = key.unlock(&Pin::on_device()).unwrap();
    sign(&*key.authentication_signer()).unwrap();
    let signature = key
        .sign_with_signature_key(&Pin::on_device(), b"an order")
        .unwrap();
    let public_key = key.signature_certificate().public_key();
    public_key.verify(b"an order", &signature).unwrap();
    assert_eq!(setup.faults.shown(PIN), 0);
}

#[test]
fn a_pin_that_was_typed_elsewhere_is_not_shown_to_a_token_with_a_pad() {
    let setup = Setup::new();
    setup.faults.set(&format!("pin-pad {PIN}")).unwrap();
    let error = setup.usb_key().unlock(&pin()).unwrap_err().error;
    assert!(matches!(error, TokenError::PinPadOnly), "{error:?}");
    let unlocked = setup.usb_key().unlock(&Pin::on_device()).unwrap();
    let error = unlocked
        .sign_with_signature_key(&pin(), b"an order")
        .unwrap_err();
    assert!(matches!(error, TokenError::PinPadOnly), "{error:?}");
    assert_eq!(setup.faults.shown(PIN), 0);
}

#[test]
fn a_token_without_a_pad_is_not_asked_for_one() {
    let setup = Setup::new();
    let error = setup.usb_key().unlock(&Pin::on_device()).unwrap_err().error;
    assert!(matches!(error, TokenError::PinPadMissing), "{error:?}");
    let unlocked = setup.unlocked();
    let error = unlocked
        .sign_with_signature_key(&Pin::on_device(), b"an order")
        .unwrap_err();
    assert!(matches!(error, TokenError::PinPadMissing), "{error:?}");
}

#[test]
fn a_wrong_pin_on_the_pad_is_a_wrong_pin() {
    let setup = Setup::new();
    setup.faults.set("pin-pad 000000").unwrap();
    let error = setup.usb_key().unlock(&Pin::on_device()).unwrap_err().error;
    assert!(matches!(error, TokenError::WrongPin { .. }), "{error:?}");
}

#[test]
fn a_user_has_longer_on_the_pad_than_a_module_for_a_login() {
    let setup = Setup::new();
    let typing = (deadlines().login + Duration::from_millis(300)).as_millis();
    setup
        .faults
        .set(&format!("pin-pad {PIN}\nC_Login slow {typing}"))
        .unwrap();
    setup.usb_key().unlock(&Pin::on_device()).unwrap();
}

#[test]
fn a_user_at_the_pad_is_not_hurried_by_who_waits_for_the_module() {
    let setup = Setup::new();
    let pad = format!("pin-pad {PIN}");
    setup.faults.set(&pad).unwrap();
    let mut options: HostOptions = setup.options();
    options.deadlines.pin_pad = Duration::from_secs(20);
    let module = Module::load_with(&wattkey_faulty_module::library(), &options).unwrap();
    let key = setup.usb_key_of(&module).unwrap();
    let mut events = module.events().unwrap();
    setup
        .faults
        .set(&format!("{pad}\nC_Login slow 4000"))
        .unwrap();
    std::thread::scope(|scope| {
        let typing = scope.spawn(|| {
            key.unlock(&Pin::on_device())
                .map_err(|refused| refused.error)
        });
        wait_until(RECOVERY, "the PIN is asked for", || {
            setup.faults.count("C_Login") == 1
        });
        // Listing the slots, which takes two calls, is far beyond the deadlines of both.
        setup
            .faults
            .set(&format!("{pad}\nC_GetSlotList slow 700"))
            .unwrap();
        let listing = scope.spawn(|| module.tokens());
        assert_eq!(events.next(Duration::from_millis(250)).unwrap(), None);
        assert_eq!(listing.join().unwrap().unwrap().len(), 2);
        setup.faults.set(&pad).unwrap();
        let unlocked = typing.join().unwrap().unwrap();
        sign(&*unlocked.authentication_signer()).unwrap();
    });
    assert_eq!(setup.processes().len(), 1);
}

#[test]
fn nobody_waits_for_ever_at_the_pad() {
    let setup = Setup::new();
    let key = setup.usb_key();
    setup
        .faults
        .set(&format!("pin-pad {PIN}\nC_Login hang"))
        .unwrap();
    // The key was read before it had a pad.
    drop(key);
    let key = setup.usb_key();
    let limit = deadlines().pin_pad + deadlines().load + SLACK;
    let error = within(limit, || key.unlock(&Pin::on_device()))
        .unwrap_err()
        .error;
    assert!(matches!(error, TokenError::Hung { .. }), "{error:?}");
}

#[test]
fn a_user_who_cancels_at_the_pad_typed_no_wrong_pin() {
    let setup = Setup::new();
    setup
        .faults
        .set(&format!("pin-pad {PIN}\nC_Login fail 0x50"))
        .unwrap();
    let error = setup.usb_key().unlock(&Pin::on_device()).unwrap_err().error;
    let wrong = matches!(error, TokenError::WrongPin { .. } | TokenError::PinLocked);
    assert!(!wrong, "{error:?}");
}
