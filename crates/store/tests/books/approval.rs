//! Limits, the second person, cancelling, and orders whose time is over.

use crate::world::{
    CUSTOMER, LI_NA, OTHER_CUSTOMER, WANG_WEI, World, cny, lines, message, noon, order_id, signed,
};
use jiff::Timestamp;
use wattkey_domain::{BankEvent, Decision, OrderState};
use wattkey_store::{
    AcceptOrder, AcceptOutcome, BindingStep, DecideOutcome, FundsSource, OrderPosted, Store,
};

/// Before the due day: no penalty.
const DAY: &str = "2026-08-20";

async fn limits(world: &World, day: Option<i64>, alone: Option<i64>) {
    let sql = |limit: Option<i64>| limit.map_or("NULL".to_owned(), |limit| limit.to_string());
    let (day, alone) = (sql(day), sql(alone));
    let update =
        format!("UPDATE users SET day_limit = {day}, alone_limit = {alone} WHERE id = '{LI_NA}'");
    world.place.try_sql(&update).unwrap();
}

fn awaiting(outcome: &AcceptOutcome) -> OrderPosted {
    match outcome {
        AcceptOutcome::AwaitingApproval(posted) => *posted,
        other => panic!("{other:?}"),
    }
}

fn moved(outcome: &DecideOutcome) -> OrderState {
    match outcome {
        DecideOutcome::Moved(posted) => posted.state,
        other => panic!("{other:?}"),
    }
}

/// An order that another person must approve.
async fn prepared(world: &World, number: u128, bill: &str) -> AcceptOrder {
    let mut order = world.order(number, &[bill], noon(DAY)).await;
    order.needs_approval = true;
    order
}

async fn lapses(world: &World, number: u128) -> Option<Timestamp> {
    let record = world.store.order(CUSTOMER, order_id(number)).await.unwrap();
    record.unwrap().lapses
}

#[tokio::test]
async fn above_what_a_user_may_spend_alone_a_second_person_approves() {
    let world = World::new(&[("B-1", 10_000), ("B-2", 10_001)]).await;
    limits(&world, None, Some(10_000)).await;
    let alone = world.pay(1, &["B-1"], DAY).await;
    assert!(matches!(alone, AcceptOutcome::Accepted(_)), "{alone:?}");
    let posted = awaiting(&world.pay(2, &["B-2"], DAY).await);
    assert_eq!(posted.state, OrderState::AwaitingApproval);
    // It holds its bill, and nothing goes to the bank.
    assert_eq!(world.open("B-2").await, 0);
    let first = world.store.outbox_next(noon(DAY), 60).await.unwrap();
    assert_eq!(first.unwrap().of.order(), Some(order_id(1)));
    assert_eq!(world.store.outbox_next(noon(DAY), 60).await.unwrap(), None);
    let approved = world.decide(2, WANG_WEI, Decision::Approve, DAY).await;
    assert_eq!(moved(&approved), OrderState::Accepted);
    let second = world.store.outbox_next(noon(DAY), 60).await.unwrap();
    assert_eq!(second.unwrap().of.order(), Some(order_id(2)));
    world.bank("c-2", 2, BankEvent::Booked, DAY).await;
    assert_eq!(
        world.transfers(),
        lines(
            "order-accepted | in-transit:ORDER-1 | receivable:B-1 | 10000
             order-taken-in | in-transit:ORDER-2 | receivable:B-2 | 10001
             booked | bank | in-transit:ORDER-2 | 10001"
        )
    );
    let record = world
        .store
        .order(CUSTOMER, order_id(2))
        .await
        .unwrap()
        .unwrap();
    let decided: Vec<_> = record.decisions.iter().collect();
    assert_eq!(decided.len(), 1);
    assert_eq!(
        (
            decided[0].user,
            decided[0].user_name.as_str(),
            decided[0].decision
        ),
        (WANG_WEI, "Wang Wei", Decision::Approve)
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn who_may_decide_what_and_when() {
    let world = World::new(&[("B-1", 100), ("B-2", 100), ("B-3", 100)]).await;
    for (number, bill) in [(1, "B-1"), (2, "B-2"), (3, "B-3")] {
        awaiting(&world.accept(prepared(&world, number, bill).await).await);
    }
    // The signer may cancel, and nothing else.
    for own in [Decision::Approve, Decision::Refuse] {
        let own = world.decide(1, LI_NA, own, DAY).await;
        assert_eq!(own, DecideOutcome::OwnOrder);
    }
    let good = world.decision(1, WANG_WEI, Decision::Approve, DAY).await;
    let decided = |change: fn(&mut wattkey_store::DecideOrder)| {
        let mut decided = good.clone();
        change(&mut decided);
        world.store.decide_order(decided)
    };
    let other = decided(|decided| decided.customer = OTHER_CUSTOMER).await;
    assert_eq!(other.unwrap(), DecideOutcome::UnknownOrder);
    let other = decided(|decided| decided.order = order_id(9)).await;
    assert_eq!(other.unwrap(), DecideOutcome::UnknownOrder);
    let other = decided(|decided| decided.digest = [9; 32]).await;
    assert_eq!(other.unwrap(), DecideOutcome::DifferentDigest);
    let other = decided(|decided| decided.bindings = 1).await;
    assert_eq!(other.unwrap(), DecideOutcome::BindingsMoved);
    // An approval of a collection brings its message.
    assert!(decided(|decided| decided.message = None).await.is_err());

    let DecideOutcome::Moved(accepted) = world.store.decide_order(good.clone()).await.unwrap()
    else {
        panic!("it awaits approval");
    };
    world.bank("c-1", 1, BankEvent::Booked, DAY).await;
    // Again, also after the binding log has moved: where the order stands now.
    let mut again = good.clone();
    again.bindings = 7;
    let DecideOutcome::Exists(now) = world.store.decide_order(again).await.unwrap() else {
        panic!("it was decided");
    };
    assert_eq!(
        (accepted.state, now.state),
        (OrderState::Accepted, OrderState::Settled)
    );
    let late = world.decide(1, WANG_WEI, Decision::Cancel, DAY).await;
    assert_eq!(
        late,
        DecideOutcome::NotPossible {
            state: OrderState::Settled
        }
    );

    let refused = world.decide(2, WANG_WEI, Decision::Refuse, DAY).await;
    assert_eq!(moved(&refused), OrderState::Refused);
    let cancelled = world.decide(3, LI_NA, Decision::Cancel, DAY).await;
    assert_eq!(moved(&cancelled), OrderState::Cancelled);
    for (number, state) in [(2, OrderState::Refused), (3, OrderState::Cancelled)] {
        let approved = world.decide(number, WANG_WEI, Decision::Approve, DAY).await;
        assert_eq!(approved, DecideOutcome::NotPossible { state });
    }
    assert_eq!(
        (world.open("B-2").await, world.open("B-3").await),
        (100, 100)
    );
    assert_eq!(
        world.transfers(),
        lines(
            "order-taken-in | in-transit:ORDER-1 | receivable:B-1 | 100
             order-taken-in | in-transit:ORDER-2 | receivable:B-2 | 100
             order-taken-in | in-transit:ORDER-3 | receivable:B-3 | 100
             booked | bank | in-transit:ORDER-1 | 100
             refused | receivable:B-2 | in-transit:ORDER-2 | 100
             cancelled | receivable:B-3 | in-transit:ORDER-3 | 100"
        )
    );
    world.assert_sound().await;
}

/// No order goes after the step that unbinds the one who approved it.
#[tokio::test]
async fn an_approval_that_the_binding_log_overtook_moves_nothing() {
    let world = World::new(&[("B-1", 100)]).await;
    awaiting(&world.accept(prepared(&world, 1, "B-1").await).await);
    let decided = world.decision(1, WANG_WEI, Decision::Approve, DAY).await;
    let (sequence, jws) = (1, "a.b.c".to_owned());
    let step = BindingStep { sequence, jws };
    world.store.append_binding_step(step).await.unwrap();
    let outcome = world.store.decide_order(decided).await.unwrap();
    assert_eq!(outcome, DecideOutcome::BindingsMoved);
    assert_eq!(world.state(1).await, OrderState::AwaitingApproval);
}

#[tokio::test]
async fn an_approval_is_asked_for_in_time() {
    let world = World::new(&[("B-1", 100), ("B-2", 100)]).await;
    // Not overdue for a while: three days.
    awaiting(&world.accept(prepared(&world, 1, "B-1").await).await);
    let three_days = noon("2026-08-23");
    assert_eq!(lapses(&world, 1).await, Some(three_days));
    // Overdue: till midnight of the service, eight hours before UTC's.
    let mut overdue = world.order(2, &["B-2"], noon("2026-09-10")).await;
    overdue.needs_approval = true;
    awaiting(&world.accept(overdue).await);
    let midnight: Timestamp = "2026-09-10T16:00:00Z".parse().unwrap();
    assert_eq!(lapses(&world, 2).await, Some(midnight));

    let second = jiff::SignedDuration::from_secs(1);
    assert_eq!(
        world.store.lapse_orders(three_days - second).await.unwrap(),
        []
    );
    let mut late = world.decision(1, WANG_WEI, Decision::Approve, DAY).await;
    late.now = three_days;
    let late = world.store.decide_order(late).await.unwrap();
    assert_eq!(late, DecideOutcome::TooLate);
    let lapsed = world.store.lapse_orders(three_days).await.unwrap();
    assert_eq!(lapsed, [order_id(1)]);
    assert_eq!(world.store.lapse_orders(three_days).await.unwrap(), []);
    assert_eq!(world.open("B-1").await, 100);

    let mut in_time = world.decision(2, WANG_WEI, Decision::Approve, DAY).await;
    in_time.now = midnight - second;
    let in_time = world.store.decide_order(in_time).await.unwrap();
    assert_eq!(moved(&in_time), OrderState::Accepted);
    // What the bank has does not lapse.
    assert_eq!(
        world.store.lapse_orders(noon("2027-09-10")).await.unwrap(),
        []
    );
    assert_eq!(
        world.transfers(),
        lines(
            "order-taken-in | in-transit:ORDER-1 | receivable:B-1 | 100
             penalty-fixed | receivable:B-2 | penalty | 2
             order-taken-in | in-transit:ORDER-2 | receivable:B-2 | 102
             lapsed | receivable:B-1 | in-transit:ORDER-1 | 100"
        )
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn the_mandate_that_ended_before_the_approval() {
    let world = World::new(&[("B-1", 100)]).await;
    awaiting(&world.accept(prepared(&world, 1, "B-1").await).await);
    let end = |day: &str| {
        let sql = format!("UPDATE mandates SET ended = '{day}' WHERE id = 'M-1'");
        world.place.try_sql(&sql).unwrap();
    };
    end(DAY);
    let approved = world.decide(1, WANG_WEI, Decision::Approve, DAY).await;
    assert_eq!(approved, DecideOutcome::MandateNotInForce);
    end("2026-08-21");
    let approved = world.decide(1, WANG_WEI, Decision::Approve, DAY).await;
    assert_eq!(moved(&approved), OrderState::Accepted);
}

#[tokio::test]
async fn an_order_is_cancelled_until_its_message_was_handed_out() {
    let world = World::new(&[("B-1", 100), ("B-2", 100), ("B-3", 100), ("B-4", 100)]).await;
    let now = noon(DAY);
    for (number, bill) in [(1, "B-1"), (2, "B-2"), (3, "B-3"), (4, "B-4")] {
        let taken = world.pay(number, &[bill], DAY).await;
        assert!(matches!(taken, AcceptOutcome::Accepted(_)), "{taken:?}");
    }
    let cancelled = world.decide(4, LI_NA, Decision::Cancel, DAY).await;
    assert_eq!(moved(&cancelled), OrderState::Cancelled);
    let mut handed_out = Vec::new();
    while let Some(message) = world.store.outbox_next(now, 60).await.unwrap() {
        handed_out.push(message);
    }
    // The one that was cancelled is never sent.
    assert_eq!(handed_out.len(), 3);
    let [leased, released, sent] = &handed_out[..] else {
        panic!("three are");
    };
    world
        .store
        .outbox_release(&released.id, now, 0)
        .await
        .unwrap();
    world.store.outbox_done(&sent.id, now).await.unwrap();
    for message in [leased, released, sent] {
        let number = message.of.order().unwrap().as_uuid().as_u128();
        let late = world.decide(number, WANG_WEI, Decision::Cancel, DAY).await;
        assert_eq!(late, DecideOutcome::AlreadySent);
    }
    let number = sent.of.order().unwrap().as_uuid().as_u128();
    world.bank("s", number, BankEvent::Submitted, DAY).await;
    let late = world.decide(number, LI_NA, Decision::Cancel, DAY).await;
    assert_eq!(late, DecideOutcome::AlreadySent);
    assert_eq!(world.open("B-4").await, 100);
    // The bank speaks of one that never reached it.
    let strange = world.bank("x", 4, BankEvent::Booked, DAY).await;
    assert!(
        matches!(strange, wattkey_store::BankEventOutcome::Contradiction(_)),
        "{strange:?}"
    );
    world.assert_sound().await;
}

/// At the same moment on two platforms: either it is handed out or it is cancelled.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn cancelled_against_a_lease_at_the_same_moment() {
    let names: Vec<_> = (1..=12).map(|number| format!("B-{number}")).collect();
    let bills: Vec<_> = names.iter().map(|name| (name.as_str(), 100)).collect();
    let world = World::new(&bills).await;
    let other = world.place.open();
    let now = noon(DAY);
    for (number, name) in (1..).zip(&names) {
        world.pay(number, &[name], DAY).await;
        let decided = world.decision(number, LI_NA, Decision::Cancel, DAY).await;
        let (lease, cancel): (&Store, &Store) = if number % 2 == 0 {
            (&world.store, &other)
        } else {
            (&other, &world.store)
        };
        let (leased, cancelled) =
            tokio::join!(lease.outbox_next(now, 60), cancel.decide_order(decided));
        match (leased.unwrap(), cancelled.unwrap()) {
            (Some(message), DecideOutcome::AlreadySent) => {
                assert_eq!(message.of.order(), Some(order_id(number)));
                world.store.outbox_done(&message.id, now).await.unwrap();
            }
            (None, DecideOutcome::Moved(posted)) => {
                assert_eq!(posted.state, OrderState::Cancelled);
            }
            other => panic!("{other:?}"),
        }
    }
    drop(other);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_scheduled_collection_waits_for_its_day() {
    let world = World::new(&[("B-1", 10_000)]).await;
    let day = "2026-09-10";
    let mut order = world.order(1, &["B-1"], noon(DAY)).await;
    order.execute = Some(day.parse().unwrap());
    let morning: Timestamp = "2026-09-09T16:00:00Z".parse().unwrap();
    order.message.as_mut().unwrap().not_before = Some(morning);
    // The penalty of today is not that of its day.
    let early = world.accept(order.clone()).await;
    assert!(
        matches!(early, AcceptOutcome::QuoteMismatch { penalty, .. } if penalty == cny(200)),
        "{early:?}"
    );
    order.bills[0].penalty = cny(200);
    let taken = world.accept(order).await;
    assert!(matches!(taken, AcceptOutcome::Accepted(_)), "{taken:?}");
    let second = jiff::SignedDuration::from_secs(1);
    let next = |at| world.store.outbox_next(at, 60);
    assert_eq!(next(morning - second).await.unwrap(), None);
    assert!(next(morning).await.unwrap().is_some());
    let record = world
        .store
        .order(CUSTOMER, order_id(1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(record.execute, Some(day.parse().unwrap()));
    world.assert_sound().await;
}

#[tokio::test]
async fn a_scheduled_collection_is_approved_and_cancelled_like_others() {
    let world = World::new(&[("B-1", 10_000), ("B-2", 10_000)]).await;
    for (number, bill) in [(1, "B-1"), (2, "B-2")] {
        let mut order = prepared(&world, number, bill).await;
        order.execute = Some("2026-08-21".parse().unwrap());
        awaiting(&world.accept(order).await);
    }
    // Not after the end of its own day.
    let end: Timestamp = "2026-08-21T16:00:00Z".parse().unwrap();
    assert_eq!(lapses(&world, 1).await, Some(end));
    for number in [1, 2] {
        let mut decided = world
            .decision(number, WANG_WEI, Decision::Approve, DAY)
            .await;
        let morning = noon("2026-08-21");
        decided.message.as_mut().unwrap().not_before = Some(morning);
        let outcome = world.store.decide_order(decided).await.unwrap();
        assert_eq!(moved(&outcome), OrderState::Accepted);
    }
    let cancelled = world.decide(1, WANG_WEI, Decision::Cancel, DAY).await;
    assert_eq!(moved(&cancelled), OrderState::Cancelled);
    let next = world
        .store
        .outbox_next(noon("2026-08-21"), 60)
        .await
        .unwrap();
    assert_eq!(next.unwrap().of.order(), Some(order_id(2)));
    assert_eq!(world.open("B-1").await, 10_000);
    world.assert_sound().await;
}

#[tokio::test]
async fn the_limit_of_a_day() {
    let world = World::new(&[("B-1", 60), ("B-2", 40), ("B-3", 1), ("B-4", 40)]).await;
    limits(&world, Some(100), Some(30)).await;
    let used = |day: &str| {
        let quoting = std::sync::Arc::clone(&world.quoting);
        world.store.user_limits(LI_NA, noon(day), quoting)
    };
    awaiting(&world.pay(1, &["B-1"], DAY).await);
    awaiting(&world.pay(2, &["B-2"], DAY).await);
    let exceeded = AcceptOutcome::LimitExceeded {
        limit: cny(100),
        used: cny(100),
    };
    assert_eq!(world.pay(3, &["B-3"], DAY).await, exceeded);
    let limits = used(DAY).await.unwrap();
    assert_eq!(
        (limits.day, limits.alone, limits.used),
        (Some(100), Some(30), 100)
    );
    // What came to nothing does not count; what was returned did move money.
    world.decide(2, WANG_WEI, Decision::Refuse, DAY).await;
    assert_eq!(used(DAY).await.unwrap().used, 60);
    world.decide(1, WANG_WEI, Decision::Approve, DAY).await;
    world.bank("c-1", 1, BankEvent::Booked, DAY).await;
    world.bank("r-1", 1, BankEvent::Returned, DAY).await;
    assert_eq!(used(DAY).await.unwrap().used, 60);
    let mut over = world.part(4, "B-4", 40, DAY).await;
    over.deposit = Some(wattkey_store::AcceptDeposit {
        account: "C-1".parse().unwrap(),
        amount: cny(1),
    });
    let refused = world.accept(over.clone()).await;
    assert!(
        matches!(refused, AcceptOutcome::LimitExceeded { .. }),
        "{refused:?}"
    );
    over.deposit = None;
    awaiting(&world.accept(over).await);
    // Another user, a transfer, and the next day are no part of it.
    let mut other = world.order(5, &["B-3"], noon(DAY)).await;
    other.user = WANG_WEI;
    let other = world.accept(other).await;
    assert!(matches!(other, AcceptOutcome::Accepted(_)), "{other:?}");
    let mut transfer = world.order(6, &["B-2"], noon(DAY)).await;
    transfer.source = FundsSource::Transfer {
        creditor_reference: wattkey_domain::CreditorReference::for_order(&order_id(6)),
    };
    transfer.message = None;
    let transfer = world.accept(transfer).await;
    assert!(
        matches!(transfer, AcceptOutcome::Accepted(_)),
        "{transfer:?}"
    );
    assert_eq!(used("2026-08-21").await.unwrap().used, 0);
    let tomorrow = world.pay(7, &["B-2"], "2026-08-21").await;
    awaiting(&tomorrow);
    world.assert_sound().await;
}

/// Two platforms, one user, one moment: the limit holds for both together.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_limit_of_a_day_on_two_platforms() {
    let names: Vec<_> = (1..=12).map(|number| format!("B-{number}")).collect();
    let bills: Vec<_> = names.iter().map(|name| (name.as_str(), 100)).collect();
    let world = World::new(&bills).await;
    limits(&world, Some(450), None).await;
    let other = world.place.open();
    let mut callers = Vec::new();
    for (number, name) in (1..).zip(&names) {
        let order = signed(world.order(number, &[name], noon(DAY)).await);
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
            AcceptOutcome::Accepted(_) => won += 1,
            AcceptOutcome::LimitExceeded { limit, used } => {
                assert_eq!((limit, used), (cny(450), cny(400)));
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(won, 4);
    drop(other);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_message_id_that_is_taken_is_refused_at_the_approval() {
    let world = World::new(&[("B-1", 100), ("B-2", 100)]).await;
    world.pay(1, &["B-1"], DAY).await;
    awaiting(&world.accept(prepared(&world, 2, "B-2").await).await);
    let mut decided = world.decision(2, WANG_WEI, Decision::Approve, DAY).await;
    let taken = format!("WK{}", order_id(1).as_uuid().simple());
    decided.message = Some(message(&taken));
    assert!(world.store.decide_order(decided).await.is_err());
    assert_eq!(world.state(2).await, OrderState::AwaitingApproval);
    let approved = world.decide(2, WANG_WEI, Decision::Approve, DAY).await;
    assert_eq!(moved(&approved), OrderState::Accepted);
    world.assert_sound().await;
}
