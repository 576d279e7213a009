//! From the bank's statement to the close of the day, with the real programs: money without a
//! reference waits, one manager signs where it goes, another one confirms it, and the day's ledger
//! is written.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::time::Duration;

use common::managers::{SECOND_MANAGER, bank, bind_second_manager, done, manage};
use common::{Person, Stage, balance, until};
use serde_json::Value;
use wattkey_e2e::{
    World,
    provision::{MANAGER_KEY, today},
    sample,
};

const LIMIT: Duration = Duration::from_secs(20);
/// The account of the power company.
const PAYEE: &str = "DE89370400440532013000";
/// Exit codes of `wattkey-admin`.
const REFUSED: i32 = 47;
const NOT_WAITING: i32 = 48;

fn reconciled(world: &World) -> Value {
    done(&manage(world, MANAGER_KEY, &["reconcile"], false))
}

/// What waits, once there is so much of it.
fn waiting(world: &World, count: usize) -> Vec<Value> {
    until("items", LIMIT, || {
        let items = reconciled(world)["items"].as_array().unwrap().clone();
        (items.len() == count).then_some(items)
    })
}

fn open(person: &Person, bill: &str) -> i64 {
    let shown = person.ask(&["bill", "show", bill]);
    shown["bill"]["open"].as_i64().unwrap()
}

#[test]
fn two_managers_place_money_without_a_reference_and_the_day_is_closed() {
    let stage = Stage::new();
    let world = &stage.world;
    let (bill, record) = sample::extra_bill(today(), 0);
    world.import(&record).unwrap();
    let running = world.start().unwrap();
    bind_second_manager(world);
    let cashier = stage.cashier();
    let before = open(&cashier, &bill);
    bank(world, &["faults", "--set", "statement"]);

    // The payer names the bill in his own words.
    let text = format!("electricity {bill}");
    let credit = [
        "credit",
        "--amount",
        "1500.00",
        "--account",
        PAYEE,
        "--text",
        &text,
    ];
    bank(world, &credit);
    let item = waiting(world, 1).remove(0);
    let name = item["item"].as_str().unwrap();
    assert!(name.starts_with("receipt:"), "{item}");
    let proposal = &item["proposals"][0];
    assert_eq!(proposal["rule"], "bill-in-text", "{item}");
    assert_eq!(proposal["allocations"][0]["bill"], bill, "{item}");

    // One manager signs; nothing is posted before another one has confirmed.
    let resolve = ["resolve", name, "--proposal", "1"];
    let signed = done(&manage(world, MANAGER_KEY, &resolve, true));
    let resolution = signed["resolution"].as_str().unwrap();
    assert_eq!(open(&cashier, &bill), before);
    let confirm = ["resolution", "confirm", resolution];
    let own = manage(world, MANAGER_KEY, &confirm, true);
    assert_eq!(own.status.code(), Some(REFUSED), "{own:#?}");
    let listed = done(&manage(world, SECOND_MANAGER, &["resolutions"], false));
    assert_eq!(listed[0]["resolution"], resolution, "{listed}");
    let confirmed = done(&manage(world, SECOND_MANAGER, &confirm, true));
    assert_eq!(confirmed["state"], "confirmed", "{confirmed}");
    assert_eq!(open(&cashier, &bill), before - 150_000);
    waiting(world, 0);
    let again = manage(world, MANAGER_KEY, &resolve, true);
    assert_eq!(again.status.code(), Some(NOT_WAITING), "{again:#?}");

    // A debit that nobody ordered is noted; what the second manager refuses waits on.
    // It would be listed twice, of the notification and of the statement.
    bank(world, &["faults", "--set", "none"]);
    bank(world, &["debit", "--amount", "12.00", "--account", PAYEE]);
    let item = waiting(world, 1).remove(0);
    let name = item["item"].as_str().unwrap();
    let note = ["resolve", name, "--note", "the bank was asked"];
    let signed = done(&manage(world, MANAGER_KEY, &note, true));
    let refuse = [
        "resolution",
        "refuse",
        signed["resolution"].as_str().unwrap(),
    ];
    let refused = done(&manage(world, SECOND_MANAGER, &refuse, true));
    assert_eq!(refused["state"], "refused", "{refused}");
    let found = reconciled(world);
    assert_eq!(found["items_total"], 1, "{found}");
    // What was posted is in a statement of the bank, and agreed on.
    let agreed: i64 = found["agreed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["credits"].as_i64().unwrap())
        .sum();
    assert_eq!(agreed, 150_000, "{found}");
    running.stop().unwrap();

    let books = world.verify_books().unwrap();
    assert_eq!(balance(&books, "unmatched"), 0, "{books}");
    assert_eq!(balance(&books, "bank"), 150_000, "{books}");
    closes(world);
}

/// `wattkey-platform close`: balanced, and every transfer of the day in a file.
fn closes(world: &World) {
    let folder = world.layout().path("close");
    std::fs::create_dir_all(&folder).unwrap();
    let day = today().to_string();
    let close = |more: &[&str]| {
        let program = world.program("wattkey-platform", None).unwrap();
        program
            .args(["close", "--day", &day])
            .args(more.iter().copied())
            .args([
                "--config".into(),
                world.platform_configuration().into_os_string(),
            ])
            .succeed()
            .unwrap()
            .stdout
    };
    let closed: Value =
        serde_json::from_str(&close(&["--json", "--out", folder.to_str().unwrap()])).unwrap();
    assert_eq!(closed["balanced"], true, "{closed}");
    let placed = closed["events"].as_array().unwrap().iter();
    let placed = placed.filter(|event| event["event"] == "receipt-matched");
    let placed: i64 = placed.map(|event| event["amount"].as_i64().unwrap()).sum();
    assert_eq!(placed, 150_000, "{closed}");
    let ledger = std::fs::read_to_string(folder.join(format!("{day}-ledger.csv"))).unwrap();
    // With a line of names.
    let transfers = ledger.lines().count() as u64 - 1;
    assert_eq!(closed["transfers"], transfers, "{closed}");
    assert!(ledger.contains("receipt-matched"));
    assert!(folder.join(format!("{day}-close.json")).exists());
    assert!(close(&[]).contains(&day));
}
