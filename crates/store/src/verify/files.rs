//! Files that came in and went out: each with its bytes' digest where they are kept, each after the
//! one before it, each with its place in the journal; and opening balances, each posted once.

use wattkey_domain::journal::Entry;
use wattkey_domain::ledger::{self, DepositPart};

use super::VerifyReport;
use crate::StoreError;
use crate::database::{Row, Session};
use crate::digest::sha256;

/// Each file with the link that covers what it posted, if it is there.
const IMPORTS: &str = "
    SELECT source, number, import_files.link, journal.link FROM import_files
    LEFT JOIN journal ON journal.process = import_files.process
        AND journal.sequence = import_files.sequence
    ORDER BY source, number";

/// The heads of files that no link of the journal is at, or that do not go forward.
const HEADS: &str = "
    SELECT export, process, sequence FROM export_heads AS heads
    WHERE NOT EXISTS (SELECT 1 FROM journal WHERE journal.process = heads.process
                      AND journal.sequence = heads.sequence)
       OR EXISTS (SELECT 1 FROM export_heads AS others WHERE others.process = heads.process
                  AND others.export < heads.export AND others.sequence >= heads.sequence)";

/// Opening balances, and what was posted of them.
const BALANCES: &str = "
    SELECT coalesce(balances.account, substr(posted.subject, 9)), balances.currency,
        balances.amount, posted.event, posted.subject, posted.debit, posted.credit, posted.amount,
        posted.currency
    FROM opening_balances AS balances
    FULL JOIN (SELECT * FROM transfers WHERE event = 'opening-balance') AS posted
        ON posted.subject = 'deposit:' || balances.account";

pub(super) fn check(
    session: &mut dyn Session,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    imports(session, report)?;
    exports(session, report)?;
    invoices(session, report)?;
    balances(session, report)
}

/// The files of tax invoices.
fn invoices(session: &mut dyn Session, report: &mut VerifyReport) -> Result<(), StoreError> {
    let sql = "SELECT number, bytes, digest FROM tax_invoice_files ORDER BY number";
    session.for_each(sql, &[], &mut |row| {
        if sha256(row.bytes(1)?).as_slice() != row.bytes(2)? {
            let place = format!("tax invoice {}", row.text(0)?);
            report.find(&place, "its file has another digest");
        }
        Ok(())
    })?;
    Ok(())
}

fn imports(session: &mut dyn Session, report: &mut VerifyReport) -> Result<(), StoreError> {
    let mut before: (String, u64) = Default::default();
    session.for_each(IMPORTS, &[], &mut |row| {
        let (source, number) = (row.string(0)?, row.count(1)?);
        let place = format!("import {source} {number}");
        let expected = if before.0 == source { before.1 + 1 } else { 1 };
        if number != expected {
            report.find(&place, format_args!("file {expected} is missing"));
        }
        if row.optional(3, Row::bytes)? != Some(row.bytes(2)?) {
            report.find(&place, "the journal does not have its link");
        }
        before = (source, number);
        Ok(())
    })?;
    Ok(())
}

fn exports(session: &mut dyn Session, report: &mut VerifyReport) -> Result<(), StoreError> {
    let mut before = 0;
    let sql = "SELECT number, digest, body FROM exports ORDER BY number";
    session.for_each(sql, &[], &mut |row| {
        let number = row.count(0)?;
        let place = format!("export {number}");
        if number != before + 1 {
            report.find(&place, format_args!("file {} is missing", before + 1));
        }
        if sha256(row.bytes(2)?) != row.array(1)? {
            report.find(&place, "it does not have its digest");
        }
        before = number;
        Ok(())
    })?;
    session.for_each(HEADS, &[], &mut |row| {
        report.find(
            format_args!("export {}", row.count(0)?),
            format_args!(
                "it ends at link {} of {}, which is not there or not after the file before",
                row.count(2)?,
                row.uuid(1)?
            ),
        );
        Ok(())
    })?;
    Ok(())
}

fn balances(session: &mut dyn Session, report: &mut VerifyReport) -> Result<(), StoreError> {
    session.for_each(BALANCES, &[], &mut |row| {
        let account = row.string(0)?;
        let place = format!("opening balance of {account}");
        let wanted = match (row.is_null(1), account.parse()) {
            (false, Ok(account)) => {
                let amount = row.money(2, row.parsed(1)?)?;
                let posting = ledger::opening_balance(
                    &DepositPart { account, amount },
                    jiff::Timestamp::UNIX_EPOCH,
                );
                posting.ok().and_then(|posting| {
                    let transfer = posting.transfers.first()?;
                    Some(Entry::new(&posting, transfer))
                })
            }
            _ => None,
        };
        let is_posted = match wanted {
            Some(wanted) if !row.is_null(3) => {
                wanted.event == row.text(3)?
                    && wanted.debit == row.text(5)?
                    && wanted.credit == row.text(6)?
                    && wanted.amount_minor == row.int(7)?
                    && wanted.currency == row.text(8)?
            }
            _ => false,
        };
        if !is_posted {
            report.find(place, "what was posted is not what the file says, once");
        }
        Ok(())
    })?;
    Ok(())
}
