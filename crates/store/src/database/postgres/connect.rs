//! Making a connection, and what a session of ours asks of the server.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_postgres::tls::TlsStream;
use tokio_postgres::{AsyncMessage, Client, Error, Socket, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::errors::{After, classified, is_warning, silent, words};
use super::settings::{PostgresSettings, Transport};
use crate::database::DatabaseError;

/// Prepared statements that a connection keeps.
const STATEMENT_CACHE: usize = 256;
/// What makes the server's part cheaper; one that does not know it does without. Plans are made once:
/// made anew for each short list of ids, they cost a small batch ten times what carrying it out does.
/// What is still long is compressed by the faster of the server's methods.
const CHEAPER: [&str; 2] = [
    "SET plan_cache_mode = force_generic_plan",
    "SET default_toast_compression = 'lz4'",
];
/// A writer looks everything up by its key, also while the server believes that a table is small.
const BY_KEY: &str = "SET enable_seqscan = off";
/// Warnings that are kept until the next commit.
const MAX_WARNINGS: usize = 4;
/// The pauses between two attempts to connect.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// A connection that stands.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) client: Arc<Client>,
    statements: HashMap<String, Statement>,
    pub(super) warnings: Warnings,
}

impl Link {
    pub(super) fn is_open(&self) -> bool {
        !self.client.is_closed()
    }

    /// A statement that was prepared before.
    pub(super) fn known(&self, sql: &str) -> Option<(Arc<Client>, Statement)> {
        let statement = self.statements.get(sql)?;
        Some((Arc::clone(&self.client), statement.clone()))
    }

    pub(super) async fn prepared(&mut self, sql: &str) -> Result<Statement, Error> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).await?;
        if self.statements.len() >= STATEMENT_CACHE {
            self.statements.clear();
        }
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

/// What the server warned of, unasked.
#[derive(Debug, Clone, Default)]
pub(super) struct Warnings(Arc<Mutex<Vec<String>>>);

impl Warnings {
    pub(super) fn forget(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    pub(super) fn first(&self) -> Option<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .first()
            .cloned()
    }

    fn keep(&self, words: String) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < MAX_WARNINGS {
            kept.push(words);
        }
    }
}

/// Until it stands, the server refuses for good, or the time for it is over.
pub(super) async fn again_and_again(
    settings: &PostgresSettings,
    reads_only: bool,
) -> Result<Link, DatabaseError> {
    let end = Instant::now() + settings.reconnect_timeout();
    let mut pause = FIRST_PAUSE;
    loop {
        let attempt = tokio::time::timeout(
            settings.connect_timeout() + settings.statement_timeout(),
            once(settings, reads_only),
        );
        let error = match attempt.await {
            Ok(Ok(link)) => return Ok(link),
            Ok(Err(error)) => error,
            Err(_) => silent(After::Statement),
        };
        let final_ = !matches!(error, DatabaseError::Disconnected(_));
        if final_ || Instant::now() + pause >= end {
            return Err(error);
        }
        tracing::debug!(%error, "no connection to the database yet");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn once(settings: &PostgresSettings, reads_only: bool) -> Result<Link, DatabaseError> {
    let failed = |error| classified(error, After::Statement);
    let warnings = Warnings::default();
    let client = match settings.transport()? {
        Transport::Plain => {
            let (client, connection) = settings
                .config
                .connect(tokio_postgres::NoTls)
                .await
                .map_err(failed)?;
            tokio::spawn(drive(connection, warnings.clone()));
            client
        }
        Transport::Tls(config) => {
            let tls = MakeRustlsConnect::new(config.as_ref().clone());
            let (client, connection) = settings.config.connect(tls).await.map_err(failed)?;
            tokio::spawn(drive(connection, warnings.clone()));
            client
        }
    };
    let link = Link {
        client: Arc::new(client),
        statements: HashMap::new(),
        warnings,
    };
    prepare(&link.client, settings, reads_only).await?;
    Ok(link)
}

/// Carries bytes until the connection ends. Its end is seen by the next statement.
async fn drive<T>(mut connection: tokio_postgres::Connection<Socket, T>, warnings: Warnings)
where
    T: TlsStream + Unpin,
{
    while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
        match message {
            Ok(AsyncMessage::Notice(notice)) if is_warning(&notice) => {
                let words = words(&notice);
                tracing::warn!(words, "the database warns");
                warnings.keep(words);
            }
            Ok(_) => {}
            Err(error) => {
                tracing::debug!(%error, "a connection to the database ended");
                return;
            }
        }
    }
}

/// Time-outs on the server's side, and the promises that a commit must keep.
async fn prepare(
    client: &Client,
    settings: &PostgresSettings,
    reads_only: bool,
) -> Result<(), DatabaseError> {
    let failed = |error| classified(error, After::Statement);
    let statement_ms = settings.statement_timeout().as_millis();
    let lock_ms = settings.lock_timeout().as_millis();
    let idle_ms = settings.idle_timeout().as_millis();
    let access = if reads_only {
        "READ ONLY"
    } else {
        "READ WRITE"
    };
    client
        .batch_execute(&format!(
            "SET statement_timeout = {statement_ms};
             SET lock_timeout = {lock_ms};
             SET idle_in_transaction_session_timeout = {idle_ms};
             SET SESSION CHARACTERISTICS AS TRANSACTION {access}"
        ))
        .await
        .map_err(failed)?;
    let show = async |name: &str| -> Result<String, DatabaseError> {
        let row = client
            .query_one(&format!("SHOW {name}"), &[])
            .await
            .map_err(failed)?;
        row.try_get(0).map_err(failed)
    };
    let by_key = (!reads_only).then_some(BY_KEY);
    for setting in CHEAPER.into_iter().chain(by_key) {
        if let Err(error) = client.batch_execute(setting).await {
            if client.is_closed() {
                return Err(failed(error));
            }
            tracing::debug!(%error, setting, "the database does without");
        }
    }
    let encoding = show("server_encoding").await?;
    if encoding != "UTF8" {
        let why = format!("the database has the encoding {encoding}; make it with UTF8");
        return Err(DatabaseError::Other(why.into()));
    }
    if reads_only {
        return Ok(());
    }
    let commit = show("synchronous_commit").await?;
    if !matches!(commit.as_str(), "on" | "remote_apply") {
        let why = format!(
            "synchronous_commit is {commit}, so a payment could be confirmed and lost; set it to on"
        );
        return Err(DatabaseError::Other(why.into()));
    }
    for name in ["fsync", "full_page_writes"] {
        if show(name).await? == "off" {
            tracing::warn!(
                name,
                "is off on the database server: a crash can lose what was paid"
            );
        }
    }
    Ok(())
}
