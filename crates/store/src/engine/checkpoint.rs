use wattkey_domain::journal::ChainHead;

use super::{Decide, Wanted, Working};
use crate::StoreError;
use crate::checkpoint::{Checkpoint, CheckpointSaved};
use crate::outcome::JournalPosition;

impl Decide for Checkpoint {
    type Pending = CheckpointSaved;
    type Answer = CheckpointSaved;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.checkpoint = true;
        let heads = self.heads.iter().map(|head| (head.process, head.sequence));
        wanted.links.extend(heads);
    }

    fn decide(&self, working: &mut Working) -> Result<CheckpointSaved, StoreError> {
        let last = working.checkpoint;
        if (self.sequence, self.previous) != (last.sequence + 1, last.digest) {
            return Ok(CheckpointSaved::Overtaken(last));
        }
        // They were read before, by a reader, and signed meanwhile: they must be there now, where
        // this transaction's commit proves them.
        let is_there = |head: &ChainHead| {
            working.links.get(&(head.process, head.sequence)) == Some(&head.link)
        };
        if !self.heads.iter().all(is_there) {
            return Err(StoreError::Corrupt(format!(
                "checkpoint {} covers links that are not in the journal any more",
                self.sequence
            )));
        }
        working.touch();
        working.rows.checkpoint(self);
        working.checkpoint = self.head();
        Ok(CheckpointSaved::Saved(working.checkpoint))
    }

    fn finish(saved: CheckpointSaved, _: Option<&JournalPosition>) -> CheckpointSaved {
        saved
    }
}
