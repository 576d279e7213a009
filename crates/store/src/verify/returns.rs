//! Money that is sent back: each row is what two managers signed, each state has what led to it and
//! posted once, and there is one message to the bank.

use serde_json::Value;
use uuid::Uuid;
use wattkey_domain::journal::Entry;
use wattkey_domain::ledger::ReturnMoney;
use wattkey_domain::{BankEvent, OrderCause, OrderState, Transition};

use super::resolutions::brings_to;
use super::signed::compact_payload;
use super::{VerifyReport, journal, orders, pages};
use crate::StoreError;
use crate::database::{self, DatabaseError, Row, Session};
use crate::read::orders::{OrderEvent, read_event};

/// A transfer: event, debit, credit, minor units.
type Posted = (String, String, String, i64);

/// Rows of one, in the order of their positions, as [`read_event`] reads them.
const EVENTS: &str = "
    SELECT state, at, note, process, sequence, NULL FROM return_events
    WHERE return_id = $1 ORDER BY position";

/// Whether a confirmed resolution that sends money back has done so, and no other one has.
pub(super) fn begun(
    session: &mut dyn Session,
    (id, reference): (&str, &str),
    document: &Value,
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), DatabaseError> {
    let row = session.query_one(
        "SELECT returns.reference, returns.name, returns.account, returns.agent,
            returns.amount, returns.currency, unmatched_receipts.amount,
            unmatched_receipts.currency, unmatched_receipts.debtor_account
         FROM returns LEFT JOIN unmatched_receipts
             ON unmatched_receipts.reference = returns.reference
         WHERE returns.id = $1",
        &[id.into()],
    )?;
    let sends_back = document.get("action").and_then(Value::as_str) == Some("return");
    if row.is_some() != sends_back {
        report.find(
            place,
            "money is sent back, and it does not say so, or the other way round",
        );
    }
    let Some(row) = row.filter(|_| sends_back) else {
        return Ok(());
    };
    let says = |name: &str| document.pointer(name).and_then(Value::as_str);
    let to = (says("/to/name"), says("/to/account"), says("/to/agent"));
    let kept = (Some(row.text(1)?), Some(row.text(2)?), Some(row.text(3)?));
    let from = row.optional(8, Row::string)?;
    let is_whole = row.text(0)? == reference
        && row.optional(6, Row::int)? == Some(row.int(4)?)
        && row.optional(7, Row::string)?.as_deref() == Some(row.text(5)?);
    if to != kept || !is_whole || from.as_deref() != to.1 {
        report.find(
            place,
            "what is sent back, and to whom, is not what was signed",
        );
    }
    Ok(())
}

/// What was posted under its receipt.
pub(super) fn posted(session: &mut dyn Session, id: &str) -> Result<Vec<Posted>, DatabaseError> {
    let Some((money, history)) = read(session, id)? else {
        return Ok(Vec::new());
    };
    let entries = entries(&money, &history).into_iter().flatten();
    let posted = entries.map(|(_, _, one)| (one.event, one.debit, one.credit, one.amount_minor));
    Ok(posted.collect())
}

pub(super) fn check(
    session: &mut dyn Session,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    pages(session, "id, state", "returns", |session, rows| {
        for row in rows {
            let place = format!("return {}", row.text(0)?);
            let checked = one(session, row, &place, report);
            report.note(&place, checked)?;
        }
        Ok(())
    })?;
    strangers(session, report)
}

fn one(
    session: &mut dyn Session,
    row: &Row,
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), DatabaseError> {
    let id = row.text(0)?;
    let Some((money, history)) = read(session, id)? else {
        return Ok(());
    };
    let states: Vec<OrderState> = history.iter().map(|event| event.state).collect();
    let leads = |from: OrderState, to| {
        let causes = [
            OrderCause::Submitted,
            OrderCause::Booked,
            OrderCause::Rejected,
            OrderCause::Returned,
        ];
        let mut causes = causes.into_iter();
        causes.any(|cause| from.next(cause) == Ok(Transition::To(to)))
    };
    let follows = states.windows(2).all(|pair| leads(pair[0], pair[1]));
    let begins = states.first() == Some(&OrderState::Accepted);
    if !(begins && follows) || states.last() != Some(&row.parsed(1)?) {
        report.find(
            place,
            "its states cannot follow each other, or are not its state",
        );
    }
    let at = "SELECT 1 FROM resolution_decisions JOIN returns ON returns.id = resolution_decisions.resolution
        JOIN resolved_items ON resolved_items.resolution = returns.id
        WHERE returns.id = $1 AND decision = 'confirm' AND resolution_decisions.at = returns.at
        AND returns.at = $2";
    let first = history.first().map_or(0, |event| event.at.as_second());
    if !session.exists(at, &[id.into(), first.into()])? {
        report.find(place, "no second manager confirmed it when it began");
    }
    is_posted(session, &money, &history, place, report)?;
    movements(session, id, &history, place, report)?;
    let sql = "SELECT count(*) FROM outbox WHERE return_id = $1";
    let messages = session.query_one(sql, &[id.into()])?;
    let messages = messages.map_or(Ok(0), |row| row.count(0))?;
    if messages != 1 {
        report.find(
            place,
            format_args!("it has {messages} messages to the bank"),
        );
    }
    Ok(())
}

fn read(
    session: &mut dyn Session,
    id: &str,
) -> Result<Option<(ReturnMoney, Vec<OrderEvent>)>, DatabaseError> {
    let sql = "SELECT reference, amount, currency FROM returns WHERE id = $1";
    let Some(row) = session.query_one(sql, &[id.into()])? else {
        return Ok(None);
    };
    let money = ReturnMoney {
        reference: row.string(0)?,
        amount: row.money(1, row.parsed(2)?)?,
    };
    let rows = session.query(EVENTS, &[id.into()])?;
    let history = rows.iter().map(|row| read_event(row, 0));
    Ok(Some((money, history.collect::<Result<_, _>>()?)))
}

/// What its history must have posted; nothing when a state posts nothing that can be.
fn entries(money: &ReturnMoney, history: &[OrderEvent]) -> Option<Vec<(Uuid, u64, Entry)>> {
    let mut all = Vec::new();
    for event in history {
        let postings = money.entering(event.state, event.at).ok()?;
        let (process, sequence) = (event.journal.process, event.journal.sequence);
        all.extend(orders::entries(process, sequence, &postings));
    }
    Some(all)
}

/// Each of its postings is there, in the batch in which it came into the state. That nothing else
/// is, its receipt's resolutions tell together.
fn is_posted(
    session: &mut dyn Session,
    money: &ReturnMoney,
    history: &[OrderEvent],
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), DatabaseError> {
    let subject = database::Value::texts([format!("bank:{}", money.reference)]);
    let rows = session.query(journal::OF_SUBJECTS, &[subject])?;
    let found = rows.iter().map(journal::subject_entry);
    let found = found.collect::<Result<Vec<_>, _>>()?;
    let wanted = entries(money, history);
    if !wanted.is_some_and(|wanted| wanted.iter().all(|one| found.contains(one))) {
        report.find(place, "its postings are not those of its states");
    }
    Ok(())
}

/// Each state but the first comes from one report of the bank, or from a resolution that says so.
fn movements(
    session: &mut dyn Session,
    id: &str,
    history: &[OrderEvent],
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), DatabaseError> {
    let rows = session.query(
        "SELECT event, at, note, amount FROM bank_events
         WHERE return_id = $1 AND outcome = 'moved'",
        &[id.into()],
    )?;
    let mut said = Vec::new();
    for row in &rows {
        let event: BankEvent = row.parsed(0)?;
        let state = match event.of_refund() {
            OrderCause::Submitted => OrderState::Submitted,
            OrderCause::Booked => OrderState::Settled,
            OrderCause::Rejected => OrderState::Rejected,
            _ => OrderState::Returned,
        };
        said.push((state.as_str(), row.int(1)?, row.optional(2, Row::string)?));
    }
    let mut wanted = Vec::new();
    for event in history.iter().skip(1) {
        let resolution = event
            .note
            .as_deref()
            .and_then(|note| note.strip_prefix("resolution "));
        let by_managers = match resolution {
            Some(resolution) => says(session, resolution, id, event.state)?,
            None => false,
        };
        if !by_managers {
            wanted.push((
                event.state.as_str(),
                event.at.as_second(),
                event.note.clone(),
            ));
        }
    }
    said.sort_unstable();
    wanted.sort_unstable();
    if said != wanted {
        report.find(place, "its movements are not those that the bank reported");
    }
    Ok(())
}

/// Whether a confirmed resolution brings it to this state.
fn says(
    session: &mut dyn Session,
    resolution: &str,
    id: &str,
    state: OrderState,
) -> Result<bool, DatabaseError> {
    let row = session.query_one(
        "SELECT resolutions.jws FROM resolutions
         JOIN resolved_items ON resolved_items.resolution = resolutions.id
             AND resolved_items.item = resolutions.item
         LEFT JOIN bank_events ON 'event:' || bank_events.reference = resolutions.item
         WHERE resolutions.id = $1
             AND (resolutions.item = 'return:' || $2 OR bank_events.return_id = $2)",
        &[resolution.into(), id.into()],
    )?;
    let Some(row) = row else { return Ok(false) };
    let document = compact_payload(row.text(0)?);
    let document = document.and_then(|one| serde_json::from_slice::<Value>(&one).ok());
    Ok(document.as_ref().and_then(brings_to) == Some(state))
}

/// What belongs to nothing that is sent back.
fn strangers(session: &mut dyn Session, report: &mut VerifyReport) -> Result<(), StoreError> {
    for (sql, problem) in [
        (
            "SELECT 'bank ' || reference FROM bank_events WHERE outcome = 'moved'
             AND return_id IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM returns WHERE returns.id = return_id
                 AND (bank_events.amount IS NULL OR (bank_events.amount = returns.amount
                      AND bank_events.currency = returns.currency)))",
            "it moved what is not sent back, or is of another amount",
        ),
        (
            "SELECT 'message ' || id FROM outbox WHERE return_id IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM returns WHERE returns.id = return_id)",
            "it sends back what is not there",
        ),
    ] {
        session.for_each(sql, &[], &mut |row| {
            report.find(row.text(0)?, problem);
            Ok(())
        })?;
    }
    Ok(())
}
