//! Records as rows of their tables.

use crate::database::Type::{self, Bytes, Int, Text};
use crate::database::Value;
use crate::digest::sha256;
use crate::record::{BillRecord, Payment, Record};

/// A table of records. Rows of the later ones refer to rows of the earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Table {
    Payee,
    Customers,
    Users,
    Accounts,
    Mandates,
    Bills,
    Payments,
}

/// A record as a row.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) table: Table,
    /// In the order of the table's columns, the key first.
    pub(super) values: Vec<Value>,
}

impl Table {
    pub(super) const ALL: [Self; 7] = [
        Self::Payee,
        Self::Customers,
        Self::Users,
        Self::Accounts,
        Self::Mandates,
        Self::Bills,
        Self::Payments,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Payee => "payee",
            Self::Customers => "customers",
            Self::Users => "users",
            Self::Accounts => "accounts",
            Self::Mandates => "mandates",
            Self::Bills => "bills",
            Self::Payments => "payments",
        }
    }

    /// The columns, the key first.
    pub(super) fn columns(self) -> &'static [(&'static str, Type)] {
        match self {
            Self::Payee => &[
                ("one", Int),
                ("name", Text),
                ("account", Text),
                ("agent", Text),
                ("creditor_id", Text),
                ("currency", Text),
                ("time_zone", Text),
            ],
            Self::Customers => &[("id", Text), ("name", Text), ("locale", Text)],
            Self::Users => &[
                ("id", Text),
                ("customer", Text),
                ("name", Text),
                ("rights", Text),
            ],
            Self::Accounts => &[
                ("id", Text),
                ("customer", Text),
                ("name", Text),
                ("address", Text),
            ],
            Self::Mandates => &[
                ("id", Text),
                ("customer", Text),
                ("debtor_name", Text),
                ("debtor_account", Text),
                ("debtor_agent", Text),
                ("signed", Text),
                ("currency", Text),
                ("valid_from", Text),
            ],
            Self::Bills => &[
                ("id", Text),
                ("account", Text),
                ("customer", Text),
                ("period", Text),
                ("currency", Text),
                ("issued", Text),
                ("due", Text),
                ("total", Int),
                ("digest", Bytes),
                ("document", Bytes),
                ("open_minor", Int),
            ],
            Self::Payments => &[
                ("id", Text),
                ("channel", Text),
                ("reference", Text),
                ("bill", Text),
                ("amount", Int),
                ("currency", Text),
                ("paid", Text),
            ],
        }
    }

    /// How many of the columns, from the first, must be the same when a record comes again. A
    /// bill's digest stands for its document, and what is open of it changes.
    pub(super) fn compared(self) -> usize {
        match self {
            Self::Bills => 9,
            other => other.columns().len(),
        }
    }

    /// The query for rows that are there.
    pub(super) fn select(self) -> String {
        let columns = &self.columns()[..self.compared()];
        let names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
        let (table, key) = (self.name(), names[0]);
        format!(
            "SELECT {} FROM {table} WHERE {key} = ANY($1)",
            names.join(", ")
        )
    }
}

/// The row of a record. A bill has its document and what is open of it added when it is new.
pub(super) fn stored(record: &Record) -> Stored {
    let (table, values) = match record {
        Record::Payee(payee) => (
            Table::Payee,
            vec![
                1_i64.into(),
                (&payee.name).into(),
                (&payee.account).into(),
                (&payee.agent).into(),
                (&payee.creditor_id).into(),
                Value::text(payee.currency),
                (&payee.time_zone).into(),
            ],
        ),
        Record::Customer(customer) => (
            Table::Customers,
            vec![
                Value::text(customer.id),
                (&customer.name).into(),
                (&customer.locale).into(),
            ],
        ),
        Record::User(user) => (
            Table::Users,
            vec![
                Value::text(user.id),
                Value::text(user.customer),
                (&user.name).into(),
                serde_json::Value::from(user.rights.clone())
                    .to_string()
                    .into(),
            ],
        ),
        Record::Account(account) => (
            Table::Accounts,
            vec![
                account.id.as_str().into(),
                Value::text(account.customer),
                (&account.name).into(),
                (&account.address).into(),
            ],
        ),
        Record::Mandate(mandate) => (
            Table::Mandates,
            vec![
                mandate.id.as_str().into(),
                Value::text(mandate.customer),
                (&mandate.debtor_name).into(),
                (&mandate.debtor_account).into(),
                (&mandate.debtor_agent).into(),
                Value::text(mandate.signed),
                Value::text(mandate.currency),
                Value::text(mandate.valid_from),
            ],
        ),
        Record::Bill(bill) => (Table::Bills, bill_values(bill)),
        Record::Payment(payment) => (Table::Payments, payment_values(payment)),
    };
    Stored { table, values }
}

fn bill_values(bill: &BillRecord) -> Vec<Value> {
    let document = bill.document();
    let mut values = Vec::with_capacity(Table::Bills.columns().len());
    values.extend([
        document.bill.as_str().into(),
        document.account.as_str().into(),
        Value::text(document.customer),
        Value::text(document.period),
        Value::text(document.currency()),
        Value::text(document.issued),
        Value::text(document.due),
        document.total.minor().into(),
        sha256(bill.bytes()).into(),
    ]);
    values
}

fn payment_values(payment: &Payment) -> Vec<Value> {
    vec![
        payment.id().into(),
        (&payment.channel).into(),
        (&payment.reference).into(),
        payment.bill.as_str().into(),
        payment.amount.minor().into(),
        Value::text(payment.amount.currency()),
        Value::text(payment.paid),
    ]
}
