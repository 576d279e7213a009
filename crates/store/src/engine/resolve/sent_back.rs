//! Money that came in and belongs to nobody goes back to the account that it came from.

use jiff::Timestamp;
use wattkey_domain::ledger::ReturnMoney;
use wattkey_domain::{Item, OrderState};

use super::{ItemTerms, Plan};
use crate::StoreError;
use crate::engine::Working;
use crate::engine::accept::put;
use crate::engine::working::Return;
use crate::outcome::{DecideResolution, MessageOf, ResolutionRefusal as Refusal, SendBack};

pub(super) fn plan(
    name: &Item,
    item: &ItemTerms,
    to: &SendBack,
    now: Timestamp,
) -> Result<Plan, Refusal> {
    let (Item::Receipt(reference), Some((amount, _))) = (name, item.receipt) else {
        return Err(Refusal::NotAReceipt);
    };
    if item.from.as_deref() != Some(to.account.as_str()) {
        return Err(Refusal::NoAccount);
    }
    let money = ReturnMoney {
        reference: reference.clone(),
        amount,
    };
    Ok(Plan {
        postings: money.entering(OrderState::Accepted, now)?,
        sends_back: Some(money),
        ..Plan::default()
    })
}

/// It is on its way: its row, its first state, and its message to the bank, in the transaction that
/// posts it.
pub(super) fn begin(
    working: &mut Working,
    by: &DecideResolution,
    money: &ReturnMoney,
    to: &SendBack,
) -> Result<(), StoreError> {
    let one = Return {
        money: money.clone(),
        state: OrderState::Accepted,
        new: Vec::new(),
        kept: 0,
    };
    working.returns.insert(by.resolution, one);
    working
        .rows
        .sent_back(by, &money.reference, money.amount, to);
    working.enter_return(by.resolution, OrderState::Accepted, by.now, None)?;
    put(
        working,
        MessageOf::Return(by.resolution),
        &to.message,
        by.now,
    );
    Ok(())
}
