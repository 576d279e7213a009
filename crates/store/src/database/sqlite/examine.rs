//! The file itself, and that nobody took the triggers or an index away.

use std::collections::BTreeSet;

use super::Sqlite;
use crate::database::{DatabaseError, Mode, Session as _, migrations};

/// Lines of SQLite's own check that are listed.
const MAX_LINES: u32 = 20;

pub(super) fn examine(session: &mut Sqlite) -> Result<Vec<(String, String)>, DatabaseError> {
    session.begin(Mode::Scan)?;
    let found = look(session);
    session.rollback();
    found
}

fn look(session: &mut Sqlite) -> Result<Vec<(String, String)>, DatabaseError> {
    let mut findings = Vec::new();
    for row in session.query(&format!("PRAGMA integrity_check({MAX_LINES})"), &[])? {
        let line = row.string(0)?;
        if line != "ok" {
            findings.push(("database".to_owned(), line));
        }
    }
    for row in session.query("PRAGMA foreign_key_check", &[])? {
        let table = format!("table {}", row.text(0)?);
        findings.push((table, "a row names one that is not there".to_owned()));
    }
    let mut fresh = Sqlite::in_memory()?;
    migrations::run(&mut fresh)?;
    let (wanted, found) = (objects(&mut fresh)?, objects(session)?);
    findings.extend(super::super::differences(&wanted, &found));
    Ok(findings)
}

/// Tables, indexes and triggers with the statements that made them. SQLite's own are left out.
fn objects(session: &mut Sqlite) -> Result<BTreeSet<(String, String)>, DatabaseError> {
    let rows = session.query(
        "SELECT name, sql FROM sqlite_schema
         WHERE sql IS NOT NULL AND substr(name, 1, 7) <> 'sqlite_'",
        &[],
    )?;
    rows.iter()
        .map(|row| Ok((row.string(0)?, row.string(1)?)))
        .collect()
}
