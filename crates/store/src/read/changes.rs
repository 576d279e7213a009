//! Own data of customers, its changes, and what users may do on contract accounts.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use wattkey_domain::{
    Access, ChangeId, ChangeState, CustomerId, Decision, OwnData, Rights, UserId,
};

use crate::StoreError;
use crate::database::{DatabaseError, Row, Session, Value};
use crate::engine::{ACCESS, given_rights, own_rights};
use crate::read::viewer::Viewer;
use crate::read::{MalformedCursor, Page, bounded, page};

/// A change, as far as it decides anything: the columns that the engine reads.
pub(crate) const KEPT: &str = "SELECT changes.id, changes.customer, changes.user_id,
        changes.digest, changes.subject, changes.what, changes.replaces, changes.lapses,
        coalesce(change_ends.state, 'waiting'), change_decisions.user_id, change_decisions.decision
    FROM changes
    LEFT JOIN change_ends ON change_ends.change_id = changes.id
    LEFT JOIN change_decisions ON change_decisions.change_id = changes.id
    WHERE changes.id = ANY($1)";

/// The columns of [`record`].
const RECORD: &str = "SELECT changes.id, changes.customer, changes.user_id, signers.name,
        changes.digest, changes.subject, changes.what, changes.replaces, changes.at,
        changes.lapses, coalesce(change_ends.state, 'waiting'), change_ends.version,
        change_ends.at, change_decisions.user_id, deciders.name, change_decisions.decision,
        change_decisions.at
    FROM changes
    LEFT JOIN users AS signers ON signers.id = changes.user_id
    LEFT JOIN change_ends ON change_ends.change_id = changes.id
    LEFT JOIN change_decisions ON change_decisions.change_id = changes.id
    LEFT JOIN users AS deciders ON deciders.id = change_decisions.user_id";

/// What holds of a customer's own data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnDataRow {
    /// What.
    pub subject: OwnData,
    /// Its version, from 1.
    pub version: u64,
    /// What it is: JSON.
    pub what: String,
    /// Since when.
    pub since: Timestamp,
}

/// A change of own data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRecord {
    /// Its id.
    pub change: ChangeId,
    /// Whose data.
    pub customer: CustomerId,
    /// Who signed it.
    pub user: UserId,
    /// The name of that user.
    pub user_name: String,
    /// SHA-256 of the payload that was signed.
    pub digest: [u8; 32],
    /// What is changed.
    pub subject: OwnData,
    /// What it is from now on: JSON.
    pub what: String,
    /// The version that it replaces.
    pub replaces: u64,
    /// When it was taken in.
    pub at: Timestamp,
    /// Until when another person may decide.
    pub lapses: Option<Timestamp>,
    /// Where it stands.
    pub state: ChangeState,
    /// The version that it made.
    pub version: Option<u64>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Another person's word on it.
    pub decision: Option<ChangeDecided>,
}

/// Another person's word on a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeDecided {
    /// Who.
    pub user: UserId,
    /// The name of that user.
    pub user_name: String,
    /// Approved or refused.
    pub decision: Decision,
    /// When.
    pub at: Timestamp,
}

/// A change as it was signed, and another person's word on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeDocument {
    /// Its id.
    pub change: ChangeId,
    /// Who signed it.
    pub user: UserId,
    /// The compact JWS, exactly as it came.
    pub jws: String,
    /// What the books keep of what it says: JSON.
    pub what: String,
    /// Who signed the decision, and that compact JWS.
    pub decision: Option<(UserId, String)>,
}

/// A place in the list of changes, newest first: the last that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeCursor {
    at: Timestamp,
    change: ChangeId,
}

impl fmt::Display for ChangeCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}~{}", self.at.as_second(), self.change)
    }
}

impl FromStr for ChangeCursor {
    type Err = MalformedCursor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (at, change) = text.split_once('~').ok_or(MalformedCursor)?;
        let at = at.parse().map_err(|_| MalformedCursor)?;
        Ok(Self {
            at: Timestamp::from_second(at).map_err(|_| MalformedCursor)?,
            change: change.parse().map_err(|_| MalformedCursor)?,
        })
    }
}

/// What a user may do, and whose user it is.
pub(crate) fn access(
    session: &mut dyn Session,
    user: UserId,
) -> Result<Option<(CustomerId, Access)>, StoreError> {
    let rows = session.query(ACCESS, &[Value::texts([user])])?;
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let mut access = Access::new(own_rights(first, 2)?, []);
    for row in &rows {
        if let Some(account) = row.optional(3, Row::parsed)? {
            access.give(account, Some(given_rights(row, 4)?));
        }
    }
    Ok(Some((first.parsed(1)?, access)))
}

/// What holds of a customer's own data, by what it is: the next ones after `after`.
pub(crate) fn own_data(
    session: &mut dyn Session,
    customer: CustomerId,
    after: Option<&OwnData>,
    limit: u32,
) -> Result<Page<OwnDataRow>, StoreError> {
    let limit = bounded(limit);
    // A key is never empty.
    let after = after.map_or_else(String::new, ToString::to_string);
    let rows = session.query(
        "SELECT own_data.subject, own_data.version, changes.what, change_ends.at
         FROM own_data
         JOIN changes ON changes.id = own_data.change_id
         JOIN change_ends ON change_ends.change_id = own_data.change_id
         WHERE own_data.customer = $1 AND own_data.subject > $2
         ORDER BY own_data.subject LIMIT $3",
        &[Value::text(customer), after.into(), (limit + 1).into()],
    )?;
    let rows = rows.iter().map(|row| {
        Ok(OwnDataRow {
            subject: row.parsed(0)?,
            version: row.count(1)?,
            what: row.string(2)?,
            since: row.time(3)?,
        })
    });
    let rows = rows.collect::<Result<Vec<_>, DatabaseError>>()?;
    Ok(page(rows, limit, |last| last.subject.to_string()))
}

/// Changes that a person may see, newest first.
pub(crate) fn list(
    session: &mut dyn Session,
    viewer: &Viewer,
    after: Option<&ChangeCursor>,
    limit: u32,
) -> Result<Page<ChangeRecord>, StoreError> {
    let limit = bounded(limit);
    let (condition, mut params) = visible(viewer);
    let place = after.map_or(String::new(), |after| {
        let n = params.len();
        params.extend([after.at.as_second().into(), Value::text(after.change)]);
        format!("AND (changes.at, changes.id) < (${}, ${})", n + 1, n + 2)
    });
    params.push((limit + 1).into());
    let sql = format!(
        "{RECORD} WHERE {condition} {place} ORDER BY changes.at DESC, changes.id DESC LIMIT ${}",
        params.len()
    );
    let rows = session.query(&sql, &params)?;
    let records = rows.iter().map(record).collect::<Result<_, _>>()?;
    Ok(page(records, limit, |last: &ChangeRecord| {
        let (at, change) = (last.at, last.change);
        ChangeCursor { at, change }.to_string()
    }))
}

/// A change that a person may see.
pub(crate) fn one(
    session: &mut dyn Session,
    viewer: &Viewer,
    id: ChangeId,
) -> Result<Option<ChangeRecord>, StoreError> {
    let (condition, mut params) = visible(viewer);
    params.push(Value::text(id));
    let sql = format!(
        "{RECORD} WHERE {condition} AND changes.id = ${}",
        params.len()
    );
    let row = session.query_one(&sql, &params)?;
    Ok(row.map(|row| record(&row)).transpose()?)
}

/// Administrators see all changes of the customer; others what they signed themselves, and what is
/// neither another user's rights nor about a contract account that is hidden from them.
fn visible(viewer: &Viewer) -> (String, Vec<Value>) {
    let mut params = vec![Value::text(viewer.customer)];
    let of_customer = "changes.customer = $1";
    if viewer.access.administers() {
        return (of_customer.to_owned(), params);
    }
    params.push(Value::text(viewer.user));
    let seen = viewer.sees("changes.account", &mut params);
    let condition = format!(
        "{of_customer} AND (changes.user_id = $2
             OR (changes.account IS NULL OR {seen})
                AND (substr(changes.subject, 1, 7) <> 'rights:'
                     OR substr(changes.subject, 8, 36) = $2))"
    );
    (condition, params)
}

fn record(row: &Row) -> Result<ChangeRecord, DatabaseError> {
    let decision = row.optional(13, Row::parsed)?.map(|user| {
        Ok::<_, DatabaseError>(ChangeDecided {
            user,
            user_name: row.optional(14, Row::string)?.unwrap_or_default(),
            decision: row.parsed(15)?,
            at: row.time(16)?,
        })
    });
    Ok(ChangeRecord {
        change: row.parsed(0)?,
        customer: row.parsed(1)?,
        user: row.parsed(2)?,
        user_name: row.optional(3, Row::string)?.unwrap_or_default(),
        digest: row.array(4)?,
        subject: row.parsed(5)?,
        what: row.string(6)?,
        replaces: row.count(7)?,
        at: row.time(8)?,
        lapses: row.optional(9, Row::time)?,
        state: row.parsed(10)?,
        version: row.optional(11, Row::count)?,
        ended: row.optional(12, Row::time)?,
        decision: decision.transpose()?,
    })
}

/// The compact JWS of a change, exactly as it came, and whose it is.
pub(crate) fn jws(
    session: &mut dyn Session,
    id: ChangeId,
) -> Result<Option<(CustomerId, String)>, StoreError> {
    let sql = "SELECT customer, jws FROM changes WHERE id = $1";
    let row = session.query_one(sql, &[Value::text(id)])?;
    let jws = row.map(|row| Ok::<_, DatabaseError>((row.parsed(0)?, row.string(1)?)));
    Ok(jws.transpose()?)
}

/// Changes of all customers after one of them, by id, as they were signed.
pub(crate) fn documents(
    session: &mut dyn Session,
    after: Option<ChangeId>,
    limit: u32,
) -> Result<Vec<ChangeDocument>, StoreError> {
    let after = after.map_or(String::new(), |id| id.to_string());
    let rows = session.query(
        "SELECT changes.id, changes.user_id, changes.jws, changes.what,
                change_decisions.user_id, change_decisions.jws
         FROM changes LEFT JOIN change_decisions ON change_id = id
         WHERE id > $1 ORDER BY id LIMIT $2",
        &[after.into(), limit.into()],
    )?;
    let documents = rows.iter().map(|row| {
        let decider = row.optional(4, Row::parsed)?;
        let decision = decider.map(|user| Ok::<_, DatabaseError>((user, row.string(5)?)));
        Ok(ChangeDocument {
            change: row.parsed(0)?,
            user: row.parsed(1)?,
            jws: row.string(2)?,
            what: row.string(3)?,
            decision: decision.transpose()?,
        })
    });
    Ok(documents.collect::<Result<_, DatabaseError>>()?)
}

/// What a change of rights says.
#[derive(serde::Deserialize)]
struct Given {
    rights: Option<Rights>,
}

/// What a change says of rights; none of other own data.
pub(crate) fn rights_of(
    row: &Row,
    column: usize,
    subject: &OwnData,
) -> Result<Option<Rights>, DatabaseError> {
    if !matches!(subject, OwnData::Rights(..)) {
        return Ok(None);
    }
    let given: Given = serde_json::from_str(row.text(column)?)
        .map_err(|error| DatabaseError::unreadable(column, error))?;
    Ok(given.rights)
}
