//! Deposits: filled, spent, paid back, and below zero.

use crate::world::{
    CUSTOMER, OTHER_CUSTOMER, World, bill_record, cny, document_of, lines, message, noon, order_id,
};
use wattkey_domain::{BankEvent, Currency, MAX_MINOR, OrderState};
use wattkey_store::{
    AcceptDeposit, AcceptOrder, AcceptOutcome, AcceptRefund, BankEventOutcome, FundsSource,
};

const DAY: &str = "2026-09-10";

/// The order, paid from the deposit of an account.
fn from(account: &str, order: AcceptOrder) -> AcceptOrder {
    AcceptOrder {
        source: FundsSource::Deposit(account.parse().unwrap()),
        message: None,
        ..order
    }
}

fn refund(world: &World, number: u128, minor: i64) -> AcceptOrder {
    let order = world.order_of(number, Vec::new(), noon(DAY));
    AcceptOrder {
        source: FundsSource::Deposit("C-1".parse().unwrap()),
        refund: Some(AcceptRefund {
            mandate: "M-1".parse().unwrap(),
            amount: cny(minor),
        }),
        ..order
    }
}

#[tokio::test]
async fn paid_over_into_a_deposit() {
    let world = World::new(&[("B-1", 10_000)]).await;
    let mut order = world.order(1, &["B-1"], noon(DAY)).await;
    order.deposit = Some(AcceptDeposit {
        account: "C-2".parse().unwrap(),
        amount: cny(5_000),
    });
    let taken = world.accept(order).await;
    assert!(matches!(taken, AcceptOutcome::Accepted(_)), "{taken:?}");
    // Nothing is in the deposit before the bank has booked it.
    assert_eq!(world.deposit("C-2").await, 0);
    world.bank("c-1", 1, BankEvent::Booked, DAY).await;
    assert_eq!(world.deposit("C-2").await, 5_000);
    assert_eq!(
        world.transfers(),
        lines(
            "penalty-fixed | receivable:B-1 | penalty | 200
             order-accepted | in-transit:ORDER-1 | receivable:B-1 | 10200
             booked | bank | in-transit:ORDER-1 | 10200
             overpaid | bank | deposit:C-2 | 5000"
        )
    );
    let record = world
        .store
        .order(CUSTOMER, order_id(1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(record.total, cny(15_200));
    assert_eq!(record.deposit.unwrap().amount, cny(5_000));
    world.assert_sound().await;
}

#[tokio::test]
async fn a_deposit_pays_at_once_and_to_the_last_cent() {
    let world = World::new(&[("B-1", 10_000), ("B-2", 500)]).await;
    world.fill(1, "C-1", 10_199, "2026-09-01").await;
    let short = from("C-1", world.order(2, &["B-1"], noon(DAY)).await);
    let AcceptOutcome::DepositTooSmall { balance } = world.accept(short.clone()).await else {
        panic!("it is one short");
    };
    assert_eq!(balance.minor(), 10_199);
    world.fill(3, "C-1", 1, "2026-09-01").await;
    let before = world.transfers();
    let settled = world.accept(short.clone()).await;
    let AcceptOutcome::Settled(posted) = settled else {
        panic!("{settled:?}");
    };
    assert_ne!(posted.journal.link, [0; 32]);
    assert_eq!(
        world.transfers().strip_prefix(&before).unwrap().trim(),
        lines(
            "penalty-fixed | receivable:B-1 | penalty | 200
             order-accepted | in-transit:ORDER-2 | receivable:B-1 | 10200
             deposit-applied | deposit:C-1 | in-transit:ORDER-2 | 10200"
        )
    );
    assert_eq!(
        (world.deposit("C-1").await, world.open("B-1").await),
        (0, 0)
    );
    assert_eq!(world.accept(short).await, AcceptOutcome::Exists(posted));
    let record = world
        .store
        .order(CUSTOMER, order_id(2))
        .await
        .unwrap()
        .unwrap();
    let states: Vec<_> = record.history.iter().map(|event| event.state).collect();
    assert_eq!(states, [OrderState::Accepted, OrderState::Settled]);
    // The bank has never heard of it.
    let strange = world.bank("x", 2, BankEvent::Returned, DAY).await;
    assert_eq!(strange, BankEventOutcome::UnknownOrder);
    // Nothing is left, and an account that never had a deposit has none.
    for account in ["C-1", "C-2"] {
        let order = from(account, world.order(4, &["B-2"], noon(DAY)).await);
        let empty = world.accept(order).await;
        assert!(
            matches!(empty, AcceptOutcome::DepositTooSmall { balance } if balance.minor() == 0),
            "{empty:?}"
        );
    }
    world.assert_sound().await;
}

#[tokio::test]
async fn whose_deposit_and_in_which_currency() {
    let world = World::new(&[("B-1", 100)]).await;
    let euro = bill_record(&document_of("B-EUR", "C-1", CUSTOMER, "EUR", 100));
    world.store.import(vec![euro], noon(DAY)).await.unwrap();
    world.fill(1, "C-1", 1_000, DAY).await;
    for account in ["C-9", "C-x"] {
        let unknown = AcceptOutcome::UnknownAccount {
            account: account.parse().unwrap(),
        };
        let order = from(account, world.order(2, &["B-1"], noon(DAY)).await);
        assert_eq!(world.accept(order).await, unknown);
        let order = world.filling(2, account, 1, DAY);
        assert_eq!(world.accept(order).await, unknown);
    }
    let other = AcceptOutcome::AccountCurrency {
        currency: Currency::CNY,
    };
    let mut order = from("C-1", world.order(3, &["B-EUR"], noon(DAY)).await);
    order.currency = Currency::EUR;
    assert_eq!(world.accept(order.clone()).await, other);
    order.source = FundsSource::Mandate("M-2".parse().unwrap());
    order.message = Some(message("WK3"));
    order.deposit = Some(AcceptDeposit {
        account: "C-1".parse().unwrap(),
        amount: wattkey_domain::Money::new(5, Currency::EUR).unwrap(),
    });
    assert_eq!(world.accept(order).await, other);
    let deposits = world.store.deposits(OTHER_CUSTOMER).await.unwrap();
    assert_eq!(deposits, []);
    world.assert_sound().await;
}

/// The debit that filled it comes back after it was spent: it is below zero, pays nothing, and a
/// person is told; filled again it pays again.
#[tokio::test]
async fn a_deposit_whose_debit_was_returned_is_blocked() {
    let world = World::new(&[("B-1", 600), ("B-2", 1)]).await;
    world.fill(1, "C-1", 1_000, "2026-08-20").await;
    let spent = from("C-1", world.order(2, &["B-1"], noon("2026-08-21")).await);
    let spent = world.accept(spent).await;
    assert!(matches!(spent, AcceptOutcome::Settled(_)), "{spent:?}");
    let back = world
        .bank("r-1", 1, BankEvent::Returned, "2026-08-22")
        .await;
    assert!(matches!(back, BankEventOutcome::Moved { .. }), "{back:?}");
    assert_eq!(world.deposit("C-1").await, -600);
    let order = from("C-1", world.order(3, &["B-2"], noon("2026-08-23")).await);
    let blocked = world.accept(order.clone()).await;
    assert!(
        matches!(blocked, AcceptOutcome::DepositTooSmall { balance } if balance.minor() == -600),
        "{blocked:?}"
    );
    let blocked = world.accept(refund(&world, 4, 1)).await;
    assert!(
        matches!(blocked, AcceptOutcome::DepositTooSmall { .. }),
        "{blocked:?}"
    );
    let report = world.store.verify().await.unwrap();
    assert!(report.is_sound(), "{:#?}", report.findings);
    let listed = report.attention.iter();
    let listed = listed.filter(|finding| finding.place.contains("deposit C-1"));
    assert_eq!(listed.count(), 1, "{:#?}", report.attention);
    world.fill(5, "C-1", 601, "2026-08-24").await;
    let paid = world.accept(order).await;
    assert!(matches!(paid, AcceptOutcome::Settled(_)), "{paid:?}");
    assert_eq!(world.deposit("C-1").await, 0);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_refund_leaves_the_deposit_and_then_the_bank() {
    let world = World::new(&[]).await;
    world.fill(1, "C-1", 1_000, DAY).await;
    let before = world.transfers();
    let too_much = world.accept(refund(&world, 2, 1_001)).await;
    assert!(
        matches!(too_much, AcceptOutcome::DepositTooSmall { .. }),
        "{too_much:?}"
    );
    for number in 2..=4 {
        let taken = world.accept(refund(&world, number, 300)).await;
        assert!(matches!(taken, AcceptOutcome::Accepted(_)), "{taken:?}");
    }
    assert_eq!(world.deposit("C-1").await, 100);
    // A credit under its reference before it left is not its settlement.
    let early = world.bank("x", 2, BankEvent::Booked, DAY).await;
    assert!(
        matches!(early, BankEventOutcome::Contradiction(_)),
        "{early:?}"
    );
    world.bank("s-2", 2, BankEvent::Submitted, DAY).await;
    world.bank("d-2", 2, BankEvent::PaidOut, DAY).await;
    world.bank("s-3", 3, BankEvent::Rejected, DAY).await;
    world.bank("d-4", 4, BankEvent::PaidOut, DAY).await;
    // It comes back: the account is closed.
    world.bank("r-4", 4, BankEvent::Booked, DAY).await;
    assert_eq!(world.deposit("C-1").await, 700);
    let states = [2, 3, 4].map(|number| world.state(number));
    let mut found = Vec::new();
    for state in states {
        found.push(state.await);
    }
    let wanted = [
        OrderState::Settled,
        OrderState::Rejected,
        OrderState::Returned,
    ];
    assert_eq!(found, wanted);
    assert_eq!(
        world.transfers().strip_prefix(&before).unwrap().trim(),
        lines(
            "refund-ordered | deposit:C-1 | refunds-payable | 300
             refund-ordered | deposit:C-1 | refunds-payable | 300
             refund-ordered | deposit:C-1 | refunds-payable | 300
             refund-paid | refunds-payable | bank | 300
             rejected | refunds-payable | deposit:C-1 | 300
             refund-paid | refunds-payable | bank | 300
             returned | bank | refunds-payable | 300
             returned | refunds-payable | deposit:C-1 | 300"
        )
    );
    let mut stranger = refund(&world, 5, 1);
    stranger.refund.as_mut().unwrap().mandate = "M-x".parse().unwrap();
    assert_eq!(world.accept(stranger).await, AcceptOutcome::UnknownMandate);
    let mut euro = refund(&world, 5, 1);
    euro.refund.as_mut().unwrap().mandate = "M-2".parse().unwrap();
    let euro = world.accept(euro).await;
    assert!(
        matches!(euro, AcceptOutcome::MandateCurrency { .. }),
        "{euro:?}"
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn a_payment_out_is_no_collection() {
    let world = World::new(&[("B-1", 100)]).await;
    world.pay(1, &["B-1"], DAY).await;
    let out = world.bank("d-1", 1, BankEvent::PaidOut, DAY).await;
    assert_eq!(out, BankEventOutcome::WrongDirection);
    assert_eq!(world.state(1).await, OrderState::Accepted);
    let report = world.store.verify().await.unwrap();
    assert!(report.is_sound(), "{:#?}", report.findings);
    assert_eq!(report.attention_total, 1);
}

/// What a deposit would hold is beyond any amount: the report of the bank is kept and listed, and
/// the channel goes on.
#[tokio::test]
async fn a_deposit_beyond_any_amount() {
    let world = World::new(&[("B-1", 100)]).await;
    world.fill(1, "C-1", MAX_MINOR, DAY).await;
    let taken = world.accept(world.filling(2, "C-1", 1, DAY)).await;
    assert!(matches!(taken, AcceptOutcome::Accepted(_)), "{taken:?}");
    let booked = world.bank("c-2", 2, BankEvent::Booked, DAY).await;
    assert!(
        matches!(booked, BankEventOutcome::Unpostable(_)),
        "{booked:?}"
    );
    assert_eq!(world.deposit("C-1").await, MAX_MINOR);
    assert_eq!(world.state(2).await, OrderState::Accepted);
    world.assert_sound().await;
}

/// Two platforms, one deposit: it is spent once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_deposit_is_spent_once_by_two_platforms() {
    let names: Vec<_> = (1..=12).map(|number| format!("B-{number}")).collect();
    let bills: Vec<_> = names.iter().map(|name| (name.as_str(), 100)).collect();
    let world = World::new(&bills).await;
    world.fill(100, "C-1", 550, "2026-08-20").await;
    let other = world.place.open();
    let mut callers = Vec::new();
    for (number, name) in (1..).zip(&names) {
        let order = world.order(number, &[name], noon("2026-08-21")).await;
        let order = crate::world::signed(from("C-1", order));
        let store = if number % 2 == 0 {
            &world.store
        } else {
            &other
        }
        .clone();
        callers.push(tokio::spawn(async move {
            store.accept_order(order).await.unwrap()
        }));
    }
    let mut won = 0;
    for caller in callers {
        match caller.await.unwrap() {
            AcceptOutcome::Settled(_) => won += 1,
            AcceptOutcome::DepositTooSmall { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((won, world.deposit("C-1").await), (5, 50));
    drop(other);
    world.assert_sound().await;
}

/// Two platforms begin one deposit at the same moment: one row, both amounts.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_deposit_begins_once() {
    let world = World::new(&[]).await;
    for number in 1..=4 {
        let taken = world.accept(world.filling(number, "C-1", 10, DAY)).await;
        assert!(matches!(taken, AcceptOutcome::Accepted(_)), "{taken:?}");
    }
    let other = world.place.open();
    let report = |number: u128| wattkey_store::BankReport {
        reference: format!("c-{number}"),
        other_references: Vec::new(),
        subject: wattkey_store::BankSubject::Order {
            order: order_id(number),
            event: BankEvent::Booked,
            amount: Some(cny(10)),
            note: None,
        },
        now: noon(DAY),
    };
    let (one, two, three, four) = tokio::join!(
        world.store.apply_bank_event(report(1)),
        other.apply_bank_event(report(2)),
        world.store.apply_bank_event(report(3)),
        other.apply_bank_event(report(4)),
    );
    for outcome in [one, two, three, four] {
        let outcome = outcome.unwrap();
        assert!(
            matches!(outcome, BankEventOutcome::Moved { .. }),
            "{outcome:?}"
        );
    }
    assert_eq!(world.deposit("C-1").await, 40);
    drop(other);
    world.assert_sound().await;
}
