//! Orders and receipts against the bytes that were signed. Whether the signatures are good is the
//! platform's to check; what the rows repeat of the signed payloads is checked here.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use jiff::Timestamp;
use serde_json::Value;
use wattkey_domain::Decision;

use super::VerifyReport;
use crate::database::{self, DatabaseError, Row};
use crate::digest::sha256;
use crate::read::orders::{OrderEvent, read_receipt};

/// The columns that [`order`] reads, from the beginning of the row.
pub(super) const ORDER: &str =
    "id, state, currency, total, jws, digest, customer, user_id, mandate,
    reference, execute, creditor_reference, source, source_account, deposit_account, deposit_minor,
    refund_minor, lapses";

/// Where in it the five columns of [`read_money`](crate::read::orders::read_money) begin.
pub(super) const MONEY: usize = 12;

/// Where in it is when the order lapses.
pub(super) const LAPSES: usize = 17;

/// Decisions on orders: the order, user, decision, time, what was signed.
pub(super) const DECISIONS: &str = "SELECT order_id, user_id, decision, at, jws
     FROM order_decisions WHERE order_id = ANY($1) ORDER BY order_id, position";

/// The bills of orders: the order, bill, principal, penalty, claim, and what else was signed.
pub(super) const BILLS: &str =
    "SELECT order_id, bill, principal, penalty, claimed, account, period, digest
     FROM order_bills JOIN bills ON bills.id = order_bills.bill
     WHERE order_id = ANY($1) ORDER BY order_id, position";

/// The receipts of orders: the order, the state, the receipt.
pub(super) const RECEIPTS: &str =
    "SELECT order_id, state, jws, digest FROM receipts WHERE order_id = ANY($1)";

/// An order's row and the rows of its bills against its signed payload.
pub(super) fn order(
    row: &Row,
    bills: &[Row],
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), DatabaseError> {
    let payload = compact_payload(row.text(4)?);
    if payload.as_deref().map(sha256) != Some(row.array(5)?) {
        report.find(place, "its signed payload does not have its digest");
    }
    let signed: Value = payload
        .and_then(|payload| serde_json::from_slice(&payload).ok())
        .unwrap_or_default();
    let is_refund = !row.is_null(16);
    for (name, column) in [
        ("order", 0),
        ("currency", 2),
        ("total", 3),
        ("customer/id", 6),
        ("user/id", 7),
        (
            if is_refund {
                "refund/mandate"
            } else {
                "source/mandate"
            },
            8,
        ),
        ("reference", 9),
        ("execute", 10),
        ("source/creditor_reference", 11),
        ("source/kind", 12),
        ("source/account", 13),
        ("deposit/account", 14),
        ("deposit/amount", 15),
        ("refund/amount", 16),
    ] {
        let kept = match row.value(column)? {
            database::Value::Int(number) => Value::from(*number),
            database::Value::Null => Value::Null,
            _ => Value::from(row.text(column)?),
        };
        // What is not there and what is null are one.
        let signed = signed.pointer(&format!("/{name}"));
        if *signed.unwrap_or(&Value::Null) != kept {
            report.find(place, format_args!("its {name} is not what was signed"));
        }
    }
    let mut signed_bills = signed.get("bills").cloned().unwrap_or_default();
    for bill in signed_bills.as_array_mut().into_iter().flatten() {
        // How long the quote held is not kept.
        bill.as_object_mut().map(|bill| bill.remove("quote_until"));
    }
    if signed_bills != as_signed(bills)? {
        report.find(place, "its bills are not those that were signed");
    }
    Ok(())
}

/// The bills of an order in the form of the signed document.
fn as_signed(bills: &[Row]) -> Result<Value, DatabaseError> {
    let bills = bills.iter().map(|row| {
        Ok(serde_json::json!({
            "bill": row.text(1)?,
            "account": row.text(5)?,
            "period": row.text(6)?,
            "document": text(&row.array(7)?),
            "principal": row.int(2)?,
            "penalty": row.int(3)?,
        }))
    });
    Ok(Value::Array(bills.collect::<Result<_, DatabaseError>>()?))
}

/// The receipts of an order, each against its payload, the state that it is of, and the receipt
/// before it.
pub(super) fn receipts(
    order: &str,
    rows: &[Row],
    history: &[OrderEvent],
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), DatabaseError> {
    let mut before = Value::Null;
    for event in history {
        let place = format!("{place} receipt {}", event.state);
        let of_state = |row: &&Row| row.text(1).is_ok_and(|state| state == event.state.as_str());
        let Some(row) = rows.iter().find(of_state) else {
            continue;
        };
        let receipt = read_receipt(row, 2)?;
        let payload = general_payload(&receipt.jws);
        if payload.as_deref().map(sha256) != Some(receipt.digest) {
            report.find(&place, "its payload does not have its digest");
        }
        let says: Value = payload
            .and_then(|payload| serde_json::from_slice(&payload).ok())
            .unwrap_or_default();
        let as_of = |value: &Value| value.as_str().and_then(|at| at.parse::<Timestamp>().ok());
        let fits = says.get("order") == Some(&Value::from(order))
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

/// The decisions on an order: each moved it, each of its payload's words is the row's, and nobody
/// approved or refused an order of their own.
pub(super) fn decisions(
    order: &Row,
    rows: &[Row],
    moved: &[(Decision, i64)],
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), DatabaseError> {
    let decided = rows.iter().map(|row| Ok((row.parsed(2)?, row.int(3)?)));
    let decided = decided.collect::<Result<Vec<(Decision, i64)>, DatabaseError>>()?;
    if decided != moved {
        report.find(place, "it was not moved by the decisions that are kept");
    }
    let digest = text(&order.array(5)?);
    for row in rows {
        let (user, decision) = (row.text(1)?, row.text(2)?);
        let payload = compact_payload(row.text(4)?);
        let signed: Value = payload
            .and_then(|payload| serde_json::from_slice(&payload).ok())
            .unwrap_or_default();
        let says = |at: &str| signed.pointer(at).and_then(Value::as_str);
        if says("/order") != Some(order.text(0)?)
            || says("/order_digest") != Some(&digest)
            || says("/user/id") != Some(user)
            || says("/decision") != Some(decision)
        {
            report.find(
                place,
                format_args!("its decision to {decision} is not what was signed"),
            );
        }
        if decision != Decision::Cancel.as_str() && user == order.text(7)? {
            report.find(place, "who signed it decided on it alone");
        }
    }
    Ok(())
}

pub(super) fn compact_payload(jws: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(jws.split('.').nth(1)?).ok()
}

fn general_payload(jws: &[u8]) -> Option<Vec<u8>> {
    let jws: Value = serde_json::from_slice(jws).ok()?;
    Base64UrlUnpadded::decode_vec(jws.get("payload")?.as_str()?).ok()
}

pub(super) fn text(digest: &[u8; 32]) -> String {
    Base64UrlUnpadded::encode_string(digest)
}
