use crate::StoreError;
use crate::database::{DatabaseError, Row, Session};
use crate::outcome::{BindingHead, BindingStep};

/// The row that [`read_head`] reads, when there is one.
pub(crate) const HEAD: &str =
    "SELECT sequence, digest FROM binding_steps ORDER BY sequence DESC LIMIT 1";

pub(crate) fn read_head(row: Option<&Row>) -> Result<BindingHead, DatabaseError> {
    row.map_or(Ok(BindingHead::EMPTY), |row| {
        Ok(BindingHead {
            sequence: row.count(0)?,
            digest: row.array(1)?,
        })
    })
}

pub(crate) fn head(session: &mut dyn Session) -> Result<BindingHead, DatabaseError> {
    read_head(session.query_one(HEAD, &[])?.as_ref())
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
