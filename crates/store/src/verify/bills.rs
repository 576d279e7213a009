//! Each bill: its document as it was received, its columns as the document says, posted once.

use jiff::Timestamp;
use rusqlite::{Connection, Row};
use wattkey_domain::journal::Entry;
use wattkey_domain::{BillDocument, Money, ledger};

use super::{VerifyReport, journal};
use crate::digest::sha256;
use crate::write::import;
use crate::{StoreError, row};

pub(super) fn check(connection: &Connection, report: &mut VerifyReport) -> Result<(), StoreError> {
    let mut statement = connection.prepare(
        "SELECT id, account, customer, period, currency, issued, due, total, document, digest FROM bills",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        report.bills += 1;
        let place = format!("bill {}", row.get::<_, String>(0)?);
        let checked = bill(connection, row, &place, report);
        report.note(&place, checked)?;
    }
    Ok(())
}

fn bill(
    connection: &Connection,
    row: &Row<'_>,
    place: &str,
    report: &mut VerifyReport,
) -> rusqlite::Result<()> {
    let bytes: Vec<u8> = row.get(8)?;
    if sha256(&bytes) != row.get::<_, [u8; 32]>(9)? {
        report.find(place, "its document does not have its digest");
    }
    let document = match BillDocument::parse(&bytes) {
        Ok(document) => document,
        Err(error) => {
            report.find(place, format_args!("its document cannot be read: {error}"));
            return Ok(());
        }
    };
    let says = [
        document.bill.to_string(),
        document.account.to_string(),
        document.customer.to_string(),
        document.period.to_string(),
        document.currency().to_string(),
        document.issued.to_string(),
        document.due.to_string(),
    ];
    for (column, says) in says.iter().enumerate() {
        if row.get_ref(column)?.as_str()? != says {
            let name = row.as_ref().column_name(column)?.to_owned();
            report.find(place, format_args!("its {name} is not its document's"));
        }
    }
    if row.get::<_, i64>(7)? != document.total.minor() {
        report.find(place, "its total is not its document's");
    }
    posted_once(connection, &document, place, report)
}

/// The bill itself and what was paid of it elsewhere. The times are left to the journal.
fn posted_once(
    connection: &Connection,
    document: &BillDocument,
    place: &str,
    report: &mut VerifyReport,
) -> rusqlite::Result<()> {
    let mut found = journal::of_subject(connection, document.bill.as_str())?;
    let mut found: Vec<_> = found
        .drain(..)
        .map(|(_, _, entry)| Entry { at: 0, ..entry })
        .collect();
    let postings = [ledger::bill(
        &import::parts(document),
        Timestamp::UNIX_EPOCH,
    )];
    let payments = paid_elsewhere(connection, document)?
        .into_iter()
        .map(|amount| ledger::paid_elsewhere(&document.bill, amount, Timestamp::UNIX_EPOCH));
    let mut wanted: Vec<_> = postings
        .into_iter()
        .chain(payments)
        .flatten()
        .flat_map(|posting| {
            let entries = posting
                .transfers
                .iter()
                .map(|one| Entry::new(&posting, one));
            entries.collect::<Vec<_>>()
        })
        .collect();
    wanted.sort_unstable();
    found.sort_unstable();
    if found != wanted {
        report.find(
            place,
            "its postings are not those of its document and payments, each once",
        );
    }
    Ok(())
}

fn paid_elsewhere(
    connection: &Connection,
    document: &BillDocument,
) -> rusqlite::Result<Vec<Money>> {
    connection
        .prepare_cached("SELECT amount FROM payments WHERE bill = ?1")?
        .query_map([document.bill.as_str()], |row| {
            row::money(row, 0, document.currency())
        })?
        .collect()
}
