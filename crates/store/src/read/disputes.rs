//! Disputes, and what is overdue.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;
use wattkey_domain::{
    AccountId, BillId, BillingMonth, CustomerId, Debt, DisputeId, DisputeOutcome, DisputePeriod,
    DisputeReason, Money, UserId,
};

use super::newest::NewestCursor;
use super::{Page, bounded, page};
use crate::StoreError;
use crate::database::{DatabaseError, Row, Session, Value};

/// How a dispute stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DisputeState {
    /// It waits for an answer.
    Open,
    /// The customer took it back.
    Withdrawn,
    /// It was answered.
    Answered,
}

/// Which disputes.
#[derive(Debug, Clone, Default)]
pub struct DisputeQuery {
    /// Of one customer only.
    pub customer: Option<CustomerId>,
    /// Of one bill only.
    pub bill: Option<BillId>,
    /// In one state only.
    pub state: Option<DisputeState>,
    /// Not those of these contract accounts.
    pub hidden: Vec<AccountId>,
    /// After this place of the list.
    pub after: Option<NewestCursor>,
    /// How many: 1 to [`crate::MAX_PAGE`].
    pub limit: u32,
}

/// A dispute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisputeRecord {
    /// Its id.
    pub dispute: DisputeId,
    /// SHA-256 of the payload that was signed.
    pub digest: [u8; 32],
    /// Whose bill it is.
    pub customer: CustomerId,
    /// The name of that customer.
    pub customer_name: String,
    /// The bill's contract account.
    pub account: AccountId,
    /// Who signed it.
    pub user: UserId,
    /// The name of that user.
    pub user_name: String,
    /// The bill.
    pub bill: BillId,
    /// SHA-256 of the bill's document.
    pub document: [u8; 32],
    /// The line, from 1; none is the whole bill.
    pub line: Option<u32>,
    /// How much of it is not owed.
    pub amount: Money,
    /// Why.
    pub reason: DisputeReason,
    /// Why, in the customer's words.
    pub words: String,
    /// How it stands.
    pub state: DisputeState,
    /// When it was taken in.
    pub at: Timestamp,
    /// The first day for which the amount owes no penalty.
    pub from: Date,
    /// The last one.
    pub until: Option<Date>,
    /// Its withdrawal.
    pub withdrawn: Option<DisputeWithdrawn>,
    /// What was answered.
    pub answer: Option<DisputeAnswered>,
}

/// The withdrawal of a dispute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisputeWithdrawn {
    /// SHA-256 of the payload that was signed.
    pub digest: [u8; 32],
    /// Who signed it.
    pub user: UserId,
    /// The name of that user.
    pub user_name: String,
    /// When it was taken in.
    pub at: Timestamp,
}

/// The answer to a dispute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisputeAnswered {
    /// Who is right.
    pub outcome: DisputeOutcome,
    /// The power company's words.
    pub words: String,
    /// The day of the answer.
    pub answered: Date,
    /// When it was taken in.
    pub at: Timestamp,
}

/// A dispute as it was signed, and its withdrawal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisputeDocument {
    /// Its id.
    pub dispute: DisputeId,
    /// Who signed it.
    pub user: UserId,
    /// The compact JWS, exactly as it came.
    pub jws: String,
    /// When it was taken in.
    pub at: Timestamp,
    /// The first day without a penalty.
    pub day: Date,
    /// How it was withdrawn.
    pub withdrawal: Option<WithdrawalDocument>,
}

/// A withdrawal as it was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithdrawalDocument {
    /// Who signed it.
    pub user: UserId,
    /// The compact JWS, exactly as it came.
    pub jws: String,
    /// When it was taken in.
    pub at: Timestamp,
    /// The last day without a penalty.
    pub day: Date,
}

/// A bill of which something is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrearsRow {
    /// The bill.
    pub bill: BillId,
    /// Its contract account.
    pub account: AccountId,
    /// The billing month.
    pub period: BillingMonth,
    /// The last day without a penalty.
    pub due: Date,
    /// What is open, without penalty, and held by no order.
    pub open: Money,
    /// Its disputes.
    pub disputes: Vec<DisputePeriod>,
    /// The dispute that is open.
    pub disputed: Option<DisputeId>,
}

impl ArrearsRow {
    /// What its penalty depends on, as it is known today.
    #[must_use]
    pub fn debt(&self, today: Date) -> Debt<'_> {
        Debt {
            due: self.due,
            open: self.open,
            disputes: &self.disputes,
            today,
        }
    }
}

/// Four columns: the first day, the last one, the amount and its currency.
pub(crate) fn period(row: &Row, first: usize) -> Result<DisputePeriod, DatabaseError> {
    Ok(DisputePeriod {
        from: row.parsed(first)?,
        until: row.optional(first + 1, Row::parsed)?,
        amount: row.money(first + 2, row.parsed(first + 3)?)?,
    })
}

/// The disputes of bills, in the order in which they began.
pub(crate) fn periods(
    session: &mut dyn Session,
    bills: &Value,
) -> Result<HashMap<BillId, Vec<DisputePeriod>>, DatabaseError> {
    let mut all: HashMap<_, Vec<_>> = HashMap::new();
    let sql = "SELECT bill, day, until, amount, currency FROM disputes
               WHERE bill = ANY($1) ORDER BY bill, day, at, id";
    for row in session.query(sql, std::slice::from_ref(bills))? {
        all.entry(row.parsed(0)?)
            .or_default()
            .push(period(&row, 1)?);
    }
    Ok(all)
}

const DISPUTE: &str = "SELECT disputes.id, disputes.digest, disputes.customer, customers.name,
        bills.account, disputes.user_id, signers.name, disputes.bill, bills.digest, disputes.line,
        disputes.amount, disputes.currency, disputes.reason, disputes.words, disputes.at,
        disputes.day, disputes.until,
        gone.digest, gone.user_id, enders.name, gone.at,
        answers.outcome, answers.words, answers.answered, answers.at
    FROM disputes
    JOIN bills ON bills.id = disputes.bill
    JOIN customers ON customers.id = disputes.customer
    LEFT JOIN users AS signers ON signers.id = disputes.user_id
    LEFT JOIN dispute_withdrawals AS gone ON gone.dispute = disputes.id
    LEFT JOIN users AS enders ON enders.id = gone.user_id
    LEFT JOIN dispute_answers AS answers ON answers.dispute = disputes.id";

pub(crate) fn list(
    session: &mut dyn Session,
    query: &DisputeQuery,
) -> Result<Page<DisputeRecord>, StoreError> {
    let limit = bounded(query.limit);
    let (mut sql, mut params) = (format!("{DISPUTE} WHERE 1 = 1"), Vec::<Value>::new());
    let mut and = |condition: &str, values: Vec<Value>| {
        let mut condition = condition.to_owned();
        for value in values {
            params.push(value);
            condition = condition.replacen('?', &format!("${}", params.len()), 1);
        }
        sql.push_str(" AND ");
        sql.push_str(&condition);
    };
    if let Some(customer) = query.customer {
        and("disputes.customer = ?", vec![Value::text(customer)]);
    }
    if let Some(bill) = &query.bill {
        and("disputes.bill = ?", vec![bill.as_str().into()]);
    }
    if !query.hidden.is_empty() {
        let hidden = Value::texts(&query.hidden);
        and("NOT bills.account = ANY(?)", vec![hidden]);
    }
    match query.state {
        None => {}
        Some(DisputeState::Open) => and("disputes.until IS NULL", Vec::new()),
        Some(DisputeState::Withdrawn) => and("gone.dispute IS NOT NULL", Vec::new()),
        Some(DisputeState::Answered) => {
            and(
                "disputes.until IS NOT NULL AND gone.dispute IS NULL",
                Vec::new(),
            );
        }
    }
    if let Some(after) = &query.after {
        and(
            "(disputes.at, disputes.id) < (?, ?)",
            after.values().to_vec(),
        );
    }
    params.push((limit + 1).into());
    let end = format!(
        " ORDER BY disputes.at DESC, disputes.id DESC LIMIT ${}",
        params.len()
    );
    sql.push_str(&end);
    let rows = session.query(&sql, &params)?;
    let records = rows.iter().map(record).collect::<Result<Vec<_>, _>>()?;
    Ok(page(records, limit, |last| {
        NewestCursor::new(last.at, last.dispute.as_uuid()).to_string()
    }))
}

pub(crate) fn one(
    session: &mut dyn Session,
    customer: CustomerId,
    id: DisputeId,
) -> Result<Option<DisputeRecord>, StoreError> {
    let sql = format!("{DISPUTE} WHERE disputes.id = $1 AND disputes.customer = $2");
    let row = session.query_one(&sql, &[Value::text(id), Value::text(customer)])?;
    Ok(row.as_ref().map(record).transpose()?)
}

fn record(row: &Row) -> Result<DisputeRecord, DatabaseError> {
    let currency = row.parsed(11)?;
    let name =
        |column| Ok::<_, DatabaseError>(row.optional(column, Row::string)?.unwrap_or_default());
    let withdrawn = row.optional(17, Row::array)?.map(|digest| {
        Ok::<_, DatabaseError>(DisputeWithdrawn {
            digest,
            user: row.parsed(18)?,
            user_name: name(19)?,
            at: row.time(20)?,
        })
    });
    let answer = row.optional(21, Row::parsed)?.map(|outcome| {
        Ok::<_, DatabaseError>(DisputeAnswered {
            outcome,
            words: row.string(22)?,
            answered: row.parsed(23)?,
            at: row.time(24)?,
        })
    });
    let (withdrawn, answer) = (withdrawn.transpose()?, answer.transpose()?);
    let until = row.optional(16, Row::parsed)?;
    let line = row.optional(9, Row::count)?;
    Ok(DisputeRecord {
        dispute: row.parsed(0)?,
        digest: row.array(1)?,
        customer: row.parsed(2)?,
        customer_name: row.string(3)?,
        account: row.parsed(4)?,
        user: row.parsed(5)?,
        user_name: name(6)?,
        bill: row.parsed(7)?,
        document: row.array(8)?,
        line: line.map(|line| u32::try_from(line).unwrap_or(u32::MAX)),
        amount: row.money(10, currency)?,
        reason: row.parsed(12)?,
        words: row.string(13)?,
        state: match (&until, &withdrawn) {
            (None, _) => DisputeState::Open,
            (Some(_), Some(_)) => DisputeState::Withdrawn,
            (Some(_), None) => DisputeState::Answered,
        },
        at: row.time(14)?,
        from: row.parsed(15)?,
        until,
        withdrawn,
        answer,
    })
}

/// Disputes of all customers after one of them, by id, as they were signed.
pub(crate) fn documents(
    session: &mut dyn Session,
    after: Option<DisputeId>,
    limit: u32,
) -> Result<Vec<DisputeDocument>, StoreError> {
    let after = after.map_or(String::new(), |id| id.to_string());
    let rows = session.query(
        "SELECT id, disputes.user_id, disputes.jws, gone.user_id, gone.jws, disputes.at,
                disputes.day, gone.at, gone.day
         FROM disputes LEFT JOIN dispute_withdrawals AS gone ON gone.dispute = id
         WHERE id > $1 ORDER BY id LIMIT $2",
        &[after.into(), limit.into()],
    )?;
    let documents = rows.iter().map(|row| {
        let ender = row.optional(3, Row::parsed)?;
        let withdrawal = ender.map(|user| {
            Ok::<_, DatabaseError>(WithdrawalDocument {
                user,
                jws: row.string(4)?,
                at: row.time(7)?,
                day: row.parsed(8)?,
            })
        });
        Ok(DisputeDocument {
            dispute: row.parsed(0)?,
            user: row.parsed(1)?,
            jws: row.string(2)?,
            at: row.time(5)?,
            day: row.parsed(6)?,
            withdrawal: withdrawal.transpose()?,
        })
    });
    Ok(documents.collect::<Result<_, DatabaseError>>()?)
}

/// Bills of a customer with something open, the oldest due first: at most `limit`.
pub(crate) fn open_bills(
    session: &mut dyn Session,
    customer: CustomerId,
    account: Option<&AccountId>,
    hidden: &[AccountId],
    limit: u32,
) -> Result<Vec<ArrearsRow>, StoreError> {
    let (mut sql, mut params) = (
        "SELECT id, account, period, due, open_minor, currency FROM bills
         WHERE customer = $1 AND open_minor > 0"
            .to_owned(),
        vec![Value::text(customer)],
    );
    if let Some(account) = account {
        params.push(account.as_str().into());
        sql.push_str(" AND account = $2");
    }
    if !hidden.is_empty() {
        params.push(Value::texts(hidden));
        sql.push_str(&format!(" AND NOT account = ANY(${})", params.len()));
    }
    params.push(limit.into());
    sql.push_str(&format!(" ORDER BY due, id LIMIT ${}", params.len()));
    let rows = session.query(&sql, &params)?;
    let ids = rows.iter().map(|row| row.string(0));
    let ids = Value::Texts(ids.collect::<Result<_, _>>()?);
    let mut periods = periods(session, &ids)?;
    let sql = "SELECT bill, id FROM disputes WHERE bill = ANY($1) AND until IS NULL";
    let mut open: HashMap<BillId, DisputeId> = HashMap::new();
    for row in session.query(sql, &[ids])? {
        open.insert(row.parsed(0)?, row.parsed(1)?);
    }
    let bills = rows.iter().map(|row| {
        let bill: BillId = row.parsed(0)?;
        Ok(ArrearsRow {
            account: row.parsed(1)?,
            period: row.parsed(2)?,
            due: row.parsed(3)?,
            open: row.money(4, row.parsed(5)?)?,
            disputes: periods.remove(&bill).unwrap_or_default(),
            disputed: open.remove(&bill),
            bill,
        })
    });
    Ok(bills.collect::<Result<_, DatabaseError>>()?)
}
