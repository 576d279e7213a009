//! A second person's decision on an order, and its signer's own second thoughts.

use wattkey_domain::ledger::Funds;
use wattkey_domain::{Decision, OrderCause, OrderState, Right, Transition};

use super::accept::{pack_message, posted, put};
use super::wanted::Bindings;
use super::working::Order;
use super::{Decide, Wanted, Working};
use crate::StoreError;
use crate::outcome::{DecideOrder, DecideOutcome, JournalPosition, MessageOf, MissingRight};
use crate::read::orders::OrderEvent;

/// What is added to the history of an order that was approved in vain.
const NOT_COVERED: &str = "the deposit does not cover it";

/// An outcome whose link is not known before the batch ends.
#[derive(Debug)]
pub(crate) enum Pending {
    Moved(OrderEvent),
    Rejected(OrderEvent),
    Exists(OrderEvent),
    Other(DecideOutcome),
}

impl Decide for DecideOrder {
    type Pending = Pending;
    type Answer = DecideOutcome;

    fn prepare(&mut self) {
        pack_message(&mut self.message);
    }

    fn wants(&self, wanted: &mut Wanted) {
        wanted.orders.push(self.order);
        wanted.bills_of_orders = true;
        wanted.decisions = true;
        wanted.access.push(self.user);
        // Its message may be finished with it.
        wanted.finished_messages += 1;
        let message = self.message.iter().map(|message| message.id.clone());
        wanted.messages.extend(message);
        wanted.bindings(Bindings::Read);
    }

    fn decide(&self, working: &mut Working) -> Result<Pending, StoreError> {
        let other = |outcome| Ok(Pending::Other(outcome));
        let order = working.orders.get(&self.order);
        let Some(order) = order.filter(|order| order.customer == self.customer) else {
            return other(DecideOutcome::UnknownOrder);
        };
        if order.digest != self.digest {
            return other(DecideOutcome::DifferentDigest);
        }
        if order.decisions.contains(&(self.user, self.decision)) {
            let last = order.history.last().cloned();
            let no_history = || StoreError::Corrupt(format!("order {} has no history", self.order));
            return last.map(Pending::Exists).ok_or_else(no_history);
        }
        if working.bindings.sequence != self.bindings {
            return other(DecideOutcome::BindingsMoved);
        }
        if self.decision != Decision::Cancel && order.user == self.user {
            return other(DecideOutcome::OwnOrder);
        }
        if let Some(missing) = self.missing_right(working, order) {
            return other(DecideOutcome::NoRight(missing));
        }
        if self.jws.contains('\0') {
            let what = format!("a decision on order {}: it has a NUL", self.order);
            return Err(StoreError::Refused(what));
        }
        match self.decision {
            Decision::Approve => self.approve(working),
            Decision::Refuse => self.end(working, OrderCause::Refused),
            Decision::Cancel => {
                if let Some(outcome) = self.is_out_of_hand(working, order) {
                    return other(outcome);
                }
                self.end(working, OrderCause::Cancelled)
            }
        }
    }

    fn finish(pending: Pending, committed: Option<&JournalPosition>) -> DecideOutcome {
        match pending {
            Pending::Moved(event) => DecideOutcome::Moved(posted(&event, committed)),
            Pending::Rejected(event) => DecideOutcome::Rejected(posted(&event, committed)),
            Pending::Exists(event) => DecideOutcome::Exists(posted(&event, committed)),
            Pending::Other(outcome) => outcome,
        }
    }
}

impl DecideOrder {
    fn approve(&self, working: &mut Working) -> Result<Pending, StoreError> {
        let other = |outcome| Ok(Pending::Other(outcome));
        let gone = || StoreError::Corrupt(format!("order {} is gone", self.order));
        let order = working.orders.get(&self.order).ok_or_else(gone)?;
        let state = order.state;
        if state.next(OrderCause::Approved) != Ok(Transition::To(OrderState::Accepted)) {
            return other(DecideOutcome::NotPossible { state });
        }
        let now = self.now.as_second();
        if order.lapses.is_some_and(|lapses| lapses <= now) {
            return other(DecideOutcome::TooLate);
        }
        let today = self.quoting.today(self.now);
        let mandate = order.mandate.as_ref();
        let mandate = mandate.and_then(|mandate| working.mandates.get(mandate));
        let day = order.execute.map_or(today, |day| day.max(today));
        if mandate.is_some_and(|mandate| mandate.ended.is_some_and(|ended| ended <= day)) {
            return other(DecideOutcome::MandateNotInForce);
        }
        if !is_covered(working, order) {
            return self.uncovered(working);
        }
        let settles =
            matches!(order.money.funds, Funds::Deposit(_)) && order.money.refund.is_none();
        let goes_to_bank = order.money.goes_to_bank();
        let taken = self.message.as_ref();
        let taken = taken.is_some_and(|message| working.messages.contains_key(&message.id));
        if goes_to_bank != self.message.is_some() || taken {
            let what = format!(
                "the approval of order {}: it needs a message to the bank of its own if the order goes there",
                self.order
            );
            return Err(StoreError::Refused(what));
        }
        let mut event = self.advance(working, OrderState::Accepted, None)?;
        if let Some(message) = &self.message {
            put(working, MessageOf::Order(self.order), message, self.now);
        }
        if settles {
            event = self.advance(working, OrderState::Settled, None)?;
        }
        self.keep(working);
        Ok(Pending::Moved(event))
    }

    /// Another one spent the deposit meanwhile. The decision stays: it was one.
    fn uncovered(&self, working: &mut Working) -> Result<Pending, StoreError> {
        let note = Some(NOT_COVERED.to_owned());
        let event = self.advance(working, OrderState::Rejected, note)?;
        self.keep(working);
        Ok(Pending::Rejected(event))
    }

    fn end(&self, working: &mut Working, cause: OrderCause) -> Result<Pending, StoreError> {
        let state = working.orders.get(&self.order).map(|order| order.state);
        let to = state.map(|state| state.next(cause));
        let Some(Ok(Transition::To(to))) = to else {
            let gone = || StoreError::Corrupt(format!("order {} is gone", self.order));
            let state = state.ok_or_else(gone)?;
            return Ok(Pending::Other(DecideOutcome::NotPossible { state }));
        };
        let event = self.advance(working, to, None)?;
        self.keep(working);
        Ok(Pending::Moved(event))
    }

    /// Why an order cannot be cancelled any more: the bank may have it.
    fn is_out_of_hand(&self, working: &Working, order: &Order) -> Option<DecideOutcome> {
        if order.state == OrderState::Submitted {
            return Some(DecideOutcome::AlreadySent);
        }
        if order.state != OrderState::Accepted || !order.money.goes_to_bank() {
            return None;
        }
        let mut messages = working.messages.values();
        let in_hand = messages.any(|message| {
            message.of == MessageOf::Order(self.order)
                && message.attempts == 0
                && message.leased_until.is_none()
                && message.sent.is_none()
        });
        (!in_hand).then_some(DecideOutcome::AlreadySent)
    }

    /// Who decides may approve orders about each of its contract accounts; its signer may always
    /// take it back.
    fn missing_right(&self, working: &Working, order: &Order) -> Option<MissingRight> {
        if order.user == self.user {
            return None;
        }
        let bills = order.money.bills.iter();
        let bills = bills.filter_map(|bill| working.bills.get(&bill.bill));
        let accounts = bills.map(|bill| &bill.account).chain(order.deposits());
        working.missing_right(self.user, Right::Approve, accounts)
    }

    fn advance(
        &self,
        working: &mut Working,
        to: OrderState,
        note: Option<String>,
    ) -> Result<OrderEvent, StoreError> {
        let moved = working.advance(self.order, to, self.now, note)?;
        moved.map_err(|error| {
            // What was claimed can be given back, and a deposit that covers it was looked at.
            let order = self.order;
            StoreError::Corrupt(format!("order {order} cannot become {to}: {error}"))
        })
    }

    fn keep(&self, working: &mut Working) {
        if let Some(order) = working.orders.get_mut(&self.order) {
            let position = order.decisions.len();
            order.decisions.push((self.user, self.decision));
            working.rows.decision(self, position);
        }
    }
}

/// Whether the deposit that pays still has enough.
fn is_covered(working: &Working, order: &Order) -> bool {
    match &order.money.funds {
        Funds::Deposit(account) => working
            .deposits
            .get(account)
            .is_some_and(|deposit| deposit.balance >= order.total.minor()),
        Funds::Mandate | Funds::Transfer => true,
    }
}
