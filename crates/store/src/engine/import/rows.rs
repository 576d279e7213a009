//! Records as rows of their tables.

use wattkey_domain::{MeteringPointId, ScheduleId};

use crate::database::Type::{self, Bytes, Int, Text};
use crate::database::Value;
use crate::record::{BillRecord, CreditNote, MeteringPoint, OpeningBalance, Payment, Record};

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
    CreditNotes,
    OpeningBalances,
    TaxInvoices,
    DisputeAnswers,
    Tariffs,
    Schedules,
    MeteringPoints,
    Metered,
}

/// A record as a row.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) table: Table,
    /// In the order of the table's columns, the key first.
    pub(super) values: Vec<Value>,
}

impl Table {
    pub(super) const ALL: [Self; 15] = [
        Self::Payee,
        Self::Customers,
        Self::Users,
        Self::Accounts,
        Self::Mandates,
        Self::Bills,
        Self::Payments,
        Self::CreditNotes,
        Self::OpeningBalances,
        Self::TaxInvoices,
        Self::Tariffs,
        Self::Schedules,
        Self::MeteringPoints,
        Self::Metered,
        Self::DisputeAnswers,
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
            Self::CreditNotes => "credit_notes",
            Self::OpeningBalances => "opening_balances",
            Self::TaxInvoices => "tax_invoices",
            Self::DisputeAnswers => "dispute_answers",
            Self::Tariffs => "tariffs",
            Self::Schedules => "schedules",
            Self::MeteringPoints => "metering_points",
            Self::Metered => "metered",
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
                ("day_limit", Int),
                ("alone_limit", Int),
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
                ("posted_process", Bytes),
                ("posted_sequence", Int),
                ("posted_position", Int),
            ],
            Self::Payments => &[
                ("id", Text),
                ("channel", Text),
                ("reference", Text),
                ("bill", Text),
                ("amount", Int),
                ("currency", Text),
                ("paid", Text),
                ("surplus", Int),
            ],
            Self::CreditNotes => &[
                ("id", Text),
                ("bill", Text),
                ("issued", Text),
                ("currency", Text),
                ("revenue", Int),
                ("tax", Int),
                ("levies", Int),
                ("reason", Text),
                ("surplus", Int),
            ],
            Self::OpeningBalances => &[
                ("account", Text),
                ("currency", Text),
                ("amount", Int),
                ("as_of", Text),
            ],
            Self::TaxInvoices => &[("number", Text), ("bill", Text), ("issued", Text)],
            Self::DisputeAnswers => &[
                ("dispute", Text),
                ("outcome", Text),
                ("words", Text),
                ("answered", Text),
                ("at", Int),
            ],
            Self::Tariffs | Self::Schedules => {
                &[("id", Text), ("digest", Bytes), ("document", Bytes)]
            }
            Self::Metered => &[("bill", Text), ("digest", Bytes), ("document", Bytes)],
            Self::MeteringPoints => &[
                ("id", Text),
                ("account", Text),
                ("name", Text),
                ("address", Text),
                ("under", Text),
                ("tariff", Text),
                ("schedule", Text),
                ("capacity_kva", Text),
                ("contracted_kw", Text),
                ("prepaid", Int),
            ],
        }
    }

    /// How many of the columns, from the first, must be the same when a record comes again. A
    /// bill's digest stands for its document, and what is open of it changes; what of a payment or
    /// credit note went to a deposit is not in the record.
    pub(super) fn compared(self) -> usize {
        match self {
            Self::Bills => 9,
            Self::Payments => 7,
            Self::CreditNotes => 8,
            Self::DisputeAnswers => 4,
            Self::Tariffs | Self::Schedules | Self::Metered => 2,
            other => other.columns().len(),
        }
    }

    /// How many of the columns, from the first, a record must leave as they are that comes again
    /// with other content: its id, and whose it is. `None` where it can never change.
    fn fixed(self) -> Option<usize> {
        match self {
            Self::Customers | Self::Tariffs | Self::Schedules => Some(1),
            Self::Users | Self::Accounts | Self::MeteringPoints => Some(2),
            _ => None,
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

impl Stored {
    /// Whether it may take the place of the row that is there.
    pub(super) fn may_replace(&self, there: &[Value]) -> bool {
        let fixed = self.table.fixed();
        fixed.is_some_and(|fixed| there.get(..fixed) == self.values.get(..fixed))
    }
}

/// The row of a record, if it is one. A bill has its document, what is open of it and its place in
/// the journal added when it is new, a payment and a credit note what went to a deposit.
pub(super) fn stored(record: &Record) -> Option<Stored> {
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
                user.limits.day.into(),
                user.limits.alone.into(),
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
        Record::CreditNote(note) => (Table::CreditNotes, note_values(note)),
        Record::OpeningBalance(balance) => (Table::OpeningBalances, balance_values(balance)),
        Record::TaxInvoice(invoice) => (
            Table::TaxInvoices,
            vec![
                (&invoice.number).into(),
                invoice.bill.as_str().into(),
                Value::text(invoice.issued),
            ],
        ),
        Record::DisputeAnswer(answer) => (
            Table::DisputeAnswers,
            vec![
                Value::text(answer.dispute),
                answer.outcome.as_str().into(),
                (&answer.text).into(),
                Value::text(answer.answered),
            ],
        ),
        Record::Tariff(tariff) => {
            let id = tariff.says().tariff.as_str().into();
            (Table::Tariffs, vec![id, tariff.digest().into()])
        }
        Record::Schedule(schedule) => {
            let id = schedule.id.as_str().into();
            (
                Table::Schedules,
                vec![id, schedule.document.digest().into()],
            )
        }
        Record::Metered(metered) => {
            let bill = metered.bill.as_str().into();
            (Table::Metered, vec![bill, metered.document.digest().into()])
        }
        Record::MeteringPoint(point) => (Table::MeteringPoints, point_values(point)),
        // A column of its mandate; blocks of many.
        Record::MandateEnd(_) | Record::Readings(_) => return None,
    };
    Some(Stored { table, values })
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
        bill.digest().into(),
    ]);
    values
}

fn point_values(point: &MeteringPoint) -> Vec<Value> {
    let text = |id: Option<&str>| Value::from(id);
    vec![
        point.id.as_str().into(),
        point.account.as_str().into(),
        (&point.name).into(),
        (&point.address).into(),
        text(point.under.as_ref().map(MeteringPointId::as_str)),
        point.tariff.as_str().into(),
        text(point.schedule.as_ref().map(ScheduleId::as_str)),
        text(point.capacity_kva.as_deref()),
        text(point.contracted_kw.as_deref()),
        point.prepaid.into(),
    ]
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

fn note_values(note: &CreditNote) -> Vec<Value> {
    vec![
        (&note.id).into(),
        note.bill.as_str().into(),
        Value::text(note.issued),
        Value::text(note.total().currency()),
        note.revenue.minor().into(),
        note.tax.minor().into(),
        note.levies.minor().into(),
        (&note.reason).into(),
    ]
}

fn balance_values(balance: &OpeningBalance) -> Vec<Value> {
    vec![
        balance.account.as_str().into(),
        Value::text(balance.amount.currency()),
        balance.amount.minor().into(),
        Value::text(balance.as_of),
    ]
}
