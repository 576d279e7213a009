//! Accepting an order: all checks first, then everything at once.

use std::collections::HashMap;

use wattkey_domain::ledger::{self, OrderBill};
use wattkey_domain::{Currency, Money, MoneyError, OrderState};

use super::wanted::Bindings;
use super::working::{Message, Order};
use super::{Decide, Wanted, Working};
use crate::StoreError;
use crate::outcome::{AcceptBill, AcceptOrder, AcceptOutcome, JournalPosition, OrderPosted};
use crate::read::orders::OrderEvent;

/// An outcome whose link is not known before the batch ends.
#[derive(Debug)]
pub(crate) enum Pending {
    Accepted(OrderEvent),
    Exists(OrderEvent),
    Other(AcceptOutcome),
}

/// An event of this very batch gets the batch's link, an older one has its own.
pub(super) fn posted(event: &OrderEvent, committed: Option<&JournalPosition>) -> OrderPosted {
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

impl Decide for AcceptOrder {
    type Pending = Pending;
    type Answer = AcceptOutcome;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.orders.push(self.order);
        let bills = self.bills.iter().map(|bill| bill.bill.clone());
        wanted.bills.extend(bills);
        wanted.mandates.push(self.mandate.clone());
        wanted.users.push(self.user);
        wanted.messages.push(self.message_id.clone());
        wanted.bindings(Bindings::Read);
    }

    fn decide(&self, working: &mut Working) -> Result<Pending, StoreError> {
        if let Some(known) = known(working, self)? {
            return Ok(known);
        }
        if let Some(refusal) = refusal(working, self) {
            return Ok(Pending::Other(refusal));
        }
        check_platform(working, self)?;
        let bills: Vec<_> = self.bills.iter().map(paid).collect();
        let postings = match ledger::accepted(self.order, &bills, self.now) {
            Ok(postings) => postings,
            Err(error) => return Ok(Pending::Other(AcceptOutcome::Unpostable(error))),
        };
        let total = match total(self.currency, &bills) {
            Ok(total) => total,
            Err(error) => return Ok(Pending::Other(AcceptOutcome::Unpostable(error.into()))),
        };
        working.post(&postings)?;
        let event = keep(working, self, bills, total);
        Ok(Pending::Accepted(event))
    }

    fn finish(pending: Pending, committed: Option<&JournalPosition>) -> AcceptOutcome {
        match pending {
            Pending::Accepted(event) => AcceptOutcome::Accepted(posted(&event, committed)),
            Pending::Exists(event) => AcceptOutcome::Exists(posted(&event, committed)),
            Pending::Other(outcome) => outcome,
        }
    }
}

fn known(working: &Working, order: &AcceptOrder) -> Result<Option<Pending>, StoreError> {
    let Some(known) = working.orders.get(&order.order) else {
        return Ok(None);
    };
    let digest = known.digest;
    let last = known.history.last().cloned();
    if digest != order.digest {
        let outcome = AcceptOutcome::ExistsWithDifferentPayload { digest };
        return Ok(Some(Pending::Other(outcome)));
    }
    let last =
        last.ok_or_else(|| StoreError::Corrupt(format!("order {} has no history", order.order)))?;
    Ok(Some(Pending::Exists(last)))
}

fn refusal(working: &Working, order: &AcceptOrder) -> Option<AcceptOutcome> {
    // In this transaction, so that no order is posted after the step that unbinds its signer.
    if working.bindings.sequence != order.bindings {
        return Some(AcceptOutcome::BindingsMoved);
    }
    if let Some(refusal) = check_mandate(working, order) {
        return Some(refusal);
    }
    order.bills.iter().enumerate().find_map(|(index, wanted)| {
        // At most 100 bills: looking is cheaper than hashing.
        if order.bills[..index]
            .iter()
            .any(|one| one.bill == wanted.bill)
        {
            let bill = wanted.bill.clone();
            return Some(AcceptOutcome::BillTwice { bill });
        }
        check_bill(working, order, wanted)
    })
}

fn check_mandate(working: &Working, order: &AcceptOrder) -> Option<AcceptOutcome> {
    let mandate = working.mandates.get(&order.mandate);
    let Some(mandate) = mandate.filter(|mandate| mandate.customer == order.customer) else {
        return Some(AcceptOutcome::UnknownMandate);
    };
    if mandate.currency != order.currency {
        let currency = mandate.currency;
        return Some(AcceptOutcome::MandateCurrency { currency });
    }
    (order.quoting.today(order.now) < mandate.valid_from)
        .then_some(AcceptOutcome::MandateNotInForce)
}

fn check_bill(
    working: &Working,
    order: &AcceptOrder,
    wanted: &AcceptBill,
) -> Option<AcceptOutcome> {
    let bill = wanted.bill.clone();
    let found = working.bills.get(&bill);
    let Some(found) = found.filter(|found| found.customer == order.customer) else {
        return Some(AcceptOutcome::UnknownBill { bill });
    };
    if found.digest != wanted.document {
        let digest = found.digest;
        return Some(AcceptOutcome::DocumentMismatch { bill, digest });
    }
    let currency = found.currency;
    if currency != order.currency {
        return Some(AcceptOutcome::BillCurrency { bill, currency });
    }
    if let Some((order, user)) = found.claim {
        return Some(AcceptOutcome::BillClaimed { bill, order, user });
    }
    if found.open == 0 {
        return Some(AcceptOutcome::BillPaid { bill });
    }
    if wanted.quote_until <= order.now {
        return Some(AcceptOutcome::QuoteExpired { bill });
    }
    let open = match Money::new(found.open, currency) {
        Ok(open) => open,
        Err(error) => return Some(AcceptOutcome::Unpostable(error.into())),
    };
    let today = order.quoting.today(order.now);
    let penalty = match order.quoting.rules.penalty(open, found.due, today) {
        Ok(penalty) => penalty,
        Err(error) => return Some(AcceptOutcome::Unpostable(error.into())),
    };
    ((wanted.principal, wanted.penalty) != (open, penalty)).then_some(
        AcceptOutcome::QuoteMismatch {
            bill,
            principal: open,
            penalty,
        },
    )
}

/// What only a fault of the platform can get wrong; the database would refuse the whole batch.
fn check_platform(working: &Working, order: &AcceptOrder) -> Result<(), StoreError> {
    let refuse = |what: &str| {
        let order = order.order;
        Err(StoreError::Refused(format!("order {order}: {what}")))
    };
    if !working.users.contains(&order.user) {
        return refuse("there is no such user");
    }
    if working.messages.contains_key(&order.message_id) {
        return refuse("its message id is taken");
    }
    if order.reference.contains('\0') || order.jws.contains('\0') {
        return refuse("a text has a NUL, which no database keeps");
    }
    Ok(())
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

/// Nothing here can fail: the order, its claims, its first state and its message.
fn keep(
    working: &mut Working,
    order: &AcceptOrder,
    bills: Vec<OrderBill>,
    total: Money,
) -> OrderEvent {
    let event = working.event(OrderState::Accepted, order.now, None);
    for bill in &bills {
        if let Some(bill) = working.bills.get_mut(&bill.bill) {
            bill.claim = Some((order.order, order.user));
        }
    }
    let message = Message {
        order: order.order,
        state: OrderState::Accepted,
        body: order.message.clone(),
        created: order.now.as_second(),
        leased_until: None,
        attempts: 0,
        sent: None,
        changed: false,
        is_new: true,
    };
    working.messages.insert(order.message_id.clone(), message);
    working.rows.order(order, total);
    let new = Order {
        digest: order.digest,
        state: OrderState::Accepted,
        total,
        bills,
        history: vec![event.clone()],
        receipts: HashMap::new(),
        kept: None,
    };
    working.orders.insert(order.order, new);
    event
}

#[cfg(test)]
mod tests;
