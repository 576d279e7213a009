use super::wanted::Bindings;
use super::{Decide, Wanted, Working};
use crate::StoreError;
use crate::digest::sha256;
use crate::outcome::{AppendOutcome, BindingHead, BindingStep, JournalPosition};

impl Decide for BindingStep {
    type Pending = AppendOutcome;
    type Answer = AppendOutcome;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.bindings(Bindings::Append);
    }

    fn decide(&self, working: &mut Working) -> Result<AppendOutcome, StoreError> {
        let head = working.bindings;
        if self.sequence != head.sequence + 1 {
            return Ok(AppendOutcome::OutOfSequence(head));
        }
        if self.jws.contains('\0') {
            let step = self.sequence;
            let what = format!("binding step {step}: it has a NUL, which no database keeps");
            return Err(StoreError::Refused(what));
        }
        let digest = sha256(self.jws.as_bytes());
        working.touch();
        working.rows.binding_step(self, digest);
        working.bindings = BindingHead {
            sequence: self.sequence,
            digest,
        };
        Ok(AppendOutcome::Appended(working.bindings))
    }

    fn finish(outcome: AppendOutcome, _: Option<&JournalPosition>) -> AppendOutcome {
        outcome
    }
}
