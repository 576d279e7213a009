//! Each bill: its document as it was received, its columns as the document says, posted once.

use jiff::Timestamp;
use wattkey_domain::journal::Entry;
use wattkey_domain::ledger::{CreditNote, DepositPart};
use wattkey_domain::{BillDocument, Money, ledger};

use super::{Belonging, VerifyReport, journal, orders, pages};
use crate::StoreError;
use crate::database::{DatabaseError, Row, Session, Value};
use crate::digest::sha256;
use crate::engine::import::parts;
use crate::packed::unpack;
use crate::read::orders::read_bill;

/// The columns of a bill that its document says as texts, in this order.
const TEXTS: [&str; 7] = [
    "id", "account", "customer", "period", "currency", "issued", "due",
];

/// What belongs to the bills of a page.
struct Belongings {
    /// What they came with.
    own: Belonging,
    /// What else was posted of them.
    transfers: Belonging,
    payments: Belonging,
    credit_notes: Belonging,
    applications: Belonging,
}

/// What deposits paid of bills under standing instructions: the bill, then bill, principal, penalty,
/// deposit, time, batch.
const APPLICATIONS: &str = "SELECT bill, bill, principal, penalty, deposit, at, process, sequence
    FROM applications WHERE bill = ANY($1)";

/// Credit notes: the bill, revenue, tax, levies, and what of them went to a deposit.
const CREDIT_NOTES: &str =
    "SELECT bill, revenue, tax, levies, surplus FROM credit_notes WHERE bill = ANY($1)";

pub(super) fn check(
    session: &mut dyn Session,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    let columns = format!(
        "{}, total, document, digest, credited_minor",
        TEXTS.join(", ")
    );
    pages(session, &columns, "bills", |session, rows| {
        let ids = rows.iter().map(|row| row.text(0));
        let ids = Value::texts(ids.collect::<Result<Vec<_>, _>>()?);
        let payments = "SELECT bill, amount, surplus FROM payments WHERE bill = ANY($1)";
        let belongings = Belongings {
            own: Belonging::load(session, journal::OF_BILLS, &ids)?,
            transfers: Belonging::load(session, journal::OF_SUBJECTS, &ids)?,
            payments: Belonging::load(session, payments, &ids)?,
            credit_notes: Belonging::load(session, CREDIT_NOTES, &ids)?,
            applications: Belonging::load(session, APPLICATIONS, &ids)?,
        };
        for row in rows {
            report.bills += 1;
            let place = format!("bill {}", row.text(0)?);
            let checked = bill(row, &belongings, &place, report);
            report.note(&place, checked)?;
        }
        Ok(())
    })
}

fn bill(
    row: &Row,
    belongings: &Belongings,
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), DatabaseError> {
    let bytes = &unpack(row.bytes(8)?, 8)?;
    if sha256(bytes) != row.array(9)? {
        report.find(place, "its document does not have its digest");
    }
    let document = match BillDocument::parse(bytes) {
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
    for (column, (name, says)) in TEXTS.iter().zip(says).enumerate() {
        if row.text(column)? != says {
            report.find(place, format_args!("its {name} is not its document's"));
        }
    }
    if row.int(7)? != document.total.minor() {
        report.find(place, "its total is not its document's");
    }
    posted_once(row, &document, belongings, place, report)?;
    applied(row.text(0)?, &document, belongings, place, report)
}

/// Each payment of a deposit is in the batch and of the time that its row says.
fn applied(
    id: &str,
    document: &BillDocument,
    belongings: &Belongings,
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), DatabaseError> {
    let found = belongings.transfers.of(id).iter();
    let found = found.map(journal::subject_entry);
    let found = found.collect::<Result<Vec<_>, _>>()?;
    for row in belongings.applications.of(id) {
        let paid = read_bill(row, 1, document.currency())?;
        let postings = ledger::deposit_applied(&paid, &row.parsed(4)?, row.time(5)?);
        let postings = postings.unwrap_or_default();
        let mut wanted = orders::entries(row.uuid(6)?, row.count(7)?, &postings);
        if !wanted.all(|one| found.contains(&one)) {
            report.find(place, "what a deposit paid of it is not in its batch");
        }
    }
    Ok(())
}

/// The bill itself and what was paid of it elsewhere. The times are left to the journal.
fn posted_once(
    row: &Row,
    document: &BillDocument,
    belongings: &Belongings,
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), DatabaseError> {
    let (id, credited_minor) = (row.text(0)?, row.int(10)?);
    let found = belongings.own.of(id).iter();
    let found = found.chain(belongings.transfers.of(id)).map(|row| {
        let (_, _, entry) = journal::subject_entry(row)?;
        Ok(Entry { at: 0, ..entry })
    });
    let mut found = found.collect::<Result<Vec<_>, DatabaseError>>()?;
    let epoch = Timestamp::UNIX_EPOCH;
    let mut postings = vec![ledger::bill(&parts(document, row.array(9)?), epoch)];
    for row in belongings.payments.of(id) {
        let (amount, over) = (row.int(1)?, over(row, 2, document)?);
        let owed = amount - over.as_ref().map_or(0, |over| over.amount.minor());
        let owed = Money::new(owed, document.currency());
        let owed = owed.map_err(|error| DatabaseError::unreadable(2, error))?;
        postings.push(ledger::paid_elsewhere(
            &document.bill,
            owed,
            over.as_ref(),
            epoch,
        ));
    }
    let mut credited = 0;
    for row in belongings.credit_notes.of(id) {
        let note = CreditNote {
            bill: document.bill.clone(),
            revenue: row.money(1, document.currency())?,
            tax: row.money(2, document.currency())?,
            levies: row.money(3, document.currency())?,
        };
        credited += note.revenue.minor() + note.tax.minor() + note.levies.minor();
        let over = over(row, 4, document)?;
        postings.push(ledger::credit_note(&note, over.as_ref(), epoch));
    }
    if credited != credited_minor {
        report.find(place, "its credit notes are not what it keeps of them");
    }
    let mut postings: Vec<_> = postings.into_iter().flatten().collect();
    for row in belongings.applications.of(id) {
        let paid = read_bill(row, 1, document.currency())?;
        let applied = ledger::deposit_applied(&paid, &row.parsed(4)?, epoch);
        postings.extend(applied.into_iter().flatten());
    }
    let mut wanted: Vec<_> = postings
        .iter()
        .flat_map(|posting| {
            let transfers = posting.transfers.iter();
            // The journal has the document of a bill.
            transfers.map(move |one| Entry {
                document: None,
                ..Entry::new(posting, one)
            })
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

/// What of a payment or credit note went to the deposit of the bill's account.
fn over(
    row: &Row,
    column: usize,
    document: &BillDocument,
) -> Result<Option<DepositPart>, DatabaseError> {
    let amount = row.money(column, document.currency())?;
    Ok((!amount.is_zero()).then(|| DepositPart {
        account: document.account.clone(),
        amount,
    }))
}
