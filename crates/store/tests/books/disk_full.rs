//! The disk is full: calls fail, nothing is half written, and it goes on when there is room again.

use wattkey_store::AcceptOutcome;

use crate::place::Place;
use crate::world::{CUSTOMER, World, bill_record, document, noon, order_id};

const DAY: &str = "2026-09-01";
/// More than a small disk has room for.
const BILLS: u128 = 1_500;
/// So many orders are taken in before.
const FULL_AFTER: u128 = 4;
/// Bills of an import that finds no room.
const MORE: usize = 2_000;

fn name(number: u128) -> String {
    format!("B-{number}")
}

#[tokio::test]
async fn a_full_disk_harms_nothing() {
    let Some((place, guard)) = Place::on_a_small_disk() else {
        return;
    };
    let names: Vec<_> = (1..=BILLS).map(name).collect();
    let bills: Vec<_> = names.iter().map(|name| (name.as_str(), 10_000)).collect();
    let world = World::at(place, &bills).await;
    let more = || (0..MORE).map(|n| bill_record(&document(&format!("M-{n}"), 100)));

    let mut told = 0;
    let mut refused = None;
    for number in 1..=BILLS {
        if number == FULL_AFTER {
            guard.disk().fill();
        }
        let order = world.order(number, &[&name(number)], noon(DAY)).await;
        match world.store.accept_order(order.clone()).await {
            Ok(AcceptOutcome::Accepted(_)) => told += 1,
            Ok(other) => panic!("{other:?}"),
            Err(error) => {
                println!("{told} orders, then: {error:?}");
                refused = Some((order, error));
                break;
            }
        }
    }
    let (refused, error) = refused.expect("the disk was never full");
    let failed = world.store.import(more().collect(), noon(DAY)).await;
    assert!(failed.is_err(), "{failed:?}");
    // What is there can be read.
    let order = world.store.order(CUSTOMER, order_id(1)).await.unwrap();
    assert!(order.is_some());

    guard.disk().free();
    // And is whole: nothing was written since.
    let report = world.store.verify().await.unwrap();
    assert!(report.is_sound(), "{:#?}", report.findings);
    assert_eq!(u128::from(report.bills), BILLS);
    if error.is_unknown() {
        assert!((told..=told + 1).contains(&report.orders));
    } else {
        assert_eq!(report.orders, told);
    }

    let outcome = world.store.accept_order(refused).await.unwrap();
    assert!(
        matches!(
            outcome,
            AcceptOutcome::Accepted(_) | AcceptOutcome::Exists(_)
        ),
        "{outcome:?}"
    );
    let imported = world.store.import(more().collect(), noon(DAY)).await;
    assert_eq!(imported.unwrap().added, MORE as u64);
    let report = world.store.verify().await.unwrap();
    assert!(report.is_sound(), "{:#?}", report.findings);
    assert_eq!(report.orders, told + 1);
}
