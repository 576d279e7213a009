//! Bills as the customer sees them.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use wattkey_domain::{
    AccountId, BillId, BillingMonth, CustomerId, Debt, DisputePeriod, Money, OrderId, OrderState,
    UserId,
};

use crate::StoreError;
use crate::database::{DatabaseError, Row, Session, Value};
use crate::packed::unpack;
use crate::read::disputes::periods;
use crate::read::viewer::Viewer;
use crate::read::{MalformedCursor, Page, bounded, page};

/// Where a bill stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BillState {
    /// To be paid, not past its due date.
    Open,
    /// To be paid, past its due date.
    Overdue,
    /// Orders hold what was open of it.
    InCollection,
    /// Nothing is open, and nothing is held.
    Paid,
    /// Credit notes took all of it back, and nothing is open or held.
    Cancelled,
}

/// Which bills.
#[derive(Debug, Clone)]
pub struct BillQuery {
    /// Whose.
    pub customer: CustomerId,
    /// Of one contract account only.
    pub account: Option<AccountId>,
    /// In one state only.
    pub state: Option<BillState>,
    /// After this place of the list.
    pub after: Option<BillCursor>,
    /// How many: 1 to [`crate::MAX_PAGE`].
    pub limit: u32,
    /// The civil date of the service.
    pub today: Date,
}

/// A place in the list of bills: date of issue and id of the last one that was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillCursor {
    issued: Date,
    bill: BillId,
}

/// A bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillRow {
    /// Its id.
    pub bill: BillId,
    /// Its contract account.
    pub account: AccountId,
    /// Who owes it.
    pub customer: CustomerId,
    /// The billing month.
    pub period: BillingMonth,
    /// The date of issue.
    pub issued: Date,
    /// The last day without a penalty.
    pub due: Date,
    /// What was billed.
    pub total: Money,
    /// What is open, without penalty, and held by no order.
    pub open: Money,
    /// What orders hold, with the penalties that they fixed.
    pub in_collection: Money,
    /// Where it stands.
    pub state: BillState,
    /// The days on which some of it was disputed; of a bill with nothing open they are not told.
    pub disputes: Vec<DisputePeriod>,
    /// SHA-256 of its document.
    pub digest: [u8; 32],
    /// The last order that holds it; where none does, the last one that paid of it.
    pub order: Option<BillOrder>,
    /// The last order by transfer whose money has not come: it holds nothing.
    pub transfer: Option<BillOrder>,
}

impl BillRow {
    /// What its penalty depends on, as it is known today.
    #[must_use]
    pub fn debt(&self, today: Date) -> Debt<'_> {
        Debt {
            due: self.due,
            open: self.open,
            disputes: &self.disputes,
            today,
        }
    }
}

/// The order that holds or paid a bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BillOrder {
    /// Its id.
    pub order: OrderId,
    /// Who signed it.
    pub user: UserId,
    /// Its state.
    pub state: OrderState,
}

/// A bill document as the marketing system sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillDocumentBytes {
    /// Its exact bytes.
    pub bytes: Vec<u8>,
    /// Their SHA-256.
    pub digest: [u8; 32],
}

impl fmt::Display for BillCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}~{}", self.issued, self.bill)
    }
}

impl FromStr for BillCursor {
    type Err = MalformedCursor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (issued, bill) = text.split_once('~').ok_or(MalformedCursor)?;
        Ok(Self {
            issued: issued.parse().map_err(|_| MalformedCursor)?,
            bill: bill.parse().map_err(|_| MalformedCursor)?,
        })
    }
}

const BILL: &str = "SELECT id, account, customer, period, currency, issued, due, total, open_minor,
    digest, credited_minor FROM bills";

/// The orders of bills, oldest first. Asked for the bills of a page, and not joined to them: no
/// database plans the two together well for a page of a customer with many bills.
const ORDERS: &str = "SELECT order_bills.bill, orders.id, orders.user_id, orders.state,
        order_bills.claimed, order_bills.principal, order_bills.penalty
    FROM order_bills JOIN orders ON orders.id = order_bills.order_id
    WHERE order_bills.bill = ANY($1) ORDER BY orders.accepted, orders.id";

/// What orders have of a bill.
#[derive(Debug, Default)]
struct Held {
    minor: i64,
    holds: Option<BillOrder>,
    paid: Option<BillOrder>,
    transfer: Option<BillOrder>,
}

fn held(session: &mut dyn Session, bills: &[Row]) -> Result<HashMap<String, Held>, DatabaseError> {
    let mut all: HashMap<String, Held> = HashMap::new();
    if bills.is_empty() {
        return Ok(all);
    }
    let ids = bills.iter().map(|row| row.string(0));
    let ids = Value::Texts(ids.collect::<Result<_, _>>()?);
    for row in session.query(ORDERS, &[ids])? {
        let order = BillOrder {
            order: row.parsed(1)?,
            user: row.parsed(2)?,
            state: row.parsed(3)?,
        };
        let held = all.entry(row.string(0)?).or_default();
        if row.flag(4)? {
            let minor = row.int(5)?.checked_add(row.int(6)?);
            held.minor = minor
                .and_then(|minor| held.minor.checked_add(minor))
                .ok_or_else(|| DatabaseError::unreadable(5, "it is beyond any amount"))?;
            held.holds = Some(order);
        } else if order.state == OrderState::Settled {
            held.paid = Some(order);
        } else if order.state == OrderState::Accepted {
            // Only what is paid by transfer is accepted and claims nothing.
            held.transfer = Some(order);
        }
    }
    Ok(all)
}

fn read_bill(row: &Row, held: &Held, today: Date) -> Result<BillRow, DatabaseError> {
    let currency = row.parsed(4)?;
    let due = row.parsed(6)?;
    let open = row.money(8, currency)?;
    let cancelled = row.int(10)? >= row.int(7)?;
    let state = match (open.is_zero(), held.holds) {
        (true, Some(_)) => BillState::InCollection,
        (true, None) if cancelled => BillState::Cancelled,
        (true, None) => BillState::Paid,
        (false, _) if due < today => BillState::Overdue,
        (false, _) => BillState::Open,
    };
    let in_collection =
        Money::new(held.minor, currency).map_err(|error| DatabaseError::unreadable(8, error))?;
    Ok(BillRow {
        bill: row.parsed(0)?,
        account: row.parsed(1)?,
        customer: row.parsed(2)?,
        period: row.parsed(3)?,
        issued: row.parsed(5)?,
        due,
        total: row.money(7, currency)?,
        open,
        in_collection,
        state,
        disputes: Vec::new(),
        digest: row.array(9)?,
        order: held.holds.or(held.paid),
        transfer: held.transfer,
    })
}

/// Rows of [`BILL`] with what orders have of them.
fn read_bills(
    session: &mut dyn Session,
    rows: &[Row],
    today: Date,
) -> Result<Vec<BillRow>, DatabaseError> {
    let held = held(session, rows)?;
    let mut open = Vec::new();
    for row in rows {
        if row.int(8)? > 0 {
            open.push(row.string(0)?);
        }
    }
    let mut disputes = if open.is_empty() {
        HashMap::new()
    } else {
        periods(session, &Value::Texts(open))?
    };
    let none = Held::default();
    let bills = rows.iter().map(|row| {
        let held = held.get(row.text(0)?).unwrap_or(&none);
        let mut bill = read_bill(row, held, today)?;
        bill.disputes = disputes.remove(&bill.bill).unwrap_or_default();
        Ok(bill)
    });
    bills.collect()
}

/// A query with its parameters, of which only those are there that are used: PostgreSQL cannot
/// guess the type of another one.
struct Select {
    sql: String,
    params: Vec<Value>,
}

impl Select {
    /// Adds a condition; `?` stands for the value.
    fn and(&mut self, condition: &str, value: impl Into<Value>) {
        self.params.push(value.into());
        let place = format!("${}", self.params.len());
        self.sql.push_str(" AND ");
        self.sql.push_str(&condition.replace('?', &place));
    }
}

/// Bills of the customer that orders hold, from the few of its orders that may hold any.
const IS_HELD: &str = "id IN (SELECT order_bills.bill FROM orders
        JOIN order_bills ON order_bills.order_id = orders.id AND order_bills.claimed = 1
        WHERE orders.customer = $1
          AND (orders.state = 'awaiting-approval' OR orders.state = 'accepted'
            OR orders.state = 'submitted'))";

fn select(query: &BillQuery, viewer: Option<&Viewer>, limit: u32) -> Select {
    let mut select = Select {
        sql: format!("{BILL} WHERE customer = $1"),
        params: vec![Value::text(query.customer)],
    };
    if let Some(account) = &query.account {
        select.and("account = ?", account.as_str());
    }
    if let Some(after) = &query.after {
        let (issued, bill) = (after.issued.to_string(), after.bill.as_str());
        select.params.push(issued.into());
        let condition = format!("(issued, id) < (${}, ?)", select.params.len());
        select.and(&condition, bill);
    }
    if let Some(viewer) = viewer {
        let seen = viewer.sees("account", &mut select.params);
        select.sql.push_str(" AND ");
        select.sql.push_str(&seen);
    }
    let today = query.today.to_string();
    match query.state {
        None => {}
        Some(BillState::Open) => select.and("open_minor > 0 AND due >= ?", today),
        Some(BillState::Overdue) => select.and("open_minor > 0 AND due < ?", today),
        Some(BillState::InCollection) => {
            select.sql.push_str(" AND open_minor = 0 AND ");
            select.sql.push_str(IS_HELD);
        }
        Some(BillState::Paid) => {
            select
                .sql
                .push_str(" AND open_minor = 0 AND credited_minor < total AND NOT ");
            select.sql.push_str(IS_HELD);
        }
        Some(BillState::Cancelled) => {
            select
                .sql
                .push_str(" AND open_minor = 0 AND credited_minor >= total AND NOT ");
            select.sql.push_str(IS_HELD);
        }
    }
    select.params.push((limit + 1).into());
    let order = format!(
        " ORDER BY issued DESC, id DESC LIMIT ${}",
        select.params.len()
    );
    select.sql.push_str(&order);
    select
}

pub(crate) fn list(
    session: &mut dyn Session,
    query: &BillQuery,
) -> Result<Page<BillRow>, StoreError> {
    listed(session, query, None)
}

/// Those that a user may look at.
pub(crate) fn list_seen(
    session: &mut dyn Session,
    query: &BillQuery,
    viewer: &Viewer,
) -> Result<Page<BillRow>, StoreError> {
    listed(session, query, Some(viewer))
}

fn listed(
    session: &mut dyn Session,
    query: &BillQuery,
    viewer: Option<&Viewer>,
) -> Result<Page<BillRow>, StoreError> {
    let limit = bounded(query.limit);
    let select = select(query, viewer, limit);
    let rows = session.query(&select.sql, &select.params)?;
    let cursor = |last: &BillRow| {
        let (issued, bill) = (last.issued, last.bill.clone());
        BillCursor { issued, bill }.to_string()
    };
    Ok(page(
        read_bills(session, &rows, query.today)?,
        limit,
        cursor,
    ))
}

pub(crate) fn one(
    session: &mut dyn Session,
    customer: CustomerId,
    id: &BillId,
    today: Date,
) -> Result<Option<BillRow>, StoreError> {
    let sql = format!("{BILL} WHERE id = $1 AND customer = $2");
    let rows = session.query(&sql, &[id.as_str().into(), Value::text(customer)])?;
    Ok(read_bills(session, &rows, today)?.pop())
}

pub(crate) fn document(
    session: &mut dyn Session,
    customer: CustomerId,
    id: &BillId,
) -> Result<Option<BillDocumentBytes>, StoreError> {
    let row = session.query_one(
        "SELECT document, digest FROM bills WHERE id = $1 AND customer = $2",
        &[id.as_str().into(), Value::text(customer)],
    )?;
    let document = row.map(|row| {
        Ok::<_, DatabaseError>(BillDocumentBytes {
            bytes: unpack(row.bytes(0)?, 0)?.into_owned(),
            digest: row.array(1)?,
        })
    });
    Ok(document.transpose()?)
}
