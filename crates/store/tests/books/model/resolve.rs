//! What two managers make of what the bank said, in the model and in the books.

use wattkey_domain::{BankEvent, Item, Money, OrderCause, OrderState};
use wattkey_store::{
    BankCredit, BankEventOutcome, BankSubject, Debtor, DecideResolutionOutcome, MatchedBill,
    ProposeOutcome, ReceiptMatch, Remedy, ResolutionRefusal, ResolutionVerdict,
};

use super::books::{Books, Order};
use super::plan::{ACCOUNTS, BILLS, How};
use super::{Run, number};
use crate::reconciliation::SUN_LI;
use crate::world::{bill_id, order_id};

/// An item of the model.
#[derive(Debug, Clone)]
enum Known {
    Receipt(String),
    Misfit(String),
    Order(usize),
}

/// What a bill gets of a receipt, and the deposit of its account.
struct Spread {
    bill: usize,
    principal: i64,
    penalty: i64,
    rest: i64,
}

impl Known {
    fn name(&self) -> String {
        match self {
            Self::Receipt(key) => format!("receipt:{key}"),
            Self::Misfit(key) => format!("event:{key}"),
            Self::Order(index) => format!("order:{}", order_id(number(*index))),
        }
    }
}

impl Run {
    pub(super) async fn foreign_credit(&mut self, order: Option<usize>, minor: i64, reference: u8) {
        let key = format!("foreign-{reference}");
        let references = order.map(|index| order_id(number(index)));
        let references = references.map(|id| wattkey_domain::CreditorReference::for_order(&id));
        let credit = BankCredit {
            creditor_references: references.into_iter().collect(),
            amount: Money::new(minor, "EUR".parse().unwrap()).unwrap(),
            value: self.today(),
            debtor: Debtor::default(),
            text: None,
            quoting: std::sync::Arc::clone(&self.world.quoting),
        };
        let outcome = self.report(&key, BankSubject::Credit(credit)).await;
        if self.books.heard.insert(key) {
            assert_eq!(outcome, BankEventOutcome::Unmatched);
            self.books.foreign += minor;
        } else {
            assert_eq!(outcome, BankEventOutcome::Repeated);
        }
    }

    pub(super) async fn resolve(&mut self, pick: usize, how: How, confirm: bool) {
        let known = self.books.known();
        if known.is_empty() {
            return;
        }
        let known = known[pick % known.len()].clone();
        let name = known.name();
        let item: Item = name.parse().unwrap();
        let (remedy, spread) = self.books.remedy(&known, how);
        self.resolutions += 1;
        let mut proposal = self
            .world
            .proposal_to(self.resolutions, &item, remedy)
            .await;
        proposal.now = self.now;
        let mut after = self.books.clone();
        let wanted = after.resolve(&known, how, spread);
        let refusal = match self.world.propose(&proposal).await {
            ProposeOutcome::Refused(refusal) => Some(refusal),
            ProposeOutcome::Kept => None,
            other => panic!("{other:?}"),
        };
        let told = refusal.as_ref().map(name_of);
        assert_eq!(told, wanted.err(), "{name} {how:?}: {refusal:?}");
        if refusal.is_some() {
            return;
        }
        let verdict = if confirm {
            ResolutionVerdict::Confirm
        } else {
            ResolutionVerdict::Refuse
        };
        match self.world.word(&proposal, SUN_LI, verdict).await {
            DecideResolutionOutcome::Confirmed(_) if confirm => {
                after.resolved.insert(name);
                self.books = after;
            }
            DecideResolutionOutcome::Refused if !confirm => {}
            other => panic!("{other:?}"),
        }
    }
}

fn name_of(refusal: &ResolutionRefusal) -> &'static str {
    match refusal {
        ResolutionRefusal::UnknownItem => "unknown-item",
        ResolutionRefusal::Resolved { .. } => "resolved",
        ResolutionRefusal::NotAReceipt => "not-a-receipt",
        ResolutionRefusal::NoOrder => "no-order",
        ResolutionRefusal::Contradiction(_) => "contradiction",
        ResolutionRefusal::NoMoney => "no-money",
        ResolutionRefusal::MoneyLeft { .. } => "money-left",
        other => panic!("{other:?}"),
    }
}

impl Books {
    /// All that managers could look at.
    fn known(&self) -> Vec<Known> {
        let receipts = self.receipts.keys().cloned().map(Known::Receipt);
        let misfits = self.misfits.keys().cloned().map(Known::Misfit);
        let orders = (0..self.orders.len()).map(Known::Order);
        receipts.chain(misfits).chain(orders).collect()
    }

    fn remedy(&self, known: &Known, how: How) -> (Remedy, Option<Spread>) {
        let remedy = match how {
            How::Note => Remedy::Note,
            How::Receive => Remedy::Receive,
            How::Reject => Remedy::Order(OrderCause::Rejected),
            How::Settle => Remedy::Order(OrderCause::Booked),
            How::Return => Remedy::Order(OrderCause::Returned),
            How::Match(bill) => {
                let receipt = match known {
                    Known::Receipt(key) => self.receipts.get(key),
                    _ => None,
                };
                let spread = receipt.map(|(minor, value)| {
                    let kept = &self.bills[&bill];
                    let (principal, penalty) = kept.affordable(*minor, kept.open, *value);
                    Spread {
                        bill,
                        principal,
                        penalty,
                        rest: minor - principal - penalty,
                    }
                });
                let parts = matched(bill, spread.as_ref());
                return (Remedy::Match(parts), spread);
            }
        };
        (remedy, None)
    }

    /// What comes of it, or why it cannot be.
    fn resolve(
        &mut self,
        known: &Known,
        how: How,
        spread: Option<Spread>,
    ) -> Result<(), &'static str> {
        if let Known::Order(index) = known {
            let order = self.orders[*index].as_ref();
            if !order.is_some_and(Order::goes_to_bank) {
                return Err("unknown-item");
            }
        }
        if self.resolved.contains(&known.name()) {
            return Err("resolved");
        }
        match how {
            How::Note => Ok(()),
            How::Match(_) => {
                let spread = spread.ok_or("not-a-receipt")?;
                self.place(&spread);
                Ok(())
            }
            How::Receive => self.receive(known),
            How::Reject => self.end(known, OrderState::Rejected),
            How::Settle => self.end(known, OrderState::Settled),
            How::Return => self.end(known, OrderState::Returned),
        }
    }

    fn place(&mut self, spread: &Spread) {
        self.bills.get_mut(&spread.bill).unwrap().open -= spread.principal;
        self.post("receivable", "penalty", spread.penalty);
        self.post("unmatched", "receivable", spread.principal + spread.penalty);
        if spread.rest > 0 {
            self.deposit(BILLS[spread.bill].account, spread.rest, "unmatched");
        }
    }

    /// What the bank booked with it; negative when it took it.
    fn booked(&self, known: &Known) -> Option<i64> {
        let Known::Misfit(key) = known else {
            return None;
        };
        let (index, event, amount, _) = self.misfits[key];
        let order = self.orders.get(index).and_then(Option::as_ref);
        let is_refund = order.is_some_and(|order| order.refund.is_some());
        match event {
            BankEvent::Booked => amount,
            BankEvent::Returned if is_refund => amount,
            BankEvent::Returned | BankEvent::PaidOut => amount.map(|minor| -minor),
            BankEvent::Submitted | BankEvent::Rejected => None,
        }
    }

    fn receive(&mut self, known: &Known) -> Result<(), &'static str> {
        match self.booked(known) {
            Some(minor @ 1..) => {
                self.left_over(known, minor);
                Ok(())
            }
            _ => Err("no-money"),
        }
    }

    /// What came beyond waits as a receipt; what is missing the bank has kept.
    fn left_over(&mut self, known: &Known, minor: i64) {
        let Known::Misfit(key) = known else {
            return;
        };
        if minor > 0 {
            self.post("bank", "unmatched", minor);
            let value = self.misfits[key].3;
            self.receipts.insert(key.clone(), (minor, value));
        } else {
            self.post("bank-charges", "bank", -minor);
        }
    }

    fn end(&mut self, known: &Known, to: OrderState) -> Result<(), &'static str> {
        use OrderState as S;
        let index = match known {
            Known::Receipt(_) => return Err("no-order"),
            Known::Misfit(key) => self.misfits[key].0,
            Known::Order(index) => *index,
        };
        let order = self.orders.get(index).and_then(Option::as_ref);
        let order = order.filter(|order| order.goes_to_bank());
        let order = order.ok_or("no-order")?;
        let is_live = matches!(order.state, S::Accepted | S::Submitted);
        let (moved, event) = match to {
            S::Rejected if is_live => (0, BankEvent::Rejected),
            S::Settled if is_live && order.refund.is_some() => (-order.total(), BankEvent::PaidOut),
            S::Settled if is_live => (order.total(), BankEvent::Booked),
            S::Returned if order.state == S::Settled => match order.refund {
                Some(_) => (order.total(), BankEvent::Returned),
                None => (-order.total(), BankEvent::Returned),
            },
            _ => return Err("contradiction"),
        };
        let left = self.booked(known).map_or(0, |booked| booked - moved);
        if left < 0 && to == S::Rejected {
            return Err("money-left");
        }
        assert_eq!(self.bank(index, event, true), Ok("moved"));
        if left != 0 {
            self.left_over(known, left);
        }
        Ok(())
    }
}

fn matched(bill: usize, spread: Option<&Spread>) -> ReceiptMatch {
    let account = ACCOUNTS[BILLS[bill].account];
    let Some(spread) = spread else {
        return ReceiptMatch {
            bills: Vec::new(),
            deposit: Some((account.parse().unwrap(), 1)),
        };
    };
    let part = MatchedBill {
        bill: bill_id(BILLS[bill].id),
        principal: spread.principal,
        penalty: spread.penalty,
    };
    ReceiptMatch {
        bills: (spread.principal > 0).then_some(part).into_iter().collect(),
        deposit: (spread.rest > 0).then(|| (account.parse().unwrap(), spread.rest)),
    }
}
