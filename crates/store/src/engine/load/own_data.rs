//! Changes of own data, the versions that hold, and what users may do on contract accounts.

use std::collections::BTreeSet;
use std::collections::hash_map::Entry;

use wattkey_domain::{Access, CustomerId, OwnData, Right, Rights, UserId};

use super::{Hold, Lock, lock};
use crate::database::{Asked, DatabaseError, Row, Session, Value};
use crate::engine::change::{KeptChange, Version};
use crate::engine::wanted::Wanted;
use crate::engine::working::Working;
use crate::read::changes::{self, rights_of};

/// Locks all own data when a change is among the calls: two people rarely change any at once, and a
/// version is replaced once. Who else may be asked about is found in the changes.
pub(super) fn load(
    session: &mut dyn Session,
    wanted: &Wanted,
    working: &mut Working,
) -> Result<(), DatabaseError> {
    if wanted.changes.is_empty() {
        return Ok(());
    }
    lock(session, Lock::OwnData, Hold::Alone)?;
    let mut keys: BTreeSet<(CustomerId, OwnData)> = wanted.own_data.iter().cloned().collect();
    let ids = Value::texts(&wanted.changes);
    for row in session.query(changes::KEPT, &[ids])? {
        let change = kept(&row)?;
        keys.insert((change.customer, change.subject.clone()));
        working.changes_of_data.insert(row.parsed(0)?, change);
    }
    let customers: BTreeSet<_> = keys.iter().map(|(customer, _)| *customer).collect();
    let subjects: BTreeSet<_> = keys
        .iter()
        .map(|(_, subject)| subject.to_string())
        .collect();
    let of_rights = keys
        .iter()
        .any(|(_, subject)| matches!(subject, OwnData::Rights(..)));
    if of_rights {
        administrators(session, Value::texts(&customers), working)?;
    }
    for key in keys {
        working.own_data.insert(key, Version::default());
    }
    let rows = session.query(
        "SELECT own_data.customer, own_data.subject, version, change_id, what
         FROM own_data JOIN changes ON changes.id = change_id
         WHERE own_data.customer = ANY($1) AND own_data.subject = ANY($2)",
        &[Value::texts(customers), Value::texts(subjects)],
    )?;
    for row in &rows {
        let (customer, subject, number) = (row.parsed(0)?, row.parsed(1)?, row.count(2)?);
        let version = Version {
            number,
            change: Some(row.parsed(3)?),
            rights: rights_of(row, 4, &subject)?,
            kept: number,
        };
        working.own_data.insert((customer, subject), version);
    }
    Ok(())
}

/// The users of customers who say who may do what.
fn administrators(
    session: &mut dyn Session,
    customers: Value,
    working: &mut Working,
) -> Result<(), DatabaseError> {
    let sql = "SELECT id, customer, rights FROM users WHERE customer = ANY($1)";
    for row in session.query(sql, &[customers])? {
        if own_rights(&row, 2)?.has(Right::Administer) {
            working
                .administrators
                .push((row.parsed(1)?, row.parsed(0)?));
        }
    }
    Ok(())
}

/// The columns of [`changes::KEPT`].
fn kept(row: &Row) -> Result<KeptChange, DatabaseError> {
    let subject: OwnData = row.parsed(4)?;
    let decision = row.optional(9, Row::parsed)?;
    let decision = decision.map(|user| Ok::<_, DatabaseError>((user, row.parsed(10)?)));
    Ok(KeptChange {
        customer: row.parsed(1)?,
        user: row.parsed(2)?,
        digest: row.array(3)?,
        rights: rights_of(row, 5, &subject)?,
        subject,
        replaces: row.count(6)?,
        lapses: row.optional(7, Row::int)?,
        state: row.parsed(8)?,
        decision: decision.transpose()?,
    })
}

/// The question what users may do; [`take_access`] reads its answer. Whoever ordered has the binding
/// log's lock, which a change of rights takes alone.
pub(super) fn ask_access(
    session: &mut dyn Session,
    wanted: &Wanted,
    working: &Working,
) -> Result<Option<Asked>, DatabaseError> {
    let mut users: BTreeSet<UserId> = wanted.access.iter().copied().collect();
    for change in working.changes_of_data.values() {
        users.insert(change.user);
        if let OwnData::Rights(user, _) = &change.subject {
            users.insert(*user);
        }
    }
    if users.is_empty() {
        return Ok(None);
    }
    session.ask(ACCESS, vec![Value::texts(users)]).map(Some)
}

/// What users may do by themselves, and what was given for single contract accounts.
pub(crate) const ACCESS: &str = "SELECT users.id, users.customer, users.rights,
        account_rights.account, account_rights.rights
    FROM users LEFT JOIN account_rights
        ON account_rights.user_id = users.id AND account_rights.rights IS NOT NULL
    WHERE users.id = ANY($1)";

pub(super) fn take_access(rows: &[Row], working: &mut Working) -> Result<(), DatabaseError> {
    for row in rows {
        let (user, customer) = (row.parsed(0)?, row.parsed(1)?);
        let (_, access) = match working.access.entry(user) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert((customer, Access::new(own_rights(row, 2)?, []))),
        };
        if let Some(account) = row.optional(3, Row::parsed)? {
            access.give(account, Some(given_rights(row, 4)?));
        }
    }
    Ok(())
}

/// The rights of a user record.
pub(crate) fn own_rights(row: &Row, column: usize) -> Result<Rights, DatabaseError> {
    let names: Vec<String> = serde_json::from_str(row.text(column)?)
        .map_err(|error| DatabaseError::unreadable(column, error))?;
    Ok(Rights::of_names(names))
}

/// The rights of `account_rights`.
pub(crate) fn given_rights(row: &Row, column: usize) -> Result<Rights, DatabaseError> {
    serde_json::from_str(row.text(column)?)
        .map_err(|error| DatabaseError::unreadable(column, error))
}
