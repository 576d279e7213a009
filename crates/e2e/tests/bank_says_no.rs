//! The bank rejects a collection: the bill is open again, its penalty runs on as if never paid, the
//! receipt says so, and the bill can be paid again.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::path::{Path, PathBuf};

use common::{Person, Stage, assert_told, balance, collections};
use serde_json::Value;
use wattkey_e2e::{Running, Server, World, world::USER_PIN};

const DAY: i64 = 24 * 60 * 60;

fn rejecting_bank(world: &World) -> Server {
    world
        .program("wattkey-banksim", None)
        .unwrap()
        .args(["run", "--fault", "reject", "--listen"])
        .args([format!("127.0.0.1:{}", world.ports().bank)])
        .args([
            "--database".into(),
            world.layout().path("bank/bank.db").into_os_string(),
        ])
        .serve(&world.layout().path("logs/bank.log"))
        .unwrap()
}

fn penalty(person: &Person, bill: &str) -> i64 {
    let shown = person.ask(&["bill", "show", bill]);
    assert_eq!(shown["bill"]["state"], "overdue", "{shown}");
    shown["bill"]["quote"]["penalty"].as_i64().unwrap()
}

/// Saves the receipt of the order's present state; gives its file and payload.
fn receipt(person: &Person, order: &str, name: &str) -> (PathBuf, Value) {
    let file = person.world.layout().path(name);
    let saved = person.ask(&["receipt", "save", order, "--to", file.to_str().unwrap()]);
    (file, saved["receipt"].clone())
}

/// Verifies it as somebody would who has nothing but the receipt and the service CA's certificate.
fn verify_offline(world: &World, file: &Path) -> Value {
    let said = world
        .program("wattkey", None)
        .unwrap()
        .args(["--json", "receipt", "verify"])
        .args([file])
        .args([
            "--service-ca".into(),
            world.layout().path("desk/service-ca.pem").into_os_string(),
        ])
        .succeed()
        .unwrap();
    let said: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(said["valid"], true, "{said}");
    said["receipt"].clone()
}

#[test]
fn a_rejected_bill_is_open_again_and_can_be_paid() {
    let stage = Stage::with_failpoints();
    let world = &stage.world;
    let (cashier, bill) = (stage.cashier(), Stage::overdue_bill());
    let running = Running {
        bank: None,
        platform: Some(world.start_platform().unwrap()),
        gateway: Some(world.start_gateway().unwrap()),
    };
    let before = world.verify_books().unwrap();
    let today = penalty(&cashier, &bill);
    let total = cashier.total(&bill);

    // The bank is away: the order is accepted, and that is as far as it gets.
    let accepted = cashier.pay(&bill, &total, &[]).succeed().unwrap();
    let accepted: Value = serde_json::from_str(&accepted.stdout).unwrap();
    assert_eq!(accepted["state"], "accepted", "{accepted}");
    let order = accepted["order"].as_str().unwrap();
    let (first_file, first) = receipt(&cashier, order, "accepted.json");
    assert_eq!(first["state"], "accepted");

    // It comes back and says no.
    let bank = rejecting_bank(world);
    common::until("rejected", std::time::Duration::from_secs(30), || {
        let shown = cashier.ask(&["payment", "show", order]);
        (shown["payment"]["state"] == "rejected").then_some(())
    });
    let (second_file, second) = receipt(&cashier, order, "rejected.json");
    assert_eq!(second["state"], "rejected");
    assert!(second["supersedes"].is_string(), "{second}");
    assert_eq!(penalty(&cashier, &bill), today, "as if never paid");
    let books = world.verify_books().unwrap();
    for account in ["in-transit", "bank", "receivable", "penalty"] {
        assert_eq!(
            balance(&books, account),
            balance(&before, account),
            "{account}"
        );
    }
    // Whoever waits for it is told, in both languages.
    for (language, words) in [
        ("en", "did not carry out order"),
        ("zh", "银行未执行支付指令"),
    ] {
        let program = world.wattkey(&cashier.usb_key, &cashier.pc).unwrap();
        let pay = program
            .args([
                "--lang",
                language,
                "pay",
                &bill,
                "--yes",
                "--expect-total",
                &total,
            ])
            .args(["--wait", "60", "--pin-fd", "0", "--sign-pin-fd", "0"])
            .input_line(USER_PIN)
            .input_line(USER_PIN);
        assert_told(&pay.run().unwrap(), 40, words);
    }
    // So is whoever asks again after the PC died under the payment.
    let hits = world.layout().path("hits");
    let doomed = Person {
        world: world.with_failpoint("client.after-answer", &hits),
        ..cashier.clone()
    };
    let ended = doomed.pay(&bill, &total, &[]).run().unwrap();
    assert_eq!(ended.status.code(), None, "{ended:#?}");
    let payments = cashier.ask(&["payments"]);
    let order = payments["unresolved"][0].as_str().unwrap();
    common::until("rejected", std::time::Duration::from_secs(30), || {
        let shown = cashier.ask(&["payment", "show", order]);
        (shown["payment"]["state"] == "rejected").then_some(())
    });
    let resumed = cashier.refused(&["pay", "--resume"], 40);
    let resumed: Value = serde_json::from_str(&resumed.stdout).unwrap();
    assert_eq!(resumed["orders"][0]["order"], order, "{resumed}");
    assert_eq!(resumed["orders"][0]["state"], "rejected", "{resumed}");
    let nothing = cashier.ask(&["pay", "--resume"]);
    assert_eq!(nothing["orders"], serde_json::json!([]), "told once");
    bank.stop().unwrap();
    running.stop().unwrap();

    // The next day it costs one day more, and a bank that has no objection books it.
    let tomorrow = world.with_clock_offset(DAY);
    let running = tomorrow.start().unwrap();
    let person = Person {
        world: tomorrow,
        ..cashier
    };
    let a_day = penalty(&person, &bill) - today;
    assert!(a_day > 0, "the penalty runs on");
    let total = person.total(&bill);
    let paid = person
        .pay(&bill, &total, &["--wait", "60"])
        .succeed()
        .unwrap();
    let paid: Value = serde_json::from_str(&paid.stdout).unwrap();
    assert_eq!(paid["state"], "settled");
    let (third_file, _) = receipt(&person, paid["order"].as_str().unwrap(), "settled.json");
    let held = collections(world);
    let booked: Vec<_> = held.iter().filter(|c| c["state"] == "booked").collect();
    assert_eq!((held.len(), booked.len()), (5, 1), "{held:?}");
    let books = person.world.verify_books().unwrap();
    assert_eq!(balance(&books, "in-transit"), 0);
    running.stop().unwrap();

    // Receipts of old states and of the newest one verify when everything is down.
    assert_eq!(verify_offline(world, &first_file), first);
    assert_eq!(verify_offline(world, &second_file), second);
    assert_eq!(verify_offline(world, &third_file)["state"], "settled");
}
