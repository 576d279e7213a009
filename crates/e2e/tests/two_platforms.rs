//! Two platforms on one PostgreSQL, behind one address. One is killed while bills are paid: the
//! other one answers, also for what the dead one had taken in, and each order is posted once.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::{
    fs, io,
    net::{Shutdown, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use common::{Stage, balance, collections, pay_until, until};
use serde_json::Value;
use wattkey_e2e::{Server, World, layout::free_port, provision::today, sample, world::CARD_PIN};
use wattkey_test_postgres::Database;

/// How long bills are paid.
const PAYING: Duration = Duration::from_secs(16);
/// More than can be paid in that time.
const BILLS: usize = 120;
/// So many orders are taken in before one platform is killed.
const BEFORE: u64 = 4;

/// One of the two: a folder with a configuration and a state of its own, and a card.
struct Platform {
    folder: PathBuf,
    card: PathBuf,
    port: u16,
}

impl Platform {
    /// As an operator would set it up: what the first one has, copied while it does not run.
    fn copy(world: &World, name: &str) -> Self {
        let port = free_port().unwrap();
        let (folder, card) = (
            world.layout().path(name),
            world.layout().path("tokens").join(name),
        );
        let (from, from_card) = (
            world.layout().path("platform"),
            world.layout().path("tokens/platform"),
        );
        for (from, to) in [(&from, &folder), (&from_card, &card)] {
            let copied = Command::new("cp").arg("-a").args([from, to]).status();
            assert!(copied.unwrap().success());
        }
        let change = |file: &Path, from: &str, to: &str| {
            let text = fs::read_to_string(file).unwrap();
            assert!(text.contains(from), "{from} in {text}");
            fs::write(file, text.replace(from, to)).unwrap();
        };
        let tokens = (from_card.display().to_string(), card.display().to_string());
        change(&card.join("softhsm2.conf"), &tokens.0, &tokens.1);
        let configuration = folder.join("platform.toml");
        let (gateways, managers) = (world.ports().platform, world.ports().managers);
        let listen = |port| format!("127.0.0.1:{port}");
        change(&configuration, &listen(gateways), &listen(port));
        change(&configuration, &listen(managers), "127.0.0.1:0");
        Self { folder, card, port }
    }

    fn start(&self, world: &World) -> Server {
        let log = self.folder.with_extension("log");
        let program = world.program("wattkey-platform", None).unwrap();
        program
            .env("SOFTHSM2_CONF", self.card.join("softhsm2.conf"))
            .args(["run", "--card-pin-fd", "0", "--config"])
            .args([self.folder.join("platform.toml")])
            .input_line(CARD_PIN)
            .serve(&log)
            .unwrap()
    }
}

/// What stands before the platforms: connections go to them in turn, and to the other one when the
/// first does not accept.
fn share(address: u16, platforms: [u16; 2]) {
    let listener = TcpListener::bind(("127.0.0.1", address)).unwrap();
    let turn = Arc::new(AtomicUsize::new(0));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let first = turn.fetch_add(1, Ordering::Relaxed);
            let mut reached = (0..2).filter_map(|next| {
                let port = platforms[(first + next) % 2];
                TcpStream::connect(("127.0.0.1", port)).ok()
            });
            if let (Ok(client), Some(platform)) = (stream, reached.next()) {
                carry(client.try_clone().unwrap(), platform.try_clone().unwrap());
                carry(platform, client);
            }
        }
    });
}

fn carry(mut from: TcpStream, mut to: TcpStream) {
    thread::spawn(move || {
        // A connection that breaks is closed on both sides.
        let _ = io::copy(&mut from, &mut to);
        let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    });
}

#[test]
fn one_of_two_platforms_is_killed_and_the_other_goes_on() {
    let database = Database::new();
    let stage = Stage::on_postgres(&database.url_without_password(), database.password());
    let world = &stage.world;
    let (bills, records): (Vec<_>, Vec<_>) =
        (0..BILLS).map(|n| sample::extra_bill(today(), n)).unzip();
    world.import(&records.concat()).unwrap();
    let first = world.start_platform().unwrap();
    let people = [stage.cashier(), stage.second_cashier()];
    first.stop().unwrap();

    let platforms = ["platform-a", "platform-b"].map(|name| Platform::copy(world, name));
    share(
        world.ports().platform,
        [platforms[0].port, platforms[1].port],
    );
    let [unlucky, lucky] = [0, 1].map(|n| platforms[n].start(world));
    let bank = world.start_bank().unwrap();
    let gateway = world.start_gateway().unwrap();

    let posted = || -> u64 {
        let sql = "SELECT count(DISTINCT subject) FROM transfers WHERE event = 'order-accepted'";
        database.sql(sql).parse().unwrap()
    };
    let end = Instant::now() + PAYING;
    let waiting = Mutex::new(bills);
    let (paid, before) = thread::scope(|scope| {
        let killer = scope.spawn(|| {
            until("orders", PAYING, || (posted() >= BEFORE).then_some(()));
            unlucky.kill().unwrap();
            posted()
        });
        let payers = people.each_ref();
        let payers = payers.map(|person| scope.spawn(|| pay_until(person, &waiting, end)));
        let paid: Vec<String> = payers
            .into_iter()
            .flat_map(|payer| payer.join().unwrap())
            .collect();
        (paid, killer.join().unwrap())
    });
    println!("{} bills paid, {before} orders before the kill", paid.len());
    assert!(
        paid.len() as u64 > before,
        "nothing was paid after the kill"
    );
    for person in &people {
        let listed = person.ask(&["payments"]);
        assert_eq!(listed["unresolved"].as_array().unwrap().len(), 0);
    }
    for server in [gateway, bank, lucky] {
        server.stop().unwrap();
    }
    assert_each_once(world, &database, paid.len());
}

fn assert_each_once(world: &World, database: &Database, paid: usize) {
    let books = world.verify_books().unwrap();
    assert_eq!(balance(&books, "in-transit"), 0, "{books}");
    assert_eq!(books["counted"]["orders"], paid);
    let accepted = "SELECT count(*), count(DISTINCT subject), count(DISTINCT process)
                    FROM transfers WHERE event = 'order-accepted'";
    // Both have taken orders in.
    assert_eq!(database.sql(accepted), format!("{paid}|{paid}|2"));
    let held = collections(world);
    assert!(held.iter().all(|one| one["state"] == "booked"), "{held:?}");
    let mut references: Vec<&Value> = held.iter().map(|one| &one["end_to_end_id"]).collect();
    references.sort_by_key(|reference| reference.as_str());
    references.dedup();
    assert_eq!((held.len(), references.len()), (paid, paid));
}
