use super::*;
use crate::database::migrations;
use crate::outcome::{AppendOutcome, BindingStep};
use crate::read::bindings;

fn location(folder: &tempfile::TempDir) -> Location {
    Location::Sqlite(folder.path().join("books.sqlite"))
}

fn start(location: &Location, prepare: &'static [&'static str]) -> Engine {
    let location = location.clone();
    let open = move || {
        let mut session = location.open()?;
        migrations::run(&mut *session)?;
        for statement in prepare {
            session.query(statement, &[])?;
        }
        Ok(session)
    };
    Engine::start(open, Uuid::from_u128(7)).unwrap()
}

/// A binding step that also gives its batch a link.
struct Step(BindingStep);

impl Decide for Step {
    type Pending = AppendOutcome;
    type Answer = AppendOutcome;

    fn wants(&self, wanted: &mut Wanted) {
        self.0.wants(wanted);
    }

    fn decide(&self, working: &mut Working) -> Result<AppendOutcome, StoreError> {
        let at = "2026-09-01T00:00:00Z".parse().unwrap();
        working.event(wattkey_domain::OrderState::Accepted, at, None);
        self.0.decide(working)
    }

    fn finish(outcome: AppendOutcome, _: Option<&JournalPosition>) -> AppendOutcome {
        outcome
    }
}

async fn append(
    engine: &Engine,
    sequence: u64,
    length: usize,
) -> Result<AppendOutcome, StoreError> {
    let jws = "x".repeat(length);
    engine.call(Step(BindingStep { sequence, jws })).await
}

/// A fault of ours.
struct Panic;

impl Decide for Panic {
    type Pending = ();
    type Answer = ();

    fn wants(&self, _: &mut Wanted) {}

    fn decide(&self, _: &mut Working) -> Result<(), StoreError> {
        panic!("a fault of ours")
    }

    fn finish((): (), _: Option<&JournalPosition>) {}
}

/// Whoever watches the engine learns of its end, and nobody waits for ever.
#[tokio::test]
async fn a_panic_ends_the_engine() {
    let folder = tempfile::tempdir().unwrap();
    let engine = start(&location(&folder), &[]);
    append(&engine, 1, 10).await.unwrap();
    let ended = engine.closed();
    let mut ended = std::pin::pin!(ended);
    tokio::select! {
        biased;
        () = &mut ended => panic!("the engine has ended by itself"),
        () = std::future::ready(()) => {}
    }

    let answer = engine.call(Panic).await;
    assert!(matches!(answer, Err(StoreError::Closed)), "{answer:?}");
    ended.await;
    let answer = append(&engine, 2, 10).await;
    assert!(matches!(answer, Err(StoreError::Closed)), "{answer:?}");
}

#[tokio::test]
async fn another_process_holds_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let location = location(&folder);
    let engine = start(&location, &["PRAGMA busy_timeout = 20"]);
    let mut other = location.open().unwrap();
    other.begin(Mode::Write).unwrap();
    let error = append(&engine, 1, 10).await.unwrap_err();
    assert!(error.is_busy(), "{error:?}");
    assert!(!StoreError::Closed.is_busy());
    other.rollback();
    append(&engine, 1, 10).await.unwrap();
}

/// A full disk refuses what does not fit, keeps what was answered, and the chain goes on.
#[tokio::test]
async fn a_full_disk() {
    let folder = tempfile::tempdir().unwrap();
    let location = location(&folder);
    drop(start(&location, &[]));
    let mut reader = location.open_reader().unwrap();
    let pages = reader.query_one("PRAGMA page_count", &[]).unwrap();
    let limit = pages.unwrap().int(0).unwrap() + 8;
    let limit = format!("PRAGMA max_page_count = {limit}").leak();
    let prepare: &'static [&'static str] = vec![&*limit].leak();
    let engine = start(&location, prepare);
    append(&engine, 1, 10).await.unwrap();

    let (big, small) = tokio::join!(append(&engine, 2, 1_000_000), append(&engine, 2, 10));
    assert!(matches!(big, Err(StoreError::Batch(_))), "{big:?}");
    // The batch is cut, so the small one has room.
    assert!(matches!(small, Ok(AppendOutcome::Appended(head)) if head.sequence == 2));

    append(&engine, 3, 10).await.unwrap();
    drop(engine);
    assert_eq!(bindings::head(&mut *reader).unwrap().sequence, 3);
    let report = crate::verify::verify(&mut *reader).unwrap();
    assert!(report.is_sound(), "{:#?}", report.findings);
    assert_eq!(
        (report.chains, report.binding_steps, report.links),
        (1, 3, 3)
    );
}

/// A call that has changed something before it fails takes nobody with it.
#[tokio::test]
async fn a_late_failure_leaves_no_trace() {
    struct Late;

    impl Decide for Late {
        type Pending = ();
        type Answer = ();

        fn wants(&self, wanted: &mut Wanted) {
            wanted.bindings(wanted::Bindings::Append);
        }

        fn decide(&self, working: &mut Working) -> Result<(), StoreError> {
            let (sequence, jws) = (working.bindings.sequence + 1, "late".to_owned());
            BindingStep { sequence, jws }.decide(working)?;
            Err(StoreError::Refused("late".to_owned()))
        }

        fn finish((): (), _: Option<&JournalPosition>) {}
    }

    let folder = tempfile::tempdir().unwrap();
    let engine = start(&location(&folder), &[]);
    let (before, late, after) = tokio::join!(
        append(&engine, 1, 10),
        engine.call(Late),
        append(&engine, 2, 10)
    );
    assert!(
        matches!(before, Ok(AppendOutcome::Appended(_))),
        "{before:?}"
    );
    assert!(matches!(late, Err(StoreError::Refused(_))), "{late:?}");
    assert!(matches!(after, Ok(AppendOutcome::Appended(_))), "{after:?}");
}
