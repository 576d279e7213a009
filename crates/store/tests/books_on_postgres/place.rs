//! Where the books of these tests are: a database of their own on a server.

use std::os::unix::fs::MetadataExt as _;

use wattkey_store::{Location, PostgresSettings, Store};
use wattkey_test_postgres::{Database, Server};

use crate::small_disk::SmallDisk;

pub(crate) struct Place {
    pub(crate) database: Database,
}

/// What books on a small disk need beside them. The server goes first.
pub(crate) struct Guard {
    _server: Server,
    disk: SmallDisk,
}

impl Guard {
    pub(crate) fn disk(&self) -> &SmallDisk {
        &self.disk
    }
}

impl Place {
    /// The tables are on the small disk, the server's log of changes is not. `None` where no such
    /// disk can be made.
    pub(crate) fn on_a_small_disk() -> Option<(Self, Guard)> {
        let server = Server::start();
        let data = server.data();
        let owner = data.metadata().unwrap();
        let mode = format!("mode=0700,uid={},gid={}", owner.uid(), owner.gid());
        let disk = SmallDisk::mount(data.with_file_name("small"), 24, &mode)?;
        let small = disk.path().display();
        let postgres = server.database();
        postgres.sql(&format!("CREATE TABLESPACE small LOCATION '{small}'"));
        let database = postgres.in_tablespace("small");
        let guard = Guard {
            _server: server,
            disk,
        };
        Some((Self { database }, guard))
    }

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

    /// Imports have a chain of their own.
    pub(crate) const IMPORTS_APART: u64 = 1;

    /// Random lives that one run of the tests tries.
    pub(crate) const CASES: u32 = 5;

    /// Bytes in a statement, from hexadecimal.
    pub(crate) fn blob(hex: &str) -> String {
        format!("decode('{hex}', 'hex')")
    }

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
