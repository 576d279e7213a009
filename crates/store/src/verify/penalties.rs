//! Penalties, reckoned again: of each bill that an order, a credit, a receipt or a deposit paid what
//! the rules of its day give, on what was open of the bill and in dispute then.
//!
//! The rates are not in the books, so whoever asks brings them. Of a bill that nobody ever disputed
//! the penalty depends on principal and days only. Of one that was disputed it also depends on what
//! was posted and disputed before ([`then`]).

mod then;

use std::collections::HashMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use wattkey_domain::{BillId, Currency, Debt, DisputePeriod, Money, PenaltyHistory, PenaltyRules};

use super::{Finding, VerifyReport};
use crate::StoreError;
use crate::database::{DatabaseError, Mode, Row, Session};
use crate::read::snapshot;
use then::{Disputes, Happened, Movements};

/// What orders pay: what it is, the bill, principal, penalty, the subject of its postings, the day
/// up to which the penalty was counted if it is not that of the posting, when it was taken in, its
/// batch, and the bill's due day and currency. So have all of these.
const OF_ORDERS: &str = "
    SELECT 'order ' || order_bills.order_id, order_bills.bill, order_bills.principal,
        order_bills.penalty, order_bills.order_id, orders.execute, first.at, first.process,
        first.sequence, bills.due, bills.currency
    FROM order_bills JOIN orders ON orders.id = order_bills.order_id
    JOIN order_events AS first ON first.order_id = orders.id AND first.position = 0
    JOIN bills ON bills.id = order_bills.bill";
/// What credits paid, up to the bank's value date.
const OF_CREDITS: &str = "
    SELECT 'credit ' || credits.reference, credit_bills.bill, credit_bills.principal,
        credit_bills.penalty, credits.order_id, credits.value, credits.at, credits.process,
        credits.sequence, bills.due, bills.currency
    FROM credit_bills JOIN credits ON credits.reference = credit_bills.reference
    JOIN bills ON bills.id = credit_bills.bill";
/// What deposits paid by themselves.
const OF_DEPOSITS: &str = "
    SELECT 'bill ' || applications.bill, applications.bill, applications.principal,
        applications.penalty, applications.bill, applications.day, applications.at,
        applications.process, applications.sequence, bills.due, bills.currency
    FROM applications JOIN bills ON bills.id = applications.bill";
/// What two managers made of receipts, up to the bank's value date. The journal has both parts.
const OF_RECEIPTS: &str = "
    SELECT placed.subject, bills.id, placed.amount - coalesce(fixed.amount, 0),
        coalesce(fixed.amount, 0), placed.subject, unmatched_receipts.value, placed.at,
        placed.process, placed.sequence, bills.due, bills.currency
    FROM transfers AS placed
    JOIN bills ON bills.id = substr(placed.credit, 12)
    JOIN unmatched_receipts ON unmatched_receipts.reference = substr(placed.subject, 6)
    LEFT JOIN transfers AS fixed ON fixed.process = placed.process
        AND fixed.sequence = placed.sequence AND fixed.subject = placed.subject
        AND fixed.event = 'penalty-fixed' AND fixed.debit = placed.credit
    WHERE placed.debit = 'unmatched' AND placed.event = 'receipt-matched'";

/// What was paid of a bill with a penalty.
#[derive(Debug)]
struct Charge {
    place: String,
    bill: BillId,
    principal: Money,
    penalty: Money,
    /// Of its postings.
    subject: String,
    /// The day up to which the penalty was counted.
    on: Date,
    /// The day of the posting, by whose rates it was reckoned.
    posted: Date,
    happened: Happened,
    due: Date,
}

/// Reckons all penalties again: what is not as it must be, at most 1,000 of it.
pub(crate) fn verify(
    session: &mut dyn Session,
    rates: &PenaltyHistory,
    time_zone: &TimeZone,
) -> Result<Vec<Finding>, StoreError> {
    let mut report = VerifyReport::default();
    snapshot(session, Mode::Scan, |session| {
        check(session, rates, time_zone, &mut report)
    })?;
    Ok(report.findings)
}

fn check(
    session: &mut dyn Session,
    rates: &PenaltyHistory,
    time_zone: &TimeZone,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    let disputes = Disputes::load(session, time_zone, report)?;
    let mut disputed: HashMap<BillId, Vec<Charge>> = HashMap::new();
    for sql in [OF_ORDERS, OF_CREDITS, OF_DEPOSITS, OF_RECEIPTS] {
        session.for_each(sql, &[], &mut |row| {
            let charge = charge(&row, time_zone)?;
            if disputes.has(&charge.bill) {
                let charges = disputed.entry(charge.bill.clone()).or_default();
                charges.push(charge);
            } else {
                undisputed(&charge, rates, report);
            }
            Ok(())
        })?;
    }
    for (bill, charges) in disputed {
        let movements = Movements::load(session, &bill)?;
        for charge in &charges {
            let opens = movements.open_before(&charge.happened, &charge.subject);
            let Some(opens) = opens else { continue };
            let periods = disputes.known_at(&bill, &charge.happened);
            once_disputed(charge, rates, &opens, &periods, report);
        }
    }
    Ok(())
}

fn charge(row: &Row, time_zone: &TimeZone) -> Result<Charge, DatabaseError> {
    let currency: Currency = row.parsed(10)?;
    let at = row.time(6)?;
    let posted = time_zone.to_datetime(at).date();
    Ok(Charge {
        place: row.string(0)?,
        bill: row.parsed(1)?,
        principal: row.money(2, currency)?,
        penalty: row.money(3, currency)?,
        subject: row.string(4)?,
        on: row.optional(5, Row::parsed)?.unwrap_or(posted),
        posted,
        happened: Happened {
            batch: Some((row.uuid(7)?, row.count(8)?)),
            at: at.as_second(),
        },
        due: row.parsed(9)?,
    })
}

/// What the rules give of a charge.
fn reckoned(
    rules: &PenaltyRules,
    charge: &Charge,
    open: Money,
    disputes: &[DisputePeriod],
) -> Option<Money> {
    let debt = Debt {
        due: charge.due,
        open,
        disputes,
        today: charge.posted,
    };
    rules.penalty(charge.principal, &debt, charge.on).ok()
}

fn undisputed(charge: &Charge, rates: &PenaltyHistory, report: &mut VerifyReport) {
    let rules = rates.on(charge.posted);
    let wanted = rules.map(|rules| reckoned(rules, charge, charge.principal, &[]));
    compare(charge, wanted, report);
}

/// What two processes posted in the same hour may have been in either order: a penalty is right that
/// is right in one of them.
fn once_disputed(
    charge: &Charge,
    rates: &PenaltyHistory,
    opens: &[i64],
    periods: &[Vec<DisputePeriod>],
    report: &mut VerifyReport,
) {
    let opens = opens
        .iter()
        .filter(|open| **open >= charge.principal.minor())
        .filter_map(|open| Money::new(*open, charge.principal.currency()).ok());
    let wanted = opens.flat_map(|open| {
        let rules = rates.on(charge.posted);
        rules.flat_map(move |rules| {
            let known = periods.iter();
            known.map(move |known| reckoned(rules, charge, open, known))
        })
    });
    compare(charge, wanted, report);
}

fn compare(
    charge: &Charge,
    wanted: impl Iterator<Item = Option<Money>>,
    report: &mut VerifyReport,
) {
    let mut first = None;
    for wanted in wanted.flatten() {
        if wanted == charge.penalty {
            return;
        }
        first = first.or(Some(wanted));
    }
    let (bill, penalty) = (&charge.bill, charge.penalty.minor());
    let wanted = first.map_or_else(|| "none".to_owned(), |wanted| wanted.minor().to_string());
    let problem = format!("its penalty of bill {bill} is {penalty}, the rules give {wanted}");
    report.find(&charge.place, problem);
}
