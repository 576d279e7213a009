//! The chains of the journal (PROTOCOL.md section 13), hashed again from the transfers.

use rusqlite::{Connection, Row, params};
use uuid::Uuid;
use wattkey_domain::journal::{self, Entry, Link};

use super::VerifyReport;
use crate::{StoreError, row};

pub(super) fn check(connection: &Connection, report: &mut VerifyReport) -> Result<(), StoreError> {
    report.transfers =
        connection.query_row("SELECT count(*) FROM transfers", [], |row| row.get(0))?;
    links(connection, report)?;
    uncovered(connection, report)
}

fn links(connection: &Connection, report: &mut VerifyReport) -> Result<(), StoreError> {
    let mut statement = connection.prepare(
        "SELECT process, sequence, previous, link, count FROM journal ORDER BY process, sequence",
    )?;
    let mut rows = statement.query([])?;
    let mut before: Option<(Uuid, u64, Link)> = None;
    while let Some(row) = rows.next()? {
        let process = row::uuid(row, 0)?;
        let sequence: u64 = row.get(1)?;
        let (previous, link): (Link, Link) = (row.get(2)?, row.get(3)?);
        report.links += 1;
        let (last, last_link) = match before {
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
        let entries = entries(connection, process, sequence)?;
        if entries.len() as u64 != row.get::<_, u64>(4)? {
            report.find(&place, "it covers another number of transfers");
        }
        if journal::link(&previous, &process, sequence, &entries) != link {
            report.find(&place, "its transfers are not those that it covers");
        }
        before = Some((process, sequence, link));
    }
    Ok(())
}

/// Transfers and states that no link covers: added later, or their link was cut off.
fn uncovered(connection: &Connection, report: &mut VerifyReport) -> Result<(), StoreError> {
    for (table, problem) in [
        ("transfers", "its transfers are in no link"),
        (
            "order_events",
            "a state of an order points at it, and there is no such link",
        ),
    ] {
        let mut statement = connection.prepare(&format!(
            "SELECT DISTINCT process, sequence FROM {table} WHERE NOT EXISTS (
                 SELECT 1 FROM journal
                 WHERE journal.process = {table}.process AND journal.sequence = {table}.sequence)"
        ))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (process, sequence) = (row::uuid(row, 0)?, row.get::<_, u64>(1)?);
            report.find(format_args!("link {process} {sequence}"), problem);
        }
    }
    Ok(())
}

fn entries(connection: &Connection, process: Uuid, sequence: u64) -> rusqlite::Result<Vec<Entry>> {
    connection
        .prepare_cached(
            "SELECT debit, credit, amount, currency, event, subject, at FROM transfers
             WHERE process = ?1 AND sequence = ?2 ORDER BY position",
        )?
        .query_map(params![process.as_bytes(), sequence], |row| read(row, 0))?
        .collect()
}

/// An entry from seven columns in the order of [`Entry`].
pub(super) fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<Entry> {
    Ok(Entry {
        debit: row.get(first)?,
        credit: row.get(first + 1)?,
        amount_minor: row.get(first + 2)?,
        currency: row.get(first + 3)?,
        event: row.get(first + 4)?,
        subject: row.get(first + 5)?,
        at: row.get(first + 6)?,
    })
}

/// The transfers of a bill or an order, each with the batch that it is in.
pub(super) fn of_subject(
    connection: &Connection,
    subject: &str,
) -> rusqlite::Result<Vec<(Uuid, u64, Entry)>> {
    connection
        .prepare_cached(
            "SELECT process, sequence, debit, credit, amount, currency, event, subject, at
             FROM transfers WHERE subject = ?1",
        )?
        .query_map([subject], |row| {
            Ok((row::uuid(row, 0)?, row.get(1)?, read(row, 2)?))
        })?
        .collect()
}
