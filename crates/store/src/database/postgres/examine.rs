//! The schema of a PostgreSQL database against the one that the migrations make.
//!
//! The wanted one is made beside it, in a schema of its own, by a transaction that is undone.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::Connection;
use crate::database::sqlite::Sqlite;
use crate::database::{DatabaseError, Mode, Session as _, differences, migrations};

/// Where the wanted one is made; it is never committed. Each look has a name of its own, because a
/// name that another one has made and not committed must be waited for.
fn aside() -> String {
    format!("wattkey_aside_{}", Uuid::new_v4().simple())
}

/// Columns, indexes, constraints, triggers and functions of the schema that comes first, with what
/// the server says of each; `$1` is its name, which is taken out.
const OBJECTS: &str = "
SELECT c.relname || '.' || a.attname,
       format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
       || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
       || coalesce(' collate ' || (SELECT collname FROM pg_collation WHERE oid = a.attcollation AND collname <> 'default'), '')
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = $1::TEXT::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT c.relname, pg_get_indexdef(i.indexrelid) || CASE WHEN i.indisvalid THEN '' ELSE ' (not valid)' END
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relnamespace = $1::TEXT::regnamespace
UNION ALL
SELECT c.relname || ' ' || k.conname, pg_get_constraintdef(k.oid)
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE k.connamespace = $1::TEXT::regnamespace
UNION ALL
SELECT t.tgname, pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::TEXT
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = $1::TEXT::regnamespace AND NOT t.tgisinternal
UNION ALL
SELECT p.proname, p.prosrc FROM pg_proc p WHERE p.pronamespace = $1::TEXT::regnamespace
UNION ALL
SELECT c.relname, 'rule or view' FROM pg_class c
WHERE c.relnamespace = $1::TEXT::regnamespace AND (c.relkind IN ('v', 'm', 'f') OR c.relhasrules)";

/// References as the migrations have them, as tables and columns: SQLite enforces them all. This
/// server does where they cost little; checking each row of each batch for them cost as much as
/// writing it.
const REFERENCES: &str = "
SELECT child.name, this.\"from\", this.\"table\", this.\"to\"
FROM sqlite_schema AS child JOIN pragma_foreign_key_list(child.name) AS this
WHERE child.type = 'table' ORDER BY 1, 2";

pub(super) fn examine(session: &mut Connection) -> Result<Vec<(String, String)>, DatabaseError> {
    session.begin(Mode::Write)?;
    let schema = look(session);
    session.rollback();
    let mut findings = schema?;
    session.begin(Mode::Scan)?;
    let references = references(session, &mut findings);
    session.rollback();
    references?;
    Ok(findings)
}

/// Those that the server does not enforce, and those that somebody turned off.
fn references(
    session: &mut Connection,
    findings: &mut Vec<(String, String)>,
) -> Result<(), DatabaseError> {
    let mut fresh = Sqlite::in_memory()?;
    migrations::run(&mut fresh)?;
    for row in fresh.query(REFERENCES, &[])? {
        let (child, this) = (row.text(0)?, row.text(1)?);
        let (parent, that) = (row.text(2)?, row.text(3)?);
        let broken = session.query_one(
            &format!(
                "SELECT count(*) FROM {child} AS child WHERE child.{this} IS NOT NULL AND NOT EXISTS
                 (SELECT 1 FROM {parent} AS parent WHERE parent.{that} = child.{this})"
            ),
            &[],
        )?;
        let broken = broken.map_or(Ok(0), |row| row.count(0))?;
        if broken > 0 {
            let problem = "a row names one that is not there".to_owned();
            findings.push((format!("table {child}"), problem));
        }
    }
    Ok(())
}

fn look(session: &mut Connection) -> Result<Vec<(String, String)>, DatabaseError> {
    let here = session.query_one("SELECT current_schema()::TEXT", &[])?;
    let here = here.map_or(Ok(String::new()), |row| row.string(0))?;
    let found = objects(session, &here)?;
    if session.wanted_schema.is_none() {
        session.wanted_schema = Some(wanted(session)?);
    }
    let wanted = session.wanted_schema.iter().flatten().cloned().collect();
    Ok(differences(&wanted, &found))
}

fn wanted(session: &mut Connection) -> Result<BTreeSet<(String, String)>, DatabaseError> {
    let aside = aside();
    session.script(&format!(
        "CREATE SCHEMA {aside}; SET LOCAL search_path = {aside}"
    ))?;
    session.script(migrations::VERSION_TABLE)?;
    session.script(&migrations::all_in_postgres()?)?;
    objects(session, &aside)
}

fn objects(
    session: &mut Connection,
    schema: &str,
) -> Result<BTreeSet<(String, String)>, DatabaseError> {
    let rows = session.query(OBJECTS, &[schema.into()])?;
    let qualified = format!("{schema}.");
    rows.iter()
        .map(|row| Ok((row.string(0)?, row.text(1)?.replace(&qualified, ""))))
        .collect()
}

#[cfg(test)]
mod tests {
    use wattkey_test_postgres::Database;

    use super::super::settings::PostgresSettings;
    use super::*;

    #[test]
    fn two_looks_do_not_wait_for_each_other() {
        let settings = PostgresSettings::parse(&Database::new().url()).unwrap();
        let open = || Connection::open(&settings).unwrap();
        let (mut one, mut two) = (open(), open());
        migrations::run(&mut one).unwrap();
        one.begin(Mode::Write).unwrap();
        wanted(&mut one).unwrap();
        // The first one is in the middle of it.
        assert_eq!(two.examine().unwrap(), []);
        one.rollback();
    }
}
