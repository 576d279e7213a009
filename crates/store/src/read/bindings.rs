use rusqlite::{Connection, OptionalExtension as _, params};

use crate::StoreError;
use crate::digest::sha256;
use crate::outcome::{BindingHead, BindingStep};

pub(crate) fn head(connection: &Connection) -> Result<BindingHead, StoreError> {
    let head = connection
        .prepare_cached(
            "SELECT sequence, digest FROM binding_steps ORDER BY sequence DESC LIMIT 1",
        )?
        .query_row([], |row| {
            Ok(BindingHead {
                sequence: row.get(0)?,
                digest: row.get(1)?,
            })
        })
        .optional()?;
    Ok(head.unwrap_or_else(|| BindingHead {
        sequence: 0,
        digest: sha256(b""),
    }))
}

pub(crate) fn after(
    connection: &Connection,
    sequence: u64,
    limit: u32,
) -> Result<Vec<BindingStep>, StoreError> {
    let steps = connection
        .prepare_cached(
            "SELECT sequence, jws FROM binding_steps WHERE sequence > ?1 ORDER BY sequence LIMIT ?2",
        )?
        .query_map(params![sequence, limit], |row| {
            Ok(BindingStep {
                sequence: row.get(0)?,
                jws: row.get(1)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(steps)
}
