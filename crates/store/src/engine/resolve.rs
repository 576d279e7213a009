//! What two managers make of something that the bank said: kept when the first has signed it,
//! posted when the second confirms it. Everything is checked both times.

mod order;
mod sent_back;

use jiff::Timestamp;
use jiff::civil::Date;
use wattkey_domain::ledger::{self, DepositPart, OrderBill, Posting, ReturnMoney};
use wattkey_domain::{BankEvent, Currency, Item, Money, OrderId, OrderState, ResolutionId};

use super::wanted::Bindings;
use super::{Decide, Wanted, Working};
use crate::StoreError;
use crate::outcome::{
    DecideResolution, DecideResolutionOutcome, JournalPosition, MatchedBill, ProposeOutcome,
    ProposeResolution, ReceiptMatch, Remedy, ResolutionRefusal, Resolving,
};
use crate::packed::pack;
use crate::read::resolutions::{KeptResolution, KeptResolutionDecision, ResolutionVerdict};

/// An item, as far as it decides anything.
#[derive(Debug, Clone)]
pub(crate) struct ItemTerms {
    /// Of a receipt: how much, and the bank's value date.
    pub(crate) receipt: Option<(Money, Date)>,
    /// Of what the bank said of an order.
    pub(crate) event: Option<EventTerms>,
    /// The order that it is about.
    pub(crate) order: Option<OrderId>,
    /// The resolution that sends money back, that it is about.
    pub(crate) sent_back: Option<ResolutionId>,
    /// The account that its money came from.
    pub(crate) from: Option<String>,
    /// The resolution that resolved it.
    pub(crate) resolved: Option<ResolutionId>,
    /// The resolution of it that waits for a second manager.
    pub(crate) waits: Option<ResolutionId>,
}

/// What the bank said of an order and that does not fit it.
#[derive(Debug, Clone)]
pub(crate) struct EventTerms {
    pub(crate) said: Said,
    pub(crate) amount: Option<Money>,
    /// When it was taken in.
    pub(crate) at: Timestamp,
    pub(crate) text: Option<String>,
}

/// What sort of thing the bank said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    Order(BankEvent),
    Credit,
    Fee,
}

/// What may be stuck at the bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stuck {
    Order(OrderId),
    Return(ResolutionId),
}

/// What a resolution does.
#[derive(Debug, Default)]
struct Plan {
    postings: Vec<Posting>,
    /// An order, and the state that it comes into.
    enters: Option<(Stuck, OrderState)>,
    /// Money that is sent back from now on.
    sends_back: Option<ReturnMoney>,
    /// Money that waits as a receipt from now on.
    receipt: Option<Money>,
}

impl Resolving {
    fn wants(&self, wanted: &mut Wanted) {
        wanted.items.push(self.item.clone());
        if matches!(self.remedy, Remedy::Receive | Remedy::Order(_)) {
            wanted.orders.extend(self.order);
            wanted.returns.extend(self.sent_back);
            wanted.bills_of_orders = true;
            // Its message may be finished with it.
            wanted.finished_messages += 1;
        }
        let Remedy::Match(matched) = &self.remedy else {
            return;
        };
        let bills = matched.bills.iter().map(|bill| bill.bill.clone());
        wanted.bills.extend(bills);
        let deposit = matched.deposit.iter().map(|(account, _)| account.clone());
        wanted.deposits.extend(deposit);
    }

    /// What it does; nothing when it is a note.
    fn plan(&self, working: &Working, now: Timestamp) -> Result<Plan, ResolutionRefusal> {
        let item = working.items.get(&self.item);
        let item = item.ok_or(ResolutionRefusal::UnknownItem)?;
        if let Some(resolution) = item.resolved {
            return Err(ResolutionRefusal::Resolved { resolution });
        }
        let matched = match &self.remedy {
            Remedy::Note => return Ok(Plan::default()),
            Remedy::Return(to) => return sent_back::plan(&self.item, item, to, now),
            Remedy::Receive => return order::received(&self.item, item, working, now),
            Remedy::Order(cause) => return order::moved(&self.item, item, *cause, working, now),
            Remedy::Match(matched) => matched,
        };
        let (Item::Receipt(reference), Some((amount, value))) = (&self.item, item.receipt) else {
            return Err(ResolutionRefusal::NotAReceipt);
        };
        let currency = amount.currency();
        let mut bills: Vec<OrderBill> = Vec::new();
        for wanted in &matched.bills {
            if bills.iter().any(|bill| bill.bill == wanted.bill) {
                let bill = wanted.bill.clone();
                return Err(ResolutionRefusal::BillTwice { bill });
            }
            bills.push(self.bill(working, wanted, currency, (value, now))?);
        }
        let deposit = Self::deposit(working, matched, currency)?;
        let parts = bills.iter().map(OrderBill::total);
        let parts = parts.chain(deposit.iter().map(|deposit| Ok(deposit.amount)));
        let parts = parts.collect::<Result<Vec<_>, _>>()?;
        if Money::sum(currency, parts)? != amount {
            return Err(ResolutionRefusal::Amount { expected: amount });
        }
        Ok(Plan {
            postings: ledger::receipt_matched(reference, &bills, deposit.as_ref(), now)?,
            ..Plan::default()
        })
    }

    fn bill(
        &self,
        working: &Working,
        wanted: &MatchedBill,
        currency: Currency,
        (value, now): (Date, Timestamp),
    ) -> Result<OrderBill, ResolutionRefusal> {
        let bill = wanted.bill.clone();
        let Some(found) = working.bills.get(&bill) else {
            return Err(ResolutionRefusal::UnknownBill { bill });
        };
        if found.currency != currency {
            let currency = found.currency;
            return Err(ResolutionRefusal::BillCurrency { bill, currency });
        }
        if wanted.principal > found.open || wanted.principal < 1 {
            let open = Money::new(found.open, currency)?;
            return Err(ResolutionRefusal::Open { bill, open });
        }
        let principal = Money::new(wanted.principal, currency)?;
        let debt = found.debt(self.quoting.today(now))?;
        let penalty = self.quoting.rules.penalty(principal, &debt, value)?;
        if penalty.minor() != wanted.penalty {
            let on = value;
            return Err(ResolutionRefusal::Penalty { bill, on, penalty });
        }
        Ok(OrderBill {
            bill,
            principal,
            penalty,
        })
    }

    fn deposit(
        working: &Working,
        matched: &ReceiptMatch,
        currency: Currency,
    ) -> Result<Option<DepositPart>, ResolutionRefusal> {
        let Some((account, minor)) = &matched.deposit else {
            return Ok(None);
        };
        let account = account.clone();
        if !working.accounts.contains_key(&account) {
            return Err(ResolutionRefusal::UnknownAccount { account });
        }
        let found = working.deposits.get(&account);
        let kept = found.and_then(|deposit| deposit.currency);
        if let Some(kept) = kept.filter(|kept| *kept != currency) {
            let currency = kept;
            return Err(ResolutionRefusal::AccountCurrency { account, currency });
        }
        let amount = Money::new(*minor, currency)?;
        Ok(Some(DepositPart { account, amount }))
    }
}

impl Decide for ProposeResolution {
    type Pending = ProposeOutcome;
    type Answer = ProposeOutcome;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.resolutions.push(self.resolution);
        wanted.bindings(Bindings::Read);
        self.resolving.wants(wanted);
    }

    fn decide(&self, working: &mut Working) -> Result<ProposeOutcome, StoreError> {
        if let Some(known) = working.resolutions.get(&self.resolution) {
            return Ok(if known.digest == self.digest {
                let verdict = known.decision.as_ref().map(|word| word.verdict);
                ProposeOutcome::Exists(verdict)
            } else {
                ProposeOutcome::ExistsWithDifferentPayload
            });
        }
        if working.bindings.sequence != self.bindings {
            return Ok(ProposeOutcome::BindingsMoved);
        }
        let item = working.items.get(&self.resolving.item);
        if let Some(resolution) = item.and_then(|item| item.waits) {
            return Ok(ProposeOutcome::Waits { resolution });
        }
        if let Err(refusal) = self.resolving.plan(working, self.now) {
            return Ok(ProposeOutcome::Refused(refusal));
        }
        working.touch();
        let kept = KeptResolution {
            resolution: self.resolution,
            item: self.resolving.item.clone(),
            manager: self.manager,
            jws: self.jws.clone(),
            digest: self.digest,
            at: self.now,
            decision: None,
            returned: None,
        };
        working.rows.resolution(&kept);
        working.resolutions.insert(self.resolution, kept);
        if let Some(item) = working.items.get_mut(&self.resolving.item) {
            item.waits = Some(self.resolution);
        }
        Ok(ProposeOutcome::Kept)
    }

    fn finish(outcome: ProposeOutcome, _: Option<&JournalPosition>) -> ProposeOutcome {
        outcome
    }
}

impl Decide for DecideResolution {
    type Pending = DecideResolutionOutcome;
    type Answer = DecideResolutionOutcome;

    fn prepare(&mut self) {
        if let Remedy::Return(to) = &mut self.resolving.remedy {
            to.message.body = pack(&to.message.body);
        }
    }

    fn wants(&self, wanted: &mut Wanted) {
        wanted.resolutions.push(self.resolution);
        wanted.bindings(Bindings::Read);
        self.resolving.wants(wanted);
    }

    fn decide(&self, working: &mut Working) -> Result<DecideResolutionOutcome, StoreError> {
        if let Some(refused) = self.refused(working) {
            return Ok(refused);
        }
        let outcome = match self.verdict {
            ResolutionVerdict::Refuse => DecideResolutionOutcome::Refused,
            ResolutionVerdict::Confirm => match self.resolving.plan(working, self.now) {
                Err(refusal) => return Ok(DecideResolutionOutcome::Impossible(refusal)),
                Ok(plan) => match working.post(&plan.postings)? {
                    Err(error) => {
                        let refusal = ResolutionRefusal::Unpostable(error);
                        return Ok(DecideResolutionOutcome::Impossible(refusal));
                    }
                    Ok(()) => {
                        self.carry_out(working, &plan)?;
                        DecideResolutionOutcome::Confirmed(None)
                    }
                },
            },
        };
        self.keep(working);
        Ok(outcome)
    }

    fn finish(
        outcome: DecideResolutionOutcome,
        committed: Option<&JournalPosition>,
    ) -> DecideResolutionOutcome {
        match outcome {
            DecideResolutionOutcome::Confirmed(_) => {
                DecideResolutionOutcome::Confirmed(committed.copied())
            }
            other => other,
        }
    }
}

impl DecideResolution {
    fn refused(&self, working: &Working) -> Option<DecideResolutionOutcome> {
        let Some(known) = working.resolutions.get(&self.resolution) else {
            return Some(DecideResolutionOutcome::Unknown);
        };
        if known.digest != self.resolution_digest || known.item != self.resolving.item {
            return Some(DecideResolutionOutcome::DifferentDigest);
        }
        if let Some(word) = &known.decision {
            let same = (word.verdict, word.manager) == (self.verdict, self.manager);
            return Some(if same {
                DecideResolutionOutcome::Exists
            } else {
                let verdict = word.verdict;
                DecideResolutionOutcome::Decided { verdict }
            });
        }
        if self.verdict == ResolutionVerdict::Confirm && known.manager == self.manager {
            return Some(DecideResolutionOutcome::SameManager);
        }
        // In this transaction, so that nothing is posted after the step that unbinds the manager.
        (working.bindings.sequence != self.bindings)
            .then_some(DecideResolutionOutcome::BindingsMoved)
    }

    /// What is not postings: the order's state, and the receipt that waits from now on.
    fn carry_out(&self, working: &mut Working, plan: &Plan) -> Result<(), StoreError> {
        let note = || Some(format!("resolution {}", self.resolution));
        match plan.enters {
            Some((Stuck::Order(order), to)) => {
                let entered = working.enter(order, to, self.now, note());
                entered.ok_or_else(|| StoreError::Corrupt(format!("order {order} is gone")))?;
            }
            Some((Stuck::Return(id), to)) => working.enter_return(id, to, self.now, note())?,
            None => {}
        }
        if let (Some(money), Remedy::Return(to)) = (&plan.sends_back, &self.resolving.remedy) {
            sent_back::begin(working, self, money, to)?;
        }
        let item = &self.resolving.item;
        let terms = working.items.get(item).and_then(|item| item.event.clone());
        if let (Some(amount), Item::Event(reference), Some(event)) = (plan.receipt, item, terms) {
            let value = self.resolving.quoting.today(event.at);
            let position = working.position();
            working
                .rows
                .received_event(reference, &event, (amount, value), self.now, position);
        }
        Ok(())
    }

    fn keep(&self, working: &mut Working) {
        working.touch();
        working.rows.resolution_decision(self);
        if let Some(known) = working.resolutions.get_mut(&self.resolution) {
            known.decision = Some(KeptResolutionDecision {
                verdict: self.verdict,
                manager: self.manager,
                jws: self.jws.clone(),
                at: self.now,
            });
        }
        let Some(item) = working.items.get_mut(&self.resolving.item) else {
            return;
        };
        item.waits = None;
        if self.verdict == ResolutionVerdict::Confirm {
            item.resolved = Some(self.resolution);
            let item = &self.resolving.item;
            working.rows.resolved_item(item, self.resolution);
        }
    }
}
