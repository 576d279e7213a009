//! PostgreSQL: a connection with a runtime of its own, so that every wait has an end.
//!
//! The server is told its time-outs, and the client keeps a longer one for a server that no longer
//! answers. A connection that is lost outside a transaction is made again; inside one, the
//! transaction is lost with it and the caller runs it again.
//!
//! A commit is known only when the server answered `COMMIT` without a word: a warning such as
//! "canceling wait for synchronous replication" means that it is on this server and perhaps on no
//! other. What another transaction finds is proven only by a commit of its own that waited in the
//! same way, so each writing transaction writes something, if it must, the row of the version.
//!
//! Rows are written without waiting for the answer ([`flight`]): the server works while the next
//! table is made ready, and an error of one is told by whatever comes after it, at the latest by the
//! commit. Many rows go by `COPY`, which costs the server a good deal less than arrays.

mod connect;
mod copy;
mod errors;
mod examine;
mod flight;
pub(super) mod settings;
mod types;

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt as _, TryStreamExt as _};
use tokio::runtime::Runtime;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Statement};

use super::value::{Type, Value};
use super::{Asked, DatabaseError, EachRow, Kind, Mode, Row, Session, insert_into, names};
use connect::Link;
use errors::{After, classified, silent};
use flight::{Answer, Flights, Sort};
use settings::PostgresSettings;
use types::Encoded;

/// How much longer than the server the client waits before it gives the connection up.
const GRACE: Duration = Duration::from_secs(2);
/// How long a scan waits for the next row.
const SCAN_SILENCE: Duration = Duration::from_secs(60);
/// How a batch of several begins. Its patience is shorter than any that is configured.
const TOGETHER: &str =
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL lock_timeout = 300";
/// From how many rows on a table is written by `COPY`, which has a fixed price.
const COPY_FROM: usize = 16;
/// What makes a commit wait for the disk and the standby when there was nothing to write.
const TOUCH: &str = "UPDATE wattkey_schema SET version = version";

/// Where the transaction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    Open {
        mode: Mode,
        wrote: bool,
    },
    /// A statement failed, or the connection was lost.
    Broken,
}

/// A connection, made again when it is lost.
#[derive(Debug)]
pub(super) struct Connection {
    settings: PostgresSettings,
    reads_only: bool,
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
    link: Option<Link>,
    flights: Flights,
    state: State,
    /// What the migrations make, as this server tells it; once it was asked for.
    wanted_schema: Option<BTreeSet<(String, String)>>,
}

impl Connection {
    pub(super) fn open(settings: &PostgresSettings) -> Result<Self, DatabaseError> {
        Self::new(settings, false)
    }

    pub(super) fn open_reader(settings: &PostgresSettings) -> Result<Self, DatabaseError> {
        Self::new(settings, true)
    }

    fn new(settings: &PostgresSettings, reads_only: bool) -> Result<Self, DatabaseError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| DatabaseError::Other(error.into()))?;
        let mut connection = Self {
            settings: settings.clone(),
            reads_only,
            runtime: Some(runtime),
            link: None,
            flights: Flights::default(),
            state: State::Idle,
            wanted_schema: None,
        };
        connection.connect()?;
        Ok(connection)
    }

    /// Makes the connection, when there is none, with pauses that grow.
    fn connect(&mut self) -> Result<(), DatabaseError> {
        if self.link.as_ref().is_some_and(Link::is_open) {
            return Ok(());
        }
        self.link = None;
        let runtime = self.runtime.as_ref().ok_or_else(no_connection)?;
        let link = connect::again_and_again(&self.settings, self.reads_only);
        self.link = Some(runtime.block_on(link)?);
        Ok(())
    }

    /// Runs `work` with an end. A failure breaks the transaction; silence, the connection as well.
    fn run<T>(
        &mut self,
        after: After,
        work: impl AsyncFnOnce(&mut Link) -> Result<T, tokio_postgres::Error>,
    ) -> Result<T, DatabaseError> {
        match self.state {
            State::Broken => return Err(no_connection()),
            State::Idle => self.connect()?,
            State::Open { .. } => {}
        }
        let patience = match self.state {
            // Each row has its own end.
            State::Open {
                mode: Mode::Scan, ..
            } => Duration::MAX,
            _ => self.settings.statement_timeout() + GRACE,
        };
        let (Some(runtime), Some(link)) = (&self.runtime, &mut self.link) else {
            return Err(no_connection());
        };
        let flights = &mut self.flights;
        let done = runtime.block_on(async {
            let both = async {
                let done = flights.before(work(link)).await;
                // One that failed before it is why it failed.
                flights.land().await.and(done)
            };
            match tokio::time::timeout(patience, both).await {
                Ok(done) => done.map_err(|error| classified(error, after)),
                Err(_) => Err(silent(after)),
            }
        });
        let changed = self.flights.take_changed();
        self.wrote(changed);
        if let Err(error) = &done {
            self.broke(error);
        }
        done
    }

    /// Sends a statement and does not wait for it, inside a transaction.
    fn send<T>(
        &mut self,
        sql: &str,
        sort: Sort,
        statement: impl FnOnce(Arc<Client>, Statement) -> T,
    ) -> Result<u64, DatabaseError>
    where
        T: Future<Output = Answer> + Send + 'static,
    {
        match self.state {
            State::Broken => return Err(no_connection()),
            State::Idle => self.connect()?,
            State::Open { .. } => {}
        }
        // Known after the first time, so that nothing is waited for.
        let (client, prepared) = match self.link.as_ref().and_then(|link| link.known(sql)) {
            Some(known) => known,
            None => self.run(After::Statement, async |link| {
                let prepared = link.prepared(sql).await?;
                Ok((Arc::clone(&link.client), prepared))
            })?,
        };
        let number = self.flights.begin(sort, statement(client, prepared));
        if self.state == State::Idle {
            self.land()?;
        } else if let Some(runtime) = &self.runtime {
            runtime.block_on(self.flights.send());
        }
        Ok(number)
    }

    /// Waits for what is under way.
    fn land(&mut self) -> Result<(), DatabaseError> {
        if self.flights.is_empty() {
            return Ok(());
        }
        self.run(After::Statement, async |_| Ok(()))
    }

    fn broke(&mut self, error: &DatabaseError) {
        self.flights.forget();
        if self.state != State::Idle {
            self.state = State::Broken;
        }
        if lost(error) {
            self.link = None;
        }
    }

    fn wrote(&mut self, rows: u64) -> u64 {
        if let State::Open { wrote, .. } = &mut self.state {
            *wrote |= rows > 0;
        }
        rows
    }

    fn end(&mut self, word: &str, after: After) -> Result<(), DatabaseError> {
        self.run(after, async |link| link.client.batch_execute(word).await)
    }
}

fn no_connection() -> DatabaseError {
    DatabaseError::Disconnected("the connection was lost".into())
}

/// Whether the connection is of no more use.
fn lost(error: &DatabaseError) -> bool {
    matches!(
        error,
        DatabaseError::Disconnected(_)
            | DatabaseError::CommitUnknown(_)
            | DatabaseError::Timeout(_)
    )
}

/// Whether rows that come mean that the commit has something to wait for: a lock on a row, or
/// `RETURNING`.
fn sort(sql: &str) -> Sort {
    if sql.contains("FOR UPDATE") || sql.contains("RETURNING") {
        Sort::Lock
    } else {
        Sort::Read
    }
}

/// The rows' columns as arrays, for `unnest`.
fn arrays(
    columns: impl Iterator<Item = Type>,
    rows: &[Vec<Value>],
) -> Result<Vec<Encoded>, DatabaseError> {
    columns
        .enumerate()
        .map(|(column, kind)| {
            let values = rows.iter().map(|row| row.get(column));
            let values: Vec<_> = values.map(|one| one.unwrap_or(&Value::Null)).collect();
            Encoded::array(kind, &values)
        })
        .collect()
}

/// `unnest($1::TEXT[], …)`.
fn unnest(columns: impl Iterator<Item = Type>) -> String {
    let places = (1..)
        .zip(columns)
        .map(|(n, kind)| format!("${n}::{}[]", kind.name()));
    format!("unnest({})", places.collect::<Vec<_>>().join(", "))
}

impl Session for Connection {
    fn kind(&self) -> Kind {
        Kind::Postgres
    }

    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, DatabaseError> {
        let rows = self.run(After::Statement, async |link| {
            let statement = link.prepared(sql).await?;
            let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| p as _).collect();
            link.client.query(&statement, &params).await
        })?;
        self.wrote(u64::from(sort(sql) == Sort::Lock && !rows.is_empty()));
        rows.iter().map(types::row).collect()
    }

    fn ask(&mut self, sql: &str, params: Vec<Value>) -> Result<Asked, DatabaseError> {
        let number = self.send(sql, sort(sql), |client, statement| async move {
            let rows = client.query_raw(&statement, params).await?;
            Ok((0, rows.try_collect().await?))
        })?;
        Ok(Asked::UnderWay(number))
    }

    fn rows(&mut self, asked: Asked) -> Result<Vec<Row>, DatabaseError> {
        let number = match asked {
            Asked::Here(rows) => return Ok(rows),
            Asked::UnderWay(number) => number,
        };
        self.land()?;
        let rows = self.flights.rows(number).ok_or_else(no_connection)?;
        rows.iter().map(types::row).collect()
    }

    fn settle(&mut self) -> Result<(), DatabaseError> {
        self.land()
    }

    fn for_each(
        &mut self,
        sql: &str,
        params: &[Value],
        each: EachRow<'_>,
    ) -> Result<(), DatabaseError> {
        self.run(After::Statement, async |link| {
            let statement = link.prepared(sql).await?;
            let rows = link.client.query_raw(&statement, params).await?;
            let mut rows = std::pin::pin!(rows);
            loop {
                let next = match tokio::time::timeout(SCAN_SILENCE, rows.try_next()).await {
                    Ok(next) => next?,
                    Err(_) => return Ok(Err(silent(After::Statement))),
                };
                let Some(row) = next else {
                    return Ok(Ok(()));
                };
                if let Err(error) = types::row(&row).and_then(&mut *each) {
                    return Ok(Err(error));
                }
            }
        })?
    }

    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, DatabaseError> {
        let rows = self.run(After::Statement, async |link| {
            let statement = link.prepared(sql).await?;
            let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| p as _).collect();
            link.client.execute(&statement, &params).await
        })?;
        Ok(self.wrote(rows))
    }

    fn insert(
        &mut self,
        table: &str,
        columns: &[(&str, Type)],
        rows: &[Vec<Value>],
    ) -> Result<(), DatabaseError> {
        if rows.is_empty() {
            return Ok(());
        }
        if rows.len() >= COPY_FROM {
            let bytes = copy::encoded(columns, rows)?;
            return self.copy(&copy::statement(table, columns), bytes);
        }
        let sql = format!(
            "{} SELECT * FROM {}",
            insert_into(table, columns),
            unnest(columns.iter().map(|(_, kind)| *kind)),
        );
        self.with_arrays(&sql, columns.iter().map(|(_, kind)| *kind), rows)
    }

    fn update_by_key(
        &mut self,
        table: &str,
        keys: &[(&str, Type)],
        columns: &[(&str, Type)],
        rows: &[Vec<Value>],
    ) -> Result<(), DatabaseError> {
        if rows.is_empty() {
            return Ok(());
        }
        let all: Vec<_> = keys.iter().chain(columns).copied().collect();
        let sets: Vec<_> = columns
            .iter()
            .map(|(name, _)| format!("{name} = new.{name}"))
            .collect();
        let same: Vec<_> = keys
            .iter()
            .map(|(name, _)| format!("{table}.{name} = new.{name}"))
            .collect();
        let sql = format!(
            "UPDATE {table} SET {} FROM {} AS new ({}) WHERE {}",
            sets.join(", "),
            unnest(all.iter().map(|(_, kind)| *kind)),
            names(&all),
            same.join(" AND "),
        );
        self.with_arrays(&sql, all.iter().map(|(_, kind)| *kind), rows)
    }

    fn begin(&mut self, mode: Mode) -> Result<(), DatabaseError> {
        if self.state != State::Idle {
            self.rollback();
        }
        let words = match mode {
            Mode::Write => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
            Mode::WriteTogether => TOGETHER,
            Mode::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Mode::Scan => {
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0"
            }
        };
        let begin = async |link: &mut Link| link.client.batch_execute(words).await;
        match self.run(After::Statement, begin) {
            // It may have been lost long ago, and nobody looked.
            Err(DatabaseError::Disconnected(_)) => self.run(After::Statement, begin)?,
            other => other?,
        }
        self.flights.forget();
        self.state = State::Open { mode, wrote: false };
        Ok(())
    }

    fn commit(&mut self) -> Result<(), DatabaseError> {
        self.land()?;
        let State::Open { mode, wrote } = self.state else {
            self.rollback();
            return Err(no_connection());
        };
        if matches!(mode, Mode::Write | Mode::WriteTogether) && !wrote {
            self.execute(TOUCH, &[])?;
        }
        if let Some(link) = &self.link {
            link.warnings.forget();
        }
        let ended = self.end("COMMIT", After::Commit);
        self.state = State::Idle;
        ended?;
        match self.link.as_ref().and_then(|link| link.warnings.first()) {
            None => Ok(()),
            Some(warning) => Err(DatabaseError::CommitUnknown(warning.into())),
        }
    }

    fn rollback(&mut self) {
        let state = std::mem::replace(&mut self.state, State::Idle);
        self.flights.forget();
        if state == State::Idle || self.link.is_none() {
            return;
        }
        if let Err(error) = self.end("ROLLBACK", After::Statement) {
            tracing::debug!(%error, "a transaction ended with its connection");
            self.link = None;
        }
    }

    fn script(&mut self, sql: &str) -> Result<(), DatabaseError> {
        self.wrote(1);
        self.end(sql, After::Statement)
    }

    fn examine(&mut self) -> Result<Vec<(String, String)>, DatabaseError> {
        examine::examine(self)
    }
}

impl Connection {
    fn with_arrays(
        &mut self,
        sql: &str,
        columns: impl Iterator<Item = Type>,
        rows: &[Vec<Value>],
    ) -> Result<(), DatabaseError> {
        let arrays = arrays(columns, rows)?;
        self.send(sql, Sort::Write, |client, statement| async move {
            let params: Vec<&(dyn ToSql + Sync)> = arrays.iter().map(|a| a as _).collect();
            Ok((client.execute(&statement, &params).await?, Vec::new()))
        })
        .map(|_| ())
    }

    fn copy(&mut self, sql: &str, bytes: Bytes) -> Result<(), DatabaseError> {
        self.send(sql, Sort::Write, |client, statement| async move {
            let mut sink = pin!(client.copy_in::<_, Bytes>(&statement).await?);
            sink.send(bytes).await?;
            Ok((sink.finish().await?, Vec::new()))
        })
        .map(|_| ())
    }
}

/// Dropped anywhere, also where async code runs: nothing is waited for.
impl Drop for Connection {
    fn drop(&mut self) {
        self.link = None;
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests;
