//! Standing instructions as they were signed, and each bill that a deposit paid under one.

use serde_json::Value as Json;

use super::signed::compact_payload;
use super::{VerifyReport, pages};
use crate::StoreError;
use crate::database::{DatabaseError, Row, Session};
use crate::digest::sha256;

const COLUMNS: &str = "id, customer, user_id, deposit, most, keep, currency, valid_from,
    valid_until, jws, digest";

/// Bills that deposits paid and should not have. Dates compare as texts.
const NOT_COVERED: &str = "
    SELECT applications.bill FROM applications
    JOIN bills ON bills.id = applications.bill
    JOIN standing_instructions AS kept ON kept.id = applications.instruction
    LEFT JOIN standing_ends ON standing_ends.instruction = kept.id
    WHERE kept.deposit <> applications.deposit OR kept.currency <> bills.currency
        OR kept.customer <> bills.customer OR applications.day < kept.valid_from
        OR applications.day > coalesce(kept.valid_until, applications.day)
        OR applications.at < kept.at
        OR applications.at > coalesce(standing_ends.at, applications.at)
        OR applications.principal + applications.penalty
            > coalesce(kept.most, applications.principal + applications.penalty)
        OR bills.due > applications.day
        OR NOT EXISTS (SELECT 1 FROM standing_accounts
                       WHERE standing_accounts.instruction = kept.id
                       AND standing_accounts.account = bills.account)";

pub(super) fn check(
    session: &mut dyn Session,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    pages(
        session,
        COLUMNS,
        "standing_instructions",
        |session, rows| {
            for row in rows {
                let id = row.string(0)?;
                let place = format!("standing instruction {id}");
                let accounts = accounts(session, &id)?;
                let end = end(session, &id)?;
                let checked = one(row, &accounts, end.as_ref(), &place, report);
                report.note(&place, checked)?;
            }
            Ok(())
        },
    )?;
    session.for_each(NOT_COVERED, &[], &mut |row| {
        let bill = row.text(0)?;
        report.find(
            format_args!("bill {bill}"),
            "a deposit paid it, and no standing instruction was in force for that",
        );
        Ok(())
    })?;
    Ok(())
}

fn accounts(session: &mut dyn Session, id: &str) -> Result<Vec<Json>, DatabaseError> {
    let sql = "SELECT account FROM standing_accounts WHERE instruction = $1 ORDER BY position";
    let rows = session.query(sql, &[id.into()])?;
    rows.iter()
        .map(|row| Ok(Json::from(row.text(0)?)))
        .collect()
}

fn end(session: &mut dyn Session, id: &str) -> Result<Option<Row>, DatabaseError> {
    let sql = "SELECT jws, digest, user_id FROM standing_ends WHERE instruction = $1";
    session.query_one(sql, &[id.into()])
}

fn one(
    row: &Row,
    accounts: &[Json],
    end: Option<&Row>,
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), DatabaseError> {
    let (id, customer) = (row.text(0)?, row.text(1)?);
    let terms = serde_json::json!({
        "deposit": row.text(3)?,
        "accounts": accounts,
        "most": row.optional(4, Row::int)?,
        "keep": row.int(5)?,
        "currency": row.text(6)?,
        "from": row.text(7)?,
        "until": row.optional(8, Row::string)?,
    });
    let is_signed = |jws: &str, digest: [u8; 32], user: &str, terms: &Json| {
        let payload = compact_payload(jws);
        if payload.as_deref().map(sha256) != Some(digest) {
            return false;
        }
        let signed: Option<Json> =
            payload.and_then(|payload| serde_json::from_slice(&payload).ok());
        let signed = signed.unwrap_or_default();
        let says = |at: &str| signed.pointer(at).and_then(Json::as_str);
        says("/instruction") == Some(id)
            && says("/customer/id") == Some(customer)
            && says("/user/id") == Some(user)
            && signed.get("terms") == Some(terms)
    };
    if !is_signed(row.text(9)?, row.array(10)?, row.text(2)?, &terms) {
        report.find(place, "it is not what was signed");
    }
    if let Some(end) = end
        && !is_signed(end.text(0)?, end.array(1)?, end.text(2)?, &Json::Null)
    {
        report.find(place, "its end is not what was signed");
    }
    Ok(())
}
