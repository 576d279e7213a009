//! What the bank said: each movement of an order has its report, and what waits for a person.

use rusqlite::{Connection, params};
use wattkey_domain::{BankEvent, OrderId, OrderState};

use super::{Finding, MAX_FINDINGS, VerifyReport};
use crate::read::orders::OrderEvent;
use crate::{StoreError, row};

/// A state that the bank moved an order to: its name, since when, and what the bank added.
type Moved = (&'static str, i64, Option<String>);

/// Each state of an order but the first comes from one report of the bank.
pub(super) fn movements(
    connection: &Connection,
    id: OrderId,
    history: &[OrderEvent],
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    let mut wanted: Vec<Moved> = history
        .iter()
        .skip(1)
        .map(|event| {
            (
                event.state.as_str(),
                event.at.as_second(),
                event.note.clone(),
            )
        })
        .collect();
    let mut found: Vec<Moved> = connection
        .prepare_cached(
            "SELECT event, at, note FROM bank_events WHERE order_id = ?1 AND outcome = 'moved'",
        )?
        .query_map(params![id.to_string()], |row| {
            Ok((
                leads_to(row::parsed(row, 0)?).as_str(),
                row.get(1)?,
                row.get(2)?,
            ))
        })?
        .collect::<Result<_, _>>()?;
    wanted.sort_unstable();
    found.sort_unstable();
    if found != wanted {
        report.find(place, "its movements are not those that the bank reported");
    }
    Ok(())
}

fn leads_to(event: BankEvent) -> OrderState {
    match event {
        BankEvent::Submitted => OrderState::Submitted,
        BankEvent::Booked => OrderState::Settled,
        BankEvent::Rejected => OrderState::Rejected,
        BankEvent::Returned => OrderState::Returned,
    }
}

/// What was kept and not posted. It makes the books no less sound; somebody must look at it.
pub(super) fn attention(
    connection: &Connection,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare(
        "SELECT 'bank ' || reference, event || ' of order ' || order_id || ': ' || outcome, at
         FROM bank_events WHERE outcome IN ('unknown-order', 'amount-mismatch', 'contradiction')
         UNION ALL
         SELECT 'bank message ' || message || coalesce(' ' || reference, ''), why, at
         FROM bank_listed JOIN bank_messages ON number = message
         ORDER BY 3, 1",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        report.attention_total += 1;
        if report.attention.len() < MAX_FINDINGS {
            report.attention.push(Finding {
                place: row.get(0)?,
                problem: row.get(1)?,
            });
        }
    }
    Ok(())
}
