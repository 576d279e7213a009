//! Orders that are stuck at the bank, and money that the bank booked for an order that it does not
//! fit: two managers say where it goes.
//!
//! Whatever the bank booked, the books' bank account follows: what came in beyond what the order
//! explains waits as a receipt, what is missing of it the bank has kept as a fee.

use jiff::Timestamp;
use wattkey_domain::Transition;
use wattkey_domain::ledger::{self, LedgerAccount, Posting};
use wattkey_domain::{BankEvent, Currency, Item, Money, MoneyError, OrderCause, OrderState};

use super::{EventTerms, ItemTerms, Plan, Said};
use crate::engine::Working;
use crate::engine::working::Order;
use crate::outcome::ResolutionRefusal as Refusal;

/// Money that came in and fits no order waits as a receipt.
pub(super) fn received(
    name: &Item,
    item: &ItemTerms,
    working: &Working,
    now: Timestamp,
) -> Result<Plan, Refusal> {
    let order = item.order.and_then(|order| working.orders.get(&order));
    let came_in = item.event.as_ref().and_then(|event| booked(event, order));
    match came_in {
        Some((minor, currency)) if minor > 0 => {
            explained(name, Plan::default(), (minor, currency), now)
        }
        _ => Err(Refusal::NoMoney),
    }
}

/// The item's order comes to where the cause brings it.
pub(super) fn moved(
    name: &Item,
    item: &ItemTerms,
    cause: OrderCause,
    working: &Working,
    now: Timestamp,
) -> Result<Plan, Refusal> {
    let id = item.order.ok_or(Refusal::NoOrder)?;
    let order = working.orders.get(&id);
    let order = order.filter(|order| order.money.goes_to_bank());
    let order = order.ok_or(Refusal::NoOrder)?;
    let to = match order.state.next(cause) {
        Ok(Transition::To(to)) => to,
        Ok(Transition::Unchanged) => {
            let state = order.state;
            let contradiction = wattkey_domain::Contradiction { state, cause };
            return Err(Refusal::Contradiction(contradiction));
        }
        Err(contradiction) => return Err(Refusal::Contradiction(contradiction)),
    };
    let plan = Plan {
        postings: order.money.entering(Some(order.state), to, now)?,
        enters: Some((id, to)),
        receipt: None,
    };
    let Some((minor, currency)) = item
        .event
        .as_ref()
        .and_then(|event| booked(event, Some(order)))
    else {
        return Ok(plan);
    };
    if currency != order.money.currency {
        let (left, right) = (currency, order.money.currency);
        return Err(MoneyError::Currencies { left, right }.into());
    }
    let left = minor - through_bank(&plan.postings);
    if left < 0 && to == OrderState::Rejected {
        let amount = Money::new(-left, currency)?;
        return Err(Refusal::MoneyLeft { amount });
    }
    explained(name, plan, (left, currency), now)
}

/// What the bank booked on our account with it, in minor units; negative when it took it.
fn booked(event: &EventTerms, order: Option<&Order>) -> Option<(i64, Currency)> {
    let amount = event.amount?;
    let is_refund = order.is_some_and(|order| order.money.refund.is_some());
    let comes_in = match event.said {
        Said::Credit | Said::Order(BankEvent::Booked) => true,
        Said::Order(BankEvent::Returned) => is_refund,
        Said::Fee | Said::Order(BankEvent::PaidOut) => false,
        Said::Order(BankEvent::Submitted | BankEvent::Rejected) => return None,
    };
    let minor = amount.minor();
    Some((if comes_in { minor } else { -minor }, amount.currency()))
}

/// What postings move into our account at the bank.
fn through_bank(postings: &[Posting]) -> i64 {
    let transfers = postings.iter().flat_map(|posting| &posting.transfers);
    transfers
        .map(|transfer| match (transfer.debit(), transfer.credit()) {
            (LedgerAccount::Bank, _) => transfer.amount().minor(),
            (_, LedgerAccount::Bank) => -transfer.amount().minor(),
            _ => 0,
        })
        .sum()
}

/// Adds what the bank booked beyond the rest.
fn explained(
    name: &Item,
    mut plan: Plan,
    (minor, currency): (i64, Currency),
    now: Timestamp,
) -> Result<Plan, Refusal> {
    let Item::Event(reference) = name else {
        return Ok(plan);
    };
    let amount = Money::new(minor.abs(), currency)?;
    match minor {
        0 => {}
        1.. => {
            let receipt = ledger::unmatched_receipt(reference, amount, now)?;
            plan.postings.push(receipt);
            plan.receipt = Some(amount);
        }
        _ => plan
            .postings
            .push(ledger::bank_fee(reference, amount, now)?),
    }
    Ok(plan)
}
