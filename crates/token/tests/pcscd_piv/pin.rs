//! Tries, the lock, unblocking and changing.

use wattkey_pki::Signer;
use wattkey_token::{BrokenRule, Pin, PinState, TokenError};
use wattkey_virtual_reader::Slot;

use crate::desk::{Desk, NUMBER, assert_signs, pin, puk, wrong_pin};

fn text(text: &str) -> Pin {
    Pin::new(text.to_owned())
}

fn state(desk: &Desk) -> PinState {
    desk.usb_key().pin_state().unwrap()
}

#[test]
fn wrong_pins_lock_and_the_puk_unblocks() {
    let desk = Desk::open();
    let card = desk.plug_in(Slot::First, NUMBER);
    desk.issue(Slot::First);
    let fresh = state(&desk);
    assert!(
        !fresh.final_try && !fresh.locked && fresh.initialised,
        "{fresh:?}"
    );
    let unlock = || desk.usb_key().unlock(&wrong_pin()).unwrap_err().error;

    let TokenError::WrongPin { state: after } = unlock() else {
        panic!()
    };
    assert!(!after.final_try && !after.locked, "{after:?}");
    let TokenError::WrongPin { state: after } = unlock() else {
        panic!()
    };
    assert!(after.final_try && !after.locked, "{after:?}");
    assert_eq!(state(&desk), after);
    // The counter is in the card.
    card.pull_out().unwrap();
    let card = desk.plug_in(Slot::First, NUMBER);
    assert!(state(&desk).final_try);
    let error = unlock();
    assert!(matches!(error, TokenError::PinLocked), "{error:?}");
    assert!(state(&desk).locked);
    let error = desk.usb_key().unlock(&pin()).unwrap_err().error;
    assert!(matches!(error, TokenError::PinLocked), "{error:?}");
    card.pull_out().unwrap();
    let _card = desk.plug_in(Slot::First, NUMBER);
    assert!(state(&desk).locked);

    let error = desk
        .usb_key()
        .unblock(&text("00000000"), &text("161803"))
        .unwrap_err();
    assert!(matches!(error, TokenError::WrongPuk), "{error:?}");
    assert!(state(&desk).locked);
    desk.usb_key().unblock(&puk(), &text("161803")).unwrap();
    assert_eq!(state(&desk), fresh);
    assert_signs(desk.usb_key(), &text("161803"));
}

#[test]
fn a_pin_is_changed() {
    let desk = Desk::open();
    let _card = desk.plug_in(Slot::First, NUMBER);
    desk.issue(Slot::First);
    desk.usb_key().change_pin(&pin(), &text("161803")).unwrap();
    assert_signs(desk.usb_key(), &text("161803"));
    let error = desk
        .usb_key()
        .change_pin(&pin(), &text("112358"))
        .unwrap_err();
    assert!(matches!(error, TokenError::WrongPin { .. }), "{error:?}");
    assert_signs(desk.usb_key(), &text("161803"));
}

#[test]
fn what_cannot_be_a_pin_costs_no_try() {
    let desk = Desk::open();
    let _card = desk.plug_in(Slot::First, NUMBER);
    desk.issue(Slot::First);
    // One try is left, so that one that is spent is seen.
    for _ in 0..2 {
        desk.usb_key().unlock(&wrong_pin()).unwrap_err();
    }
    for short_or_long in ["", "1", "27182", "271828182"] {
        let error = desk
            .usb_key()
            .unlock(&text(short_or_long))
            .unwrap_err()
            .error;
        assert!(matches!(error, TokenError::PinLength), "{error:?}");
        let error = desk
            .usb_key()
            .change_pin(&text(short_or_long), &text("161803"))
            .unwrap_err();
        assert!(matches!(error, TokenError::PinLength), "{error:?}");
        let error = desk
            .usb_key()
            .unblock(&text(short_or_long), &text("161803"))
            .unwrap_err();
        assert!(matches!(error, TokenError::PinLength), "{error:?}");
    }
    let error = desk.usb_key().unlock(&text("abcdef")).unwrap_err().error;
    assert!(matches!(error, TokenError::PinUnsuitable), "{error:?}");
    let error = desk.usb_key().unlock(&Pin::on_device()).unwrap_err().error;
    assert!(matches!(error, TokenError::PinPadMissing), "{error:?}");
    for (new, rule) in [
        ("16180", BrokenRule::TooShort { least: 6 }),
        ("161803398", BrokenRule::TooLong { most: 8 }),
        ("16180a", BrokenRule::Digits),
        ("222222", BrokenRule::TooSimple),
        ("345678", BrokenRule::Sequence),
        ("999998", BrokenRule::NotNew),
    ] {
        let error = desk
            .usb_key()
            .change_pin(&wrong_pin(), &text(new))
            .unwrap_err();
        assert!(
            matches!(error, TokenError::NewPin { rule: found } if found == rule),
            "{error:?}"
        );
    }
    assert!(state(&desk).final_try && !state(&desk).locked);
    assert_signs(desk.usb_key(), &pin());
}

#[test]
fn a_wrong_second_pin_forgets_the_first() {
    let desk = Desk::open();
    let _card = desk.plug_in(Slot::First, NUMBER);
    desk.issue(Slot::First);
    let key = desk.usb_key().unlock(&pin()).unwrap();
    let signer = key.authentication_signer();
    signer.sign(b"before").unwrap();
    let error = key
        .sign_with_signature_key(&wrong_pin(), b"an order")
        .unwrap_err();
    assert!(matches!(error, TokenError::WrongPin { .. }), "{error:?}");
    // SP 800-73-5 part 2 §3.2.1: it takes the card's whole security status.
    let error = signer.sign(b"after").unwrap_err();
    let error = error.0.downcast_ref::<TokenError>().unwrap();
    assert!(matches!(error, TokenError::Locked), "{error:?}");
    key.lock();
    assert_signs(desk.usb_key(), &pin());
}

#[test]
fn a_key_that_is_unlocked_keeps_its_pin() {
    let desk = Desk::open();
    let _card = desk.plug_in(Slot::First, NUMBER);
    desk.issue(Slot::First);
    let key = desk.usb_key().unlock(&pin()).unwrap();
    // The PUK would be taken for the old PIN here, and the old PIN not be compared.
    for error in [
        desk.usb_key().unblock(&puk(), &text("161803")).unwrap_err(),
        desk.usb_key()
            .change_pin(&pin(), &text("161803"))
            .unwrap_err(),
        desk.usb_key().unlock(&wrong_pin()).unwrap_err().error,
    ] {
        assert!(matches!(error, TokenError::AlreadyUnlocked), "{error:?}");
    }
    key.authentication_signer().sign(b"still").unwrap();
    key.lock();
    assert!(!state(&desk).final_try);
    assert_signs(desk.usb_key(), &pin());
}
