//! Checkpoints: how far each chain of the journal was, in a chain of their own (PROTOCOL.md
//! section 13).

use jiff::Timestamp;
use wattkey_domain::journal::{self, ChainHead, Link};

use crate::StoreError;
use crate::database::{DatabaseError, Row, Session};

/// The chains that grew since the checkpoint before. Processes are few and chains are long: each is
/// found by one step in the index, from the one before.
const GROWN: &str = "
    WITH RECURSIVE chains (process) AS (
        SELECT (SELECT process FROM journal ORDER BY process LIMIT 1)
        UNION ALL
        SELECT (SELECT journal.process FROM journal WHERE journal.process > chains.process
                ORDER BY journal.process LIMIT 1)
        FROM chains WHERE chains.process IS NOT NULL)
    SELECT chains.process, journal.sequence, journal.link
    FROM chains JOIN journal ON journal.process = chains.process
        AND journal.sequence = (SELECT last.sequence FROM journal AS last
                                WHERE last.process = chains.process
                                ORDER BY last.sequence DESC LIMIT 1)
    WHERE journal.sequence > coalesce(
        (SELECT max(known.sequence) FROM checkpoint_heads AS known
         WHERE known.process = chains.process), 0)
    ORDER BY chains.process";

/// The last checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckpointHead {
    /// Its number; 0 when there is none.
    pub sequence: u64,
    /// Its digest; zeros when there is none.
    pub digest: Link,
}

/// A checkpoint that is not yet kept: how far the chains are that grew since the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Its number, from 1.
    pub sequence: u64,
    /// The digest of the one before.
    pub previous: Link,
    /// When it was made.
    pub at: Timestamp,
    /// By process.
    pub heads: Vec<ChainHead>,
    /// The platform's signature over number and digest, as a compact JWS.
    pub jws: Option<String>,
}

/// A checkpoint as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptCheckpoint {
    /// Number and digest.
    pub head: CheckpointHead,
    /// The platform's signature, where it was given one.
    pub jws: Option<String>,
}

/// What came of a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckpointSaved {
    /// It is the last one now.
    Saved(CheckpointHead),
    /// Another process made one in the meantime.
    Overtaken(CheckpointHead),
}

impl CheckpointHead {
    /// Before the first one.
    pub const NONE: Self = Self {
        sequence: 0,
        digest: journal::FIRST_PREVIOUS,
    };
}

impl Checkpoint {
    /// What the next one names, and what is signed.
    #[must_use]
    pub fn digest(&self) -> Link {
        let at = self.at.as_second();
        journal::checkpoint(&self.previous, self.sequence, at, &self.heads)
    }

    /// Number and digest.
    #[must_use]
    pub fn head(&self) -> CheckpointHead {
        CheckpointHead {
            sequence: self.sequence,
            digest: self.digest(),
        }
    }
}

pub(crate) fn head(session: &mut dyn Session) -> Result<CheckpointHead, DatabaseError> {
    let row = session.query_one(
        "SELECT sequence, digest FROM checkpoints ORDER BY sequence DESC LIMIT 1",
        &[],
    )?;
    row.map_or(Ok(CheckpointHead::NONE), |row| read_head(&row))
}

fn read_head(row: &Row) -> Result<CheckpointHead, DatabaseError> {
    Ok(CheckpointHead {
        sequence: row.count(0)?,
        digest: row.array(1)?,
    })
}

/// The checkpoint that could be made now; `None` when nothing was posted since the last one.
pub(crate) fn draft(
    session: &mut dyn Session,
    now: Timestamp,
) -> Result<Option<Checkpoint>, StoreError> {
    let last = head(session)?;
    let rows = session.query(GROWN, &[])?;
    let heads = rows.iter().map(|row| {
        Ok::<_, DatabaseError>(ChainHead {
            process: row.uuid(0)?,
            sequence: row.count(1)?,
            link: row.array(2)?,
        })
    });
    let heads = heads.collect::<Result<Vec<_>, _>>()?;
    Ok((!heads.is_empty()).then_some(Checkpoint {
        sequence: last.sequence + 1,
        previous: last.digest,
        at: now,
        heads,
        jws: None,
    }))
}

/// Checkpoints after a number, in order.
pub(crate) fn after(
    session: &mut dyn Session,
    sequence: u64,
    limit: u32,
) -> Result<Vec<KeptCheckpoint>, StoreError> {
    let rows = session.query(
        "SELECT sequence, digest, jws FROM checkpoints WHERE sequence > $1
         ORDER BY sequence LIMIT $2",
        &[sequence.into(), limit.into()],
    )?;
    let kept = rows.iter().map(|row| {
        Ok(KeptCheckpoint {
            head: read_head(row)?,
            jws: row.optional(2, Row::string)?,
        })
    });
    kept.collect()
}
