//! Where the books of these tests are: a file.

use std::path::PathBuf;

use rusqlite::types::Value;
use tempfile::TempDir;
use wattkey_store::{Location, Store};

use crate::small_disk::SmallDisk;

pub(crate) struct Place {
    folder: TempDir,
}

/// What books on a small disk need beside them.
pub(crate) struct Guard {
    disk: SmallDisk,
    _around: TempDir,
}

impl Guard {
    pub(crate) fn disk(&self) -> &SmallDisk {
        &self.disk
    }
}

impl Place {
    /// `None` where no such disk can be made.
    pub(crate) fn on_a_small_disk() -> Option<(Self, Guard)> {
        let around = tempfile::tempdir().unwrap();
        let disk = SmallDisk::mount(around.path().join("disk"), 8, "mode=0700")?;
        let folder = tempfile::tempdir_in(disk.path()).unwrap();
        let guard = Guard {
            disk,
            _around: around,
        };
        Some((Self { folder }, guard))
    }

    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder }
    }

    /// A platform of its own on these books, as a process that starts.
    pub(crate) fn open(&self) -> Store {
        Store::open(&self.path()).unwrap()
    }

    pub(crate) fn location(&self) -> Location {
        Location::Sqlite(self.path())
    }

    /// The same books once more. Nobody has them open.
    pub(crate) fn copy(&self) -> Self {
        let copy = Self::new();
        // Not the file alone: a thread of the store may still hold the last connection, and what was
        // written last is in the log beside the file as long as it does.
        let to = copy.path();
        let to = to.to_str().unwrap();
        self.raw().execute("VACUUM INTO ?1", [to]).unwrap();
        copy
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("books.sqlite")
    }

    fn raw(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path()).unwrap()
    }

    /// Statements by another program than ours.
    pub(crate) fn try_sql(&self, statements: &str) -> Result<(), String> {
        self.raw()
            .execute_batch(statements)
            .map_err(|error| error.to_string())
    }

    /// Rows as another program sees them, their fields divided by `|`.
    pub(crate) fn rows(&self, select: &str) -> Vec<String> {
        let raw = self.raw();
        let mut statement = raw.prepare(select).unwrap();
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| {
            let fields = (0..columns).map(|column| {
                Ok(match row.get(column)? {
                    Value::Null => String::new(),
                    Value::Integer(value) => value.to_string(),
                    Value::Text(text) => text,
                    other => format!("{other:?}"),
                })
            });
            Ok(fields.collect::<rusqlite::Result<Vec<_>>>()?.join("|"))
        });
        rows.unwrap().collect::<Result<_, _>>().unwrap()
    }

    /// Imports are in the chain of the process.
    pub(crate) const IMPORTS_APART: u64 = 0;

    /// Random lives that one run of the tests tries.
    pub(crate) const CASES: u32 = 40;

    /// Bytes in a statement, from hexadecimal.
    pub(crate) fn blob(hex: &str) -> String {
        format!("x'{hex}'")
    }

    /// Bytes as a select may give them: in hexadecimal.
    pub(crate) const HEX: &'static str = "lower(hex({}))";

    /// Statements as an administrator would run them who takes the triggers off and puts them back.
    pub(crate) fn tamper(&self, statements: &str) {
        let raw = self.raw();
        let triggers: Vec<(String, String)> = raw
            .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
            .unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        raw.pragma_update(None, "foreign_keys", false).unwrap();
        raw.pragma_update(None, "ignore_check_constraints", true)
            .unwrap();
        for (name, _) in &triggers {
            raw.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
        }
        raw.execute_batch(statements).unwrap();
        for (_, sql) in &triggers {
            raw.execute_batch(sql).unwrap();
        }
    }

    /// Takes a trigger away for good.
    pub(crate) fn drop_trigger(&self, name: &str, _table: &str) {
        self.try_sql(&format!("DROP TRIGGER {name}")).unwrap();
    }
}
