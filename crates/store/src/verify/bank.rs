//! What the bank said: each movement of an order has its report, and what waits for a person.

use wattkey_domain::{BankEvent, OrderState};

use super::{Finding, MAX_FINDINGS, VerifyReport};
use crate::StoreError;
use crate::database::{DatabaseError, Row, Session};
use crate::read::orders::OrderEvent;

/// What the bank moved: the order, and what [`movements`] reads.
pub(super) const MOVEMENTS: &str = "SELECT order_id, event, at, note FROM bank_events
     WHERE order_id = ANY($1) AND outcome = 'moved'";

/// A state that the bank moved an order to: its name, since when, and what the bank added.
type Moved = (&'static str, i64, Option<String>);

/// Each state of an order but the first comes from one report of the bank.
pub(super) fn movements(
    rows: &[Row],
    history: &[OrderEvent],
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), DatabaseError> {
    let wanted = history.iter().skip(1).map(|event| {
        let (state, at) = (event.state.as_str(), event.at.as_second());
        (state, at, event.note.clone())
    });
    let mut wanted: Vec<Moved> = wanted.collect();
    let found = rows.iter().map(|row| {
        let state = leads_to(row.parsed(1)?).as_str();
        Ok((state, row.int(2)?, row.optional(3, Row::string)?))
    });
    let mut found: Vec<Moved> = found.collect::<Result<_, DatabaseError>>()?;
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
    session: &mut dyn Session,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    session.for_each(
        "SELECT 'bank ' || reference, event || ' of order ' || order_id || ': ' || outcome, at
         FROM bank_events
         WHERE outcome IN ('unknown-order', 'amount-mismatch', 'contradiction', 'unpostable')
         UNION ALL
         SELECT 'bank message ' || message || coalesce(' ' || reference, ''), why, at
         FROM bank_listed JOIN bank_messages ON number = message
         ORDER BY 3, 1",
        &[],
        &mut |row| {
            report.attention_total += 1;
            if report.attention.len() < MAX_FINDINGS {
                report.attention.push(Finding {
                    place: row.string(0)?,
                    problem: row.string(1)?,
                });
            }
            Ok(())
        },
    )?;
    Ok(())
}
