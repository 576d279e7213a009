//! Every program is killed at every failpoint during a payment, started again, and asked to go on:
//! the books balance and the order is paid exactly once.
//!
//! The list of failpoints is made from the source, so a new one is walked without a word here, and
//! one that no payment reaches fails the test.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use common::{
    OF_DOCUMENTS, OF_FILES, OF_RESOLUTIONS, Person, Stage, balance, collections, was_reached,
};
use serde_json::Value;
use wattkey_e2e::{Running, World, sample};

/// How long an order may take to be settled after everything is up again.
const SETTLE_LIMIT: Duration = Duration::from_secs(60);

fn failpoints(part: &str) -> Vec<String> {
    let mut names = common::failpoints(part);
    // No payment reaches those: they have tests of their own.
    names.retain(|name| {
        let mut others = OF_DOCUMENTS.into_iter().chain([OF_FILES, OF_RESOLUTIONS]);
        !others.any(|other| name.starts_with(other))
    });
    names
}

/// Servers of which one dies at a failpoint.
fn start(world: &World, part: &str, doomed: &World) -> Running {
    let of = |p: &str| if p == part { doomed } else { world };
    Running {
        bank: Some(of("banksim").start_bank().unwrap()),
        platform: Some(of("platform").start_platform().unwrap()),
        gateway: Some(of("gateway").start_gateway().unwrap()),
    }
}

/// A new bill for the steelworks, so that each walk pays one of its own.
fn new_bill(world: &World, number: usize) -> String {
    let (bill, record) = sample::extra_bill(wattkey_e2e::provision::today(), number);
    world.import(&record).unwrap();
    bill
}

fn walk(part: &str) {
    let stage = Stage::with_failpoints();
    let hits = stage.world.layout().path("hits");
    let names = failpoints(part);
    assert!(!names.is_empty(), "{part} has no failpoints");
    for (number, name) in names.iter().enumerate() {
        let bill = new_bill(&stage.world, number);
        let order = interrupted(&stage, part, name, &hits, &bill);
        assert!(was_reached(&hits, name), "no payment reaches {name}");

        let running = stage.world.start().unwrap();
        go_on(&stage.cashier(), &bill, order.as_deref());
        paid_once(&stage.world, number + 1, name);
        running.stop().unwrap();
    }
}

/// Pays while one program dies; gives the order's id if the client came to say it.
fn interrupted(stage: &Stage, part: &str, name: &str, hits: &Path, bill: &str) -> Option<String> {
    let doomed = stage.world.with_failpoint(name, hits);
    let mut running = start(&stage.world, part, &doomed);
    let person = stage.cashier();
    let total = person.total(bill);
    let payer = if part == "client" {
        Person {
            world: doomed,
            ..person.clone()
        }
    } else {
        person.clone()
    };
    let output = payer.pay(bill, &total, &["--wait", "3"]).run().unwrap();
    let said: Value = serde_json::from_str(&output.stdout).unwrap_or_default();
    let order = said["order"].as_str().map(str::to_owned);
    // A failpoint of a receipt or of the bank's messages is reached after the client has its answer.
    if let Some(order) = &order {
        let file = stage.world.layout().path("receipt.json");
        let _ = person
            .program(&["receipt", "save", order, "--to", file.to_str().unwrap()])
            .run()
            .unwrap();
    }
    let server = match part {
        "gateway" => running.gateway.take(),
        "platform" => running.platform.take(),
        "banksim" => running.bank.take(),
        _ => None,
    };
    if let Some(mut server) = server {
        let ended = server.wait_for_end(Duration::from_secs(15));
        assert!(
            ended.is_ok(),
            "{name} was not reached, the program still runs; the client said {}{}",
            output.stdout,
            output.stderr
        );
    }
    running.stop().unwrap();
    order
}

/// Brings the payment to its end, as a person would: resume, then pay if nothing was accepted.
fn go_on(person: &Person, bill: &str, order: Option<&str>) {
    let resumed = person.program(&["pay", "--resume"]).run().unwrap();
    assert!(
        resumed.status.success(),
        "resume: {}{}",
        resumed.stdout,
        resumed.stderr
    );
    let deadline = Instant::now() + SETTLE_LIMIT;
    loop {
        let shown = person.ask(&["bill", "show", bill]);
        match shown["bill"]["state"].as_str().unwrap() {
            "paid" => return,
            "in-collection" => {}
            // Nothing was accepted: the client died before it kept the order, or never sent it.
            _ => {
                assert_eq!(
                    order, None,
                    "an order that was reported is not in the books"
                );
                let total = person.total(bill);
                person
                    .pay(bill, &total, &["--wait", "60"])
                    .succeed()
                    .unwrap();
            }
        }
        assert!(Instant::now() < deadline, "{bill} is not settled: {shown}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn paid_once(world: &World, orders: usize, name: &str) {
    let books = world.verify_books().unwrap();
    assert_eq!(books["sound"], true, "{name}: {books}");
    assert_eq!(balance(&books, "in-transit"), 0, "{name}: {books}");
    assert_eq!(
        books["counted"]["orders"], orders,
        "{name}: one order per bill"
    );
    let held = collections(world);
    assert_eq!(held.len(), orders, "{name}: {held:?}");
    assert!(
        held.iter().all(|c| c["state"] == "booked"),
        "{name}: {held:?}"
    );
}

#[test]
fn the_client_may_die_anywhere() {
    walk("client");
}

#[test]
fn the_security_server_may_die_anywhere() {
    walk("gateway");
}

#[test]
fn the_platform_may_die_anywhere() {
    walk("platform");
}

#[test]
fn the_bank_may_die_anywhere() {
    walk("banksim");
}
