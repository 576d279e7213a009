//! Somebody who can write to the platform's database: the change is named, and an old USB key does
//! not come back.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::fs;

use common::Stage;
use serde_json::Value;
use wattkey_e2e::{World, layout::Token};

/// The database with the triggers of one table off; they are put back when done.
fn tamper(world: &World, table: &str, statement: &str) {
    let database = rusqlite::Connection::open(world.layout().path("platform/platform.db")).unwrap();
    let triggers: Vec<(String, String)> = database
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?1")
        .unwrap()
        .query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert!(
        database.execute(statement, []).is_err(),
        "the triggers of {table} hold"
    );
    for (name, _) in &triggers {
        database
            .execute_batch(&format!("DROP TRIGGER \"{name}\""))
            .unwrap();
    }
    assert_eq!(database.execute(statement, []).unwrap(), 1, "{statement}");
    for (_, sql) in &triggers {
        database.execute_batch(sql).unwrap();
    }
}

/// What `wattkey-platform verify` says; it wants it to be displeased.
fn findings(world: &World) -> Value {
    let output = world
        .program("wattkey-platform", Some(Token::PlatformCard))
        .unwrap()
        .args(["verify", "--json", "--config"])
        .args([world.platform_configuration()])
        .run()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:#?}");
    let found: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(found["sound"], false, "{found}");
    found
}

#[test]
fn a_lost_key_does_not_come_back_by_deleting_its_loss() {
    let mut stage = Stage::new();
    let running = stage.world.start().unwrap();
    let (lost, other) = (
        stage.cashier(),
        stage
            .cashier()
            .with_key(&stage.world.usb_key(1))
            .at("hospital"),
    );
    let crl = stage.world.layout().path("desk/users-ca.crl");
    let before = fs::read(&crl).unwrap();
    stage.world.report_lost(0).unwrap();
    // The list of revoked certificates is put back as well, so that only the log is in the way.
    fs::write(&crl, &before).unwrap();
    lost.refused(&["accounts"], 14);
    running.stop().unwrap();

    let last =
        "DELETE FROM binding_steps WHERE sequence = (SELECT max(sequence) FROM binding_steps)";
    tamper(&stage.world, "binding_steps", last);
    let found = findings(&stage.world);
    let log = &found["binding_log"];
    assert_eq!(
        log["steps"].as_u64().unwrap() + 1,
        log["kept"].as_u64().unwrap(),
        "{log}"
    );
    assert!(log["problem"].is_string(), "{log}");

    // It serves nobody: neither the old key nor those that are in order.
    let running = stage.world.start().unwrap();
    for person in [&lost, &other] {
        person.told(
            &["accounts"],
            33,
            "records of USB keys are damaged",
            "USB Key 记录已损坏",
        );
    }
    running.stop().unwrap();
}

#[test]
fn a_row_that_was_changed_is_named() {
    let stage = Stage::new();
    let running = stage.world.start().unwrap();
    let (cashier, bill) = (stage.cashier(), Stage::overdue_bill());
    let total = cashier.total(&bill);
    let paid = cashier
        .pay(&bill, &total, &["--wait", "60"])
        .succeed()
        .unwrap();
    let paid: Value = serde_json::from_str(&paid.stdout).unwrap();
    let order = paid["order"].as_str().unwrap();
    running.stop().unwrap();
    stage.world.verify_books().unwrap();

    let change = format!(
        "UPDATE transfers SET amount = amount - 1 WHERE subject = '{order}' AND event = 'booked'"
    );
    tamper(&stage.world, "transfers", &change);
    let found = findings(&stage.world);
    let list: Vec<&str> = found["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding.as_str().unwrap())
        .collect();
    assert!(
        list.iter()
            .any(|finding| finding.contains("transfers are not those")),
        "the link: {list:?}"
    );
    assert!(
        list.iter().any(|finding| finding.contains(order)),
        "the order: {list:?}"
    );
    assert!(
        !list.iter().any(|finding| finding.contains("trigger")),
        "the triggers were put back: {list:?}"
    );
}
