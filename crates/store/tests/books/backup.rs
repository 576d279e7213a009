//! Copies of the books: made while they are in use, proven, and never over anything.

use std::os::unix::fs::PermissionsExt as _;

use wattkey_store::backup::{BackupError, backup, restore};

use crate::place::Place;
use crate::world::{World, noon};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_has_what_was_answered_before_it() {
    let world = World::new(&[("B-1", 10_000), ("B-2", 500)]).await;
    world.pay(1, &["B-1"], "2026-09-01").await;
    let folder = tempfile::tempdir().unwrap();
    let (file, again) = (folder.path().join("copy"), folder.path().join("again"));
    let (books, empty) = (world.place.location(), Place::new());
    let report = {
        let file = file.clone();
        let made = tokio::task::spawn_blocking(move || backup(&books, &file));
        // The books go on meanwhile.
        world.pay(2, &["B-2"], "2026-09-01").await;
        made.await.unwrap().unwrap()
    };
    assert!(report.orders == 1 || report.orders == 2);
    let left: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .flatten()
        .collect();
    assert_eq!(left.len(), 1, "{left:?}");
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{mode:o}");

    let (from, to) = (file.clone(), empty.location());
    let restored = tokio::task::spawn_blocking(move || restore(&from, &to))
        .await
        .unwrap();
    assert!(restored.unwrap().orders >= 1);
    let store = empty.open();
    let order = world.order(3, &["B-2"], noon("2026-09-01")).await;
    assert!(store.verify().await.unwrap().is_sound());
    drop(order);

    // Never over books, and never over a file.
    for (from, to) in [
        (file.clone(), empty.location()),
        (file.clone(), world.place.location()),
    ] {
        let refused = tokio::task::spawn_blocking(move || restore(&from, &to))
            .await
            .unwrap();
        assert!(
            matches!(refused, Err(BackupError::Occupied(_))),
            "{refused:?}"
        );
    }
    let books = world.place.location();
    let refused = tokio::task::spawn_blocking({
        let (books, file) = (books.clone(), file.clone());
        move || backup(&books, &file)
    });
    let refused = refused.await.unwrap();
    assert!(
        matches!(refused, Err(BackupError::Occupied(_))),
        "{refused:?}"
    );
    // What cannot be copied leaves nothing behind.
    let nowhere = folder.path().join("no/such/folder");
    let failed = tokio::task::spawn_blocking({
        let books = books.clone();
        move || backup(&books, &nowhere)
    });
    assert!(failed.await.unwrap().is_err());

    // Books that are not whole give no copy.
    world
        .place
        .tamper("UPDATE bills SET open_minor = 7 WHERE id = 'B-1'");
    let refused = tokio::task::spawn_blocking({
        let again = again.clone();
        move || backup(&books, &again)
    });
    let refused = refused.await.unwrap();
    assert!(
        matches!(refused, Err(BackupError::Unsound { .. })),
        "{refused:?}"
    );
    assert!(!again.exists());
}
