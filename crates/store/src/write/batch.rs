use rusqlite::{Connection, OptionalExtension as _, params};
use uuid::Uuid;
use wattkey_domain::journal::{self, Entry, Link};
use wattkey_domain::ledger::{LedgerAccount, Posting, Transfer};

use crate::StoreError;
use crate::outcome::JournalPosition;

/// The last link of this process' chain.
#[derive(Debug)]
pub(super) struct Head {
    process: Uuid,
    last: Option<(u64, Link)>,
}

/// The transaction that is being written.
#[derive(Debug)]
pub(crate) struct Batch<'c> {
    connection: &'c Connection,
    process: Uuid,
    previous: Link,
    sequence: u64,
    entries: Vec<Entry>,
    moved: bool,
}

/// How far the batch was before a call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    entries: usize,
    moved: bool,
}

impl Head {
    pub(super) fn first(process: Uuid) -> Self {
        Self {
            process,
            last: Some((0, journal::FIRST_PREVIOUS)),
        }
    }

    /// Looks the head up after a commit of unknown outcome.
    pub(super) fn settle(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if self.last.is_none() {
            let found = connection
                .query_row(
                    "SELECT sequence, link FROM journal WHERE process = ?1
                     ORDER BY sequence DESC LIMIT 1",
                    [self.process.as_bytes()],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()?;
            self.last = Some(found.unwrap_or((0, journal::FIRST_PREVIOUS)));
        }
        Ok(())
    }

    pub(super) fn doubt(&mut self) -> Option<(u64, Link)> {
        self.last.take()
    }

    /// The commit is sure, with or without a new link.
    pub(super) fn settled(&mut self, before: Option<(u64, Link)>, new: Option<&JournalPosition>) {
        self.last = new
            .map(|position| (position.sequence, position.link))
            .or(before);
    }
}

impl<'c> Batch<'c> {
    pub(super) fn begin(connection: &'c Connection, head: &Head) -> Self {
        let (sequence, previous) = head.last.unwrap_or((0, journal::FIRST_PREVIOUS));
        Self {
            connection,
            process: head.process,
            previous,
            sequence: sequence + 1,
            entries: Vec::new(),
            moved: false,
        }
    }

    /// The connection, inside the transaction.
    pub(crate) fn connection(&self) -> &'c Connection {
        self.connection
    }

    /// Runs a call; when it does not want to be kept, nothing of it stays.
    pub(super) fn savepoint(
        &mut self,
        call: impl FnOnce(&mut Self) -> bool,
    ) -> rusqlite::Result<()> {
        let mark = Mark {
            entries: self.entries.len(),
            moved: self.moved,
        };
        self.execute("SAVEPOINT call")?;
        if !call(self) {
            self.execute("ROLLBACK TO call")?;
            self.entries.truncate(mark.entries);
            self.moved = mark.moved;
        }
        self.execute("RELEASE call")
    }

    /// Writes the transfers of a posting, and repeats them in what is open of bills.
    pub(crate) fn post(&mut self, posting: &Posting) -> Result<(), StoreError> {
        for transfer in &posting.transfers {
            self.insert(posting, transfer)?;
            self.open(transfer.debit(), transfer.amount().minor())?;
            self.open(transfer.credit(), -transfer.amount().minor())?;
        }
        Ok(())
    }

    /// Makes the batch have a link, and gives the batch's key for rows that point at it.
    pub(crate) fn position(&mut self) -> (Uuid, u64) {
        self.moved = true;
        (self.process, self.sequence)
    }

    /// Ends the batch: writes its link when anything was posted or moved.
    pub(super) fn link(self) -> rusqlite::Result<Option<JournalPosition>> {
        if self.entries.is_empty() && !self.moved {
            return Ok(None);
        }
        let link = journal::link(&self.previous, &self.process, self.sequence, &self.entries);
        self.connection
            .prepare_cached("INSERT INTO journal (process, sequence, previous, link, count) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![
                self.process.as_bytes(),
                self.sequence,
                self.previous,
                link,
                self.entries.len()
            ])?;
        Ok(Some(JournalPosition {
            process: self.process,
            sequence: self.sequence,
            link,
        }))
    }

    fn insert(&mut self, posting: &Posting, transfer: &Transfer) -> Result<(), StoreError> {
        let entry = Entry::new(posting, transfer);
        self.connection
            .prepare_cached(
                "INSERT INTO transfers (process, sequence, position, event, subject, debit, credit, amount, currency, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                self.process.as_bytes(),
                self.sequence,
                self.entries.len(),
                entry.event,
                entry.subject,
                entry.debit,
                entry.credit,
                entry.amount_minor,
                entry.currency,
                entry.at
            ])?;
        self.entries.push(entry);
        Ok(())
    }

    fn open(&self, account: &LedgerAccount, minor: i64) -> Result<(), StoreError> {
        let LedgerAccount::Receivable(bill) = account else {
            return Ok(());
        };
        let changed = self
            .connection
            .prepare_cached("UPDATE bills SET open_minor = open_minor + ?2 WHERE id = ?1")?
            .execute(params![bill.as_str(), minor])?;
        if changed == 1 {
            Ok(())
        } else {
            Err(StoreError::Corrupt(format!(
                "there is no bill {bill} to post on"
            )))
        }
    }

    fn execute(&self, statement: &str) -> rusqlite::Result<()> {
        self.connection
            .prepare_cached(statement)?
            .execute([])
            .map(|_| ())
    }
}
