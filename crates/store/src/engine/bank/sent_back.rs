//! What the bank says of money that is sent back.

use wattkey_domain::{BankEvent, Money, ResolutionId, Transition};

use super::Pending;
use crate::StoreError;
use crate::engine::Working;
use crate::outcome::{BankEventOutcome, BankReport};

/// It goes through the states of a refund. What fails lets its receipt wait again.
pub(super) fn take(
    working: &mut Working,
    report: &BankReport,
    id: ResolutionId,
    (event, amount): (BankEvent, Option<Money>),
    note: Option<String>,
) -> Result<Pending, StoreError> {
    let other = |outcome| Ok(Pending::Other(outcome));
    let Some(found) = working.returns.get(&id) else {
        return other(BankEventOutcome::UnknownOrder);
    };
    let (from, expected) = (found.state, found.money.amount);
    if amount.is_some_and(|amount| amount != expected) {
        return other(BankEventOutcome::AmountMismatch { expected });
    }
    let state = match from.next(event.of_refund()) {
        Ok(Transition::To(to)) => to,
        Ok(Transition::Unchanged) => return other(BankEventOutcome::Unchanged { state: from }),
        Err(contradiction) => return other(BankEventOutcome::Contradiction(contradiction)),
    };
    match working.advance_return(id, state, report.now, note)? {
        Ok(()) => other(BankEventOutcome::SentBack { state }),
        Err(error) => other(BankEventOutcome::Unpostable(error)),
    }
}
