use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::outcome::OutboxMessage;
use crate::write::Batch;
use crate::{StoreError, row};

/// The longest lease. One that ends later was given before the clock was set back: it counts for
/// nothing, so that its message does not wait for the clock to catch up.
const MAX_LEASE_S: u32 = 600;

/// Whether no message waits: asked of a reader, so that an idle sender costs no commits.
pub(crate) fn is_idle(connection: &Connection, now: Timestamp) -> Result<bool, StoreError> {
    let waits = connection
        .prepare_cached(
            "SELECT 1 FROM outbox WHERE sent IS NULL
             AND (leased_until IS NULL OR leased_until NOT BETWEEN ?1 + 1 AND ?1 + ?2)",
        )?
        .exists(params![now.as_second(), MAX_LEASE_S])?;
    Ok(!waits)
}

pub(crate) fn next(
    batch: &Batch<'_>,
    now: Timestamp,
    lease_s: u32,
) -> Result<Option<OutboxMessage>, StoreError> {
    let message = batch
        .connection()
        .prepare_cached(
            "UPDATE outbox SET leased_until = ?1 + ?2, attempts = attempts + 1 WHERE id = (
                 SELECT id FROM outbox
                 WHERE sent IS NULL
                 AND (leased_until IS NULL OR leased_until NOT BETWEEN ?1 + 1 AND ?1 + ?3)
                 ORDER BY created, id LIMIT 1)
             RETURNING id, order_id, body, attempts",
        )?
        .query_row(
            params![now.as_second(), lease_s.min(MAX_LEASE_S), MAX_LEASE_S],
            |row| {
                Ok(OutboxMessage {
                    id: row.get(0)?,
                    order: row::parsed(row, 1)?,
                    body: row.get(2)?,
                    attempts: row.get(3)?,
                })
            },
        )
        .optional()?;
    Ok(message)
}

pub(crate) fn done(batch: &Batch<'_>, id: &str, now: Timestamp) -> Result<(), StoreError> {
    batch
        .connection()
        .prepare_cached(
            "UPDATE outbox SET sent = ?2, leased_until = NULL WHERE id = ?1 AND sent IS NULL",
        )?
        .execute(params![id, now.as_second()])?;
    Ok(())
}

pub(crate) fn release(batch: &Batch<'_>, id: &str) -> Result<(), StoreError> {
    batch
        .connection()
        .prepare_cached("UPDATE outbox SET leased_until = NULL WHERE id = ?1 AND sent IS NULL")?
        .execute([id])?;
    Ok(())
}
