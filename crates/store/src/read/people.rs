//! Customers, users, contract accounts, mandates, and who is paid.

use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use wattkey_domain::{AccountId, Currency, CustomerId, MandateId, Money, UserId};

use crate::record::{Account, Customer, Mandate, Payee, User};
use crate::{StoreError, row};

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

pub(crate) fn payee(connection: &Connection) -> Result<Option<Payee>, StoreError> {
    let payee = connection
        .prepare_cached("SELECT name, account, agent, creditor_id, currency, time_zone FROM payee")?
        .query_row([], |row| {
            Ok(Payee {
                name: row.get(0)?,
                account: row.get(1)?,
                agent: row.get(2)?,
                creditor_id: row.get(3)?,
                currency: row::parsed(row, 4)?,
                time_zone: row.get(5)?,
            })
        })
        .optional()?;
    Ok(payee)
}

fn read_customer(row: &Row<'_>) -> rusqlite::Result<Customer> {
    Ok(Customer {
        id: row::parsed(row, 0)?,
        name: row.get(1)?,
        locale: row.get(2)?,
    })
}

pub(crate) fn customer(
    connection: &Connection,
    id: CustomerId,
) -> Result<Option<Customer>, StoreError> {
    let customer = connection
        .prepare_cached("SELECT id, name, locale FROM customers WHERE id = ?1")?
        .query_row([id.to_string()], read_customer)
        .optional()?;
    Ok(customer)
}

pub(crate) fn customers(connection: &Connection) -> Result<Vec<Customer>, StoreError> {
    let customers = connection
        .prepare_cached("SELECT id, name, locale FROM customers ORDER BY name, id")?
        .query_map([], read_customer)?
        .collect::<Result<_, _>>()?;
    Ok(customers)
}

fn read_user(row: &Row<'_>) -> rusqlite::Result<User> {
    let rights: String = row.get(3)?;
    let rights = serde_json::from_str(&rights).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(3, rusqlite::types::Type::Text, error.into())
    })?;
    Ok(User {
        id: row::parsed(row, 0)?,
        customer: row::parsed(row, 1)?,
        name: row.get(2)?,
        rights,
    })
}

pub(crate) fn user(connection: &Connection, id: UserId) -> Result<Option<User>, StoreError> {
    let user = connection
        .prepare_cached("SELECT id, customer, name, rights FROM users WHERE id = ?1")?
        .query_row([id.to_string()], read_user)
        .optional()?;
    Ok(user)
}

pub(crate) fn users(connection: &Connection) -> Result<Vec<User>, StoreError> {
    let users = connection
        .prepare_cached("SELECT id, customer, name, rights FROM users ORDER BY name, id")?
        .query_map([], read_user)?
        .collect::<Result<_, _>>()?;
    Ok(users)
}

const MANDATE: &str = "SELECT id, customer, debtor_name, debtor_account, debtor_agent, signed,
    currency, valid_from FROM mandates";

fn read_mandate(row: &Row<'_>) -> rusqlite::Result<Mandate> {
    Ok(Mandate {
        id: row::parsed(row, 0)?,
        customer: row::parsed(row, 1)?,
        debtor_name: row.get(2)?,
        debtor_account: row.get(3)?,
        debtor_agent: row.get(4)?,
        signed: row::parsed(row, 5)?,
        currency: row::parsed(row, 6)?,
        valid_from: row::parsed(row, 7)?,
    })
}

pub(crate) fn mandates(
    connection: &Connection,
    customer: CustomerId,
) -> Result<Vec<Mandate>, StoreError> {
    let mandates = connection
        .prepare_cached(&format!("{MANDATE} WHERE customer = ?1 ORDER BY id"))?
        .query_map([customer.to_string()], read_mandate)?
        .collect::<Result<_, _>>()?;
    Ok(mandates)
}

pub(crate) fn mandate(
    connection: &Connection,
    customer: CustomerId,
    id: &MandateId,
) -> Result<Option<Mandate>, StoreError> {
    let mandate = connection
        .prepare_cached(&format!("{MANDATE} WHERE id = ?1 AND customer = ?2"))?
        .query_row(params![id.as_str(), customer.to_string()], read_mandate)
        .optional()?;
    Ok(mandate)
}

pub(crate) fn has_account(
    connection: &Connection,
    customer: CustomerId,
    account: &AccountId,
) -> Result<bool, StoreError> {
    let found = connection
        .prepare_cached("SELECT 1 FROM accounts WHERE id = ?1 AND customer = ?2")?
        .exists(params![account.as_str(), customer.to_string()])?;
    Ok(found)
}

pub(crate) fn accounts(
    connection: &Connection,
    customer: CustomerId,
    today: Date,
) -> Result<Vec<AccountRow>, StoreError> {
    let mut accounts = connection
        .prepare_cached(
            "SELECT id, customer, name, address FROM accounts WHERE customer = ?1 ORDER BY id",
        )?
        .query_map([customer.to_string()], |row| {
            Ok(AccountRow {
                account: Account {
                    id: row::parsed(row, 0)?,
                    customer: row::parsed(row, 1)?,
                    name: row.get(2)?,
                    address: row.get(3)?,
                },
                sums: Vec::new(),
            })
        })?
        .collect::<Result<Vec<_>, _>>()?;
    for row in &mut accounts {
        row.sums = sums(connection, &row.account.id, today)?;
    }
    Ok(accounts)
}

fn sums(
    connection: &Connection,
    account: &AccountId,
    today: Date,
) -> Result<Vec<AccountSums>, StoreError> {
    let sums = connection
        .prepare_cached(
            "SELECT bills.currency,
                    sum(bills.open_minor),
                    sum(CASE WHEN bills.due < ?2 THEN bills.open_minor ELSE 0 END),
                    sum(coalesce(claims.principal + claims.penalty, 0))
             FROM bills
             LEFT JOIN order_bills AS claims ON claims.bill = bills.id AND claims.claimed = 1
             WHERE bills.account = ?1
             GROUP BY bills.currency ORDER BY bills.currency",
        )?
        .query_map(params![account.as_str(), today.to_string()], |row| {
            let currency = row::parsed(row, 0)?;
            Ok(AccountSums {
                currency,
                open: row::money(row, 1, currency)?,
                overdue: row::money(row, 2, currency)?,
                in_collection: row::money(row, 3, currency)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(sums)
}
