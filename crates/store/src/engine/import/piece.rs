//! A piece of an import: loaded, decided record by record, written.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use wattkey_domain::journal::Entry;
use wattkey_domain::{AccountId, BillId, CustomerId, MandateId};

use super::money::{Deposit, Open};
use super::rows::{Stored, Table, stored};
use super::{ImportError, ImportReport};
use crate::database::Type::{Int, Text};
use crate::database::{DatabaseError, Session, Value};
use crate::engine::chain::Tip;
use crate::engine::write::insert;
use crate::packed::pack;
use crate::record::{MandateEnd, Record};

/// What the records of an import refer to, as far as it was looked up. It is never taken back, so
/// it holds for the pieces that come.
#[derive(Debug, Default)]
pub(super) struct Known {
    customers: HashSet<CustomerId>,
    accounts: HashMap<AccountId, CustomerId>,
}

/// How an import goes on from piece to piece.
pub(super) struct Taking {
    pub(super) now: Timestamp,
    /// Whether customers, users and accounts may come again with other content.
    pub(super) replaces: bool,
    pub(super) report: ImportReport,
    pub(super) faults: Vec<ImportError>,
    /// The most faults before it is given up.
    pub(super) most: usize,
}

/// What a piece of an import works on.
pub(super) struct Piece<'k> {
    known: &'k mut Known,
    /// By table and key: what is there, and what came before in this piece.
    there: HashMap<(Table, Value), Vec<Value>>,
    pub(super) bills: HashMap<BillId, Open>,
    pub(super) deposits: HashMap<AccountId, Deposit>,
    /// The last days of mandates: what is there, and what came in this piece.
    mandates: HashMap<MandateId, Option<String>>,
    ended: Vec<Vec<Value>>,
    new: HashMap<Table, Vec<Vec<Value>>>,
    replaced: HashMap<Table, Vec<Vec<Value>>>,
    pub(super) entries: Vec<Entry>,
    pub(super) now: Timestamp,
}

impl Known {
    pub(super) fn take_in(
        &mut self,
        session: &mut dyn Session,
        tip: &mut Tip,
        records: &[Record],
        first: usize,
        taking: &mut Taking,
    ) -> Result<(), ImportError> {
        let rows: Vec<Option<Stored>> = records.iter().map(stored).collect();
        let mut piece = Piece {
            known: self,
            there: HashMap::new(),
            bills: HashMap::new(),
            deposits: HashMap::new(),
            mandates: HashMap::new(),
            ended: Vec::new(),
            new: HashMap::new(),
            replaced: HashMap::new(),
            entries: Vec::new(),
            now: taking.now,
        };
        piece.load(session, records, &rows)?;
        for (index, (record, row)) in (first..).zip(records.iter().zip(rows)) {
            match piece.decide(index, record, row, taking) {
                Ok(()) => {}
                Err(error) if error.index().is_some() => {
                    taking.faults.push(error);
                    if taking.faults.len() >= taking.most {
                        return Ok(());
                    }
                }
                Err(error) => return Err(error),
            }
        }
        piece.write(session, tip)?;
        Ok(())
    }

    fn load(&mut self, session: &mut dyn Session, records: &[Record]) -> Result<(), DatabaseError> {
        let (mut customers, mut accounts) = (HashSet::new(), HashSet::new());
        for record in records {
            customers.extend(customer_of(record));
            accounts.extend(account_of(record));
        }
        customers.retain(|id| !self.customers.contains(id));
        accounts.retain(|id| !self.accounts.contains_key(*id));
        if !customers.is_empty() {
            let sql = "SELECT id FROM customers WHERE id = ANY($1)";
            for row in session.query(sql, &[Value::texts(&customers)])? {
                self.customers.insert(row.parsed(0)?);
            }
        }
        if !accounts.is_empty() {
            let sql = "SELECT id, customer FROM accounts WHERE id = ANY($1)";
            for row in session.query(sql, &[Value::texts(accounts)])? {
                self.accounts.insert(row.parsed(0)?, row.parsed(1)?);
            }
        }
        Ok(())
    }
}

impl Piece<'_> {
    fn load(
        &mut self,
        session: &mut dyn Session,
        records: &[Record],
        rows: &[Option<Stored>],
    ) -> Result<(), DatabaseError> {
        self.known.load(session, records)?;
        for table in Table::ALL {
            let rows = rows.iter().flatten().filter(|row| row.table == table);
            let keys: Vec<_> = rows.map(|row| &row.values[0]).collect();
            let Some(keys) = list(&keys) else {
                continue;
            };
            for row in session.query(&table.select(), &[keys])? {
                let values = row.into_values();
                self.there.insert((table, values[0].clone()), values);
            }
        }
        let ends = records.iter().filter_map(|record| match record {
            Record::MandateEnd(end) => Some(end.mandate.as_str()),
            _ => None,
        });
        let ends: Vec<_> = ends.collect();
        if !ends.is_empty() {
            let sql = "SELECT id, ended FROM mandates WHERE id = ANY($1) ORDER BY id FOR UPDATE";
            for row in session.query(sql, &[Value::texts(ends)])? {
                let ended = row.optional(1, crate::database::Row::string)?;
                self.mandates.insert(row.parsed(0)?, ended);
            }
        }
        self.load_money(session, records)
    }

    fn decide(
        &mut self,
        index: usize,
        record: &Record,
        row: Option<Stored>,
        taking: &mut Taking,
    ) -> Result<(), ImportError> {
        self.check_references(index, record)?;
        let report = &mut taking.report;
        let Some(row) = row else {
            if let Record::MandateEnd(end) = record {
                self.mandate_end(index, record, end, report)?;
            }
            return Ok(());
        };
        let key = (row.table, row.values[0].clone());
        match self.there.get(&key) {
            Some(there) if *there == row.values => report.unchanged += 1,
            Some(there) if taking.replaces && row.may_replace(there) => {
                self.there.insert(key, row.values.clone());
                self.replace(row);
                report.replaced += 1;
            }
            Some(_) => {
                let name = record.name();
                return Err(ImportError::Conflict { index, name });
            }
            None => {
                let values = row.values.clone();
                self.add(index, record, row, report)?;
                self.there.insert(key, values);
                report.added += 1;
            }
        }
        Ok(())
    }

    /// Says by name what a foreign key would only refuse.
    fn check_references(&self, index: usize, record: &Record) -> Result<(), ImportError> {
        let missing = |missing: String| {
            let name = record.name();
            Err(ImportError::Missing {
                index,
                name,
                missing,
            })
        };
        if let Some(customer) = customer_of(record)
            && !self.known.customers.contains(&customer)
        {
            return missing(format!("customer {customer}"));
        }
        match record {
            Record::Bill(bill) => {
                let (account, customer) = (&bill.document().account, bill.document().customer);
                if self.known.accounts.get(account) != Some(&customer) {
                    return missing(format!("account {account} of customer {customer}"));
                }
            }
            Record::OpeningBalance(balance) => {
                if !self.known.accounts.contains_key(&balance.account) {
                    return missing(format!("account {}", balance.account));
                }
            }
            Record::Payment(_) | Record::CreditNote(_) => {
                if let Some((bill, currency)) = record.corrects()
                    && self
                        .bills
                        .get(bill)
                        .is_none_or(|open| open.currency != currency)
                {
                    return missing(format!("bill {bill} in {currency}"));
                }
            }
            Record::TaxInvoice(invoice) => {
                if !self.bills.contains_key(&invoice.bill) {
                    return missing(format!("bill {}", invoice.bill));
                }
            }
            Record::MandateEnd(end) => {
                if !self.mandates.contains_key(&end.mandate) {
                    return missing(format!("mandate {}", end.mandate));
                }
            }
            Record::Payee(_)
            | Record::Customer(_)
            | Record::User(_)
            | Record::Account(_)
            | Record::Mandate(_) => {}
        }
        Ok(())
    }

    /// A new record.
    fn add(
        &mut self,
        index: usize,
        record: &Record,
        mut row: Stored,
        report: &mut ImportReport,
    ) -> Result<(), ImportError> {
        match record {
            Record::Bill(bill) => {
                row.values.extend([pack(bill.bytes()).into(), 0_i64.into()]);
                self.bill(index, record, bill)?;
                report.posted += 1;
            }
            Record::Payment(payment) => {
                let surplus = self.payment(index, record, payment)?;
                row.values.push(surplus.into());
                report.posted += 1;
                report.surpluses += u64::from(surplus > 0);
            }
            Record::CreditNote(note) => {
                let surplus = self.credit_note(index, record, note)?;
                row.values.push(surplus.into());
                report.posted += 1;
                report.surpluses += u64::from(surplus > 0);
            }
            Record::OpeningBalance(balance) => {
                self.opening_balance(index, record, balance)?;
                report.posted += 1;
            }
            Record::Customer(customer) => {
                self.known.customers.insert(customer.id);
            }
            Record::Account(account) => {
                let (id, customer) = (account.id.clone(), account.customer);
                self.known.accounts.insert(id, customer);
            }
            Record::Mandate(mandate) => {
                self.mandates.insert(mandate.id.clone(), None);
            }
            Record::Payee(_) | Record::User(_) | Record::TaxInvoice(_) | Record::MandateEnd(_) => {}
        }
        self.new.entry(row.table).or_default().push(row.values);
        Ok(())
    }

    /// A record that is there with other content, in the database or as new in this piece.
    fn replace(&mut self, row: Stored) {
        for rows in [&mut self.new, &mut self.replaced] {
            let rows = rows.entry(row.table).or_default();
            if let Some(place) = rows.iter_mut().find(|other| other[0] == row.values[0]) {
                *place = row.values;
                return;
            }
        }
        self.replaced.entry(row.table).or_default().push(row.values);
    }

    fn mandate_end(
        &mut self,
        index: usize,
        record: &Record,
        end: &MandateEnd,
        report: &mut ImportReport,
    ) -> Result<(), ImportError> {
        let ended = end.ended.to_string();
        match self.mandates.get(&end.mandate).cloned().flatten() {
            Some(there) if there == ended => report.unchanged += 1,
            Some(_) => {
                let name = record.name();
                return Err(ImportError::Conflict { index, name });
            }
            None => {
                let row = vec![end.mandate.as_str().into(), (&ended).into()];
                self.ended.push(row);
                self.mandates.insert(end.mandate.clone(), Some(ended));
                report.added += 1;
            }
        }
        Ok(())
    }

    fn write(mut self, session: &mut dyn Session, tip: &mut Tip) -> Result<(), DatabaseError> {
        for row in self.new.get_mut(&Table::Bills).into_iter().flatten() {
            if let (Value::Text(id), Some(open)) = (row[0].clone(), row.last_mut())
                && let Ok(id) = id.parse::<BillId>()
                && let Some(found) = self.bills.get(&id)
            {
                *open = found.minor.into();
            }
        }
        for table in Table::ALL {
            let rows = self.new.remove(&table).unwrap_or_default();
            insert(session, table.name(), table.columns(), &rows)?;
            let rows = self.replaced.remove(&table).unwrap_or_default();
            if !rows.is_empty() {
                let (key, rest) = table.columns().split_at(1);
                session.update_by_key(table.name(), key, rest, &rows)?;
            }
        }
        if !self.ended.is_empty() {
            let (key, columns) = (&[("id", Text)], &[("ended", Text)]);
            session.update_by_key("mandates", key, columns, &self.ended)?;
        }
        let changed = self.bills.iter().filter_map(|(id, open)| open.changed(id));
        let changed: Vec<_> = changed.collect();
        if !changed.is_empty() {
            let columns = &[("open_minor", Int), ("credited_minor", Int)];
            session.update_by_key("bills", &[("id", Text)], columns, &changed)?;
        }
        self.write_deposits(session)?;
        if !self.entries.is_empty() {
            tip.add(session, self.entries)?;
        }
        Ok(())
    }
}

/// Keys of one table as a list; `None` when there are none.
fn list(keys: &[&Value]) -> Option<Value> {
    match keys.first()? {
        Value::Int(_) => Some(Value::Ints(vec![1])),
        _ => Some(Value::Texts(
            keys.iter()
                .filter_map(|key| match key {
                    Value::Text(key) => Some(key.clone()),
                    _ => None,
                })
                .collect(),
        )),
    }
}

fn customer_of(record: &Record) -> Option<CustomerId> {
    match record {
        Record::User(user) => Some(user.customer),
        Record::Account(account) => Some(account.customer),
        Record::Mandate(mandate) => Some(mandate.customer),
        Record::Bill(bill) => Some(bill.document().customer),
        _ => None,
    }
}

fn account_of(record: &Record) -> Option<&AccountId> {
    match record {
        Record::Bill(bill) => Some(&bill.document().account),
        Record::OpeningBalance(balance) => Some(&balance.account),
        _ => None,
    }
}
