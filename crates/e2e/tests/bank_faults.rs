//! What goes wrong with banks: messages that come late, twice, in the wrong order, between garbage;
//! answers that are lost; bookings that are stated again or taken back. Every bill is paid once, and
//! the books say what the bank says, over HTTP and over folders.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::{fs, path::PathBuf, time::Duration};

use common::{Person, Stage, balance, collections, until};
use serde_json::Value;
use wattkey_e2e::{Running, Server, World, provision::today, sample};

const LIMIT: Duration = Duration::from_secs(40);

fn bank(world: &World, more: &[&str]) -> Server {
    world
        .program("wattkey-banksim", None)
        .unwrap()
        .args(["run", "--listen"])
        .args([format!("127.0.0.1:{}", world.ports().bank)])
        .args([
            "--database".into(),
            world.layout().path("bank/bank.db").into_os_string(),
        ])
        .args(more.iter().copied())
        .serve(&world.layout().path("logs/bank.log"))
        .unwrap()
}

/// Asks the bank that runs for these faults from now on.
fn faults(world: &World, names: &str) {
    let at = format!("127.0.0.1:{}", world.ports().bank);
    let program = world.program("wattkey-banksim", None).unwrap();
    program
        .args(["faults", "--at", &at, "--set", names])
        .succeed()
        .unwrap();
}

/// Orders the payment of a bill; what the client said.
fn order(person: &Person, bill: &str) -> String {
    let paid = person
        .pay(bill, &person.total(bill), &[])
        .succeed()
        .unwrap();
    let paid: Value = serde_json::from_str(&paid.stdout).unwrap();
    paid["order"].as_str().unwrap().to_owned()
}

fn state(person: &Person, order: &str) -> String {
    let shown = person.ask(&["payment", "show", order]);
    shown["payment"]["state"].as_str().unwrap().to_owned()
}

fn becomes(person: &Person, order: &str, wanted: &str) {
    until(wanted, LIMIT, || {
        (state(person, order) == wanted).then_some(())
    });
}

fn new_bill(world: &World, number: usize) -> String {
    let (bill, record) = sample::extra_bill(today(), number);
    world.import(&record).unwrap();
    bill
}

/// Minor units on the bank account of the books.
fn in_bank(world: &World) -> i64 {
    let books = world.verify_books().unwrap();
    assert_eq!(books["sound"], true, "{books}");
    balance(&books, "bank")
}

fn total_minor(held: &Value) -> i64 {
    held["amount"]
        .as_str()
        .unwrap()
        .replace('.', "")
        .parse()
        .unwrap()
}

#[test]
fn every_bill_is_paid_once_whatever_the_bank_does() {
    let stage = Stage::new();
    let world = &stage.world;
    let running = Running {
        bank: Some(bank(world, &[])),
        platform: Some(world.start_platform().unwrap()),
        gateway: Some(world.start_gateway().unwrap()),
    };
    let person = stage.cashier();
    let before = in_bank(world);

    // The answer is lost and all comes twice, stated again, between garbage.
    faults(world, "lost-answer,twice,statement,garbage");
    let first = order(&person, &new_bill(world, 0));
    becomes(&person, &first, "settled");

    // The booking before the status, and the statement before the notification.
    faults(world, "out-of-order,statement");
    let second = order(&person, &new_bill(world, 1));
    becomes(&person, &second, "settled");

    // Nothing comes for a while.
    faults(world, "late");
    let third = order(&person, &new_bill(world, 2));
    until("the bank has booked it", LIMIT, || {
        let held = collections(world);
        (held.len() == 3 && held[2]["state"] == "booked").then_some(())
    });
    assert_eq!(state(&person, &third), "accepted");
    faults(world, "none");
    becomes(&person, &third, "settled");

    // What was booked is taken back, which is notified and stated: the bill is open again.
    faults(world, "return,statement,twice");
    let bill = new_bill(world, 3);
    let fourth = order(&person, &bill);
    becomes(&person, &fourth, "returned");
    let shown = person.ask(&["bill", "show", &bill]);
    assert_ne!(shown["bill"]["state"], "paid", "{shown}");

    // A part is rejected: each order is what the bank says of it.
    faults(world, "partial");
    let part = [order(&person, &bill), order(&person, &new_bill(world, 4))];
    let mut states: Vec<String> = part
        .iter()
        .map(|order| {
            until("it ends", LIMIT, || {
                Some(state(&person, order)).filter(|s| s == "rejected" || s == "settled")
            })
        })
        .collect();
    states.sort();
    assert_eq!(states, ["rejected", "settled"]);

    // The last messages may still be on their way: garbage and copies move nothing.
    let held = collections(world);
    assert_eq!(held.len(), 6, "one collection for each order: {held:?}");
    let booked: i64 = held
        .iter()
        .filter(|held| held["state"] == "booked")
        .map(total_minor)
        .sum();
    assert_eq!(in_bank(world) - before, booked);
    let books = world.verify_books().unwrap();
    assert_eq!(balance(&books, "in-transit"), 0);
    assert_eq!(books["counted"]["orders"], 6);
    running.stop().unwrap();
}

/// The bank's folders in the platform's configuration; made as the bank's client would.
fn folders(world: &World) -> [PathBuf; 2] {
    let file = world.platform_configuration();
    let text = fs::read_to_string(&file).unwrap();
    let url = format!("url = \"http://127.0.0.1:{}\"", world.ports().bank);
    let folder =
        "folder = { out = \"bank/out\", in = \"bank/in\", done = \"bank/done\", settle_ms = 50 }";
    assert!(text.contains(&url), "{text}");
    fs::write(&file, text.replace(&url, folder)).unwrap();
    ["platform/bank/out", "platform/bank/in"].map(|name| {
        let path = world.layout().path(name);
        fs::create_dir_all(&path).unwrap();
        path
    })
}

fn names(world: &World, folder: &str) -> Vec<String> {
    let folder = world.layout().path(&format!("platform/bank/{folder}"));
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn nothing_is_read_twice_or_lost_in_folders_when_the_platform_dies() {
    let stage = Stage::with_failpoints();
    let world = &stage.world;
    let [out, incoming] = folders(world);
    let _bank = bank(
        world,
        &[
            "--pick-up",
            out.to_str().unwrap(),
            "--drop-off",
            incoming.to_str().unwrap(),
            "--fault",
            "statement",
            "--fault",
            "twice",
        ],
    );
    let _gateway = world.start_gateway().unwrap();
    let hits = world.layout().path("hits");
    let person = stage.cashier();
    let failpoints = [
        "platform.message-leased",
        "platform.message-sent",
        "platform.bank-message-read",
        "platform.bank-message-kept",
        "platform.bank-message-taken",
    ];
    for (number, name) in failpoints.iter().enumerate() {
        let bill = new_bill(world, number);
        let doomed = world.with_failpoint(name, &hits);
        let mut platform = doomed.start_platform().unwrap();
        // The platform may die before its answer is out.
        let total = person.total(&bill);
        let paid = person.pay(&bill, &total, &[]).run().unwrap();
        let paid: Value = serde_json::from_str(&paid.stdout).unwrap();
        let order = paid["order"].as_str().unwrap().to_owned();
        let ended = platform.wait_for_end(LIMIT);
        assert!(ended.is_ok(), "{name} is not reached");
        let platform = world.start_platform().unwrap();
        person.program(&["pay", "--resume"]).succeed().unwrap();
        becomes(&person, &order, "settled");
        // A report twice, a booking twice, its statement twice.
        until("all files are put away", LIMIT, || {
            (names(world, "done/received").len() == 6 * (number + 1)).then_some(())
        });
        platform.stop().unwrap();
        let held = collections(world);
        assert_eq!(held.len(), number + 1, "{name}: {held:?}");
        let books = world.verify_books().unwrap();
        assert_eq!(books["counted"]["orders"], number + 1, "{name}: {books}");
        assert_eq!(balance(&books, "in-transit"), 0, "{name}: {books}");
    }
    let received = names(world, "done/received");
    let numbers = received
        .iter()
        .map(|name| name[..10].parse::<usize>().unwrap());
    let expected = 1..=received.len();
    assert!(
        numbers.eq(expected),
        "each file has a number of its own: {received:?}"
    );
    for folder in ["out", "in", "done/taking"] {
        assert_eq!(names(world, folder), Vec::<String>::new(), "{folder}");
    }
    assert_eq!(names(world, "done/sent").len(), failpoints.len());
}
