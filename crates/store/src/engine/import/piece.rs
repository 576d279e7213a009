//! A piece of an import: loaded, decided record by record, written.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use wattkey_domain::journal::Entry;
use wattkey_domain::ledger::{self, Posting, PostingError};
use wattkey_domain::{AccountId, BillId, Currency, CustomerId, Money};

use super::rows::{Stored, Table, stored};
use super::{ImportError, ImportReport, parts};
use crate::StoreError;
use crate::database::Type::{Int, Text};
use crate::database::{DatabaseError, Session, Value};
use crate::engine::chain::Tip;
use crate::engine::write::insert;
use crate::record::{BillRecord, Payment, Record};

/// What the records of an import refer to, as far as it was looked up. It is never taken back, so
/// it holds for the pieces that come.
#[derive(Debug, Default)]
pub(super) struct Known {
    customers: HashSet<CustomerId>,
    accounts: HashMap<AccountId, CustomerId>,
}

/// What a piece of an import works on.
struct Piece<'k> {
    known: &'k mut Known,
    /// By table and key: what is there, and what came before in this piece.
    there: HashMap<(Table, Value), Vec<Value>>,
    bills: HashMap<BillId, Open>,
    new: HashMap<Table, Vec<Vec<Value>>>,
    entries: Vec<Entry>,
    now: Timestamp,
}

/// A bill that a record of the piece is, or pays.
struct Open {
    currency: Currency,
    minor: i64,
    /// What the database has; `None` when the bill came in this piece.
    kept: Option<i64>,
}

impl Known {
    pub(super) fn take_in(
        &mut self,
        session: &mut dyn Session,
        tip: &mut Tip,
        records: &[Record],
        first: usize,
        now: Timestamp,
        report: &mut ImportReport,
    ) -> Result<(), ImportError> {
        let rows: Vec<Stored> = records.iter().map(stored).collect();
        let mut piece = Piece {
            known: self,
            there: HashMap::new(),
            bills: HashMap::new(),
            new: HashMap::new(),
            entries: Vec::new(),
            now,
        };
        piece.load(session, records, &rows)?;
        for (index, (record, row)) in (first..).zip(records.iter().zip(rows)) {
            piece.decide(index, record, row, report)?;
        }
        piece.write(session, tip)?;
        Ok(())
    }

    fn load(&mut self, session: &mut dyn Session, records: &[Record]) -> Result<(), DatabaseError> {
        let (mut customers, mut accounts) = (HashSet::new(), HashSet::new());
        for record in records {
            customers.extend(customer_of(record));
            if let Record::Bill(bill) = record {
                accounts.insert(&bill.document().account);
            }
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
        rows: &[Stored],
    ) -> Result<(), DatabaseError> {
        self.known.load(session, records)?;
        for table in Table::ALL {
            let rows = rows.iter().filter(|row| row.table == table);
            let keys: Vec<_> = rows.map(|row| &row.values[0]).collect();
            let Some(keys) = list(&keys) else {
                continue;
            };
            for row in session.query(&table.select(), &[keys])? {
                let values = row.into_values();
                self.there.insert((table, values[0].clone()), values);
            }
        }
        let paid = records.iter().filter_map(|record| match record {
            Record::Payment(payment) => Some(payment.bill.as_str()),
            _ => None,
        });
        let paid: HashSet<_> = paid.collect();
        if paid.is_empty() {
            return Ok(());
        }
        // They are locked since the import began.
        let sql = "SELECT id, currency, open_minor FROM bills WHERE id = ANY($1)";
        for row in session.query(sql, &[Value::texts(paid)])? {
            let minor = row.int(2)?;
            let open = Open {
                currency: row.parsed(1)?,
                minor,
                kept: Some(minor),
            };
            self.bills.insert(row.parsed(0)?, open);
        }
        Ok(())
    }

    fn decide(
        &mut self,
        index: usize,
        record: &Record,
        row: Stored,
        report: &mut ImportReport,
    ) -> Result<(), ImportError> {
        self.check_references(index, record)?;
        let key = (row.table, row.values[0].clone());
        match self.there.get(&key) {
            Some(there) if *there == row.values => report.unchanged += 1,
            Some(_) => {
                let name = record.name();
                return Err(ImportError::Conflict { index, name });
            }
            None => {
                self.there.insert(key, row.values.clone());
                report.added += 1;
                report.posted += u64::from(self.add(index, record, row)?);
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
            Record::Payment(payment) => {
                let (bill, currency) = (&payment.bill, payment.amount.currency());
                let found = self.bills.get(bill);
                if found.is_none_or(|found| found.currency != currency) {
                    return missing(format!("bill {bill} in {currency}"));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// A new record. Whether it is of a sort that moves money.
    fn add(&mut self, index: usize, record: &Record, mut row: Stored) -> Result<bool, ImportError> {
        let moves = match record {
            Record::Bill(bill) => {
                row.values.extend([bill.bytes().into(), 0_i64.into()]);
                self.bill(index, record, bill)?;
                true
            }
            Record::Payment(payment) => {
                self.payment(index, record, payment)?;
                true
            }
            Record::Customer(customer) => {
                self.known.customers.insert(customer.id);
                false
            }
            Record::Account(account) => {
                let (id, customer) = (account.id.clone(), account.customer);
                self.known.accounts.insert(id, customer);
                false
            }
            _ => false,
        };
        self.new.entry(row.table).or_default().push(row.values);
        Ok(moves)
    }

    fn bill(
        &mut self,
        index: usize,
        record: &Record,
        bill: &BillRecord,
    ) -> Result<(), ImportError> {
        let document = bill.document();
        let posting = self.posting(index, record, ledger::bill(&parts(document), self.now))?;
        let minor = posting.map_or(0, |amount| amount);
        let open = Open {
            currency: document.currency(),
            minor,
            kept: None,
        };
        self.bills.insert(document.bill.clone(), open);
        Ok(())
    }

    fn payment(
        &mut self,
        index: usize,
        record: &Record,
        payment: &Payment,
    ) -> Result<(), ImportError> {
        let (amount, bill) = (payment.amount, &payment.bill);
        let found = self.bills.get(bill).map_or(0, |open| open.minor);
        if amount.minor() > found {
            let open = Money::new(found, amount.currency());
            let corrupt = |error| StoreError::Corrupt(format!("what is open of {bill}: {error}"));
            return Err(ImportError::Overpaid {
                index,
                name: record.name(),
                amount,
                open: open.map_err(corrupt)?,
            });
        }
        let posting = ledger::paid_elsewhere(bill, amount, self.now);
        self.posting(index, record, posting)?;
        if let Some(open) = self.bills.get_mut(bill) {
            open.minor -= amount.minor();
        }
        Ok(())
    }

    /// Posts, when there is something to post: how much it is.
    fn posting(
        &mut self,
        index: usize,
        record: &Record,
        posting: Result<Posting, PostingError>,
    ) -> Result<Option<i64>, ImportError> {
        let posting = match posting {
            Ok(posting) => posting,
            // Nothing is owed, so nothing is posted.
            Err(PostingError::Empty) => return Ok(None),
            Err(source) => {
                let name = record.name();
                return Err(ImportError::Posting {
                    index,
                    name,
                    source,
                });
            }
        };
        let transfers = posting.transfers.iter();
        self.entries
            .extend(transfers.clone().map(|one| Entry::new(&posting, one)));
        Ok(Some(transfers.map(|one| one.amount().minor()).sum()))
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
        }
        let changed = self.bills.iter().filter_map(|(id, open)| {
            let kept = open.kept.filter(|kept| *kept != open.minor);
            kept.map(|_| vec![id.as_str().into(), open.minor.into()])
        });
        let changed: Vec<_> = changed.collect();
        if !changed.is_empty() {
            session.update_by_key("bills", &[("id", Text)], &[("open_minor", Int)], &changed)?;
        }
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
        Record::Payee(_) | Record::Customer(_) | Record::Payment(_) => None,
    }
}
