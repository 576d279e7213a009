//! The binding log as the platform follows it (PROTOCOL.md, section 12).
//!
//! Each request asks the database for the step that is known to be the last, and for what came
//! after it: one look-up by index. New steps are verified and applied; anything else (the known
//! step gone or changed, a step that does not follow, a database behind the kept head) lets every
//! request fail until a person has looked.
//!
//! | order of durable writes | after a crash in between |
//! | --- | --- |
//! | 1. the step, in the database | the database is ahead of the head by valid steps: accepted |
//! | 2. the head, in the state folder | — |

mod head;
mod state;

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use wattkey_pki::Digest;
use wattkey_store::BindingStep;

pub use self::head::{HeadError, HeadFile, Kept, ReceiptKey};
pub use self::state::{Binding, Head, Refused, Rules, State};

/// The log of one platform process: the steps that it has verified, and the kept head.
#[derive(Debug)]
pub struct BindingLog {
    rules: Rules,
    file: HeadFile,
    key: ReceiptKey,
    state: RwLock<Arc<State>>,
    /// The head as the file has it; whoever moves the log forward holds this.
    kept: Mutex<Head>,
    /// Its number, for those who only look.
    kept_sequence: AtomicU64,
}

/// Why the log cannot be used. Nothing is served then.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The database could not be asked.
    #[error("the steps cannot be read")]
    Source(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Steps are missing at the end.
    #[error("the database has {found} steps, the kept head says {kept}: steps were removed")]
    Behind {
        /// Number of the last step of the kept head.
        kept: u64,
        /// Number of the last step in the database.
        found: u64,
    },
    /// A step is not the one that was verified before.
    #[error("step {sequence} is not the one that was there before")]
    Different {
        /// Its number.
        sequence: u64,
    },
    /// A step does not follow by the rules.
    #[error("step {sequence} of the database does not follow")]
    Step {
        /// Its number.
        sequence: u64,
        /// Why.
        #[source]
        source: Refused,
    },
    /// Steps, or orders, without a head: the state folder was emptied.
    #[error("the books are not new, but no head is kept: was the state folder lost?")]
    NoHead,
    /// The head cannot be read or written.
    #[error("the kept head cannot be used")]
    Head(#[from] HeadError),
}

impl BindingLog {
    /// Opens the log with its kept head; the steps are read at the first [`BindingLog::refresh`].
    ///
    /// # Errors
    /// When a head is there and does not verify, when the books are `used` (have steps, or orders)
    /// without a head, or when the first head cannot be written.
    pub fn open(
        rules: Rules,
        file: HeadFile,
        key: ReceiptKey,
        used: bool,
    ) -> Result<Self, LogError> {
        let kept = match file.read()? {
            Some(kept) if kept.signer == key.certificate.thumbprint() => kept.head,
            // The receipt key was renewed.
            Some(kept) => {
                file.write(kept.head, &key)?;
                kept.head
            }
            None if used => return Err(LogError::NoHead),
            None => {
                file.write(Head::none(), &key)?;
                Head::none()
            }
        };
        Ok(Self {
            rules,
            file,
            key,
            state: RwLock::new(Arc::new(State::default())),
            kept: Mutex::new(kept),
            kept_sequence: AtomicU64::new(kept.sequence),
        })
    }

    /// The rules that steps are measured against.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The bindings as of now. `steps(n)` gives steps from number `n` on, in order, as many as it
    /// likes but two at least if there are two.
    ///
    /// # Errors
    /// See [`LogError`].
    pub async fn refresh<F, E>(
        self: &Arc<Self>,
        steps: impl Fn(u64) -> F,
    ) -> Result<Arc<State>, LogError>
    where
        F: Future<Output = Result<Vec<BindingStep>, E>>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        loop {
            let state = self.current();
            let found = state.head().sequence;
            let rows = steps(found.max(1))
                .await
                .map_err(|error| LogError::Source(error.into()))?;
            if news(&state, &rows)?.is_empty() {
                let kept = self.kept_sequence.load(Ordering::Acquire);
                return if found < kept {
                    Err(LogError::Behind { kept, found })
                } else {
                    Ok(state)
                };
            }
            let log = Arc::clone(self);
            // Signing and writing the head block.
            tokio::task::spawn_blocking(move || log.advance(&rows))
                .await
                .map_err(|error| LogError::Source(error.into()))??;
        }
    }

    fn current(&self) -> Arc<State> {
        // The state is replaced whole: one who panicked left none half written.
        Arc::clone(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Verifies and applies what is new, one thread at a time, then moves the head.
    fn advance(&self, rows: &[BindingStep]) -> Result<(), LogError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let state = self.current();
        if rows
            .first()
            .is_some_and(|row| row.sequence != state.head().sequence.max(1))
        {
            // Another thread was faster.
            return Ok(());
        }
        let state = follow(
            State::clone(&state),
            &self.rules,
            news(&state, rows)?,
            *kept,
        )?;
        if state.head().sequence > kept.sequence {
            self.file.write(state.head(), &self.key)?;
            *kept = state.head();
            self.kept_sequence.store(kept.sequence, Ordering::Release);
        }
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(state);
        Ok(())
    }
}

/// What comes after the last known step; that one must be the first of `rows`, unchanged.
fn news<'r>(state: &State, rows: &'r [BindingStep]) -> Result<&'r [BindingStep], LogError> {
    let head = state.head();
    if head.sequence == 0 {
        return Ok(rows);
    }
    let Some((known, news)) = rows.split_first() else {
        return Err(LogError::Behind {
            kept: head.sequence,
            found: head.sequence - 1,
        });
    };
    if known.sequence != head.sequence || Digest::of(known.jws.as_bytes()) != head.digest {
        return Err(LogError::Different {
            sequence: head.sequence,
        });
    }
    Ok(news)
}

/// Applies steps, and compares the one that the kept head names with it on the way.
fn follow(
    mut state: State,
    rules: &Rules,
    steps: &[BindingStep],
    kept: Head,
) -> Result<State, LogError> {
    for step in steps {
        let sequence = step.sequence;
        state = state
            .apply(rules, &step.jws)
            .map_err(|source| LogError::Step { sequence, source })?;
        if state.head().sequence == kept.sequence && state.head() != kept {
            return Err(LogError::Different { sequence });
        }
    }
    Ok(state)
}

/// Verifies a whole log against a kept head, changing nothing; gives the state at its end.
///
/// # Errors
/// See [`LogError`].
pub fn audit(
    rules: &Rules,
    kept: Option<Head>,
    steps: impl IntoIterator<Item = BindingStep>,
) -> Result<State, LogError> {
    let mut state = State::default();
    for step in steps {
        let kept = kept.ok_or(LogError::NoHead)?;
        state = follow(state, rules, std::slice::from_ref(&step), kept)?;
    }
    let kept = kept.unwrap_or_else(Head::none).sequence;
    let found = state.head().sequence;
    if found < kept {
        Err(LogError::Behind { kept, found })
    } else {
        Ok(state)
    }
}

#[cfg(test)]
mod tests;
