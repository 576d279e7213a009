//! Whom money could be from that no order waits for: what the rules of reconciliation ask.

use jiff::civil::Date;
use wattkey_domain::{
    AccountId, BillId, Currency, CustomerId, Debt, DisputePeriod, Money, OrderId, OrderState,
};

use crate::StoreError;
use crate::database::{DatabaseError, Row, Session, Value};
use crate::read::disputes::periods;

/// The most open bills of one customer that a rule looks at.
const MAX_BILLS: u32 = 500;
/// The most orders that a rule looks at.
const MAX_ORDERS: u32 = 100;

/// A bill of which something is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenBill {
    /// The bill.
    pub bill: BillId,
    /// Its contract account.
    pub account: AccountId,
    /// Whose it is.
    pub customer: CustomerId,
    /// Last day to pay without penalty.
    pub due: Date,
    /// What is open, without penalty.
    pub open: Money,
    /// The days on which some of it was disputed.
    pub disputes: Vec<DisputePeriod>,
}

impl OpenBill {
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

/// An order whose money did not come, or went back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenBack {
    /// The order.
    pub order: OrderId,
    /// Whose it is.
    pub customer: CustomerId,
    /// Where it stands.
    pub state: OrderState,
    /// What it came to.
    pub total: Money,
    /// Its bills, as far as they are open.
    pub bills: Vec<OpenBill>,
}

/// Customers with a debit mandate on one of these bank accounts: the account, the customer.
pub(crate) fn mandates_on(
    session: &mut dyn Session,
    accounts: &[String],
) -> Result<Vec<(String, CustomerId)>, StoreError> {
    let rows = session.query(
        "SELECT DISTINCT debtor_account, customer FROM mandates
         WHERE debtor_account = ANY($1) ORDER BY debtor_account, customer",
        &[Value::texts(accounts)],
    )?;
    let found = rows.iter().map(|row| Ok((row.string(0)?, row.parsed(1)?)));
    found.collect()
}

/// What is open of a customer, oldest due first.
pub(crate) fn open_bills(
    session: &mut dyn Session,
    customer: CustomerId,
    currency: Currency,
) -> Result<Vec<OpenBill>, StoreError> {
    open(
        session,
        "customer = $1 AND currency = $2 AND open_minor > 0 ORDER BY due, id LIMIT $3",
        &[
            Value::text(customer),
            Value::text(currency),
            MAX_BILLS.into(),
        ],
    )
}

/// What is open of bills, oldest due first.
pub(crate) fn open_of(
    session: &mut dyn Session,
    bills: &[BillId],
) -> Result<Vec<OpenBill>, StoreError> {
    open(
        session,
        "id = ANY($1) AND open_minor > 0 ORDER BY due, id",
        &[Value::texts(bills)],
    )
}

/// A bill, whether anything of it is open or not.
pub(crate) fn bill(
    session: &mut dyn Session,
    bill: &BillId,
) -> Result<Option<OpenBill>, StoreError> {
    Ok(open(session, "id = $1", &[bill.as_str().into()])?.pop())
}

fn open(
    session: &mut dyn Session,
    condition: &str,
    params: &[Value],
) -> Result<Vec<OpenBill>, StoreError> {
    let sql = format!(
        "SELECT id, account, customer, due, currency, open_minor FROM bills WHERE {condition}"
    );
    let rows = session.query(&sql, params)?;
    let bills = rows.iter().map(|row| read_bill(row, 0));
    let mut bills = bills.collect::<Result<Vec<_>, _>>()?;
    disputed(session, bills.iter_mut())?;
    Ok(bills)
}

/// Adds what was disputed.
fn disputed<'b>(
    session: &mut dyn Session,
    bills: impl Iterator<Item = &'b mut OpenBill>,
) -> Result<(), DatabaseError> {
    let bills: Vec<_> = bills.collect();
    if bills.is_empty() {
        return Ok(());
    }
    let ids = Value::texts(bills.iter().map(|bill| &bill.bill));
    let periods = periods(session, &ids)?;
    for bill in bills {
        bill.disputes = periods.get(&bill.bill).cloned().unwrap_or_default();
    }
    Ok(())
}

fn read_bill(row: &Row, first: usize) -> Result<OpenBill, DatabaseError> {
    Ok(OpenBill {
        bill: row.parsed(first)?,
        account: row.parsed(first + 1)?,
        customer: row.parsed(first + 2)?,
        due: row.parsed(first + 3)?,
        open: row.money(first + 5, row.parsed(first + 4)?)?,
        disputes: Vec::new(),
    })
}

/// Which of these are contract accounts, and whose.
pub(crate) fn accounts(
    session: &mut dyn Session,
    ids: &[AccountId],
) -> Result<Vec<(AccountId, CustomerId)>, StoreError> {
    let rows = session.query(
        "SELECT id, customer FROM accounts WHERE id = ANY($1) ORDER BY id",
        &[Value::texts(ids)],
    )?;
    let found = rows.iter().map(|row| Ok((row.parsed(0)?, row.parsed(1)?)));
    found.collect()
}

/// Orders that were returned or cancelled, of one of these totals, the newest first.
pub(crate) fn taken_back(
    session: &mut dyn Session,
    totals: &[i64],
) -> Result<Vec<TakenBack>, StoreError> {
    let rows = session.query(
        "SELECT id, customer, state, total, currency FROM orders
         WHERE total = ANY($1) AND state IN ('returned', 'cancelled')
         ORDER BY accepted DESC, id LIMIT $2",
        &[Value::Ints(totals.to_vec()), MAX_ORDERS.into()],
    )?;
    let mut orders = Vec::new();
    for row in &rows {
        orders.push(TakenBack {
            order: row.parsed(0)?,
            customer: row.parsed(1)?,
            state: row.parsed(2)?,
            total: row.money(3, row.parsed(4)?)?,
            bills: Vec::new(),
        });
    }
    let ids = Value::texts(orders.iter().map(|order| order.order));
    let rows = session.query(
        "SELECT order_id, bills.id, account, customer, due, currency, open_minor
         FROM order_bills JOIN bills ON bills.id = order_bills.bill
         WHERE order_id = ANY($1) AND open_minor > 0 ORDER BY order_id, position",
        &[ids],
    )?;
    for row in &rows {
        let id: OrderId = row.parsed(0)?;
        if let Some(order) = orders.iter_mut().find(|order| order.order == id) {
            order.bills.push(read_bill(row, 1)?);
        }
    }
    disputed(
        session,
        orders.iter_mut().flat_map(|order| &mut order.bills),
    )?;
    Ok(orders)
}
