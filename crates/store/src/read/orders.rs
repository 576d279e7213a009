//! Orders with their history, and receipts.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use wattkey_domain::ledger::{DepositPart, Funds, OrderBill, OrderMoney};
use wattkey_domain::{
    CreditorReference, Currency, CustomerId, Decision, MandateId, Money, OrderId, OrderState,
    UserId,
};

use crate::StoreError;
use crate::database::{DatabaseError, Row, Session, Value};
use crate::outcome::{FundsSource, JournalPosition};
use crate::packed::unpack;
use crate::read::viewer::Viewer;
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
    /// Where its money comes from.
    pub source: FundsSource,
    /// The mandate that it is collected under, or that a refund goes to.
    pub mandate: Option<MandateId>,
    /// What it pays into a deposit.
    pub deposit: Option<DepositPart>,
    /// What is paid back out of the deposit of its source.
    pub refund: Option<Money>,
    /// The day of collection, where it was scheduled.
    pub execute: Option<Date>,
    /// The order digest.
    pub digest: [u8; 32],
    /// Where it stands.
    pub state: OrderState,
    /// All principals and penalties, what goes into a deposit and what is paid back.
    pub total: Money,
    /// The customer's reference.
    pub reference: String,
    /// When it was taken in.
    pub accepted: Timestamp,
    /// When it lapses: while it awaits approval, or by transfer and nothing has come.
    pub lapses: Option<Timestamp>,
    /// What it pays, in the order of the document.
    pub bills: Vec<OrderBill>,
    /// Its states, oldest first; the last is where it stands.
    pub history: Vec<OrderEvent>,
    /// What was decided on it, oldest first.
    pub decisions: Vec<DecisionRecord>,
}

/// A decision on an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRecord {
    /// Who decided.
    pub user: UserId,
    /// The name of that user.
    pub user_name: String,
    /// What.
    pub decision: Decision,
    /// When.
    pub at: Timestamp,
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
        orders.digest, orders.state, orders.currency, orders.total, orders.reference,
        orders.accepted, orders.lapses, orders.execute, orders.creditor_reference, orders.source,
        orders.source_account, orders.deposit_account, orders.deposit_minor, orders.refund_minor
    FROM orders JOIN users ON users.id = orders.user_id";

fn read_order(row: &Row) -> Result<OrderRecord, DatabaseError> {
    let (order, currency) = (row.parsed(0)?, row.parsed(7)?);
    let money = read_money(row, order, currency, 14)?;
    let mandate: Option<MandateId> = row.optional(4, Row::parsed)?;
    let source = match money.funds {
        Funds::Mandate => {
            let missing = || DatabaseError::unreadable(4, "there is no mandate");
            FundsSource::Mandate(mandate.clone().ok_or_else(missing)?)
        }
        Funds::Transfer => {
            let creditor_reference: CreditorReference = row.parsed(13)?;
            FundsSource::Transfer { creditor_reference }
        }
        Funds::Deposit(account) => FundsSource::Deposit(account),
    };
    Ok(OrderRecord {
        order,
        customer: row.parsed(1)?,
        user: row.parsed(2)?,
        user_name: row.string(3)?,
        source,
        mandate,
        deposit: money.deposit,
        refund: money.refund,
        execute: row.optional(12, Row::parsed)?,
        digest: row.array(5)?,
        state: row.parsed(6)?,
        total: row.money(8, currency)?,
        reference: row.string(9)?,
        accepted: row.time(10)?,
        lapses: row.optional(11, Row::time)?,
        bills: Vec::new(),
        history: Vec::new(),
        decisions: Vec::new(),
    })
}

/// The money of an order but for its bills, from five columns: source, its account, the account of
/// the deposit that is paid into, how much, how much is paid back.
pub(crate) fn read_money(
    row: &Row,
    order: OrderId,
    currency: Currency,
    first: usize,
) -> Result<OrderMoney, DatabaseError> {
    let funds = match row.text(first)? {
        "mandate" => Funds::Mandate,
        "transfer" => Funds::Transfer,
        "deposit" => Funds::Deposit(row.parsed(first + 1)?),
        other => {
            let why = format!("`{other}` is no source of money");
            return Err(DatabaseError::unreadable(first, why));
        }
    };
    let money = |row, column| Row::money(row, column, currency);
    let deposit = row.optional(first + 3, money)?.map(|amount| {
        let account = row.parsed(first + 2)?;
        Ok::<_, DatabaseError>(DepositPart { account, amount })
    });
    Ok(OrderMoney {
        order,
        currency,
        bills: Vec::new(),
        deposit: deposit.transpose()?,
        refund: row.optional(first + 4, money)?,
        funds,
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
    let histories = histories("order_events.order_id = ANY($1)");
    for row in session.query(&histories, std::slice::from_ref(&ids))? {
        if let Some(place) = places.get(&row.parsed(0)?) {
            let order: &mut OrderRecord = &mut orders[*place];
            order.history.push(read_event(&row, 1)?);
        }
    }
    for row in session.query(
        "SELECT order_decisions.order_id, order_decisions.user_id, users.name,
                order_decisions.decision, order_decisions.at
         FROM order_decisions JOIN users ON users.id = order_decisions.user_id
         WHERE order_decisions.order_id = ANY($1)
         ORDER BY order_decisions.order_id, order_decisions.position",
        &[ids],
    )? {
        if let Some(place) = places.get(&row.parsed(0)?) {
            let order: &mut OrderRecord = &mut orders[*place];
            order.decisions.push(DecisionRecord {
                user: row.parsed(1)?,
                user_name: row.string(2)?,
                decision: row.parsed(3)?,
                at: row.time(4)?,
            });
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
    listed(session, customer, None, after, limit)
}

/// Those that a user may look at.
pub(crate) fn list_seen(
    session: &mut dyn Session,
    viewer: &Viewer,
    after: Option<&OrderCursor>,
    limit: u32,
) -> Result<Page<OrderRecord>, StoreError> {
    listed(session, viewer.customer, Some(viewer), after, limit)
}

fn listed(
    session: &mut dyn Session,
    customer: CustomerId,
    viewer: Option<&Viewer>,
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
    let seen = viewer.map_or("1 = 1".to_owned(), |viewer| viewer.sees_order(&mut params));
    let sql = format!(
        "{ORDER} WHERE orders.customer = $1 {place} AND {seen}
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

/// The decisions on an order as they were signed, each with who signed it, oldest first.
pub(crate) fn decision_documents(
    session: &mut dyn Session,
    id: OrderId,
) -> Result<Vec<(UserId, String)>, StoreError> {
    let sql = "SELECT user_id, jws FROM order_decisions WHERE order_id = $1 ORDER BY position";
    let rows = session.query(sql, &[Value::text(id)])?;
    let documents = rows.iter().map(|row| Ok((row.parsed(0)?, row.string(1)?)));
    Ok(documents.collect::<Result<_, DatabaseError>>()?)
}

pub(crate) fn message(
    session: &mut dyn Session,
    id: OrderId,
) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT body FROM outbox WHERE order_id = $1";
    let row = session.query_one(sql, &[Value::text(id)])?;
    let body = row.map(|row| Ok::<_, DatabaseError>(unpack(row.bytes(0)?, 0)?.into_owned()));
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
