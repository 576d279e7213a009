//! Import, reads, outbox, receipts, binding steps.

use crate::place::Place;
use crate::world::{
    CUSTOMER, LI_NA, OTHER_CUSTOMER, World, bill_id, bill_record, cny, document, document_of, hex,
    noon, order_id, people, receipt,
};
use wattkey_domain::{BankEvent, OrderState};
use wattkey_store::{
    AppendOutcome, BankEventOutcome, BankMessage, BankMessageOutcome, BankRemark, BankReport,
    BankSubject, BillQuery, BillState, BindingStep, ImportError, Receipt, ReceiptSaved, Record,
};

#[tokio::test]
async fn an_import_is_repeatable_and_all_or_nothing() {
    let world = World::new(&[("B-1", 10_000)]).await;
    let transfers = world.place.rows("SELECT count(*) FROM transfers");
    assert_eq!(transfers, ["3"]);
    let mut records = people();
    records.push(bill_record(&document("B-1", 10_000)));
    let count = records.len() as u64;
    let report = world
        .store
        .import(records.clone(), noon("2026-08-06"))
        .await
        .unwrap();
    assert_eq!(
        (report.added, report.unchanged, report.posted),
        (0, count, 0)
    );

    let new = bill_record(&document("B-2", 10_000));
    let other = bill_record(&document("B-1", 10_001));
    let error = world
        .store
        .import(vec![new, other], noon("2026-08-06"))
        .await
        .unwrap_err();
    assert!(matches!(&error, ImportError::Conflict { index: 1, name } if name == "bill B-1"));
    let today = "2026-08-06".parse().unwrap();
    assert_eq!(
        world
            .store
            .bill(CUSTOMER, bill_id("B-2"), today)
            .await
            .unwrap(),
        None
    );

    let stranger = bill_record(&document_of("B-3", "C-9", CUSTOMER, "CNY", 1));
    let error = world
        .store
        .import(vec![stranger], noon("2026-08-06"))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("record 0 (bill B-3) names account C-9 of customer {CUSTOMER}, which is not there")
    );
    world.assert_sound().await;
}

#[test]
fn records_are_read_strictly() {
    for (line, words) in [
        (r#"{"type":"customer"}"#, "not a record"),
        (r#"{"type":"gift"}"#, "not a record"),
        (r#"{"type":"bill","document":"!"}"#, "base64url"),
        (r#"{"type":"bill","document":"e30"}"#, "not a bill document"),
        (
            r#"{"type":"account","id":"C-1","customer":"00000000-0000-0000-0000-0000000000c1","name":"","address":"x"}"#,
            "`name`",
        ),
        (
            r#"{"type":"account","id":"C-1","customer":"00000000-0000-0000-0000-0000000000c1","name":"a\u0007","address":"x"}"#,
            "`name`",
        ),
        (
            r#"{"type":"account","id":"C-1","id":"C-2","customer":"00000000-0000-0000-0000-0000000000c1","name":"a","address":"x"}"#,
            "not a record",
        ),
        (
            r#"{"type":"account","id":"C-1","more":1,"customer":"00000000-0000-0000-0000-0000000000c1","name":"a","address":"x"}"#,
            "not a record",
        ),
        (
            r#"{"type":"payment","bill":"B-1","amount":0,"currency":"CNY","paid":"2026-08-20","channel":"counter","reference":"1"}"#,
            "`amount`",
        ),
        (
            r#"{"type":"payment","bill":"B-1","amount":1,"currency":"CNY","paid":"2026-08-20","channel":"a/b","reference":"1"}"#,
            "`channel`",
        ),
        (
            r#"{"type":"payee","name":"P","account":"1","agent":"X","creditor_id":"C","currency":"CNY","time_zone":"Moon/Base"}"#,
            "`time_zone`",
        ),
    ] {
        let error = Record::parse(line.as_bytes()).unwrap_err();
        assert!(error.to_string().contains(words), "{line}: {error}");
    }
}

async fn listed(
    world: &World,
    account: Option<&str>,
    state: Option<BillState>,
    limit: u32,
) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut after = None;
    loop {
        let query = BillQuery {
            customer: CUSTOMER,
            account: account.map(|account| account.parse().unwrap()),
            state,
            after,
            limit,
            today: "2026-09-01".parse().unwrap(),
        };
        let page = world.store.bills(query).await.unwrap();
        pages.push(page.items.iter().map(|row| row.bill.to_string()).collect());
        match page.next {
            Some(next) => after = Some(next.parse().unwrap()),
            None => return pages,
        }
    }
}

#[tokio::test]
async fn lists_go_page_by_page() {
    let world = World::new(&[("B-1", 100), ("B-2", 200), ("B-3", 300), ("B-4", 400)]).await;
    let elsewhere = [
        document_of("B-5", "C-2", CUSTOMER, "CNY", 500),
        document_of("B-9", "C-9", OTHER_CUSTOMER, "CNY", 900),
    ];
    let records = elsewhere.iter().map(|one| bill_record(one)).collect();
    world
        .store
        .import(records, noon("2026-08-06"))
        .await
        .unwrap();
    world.pay(1, &["B-2"], "2026-09-01").await;
    world.pay(2, &["B-3"], "2026-09-01").await;
    world.bank("c-2", 2, BankEvent::Booked, "2026-09-01").await;

    assert_eq!(
        listed(&world, None, None, 2).await,
        [vec!["B-5", "B-4"], vec!["B-3", "B-2"], vec!["B-1"]]
    );
    assert_eq!(listed(&world, Some("C-2"), None, 10).await, [vec!["B-5"]]);
    assert_eq!(
        listed(&world, Some("C-9"), None, 10).await,
        [Vec::<String>::new()]
    );
    for (state, wanted) in [
        (BillState::Open, vec![]),
        (BillState::Overdue, vec!["B-5", "B-4", "B-1"]),
        (BillState::InCollection, vec!["B-2"]),
        (BillState::Paid, vec!["B-3"]),
    ] {
        assert_eq!(
            listed(&world, None, Some(state), 10).await,
            [wanted],
            "{state:?}"
        );
    }
    assert_eq!(
        listed(&world, Some("C-1"), Some(BillState::Overdue), 1).await,
        [vec!["B-4"], vec!["B-1"]]
    );

    let first = world.store.orders(CUSTOMER, None, 1).await.unwrap();
    assert_eq!(first.items[0].order, order_id(2));
    let next = first.next.unwrap().parse().unwrap();
    let second = world.store.orders(CUSTOMER, Some(next), 1).await.unwrap();
    assert_eq!((second.items[0].order, second.next), (order_id(1), None));
    assert_eq!(second.items[0].bills[0].bill, bill_id("B-2"));
    assert!(
        world
            .store
            .orders(OTHER_CUSTOMER, None, 9)
            .await
            .unwrap()
            .items
            .is_empty()
    );
    assert_eq!(
        world
            .store
            .order(OTHER_CUSTOMER, order_id(1))
            .await
            .unwrap(),
        None
    );

    let accounts = world
        .store
        .accounts(CUSTOMER, "2026-09-01".parse().unwrap())
        .await
        .unwrap();
    let sums = accounts[0].sums[0];
    assert_eq!(
        (sums.open, sums.overdue, sums.in_collection),
        (cny(500), cny(500), cny(200))
    );
    let accounts = world
        .store
        .accounts(CUSTOMER, "2026-08-31".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(accounts[0].sums[0].overdue, cny(0));
    assert_eq!(accounts[1].account.id.as_str(), "C-2");
}

#[tokio::test]
async fn what_belongs_to_another_customer_is_not_there() {
    let world = World::new(&[("B-1", 100)]).await;
    let today = "2026-09-01".parse().unwrap();
    assert_eq!(
        world
            .store
            .bill(OTHER_CUSTOMER, bill_id("B-1"), today)
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        world
            .store
            .bill_document(OTHER_CUSTOMER, bill_id("B-1"))
            .await
            .unwrap(),
        None
    );
    let kept = world
        .store
        .bill_document(CUSTOMER, bill_id("B-1"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(kept.bytes, document("B-1", 100));
    assert!(
        world
            .store
            .mandates(OTHER_CUSTOMER)
            .await
            .unwrap()
            .is_empty()
    );
    let mandate = "M-1".parse().unwrap();
    assert_eq!(
        world.store.mandate(OTHER_CUSTOMER, mandate).await.unwrap(),
        None
    );
    assert_eq!(world.store.mandates(CUSTOMER).await.unwrap().len(), 3);
    assert_eq!(
        world.store.user(LI_NA).await.unwrap().unwrap().rights,
        ["view", "prepare", "approve"]
    );
    assert_eq!(world.store.users().await.unwrap().len(), 2);
    assert_eq!(
        world.store.customers().await.unwrap()[0].name,
        "Example Hospital"
    );
    assert_eq!(
        world
            .store
            .customer(CUSTOMER)
            .await
            .unwrap()
            .unwrap()
            .locale,
        "zh-CN"
    );
    assert_eq!(world.store.payee().await.unwrap().unwrap().time_zone, "UTC");
    let account: wattkey_domain::AccountId = "C-1".parse().unwrap();
    assert!(
        world
            .store
            .has_account(CUSTOMER, account.clone())
            .await
            .unwrap()
    );
    assert!(
        !world
            .store
            .has_account(OTHER_CUSTOMER, account)
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn a_message_is_leased_to_one_and_sent_once() {
    let world = World::new(&[("B-1", 100)]).await;
    let now = noon("2026-09-01");
    let later = |seconds| now + jiff::SignedDuration::from_secs(seconds);
    assert_eq!(world.store.outbox_next(now, 60).await.unwrap(), None);
    world.pay(1, &["B-1"], "2026-09-01").await;
    let message = world.store.outbox_next(now, 60).await.unwrap().unwrap();
    assert_eq!(
        (message.of.order(), message.attempts),
        (Some(order_id(1)), 1)
    );
    assert_eq!(message.body, b"<xml/>");
    assert_eq!(world.store.outbox_next(later(59), 60).await.unwrap(), None);
    // The sender died: the same bytes go out again.
    let again = world
        .store
        .outbox_next(later(60), 60)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((again.body, again.attempts), (message.body, 2));
    world
        .store
        .outbox_release(&message.id, later(60), 0)
        .await
        .unwrap();
    assert!(
        world
            .store
            .outbox_next(later(61), 60)
            .await
            .unwrap()
            .is_some()
    );
    world
        .store
        .outbox_done(&message.id, later(62))
        .await
        .unwrap();
    world
        .store
        .outbox_done(&message.id, later(63))
        .await
        .unwrap();
    assert_eq!(
        world.store.outbox_next(later(1_000), 60).await.unwrap(),
        None
    );
}

/// Messages that the bank never takes hold up none of those behind them.
#[tokio::test]
async fn what_was_tried_least_often_is_sent_first() {
    let world = World::new(&[("B-1", 100), ("B-2", 100), ("B-3", 100)]).await;
    let now = noon("2026-09-01");
    let later = |seconds| now + jiff::SignedDuration::from_secs(seconds);
    for (number, bill) in [(1, "B-1"), (2, "B-2"), (3, "B-3")] {
        world.pay(number, &[bill], "2026-09-01").await;
    }
    let next = async |seconds| world.store.outbox_next(later(seconds), 6).await.unwrap();
    let release = async |id: &str, pause| {
        world
            .store
            .outbox_release(id, later(0), pause)
            .await
            .unwrap();
    };
    let first = next(0).await.unwrap();
    release(&first.id, 0).await;
    let second = next(0).await.unwrap();
    assert_ne!(first.id, second.id);
    // For as long as it gets.
    release(&second.id, u32::MAX).await;
    let third = next(0).await.unwrap();
    assert_eq!(third.attempts, 1);
    world.store.outbox_done(&third.id, now).await.unwrap();
    let again = next(0).await.unwrap();
    assert_eq!((again.id, again.attempts), (first.id.clone(), 2));
    world.store.outbox_done(&first.id, now).await.unwrap();
    assert_eq!(next(599).await, None);
    assert_eq!(next(600).await.unwrap().id, second.id);
}

/// The sender died before it noted the message as sent, and the bank has decided meanwhile.
#[tokio::test]
async fn what_an_order_no_longer_holds_is_not_collected_again() {
    for (event, state) in [
        (BankEvent::Rejected, OrderState::Rejected),
        (BankEvent::Booked, OrderState::Settled),
    ] {
        let world = World::new(&[("B-1", 100)]).await;
        let now = noon("2026-09-01");
        let later = now + jiff::SignedDuration::from_secs(60);
        world.pay(1, &["B-1"], "2026-09-01").await;
        let old = world.store.outbox_next(now, 6).await.unwrap().unwrap();
        let moved = world.bank("r-1", 1, event, "2026-09-01").await;
        assert!(
            matches!(&moved, BankEventOutcome::Moved { to, .. } if to.state == state),
            "{moved:?}"
        );
        assert_eq!(world.store.outbox_next(later, 6).await.unwrap(), None);
        let sent = world
            .place
            .rows("SELECT count(*) FROM outbox WHERE sent IS NULL");
        assert_eq!(sent, ["0"]);
        // Both at once: the sender is not the one that wins.
        world.store.outbox_release(&old.id, later, 0).await.unwrap();
        assert_eq!(world.store.outbox_next(later, 6).await.unwrap(), None);
        if state == OrderState::Rejected {
            world.pay(2, &["B-1"], "2026-09-01").await;
            let new = world.store.outbox_next(later, 6).await.unwrap().unwrap();
            assert_eq!(new.of.order(), Some(order_id(2)));
            assert_eq!(world.store.outbox_next(later, 6).await.unwrap(), None);
        }
        world.assert_sound().await;
    }
}

/// A statement that gives two references, and a notification that gives the second one only.
#[tokio::test]
async fn what_came_under_another_reference_is_repeated() {
    let world = World::new(&[("B-1", 100)]).await;
    world.pay(1, &["B-1"], "2026-09-01").await;
    let mut statement = booked("camt:a", 1, 100);
    statement.other_references = vec!["camt:b".to_owned(), "camt:a".to_owned()];
    let moved = world.store.apply_bank_event(statement).await.unwrap();
    assert!(matches!(moved, BankEventOutcome::Moved { .. }), "{moved:?}");
    let notification = booked("camt:b", 1, 100);
    let again = world.store.apply_bank_event(notification).await.unwrap();
    assert_eq!(again, BankEventOutcome::Repeated);
    assert_eq!(world.store.verify().await.unwrap().attention_total, 0);
}

/// What no index or no text of a database takes is kept by its digest.
#[tokio::test]
async fn any_reference_of_the_bank_is_taken_in() {
    let world = World::new(&[("B-1", 100)]).await;
    world.pay(1, &["B-1"], "2026-09-01").await;
    let long: String = (0..9_000_u32)
        .filter_map(|n| char::from_u32(0x21 + n * n % 89))
        .collect();
    for (number, reference) in (1..).zip([long.as_str(), "a\0b", "a\nb", "a b"]) {
        let mut report = booked(reference, 1, 100);
        report.other_references = vec![format!("{reference}\0")];
        let taken = message(number, vec![report.clone()], &[]);
        let taken = world.store.take_bank_message(taken).await.unwrap();
        assert!(matches!(taken, BankMessageOutcome::Taken(_)), "{taken:?}");
        let again = world.store.apply_bank_event(report).await.unwrap();
        assert_eq!(again, BankEventOutcome::Repeated, "{number}");
    }
    world.assert_sound().await;
}

/// The clock was an hour ahead when the message was leased, and the sender died.
#[tokio::test]
async fn a_lease_of_a_wrong_clock_does_not_hold_a_message() {
    let world = World::new(&[("B-1", 100)]).await;
    let now = noon("2026-09-01");
    let ahead = now + jiff::SignedDuration::from_hours(1);
    world.pay(1, &["B-1"], "2026-09-01").await;
    assert!(world.store.outbox_next(ahead, 60).await.unwrap().is_some());
    assert!(world.store.outbox_next(now, 60).await.unwrap().is_some());
    assert_eq!(world.store.outbox_next(now, 60).await.unwrap(), None);
}

fn booked(reference: &str, number: u128, amount: i64) -> BankReport {
    BankReport {
        reference: reference.to_owned(),
        other_references: Vec::new(),
        subject: BankSubject::Order {
            order: order_id(number),
            event: BankEvent::Booked,
            amount: Some(cny(amount)),
            note: None,
        },
        now: noon("2026-09-02"),
    }
}

fn message(number: u64, reports: Vec<BankReport>, why: &[&str]) -> BankMessage {
    let listed = why.iter().map(|why| BankRemark {
        reference: None,
        why: (*why).to_owned(),
    });
    BankMessage {
        number,
        kind: "camt.054".to_owned(),
        body: format!("<message {number}>").into_bytes(),
        reports,
        listed: listed.collect(),
        now: noon("2026-09-02"),
    }
}

#[tokio::test]
async fn a_message_of_the_bank_is_taken_in_as_a_whole_and_once() {
    let world = World::new(&[("B-1", 100), ("B-2", 100)]).await;
    world.pay(1, &["B-1"], "2026-08-31").await;
    assert_eq!(world.store.bank_cursor().await.unwrap(), 0);
    let first = message(
        3,
        vec![booked("c-1", 1, 100), booked("c-2", 2, 100)],
        &["not ours"],
    );
    let taken = world.store.take_bank_message(first.clone()).await.unwrap();
    let BankMessageOutcome::Taken(outcomes) = taken else {
        panic!("{taken:?}");
    };
    let [
        BankEventOutcome::Moved { to, .. },
        BankEventOutcome::UnknownOrder,
    ] = &outcomes[..]
    else {
        panic!("{outcomes:?}");
    };
    assert_ne!(to.journal.link, [0; 32]);
    assert_eq!(world.store.bank_cursor().await.unwrap(), 3);
    let again = world.store.take_bank_message(first.clone()).await.unwrap();
    assert_eq!(again, BankMessageOutcome::Repeated);
    // Others under numbers that are gone are not it, whatever they say.
    let mut other = first.clone();
    other.body = b"<another message/>".to_vec();
    for overtaken in [other, message(2, first.reports.clone(), &["again"])] {
        let overtaken = world.store.take_bank_message(overtaken).await.unwrap();
        assert_eq!(overtaken, BankMessageOutcome::Overtaken { cursor: 3 });
    }
    assert_eq!(world.store.bank_cursor().await.unwrap(), 3);
    let body = Place::HEX.replace("{}", "body");
    let kept = world
        .place
        .rows(&format!("SELECT {body} FROM bank_messages"));
    assert_eq!(kept, [hex(b"<message 3>")]);

    // A second collection of what is settled moves nothing, and a person is told.
    let twice = message(4, vec![booked("c-9", 1, 100)], &[]);
    world.store.take_bank_message(twice).await.unwrap();
    let report = world.store.verify().await.unwrap();
    assert!(report.is_sound(), "{:#?}", report.findings);
    let attention: Vec<_> = report.attention.iter().map(ToString::to_string).collect();
    assert_eq!(
        attention,
        [
            format!("bank c-2: booked of order {}: unknown-order", order_id(2)),
            format!("bank c-9: booked of order {}: contradiction", order_id(1)),
            "bank message 3: not ours".to_owned(),
        ]
    );
    assert_eq!(report.attention_total, 3);
}

#[tokio::test]
async fn the_first_receipt_of_a_state_stays() {
    let world = World::new(&[("B-1", 100)]).await;
    world.pay(1, &["B-1"], "2026-09-01").await;
    let (order, accepted) = (order_id(1), OrderState::Accepted);
    assert_eq!(world.store.receipt(order, accepted).await.unwrap(), None);
    let record = world.store.order(CUSTOMER, order).await.unwrap().unwrap();
    let first = receipt(order, &record.history[0], None);
    let saved = world.store.save_receipt(order, accepted, first.clone());
    assert_eq!(saved.await.unwrap(), ReceiptSaved::Saved);
    let second = Receipt {
        jws: b"another signature".to_vec(),
        ..first.clone()
    };
    let saved = world.store.save_receipt(order, accepted, second.clone());
    assert_eq!(saved.await.unwrap(), ReceiptSaved::Exists(first.clone()));
    let kept = world.store.receipt(order, accepted).await.unwrap();
    assert_eq!(kept, Some(first));
    // A state that the order never came into has no receipt.
    assert!(
        world
            .store
            .save_receipt(order, OrderState::Settled, second)
            .await
            .is_err()
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn binding_steps_follow_each_other() {
    let world = World::new(&[]).await;
    let step = |sequence: u64| BindingStep {
        sequence,
        jws: format!("step.{sequence}.s"),
    };
    let empty = world.store.binding_head().await.unwrap();
    assert_eq!(empty.sequence, 0);
    assert_eq!(empty.digest[..4], [0xe3, 0xb0, 0xc4, 0x42]);
    let out = world.store.append_binding_step(step(2)).await.unwrap();
    assert_eq!(out, AppendOutcome::OutOfSequence(empty));
    for sequence in 1..=3 {
        let appended = world
            .store
            .append_binding_step(step(sequence))
            .await
            .unwrap();
        let head = world.store.binding_head().await.unwrap();
        assert_eq!(appended, AppendOutcome::Appended(head));
        assert_eq!(head.sequence, sequence);
    }
    let steps = world.store.binding_steps_after(1, 10).await.unwrap();
    assert_eq!(steps, [step(2), step(3)]);
    assert_eq!(
        world.store.binding_steps_after(0, 1).await.unwrap(),
        [step(1)]
    );
    assert_eq!(world.store.verify().await.unwrap().binding_steps, 3);
}

#[tokio::test]
async fn opened_again_the_chain_is_another_one() {
    let world = World::new(&[("B-1", 100), ("B-2", 100)]).await;
    world.pay(1, &["B-1"], "2026-09-01").await;
    let again = world.place.open();
    assert_ne!(again.process(), world.store.process());
    let order = world.order(2, &["B-2"], noon("2026-09-01")).await;
    // Two processes on one file at once.
    again.accept_order(order).await.unwrap();
    world.bank("c-1", 1, BankEvent::Booked, "2026-09-02").await;
    let report = again.verify().await.unwrap();
    assert!(report.is_sound(), "{:#?}", report.findings);
    assert_eq!(
        (report.chains, report.links, report.orders, report.bills),
        (2 + Place::IMPORTS_APART, 4, 2, 2)
    );
}
