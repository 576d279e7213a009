//! Checkpoints of the journal, signed by the receipt key.

use wattkey_store::Store;

use super::world::World;
use crate::answer::chain;
use crate::binding_log::HeadFile;
use crate::checkpoints::{audit, check, make};
use crate::metrics::ready;

fn file(world: &World) -> HeadFile {
    HeadFile::of_checkpoints(world.folder.path(), world.pki.services.anchor())
}

pub(crate) fn tamper(world: &World, statements: &str) {
    let path = world.folder.path().join("books.sqlite");
    let raw = rusqlite::Connection::open(path).unwrap();
    raw.pragma_update(None, "foreign_keys", false).unwrap();
    let triggers = "SELECT name FROM sqlite_schema WHERE type = 'trigger'";
    let mut triggers = raw.prepare(triggers).unwrap();
    let names = triggers
        .query_map([], |row| row.get::<_, String>(0))
        .unwrap();
    let names: Vec<_> = names.collect::<Result<_, _>>().unwrap();
    for name in names {
        raw.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    raw.execute_batch(statements).unwrap();
}

async fn problems(store: &Store, file: &HeadFile) -> Vec<String> {
    audit(store, file).await.unwrap().problems
}

#[tokio::test]
async fn a_checkpoint_is_signed_and_kept() {
    let world = World::new().await;
    let file = file(&world);
    assert_eq!(make(&world.app, &file).await.unwrap(), Some(1));
    // Nothing was posted since.
    assert_eq!(make(&world.app, &file).await.unwrap(), None);
    let audited = audit(&world.app.store, &file).await.unwrap();
    assert_eq!(
        (audited.signed, audited.unsigned, audited.kept),
        (1, 0, Some(1))
    );
    assert_eq!(audited.problems, Vec::<String>::new());
}

/// Somebody who has the database and not the card takes the journal back.
#[tokio::test]
async fn a_journal_that_was_cut_or_written_anew_is_found() {
    for (statements, words) in [
        (
            "DELETE FROM checkpoint_heads; DELETE FROM checkpoints",
            "another one or none",
        ),
        (
            "UPDATE checkpoints SET digest = zeroblob(32)",
            "another one or none",
        ),
        (
            "UPDATE checkpoints SET digest = zeroblob(32)",
            "the signature is of another one",
        ),
        ("UPDATE checkpoints SET jws = 'a.b.c'", "checkpoint 1: "),
    ] {
        let world = World::new().await;
        let file = file(&world);
        make(&world.app, &file).await.unwrap();
        tamper(&world, statements);
        let problems = problems(&world.app.store, &file).await;
        assert!(
            problems.iter().any(|problem| problem.contains(words)),
            "{statements}: {problems:?}"
        );
    }
}

#[tokio::test]
async fn a_kept_checkpoint_of_another_service_is_refused() {
    let (world, other) = (World::new().await, World::new().await);
    make(&other.app, &file(&other)).await.unwrap();
    make(&world.app, &file(&world)).await.unwrap();
    for name in std::fs::read_dir(other.folder.path()).unwrap() {
        let path = name.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name == "checkpoint.jws" || name.starts_with("receipt-") {
            std::fs::copy(&path, world.folder.path().join(name)).unwrap();
        }
    }
    assert_eq!(problems(&world.app.store, &file(&world)).await.len(), 1);
}

/// What was cut off is not signed again under the old number, and the kept one stays as it was.
#[tokio::test]
async fn no_checkpoint_is_made_on_top_of_others_than_the_kept_one() {
    for (statements, words) in [
        (
            "DELETE FROM checkpoint_heads; DELETE FROM checkpoints",
            "another one or none",
        ),
        (
            "UPDATE checkpoints SET digest = zeroblob(32)",
            "another one or none",
        ),
        (
            "INSERT INTO checkpoints (sequence, previous, digest, at) VALUES (2, zeroblob(32), zeroblob(32), 1)",
            "checkpoint 2 in the database is not signed",
        ),
        (
            "INSERT INTO checkpoints (sequence, previous, digest, at) VALUES (3, zeroblob(32), zeroblob(32), 1)",
            "another one or none",
        ),
    ] {
        let world = World::new().await;
        let (file, path) = (file(&world), world.folder.path().join("checkpoint.jws"));
        make(&world.app, &file).await.unwrap();
        let kept = std::fs::read(&path).unwrap();
        assert_eq!(unmet(&world).await, Vec::<String>::new());
        tamper(&world, statements);
        let order = world.order(1, &["B-1"]).await;
        let signed = world.li_na.sign_order(&order);
        assert_eq!(world.post(&world.li_na, &signed).await.status, 201);
        for _ in 0..2 {
            let error = make(&world.app, &file).await.unwrap_err();
            assert!(chain(&error).contains(words), "{statements}: {error}");
        }
        assert_eq!(std::fs::read(&path).unwrap(), kept);
        assert_eq!(unmet(&world).await, ["checkpoints"]);
        assert!(check(&world.app.store, &file).await.is_err());
    }
}

/// As between two platforms, or after a crash before the last one was kept.
#[tokio::test]
async fn the_database_may_be_ahead_of_the_kept_one() {
    let world = World::new().await;
    let (file, path) = (file(&world), world.folder.path().join("checkpoint.jws"));
    make(&world.app, &file).await.unwrap();
    let kept = std::fs::read(&path).unwrap();
    for (number, bill) in [(1, "B-1"), (2, "B-2")] {
        let order = world.order(number, &[bill]).await;
        let signed = world.li_na.sign_order(&order);
        assert_eq!(world.post(&world.li_na, &signed).await.status, 201);
        std::fs::write(&path, &kept).unwrap();
        let made = make(&world.app, &file).await.unwrap();
        assert_eq!(made, Some(u64::try_from(number).unwrap() + 1));
    }
    assert_eq!(
        problems(&world.app.store, &file).await,
        Vec::<String>::new()
    );
}

/// Names of what the operators' listener says is not met.
async fn unmet(world: &World) -> Vec<String> {
    let conditions = ready(std::sync::Arc::clone(&world.app))().await;
    let unmet = conditions.into_iter().filter(|one| one.met.is_err());
    unmet.map(|one| one.name.to_string()).collect()
}
