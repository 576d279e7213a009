//! What is done with a staged file: checked, rehearsed, taken in, acknowledged.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use wattkey_domain::{AccountId, BillId, Currency};
use wattkey_failpoint::failpoint;
use wattkey_pki::Digest;
use wattkey_protocol::file::{
    Acknowledgement, FileError, Import, ImportCounts, ImportState, JournalPlace, Progress, Totals,
};
use wattkey_protocol::problem::{Problem, ProblemType};
use wattkey_store::{FileOutcome, ImportError, ImportReport, KeptFile, NumberedFile};

use super::reader::{self, Expected, FileRecords};
use super::staging::Staged;
use crate::answer::{Answer, Refusal, chain, store_fault};
use crate::app::App;

/// What is done with a staged file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Work {
    /// Nothing yet.
    #[default]
    None,
    /// It is being read and rehearsed.
    Checking,
    /// It can be taken in.
    Checked(Box<Checked>),
    /// It is being taken in.
    Committing,
    /// It cannot be taken in as it is.
    Bad(Vec<FileError>),
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// What the file holds.
    pub totals: Totals,
    /// What it would do.
    pub counts: ImportCounts,
    bills: BTreeSet<BillId>,
    deposits: BTreeSet<(AccountId, Currency)>,
}

/// What a person asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// To read and rehearse the file.
    Check,
    /// To take it in.
    Commit,
}

impl Work {
    /// Whether something is under way.
    #[must_use]
    pub fn is_running(&self) -> bool {
        matches!(self, Self::Checking | Self::Committing)
    }
}

/// Begins the work, unless it is under way. What comes of it is seen in [`view`].
///
/// # Errors
/// `file-content`, while chunks are missing.
pub fn start(app: &Arc<App>, staged: &Arc<Staged>, task: Task) -> Answer<()> {
    if !staged.is_complete() {
        let next = staged.upload().next;
        return Err(content(format!("chunk {next} is missing")));
    }
    let before = {
        let mut work = staged.work();
        if work.is_running() {
            return Ok(());
        }
        let running = match task {
            Task::Check => Work::Checking,
            Task::Commit => Work::Committing,
        };
        std::mem::replace(&mut *work, running)
    };
    let (app, staged) = (Arc::clone(app), Arc::clone(staged));
    tokio::spawn(async move {
        // What panics must not leave it running for ever.
        let job = tokio::spawn(run(app, Arc::clone(&staged), task, before));
        let done = job.await.unwrap_or_else(|error| {
            tracing::error!(%error, "the work on a file was broken off");
            Work::Bad(vec![whole(
                "the work was broken off: see the platform's log",
            )])
        });
        *staged.work() = done;
    });
    Ok(())
}

async fn run(app: Arc<App>, staged: Arc<Staged>, task: Task, before: Work) -> Work {
    let expected = reader::expected(&staged);
    staged.progress.store(0, Ordering::Relaxed);
    let checked = match (task, before) {
        (Task::Commit, Work::Checked(checked)) => *checked,
        _ => match read(&staged, &expected).await {
            Ok(checked) => checked,
            Err(errors) => return Work::Bad(errors),
        },
    };
    let (bills, deposits) = (checked.bills.clone(), checked.deposits.clone());
    let records = FileRecords::new(Expected::clone(&expected), bills, deposits);
    let (records, progress) = (Box::new(records), Arc::clone(&staged.progress));
    let file = numbered(&staged);
    let (key, now) = (staged.key(), app.now());
    let outcome = match task {
        Task::Check => {
            let store = &app.store;
            store.rehearse_file(file, records, progress, now).await
        }
        Task::Commit => app.store.import_file(file, records, progress, now).await,
    };
    match outcome {
        Ok(FileOutcome::Taken { file, report }) => {
            let (source, number) = (&key.0, key.1);
            let posted = report.posted;
            tracing::info!(%source, number, posted, "a file was taken in");
            finish(&app, &staged, &file).await;
            Work::None
        }
        Ok(FileOutcome::Exists(file)) => {
            finish(&app, &staged, &file).await;
            Work::None
        }
        Ok(FileOutcome::Rehearsed { report, faults }) if faults.is_empty() => {
            Work::Checked(Box::new(Checked {
                counts: counts(&report),
                ..checked
            }))
        }
        Ok(FileOutcome::Rehearsed { faults, .. }) => Work::Bad(faults.iter().map(fault).collect()),
        Err(error) => Work::Bad(vec![fault(&error)]),
    }
}

async fn read(staged: &Arc<Staged>, expected: &Arc<Expected>) -> Result<Checked, Vec<FileError>> {
    let (staged, expected) = (Arc::clone(staged), Arc::clone(expected));
    let pass = tokio::task::spawn_blocking(move || reader::pass(&expected, &staged.progress));
    let broken = |error: &(dyn std::error::Error + 'static)| vec![whole(chain(error))];
    let pass = pass.await.map_err(|error| broken(&error))?;
    let pass = pass.map_err(|error| broken(&error))?;
    if !pass.errors.is_empty() {
        return Err(pass.errors);
    }
    Ok(Checked {
        totals: pass.totals,
        counts: ImportCounts::default(),
        bills: pass.bills,
        deposits: pass.deposits,
    })
}

/// The books have it: it is acknowledged, and what was staged is of no more use.
async fn finish(app: &Arc<App>, staged: &Arc<Staged>, file: &KeptFile) {
    failpoint!("platform.file-taken");
    // The failure is in the log; it is signed when it is asked for.
    let _ = acknowledgement(app, file).await;
    failpoint!("platform.file-acknowledged");
    let (app, key) = (Arc::clone(app), staged.key());
    // It is still marked as being worked on.
    *staged.work() = Work::None;
    let discarded = tokio::task::spawn_blocking(move || app.files.staging.discard(&key)).await;
    match discarded {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::warn!(error = chain(&error), "a staged file stays"),
        Err(error) => tracing::warn!(%error, "a staged file stays"),
    }
}

/// The acknowledgement of a file: signed once, and the same ever after.
///
/// # Errors
/// `internal`, when the card does not sign or the database fails.
pub async fn acknowledgement(app: &Arc<App>, kept: &KeptFile) -> Answer<String> {
    let jws = match &kept.acknowledgement {
        Some(jws) => jws.clone(),
        None => sign(app, kept).await?,
    };
    // Also what is there already: only what a commit of our own proves is handed out.
    app.store
        .acknowledge_import(kept.file.source.clone(), kept.file.number, jws)
        .await
        .map_err(store_fault)
}

async fn sign(app: &Arc<App>, kept: &KeptFile) -> Answer<String> {
    let document = document(kept)?;
    let key = app.receipts.clone();
    let sign = move || document.sign(&*key.signer, key.certificate.thumbprint());
    tokio::task::spawn_blocking(sign)
        .await
        .map_err(|error| Refusal::fault("signing an acknowledgement was broken off", &error))?
        .map_err(|error| Refusal::fault("the receipt key did not sign", &error))
}

fn document(kept: &KeptFile) -> Answer<Acknowledgement> {
    let file = &kept.file;
    Ok(Acknowledgement {
        source: file.source.clone(),
        number: file.number,
        digest: Digest::from_bytes(file.digest),
        records: file.records,
        totals: totals(&file.totals)?,
        taken: kept.taken,
        journal: Some(JournalPlace {
            process: kept.journal.process,
            sequence: kept.journal.sequence,
            link: Digest::from_bytes(kept.journal.link),
        }),
    })
}

/// Totals as the books keep them.
pub(super) fn totals(text: &str) -> Answer<Totals> {
    serde_json::from_str(text)
        .map_err(|error| Refusal::fault("totals in the books cannot be read", &error))
}

/// A staged file, as it is shown.
#[must_use]
pub fn view(staged: &Staged) -> Import {
    let work = staged.work().clone();
    let upload = staged.upload();
    let (source, number) = staged.key();
    let mut view = Import {
        source,
        number,
        digest: staged.signature.digest,
        records: staged.header.records,
        state: ImportState::Uploading,
        upload: Some(upload),
        progress: None,
        totals: None,
        report: None,
        errors: Vec::new(),
        taken: None,
    };
    let progress = || Progress {
        done: staged.progress.load(Ordering::Relaxed),
        of: staged.header.records,
    };
    match work {
        Work::None if upload.next < upload.chunks => {}
        Work::None => view.state = ImportState::Uploaded,
        Work::Checking => {
            view.state = ImportState::Checking;
            view.progress = Some(progress());
        }
        Work::Committing => {
            view.state = ImportState::Committing;
            view.progress = Some(progress());
        }
        Work::Checked(checked) => {
            view.state = ImportState::Checked;
            view.totals = Some(checked.totals);
            view.report = Some(checked.counts);
        }
        Work::Bad(errors) => {
            view.state = ImportState::Bad;
            view.errors = errors;
        }
    }
    view
}

/// A file that is in the books, as it is shown.
///
/// # Errors
/// `internal`, when what is kept cannot be read.
pub fn view_of_kept(kept: &KeptFile) -> Answer<Import> {
    let file = &kept.file;
    let source = file.source.parse();
    let source = source.map_err(|error| Refusal::fault("the books name no source", &error))?;
    Ok(Import {
        source,
        number: file.number,
        digest: Digest::from_bytes(file.digest),
        records: file.records,
        state: ImportState::Taken,
        upload: None,
        progress: None,
        totals: Some(totals(&file.totals)?),
        report: None,
        errors: Vec::new(),
        taken: Some(kept.taken),
    })
}

/// The number does not fit.
#[must_use]
pub fn number_refused(error: &ImportError) -> Option<Refusal> {
    let problem = Problem::new(ProblemType::FileNumber).detail(error.to_string());
    match error {
        ImportError::Gap { expected } => Some(problem.with("expected", *expected).into()),
        ImportError::NumberTaken { digest } => {
            let digest = Digest::from_bytes(*digest).to_string();
            Some(problem.with("digest", digest).into())
        }
        _ => None,
    }
}

/// `file-content`, with its reason.
#[must_use]
pub fn content(reason: impl Into<String>) -> Refusal {
    let reason = reason.into();
    Problem::new(ProblemType::FileContent)
        .with("reason", reason.as_str())
        .detail(reason)
        .into()
}

fn numbered(staged: &Staged) -> NumberedFile {
    let header = &staged.header;
    NumberedFile {
        source: header.source.to_string(),
        number: header.number,
        digest: *staged.signature.digest.as_bytes(),
        records: header.records,
        totals: serde_json::to_string(&header.totals).expect("texts and numbers are JSON"),
        signature: staged.request.signature.clone(),
    }
}

fn counts(report: &ImportReport) -> ImportCounts {
    ImportCounts {
        added: report.added,
        unchanged: report.unchanged,
        replaced: report.replaced,
        posted: report.posted,
        surpluses: report.surpluses,
    }
}

/// An error of the books; the header is the line before the first record.
fn fault(error: &ImportError) -> FileError {
    if error.index().is_none() {
        tracing::warn!(error = chain(error), "a file was not taken in");
    }
    FileError {
        line: error.index().map_or(0, |index| index as u64 + 2),
        field: error.field().map(str::to_owned),
        problem: chain(error),
    }
}

fn whole(problem: impl Into<String>) -> FileError {
    FileError {
        line: 0,
        field: None,
        problem: problem.into(),
    }
}
