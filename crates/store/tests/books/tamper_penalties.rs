//! Penalties that the rules do not give, in books that are whole: every sum and every link of the
//! chain is as if they were right.

use std::sync::Arc;

use crate::disputes::dispute;
use crate::transfers::{credit, ordered};
use crate::world::{World, cny, order_id, penalties_of};
use wattkey_domain::{FormerRules, PenaltyHistory, PenaltyRules, Quoting};
use wattkey_store::{AcceptOutcome, BankEventOutcome, DisputeTaken};

/// Twice the rates.
fn doubled(quoting: &Quoting) -> Arc<Quoting> {
    Arc::new(Quoting {
        rules: PenaltyRules {
            daily_ppm: quoting.rules.daily_ppm * 2,
            ..quoting.rules
        },
        time_zone: quoting.time_zone.clone(),
    })
}

async fn opened(world: &World, number: u128, bill: (&str, i64), amount: i64, day: &str) {
    let new = dispute(world, number, bill, amount, day);
    let taken = world.store.open_dispute(new).await.unwrap();
    assert_eq!(taken, DisputeTaken::Kept);
}

async fn pays_part(world: &World, number: u128, bill: &str, principal: i64, day: &str) {
    let outcome = world.accept(world.part(number, bill, principal, day).await);
    let outcome = outcome.await;
    assert!(matches!(outcome, AcceptOutcome::Accepted(_)), "{outcome:?}");
}

/// Two orders, of which one is about a bill in dispute, and a credit; all of ten or twenty days.
async fn paid(world: &World) {
    ordered(world, 3, &["B-3"]).await;
    opened(world, 1, ("B-2", 100_000), 40_000, "2026-09-11").await;
    world.pay(1, &["B-1"], "2026-09-10").await;
    // Half of what nobody disputes, all that is left.
    pays_part(world, 2, "B-2", 30_000, "2026-09-20").await;
    pays_part(world, 4, "B-2", 70_000, "2026-09-20").await;
    let report = credit(world, "c-1", 3, cny(10_200), "2026-09-10");
    let outcome = world.store.apply_bank_event(report).await.unwrap();
    assert!(
        matches!(outcome, BankEventOutcome::Credited { .. }),
        "{outcome:?}"
    );
}

const BILLS: [(&str, i64); 3] = [("B-1", 100_000), ("B-2", 100_000), ("B-3", 100_000)];

#[tokio::test]
async fn penalties_that_no_rule_gives_are_found_in_whole_books() {
    let mut world = World::new(&BILLS).await;
    let right = Arc::clone(&world.quoting);
    world.quoting = doubled(&right);
    paid(&world).await;
    // Nothing else is wrong.
    world.assert_sound().await;
    let mut found = penalties_of(&world.store, &right).await;
    found.sort();
    let mut wanted = vec![
        format!(
            "order {}: its penalty of bill B-1 is 4000, the rules give 2000",
            order_id(1)
        ),
        format!(
            "order {}: its penalty of bill B-2 is 2400, the rules give 1200",
            order_id(2)
        ),
        // What nobody disputes for twenty days, the rest for ten.
        format!(
            "order {}: its penalty of bill B-2 is 4000, the rules give 2000",
            order_id(4)
        ),
        "credit c-1: its penalty of bill B-3 is 392, the rules give 196".to_owned(),
    ];
    wanted.sort();
    assert_eq!(found, wanted);
}

#[tokio::test]
async fn each_day_has_its_own_rates() {
    let mut world = World::new(&BILLS).await;
    let right = Arc::clone(&world.quoting);
    world.quoting = doubled(&right);
    pays_part(&world, 1, "B-1", 10_000, "2026-09-10").await;
    world.quoting = Arc::clone(&right);
    pays_part(&world, 2, "B-1", 10_000, "2026-09-20").await;
    for (until, sound) in [
        ("2026-09-09", false),
        ("2026-09-10", true),
        ("2026-09-20", true),
        ("2026-09-21", false),
    ] {
        let former = FormerRules {
            until: until.parse().unwrap(),
            rules: doubled(&right).rules,
        };
        let rates = PenaltyHistory::new(right.rules, vec![former]);
        let found = world
            .store
            .verify_penalties(rates, right.time_zone.clone())
            .await
            .unwrap();
        assert_eq!(found.is_empty(), sound, "{until}: {found:?}");
    }
}

/// The days of a dispute are in no link and in no signature.
#[tokio::test]
async fn a_dispute_that_was_moved_is_found() {
    let world = World::new(&BILLS).await;
    paid(&world).await;
    world.assert_sound().await;
    let (right, place) = (Arc::clone(&world.quoting), Arc::clone(&world.place));
    let World { store, .. } = world;
    drop(store);
    for (statements, words) in [
        (
            "UPDATE disputes SET day = '2026-09-01'",
            "its days are not those on which it came",
        ),
        (
            "UPDATE disputes SET day = '2026-09-01'",
            "its penalty of bill B-2 is 2000, the rules give",
        ),
        (
            "UPDATE disputes SET at = at + 864000",
            "its days are not those on which it came",
        ),
        (
            "DELETE FROM disputes",
            "its penalty of bill B-2 is 2000, the rules give",
        ),
        (
            "UPDATE order_bills SET penalty = penalty - 1 WHERE bill = 'B-1'",
            "its penalty of bill B-1 is 1999, the rules give 2000",
        ),
    ] {
        let copy = place.copy();
        copy.tamper(statements);
        let found = penalties_of(&copy.open(), &right).await;
        let is_found = found.iter().any(|finding| finding.contains(words));
        assert!(is_found, "{statements}: {found:#?}");
    }
}
