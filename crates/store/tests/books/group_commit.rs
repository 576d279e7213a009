//! Many callers, few commits; and one bill, many callers.

use std::collections::HashSet;
use std::sync::Arc;

use crate::place::Place;
use crate::world::{World, hex, message, noon, order_id};
use wattkey_store::AcceptOutcome;

const CALLERS: usize = 32;
const ROUNDS: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn callers_share_commits_and_are_answered_when_theirs_is_durable() {
    let names: Vec<_> = (0..CALLERS * ROUNDS).map(|n| format!("B-{n}")).collect();
    let bills: Vec<_> = names.iter().map(|name| (name.as_str(), 10_000)).collect();
    let world = World::new(&bills).await;
    let before = world.store.counters();
    for round in 0..ROUNDS {
        // Made first, so that the callers come together also on a busy machine.
        let mut orders = Vec::new();
        for caller in 0..CALLERS {
            let number = round * CALLERS + caller;
            let bill = [names[number].as_str()];
            let order = world.order(number as u128 + 1, &bill, noon("2026-09-01"));
            orders.push(order.await);
        }
        let mut callers = Vec::new();
        for order in orders {
            let store = world.store.clone();
            let place = Arc::clone(&world.place);
            callers.push(tokio::spawn(async move {
                let id = order.order;
                let outcome = store.accept_order(order).await.unwrap();
                let AcceptOutcome::Accepted(posted) = outcome else {
                    panic!("{outcome:?}");
                };
                // Another connection sees it as soon as the answer is there.
                let link = format!(
                    "SELECT {} FROM journal JOIN order_events USING (process, sequence) WHERE order_id = '{id}'",
                    Place::HEX.replace("{}", "link")
                );
                let link = place.rows(&link);
                assert_eq!(link, [hex(&posted.journal.link)]);
            }));
        }
        for caller in callers {
            caller.await.unwrap();
        }
    }
    let after = world.store.counters();
    let (calls, commits) = (after.calls - before.calls, after.commits - before.commits);
    assert_eq!(calls, (CALLERS * ROUNDS) as u64);
    assert!(commits <= calls / 2, "{commits} commits for {calls} calls");
    let report = world.store.verify().await.unwrap();
    assert!(report.is_sound(), "{:#?}", report.findings);
    assert_eq!(report.orders, calls);
    // One link for the import, one for each commit.
    assert_eq!(report.links, commits + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_bill_is_paid_by_one_of_many() {
    let world = World::new(&[("B-1", 10_000), ("B-2", 10_000)]).await;
    let mut callers = Vec::new();
    for number in 1..=CALLERS as u128 {
        let bills: &[&str] = if number % 2 == 0 {
            &["B-1", "B-2"]
        } else {
            &["B-2", "B-1"]
        };
        let order = world.order(number, bills, noon("2026-09-01")).await;
        let store = world.store.clone();
        callers.push(tokio::spawn(async move {
            store.accept_order(order).await.unwrap()
        }));
    }
    let (mut winners, mut holders) = (Vec::new(), HashSet::new());
    for (number, caller) in (1..).zip(callers) {
        match caller.await.unwrap() {
            AcceptOutcome::Accepted(_) => winners.push(order_id(number)),
            AcceptOutcome::BillClaimed { order, .. } => {
                holders.insert(order);
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(winners.len(), 1);
    assert_eq!(holders.into_iter().collect::<Vec<_>>(), winners);
    world.assert_sound().await;
}

/// A refused neighbour leaves nothing behind, and takes nobody with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_failure_does_not_fail_its_neighbours() {
    let names: Vec<_> = (0..CALLERS).map(|n| format!("B-{n}")).collect();
    let bills: Vec<_> = names.iter().map(|name| (name.as_str(), 10_000)).collect();
    let world = World::new(&bills).await;
    let mut callers = Vec::new();
    for (number, name) in (1_u128..).zip(&names) {
        let mut order = world.order(number, &[name], noon("2026-09-01")).await;
        if number % 3 == 0 {
            // Fails at its last statement, after it has posted: the message id is taken.
            order.message = Some(message("WK"));
        }
        let store = world.store.clone();
        callers.push(tokio::spawn(async move { store.accept_order(order).await }));
    }
    let mut failed = 0;
    for caller in callers {
        match caller.await.unwrap() {
            Ok(AcceptOutcome::Accepted(_)) => {}
            Ok(other) => panic!("{other:?}"),
            Err(_) => failed += 1,
        }
    }
    // The first of the ten has the message id.
    assert_eq!(failed, 9);
    let report = world.store.verify().await.unwrap();
    assert!(report.is_sound(), "{:#?}", report.findings);
    assert_eq!(report.orders, CALLERS as u64 - 9);
}
