//! Each thing that two managers can do with what waits, with the real programs and the bank's stand-in:
//! money is placed by hand or sent back, an order is ended that the bank does not end, and money that
//! the bank books afterwards is received.

mod common;

use common::managers::{
    PAYEE, bank, bind_second_manager, comes_in, manage, resolved, sent_back, waiting,
};
use common::{Stage, balance};
use serde_json::Value;
use wattkey_e2e::{
    World,
    provision::{MANAGER_KEY, today},
    sample,
};

/// The contract account of the extra bills.
const ACCOUNT: &str = "C-1001";
/// Exit code of `wattkey-admin` for a command line that is not right.
const USAGE: i32 = 2;

#[test]
fn each_action_is_done_by_two_managers() {
    let stage = Stage::new();
    let world = &stage.world;
    let bills: Vec<String> = (0..3)
        .map(|number| {
            let (bill, record) = sample::extra_bill(today(), number);
            world.import(&record).unwrap();
            bill
        })
        .collect();
    let running = world.start().unwrap();
    bind_second_manager(world);
    let cashier = stage.cashier();
    let open = |bill: &str| {
        let shown = cashier.ask(&["bill", "show", bill]);
        shown["bill"]["open"].as_i64().unwrap()
    };

    // Sent back: the command says what is missing, and the bank takes it, refuses it, returns it.
    let back = [
        "--return",
        "--agent",
        "102100099996",
        "--reason",
        "nobody is owed it",
    ];
    comes_in(world, "70.00");
    let item = waiting(world, 1).remove(0);
    let without = manage(world, MANAGER_KEY, &["resolve", &item, "--return"], true);
    assert_eq!(without.status.code(), Some(USAGE), "{without:#?}");
    assert!(without.stderr.contains("--agent"), "{without:#?}");
    let paid = resolved(world, &item, &back);
    sent_back(world, &paid, "settled");
    waiting(world, 0);
    for (fault, state) in [("reject", "rejected"), ("return", "returned")] {
        bank(world, &["faults", "--set", fault]);
        comes_in(world, "80.00");
        let item = waiting(world, 1).remove(0);
        let failed = resolved(world, &item, &back);
        sent_back(world, &failed, state);
        bank(world, &["faults", "--set", "none"]);
        // It waits again, and is placed by hand: a bill, and the rest into a deposit.
        assert_eq!(waiting(world, 1), [item.as_str()], "{fault}");
        let before = open(&bills[0]);
        let (bill, deposit) = (format!("{}=50.00", bills[0]), ACCOUNT.to_owned());
        resolved(world, &item, &["--bill", &bill, "--deposit", &deposit]);
        assert_eq!(open(&bills[0]), before - 5_000, "{fault}");
        waiting(world, 0);
    }

    // A debit that nobody ordered: somebody looked.
    bank(world, &["debit", "--amount", "12.00", "--account", PAYEE]);
    let item = waiting(world, 1).remove(0);
    resolved(world, &item, &["--note", "the bank was asked"]);
    waiting(world, 0);

    // The bank says nothing of two orders: one is rejected, one is settled; then it books both.
    bank(world, &["faults", "--set", "late"]);
    let order = |bill: &str| {
        let total = cashier.total(bill);
        let paid = cashier.pay(bill, &total, &[]).succeed().unwrap();
        let paid: Value = serde_json::from_str(&paid.stdout).unwrap();
        paid["order"].as_str().unwrap().to_owned()
    };
    let state = |order: &str| cashier.ask(&["payment", "show", order])["payment"]["state"].clone();
    let (first, second) = (order(&bills[1]), order(&bills[2]));
    let reason = ["--reason", "the bank was asked by telephone"];
    let end = |order: &str, how: &str| {
        let arguments = ["--order", how, reason[0], reason[1]];
        resolved(world, &format!("order:{order}"), &arguments);
    };
    end(&first, "rejected");
    assert_eq!(state(&first), "rejected");
    end(&second, "settled");
    assert_eq!(state(&second), "settled");
    end_again_is_refused(world, &second);
    bank(world, &["faults", "--set", "none"]);
    // Money came in for an order that was rejected, and a second time for one that is settled as it
    // seems: the first is received, of the second it is known.
    let mut items = waiting(world, 2);
    items.sort();
    for item in &items {
        assert!(item.starts_with("event:"), "{items:?}");
    }
    let rejected = first.replace('-', "");
    let of_first = items
        .iter()
        .position(|item| item.contains(&rejected))
        .unwrap();
    let first_event = items.remove(of_first);
    resolved(
        world,
        &items[0],
        &["--note", "it is the booking that was told by telephone"],
    );
    resolved(world, &first_event, &["--receive", reason[0], reason[1]]);
    let item = waiting(world, 1).remove(0);
    assert!(item.starts_with("receipt:"), "{item}");
    resolved(world, &item, &["--deposit", ACCOUNT]);
    waiting(world, 0);
    running.stop().unwrap();

    let books = world.verify_books().unwrap();
    assert_eq!(books["sound"], true, "{books}");
    assert_eq!(balance(&books, "unmatched"), 0, "{books}");
    assert_eq!(balance(&books, "returns-payable"), 0, "{books}");
    assert_eq!(balance(&books, "in-transit"), 0, "{books}");
}

/// What was resolved is resolved once.
fn end_again_is_refused(world: &World, order: &str) {
    let item = format!("order:{order}");
    let again = [
        "resolve",
        &item,
        "--order",
        "returned",
        "--reason",
        "once more",
    ];
    let again = manage(world, MANAGER_KEY, &again, true);
    assert!(!again.status.success(), "{again:#?}");
}
