//! Bills as the customer sees them.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension as _, Row, named_params, params};
use wattkey_domain::{
    AccountId, BillId, BillingMonth, CustomerId, Money, OrderId, OrderState, UserId,
};

use crate::read::{MalformedCursor, Page, bounded, page};
use crate::{StoreError, row};

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

fn read_bill(row: &Row<'_>, today: Date) -> rusqlite::Result<BillRow> {
    let currency = row::parsed(row, 4)?;
    let due = row::parsed(row, 6)?;
    let open = row::money(row, 8, currency)?;
    let order = match row::parsed_option(row, 10)? {
        Some(order) => Some(BillOrder {
            order,
            user: row::parsed(row, 11)?,
            state: row::parsed(row, 12)?,
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
        bill: row::parsed(row, 0)?,
        account: row::parsed(row, 1)?,
        customer: row::parsed(row, 2)?,
        period: row::parsed(row, 3)?,
        issued: row::parsed(row, 5)?,
        due,
        total: row::money(row, 7, currency)?,
        open,
        state,
        digest: row.get(9)?,
        order,
    })
}

fn condition(state: BillState) -> &'static str {
    match state {
        BillState::Open => "bills.open_minor > 0 AND bills.due >= :today",
        BillState::Overdue => "bills.open_minor > 0 AND bills.due < :today",
        BillState::InCollection => "orders.state IN ('accepted', 'submitted')",
        BillState::Paid => {
            "bills.open_minor = 0 AND (orders.id IS NULL OR orders.state = 'settled')"
        }
    }
}

pub(crate) fn list(
    connection: &Connection,
    query: &BillQuery,
) -> Result<Page<BillRow>, StoreError> {
    let limit = bounded(query.limit);
    // `:today` and `:account` stand in every variant, so that all take the same parameters.
    let state = query.state.map_or("TRUE", condition);
    let owner = match query.account {
        Some(_) => "bills.account = :account AND bills.customer = :customer",
        None => "bills.customer = :customer AND :account IS NULL",
    };
    let after = match query.after {
        Some(_) => "(bills.issued, bills.id) < (:issued, :bill)",
        None => ":issued IS NULL AND :bill IS NULL",
    };
    let sql = format!(
        "{BILL} WHERE {owner} AND {after} AND {state} AND :today IS NOT NULL
         ORDER BY bills.issued DESC, bills.id DESC LIMIT :limit"
    );
    let rows = connection
        .prepare_cached(&sql)?
        .query_map(
            named_params! {
                ":customer": query.customer.to_string(),
                ":account": query.account.as_ref().map(AccountId::as_str),
                ":issued": query.after.as_ref().map(|after| after.issued.to_string()),
                ":bill": query.after.as_ref().map(|after| after.bill.as_str()),
                ":today": query.today.to_string(),
                ":limit": limit + 1,
            },
            |row| read_bill(row, query.today),
        )?
        .collect::<Result<Vec<_>, _>>()?;
    let cursor = |last: &BillRow| {
        let (issued, bill) = (last.issued, last.bill.clone());
        BillCursor { issued, bill }.to_string()
    };
    Ok(page(rows, limit, cursor))
}

pub(crate) fn one(
    connection: &Connection,
    customer: CustomerId,
    id: &BillId,
    today: Date,
) -> Result<Option<BillRow>, StoreError> {
    let bill = connection
        .prepare_cached(&format!(
            "{BILL} WHERE bills.id = ?1 AND bills.customer = ?2"
        ))?
        .query_row(params![id.as_str(), customer.to_string()], |row| {
            read_bill(row, today)
        })
        .optional()?;
    Ok(bill)
}

pub(crate) fn document(
    connection: &Connection,
    customer: CustomerId,
    id: &BillId,
) -> Result<Option<BillDocumentBytes>, StoreError> {
    let document = connection
        .prepare_cached("SELECT document, digest FROM bills WHERE id = ?1 AND customer = ?2")?
        .query_row(params![id.as_str(), customer.to_string()], |row| {
            Ok(BillDocumentBytes {
                bytes: row.get(0)?,
                digest: row.get(1)?,
            })
        })
        .optional()?;
    Ok(document)
}
