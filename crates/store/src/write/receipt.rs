use rusqlite::params;
use wattkey_domain::{OrderId, OrderState};

use crate::StoreError;
use crate::outcome::ReceiptSaved;
use crate::read::orders::{self, Receipt};
use crate::write::Batch;

pub(crate) fn save(
    batch: &Batch<'_>,
    order: OrderId,
    state: OrderState,
    receipt: &Receipt,
) -> Result<ReceiptSaved, StoreError> {
    let connection = batch.connection();
    if let Some(kept) = orders::receipt(connection, order, state)? {
        return Ok(ReceiptSaved::Exists(kept));
    }
    let was_there = connection
        .prepare_cached("SELECT 1 FROM order_events WHERE order_id = ?1 AND state = ?2")?
        .exists([&order.to_string(), state.as_str()])?;
    if !was_there {
        return Err(StoreError::Corrupt(format!(
            "order {order} was never {state}"
        )));
    }
    connection
        .prepare_cached(
            "INSERT INTO receipts (order_id, state, jws, digest) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![
            order.to_string(),
            state.as_str(),
            receipt.jws,
            receipt.digest
        ])?;
    Ok(ReceiptSaved::Saved)
}
