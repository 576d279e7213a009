//! Where the books of these tests are: a database of their own on a server.

use wattkey_store::{Location, PostgresSettings, Store};
use wattkey_test_postgres::Database;

pub(crate) struct Place {
    pub(crate) database: Database,
}

impl Place {
    pub(crate) fn new() -> Self {
        let database = Database::new();
        Self { database }
    }

    /// A platform of its own on these books, as a process that starts.
    pub(crate) fn open(&self) -> Store {
        open(&self.database.url())
    }

    /// The same books once more. Nobody has them open.
    pub(crate) fn copy(&self) -> Self {
        let database = self.database.copy();
        Self { database }
    }

    pub(crate) fn location(&self) -> Location {
        Location::Postgres(PostgresSettings::parse(&self.database.url()).unwrap())
    }

    /// Statements by another program than ours.
    pub(crate) fn try_sql(&self, statements: &str) -> Result<(), String> {
        self.database.try_sql(&in_postgres(statements)).map(|_| ())
    }

    /// Rows as another program sees them, their fields divided by `|`.
    pub(crate) fn rows(&self, select: &str) -> Vec<String> {
        let rows = self.database.sql(select);
        rows.lines().map(str::to_owned).collect()
    }

    /// Random lives that one run of the tests tries.
    pub(crate) const CASES: u32 = 5;

    /// Bytes as a select may give them: in hexadecimal.
    pub(crate) const HEX: &'static str = "encode({}, 'hex')";

    /// Statements as an administrator would run them who takes the triggers off and puts them back.
    pub(crate) fn tamper(&self, statements: &str) {
        let statements = in_postgres(statements);
        let statements = format!("SET session_replication_role = replica; {statements}");
        self.database.sql(&statements);
    }

    /// Takes a trigger away for good.
    pub(crate) fn drop_trigger(&self, name: &str, table: &str) {
        self.database
            .sql(&format!("DROP TRIGGER {name} ON {table}"));
    }
}

pub(crate) fn open(url: &str) -> Store {
    let settings = PostgresSettings::parse(url).unwrap();
    Store::open_at(&Location::Postgres(settings)).unwrap()
}

/// The tests' statements are in SQLite's words; few of them differ.
fn in_postgres(statements: &str) -> String {
    let statements = statements
        .replace("zeroblob(32)", "decode(repeat('00', 32), 'hex')")
        .replace("x'00'", "'\\x00'::BYTEA")
        .replace("CAST(document AS TEXT)", "convert_from(document, 'UTF8')")
        .replace("CAST(replace(", "convert_to(replace(")
        .replace(" AS BLOB)", ", 'UTF8')");
    match statements.strip_suffix(" BEGIN SELECT 1; END") {
        Some(trigger) => format!(
            "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
             {trigger} FOR EACH ROW EXECUTE FUNCTION nothing()"
        ),
        None => statements,
    }
}
