//! Parts of a bill: several orders hold what is open together, and never more.

use crate::world::{
    CUSTOMER, LI_NA, WANG_WEI, World, bill_id, bill_record, cny, document_of, lines, noon, order_id,
};
use wattkey_domain::{BankEvent, Currency, Debt, MAX_MINOR, Money, OrderState};
use wattkey_store::{AcceptOutcome, BillState};

const DAY: &str = "2026-09-10";

async fn state(world: &World, bill: &str) -> BillState {
    let today = DAY.parse().unwrap();
    let row = world.store.bill(CUSTOMER, bill_id(bill), today).await;
    row.unwrap().unwrap().state
}

fn is_accepted(outcome: &AcceptOutcome) {
    assert!(matches!(outcome, AcceptOutcome::Accepted(_)), "{outcome:?}");
}

#[tokio::test]
async fn parts_add_up_to_what_is_open() {
    let world = World::new(&[("B-1", 10_000)]).await;
    is_accepted(&world.accept(world.part(1, "B-1", 4_000, DAY).await).await);
    assert_eq!(world.open("B-1").await, 6_000);
    let mut second = world.part(2, "B-1", 5_999, DAY).await;
    second.user = WANG_WEI;
    is_accepted(&world.accept(second).await);
    // One is left: two are too much, and the first holder is named.
    let two = world.part(3, "B-1", 2, DAY).await;
    assert_eq!(
        world.accept(two).await,
        AcceptOutcome::BillClaimed {
            bill: bill_id("B-1"),
            order: order_id(1),
            user: LI_NA
        }
    );
    assert_eq!(state(&world, "B-1").await, BillState::Overdue);
    is_accepted(&world.accept(world.part(3, "B-1", 1, DAY).await).await);
    assert_eq!(world.open("B-1").await, 0);
    assert_eq!(state(&world, "B-1").await, BillState::InCollection);
    // The first gives its part up; the next holder is named then.
    world.bank("p-1", 1, BankEvent::Rejected, DAY).await;
    assert_eq!(world.open("B-1").await, 4_000);
    let more = world.part(4, "B-1", 4_001, DAY).await;
    assert_eq!(
        world.accept(more).await,
        AcceptOutcome::BillClaimed {
            bill: bill_id("B-1"),
            order: order_id(2),
            user: WANG_WEI
        }
    );
    world.assert_sound().await;
}

/// Each part has the penalty of its own principal, and ends in its own way.
#[tokio::test]
async fn each_part_goes_its_own_way() {
    let world = World::new(&[("B-1", 10_000)]).await;
    for (number, principal) in [(1, 5_000), (2, 3_000), (3, 2_000)] {
        is_accepted(
            &world
                .accept(world.part(number, "B-1", principal, DAY).await)
                .await,
        );
    }
    world.bank("c-1", 1, BankEvent::Booked, DAY).await;
    world.bank("c-2", 2, BankEvent::Rejected, DAY).await;
    world.bank("c-3", 3, BankEvent::Booked, DAY).await;
    assert_eq!(world.open("B-1").await, 3_000);
    world.bank("r-3", 3, BankEvent::Returned, DAY).await;
    assert_eq!(world.open("B-1").await, 5_000);
    assert_eq!(
        world.transfers(),
        lines(
            "penalty-fixed | receivable:B-1 | penalty | 100
             order-accepted | in-transit:ORDER-1 | receivable:B-1 | 5100
             penalty-fixed | receivable:B-1 | penalty | 60
             order-accepted | in-transit:ORDER-2 | receivable:B-1 | 3060
             penalty-fixed | receivable:B-1 | penalty | 40
             order-accepted | in-transit:ORDER-3 | receivable:B-1 | 2040
             booked | bank | in-transit:ORDER-1 | 5100
             rejected | receivable:B-1 | in-transit:ORDER-2 | 3060
             penalty-taken-back | penalty | receivable:B-1 | 60
             booked | bank | in-transit:ORDER-3 | 2040
             returned | receivable:B-1 | bank | 2040
             penalty-taken-back | penalty | receivable:B-1 | 40"
        )
    );
    // The rest is paid whole: its penalty runs from the due date.
    let rest = world.order(4, &["B-1"], noon("2026-09-20")).await;
    assert_eq!(rest.bills[0].penalty, cny(200));
    is_accepted(&world.accept(rest).await);
    world.bank("c-4", 4, BankEvent::Booked, "2026-09-21").await;
    assert_eq!(state(&world, "B-1").await, BillState::Paid);
    let again = world.part(5, "B-1", 1, DAY).await;
    assert_eq!(
        world.accept(again).await,
        AcceptOutcome::BillPaid {
            bill: bill_id("B-1")
        }
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn amounts_that_cannot_be() {
    let world = World::new(&[("B-1", 10_000), ("B-2", MAX_MINOR), ("B-3", 1)]).await;
    let euro = bill_record(&document_of("B-EUR", "C-1", CUSTOMER, "EUR", 100));
    world.store.import(vec![euro], noon(DAY)).await.unwrap();
    let before = world.transfers();

    let unpostable = |outcome: AcceptOutcome| {
        assert!(
            matches!(outcome, AcceptOutcome::Unpostable(_)),
            "{outcome:?}"
        );
    };
    let mut zero = world.part(1, "B-1", 1, DAY).await;
    (zero.bills[0].principal, zero.bills[0].penalty) = (cny(0), cny(0));
    unpostable(world.accept(zero).await);
    // Two bills that are beyond any amount together.
    let both = world.order(2, &["B-2", "B-3"], noon("2026-08-31")).await;
    unpostable(world.store.accept_order(both).await.unwrap());
    // The penalty takes it over.
    let mut late = world.order(3, &["B-2"], noon("2026-08-31")).await;
    let rules = world.quoting.rules;
    let (due, day) = (crate::world::DUE.parse().unwrap(), DAY.parse().unwrap());
    late.now = noon(DAY);
    late.bills[0].penalty = rules
        .penalty(cny(MAX_MINOR), &Debt::undisputed(due, cny(MAX_MINOR)), day)
        .unwrap();
    late.bills[0].quote_until = noon("2026-09-11");
    unpostable(world.accept(late).await);
    let more = world.part(4, "B-1", 10_001, DAY).await;
    assert_eq!(
        world.accept(more).await,
        AcceptOutcome::QuoteMismatch {
            bill: bill_id("B-1"),
            principal: cny(10_000),
            penalty: cny(200)
        }
    );
    // The penalty of all that is open, for a part of it.
    let mut dear = world.part(5, "B-1", 5_000, DAY).await;
    dear.bills[0].penalty = cny(200);
    assert_eq!(
        world.accept(dear).await,
        AcceptOutcome::QuoteMismatch {
            bill: bill_id("B-1"),
            principal: cny(5_000),
            penalty: cny(100)
        }
    );
    let foreign = world.order(6, &["B-EUR"], noon(DAY)).await;
    let foreign = world.store.accept_order(foreign).await.unwrap();
    assert!(
        matches!(foreign, AcceptOutcome::BillCurrency { currency, .. } if currency == Currency::EUR)
    );
    let mut mixed = world.part(7, "B-1", 50, DAY).await;
    mixed.bills[0].principal = Money::new(50, Currency::EUR).unwrap();
    let mixed = world.store.accept_order(mixed).await.unwrap();
    assert!(
        matches!(mixed, AcceptOutcome::QuoteMismatch { .. }),
        "{mixed:?}"
    );
    assert_eq!(world.transfers(), before);
    world.assert_sound().await;
}

/// Two users and two platforms on one bill at the same moment, many times over: what they hold
/// together is never more than is open.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_users_on_one_bill_at_the_same_moment() {
    let world = World::new(&[("B-1", 10_000)]).await;
    let other = world.place.open();
    let mut callers = Vec::new();
    for number in 1..=16 {
        let mut order = world.part(number, "B-1", 3_000, DAY).await;
        order.user = if number % 2 == 0 { LI_NA } else { WANG_WEI };
        let order = crate::world::signed(order);
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
            AcceptOutcome::Accepted(posted) => {
                assert_eq!(posted.state, OrderState::Accepted);
                won += 1;
            }
            AcceptOutcome::BillClaimed { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((won, world.open("B-1").await), (3, 1_000));
    drop(other);
    world.assert_sound().await;
}
