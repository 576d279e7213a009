//! Somebody chooses a PIN of her own.

use wattkey_e2e::world::USER_PIN;
use wattkey_virtual_display::Key;
use wattkey_virtual_reader::{Slot, TRIES};

use crate::{
    scene::{Scene, pkcs11_tool, tries_left},
    seat::{ENGLISH, PAGE, Seat},
};

const NEW_PIN: &str = "801357";
const WRONG_PIN: &str = "111111";
const PIN_WRONG: i32 = 20;

#[test]
fn pcscd_the_pin_is_changed_and_a_wrong_old_one_costs_one_try() {
    let scene = Scene::new();
    let card = scene.card(10_000_033);
    let key = scene.plug_in(Slot::First, &card);
    scene.issue_and_bind();
    let cashier = scene.cashier();
    let mut seat = Seat::open(&cashier.world, &cashier.usb_key, &cashier.pc, "en", "light");
    seat.wait_for_pin(ENGLISH.of("window-pin"));
    seat.enter(ENGLISH.of("window-change-pin"));

    seat.wait_for_pin(ENGLISH.of("window-pin-now"));
    change(&mut seat, WRONG_PIN);
    seat.told(ENGLISH.of("err-wrong-pin"), PAGE);
    // It stays said beside the key, although OpenSC's module does not tell of it.
    seat.told(ENGLISH.of("window-pin-low"), PAGE);
    assert_eq!(tries_left(Slot::First), TRIES - 1);

    seat.desk.go_to(ENGLISH.of("window-pin-now")).unwrap();
    change(&mut seat, USER_PIN);
    seat.told(ENGLISH.of("window-pin-changed"), PAGE);
    assert_eq!(tries_left(Slot::First), TRIES);
    for said in seat.said() {
        for pin in [USER_PIN, NEW_PIN, WRONG_PIN] {
            assert!(!said.contains(&pin[..4]), "a PIN is said: {said:?}");
        }
    }

    // The old one opens nothing any more; the new one does, here and elsewhere.
    cashier.refused(&["whoami"], PIN_WRONG);
    assert_eq!(tries_left(Slot::First), TRIES - 1);
    let listed = ["--login", "--pin", NEW_PIN, "--list-objects", "--type"];
    let listed = pkcs11_tool(&[&listed[..], &["privkey"]].concat());
    assert_eq!(listed.matches("Private Key Object").count(), 2, "{listed}");
    assert_eq!(tries_left(Slot::First), TRIES);
    seat.unlock(ENGLISH, NEW_PIN);
    seat.close();
    drop(key);
    scene.running.stop().unwrap();
}

/// Types the old PIN where the focus is, the new one twice, and has it changed.
fn change(seat: &mut Seat, old: &str) {
    seat.desk.type_text(old).unwrap();
    for field in ["window-pin-new", "window-pin-again"] {
        seat.desk.go_to(ENGLISH.of(field)).unwrap();
        seat.desk.type_text(NEW_PIN).unwrap();
    }
    seat.desk.press(Key::Enter).unwrap();
}
