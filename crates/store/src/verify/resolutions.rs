//! What managers made of what the bank said: rows against the documents that were signed, and
//! postings against those that a second manager confirmed. Whether the signatures are good is the
//! platform's to check.

use serde_json::Value;
use wattkey_domain::{AccountId, BillId, Item};

use super::signed::{compact_payload, text};
use super::{VerifyReport, pages};
use crate::StoreError;
use crate::database::{self, DatabaseError, Row, Session};
use crate::digest::sha256;

/// A transfer: event, debit, credit, minor units.
type Posted = (String, String, String, i64);

pub(super) fn check(
    session: &mut dyn Session,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    pages(
        session,
        "id, item, manager, jws, digest",
        "resolutions",
        |session, rows| {
            for row in rows {
                let checked = one(session, row, report);
                report.note("a resolution", checked)?;
            }
            Ok(())
        },
    )?;
    unfounded(session, report)
}

fn one(
    session: &mut dyn Session,
    row: &Row,
    report: &mut VerifyReport,
) -> Result<(), DatabaseError> {
    let (id, item, manager) = (row.string(0)?, row.string(1)?, row.string(2)?);
    let place = format!("resolution {id}");
    let digest: [u8; 32] = row.array(4)?;
    let document = document(row.text(3)?, digest, &place, report);
    let says = |name: &str| document.pointer(name).and_then(Value::as_str);
    if (says("/resolution"), says("/item"), says("/manager/id"))
        != (
            Some(id.as_str()),
            Some(item.as_str()),
            Some(manager.as_str()),
        )
    {
        report.find(&place, "its row is not what was signed");
    }
    let confirmed = word(session, &id, (&manager, digest), &place, report)?;
    let resolved = session.exists(
        "SELECT 1 FROM resolved_items WHERE item = $1 AND resolution = $2",
        &[item.as_str().into(), id.as_str().into()],
    )?;
    if resolved != confirmed {
        report.find(
            &place,
            "its item is resolved, and it is not confirmed, or the other way round",
        );
    }
    if confirmed && let Ok(Item::Receipt(reference)) = item.parse() {
        postings(session, &reference, &document, &place, report)?;
    }
    Ok(())
}

fn document(jws: &str, digest: [u8; 32], place: &str, report: &mut VerifyReport) -> Value {
    let payload = compact_payload(jws);
    if payload.as_deref().map(sha256) != Some(digest) {
        report.find(place, "a signed payload does not have its digest");
    }
    let document = payload.and_then(|payload| serde_json::from_slice(&payload).ok());
    document.unwrap_or_default()
}

/// Whether a second manager confirmed it.
fn word(
    session: &mut dyn Session,
    id: &str,
    (proposer, digest): (&str, [u8; 32]),
    place: &str,
    report: &mut VerifyReport,
) -> Result<bool, DatabaseError> {
    let row = session.query_one(
        "SELECT manager, decision, jws, digest FROM resolution_decisions WHERE resolution = $1",
        &[id.into()],
    )?;
    let Some(row) = row else {
        return Ok(false);
    };
    let (manager, decision) = (row.text(0)?, row.text(1)?);
    let said = document(row.text(2)?, row.array(3)?, place, report);
    let says = |name: &str| said.pointer(name).and_then(Value::as_str);
    let fits = says("/resolution") == Some(id)
        && says("/resolution_digest") == Some(text(&digest).as_str())
        && says("/manager/id") == Some(manager)
        && says("/decision") == Some(decision);
    if !fits {
        report.find(place, "the word on it is not what was signed");
    }
    let confirmed = decision == "confirm";
    if confirmed && manager == proposer {
        report.find(place, "one manager signed and confirmed it");
    }
    Ok(confirmed)
}

/// What was posted of a receipt since it came is what was signed.
fn postings(
    session: &mut dyn Session,
    reference: &str,
    document: &Value,
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), DatabaseError> {
    let rows = session.query(
        "SELECT event, debit, credit, amount FROM transfers
         WHERE subject = $1 AND event <> 'unmatched-receipt'",
        &[database::Value::Text(format!("bank:{reference}"))],
    )?;
    let found = rows
        .iter()
        .map(|row| Ok((row.string(0)?, row.string(1)?, row.string(2)?, row.int(3)?)));
    let mut found = found.collect::<Result<Vec<Posted>, DatabaseError>>()?;
    let Some(mut wanted) = wanted(document) else {
        report.find(place, "what it says cannot be read");
        return Ok(());
    };
    found.sort_unstable();
    wanted.sort_unstable();
    if found != wanted {
        report.find(place, "what was posted is not what was signed");
    }
    Ok(())
}

/// What a signed resolution posts.
fn wanted(document: &Value) -> Option<Vec<Posted>> {
    let mut wanted = Vec::new();
    let mut post = |event: &str, debit: String, credit: String, minor: i64| {
        if minor != 0 {
            wanted.push((event.to_owned(), debit, credit, minor));
        }
    };
    let unmatched = || "unmatched".to_owned();
    for part in document.get("allocations")?.as_array()? {
        let bill: BillId = part.get("bill")?.as_str()?.parse().ok()?;
        let receivable = format!("receivable:{bill}");
        let (principal, penalty) = (
            part.get("principal")?.as_i64()?,
            part.get("penalty")?.as_i64()?,
        );
        post(
            "penalty-fixed",
            receivable.clone(),
            "penalty".to_owned(),
            penalty,
        );
        let total = principal.checked_add(penalty)?;
        post("receipt-matched", unmatched(), receivable, total);
    }
    if let Some(deposit) = document.get("deposit").filter(|deposit| !deposit.is_null()) {
        let account: AccountId = deposit.get("account")?.as_str()?.parse().ok()?;
        let minor = deposit.get("amount")?.as_i64()?;
        post("overpaid", unmatched(), format!("deposit:{account}"), minor);
    }
    Some(wanted)
}

/// Money that left `unmatched` without two managers, and words without their resolution.
fn unfounded(session: &mut dyn Session, report: &mut VerifyReport) -> Result<(), StoreError> {
    session.for_each(
        "SELECT DISTINCT subject FROM transfers WHERE debit = 'unmatched' AND NOT EXISTS
             (SELECT 1 FROM resolved_items
              WHERE item = 'receipt:' || substr(transfers.subject, 6))
         ORDER BY subject",
        &[],
        &mut |row| {
            let place = row.string(0)?;
            report.find(place, "it was matched, and no resolution says so");
            Ok(())
        },
    )?;
    session.for_each(
        "SELECT resolution FROM resolution_decisions WHERE NOT EXISTS
             (SELECT 1 FROM resolutions WHERE id = resolution)
         UNION
         SELECT resolution FROM resolved_items WHERE NOT EXISTS
             (SELECT 1 FROM resolutions WHERE id = resolution)
         ORDER BY 1",
        &[],
        &mut |row| {
            let place = format!("resolution {}", row.string(0)?);
            report.find(place, "it is not there, and something names it");
            Ok(())
        },
    )?;
    Ok(())
}
