//! A file of orders: previewed, signed with one PIN, stopped in the middle, and gone on with.

use std::{collections::BTreeSet, fs, path::Path};

use wattkey_e2e::{provision::today, sample, world::USER_PIN};
use wattkey_virtual_display::{Element, Key};

use crate::{
    common::{Stage, collections, until},
    seat::{ENGLISH, PAGE, Seat},
    signing::BOOKED,
};

/// Orders of the file.
const ORDERS: usize = 4;

#[test]
fn a_file_stopped_in_the_middle_is_gone_on_with_and_nothing_is_paid_twice() {
    let stage = Stage::new();
    let world = &stage.world;
    let mut bills = Vec::new();
    let mut lines = "bill,reference\n".to_owned();
    for number in 1..=ORDERS {
        let (bill, record) = sample::extra_bill(today(), number);
        world.import(&record).unwrap();
        // What has another reference is another order.
        lines.push_str(&format!("{bill},PO {number}\n"));
        bills.push(bill);
    }
    let file = world.layout().path("orders.csv");
    fs::write(&file, lines).unwrap();
    let running = world.start().unwrap();
    let platform = running.platform.as_ref().unwrap();
    let cashier = stage.cashier();
    let mut seat = Seat::open(&cashier.world, &cashier.usb_key, &cashier.pc, "en", "light");
    seat.unlock(ENGLISH, USER_PIN);

    seat.turn_to(ENGLISH.of("window-page-pay"), ENGLISH);
    seat.enter(ENGLISH.of("window-pay-by-file"));
    preview(&mut seat, &file, &bills);
    seat.enter(ENGLISH.of("window-review"));
    seat.agree(ENGLISH.of("window-i-agree"));
    // Stopped while the first order is under way: that one is finished, and no other is begun.
    platform.hold().unwrap();
    seat.sign(ENGLISH);
    seat.enter(ENGLISH.of("window-stop"));
    platform.go_on().unwrap();
    let of = ORDERS.to_string();
    let stopped = [("signed", "1"), ("of", of.as_str())];
    seat.told(&ENGLISH.with("err-window-file-stopped", &stopped), PAGE);
    seat.picture("file-stopped-en-light");
    let books = world.verify_books().unwrap();
    assert_eq!(books["counted"]["orders"], 1);

    // The same file again: what was ordered is left out, the rest is signed.
    seat.enter(ENGLISH.of("window-done"));
    seat.turn_to(ENGLISH.of("window-page-pay"), ENGLISH);
    preview(&mut seat, &file, &bills[1..]);
    let seen = seat.desk.look().unwrap();
    assert!(!seen.iter().any(|element| is_row_of(element, &bills[0])));
    seat.enter(ENGLISH.of("window-review"));
    seat.agree(ENGLISH.of("window-i-agree"));
    seat.sign(ENGLISH);
    let left = (ORDERS - 1).to_string();
    seat.told(
        &ENGLISH.with("window-file-accepted", &[("of", &left)]),
        PAGE,
    );
    seat.close();

    let held = until("the collections", BOOKED, || {
        let held = collections(world);
        let booked = held.iter().filter(|one| one["state"] == "booked").count();
        (booked >= ORDERS).then_some(held)
    });
    assert_eq!(held.len(), ORDERS, "{held:?}");
    let settled = || {
        let payments = cashier.ask(&["payments"]);
        let rows = payments["payments"].as_array().unwrap().clone();
        let is_settled = rows.iter().all(|row| row["state"] == "settled");
        is_settled.then_some(rows)
    };
    let payments = until("all are settled", BOOKED, settled);
    assert_eq!(payments.len(), ORDERS, "{payments:?}");
    let references = payments.iter().map(|row| row["reference"].as_str());
    assert_eq!(references.collect::<BTreeSet<_>>().len(), ORDERS);
    for bill in &bills {
        assert_eq!(
            cashier.ask(&["bill", "show", bill])["bill"]["state"],
            "paid"
        );
    }
    assert_eq!(world.verify_books().unwrap()["counted"]["orders"], ORDERS);
    running.stop().unwrap();
}

/// Writes where the file is, and waits for what it comes to.
fn preview(seat: &mut Seat, file: &Path, bills: &[String]) {
    seat.desk.go_to(ENGLISH.of("window-file-path")).unwrap();
    seat.desk.type_text(file.to_str().unwrap()).unwrap();
    seat.desk.press(Key::Enter).unwrap();
    for bill in bills {
        let row = |element: &Element| is_row_of(element, bill);
        seat.desk.wait_until(bill, PAGE, row).unwrap();
    }
}

fn is_row_of(element: &Element, bill: &str) -> bool {
    element.role == "list item" && element.name.contains(&format!(" {bill}, "))
}
