//! Orders with their history, and receipts.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, named_params, params};
use wattkey_domain::ledger::OrderBill;
use wattkey_domain::{Currency, CustomerId, MandateId, Money, OrderId, OrderState, UserId};

use crate::outcome::JournalPosition;
use crate::read::{MalformedCursor, Page, bounded, page};
use crate::write::Batch;
use crate::{StoreError, row};

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

fn read_order(row: &Row<'_>) -> rusqlite::Result<OrderRecord> {
    let currency = row::parsed(row, 7)?;
    Ok(OrderRecord {
        order: row::parsed(row, 0)?,
        customer: row::parsed(row, 1)?,
        user: row::parsed(row, 2)?,
        user_name: row.get(3)?,
        mandate: row::parsed(row, 4)?,
        digest: row.get(5)?,
        state: row::parsed(row, 6)?,
        total: row::money(row, 8, currency)?,
        reference: row.get(9)?,
        accepted: row::time(row, 10)?,
        bills: Vec::new(),
        history: Vec::new(),
    })
}

fn complete(connection: &Connection, mut order: OrderRecord) -> Result<OrderRecord, StoreError> {
    order.bills = bills(connection, order.order, order.total.currency())?;
    order.history = history(connection, order.order)?;
    Ok(order)
}

pub(crate) fn list(
    connection: &Connection,
    customer: CustomerId,
    after: Option<&OrderCursor>,
    limit: u32,
) -> Result<Page<OrderRecord>, StoreError> {
    let limit = bounded(limit);
    let place = match after {
        Some(_) => "(orders.accepted, orders.id) < (:accepted, :order)",
        None => ":accepted IS NULL AND :order IS NULL",
    };
    let sql = format!(
        "{ORDER} WHERE orders.customer = :customer AND {place}
         ORDER BY orders.accepted DESC, orders.id DESC LIMIT :limit"
    );
    let orders = connection
        .prepare_cached(&sql)?
        .query_map(
            named_params! {
                ":customer": customer.to_string(),
                ":accepted": after.map(|after| after.accepted_s),
                ":order": after.map(|after| after.order.to_string()),
                ":limit": limit + 1,
            },
            read_order,
        )?
        .collect::<Result<Vec<_>, _>>()?;
    let page = page(orders, limit, |last| {
        let (accepted_s, order) = (last.accepted.as_second(), last.order);
        OrderCursor { accepted_s, order }.to_string()
    });
    let items = page
        .items
        .into_iter()
        .map(|order| complete(connection, order));
    Ok(Page {
        items: items.collect::<Result<_, _>>()?,
        next: page.next,
    })
}

pub(crate) fn one(
    connection: &Connection,
    customer: CustomerId,
    id: OrderId,
) -> Result<Option<OrderRecord>, StoreError> {
    let order = connection
        .prepare_cached(&format!(
            "{ORDER} WHERE orders.id = ?1 AND orders.customer = ?2"
        ))?
        .query_row([id.to_string(), customer.to_string()], read_order)
        .optional()?;
    order.map(|order| complete(connection, order)).transpose()
}

pub(crate) fn jws(connection: &Connection, id: OrderId) -> Result<Option<String>, StoreError> {
    let jws = connection
        .prepare_cached("SELECT jws FROM orders WHERE id = ?1")?
        .query_row([id.to_string()], |row| row.get(0))
        .optional()?;
    Ok(jws)
}

pub(crate) fn message(connection: &Connection, id: OrderId) -> Result<Option<Vec<u8>>, StoreError> {
    let body = connection
        .prepare_cached("SELECT body FROM outbox WHERE order_id = ?1")?
        .query_row([id.to_string()], |row| row.get(0))
        .optional()?;
    Ok(body)
}

pub(crate) fn bills(
    connection: &Connection,
    order: OrderId,
    currency: Currency,
) -> Result<Vec<OrderBill>, StoreError> {
    let bills = connection
        .prepare_cached("SELECT bill, principal, penalty FROM order_bills WHERE order_id = ?1 ORDER BY position")?
        .query_map([order.to_string()], |row| {
            Ok(OrderBill {
                bill: row::parsed(row, 0)?,
                principal: row::money(row, 1, currency)?,
                penalty: row::money(row, 2, currency)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(bills)
}

/// The history of an order. An event of the batch that is being written has no link yet; it is
/// read with zeros in its place.
pub(crate) fn history(
    connection: &Connection,
    order: OrderId,
) -> Result<Vec<OrderEvent>, StoreError> {
    let events = connection
        .prepare_cached(
            "SELECT order_events.state, order_events.at, order_events.note,
                    order_events.process, order_events.sequence,
                    coalesce(journal.link, zeroblob(32))
             FROM order_events LEFT JOIN journal USING (process, sequence)
             WHERE order_events.order_id = ?1 ORDER BY order_events.position",
        )?
        .query_map([order.to_string()], |row| {
            Ok(OrderEvent {
                state: row::parsed(row, 0)?,
                at: row::time(row, 1)?,
                note: row.get(2)?,
                journal: JournalPosition {
                    process: row::uuid(row, 3)?,
                    sequence: row.get(4)?,
                    link: row.get(5)?,
                },
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(events)
}

/// Adds a state to an order's history, in the batch that is being written.
pub(crate) fn insert_event(
    batch: &mut Batch<'_>,
    order: OrderId,
    state: OrderState,
    note: Option<&str>,
    at: Timestamp,
) -> Result<OrderEvent, StoreError> {
    let (process, sequence) = batch.position();
    batch
        .connection()
        .prepare_cached(
            "INSERT INTO order_events (order_id, position, state, at, note, process, sequence)
             SELECT ?1, count(*), ?2, ?3, ?4, ?5, ?6 FROM order_events WHERE order_id = ?1",
        )?
        .execute(params![
            order.to_string(),
            state.as_str(),
            at.as_second(),
            note,
            process.as_bytes(),
            sequence
        ])?;
    Ok(OrderEvent {
        state,
        at: Timestamp::from_second(at.as_second()).unwrap_or(at),
        note: note.map(str::to_owned),
        journal: JournalPosition {
            process,
            sequence,
            link: [0; 32],
        },
    })
}

pub(crate) fn receipt(
    connection: &Connection,
    order: OrderId,
    state: OrderState,
) -> Result<Option<Receipt>, StoreError> {
    let receipt = connection
        .prepare_cached("SELECT jws, digest FROM receipts WHERE order_id = ?1 AND state = ?2")?
        .query_row([&order.to_string(), state.as_str()], |row| {
            Ok(Receipt {
                jws: row.get(0)?,
                digest: row.get(1)?,
            })
        })
        .optional()?;
    Ok(receipt)
}
