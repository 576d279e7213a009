//! Accepting an order: all checks first, then everything at once.

use std::collections::BTreeSet;

use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension as _, params};
use wattkey_domain::ledger::{self, OrderBill};
use wattkey_domain::{BillId, Currency, Money, MoneyError, OrderId, OrderState, UserId};
use wattkey_failpoint::failpoint;

use crate::outcome::{AcceptBill, AcceptOrder, AcceptOutcome, JournalPosition, OrderPosted};
use crate::read::bindings;
use crate::read::orders::{self, OrderEvent};
use crate::write::Batch;
use crate::{StoreError, row};

/// An outcome whose link is not known before the batch ends.
#[derive(Debug)]
pub(crate) enum Pending {
    Accepted(OrderEvent),
    Exists(OrderEvent),
    Other(AcceptOutcome),
}

impl Pending {
    pub(crate) fn finish(self, committed: Option<&JournalPosition>) -> AcceptOutcome {
        match self {
            Self::Accepted(event) => AcceptOutcome::Accepted(posted(&event, committed)),
            Self::Exists(event) => AcceptOutcome::Exists(posted(&event, committed)),
            Self::Other(outcome) => outcome,
        }
    }
}

/// An event of this very batch gets the batch's link, an older one has its own.
pub(crate) fn posted(event: &OrderEvent, committed: Option<&JournalPosition>) -> OrderPosted {
    let journal = match committed {
        Some(committed)
            if committed.sequence == event.journal.sequence
                && committed.process == event.journal.process =>
        {
            *committed
        }
        _ => event.journal,
    };
    OrderPosted {
        state: event.state,
        at: event.at,
        journal,
    }
}

pub(crate) fn accept(batch: &mut Batch<'_>, order: &AcceptOrder) -> Result<Pending, StoreError> {
    let connection = batch.connection();
    if let Some(known) = known(connection, order)? {
        return Ok(known);
    }
    // In this transaction, so that no order is posted after the step that unbinds its signer.
    if bindings::head(connection)?.sequence != order.bindings {
        return Ok(Pending::Other(AcceptOutcome::BindingsMoved));
    }
    if let Some(refusal) = check_mandate(connection, order)? {
        return Ok(Pending::Other(refusal));
    }
    let mut seen = BTreeSet::new();
    for bill in &order.bills {
        if !seen.insert(&bill.bill) {
            return Ok(Pending::Other(AcceptOutcome::BillTwice {
                bill: bill.bill.clone(),
            }));
        }
        if let Some(refusal) = check_bill(connection, order, bill)? {
            return Ok(Pending::Other(refusal));
        }
    }
    let bills: Vec<_> = order.bills.iter().map(paid).collect();
    let postings = match ledger::accepted(order.order, &bills, order.now) {
        Ok(postings) => postings,
        Err(error) => return Ok(Pending::Other(AcceptOutcome::Unpostable(error))),
    };
    let total = match total(order.currency, &bills) {
        Ok(total) => total,
        Err(error) => return Ok(Pending::Other(AcceptOutcome::Unpostable(error.into()))),
    };
    insert_order(connection, order, total)?;
    for (position, bill) in bills.iter().enumerate() {
        claim(connection, order.order, position, bill)?;
    }
    for posting in &postings {
        batch.post(posting)?;
    }
    insert_message(connection, order)?;
    let event = orders::insert_event(batch, order.order, OrderState::Accepted, None, order.now)?;
    failpoint!("platform.order-posted-not-committed");
    Ok(Pending::Accepted(event))
}

fn known(connection: &Connection, order: &AcceptOrder) -> Result<Option<Pending>, StoreError> {
    let digest: Option<[u8; 32]> = connection
        .prepare_cached("SELECT digest FROM orders WHERE id = ?1")?
        .query_row([order.order.to_string()], |row| row.get(0))
        .optional()?;
    let Some(digest) = digest else {
        return Ok(None);
    };
    if digest != order.digest {
        let outcome = AcceptOutcome::ExistsWithDifferentPayload { digest };
        return Ok(Some(Pending::Other(outcome)));
    }
    let last = orders::history(connection, order.order)?.pop();
    let last =
        last.ok_or_else(|| StoreError::Corrupt(format!("order {} has no history", order.order)))?;
    Ok(Some(Pending::Exists(last)))
}

fn check_mandate(
    connection: &Connection,
    order: &AcceptOrder,
) -> Result<Option<AcceptOutcome>, StoreError> {
    let mandate: Option<(Currency, Date)> = connection
        .prepare_cached(
            "SELECT currency, valid_from FROM mandates WHERE id = ?1 AND customer = ?2",
        )?
        .query_row(
            params![order.mandate.as_str(), order.customer.to_string()],
            |row| Ok((row::parsed(row, 0)?, row::parsed(row, 1)?)),
        )
        .optional()?;
    Ok(match mandate {
        None => Some(AcceptOutcome::UnknownMandate),
        Some((currency, _)) if currency != order.currency => {
            Some(AcceptOutcome::MandateCurrency { currency })
        }
        Some((_, from)) if order.quoting.today(order.now) < from => {
            Some(AcceptOutcome::MandateNotInForce)
        }
        Some(_) => None,
    })
}

struct OpenBill {
    open: Money,
    due: Date,
    digest: [u8; 32],
}

fn check_bill(
    connection: &Connection,
    order: &AcceptOrder,
    wanted: &AcceptBill,
) -> Result<Option<AcceptOutcome>, StoreError> {
    let bill = || wanted.bill.clone();
    let Some(found) = find(connection, order, &wanted.bill)? else {
        return Ok(Some(AcceptOutcome::UnknownBill { bill: bill() }));
    };
    if found.digest != wanted.document {
        let digest = found.digest;
        return Ok(Some(AcceptOutcome::DocumentMismatch {
            bill: bill(),
            digest,
        }));
    }
    let currency = found.open.currency();
    if currency != order.currency {
        return Ok(Some(AcceptOutcome::BillCurrency {
            bill: bill(),
            currency,
        }));
    }
    if let Some((order, user)) = claimed_by(connection, &wanted.bill)? {
        return Ok(Some(AcceptOutcome::BillClaimed {
            bill: bill(),
            order,
            user,
        }));
    }
    if found.open.is_zero() {
        return Ok(Some(AcceptOutcome::BillPaid { bill: bill() }));
    }
    if wanted.quote_until <= order.now {
        return Ok(Some(AcceptOutcome::QuoteExpired { bill: bill() }));
    }
    let today = order.quoting.today(order.now);
    let penalty = match order.quoting.rules.penalty(found.open, found.due, today) {
        Ok(penalty) => penalty,
        Err(error) => return Ok(Some(AcceptOutcome::Unpostable(error.into()))),
    };
    if (wanted.principal, wanted.penalty) != (found.open, penalty) {
        let principal = found.open;
        return Ok(Some(AcceptOutcome::QuoteMismatch {
            bill: bill(),
            principal,
            penalty,
        }));
    }
    Ok(None)
}

fn find(
    connection: &Connection,
    order: &AcceptOrder,
    bill: &BillId,
) -> rusqlite::Result<Option<OpenBill>> {
    connection
        .prepare_cached(
            "SELECT currency, open_minor, due, digest FROM bills WHERE id = ?1 AND customer = ?2",
        )?
        .query_row(params![bill.as_str(), order.customer.to_string()], |row| {
            let currency = row::parsed(row, 0)?;
            Ok(OpenBill {
                open: row::money(row, 1, currency)?,
                due: row::parsed(row, 2)?,
                digest: row.get(3)?,
            })
        })
        .optional()
}

fn claimed_by(
    connection: &Connection,
    bill: &BillId,
) -> rusqlite::Result<Option<(OrderId, UserId)>> {
    connection
        .prepare_cached(
            "SELECT orders.id, orders.user_id FROM order_bills
             JOIN orders ON orders.id = order_bills.order_id
             WHERE order_bills.bill = ?1 AND order_bills.claimed = 1",
        )?
        .query_row([bill.as_str()], |row| {
            Ok((row::parsed(row, 0)?, row::parsed(row, 1)?))
        })
        .optional()
}

fn paid(bill: &AcceptBill) -> OrderBill {
    OrderBill {
        bill: bill.bill.clone(),
        principal: bill.principal,
        penalty: bill.penalty,
    }
}

fn total(currency: Currency, bills: &[OrderBill]) -> Result<Money, MoneyError> {
    let totals = bills
        .iter()
        .map(OrderBill::total)
        .collect::<Result<Vec<_>, _>>()?;
    Money::sum(currency, totals)
}

fn insert_order(
    connection: &Connection,
    order: &AcceptOrder,
    total: Money,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO orders (id, customer, user_id, mandate, currency, total, reference, jws, digest, accepted, state)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            order.order.to_string(),
            order.customer.to_string(),
            order.user.to_string(),
            order.mandate.as_str(),
            order.currency.code(),
            total.minor(),
            order.reference,
            order.jws,
            order.digest,
            order.now.as_second(),
            OrderState::Accepted.as_str(),
        ])
        .map(|_| ())
}

fn claim(
    connection: &Connection,
    order: OrderId,
    position: usize,
    bill: &OrderBill,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO order_bills (order_id, position, bill, principal, penalty, claimed)
             VALUES (?1, ?2, ?3, ?4, ?5, 1)",
        )?
        .execute(params![
            order.to_string(),
            position,
            bill.bill.as_str(),
            bill.principal.minor(),
            bill.penalty.minor(),
        ])
        .map(|_| ())
}

fn insert_message(connection: &Connection, order: &AcceptOrder) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO outbox (id, order_id, body, created) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![
            order.message_id,
            order.order.to_string(),
            order.message,
            order.now.as_second(),
        ])
        .map(|_| ())
}
