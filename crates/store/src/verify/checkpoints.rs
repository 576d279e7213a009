//! Checkpoints: a chain of their own, over links that are still there.

use std::collections::HashMap;

use uuid::Uuid;
use wattkey_domain::journal::ChainHead;

use super::VerifyReport;
use crate::StoreError;
use crate::checkpoint::{Checkpoint, CheckpointHead};
use crate::database::{DatabaseError, Row, Session};

/// Checkpoints that are looked at together.
const PAGE: u32 = 100;

pub(super) fn check(
    session: &mut dyn Session,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    let mut last = CheckpointHead::NONE;
    let mut chains: HashMap<Uuid, u64> = HashMap::new();
    let mut after = 0;
    loop {
        let rows = session.query(
            "SELECT sequence, previous, digest, at FROM checkpoints WHERE sequence > $1
             ORDER BY sequence LIMIT $2",
            &[after.into(), PAGE.into()],
        )?;
        let Some(end) = rows.last() else {
            break;
        };
        let end = end.count(0)?;
        let mut heads = heads(session, after, end, report)?;
        for row in &rows {
            let heads = heads.remove(&row.count(0)?).unwrap_or_default();
            last = one(row, heads, last, &mut chains, report)?;
        }
        after = end;
    }
    report.checkpoint = (last != CheckpointHead::NONE).then_some(last);
    strangers(session, report)
}

/// The heads of some checkpoints. Each link must be there as it was.
fn heads(
    session: &mut dyn Session,
    after: u64,
    end: u64,
    report: &mut VerifyReport,
) -> Result<HashMap<u64, Vec<ChainHead>>, DatabaseError> {
    let mut heads: HashMap<_, Vec<_>> = HashMap::new();
    session.for_each(
        "SELECT checkpoint_heads.checkpoint, checkpoint_heads.process, checkpoint_heads.sequence,
                checkpoint_heads.link, journal.link
         FROM checkpoint_heads LEFT JOIN journal ON journal.process = checkpoint_heads.process
             AND journal.sequence = checkpoint_heads.sequence
         WHERE checkpoint_heads.checkpoint > $1 AND checkpoint_heads.checkpoint <= $2
         ORDER BY checkpoint_heads.checkpoint, checkpoint_heads.process",
        &[after.into(), end.into()],
        &mut |row| {
            let number = row.count(0)?;
            let head = ChainHead {
                process: row.uuid(1)?,
                sequence: row.count(2)?,
                link: row.array(3)?,
            };
            if row.optional(4, Row::array)? != Some(head.link) {
                let (process, sequence) = (head.process, head.sequence);
                report.find(
                    format_args!("checkpoint {number}"),
                    format_args!("link {process} {sequence} is not the one that was there"),
                );
            }
            heads.entry(number).or_default().push(head);
            Ok(())
        },
    )?;
    Ok(heads)
}

fn one(
    row: &Row,
    heads: Vec<ChainHead>,
    last: CheckpointHead,
    chains: &mut HashMap<Uuid, u64>,
    report: &mut VerifyReport,
) -> Result<CheckpointHead, DatabaseError> {
    report.checkpoints += 1;
    let kept = CheckpointHead {
        sequence: row.count(0)?,
        digest: row.array(2)?,
    };
    let place = format!("checkpoint {}", kept.sequence);
    if kept.sequence != last.sequence + 1 {
        report.find(&place, "a checkpoint before it is missing");
    }
    for head in &heads {
        let before = chains.insert(head.process, head.sequence).unwrap_or(0);
        if head.sequence <= before {
            report.find(&place, format_args!("chain {} did not grow", head.process));
        }
    }
    let made = Checkpoint {
        sequence: kept.sequence,
        previous: row.array(1)?,
        at: row.time(3)?,
        heads,
        jws: None,
    };
    if made.previous != last.digest {
        report.find(&place, "it does not continue the one before it");
    }
    if made.digest() != kept.digest {
        report.find(&place, "it does not have its digest");
    }
    Ok(kept)
}

fn strangers(session: &mut dyn Session, report: &mut VerifyReport) -> Result<(), StoreError> {
    let sql = "SELECT DISTINCT checkpoint FROM checkpoint_heads WHERE NOT EXISTS (
                   SELECT 1 FROM checkpoints WHERE sequence = checkpoint)";
    session.for_each(sql, &[], &mut |row| {
        let number = row.int(0)?;
        report.find(format_args!("checkpoint {number}"), "it is missing");
        Ok(())
    })?;
    Ok(())
}
