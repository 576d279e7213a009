//! SQLite: one file, one writer.

mod examine;

use std::borrow::Cow;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::vtab::array;
use rusqlite::{CachedStatement, ErrorCode, OpenFlags};

use super::value::{Type, Value};
use super::{DatabaseError, EachRow, Kind, Mode, Row, Session, insert_into};

/// How long a statement waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Prepared statements that a connection keeps.
const STATEMENT_CACHE: usize = 128;
/// Memory for pages, in KiB: of the writer so much that a batch, or a piece of an import, is not
/// written out before its end, and not much more: where a page was split, the commit looks through
/// all that are in memory (`pcache1TruncateUnsafe`).
const WRITER_CACHE_KIB: i64 = 32 * 1_024;
const READER_CACHE_KIB: i64 = 16 * 1_024;
/// Pages that the log may have before the writer carries them over into the file. A page that many
/// batches change is carried over once.
const CHECKPOINT_PAGES: i64 = 16_384;
/// What one writer does without; longest first.
const LOCKS: [&str; 4] = [
    " FOR UPDATE SKIP LOCKED",
    " FOR SHARE SKIP LOCKED",
    " FOR UPDATE",
    " FOR SHARE",
];

#[derive(Debug)]
pub(super) struct Sqlite {
    pub(super) connection: rusqlite::Connection,
}

impl Sqlite {
    /// Makes the file, readable by its owner only, when there is none.
    pub(super) fn writer(path: &Path) -> Result<Self, DatabaseError> {
        OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(path)
            .map_err(|error| DatabaseError::Disconnected(error.into()))?;
        let session = Self::open(path)?;
        let connection = &session.connection;
        let mode: String =
            connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
        if mode != "wal" {
            let why = format!("write-ahead logging is not possible here: {mode}");
            return Err(DatabaseError::Other(why.into()));
        }
        connection.pragma_update(None, "synchronous", "FULL")?;
        // The engine looks up what its rows refer to in the transaction that writes them, and
        // `verify` looks through them all: here they would be looked up twice.
        connection.pragma_update(None, "foreign_keys", false)?;
        connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
        connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        Ok(session)
    }

    pub(super) fn reader(path: &Path) -> Result<Self, DatabaseError> {
        let session = Self::open(path)?;
        let connection = &session.connection;
        connection.pragma_update(None, "query_only", true)?;
        connection.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
        Ok(session)
    }

    /// An empty database without a schema.
    pub(super) fn in_memory() -> Result<Self, DatabaseError> {
        Self::configured(rusqlite::Connection::open_in_memory()?)
    }

    fn open(path: &Path) -> Result<Self, DatabaseError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Self::configured(rusqlite::Connection::open_with_flags(path, flags)?)
    }

    fn configured(connection: rusqlite::Connection) -> Result<Self, DatabaseError> {
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        array::load_module(&connection)?;
        Ok(Self { connection })
    }

    fn prepared(&self, sql: &str, params: &[Value]) -> Result<CachedStatement<'_>, DatabaseError> {
        let mut statement = self.connection.prepare_cached(&in_sqlites_words(sql))?;
        for index in 1..=statement.parameter_count() {
            // SQLite numbers `$n` as it meets them.
            let number = statement.parameter_name(index).and_then(number);
            let value = number.and_then(|number| params.get(number.checked_sub(1)?));
            let value = value.ok_or_else(|| {
                DatabaseError::Other(format!("a parameter is missing in {sql}").into())
            })?;
            statement.raw_bind_parameter(index, value)?;
        }
        Ok(statement)
    }
}

fn number(name: &str) -> Option<usize> {
    name.strip_prefix('$')?.parse().ok()
}

fn in_sqlites_words(sql: &str) -> Cow<'_, str> {
    let mut sql = Cow::Borrowed(sql);
    for lock in LOCKS {
        if sql.contains(lock) {
            sql = Cow::Owned(sql.replace(lock, ""));
        }
    }
    while let Some(start) = sql.find("= ANY($") {
        let list = start + "= ANY(".len();
        let Some(end) = sql[list..].find(')') else {
            break;
        };
        let name = sql[list..list + end].to_owned();
        let rest = sql[list + end + 1..].to_owned();
        sql = Cow::Owned(format!("{}IN rarray({name}){rest}", &sql[..start]));
    }
    sql
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let borrowed = match self {
            Self::Null => ValueRef::Null,
            Self::Int(value) => ValueRef::Integer(*value),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
            Self::Bytes(value) => ValueRef::Blob(value),
            Self::Ints(values) => return Ok(list(values.iter().copied().map(Into::into))),
            Self::Texts(values) => return Ok(list(values.iter().cloned().map(Into::into))),
        };
        Ok(ToSqlOutput::Borrowed(borrowed))
    }
}

fn list(values: impl Iterator<Item = rusqlite::types::Value>) -> ToSqlOutput<'static> {
    let values: array::Array = Rc::new(values.collect());
    ToSqlOutput::from_rc(values, c"rarray")
}

fn read(row: &rusqlite::Row<'_>, columns: usize) -> Result<Row, DatabaseError> {
    let mut values = Vec::with_capacity(columns);
    for column in 0..columns {
        values.push(match row.get_ref(column)? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(value) => Value::Int(value),
            ValueRef::Text(value) => {
                let wrong = |error| DatabaseError::unreadable(column, error);
                Value::Text(std::str::from_utf8(value).map_err(wrong)?.to_owned())
            }
            ValueRef::Blob(value) => Value::Bytes(value.to_vec()),
            ValueRef::Real(_) => {
                return Err(DatabaseError::unreadable(column, "it is a float"));
            }
        });
    }
    Ok(Row::new(values))
}

impl Session for Sqlite {
    fn kind(&self) -> Kind {
        Kind::Sqlite
    }

    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, DatabaseError> {
        let mut found = Vec::new();
        self.for_each(sql, params, &mut |row| {
            found.push(row);
            Ok(())
        })?;
        Ok(found)
    }

    fn for_each(
        &mut self,
        sql: &str,
        params: &[Value],
        each: EachRow<'_>,
    ) -> Result<(), DatabaseError> {
        let mut statement = self.prepared(sql, params)?;
        let columns = statement.column_count();
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            each(read(row, columns)?)?;
        }
        Ok(())
    }

    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, DatabaseError> {
        Ok(self.prepared(sql, params)?.raw_execute()? as u64)
    }

    fn insert(
        &mut self,
        table: &str,
        columns: &[(&str, Type)],
        rows: &[Vec<Value>],
    ) -> Result<(), DatabaseError> {
        let places: Vec<_> = (1..=columns.len()).map(|n| format!("?{n}")).collect();
        let sql = format!(
            "{} VALUES ({})",
            insert_into(table, columns),
            places.join(", ")
        );
        self.for_rows(&sql, rows)
    }

    fn update_by_key(
        &mut self,
        table: &str,
        keys: &[(&str, Type)],
        columns: &[(&str, Type)],
        rows: &[Vec<Value>],
    ) -> Result<(), DatabaseError> {
        let equals = |from: usize, columns: &[(&str, Type)], between: &str| {
            let parts = (from..).zip(columns);
            let parts = parts.map(|(n, (name, _))| format!("{name} = ?{n}"));
            parts.collect::<Vec<_>>().join(between)
        };
        let sql = format!(
            "UPDATE {table} SET {} WHERE {}",
            equals(1 + keys.len(), columns, ", "),
            equals(1, keys, " AND "),
        );
        self.for_rows(&sql, rows)
    }

    fn begin(&mut self, mode: Mode) -> Result<(), DatabaseError> {
        match mode {
            Mode::Write | Mode::WriteTogether => self.execute("BEGIN IMMEDIATE", &[])?,
            Mode::Read | Mode::Scan => self.execute("BEGIN DEFERRED", &[])?,
        };
        Ok(())
    }

    fn commit(&mut self) -> Result<(), DatabaseError> {
        match self.execute("COMMIT", &[]) {
            Ok(_) => Ok(()),
            Err(error @ DatabaseError::Busy(_)) => Err(error),
            Err(error) => Err(DatabaseError::CommitUnknown(error.into())),
        }
    }

    fn rollback(&mut self) {
        if self.connection.is_autocommit() {
            return;
        }
        // Left open, it would swallow the next transaction.
        if let Err(error) = self.execute("ROLLBACK", &[]) {
            tracing::error!(%error, "a failed transaction could not be rolled back");
        }
    }

    fn script(&mut self, sql: &str) -> Result<(), DatabaseError> {
        Ok(self.connection.execute_batch(sql)?)
    }

    fn examine(&mut self) -> Result<Vec<(String, String)>, DatabaseError> {
        examine::examine(self)
    }
}

impl Sqlite {
    fn for_rows(&self, sql: &str, rows: &[Vec<Value>]) -> Result<(), DatabaseError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        for row in rows {
            statement.execute(rusqlite::params_from_iter(row))?;
        }
        Ok(())
    }
}

impl From<rusqlite::Error> for DatabaseError {
    fn from(error: rusqlite::Error) -> Self {
        let Some(code) = error.sqlite_error() else {
            return Self::Other(error.into());
        };
        let duplicate = matches!(
            code.extended_code,
            rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY
        );
        match code.code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy(error.into()),
            ErrorCode::DiskFull | ErrorCode::OutOfMemory => Self::Full(error.into()),
            ErrorCode::ConstraintViolation if duplicate => Self::Duplicate(error.into()),
            ErrorCode::ConstraintViolation => Self::Refused(error.into()),
            ErrorCode::CannotOpen => Self::Disconnected(error.into()),
            _ => Self::Other(error.into()),
        }
    }
}
