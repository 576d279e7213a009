//! Orders against the books: every outcome, and what each one posts.

use crate::world::{
    CUSTOMER, LI_NA, OTHER_CUSTOMER, WANG_WEI, World, bill_id, bill_record, cny, document,
    document_of, lines, noon, order_id,
};
use wattkey_domain::{BankEvent, Contradiction, Currency, Money, OrderCause, OrderState};
use wattkey_store::{
    AcceptOrder, AcceptOutcome, BankEventOutcome, BankReport, BankSubject, BillState, BindingStep,
    FundsSource, OrderPosted,
};

async fn state(world: &World, bill: &str, day: &str) -> BillState {
    let today = day.parse().unwrap();
    let row = world
        .store
        .bill(CUSTOMER, bill_id(bill), today)
        .await
        .unwrap();
    row.unwrap().state
}

fn accepted(outcome: &AcceptOutcome) -> OrderPosted {
    match outcome {
        AcceptOutcome::Accepted(posted) => *posted,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_order_that_the_binding_log_overtook_is_not_posted() {
    let world = World::new(&[("B-1", 10_000)]).await;
    let mut order = world.order(1, &["B-1"], noon("2026-08-31")).await;
    let (sequence, jws) = (1, "a.b.c".to_owned());
    let step = BindingStep { sequence, jws };
    world.store.append_binding_step(step).await.unwrap();
    let outcome = world.store.accept_order(order.clone()).await.unwrap();
    assert!(
        matches!(outcome, AcceptOutcome::BindingsMoved),
        "{outcome:?}"
    );
    assert_eq!(state(&world, "B-1", "2026-08-31").await, BillState::Open);

    order.bindings = 1;
    accepted(&world.store.accept_order(order.clone()).await.unwrap());
    // What was posted is told, however the log has moved since.
    order.bindings = 0;
    let outcome = world.store.accept_order(order).await.unwrap();
    assert!(matches!(outcome, AcceptOutcome::Exists(_)), "{outcome:?}");
}

#[tokio::test]
async fn one_bill_paid() {
    let world = World::new(&[("B-1", 10_000), ("B-2", 500)]).await;
    assert_eq!(state(&world, "B-1", "2026-08-31").await, BillState::Open);
    assert_eq!(state(&world, "B-1", "2026-09-01").await, BillState::Overdue);

    let posted = accepted(&world.pay(1, &["B-1", "B-2"], "2026-09-01").await);
    assert_eq!(posted.state, OrderState::Accepted);
    assert_eq!(posted.at, noon("2026-09-01"));
    assert_ne!(posted.journal.link, [0; 32]);
    assert_eq!(
        state(&world, "B-1", "2026-09-02").await,
        BillState::InCollection
    );

    let submitted = world
        .bank("p-1", 1, BankEvent::Submitted, "2026-09-02")
        .await;
    assert!(matches!(
        submitted,
        BankEventOutcome::Moved { from: OrderState::Accepted, to } if to.state == OrderState::Submitted
    ));
    let settled = world.bank("c-1", 1, BankEvent::Booked, "2026-09-03").await;
    let BankEventOutcome::Moved { to: settled, .. } = settled else {
        panic!("{settled:?}");
    };
    assert_eq!(state(&world, "B-1", "2026-09-03").await, BillState::Paid);
    assert_eq!(
        world.transfers(),
        lines(
            "penalty-fixed | receivable:B-1 | penalty | 20
             penalty-fixed | receivable:B-2 | penalty | 1
             order-accepted | in-transit:ORDER-1 | receivable:B-1 | 10020
             order-accepted | in-transit:ORDER-1 | receivable:B-2 | 501
             booked | bank | in-transit:ORDER-1 | 10521"
        )
    );

    let record = world
        .store
        .order(CUSTOMER, order_id(1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(record.total, cny(10_521));
    assert_eq!(record.user_name, "Li Na");
    let states: Vec<_> = record.history.iter().map(|event| event.state).collect();
    assert_eq!(
        states,
        [
            OrderState::Accepted,
            OrderState::Submitted,
            OrderState::Settled
        ]
    );
    assert_eq!(record.history[0].journal, posted.journal);
    assert_eq!(record.history[2].journal, settled.journal);
    world.assert_sound().await;
}

#[tokio::test]
async fn rejected_and_paid_again_as_if_it_had_never_been() {
    let world = World::new(&[("B-1", 10_000)]).await;
    accepted(&world.pay(1, &["B-1"], "2026-09-01").await);
    assert_eq!(world.open("B-1").await, 0);
    world
        .bank("p-1", 1, BankEvent::Rejected, "2026-09-02")
        .await;
    assert_eq!(world.open("B-1").await, 10_000);
    // Ten days late now, on the principal only.
    accepted(&world.pay(2, &["B-1"], "2026-09-10").await);
    world.bank("c-2", 2, BankEvent::Booked, "2026-09-11").await;
    world
        .bank("r-2", 2, BankEvent::Returned, "2026-09-12")
        .await;
    assert_eq!(world.open("B-1").await, 10_000);
    assert_eq!(
        world.transfers(),
        lines(
            "penalty-fixed | receivable:B-1 | penalty | 20
             order-accepted | in-transit:ORDER-1 | receivable:B-1 | 10020
             rejected | receivable:B-1 | in-transit:ORDER-1 | 10020
             penalty-taken-back | penalty | receivable:B-1 | 20
             penalty-fixed | receivable:B-1 | penalty | 200
             order-accepted | in-transit:ORDER-2 | receivable:B-1 | 10200
             booked | bank | in-transit:ORDER-2 | 10200
             returned | receivable:B-1 | bank | 10200
             penalty-taken-back | penalty | receivable:B-1 | 200"
        )
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn the_same_order_again_is_answered_the_same() {
    let world = World::new(&[("B-1", 10_000)]).await;
    let order = world.order(1, &["B-1"], noon("2026-09-01")).await;
    let first = accepted(&world.store.accept_order(order.clone()).await.unwrap());
    let before = world.transfers();

    let mut again = order.clone();
    again.jws = order.jws.replace("c2ln", "YW5vdGhlcg");
    again.now = noon("2026-09-30");
    assert_eq!(
        world.store.accept_order(again.clone()).await.unwrap(),
        AcceptOutcome::Exists(first)
    );
    world.bank("c-1", 1, BankEvent::Booked, "2026-09-03").await;
    let AcceptOutcome::Exists(settled) = world.store.accept_order(again).await.unwrap() else {
        panic!("it is there");
    };
    assert_eq!(settled.state, OrderState::Settled);

    let mut other = order.clone();
    other.digest = [9; 32];
    assert_eq!(
        world.store.accept_order(other).await.unwrap(),
        AcceptOutcome::ExistsWithDifferentPayload {
            digest: order.digest
        }
    );
    assert_eq!(
        world.transfers(),
        format!("{before}\nbooked | bank | in-transit:ORDER-1 | 10020")
    );
    world.assert_sound().await;
}

/// Two of the same order in one batch: the second has the link that the first makes.
#[tokio::test]
async fn the_same_order_twice_at_once() {
    let world = World::new(&[("B-1", 10_000)]).await;
    let order = world.order(1, &["B-1"], noon("2026-09-01")).await;
    let (first, second) = tokio::join!(
        world.store.accept_order(order.clone()),
        world.store.accept_order(order.clone())
    );
    let first = accepted(&first.unwrap());
    assert_eq!(second.unwrap(), AcceptOutcome::Exists(first));
    assert_ne!(first.journal.link, [0; 32]);
}

#[tokio::test]
async fn each_refusal_is_exact_and_posts_nothing() {
    let world = World::new(&[("B-1", 10_000), ("B-2", 500), ("B-3", 700)]).await;
    let euro = bill_record(&document_of("B-EUR", "C-1", CUSTOMER, "EUR", 100));
    let foreign = bill_record(&document_of("B-9", "C-9", OTHER_CUSTOMER, "CNY", 100));
    world
        .store
        .import(vec![euro, foreign], noon("2026-08-05"))
        .await
        .unwrap();
    accepted(&world.pay(1, &["B-2"], "2026-09-01").await);
    accepted(&world.pay(2, &["B-3"], "2026-09-01").await);
    world.bank("c-2", 2, BankEvent::Booked, "2026-09-01").await;
    let good = world.order(3, &["B-1"], noon("2026-09-01")).await;
    let before = world.transfers();

    type Change = fn(&mut AcceptOrder);
    let bill = || bill_id("B-1");
    let euro_digest = {
        let row = world
            .store
            .bill(CUSTOMER, bill_id("B-EUR"), "2026-09-01".parse().unwrap());
        row.await.unwrap().unwrap().digest
    };
    let cases: Vec<(Change, AcceptOutcome)> = vec![
        (
            |order| order.source = FundsSource::Mandate("M-x".parse().unwrap()),
            AcceptOutcome::UnknownMandate,
        ),
        (
            |order| order.source = FundsSource::Mandate("M-2".parse().unwrap()),
            AcceptOutcome::MandateCurrency {
                currency: Currency::EUR,
            },
        ),
        (
            |order| order.source = FundsSource::Mandate("M-3".parse().unwrap()),
            AcceptOutcome::MandateNotInForce,
        ),
        (
            |order| order.bills[0].bill = "B-x".parse().unwrap(),
            AcceptOutcome::UnknownBill {
                bill: bill_id("B-x"),
            },
        ),
        (
            |order| order.bills[0].bill = "B-9".parse().unwrap(),
            AcceptOutcome::UnknownBill {
                bill: bill_id("B-9"),
            },
        ),
        (
            |order| order.bills.push(order.bills[0].clone()),
            AcceptOutcome::BillTwice { bill: bill() },
        ),
        (
            |order| order.bills[0].document = [9; 32],
            AcceptOutcome::DocumentMismatch {
                bill: bill(),
                digest: good.bills[0].document,
            },
        ),
        (
            |order| order.bills[0].quote_until = order.now,
            AcceptOutcome::QuoteExpired { bill: bill() },
        ),
        (
            |order| order.bills[0].penalty = cny(19),
            AcceptOutcome::QuoteMismatch {
                bill: bill(),
                principal: cny(10_000),
                penalty: cny(20),
            },
        ),
        (
            |order| order.bills[0].principal = cny(10_001),
            AcceptOutcome::QuoteMismatch {
                bill: bill(),
                principal: cny(10_000),
                penalty: cny(20),
            },
        ),
    ];
    for (change, wanted) in cases {
        let mut order = good.clone();
        change(&mut order);
        assert_eq!(world.store.accept_order(order).await.unwrap(), wanted);
    }

    let mut order = good.clone();
    order.bills[0].bill = bill_id("B-EUR");
    order.bills[0].document = euro_digest;
    assert_eq!(
        world.store.accept_order(order).await.unwrap(),
        AcceptOutcome::BillCurrency {
            bill: bill_id("B-EUR"),
            currency: Currency::EUR
        }
    );
    let mut order = good.clone();
    order.bills.clear();
    assert!(matches!(
        world.store.accept_order(order).await.unwrap(),
        AcceptOutcome::Unpostable(_)
    ));

    let mut claimed = world.order(4, &["B-1", "B-2"], noon("2026-09-01")).await;
    claimed.user = WANG_WEI;
    assert_eq!(
        world.store.accept_order(claimed).await.unwrap(),
        AcceptOutcome::BillClaimed {
            bill: bill_id("B-2"),
            order: order_id(1),
            user: LI_NA
        }
    );
    let paid = world.order(5, &["B-3"], noon("2026-09-01")).await;
    assert_eq!(
        world.store.accept_order(paid).await.unwrap(),
        AcceptOutcome::BillPaid {
            bill: bill_id("B-3")
        }
    );

    assert_eq!(world.transfers(), before);
    assert_eq!(
        world.store.order(CUSTOMER, order_id(3)).await.unwrap(),
        None
    );
    accepted(&world.store.accept_order(good).await.unwrap());
    world.assert_sound().await;
}

#[tokio::test]
async fn the_bank_may_say_anything() {
    let world = World::new(&[("B-1", 10_000)]).await;
    let nobody = world.bank("x-1", 7, BankEvent::Booked, "2026-09-02").await;
    assert_eq!(nobody, BankEventOutcome::UnknownOrder);
    accepted(&world.pay(1, &["B-1"], "2026-09-01").await);

    let early = world
        .bank("r-1", 1, BankEvent::Returned, "2026-09-02")
        .await;
    let contradiction = Contradiction {
        state: OrderState::Accepted,
        cause: OrderCause::Returned,
    };
    assert_eq!(early, BankEventOutcome::Contradiction(contradiction));

    let report = |reference: &str, amount: Money| BankReport {
        reference: reference.to_owned(),
        other_references: Vec::new(),
        subject: BankSubject::Order {
            order: order_id(1),
            event: BankEvent::Booked,
            amount: Some(amount),
            note: Some("AC01".to_owned()),
        },
        now: noon("2026-09-02"),
    };
    for (reference, wrong) in [
        ("c-1", cny(10_019)),
        ("c-2", Money::new(10_020, Currency::EUR).unwrap()),
    ] {
        assert_eq!(
            world
                .store
                .apply_bank_event(report(reference, wrong))
                .await
                .unwrap(),
            BankEventOutcome::AmountMismatch {
                expected: cny(10_020)
            }
        );
    }
    let moved = world
        .store
        .apply_bank_event(report("c-3", cny(10_020)))
        .await
        .unwrap();
    assert!(matches!(moved, BankEventOutcome::Moved { to, .. } if to.state == OrderState::Settled));
    let again = world
        .store
        .apply_bank_event(report("c-3", cny(10_020)))
        .await
        .unwrap();
    assert_eq!(again, BankEventOutcome::Repeated);
    // Another booking of the same order: the bank collected twice.
    let twice = world
        .store
        .apply_bank_event(report("c-4", cny(10_020)))
        .await
        .unwrap();
    let contradiction = Contradiction {
        state: OrderState::Settled,
        cause: OrderCause::Booked,
    };
    assert_eq!(twice, BankEventOutcome::Contradiction(contradiction));
    let late = world
        .bank("p-1", 1, BankEvent::Submitted, "2026-09-04")
        .await;
    assert_eq!(
        late,
        BankEventOutcome::Unchanged {
            state: OrderState::Settled
        }
    );
    let record = world
        .store
        .order(CUSTOMER, order_id(1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(record.history[1].note.as_deref(), Some("AC01"));
    assert_eq!(record.history.len(), 2);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_partial_payment_elsewhere_leaves_the_rest() {
    let world = World::new(&[("B-1", 10_000)]).await;
    let line = br#"{"type":"payment","bill":"B-1","amount":4000,"currency":"CNY","paid":"2026-08-20","channel":"counter","reference":"77"}"#;
    let record = wattkey_store::Record::parse(line).unwrap();
    for (added, unchanged) in [(1, 0), (0, 1)] {
        let report = world
            .store
            .import(vec![record.clone()], noon("2026-08-21"))
            .await
            .unwrap();
        assert_eq!((report.added, report.unchanged), (added, unchanged));
    }
    assert_eq!(world.open("B-1").await, 6_000);
    accepted(&world.pay(1, &["B-1"], "2026-09-01").await);
    // Where imports have a chain of their own, it may come first or last.
    let transfers = world.transfers();
    let mut transfers: Vec<_> = transfers.lines().collect();
    transfers.sort_unstable();
    assert_eq!(
        transfers,
        [
            "order-accepted | in-transit:ORDER-1 | receivable:B-1 | 6012",
            "paid-elsewhere | other-channels | receivable:B-1 | 4000",
            "penalty-fixed | receivable:B-1 | penalty | 12",
        ]
    );
    let late = br#"{"type":"payment","bill":"B-1","amount":1,"currency":"CNY","paid":"2026-08-20","channel":"counter","reference":"78"}"#;
    let late = wattkey_store::Record::parse(late).unwrap();
    // An order holds the rest: what was paid over the counter goes into the deposit.
    let report = world.store.import(vec![late], noon("2026-09-02")).await;
    assert_eq!(report.unwrap().surpluses, 1);
    assert_eq!(world.deposit("C-1").await, 1);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_bill_that_came_later_can_be_paid() {
    let world = World::new(&[]).await;
    world
        .store
        .import(vec![bill_record(&document("B-1", 1))], noon("2026-08-05"))
        .await
        .unwrap();
    accepted(&world.pay(1, &["B-1"], "2026-08-31").await);
    assert_eq!(
        world.transfers(),
        "order-accepted | in-transit:ORDER-1 | receivable:B-1 | 1"
    );
}
