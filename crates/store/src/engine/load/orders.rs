//! Orders: what they pay, where they stand, and what was decided on them.

use std::collections::HashMap;

use wattkey_domain::ledger::OrderBill;
use wattkey_domain::{AccountId, BillId, OrderId};

use super::people;
use crate::database::{Asked, DatabaseError, Row, Session, Value};
use crate::engine::wanted::Wanted;
use crate::engine::working::{Credited, Kept, Order, Working};
use crate::read;

/// What orders pay, by order.
type OrderBills = HashMap<OrderId, Vec<OrderBill>>;

/// What orders pay, and which deposits they touch; neither ever changes.
#[derive(Debug, Default)]
pub(super) struct OfOrders {
    pub(super) bills: OrderBills,
    pub(super) deposits: Vec<AccountId>,
    /// The first bills of orders by transfer whose surplus goes to that bill's account.
    pub(super) surplus: Vec<BillId>,
}

impl OfOrders {
    pub(super) fn load(
        session: &mut dyn Session,
        orders: &[OrderId],
    ) -> Result<Self, DatabaseError> {
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

pub(super) fn ask(
    session: &mut dyn Session,
    named: &[OrderId],
) -> Result<Option<Asked>, DatabaseError> {
    if named.is_empty() {
        return Ok(None);
    }
    let sql = format!("SELECT {ORDER} FROM orders WHERE id = ANY($1) ORDER BY id FOR UPDATE");
    session.ask(&sql, vec![Value::texts(named)]).map(Some)
}

pub(super) fn take(
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
