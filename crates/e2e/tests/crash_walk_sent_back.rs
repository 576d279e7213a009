//! The platform is killed wherever two managers send money back: when the first one has signed, when
//! the second one has confirmed, when the message goes to the bank, and when the bank answers. Started
//! again, the money is sent back once, or waits once more when the bank did not, and the books are exact.
//!
//! The list of failpoints is made from the source: one that no deed here names fails a test.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::time::Duration;

use common::managers::{
    bank, bind_second_manager, comes_in, confirm, done, propose, resolutions, resolved, sent_back,
    waiting,
};
use common::walk::Walk;
use common::{OF_RESOLUTIONS, balance, transfers, until};
use serde_json::Value;
use wattkey_e2e::{Server, World};

const LIMIT: Duration = Duration::from_secs(20);
/// Where money goes that the bank did not send back.
const ACCOUNT: &str = "C-1001";
const AMOUNT: &str = "70.00";
const AMOUNT_MINOR: i64 = 7_000;
/// How it is sent back.
const BACK: [&str; 5] = [
    "--return",
    "--agent",
    "102100099996",
    "--reason",
    "nobody is owed it",
];

const PROPOSED: [&str; 2] = [
    "platform.resolution-written-not-committed",
    "platform.resolution-committed",
];
const DECIDED: [&str; 2] = [
    "platform.resolution-decision-posted-not-committed",
    "platform.resolution-decision-committed",
];
/// How those begin that messages to the bank and from it reach, of orders as of money sent back.
const TO_THE_BANK: &str = "platform.message-";
const FROM_THE_BANK: &str = "platform.bank-";

/// A world with a bank that stays and a platform that dies.
struct Desk {
    walk: Walk,
    _bank: Server,
}

impl Desk {
    fn new() -> Self {
        let walk = Walk::new();
        let bank = walk.stage.world.start_bank().unwrap();
        let desk = Self { walk, _bank: bank };
        desk.calmly(bind_second_manager);
        desk
    }

    fn world(&self) -> &World {
        &self.walk.stage.world
    }

    /// Does something while nobody dies.
    fn calmly<T>(&self, act: impl FnOnce(&World) -> T) -> T {
        let platform = self.world().start_platform().unwrap();
        let done = act(self.world());
        self.all_is_read();
        platform.stop().unwrap();
        done
    }

    /// The platform dies there while a manager asks for something.
    fn interrupted<T>(&self, name: &str, act: impl FnOnce(&World) -> T) -> T {
        let platform = self.walk.doomed_platform(name);
        let done = act(self.world());
        self.walk.died(platform, name);
        done
    }

    /// Waits until the platform has read all that the bank has sent: what it reads at its next start is
    /// about what is done then.
    fn all_is_read(&self) {
        let number = |file: &str, sql: &str| -> i64 {
            let file = self.world().layout().path(file);
            let database = rusqlite::Connection::open(file).unwrap();
            database.query_row(sql, [], |row| row.get(0)).unwrap()
        };
        until("all is read", LIMIT, || {
            let sent = "SELECT coalesce(max(number), 0) FROM outgoing";
            let read = "SELECT coalesce(max(position), 0) FROM bank_cursor";
            let is_read = number("bank/bank.db", sent) == number("platform/platform.db", read);
            is_read.then_some(())
        });
    }

    /// Money came in that waits: its item.
    fn received(&self) -> String {
        self.calmly(|world| {
            comes_in(world, AMOUNT);
            waiting(world, 1).remove(0)
        })
    }

    /// The same, and one manager has signed that it is sent back: the resolution.
    fn proposed(&self) -> (String, String) {
        let item = self.received();
        let signed = self.calmly(|world| done(&propose(world, &item, &BACK)));
        (item, signed["resolution"].as_str().unwrap().to_owned())
    }

    /// The bank has these transfers, in these states, and the books say the same: what failed was placed
    /// by hand.
    fn sound(&self, sent: &[&str], name: &str) {
        let held = transfers(self.world());
        let states: Vec<_> = held.iter().map(|one| one["state"].as_str()).collect();
        let wanted: Vec<_> = sent.iter().copied().map(Some).collect();
        assert_eq!(states, wanted, "{name}: {held:?}");
        let failed = sent.iter().filter(|state| **state != "booked").count();
        let books = self.world().verify_books().unwrap();
        assert_eq!(books["sound"], true, "{name}: {books}");
        for account in ["unmatched", "returns-payable", "in-transit"] {
            assert_eq!(balance(&books, account), 0, "{name}: {books}");
        }
        let placed = balance(&books, "deposit").abs();
        let failed = i64::try_from(failed).unwrap();
        assert_eq!(placed, failed * AMOUNT_MINOR, "{name}: {books}");
    }
}

/// Where the resolution of an item stands.
fn standing(world: &World, item: &str) -> Option<Value> {
    let mut listed = resolutions(world).into_iter();
    listed.find(|one| one["item"] == item)
}

#[test]
fn every_failpoint_has_a_deed() {
    let walked = [PROPOSED, DECIDED];
    let walked = walked.as_flattened();
    for name in common::failpoints("platform") {
        let is_one = name.starts_with(OF_RESOLUTIONS);
        assert_eq!(is_one, walked.contains(&name.as_str()), "{name}");
    }
}

#[test]
fn what_one_manager_signs_waits_once_wherever_the_platform_dies() {
    let desk = Desk::new();
    let mut sent = Vec::new();
    for name in PROPOSED {
        let item = desk.received();
        let answer = desk.interrupted(name, |world| propose(world, &item, &BACK));
        assert!(!answer.status.success(), "{name}: {answer:#?}");
        desk.calmly(|world| {
            let kept = standing(world, &item);
            let is_kept = name == "platform.resolution-committed";
            assert_eq!(kept.is_some(), is_kept, "{name}: {kept:?}");
            let again = propose(world, &item, &BACK);
            assert_eq!(again.status.success(), !is_kept, "{name}: {again:#?}");
            let kept = standing(world, &item).unwrap();
            assert_eq!(kept["state"], "proposed", "{name}: {kept}");
            let id = kept["resolution"].as_str().unwrap();
            done(&confirm(world, id));
            sent_back(world, id, "settled");
            waiting(world, 0);
        });
        sent.push("booked");
        desk.sound(&sent, name);
    }
}

#[test]
fn what_two_managers_signed_is_sent_back_once_wherever_the_platform_dies() {
    let desk = Desk::new();
    let mut sent = Vec::new();
    for name in DECIDED {
        let (item, id) = desk.proposed();
        let answer = desk.interrupted(name, |world| confirm(world, &id));
        assert!(!answer.status.success(), "{name}: {answer:#?}");
        desk.calmly(|world| {
            let kept = standing(world, &item).unwrap();
            let is_done = name == "platform.resolution-decision-committed";
            assert_eq!(kept["state"] == "confirmed", is_done, "{name}: {kept}");
            let again = confirm(world, &id);
            assert_eq!(again.status.success(), !is_done, "{name}: {again:#?}");
            sent_back(world, &id, "settled");
            waiting(world, 0);
        });
        sent.push("booked");
        desk.sound(&sent, name);
    }
}

#[test]
fn the_bank_is_asked_once_wherever_the_platform_dies() {
    let desk = Desk::new();
    let mut sent = Vec::new();
    let names = common::failpoints("platform");
    for name in names.iter().filter(|name| name.starts_with(TO_THE_BANK)) {
        let (item, id) = desk.proposed();
        // It dies before or after it has answered.
        desk.interrupted(name, |world| confirm(world, &id));
        desk.calmly(|world| {
            let kept = standing(world, &item).unwrap();
            assert_eq!(kept["state"], "confirmed", "{name}: {kept}");
            sent_back(world, &id, "settled");
            waiting(world, 0);
        });
        sent.push("booked");
        desk.sound(&sent, name);
    }
}

#[test]
fn what_the_bank_says_counts_once_wherever_the_platform_dies() {
    let desk = Desk::new();
    let mut sent = Vec::new();
    let names = common::failpoints("platform");
    for name in names.iter().filter(|name| name.starts_with(FROM_THE_BANK)) {
        for (fault, state, held) in [
            ("none", "settled", "booked"),
            ("reject", "rejected", "rejected"),
            ("return", "returned", "returned"),
        ] {
            let (item, id) = desk.proposed();
            bank(desk.world(), &["faults", "--set", fault]);
            desk.interrupted(name, |world| confirm(world, &id));
            desk.calmly(|world| {
                let kept = standing(world, &item).unwrap();
                assert_eq!(kept["state"], "confirmed", "{name}: {kept}");
                sent_back(world, &id, state);
                bank(world, &["faults", "--set", "none"]);
                if state == "settled" {
                    waiting(world, 0);
                    return;
                }
                // What failed waits again, and is placed once.
                assert_eq!(waiting(world, 1), [item.as_str()], "{name} {fault}");
                resolved(world, &item, &["--deposit", ACCOUNT]);
                waiting(world, 0);
            });
            sent.push(held);
            desk.sound(&sent, name);
        }
    }
}
