use rusqlite::params;

use crate::StoreError;
use crate::digest::sha256;
use crate::outcome::{AppendOutcome, BindingHead, BindingStep};
use crate::read::bindings;
use crate::write::Batch;

pub(crate) fn append(batch: &Batch<'_>, step: &BindingStep) -> Result<AppendOutcome, StoreError> {
    let connection = batch.connection();
    let head = bindings::head(connection)?;
    if step.sequence != head.sequence + 1 {
        return Ok(AppendOutcome::OutOfSequence(head));
    }
    let digest = sha256(step.jws.as_bytes());
    connection
        .prepare_cached("INSERT INTO binding_steps (sequence, jws, digest) VALUES (?1, ?2, ?3)")?
        .execute(params![step.sequence, step.jws, digest])?;
    Ok(AppendOutcome::Appended(BindingHead {
        sequence: step.sequence,
        digest,
    }))
}
