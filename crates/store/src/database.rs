//! One connection to a database, SQLite or PostgreSQL, behind [`Session`].
//!
//! SQL is written once, in the words that both know; parameters are `$1`, `$2`, …. Three phrases of
//! PostgreSQL are turned into what SQLite has for them: `= ANY($1)` with a list, and `FOR UPDATE`
//! and `FOR SHARE` (with or without `SKIP LOCKED`), which SQLite, with its one writer, does without.
//!
//! A session blocks. It is opened and used on a thread that runs no async code.

mod error;
pub(crate) mod migrations;
mod postgres;
mod row;
mod sqlite;
mod value;

use std::fmt;

pub use error::DatabaseError;
pub use postgres::settings::{PostgresSettings, SettingsError};
pub(crate) use row::Row;
pub(crate) use value::{Type, Value};

/// Where the books are.
#[derive(Debug, Clone)]
pub enum Location {
    /// A file.
    Sqlite(std::path::PathBuf),
    /// A server.
    Postgres(PostgresSettings),
}

impl Location {
    /// Opens a connection that may write. The schema must be there: [`migrations::run`].
    pub(crate) fn open(&self) -> Result<Box<dyn Session>, DatabaseError> {
        Ok(match self {
            Self::Sqlite(path) => Box::new(sqlite::Sqlite::writer(path)?),
            Self::Postgres(settings) => Box::new(postgres::Connection::open(settings)?),
        })
    }

    /// Opens a connection that can only read.
    pub(crate) fn open_reader(&self) -> Result<Box<dyn Session>, DatabaseError> {
        Ok(match self {
            Self::Sqlite(path) => Box::new(sqlite::Sqlite::reader(path)?),
            Self::Postgres(settings) => Box::new(postgres::Connection::open_reader(settings)?),
        })
    }
}

/// `postgres://…`, or the path of a file. No password is shown.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => path.display().fmt(f),
            Self::Postgres(settings) => settings.fmt(f),
        }
    }
}

impl From<&std::path::Path> for Location {
    fn from(path: &std::path::Path) -> Self {
        Self::Sqlite(path.to_owned())
    }
}

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Writes. SQLite: takes the one lock. PostgreSQL: `READ COMMITTED`, so that a statement sees
    /// what was committed before it began: lock rows first, then read what hangs on them.
    Write,
    /// As `Write`, with little patience for locks on rows: nobody else should wait for the one who
    /// wants a row that is held.
    WriteTogether,
    /// Reads one snapshot.
    Read,
    /// Reads one snapshot, for as long as it takes: no time-out of a statement, only of a silent
    /// server.
    Scan,
}

/// Which database it is, for the few who must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// A question that was asked with [`Session::ask`].
#[derive(Debug)]
pub(crate) enum Asked {
    /// Its answer.
    Here(Vec<Row>),
    /// The number of what is under way.
    UnderWay(u64),
}

/// What is called with each row of [`Session::for_each`].
pub(crate) type EachRow<'a> = &'a mut dyn FnMut(Row) -> Result<(), DatabaseError>;

/// One connection. After a failed statement of a transaction only [`Session::rollback`] is left.
pub(crate) trait Session: Send + fmt::Debug {
    fn kind(&self) -> Kind;

    /// All rows.
    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, DatabaseError>;

    /// Each row as it comes, for results that do not fit into memory. No other statement until it
    /// is over; `each` ends it early with an error.
    fn for_each(
        &mut self,
        sql: &str,
        params: &[Value],
        each: EachRow<'_>,
    ) -> Result<(), DatabaseError>;

    /// Asks a question whose answer is not needed yet: several are under way together where the
    /// database is a server. They are answered in their order, and see what was locked before them.
    fn ask(&mut self, sql: &str, params: Vec<Value>) -> Result<Asked, DatabaseError> {
        self.query(sql, &params).map(Asked::Here)
    }

    /// The rows of a question, once.
    fn rows(&mut self, asked: Asked) -> Result<Vec<Row>, DatabaseError> {
        match asked {
            Asked::Here(rows) => Ok(rows),
            Asked::UnderWay(_) => Err(DatabaseError::Other("nothing is under way here".into())),
        }
    }

    /// Waits until all that was asked and written is done, before a transaction that is not to be
    /// committed is undone: its errors are wanted as well.
    fn settle(&mut self) -> Result<(), DatabaseError> {
        Ok(())
    }

    /// How many rows were changed.
    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, DatabaseError>;

    /// Inserts rows, in one statement where the database can. Nothing is waited for inside a
    /// transaction: an error comes with whatever is asked or written next, at the latest with the
    /// commit.
    fn insert(
        &mut self,
        table: &str,
        columns: &[(&str, Type)],
        rows: &[Vec<Value>],
    ) -> Result<(), DatabaseError>;

    /// `UPDATE table SET columns = … WHERE keys = …` for each row of keys, then columns. As with
    /// [`insert`](Self::insert), nothing is waited for.
    fn update_by_key(
        &mut self,
        table: &str,
        keys: &[(&str, Type)],
        columns: &[(&str, Type)],
        rows: &[Vec<Value>],
    ) -> Result<(), DatabaseError>;

    /// Begins a transaction; connects again when the connection was lost.
    fn begin(&mut self, mode: Mode) -> Result<(), DatabaseError>;

    /// [`DatabaseError::CommitUnknown`]: it may have happened, or may yet be lost. The next
    /// transaction may look, and its own commit proves what it saw.
    fn commit(&mut self) -> Result<(), DatabaseError>;

    /// Undoes the transaction, if there is one. What cannot be undone because the connection is
    /// gone, the server undoes.
    fn rollback(&mut self);

    /// Several statements without parameters or rows.
    fn script(&mut self, sql: &str) -> Result<(), DatabaseError>;

    /// What is wrong with the database itself: its pages, its references, and tables, indexes and
    /// triggers that are missing, changed or strange; as places and problems. Begins and ends a
    /// transaction of its own.
    fn examine(&mut self) -> Result<Vec<(String, String)>, DatabaseError>;

    /// At most one row.
    fn query_one(&mut self, sql: &str, params: &[Value]) -> Result<Option<Row>, DatabaseError> {
        Ok(self.query(sql, params)?.into_iter().next())
    }

    /// Whether there is a row.
    fn exists(&mut self, sql: &str, params: &[Value]) -> Result<bool, DatabaseError> {
        Ok(!self.query(sql, params)?.is_empty())
    }
}

/// `INSERT INTO table (columns)`.
fn insert_into(table: &str, columns: &[(&str, Type)]) -> String {
    format!("INSERT INTO {table} ({})", names(columns))
}

fn names(columns: &[(&str, Type)]) -> String {
    let names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

/// What the schema lacks or has too much, by names and definitions.
fn differences(
    wanted: &std::collections::BTreeSet<(String, String)>,
    found: &std::collections::BTreeSet<(String, String)>,
) -> Vec<(String, String)> {
    let missing = wanted
        .difference(found)
        .map(|(name, _)| (name, "it is missing or another one"));
    let strange = found
        .difference(wanted)
        .map(|(name, _)| (name, "it is not this software's"));
    missing
        .chain(strange)
        .map(|(name, problem)| (format!("schema {name}"), problem.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests;
