use uuid::Uuid;
use wattkey_domain::journal::{self, Entry, Link};

use super::write;
use crate::database::{DatabaseError, Session};
use crate::outcome::JournalPosition;

/// The chain of this process.
#[derive(Debug)]
pub(super) struct Chain {
    process: Uuid,
    /// Its last link; `None` after a commit whose outcome is unknown.
    last: Option<(u64, Link)>,
}

/// How far the chain is inside a transaction.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tip {
    process: Uuid,
    sequence: u64,
    link: Link,
}

impl Chain {
    pub(super) fn new(process: Uuid) -> Self {
        Self {
            process,
            last: Some((0, journal::FIRST_PREVIOUS)),
        }
    }

    /// Where the next link goes. Looks when the last commit did not say.
    ///
    /// What it sees then is proven by this transaction's own commit only, so it is kept by
    /// [`settle`](Self::settle) and not before.
    pub(super) fn tip(&self, session: &mut dyn Session) -> Result<Tip, DatabaseError> {
        let (sequence, link) = match self.last {
            Some(last) => last,
            None => last_link(session, self.process)?,
        };
        Ok(Tip {
            process: self.process,
            sequence,
            link,
        })
    }

    /// Until `COMMIT` has said so, nobody knows how far the chain is.
    pub(super) fn doubt(&mut self) {
        self.last = None;
    }

    /// The commit is sure.
    pub(super) fn settle(&mut self, tip: Tip) {
        self.last = Some((tip.sequence, tip.link));
    }
}

impl Tip {
    pub(super) fn process(&self) -> Uuid {
        self.process
    }

    /// Number of the link that comes next.
    pub(super) fn next(&self) -> u64 {
        self.sequence + 1
    }

    /// The last link.
    pub(super) fn position(&self) -> JournalPosition {
        JournalPosition {
            process: self.process,
            sequence: self.sequence,
            link: self.link,
        }
    }

    /// Writes the next link and what it covers.
    pub(super) fn add(
        &mut self,
        session: &mut dyn Session,
        entries: Vec<Entry>,
    ) -> Result<JournalPosition, DatabaseError> {
        let (sequence, previous) = (self.next(), self.link);
        let link = journal::link(&previous, &self.process, sequence, &entries);
        write::write_link(session, self.process, sequence, &previous, &link, entries)?;
        (self.sequence, self.link) = (sequence, link);
        Ok(JournalPosition {
            process: self.process,
            sequence,
            link,
        })
    }
}

fn last_link(session: &mut dyn Session, process: Uuid) -> Result<(u64, Link), DatabaseError> {
    let row = session.query_one(
        "SELECT sequence, link FROM journal WHERE process = $1 ORDER BY sequence DESC LIMIT 1",
        &[process.as_bytes().into()],
    )?;
    row.map_or(Ok((0, journal::FIRST_PREVIOUS)), |row| {
        Ok((row.count(0)?, row.array(1)?))
    })
}
