//! Customers, users, contract accounts, mandates, and who is paid.

use std::collections::HashMap;

use jiff::civil::Date;
use wattkey_domain::{AccountId, BillId, Currency, CustomerId, MandateId, Money, UserId};

use crate::StoreError;
use crate::database::{DatabaseError, Row, Session, Value};
use crate::read::viewer::Viewer;
use crate::read::{Page, page};
use crate::record::{Account, Customer, Mandate, Payee, User, UserLimits};

/// A contract account, and what is open of its bills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// The account.
    pub account: Account,
    /// Sums for each currency in which something is open or held; empty where nothing is.
    pub sums: Vec<AccountSums>,
}

/// Sums over the bills of one currency, without penalties that are not fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountSums {
    /// Of all amounts.
    pub currency: Currency,
    /// What can be paid.
    pub open: Money,
    /// What of it is past its due date.
    pub overdue: Money,
    /// What orders hold, with the penalties that they fixed.
    pub in_collection: Money,
}

pub(crate) fn payee(session: &mut dyn Session) -> Result<Option<Payee>, StoreError> {
    let row = session.query_one(
        "SELECT name, account, agent, creditor_id, currency, time_zone FROM payee",
        &[],
    )?;
    let payee = row.map(|row| {
        Ok::<_, DatabaseError>(Payee {
            name: row.string(0)?,
            account: row.string(1)?,
            agent: row.string(2)?,
            creditor_id: row.string(3)?,
            currency: row.parsed(4)?,
            time_zone: row.string(5)?,
        })
    });
    Ok(payee.transpose()?)
}

fn all<T>(
    session: &mut dyn Session,
    sql: &str,
    params: &[Value],
    read: impl Fn(&Row) -> Result<T, DatabaseError>,
) -> Result<Vec<T>, StoreError> {
    let rows = session.query(sql, params)?;
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}

fn read_customer(row: &Row) -> Result<Customer, DatabaseError> {
    Ok(Customer {
        id: row.parsed(0)?,
        name: row.string(1)?,
        locale: row.string(2)?,
    })
}

pub(crate) fn customer(
    session: &mut dyn Session,
    id: CustomerId,
) -> Result<Option<Customer>, StoreError> {
    let sql = "SELECT id, name, locale FROM customers WHERE id = $1";
    Ok(all(session, sql, &[Value::text(id)], read_customer)?.pop())
}

pub(crate) fn customers(session: &mut dyn Session) -> Result<Vec<Customer>, StoreError> {
    let sql = "SELECT id, name, locale FROM customers ORDER BY name, id";
    all(session, sql, &[], read_customer)
}

fn read_user(row: &Row) -> Result<User, DatabaseError> {
    let rights = serde_json::from_str(row.text(3)?);
    Ok(User {
        id: row.parsed(0)?,
        customer: row.parsed(1)?,
        name: row.string(2)?,
        rights: rights.map_err(|error| DatabaseError::unreadable(3, error))?,
        limits: UserLimits {
            day: row.optional(4, Row::int)?,
            alone: row.optional(5, Row::int)?,
        },
    })
}

pub(crate) fn user(session: &mut dyn Session, id: UserId) -> Result<Option<User>, StoreError> {
    let sql = "SELECT id, customer, name, rights, day_limit, alone_limit FROM users WHERE id = $1";
    Ok(all(session, sql, &[Value::text(id)], read_user)?.pop())
}

pub(crate) fn users(session: &mut dyn Session) -> Result<Vec<User>, StoreError> {
    let sql =
        "SELECT id, customer, name, rights, day_limit, alone_limit FROM users ORDER BY name, id";
    all(session, sql, &[], read_user)
}

/// The users of a customer, by name.
pub(crate) fn users_of(
    session: &mut dyn Session,
    customer: CustomerId,
) -> Result<Vec<User>, StoreError> {
    let sql = "SELECT id, customer, name, rights, day_limit, alone_limit FROM users
        WHERE customer = $1 ORDER BY name, id";
    all(session, sql, &[Value::text(customer)], read_user)
}

/// The contract account of a customer's bill.
pub(crate) fn account_of_bill(
    session: &mut dyn Session,
    customer: CustomerId,
    bill: &BillId,
) -> Result<Option<AccountId>, StoreError> {
    let sql = "SELECT account FROM bills WHERE id = $1 AND customer = $2";
    let row = session.query_one(sql, &[bill.as_str().into(), Value::text(customer)])?;
    Ok(row.map(|row| row.parsed(0)).transpose()?)
}

const MANDATE: &str = "SELECT id, customer, debtor_name, debtor_account, debtor_agent, signed,
    currency, valid_from, ended FROM mandates";

fn read_mandate(row: &Row) -> Result<Mandate, DatabaseError> {
    Ok(Mandate {
        id: row.parsed(0)?,
        customer: row.parsed(1)?,
        debtor_name: row.string(2)?,
        debtor_account: row.string(3)?,
        debtor_agent: row.string(4)?,
        signed: row.parsed(5)?,
        currency: row.parsed(6)?,
        valid_from: row.parsed(7)?,
        ended: row.optional(8, Row::parsed)?,
    })
}

pub(crate) fn mandates(
    session: &mut dyn Session,
    customer: CustomerId,
) -> Result<Vec<Mandate>, StoreError> {
    let sql = format!("{MANDATE} WHERE customer = $1 ORDER BY id");
    all(session, &sql, &[Value::text(customer)], read_mandate)
}

pub(crate) fn mandate(
    session: &mut dyn Session,
    customer: CustomerId,
    id: &MandateId,
) -> Result<Option<Mandate>, StoreError> {
    let sql = format!("{MANDATE} WHERE id = $1 AND customer = $2");
    let key = [id.as_str().into(), Value::text(customer)];
    Ok(all(session, &sql, &key, read_mandate)?.pop())
}

pub(crate) fn has_account(
    session: &mut dyn Session,
    customer: CustomerId,
    account: &AccountId,
) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM accounts WHERE id = $1 AND customer = $2";
    Ok(session.exists(sql, &[account.as_str().into(), Value::text(customer)])?)
}

pub(crate) fn accounts(
    session: &mut dyn Session,
    customer: CustomerId,
    today: Date,
) -> Result<Vec<AccountRow>, StoreError> {
    let sql = "SELECT id, customer, name, address FROM accounts WHERE customer = $1 ORDER BY id";
    with_sums(session, customer, today, sql, vec![Value::text(customer)])
}

pub(crate) fn accounts_page(
    session: &mut dyn Session,
    viewer: &Viewer,
    today: Date,
    after: Option<&AccountId>,
    limit: u32,
) -> Result<Page<AccountRow>, StoreError> {
    let customer = viewer.customer;
    let after = after.map_or("", AccountId::as_str);
    let mut params = vec![Value::text(customer), after.into(), (limit + 1).into()];
    let seen = viewer.sees("id", &mut params);
    let sql = format!(
        "SELECT id, customer, name, address FROM accounts
         WHERE customer = $1 AND id > $2 AND {seen} ORDER BY id LIMIT $3"
    );
    let rows = with_sums(session, customer, today, &sql, params)?;
    Ok(page(rows, limit, |last| last.account.id.to_string()))
}

/// Accounts with what is open and held of their bills.
fn with_sums(
    session: &mut dyn Session,
    customer: CustomerId,
    today: Date,
    sql: &str,
    params: Vec<Value>,
) -> Result<Vec<AccountRow>, StoreError> {
    let accounts = session.ask(sql, params)?;
    let open = session.ask(OPEN, vec![Value::text(customer), Value::text(today)])?;
    let held = session.ask(HELD, vec![Value::text(customer)])?;
    let accounts = session.rows(accounts)?;
    let mut sums = sums(&session.rows(open)?, &session.rows(held)?)?;
    let accounts = accounts.iter().map(|row| {
        let id = row.parsed(0)?;
        Ok(AccountRow {
            sums: sums.remove(&id).unwrap_or_default(),
            account: Account {
                id,
                customer: row.parsed(1)?,
                name: row.string(2)?,
                address: row.string(3)?,
            },
        })
    });
    Ok(accounts.collect::<Result<_, DatabaseError>>()?)
}

/// What is open of a customer's bills and past its due date, by account and currency, from the
/// index of what is open: most bills are paid.
const OPEN: &str = "SELECT account, currency, CAST(sum(open_minor) AS BIGINT),
        CAST(sum(CASE WHEN due < $2 THEN open_minor ELSE 0 END) AS BIGINT)
    FROM bills WHERE customer = $1 AND open_minor > 0
    GROUP BY account, currency ORDER BY account, currency";

/// What its orders hold, likewise.
const HELD: &str = "SELECT bills.account, bills.currency,
        CAST(sum(order_bills.principal + order_bills.penalty) AS BIGINT)
    FROM orders
    JOIN order_bills ON order_bills.order_id = orders.id AND order_bills.claimed = 1
    JOIN bills ON bills.id = order_bills.bill
    WHERE orders.customer = $1
      AND (orders.state = 'awaiting-approval' OR orders.state = 'accepted'
        OR orders.state = 'submitted')
    GROUP BY bills.account, bills.currency ORDER BY bills.account, bills.currency";

fn sums(open: &[Row], held: &[Row]) -> Result<HashMap<AccountId, Vec<AccountSums>>, DatabaseError> {
    let mut all: HashMap<AccountId, Vec<AccountSums>> = HashMap::new();
    for row in open {
        let currency: Currency = row.parsed(1)?;
        all.entry(row.parsed(0)?).or_default().push(AccountSums {
            currency,
            open: row.money(2, currency)?,
            overdue: row.money(3, currency)?,
            in_collection: Money::zero(currency),
        });
    }
    for row in held {
        let currency: Currency = row.parsed(1)?;
        let in_collection = row.money(2, currency)?;
        let sums = all.entry(row.parsed(0)?).or_default();
        if let Some(known) = sums.iter_mut().find(|one| one.currency == currency) {
            known.in_collection = in_collection;
            continue;
        }
        sums.push(AccountSums {
            currency,
            open: Money::zero(currency),
            overdue: Money::zero(currency),
            in_collection,
        });
        sums.sort_by_key(|one| one.currency.to_string());
    }
    Ok(all)
}
