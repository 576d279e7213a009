//! What managers made of what the bank said: rows against the documents that were signed, and
//! postings against those that a second manager confirmed. Whether the signatures are good is the
//! platform's to check.

use serde_json::Value;
use wattkey_domain::{AccountId, BankEvent, BillId, Item, OrderState};

use super::signed::{compact_payload, text};
use super::{VerifyReport, pages, returns};
use crate::StoreError;
use crate::database::{self, DatabaseError, Row, Session};
use crate::digest::sha256;

/// A transfer: event, debit, credit, minor units.
type Posted = (String, String, String, i64);

/// Orders that a resolution moved: the order, the state, the signed resolution, and the order that
/// its item is of.
pub(super) const MOVED: &str = "
    SELECT order_events.order_id, order_events.state, resolutions.jws,
        CASE WHEN resolutions.item LIKE 'order:%' THEN substr(resolutions.item, 7)
             ELSE bank_events.order_id END
    FROM order_events
    JOIN resolutions ON resolutions.id = substr(order_events.note, 12)
    JOIN resolved_items ON resolved_items.item = resolutions.item
        AND resolved_items.resolution = resolutions.id
    LEFT JOIN bank_events ON bank_events.reference = substr(resolutions.item, 7)
        AND resolutions.item LIKE 'event:%'
    WHERE order_events.order_id = ANY($1) AND order_events.note LIKE 'resolution %'";

/// What the bank said of an order and that a resolution is about: what, how much, of which order,
/// which way that order's money goes, and how much it is; the receipt that came of it.
const EVENT: &str = "
    SELECT bank_events.event, bank_events.amount,
        coalesce(bank_events.order_id, bank_events.return_id),
        coalesce(orders.refund_minor, returns.amount), coalesce(orders.total, returns.amount),
        unmatched_receipts.amount, unmatched_receipts.process, unmatched_receipts.sequence
    FROM bank_events LEFT JOIN orders ON orders.id = bank_events.order_id
    LEFT JOIN returns ON returns.id = bank_events.return_id
    LEFT JOIN unmatched_receipts ON unmatched_receipts.reference = bank_events.reference
    WHERE bank_events.reference = $1";

/// The states that confirmed resolutions brought an order to, from rows of [`MOVED`].
pub(super) fn moved_to(rows: &[Row]) -> Result<Vec<OrderState>, DatabaseError> {
    let mut states = Vec::new();
    for row in rows {
        let document = compact_payload(row.text(2)?);
        let document: Value = document
            .and_then(|document| serde_json::from_slice(&document).ok())
            .unwrap_or_default();
        let state: OrderState = row.parsed(1)?;
        let is_of_it = row.optional(3, Row::string)?.as_deref() == Some(row.text(0)?);
        if is_of_it && brings_to(&document) == Some(state) {
            states.push(state);
        }
    }
    Ok(states)
}

/// The state that a resolution brings its order to.
pub(super) fn brings_to(document: &Value) -> Option<OrderState> {
    match document.get("action")?.as_str()? {
        "order-rejected" => Some(OrderState::Rejected),
        "order-settled" => Some(OrderState::Settled),
        "order-returned" => Some(OrderState::Returned),
        _ => None,
    }
}

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
    if !confirmed {
        return Ok(());
    }
    match item.parse() {
        Ok(Item::Receipt(reference)) => {
            returns::begun(session, (&id, &reference), &document, &place, report)?;
            postings(session, (&item, &reference), &place, report)
        }
        Ok(Item::Event(reference)) => {
            let event = event(session, &reference, &document, &place, report)?;
            moved(session, (&id, event), &document, &place, report)
        }
        Ok(Item::Order(order)) => {
            let order = Some(order.to_string());
            moved(session, (&id, order), &document, &place, report)
        }
        Ok(Item::Return(of)) => {
            let of = Some(of.to_string());
            moved(session, (&id, of), &document, &place, report)
        }
        _ => Ok(()),
    }
}

/// What a resolution of what the bank said of an order posted under the bank's reference: what the
/// bank booked and the order's end does not explain. The order that it is of.
fn event(
    session: &mut dyn Session,
    reference: &str,
    document: &Value,
    place: &str,
    report: &mut VerifyReport,
) -> Result<Option<String>, DatabaseError> {
    let Some(row) = session.query_one(EVENT, &[reference.into()])? else {
        report.find(place, "the bank did not say what it is about");
        return Ok(None);
    };
    let left = left(&row, document)?;
    let receipt = row.optional(5, Row::int)?;
    let rows = session.query(
        "SELECT event, debit, credit, amount, process, sequence FROM transfers
         WHERE subject = $1 AND event <> 'bill'
           AND event IN ('unmatched-receipt', 'bank-fee')",
        &[database::Value::Text(format!("bank:{reference}"))],
    )?;
    let wanted = match left {
        0 => None,
        1.. => Some(("unmatched-receipt", "bank", "unmatched", left)),
        _ => Some(("bank-fee", "bank-charges", "bank", -left)),
    };
    let found = match rows.first() {
        Some(row) => Some((row.text(0)?, row.text(1)?, row.text(2)?, row.int(3)?)),
        None => None,
    };
    let mut is_posted = rows.len() < 2 && found == wanted;
    if receipt.is_some()
        && let Some(posted) = rows.first()
    {
        is_posted &= (posted.uuid(4)?, posted.count(5)?) == (row.uuid(6)?, row.count(7)?);
    }
    if !is_posted || receipt != (left > 0).then_some(left) {
        report.find(place, "what was posted is not what was signed");
    }
    row.optional(2, Row::string)
}

/// What the bank booked with an event beyond what the resolution's end of the order explains.
fn left(row: &Row, document: &Value) -> Result<i64, DatabaseError> {
    let amount = row.optional(1, Row::int)?.unwrap_or_default();
    let sign = if row.is_null(3) { 1 } else { -1 };
    let booked = match row.text(0)? {
        "credit" => amount,
        "fee" => -amount,
        event => match event.parse().ok() {
            Some(BankEvent::Booked) => amount,
            Some(BankEvent::PaidOut) => -amount,
            Some(BankEvent::Returned) => -sign * amount,
            _ => return Ok(0),
        },
    };
    let total = row.optional(4, Row::int)?.unwrap_or_default();
    let receives = document.get("action").and_then(Value::as_str) == Some("receive");
    Ok(match brings_to(document) {
        Some(OrderState::Settled) => booked - sign * total,
        Some(OrderState::Returned) => booked + sign * total,
        Some(_) => booked,
        None if receives => booked,
        None => 0,
    })
}

/// Whether a confirmed resolution brought its order, or what is sent back, where it says, once.
fn moved(
    session: &mut dyn Session,
    (id, order): (&str, Option<String>),
    document: &Value,
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), DatabaseError> {
    let rows = session.query(
        "SELECT order_id, state FROM order_events WHERE order_id = $1 AND note = $2
         UNION ALL
         SELECT return_id, state FROM return_events WHERE return_id = $1 AND note = $2",
        &[order.into(), format!("resolution {id}").into()],
    )?;
    let states = rows.iter().map(|row| row.parsed(1));
    let states: Vec<OrderState> = states.collect::<Result<_, _>>()?;
    let wanted: Vec<OrderState> = brings_to(document).into_iter().collect();
    if states != wanted {
        report.find(place, "its order did not go where it says");
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

/// What was posted of a receipt since it came is what was signed, by each resolution that two
/// managers made of it: a first one may have sent it back, and that failed.
fn postings(
    session: &mut dyn Session,
    (item, reference): (&str, &str),
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), DatabaseError> {
    let rows = session.query(
        "SELECT event, debit, credit, amount FROM transfers
         WHERE subject = $1 AND event <> 'bill' AND event <> 'unmatched-receipt'",
        &[database::Value::Text(format!("bank:{reference}"))],
    )?;
    let found = rows
        .iter()
        .map(|row| Ok((row.string(0)?, row.string(1)?, row.string(2)?, row.int(3)?)));
    let mut found = found.collect::<Result<Vec<Posted>, DatabaseError>>()?;
    let signed = session.query(
        "SELECT resolutions.id, resolutions.jws FROM resolved_items
         JOIN resolutions ON resolutions.id = resolved_items.resolution
         WHERE resolved_items.item = $1",
        &[item.into()],
    )?;
    let mut wanted: Vec<Posted> = Vec::new();
    for row in &signed {
        let payload = compact_payload(row.text(1)?);
        let document = payload.and_then(|payload| serde_json::from_slice(&payload).ok());
        let Some(of_one) = document.as_ref().and_then(self::wanted) else {
            report.find(place, "what it says cannot be read");
            return Ok(());
        };
        wanted.extend(of_one);
        wanted.extend(returns::posted(session, row.text(0)?)?);
    }
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
        "SELECT unmatched_receipts.reference FROM unmatched_receipts
         JOIN bank_events ON bank_events.reference = unmatched_receipts.reference
         WHERE bank_events.outcome <> 'unmatched' AND NOT EXISTS
             (SELECT 1 FROM resolved_items
              WHERE item = 'event:' || unmatched_receipts.reference)
         ORDER BY 1",
        &[],
        &mut |row| {
            let place = format!("bank {}", row.text(0)?);
            report.find(place, "it waits as a receipt, and no resolution says so");
            Ok(())
        },
    )?;
    session.for_each(
        "SELECT item FROM resolved GROUP BY item HAVING count(*) > 1 ORDER BY item",
        &[],
        &mut |row| {
            report.find(row.text(0)?, "it is resolved more than once");
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
