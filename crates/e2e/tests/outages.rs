//! Parts that are down: the client says what it knows and no more, and `pay --resume` finds out.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::{thread, time::Duration};

use common::{Person, Stage, assert_told, collections};
use serde_json::Value;
use wattkey_e2e::{Output, world::USER_PIN};

/// Two PCs, or two windows, at once.
fn at_once(one: impl Fn() -> Output + Sync) -> [Output; 2] {
    thread::scope(|scope| {
        let (first, second) = (scope.spawn(&one), scope.spawn(&one));
        [first.join().unwrap(), second.join().unwrap()]
    })
}

fn resumed_twice_at_once(person: &Person) {
    let ran = at_once(|| person.program(&["pay", "--resume"]).run().unwrap());
    for output in &ran {
        assert!(output.status.success(), "{output:#?}");
        let said: Value = serde_json::from_str(&output.stdout).unwrap();
        for order in said["orders"].as_array().unwrap() {
            assert_eq!(order["outcome"], "accepted", "{said}");
        }
    }
    assert!(
        ran.iter().any(|output| output.stdout.contains("accepted")),
        "{ran:#?}"
    );
}

#[test]
fn what_is_not_known_is_said_to_be_unknown_and_found_out() {
    let stage = Stage::with_failpoints();
    let world = &stage.world;
    let hits = world.layout().path("hits");
    let (cashier, bill) = (stage.cashier(), Stage::overdue_bill());

    // The platform dies with the order in its books and its answer unsent.
    let bank = world.start_bank().unwrap();
    let mut platform = world
        .with_failpoint("platform.order-accepted", &hits)
        .start_platform()
        .unwrap();
    let gateway = world.start_gateway().unwrap();
    let total = cashier.total(&bill);
    let lost = cashier.pay(&bill, &total, &[]).run().unwrap();
    assert_eq!(lost.status.code(), Some(41), "{lost:#?}");
    let document: Value = serde_json::from_str(&lost.stdout).unwrap();
    assert_eq!(document["outcome"], "unknown");
    let order = document["order"].as_str().unwrap();
    let said = format!("The outcome of order {order} is unknown");
    assert!(lost.stderr.contains(&said), "{lost:#?}");
    platform.wait_for_end(Duration::from_secs(15)).unwrap();
    drop(platform);

    // While the platform is down: nothing can be asked, and the bill is not paid a second time.
    cashier.told(&["accounts"], 30, "cannot answer now", "暂时无法应答");
    cashier.told(
        &["pay", "--resume"],
        30,
        "cannot answer now",
        "暂时无法应答",
    );
    let again = cashier.pay(&bill, &total, &[]).run().unwrap();
    assert_eq!(again.status.code(), Some(41), "{again:#?}");
    assert!(again.stderr.contains(order), "{again:#?}");

    // While the security server is down too.
    gateway.stop().unwrap();
    cashier.told(&["accounts"], 30, "cannot be reached", "无法连接安全服务器");

    // Everything is up again, and two ask at once.
    let platform = world.start_platform().unwrap();
    let gateway = world.start_gateway().unwrap();
    resumed_twice_at_once(&cashier);
    assert_eq!(collections_of(&stage, order), 1);

    // An order that was signed and never sent, sent by two at once.
    let (second, record) = wattkey_e2e::sample::extra_bill(wattkey_e2e::provision::today(), 1);
    world.import(&record).unwrap();
    let doomed = Person {
        world: world.with_failpoint("client.before-send", &hits),
        ..cashier.clone()
    };
    let total = cashier.total(&second);
    let ended = doomed.pay(&second, &total, &[]).run().unwrap();
    assert_eq!(ended.status.code(), None, "{ended:#?}");
    let order = cashier.ask(&["payments"])["unresolved"][0]
        .as_str()
        .unwrap()
        .to_owned();
    resumed_twice_at_once(&cashier);
    assert_eq!(collections_of(&stage, &order), 1);
    assert_eq!(collections(world).len(), 2);
    let books = world.verify_books().unwrap();
    assert_eq!(books["counted"]["orders"], 2);
    gateway.stop().unwrap();
    platform.stop().unwrap();
    bank.stop().unwrap();
}

/// How many collections of this order the bank has booked, once it has any.
fn collections_of(stage: &Stage, order: &str) -> usize {
    let id = format!("WK{}", order.replace('-', ""));
    common::until("booked", Duration::from_secs(30), || {
        let held = collections(&stage.world);
        let booked = held
            .iter()
            .filter(|c| c["end_to_end_id"] == id && c["state"] == "booked")
            .count();
        (booked > 0).then_some(booked)
    })
}

#[test]
fn an_unknown_outcome_is_told_in_chinese_too() {
    let stage = Stage::with_failpoints();
    let world = &stage.world;
    let bank = world.start_bank().unwrap();
    let gateway = world.start_gateway().unwrap();
    let (cashier, bill) = (stage.cashier(), Stage::overdue_bill());
    // It dies before anything is in the books; the client cannot tell.
    let mut platform = world
        .with_failpoint("platform.order-verified", &world.layout().path("hits"))
        .start_platform()
        .unwrap();
    let total = cashier.total(&bill);
    let program = world.wattkey(&cashier.usb_key, &cashier.pc).unwrap();
    let pay = program
        .args(["--lang", "zh", "pay", &bill, "--yes"])
        .args(["--expect-total", &total])
        .args(["--pin-fd", "0", "--sign-pin-fd", "0"])
        .input_line(USER_PIN)
        .input_line(USER_PIN);
    assert_told(&pay.run().unwrap(), 41, "结果未知");
    platform.wait_for_end(Duration::from_secs(15)).unwrap();

    // Sent again, by two at once, it is accepted once.
    let platform = world.start_platform().unwrap();
    resumed_twice_at_once(&cashier);
    assert_eq!(world.verify_books().unwrap()["counted"]["orders"], 1);
    gateway.stop().unwrap();
    platform.stop().unwrap();
    bank.stop().unwrap();
}
