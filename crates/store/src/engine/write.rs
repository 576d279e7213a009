//! WRITE: everything that a batch decided, one statement for each table.

mod columns;
mod disputes;
mod own_data;
mod resolutions;
mod rows;

use std::collections::BTreeMap;

use uuid::Uuid;
use wattkey_domain::OrderId;
use wattkey_domain::journal::{Entry, Link};
use wattkey_failpoint::failpoint;

use super::working::{Order, Working};
use crate::database::Type::{Int, Text};
use crate::database::{DatabaseError, Session, Type, Value};
use columns::{
    APPLICATIONS, BANK_ALIASES, BANK_EVENTS, BANK_LISTED, BANK_MESSAGES, BINDING_STEPS,
    CHANGE_DECISIONS, CHANGE_ENDS, CHANGES, CHECKPOINT_HEADS, CHECKPOINTS, CREDIT_BILLS, CREDITS,
    Columns, DEPOSITS, JOURNAL, MANDATE_REFUSALS, ORDER_BILLS, ORDER_DECISIONS, ORDER_EVENTS,
    ORDERS, OUTBOX, RECEIPTS, RESOLUTION_DECISIONS, RESOLUTIONS, RESOLVED_ITEMS, RETURNS,
    STANDING_ACCOUNTS, STANDING_ENDS, STANDING_INSTRUCTIONS, TRANSFERS, UNMATCHED_RECEIPTS,
};
pub(super) use disputes::end as end_disputes;
pub(super) use rows::{CREDIT, FEE, Rows};

/// Rows of one table, in the order of its columns.
type Table = Vec<Vec<Value>>;

/// A sort of what a batch wrote: whether it did, and the place where a test may kill the process
/// after it.
type Place = (bool, fn());

/// What a test may kill the process after.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written([Place; 10]);

impl Written {
    fn of(rows: &Rows) -> Self {
        let disputes = &rows.of_disputes;
        Self([
            (!rows.orders.is_empty(), || {
                failpoint!("platform.order-posted-not-committed");
            }),
            (!rows.bank_events.is_empty(), || {
                failpoint!("platform.bank-event-posted-not-committed");
            }),
            (!rows.decisions.is_empty(), || {
                failpoint!("platform.decision-posted-not-committed");
            }),
            (
                !rows.instructions.is_empty() || !rows.instruction_ends.is_empty(),
                || failpoint!("platform.instruction-written-not-committed"),
            ),
            (!rows.applications.is_empty(), || {
                failpoint!("platform.deposit-use-posted-not-committed");
            }),
            (disputes.has_disputes(), || {
                failpoint!("platform.dispute-written-not-committed");
            }),
            (disputes.has_acknowledgements(), || {
                failpoint!("platform.acknowledgement-written-not-committed");
            }),
            (
                !rows.changes.is_empty() || !rows.change_decisions.is_empty(),
                || failpoint!("platform.change-written-not-committed"),
            ),
            (!rows.resolutions.is_empty(), || {
                failpoint!("platform.resolution-written-not-committed");
            }),
            (!rows.resolution_decisions.is_empty(), || {
                failpoint!("platform.resolution-decision-posted-not-committed");
            }),
        ])
    }

    /// Everything is written, and nothing is committed.
    pub(super) fn reached(self) {
        for (is_written, place) in self.0 {
            if is_written {
                place();
            }
        }
    }
}

/// Writes what the batch changed. Claims are given up before others are made.
pub(super) fn write(
    session: &mut dyn Session,
    working: &mut Working,
) -> Result<Written, DatabaseError> {
    write_changes(session, working)?;
    let rows = std::mem::take(&mut working.rows);
    let written = Written::of(&rows);
    write_new_orders(session, rows.orders, working)?;
    write_events(session, working)?;
    rows.of_disputes.write(session)?;
    for (table, columns, rows) in [
        ("order_decisions", ORDER_DECISIONS, rows.decisions),
        ("mandate_refusals", MANDATE_REFUSALS, rows.mandate_refusals),
        ("receipts", RECEIPTS, rows.receipts),
        ("bank_messages", BANK_MESSAGES, rows.bank_messages),
        ("bank_listed", BANK_LISTED, rows.bank_listed),
        ("bank_events", BANK_EVENTS, rows.bank_events),
        ("bank_aliases", BANK_ALIASES, rows.bank_aliases),
        ("credits", CREDITS, rows.credits),
        ("credit_bills", CREDIT_BILLS, rows.credit_bills),
        ("unmatched_receipts", UNMATCHED_RECEIPTS, rows.unmatched),
        (
            "standing_instructions",
            STANDING_INSTRUCTIONS,
            rows.instructions,
        ),
        (
            "standing_accounts",
            STANDING_ACCOUNTS,
            rows.instruction_accounts,
        ),
        ("standing_ends", STANDING_ENDS, rows.instruction_ends),
        ("applications", APPLICATIONS, rows.applications),
        ("resolutions", RESOLUTIONS, rows.resolutions),
        (
            "resolution_decisions",
            RESOLUTION_DECISIONS,
            rows.resolution_decisions,
        ),
        ("resolved_items", RESOLVED_ITEMS, rows.resolved_items),
        ("returns", RETURNS, rows.returns),
        ("changes", CHANGES, rows.changes),
        ("change_decisions", CHANGE_DECISIONS, rows.change_decisions),
        ("change_ends", CHANGE_ENDS, rows.change_ends),
        ("binding_steps", BINDING_STEPS, rows.binding_steps),
        ("checkpoints", CHECKPOINTS, rows.checkpoints),
        ("checkpoint_heads", CHECKPOINT_HEADS, rows.checkpoint_heads),
    ] {
        insert(session, table, columns, &rows)?;
    }
    resolutions::write_returns(session, working)?;
    own_data::write(session, working)?;
    if let Some(number) = rows.bank_cursor {
        session.execute(
            "INSERT INTO bank_cursor (one, position) VALUES (1, $1)
             ON CONFLICT (one) DO UPDATE SET position = excluded.position",
            &[number.into()],
        )?;
    }
    Ok(written)
}

/// Writes a link and the transfers that it covers.
pub(super) fn write_link(
    session: &mut dyn Session,
    process: Uuid,
    sequence: u64,
    previous: &Link,
    link: &Link,
    entries: Vec<Entry>,
) -> Result<(), DatabaseError> {
    let count = entries.len();
    let rows: Table = entries
        .into_iter()
        .enumerate()
        .map(|(position, entry)| {
            vec![
                process.as_bytes().into(),
                sequence.into(),
                position.into(),
                entry.event.into(),
                entry.subject.into(),
                entry.debit.into(),
                entry.credit.into(),
                entry.amount_minor.into(),
                entry.currency.into(),
                entry.at.into(),
            ]
        })
        .collect();
    insert(session, "transfers", TRANSFERS, &rows)?;
    let row = vec![
        process.as_bytes().into(),
        sequence.into(),
        previous.into(),
        link.into(),
        count.into(),
    ];
    insert(session, "journal", JOURNAL, &[row])
}

pub(super) fn insert(
    session: &mut dyn Session,
    table: &str,
    columns: &[(&str, Type)],
    rows: &[Vec<Value>],
) -> Result<(), DatabaseError> {
    if rows.is_empty() {
        return Ok(());
    }
    session.insert(table, columns, rows).map(|_| ())
}

fn update(
    session: &mut dyn Session,
    table: &str,
    keys: Columns,
    columns: Columns,
    rows: &[Vec<Value>],
) -> Result<(), DatabaseError> {
    if rows.is_empty() {
        return Ok(());
    }
    session
        .update_by_key(table, keys, columns, rows)
        .map(|_| ())
}

/// Rows that were there: what is open of bills, where orders stand, what was leased or sent.
fn write_changes(session: &mut dyn Session, working: &Working) -> Result<(), DatabaseError> {
    let bills = working.bills.iter();
    let open: Table = bills
        .filter(|(_, bill)| bill.open != bill.kept_open)
        .map(|(id, bill)| vec![id.as_str().into(), bill.open.into()])
        .collect();
    update(
        session,
        "bills",
        &[("id", Text)],
        &[("open_minor", Int)],
        &open,
    )?;
    deposits(session, working)?;
    let (mut states, mut released) = (Table::new(), Table::new());
    for (id, order) in &working.orders {
        let Some(kept) = order.kept.filter(|kept| kept.state != order.state) else {
            continue;
        };
        states.push(vec![Value::text(id), Value::text(order.state)]);
        let held = kept.state.holds_claims() && order.money.claims();
        if held && !order.state.holds_claims() && !order.money.bills.is_empty() {
            released.push(vec![Value::text(id), false.into()]);
        }
    }
    update(
        session,
        "orders",
        &[("id", Text)],
        &[("state", Text)],
        &states,
    )?;
    let claims: Columns = &[("claimed", Int)];
    update(
        session,
        "order_bills",
        &[("order_id", Text)],
        claims,
        &released,
    )?;
    let messages = working.messages.iter();
    let leases: Table = messages
        .filter(|(_, message)| message.changed && !message.is_new)
        .map(|(id, message)| {
            vec![
                id.into(),
                message.leased_until.into(),
                message.attempts.into(),
                message.sent.into(),
            ]
        })
        .collect();
    let columns: Columns = &[("leased_until", Int), ("attempts", Int), ("sent", Int)];
    update(session, "outbox", &[("id", Text)], columns, &leases)
}

/// Deposits that were there, and those that begin now.
fn deposits(session: &mut dyn Session, working: &Working) -> Result<(), DatabaseError> {
    let (mut changed, mut new) = (Table::new(), BTreeMap::new());
    for (account, deposit) in &working.deposits {
        let Some(currency) = deposit.currency else {
            continue;
        };
        let balance = deposit.balance.into();
        match deposit.kept {
            Some(kept) if kept == deposit.balance => {}
            Some(_) => changed.push(vec![account.as_str().into(), balance]),
            None => {
                let row = vec![account.as_str().into(), Value::text(currency), balance];
                new.insert(account, row);
            }
        }
    }
    // Of those who make the same, one waits for the other: in one order.
    let new: Table = new.into_values().collect();
    let balance: Columns = &[("balance", Int)];
    update(session, "deposits", &[("account", Text)], balance, &changed)?;
    insert(session, "deposits", DEPOSITS, &new)
}

/// New orders, and new messages: of these and of those that were approved.
fn write_new_orders(
    session: &mut dyn Session,
    rows: Vec<(OrderId, Vec<Value>)>,
    working: &mut Working,
) -> Result<(), DatabaseError> {
    let (mut orders, mut bills) = (Table::with_capacity(rows.len()), Table::new());
    for (id, mut row) in rows {
        let Some(order) = working.orders.get(&id) else {
            continue;
        };
        row.push(Value::text(order.state));
        orders.push(row);
        bills.extend(bill_rows(id, order));
    }
    insert(session, "orders", ORDERS, &orders)?;
    insert(session, "order_bills", ORDER_BILLS, &bills)?;
    let messages = working.messages.iter_mut();
    let messages: Table = messages
        .filter(|(_, message)| message.is_new)
        .map(|(id, message)| {
            vec![
                id.into(),
                message.of.order().map(|id| id.to_string()).into(),
                message.of.sends_back().map(|id| id.to_string()).into(),
                std::mem::take(&mut message.body).into(),
                message.created.into(),
                message.not_before.into(),
                message.leased_until.into(),
                message.attempts.into(),
                message.sent.into(),
            ]
        })
        .collect();
    insert(session, "outbox", OUTBOX, &messages)
}

fn bill_rows(id: OrderId, order: &Order) -> impl Iterator<Item = Vec<Value>> {
    let claimed = order.state.holds_claims() && order.money.claims();
    order
        .money
        .bills
        .iter()
        .enumerate()
        .map(move |(position, bill)| {
            vec![
                Value::text(id),
                position.into(),
                bill.bill.as_str().into(),
                bill.principal.minor().into(),
                bill.penalty.minor().into(),
                claimed.into(),
            ]
        })
}

fn write_events(session: &mut dyn Session, working: &Working) -> Result<(), DatabaseError> {
    let mut events = Table::new();
    for (id, order) in &working.orders {
        let kept = order.kept.map_or(0, |kept| kept.events);
        let new = order.history.iter().enumerate().skip(kept);
        events.extend(new.map(|(position, event)| {
            vec![
                Value::text(id),
                position.into(),
                Value::text(event.state),
                event.at.as_second().into(),
                event.note.as_deref().into(),
                event.journal.process.as_bytes().into(),
                event.journal.sequence.into(),
            ]
        }));
    }
    insert(session, "order_events", ORDER_EVENTS, &events)
}
