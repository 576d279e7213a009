//! Checkpoints of the journal: what they cover, and what they find.

use crate::place::Place;
use crate::world::{World, noon};
use wattkey_domain::BankEvent;
use wattkey_store::{Checkpoint, CheckpointSaved, StoreError};

async fn draft(world: &World) -> Option<Checkpoint> {
    let drafted = world.store.draft_checkpoint(noon("2026-09-03")).await;
    drafted.unwrap()
}

async fn checkpoint(world: &World) -> Checkpoint {
    let mut checkpoint = draft(world).await.unwrap();
    checkpoint.jws = Some(format!("checkpoint.{}.signature", checkpoint.sequence));
    let saved = world.store.save_checkpoint(checkpoint.clone()).await;
    assert_eq!(saved.unwrap(), CheckpointSaved::Saved(checkpoint.head()));
    checkpoint
}

#[tokio::test]
async fn a_checkpoint_covers_every_chain_that_grew() {
    let world = World::new(&[("B-1", 100), ("B-2", 200)]).await;
    let first = checkpoint(&world).await;
    assert_eq!((first.sequence, first.previous), (1, [0; 32]));
    assert_eq!(first.heads.len(), 1);
    assert_eq!(draft(&world).await, None);

    let other = world.place.open();
    let order = world.order(1, &["B-1"], noon("2026-09-01")).await;
    other.accept_order(order).await.unwrap();
    let second = checkpoint(&world).await;
    assert_eq!(second.previous, first.digest());
    let processes: Vec<_> = second.heads.iter().map(|head| head.process).collect();
    assert_eq!(processes, [other.process()]);

    world.pay(2, &["B-2"], "2026-09-01").await;
    world.bank("c-1", 1, BankEvent::Booked, "2026-09-02").await;
    let third = draft(&world).await.unwrap();
    assert_eq!(third.heads.len(), 1);
    // What was imported is in the same chain, or in one of the importer's own.
    assert_eq!(third.heads[0].sequence, 3 - Place::IMPORTS_APART);
    // Two platforms make one at the same moment.
    let saved = other.save_checkpoint(third.clone()).await.unwrap();
    assert_eq!(saved, CheckpointSaved::Saved(third.head()));
    let late = world.store.save_checkpoint(third.clone()).await.unwrap();
    assert_eq!(late, CheckpointSaved::Overtaken(third.head()));

    let kept = world.store.checkpoints_after(1, 10).await.unwrap();
    let numbers: Vec<_> = kept.iter().map(|kept| kept.head.sequence).collect();
    assert_eq!(numbers, [2, 3]);
    assert_eq!(kept[0].jws.as_deref(), Some("checkpoint.2.signature"));
    assert_eq!(kept[1].jws, None);
    let report = world.store.verify().await.unwrap();
    assert!(report.is_sound(), "{:#?}", report.findings);
    assert_eq!(
        (report.checkpoints, report.checkpoint),
        (3, Some(third.head()))
    );
}

#[tokio::test]
async fn what_a_checkpoint_covers_cannot_be_changed() {
    for (statements, words) in [
        (
            "UPDATE journal SET link = zeroblob(32) WHERE sequence = 2",
            "is not the one that was there",
        ),
        (
            "DELETE FROM journal WHERE sequence = 2",
            "is not the one that was there",
        ),
        (
            "UPDATE checkpoint_heads SET sequence = sequence + 1 WHERE checkpoint = 1",
            "does not have its digest",
        ),
        (
            "UPDATE checkpoints SET at = at + 1 WHERE sequence = 1",
            "does not have its digest",
        ),
        (
            "UPDATE checkpoints SET digest = zeroblob(32) WHERE sequence = 1",
            "does not continue the one before it",
        ),
        (
            "DELETE FROM checkpoint_heads WHERE checkpoint = 2",
            "does not have its digest",
        ),
        (
            "DELETE FROM checkpoints WHERE sequence = 1",
            "a checkpoint before it is missing",
        ),
        (
            "DELETE FROM checkpoints WHERE sequence = 2",
            "checkpoint 2: it is missing",
        ),
    ] {
        let world = World::new(&[("B-1", 100), ("B-2", 200)]).await;
        world.pay(1, &["B-1"], "2026-09-01").await;
        checkpoint(&world).await;
        world.pay(2, &["B-2"], "2026-09-01").await;
        checkpoint(&world).await;
        let place: &Place = &world.place;
        place.tamper(statements);
        let report = world.store.verify().await.unwrap();
        let findings: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
        assert!(
            findings.iter().any(|finding| finding.contains(words)),
            "{statements}: {findings:#?}"
        );
    }
}

/// The heads are read first and signed; what became of the journal meanwhile is not passed over.
#[tokio::test]
async fn links_that_went_before_the_checkpoint_is_kept_are_missed() {
    let world = World::new(&[("B-1", 100)]).await;
    let drafted = draft(&world).await.unwrap();
    world.place.tamper("UPDATE journal SET link = zeroblob(32)");
    let saved = world.store.save_checkpoint(drafted).await;
    assert!(matches!(saved, Err(StoreError::Corrupt(_))), "{saved:?}");
    assert_eq!(world.store.checkpoints_after(0, 1).await.unwrap(), []);
}

#[tokio::test]
async fn a_checkpoint_is_never_changed() {
    let world = World::new(&[("B-1", 100)]).await;
    checkpoint(&world).await;
    for statement in [
        "UPDATE checkpoints SET jws = NULL",
        "DELETE FROM checkpoints",
        "UPDATE checkpoint_heads SET sequence = 9",
        "DELETE FROM checkpoint_heads",
        "UPDATE locks SET name = 'x'",
        "DELETE FROM locks",
    ] {
        assert!(world.place.try_sql(statement).is_err(), "{statement}");
    }
    world.assert_sound().await;
}
