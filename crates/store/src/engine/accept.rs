//! Taking an order in: all checks first, then everything at once.

mod check;

use std::collections::HashMap;

use jiff::ToSpan as _;
use wattkey_domain::ledger::{DepositPart, Funds, OrderBill, OrderMoney};
use wattkey_domain::{Money, OrderState};

use super::wanted::Bindings;
use super::working::{Credited, Message, Order};
use super::{Decide, Wanted, Working};
use crate::StoreError;
use crate::outcome::{
    AcceptOrder, AcceptOutcome, BankMessageDraft, FundsSource, JournalPosition, MessageOf,
    OrderPosted,
};
use crate::packed::pack;
use crate::read::orders::OrderEvent;

/// The longest that an order awaits approval, in hours.
const MAX_AWAITING_H: i64 = 3 * 24;
/// How long an order by transfer waits for its credit, in hours.
const TRANSFER_H: i64 = 60 * 24;

/// An outcome whose link is not known before the batch ends.
#[derive(Debug)]
pub(crate) enum Pending {
    TakenIn(OrderEvent),
    Exists(OrderEvent),
    Other(AcceptOutcome),
}

/// An event of this very batch gets the batch's link, an older one has its own.
pub(super) fn posted(event: &OrderEvent, committed: Option<&JournalPosition>) -> OrderPosted {
    OrderPosted {
        state: event.state,
        at: event.at,
        journal: linked(event.journal, committed),
    }
}

/// A place in this very batch gets the batch's link, an older one has its own.
pub(super) fn linked(
    position: JournalPosition,
    committed: Option<&JournalPosition>,
) -> JournalPosition {
    match committed {
        Some(committed)
            if committed.sequence == position.sequence && committed.process == position.process =>
        {
            *committed
        }
        _ => position,
    }
}

impl Decide for AcceptOrder {
    type Pending = Pending;
    type Answer = AcceptOutcome;

    fn prepare(&mut self) {
        pack_message(&mut self.message);
    }

    fn wants(&self, wanted: &mut Wanted) {
        wanted.orders.push(self.order);
        let bills = self.bills.iter().map(|bill| bill.bill.clone());
        wanted.bills.extend(bills);
        wanted.mandates.extend(self.mandate().cloned());
        match &self.source {
            FundsSource::Mandate(_) => {}
            FundsSource::Transfer { creditor_reference } => {
                wanted.transfers.push(creditor_reference.clone());
            }
            FundsSource::Deposit(account) => wanted.deposits.push(account.clone()),
        }
        let deposit = self.deposit.iter().map(|part| part.account.clone());
        wanted.deposits.extend(deposit);
        wanted.users.push(self.user);
        wanted.access.push(self.user);
        if self.is_limited()
            && let Ok(day) = self.quoting.day(self.now)
        {
            wanted.spent(self.customer, self.user, &day);
        }
        let message = self.message.iter().map(|message| message.id.clone());
        wanted.messages.extend(message);
        wanted.bindings(Bindings::Read);
    }

    fn decide(&self, working: &mut Working) -> Result<Pending, StoreError> {
        if let Some(known) = known(working, self)? {
            return Ok(known);
        }
        let refused = |outcome| Ok(Pending::Other(outcome));
        if let Some(refusal) = check::refusal(working, self) {
            return refused(refusal);
        }
        let money = self.money();
        let total = match money.total() {
            Ok(total) => total,
            Err(error) => return refused(AcceptOutcome::Unpostable(error.into())),
        };
        if let Some(refusal) = check::funds(working, self, total) {
            return refused(refusal);
        }
        let user = check::platform(working, self)?;
        if let Some(refusal) = check::day_limit(working, self, user, total)? {
            return refused(refusal);
        }
        let awaits = self.is_limited()
            && (self.needs_approval
                || !check::may_alone(working, self)
                || user.alone_limit.is_some_and(|most| total.minor() > most));
        let states: &[OrderState] = match (awaits, &money.funds) {
            (true, _) => &[OrderState::AwaitingApproval],
            (false, Funds::Deposit(_)) if money.refund.is_none() => {
                &[OrderState::Accepted, OrderState::Settled]
            }
            (false, _) => &[OrderState::Accepted],
        };
        let message = if awaits { None } else { self.message.as_ref() };
        check::message(working, self, &money, message, awaits)?;
        let mut postings = Vec::new();
        let mut before = None;
        for state in states {
            match money.entering(before, *state, self.now) {
                Ok(more) => postings.extend(more),
                Err(error) => return refused(AcceptOutcome::Unpostable(error)),
            }
            before = Some(*state);
        }
        if let Err(error) = working.post(&postings)? {
            return refused(AcceptOutcome::Unpostable(error));
        }
        Ok(Pending::TakenIn(keep(
            working, self, money, total, states, message,
        )))
    }

    fn finish(pending: Pending, committed: Option<&JournalPosition>) -> AcceptOutcome {
        match pending {
            Pending::TakenIn(event) => {
                let posted = posted(&event, committed);
                match event.state {
                    OrderState::AwaitingApproval => AcceptOutcome::AwaitingApproval(posted),
                    OrderState::Settled => AcceptOutcome::Settled(posted),
                    _ => AcceptOutcome::Accepted(posted),
                }
            }
            Pending::Exists(event) => AcceptOutcome::Exists(posted(&event, committed)),
            Pending::Other(outcome) => outcome,
        }
    }
}

impl AcceptOrder {
    /// Of a collection, or that a refund goes to.
    pub(super) fn mandate(&self) -> Option<&wattkey_domain::MandateId> {
        match (&self.source, &self.refund) {
            (FundsSource::Mandate(mandate), _) => Some(mandate),
            (_, refund) => refund.as_ref().map(|refund| &refund.mandate),
        }
    }

    /// Whether it moves money by our hand, so that limits and approval are for it.
    fn is_limited(&self) -> bool {
        !matches!(self.source, FundsSource::Transfer { .. })
    }

    /// The day up to which penalties are counted.
    fn day(&self) -> jiff::civil::Date {
        self.execute.unwrap_or_else(|| self.quoting.today(self.now))
    }

    fn money(&self) -> OrderMoney {
        OrderMoney {
            order: self.order,
            currency: self.currency,
            bills: self
                .bills
                .iter()
                .map(|bill| OrderBill {
                    bill: bill.bill.clone(),
                    principal: bill.principal,
                    penalty: bill.penalty,
                })
                .collect(),
            deposit: self.deposit.as_ref().map(|part| DepositPart {
                account: part.account.clone(),
                amount: part.amount,
            }),
            refund: self.refund.as_ref().map(|refund| refund.amount),
            funds: match &self.source {
                FundsSource::Mandate(_) => Funds::Mandate,
                FundsSource::Transfer { .. } => Funds::Transfer,
                FundsSource::Deposit(account) => Funds::Deposit(account.clone()),
            },
        }
    }

    /// When it lapses.
    fn lapses(&self, working: &Working, awaits: bool) -> Option<i64> {
        if !self.is_limited() {
            return Some((self.now + TRANSFER_H.hours()).as_second());
        }
        if !awaits {
            return None;
        }
        let (day, today) = (self.day(), self.quoting.today(self.now));
        let quotes = self.bills.iter().flat_map(|bill| {
            let debt = working.bills.get(&bill.bill);
            let ours = debt.and_then(|found| {
                let debt = found.debt(today).ok()?;
                let quote = self.quoting.quote_on(bill.principal, &debt, day, self.now);
                quote.ok().map(|quote| quote.until)
            });
            [Some(bill.quote_until), ours]
        });
        let collection = self.execute.and_then(|day| self.quoting.day_end(day).ok());
        let longest = self.now + MAX_AWAITING_H.hours();
        let ends = quotes.chain([collection, Some(longest)]).flatten();
        ends.min().map(jiff::Timestamp::as_second)
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

/// Nothing here can fail: the order, its claims, its states and its message.
fn keep(
    working: &mut Working,
    order: &AcceptOrder,
    money: OrderMoney,
    total: Money,
    states: &[OrderState],
    message: Option<&BankMessageDraft>,
) -> OrderEvent {
    let history: Vec<_> = states
        .iter()
        .map(|state| working.event(*state, order.now, None))
        .collect();
    let last = history.last().cloned();
    let last = last.expect("an order is taken in into one state at least");
    if money.claims() && last.state.holds_claims() {
        for bill in &money.bills {
            if let Some(bill) = working.bills.get_mut(&bill.bill) {
                bill.claims.push((order.order, order.user));
            }
        }
    }
    if let Some(message) = message {
        put(working, MessageOf::Order(order.order), message, order.now);
    }
    if order.is_limited()
        && let Ok(day) = order.quoting.day(order.now)
    {
        let key = (order.user, day.start.as_second());
        if let Some(spent) = working.spent.get_mut(&key) {
            *spent = spent.saturating_add(total.minor());
        }
    }
    if let FundsSource::Transfer { creditor_reference } = &order.source {
        let reference = creditor_reference.clone();
        working.transfers.insert(reference, order.order);
    }
    let lapses = order.lapses(working, last.state == OrderState::AwaitingApproval);
    working.rows.order(order, total, lapses);
    let new = Order {
        digest: order.digest,
        customer: order.customer,
        user: order.user,
        state: last.state,
        total,
        money,
        mandate: order.mandate().cloned(),
        lapses,
        execute: order.execute,
        history,
        receipts: HashMap::new(),
        decisions: Vec::new(),
        credited: Credited::default(),
        kept: None,
    };
    working.orders.insert(order.order, new);
    last
}

/// Makes a message to the bank what the books keep of it.
pub(super) fn pack_message(message: &mut Option<BankMessageDraft>) {
    if let Some(message) = message {
        message.body = pack(&message.body);
    }
}

/// Puts a message to the bank into the outbox.
pub(super) fn put(
    working: &mut Working,
    of: MessageOf,
    message: &BankMessageDraft,
    now: jiff::Timestamp,
) {
    let created = now.as_second();
    let not_before = message
        .not_before
        .map_or(created, jiff::Timestamp::as_second);
    let new = Message {
        of,
        state: OrderState::Accepted,
        body: message.body.clone(),
        created,
        not_before: not_before.max(created),
        leased_until: None,
        attempts: 0,
        sent: None,
        changed: false,
        is_new: true,
    };
    working.messages.insert(message.id.clone(), new);
}

#[cfg(test)]
mod tests;
