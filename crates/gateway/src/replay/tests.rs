use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use super::*;

const NOW: i64 = 1_700_000_000;

fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

fn id(n: u32) -> [u8; 32] {
    *wattkey_pki::Digest::of(&n.to_be_bytes()).as_bytes()
}

fn record(n: u32) -> Record {
    Record {
        id: id(n),
        keep_until: NOW + 100,
    }
}

struct Place {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("replay");
    Place {
        _folder: folder,
        path,
    }
}

/// A file with `count` records, written one flush each.
fn written(count: u32) -> Place {
    let place = place();
    let (mut file, _) = ReplayFile::open(&place.path, NOW).unwrap();
    for n in 0..count {
        file.append(&[record(n)], NOW).unwrap();
    }
    place
}

fn reopened(place: &Place) -> Result<Vec<Record>, ReplayFileError> {
    ReplayFile::open(&place.path, NOW).map(|(_, records)| records)
}

#[tokio::test]
async fn a_restart_opens_no_gap() {
    let place = place();
    let store = ReplayStore::open(&place.path, now()).unwrap();
    assert_eq!(store.reserve(id(1), NOW + 100, NOW), Replay::Fresh);
    assert_eq!(store.reserve(id(1), NOW + 100, NOW), Replay::Seen);
    store.record(id(1), NOW + 100, NOW).await.unwrap();
    // Reserved only: a crash before the record forgets it, and nothing was forwarded.
    assert_eq!(store.reserve(id(2), NOW + 100, NOW), Replay::Fresh);
    drop(store);

    let store = ReplayStore::open(&place.path, now()).unwrap();
    assert_eq!(store.reserve(id(1), NOW + 100, NOW), Replay::Seen);
    assert_eq!(store.reserve(id(2), NOW + 100, NOW), Replay::Fresh);
}

#[tokio::test]
async fn what_is_over_is_not_read_back() {
    let place = written(3);
    let late = Timestamp::from_second(NOW + 101).unwrap();
    assert!(ReplayStore::open(&place.path, late).unwrap().is_empty());
    assert_eq!(ReplayStore::open(&place.path, now()).unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_are_all_on_disk() {
    let place = place();
    let store = Arc::new(ReplayStore::open(&place.path, now()).unwrap());
    let tasks: Vec<_> = (0..500)
        .map(|n| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.record(id(n), NOW + 100, NOW).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    // A second reader sees them before the writer ends: they were flushed, not kept back.
    assert_eq!(reopened(&place).unwrap().len(), 500);
}

#[test]
fn every_torn_end_is_cut_off() {
    let full = fs::read(&written(3).path).unwrap();
    for length in full.len() - 2 * 48..full.len() {
        let place = place();
        fs::write(&place.path, &full[..length]).unwrap();
        let whole = (length - (full.len() - 3 * 48)) / 48;
        let (mut file, records) = ReplayFile::open(&place.path, NOW).unwrap();
        assert_eq!(records.len(), whole, "{length}");
        file.append(&[record(9)], NOW).unwrap();
        assert_eq!(reopened(&place).unwrap().len(), whole + 1, "{length}");
    }
}

#[test]
fn a_torn_batch_of_zeros_is_cut_off() {
    let place = written(2);
    let mut bytes = fs::read(&place.path).unwrap();
    bytes.extend([0; 5 * 48 + 7]);
    fs::write(&place.path, &bytes).unwrap();
    assert_eq!(reopened(&place).unwrap(), [record(0), record(1)]);
}

#[test]
fn damage_elsewhere_is_refused() {
    let place = written(3);
    let good = fs::read(&place.path).unwrap();
    for at in [good.len() - 3 * 48, good.len() - 2 * 48 + 47] {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        fs::write(&place.path, &bytes).unwrap();
        assert!(
            matches!(reopened(&place), Err(ReplayFileError::Damaged { .. })),
            "{at}"
        );
    }
    // More than one batch cannot have been torn by one crash.
    let mut bytes = good.clone();
    bytes.extend(vec![0; (MAX_BATCH + 1) * 48]);
    fs::write(&place.path, &bytes).unwrap();
    assert!(matches!(
        reopened(&place),
        Err(ReplayFileError::Damaged { .. })
    ));

    fs::write(&place.path, &good[1..]).unwrap();
    assert!(matches!(
        reopened(&place),
        Err(ReplayFileError::Header { .. })
    ));
    fs::write(&place.path, b"").unwrap();
    assert!(matches!(
        reopened(&place),
        Err(ReplayFileError::Header { .. })
    ));
}

#[test]
fn the_file_does_not_grow_for_ever() {
    let place = place();
    let (mut file, _) = ReplayFile::open(&place.path, NOW).unwrap();
    let mut longest = 0;
    for round in 0..200_u32 {
        let now = NOW + i64::from(round) * 10;
        let batch: Vec<_> = (0..250)
            .map(|n| Record {
                id: id(round * 250 + n),
                keep_until: now + 100,
            })
            .collect();
        file.append(&batch, now).unwrap();
        longest = longest.max(fs::metadata(&place.path).unwrap().len());
    }
    assert!(longest < 24_000 * 48, "{longest}");
    let last = NOW + 199 * 10;
    let (_, records) = ReplayFile::open(&place.path, last).unwrap();
    assert_eq!(
        records.len(),
        11 * 250,
        "what is not over survives compaction"
    );
}

#[test]
fn a_failed_write_is_an_error_and_the_next_one_heals_it() {
    let place = written(1);
    let (mut file, _) = ReplayFile::open(&place.path, NOW).unwrap();
    file.refuse_writing().unwrap();
    assert!(file.append(&[record(5)], NOW).is_err());
    file.append(&[record(6)], NOW).unwrap();
    assert_eq!(reopened(&place).unwrap(), [record(0), record(6)]);
}
