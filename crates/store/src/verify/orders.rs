//! Each order: its signed payload, its states, its claims, and each of its events posted once.

use uuid::Uuid;
use wattkey_domain::journal::Entry;
use wattkey_domain::ledger::{self, OrderBill, Posting, PostingError};
use wattkey_domain::{BankEvent, Money, OrderId, OrderState, Transition};

use super::{Belonging, VerifyReport, bank, journal, pages, signed};
use crate::StoreError;
use crate::database::{DatabaseError, Row, Session, Value};
use crate::read::orders::{OrderEvent, histories, read_bill, read_event};

/// What belongs to the orders of a page.
struct Belongings {
    bills: Belonging,
    history: Belonging,
    receipts: Belonging,
    transfers: Belonging,
    movements: Belonging,
    messages: Belonging,
}

impl Belongings {
    fn load(session: &mut dyn Session, ids: &Value) -> Result<Self, DatabaseError> {
        let history = histories("order_events.order_id = ANY($1)");
        let messages = "SELECT order_id FROM outbox WHERE order_id = ANY($1)";
        Ok(Self {
            bills: Belonging::load(session, signed::BILLS, ids)?,
            history: Belonging::load(session, &history, ids)?,
            receipts: Belonging::load(session, signed::RECEIPTS, ids)?,
            transfers: Belonging::load(session, journal::OF_SUBJECTS, ids)?,
            movements: Belonging::load(session, bank::MOVEMENTS, ids)?,
            messages: Belonging::load(session, messages, ids)?,
        })
    }
}

pub(super) fn check(
    session: &mut dyn Session,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    pages(session, signed::ORDER, "orders", |session, rows| {
        let ids = rows.iter().map(|row| row.text(0));
        let ids = Value::texts(ids.collect::<Result<Vec<_>, _>>()?);
        let belongings = Belongings::load(session, &ids)?;
        for row in rows {
            report.orders += 1;
            let place = format!("order {}", row.text(0)?);
            let checked = order(row, &belongings, &place, report);
            report.note(&place, checked)?;
        }
        Ok(())
    })?;
    strangers(session, report)
}

fn order(
    row: &Row,
    belongings: &Belongings,
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), DatabaseError> {
    let key = row.text(0)?;
    let id: OrderId = row.parsed(0)?;
    let state: OrderState = row.parsed(1)?;
    let currency = row.parsed(2)?;
    let total = row.money(3, currency)?;
    let rows = belongings.bills.of(key);
    signed::order(row, rows, place, report)?;
    let bills = rows.iter().map(|row| read_bill(row, 1, currency));
    let bills = bills.collect::<Result<Vec<_>, _>>()?;
    let totals = bills
        .iter()
        .map(OrderBill::total)
        .collect::<Result<Vec<_>, _>>();
    if totals.and_then(|totals| Money::sum(currency, totals)) != Ok(total) {
        report.find(place, "its bills do not sum to its total");
    }
    let history = belongings.history.of(key).iter();
    let history = history.map(|row| read_event(row, 1));
    let history = history.collect::<Result<Vec<_>, _>>()?;
    states(&history, state, place, report);
    for bill in rows {
        if bill.flag(4)? != state.holds_claims() {
            report.find(place, "its claims are not those of its state");
            break;
        }
    }
    posted_once(
        id,
        &bills,
        &history,
        belongings.transfers.of(key),
        place,
        report,
    )?;
    bank::movements(belongings.movements.of(key), &history, place, report)?;
    signed::receipts(key, belongings.receipts.of(key), &history, place, report)?;
    let messages = belongings.messages.of(key).len();
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

/// Builds again what the order's history must have posted, batch by batch, and compares.
fn posted_once(
    id: OrderId,
    bills: &[OrderBill],
    history: &[OrderEvent],
    rows: &[Row],
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), DatabaseError> {
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
    let found = rows.iter().map(journal::subject_entry);
    let mut found = found.collect::<Result<Vec<_>, _>>()?;
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
fn strangers(session: &mut dyn Session, report: &mut VerifyReport) -> Result<(), StoreError> {
    for (sql, sort, problem) in [
        (
            "SELECT DISTINCT subject FROM transfers
             WHERE NOT EXISTS (SELECT 1 FROM orders WHERE orders.id = transfers.subject)
             AND NOT EXISTS (SELECT 1 FROM bills WHERE bills.id = transfers.subject)",
            "subject",
            "there are postings of it, and it is neither an order nor a bill",
        ),
        (
            "SELECT bill FROM order_bills WHERE claimed = 1 GROUP BY bill HAVING count(*) > 1",
            "bill",
            "several orders hold it",
        ),
        (
            "SELECT reference FROM bank_events WHERE outcome = 'moved'
             AND NOT EXISTS (SELECT 1 FROM orders WHERE orders.id = bank_events.order_id)",
            "bank",
            "it moved an order that is not there",
        ),
        (
            "SELECT order_id || ' ' || state FROM receipts
             WHERE NOT EXISTS (SELECT 1 FROM order_events
                 WHERE order_events.order_id = receipts.order_id
                 AND order_events.state = receipts.state)",
            "receipt",
            "the order never came into this state",
        ),
    ] {
        session.for_each(sql, &[], &mut |row| {
            let name = row.text(0)?;
            report.find(format_args!("{sort} {name}"), problem);
            Ok(())
        })?;
    }
    Ok(())
}
