//! Bills as the customer sees them.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use wattkey_domain::{
    AccountId, BillId, BillingMonth, CustomerId, Money, OrderId, OrderState, UserId,
};

use crate::StoreError;
use crate::database::{DatabaseError, Row, Session, Value};
use crate::read::{MalformedCursor, Page, bounded, page};

/// Where a bill stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BillState {
    /// To be paid, not past its due date.
    Open,
    /// To be paid, past its due date.
    Overdue,
    /// An order holds it.
    InCollection,
    /// Nothing is open.
    Paid,
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
    /// What is open, without penalty; zero while an order holds it.
    pub open: Money,
    /// Where it stands.
    pub state: BillState,
    /// SHA-256 of its document.
    pub digest: [u8; 32],
    /// The order that holds or paid it.
    pub order: Option<BillOrder>,
}

/// The order that holds or paid a bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BillOrder {
    /// Its id.
    pub order: OrderId,
    /// Who signed it.
    pub user: UserId,
    /// Its state: accepted, submitted or settled.
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

const BILL: &str = "SELECT bills.id, bills.account, bills.customer, bills.period, bills.currency,
        bills.issued, bills.due, bills.total, bills.open_minor, bills.digest,
        orders.id, orders.user_id, orders.state
    FROM bills
    LEFT JOIN (order_bills JOIN orders ON orders.id = order_bills.order_id
                                      AND orders.state IN ('accepted', 'submitted', 'settled'))
        ON order_bills.bill = bills.id";

fn read_bill(row: &Row, today: Date) -> Result<BillRow, DatabaseError> {
    let currency = row.parsed(4)?;
    let due = row.parsed(6)?;
    let open = row.money(8, currency)?;
    let order = match row.optional(10, Row::parsed)? {
        Some(order) => Some(BillOrder {
            order,
            user: row.parsed(11)?,
            state: row.parsed(12)?,
        }),
        None => None,
    };
    let held = order.is_some_and(|order| order.state.holds_claims());
    let state = match (held, open.is_zero()) {
        (true, _) => BillState::InCollection,
        (false, true) => BillState::Paid,
        (false, false) if due < today => BillState::Overdue,
        (false, false) => BillState::Open,
    };
    Ok(BillRow {
        bill: row.parsed(0)?,
        account: row.parsed(1)?,
        customer: row.parsed(2)?,
        period: row.parsed(3)?,
        issued: row.parsed(5)?,
        due,
        total: row.money(7, currency)?,
        open,
        state,
        digest: row.array(9)?,
        order,
    })
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

fn select(query: &BillQuery, limit: u32) -> Select {
    let mut select = Select {
        sql: format!("{BILL} WHERE bills.customer = $1"),
        params: vec![Value::text(query.customer)],
    };
    if let Some(account) = &query.account {
        select.and("bills.account = ?", account.as_str());
    }
    if let Some(after) = &query.after {
        let (issued, bill) = (after.issued.to_string(), after.bill.as_str());
        select.params.push(issued.into());
        let condition = format!("(bills.issued, bills.id) < (${}, ?)", select.params.len());
        select.and(&condition, bill);
    }
    let today = query.today.to_string();
    match query.state {
        None => {}
        Some(BillState::Open) => select.and("bills.open_minor > 0 AND bills.due >= ?", today),
        Some(BillState::Overdue) => select.and("bills.open_minor > 0 AND bills.due < ?", today),
        Some(BillState::InCollection) => {
            select
                .sql
                .push_str(" AND orders.state IN ('accepted', 'submitted')");
        }
        Some(BillState::Paid) => select.sql.push_str(
            " AND bills.open_minor = 0 AND (orders.id IS NULL OR orders.state = 'settled')",
        ),
    }
    select.params.push((limit + 1).into());
    let order = format!(
        " ORDER BY bills.issued DESC, bills.id DESC LIMIT ${}",
        select.params.len()
    );
    select.sql.push_str(&order);
    select
}

pub(crate) fn list(
    session: &mut dyn Session,
    query: &BillQuery,
) -> Result<Page<BillRow>, StoreError> {
    let limit = bounded(query.limit);
    let select = select(query, limit);
    let rows = session.query(&select.sql, &select.params)?;
    let rows = rows.iter().map(|row| read_bill(row, query.today));
    let cursor = |last: &BillRow| {
        let (issued, bill) = (last.issued, last.bill.clone());
        BillCursor { issued, bill }.to_string()
    };
    Ok(page(rows.collect::<Result<_, _>>()?, limit, cursor))
}

pub(crate) fn one(
    session: &mut dyn Session,
    customer: CustomerId,
    id: &BillId,
    today: Date,
) -> Result<Option<BillRow>, StoreError> {
    let sql = format!("{BILL} WHERE bills.id = $1 AND bills.customer = $2");
    let row = session.query_one(&sql, &[id.as_str().into(), Value::text(customer)])?;
    Ok(row.map(|row| read_bill(&row, today)).transpose()?)
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
            bytes: row.bytes(0)?.to_vec(),
            digest: row.array(1)?,
        })
    });
    Ok(document.transpose()?)
}
