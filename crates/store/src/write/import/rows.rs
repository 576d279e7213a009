//! Records as rows of their tables.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, params_from_iter};

use crate::digest::sha256;
use crate::record::{BillRecord, Payment, Record};

/// A record as a row: its table, and its columns with the key first.
pub(super) struct Stored {
    table: &'static str,
    columns: &'static [&'static str],
    values: Vec<Value>,
}

pub(super) fn stored(record: &Record) -> Stored {
    let text = |text: &dyn std::fmt::Display| Value::Text(text.to_string());
    match record {
        Record::Payee(payee) => Stored {
            table: "payee",
            columns: &[
                "one",
                "name",
                "account",
                "agent",
                "creditor_id",
                "currency",
                "time_zone",
            ],
            values: vec![
                Value::Integer(1),
                text(&payee.name),
                text(&payee.account),
                text(&payee.agent),
                text(&payee.creditor_id),
                text(&payee.currency),
                text(&payee.time_zone),
            ],
        },
        Record::Customer(customer) => Stored {
            table: "customers",
            columns: &["id", "name", "locale"],
            values: vec![
                text(&customer.id),
                text(&customer.name),
                text(&customer.locale),
            ],
        },
        Record::User(user) => Stored {
            table: "users",
            columns: &["id", "customer", "name", "rights"],
            values: vec![
                text(&user.id),
                text(&user.customer),
                text(&user.name),
                Value::Text(serde_json::Value::from(user.rights.clone()).to_string()),
            ],
        },
        Record::Account(account) => Stored {
            table: "accounts",
            columns: &["id", "customer", "name", "address"],
            values: vec![
                text(&account.id),
                text(&account.customer),
                text(&account.name),
                text(&account.address),
            ],
        },
        Record::Mandate(mandate) => Stored {
            table: "mandates",
            columns: &[
                "id",
                "customer",
                "debtor_name",
                "debtor_account",
                "debtor_agent",
                "signed",
                "currency",
                "valid_from",
            ],
            values: vec![
                text(&mandate.id),
                text(&mandate.customer),
                text(&mandate.debtor_name),
                text(&mandate.debtor_account),
                text(&mandate.debtor_agent),
                text(&mandate.signed),
                text(&mandate.currency),
                text(&mandate.valid_from),
            ],
        },
        Record::Bill(bill) => stored_bill(bill),
        Record::Payment(payment) => stored_payment(payment),
    }
}

fn stored_bill(bill: &BillRecord) -> Stored {
    let text = |text: &dyn std::fmt::Display| Value::Text(text.to_string());
    let document = bill.document();
    Stored {
        table: "bills",
        columns: &[
            "id", "account", "customer", "period", "currency", "issued", "due", "total",
            "document", "digest",
        ],
        values: vec![
            text(&document.bill),
            text(&document.account),
            text(&document.customer),
            text(&document.period),
            text(&document.currency()),
            text(&document.issued),
            text(&document.due),
            Value::Integer(document.total.minor()),
            Value::Blob(bill.bytes().to_vec()),
            Value::Blob(sha256(bill.bytes()).to_vec()),
        ],
    }
}

fn stored_payment(payment: &Payment) -> Stored {
    let text = |text: &dyn std::fmt::Display| Value::Text(text.to_string());
    Stored {
        table: "payments",
        columns: &[
            "id",
            "channel",
            "reference",
            "bill",
            "amount",
            "currency",
            "paid",
        ],
        values: vec![
            text(&payment.id()),
            text(&payment.channel),
            text(&payment.reference),
            text(&payment.bill),
            Value::Integer(payment.amount.minor()),
            text(&payment.amount.currency()),
            text(&payment.paid),
        ],
    }
}

pub(super) enum Compared {
    New,
    Same,
    Different,
}

pub(super) fn compare(connection: &Connection, stored: &Stored) -> rusqlite::Result<Compared> {
    let columns = stored.columns.join(", ");
    let Stored { table, .. } = stored;
    let key = stored.columns[0];
    let there: Option<Vec<Value>> = connection
        .prepare_cached(&format!("SELECT {columns} FROM {table} WHERE {key} = ?1"))?
        .query_row([&stored.values[0]], |row| {
            (0..stored.columns.len())
                .map(|column| row.get(column))
                .collect()
        })
        .optional()?;
    Ok(match there {
        None => Compared::New,
        Some(there) if there == stored.values => Compared::Same,
        Some(_) => Compared::Different,
    })
}

pub(super) fn insert(connection: &Connection, stored: &Stored) -> rusqlite::Result<()> {
    let columns = stored.columns.join(", ");
    let Stored { table, .. } = stored;
    let places: Vec<_> = (1..=stored.columns.len())
        .map(|n| format!("?{n}"))
        .collect();
    let places = places.join(", ");
    connection
        .prepare_cached(&format!(
            "INSERT INTO {table} ({columns}) VALUES ({places})"
        ))?
        .execute(params_from_iter(&stored.values))
        .map(|_| ())
}
