//! The books as plain integers: what PROTOCOL.md says of money, written once more and simply.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use wattkey_domain::{BankEvent, Decision, OrderState};

use super::plan::{ALONE_LIMIT, BILLS, DAY_LIMIT, Source};

/// What may be wrong with a call: whichever of it is said first.
pub(crate) type Wrong = BTreeSet<&'static str>;

#[derive(Debug, Clone)]
pub(crate) struct Bill {
    pub(crate) due: Date,
    pub(crate) open: i64,
    /// Revenue, tax, levies that no credit note took back.
    pub(crate) left: [i64; 3],
    /// First day, last day, how much.
    pub(crate) disputes: Vec<(Date, Option<Date>, i64)>,
}

impl Bill {
    /// One of which so much is open and that nobody disputes.
    pub(crate) fn plain(due: Date, open: i64) -> Self {
        Self {
            due,
            open,
            left: [0; 3],
            disputes: Vec::new(),
        }
    }

    /// The penalty on a principal, day by day: 0.2 % in the due year, 0.3 % after it, of what is not
    /// disputed on the day and paid first; rounded half up.
    pub(crate) fn penalty(&self, principal: i64, on: Date) -> i64 {
        self.penalty_known(principal, on, on)
    }

    /// Likewise, where an open dispute counts to today.
    pub(crate) fn penalty_known(&self, principal: i64, on: Date, today: Date) -> i64 {
        let (mut day, mut millionths) = (self.due, 0_i128);
        while day < on {
            day = day.tomorrow().unwrap();
            let disputed = self
                .disputes
                .iter()
                .filter(|(from, until, _)| *from <= day && day <= until.unwrap_or(today));
            let owed = match disputed.map(|(.., amount)| *amount).max() {
                Some(amount) => principal.min((self.open - amount).max(0)),
                None => principal,
            };
            let rate = if day.year() == self.due.year() {
                2_000
            } else {
                3_000
            };
            millionths += i128::from(owed) * rate;
        }
        i64::try_from((millionths + 500_000) / 1_000_000).unwrap()
    }

    /// The largest principal that fits, at most `most`, and its penalty.
    pub(super) fn affordable(&self, left: i64, most: i64, on: Date) -> (i64, i64) {
        let fits = |principal: i64| principal + self.penalty(principal, on) <= left;
        let (mut low, mut high) = (0, most);
        while low < high {
            let middle = low + (high - low + 1) / 2;
            if fits(middle) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        (low, self.penalty(low, on))
    }

    pub(crate) fn is_disputed(&self) -> bool {
        self.disputes.iter().any(|(_, until, _)| until.is_none())
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) user: usize,
    pub(crate) source: Source,
    /// Bill, principal, penalty.
    pub(crate) bills: Vec<(usize, i64, i64)>,
    pub(crate) over: Option<(usize, i64)>,
    pub(crate) refund: Option<i64>,
    pub(crate) state: OrderState,
    pub(crate) day: Date,
    /// The day up to which penalties are counted.
    pub(crate) paid_on: Date,
    /// In seconds since 1970.
    pub(crate) lapses: Option<i64>,
    pub(crate) not_before: i64,
    pub(crate) was_sent: bool,
    pub(crate) decided: BTreeSet<(usize, Decision)>,
    pub(crate) credited: BTreeMap<usize, i64>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) most: Option<i64>,
    pub(crate) keep: i64,
}

#[derive(Debug, Default, Clone)]
pub(crate) struct Books {
    pub(crate) bills: BTreeMap<usize, Bill>,
    /// Nothing in the place of one that was not taken in.
    pub(crate) orders: Vec<Option<Order>>,
    pub(crate) deposits: BTreeMap<usize, i64>,
    /// Of each sort of ledger account, debit positive.
    pub(crate) sums: BTreeMap<&'static str, i64>,
    pub(crate) instructions: BTreeMap<usize, Terms>,
    /// Bank references that were heard.
    pub(crate) heard: BTreeSet<String>,
    /// Money that no order waited for, by the bank's reference: how much, and its value date.
    pub(crate) receipts: BTreeMap<String, (i64, Date)>,
    /// What the bank said of an order and that did not fit: the order, what, how much, when.
    pub(crate) misfits: BTreeMap<String, (usize, BankEvent, Option<i64>, Date)>,
    /// Items that two managers resolved.
    pub(crate) resolved: BTreeSet<String>,
    /// Money of another currency, which fits nothing.
    pub(crate) foreign: i64,
    /// Records that were imported, by what tells them apart.
    pub(crate) imported: BTreeSet<String>,
}

impl Order {
    pub(crate) fn in_bills(&self) -> i64 {
        self.bills
            .iter()
            .map(|(_, principal, penalty)| principal + penalty)
            .sum()
    }

    pub(crate) fn total(&self) -> i64 {
        let over = self.over.map_or(0, |(_, minor)| minor);
        self.in_bills() + over + self.refund.unwrap_or(0)
    }

    pub(crate) fn goes_to_bank(&self) -> bool {
        self.source == Source::Mandate || self.refund.is_some()
    }

    pub(crate) fn holds(&self) -> bool {
        let live = matches!(
            self.state,
            OrderState::AwaitingApproval | OrderState::Accepted | OrderState::Submitted
        );
        live && self.source != Source::Transfer
    }

    fn is_spent(&self) -> bool {
        let nothing = matches!(
            self.state,
            OrderState::Rejected | OrderState::Refused | OrderState::Cancelled | OrderState::Lapsed
        );
        !nothing && self.source != Source::Transfer
    }
}

impl Books {
    pub(super) fn post(&mut self, debit: &'static str, credit: &'static str, minor: i64) {
        *self.sums.entry(debit).or_default() += minor;
        *self.sums.entry(credit).or_default() -= minor;
    }

    /// Out of a deposit or into it.
    pub(super) fn deposit(&mut self, account: usize, minor: i64, other: &'static str) {
        *self.deposits.entry(account).or_default() += minor;
        self.post(other, "deposit", minor);
    }

    pub(crate) fn of_bill(&mut self, index: usize) {
        let plan = &BILLS[index];
        let (tax, levies) = (plan.total / 10, plan.total / 20);
        let left = [plan.total - tax - levies, tax, levies];
        self.post("receivable", "revenue", left[0]);
        self.post("receivable", "tax-payable", left[1]);
        self.post("receivable", "levies-payable", left[2]);
        let bill = Bill {
            due: plan.due.parse().unwrap(),
            open: plan.total,
            left,
            disputes: Vec::new(),
        };
        self.bills.insert(index, bill);
    }

    fn holder(&self, bill: usize) -> bool {
        let mut orders = self.orders.iter().flatten();
        orders.any(|order| order.holds() && order.bills.iter().any(|(one, ..)| *one == bill))
    }

    /// What a user's orders of a day come to.
    pub(crate) fn used(&self, user: usize, day: Date) -> i64 {
        let orders = self.orders.iter().flatten();
        let of_day = orders.filter(|one| one.user == user && one.day == day && one.is_spent());
        of_day.map(Order::total).sum()
    }

    /// Takes an order in, with what the model says its bills cost; the place in the list stays
    /// empty when it is not taken in.
    pub(crate) fn take(
        &mut self,
        mut order: Order,
        needs_approval: bool,
    ) -> Result<OrderState, Wrong> {
        let mut wrong = Wrong::new();
        for (bill, principal, penalty) in &order.bills {
            match self.bills.get(bill) {
                None => {
                    wrong.insert("unknown-bill");
                }
                Some(known) if *principal > known.open || *principal == 0 => {
                    wrong.insert(match known.open {
                        _ if self.holder(*bill) => "bill-claimed",
                        0 => "bill-paid",
                        _ => "quote-mismatch",
                    });
                }
                // Another order was faster, and what it left lies nearer to the end.
                Some(known)
                    if known.penalty_known(*principal, order.paid_on, order.day) != *penalty =>
                {
                    wrong.insert("quote-mismatch");
                }
                Some(_) => {}
            }
        }
        if let Source::Deposit(account) = order.source
            && self.deposits.get(&account).copied().unwrap_or(0) < order.total()
        {
            wrong.insert("deposit");
        }
        let is_limited = order.user == 0 && order.source != Source::Transfer;
        if is_limited && self.used(0, order.day) + order.total() > DAY_LIMIT {
            wrong.insert("limit");
        }
        if !wrong.is_empty() {
            self.orders.push(None);
            return Err(wrong);
        }
        let awaits = order.source != Source::Transfer
            && (needs_approval || is_limited && order.total() > ALONE_LIMIT);
        if !awaits && order.source != Source::Transfer {
            order.lapses = None;
        }
        order.state = if awaits {
            OrderState::AwaitingApproval
        } else {
            OrderState::Accepted
        };
        self.claim(&order);
        if !awaits {
            self.accept(&mut order);
        }
        let state = order.state;
        self.orders.push(Some(order));
        Ok(state)
    }

    fn claim(&mut self, order: &Order) {
        if order.source == Source::Transfer {
            return;
        }
        for (bill, principal, penalty) in &order.bills {
            self.bills.get_mut(bill).unwrap().open -= principal;
            self.post("receivable", "penalty", *penalty);
            self.post("in-transit", "receivable", principal + penalty);
        }
    }

    /// What follows at once when it is accepted.
    fn accept(&mut self, order: &mut Order) {
        let Source::Deposit(account) = order.source else {
            return;
        };
        match order.refund {
            Some(minor) => self.deposit(account, -minor, "refunds-payable"),
            None => {
                self.deposit(account, -order.in_bills(), "in-transit");
                order.state = OrderState::Settled;
            }
        }
    }

    /// The bills are open again, and the penalty runs on.
    fn reopen(&mut self, order: &Order, from: &'static str) {
        if order.source == Source::Transfer {
            return;
        }
        for (bill, principal, penalty) in &order.bills {
            self.bills.get_mut(bill).unwrap().open += principal;
            self.post("receivable", from, principal + penalty);
            self.post("penalty", "receivable", *penalty);
        }
    }

    fn give_up(&mut self, index: usize, to: OrderState) {
        let mut order = self.orders[index].clone().unwrap();
        self.reopen(&order, "in-transit");
        if let (Some(minor), Source::Deposit(account)) = (order.refund, order.source)
            && order.state != OrderState::AwaitingApproval
        {
            self.deposit(account, minor, "refunds-payable");
        }
        order.state = to;
        self.orders[index] = Some(order);
    }

    /// What comes of a decision: `moved` and the like.
    pub(crate) fn decide(
        &mut self,
        index: usize,
        user: usize,
        decision: Decision,
        now: i64,
    ) -> &'static str {
        let Some(mut order) = self.orders.get(index).cloned().flatten() else {
            return "unknown-order";
        };
        if order.decided.contains(&(user, decision)) {
            return "exists";
        }
        if decision != Decision::Cancel && user == order.user {
            return "own-order";
        }
        let awaits = order.state == OrderState::AwaitingApproval;
        let accepted = order.state == OrderState::Accepted;
        match decision {
            Decision::Approve | Decision::Refuse if !awaits => return "not-possible",
            Decision::Cancel if order.state == OrderState::Submitted => return "already-sent",
            Decision::Cancel if accepted && order.goes_to_bank() && order.was_sent => {
                return "already-sent";
            }
            Decision::Cancel if !awaits && !accepted => return "not-possible",
            Decision::Approve if order.lapses.is_some_and(|end| end <= now) => return "too-late",
            _ => {}
        }
        order.decided.insert((user, decision));
        self.orders[index] = Some(order.clone());
        match decision {
            Decision::Refuse => self.give_up(index, OrderState::Refused),
            Decision::Cancel => self.give_up(index, OrderState::Cancelled),
            Decision::Approve => {
                if let Source::Deposit(account) = order.source
                    && self.deposits.get(&account).copied().unwrap_or(0) < order.total()
                {
                    self.give_up(index, OrderState::Rejected);
                    return "rejected";
                }
                order.state = OrderState::Accepted;
                self.accept(&mut order);
                self.orders[index] = Some(order);
            }
        }
        "moved"
    }

    /// Orders that nobody approved or paid in time.
    pub(crate) fn lapse(&mut self, now: i64) -> Vec<usize> {
        let is_over = |order: &Order| {
            let waits = order.state == OrderState::AwaitingApproval
                || order.state == OrderState::Accepted && order.source == Source::Transfer;
            waits && order.lapses.is_some_and(|end| end <= now)
        };
        let over = (0..self.orders.len())
            .filter(|index| self.orders[*index].as_ref().is_some_and(is_over));
        let over: Vec<_> = over.collect();
        for index in &over {
            self.give_up(*index, OrderState::Lapsed);
        }
        over
    }

    /// What the bank says of an order, and what comes of it.
    pub(crate) fn bank(
        &mut self,
        index: usize,
        event: BankEvent,
        fits: bool,
    ) -> Result<&'static str, Wrong> {
        use OrderState as S;
        let order = self.orders.get(index).cloned().flatten();
        let Some(mut order) = order.filter(Order::goes_to_bank) else {
            return Err(Wrong::from(["unknown-order"]));
        };
        let is_refund = order.refund.is_some();
        let live = matches!(order.state, S::Accepted | S::Submitted);
        let mut wrong = Wrong::new();
        if !fits {
            wrong.insert("amount-mismatch");
        }
        let moves = match (event, is_refund) {
            (BankEvent::PaidOut, false) => {
                wrong.insert("wrong-direction");
                None
            }
            (BankEvent::Submitted, _) => match order.state {
                S::Accepted => Some(S::Submitted),
                S::Submitted | S::Settled | S::Rejected | S::Returned => None,
                _ => {
                    wrong.insert("contradiction");
                    None
                }
            },
            (BankEvent::Rejected, _) if order.state == S::Rejected => None,
            (BankEvent::Rejected, _) if live => Some(S::Rejected),
            (BankEvent::Booked, false) | (BankEvent::PaidOut, true) if live => Some(S::Settled),
            (BankEvent::Returned, _) | (BankEvent::Booked, true) if order.state == S::Settled => {
                Some(S::Returned)
            }
            _ => {
                wrong.insert("contradiction");
                None
            }
        };
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let Some(to) = moves else {
            return Ok("unchanged");
        };
        match to {
            S::Rejected => {
                self.give_up(index, to);
                return Ok("moved");
            }
            S::Settled => {
                self.post("bank", "in-transit", order.in_bills());
                if let Some((account, minor)) = order.over {
                    self.deposit(account, minor, "bank");
                }
                self.post("refunds-payable", "bank", order.refund.unwrap_or(0));
            }
            S::Returned => {
                self.reopen(&order, "bank");
                if let Some((account, minor)) = order.over {
                    self.deposit(account, -minor, "bank");
                }
                if let (Some(minor), Source::Deposit(account)) = (order.refund, order.source) {
                    self.deposit(account, minor, "bank");
                }
            }
            _ => {}
        }
        order.state = to;
        self.orders[index] = Some(order);
        Ok("moved")
    }

    /// A credit that came by itself: whether it found its order.
    pub(crate) fn credit(&mut self, index: Option<usize>, minor: i64, value: Date) -> bool {
        let order = index.and_then(|index| self.orders.get(index).cloned().flatten());
        let Some(mut order) = order.filter(|order| order.source == Source::Transfer) else {
            self.post("bank", "unmatched", minor);
            return false;
        };
        let mut left = minor;
        for (bill, named, _) in &order.bills {
            let kept = self.bills.get_mut(bill).unwrap();
            let paid = order.credited.entry(*bill).or_default();
            let most = (named - *paid).clamp(0, kept.open);
            let (principal, penalty) = kept.affordable(left, most, value);
            if principal == 0 {
                continue;
            }
            kept.open -= principal;
            *paid += principal;
            left -= principal + penalty;
            self.post("receivable", "penalty", penalty);
            self.post("bank", "receivable", principal + penalty);
        }
        if left > 0 {
            let first = || BILLS[order.bills[0].0].account;
            let account = order.over.map_or_else(first, |(account, _)| account);
            self.deposit(account, left, "bank");
        }
        order.state = OrderState::Settled;
        let index = index.unwrap();
        self.orders[index] = Some(order);
        true
    }

    pub(crate) fn fee(&mut self, minor: i64) {
        self.post("bank-charges", "bank", minor);
    }

    pub(crate) fn paid_elsewhere(&mut self, bill: usize, minor: i64) {
        let kept = self.bills.get_mut(&bill).unwrap();
        let owed = minor.min(kept.open);
        kept.open -= owed;
        self.post("other-channels", "receivable", owed);
        if minor > owed {
            self.deposit(BILLS[bill].account, minor - owed, "other-channels");
        }
    }

    /// Revenue, tax and levies that are taken back.
    pub(crate) fn credit_note(&mut self, bill: usize, parts: [i64; 3]) {
        let kept = self.bills.get_mut(&bill).unwrap();
        let total: i64 = parts.iter().sum();
        let owed = total.min(kept.open);
        kept.open -= owed;
        for (left, part) in kept.left.iter_mut().zip(parts) {
            *left -= part;
        }
        *self.deposits.entry(BILLS[bill].account).or_default() += total - owed;
        for (name, part) in ["revenue", "tax-payable", "levies-payable"]
            .into_iter()
            .zip(parts)
        {
            *self.sums.entry(name).or_default() += part;
        }
        *self.sums.entry("receivable").or_default() -= owed;
        *self.sums.entry("deposit").or_default() -= total - owed;
    }

    pub(crate) fn opening_balance(&mut self, account: usize, minor: i64) {
        self.deposit(account, minor, "opening-balances");
    }

    /// Bills that deposits pay under their instructions, the oldest due first.
    pub(crate) fn apply(&mut self, today: Date) -> Vec<usize> {
        let mut due: Vec<_> = self
            .bills
            .iter()
            .map(|(index, bill)| (bill.due, *index))
            .collect();
        due.sort_unstable();
        let mut paid = Vec::new();
        for (due, index) in due {
            let account = BILLS[index].account;
            let bill = &self.bills[&index];
            let open = bill.open;
            let takes = open + bill.penalty(open, today);
            let Some(terms) = self.instructions.get(&account) else {
                continue;
            };
            let balance = self.deposits.get(&account).copied().unwrap_or(0);
            let fits = terms.most.is_none_or(|most| takes <= most) && balance - takes >= terms.keep;
            if open == 0 || due > today || !fits || self.bills[&index].is_disputed() {
                continue;
            }
            self.bills.get_mut(&index).unwrap().open = 0;
            self.post("receivable", "penalty", takes - open);
            self.deposit(account, -takes, "receivable");
            paid.push(index);
        }
        paid
    }
}
