//! Customers, users, contract accounts, mandates, and who is paid.

use std::collections::HashMap;

use jiff::civil::Date;
use wattkey_domain::{AccountId, Currency, CustomerId, MandateId, Money, UserId};

use crate::StoreError;
use crate::database::{DatabaseError, Row, Session, Value};
use crate::record::{Account, Customer, Mandate, Payee, User};

/// A contract account, and what is open of its bills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// The account.
    pub account: Account,
    /// Sums for each currency that its bills have; empty when it has no bills.
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
    })
}

pub(crate) fn user(session: &mut dyn Session, id: UserId) -> Result<Option<User>, StoreError> {
    let sql = "SELECT id, customer, name, rights FROM users WHERE id = $1";
    Ok(all(session, sql, &[Value::text(id)], read_user)?.pop())
}

pub(crate) fn users(session: &mut dyn Session) -> Result<Vec<User>, StoreError> {
    let sql = "SELECT id, customer, name, rights FROM users ORDER BY name, id";
    all(session, sql, &[], read_user)
}

const MANDATE: &str = "SELECT id, customer, debtor_name, debtor_account, debtor_agent, signed,
    currency, valid_from FROM mandates";

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
    let mut accounts = all(session, sql, &[Value::text(customer)], |row| {
        Ok(AccountRow {
            account: Account {
                id: row.parsed(0)?,
                customer: row.parsed(1)?,
                name: row.string(2)?,
                address: row.string(3)?,
            },
            sums: Vec::new(),
        })
    })?;
    let mut sums = sums(session, customer, today)?;
    for row in &mut accounts {
        row.sums = sums.remove(&row.account.id).unwrap_or_default();
    }
    Ok(accounts)
}

fn sums(
    session: &mut dyn Session,
    customer: CustomerId,
    today: Date,
) -> Result<HashMap<AccountId, Vec<AccountSums>>, StoreError> {
    // PostgreSQL sums whole numbers to a type of its own.
    let rows = session.query(
        "SELECT bills.account, bills.currency,
                CAST(sum(bills.open_minor) AS BIGINT),
                CAST(sum(CASE WHEN bills.due < $2 THEN bills.open_minor ELSE 0 END) AS BIGINT),
                CAST(sum(coalesce(claims.principal + claims.penalty, 0)) AS BIGINT)
         FROM bills
         LEFT JOIN order_bills AS claims ON claims.bill = bills.id AND claims.claimed = 1
         WHERE bills.customer = $1
         GROUP BY bills.account, bills.currency ORDER BY bills.account, bills.currency",
        &[Value::text(customer), Value::text(today)],
    )?;
    let mut sums: HashMap<_, Vec<_>> = HashMap::new();
    for row in &rows {
        let currency = row.parsed(1)?;
        sums.entry(row.parsed(0)?).or_default().push(AccountSums {
            currency,
            open: row.money(2, currency)?,
            overdue: row.money(3, currency)?,
            in_collection: row.money(4, currency)?,
        });
    }
    Ok(sums)
}
