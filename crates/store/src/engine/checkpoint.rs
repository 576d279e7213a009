use super::{Decide, Wanted, Working};
use crate::StoreError;
use crate::checkpoint::{Checkpoint, CheckpointSaved};
use crate::outcome::JournalPosition;

impl Decide for Checkpoint {
    type Pending = CheckpointSaved;
    type Answer = CheckpointSaved;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.checkpoint = true;
    }

    fn decide(&self, working: &mut Working) -> Result<CheckpointSaved, StoreError> {
        let last = working.checkpoint;
        if (self.sequence, self.previous) != (last.sequence + 1, last.digest) {
            return Ok(CheckpointSaved::Overtaken(last));
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
