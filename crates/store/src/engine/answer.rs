//! Answering the calls of a batch, while the next one is begun.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Builder, Scope};

use super::call::{Call, Committed};
use super::working::Working;
use crate::outcome::JournalPosition;

/// Batches that may wait to be answered.
const WAITING: usize = 4;

/// A batch that is durable, and what it worked on, which takes as long to free.
type Batch = (Vec<Box<dyn Call>>, Option<JournalPosition>, Working);

/// The thread that answers; the engine itself where there is none.
pub(super) struct Answers(Option<SyncSender<Batch>>);

impl Answers {
    /// Starts the thread. It ends when this is gone and all are answered.
    pub(super) fn start<'scope>(scope: &'scope Scope<'scope, '_>) -> Self {
        let (batches, waiting) = sync_channel::<Batch>(WAITING);
        let started = Builder::new()
            .name("store-answers".to_owned())
            .spawn_scoped(scope, move || {
                for (calls, position, _working) in waiting {
                    answer(calls, &Ok(position));
                }
            });
        Self(started.ok().map(|_| batches))
    }

    /// Has the calls of a batch answered that is durable.
    pub(super) fn give(
        &self,
        calls: Vec<Box<dyn Call>>,
        position: Option<JournalPosition>,
        working: Working,
    ) {
        let batch = (calls, position, working);
        let left = match &self.0 {
            Some(batches) => batches.send(batch).map_err(|error| error.0).err(),
            None => Some(batch),
        };
        if let Some((calls, position, _)) = left {
            answer(calls, &Ok(position));
        }
    }
}

/// Answers calls, one after the other.
pub(super) fn answer(calls: Vec<Box<dyn Call>>, committed: &Committed) {
    for call in calls {
        call.answer(committed);
    }
}
