//! LOAD: what the calls of a batch name, in few queries.
//!
//! Locks first, always in this order, each kind sorted: the rows of `locks` by name, bills by id
//! (disputes with their bills), notices by id, deposits by account, standing instructions by id, users with a limit by id, orders by id,
//! what is sent back by id, messages by id. What hangs on a locked row is read after the lock is had, so that
//! it is as the last holder left it. Whoever makes or moves an order holds its bills, so two
//! platforms that are sent the same order meet at its bills, and the second one finds the order.

mod bills;
mod deposits;
mod disputes;
mod own_data;
mod people;
mod resolutions;
mod sent_back;

use std::collections::HashMap;

use wattkey_domain::ledger::OrderBill;
use wattkey_domain::{AccountId, BillId, OrderId, OrderState, ResolutionId};

pub(crate) use own_data::{ACCESS, given_rights, own_rights};
pub(crate) use people::SPENT;

use bills::Bills;
use people::People;

use super::outbox;
use super::wanted::{Bindings, Wanted};
use super::working::{Credited, Kept, Message, Order, Working};
use crate::checkpoint;
use crate::database::{Asked, DatabaseError, Kind, Row, Session, Value};
use crate::digest::sha256;
use crate::outcome::MessageOf;
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
    /// A version of own data is replaced once.
    OwnData,
    /// What the bank said is resolved once.
    Resolutions,
    /// Files for the marketing system follow each other.
    Exports,
    /// Notices are served, and cut-offs planned, one after the other.
    Notices,
}

/// Whether others may have the lock as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    Shared,
    Alone,
}

pub(super) fn lock(session: &mut dyn Session, lock: Lock, hold: Hold) -> Result<(), DatabaseError> {
    let asked = ask_lock(session, lock, hold)?;
    answer(session, asked).map(|_| ())
}

/// Asks for a lock. It is had when the next answer has come.
fn ask_lock(
    session: &mut dyn Session,
    lock: Lock,
    hold: Hold,
) -> Result<Option<Asked>, DatabaseError> {
    if session.kind() == Kind::Sqlite {
        // Its one writer has it.
        return Ok(None);
    }
    let name = match lock {
        Lock::Bank => "bank",
        Lock::Bindings => "bindings",
        Lock::Checkpoints => "checkpoints",
        Lock::Import => "import",
        Lock::OwnData => "own-data",
        Lock::Resolutions => "resolutions",
        Lock::Exports => "exports",
        Lock::Notices => "notices",
    };
    let sql = match hold {
        Hold::Shared => "SELECT name FROM locks WHERE name = $1 FOR SHARE",
        Hold::Alone => "SELECT name FROM locks WHERE name = $1 FOR UPDATE",
    };
    session.ask(sql, vec![name.into()]).map(Some)
}

/// The rows of what was asked, none where nothing was.
fn answer(session: &mut dyn Session, asked: Option<Asked>) -> Result<Vec<Row>, DatabaseError> {
    asked.map_or(Ok(Vec::new()), |asked| session.rows(asked))
}

/// Loads it all. `wanted` is settled.
///
/// What nearly every batch wants is asked together, so that it waits for a server twice and not ten
/// times: first what hangs on nothing, then orders and messages, whose locks come last.
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
    let mut head = None;
    if wanted.bindings != Bindings::Unused {
        let hold = match wanted.bindings {
            Bindings::Append => Hold::Alone,
            _ if wanted.queues_for_bindings => Hold::Alone,
            _ => Hold::Shared,
        };
        // Whatever comes next waits for it, and so has it.
        ask_lock(session, Lock::Bindings, hold)?;
        head = Some(session.ask(bindings::HEAD, Vec::new())?);
    }
    if wanted.checkpoint {
        lock(session, Lock::Checkpoints, Hold::Alone)?;
        working.checkpoint = checkpoint::head(session)?;
        let sql = "SELECT link FROM journal WHERE process = $1 AND sequence = $2";
        for (process, sequence) in &wanted.links {
            let place = [process.as_bytes().into(), (*sequence).into()];
            if let Some(row) = session.query_one(sql, &place)? {
                let link = row.array(0)?;
                working.links.insert((*process, *sequence), link);
            }
        }
    }
    own_data::load(session, wanted, working)?;
    resolutions::load(session, wanted, working)?;
    let named = named(session, wanted, working)?;
    let of_orders = if wanted.bills_of_orders {
        OfOrders::load(session, &named)?
    } else {
        OfOrders::default()
    };
    let bills = Bills::ask(session, wanted, &of_orders)?;
    let people = People::ask(session, wanted)?;
    let access = own_data::ask_access(session, wanted, working)?;
    if let Some(head) = head {
        working.bindings = bindings::read_head(session.rows(head)?.first())?;
    }
    bills.take(session, working)?;
    disputes::load(session, wanted, working)?;
    deposits::load(session, wanted, &of_orders, working)?;
    people.take(session, wanted, working)?;
    own_data::take_access(&answer(session, access)?, working)?;
    let orders = ask_orders(session, &named)?;
    sent_back::load(session, wanted, working)?;
    let messages = ask_messages(session, wanted, &named)?;
    let orders = answer(session, orders)?;
    take_orders(session, wanted, &orders, of_orders, working)?;
    let messages = answer(session, messages)?;
    take_messages(session, &messages, working)?;
    references(session, wanted, working)?;
    Ok(())
}

/// The orders that are wanted by their ids or by their references.
fn named(
    session: &mut dyn Session,
    wanted: &Wanted,
    working: &mut Working,
) -> Result<Vec<OrderId>, DatabaseError> {
    let mut orders = wanted.orders.clone();
    if wanted.transfers.is_empty() {
        return Ok(orders);
    }
    // An order keeps its reference.
    let sql = "SELECT creditor_reference, id FROM orders WHERE creditor_reference = ANY($1)";
    for row in session.query(sql, &[Value::texts(&wanted.transfers)])? {
        let order = row.parsed(1)?;
        working.transfers.insert(row.parsed(0)?, order);
        orders.push(order);
    }
    orders.sort_unstable();
    orders.dedup();
    Ok(orders)
}

/// What orders pay, and which deposits they touch; neither ever changes.
#[derive(Debug, Default)]
pub(super) struct OfOrders {
    bills: OrderBills,
    deposits: Vec<AccountId>,
    /// The first bills of orders by transfer whose surplus goes to that bill's account.
    surplus: Vec<BillId>,
}

impl OfOrders {
    fn load(session: &mut dyn Session, orders: &[OrderId]) -> Result<Self, DatabaseError> {
        let mut all = Self::default();
        if orders.is_empty() {
            return Ok(all);
        }
        let ids = Value::texts(orders);
        all.bills = order_bills(session, &ids)?;
        let rows = session.query(
            "SELECT id, source_account, deposit_account FROM orders
             WHERE id = ANY($1) AND (source <> 'mandate' OR deposit_account IS NOT NULL)",
            &[ids],
        )?;
        for row in &rows {
            let source = row.optional(1, Row::parsed::<AccountId>)?;
            let deposit = row.optional(2, Row::parsed::<AccountId>)?;
            if source.is_none() && deposit.is_none() {
                let bills = all.bills.get(&row.parsed(0)?);
                let first = bills.and_then(|bills| bills.first());
                all.surplus.extend(first.map(|bill| bill.bill.clone()));
            }
            all.deposits.extend(source.into_iter().chain(deposit));
        }
        Ok(all)
    }
}

/// What orders pay.
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

fn ask_orders(
    session: &mut dyn Session,
    named: &[OrderId],
) -> Result<Option<Asked>, DatabaseError> {
    if named.is_empty() {
        return Ok(None);
    }
    let sql = format!("SELECT {ORDER} FROM orders WHERE id = ANY($1) ORDER BY id FOR UPDATE");
    session.ask(&sql, vec![Value::texts(named)]).map(Some)
}

fn take_orders(
    session: &mut dyn Session,
    wanted: &Wanted,
    rows: &[Row],
    of_orders: OfOrders,
    working: &mut Working,
) -> Result<(), DatabaseError> {
    if rows.is_empty() {
        return Ok(());
    }
    for row in rows {
        let (id, order) = order(row)?;
        working.orders.insert(id, order);
    }
    let ids = Value::texts(working.orders.keys());
    let mut bills = of_orders.bills;
    if !wanted.bills_of_orders || bills.len() < working.orders.len() {
        bills = order_bills(session, &ids)?;
    }
    for (id, order) in &mut working.orders {
        order.money.bills = bills.remove(id).unwrap_or_default();
        let is_loaded = |bill: &OrderBill| working.bills.contains_key(&bill.bill);
        let mut deposits = order.deposits();
        let has_deposits = deposits.all(|account| working.deposits.contains_key(account));
        if wanted.bills_of_orders && !(order.money.bills.iter().all(is_loaded) && has_deposits) {
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
    if wanted.decisions {
        decisions(session, &ids, working)?;
        people::mandates_of_orders(session, working)?;
    }
    if wanted.credited {
        credited(session, &ids, working)?;
    }
    Ok(())
}

/// The columns of [`order`].
const ORDER: &str =
    "id, digest, state, currency, total, customer, user_id, mandate, lapses, source,
    source_account, deposit_account, deposit_minor, refund_minor, execute";

fn order(row: &Row) -> Result<(OrderId, Order), DatabaseError> {
    let (id, currency) = (row.parsed(0)?, row.parsed(3)?);
    let order = Order {
        digest: row.array(1)?,
        customer: row.parsed(5)?,
        user: row.parsed(6)?,
        state: row.parsed(2)?,
        total: row.money(4, currency)?,
        money: read::orders::read_money(row, id, currency, 9)?,
        mandate: row.optional(7, Row::parsed)?,
        lapses: row.optional(8, Row::int)?,
        execute: row.optional(14, Row::parsed)?,
        history: Vec::new(),
        receipts: HashMap::new(),
        decisions: Vec::new(),
        credited: Credited::default(),
        kept: None,
    };
    Ok((id, order))
}

fn decisions(
    session: &mut dyn Session,
    ids: &Value,
    working: &mut Working,
) -> Result<(), DatabaseError> {
    let rows = session.query(
        "SELECT order_id, user_id, decision FROM order_decisions
         WHERE order_id = ANY($1) ORDER BY order_id, position",
        std::slice::from_ref(ids),
    )?;
    for row in &rows {
        if let Some(order) = working.orders.get_mut(&row.parsed::<OrderId>(0)?) {
            order.decisions.push((row.parsed(1)?, row.parsed(2)?));
        }
    }
    Ok(())
}

fn credited(
    session: &mut dyn Session,
    ids: &Value,
    working: &mut Working,
) -> Result<(), DatabaseError> {
    // PostgreSQL sums whole numbers to a type of its own.
    let rows = session.query(
        "SELECT credits.order_id, credit_bills.bill, CAST(sum(credit_bills.principal) AS BIGINT)
         FROM credits JOIN credit_bills ON credit_bills.reference = credits.reference
         WHERE credits.order_id = ANY($1)
         GROUP BY credits.order_id, credit_bills.bill",
        std::slice::from_ref(ids),
    )?;
    for row in &rows {
        if let Some(order) = working.orders.get_mut(&row.parsed::<OrderId>(0)?) {
            let principals = &mut order.credited.principals;
            principals.insert(row.parsed(1)?, row.int(2)?);
        }
    }
    Ok(())
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

fn ask_messages(
    session: &mut dyn Session,
    wanted: &Wanted,
    named: &[OrderId],
) -> Result<Option<Asked>, DatabaseError> {
    let mut ids = wanted.messages.clone();
    // One that another call of this batch takes or finishes is no longer to be had.
    let limit = wanted.next_messages.len() + wanted.finished_messages;
    for now in &wanted.next_messages {
        let sql = format!(
            "SELECT id FROM outbox WHERE {} ORDER BY attempts, not_before, id LIMIT $3",
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
    if wanted.bills_of_orders && !named.is_empty() {
        // They are finished when the order gives up its bills.
        let unsent = "SELECT id FROM outbox WHERE order_id = ANY($1) AND sent IS NULL";
        for row in session.query(unsent, &[Value::texts(named)])? {
            ids.push(row.string(0)?);
        }
    }
    ids.extend(sent_back::unsent(session, &wanted.returns)?);
    if ids.is_empty() {
        return Ok(None);
    }
    // Another sender may have leased it between the two statements; then it no longer waits.
    let sql =
        "SELECT id, order_id, body, created, leased_until, attempts, sent, not_before, return_id
         FROM outbox WHERE id = ANY($1) ORDER BY id FOR UPDATE";
    session.ask(sql, vec![Value::Texts(ids)]).map(Some)
}

fn take_messages(
    session: &mut dyn Session,
    rows: &[Row],
    working: &mut Working,
) -> Result<(), DatabaseError> {
    let of = rows.iter().map(|row| {
        Ok(match row.optional(1, Row::parsed)? {
            Some(order) => MessageOf::Order(order),
            None => MessageOf::Return(row.parsed(8)?),
        })
    });
    let of = of.collect::<Result<Vec<_>, DatabaseError>>()?;
    let orders: Vec<OrderId> = of.iter().filter_map(|one| one.order()).collect();
    let returns: Vec<ResolutionId> = of.iter().filter_map(|one| one.sends_back()).collect();
    // After the locks: who moves an order to where its message is over has locked that as well.
    let states = states_of(session, "orders", &Value::texts(&orders), orders.is_empty())?;
    let of_returns = states_of(
        session,
        "returns",
        &Value::texts(&returns),
        returns.is_empty(),
    )?;
    for (row, of) in rows.iter().zip(of) {
        let state = match of {
            MessageOf::Order(order) => states.get(&order.to_string()),
            MessageOf::Return(id) => of_returns.get(&id.to_string()),
        };
        let state = state.copied();
        let message = Message {
            of,
            state: state.ok_or_else(|| DatabaseError::unreadable(1, "there is no such order"))?,
            body: row.bytes(2)?.to_vec(),
            created: row.int(3)?,
            not_before: row.int(7)?,
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

/// Where orders, or what is sent back, stand.
fn states_of(
    session: &mut dyn Session,
    table: &str,
    ids: &Value,
    is_empty: bool,
) -> Result<HashMap<String, OrderState>, DatabaseError> {
    if is_empty {
        return Ok(HashMap::new());
    }
    let sql = format!("SELECT id, state FROM {table} WHERE id = ANY($1)");
    let rows = session.query(&sql, std::slice::from_ref(ids))?;
    let states = rows.iter().map(|row| Ok((row.string(0)?, row.parsed(1)?)));
    states.collect()
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
