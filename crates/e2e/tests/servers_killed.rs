//! Servers are killed at random moments while many bills are paid: everything resumes, the books
//! verify, and the bank has every bill exactly once.
//!
//! The seed is printed, and `WATTKEY_TEST_SEED` repeats it; moments differ a little all the same.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::{
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use common::{Stage, balance, collections, pay_until};
use serde_json::Value;
use wattkey_e2e::{Server, World, provision::today, sample};

/// How long servers are killed, and again while too few bills are paid for it to be a test: a machine may have other
/// work.
const KILLING: Duration = Duration::from_secs(25);
const ROUNDS: usize = 4;
const FEWEST: usize = 5;
/// More bills than can be paid in that time.
const BILLS: usize = 300;
/// Longest pause between two kills, in milliseconds.
const LONGEST_PAUSE_MS: u64 = 900;

type Start = fn(&World) -> anyhow::Result<Server>;
const SERVERS: [(&str, Start); 3] = [
    ("bank", World::start_bank),
    ("platform", World::start_platform),
    ("gateway", World::start_gateway),
];

#[test]
fn every_bill_is_paid_once_whatever_dies() {
    let seed = std::env::var("WATTKEY_TEST_SEED")
        .map_or_else(|_| fastrand::u64(..), |s| s.parse().unwrap());
    println!("WATTKEY_TEST_SEED={seed}");
    let stage = Stage::new();
    let world = &stage.world;
    let (bills, records): (Vec<_>, Vec<_>) =
        (0..BILLS).map(|n| sample::extra_bill(today(), n)).unzip();
    world.import(&records.concat()).unwrap();
    let platform = world.start_platform().unwrap();
    let people = [stage.cashier(), stage.second_cashier()];
    platform.stop().unwrap();

    let waiting = Mutex::new(bills);
    let mut random = fastrand::Rng::with_seed(seed);
    let mut servers = SERVERS.map(|(_, start)| Some(start(world).unwrap()));
    let mut kills = [0; 3];
    let mut paid: Vec<String> = Vec::new();
    for _ in 0..ROUNDS {
        let end = Instant::now() + KILLING;
        thread::scope(|scope| {
            scope.spawn(|| kill_until(world, end, &mut random, &mut servers, &mut kills));
            let payers = people
                .each_ref()
                .map(|person| scope.spawn(|| pay_until(person, &waiting, end)));
            paid.extend(payers.into_iter().flat_map(|payer| payer.join().unwrap()));
        });
        if paid.len() >= FEWEST {
            break;
        }
    }
    println!("{} bills paid, {kills:?} kills", paid.len());
    assert!(paid.len() >= FEWEST, "{} bills is no test", paid.len());
    assert!(kills.iter().all(|count| *count > 0), "{kills:?}");

    for person in &people {
        let listed = person.ask(&["payments"]);
        assert_eq!(listed["unresolved"].as_array().unwrap().len(), 0);
    }
    assert_paid_once(world, &paid);
    for server in servers.into_iter().flatten().rev() {
        server.stop().unwrap();
    }
}

/// Kills one server after another and starts it again; leaves all of them running.
fn kill_until(
    world: &World,
    end: Instant,
    random: &mut fastrand::Rng,
    servers: &mut [Option<Server>; 3],
    kills: &mut [u32; 3],
) {
    while Instant::now() < end {
        // The pause is what is tested: a moment of its own for each kill.
        thread::sleep(Duration::from_millis(random.u64(0..LONGEST_PAUSE_MS)));
        let which = random.usize(0..SERVERS.len());
        servers[which].take().unwrap().kill().unwrap();
        let (name, start) = SERVERS[which];
        let started =
            start(world).unwrap_or_else(|error| panic!("{name} does not start again: {error:#}"));
        servers[which] = Some(started);
        kills[which] += 1;
    }
}

fn assert_paid_once(world: &World, paid: &[String]) {
    let books = world.verify_books().unwrap();
    assert_eq!(balance(&books, "in-transit"), 0, "{books}");
    let held = collections(world);
    assert!(held.iter().all(|c| c["state"] == "booked"), "{held:?}");
    let mut at_the_bank: Vec<String> = held.iter().map(|c| bill_of(world, c)).collect();
    at_the_bank.sort();
    let mut paid = paid.to_vec();
    paid.sort();
    assert_eq!(at_the_bank, paid);
    assert_eq!(books["counted"]["orders"], paid.len());
}

/// The bill of a collection, by the order that its reference names.
fn bill_of(world: &World, collection: &Value) -> String {
    let reference = collection["end_to_end_id"].as_str().unwrap();
    let database = rusqlite::Connection::open(world.layout().path("platform/platform.db")).unwrap();
    database
        .query_row(
            "SELECT bill FROM order_bills WHERE 'WK' || replace(order_id, '-', '') = ?1",
            [reference],
            |row| row.get(0),
        )
        .unwrap()
}
