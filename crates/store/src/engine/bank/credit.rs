//! A credit that the customer sent by himself: to the bills of its order, else to the unmatched
//! receipts.

use jiff::Timestamp;
use wattkey_domain::ledger::{self, DepositPart, OrderBill, Posting, PostingError};
use wattkey_domain::{AccountId, Money, MoneyError, OrderCause, OrderId, Transition};

use super::{Pending, posted};
use crate::StoreError;
use crate::engine::Working;
use crate::engine::working::Order;
use crate::outcome::{BankCredit, BankEventOutcome};

/// What a credit pays.
struct Share {
    bills: Vec<OrderBill>,
    over: Option<DepositPart>,
}

impl Share {
    fn postings(&self, order: OrderId, at: Timestamp) -> Result<Vec<Posting>, PostingError> {
        ledger::credit_matched(order, &self.bills, self.over.as_ref(), at)
    }
}

/// Takes a credit in, under the reference as it is kept.
pub(super) fn take(
    working: &mut Working,
    credit: &BankCredit,
    reference: &str,
    now: Timestamp,
) -> Result<Pending, StoreError> {
    let mut references = credit.creditor_references.iter();
    let order = references.find_map(|one| working.transfers.get(one).copied());
    let share = order.and_then(|id| {
        let order = working.orders.get(&id)?;
        Some((id, share(working, order, credit, now)?))
    });
    let Some((id, share)) = share else {
        return unmatched(working, credit, reference, now);
    };
    if let Err(error) = posted(working, share.postings(id, now))? {
        return Ok(Pending::Other(BankEventOutcome::Unpostable(error)));
    }
    let over = share.over.as_ref();
    working.rows.credit(
        credit,
        reference,
        id,
        (&share.bills, over),
        now,
        working.position(),
    );
    settle(working, id, &share, now)
}

/// The first credit settles the order; all of them count.
fn settle(
    working: &mut Working,
    id: OrderId,
    share: &Share,
    now: Timestamp,
) -> Result<Pending, StoreError> {
    let gone = || StoreError::Corrupt(format!("order {id} is gone"));
    let order = working.orders.get_mut(&id).ok_or_else(gone)?;
    for bill in &share.bills {
        let paid = order.credited.principals.entry(bill.bill.clone());
        *paid.or_default() += bill.principal.minor();
    }
    let customer = order.customer;
    let to = match order.state.next(OrderCause::Credited) {
        Ok(Transition::To(to)) => working.enter(id, to, now, None).ok_or_else(gone)?,
        // A credit is money that is here, wherever its order stands.
        Ok(Transition::Unchanged) | Err(_) => order.history.last().cloned().ok_or_else(gone)?,
    };
    Ok(Pending::Credited {
        order: id,
        customer,
        to,
    })
}

/// The bills in their order, each as far as the order names it and it is open, with the penalty of
/// what is paid on the value date; the rest into a deposit. `None` when the credit cannot be
/// placed: nothing of it, another currency, or no deposit that takes the rest.
fn share(working: &Working, order: &Order, credit: &BankCredit, now: Timestamp) -> Option<Share> {
    let money = &order.money;
    if credit.amount.currency() != money.currency || credit.amount.is_zero() {
        return None;
    }
    let mut left = credit.amount;
    let mut bills = Vec::new();
    for named in &money.bills {
        let bill = working.bills.get(&named.bill)?;
        let paid = order.credited.principals.get(&named.bill);
        let most = named.principal.minor() - paid.copied().unwrap_or_default();
        let most = Money::new(most.clamp(0, bill.open), money.currency).ok()?;
        let rules = &credit.quoting.rules;
        let debt = bill.debt(credit.quoting.today(now)).ok()?;
        let covered = rules.affordable(left, most, &debt, credit.value);
        let (principal, penalty) = covered.ok()?;
        if principal.is_zero() {
            continue;
        }
        let pays = OrderBill {
            bill: named.bill.clone(),
            principal,
            penalty,
        };
        left = after(left, &pays).ok()?;
        bills.push(pays);
    }
    if left.is_zero() {
        return Some(Share { bills, over: None });
    }
    let account = surplus_account(working, order)?;
    let deposit = working.deposits.get(&account)?;
    let fits = deposit.currency.is_none_or(|kept| kept == money.currency);
    let amount = left;
    let over = Some(DepositPart { account, amount });
    fits.then_some(Share { bills, over })
}

fn after(left: Money, pays: &OrderBill) -> Result<Money, MoneyError> {
    left.checked_sub(pays.total()?)
}

/// The deposit that the order names, else that of its first bill's account.
fn surplus_account(working: &Working, order: &Order) -> Option<AccountId> {
    if let Some(part) = &order.money.deposit {
        return Some(part.account.clone());
    }
    let first = order.money.bills.first()?;
    Some(working.bills.get(&first.bill)?.account.clone())
}

fn unmatched(
    working: &mut Working,
    credit: &BankCredit,
    reference: &str,
    now: Timestamp,
) -> Result<Pending, StoreError> {
    let posting = ledger::unmatched_receipt(reference, credit.amount, now);
    if let Err(error) = posted(working, posting.map(|one| vec![one]))? {
        return Ok(Pending::Other(BankEventOutcome::Unpostable(error)));
    }
    let position = working.position();
    working
        .rows
        .unmatched_receipt(credit, reference, now, position);
    Ok(Pending::Other(BankEventOutcome::Unmatched))
}
