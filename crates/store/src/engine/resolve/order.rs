//! Orders, and money on its way back, that are stuck at the bank; and money that the bank booked for one that it does not
//! fit: two managers say where it goes.
//!
//! Whatever the bank booked, the books' bank account follows: what came in beyond what the order
//! explains waits as a receipt, what is missing of it the bank has kept as a fee.

use jiff::Timestamp;
use wattkey_domain::Transition;
use wattkey_domain::ledger::{self, LedgerAccount, Posting, PostingError};
use wattkey_domain::{
    BankEvent, Currency, Item, Money, MoneyError, OrderCause, OrderId, OrderState, ResolutionId,
};

use super::{EventTerms, ItemTerms, Plan, Said, Stuck};
use crate::engine::Working;
use crate::engine::working::{Order, Return};
use crate::outcome::ResolutionRefusal as Refusal;

/// What the bank booked, and what it is of.
enum Of<'w> {
    Order(OrderId, &'w Order),
    Return(ResolutionId, &'w Return),
}

impl<'w> Of<'w> {
    /// What the item is of, and that goes through the bank.
    fn item(item: &ItemTerms, working: &'w Working) -> Option<Self> {
        if let Some(id) = item.sent_back {
            return Some(Self::Return(id, working.returns.get(&id)?));
        }
        let id = item.order?;
        let order = working.orders.get(&id)?;
        order.money.goes_to_bank().then_some(Self::Order(id, order))
    }

    fn state(&self) -> OrderState {
        match self {
            Self::Order(_, order) => order.state,
            Self::Return(_, one) => one.state,
        }
    }

    fn currency(&self) -> Currency {
        match self {
            Self::Order(_, order) => order.money.currency,
            Self::Return(_, one) => one.money.amount.currency(),
        }
    }

    /// Whether our bank pays it out.
    fn goes_out(&self) -> bool {
        match self {
            Self::Order(_, order) => order.money.refund.is_some(),
            Self::Return(..) => true,
        }
    }

    fn entering(&self, to: OrderState, now: Timestamp) -> Result<Vec<Posting>, PostingError> {
        match self {
            Self::Order(_, order) => order.money.entering(Some(order.state), to, now),
            Self::Return(_, one) => one.money.entering(to, now),
        }
    }

    fn stuck(&self) -> Stuck {
        match self {
            Self::Order(id, _) => Stuck::Order(*id),
            Self::Return(id, _) => Stuck::Return(*id),
        }
    }
}

/// Money that came in and fits no order waits as a receipt.
pub(super) fn received(
    name: &Item,
    item: &ItemTerms,
    working: &Working,
    now: Timestamp,
) -> Result<Plan, Refusal> {
    let of = Of::item(item, working);
    let came_in = item
        .event
        .as_ref()
        .and_then(|event| booked(event, of.as_ref()));
    match came_in {
        Some((minor, currency)) if minor > 0 => {
            explained(name, Plan::default(), (minor, currency), now)
        }
        _ => Err(Refusal::NoMoney),
    }
}

/// What the item is of comes to where the cause brings it.
pub(super) fn moved(
    name: &Item,
    item: &ItemTerms,
    cause: OrderCause,
    working: &Working,
    now: Timestamp,
) -> Result<Plan, Refusal> {
    let of = Of::item(item, working).ok_or(Refusal::NoOrder)?;
    let state = of.state();
    let to = match state.next(cause) {
        Ok(Transition::To(to)) => to,
        Ok(Transition::Unchanged) => {
            let contradiction = wattkey_domain::Contradiction { state, cause };
            return Err(Refusal::Contradiction(contradiction));
        }
        Err(contradiction) => return Err(Refusal::Contradiction(contradiction)),
    };
    let plan = Plan {
        postings: of.entering(to, now)?,
        enters: Some((of.stuck(), to)),
        ..Plan::default()
    };
    let event = item.event.as_ref();
    let Some((minor, currency)) = event.and_then(|event| booked(event, Some(&of))) else {
        return Ok(plan);
    };
    if currency != of.currency() {
        let (left, right) = (currency, of.currency());
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
fn booked(event: &EventTerms, of: Option<&Of<'_>>) -> Option<(i64, Currency)> {
    let amount = event.amount?;
    let goes_out = of.is_some_and(Of::goes_out);
    let comes_in = match event.said {
        Said::Credit | Said::Order(BankEvent::Booked) => true,
        Said::Order(BankEvent::Returned) => goes_out,
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
