//! The chains of the journal (PROTOCOL.md section 13), hashed again from the transfers.

use std::collections::HashMap;

use uuid::Uuid;
use wattkey_domain::journal::{self, Entry, Link};

use super::VerifyReport;
use crate::StoreError;
use crate::database::{DatabaseError, Row, Session};

/// Links that are looked at together with their transfers: those of an import cover thousands.
const PAGE: u32 = 50;

/// A batch: its process and number.
type Batch = (Uuid, u64);

pub(super) fn check(
    session: &mut dyn Session,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    let row = session.query_one("SELECT count(*) FROM transfers", &[])?;
    report.transfers = row.map_or(Ok(0), |row| row.count(0))?;
    links(session, report)?;
    uncovered(session, report)
}

fn links(session: &mut dyn Session, report: &mut VerifyReport) -> Result<(), StoreError> {
    let mut before: Option<(Uuid, u64, Link)> = None;
    let mut place = (Vec::new(), 0);
    loop {
        let rows = session.query(
            "SELECT process, sequence, previous, link, count FROM journal
             WHERE (process, sequence) > ($1, $2) ORDER BY process, sequence LIMIT $3",
            &[place.0.into(), place.1.into(), PAGE.into()],
        )?;
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
            return Ok(());
        };
        let mut entries = entries(session, batch(first, 0)?, batch(last, 0)?)?;
        for row in &rows {
            let entries = entries.remove(&batch(row, 0)?).unwrap_or_default();
            link(row, &entries, &mut before, report)?;
        }
        place = (last.bytes(0)?.to_vec(), last.int(1)?);
    }
}

fn link(
    row: &Row,
    entries: &[Entry],
    before: &mut Option<(Uuid, u64, Link)>,
    report: &mut VerifyReport,
) -> Result<(), DatabaseError> {
    let (process, sequence) = batch(row, 0)?;
    let (previous, link): (Link, Link) = (row.array(2)?, row.array(3)?);
    report.links += 1;
    let (last, last_link) = match *before {
        Some((same, last, last_link)) if same == process => (last, last_link),
        _ => {
            report.chains += 1;
            (0, journal::FIRST_PREVIOUS)
        }
    };
    let place = format!("link {process} {sequence}");
    if sequence != last + 1 {
        report.find(&place, "a link before it is missing");
    }
    if previous != last_link {
        report.find(&place, "it does not continue the link before it");
    }
    if entries.len() as u64 != row.count(4)? {
        report.find(&place, "it covers another number of transfers");
    }
    if journal::link(&previous, &process, sequence, entries) != link {
        let problem = "its transfers are not those that it covers, or a bill's document is not";
        report.find(&place, problem);
    }
    *before = Some((process, sequence, link));
    Ok(())
}

/// Transfers and states that no link covers: added later, or their link was cut off.
fn uncovered(session: &mut dyn Session, report: &mut VerifyReport) -> Result<(), StoreError> {
    for (table, problem) in [
        ("transfers", "its transfers are in no link"),
        (
            "order_events",
            "a state of an order points at it, and there is no such link",
        ),
        (
            "disputes",
            "a dispute points at it, and there is no such link",
        ),
        (
            "dispute_withdrawals",
            "a withdrawal points at it, and there is no such link",
        ),
        (
            "notices",
            "a notice points at it, and there is no such link",
        ),
        (
            "notice_acknowledgements",
            "an acknowledgement points at it, and there is no such link",
        ),
        (
            "change_ends",
            "the end of a change points at it, and there is no such link",
        ),
    ] {
        let sql = format!(
            "SELECT DISTINCT process, sequence FROM {table} WHERE NOT EXISTS (
                 SELECT 1 FROM journal
                 WHERE journal.process = {table}.process AND journal.sequence = {table}.sequence)"
        );
        session.for_each(&sql, &[], &mut |row| {
            let (process, sequence) = batch(&row, 0)?;
            report.find(format_args!("link {process} {sequence}"), problem);
            Ok(())
        })?;
    }
    Ok(())
}

fn entries(
    session: &mut dyn Session,
    first: Batch,
    last: Batch,
) -> Result<HashMap<Batch, Vec<Entry>>, DatabaseError> {
    let mut entries: HashMap<_, Vec<_>> = HashMap::new();
    session.for_each(
        "SELECT process, sequence, debit, credit, amount, transfers.currency, event, subject, at,
                bills.digest
         FROM transfers
         LEFT JOIN bills ON transfers.event = 'bill' AND bills.id = transfers.subject
         WHERE (process, sequence) >= ($1, $2) AND (process, sequence) <= ($3, $4)
         ORDER BY process, sequence, position",
        &[
            first.0.as_bytes().into(),
            first.1.into(),
            last.0.as_bytes().into(),
            last.1.into(),
        ],
        &mut |row| {
            let entry = Entry {
                document: row.optional(9, Row::array)?,
                ..read(&row, 2)?
            };
            entries.entry(batch(&row, 0)?).or_default().push(entry);
            Ok(())
        },
    )?;
    Ok(entries)
}

pub(super) fn batch(row: &Row, first: usize) -> Result<Batch, DatabaseError> {
    Ok((row.uuid(first)?, row.count(first + 1)?))
}

/// An entry from seven columns in the order of [`Entry`], without its document.
fn read(row: &Row, first: usize) -> Result<Entry, DatabaseError> {
    Ok(Entry {
        debit: row.string(first)?,
        credit: row.string(first + 1)?,
        amount_minor: row.int(first + 2)?,
        currency: row.string(first + 3)?,
        event: row.string(first + 4)?,
        subject: row.string(first + 5)?,
        at: row.int(first + 6)?,
        document: None,
    })
}

/// The transfers of bills, but those that they came with, of orders and of credits: the subject, then
/// what [`subject_entry`] reads.
pub(super) const OF_SUBJECTS: &str =
    "SELECT subject, process, sequence, debit, credit, amount, currency, event, subject, at
     FROM transfers WHERE subject = ANY($1) AND event <> 'bill'";

/// The transfers that bills came with, likewise. A bill has three parts.
pub(super) const OF_BILLS: &str =
    "SELECT subject, process, sequence, debit, credit, amount, transfers.currency, event, subject, at
     FROM bills JOIN transfers ON process = posted_process AND sequence = posted_sequence
        AND position >= posted_position AND position < posted_position + 3
        AND event = 'bill' AND subject = bills.id
     WHERE bills.id = ANY($1)";

/// A transfer with the batch that it is in.
pub(super) fn subject_entry(row: &Row) -> Result<(Uuid, u64, Entry), DatabaseError> {
    let (process, sequence) = batch(row, 1)?;
    Ok((process, sequence, read(row, 3)?))
}
