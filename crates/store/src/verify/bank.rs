//! What the bank said: each movement of an order has its report, and what waits for a person.

use wattkey_domain::ledger::OrderMoney;
use wattkey_domain::{BankEvent, OrderCause, OrderState, Transition};

use super::{Finding, MAX_FINDINGS, VerifyReport};
use crate::StoreError;
use crate::database::{DatabaseError, Row, Session};
use crate::read::orders::OrderEvent;

/// What the bank moved: the order, and what [`movements`] reads.
pub(super) const MOVEMENTS: &str = "SELECT order_id, event, at, note FROM bank_events
     WHERE order_id = ANY($1) AND outcome = 'moved'";

/// A state that the bank moved an order to: its name, since when, and what the bank added.
type Moved = (&'static str, i64, Option<String>);

/// Each state of an order that our bank brought about comes from one report of it; `ours` are those
/// that we brought about instead.
pub(super) fn movements(
    rows: &[Row],
    money: &OrderMoney,
    (history, ours): (&[OrderEvent], &[OrderState]),
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), DatabaseError> {
    let mut wanted: Vec<Moved> = Vec::new();
    for pair in history.windows(2) {
        let (from, event) = (pair[0].state, &pair[1]);
        let by_bank = is_of_bank(from, event.state) && !ours.contains(&event.state);
        if money.goes_to_bank() && by_bank {
            let (state, at) = (event.state.as_str(), event.at.as_second());
            wanted.push((state, at, event.note.clone()));
        }
    }
    let found = rows.iter().map(|row| {
        let state = leads_to(row.parsed(1)?, money).as_str();
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

fn is_of_bank(from: OrderState, to: OrderState) -> bool {
    let causes = [
        OrderCause::Submitted,
        OrderCause::Booked,
        OrderCause::Rejected,
        OrderCause::Returned,
    ];
    let mut causes = causes.into_iter();
    causes.any(|cause| from.next(cause) == Ok(Transition::To(to)))
}

fn leads_to(event: BankEvent, money: &OrderMoney) -> OrderState {
    let cause = if money.refund.is_some() {
        Some(event.of_refund())
    } else {
        event.of_collection()
    };
    match cause {
        Some(OrderCause::Submitted) => OrderState::Submitted,
        Some(OrderCause::Booked) => OrderState::Settled,
        Some(OrderCause::Rejected) => OrderState::Rejected,
        // A payment out moves no collection: no history has this.
        _ => OrderState::Returned,
    }
}

/// How far the bank's messages are read is how far they are kept.
pub(super) fn cursor(
    session: &mut dyn Session,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    let sql = "SELECT (SELECT coalesce(max(position), 0) FROM bank_cursor),
                      (SELECT coalesce(max(number), 0) FROM bank_messages)";
    let row = session.query_one(sql, &[])?;
    let (read, kept) = row.map_or(Ok((0, 0)), |row| {
        Ok::<_, DatabaseError>((row.count(0)?, row.count(1)?))
    })?;
    if read != kept {
        report.find(
            "bank",
            format_args!("messages are read up to {read} and kept up to {kept}"),
        );
    }
    Ok(())
}

/// What was kept and not posted. It makes the books no less sound; somebody must look at it.
pub(super) fn attention(
    session: &mut dyn Session,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    session.for_each(
        "SELECT 'bank ' || reference,
                event || coalesce(' of order ' || order_id, ' of return ' || return_id, '') || ': ' || outcome, at
         FROM bank_events
         WHERE outcome IN ('unknown-order', 'amount-mismatch', 'wrong-direction', 'contradiction',
                           'unpostable', 'unmatched')
             AND NOT EXISTS (SELECT 1 FROM resolved WHERE item =
                 CASE WHEN outcome = 'unmatched' THEN 'receipt:' ELSE 'event:' END || reference)
         UNION ALL
         SELECT 'deposit ' || account, 'it is below zero: ' || balance, 0 FROM deposits
         WHERE balance < 0
         UNION ALL
         SELECT 'bank message ' || message || coalesce(' ' || reference, ''), why, at
         FROM bank_listed JOIN bank_messages ON number = message
         WHERE NOT EXISTS (SELECT 1 FROM resolved_items
                           WHERE item = 'listed:' || message || '/' || position)
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
