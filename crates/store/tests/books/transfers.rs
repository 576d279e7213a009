//! Orders that the customer pays himself: nothing is claimed, and credits are matched by reference.

use std::sync::Arc;

use crate::world::{CUSTOMER, LI_NA, World, bill_record, cny, document_of, lines, noon, order_id};
use jiff::Timestamp;
use wattkey_domain::{
    BankEvent, CreditorReference, Currency, Decision, Money, OrderId, OrderState,
};
use wattkey_store::{
    AcceptDeposit, AcceptOrder, AcceptOutcome, BankCredit, BankEventOutcome, BankReport,
    BankSubject, Debtor, DecideOutcome, FundsSource,
};

const DAY: &str = "2026-08-20";

/// The order, by transfer.
fn by_transfer(order: AcceptOrder) -> AcceptOrder {
    let creditor_reference = CreditorReference::for_order(&order.order);
    AcceptOrder {
        source: FundsSource::Transfer { creditor_reference },
        message: None,
        ..order
    }
}

pub(crate) async fn ordered(world: &World, number: u128, bills: &[&str]) {
    let order = world.order(number, bills, noon(DAY)).await;
    let taken = world.accept(by_transfer(order)).await;
    assert!(matches!(taken, AcceptOutcome::Accepted(_)), "{taken:?}");
}

pub(crate) fn credit(
    world: &World,
    key: &str,
    number: u128,
    amount: Money,
    value: &str,
) -> BankReport {
    BankReport {
        reference: key.to_owned(),
        other_references: vec![format!("{key} again")],
        subject: BankSubject::Credit(BankCredit {
            creditor_references: vec![
                CreditorReference::of_body("INVOICE7").unwrap(),
                CreditorReference::for_order(&order_id(number)),
            ],
            amount,
            value: value.parse().unwrap(),
            debtor: Debtor {
                name: Some("Example Steel".to_owned()),
                account: Some("CN-7".to_owned()),
            },
            text: Some("electricity\0".to_owned()),
            quoting: Arc::clone(&world.quoting),
        }),
        now: noon("2026-09-20"),
    }
}

async fn credited(world: &World, key: &str, number: u128, minor: i64, value: &str) {
    let report = credit(world, key, number, cny(minor), value);
    let outcome = world.store.apply_bank_event(report).await.unwrap();
    let BankEventOutcome::Credited {
        order,
        customer,
        to,
    } = outcome
    else {
        panic!("{outcome:?}");
    };
    assert_eq!((order, customer), (order_id(number), CUSTOMER));
    assert_eq!(to.state, OrderState::Settled);
    assert_ne!(to.journal.link, [0; 32]);
}

#[tokio::test]
async fn a_credit_pays_what_its_order_names() {
    let world = World::new(&[("B-1", 10_000), ("B-2", 500)]).await;
    ordered(&world, 1, &["B-1", "B-2"]).await;
    // Nothing is posted or held, and nothing goes to our bank.
    assert_eq!(world.transfers(), "");
    assert_eq!(world.open("B-1").await, 10_000);
    assert_eq!(world.store.outbox_next(noon(DAY), 60).await.unwrap(), None);
    // Late: ten days of penalty on the value date, whenever it was read.
    credited(&world, "c-1", 1, 10_710, "2026-09-10").await;
    assert_eq!(
        world.transfers(),
        lines(
            "penalty-fixed | receivable:B-1 | penalty | 200
             penalty-fixed | receivable:B-2 | penalty | 10
             credit-matched | bank | receivable:B-1 | 10200
             credit-matched | bank | receivable:B-2 | 510"
        )
    );
    assert_eq!((world.open("B-1").await, world.open("B-2").await), (0, 0));
    let again = credit(&world, "c-1 again", 1, cny(10_710), "2026-09-10");
    let again = world.store.apply_bank_event(again).await.unwrap();
    assert_eq!(again, BankEventOutcome::Repeated);
    let record = world
        .store
        .order(CUSTOMER, order_id(1))
        .await
        .unwrap()
        .unwrap();
    let states: Vec<_> = record.history.iter().map(|event| event.state).collect();
    assert_eq!(states, [OrderState::Accepted, OrderState::Settled]);
    world.assert_sound().await;
}

/// Less than was owed by then: the first bill whole, of the second what its own penalty leaves.
#[tokio::test]
async fn a_credit_that_is_short_pays_the_bills_in_their_order() {
    let world = World::new(&[("B-1", 1_000), ("B-2", 10_000)]).await;
    ordered(&world, 1, &["B-1", "B-2"]).await;
    credited(&world, "c-1", 1, 6_020, "2026-09-10").await;
    assert_eq!(
        world.transfers(),
        lines(
            "penalty-fixed | receivable:B-1 | penalty | 20
             penalty-fixed | receivable:B-2 | penalty | 98
             credit-matched | bank | receivable:B-1 | 1020
             credit-matched | bank | receivable:B-2 | 5000"
        )
    );
    // 4,902 and its penalty of 98 are paid.
    assert_eq!(world.open("B-2").await, 5_098);
    // A second credit goes on where the first one ended.
    credited(&world, "c-2", 1, 5_098, "2026-08-31").await;
    assert_eq!(world.open("B-2").await, 0);
    let record = world
        .store
        .order(CUSTOMER, order_id(1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(record.history.len(), 2);
    world.assert_sound().await;
}

/// What is over goes into the deposit that the order names, else into that of its first bill.
#[tokio::test]
async fn what_is_over_goes_into_a_deposit() {
    let world = World::new(&[("B-1", 1_000), ("B-2", 1_000)]).await;
    ordered(&world, 1, &["B-1"]).await;
    credited(&world, "c-1", 1, 1_001, DAY).await;
    assert_eq!(world.deposit("C-1").await, 1);
    let mut order = by_transfer(world.part(2, "B-2", 400, DAY).await);
    order.deposit = Some(AcceptDeposit {
        account: "C-2".parse().unwrap(),
        amount: cny(50),
    });
    let taken = world.accept(order).await;
    assert!(matches!(taken, AcceptOutcome::Accepted(_)), "{taken:?}");
    credited(&world, "c-2", 2, 450, DAY).await;
    assert_eq!(
        (world.open("B-2").await, world.deposit("C-2").await),
        (600, 50)
    );
    // Sent twice by mistake: the order names no more of the bill.
    credited(&world, "c-3", 2, 450, DAY).await;
    assert_eq!(
        (world.open("B-2").await, world.deposit("C-2").await),
        (600, 500)
    );
    // Another one has paid the bill meanwhile.
    let only = world.filling(3, "C-2", 5, DAY);
    let taken = world.accept(by_transfer(only)).await;
    assert!(matches!(taken, AcceptOutcome::Accepted(_)), "{taken:?}");
    credited(&world, "c-4", 3, 7, DAY).await;
    assert_eq!(world.deposit("C-2").await, 507);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_bill_that_another_order_holds_is_not_paid_twice() {
    let world = World::new(&[("B-1", 1_000)]).await;
    ordered(&world, 1, &["B-1"]).await;
    let taken = world.pay(2, &["B-1"], DAY).await;
    assert!(matches!(taken, AcceptOutcome::Accepted(_)), "{taken:?}");
    credited(&world, "c-1", 1, 1_000, DAY).await;
    assert_eq!(
        (world.open("B-1").await, world.deposit("C-1").await),
        (0, 1_000)
    );
    world.bank("p-2", 2, BankEvent::Rejected, DAY).await;
    assert_eq!(world.open("B-1").await, 1_000);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_credit_that_matches_no_order_is_kept_apart() {
    let world = World::new(&[("B-1", 1_000)]).await;
    let euro = bill_record(&document_of("B-EUR", "C-1", CUSTOMER, "EUR", 100));
    world.store.import(vec![euro], noon(DAY)).await.unwrap();
    ordered(&world, 1, &["B-1"]).await;
    let euro = Money::new(1_000, Currency::EUR).unwrap();
    for (key, number, amount) in [("c-1", 7, cny(1_000)), ("c-2", 1, euro)] {
        let report = credit(&world, key, number, amount, DAY);
        let outcome = world.store.apply_bank_event(report).await.unwrap();
        assert_eq!(outcome, BankEventOutcome::Unmatched);
    }
    let nothing = credit(&world, "c-3", 1, cny(0), DAY);
    let nothing = world.store.apply_bank_event(nothing).await.unwrap();
    assert!(
        matches!(nothing, BankEventOutcome::Unpostable(_)),
        "{nothing:?}"
    );
    assert_eq!(
        world.transfers(),
        lines(
            "unmatched-receipt | bank | unmatched | 1000
             unmatched-receipt | bank | unmatched | 1000"
        )
    );
    let rows = world.place.rows(
        "SELECT reference, amount, currency, value, debtor_name, debtor_account
         FROM unmatched_receipts ORDER BY reference",
    );
    assert_eq!(
        rows,
        [
            "c-1|1000|CNY|2026-08-20|Example Steel|CN-7",
            "c-2|1000|EUR|2026-08-20|Example Steel|CN-7"
        ]
    );
    assert_eq!(world.state(1).await, OrderState::Accepted);
    let report = world.store.verify().await.unwrap();
    assert!(report.is_sound(), "{:#?}", report.findings);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_credit_is_still_its_orders_after_it_was_cancelled_or_lapsed() {
    let world = World::new(&[("B-1", 1_000), ("B-2", 1_000), ("B-3", 1_000)]).await;
    for (number, bill) in [(1, "B-1"), (2, "B-2"), (3, "B-3")] {
        ordered(&world, number, &[bill]).await;
    }
    let cancelled = world.decide(1, LI_NA, Decision::Cancel, DAY).await;
    assert!(
        matches!(cancelled, DecideOutcome::Moved(_)),
        "{cancelled:?}"
    );
    credited(&world, "c-3", 3, 1_000, DAY).await;
    let late = world.decide(3, LI_NA, Decision::Cancel, DAY).await;
    let state = OrderState::Settled;
    assert_eq!(late, DecideOutcome::NotPossible { state });
    // Sixty days to the second.
    let end: Timestamp = noon(DAY) + jiff::SignedDuration::from_hours(60 * 24);
    let second = jiff::SignedDuration::from_secs(1);
    assert_eq!(world.store.lapse_orders(end - second).await.unwrap(), []);
    assert_eq!(world.store.lapse_orders(end).await.unwrap(), [order_id(2)]);
    for number in [1, 2] {
        credited(&world, &format!("c-{number}"), number, 1_000, DAY).await;
        assert_eq!(world.state(number).await, OrderState::Settled);
    }
    assert_eq!((world.open("B-1").await, world.open("B-2").await), (0, 0));
    // Our bank was never told of any of them.
    let strange = world.bank("x", 1, BankEvent::Booked, DAY).await;
    assert_eq!(strange, BankEventOutcome::UnknownOrder);
    world.assert_sound().await;
}

/// Whoever could choose an order id with another one's reference would get its credits.
#[tokio::test]
async fn a_reference_is_of_one_order() {
    let world = World::new(&[("B-1", 1_000)]).await;
    ordered(&world, 1, &["B-1"]).await;
    // A reference has 21 digits to the base 36.
    let twin = OrderId::from_uuid(uuid::Uuid::from_u128(1 + 36_u128.pow(21)));
    let mut order = world.order(2, &["B-1"], noon(DAY)).await;
    order.order = twin;
    let order = by_transfer(order);
    let FundsSource::Transfer { creditor_reference } = &order.source else {
        panic!("it is by transfer");
    };
    assert_eq!(
        *creditor_reference,
        CreditorReference::for_order(&order_id(1))
    );
    assert_eq!(world.accept(order).await, AcceptOutcome::ReferenceTaken);
    world.assert_sound().await;
}

#[tokio::test]
async fn the_banks_fee() {
    let world = World::new(&[]).await;
    let fee = |key: &str, minor| BankReport {
        reference: key.to_owned(),
        other_references: Vec::new(),
        subject: BankSubject::Fee {
            amount: cny(minor),
            text: Some("quarter".to_owned()),
        },
        now: noon(DAY),
    };
    let posted = world.store.apply_bank_event(fee("f-1", 500)).await.unwrap();
    assert_eq!(posted, BankEventOutcome::FeePosted);
    let again = world.store.apply_bank_event(fee("f-1", 500)).await.unwrap();
    assert_eq!(again, BankEventOutcome::Repeated);
    let nothing = world.store.apply_bank_event(fee("f-2", 0)).await.unwrap();
    assert!(
        matches!(nothing, BankEventOutcome::Unpostable(_)),
        "{nothing:?}"
    );
    assert_eq!(world.transfers(), "bank-fee | bank-charges | bank | 500");
    world.assert_sound().await;
}
