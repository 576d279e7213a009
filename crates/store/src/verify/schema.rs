//! The file itself, and that nobody took the triggers or an index away.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::VerifyReport;
use crate::{StoreError, open};

/// Lines of SQLite's own check that are listed.
const MAX_LINES: u32 = 20;

pub(super) fn check(connection: &Connection, report: &mut VerifyReport) -> Result<(), StoreError> {
    let mut statement = connection.prepare(&format!("PRAGMA integrity_check({MAX_LINES})"))?;
    for line in statement.query_map([], |row| row.get::<_, String>(0))? {
        let line = line?;
        if line != "ok" {
            report.find("database", line);
        }
    }
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    for table in statement.query_map([], |row| row.get::<_, String>(0))? {
        let table = table?;
        report.find(
            format_args!("table {table}"),
            "a row names one that is not there",
        );
    }
    let wanted = objects(&open::fresh()?)?;
    let found = objects(connection)?;
    for (name, _) in wanted.difference(&found) {
        report.find(
            format_args!("schema {name}"),
            "it is missing or another one",
        );
    }
    for (name, _) in found.difference(&wanted) {
        report.find(format_args!("schema {name}"), "it is not this software's");
    }
    Ok(())
}

/// Tables, indexes and triggers with the statements that made them. SQLite's own are left out.
fn objects(connection: &Connection) -> rusqlite::Result<BTreeSet<(String, String)>> {
    connection
        .prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND substr(name, 1, 7) <> 'sqlite_'")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}
