//! Disputes, notices and acknowledgements against the bytes that were signed or served, and disputes
//! against how they ended.

use serde_json::{Value as Json, json};

use super::signed::{compact_payload, text};
use super::{VerifyReport, pages};
use crate::StoreError;
use crate::database::{DatabaseError, Row, Session};
use crate::digest::sha256;

const DISPUTES: &str = "id, bill, customer, user_id, line, amount, currency, reason, words, jws,
    digest, day, until";

/// Disputes that do not fit their bill.
const NOT_OF_BILL: &str = "SELECT disputes.id FROM disputes
    LEFT JOIN bills ON bills.id = disputes.bill
    WHERE bills.id IS NULL OR bills.customer <> disputes.customer
        OR bills.currency <> disputes.currency OR disputes.amount > bills.total";

const NOTICES: &str =
    "id, customer, account, kind, bills, total, currency, served, cut_off, document, digest";

pub(super) fn check(
    session: &mut dyn Session,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    pages(session, DISPUTES, "disputes", |session, rows| {
        for row in rows {
            let place = format!("dispute {}", row.string(0)?);
            let checked = dispute(session, row, &place, report);
            report.note(&place, checked)?;
        }
        Ok(())
    })?;
    session.for_each(NOT_OF_BILL, &[], &mut |row| {
        let place = format!("dispute {}", row.text(0)?);
        report.find(place, "it is not of a bill of its customer");
        Ok(())
    })?;
    pages(session, NOTICES, "notices", |session, rows| {
        for row in rows {
            let place = format!("notice {}", row.string(0)?);
            let checked = notice(session, row, &place, report);
            report.note(&place, checked)?;
        }
        Ok(())
    })
}

fn dispute(
    session: &mut dyn Session,
    row: &Row,
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), DatabaseError> {
    let id = row.text(0)?;
    let bill = session.query_one(
        "SELECT digest FROM bills WHERE id = $1",
        &[row.text(1)?.into()],
    )?;
    let document = bill.map_or(Ok(Json::Null), |bill| {
        bill.array(0).map(|digest| Json::from(text(&digest)))
    })?;
    let terms = json!({
        "bill": row.text(1)?,
        "document": document,
        "line": row.optional(4, Row::int)?,
        "amount": row.int(5)?,
        "currency": row.text(6)?,
        "reason": row.text(7)?,
        "text": row.text(8)?,
    });
    let customer = row.text(2)?;
    let says = |signed: &Json, user: &str, terms: &Json| {
        let at = |pointer: &str| signed.pointer(pointer).and_then(Json::as_str);
        at("/dispute") == Some(id)
            && at("/customer/id") == Some(customer)
            && at("/user/id") == Some(user)
            && signed.get("terms") == Some(terms)
    };
    let signed = payload(row.text(9)?, row.array(10)?);
    if !signed.is_some_and(|signed| says(&signed, row.text(3).unwrap_or_default(), &terms)) {
        report.find(place, "it is not what was signed");
    }
    let sql = "SELECT user_id, day, jws, digest FROM dispute_withdrawals WHERE dispute = $1";
    let withdrawn = session.query_one(sql, &[id.into()])?;
    let sql = "SELECT answered FROM dispute_answers WHERE dispute = $1";
    let answered = session.query_one(sql, &[id.into()])?;
    let day = row.text(11)?;
    let mut until = match &answered {
        // Dates compare as texts.
        Some(answer) => Some(answer.text(0)?.max(day)),
        None => None,
    };
    if let Some(gone) = &withdrawn {
        until = Some(gone.text(1)?);
        let signed = payload(gone.text(2)?, gone.array(3)?);
        let user = gone.text(0)?;
        if !signed.is_some_and(|signed| says(&signed, user, &Json::Null)) {
            report.find(place, "its withdrawal is not what was signed");
        }
    }
    if row.optional(12, Row::string)?.as_deref() != until {
        report.find(place, "it did not end as its withdrawal or its answer says");
    }
    Ok(())
}

fn notice(
    session: &mut dyn Session,
    row: &Row,
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), DatabaseError> {
    let (id, bytes, digest) = (row.text(0)?, row.bytes(9)?, row.array(10)?);
    if sha256(bytes) != digest {
        report.find(place, "its bytes do not have its digest");
    }
    let bills = session.query(
        "SELECT bill, open, penalty, demanded FROM notice_bills
         WHERE notice = $1 ORDER BY position",
        &[id.into()],
    )?;
    let kind = row.text(3)?;
    let served: Json = serde_json::from_slice(bytes).unwrap_or_default();
    let at = |pointer: &str| served.pointer(pointer).and_then(Json::as_str);
    let named = served.get("bills").and_then(Json::as_array);
    let named = named.map_or(&[][..], Vec::as_slice);
    let second = |pointer: &str| {
        let at: Option<jiff::Timestamp> = at(pointer).and_then(|text| text.parse().ok());
        at.map(jiff::Timestamp::as_second)
    };
    let mut fits = at("/notice") == Some(id)
        && at("/customer/id") == Some(row.text(1)?)
        && at("/account") == Some(row.text(2)?)
        && at("/kind") == Some(kind)
        && at("/currency") == Some(row.text(6)?)
        && served.get("total") == Some(&Json::from(row.int(5)?))
        && second("/served") == Some(row.int(7)?)
        && second("/cut_off") == row.optional(8, Row::int)?
        && named.len() == bills.len()
        && bills.len() as u64 == row.count(4)?;
    for (bill, named) in bills.iter().zip(named) {
        fits &= named.get("bill").and_then(Json::as_str) == Some(bill.text(0)?)
            && named.get("open") == Some(&Json::from(bill.int(1)?))
            && named.get("penalty") == Some(&Json::from(bill.int(2)?))
            && bill.flag(3)? == (kind == "demand");
    }
    if !fits {
        report.find(place, "it is not what its bytes say");
    }
    let sql = "SELECT user_id, jws, digest FROM notice_acknowledgements WHERE notice = $1";
    let digest = text(&digest);
    for row in session.query(sql, &[id.into()])? {
        let signed = payload(row.text(1)?, row.array(2)?).unwrap_or_default();
        let at = |pointer: &str| signed.pointer(pointer).and_then(Json::as_str);
        let says = at("/notice") == Some(id)
            && at("/notice_digest") == Some(&digest)
            && at("/user/id") == Some(row.text(0)?);
        if !says {
            report.find(place, "an acknowledgement of it is not what was signed");
        }
    }
    Ok(())
}

/// The payload of a compact JWS, when it has the digest.
fn payload(jws: &str, digest: [u8; 32]) -> Option<Json> {
    let payload = compact_payload(jws)?;
    (sha256(&payload) == digest).then(|| serde_json::from_slice(&payload).unwrap_or_default())
}
