//! Credits that came by themselves: what each paid, and those that nobody could place; and fees.

use jiff::Timestamp;
use uuid::Uuid;
use wattkey_domain::ledger::{self, DepositPart, OrderBill, Posting, PostingError};
use wattkey_domain::{Currency, OrderId};

use super::{Belonging, VerifyReport, journal, orders};
use crate::StoreError;
use crate::database::{DatabaseError, Row, Session, Value};
use crate::read::orders::read_bill;

/// Credits of orders: the order, then what [`Credits::of`] reads.
const CREDITS: &str = "SELECT credits.order_id, credits.reference, credits.amount,
        credits.currency, credits.deposit_account, credits.deposit_minor, credits.at,
        credits.process, credits.sequence, bank_events.outcome, bank_events.amount,
        bank_events.currency, bank_events.order_id
    FROM credits LEFT JOIN bank_events ON bank_events.reference = credits.reference
    WHERE credits.order_id = ANY($1) ORDER BY credits.reference";
/// What they paid: the credit, bill, principal, penalty.
const CREDIT_BILLS: &str = "SELECT credit_bills.reference, bill, principal, penalty
    FROM credit_bills JOIN credits ON credits.reference = credit_bills.reference
    WHERE credits.order_id = ANY($1) ORDER BY credit_bills.reference, position";
/// Bank events that are about no order, with what they posted.
const LOOSE: &str = "SELECT bank_events.reference, bank_events.outcome, bank_events.amount,
        bank_events.currency, bank_events.at, unmatched_receipts.amount,
        unmatched_receipts.currency, unmatched_receipts.at, unmatched_receipts.process,
        unmatched_receipts.sequence
    FROM bank_events
    LEFT JOIN unmatched_receipts ON unmatched_receipts.reference = bank_events.reference
    WHERE bank_events.reference > $1
    AND (bank_events.outcome IN ('unmatched', 'fee-posted')
         OR unmatched_receipts.reference IS NOT NULL)
    ORDER BY bank_events.reference LIMIT $2";
/// Events that are looked at together.
const PAGE: u32 = 500;

/// The credits of some orders.
pub(super) struct Credits {
    credits: Belonging,
    bills: Belonging,
}

/// A credit that came for an order.
pub(super) struct Credit {
    pub(super) process: Uuid,
    pub(super) sequence: u64,
    at: Timestamp,
    bills: Vec<OrderBill>,
    over: Option<DepositPart>,
}

impl Credits {
    pub(super) fn load(session: &mut dyn Session, orders: &Value) -> Result<Self, DatabaseError> {
        Ok(Self {
            credits: Belonging::load(session, CREDITS, orders)?,
            bills: Belonging::load(session, CREDIT_BILLS, orders)?,
        })
    }

    pub(super) fn of(&self, order: &str, currency: Currency) -> Result<Vec<Credit>, DatabaseError> {
        let credits = self.credits.of(order).iter().map(|row| {
            let bills = self.bills.of(row.text(1)?).iter();
            let bills = bills.map(|row| read_bill(row, 1, currency));
            let over = row.optional(4, Row::parsed)?.map(|account| {
                let amount = row.money(5, currency)?;
                Ok::<_, DatabaseError>(DepositPart { account, amount })
            });
            Ok(Credit {
                process: row.uuid(7)?,
                sequence: row.count(8)?,
                at: row.time(6)?,
                bills: bills.collect::<Result<_, _>>()?,
                over: over.transpose()?,
            })
        });
        credits.collect()
    }
}

impl Credit {
    pub(super) fn postings(&self, order: OrderId) -> Result<Vec<Posting>, PostingError> {
        ledger::credit_matched(order, &self.bills, self.over.as_ref(), self.at)
    }
}

pub(super) fn check(
    session: &mut dyn Session,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    sums(session, report)?;
    let mut after = String::new();
    loop {
        let rows = session.query(LOOSE, &[(&after).into(), PAGE.into()])?;
        let Some(last) = rows.last() else {
            break;
        };
        after = last.string(0)?;
        let subjects = rows.iter().map(|row| Ok(format!("bank:{}", row.text(0)?)));
        let subjects = subjects.collect::<Result<Vec<_>, DatabaseError>>()?;
        let transfers = Belonging::load(session, journal::OF_SUBJECTS, &Value::texts(subjects))?;
        for row in &rows {
            let place = format!("bank {}", row.text(0)?);
            let checked = loose(row, &transfers, &place, report);
            report.note(&place, checked)?;
        }
    }
    strangers(session, report)
}

/// A receipt that nobody could place, or a fee: posted once, as the bank said it. What became of
/// a receipt later is of whoever placed it.
fn loose(
    row: &Row,
    transfers: &Belonging,
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), DatabaseError> {
    let reference = row.text(0)?;
    let amount = row.money(2, row.parsed(3)?)?;
    let at = row.time(4)?;
    let batch = row.optional(8, Row::uuid)?;
    let posting = match (row.text(1)?, batch) {
        ("unmatched", Some(_)) => ledger::unmatched_receipt(reference, amount, at),
        ("fee-posted", None) => ledger::bank_fee(reference, amount, at),
        // What a resolution made a receipt is compared with what was signed.
        (
            "amount-mismatch" | "wrong-direction" | "contradiction" | "unpostable"
            | "unknown-order",
            Some(_),
        ) => return Ok(()),
        _ => {
            report.find(
                place,
                "it is no receipt, and listed as one, or the other way round",
            );
            return Ok(());
        }
    };
    if batch.is_some() && (row.money(5, row.parsed(6)?)?, row.time(7)?) != (amount, at) {
        report.find(place, "its receipt is not what the bank said");
    }
    let found = transfers.of(&format!("bank:{reference}")).iter();
    let found = found.map(journal::subject_entry);
    let found = found.collect::<Result<Vec<_>, _>>()?;
    let wanted = posting.ok().into_iter();
    let wanted: Vec<_> = wanted
        .flat_map(|posting| orders::entries(Uuid::nil(), 0, &[posting]).collect::<Vec<_>>())
        .collect();
    let of_the_bank = |event: &str| matches!(event, "unmatched-receipt" | "bank-fee");
    let found: Vec<_> = found
        .into_iter()
        .filter(|(_, _, entry)| of_the_bank(&entry.event))
        .collect();
    let is_posted = found.len() == 1
        && wanted.len() == 1
        && found[0].2 == wanted[0].2
        && batch.is_none_or(|process| process == found[0].0)
        && (batch.is_none() || row.count(9)? == found[0].1);
    if !is_posted {
        report.find(place, "its posting is not what the bank said, once");
    }
    Ok(())
}

/// Each credit is what the bank said, and its parts sum to it; none pays more of a bill than its
/// order names.
fn sums(session: &mut dyn Session, report: &mut VerifyReport) -> Result<(), StoreError> {
    for (sql, problem) in [
        (
            "SELECT credits.reference FROM credits
             LEFT JOIN bank_events ON bank_events.reference = credits.reference
                 AND bank_events.outcome = 'credited'
                 AND bank_events.order_id = credits.order_id
                 AND bank_events.amount = credits.amount
                 AND bank_events.currency = credits.currency
                 AND bank_events.at = credits.at
             WHERE bank_events.reference IS NULL",
            "it is not what the bank said",
        ),
        (
            "SELECT reference FROM credits WHERE amount <> deposit_minor + (
                 SELECT coalesce(sum(principal + penalty), 0) FROM credit_bills
                 WHERE credit_bills.reference = credits.reference)",
            "its parts do not sum to it",
        ),
        (
            "SELECT credits.order_id FROM credit_bills
             JOIN credits ON credits.reference = credit_bills.reference
             GROUP BY credits.order_id, credit_bills.bill
             HAVING sum(credit_bills.principal) > coalesce((
                 SELECT max(order_bills.principal) FROM order_bills
                 WHERE order_bills.order_id = credits.order_id
                 AND order_bills.bill = credit_bills.bill), 0)",
            "more of a bill was paid than it names",
        ),
        (
            "SELECT credits.reference FROM credits JOIN orders ON orders.id = credits.order_id
             WHERE orders.source <> 'transfer'",
            "its order is not one by transfer",
        ),
    ] {
        session.for_each(sql, &[], &mut |row| {
            let reference = row.text(0)?;
            report.find(format_args!("credit {reference}"), problem);
            Ok(())
        })?;
    }
    Ok(())
}

fn strangers(session: &mut dyn Session, report: &mut VerifyReport) -> Result<(), StoreError> {
    let sql = "SELECT reference FROM bank_events WHERE outcome = 'credited'
               AND NOT EXISTS (SELECT 1 FROM credits
                               WHERE credits.reference = bank_events.reference)";
    session.for_each(sql, &[], &mut |row| {
        let reference = row.text(0)?;
        report.find(format_args!("bank {reference}"), "there is no such credit");
        Ok(())
    })?;
    Ok(())
}
