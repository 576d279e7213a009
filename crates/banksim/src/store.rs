//! What the bank keeps, in SQLite, synchronous to disk.
//!
//! A message is `received` until its status report is written, then `answered`. A collection is
//! `received`, then `rejected`, or `accepted`, perhaps `pending`, then `booked`, or on request
//! `returning` and `returned`. What goes out is numbered without gaps in the order in which it is
//! sent; number and body stay. On request it is held back before it gets a number.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Transaction, params};

use crate::faults::{self, Fault, Faults};
use crate::message::{Collection, Received};

/// The most messages in one answer.
pub const MAX_PAGE: usize = 500;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY,
    message_id TEXT UNIQUE,
    body BLOB NOT NULL,
    refused TEXT,
    refused_text TEXT,
    state TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS collection (
    id INTEGER PRIMARY KEY,
    message INTEGER NOT NULL REFERENCES message (id),
    payment_id TEXT NOT NULL,
    end_to_end_id TEXT NOT NULL,
    mandate TEXT NOT NULL,
    amount TEXT NOT NULL,
    currency TEXT NOT NULL,
    debtor TEXT NOT NULL,
    debtor_account TEXT NOT NULL,
    creditor_account TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    due_ms INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS collection_by_message ON collection (message);
CREATE INDEX IF NOT EXISTS collection_to_do ON collection (state, due_ms);
CREATE TABLE IF NOT EXISTS outgoing (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS held (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS delivered (number INTEGER PRIMARY KEY) STRICT;
";

/// The database.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
}

/// What became of a message that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Taken now.
    New,
    /// Taken before, with the same bytes.
    Before,
    /// Another message was taken before under this `MsgId`.
    Conflict,
}

/// A message that waits for its status report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingMessage {
    /// Its row.
    pub id: i64,
    /// `MsgId`.
    pub message_id: Option<String>,
    /// Reason code and text when it is refused as a whole.
    pub refused: Option<(String, String)>,
    /// Its transactions.
    pub collections: Vec<KeptCollection>,
}

/// A collection as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct KeptCollection {
    /// Its row.
    #[serde(skip)]
    pub id: i64,
    /// `MsgId`.
    pub message_id: String,
    /// `PmtInfId`.
    pub payment_id: String,
    /// `EndToEndId`.
    pub end_to_end_id: String,
    /// `MndtId`.
    pub mandate: String,
    /// Decimal number.
    pub amount: String,
    /// Its currency.
    pub currency: String,
    /// The debtor's name.
    pub debtor: String,
    /// The debtor's account.
    pub debtor_account: String,
    /// The creditor's account.
    pub creditor_account: String,
    /// `received`, `rejected`, `accepted`, `pending`, `booked`, `returning` or `returned`.
    pub state: String,
    /// Reason code of a rejection.
    pub reason: Option<String>,
}

/// A message to the creditor.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Outgoing {
    /// From 1, without gaps.
    pub number: i64,
    /// `pain.002`, `camt.054` or `camt.053`.
    pub kind: String,
    /// The XML.
    pub body: String,
}

impl Store {
    /// Opens the database, made when there is none.
    ///
    /// # Errors
    /// When the file cannot be opened or is another database.
    pub fn open(path: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.busy_timeout(std::time::Duration::from_secs(10))?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self { connection })
    }

    /// Opens a database that exists, to look at it.
    ///
    /// # Errors
    /// When there is none.
    pub fn open_to_read(path: &Path) -> rusqlite::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(std::time::Duration::from_secs(10))?;
        Ok(Self { connection })
    }

    /// Keeps what came in, once per `MsgId`.
    ///
    /// # Errors
    /// When the database fails; then nothing is kept.
    pub fn keep(&mut self, received: &Received, body: &[u8]) -> rusqlite::Result<Kept> {
        let transaction = self.connection.transaction()?;
        let (message_id, refused, collections) = match received {
            Received::Sound(message) => (Some(&message.id), None, message.collections.as_slice()),
            Received::Broken {
                message_id,
                reason,
                text,
            } => (message_id.as_ref(), Some((*reason, text)), &[][..]),
        };
        let before: Option<Vec<u8>> = transaction
            .query_row(
                "SELECT body FROM message WHERE message_id = ?1",
                [message_id],
                |row| row.get(0),
            )
            .optional()?;
        if let Some(before) = before {
            return Ok(if before == body {
                Kept::Before
            } else {
                Kept::Conflict
            });
        }
        transaction.execute(
            "INSERT INTO message (message_id, body, refused, refused_text, state)
             VALUES (?1, ?2, ?3, ?4, 'received')",
            params![
                message_id,
                body,
                refused.map(|(r, _)| r),
                refused.map(|(_, t)| t)
            ],
        )?;
        let message = transaction.last_insert_rowid();
        for collection in collections {
            insert_collection(&transaction, message, collection)?;
        }
        transaction.commit()?;
        Ok(Kept::New)
    }

    /// The oldest message that waits for its status report.
    ///
    /// # Errors
    /// When the database fails.
    pub fn waiting_message(&self) -> rusqlite::Result<Option<WaitingMessage>> {
        let found = self
            .connection
            .query_row(
                "SELECT id, message_id, refused, refused_text FROM message
                 WHERE state = 'received' ORDER BY id LIMIT 1",
                [],
                |row| {
                    let reason: Option<String> = row.get(2)?;
                    let text: Option<String> = row.get(3)?;
                    Ok(WaitingMessage {
                        id: row.get(0)?,
                        message_id: row.get(1)?,
                        refused: reason.map(|reason| (reason, text.unwrap_or_default())),
                        collections: Vec::new(),
                    })
                },
            )
            .optional()?;
        let Some(mut message) = found else {
            return Ok(None);
        };
        message.collections = self.select("WHERE message.id = ?1", [message.id])?;
        Ok(Some(message))
    }

    /// Writes a message's status report and what it says of each collection, in one step:
    /// rejected with a reason, or accepted and due at `due_ms`.
    ///
    /// # Errors
    /// When the database fails; then nothing is written.
    pub fn answer(
        &mut self,
        message: &WaitingMessage,
        rejected: &[(i64, Option<String>)],
        report: &str,
        due_ms: i64,
        faults: &Faults,
    ) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        for (collection, reason) in rejected {
            let state = if reason.is_some() {
                "rejected"
            } else {
                "accepted"
            };
            transaction.execute(
                "UPDATE collection SET state = ?2, reason = ?3, due_ms = ?4 WHERE id = ?1",
                params![collection, state, reason, due_ms],
            )?;
        }
        transaction.execute(
            "UPDATE message SET state = 'answered' WHERE id = ?1",
            [message.id],
        )?;
        send(&transaction, faults, "pain.002", report)?;
        transaction.commit()
    }

    /// The collection that is due first, and when, in milliseconds since 1970.
    ///
    /// # Errors
    /// When the database fails.
    pub fn next_due(&self) -> rusqlite::Result<Option<(KeptCollection, i64)>> {
        let due = "WHERE collection.state IN ('accepted', 'pending', 'returning')
                   ORDER BY collection.due_ms, collection.id LIMIT 1";
        let Some(collection) = self.select(due, [])?.into_iter().next() else {
            return Ok(None);
        };
        let due_ms = self.connection.query_row(
            "SELECT due_ms FROM collection WHERE id = ?1",
            [collection.id],
            |row| row.get(0),
        )?;
        Ok(Some((collection, due_ms)))
    }

    /// Writes what is said of a collection, with the name of each message's sort, and its new state,
    /// in one step.
    ///
    /// # Errors
    /// When the database fails; then nothing is written.
    pub fn notify(
        &mut self,
        collection: i64,
        state: &str,
        due_ms: i64,
        messages: &[(&str, String)],
        faults: &Faults,
    ) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        transaction.execute(
            "UPDATE collection SET state = ?2, due_ms = ?3 WHERE id = ?1",
            params![collection, state, due_ms],
        )?;
        for (kind, body) in messages {
            send(&transaction, faults, kind, body)?;
        }
        transaction.commit()
    }

    /// Sends what is held back, unless it is to be held back longer.
    ///
    /// # Errors
    /// When the database fails; then nothing is sent.
    pub fn release(&mut self, faults: &Faults) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        if !faults.contains(&Fault::Late) && !faults.contains(&Fault::OutOfOrder) {
            move_held(&transaction, "id")?;
        }
        transaction.commit()
    }

    /// Messages that were not yet put into the creditor's folder.
    ///
    /// # Errors
    /// When the database fails.
    pub fn undelivered(&self) -> rusqlite::Result<Vec<Outgoing>> {
        let last: Option<i64> =
            self.connection
                .query_row("SELECT MAX(number) FROM delivered", [], |row| row.get(0))?;
        self.outgoing(last.unwrap_or(0), MAX_PAGE)
    }

    /// Notes that a message is in the creditor's folder.
    ///
    /// # Errors
    /// When the database fails.
    pub fn delivered(&mut self, number: i64) -> rusqlite::Result<()> {
        self.connection.execute(
            "INSERT OR IGNORE INTO delivered (number) VALUES (?1)",
            [number],
        )?;
        Ok(())
    }

    /// Messages to the creditor after number `after`, at most `limit` and [`MAX_PAGE`].
    ///
    /// # Errors
    /// When the database fails.
    pub fn outgoing(&self, after: i64, limit: usize) -> rusqlite::Result<Vec<Outgoing>> {
        let limit = i64::try_from(limit.min(MAX_PAGE)).unwrap_or(i64::MAX);
        let mut statement = self.connection.prepare_cached(
            "SELECT number, kind, body FROM outgoing WHERE number > ?1 ORDER BY number LIMIT ?2",
        )?;
        let rows = statement.query_map([after, limit], |row| {
            Ok(Outgoing {
                number: row.get(0)?,
                kind: row.get(1)?,
                body: row.get(2)?,
            })
        })?;
        rows.collect()
    }

    /// All collections in the order in which they came.
    ///
    /// # Errors
    /// When the database fails.
    pub fn collections(&self) -> rusqlite::Result<Vec<KeptCollection>> {
        self.select("ORDER BY collection.id", [])
    }

    fn select<P: rusqlite::Params>(
        &self,
        clause: &str,
        values: P,
    ) -> rusqlite::Result<Vec<KeptCollection>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT collection.id, message.message_id, payment_id, end_to_end_id, mandate, amount,
                    currency, debtor, debtor_account, creditor_account, collection.state, reason
             FROM collection JOIN message ON message.id = collection.message {clause}"
        ))?;
        let rows = statement.query_map(values, |row| {
            Ok(KeptCollection {
                id: row.get(0)?,
                message_id: row.get(1)?,
                payment_id: row.get(2)?,
                end_to_end_id: row.get(3)?,
                mandate: row.get(4)?,
                amount: row.get(5)?,
                currency: row.get(6)?,
                debtor: row.get(7)?,
                debtor_account: row.get(8)?,
                creditor_account: row.get(9)?,
                state: row.get(10)?,
                reason: row.get(11)?,
            })
        })?;
        rows.collect()
    }
}

fn insert_collection(
    transaction: &Transaction<'_>,
    message: i64,
    collection: &Collection,
) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO collection (message, payment_id, end_to_end_id, mandate, amount, currency,
            debtor, debtor_account, creditor_account, state, reason)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'received', ?10)",
        params![
            message,
            collection.payment_id,
            collection.end_to_end_id,
            collection.mandate,
            collection.amount,
            collection.currency,
            collection.debtor,
            collection.debtor_account,
            collection.creditor_account,
            collection.refused,
        ],
    )?;
    Ok(())
}

fn insert_outgoing(transaction: &Transaction<'_>, kind: &str, body: &str) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO outgoing (kind, body) VALUES (?1, ?2)",
        [kind, body],
    )?;
    Ok(())
}

/// Sends a message, or what the faults make of it.
fn send(
    transaction: &Transaction<'_>,
    faults: &Faults,
    kind: &str,
    body: &str,
) -> rusqlite::Result<()> {
    if faults.contains(&Fault::Garbage) {
        let turn =
            transaction.query_row("SELECT COUNT(*) / 2 FROM outgoing", [], |row| row.get(0))?;
        let (kind, body) = faults::garbage(turn);
        insert_outgoing(transaction, kind, &body)?;
    }
    let (late, swapped) = (
        faults.contains(&Fault::Late),
        faults.contains(&Fault::OutOfOrder),
    );
    let copies = if faults.contains(&Fault::Twice) { 2 } else { 1 };
    for _ in 0..copies {
        if late || swapped {
            let sql = "INSERT INTO held (kind, body) VALUES (?1, ?2)";
            transaction.execute(sql, [kind, body])?;
        } else {
            insert_outgoing(transaction, kind, body)?;
        }
    }
    let held: i64 = transaction.query_row("SELECT COUNT(*) FROM held", [], |row| row.get(0))?;
    if swapped && !late && held >= 2 {
        move_held(transaction, "id DESC")?;
    }
    Ok(())
}

fn move_held(transaction: &Transaction<'_>, order: &str) -> rusqlite::Result<()> {
    let sql =
        format!("INSERT INTO outgoing (kind, body) SELECT kind, body FROM held ORDER BY {order}");
    transaction.execute(&sql, [])?;
    transaction.execute("DELETE FROM held", [])?;
    Ok(())
}
