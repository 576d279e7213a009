//! LOAD: what the calls of a batch name, in few queries.
//!
//! Locks first, always in this order, each kind sorted: the rows of `locks` by name, bills by id,
//! orders by id, messages by id. What hangs on a locked row is read after the lock is had, so that
//! it is as the last holder left it. Whoever makes or moves an order holds its bills, so two
//! platforms that are sent the same order meet at its bills, and the second one finds the order.

use std::collections::HashMap;

use wattkey_domain::ledger::OrderBill;
use wattkey_domain::{BillId, OrderId, OrderState};

use super::outbox;
use super::wanted::{Bindings, Wanted};
use super::working::{Bill, Kept, MandateTerms, Message, Order, Working};
use crate::checkpoint;
use crate::database::{DatabaseError, Kind, Row, Session, Value};
use crate::digest::sha256;
use crate::read::{self, bank, bindings};

/// What orders pay, by order.
type OrderBills = HashMap<OrderId, Vec<OrderBill>>;

/// A name in `locks`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lock {
    /// The bank's messages are taken in one after the other.
    Bank,
    /// No order is posted while the binding log grows.
    Bindings,
    /// Checkpoints follow each other.
    Checkpoints,
    /// One import at a time.
    Import,
}

/// Whether others may have the lock as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    Shared,
    Alone,
}

pub(super) fn lock(session: &mut dyn Session, lock: Lock, hold: Hold) -> Result<(), DatabaseError> {
    if session.kind() == Kind::Sqlite {
        // Its one writer has it.
        return Ok(());
    }
    let name = match lock {
        Lock::Bank => "bank",
        Lock::Bindings => "bindings",
        Lock::Checkpoints => "checkpoints",
        Lock::Import => "import",
    };
    let sql = match hold {
        Hold::Shared => "SELECT name FROM locks WHERE name = $1 FOR SHARE",
        Hold::Alone => "SELECT name FROM locks WHERE name = $1 FOR UPDATE",
    };
    session.query(sql, &[name.into()]).map(|_| ())
}

/// Loads it all. `wanted` is settled.
pub(super) fn load(
    session: &mut dyn Session,
    wanted: &Wanted,
    working: &mut Working,
) -> Result<(), DatabaseError> {
    if wanted.bank_cursor {
        lock(session, Lock::Bank, Hold::Alone)?;
        working.bank_cursor = bank::cursor(session)?;
        for number in &wanted.bank_messages {
            if let Some(body) = bank::message(session, *number)? {
                working.bank_messages.insert(*number, sha256(&body));
            }
        }
    }
    if wanted.bindings != Bindings::Unused {
        let hold = match wanted.bindings {
            Bindings::Append => Hold::Alone,
            _ => Hold::Shared,
        };
        lock(session, Lock::Bindings, hold)?;
        working.bindings = bindings::head(session)?;
    }
    if wanted.checkpoint {
        lock(session, Lock::Checkpoints, Hold::Alone)?;
        working.checkpoint = checkpoint::head(session)?;
    }
    let of_orders = if wanted.bills_of_orders {
        order_bills(session, &Value::texts(&wanted.orders))?
    } else {
        OrderBills::new()
    };
    bills(session, wanted, &of_orders, working)?;
    orders(session, wanted, of_orders, working)?;
    messages(session, wanted, working)?;
    people(session, wanted, working)?;
    references(session, wanted, working)?;
    Ok(())
}

/// What orders pay; it never changes.
fn order_bills(session: &mut dyn Session, ids: &Value) -> Result<OrderBills, DatabaseError> {
    let rows = session.query(
        "SELECT order_id, bill, principal, penalty, currency FROM order_bills
         JOIN orders ON orders.id = order_bills.order_id
         WHERE order_id = ANY($1) ORDER BY order_id, position",
        std::slice::from_ref(ids),
    )?;
    let mut bills = OrderBills::new();
    for row in &rows {
        let bill = read::orders::read_bill(row, 1, row.parsed(4)?)?;
        bills.entry(row.parsed(0)?).or_default().push(bill);
    }
    Ok(bills)
}

fn orders(
    session: &mut dyn Session,
    wanted: &Wanted,
    mut bills: OrderBills,
    working: &mut Working,
) -> Result<(), DatabaseError> {
    if wanted.orders.is_empty() {
        return Ok(());
    }
    let rows = session.query(
        "SELECT id, digest, state, currency, total FROM orders WHERE id = ANY($1)
         ORDER BY id FOR UPDATE",
        &[Value::texts(&wanted.orders)],
    )?;
    if rows.is_empty() {
        return Ok(());
    }
    for row in &rows {
        let (id, order) = order(row)?;
        working.orders.insert(id, order);
    }
    let ids = Value::texts(working.orders.keys());
    if !wanted.bills_of_orders || bills.len() < working.orders.len() {
        bills = order_bills(session, &ids)?;
    }
    for (id, order) in &mut working.orders {
        order.bills = bills.remove(id).unwrap_or_default();
        let is_loaded = |bill: &OrderBill| working.bills.contains_key(&bill.bill);
        if wanted.bills_of_orders && !order.bills.iter().all(is_loaded) {
            // It came after its bills were looked for.
            return Err(DatabaseError::Conflict("an order has just come".into()));
        }
    }
    let sql = read::orders::histories("order_events.order_id = ANY($1)");
    let rows = session.query(&sql, std::slice::from_ref(&ids))?;
    for row in &rows {
        if let Some(order) = working.orders.get_mut(&row.parsed::<OrderId>(0)?) {
            order.history.push(read::orders::read_event(row, 1)?);
        }
    }
    for order in working.orders.values_mut() {
        order.kept = Some(Kept {
            state: order.state,
            events: order.history.len(),
        });
    }
    if wanted.receipts {
        receipts(session, &ids, working)?;
    }
    Ok(())
}

fn order(row: &Row) -> Result<(OrderId, Order), DatabaseError> {
    let currency = row.parsed(3)?;
    let order = Order {
        digest: row.array(1)?,
        state: row.parsed(2)?,
        total: row.money(4, currency)?,
        bills: Vec::new(),
        history: Vec::new(),
        receipts: HashMap::new(),
        kept: None,
    };
    Ok((row.parsed(0)?, order))
}

fn receipts(
    session: &mut dyn Session,
    ids: &Value,
    working: &mut Working,
) -> Result<(), DatabaseError> {
    let rows = session.query(
        "SELECT order_id, state, jws, digest FROM receipts WHERE order_id = ANY($1)",
        std::slice::from_ref(ids),
    )?;
    for row in &rows {
        let receipt = read::orders::read_receipt(row, 2)?;
        if let Some(order) = working.orders.get_mut(&row.parsed::<OrderId>(0)?) {
            order.receipts.insert(row.parsed(1)?, receipt);
        }
    }
    Ok(())
}

fn bills(
    session: &mut dyn Session,
    wanted: &Wanted,
    of_orders: &OrderBills,
    working: &mut Working,
) -> Result<(), DatabaseError> {
    let mut ids: Vec<&BillId> = wanted.bills.iter().collect();
    if !of_orders.is_empty() {
        ids.extend(of_orders.values().flatten().map(|bill| &bill.bill));
        ids.sort_unstable();
        ids.dedup();
    }
    if ids.is_empty() {
        return Ok(());
    }
    let ids = Value::texts(ids);
    let rows = session.query(
        "SELECT id, customer, currency, due, digest, open_minor FROM bills WHERE id = ANY($1)
         ORDER BY id FOR UPDATE",
        std::slice::from_ref(&ids),
    )?;
    for row in &rows {
        let open = row.int(5)?;
        let bill = Bill {
            customer: row.parsed(1)?,
            currency: row.parsed(2)?,
            due: row.parsed(3)?,
            digest: row.array(4)?,
            open,
            claim: None,
            kept_open: open,
        };
        working.bills.insert(row.parsed(0)?, bill);
    }
    let rows = session.query(
        "SELECT order_bills.bill, orders.id, orders.user_id FROM order_bills
         JOIN orders ON orders.id = order_bills.order_id
         WHERE order_bills.bill = ANY($1) AND order_bills.claimed = 1",
        &[ids],
    )?;
    for row in &rows {
        if let Some(bill) = working.bills.get_mut(&row.parsed::<BillId>(0)?) {
            bill.claim = Some((row.parsed(1)?, row.parsed(2)?));
        }
    }
    Ok(())
}

fn messages(
    session: &mut dyn Session,
    wanted: &Wanted,
    working: &mut Working,
) -> Result<(), DatabaseError> {
    let mut ids = wanted.messages.clone();
    // One that another call of this batch takes or finishes is no longer to be had.
    let limit = wanted.next_messages.len() + wanted.finished_messages;
    for now in &wanted.next_messages {
        let sql = format!(
            "SELECT id FROM outbox WHERE {} ORDER BY attempts, created, id LIMIT $3",
            outbox::WAITS
        );
        let waits = [
            now.as_second().into(),
            outbox::latest_end(*now).into(),
            limit.into(),
        ];
        for row in session.query(&sql, &waits)? {
            ids.push(row.string(0)?);
        }
    }
    if wanted.bills_of_orders && !wanted.orders.is_empty() {
        // They are finished when the order gives up its bills.
        let unsent = "SELECT id FROM outbox WHERE order_id = ANY($1) AND sent IS NULL";
        for row in session.query(unsent, &[Value::texts(&wanted.orders)])? {
            ids.push(row.string(0)?);
        }
    }
    if ids.is_empty() {
        return Ok(());
    }
    // Another sender may have leased it between the two statements; then it no longer waits.
    let rows = session.query(
        "SELECT id, order_id, body, created, leased_until, attempts, sent FROM outbox
         WHERE id = ANY($1) ORDER BY id FOR UPDATE",
        &[Value::Texts(ids)],
    )?;
    // After the locks: who moves an order to where its message is over has locked that as well.
    let orders = rows.iter().map(|row| row.parsed::<OrderId>(1));
    let orders = orders.collect::<Result<Vec<_>, _>>()?;
    let states = if orders.is_empty() {
        Vec::new()
    } else {
        let sql = "SELECT id, state FROM orders WHERE id = ANY($1)";
        session.query(sql, &[Value::texts(&orders)])?
    };
    let states = states
        .iter()
        .map(|row| Ok((row.parsed(0)?, row.parsed(1)?)));
    let states: HashMap<OrderId, OrderState> = states.collect::<Result<_, DatabaseError>>()?;
    for (row, order) in rows.iter().zip(orders) {
        let state = states.get(&order).copied();
        let message = Message {
            order,
            state: state.ok_or_else(|| DatabaseError::unreadable(1, "there is no such order"))?,
            body: row.bytes(2)?.to_vec(),
            created: row.int(3)?,
            leased_until: row.optional(4, Row::int)?,
            attempts: u32::try_from(row.count(5)?).unwrap_or(u32::MAX),
            sent: row.optional(6, Row::int)?,
            changed: false,
            is_new: false,
        };
        working.messages.insert(row.string(0)?, message);
    }
    Ok(())
}

fn people(
    session: &mut dyn Session,
    wanted: &Wanted,
    working: &mut Working,
) -> Result<(), DatabaseError> {
    if !wanted.mandates.is_empty() {
        let rows = session.query(
            "SELECT id, customer, currency, valid_from FROM mandates WHERE id = ANY($1)",
            &[Value::texts(&wanted.mandates)],
        )?;
        for row in &rows {
            let terms = MandateTerms {
                customer: row.parsed(1)?,
                currency: row.parsed(2)?,
                valid_from: row.parsed(3)?,
            };
            working.mandates.insert(row.parsed(0)?, terms);
        }
    }
    if !wanted.users.is_empty() {
        let rows = session.query(
            "SELECT id FROM users WHERE id = ANY($1)",
            &[Value::texts(&wanted.users)],
        )?;
        for row in &rows {
            working.users.insert(row.parsed(0)?);
        }
    }
    Ok(())
}

fn references(
    session: &mut dyn Session,
    wanted: &Wanted,
    working: &mut Working,
) -> Result<(), DatabaseError> {
    if wanted.references.is_empty() {
        return Ok(());
    }
    let rows = session.query(
        "SELECT reference FROM bank_events WHERE reference = ANY($1)
         UNION ALL SELECT alias FROM bank_aliases WHERE alias = ANY($1)",
        &[Value::texts(&wanted.references)],
    )?;
    for row in &rows {
        working.references.insert(row.string(0)?);
    }
    Ok(())
}
