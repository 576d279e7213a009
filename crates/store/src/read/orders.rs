//! Orders with their history, and receipts.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use wattkey_domain::ledger::OrderBill;
use wattkey_domain::{Currency, CustomerId, MandateId, Money, OrderId, OrderState, UserId};

use crate::StoreError;
use crate::database::{DatabaseError, Row, Session, Value};
use crate::outcome::JournalPosition;
use crate::read::{MalformedCursor, Page, bounded, page};

/// A payment order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRecord {
    /// Its id.
    pub order: OrderId,
    /// Whose.
    pub customer: CustomerId,
    /// Who signed it.
    pub user: UserId,
    /// The name of that user.
    pub user_name: String,
    /// The mandate that it is paid from.
    pub mandate: MandateId,
    /// The order digest.
    pub digest: [u8; 32],
    /// Where it stands.
    pub state: OrderState,
    /// All principals and penalties.
    pub total: Money,
    /// The customer's reference.
    pub reference: String,
    /// When it was accepted.
    pub accepted: Timestamp,
    /// What it pays, in the order of the document.
    pub bills: Vec<OrderBill>,
    /// Its states, oldest first; the last is where it stands.
    pub history: Vec<OrderEvent>,
}

/// A state of an order, since when, and the batch in which it came there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderEvent {
    /// The state.
    pub state: OrderState,
    /// Since when.
    pub at: Timestamp,
    /// What the bank added.
    pub note: Option<String>,
    /// The batch.
    pub journal: JournalPosition,
}

/// The platform's receipt of one state of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The JWS as it was signed.
    pub jws: Vec<u8>,
    /// SHA-256 of its payload, which the next receipt names.
    pub digest: [u8; 32],
}

/// A place in the list of orders: time of acceptance and id of the last one that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderCursor {
    accepted_s: i64,
    order: OrderId,
}

impl fmt::Display for OrderCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}~{}", self.accepted_s, self.order)
    }
}

impl FromStr for OrderCursor {
    type Err = MalformedCursor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (accepted_s, order) = text.split_once('~').ok_or(MalformedCursor)?;
        Ok(Self {
            accepted_s: accepted_s.parse().map_err(|_| MalformedCursor)?,
            order: order.parse().map_err(|_| MalformedCursor)?,
        })
    }
}

const ORDER: &str = "SELECT orders.id, orders.customer, orders.user_id, users.name, orders.mandate,
        orders.digest, orders.state, orders.currency, orders.total, orders.reference, orders.accepted
    FROM orders JOIN users ON users.id = orders.user_id";

fn read_order(row: &Row) -> Result<OrderRecord, DatabaseError> {
    let currency = row.parsed(7)?;
    Ok(OrderRecord {
        order: row.parsed(0)?,
        customer: row.parsed(1)?,
        user: row.parsed(2)?,
        user_name: row.string(3)?,
        mandate: row.parsed(4)?,
        digest: row.array(5)?,
        state: row.parsed(6)?,
        total: row.money(8, currency)?,
        reference: row.string(9)?,
        accepted: row.time(10)?,
        bills: Vec::new(),
        history: Vec::new(),
    })
}

/// An order's bill from three columns.
pub(crate) fn read_bill(
    row: &Row,
    first: usize,
    currency: Currency,
) -> Result<OrderBill, DatabaseError> {
    Ok(OrderBill {
        bill: row.parsed(first)?,
        principal: row.money(first + 1, currency)?,
        penalty: row.money(first + 2, currency)?,
    })
}

/// A state from six columns. One of the batch that is being written has no link yet; it is read
/// with zeros in its place.
pub(crate) fn read_event(row: &Row, first: usize) -> Result<OrderEvent, DatabaseError> {
    let link = row.optional(first + 5, Row::array)?;
    Ok(OrderEvent {
        state: row.parsed(first)?,
        at: row.time(first + 1)?,
        note: row.optional(first + 2, Row::string)?,
        journal: JournalPosition {
            process: row.uuid(first + 3)?,
            sequence: row.count(first + 4)?,
            link: link.unwrap_or_default(),
        },
    })
}

fn complete(session: &mut dyn Session, orders: &mut [OrderRecord]) -> Result<(), StoreError> {
    if orders.is_empty() {
        return Ok(());
    }
    let ids = orders.iter().map(|order| order.order);
    let places: HashMap<_, _> = ids.clone().zip(0..).collect();
    let ids = Value::texts(ids);
    for row in session.query(
        "SELECT order_id, bill, principal, penalty FROM order_bills
         WHERE order_id = ANY($1) ORDER BY order_id, position",
        std::slice::from_ref(&ids),
    )? {
        if let Some(place) = places.get(&row.parsed(0)?) {
            let order: &mut OrderRecord = &mut orders[*place];
            order
                .bills
                .push(read_bill(&row, 1, order.total.currency())?);
        }
    }
    for row in session.query(&histories("order_events.order_id = ANY($1)"), &[ids])? {
        if let Some(place) = places.get(&row.parsed(0)?) {
            let order: &mut OrderRecord = &mut orders[*place];
            order.history.push(read_event(&row, 1)?);
        }
    }
    Ok(())
}

/// The states of orders: the order, and what [`read_event`] reads.
pub(crate) fn histories(which: &str) -> String {
    format!(
        "SELECT order_events.order_id, order_events.state, order_events.at, order_events.note,
                order_events.process, order_events.sequence, journal.link
         FROM order_events LEFT JOIN journal ON journal.process = order_events.process
             AND journal.sequence = order_events.sequence
         WHERE {which} ORDER BY order_events.order_id, order_events.position"
    )
}

pub(crate) fn list(
    session: &mut dyn Session,
    customer: CustomerId,
    after: Option<&OrderCursor>,
    limit: u32,
) -> Result<Page<OrderRecord>, StoreError> {
    let limit = bounded(limit);
    let mut params = vec![Value::text(customer), (limit + 1).into()];
    let place = match after {
        Some(after) => {
            params.extend([after.accepted_s.into(), Value::text(after.order)]);
            "AND (orders.accepted, orders.id) < ($3, $4)"
        }
        None => "",
    };
    let sql = format!(
        "{ORDER} WHERE orders.customer = $1 {place}
         ORDER BY orders.accepted DESC, orders.id DESC LIMIT $2"
    );
    let rows = session.query(&sql, &params)?;
    let orders = rows.iter().map(read_order).collect::<Result<_, _>>()?;
    let mut page = page(orders, limit, |last: &OrderRecord| {
        let (accepted_s, order) = (last.accepted.as_second(), last.order);
        OrderCursor { accepted_s, order }.to_string()
    });
    complete(session, &mut page.items)?;
    Ok(page)
}

pub(crate) fn one(
    session: &mut dyn Session,
    customer: CustomerId,
    id: OrderId,
) -> Result<Option<OrderRecord>, StoreError> {
    let sql = format!("{ORDER} WHERE orders.id = $1 AND orders.customer = $2");
    let row = session.query_one(&sql, &[Value::text(id), Value::text(customer)])?;
    let Some(row) = row else {
        return Ok(None);
    };
    let mut orders = [read_order(&row)?];
    complete(session, &mut orders)?;
    let [order] = orders;
    Ok(Some(order))
}

pub(crate) fn jws(session: &mut dyn Session, id: OrderId) -> Result<Option<String>, StoreError> {
    let row = session.query_one("SELECT jws FROM orders WHERE id = $1", &[Value::text(id)])?;
    Ok(row.map(|row| row.string(0)).transpose()?)
}

pub(crate) fn message(
    session: &mut dyn Session,
    id: OrderId,
) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT body FROM outbox WHERE order_id = $1";
    let row = session.query_one(sql, &[Value::text(id)])?;
    let body = row.map(|row| row.bytes(0).map(<[u8]>::to_vec));
    Ok(body.transpose()?)
}

pub(crate) fn receipt(
    session: &mut dyn Session,
    order: OrderId,
    state: OrderState,
) -> Result<Option<Receipt>, StoreError> {
    let row = session.query_one(
        "SELECT jws, digest FROM receipts WHERE order_id = $1 AND state = $2",
        &[Value::text(order), Value::text(state)],
    )?;
    Ok(row.map(|row| read_receipt(&row, 0)).transpose()?)
}

/// A receipt from two columns.
pub(crate) fn read_receipt(row: &Row, first: usize) -> Result<Receipt, DatabaseError> {
    Ok(Receipt {
        jws: row.bytes(first)?.to_vec(),
        digest: row.array(first + 1)?,
    })
}
