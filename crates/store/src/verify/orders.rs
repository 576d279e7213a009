//! Each order: its signed payload, its states, its claims, and each of its events posted once.

use rusqlite::{Connection, Row};
use uuid::Uuid;
use wattkey_domain::journal::Entry;
use wattkey_domain::ledger::{self, OrderBill, Posting, PostingError};
use wattkey_domain::{BankEvent, Money, OrderId, OrderState, Transition};

use super::{VerifyReport, bank, journal, signed};
use crate::read::orders::{self, OrderEvent};
use crate::{StoreError, row};

pub(super) fn check(connection: &Connection, report: &mut VerifyReport) -> Result<(), StoreError> {
    let mut statement = connection.prepare(&format!("SELECT {} FROM orders", signed::ORDER))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        report.orders += 1;
        let place = format!("order {}", row.get::<_, String>(0)?);
        match order(connection, row, &place, report) {
            Ok(()) => {}
            Err(StoreError::Database(error)) => report.note(&place, Err(error))?,
            Err(error) => return Err(error),
        }
    }
    strangers(connection, report)
}

fn order(
    connection: &Connection,
    row: &Row<'_>,
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    let id: OrderId = row::parsed(row, 0)?;
    let state: OrderState = row::parsed(row, 1)?;
    let currency = row::parsed(row, 2)?;
    let total = row::money(row, 3, currency)?;
    signed::order(connection, row, place, report)?;
    let bills = orders::bills(connection, id, currency)?;
    let totals = bills
        .iter()
        .map(OrderBill::total)
        .collect::<Result<Vec<_>, _>>();
    if totals.and_then(|totals| Money::sum(currency, totals)) != Ok(total) {
        report.find(place, "its bills do not sum to its total");
    }
    let history = orders::history(connection, id)?;
    states(&history, state, place, report);
    claims(connection, id, state, place, report)?;
    posted_once(connection, id, &bills, &history, place, report)?;
    bank::movements(connection, id, &history, place, report)?;
    signed::receipts(connection, id, &history, place, report)?;
    let messages: u64 = connection
        .prepare_cached("SELECT count(*) FROM outbox WHERE order_id = ?1")?
        .query_row([id.to_string()], |row| row.get(0))?;
    if messages != 1 {
        report.find(
            place,
            format_args!("it has {messages} messages to the bank"),
        );
    }
    Ok(())
}

fn states(history: &[OrderEvent], state: OrderState, place: &str, report: &mut VerifyReport) {
    if history.first().map(|event| event.state) != Some(OrderState::Accepted) {
        report.find(place, "its history does not begin with its acceptance");
    }
    for pair in history.windows(2) {
        let to = Transition::To(pair[1].state);
        if !BankEvent::ALL
            .into_iter()
            .any(|event| pair[0].state.next(event) == Ok(to))
        {
            let (from, to) = (pair[0].state, pair[1].state);
            report.find(place, format_args!("it went from {from} to {to}"));
        }
    }
    if history.last().map(|event| event.state) != Some(state) {
        report.find(place, "its state is not the last of its history");
    }
}

fn claims(
    connection: &Connection,
    id: OrderId,
    state: OrderState,
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    let wrong = connection
        .prepare_cached("SELECT 1 FROM order_bills WHERE order_id = ?1 AND claimed <> ?2")?
        .exists(rusqlite::params![id.to_string(), state.holds_claims()])?;
    if wrong {
        report.find(place, "its claims are not those of its state");
    }
    Ok(())
}

/// Builds again what the order's history must have posted, batch by batch, and compares.
fn posted_once(
    connection: &Connection,
    id: OrderId,
    bills: &[OrderBill],
    history: &[OrderEvent],
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    let mut wanted: Vec<(Uuid, u64, Entry)> = Vec::new();
    for event in history {
        let Ok(postings) = postings(id, bills, event) else {
            report.find(
                place,
                format_args!("{} cannot have been posted", event.state),
            );
            return Ok(());
        };
        let (process, sequence) = (event.journal.process, event.journal.sequence);
        wanted.extend(postings.iter().flat_map(|posting| {
            let entries = posting.transfers.iter().map(|one| Entry::new(posting, one));
            entries.map(move |entry| (process, sequence, entry))
        }));
    }
    let mut found = journal::of_subject(connection, &id.to_string())?;
    wanted.sort_unstable();
    found.sort_unstable();
    if found != wanted {
        report.find(
            place,
            "its postings are not those of its history, each once",
        );
    }
    Ok(())
}

fn postings(
    id: OrderId,
    bills: &[OrderBill],
    event: &OrderEvent,
) -> Result<Vec<Posting>, PostingError> {
    match event.state {
        OrderState::Accepted => ledger::accepted(id, bills, event.at),
        OrderState::Submitted => Ok(Vec::new()),
        OrderState::Settled => ledger::booked(id, bills, event.at),
        OrderState::Rejected => ledger::rejected(id, bills, event.at),
        OrderState::Returned => ledger::returned(id, bills, event.at),
    }
}

/// What belongs to no order or bill, and bills that two orders hold.
fn strangers(connection: &Connection, report: &mut VerifyReport) -> Result<(), StoreError> {
    for (sql, sort, problem) in [
        (
            "SELECT DISTINCT subject FROM transfers
             WHERE subject NOT IN (SELECT id FROM orders) AND subject NOT IN (SELECT id FROM bills)",
            "subject",
            "there are postings of it, and it is neither an order nor a bill",
        ),
        (
            "SELECT bill FROM order_bills WHERE claimed = 1 GROUP BY bill HAVING count(*) > 1",
            "bill",
            "several orders hold it",
        ),
        (
            "SELECT reference FROM bank_events
             WHERE outcome = 'moved' AND order_id NOT IN (SELECT id FROM orders)",
            "bank",
            "it moved an order that is not there",
        ),
        (
            "SELECT order_id || ' ' || state FROM receipts
             WHERE (order_id, state) NOT IN (SELECT order_id, state FROM order_events)",
            "receipt",
            "the order never came into this state",
        ),
    ] {
        let mut statement = connection.prepare(sql)?;
        for name in statement.query_map([], |row| row.get::<_, String>(0))? {
            let name = name?;
            report.find(format_args!("{sort} {name}"), problem);
        }
    }
    Ok(())
}
