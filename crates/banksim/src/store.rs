//! What the bank keeps, in SQLite, synchronous to disk.
//!
//! A message is `received` until its status report is written, then `answered`. A payment, which is a
//! collection or a transfer, is `received`, then `rejected`, or `accepted`, perhaps `pending`, then
//! `booked`, or on request `returning` and `returned`. An entry that somebody asks for, a payment of
//! others or the bank's own, is there at once. What goes out is numbered without gaps in the order in which it is
//! sent; number and body stay. On request it is held back before it gets a number.

mod kept;
mod outgoing;
mod payments;

use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

use crate::faults::{Fault, Faults};
use crate::message::{Kind, Received};

pub use kept::{Kept, KeptEntry, KeptPayment, Outgoing, WaitingMessage};
use outgoing::{move_held, send};
use payments::{insert_payment, select};

/// The most messages in one answer.
pub const MAX_PAGE: usize = 500;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY,
    message_id TEXT UNIQUE,
    body BLOB NOT NULL,
    refused TEXT,
    refused_text TEXT,
    state TEXT NOT NULL,
    name TEXT NOT NULL DEFAULT 'pain.008.001.08'
) STRICT;
CREATE TABLE IF NOT EXISTS payment (
    id INTEGER PRIMARY KEY,
    message INTEGER NOT NULL REFERENCES message (id),
    kind TEXT NOT NULL,
    payment_id TEXT NOT NULL,
    end_to_end_id TEXT NOT NULL,
    mandate TEXT NOT NULL,
    amount TEXT NOT NULL,
    currency TEXT NOT NULL,
    debtor TEXT NOT NULL,
    debtor_account TEXT NOT NULL,
    creditor TEXT NOT NULL,
    creditor_account TEXT NOT NULL,
    reference TEXT NOT NULL,
    text TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    due_ms INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS payment_by_message ON payment (message);
CREATE INDEX IF NOT EXISTS payment_to_do ON payment (state, due_ms);
CREATE TABLE IF NOT EXISTS entry (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    amount TEXT NOT NULL,
    currency TEXT NOT NULL,
    reference TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;
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
        add_message_names(&connection)?;
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
        let (kind, message_id, refused, payments) = match received {
            Received::Sound(message) => (
                message.kind,
                Some(&message.id),
                None,
                message.payments.as_slice(),
            ),
            Received::Broken {
                kind,
                message_id,
                reason,
                text,
            } => (*kind, message_id.as_ref(), Some((*reason, text)), &[][..]),
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
            "INSERT INTO message (message_id, body, refused, refused_text, state, name)
             VALUES (?1, ?2, ?3, ?4, 'received', ?5)",
            params![
                message_id,
                body,
                refused.map(|(r, _)| r),
                refused.map(|(_, t)| t),
                kind.message_name(),
            ],
        )?;
        let message = transaction.last_insert_rowid();
        for payment in payments {
            insert_payment(&transaction, message, kind, payment)?;
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
                "SELECT id, message_id, refused, refused_text, name FROM message
                 WHERE state = 'received' ORDER BY id LIMIT 1",
                [],
                |row| {
                    let reason: Option<String> = row.get(2)?;
                    let text: Option<String> = row.get(3)?;
                    Ok(WaitingMessage {
                        id: row.get(0)?,
                        message_id: row.get(1)?,
                        name: row.get(4)?,
                        refused: reason.map(|reason| (reason, text.unwrap_or_default())),
                        payments: Vec::new(),
                    })
                },
            )
            .optional()?;
        let Some(mut message) = found else {
            return Ok(None);
        };
        message.payments = select(&self.connection, "WHERE message.id = ?1", [message.id])?;
        Ok(Some(message))
    }

    /// Writes a message's status report and what it says of each payment, in one step:
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
        for (payment, reason) in rejected {
            let state = if reason.is_some() {
                "rejected"
            } else {
                "accepted"
            };
            transaction.execute(
                "UPDATE payment SET state = ?2, reason = ?3, due_ms = ?4 WHERE id = ?1",
                params![payment, state, reason, due_ms],
            )?;
        }
        transaction.execute(
            "UPDATE message SET state = 'answered' WHERE id = ?1",
            [message.id],
        )?;
        send(&transaction, faults, "pain.002", report)?;
        transaction.commit()
    }

    /// The payment that is due first, and when, in milliseconds since 1970.
    ///
    /// # Errors
    /// When the database fails.
    pub fn next_due(&self) -> rusqlite::Result<Option<(KeptPayment, i64)>> {
        let due = "WHERE payment.state IN ('accepted', 'pending', 'returning')
                   ORDER BY payment.due_ms, payment.id LIMIT 1";
        let Some(payment) = select(&self.connection, due, [])?.into_iter().next() else {
            return Ok(None);
        };
        let due_ms = self.connection.query_row(
            "SELECT due_ms FROM payment WHERE id = ?1",
            [payment.id],
            |row| row.get(0),
        )?;
        Ok(Some((payment, due_ms)))
    }

    /// Writes what is said of a payment, with the name of each message's sort, and its new state,
    /// in one step.
    ///
    /// # Errors
    /// When the database fails; then nothing is written.
    pub fn notify(
        &mut self,
        payment: i64,
        state: &str,
        due_ms: i64,
        messages: &[(&str, String)],
        faults: &Faults,
    ) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        transaction.execute(
            "UPDATE payment SET state = ?2, due_ms = ?3 WHERE id = ?1",
            params![payment, state, due_ms],
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

    /// Books an entry that somebody asked for: `messages` makes what is sent of it from its number.
    ///
    /// # Errors
    /// When the database fails; then nothing is written.
    pub fn book(
        &mut self,
        entry: &KeptEntry,
        messages: impl FnOnce(i64) -> Vec<(&'static str, String)>,
        faults: &Faults,
    ) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        transaction.execute(
            "INSERT INTO entry (kind, account, amount, currency, reference, text)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                entry.kind,
                entry.account,
                entry.amount,
                entry.currency,
                entry.reference,
                entry.text
            ],
        )?;
        for (kind, body) in messages(transaction.last_insert_rowid()) {
            send(&transaction, faults, kind, &body)?;
        }
        transaction.commit()
    }

    /// The account of whoever sent a message last: the only customer of this bank.
    ///
    /// # Errors
    /// When the database fails.
    pub fn own_account(&self) -> rusqlite::Result<Option<String>> {
        let last = select(&self.connection, "ORDER BY payment.id DESC LIMIT 1", [])?;
        Ok(last.into_iter().next().map(|payment| match payment.kind {
            Kind::Collection => payment.creditor_account,
            Kind::Transfer => payment.debtor_account,
        }))
    }

    /// All collections and transfers in the order in which they came.
    ///
    /// # Errors
    /// When the database fails.
    pub fn payments(&self) -> rusqlite::Result<Vec<KeptPayment>> {
        select(&self.connection, "ORDER BY payment.id", [])
    }

    /// All entries that somebody asked for, in their order.
    ///
    /// # Errors
    /// When the database fails.
    pub fn entries(&self) -> rusqlite::Result<Vec<KeptEntry>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT kind, account, amount, currency, reference, text FROM entry ORDER BY id",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(KeptEntry {
                kind: row.get(0)?,
                account: row.get(1)?,
                amount: row.get(2)?,
                currency: row.get(3)?,
                reference: row.get(4)?,
                text: row.get(5)?,
            })
        })?;
        rows.collect()
    }
}

/// A database from before transfers has no names of messages.
fn add_message_names(connection: &Connection) -> rusqlite::Result<()> {
    let sql = "SELECT COUNT(*) FROM pragma_table_info('message') WHERE name = 'name'";
    let columns: i64 = connection.query_row(sql, [], |row| row.get(0))?;
    if columns > 0 {
        return Ok(());
    }
    connection.execute_batch(
        "ALTER TABLE message ADD COLUMN name TEXT NOT NULL DEFAULT 'pain.008.001.08'",
    )
}
