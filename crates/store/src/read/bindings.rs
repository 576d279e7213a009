use crate::StoreError;
use crate::database::{DatabaseError, Session};
use crate::outcome::{BindingHead, BindingStep};

pub(crate) fn head(session: &mut dyn Session) -> Result<BindingHead, DatabaseError> {
    let row = session.query_one(
        "SELECT sequence, digest FROM binding_steps ORDER BY sequence DESC LIMIT 1",
        &[],
    )?;
    row.map_or(Ok(BindingHead::EMPTY), |row| {
        Ok(BindingHead {
            sequence: row.count(0)?,
            digest: row.array(1)?,
        })
    })
}

pub(crate) fn after(
    session: &mut dyn Session,
    sequence: u64,
    limit: u32,
) -> Result<Vec<BindingStep>, StoreError> {
    let rows = session.query(
        "SELECT sequence, jws FROM binding_steps WHERE sequence > $1 ORDER BY sequence LIMIT $2",
        &[sequence.into(), limit.into()],
    )?;
    let steps = rows.iter().map(|row| {
        Ok(BindingStep {
            sequence: row.count(0)?,
            jws: row.string(1)?,
        })
    });
    steps.collect()
}
