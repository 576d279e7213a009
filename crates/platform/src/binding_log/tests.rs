use std::convert::Infallible;
use std::future::{Ready, ready};

use tempfile::TempDir;

use super::*;
use crate::testing::{Pki, UsbKey, Writer, user};

/// A platform's log, the steps of its database, and the folder of its head.
struct Place {
    pki: Pki,
    folder: TempDir,
    receipt: ReceiptKey,
    manager: UsbKey,
    lost: UsbKey,
    writer: Writer,
}

impl Place {
    /// Steps: bind a manager, bind a user, unbind that user.
    fn new() -> Self {
        let pki = Pki::new();
        let (manager, lost) = (pki.manager_key("M1"), pki.user_key("U1"));
        let mut writer = Writer::new(&pki, &manager);
        writer.bind(&manager, user(7, 70), &lost);
        writer.unbind(&manager, &lost);
        let receipt = pki.receipt_key();
        Self {
            folder: tempfile::tempdir().unwrap(),
            receipt,
            pki,
            manager,
            lost,
            writer,
        }
    }

    fn file(&self) -> HeadFile {
        HeadFile::new(self.folder.path(), self.pki.services.anchor())
    }

    fn open(&self, has_steps: bool) -> Result<Arc<BindingLog>, LogError> {
        BindingLog::open(
            self.pki.rules(),
            self.file(),
            self.receipt.clone(),
            has_steps,
        )
        .map(Arc::new)
    }

    fn rows(&self) -> Vec<BindingStep> {
        let numbered = self.writer.steps.iter().zip(1..);
        numbered
            .map(|(step, sequence)| BindingStep {
                sequence,
                jws: step.as_str().to_owned(),
            })
            .collect()
    }

    /// As after a restart of the platform.
    async fn reopened(&self, rows: &[BindingStep]) -> Result<Arc<State>, LogError> {
        self.open(!rows.is_empty())?.refresh(database(rows)).await
    }
}

/// A database that answers two steps at a time.
fn database(
    rows: &[BindingStep],
) -> impl Fn(u64) -> Ready<Result<Vec<BindingStep>, Infallible>> + '_ {
    |from| {
        ready(Ok(rows
            .iter()
            .filter(|row| row.sequence >= from)
            .take(2)
            .cloned()
            .collect()))
    }
}

#[tokio::test]
async fn steps_are_followed_and_the_head_moves() {
    let place = Place::new();
    let rows = place.rows();
    let log = place.open(false).unwrap();
    assert_eq!(
        log.refresh(database(&[])).await.unwrap().head(),
        Head::none()
    );
    let state = log.refresh(database(&rows[..2])).await.unwrap();
    assert!(state.binding(&place.lost.authentication).is_some());
    assert_eq!(place.file().read().unwrap().unwrap().head, state.head());
    let state = log.refresh(database(&rows)).await.unwrap();
    assert!(state.binding(&place.lost.authentication).is_none());
    assert_eq!(place.file().read().unwrap().unwrap().head.sequence, 3);
    assert_eq!(
        log.refresh(database(&rows)).await.unwrap().head(),
        place.writer.head
    );
}

#[tokio::test]
async fn a_database_ahead_of_the_head_is_accepted_after_a_crash() {
    let place = Place::new();
    let rows = place.rows();
    place
        .open(false)
        .unwrap()
        .refresh(database(&rows[..1]))
        .await
        .unwrap();
    assert_eq!(place.reopened(&rows).await.unwrap().head().sequence, 3);
    assert_eq!(place.file().read().unwrap().unwrap().head.sequence, 3);
}

#[tokio::test]
async fn a_step_cut_off_is_noticed_running_and_after_a_restart() {
    let place = Place::new();
    let rows = place.rows();
    let log = place.open(false).unwrap();
    log.refresh(database(&rows)).await.unwrap();
    // The news that the key was lost is gone: the key must not work again.
    let error = log.refresh(database(&rows[..2])).await.unwrap_err();
    assert!(matches!(error, LogError::Behind { kept: 3, .. }), "{error}");
    let error = place.reopened(&rows[..2]).await.unwrap_err();
    assert!(
        matches!(error, LogError::Behind { kept: 3, found: 2 }),
        "{error}"
    );
    assert!(
        log.refresh(database(&rows)).await.is_ok(),
        "put right again"
    );
}

#[tokio::test]
async fn an_empty_database_under_a_head_is_noticed() {
    let place = Place::new();
    place
        .open(false)
        .unwrap()
        .refresh(database(&place.rows()))
        .await
        .unwrap();
    let error = place.reopened(&[]).await.unwrap_err();
    assert!(
        matches!(error, LogError::Behind { kept: 3, found: 0 }),
        "{error}"
    );
}

#[tokio::test]
async fn another_history_of_the_same_length_is_noticed() {
    let place = Place::new();
    let log = place.open(false).unwrap();
    log.refresh(database(&place.rows())).await.unwrap();
    // A manager's key could sign another third step; the head knows which one was there.
    let mut other = Writer::new(&place.pki, &place.manager);
    other.steps.clone_from(&place.writer.steps);
    other.steps.pop();
    other.head = Head {
        sequence: 2,
        digest: other.steps[1].digest(),
    };
    other.bind(&place.manager, user(8, 80), &place.pki.user_key("U2"));
    let rows = Place {
        writer: other,
        ..place
    };
    let changed = rows.rows();
    let error = log.refresh(database(&changed)).await.unwrap_err();
    assert!(
        matches!(error, LogError::Different { sequence: 3 }),
        "{error}"
    );
    let error = rows.reopened(&changed).await.unwrap_err();
    assert!(
        matches!(error, LogError::Different { sequence: 3 }),
        "{error}"
    );
}

#[tokio::test]
async fn an_altered_removed_or_reordered_step_is_noticed_after_a_restart() {
    let place = Place::new();
    let rows = place.rows();
    place
        .open(false)
        .unwrap()
        .refresh(database(&rows))
        .await
        .unwrap();

    let mut altered = rows.clone();
    let other = if &altered[1].jws[200..201] == "A" {
        "B"
    } else {
        "A"
    };
    altered[1].jws.replace_range(200..201, other);
    let mut removed = rows.clone();
    removed.remove(1);
    let mut reordered = rows.clone();
    reordered.swap(1, 2);
    for (name, rows) in [
        ("altered", altered),
        ("removed", removed),
        ("reordered", reordered),
    ] {
        let error = place.reopened(&rows).await.unwrap_err();
        assert!(matches!(error, LogError::Step { .. }), "{name}: {error}");
    }
}

#[tokio::test]
async fn an_invalid_step_appended_by_hand_stops_everything() {
    let place = Place::new();
    let rows = place.rows();
    let log = place.open(false).unwrap();
    log.refresh(database(&rows)).await.unwrap();
    let mut more = rows.clone();
    more.push(BindingStep {
        sequence: 4,
        jws: rows[1].jws.clone(),
    });
    let error = log.refresh(database(&more)).await.unwrap_err();
    assert!(
        matches!(error, LogError::Step { sequence: 4, .. }),
        "{error}"
    );
    assert_eq!(
        place.file().read().unwrap().unwrap().head.sequence,
        3,
        "the head stays"
    );
}

#[tokio::test]
async fn a_lost_or_forged_head_is_noticed() {
    let place = Place::new();
    let rows = place.rows();
    place
        .open(false)
        .unwrap()
        .refresh(database(&rows))
        .await
        .unwrap();
    let file = place.folder.path().join("binding-head.jws");
    std::fs::remove_file(&file).unwrap();
    assert!(matches!(
        place.reopened(&rows).await.unwrap_err(),
        LogError::NoHead
    ));
    let stranger = ReceiptKey {
        signer: place.pki.receipt_key().signer,
        ..place.receipt.clone()
    };
    place.file().write(Head::none(), &stranger).unwrap();
    assert!(matches!(
        place.reopened(&rows[..2]).await.unwrap_err(),
        LogError::Head(_)
    ));
}

#[test]
fn an_audit_changes_nothing_and_finds_the_same() {
    let place = Place::new();
    let rows = place.rows();
    let rules = place.pki.rules();
    let kept = place.writer.head;
    assert_eq!(
        audit(&rules, Some(kept), rows.clone()).unwrap().head(),
        kept
    );
    let cut = audit(&rules, Some(kept), rows[..2].to_vec()).unwrap_err();
    assert!(
        matches!(cut, LogError::Behind { kept: 3, found: 2 }),
        "{cut}"
    );
    assert!(matches!(
        audit(&rules, None, rows.clone()),
        Err(LogError::NoHead)
    ));
    let other = Head {
        digest: wattkey_pki::Digest::of(b"other"),
        ..kept
    };
    assert!(matches!(
        audit(&rules, Some(other), rows),
        Err(LogError::Different { sequence: 3 })
    ));
}
