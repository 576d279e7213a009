//! A piece of an import: loaded, decided record by record, written.

mod references;

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use wattkey_domain::journal::Entry;
use wattkey_domain::{AccountId, BillId, Currency, CustomerId, MandateId};

use super::answers::Answers;
use super::invoices::{FileOf, InvoiceFiles};
use super::money::{Deposit, Open};
use super::prepare::{Prepared, PreparedBill};
use super::rows::{Stored, Table};
use super::{ImportError, ImportReport, money, usage};
use crate::database::Type::{Int, Text};
use crate::database::{DatabaseError, Session, Value};
use crate::engine::chain::Tip;
use crate::engine::write::insert;
use crate::outcome::JournalPosition;
use crate::record::{MandateEnd, Record};
use references::{account_of, customer_of};

/// The place of what is open in a row of bills.
const OPEN_MINOR: usize = 10;

/// What the records of an import refer to, as far as it was looked up. It is never taken back, so
/// it holds for the pieces that come.
#[derive(Debug, Default)]
pub(super) struct Known {
    customers: HashSet<CustomerId>,
    accounts: HashMap<AccountId, CustomerId>,
    usage: usage::Known,
    /// What is replaced of users, by id: written at the end, when no row that is there is locked any
    /// more.
    users: BTreeMap<String, Vec<Value>>,
    /// Deposits that begin with a surplus. Which do is known only then; made piece by piece they would
    /// be locked in another order than batches of calls make theirs.
    pub(super) deposits: BTreeMap<AccountId, Deposit>,
    /// The currency of all money.
    currency: Option<Currency>,
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
    pub(super) known: &'k mut Known,
    /// By table and key: what is there.
    there: HashMap<(Table, Value), Vec<Value>>,
    /// Likewise: where in `new` it is that came before in this piece.
    came: HashMap<(Table, Value), usize>,
    /// The bills that records of the piece change or name.
    pub(super) changed: HashSet<BillId>,
    /// Those bills.
    pub(super) bills: HashMap<BillId, Open>,
    pub(super) deposits: HashMap<AccountId, Deposit>,
    /// The last days of mandates: what is there, and what came in this piece.
    mandates: HashMap<MandateId, Option<String>>,
    ended: Vec<Vec<Value>>,
    pub(super) files: InvoiceFiles,
    pub(super) answers: Answers,
    new: HashMap<Table, Vec<Vec<Value>>>,
    replaced: HashMap<Table, Vec<Vec<Value>>>,
    usage: usage::Working,
    pub(super) entries: Vec<Entry>,
    /// Where they will be in the journal.
    place: JournalPosition,
    pub(super) now: Timestamp,
}

impl Known {
    pub(super) fn take_in(
        &mut self,
        session: &mut dyn Session,
        tip: &mut Tip,
        records: &[Record],
        ready: Vec<Prepared>,
        first: usize,
        taking: &mut Taking,
    ) -> Result<(), ImportError> {
        let mut piece = Piece {
            known: self,
            there: HashMap::new(),
            came: HashMap::new(),
            changed: HashSet::new(),
            bills: HashMap::new(),
            deposits: HashMap::new(),
            mandates: HashMap::new(),
            ended: Vec::new(),
            files: InvoiceFiles::default(),
            answers: Answers::default(),
            new: HashMap::new(),
            replaced: HashMap::new(),
            usage: usage::Working::default(),
            entries: Vec::new(),
            place: JournalPosition {
                sequence: tip.next(),
                ..tip.position()
            },
            now: taking.now,
        };
        piece.load(session, records, &ready)?;
        for (index, (record, ready)) in (first..).zip(records.iter().zip(ready)) {
            match piece.decide(index, record, ready, taking) {
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

    /// Writes what was kept for the end: rows that are there, then new ones.
    pub(super) fn finish(self, session: &mut dyn Session) -> Result<(), DatabaseError> {
        let users: Vec<_> = self.users.into_values().collect();
        if !users.is_empty() {
            let (key, rest) = Table::Users.columns().split_at(1);
            session.update_by_key(Table::Users.name(), key, rest, &users)?;
        }
        money::make_deposits(session, &self.deposits)
    }

    fn load(&mut self, session: &mut dyn Session, records: &[Record]) -> Result<(), DatabaseError> {
        if self.currency.is_none() {
            let row = session.query_one("SELECT currency FROM payee", &[])?;
            self.currency = row.map(|row| row.parsed(0)).transpose()?;
        }
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
        ready: &[Prepared],
    ) -> Result<(), DatabaseError> {
        self.known.load(session, records)?;
        for table in Table::ALL {
            let rows = ready.iter().filter_map(|ready| ready.row.as_ref());
            let rows = rows.filter(|row| row.table == table);
            let keys: Vec<_> = rows.map(|row| &row.values[0]).collect();
            let Some(keys) = list(&keys) else {
                continue;
            };
            for row in session.query(&table.select(), &[keys])? {
                let values = row.into_values();
                self.there.insert((table, values[0].clone()), values);
            }
        }
        for (id, user) in &self.known.users {
            let key = (Table::Users, Value::Text(id.clone()));
            self.there
                .entry(key)
                .and_modify(|there| there.clone_from(user));
        }
        let ends = records.iter().filter_map(|record| match record {
            Record::MandateEnd(end) => Some(end.mandate.as_str()),
            _ => None,
        });
        let ends: Vec<_> = ends.collect();
        if !ends.is_empty() {
            // Nobody else writes them: there is one import at a time.
            let sql = "SELECT id, ended FROM mandates WHERE id = ANY($1)";
            for row in session.query(sql, &[Value::texts(ends)])? {
                let ended = row.optional(1, crate::database::Row::string)?;
                self.mandates.insert(row.parsed(0)?, ended);
            }
        }
        self.files.load(session, records)?;
        self.answers.load(session, records)?;
        self.usage.load(session, &mut self.known.usage, records)?;
        self.load_money(session, records)
    }

    fn decide(
        &mut self,
        index: usize,
        record: &Record,
        ready: Prepared,
        taking: &mut Taking,
    ) -> Result<(), ImportError> {
        self.check_references(index, record)?;
        // The first set-up is read with its payee.
        if taking.replaces {
            self.check_currency(index, record)?;
        }
        let report = &mut taking.report;
        let Some(row) = ready.row else {
            match record {
                Record::MandateEnd(end) => self.mandate_end(index, record, end, report)?,
                Record::Readings(readings) => {
                    let known = &mut self.known.usage;
                    self.usage
                        .readings(known, (index, record, readings), taking)?;
                }
                _ => {}
            }
            return Ok(());
        };
        let file = self.invoice_file(record, &row);
        let key = (row.table, row.values[0].clone());
        match self.known_as(&key) {
            _ if file == FileOf::Other => {
                let name = record.name();
                return Err(ImportError::Conflict { index, name });
            }
            Some(there) if there == row.values && file == FileOf::New => report.added += 1,
            Some(there) if there == row.values => report.unchanged += 1,
            Some(there) if taking.replaces && row.may_replace(there) => {
                self.known.usage.add(record);
                self.replace(record, key, row);
                report.replaced += 1;
            }
            Some(_) => {
                let name = record.name();
                return Err(ImportError::Conflict { index, name });
            }
            None => {
                let table = row.table;
                self.add(index, record, row, ready.bill, report)?;
                let place = self.new.get(&table).map_or(0, Vec::len);
                self.came.insert(key, place.saturating_sub(1));
                report.added += 1;
            }
        }
        Ok(())
    }

    /// The compared columns of a row that is there or came before in this piece.
    pub(super) fn known_as(&self, key: &(Table, Value)) -> Option<&[Value]> {
        let (table, _) = key;
        match self.came.get(key) {
            Some(place) => self.new.get(table)?.get(*place)?.get(..table.compared()),
            None => self.there.get(key).map(Vec::as_slice),
        }
    }

    /// A new record.
    fn add(
        &mut self,
        index: usize,
        record: &Record,
        mut row: Stored,
        ready: Option<PreparedBill>,
        report: &mut ImportReport,
    ) -> Result<(), ImportError> {
        match record {
            Record::Bill(bill) => {
                if let Some(ready) = ready {
                    let place = self.place_of(&ready);
                    let open = ready.minor;
                    self.bill(index, record, bill, ready.entries, open)?;
                    row.values.extend([ready.document, open.into()]);
                    row.values.extend(place);
                }
                self.usage.bill(bill.document());
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
            Record::DisputeAnswer(answer) => {
                row.values.push(self.now.as_second().into());
                self.answer(answer);
            }
            Record::Mandate(mandate) => {
                self.mandates.insert(mandate.id.clone(), None);
            }
            Record::Payee(payee) => self.known.currency = Some(payee.currency),
            Record::User(_)
            | Record::TaxInvoice(_)
            | Record::MandateEnd(_)
            | Record::Tariff(_)
            | Record::Schedule(_)
            | Record::MeteringPoint(_)
            | Record::Metered(_)
            | Record::Readings(_) => {}
        }
        row.values.extend(usage::kept(record));
        self.known.usage.add(record);
        self.new.entry(row.table).or_default().push(row.values);
        Ok(())
    }

    /// Where the transfers begin that a bill comes with.
    fn place_of(&self, bill: &PreparedBill) -> [Value; 3] {
        match &bill.entries {
            Ok(entries) if !entries.is_empty() => [
                self.place.process.as_bytes().into(),
                self.place.sequence.into(),
                self.entries.len().into(),
            ],
            _ => [Value::Null, Value::Null, Value::Null],
        }
    }

    /// A record that is there with other content, in the database or as new in this piece.
    fn replace(&mut self, record: &Record, key: (Table, Value), row: Stored) {
        let Stored { table, mut values } = row;
        let compared = values.clone();
        values.extend(usage::kept(record));
        if let Some(place) = self.came.get(&key) {
            let new = self.new.get_mut(&table);
            if let Some(new) = new.and_then(|rows| rows.get_mut(*place)) {
                *new = values;
            }
            return;
        }
        let rows = self.replaced.entry(table).or_default();
        match rows.iter_mut().find(|other| other[0] == values[0]) {
            Some(place) => *place = values,
            None => rows.push(values),
        }
        self.there.insert(key, compared);
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
        if let Some(rows) = self.new.get_mut(&Table::Bills) {
            for (id, open) in &self.bills {
                let key = (Table::Bills, id.as_str().into());
                let row = self.came.get(&key).and_then(|place| rows.get_mut(*place));
                if let Some(row) = row {
                    row[OPEN_MINOR] = open.minor.into();
                }
            }
        }
        for table in Table::ALL {
            let rows = self.new.remove(&table).unwrap_or_default();
            insert(session, table.name(), table.columns(), &rows)?;
            let rows = self.replaced.remove(&table).unwrap_or_default();
            if table == Table::Users {
                let users = rows.into_iter().filter_map(|row| match row.first() {
                    Some(Value::Text(id)) => Some((id.clone(), row)),
                    _ => None,
                });
                self.known.users.extend(users);
            } else if !rows.is_empty() {
                let (key, rest) = table.columns().split_at(1);
                session.update_by_key(table.name(), key, rest, &rows)?;
            }
        }
        std::mem::take(&mut self.files).write(session)?;
        self.answers.write(session)?;
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
        self.usage.write(session, &mut self.known.usage)?;
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
