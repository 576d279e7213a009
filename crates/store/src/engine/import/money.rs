//! The records that move money: bills, payments, credit notes, opening balances.

use std::collections::{BTreeMap, BTreeSet};

use wattkey_domain::journal::Entry;
use wattkey_domain::ledger::{self, DepositPart, Posting, PostingError};
use wattkey_domain::{AccountId, BillDocument, BillId, Currency, Money, MoneyError};

use super::ImportError;
use super::piece::Piece;
use crate::StoreError;
use crate::database::Type::{self, Int, Text};
use crate::database::{DatabaseError, Session, Value};
use crate::engine::write::insert;
use crate::packed::unpack;
use crate::record::{BillRecord, CreditNote, OpeningBalance, Payment, Record};

/// The columns of deposits.
const DEPOSIT: [(&str, Type); 3] = [("account", Text), ("currency", Text), ("balance", Int)];
/// The names of what a credit note takes back, in the order of [`Open::left`].
const PARTS: [&str; 3] = ["revenue", "tax", "levies"];

/// A bill that a record of the piece is, or changes.
pub(super) struct Open {
    pub(super) currency: Currency,
    pub(super) minor: i64,
    account: AccountId,
    /// Sum of its credit notes.
    credited: i64,
    /// Revenue, tax and levies that no credit note has taken back, where it was looked up.
    left: Option<[i64; 3]>,
    /// What is open and credited in the database; `None` when the bill came in this piece.
    kept: Option<(i64, i64)>,
}

/// The deposit of a contract account.
#[derive(Debug)]
pub(super) struct Deposit {
    currency: Currency,
    minor: i64,
    /// What the database has; `None` when there is none yet.
    kept: Option<i64>,
}

impl Open {
    /// The row to write, when the database has another one.
    pub(super) fn changed(&self, id: &BillId) -> Option<Vec<Value>> {
        let now = (self.minor, self.credited);
        // What came in this piece was inserted with what is open; a credit note may follow.
        let kept = self.kept.unwrap_or((self.minor, 0));
        (kept != now).then(|| vec![id.as_str().into(), now.0.into(), now.1.into()])
    }
}

impl Piece<'_> {
    /// The bills that records of the piece change, and the deposits of their accounts.
    pub(super) fn load_money(
        &mut self,
        session: &mut dyn Session,
        records: &[Record],
    ) -> Result<(), DatabaseError> {
        let mut bills = BTreeSet::new();
        let mut credited = BTreeSet::new();
        for record in records {
            match record {
                Record::Payment(payment) => bills.insert(payment.bill.as_str()),
                Record::TaxInvoice(invoice) => bills.insert(invoice.bill.as_str()),
                Record::CreditNote(note) => {
                    credited.insert(note.bill.as_str());
                    bills.insert(note.bill.as_str())
                }
                _ => false,
            };
        }
        self.changed = bills.iter().filter_map(|id| id.parse().ok()).collect();
        self.load_bills(session, &bills)?;
        self.load_left(session, &credited)?;
        let mut accounts: BTreeSet<AccountId> = BTreeSet::new();
        accounts.extend(self.bills.values().map(|open| open.account.clone()));
        for record in records {
            match record {
                Record::OpeningBalance(balance) => {
                    accounts.insert(balance.account.clone());
                }
                Record::Bill(bill) if bills.contains(bill.document().bill.as_str()) => {
                    accounts.insert(bill.document().account.clone());
                }
                _ => {}
            }
        }
        self.load_deposits(session, &accounts)
    }

    /// They are locked since the import began.
    fn load_bills(
        &mut self,
        session: &mut dyn Session,
        bills: &BTreeSet<&str>,
    ) -> Result<(), DatabaseError> {
        if bills.is_empty() {
            return Ok(());
        }
        let sql = "SELECT id, currency, open_minor, account, credited_minor FROM bills
                   WHERE id = ANY($1)";
        for row in session.query(sql, &[Value::texts(bills)])? {
            let (minor, credited) = (row.int(2)?, row.int(4)?);
            let open = Open {
                currency: row.parsed(1)?,
                minor,
                account: row.parsed(3)?,
                credited,
                left: None,
                kept: Some((minor, credited)),
            };
            self.bills.insert(row.parsed(0)?, open);
        }
        Ok(())
    }

    fn load_left(
        &mut self,
        session: &mut dyn Session,
        bills: &BTreeSet<&str>,
    ) -> Result<(), DatabaseError> {
        if bills.is_empty() {
            return Ok(());
        }
        let sql = "SELECT id, document FROM bills WHERE id = ANY($1)";
        for row in session.query(sql, &[Value::texts(bills)])? {
            let wrong = |error| DatabaseError::unreadable(1, error);
            let document = BillDocument::parse(&unpack(row.bytes(1)?, 1)?).map_err(wrong)?;
            if let Some(open) = self.bills.get_mut(&row.parsed::<BillId>(0)?) {
                open.left = Some(all(&document));
            }
        }
        let sql = "SELECT bill, CAST(sum(revenue) AS BIGINT), CAST(sum(tax) AS BIGINT),
                   CAST(sum(levies) AS BIGINT) FROM credit_notes WHERE bill = ANY($1) GROUP BY bill";
        for row in session.query(sql, &[Value::texts(bills)])? {
            let open = self.bills.get_mut(&row.parsed::<BillId>(0)?);
            if let Some(left) = open.and_then(|open| open.left.as_mut()) {
                for (left, column) in left.iter_mut().zip(1..) {
                    *left -= row.int(column)?;
                }
            }
        }
        Ok(())
    }

    fn load_deposits(
        &mut self,
        session: &mut dyn Session,
        accounts: &BTreeSet<AccountId>,
    ) -> Result<(), DatabaseError> {
        if accounts.is_empty() {
            return Ok(());
        }
        let sql = "SELECT account, currency, balance FROM deposits WHERE account = ANY($1)
                   ORDER BY account FOR UPDATE";
        for row in session.query(sql, &[Value::texts(accounts)])? {
            let minor = row.int(2)?;
            let deposit = Deposit {
                currency: row.parsed(1)?,
                minor,
                kept: Some(minor),
            };
            self.deposits.insert(row.parsed(0)?, deposit);
        }
        for account in accounts {
            let Some(begun) = self.known.deposits.remove(account) else {
                continue;
            };
            if self.deposits.contains_key(account) {
                let meanwhile = format!("the deposit of {account} has just begun");
                return Err(DatabaseError::Conflict(meanwhile.into()));
            }
            self.deposits.insert(account.clone(), begun);
        }
        Ok(())
    }

    pub(super) fn bill(
        &mut self,
        index: usize,
        record: &Record,
        bill: &BillRecord,
        entries: Result<Vec<Entry>, PostingError>,
        minor: i64,
    ) -> Result<(), ImportError> {
        match entries {
            Ok(entries) => self.entries.extend(entries),
            Err(source) => {
                let name = record.name();
                return Err(ImportError::Posting {
                    index,
                    name,
                    source,
                });
            }
        }
        let document = bill.document();
        if !self.changed.contains(&document.bill) {
            return Ok(());
        }
        let open = Open {
            currency: document.currency(),
            minor,
            account: document.account.clone(),
            credited: 0,
            left: Some(all(document)),
            kept: None,
        };
        self.bills.insert(document.bill.clone(), open);
        Ok(())
    }

    /// What goes to the deposit, in minor units.
    pub(super) fn payment(
        &mut self,
        index: usize,
        record: &Record,
        payment: &Payment,
    ) -> Result<i64, ImportError> {
        let (owed, over) = self.split(index, record, &payment.bill, payment.amount)?;
        let posting = ledger::paid_elsewhere(&payment.bill, owed, over.as_ref(), self.now);
        self.posting(index, record, posting)?;
        Ok(self.corrected(&payment.bill, owed, over.as_ref()))
    }

    /// What goes to the deposit, in minor units.
    pub(super) fn credit_note(
        &mut self,
        index: usize,
        record: &Record,
        note: &CreditNote,
    ) -> Result<i64, ImportError> {
        let taken = [note.revenue, note.tax, note.levies];
        let left = self.bills.get(&note.bill).and_then(|open| open.left);
        let left = left.unwrap_or_default();
        for ((part, amount), left) in PARTS.into_iter().zip(taken).zip(left) {
            if amount.minor() > left {
                return Err(ImportError::Credited {
                    index,
                    name: record.name(),
                    part,
                    amount,
                    left: money(&note.bill, left.max(0), amount.currency())?,
                });
            }
        }
        let (owed, over) = self.split(index, record, &note.bill, note.total())?;
        let credited = ledger::CreditNote {
            bill: note.bill.clone(),
            revenue: note.revenue,
            tax: note.tax,
            levies: note.levies,
        };
        let posting = ledger::credit_note(&credited, over.as_ref(), self.now);
        self.posting(index, record, posting)?;
        if let Some(open) = self.bills.get_mut(&note.bill) {
            open.credited += note.total().minor();
            for (left, amount) in open.left.iter_mut().flatten().zip(taken) {
                *left -= amount.minor();
            }
        }
        Ok(self.corrected(&note.bill, owed, over.as_ref()))
    }

    pub(super) fn opening_balance(
        &mut self,
        index: usize,
        record: &Record,
        balance: &OpeningBalance,
    ) -> Result<(), ImportError> {
        let part = DepositPart {
            account: balance.account.clone(),
            amount: balance.amount,
        };
        self.check_deposit(index, record, &part)?;
        let posting = ledger::opening_balance(&part, self.now);
        self.posting(index, record, posting)?;
        self.deposit(&part);
        Ok(())
    }

    /// How much of an amount is open of the bill, and what is left for the deposit of its account.
    fn split(
        &self,
        index: usize,
        record: &Record,
        bill: &BillId,
        amount: Money,
    ) -> Result<(Money, Option<DepositPart>), ImportError> {
        let Some(open) = self.bills.get(bill) else {
            return Ok((amount, None));
        };
        let owed = open.minor.clamp(0, amount.minor());
        let rest = amount.minor() - owed;
        let owed = money(bill, owed, amount.currency())?;
        if rest == 0 {
            return Ok((owed, None));
        }
        let part = DepositPart {
            account: open.account.clone(),
            amount: money(bill, rest, amount.currency())?,
        };
        self.check_deposit(index, record, &part)?;
        Ok((owed, Some(part)))
    }

    /// Whether the deposit can hold it.
    fn check_deposit(
        &self,
        index: usize,
        record: &Record,
        part: &DepositPart,
    ) -> Result<(), ImportError> {
        let Some(deposit) = self.deposits.get(&part.account) else {
            return Ok(());
        };
        if deposit.currency != part.amount.currency() {
            return Err(ImportError::DepositCurrency {
                index,
                name: record.name(),
                currency: deposit.currency,
            });
        }
        let sum = deposit.minor.checked_add(part.amount.minor());
        if sum.is_none_or(|sum| sum > wattkey_domain::MAX_MINOR) {
            return Err(ImportError::Posting {
                index,
                name: record.name(),
                source: PostingError::Money(MoneyError::Overflow),
            });
        }
        Ok(())
    }

    /// Notes what was posted of a bill. What went to the deposit, in minor units.
    fn corrected(&mut self, bill: &BillId, owed: Money, over: Option<&DepositPart>) -> i64 {
        if let Some(open) = self.bills.get_mut(bill) {
            open.minor -= owed.minor();
        }
        over.map_or(0, |part| {
            self.deposit(part);
            part.amount.minor()
        })
    }

    fn deposit(&mut self, part: &DepositPart) {
        let empty = Deposit {
            currency: part.amount.currency(),
            minor: 0,
            kept: None,
        };
        let deposit = self.deposits.entry(part.account.clone()).or_insert(empty);
        deposit.minor += part.amount.minor();
    }

    /// Posts, when there is something to post.
    fn posting(
        &mut self,
        index: usize,
        record: &Record,
        posting: Result<Posting, PostingError>,
    ) -> Result<(), ImportError> {
        let posting = match posting {
            Ok(posting) => posting,
            Err(PostingError::Empty) => return Ok(()),
            Err(source) => {
                let name = record.name();
                return Err(ImportError::Posting {
                    index,
                    name,
                    source,
                });
            }
        };
        let entries = posting.transfers.iter();
        let entries = entries.map(|one| Entry::new(&posting, one));
        self.entries.extend(entries);
        Ok(())
    }

    /// Writes those that have a row; the others wait for the end of the import.
    pub(super) fn write_deposits(
        &mut self,
        session: &mut dyn Session,
    ) -> Result<(), DatabaseError> {
        let mut changed = Vec::new();
        for (account, deposit) in std::mem::take(&mut self.deposits) {
            match deposit.kept {
                None => {
                    self.known.deposits.insert(account, deposit);
                }
                Some(kept) if kept != deposit.minor => {
                    changed.push(vec![account.as_str().into(), deposit.minor.into()]);
                }
                Some(_) => {}
            }
        }
        if changed.is_empty() {
            return Ok(());
        }
        let (key, balance) = (&DEPOSIT[..1], &DEPOSIT[2..]);
        session.update_by_key("deposits", key, balance, &changed)
    }
}

/// Makes the deposits that begin, all at once and by account, as batches of calls make theirs: of those
/// who make the same one waits for the other, and nobody who has the other's next.
pub(super) fn make_deposits(
    session: &mut dyn Session,
    deposits: &BTreeMap<AccountId, Deposit>,
) -> Result<(), DatabaseError> {
    let rows = deposits.iter().map(|(account, deposit)| {
        let currency = Value::text(deposit.currency);
        vec![account.as_str().into(), currency, deposit.minor.into()]
    });
    insert(session, "deposits", &DEPOSIT, &rows.collect::<Vec<_>>())
}

fn money(bill: &BillId, minor: i64, currency: Currency) -> Result<Money, StoreError> {
    let corrupt = |error| StoreError::Corrupt(format!("what is open of {bill}: {error}"));
    Money::new(minor, currency).map_err(corrupt)
}

fn all(document: &BillDocument) -> [i64; 3] {
    [document.revenue, document.tax, document.levies].map(|part| part.minor())
}
