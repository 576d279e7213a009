//! What the bank says: each report once, moved along the state machine, posted.

use rusqlite::{Connection, OptionalExtension as _, params};
use wattkey_domain::ledger::{self, OrderBill, Posting, PostingError};
use wattkey_domain::{Money, OrderId, OrderState, Transition};
use wattkey_failpoint::failpoint;

use crate::outcome::{
    BankEventOutcome, BankMessage, BankMessageOutcome, BankReport, JournalPosition,
};
use crate::read::orders::{self, OrderEvent};
use crate::write::{Batch, accept};
use crate::{StoreError, row};

/// An outcome whose link is not known before the batch ends.
#[derive(Debug)]
pub(crate) enum Pending {
    Moved { from: OrderState, to: OrderEvent },
    Other(BankEventOutcome),
}

impl Pending {
    pub(crate) fn finish(self, committed: Option<&JournalPosition>) -> BankEventOutcome {
        match self {
            Self::Moved { from, to } => BankEventOutcome::Moved {
                from,
                to: accept::posted(&to, committed),
            },
            Self::Other(outcome) => outcome,
        }
    }

    fn needs_a_person(&self) -> bool {
        matches!(
            self,
            Self::Other(
                BankEventOutcome::UnknownOrder
                    | BankEventOutcome::AmountMismatch { .. }
                    | BankEventOutcome::Contradiction(_)
            )
        )
    }

    /// The name in `bank_events`, by which an operator finds what must be looked at.
    fn name(&self) -> &'static str {
        match self {
            Self::Moved { .. } => "moved",
            Self::Other(BankEventOutcome::Unchanged { .. }) => "unchanged",
            Self::Other(BankEventOutcome::UnknownOrder) => "unknown-order",
            Self::Other(BankEventOutcome::AmountMismatch { .. }) => "amount-mismatch",
            Self::Other(BankEventOutcome::Contradiction(_)) => "contradiction",
            Self::Other(BankEventOutcome::Moved { .. } | BankEventOutcome::Repeated) => "repeated",
        }
    }
}

/// Takes a message in as a whole: its bytes, each of its reports, what is only listed, the cursor.
/// `None` when it was taken in before.
pub(crate) fn take(
    batch: &mut Batch<'_>,
    message: &BankMessage,
) -> Result<Option<Vec<Pending>>, StoreError> {
    let connection = batch.connection();
    if message.number <= cursor(connection)? {
        return Ok(None);
    }
    connection
        .prepare_cached(
            "INSERT INTO bank_messages (number, kind, body, at) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![
            message.number,
            message.kind,
            message.body,
            message.now.as_second()
        ])?;
    for (position, remark) in message.listed.iter().enumerate() {
        connection
            .prepare_cached(
                "INSERT INTO bank_listed (message, position, reference, why) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![message.number, position, remark.reference, remark.why])?;
    }
    let reports = message.reports.iter().map(|report| apply(batch, report));
    let outcomes = reports.collect::<Result<Vec<_>, _>>()?;
    advance_cursor(batch, message.number)?;
    Ok(Some(outcomes))
}

pub(crate) fn finish(
    taken: Option<Vec<Pending>>,
    committed: Option<&JournalPosition>,
) -> BankMessageOutcome {
    match taken {
        None => BankMessageOutcome::Repeated,
        Some(outcomes) => {
            let outcomes = outcomes.into_iter();
            BankMessageOutcome::Taken(outcomes.map(|outcome| outcome.finish(committed)).collect())
        }
    }
}

pub(crate) fn apply(batch: &mut Batch<'_>, report: &BankReport) -> Result<Pending, StoreError> {
    let connection = batch.connection();
    let repeated = connection
        .prepare_cached("SELECT 1 FROM bank_events WHERE reference = ?1")?
        .exists([&report.reference])?;
    if repeated {
        return Ok(Pending::Other(BankEventOutcome::Repeated));
    }
    let outcome = move_order(batch, report)?;
    connection
        .prepare_cached(
            "INSERT INTO bank_events (reference, order_id, event, amount, currency, note, at, outcome)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            report.reference,
            report.order.to_string(),
            report.event.as_str(),
            report.amount.map(|amount| amount.minor()),
            report.amount.map(|amount| amount.currency().to_string()),
            report.note,
            report.now.as_second(),
            outcome.name(),
        ])?;
    if outcome.needs_a_person() {
        let (order, event, outcome) = (report.order, report.event, outcome.name());
        tracing::warn!(%order, %event, outcome, "what the bank says was not posted");
    }
    failpoint!("platform.bank-event-posted-not-committed");
    Ok(outcome)
}

fn move_order(batch: &mut Batch<'_>, report: &BankReport) -> Result<Pending, StoreError> {
    let connection = batch.connection();
    let Some((state, total)) = standing(connection, report.order)? else {
        return Ok(Pending::Other(BankEventOutcome::UnknownOrder));
    };
    if report.amount.is_some_and(|amount| amount != total) {
        return Ok(Pending::Other(BankEventOutcome::AmountMismatch {
            expected: total,
        }));
    }
    let to = match state.next(report.event) {
        Ok(Transition::To(to)) => to,
        Ok(Transition::Unchanged) => {
            return Ok(Pending::Other(BankEventOutcome::Unchanged { state }));
        }
        Err(contradiction) => {
            return Ok(Pending::Other(BankEventOutcome::Contradiction(
                contradiction,
            )));
        }
    };
    let bills = orders::bills(connection, report.order, total.currency())?;
    for posting in postings(to, report, &bills)? {
        batch.post(&posting)?;
    }
    set_state(connection, report.order, to)?;
    let note = report.note.as_deref();
    let event = orders::insert_event(batch, report.order, to, note, report.now)?;
    Ok(Pending::Moved {
        from: state,
        to: event,
    })
}

/// What coming into a state posts.
fn postings(
    to: OrderState,
    report: &BankReport,
    bills: &[OrderBill],
) -> Result<Vec<Posting>, PostingError> {
    match to {
        OrderState::Accepted | OrderState::Submitted => Ok(Vec::new()),
        OrderState::Settled => ledger::booked(report.order, bills, report.now),
        OrderState::Rejected => ledger::rejected(report.order, bills, report.now),
        OrderState::Returned => ledger::returned(report.order, bills, report.now),
    }
}

fn standing(
    connection: &Connection,
    order: OrderId,
) -> rusqlite::Result<Option<(OrderState, Money)>> {
    connection
        .prepare_cached("SELECT state, currency, total FROM orders WHERE id = ?1")?
        .query_row([order.to_string()], |row| {
            let currency = row::parsed(row, 1)?;
            Ok((row::parsed(row, 0)?, row::money(row, 2, currency)?))
        })
        .optional()
}

fn set_state(connection: &Connection, order: OrderId, state: OrderState) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE orders SET state = ?2 WHERE id = ?1")?
        .execute(params![order.to_string(), state.as_str()])?;
    connection
        .prepare_cached("UPDATE order_bills SET claimed = ?2 WHERE order_id = ?1")?
        .execute(params![order.to_string(), state.holds_claims()])
        .map(|_| ())
}

pub(crate) fn cursor(connection: &Connection) -> Result<u64, StoreError> {
    let position = connection
        .query_row("SELECT position FROM bank_cursor", [], |row| row.get(0))
        .optional()?;
    Ok(position.unwrap_or(0))
}

fn advance_cursor(batch: &Batch<'_>, position: u64) -> rusqlite::Result<()> {
    batch
        .connection()
        .prepare_cached(
            "INSERT INTO bank_cursor (one, position) VALUES (1, ?1)
             ON CONFLICT (one) DO UPDATE SET position = excluded.position",
        )?
        .execute([position])
        .map(|_| ())
}
