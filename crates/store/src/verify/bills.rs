//! Each bill: its document as it was received, its columns as the document says, posted once.

use jiff::Timestamp;
use wattkey_domain::journal::Entry;
use wattkey_domain::{BillDocument, ledger};

use super::{Belonging, VerifyReport, journal, pages};
use crate::StoreError;
use crate::database::{DatabaseError, Row, Session, Value};
use crate::digest::sha256;
use crate::engine::import::parts;

/// The columns of a bill that its document says as texts, in this order.
const TEXTS: [&str; 7] = [
    "id", "account", "customer", "period", "currency", "issued", "due",
];

/// What belongs to the bills of a page.
struct Belongings {
    transfers: Belonging,
    payments: Belonging,
}

pub(super) fn check(
    session: &mut dyn Session,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    let columns = format!("{}, total, document, digest", TEXTS.join(", "));
    pages(session, &columns, "bills", |session, rows| {
        let ids = rows.iter().map(|row| row.text(0));
        let ids = Value::texts(ids.collect::<Result<Vec<_>, _>>()?);
        let payments = "SELECT bill, amount FROM payments WHERE bill = ANY($1)";
        let belongings = Belongings {
            transfers: Belonging::load(session, journal::OF_SUBJECTS, &ids)?,
            payments: Belonging::load(session, payments, &ids)?,
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
    let bytes = row.bytes(8)?;
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
    posted_once(row.text(0)?, &document, belongings, place, report)
}

/// The bill itself and what was paid of it elsewhere. The times are left to the journal.
fn posted_once(
    id: &str,
    document: &BillDocument,
    belongings: &Belongings,
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), DatabaseError> {
    let found = belongings.transfers.of(id).iter().map(|row| {
        let (_, _, entry) = journal::subject_entry(row)?;
        Ok(Entry { at: 0, ..entry })
    });
    let mut found = found.collect::<Result<Vec<_>, DatabaseError>>()?;
    let epoch = Timestamp::UNIX_EPOCH;
    let mut postings = vec![ledger::bill(&parts(document), epoch)];
    for row in belongings.payments.of(id) {
        let amount = row.money(1, document.currency())?;
        postings.push(ledger::paid_elsewhere(&document.bill, amount, epoch));
    }
    let mut wanted: Vec<_> = postings
        .iter()
        .flatten()
        .flat_map(|posting| {
            let transfers = posting.transfers.iter();
            transfers.map(move |one| Entry::new(posting, one))
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
