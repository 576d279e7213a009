//! WRITE: everything that a batch decided, one statement for each table.

mod columns;

use uuid::Uuid;
use wattkey_domain::journal::{Entry, Link};
use wattkey_domain::{Money, OrderId};
use wattkey_failpoint::failpoint;

use super::bank::plain;
use super::receipt::SaveReceipt;
use super::working::{Order, Working};
use crate::checkpoint::Checkpoint;
use crate::database::Type::{Int, Text};
use crate::database::{DatabaseError, Session, Type, Value};
use crate::outcome::{AcceptOrder, BankMessage, BankReport, BindingStep};
use columns::{
    BANK_ALIASES, BANK_EVENTS, BANK_LISTED, BANK_MESSAGES, BINDING_STEPS, CHECKPOINT_HEADS,
    CHECKPOINTS, Columns, JOURNAL, ORDER_BILLS, ORDER_EVENTS, ORDERS, OUTBOX, RECEIPTS, TRANSFERS,
};

/// Rows of one table, in the order of its columns.
type Table = Vec<Vec<Value>>;

/// New rows that are not made from the working set.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Without their states, which may change before the batch ends.
    orders: Vec<(OrderId, Vec<Value>)>,
    receipts: Table,
    bank_messages: Table,
    bank_listed: Table,
    bank_events: Table,
    bank_aliases: Table,
    bank_cursor: Option<u64>,
    binding_steps: Table,
    checkpoints: Table,
    checkpoint_heads: Table,
}

impl Rows {
    pub(super) fn order(&mut self, order: &AcceptOrder, total: Money) {
        let mut row = Vec::with_capacity(ORDERS.len());
        row.extend([
            Value::text(order.order),
            Value::text(order.customer),
            Value::text(order.user),
            order.mandate.as_str().into(),
            Value::text(order.currency),
            total.minor().into(),
            order.reference.as_str().into(),
            order.jws.as_str().into(),
            order.digest.into(),
            order.now.as_second().into(),
        ]);
        self.orders.push((order.order, row));
    }

    pub(super) fn receipt(&mut self, saved: &SaveReceipt) {
        self.receipts.push(vec![
            Value::text(saved.order),
            Value::text(saved.state),
            saved.receipt.jws.as_slice().into(),
            saved.receipt.digest.into(),
        ]);
    }

    pub(super) fn bank_message(&mut self, message: &BankMessage) {
        self.bank_messages.push(vec![
            message.number.into(),
            plain(&message.kind).into(),
            message.body.as_slice().into(),
            message.now.as_second().into(),
        ]);
        let listed = message.listed.iter().enumerate();
        self.bank_listed.extend(listed.map(|(position, remark)| {
            vec![
                message.number.into(),
                position.into(),
                remark.reference.as_deref().map(plain).into(),
                plain(&remark.why).into(),
            ]
        }));
    }

    pub(super) fn bank_alias(&mut self, alias: &str, reference: &str) {
        self.bank_aliases.push(vec![alias.into(), reference.into()]);
    }

    pub(super) fn bank_event(&mut self, report: &BankReport, reference: &str, outcome: &str) {
        self.bank_events.push(vec![
            reference.into(),
            Value::text(report.order),
            Value::text(report.event),
            report.amount.map(|amount| amount.minor()).into(),
            report
                .amount
                .map(|amount| amount.currency().to_string())
                .into(),
            report.note.as_deref().map(plain).into(),
            report.now.as_second().into(),
            outcome.into(),
        ]);
    }

    pub(super) fn bank_cursor(&mut self, number: u64) {
        self.bank_cursor = Some(number);
    }

    pub(super) fn binding_step(&mut self, step: &BindingStep, digest: [u8; 32]) {
        self.binding_steps.push(vec![
            step.sequence.into(),
            step.jws.as_str().into(),
            digest.into(),
        ]);
    }

    pub(super) fn checkpoint(&mut self, checkpoint: &Checkpoint) {
        self.checkpoints.push(vec![
            checkpoint.sequence.into(),
            checkpoint.previous.into(),
            checkpoint.digest().into(),
            checkpoint.at.as_second().into(),
            checkpoint.jws.as_deref().into(),
        ]);
        self.checkpoint_heads
            .extend(checkpoint.heads.iter().map(|head| {
                vec![
                    checkpoint.sequence.into(),
                    head.process.as_bytes().into(),
                    head.sequence.into(),
                    head.link.into(),
                ]
            }));
    }
}

/// What a test may kill the process after.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    orders: bool,
    bank_events: bool,
}

impl Written {
    /// Everything is written, and nothing is committed.
    pub(super) fn reached(self) {
        if self.orders {
            failpoint!("platform.order-posted-not-committed");
        }
        if self.bank_events {
            failpoint!("platform.bank-event-posted-not-committed");
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
    let written = Written {
        orders: !rows.orders.is_empty(),
        bank_events: !rows.bank_events.is_empty(),
    };
    write_new_orders(session, rows.orders, working)?;
    write_events(session, working)?;
    for (table, columns, rows) in [
        ("receipts", RECEIPTS, rows.receipts),
        ("bank_messages", BANK_MESSAGES, rows.bank_messages),
        ("bank_listed", BANK_LISTED, rows.bank_listed),
        ("bank_events", BANK_EVENTS, rows.bank_events),
        ("bank_aliases", BANK_ALIASES, rows.bank_aliases),
        ("binding_steps", BINDING_STEPS, rows.binding_steps),
        ("checkpoints", CHECKPOINTS, rows.checkpoints),
        ("checkpoint_heads", CHECKPOINT_HEADS, rows.checkpoint_heads),
    ] {
        insert(session, table, columns, &rows)?;
    }
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
    let (mut states, mut released) = (Table::new(), Table::new());
    for (id, order) in &working.orders {
        let Some(kept) = order.kept.filter(|kept| kept.state != order.state) else {
            continue;
        };
        states.push(vec![Value::text(id), Value::text(order.state)]);
        if kept.state.holds_claims() && !order.state.holds_claims() {
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

fn write_new_orders(
    session: &mut dyn Session,
    rows: Vec<(OrderId, Vec<Value>)>,
    working: &mut Working,
) -> Result<(), DatabaseError> {
    if rows.is_empty() {
        return Ok(());
    }
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
                Value::text(message.order),
                std::mem::take(&mut message.body).into(),
                message.created.into(),
                message.leased_until.into(),
                message.attempts.into(),
                message.sent.into(),
            ]
        })
        .collect();
    insert(session, "outbox", OUTBOX, &messages)
}

fn bill_rows(id: OrderId, order: &Order) -> impl Iterator<Item = Vec<Value>> {
    let claimed = order.state.holds_claims();
    order.bills.iter().enumerate().map(move |(position, bill)| {
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
