//! Rows of changes of own data, and of what holds.

use jiff::Timestamp;
use wattkey_domain::{ChangeId, ChangeState, OwnData, Rights};

use super::columns::{ACCOUNT_RIGHTS, Columns, OWN_DATA};
use super::rows::Rows;
use super::{Table, insert, update};
use crate::database::Type::{Int, Text};
use crate::database::{DatabaseError, Session, Value};
use crate::engine::working::Working;
use crate::outcome::{DecideChange, JournalPosition, ProposeChange};

impl Rows {
    pub(in crate::engine) fn change(&mut self, change: &ProposeChange, lapses: Option<i64>) {
        let account = change.subject.account();
        self.changes.push(vec![
            Value::text(change.change),
            Value::text(change.customer),
            Value::text(change.user),
            Value::text(&change.subject),
            account.map(wattkey_domain::AccountId::as_str).into(),
            change.replaces.into(),
            change.what.as_str().into(),
            change.jws.as_str().into(),
            change.digest.into(),
            change.now.as_second().into(),
            lapses.into(),
        ]);
    }

    pub(in crate::engine) fn change_decision(&mut self, decided: &DecideChange) {
        self.change_decisions.push(vec![
            Value::text(decided.change),
            Value::text(decided.user),
            Value::text(decided.decision),
            decided.jws.as_str().into(),
            decided.digest.into(),
            decided.now.as_second().into(),
        ]);
    }

    pub(in crate::engine) fn change_end(
        &mut self,
        change: ChangeId,
        state: ChangeState,
        version: Option<u64>,
        now: Timestamp,
        batch: &JournalPosition,
    ) {
        self.change_ends.push(vec![
            Value::text(change),
            Value::text(state),
            version.map_or(Value::Null, Value::from),
            now.as_second().into(),
            batch.process.as_bytes().into(),
            batch.sequence.into(),
        ]);
    }
}

/// What holds now, after its changes are written.
pub(super) fn write(session: &mut dyn Session, working: &Working) -> Result<(), DatabaseError> {
    let (mut new, mut changed) = (Table::new(), Table::new());
    let (mut given, mut given_again) = (Table::new(), Table::new());
    for ((customer, subject), version) in &working.own_data {
        let Some(change) = version.change.filter(|_| version.number != version.kept) else {
            continue;
        };
        let row = vec![
            Value::text(customer),
            Value::text(subject),
            version.number.into(),
            Value::text(change),
        ];
        let is_new = version.kept == 0;
        if is_new { &mut new } else { &mut changed }.push(row);
        if let OwnData::Rights(user, account) = subject {
            let rights = version.rights.map(names);
            let row = vec![
                Value::text(user),
                account.as_str().into(),
                rights.as_deref().into(),
            ];
            if is_new { &mut given } else { &mut given_again }.push(row);
        }
    }
    insert(session, "own_data", OWN_DATA, &new)?;
    let keys: Columns = &[("customer", Text), ("subject", Text)];
    let columns: Columns = &[("version", Int), ("change_id", Text)];
    update(session, "own_data", keys, columns, &changed)?;
    insert(session, "account_rights", ACCOUNT_RIGHTS, &given)?;
    let keys: Columns = &[("user_id", Text), ("account", Text)];
    update(
        session,
        "account_rights",
        keys,
        &[("rights", Text)],
        &given_again,
    )
}

/// A JSON list.
fn names(rights: Rights) -> String {
    serde_json::to_string(&rights).expect("names are JSON")
}
