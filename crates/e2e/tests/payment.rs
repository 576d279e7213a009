//! One bill from unlocking to the receipt, with the programs that ship.

mod common;
#[path = "payment/papers.rs"]
mod papers;

use common::{Stage, balance, collections};
use wattkey_e2e::world::USER_PIN;

#[test]
fn one_bill_is_paid_once_and_the_books_say_so() {
    let stage = Stage::new();
    let running = stage.world.start().unwrap();
    let before = stage.world.verify_books().unwrap();
    let (cashier, bill) = (stage.cashier(), Stage::overdue_bill());

    assert_eq!(cashier.ask(&["whoami"])["user"]["name"], "Li Na");
    assert_eq!(
        cashier.ask(&["accounts"])["accounts"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let overdue = cashier.ask(&["bills", "--state", "overdue"]);
    assert_eq!(overdue["bills"].as_array().unwrap().len(), 1);
    assert_eq!(overdue["bills"][0]["bill"], bill.as_str());

    let total = cashier.total(&bill);
    let paid = cashier
        .pay(&bill, &total, &["--wait", "60", "--reference", "PO 4711"])
        .succeed()
        .unwrap();
    let paid: serde_json::Value = serde_json::from_str(&paid.stdout).unwrap();
    assert_eq!(paid["state"], "settled");
    let order = paid["order"].as_str().unwrap();

    // The bank has exactly this collection, and the books exactly this much more.
    let held = collections(&stage.world);
    assert_eq!(held.len(), 1, "{held:?}");
    assert_eq!(held[0]["amount"].as_str().unwrap(), total);
    assert_eq!(
        held[0]["end_to_end_id"],
        format!("WK{}", order.replace('-', ""))
    );
    let after = stage.world.verify_books().unwrap();
    let minor: i64 = total.replace('.', "").parse().unwrap();
    assert_eq!(balance(&after, "bank") - balance(&before, "bank"), minor);
    assert_eq!(balance(&after, "in-transit"), 0);
    assert!(
        balance(&after, "penalty") < 0,
        "a late bill earns a penalty"
    );

    // Paid is paid: for this person, on another PC, and for the same order sent again.
    let again = cashier.pay(&bill, &total, &[]).run().unwrap();
    assert_eq!(
        again.status.code(),
        Some(40),
        "{}{}",
        again.stdout,
        again.stderr
    );
    let file = stage.world.layout().path("order.jws");
    cashier.ask(&["payment", "export", order, "--to", file.to_str().unwrap()]);
    let same = cashier
        .at("another-pc")
        .ask(&["pay", "--signed", file.to_str().unwrap()]);
    assert_eq!(
        (same["order"].as_str(), same["state"].as_str()),
        (Some(order), Some("settled"))
    );
    assert_eq!(collections(&stage.world).len(), 1);

    papers::say_what_the_service_knows(&stage, &cashier, &bill, order);

    // Somebody else's bill and order are not there.
    let hospital = cashier.with_key(&stage.world.usb_key(1)).at("hospital");
    hospital.refused(&["bill", "show", &bill], 45);
    hospital.refused(&["payment", "show", order], 45);
    let stranger = hospital.pay(&bill, &total, &[]).run().unwrap();
    assert_eq!(
        stranger.status.code(),
        Some(45),
        "{}{}",
        stranger.stdout,
        stranger.stderr
    );
    running.stop().unwrap();
}

#[test]
fn wrong_totals_and_pins_stop_before_anything_is_signed() {
    let stage = Stage::new();
    let running = stage.world.start().unwrap();
    let (cashier, bill) = (stage.cashier(), Stage::overdue_bill());
    let total = cashier.total(&bill);

    let wrong_total = cashier.pay(&bill, "0.01", &[]).run().unwrap();
    assert_eq!(
        wrong_total.status.code(),
        Some(42),
        "{}{}",
        wrong_total.stdout,
        wrong_total.stderr
    );
    let second_pin = cashier
        .program(&[
            "pay",
            &bill,
            "--yes",
            "--expect-total",
            &total,
            "--sign-pin-fd",
            "0",
        ])
        .input_line("000000")
        .run()
        .unwrap();
    assert_eq!(
        second_pin.status.code(),
        Some(20),
        "{}{}",
        second_pin.stdout,
        second_pin.stderr
    );
    let first_pin = stage
        .world
        .wattkey(&cashier.usb_key, "cashier")
        .unwrap()
        .args(["accounts", "--pin-fd", "0"])
        .input_line("000000")
        .input_line(USER_PIN)
        .run()
        .unwrap();
    assert_eq!(
        first_pin.status.code(),
        Some(20),
        "the second line must not be tried as well"
    );

    assert!(
        cashier.ask(&["payments"])["payments"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    assert!(collections(&stage.world).is_empty());
    running.stop().unwrap();
}

#[test]
fn two_people_who_pay_one_bill_pay_it_once() {
    let stage = Stage::new();
    let running = stage.world.start().unwrap();
    let (one, bill) = (stage.cashier(), Stage::overdue_bill());
    let total = one.total(&bill);
    let two = stage.second_cashier();
    let pay = |person: &common::Person| person.pay(&bill, &total, &["--wait", "60"]).run().unwrap();
    let outputs = std::thread::scope(|scope| {
        let first = scope.spawn(|| pay(&one));
        let second = scope.spawn(|| pay(&two));
        [first.join().unwrap(), second.join().unwrap()]
    });
    let codes: Vec<_> = outputs.iter().map(|o| o.status.code()).collect();
    assert!(
        codes.contains(&Some(0)) && codes.contains(&Some(40)),
        "{outputs:?}"
    );
    assert_eq!(collections(&stage.world).len(), 1);
    stage.world.verify_books().unwrap();
    running.stop().unwrap();
}

#[test]
fn a_lost_key_stops_at_once_and_the_next_one_finds_the_order() {
    let mut stage = Stage::new();
    let running = stage.world.start().unwrap();
    let (cashier, bill) = (stage.cashier(), Stage::overdue_bill());
    let order = cashier.settle(&bill);
    let order = order.as_str();

    stage.world.report_lost(0).unwrap();
    let refused = cashier.program(&["accounts"]).run().unwrap();
    assert!(
        matches!(refused.status.code(), Some(14 | 15)),
        "{}{}",
        refused.stdout,
        refused.stderr
    );

    stage.world.issue_next_key(0).unwrap();
    let replaced = stage.cashier();
    assert_eq!(
        replaced.ask(&["payment", "show", order])["payment"]["state"],
        "settled"
    );
    running.stop().unwrap();
}
