//! What a statement is made of: the transfers of an account, and what is known of the things that
//! they are about. Transfers are found by their subjects, which are the account's bills, the orders
//! of those bills or of its deposit, the deposit, and receipts that were placed there.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;
use wattkey_domain::ledger::{LedgerAccount, Subject};
use wattkey_domain::{AccountId, BillId, BillingMonth, Money, OrderId};

use super::{StatementQuery, StatementWay};
use crate::StoreError;
use crate::database::{DatabaseError, Row, Session, Value};
use crate::record::Account;

/// Things that are asked for at once.
const AT_ONCE: usize = 5_000;
/// How the subject of a bank's receipt begins.
const BANK: &str = "bank:";

/// All that concerns an account.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    pub(super) bills: HashMap<BillId, Bill>,
    pub(super) orders: HashMap<OrderId, Order>,
    /// The bank's value date of what came for an order by transfer, by the link that posted it.
    pub(super) credits: HashMap<(Uuid, u64, OrderId), Date>,
    /// The bank's value date of receipts that were placed, by their subject.
    pub(super) receipts: HashMap<String, Date>,
    pub(super) payments: HashMap<BillId, Vec<Payment>>,
    pub(super) notes: HashMap<BillId, Vec<Note>>,
    pub(super) transfers: Vec<Transfer>,
    /// Of the opening balance of its deposit.
    pub(super) as_of: Option<Date>,
    /// Bills of other contract accounts that are hidden from who looks.
    pub(super) hidden: HashSet<BillId>,
}

#[derive(Debug)]
pub(super) struct Bill {
    pub(super) period: BillingMonth,
    pub(super) issued: Date,
    pub(super) due: Date,
}

#[derive(Debug)]
pub(super) struct Order {
    pub(super) way: StatementWay,
    pub(super) reference: String,
    /// What it pays of this account's bills, principal and penalty together.
    pub(super) bills: Vec<(BillId, i64)>,
    /// Whether who looks may look at it.
    pub(super) seen: bool,
}

#[derive(Debug)]
pub(super) struct Payment {
    pub(super) paid: Date,
    pub(super) channel: String,
    pub(super) reference: String,
    /// What of it the bill owed, and what went to the deposit.
    pub(super) parts: [i64; 2],
}

#[derive(Debug)]
pub(super) struct Note {
    pub(super) id: String,
    pub(super) issued: Date,
    pub(super) reason: String,
    /// As of a payment.
    pub(super) parts: [i64; 2],
}

#[derive(Debug)]
pub(super) struct Transfer {
    pub(super) process: Uuid,
    pub(super) sequence: u64,
    pub(super) position: u64,
    pub(super) subject: String,
    pub(super) debit: LedgerAccount,
    pub(super) credit: LedgerAccount,
    pub(super) minor: i64,
    pub(super) at: Timestamp,
}

/// The account, if it is the customer's.
pub(super) fn account(
    session: &mut dyn Session,
    query: &StatementQuery,
) -> Result<Option<Account>, DatabaseError> {
    let row = session.query_one(
        "SELECT id, customer, name, address FROM accounts WHERE id = $1 AND customer = $2",
        &[
            query.account.as_str().into(),
            Value::text(query.viewer.customer),
        ],
    )?;
    let read = |row: Row| {
        Ok(Account {
            id: row.parsed(0)?,
            customer: row.parsed(1)?,
            name: row.string(2)?,
            address: row.string(3)?,
        })
    };
    row.map(read).transpose()
}

pub(super) fn all(session: &mut dyn Session, query: &StatementQuery) -> Result<Loaded, StoreError> {
    let mut loaded = Loaded::default();
    loaded.bills(session, query)?;
    loaded.orders(session, query)?;
    let mut subjects: BTreeSet<String> = BTreeSet::new();
    subjects.extend(loaded.bills.keys().map(ToString::to_string));
    subjects.extend(loaded.orders.keys().map(ToString::to_string));
    subjects.insert(Subject::Deposit(query.account.clone()).to_string());
    subjects.extend(loaded.standing(session, query)?);
    subjects.extend(loaded.placed(session, query)?);
    loaded.transfers(session, query, subjects)?;
    loaded.credits(session)?;
    Ok(loaded)
}

/// Asks for many, some at a time.
fn each(
    session: &mut dyn Session,
    sql: &str,
    ids: impl IntoIterator<Item = impl ToString>,
    mut read: impl FnMut(&Row) -> Result<(), DatabaseError>,
) -> Result<(), DatabaseError> {
    let ids: Vec<String> = ids.into_iter().map(|id| id.to_string()).collect();
    for ids in ids.chunks(AT_ONCE) {
        for row in session.query(sql, &[Value::Texts(ids.to_vec())])? {
            read(&row)?;
        }
    }
    Ok(())
}

impl Loaded {
    fn bills(
        &mut self,
        session: &mut dyn Session,
        query: &StatementQuery,
    ) -> Result<(), DatabaseError> {
        let account = [query.account.as_str().into()];
        let sql = "SELECT id, period, issued, due FROM bills WHERE account = $1";
        for row in session.query(sql, &account)? {
            let bill = Bill {
                period: row.parsed(1)?,
                issued: row.parsed(2)?,
                due: row.parsed(3)?,
            };
            self.bills.insert(row.parsed(0)?, bill);
        }
        let sql = "SELECT as_of FROM opening_balances WHERE account = $1";
        let row = session.query_one(sql, &account)?;
        self.as_of = row.map(|row| row.parsed(0)).transpose()?;
        let sql = "SELECT bill, paid, channel, reference, amount - surplus, surplus FROM payments
            WHERE bill = ANY($1) ORDER BY paid, id";
        each(session, sql, self.bills.keys(), |row| {
            let payment = Payment {
                paid: row.parsed(1)?,
                channel: row.string(2)?,
                reference: row.string(3)?,
                parts: [row.int(4)?, row.int(5)?],
            };
            self.payments
                .entry(row.parsed(0)?)
                .or_default()
                .push(payment);
            Ok(())
        })?;
        let sql = "SELECT bill, id, issued, reason, revenue + tax + levies - surplus, surplus
            FROM credit_notes WHERE bill = ANY($1) ORDER BY issued, id";
        each(session, sql, self.bills.keys(), |row| {
            let note = Note {
                id: row.string(1)?,
                issued: row.parsed(2)?,
                reason: row.string(3)?,
                parts: [row.int(4)?, row.int(5)?],
            };
            self.notes.entry(row.parsed(0)?).or_default().push(note);
            Ok(())
        })
    }

    /// Orders that pay its bills, that its deposit pays, or that pay into it.
    fn orders(
        &mut self,
        session: &mut dyn Session,
        query: &StatementQuery,
    ) -> Result<(), DatabaseError> {
        let mut bills: HashMap<OrderId, Vec<(BillId, i64)>> = HashMap::new();
        let sql = "SELECT order_id, bill, principal + penalty FROM order_bills
            WHERE bill = ANY($1) ORDER BY order_id, position";
        each(session, sql, self.bills.keys(), |row| {
            let of_order = bills.entry(row.parsed(0)?).or_default();
            of_order.push((row.parsed(1)?, row.int(2)?));
            Ok(())
        })?;
        let account = [query.account.as_str().into()];
        for column in ["source_account", "deposit_account"] {
            let sql = format!("SELECT id FROM orders WHERE {column} = $1");
            for row in session.query(&sql, &account)? {
                bills.entry(row.parsed(0)?).or_default();
            }
        }
        let sql = "SELECT id, source, reference FROM orders WHERE id = ANY($1)";
        let ids: Vec<_> = bills.keys().copied().collect();
        each(session, sql, ids, |row| {
            let id: OrderId = row.parsed(0)?;
            let order = Order {
                way: match row.text(1)? {
                    "transfer" => StatementWay::Transfer,
                    "deposit" => StatementWay::Deposit,
                    _ => StatementWay::Mandate,
                },
                reference: row.string(2)?,
                bills: bills.remove(&id).unwrap_or_default(),
                seen: query.viewer.access.sees_all(),
            };
            self.orders.insert(id, order);
            Ok(())
        })?;
        self.seen(session, query)
    }

    /// Which orders who looks may look at: they may be about other contract accounts too.
    fn seen(
        &mut self,
        session: &mut dyn Session,
        query: &StatementQuery,
    ) -> Result<(), DatabaseError> {
        if query.viewer.access.sees_all() {
            return Ok(());
        }
        let ids: Vec<String> = self.orders.keys().map(ToString::to_string).collect();
        for ids in ids.chunks(AT_ONCE) {
            let mut params = vec![Value::Texts(ids.to_vec())];
            let seen = query.viewer.sees_order(&mut params);
            let sql = format!("SELECT id FROM orders WHERE id = ANY($1) AND {seen}");
            for row in session.query(&sql, &params)? {
                let order = self.orders.get_mut(&row.parsed(0)?);
                order.into_iter().for_each(|order| order.seen = true);
            }
        }
        Ok(())
    }

    /// Bills, of whatever account, that the deposit paid under standing instructions.
    fn standing(
        &mut self,
        session: &mut dyn Session,
        query: &StatementQuery,
    ) -> Result<Vec<String>, DatabaseError> {
        let rows = session.query(
            "SELECT DISTINCT applications.bill, bills.account
             FROM standing_instructions AS kept
             JOIN applications ON applications.instruction = kept.id
             JOIN bills ON bills.id = applications.bill
             WHERE kept.customer = $1 AND kept.deposit = $2",
            &[
                Value::text(query.viewer.customer),
                query.account.as_str().into(),
            ],
        )?;
        let mut subjects = Vec::with_capacity(rows.len());
        for row in rows {
            let account: AccountId = row.parsed(1)?;
            if account != query.account && !query.viewer.access.sees(&account) {
                self.hidden.insert(row.parsed(0)?);
            }
            subjects.push(row.string(0)?);
        }
        Ok(subjects)
    }

    /// Receipts that managers placed here; their subjects.
    fn placed(
        &mut self,
        session: &mut dyn Session,
        query: &StatementQuery,
    ) -> Result<Vec<String>, DatabaseError> {
        let bills = self.bills.keys().cloned().map(LedgerAccount::Receivable);
        let accounts = bills.chain([LedgerAccount::Deposit(query.account.clone())]);
        let mut subjects = BTreeSet::new();
        let sql = "SELECT subject FROM transfers WHERE debit = 'unmatched' AND credit = ANY($1)";
        each(session, sql, accounts, |row| {
            subjects.insert(row.string(0)?);
            Ok(())
        })?;
        let references: Vec<_> = subjects
            .iter()
            .filter_map(|subject| subject.strip_prefix(BANK))
            .collect();
        let sql = "SELECT reference, value FROM unmatched_receipts WHERE reference = ANY($1)";
        each(session, sql, references, |row| {
            let subject = format!("{BANK}{}", row.text(0)?);
            self.receipts.insert(subject, row.parsed(1)?);
            Ok(())
        })?;
        Ok(subjects.into_iter().collect())
    }

    fn transfers(
        &mut self,
        session: &mut dyn Session,
        query: &StatementQuery,
        subjects: BTreeSet<String>,
    ) -> Result<(), DatabaseError> {
        // A bill says itself where its own are; the index has all others.
        let sql = "SELECT process, sequence, position, subject, debit, credit, amount, currency, at
            FROM transfers WHERE subject = ANY($1) AND event <> 'bill'
            UNION ALL SELECT process, sequence, position, subject, debit, credit, amount,
                transfers.currency, at
            FROM bills JOIN transfers ON process = posted_process AND sequence = posted_sequence
                AND position >= posted_position AND position < posted_position + 3
                AND event = 'bill' AND subject = bills.id
            WHERE bills.id = ANY($1)";
        each(session, sql, subjects, |row| {
            let currency = row.parsed(7)?;
            if currency != query.currency {
                return Ok(());
            }
            let amount: Money = row.money(6, currency)?;
            self.transfers.push(Transfer {
                process: row.uuid(0)?,
                sequence: row.count(1)?,
                position: row.count(2)?,
                subject: row.string(3)?,
                debit: row.parsed(4)?,
                credit: row.parsed(5)?,
                minor: amount.minor(),
                at: row.time(8)?,
            });
            Ok(())
        })
    }

    fn credits(&mut self, session: &mut dyn Session) -> Result<(), DatabaseError> {
        let by_transfer = self.orders.iter();
        let by_transfer = by_transfer.filter(|(_, order)| order.way == StatementWay::Transfer);
        let ids: Vec<_> = by_transfer.map(|(id, _)| *id).collect();
        let sql = "SELECT process, sequence, order_id, value FROM credits
            WHERE order_id = ANY($1) ORDER BY value DESC";
        each(session, sql, ids, |row| {
            // Of several in one link the earliest stays.
            let link = (row.uuid(0)?, row.count(1)?, row.parsed(2)?);
            self.credits.insert(link, row.parsed(3)?);
            Ok(())
        })
    }
}
