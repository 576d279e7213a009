//! Changes of own data: rows against the documents that were signed, how each ended, and that what
//! holds follows from them. Whether the signatures are good is the platform's to check.

use serde_json::Value;
use wattkey_domain::{AccountId, OwnData, UserId};

use super::signed::{compact_payload, text};
use super::{Belonging, VerifyReport, pages};
use crate::StoreError;
use crate::database::{self, DatabaseError, Row, Session};
use crate::digest::sha256;

const COLUMNS: &str =
    "id, customer, user_id, subject, account, replaces, what, jws, digest, lapses";

const DECISIONS: &str = "SELECT change_id, user_id, decision, jws, digest FROM change_decisions
    WHERE change_id = ANY($1)";

const ENDS: &str = "SELECT change_id, state, version, at FROM change_ends
    WHERE change_id = ANY($1)";

/// Own data whose versions are not one after the other, or of which another one holds.
const VERSIONS: &str = "SELECT changes.customer, changes.subject
    FROM change_ends
    JOIN changes ON changes.id = change_ends.change_id
    LEFT JOIN own_data
        ON own_data.customer = changes.customer AND own_data.subject = changes.subject
    WHERE change_ends.state = 'done'
    GROUP BY changes.customer, changes.subject
    HAVING count(*) <> max(change_ends.version)
        OR count(DISTINCT change_ends.version) <> count(*)
        OR coalesce(max(own_data.version), 0) <> max(change_ends.version)
    ORDER BY changes.customer, changes.subject";

/// Own data that no change made.
const UNFOUNDED: &str = "SELECT customer, subject FROM own_data WHERE NOT EXISTS (
        SELECT 1 FROM change_ends JOIN changes ON changes.id = change_ends.change_id
        WHERE change_ends.change_id = own_data.change_id
          AND changes.customer = own_data.customer AND changes.subject = own_data.subject
          AND change_ends.state = 'done' AND change_ends.version = own_data.version)
    ORDER BY customer, subject";

/// Rights that are given, beside the change that holds; either may be missing.
const GIVEN: &str = "SELECT account_rights.user_id, account_rights.account, account_rights.rights,
        changes.what
    FROM account_rights
    LEFT JOIN own_data ON own_data.subject =
        'rights:' || account_rights.user_id || ':' || account_rights.account
    LEFT JOIN changes ON changes.id = own_data.change_id
    ORDER BY account_rights.user_id, account_rights.account";

const NOT_GIVEN: &str = "SELECT subject FROM own_data
    WHERE substr(subject, 1, 7) = 'rights:' AND NOT EXISTS (
        SELECT 1 FROM account_rights WHERE own_data.subject =
            'rights:' || account_rights.user_id || ':' || account_rights.account)
    ORDER BY subject";

pub(super) fn check(
    session: &mut dyn Session,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    pages(session, COLUMNS, "changes", |session, rows| {
        let ids = rows.iter().map(|row| row.string(0));
        let ids = database::Value::Texts(ids.collect::<Result<_, _>>()?);
        let decisions = Belonging::load(session, DECISIONS, &ids)?;
        let ends = Belonging::load(session, ENDS, &ids)?;
        for row in rows {
            let id = row.string(0)?;
            let place = format!("change {id}");
            let checked = one(
                row,
                decisions.of(&id).first(),
                ends.of(&id).first(),
                &place,
                report,
            );
            report.note(&place, checked)?;
        }
        Ok(())
    })?;
    holds(session, report)
}

fn one(
    row: &Row,
    decision: Option<&Row>,
    end: Option<&Row>,
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), DatabaseError> {
    let digest: [u8; 32] = row.array(8)?;
    let signed = document(row.text(7)?, digest);
    let subject: OwnData = row.parsed(3)?;
    if !is_signed(row, &subject, &signed)? {
        report.find(place, "it is not what was signed");
    }
    let mut decided = None;
    if let Some(decision) = decision {
        let (user, word) = (decision.text(1)?, decision.text(2)?);
        decided = Some(word);
        let signed = document(decision.text(3)?, decision.array(4)?);
        let says = |at: &str| signed.pointer(at).and_then(Value::as_str);
        let fits = says("/change") == Some(row.text(0)?)
            && says("/change_digest") == Some(text(&digest).as_str())
            && says("/user/id") == Some(user)
            && says("/decision") == Some(word);
        if !fits {
            report.find(place, "its decision is not what was signed");
        }
        let about = match &subject {
            OwnData::Rights(user, _) => Some(user.to_string()),
            _ => None,
        };
        if user == row.text(2)? || about.as_deref() == Some(user) {
            report.find(
                place,
                "who signed it, or whose rights it is about, decided on it",
            );
        }
    }
    if !ended(row, &subject, decided, end)? {
        report.find(place, "it did not end as its decision and its time say");
    }
    Ok(())
}

fn document(jws: &str, digest: [u8; 32]) -> Value {
    let payload = compact_payload(jws);
    let payload = payload.filter(|payload| sha256(payload) == digest);
    let document = payload.and_then(|payload| serde_json::from_slice(&payload).ok());
    document.unwrap_or_default()
}

fn is_signed(row: &Row, subject: &OwnData, signed: &Value) -> Result<bool, DatabaseError> {
    let says = |at: &str| signed.pointer(at).and_then(Value::as_str);
    let what: Value =
        serde_json::from_str(row.text(6)?).map_err(|error| DatabaseError::unreadable(6, error))?;
    let account = row.optional(4, Row::string)?;
    Ok(says("/change") == Some(row.text(0)?)
        && says("/customer/id") == Some(row.text(1)?)
        && says("/user/id") == Some(row.text(2)?)
        && signed.get("replaces").and_then(Value::as_i64) == Some(row.int(5)?)
        && signed.get("what") == Some(&what)
        && subject_of(&what).as_ref() == Some(subject)
        && subject.account().map(AccountId::as_str) == account.as_deref())
}

/// What a document is about.
fn subject_of(what: &Value) -> Option<OwnData> {
    let text = |name: &str| what.get(name).and_then(Value::as_str);
    let account = || text("account").map(str::parse::<AccountId>);
    match text("kind")? {
        "contacts" => Some(OwnData::Contacts),
        "invoice-data" => Some(OwnData::InvoiceData),
        "notice-address" => Some(OwnData::NoticeAddress(account().transpose().ok()?)),
        "rights" => {
            let user: UserId = text("user")?.parse().ok()?;
            Some(OwnData::Rights(user, account()?.ok()?))
        }
        _ => None,
    }
}

/// Whether a change ended, or still waits, as it must: rights when another person decided or nobody
/// did in time, the rest at once.
fn ended(
    row: &Row,
    subject: &OwnData,
    decided: Option<&str>,
    end: Option<&Row>,
) -> Result<bool, DatabaseError> {
    let waits = matches!(subject, OwnData::Rights(..));
    let lapses = row.optional(9, Row::int)?;
    if waits != lapses.is_some() {
        return Ok(false);
    }
    let Some(end) = end else {
        return Ok(waits && decided.is_none());
    };
    let version = end.optional(2, Row::int)?;
    Ok(match (end.text(1)?, decided) {
        ("done", decided) => {
            (decided == Some("approve")) == waits
                && (decided.is_some() == waits)
                && version == row.int(5)?.checked_add(1)
        }
        ("refused", Some("refuse")) => waits,
        ("lapsed", None) => lapses.is_some_and(|lapses| end.int(3).is_ok_and(|at| lapses <= at)),
        _ => false,
    })
}

/// What holds is what the last change of each made.
fn holds(session: &mut dyn Session, report: &mut VerifyReport) -> Result<(), StoreError> {
    for (sql, problem) in [
        (
            VERSIONS,
            "its versions do not follow each other, or another one holds",
        ),
        (UNFOUNDED, "it holds, and no change made it"),
    ] {
        session.for_each(sql, &[], &mut |row| {
            let place = format!("own data {} {}", row.text(0)?, row.text(1)?);
            report.find(place, problem);
            Ok(())
        })?;
    }
    session.for_each(GIVEN, &[], &mut |row| {
        let json = |column| {
            let text = row.optional(column, Row::string)?;
            let read = text.map(|text| serde_json::from_str::<Value>(&text));
            let read = read.transpose();
            read.map_err(|error| DatabaseError::unreadable(column, error))
        };
        let (given, what) = (json(2)?.unwrap_or_default(), json(3)?);
        if what.as_ref().and_then(|what| what.get("rights")) != Some(&given) {
            let place = format!("rights of {} on {}", row.text(0)?, row.text(1)?);
            report.find(place, "they are not what was signed");
        }
        Ok(())
    })?;
    session.for_each(NOT_GIVEN, &[], &mut |row| {
        report.find(row.text(0)?, "they were signed, and are not given");
        Ok(())
    })?;
    Ok(())
}
