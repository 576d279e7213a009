//! Checkpoints of the journal (PROTOCOL.md, section 13): made every few minutes, signed with the
//! receipt key, the last one kept outside the database.
//!
//! | order of durable writes | after a crash in between |
//! | --- | --- |
//! | 1. the checkpoint, in the database | it is ahead of the kept one: accepted |
//! | 2. its signature, in the state folder | — |

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::watch;
use wattkey_pki::Digest;
use wattkey_store::{CheckpointHead, CheckpointSaved, Store, StoreError};

use crate::answer::chain;
use crate::app::App;
use crate::binding_log::{Head, HeadError, HeadFile};

/// Time between two checkpoints, when something was posted.
const EVERY: Duration = Duration::from_secs(300);
/// Checkpoints that are read at once.
const AT_ONCE: u32 = 500;

/// Why no checkpoint was made. The next one covers what this one would have covered.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The books.
    #[error("the books failed")]
    Store(#[from] StoreError),
    /// The signature, or the file that keeps it.
    #[error("the checkpoint cannot be signed and kept")]
    Head(#[from] HeadError),
    /// The kept one is not in the database, or another one is in its place.
    #[error(
        "checkpoint {sequence} was signed and kept, and the database has another one or none: the journal was cut or written anew, or brought back from a backup"
    )]
    Cut {
        /// Number of the kept one.
        sequence: u64,
    },
    /// One after the kept one was not signed by a platform.
    #[error("checkpoint {sequence} in the database is not signed as a platform signs")]
    Unsigned {
        /// Which.
        sequence: u64,
        /// What is wrong with its signature; nothing, when it has none or that of another one.
        #[source]
        source: Option<HeadError>,
    },
    /// The thread that signs was broken off.
    #[error("signing was broken off")]
    Thread(#[from] tokio::task::JoinError),
}

/// What was found about the checkpoints beyond what the books say of themselves.
#[derive(Debug, Default)]
pub struct Audit {
    /// Whose signatures are good.
    pub signed: u64,
    /// Without a signature, or signed by a platform whose certificate is not in the state folder.
    pub unsigned: u64,
    /// Number of the last one that this platform signed and kept.
    pub kept: Option<u64>,
    /// What is wrong.
    pub problems: Vec<String>,
}

/// Makes checkpoints until it is told to stop.
pub async fn run(app: Arc<App>, file: HeadFile, mut stopped: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            // An error means that the sender is gone: stop as well.
            _ = stopped.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        if let Err(error) = make(&app, &file).await {
            tracing::error!(
                error = chain(&error),
                "no checkpoint of the journal was made"
            );
        }
    }
}

/// Makes a checkpoint, when something was posted since the last one; its number.
///
/// # Errors
/// See [`CheckpointError`].
pub async fn make(app: &Arc<App>, file: &HeadFile) -> Result<Option<u64>, CheckpointError> {
    let draft = app.store.draft_checkpoint(app.now()).await?;
    let checked = check(&app.store, file).await;
    let refused = &app.metrics.checkpoints_refused;
    match &checked {
        Err(CheckpointError::Store(_) | CheckpointError::Thread(_)) => {}
        checked => refused.store(checked.is_err(), Ordering::Relaxed),
    }
    let (last, Some(mut checkpoint)) = (checked?, draft) else {
        return Ok(None);
    };
    if let Some(last) = last {
        if checkpoint.sequence <= last.sequence {
            // Another platform made one meanwhile.
            return Ok(None);
        }
        if (checkpoint.sequence, checkpoint.previous)
            != (last.sequence + 1, *last.digest.as_bytes())
        {
            refused.store(true, Ordering::Relaxed);
            let sequence = last.sequence;
            return Err(CheckpointError::Cut { sequence });
        }
    }
    let (head, key) = (as_head(&checkpoint.head()), app.receipts.clone());
    let signer = file.clone();
    let jws = tokio::task::spawn_blocking(move || signer.sign(head, &key)).await??;
    checkpoint.jws = Some(jws.clone());
    match app.store.save_checkpoint(checkpoint).await? {
        CheckpointSaved::Saved(saved) => {
            let (keeper, key) = (file.clone(), app.receipts.clone());
            tokio::task::spawn_blocking(move || keeper.keep(&jws, &key)).await??;
            tracing::debug!(sequence = saved.sequence, "checkpoint of the journal");
            Ok(Some(saved.sequence))
        }
        // Another platform made one: ours covers the rest, next time.
        CheckpointSaved::Overtaken(_) => Ok(None),
    }
}

/// Whether the checkpoints of the database go on from the one that is kept: it is there, and each
/// after it is signed. The last of them; `None` when none is kept. A signature of another platform,
/// whose certificate is not here, says nothing to this one: that platform has its own kept one.
///
/// # Errors
/// [`CheckpointError::Cut`], [`CheckpointError::Unsigned`], and when something cannot be read.
pub async fn check(store: &Store, file: &HeadFile) -> Result<Option<Head>, CheckpointError> {
    let reader = file.clone();
    let kept = tokio::task::spawn_blocking(move || reader.read()).await??;
    let Some(kept) = kept.map(|kept| kept.head) else {
        return Ok(None);
    };
    let sequence = kept.sequence;
    let mut last = None;
    loop {
        let after = last.map_or(sequence.saturating_sub(1), |last: Head| last.sequence);
        let page = store.checkpoints_after(after, AT_ONCE).await?;
        if page.is_empty() {
            return match last {
                None => Err(CheckpointError::Cut { sequence }),
                last => Ok(last),
            };
        }
        let verifier = file.clone();
        let followed = move || {
            page.into_iter().try_fold(last, |last, one| {
                let head = as_head(&one.head);
                let follows = match last {
                    None => head == kept,
                    Some(last) => head.sequence == last.sequence + 1,
                };
                if !follows {
                    return Err(CheckpointError::Cut { sequence });
                }
                signed(&verifier, head, one.jws.as_deref())?;
                Ok(Some(head))
            })
        };
        last = tokio::task::spawn_blocking(followed).await??;
    }
}

fn signed(file: &HeadFile, head: Head, jws: Option<&str>) -> Result<(), CheckpointError> {
    let sequence = head.sequence;
    let source = match jws.map(|jws| file.verify(jws)) {
        Some(Ok(signed)) if signed.head == head => return Ok(()),
        Some(Err(HeadError::File { .. })) => return Ok(()),
        Some(Err(error)) => Some(error),
        None | Some(Ok(_)) => None,
    };
    Err(CheckpointError::Unsigned { sequence, source })
}

/// Compares the checkpoints of the database with their signatures and with the one that is kept.
///
/// # Errors
/// When the database cannot be read.
pub async fn audit(store: &Store, file: &HeadFile) -> Result<Audit, StoreError> {
    let mut audit = Audit::default();
    let kept = match file.read() {
        Ok(kept) => kept.map(|kept| kept.head),
        Err(error) => {
            audit.problems.push(chain(&error));
            None
        }
    };
    audit.kept = kept.map(|kept| kept.sequence);
    let (mut after, mut is_there) = (0, kept.is_none());
    loop {
        let checkpoints = store.checkpoints_after(after, AT_ONCE).await?;
        let Some(last) = checkpoints.last() else {
            break;
        };
        after = last.head.sequence;
        for checkpoint in checkpoints {
            let head = as_head(&checkpoint.head);
            is_there |= kept == Some(head);
            match checkpoint.jws.map(|jws| file.verify(&jws)) {
                Some(Ok(signed)) if signed.head == head => audit.signed += 1,
                None | Some(Err(HeadError::File { .. })) => audit.unsigned += 1,
                Some(Ok(_)) => {
                    let problem = "the signature is of another one";
                    audit.find(head, problem);
                }
                Some(Err(error)) => audit.find(head, &chain(&error)),
            }
        }
    }
    if let Some(kept) = kept.filter(|_| !is_there) {
        let problem = "it was signed and kept, and the database has another one or none: the journal was cut or written anew";
        audit.find(kept, problem);
    }
    Ok(audit)
}

impl Audit {
    fn find(&mut self, head: Head, problem: &str) {
        let number = head.sequence;
        self.problems
            .push(format!("checkpoint {number}: {problem}"));
    }
}

fn as_head(checkpoint: &CheckpointHead) -> Head {
    Head {
        sequence: checkpoint.sequence,
        digest: Digest::from_bytes(checkpoint.digest),
    }
}
