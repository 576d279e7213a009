//! A bill paid by the keyboard alone, with a virtual USB key behind pcscd.

use std::time::Duration;

use wattkey_e2e::world::USER_PIN;
use wattkey_virtual_display::Key;
use wattkey_virtual_reader::Slot;

use crate::{
    common::{Stage, collections},
    scene::{Scene, text},
    seat::{ENGLISH, PAGE, Seat},
};

/// How long the bank may take, and a card that is slow.
const BOOKED: Duration = Duration::from_secs(60);

#[test]
fn pcscd_a_bill_is_paid_in_the_window_by_the_keyboard_alone() {
    let scene = Scene::new();
    let card = scene.card(10_000_031);
    let key = scene.plug_in(Slot::First, &card);
    scene.issue_and_bind();
    let cashier = scene.cashier();
    let bill = Stage::overdue_bill();
    assert_eq!(
        text(&cashier.ask(&["bill", "show", &bill])["bill"]["state"]),
        "overdue"
    );
    let total = cashier.total(&bill);

    let mut seat = Seat::open(&cashier.world, &cashier.usb_key, &cashier.pc, "en", "light");
    seat.unlock(ENGLISH, USER_PIN);
    seat.enter(ENGLISH.of("window-settle-arrears"));
    seat.desk
        .wait_for(ENGLISH.of("window-review"), PAGE)
        .unwrap();
    seat.enter(ENGLISH.of("window-review"));
    // What is signed is told in full, and nothing is signed before it is agreed to.
    let agree = seat
        .desk
        .wait_until("what is agreed to", PAGE, |element| {
            element.role == "check box" && element.name.starts_with(ENGLISH.of("window-i-agree"))
        })
        .unwrap();
    let shown = agree.name.replace([',', ' ', '\u{a0}'], "");
    assert!(shown.contains(&total), "{} is not {total}", agree.name);
    seat.desk.go_to(&agree.name).unwrap();
    seat.desk.press(Key::Space).unwrap();
    seat.picture("sign-en-light");
    seat.desk.go_to(ENGLISH.of("window-pin-sign")).unwrap();
    seat.desk.type_text(USER_PIN).unwrap();
    // Twice, as a hurried person does.
    seat.desk.press(Key::Enter).unwrap();
    seat.desk.press(Key::Enter).unwrap();
    let paid = ENGLISH.of("window-outcome-settled");
    seat.desk
        .wait_until(paid, BOOKED, |element| element.name.trim() == paid)
        .unwrap();
    seat.picture("paid-en-light");
    seat.close();

    assert_eq!(
        text(&cashier.ask(&["bill", "show", &bill])["bill"]["state"]),
        "paid"
    );
    let payments = cashier.ask(&["payments"]);
    let payments = payments["payments"].as_array().unwrap();
    assert_eq!(payments.len(), 1, "{payments:?}");
    assert_eq!(payments[0]["state"], "settled");
    assert_eq!(collections(scene.world()).len(), 1);
    scene.world().verify_books().unwrap();
    drop(key);
    scene.running.stop().unwrap();
}
