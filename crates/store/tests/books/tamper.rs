//! Whoever changes the file behind the triggers' back is found.

use crate::place::Place;
use crate::world::World;
use wattkey_domain::BankEvent;
use wattkey_store::BindingStep;

/// Four bills: settled, in transit, rejected, and partly paid over the counter.
async fn busy_world() -> World {
    let world = World::new(&[("B-1", 10_000), ("B-2", 500), ("B-3", 700), ("B-4", 900)]).await;
    for (number, bill) in [(1, "B-1"), (2, "B-2"), (3, "B-3")] {
        world.pay(number, &[bill], "2026-09-01").await;
    }
    world
        .bank("p-1", 1, BankEvent::Submitted, "2026-09-02")
        .await;
    world.bank("c-1", 1, BankEvent::Booked, "2026-09-02").await;
    world
        .bank("p-3", 3, BankEvent::Rejected, "2026-09-02")
        .await;
    for number in 1..=3 {
        world.receipts(number).await;
    }
    let message = wattkey_store::BankMessage {
        number: 1,
        kind: "camt.054".to_owned(),
        body: b"<x/>".to_vec(),
        reports: Vec::new(),
        listed: Vec::new(),
        now: crate::world::noon("2026-09-02"),
    };
    world.store.take_bank_message(message).await.unwrap();
    let line = br#"{"type":"payment","bill":"B-4","amount":400,"currency":"CNY","paid":"2026-08-20","channel":"counter","reference":"77"}"#;
    let payment = wattkey_store::Record::parse(line).unwrap();
    world
        .store
        .import(vec![payment], crate::world::noon("2026-08-21"))
        .await
        .unwrap();
    for sequence in 1..=3 {
        let step = BindingStep {
            sequence,
            jws: format!("step {sequence}"),
        };
        world.store.append_binding_step(step).await.unwrap();
    }
    world
}

/// What is found in a copy of these books after the statements.
async fn found(books: &Place, statements: &str) -> Vec<String> {
    let copy = books.copy();
    copy.tamper(statements);
    let report = copy.open().verify().await.unwrap();
    report.findings.iter().map(ToString::to_string).collect()
}

/// Each of these statements alone leads to a finding with these words.
async fn each_is_found(changes: &[(&str, &str)]) {
    let World { place, store, .. } = busy_world().await;
    drop(store);
    for (statements, words) in changes {
        let findings = found(&place, statements).await;
        assert!(
            findings.iter().any(|finding| finding.contains(words)),
            "{statements}: {findings:#?}"
        );
    }
}

#[tokio::test]
async fn whole_books_have_no_findings() {
    let world = busy_world().await;
    // What the tampering tests do around their statements is harmless by itself.
    world.place.tamper("");
    let report = world.store.verify().await.unwrap();
    assert!(report.is_sound(), "{:#?}", report.findings);
    assert_eq!(
        (report.bills, report.orders, report.binding_steps),
        (4, 3, 3)
    );
    let balance = |sort: &str| {
        let line = report
            .trial_balance
            .iter()
            .find(|(name, _, _)| name == sort);
        line.map(|(_, _, minor)| *minor)
    };
    assert_eq!(balance("bank"), Some(10_020));
    assert_eq!(balance("in-transit"), Some(501));
    assert_eq!(balance("other-channels"), Some(400));
    assert_eq!(balance("receivable"), Some(700 + 500));
    assert_eq!(balance("penalty"), Some(-21));
}

#[tokio::test]
async fn triggers_refuse_what_is_only_ever_added() {
    let world = busy_world().await;
    let place = &world.place;
    for table in [
        "transfers",
        "journal",
        "order_events",
        "bank_events",
        "bank_messages",
        "binding_steps",
        "payments",
        "receipts",
    ] {
        assert!(
            place.try_sql(&format!("DELETE FROM {table}")).is_err(),
            "{table}"
        );
        let column = match table {
            "transfers" | "journal" => "process",
            "order_events" | "receipts" => "order_id",
            "bank_events" => "reference",
            "bank_messages" => "number",
            "binding_steps" => "sequence",
            _ => "id",
        };
        let update = format!("UPDATE {table} SET {column} = {column}");
        let error = place.try_sql(&update).unwrap_err();
        assert!(error.contains("never changed"), "{table}: {error}");
    }
    for statement in [
        "DELETE FROM bills",
        "DELETE FROM orders",
        "DELETE FROM order_bills",
        "DELETE FROM outbox",
        "UPDATE bills SET document = x'00'",
        "UPDATE bills SET due = '2030-01-01'",
        "UPDATE orders SET jws = ''",
        "UPDATE orders SET total = 1",
        "UPDATE order_bills SET penalty = 0",
        "UPDATE outbox SET body = x'00'",
    ] {
        let error = place.try_sql(statement).unwrap_err();
        assert!(error.contains(" is never "), "{statement}: {error}");
    }
    world.assert_sound().await;
}

#[tokio::test]
async fn each_change_of_books_and_bills_is_found() {
    let in_transit = "debit LIKE 'in-transit:%'";
    each_is_found(&[
        (
            "UPDATE bank_cursor SET position = position + 1",
            "messages are read up to 2 and kept up to 1",
        ),
        (
            "UPDATE transfers SET amount = amount + 1 WHERE event = 'booked'",
            "its transfers are not those",
        ),
        (
            "UPDATE transfers SET at = at + 1 WHERE event = 'bill'",
            "its transfers are not those",
        ),
        (
            "UPDATE transfers SET debit = credit, credit = debit WHERE event = 'booked'",
            "its transfers are not those",
        ),
        (
            &format!(
                "UPDATE transfers SET sequence = 3, position = position + 50 WHERE {in_transit} AND sequence = 2"
            ),
            "covers another number",
        ),
        (
            "DELETE FROM transfers WHERE event = 'rejected'",
            "covers another number of transfers",
        ),
        (
            "DELETE FROM transfers WHERE event = 'rejected'",
            "its postings are not those of its history",
        ),
        (
            "INSERT INTO transfers SELECT process, 999, position, event, subject, debit, credit, amount, currency, at FROM transfers WHERE event = 'booked'",
            "its transfers are in no link",
        ),
        (
            "INSERT INTO transfers SELECT process, 999, position, event, 'X', debit, credit, amount, currency, at FROM transfers WHERE event = 'booked'",
            "it is nothing that is there",
        ),
        (
            "DELETE FROM journal WHERE sequence = 2",
            "a link before it is missing",
        ),
        (
            "DELETE FROM journal WHERE sequence = (SELECT max(sequence) FROM journal)",
            "its transfers are in no link",
        ),
        (
            "UPDATE journal SET link = zeroblob(32) WHERE sequence = 2",
            "does not continue",
        ),
        (
            "UPDATE bills SET document = CAST(replace(CAST(document AS TEXT), 'Energy', 'Enerby') AS BLOB) WHERE id = 'B-1'",
            "does not have its digest",
        ),
        (
            "UPDATE bills SET due = '2030-01-01' WHERE id = 'B-1'",
            "its due is not its document's",
        ),
        (
            "UPDATE bills SET total = 1 WHERE id = 'B-1'",
            "its total is not its document's",
        ),
        (
            "UPDATE bills SET open_minor = 1 WHERE id = 'B-1'",
            "the bill keeps Some(1)",
        ),
        (
            "UPDATE bills SET posted_position = posted_position + 1 WHERE id = 'B-1'",
            "it is posted where it does not say so",
        ),
        (
            "UPDATE bills SET posted_sequence = NULL WHERE id = 'B-1'",
            "its postings are not those of its document and payments",
        ),
        (
            "INSERT INTO transfers SELECT process, 999, position, event, subject, debit, credit, amount, currency, at FROM transfers WHERE event = 'bill'",
            "it is posted where it does not say so",
        ),
        (
            "UPDATE bills SET currency = 'XXX' WHERE id = 'B-1'",
            "its currency is not",
        ),
        (
            "DELETE FROM payments",
            "its postings are not those of its document and payments",
        ),
        (
            "UPDATE payments SET amount = 1",
            "its postings are not those of its document and payments",
        ),
    ])
    .await;
}

#[tokio::test]
async fn each_change_of_orders_and_schema_is_found() {
    each_is_found(&[
        (
            "UPDATE orders SET jws = 'e30.e30.e30' WHERE state = 'settled'",
            "its signed payload",
        ),
        (
            "UPDATE orders SET digest = zeroblob(32) WHERE state = 'settled'",
            "its signed payload",
        ),
        (
            "UPDATE orders SET total = 1 WHERE state = 'settled'",
            "do not sum to its total",
        ),
        (
            "UPDATE orders SET state = 'settled' WHERE state = 'accepted'",
            "its state is not the last",
        ),
        (
            "UPDATE orders SET state = 'lost' WHERE state = 'accepted'",
            "it cannot be read",
        ),
        (
            "UPDATE order_bills SET penalty = 0 WHERE bill = 'B-1'",
            "do not sum to its total",
        ),
        (
            "UPDATE order_bills SET claimed = 0",
            "its claims are not those of its state",
        ),
        (
            "DELETE FROM order_bills WHERE bill = 'B-1'",
            "do not sum to its total",
        ),
        (
            "DELETE FROM order_events WHERE state = 'accepted'",
            "does not begin with its acceptance",
        ),
        (
            "UPDATE order_events SET state = 'returned' WHERE state = 'submitted'",
            "it went from accepted to returned",
        ),
        (
            "UPDATE order_events SET at = at + 1 WHERE state = 'settled'",
            "its postings are not those of its history",
        ),
        (
            "DELETE FROM orders WHERE state = 'rejected'",
            "a row names one that is not there",
        ),
        ("DELETE FROM outbox", "it has 0 messages"),
        (
            "UPDATE orders SET customer = (SELECT max(id) FROM customers)",
            "its customer/id is not what was signed",
        ),
        (
            "UPDATE orders SET user_id = (SELECT max(id) FROM users)",
            "its user/id is not what was signed",
        ),
        (
            "UPDATE orders SET mandate = 'M-3'",
            "its source/mandate is not what was signed",
        ),
        (
            "UPDATE orders SET reference = 'PO 8'",
            "its reference is not what was signed",
        ),
        (
            "UPDATE orders SET total = total + 1",
            "its total is not what was signed",
        ),
        (
            "UPDATE order_bills SET principal = principal - 1, penalty = penalty + 1",
            "its bills are not those that were signed",
        ),
        (
            "UPDATE order_bills SET bill = 'B-4' WHERE bill = 'B-3'",
            "its bills are not those that were signed",
        ),
        (
            "UPDATE receipts SET digest = zeroblob(32) WHERE state = 'accepted'",
            "its payload does not have its digest",
        ),
        (
            "UPDATE receipts SET digest = zeroblob(32) WHERE state = 'accepted'",
            "it does not follow the receipt before it",
        ),
        (
            "DELETE FROM receipts WHERE state = 'submitted'",
            "it does not follow the receipt before it",
        ),
        (
            "UPDATE receipts SET (jws, digest) = (SELECT jws, digest FROM receipts AS other WHERE other.state = 'settled') WHERE state = 'accepted'",
            "it is not of this state",
        ),
        (
            "DELETE FROM bank_events WHERE reference = 'c-1'",
            "its movements are not those that the bank reported",
        ),
        (
            "UPDATE bank_events SET event = 'rejected' WHERE reference = 'c-1'",
            "its movements are not those that the bank reported",
        ),
        (
            "UPDATE order_events SET note = 'AM04' WHERE state = 'submitted'",
            "its movements are not those that the bank reported",
        ),
        (
            "UPDATE order_events SET at = at + 1 WHERE state = 'submitted'",
            "its movements are not those that the bank reported",
        ),
        (
            "UPDATE binding_steps SET jws = 'x' WHERE sequence = 2",
            "it does not have its digest",
        ),
        (
            "DELETE FROM binding_steps WHERE sequence = 2",
            "a step before it is missing",
        ),
        (
            "DROP INDEX order_bills_by_bill",
            "schema order_bills_by_bill: it is missing",
        ),
        (
            "CREATE TRIGGER quiet AFTER INSERT ON orders BEGIN SELECT 1; END",
            "schema quiet: it is not this software's",
        ),
        (
            "CREATE TRIGGER sqlitex AFTER INSERT ON orders BEGIN SELECT 1; END",
            "schema sqlitex: it is not this software's",
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_trigger_that_was_left_off_is_found() {
    let world = busy_world().await;
    world.place.drop_trigger("transfers_stay", "transfers");
    let report = world.store.verify().await.unwrap();
    assert_eq!(report.findings_total, 1);
    assert!(report.findings[0].to_string().contains("transfers_stay"));
}
