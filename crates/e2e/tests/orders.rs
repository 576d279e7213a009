//! The kinds of orders: in part, with another person's approval, from a deposit, by transfer, for a
//! day to come, and taken back.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::time::Duration;

use common::{Person, Stage, balance, collections, until};
use jiff::ToSpan as _;
use serde_json::Value;
use wattkey_e2e::{World, provision::today, sample, world::USER_PIN};

const LIMIT: Duration = Duration::from_secs(15);
/// The account of the power company.
const PAYEE: &str = "DE89370400440532013000";
/// The contract account of the extra bills.
const ACCOUNT: &str = "C-1001";

/// A world with a bill that is not due yet.
fn stage() -> (Stage, String) {
    let stage = Stage::new();
    let (bill, record) = sample::extra_bill(today(), 0);
    stage.world.import(&record).unwrap();
    (stage, bill)
}

/// Somebody who signs what others approve.
fn maker(stage: &Stage) -> Person {
    let id = "5e1f0000-0000-4000-8000-000000000105";
    stage.colleague("maker", id, "Sun Yan", &["view", "prepare"])
}

/// Signs, with both PINs; what the program says.
fn sign(person: &Person, arguments: &[&str], total: &str) -> Value {
    let program = person
        .program(arguments)
        .args(["--yes", "--expect-total", total, "--sign-pin-fd", "0"])
        .input_line(USER_PIN);
    let output = program.succeed().unwrap();
    serde_json::from_str(&output.stdout).unwrap()
}

fn order_of(signed: &Value) -> String {
    signed["order"]
        .as_str()
        .unwrap_or_else(|| panic!("{signed}"))
        .to_owned()
}

fn payment(person: &Person, order: &str) -> Value {
    person.ask(&["payment", "show", order])["payment"].clone()
}

fn reaches(person: &Person, order: &str, state: &str) {
    until(state, LIMIT, || {
        (payment(person, order)["state"] == state).then_some(())
    });
}

/// What is open of a bill, in minor units.
fn open(person: &Person, bill: &str) -> i64 {
    let shown = person.ask(&["bill", "show", bill]);
    shown["bill"]["open"]
        .as_i64()
        .unwrap_or_else(|| panic!("{shown}"))
}

fn books(world: &World) -> Value {
    world.verify_books().unwrap()
}

#[test]
fn a_bill_is_paid_in_parts() {
    let (stage, bill) = stage();
    let running = stage.world.start().unwrap();
    let cashier = stage.cashier();
    let before = open(&cashier, &bill);
    for _ in 0..2 {
        let part = format!("{bill}=1000.00");
        let paid = sign(
            &cashier,
            &["pay", "--amount", &part, "--wait", "60"],
            "1000.00",
        );
        assert_eq!(paid["state"], "settled", "{paid}");
    }
    assert_eq!(open(&cashier, &bill), before - 200_000);
    running.stop().unwrap();
    assert_eq!(balance(&books(&stage.world), "in-transit"), 0);
    assert_eq!(collections(&stage.world).len(), 2);
}

#[test]
fn what_one_person_signs_another_one_approves() {
    let (stage, bill) = stage();
    let running = stage.world.start().unwrap();
    let (maker, cashier) = (maker(&stage), stage.cashier());
    let part = format!("{bill}=700.00");
    let order = order_of(&sign(&maker, &["pay", "--amount", &part], "700.00"));
    assert_eq!(payment(&cashier, &order)["state"], "awaiting-approval");
    assert!(collections(&stage.world).is_empty());
    sign(&cashier, &["approve", &order], "700.00");
    reaches(&maker, &order, "settled");

    let second = order_of(&sign(&maker, &["pay", "--amount", &part], "700.00"));
    let before = open(&cashier, &bill);
    sign(&cashier, &["refuse", &second], "700.00");
    assert_eq!(payment(&maker, &second)["state"], "refused");
    assert_eq!(open(&cashier, &bill), before + 70_000);
    running.stop().unwrap();
    assert_eq!(collections(&stage.world).len(), 1);
    assert_eq!(balance(&books(&stage.world), "in-transit"), 0);
}

#[test]
fn a_deposit_is_filled_and_pays() {
    let (stage, bill) = stage();
    let running = stage.world.start().unwrap();
    let cashier = stage.cashier();
    let filled = sign(
        &cashier,
        &["top-up", ACCOUNT, "500.00", "--wait", "60"],
        "500.00",
    );
    assert_eq!(filled["state"], "settled", "{filled}");
    let before = open(&cashier, &bill);
    let part = format!("{bill}=300.00");
    let arguments = ["pay", "--amount", &part, "--from-deposit", ACCOUNT];
    let paid = sign(&cashier, &arguments, "300.00");
    assert_eq!(paid["state"], "settled", "{paid}");
    assert_eq!(open(&cashier, &bill), before - 30_000);
    running.stop().unwrap();
    let books = books(&stage.world);
    assert_eq!(balance(&books, "deposit"), -20_000, "{books}");
    // The bank collected the filling and nothing else.
    assert_eq!(collections(&stage.world).len(), 1);
}

#[test]
fn a_transfer_with_its_reference_pays_the_bill() {
    let (stage, bill) = stage();
    let running = stage.world.start().unwrap();
    let cashier = stage.cashier();
    let part = format!("{bill}=1000.00");
    let signed = sign(
        &cashier,
        &["pay", "--amount", &part, "--by-transfer"],
        "1000.00",
    );
    let order = order_of(&signed);
    let shown = payment(&cashier, &order);
    assert_eq!(shown["state"], "accepted", "{shown}");
    let reference = shown["source"]["creditor_reference"].as_str().unwrap();
    let bank = format!("127.0.0.1:{}", stage.world.ports().bank);
    let credit = stage.world.program("wattkey-banksim", None).unwrap();
    let credit = credit.args([
        "credit",
        "--at",
        &bank,
        "--amount",
        "1200.00",
        "--account",
        PAYEE,
    ]);
    credit.args(["--reference", reference]).succeed().unwrap();
    reaches(&cashier, &order, "settled");
    running.stop().unwrap();
    let books = books(&stage.world);
    assert_eq!(balance(&books, "bank"), 120_000, "{books}");
    // More than was owed is the customer's.
    assert_eq!(balance(&books, "deposit"), -20_000, "{books}");
    assert!(collections(&stage.world).is_empty());
}

#[test]
fn an_order_for_a_day_to_come_is_taken_back() {
    let (stage, bill) = stage();
    let running = stage.world.start().unwrap();
    let cashier = stage.cashier();
    let before = open(&cashier, &bill);
    let (part, day) = (format!("{bill}=1000.00"), today() + 5.days());
    let arguments = ["pay", "--amount", &part, "--on", &day.to_string()];
    let order = order_of(&sign(&cashier, &arguments, "1000.00"));
    let shown = payment(&cashier, &order);
    assert_eq!(shown["state"], "accepted", "{shown}");
    assert_eq!(shown["execute"], day.to_string(), "{shown}");
    assert_eq!(open(&cashier, &bill), before - 100_000);
    sign(&cashier, &["cancel", &order], "1000.00");
    assert_eq!(payment(&cashier, &order)["state"], "cancelled");
    assert_eq!(open(&cashier, &bill), before);
    running.stop().unwrap();
    assert_eq!(balance(&books(&stage.world), "in-transit"), 0);
    assert!(collections(&stage.world).is_empty());
}
