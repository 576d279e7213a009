//! A bill paid by the keyboard alone, with a virtual USB key behind pcscd; one that is pulled out meanwhile.

use serde_json::Value;
use wattkey_e2e::world::USER_PIN;
use wattkey_virtual_display::{Element, Key};
use wattkey_virtual_reader::{Slot, TRIES};

use crate::{
    common::{Person, Stage, collections},
    scene::{Scene, text, tries_left},
    seat::{ENGLISH, PAGE, Seat},
    signing::{BOOKED, plain},
};

/// What the receipt's check ends with when it is not one (`wattkey` exit codes).
const RECEIPT_INVALID: i32 = 44;

#[test]
fn pcscd_a_bill_is_paid_in_the_window_by_the_keyboard_alone() {
    let scene = Scene::new();
    let card = scene.card(10_000_031);
    let key = scene.plug_in(Slot::First, &card);
    scene.issue_and_bind();
    let cashier = scene.cashier();
    let bill = Stage::overdue_bill();
    assert_eq!(state(&cashier, &bill), "overdue");
    let total = cashier.total(&bill);

    let mut seat = Seat::open(&cashier.world, &cashier.usb_key, &cashier.pc, "en", "light");
    seat.unlock(ENGLISH, USER_PIN);
    seat.settle_arrears(ENGLISH);
    seat.enter(ENGLISH.of("window-review"));
    // What is signed is told in full, and nothing is signed before it is agreed to.
    let agreed = seat.agree(ENGLISH.of("window-i-agree"));
    assert!(plain(&agreed).contains(&total), "{agreed} is not {total}");
    seat.picture("sign-en-light");
    seat.sign(ENGLISH);
    // Twice, as a hurried person does.
    seat.desk.press(Key::Enter).unwrap();
    let paid = ENGLISH.of("window-outcome-settled");
    seat.desk
        .wait_until(paid, BOOKED, |element| element.name.trim() == paid)
        .unwrap();
    seat.picture("paid-en-light");
    seat.enter(ENGLISH.of("window-save-receipt"));
    let receipt = seat.kept(ENGLISH);
    seat.close();

    assert_eq!(state(&cashier, &bill), "paid");
    let payment = the_payment(&scene, &cashier);
    // The receipt that the window kept says so to everybody, and nothing else passes for one.
    let verify = ["receipt", "verify", receipt.to_str().unwrap()];
    let verified = cashier.ask(&verify);
    assert_eq!(verified["valid"], true);
    assert_eq!(verified["receipt"]["order"], payment["order"]);
    assert_eq!(verified["receipt"]["state"], "settled");
    let mut bytes = std::fs::read(&receipt).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&receipt, bytes).unwrap();
    cashier.refused(&verify, RECEIPT_INVALID);
    drop(key);
    scene.running.stop().unwrap();
}

/// Pulled out where the PIN is typed, and where the key is being asked to sign: nothing of the customer's stays
/// to be seen, nothing is signed, and with the key the form is there again.
#[test]
fn pcscd_a_key_pulled_out_while_paying_locks_and_the_form_comes_back() {
    let scene = Scene::new();
    let card = scene.card(10_000_032);
    let mut key = scene.plug_in(Slot::First, &card);
    scene.issue_and_bind();
    let cashier = scene.cashier();
    let bill = Stage::overdue_bill();
    let reference = "cc 4711";

    let mut seat = Seat::open(&cashier.world, &cashier.usb_key, &cashier.pc, "en", "light");
    seat.unlock(ENGLISH, USER_PIN);
    seat.settle_arrears(ENGLISH);
    seat.desk.go_to(ENGLISH.of("window-reference")).unwrap();
    seat.desk.type_text(reference).unwrap();
    for is_asked_to_sign in [false, true] {
        seat.enter(ENGLISH.of("window-review"));
        let agreed = seat.agree(ENGLISH.of("window-i-agree"));
        let total = agreed.replacen(ENGLISH.of("window-i-agree"), "", 1);
        if is_asked_to_sign {
            // It does not answer any more.
            key.hold().unwrap();
            seat.sign(ENGLISH);
            seat.desk
                .wait_for(ENGLISH.of("window-working"), PAGE)
                .unwrap();
            key.yank();
        } else {
            seat.wait_for_pin(ENGLISH.of("window-pin-sign"));
            seat.desk.type_text(&USER_PIN[..3]).unwrap();
            key.pull_out().unwrap();
        }
        seat.told(ENGLISH.of("rec-key-pulled"), PAGE);
        for said in seat.said() {
            for hidden in [&bill, total.trim(), reference, "C-1002"] {
                assert!(!said.contains(hidden), "{hidden} is said: {said:?}");
            }
        }
        assert_eq!(orders(&scene), 0);
        key = scene.plug_in(Slot::First, &card);
        assert_eq!(tries_left(Slot::First), TRIES);
        seat.unlock(ENGLISH, USER_PIN);
        let is_bill = |element: &Element| element.name.starts_with(&format!("{bill}, "));
        seat.desk.wait_until(&bill, PAGE, is_bill).unwrap();
        let is_written = |element: &Element| {
            element.name == ENGLISH.of("window-reference") && element.text == reference
        };
        seat.desk.wait_until(reference, PAGE, is_written).unwrap();
    }
    seat.enter(ENGLISH.of("window-review"));
    seat.agree(ENGLISH.of("window-i-agree"));
    seat.sign(ENGLISH);
    seat.told(ENGLISH.of("window-outcome-settled"), BOOKED);
    seat.close();

    assert_eq!(state(&cashier, &bill), "paid");
    assert_eq!(the_payment(&scene, &cashier)["reference"], reference);
    assert_eq!(tries_left(Slot::First), TRIES);
    drop(key);
    scene.running.stop().unwrap();
}

fn state(person: &Person, bill: &str) -> String {
    text(&person.ask(&["bill", "show", bill])["bill"]["state"])
}

/// How many orders the books have.
fn orders(scene: &Scene) -> u64 {
    let books = scene.world().verify_books().unwrap();
    books["counted"]["orders"].as_u64().unwrap()
}

/// The only payment that there is, which is settled; the bank collected it once.
fn the_payment(scene: &Scene, person: &Person) -> Value {
    let payments = person.ask(&["payments"]);
    assert_eq!(payments["unresolved"], serde_json::json!([]));
    let payments = payments["payments"].as_array().unwrap();
    assert_eq!(payments.len(), 1, "{payments:?}");
    assert_eq!(payments[0]["state"], "settled");
    assert_eq!(collections(scene.world()).len(), 1);
    assert_eq!(orders(scene), 1);
    payments[0].clone()
}
