//! Orders and receipts against the bytes that were signed. Whether the signatures are good is the
//! platform's to check; what the rows repeat of the signed payloads is checked here.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use jiff::Timestamp;
use rusqlite::{Connection, Row, params};
use serde_json::Value;
use wattkey_domain::OrderId;

use super::VerifyReport;
use crate::digest::sha256;
use crate::read::orders::{self, OrderEvent};
use crate::{StoreError, row};

/// The columns that [`order`] reads, from the beginning of the row.
pub(super) const ORDER: &str =
    "id, state, currency, total, jws, digest, customer, user_id, mandate, reference";

/// An order's row and its bills against its signed payload.
pub(super) fn order(
    connection: &Connection,
    row: &Row<'_>,
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    let payload = compact_payload(row.get_ref(4)?.as_str().unwrap_or_default());
    if payload.as_deref().map(sha256) != Some(row.get(5)?) {
        report.find(place, "its signed payload does not have its digest");
    }
    let signed: Value = payload
        .and_then(|payload| serde_json::from_slice(&payload).ok())
        .unwrap_or_default();
    for (name, column) in [
        ("order", 0),
        ("currency", 2),
        ("total", 3),
        ("customer/id", 6),
        ("user/id", 7),
        ("source/mandate", 8),
        ("reference", 9),
    ] {
        let kept = match row.get_ref(column)? {
            rusqlite::types::ValueRef::Integer(number) => Value::from(number),
            other => Value::from(other.as_str().map_err(rusqlite::Error::from)?),
        };
        if signed.pointer(&format!("/{name}")) != Some(&kept) {
            report.find(place, format_args!("its {name} is not what was signed"));
        }
    }
    let mut signed_bills = signed.get("bills").cloned().unwrap_or_default();
    for bill in signed_bills.as_array_mut().into_iter().flatten() {
        // How long the quote held is not kept.
        bill.as_object_mut().map(|bill| bill.remove("quote_until"));
    }
    if signed_bills != bills(connection, row::parsed(row, 0)?)? {
        report.find(place, "its bills are not those that were signed");
    }
    Ok(())
}

/// The bills of an order in the form of the signed document.
fn bills(connection: &Connection, order: OrderId) -> Result<Value, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT bill, account, period, digest, principal, penalty FROM order_bills
         JOIN bills ON bills.id = order_bills.bill WHERE order_id = ?1 ORDER BY position",
    )?;
    let bills = statement.query_map(params![order.to_string()], |row| {
        let digest: [u8; 32] = row.get(3)?;
        Ok(serde_json::json!({
            "bill": row.get::<_, String>(0)?,
            "account": row.get::<_, String>(1)?,
            "period": row.get::<_, String>(2)?,
            "document": text(&digest),
            "principal": row.get::<_, i64>(4)?,
            "penalty": row.get::<_, i64>(5)?,
        }))
    })?;
    Ok(Value::Array(bills.collect::<Result<_, _>>()?))
}

/// The receipts of an order, each against its payload, the state that it is of, and the receipt
/// before it.
pub(super) fn receipts(
    connection: &Connection,
    order: OrderId,
    history: &[OrderEvent],
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    let mut before = Value::Null;
    for event in history {
        let place = format!("{place} receipt {}", event.state);
        let Some(receipt) = orders::receipt(connection, order, event.state)? else {
            continue;
        };
        let payload = general_payload(&receipt.jws);
        if payload.as_deref().map(sha256) != Some(receipt.digest) {
            report.find(&place, "its payload does not have its digest");
        }
        let says: Value = payload
            .and_then(|payload| serde_json::from_slice(&payload).ok())
            .unwrap_or_default();
        let as_of = |value: &Value| value.as_str().and_then(|at| at.parse::<Timestamp>().ok());
        let fits = says.get("order") == Some(&Value::from(order.to_string()))
            && says.get("state") == Some(&Value::from(event.state.as_str()))
            && says.get("as_of").and_then(as_of) == Some(event.at)
            && says.pointer("/journal/sequence") == Some(&Value::from(event.journal.sequence))
            && says.pointer("/journal/link") == Some(&Value::from(text(&event.journal.link)));
        if !fits {
            report.find(&place, "it is not of this state of the order");
        }
        if says.get("supersedes") != Some(&before) {
            report.find(&place, "it does not follow the receipt before it");
        }
        before = Value::from(text(&receipt.digest));
    }
    Ok(())
}

fn compact_payload(jws: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(jws.split('.').nth(1)?).ok()
}

fn general_payload(jws: &[u8]) -> Option<Vec<u8>> {
    let jws: Value = serde_json::from_slice(jws).ok()?;
    Base64UrlUnpadded::decode_vec(jws.get("payload")?.as_str()?).ok()
}

fn text(digest: &[u8; 32]) -> String {
    Base64UrlUnpadded::encode_string(digest)
}
