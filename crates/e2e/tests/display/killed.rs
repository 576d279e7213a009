//! A window that dies between a signature and what came of it: who unlocks again is told, and each order is in the
//! books once.

use std::collections::BTreeSet;

use serde_json::Value;
use wattkey_e2e::{World, world::USER_PIN};

use crate::{
    common::{Person, Stage, collections, until, was_reached},
    seat::{ENGLISH, PAGE, Seat},
    signing::BOOKED,
};

/// What is paid of the bill each time.
const PART: &str = "1000.00";
const PART_MINOR: i64 = 100_000;

#[test]
fn a_window_killed_while_it_sends_an_order_finds_out_and_pays_once() {
    let stage = Stage::with_failpoints();
    let world = &stage.world;
    let hits = world.layout().path("hits");
    let (cashier, bill) = (stage.cashier(), Stage::overdue_bill());
    let running = world.start().unwrap();
    let before = open(&cashier, &bill);
    // Signed and kept, not sent yet; and answered, which it did not take in any more.
    let moments = ["client.before-send", "client.after-answer"];
    for (moment, number) in moments.into_iter().zip(1..) {
        let doomed = Person {
            world: world.with_failpoint(moment, &hits),
            ..cashier.clone()
        };
        let mut seat = opened(&doomed);
        order_a_part(&mut seat, &bill);
        seat.dies();
        assert!(was_reached(&hits, moment));
        finds_out(&cashier, number);
    }
    assert_eq!(open(&cashier, &bill), before - 2 * PART_MINOR);
    is_paid_in_parts(world, 2);
    running.stop().unwrap();
}

/// The platform dies with the order in its books and its answer unsent, and the PC right after it.
#[test]
fn a_window_killed_while_the_platform_is_gone_finds_out_and_pays_once() {
    let stage = Stage::with_failpoints();
    let world = &stage.world;
    let hits = world.layout().path("hits");
    let (cashier, bill) = (stage.cashier(), Stage::overdue_bill());
    let mut running = world.start().unwrap();
    let before = open(&cashier, &bill);
    running.platform.take().unwrap().stop().unwrap();
    let dies = "platform.order-accepted";
    let doomed = world.with_failpoint(dies, &hits).start_platform();
    let mut doomed = doomed.unwrap();
    let mut seat = opened(&cashier);
    order_a_part(&mut seat, &bill);
    doomed.wait_for_end(PAGE).unwrap();
    seat.kill();
    assert!(was_reached(&hits, dies));
    running.platform = Some(world.start_platform().unwrap());
    finds_out(&cashier, 1);
    assert_eq!(open(&cashier, &bill), before - PART_MINOR);
    is_paid_in_parts(world, 1);
    running.stop().unwrap();
}

/// The books have so many orders, and the bank one collection of each.
fn is_paid_in_parts(world: &World, orders: usize) {
    let held = collections(world);
    let ids = held.iter().map(|one| one["end_to_end_id"].as_str());
    let ids: BTreeSet<_> = ids.collect();
    assert_eq!((held.len(), ids.len()), (orders, orders), "{held:?}");
    assert_eq!(world.verify_books().unwrap()["counted"]["orders"], orders);
}

fn opened(person: &Person) -> Seat {
    let mut seat = Seat::open(&person.world, &person.usb_key, &person.pc, "en", "light");
    seat.unlock(ENGLISH, USER_PIN);
    seat
}

/// Signs that a part of the bill is paid.
fn order_a_part(seat: &mut Seat, bill: &str) {
    seat.settle_arrears(ENGLISH);
    let amount = format!("{} {bill}", ENGLISH.of("window-amount-of"));
    seat.desk.go_to(&amount).unwrap();
    seat.desk.type_text(PART).unwrap();
    seat.enter(ENGLISH.of("window-review"));
    seat.agree(ENGLISH.of("window-i-agree"));
    seat.sign(ENGLISH);
}

/// The window is opened again: what became of the order is told without anything being done, and it is the last
/// of so many payments.
fn finds_out(person: &Person, number: usize) {
    let payments = person.ask(&["payments"]);
    assert_eq!(unresolved(&payments).len(), 1, "{payments}");
    let order = unresolved(&payments)[0].clone();
    let mut seat = opened(person);
    let what = [("what", ENGLISH.of("window-sign-payment"))];
    seat.told(&ENGLISH.with("window-known-taken", &what), PAGE);
    seat.close();
    let payments = until("the bank's booking", BOOKED, || {
        let payments = person.ask(&["payments"]);
        let mut rows = payments["payments"].as_array().unwrap().iter();
        let is_settled = rows.all(|row| row["state"] == "settled");
        is_settled.then_some(payments)
    });
    assert!(unresolved(&payments).is_empty(), "{payments}");
    let rows = payments["payments"].as_array().unwrap();
    assert_eq!(rows.len(), number, "{payments}");
    let of_it = rows.iter().filter(|row| row["order"] == order);
    assert_eq!(of_it.count(), 1, "{payments}");
}

fn unresolved(payments: &Value) -> &Vec<Value> {
    payments["unresolved"].as_array().unwrap()
}

/// What is open of a bill, in minor units.
fn open(person: &Person, bill: &str) -> i64 {
    let shown = person.ask(&["bill", "show", bill]);
    shown["bill"]["open"].as_i64().unwrap()
}
