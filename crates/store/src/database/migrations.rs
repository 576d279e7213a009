//! Bringing a database to this software's version.
//!
//! A migration is written once, in SQLite's words; [`for_postgres`] turns the few that differ. A
//! line of `-- postgres: …` is for PostgreSQL only. All that are missing run in one transaction, under a lock that two platforms which start together
//! cannot both have: SQLite's one writer, or the row of the version in PostgreSQL.

use std::fmt::Write as _;

use super::{DatabaseError, Kind, Mode, Session};

/// Numbered from 1; never edited once landed.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/0001_books.sql"),
    include_str!("../../migrations/0002_bank_messages.sql"),
    include_str!("../../migrations/0003_checkpoints.sql"),
    include_str!("../../migrations/0004_outbox_and_aliases.sql"),
    include_str!("../../migrations/0005_orders.sql"),
    include_str!("../../migrations/0006_files.sql"),
    include_str!("../../migrations/0007_resolutions.sql"),
    include_str!("../../migrations/0008_speed.sql"),
    include_str!("../../migrations/0009_usage.sql"),
    include_str!("../../migrations/0011_arrears.sql"),
    include_str!("../../migrations/0012_invoices.sql"),
    include_str!("../../migrations/0010_customers.sql"),
    include_str!("../../migrations/0013_refusals.sql"),
];

/// Where PostgreSQL keeps the version. Its one row is also what a commit touches that has nothing
/// else to write ([`super::postgres`]).
pub(super) const VERSION_TABLE: &str = "CREATE TABLE IF NOT EXISTS wattkey_schema (
    one     BIGINT PRIMARY KEY CHECK (one = 1),
    version BIGINT NOT NULL
)";

/// How a line begins that is a comment to SQLite and a statement to PostgreSQL.
const POSTGRES_ONLY: &str = "-- postgres: ";

/// What the triggers of PostgreSQL call.
const REFUSE: &str = "CREATE FUNCTION wattkey_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
END
$$;
";

/// Makes the schema, or brings it up to date.
pub(crate) fn run(session: &mut dyn Session) -> Result<(), DatabaseError> {
    if session.kind() == Kind::Postgres {
        version_table(session)?;
    }
    session.begin(Mode::Write)?;
    let done = missing(session);
    match done {
        Ok(()) => session.commit(),
        Err(error) => {
            session.rollback();
            Err(error)
        }
    }
}

/// Two that make it at once: the second one finds it, or clashes in the catalog and looks again.
fn version_table(session: &mut dyn Session) -> Result<(), DatabaseError> {
    let mut tries = 3;
    loop {
        let made = session.execute(VERSION_TABLE, &[]).and_then(|_| {
            session.execute(
                "INSERT INTO wattkey_schema (one, version) VALUES (1, 0) ON CONFLICT DO NOTHING",
                &[],
            )
        });
        tries -= 1;
        match made {
            Ok(_) => return Ok(()),
            Err(error) if error.is_transient() && tries > 0 => {}
            Err(error) => return Err(error),
        }
    }
}

fn version_of_file(session: &mut dyn Session) -> Result<u64, DatabaseError> {
    let row = session.query_one("PRAGMA user_version", &[])?;
    row.map_or(Ok(0), |row| row.count(0))
}

fn refuse_newer(found: u64) -> Result<(), DatabaseError> {
    let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    if found > u64::from(known) {
        let found = u32::try_from(found).unwrap_or(u32::MAX);
        return Err(DatabaseError::TooNew { found, known });
    }
    Ok(())
}

fn missing(session: &mut dyn Session) -> Result<(), DatabaseError> {
    let found = match session.kind() {
        Kind::Sqlite => version_of_file(session)?,
        Kind::Postgres => {
            let row = session.query_one("SELECT version FROM wattkey_schema FOR UPDATE", &[])?;
            row.map_or(Ok(0), |row| row.count(0))?
        }
    };
    refuse_newer(found)?;
    for (version, migration) in (1_u32..).zip(MIGRATIONS) {
        if u64::from(version) <= found {
            continue;
        }
        step(session, version, migration).map_err(|source| DatabaseError::Migrate {
            version,
            source: Box::new(source),
        })?;
        tracing::debug!(version, "migrated the database");
    }
    Ok(())
}

fn step(session: &mut dyn Session, version: u32, migration: &str) -> Result<(), DatabaseError> {
    match session.kind() {
        Kind::Sqlite => {
            session.script(migration)?;
            session.script(&format!("PRAGMA user_version = {version}"))
        }
        Kind::Postgres => {
            session.script(&in_postgres(version, migration)?)?;
            let sql = "UPDATE wattkey_schema SET version = $1";
            session.execute(sql, &[version.into()]).map(|_| ())
        }
    }
}

/// All migrations in PostgreSQL's words, for a look at what they make.
pub(super) fn all_in_postgres() -> Result<String, DatabaseError> {
    let mut all = String::new();
    for (version, migration) in (1..).zip(MIGRATIONS) {
        all.push_str(&in_postgres(version, migration)?);
    }
    Ok(all)
}

fn in_postgres(version: u32, migration: &str) -> Result<String, DatabaseError> {
    let mut sql = String::new();
    if version == 1 {
        sql.push_str(REFUSE);
    }
    sql.push_str(&for_postgres(migration)?);
    Ok(sql)
}

/// Types, the words at the end of a table, and triggers that refuse. Text compares by its bytes, as
/// in SQLite, whatever the language of the server.
fn for_postgres(migration: &str) -> Result<String, DatabaseError> {
    let mut sql = String::new();
    let mut trigger: Option<String> = None;
    for line in migration.lines() {
        if let Some(own) = line.strip_prefix(POSTGRES_ONLY) {
            let _ = writeln!(sql, "{own}");
            continue;
        }
        let code = line
            .split_once("--")
            .map_or(line, |(code, _)| code)
            .trim_end();
        if let Some(head) = trigger.take() {
            if let Some(body) = code.strip_prefix("BEGIN SELECT raise(ABORT, ") {
                let why = body.strip_suffix("); END;").ok_or_else(|| unknown(line))?;
                let _ = writeln!(
                    sql,
                    "{head} FOR EACH ROW EXECUTE FUNCTION wattkey_refuse({why});"
                );
            } else {
                trigger = Some(format!("{head} {}", code.trim()));
            }
        } else if code.starts_with("CREATE TRIGGER ") {
            trigger = Some(code.to_owned());
        } else {
            let code = code
                .replace(") STRICT, WITHOUT ROWID;", ");")
                .replace(") STRICT;", ");")
                .replace(" INTEGER", " BIGINT")
                .replace(" BLOB", " BYTEA")
                .replace(" TEXT", " TEXT COLLATE \"C\"");
            let _ = writeln!(sql, "{code}");
        }
    }
    match trigger {
        None => Ok(sql),
        Some(head) => Err(unknown(&head)),
    }
}

fn unknown(line: &str) -> DatabaseError {
    DatabaseError::Other(format!("no words of PostgreSQL for {line}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triggers_and_types() {
        let sqlite = "CREATE TABLE t (\n    id TEXT PRIMARY KEY, -- an id\n    n INTEGER NOT NULL,\n    b BLOB\n) STRICT, WITHOUT ROWID;\nCREATE TRIGGER stays BEFORE UPDATE OF\n    id, n ON t\nBEGIN SELECT raise(ABORT, 'never'); END;\n";
        let postgres = for_postgres(sqlite).unwrap();
        assert_eq!(
            postgres,
            "CREATE TABLE t (\n    id TEXT COLLATE \"C\" PRIMARY KEY,\n    n BIGINT NOT NULL,\n    b BYTEA\n);\nCREATE TRIGGER stays BEFORE UPDATE OF id, n ON t FOR EACH ROW EXECUTE FUNCTION wattkey_refuse('never');\n"
        );
        let own = "-- postgres: ALTER TABLE t DROP CONSTRAINT c;\n-- words\n";
        assert_eq!(
            for_postgres(own).unwrap(),
            "ALTER TABLE t DROP CONSTRAINT c;\n\n"
        );
        assert!(
            for_postgres("CREATE TRIGGER odd AFTER INSERT ON t\nBEGIN SELECT 1; END;").is_err()
        );
    }
}
