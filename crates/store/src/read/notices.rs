//! Notices, and plans to cut supply with what the legal clock says of them.

mod case;

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use wattkey_domain::arrears::notice::NoticeKind;
use wattkey_domain::{AccountId, BillId, CustomerId, Money, NoticeId, UserId};

pub use case::{CutOffBill, CutOffCase, CutOffPlanned, CutOffStanding, Demanded};
pub(crate) use case::{case, cases};

use super::newest::NewestCursor;
use super::{Page, bounded, page};
use crate::StoreError;
use crate::database::{DatabaseError, Row, Session, Value};

/// Which notices.
#[derive(Debug, Clone)]
pub struct NoticeQuery {
    /// Whose.
    pub customer: CustomerId,
    /// Not those of these contract accounts.
    pub hidden: Vec<AccountId>,
    /// After this place of the list.
    pub after: Option<NewestCursor>,
    /// How many: 1 to [`crate::MAX_PAGE`].
    pub limit: u32,
}

/// A notice that was served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRecord {
    /// Its id.
    pub notice: NoticeId,
    /// SHA-256 of its bytes.
    pub digest: [u8; 32],
    /// The contract account.
    pub account: AccountId,
    /// What it says.
    pub kind: NoticeKind,
    /// How many bills it names.
    pub bills: u32,
    /// What all of them take.
    pub total: Money,
    /// When it was served.
    pub served: Timestamp,
    /// The moment that was planned.
    pub cut_off: Option<Timestamp>,
    /// When that plan was dropped.
    pub dropped: Option<Timestamp>,
    /// Who has read it.
    pub acknowledged: Vec<NoticeRead>,
}

/// Somebody has read a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRead {
    /// Who.
    pub user: UserId,
    /// The name of that user.
    pub user_name: String,
    /// When.
    pub at: Timestamp,
    /// SHA-256 of the payload that was signed.
    pub digest: [u8; 32],
}

/// A notice's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeBytes {
    /// The contract account.
    pub account: AccountId,
    /// Its exact bytes.
    pub bytes: Vec<u8>,
    /// Their SHA-256.
    pub digest: [u8; 32],
}

/// An acknowledgement as it was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcknowledgementDocument {
    /// The notice.
    pub notice: NoticeId,
    /// Who signed it.
    pub user: UserId,
    /// The compact JWS, exactly as it came.
    pub jws: String,
    /// When it was taken in.
    pub at: Timestamp,
}

/// The last column is when the planned moment was dropped: no plan of it stands.
const NOTICE: &str = "SELECT id, digest, account, kind, bills, total, currency, served, cut_off,
        (SELECT CASE WHEN count(*) = count(dropped) THEN max(dropped) END FROM cut_offs
         WHERE cut_offs.account = notices.account AND cut_offs.at = notices.cut_off)
    FROM notices";

pub(crate) fn list(
    session: &mut dyn Session,
    query: &NoticeQuery,
) -> Result<Page<NoticeRecord>, StoreError> {
    let limit = bounded(query.limit);
    let mut sql = format!("{NOTICE} WHERE customer = $1");
    let mut params = vec![Value::text(query.customer)];
    if !query.hidden.is_empty() {
        params.push(Value::texts(&query.hidden));
        sql.push_str(" AND NOT account = ANY($2)");
    }
    if let Some(after) = &query.after {
        params.extend(after.values());
        let [at, id] = [params.len() - 1, params.len()];
        sql.push_str(&format!(" AND (served, id) < (${at}, ${id})"));
    }
    params.push((limit + 1).into());
    sql.push_str(&format!(
        " ORDER BY served DESC, id DESC LIMIT ${}",
        params.len()
    ));
    let rows = session.query(&sql, &params)?;
    let notices = records(session, &rows)?;
    Ok(page(notices, limit, |last| {
        NewestCursor::new(last.served, last.notice.as_uuid()).to_string()
    }))
}

pub(crate) fn one(
    session: &mut dyn Session,
    customer: CustomerId,
    id: NoticeId,
) -> Result<Option<NoticeRecord>, StoreError> {
    let sql = format!("{NOTICE} WHERE id = $1 AND customer = $2");
    let rows = session.query(&sql, &[Value::text(id), Value::text(customer)])?;
    Ok(records(session, &rows)?.pop())
}

pub(crate) fn document(
    session: &mut dyn Session,
    customer: CustomerId,
    id: NoticeId,
) -> Result<Option<NoticeBytes>, StoreError> {
    let row = session.query_one(
        "SELECT account, document, digest FROM notices WHERE id = $1 AND customer = $2",
        &[Value::text(id), Value::text(customer)],
    )?;
    let document = row.map(|row| {
        Ok::<_, DatabaseError>(NoticeBytes {
            account: row.parsed(0)?,
            bytes: row.bytes(1)?.to_vec(),
            digest: row.array(2)?,
        })
    });
    Ok(document.transpose()?)
}

/// Acknowledgements of all customers after one of them, by notice and user, as they were signed.
pub(crate) fn acknowledgements(
    session: &mut dyn Session,
    after: Option<(NoticeId, UserId)>,
    limit: u32,
) -> Result<Vec<AcknowledgementDocument>, StoreError> {
    let (notice, user) = after.map_or((String::new(), String::new()), |(notice, user)| {
        (notice.to_string(), user.to_string())
    });
    let rows = session.query(
        "SELECT notice, user_id, jws, at FROM notice_acknowledgements
         WHERE (notice, user_id) > ($1, $2) ORDER BY notice, user_id LIMIT $3",
        &[notice.into(), user.into(), limit.into()],
    )?;
    let documents = rows.iter().map(|row| {
        Ok(AcknowledgementDocument {
            notice: row.parsed(0)?,
            user: row.parsed(1)?,
            jws: row.string(2)?,
            at: row.time(3)?,
        })
    });
    Ok(documents.collect::<Result<_, DatabaseError>>()?)
}

/// Rows of [`NOTICE`] with who has read them.
fn records(session: &mut dyn Session, rows: &[Row]) -> Result<Vec<NoticeRecord>, DatabaseError> {
    let mut read_by: HashMap<NoticeId, Vec<NoticeRead>> = HashMap::new();
    if !rows.is_empty() {
        let ids = rows.iter().map(|row| row.string(0));
        let ids = Value::Texts(ids.collect::<Result<_, _>>()?);
        let sql = "SELECT notice, user_id, users.name, at, digest FROM notice_acknowledgements
                   LEFT JOIN users ON users.id = user_id
                   WHERE notice = ANY($1) ORDER BY notice, at, user_id";
        for row in session.query(sql, &[ids])? {
            read_by.entry(row.parsed(0)?).or_default().push(NoticeRead {
                user: row.parsed(1)?,
                user_name: row.optional(2, Row::string)?.unwrap_or_default(),
                at: row.time(3)?,
                digest: row.array(4)?,
            });
        }
    }
    rows.iter()
        .map(|row| {
            let notice = row.parsed(0)?;
            Ok(NoticeRecord {
                notice,
                digest: row.array(1)?,
                account: row.parsed(2)?,
                kind: row.parsed(3)?,
                bills: u32::try_from(row.count(4)?).unwrap_or(u32::MAX),
                total: row.money(5, row.parsed(6)?)?,
                served: row.time(7)?,
                cut_off: row.optional(8, Row::time)?,
                dropped: row.optional(9, Row::time)?,
                acknowledged: read_by.remove(&notice).unwrap_or_default(),
            })
        })
        .collect()
}

/// A bill that was overdue and of which something is owed beyond dispute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverdueBill {
    /// The bill.
    pub bill: BillId,
    /// Its contract account.
    pub account: AccountId,
    /// Whose it is.
    pub customer: CustomerId,
    /// What is open of it, and its disputes.
    pub owed: CutOffBill,
}

/// Bills that are overdue on a day and of which more is open than was demanded, by account, the oldest
/// due first: the first ones after an account.
pub(crate) fn to_demand(
    session: &mut dyn Session,
    today: jiff::civil::Date,
    after: &str,
    limit: u32,
) -> Result<Vec<OverdueBill>, StoreError> {
    let rows = session.query(
        "SELECT id, account, customer, due, open_minor, currency FROM bills
         WHERE open_minor > 0 AND due < $1 AND account > $2
         AND NOT EXISTS (SELECT 1 FROM notice_bills WHERE notice_bills.bill = bills.id
             AND demanded = 1 AND notice_bills.open >= open_minor)
         ORDER BY account, due, id LIMIT $3",
        &[Value::text(today), after.into(), limit.into()],
    )?;
    let ids = rows.iter().map(|row| row.string(0));
    let ids = Value::Texts(ids.collect::<Result<_, _>>()?);
    let mut periods = super::disputes::periods(session, &ids)?;
    let mut demands = case::demands(session, &ids)?;
    let bills = rows.iter().map(|row| {
        let bill: BillId = row.parsed(0)?;
        Ok(OverdueBill {
            account: row.parsed(1)?,
            customer: row.parsed(2)?,
            owed: CutOffBill {
                bill: bill.clone(),
                due: row.parsed(3)?,
                open: row.money(4, row.parsed(5)?)?,
                disputes: periods.remove(&bill).unwrap_or_default(),
                demands: demands.remove(&bill).unwrap_or_default(),
                named_in: BTreeSet::new(),
            },
            bill,
        })
    });
    Ok(bills.collect::<Result<_, DatabaseError>>()?)
}
