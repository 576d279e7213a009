//! Orders that nobody approved or paid in time.

use jiff::Timestamp;
use wattkey_domain::ledger::Funds;
use wattkey_domain::{OrderCause, OrderId, OrderState, Transition};

use super::working::Order;
use super::{Decide, Wanted, Working};
use crate::StoreError;
use crate::database::{DatabaseError, Row, Session};
use crate::outcome::JournalPosition;

/// The most orders that lapse in one transaction.
const MAX_AT_ONCE: u32 = 100;

/// Orders whose time is over by now: which of them it is, is looked at once more.
#[derive(Debug)]
pub(crate) struct Lapse {
    pub(crate) orders: Vec<OrderId>,
    pub(crate) now: Timestamp,
}

/// Orders whose time is over: asked of a reader, so that a clock that ticks costs no commits.
pub(crate) fn due(session: &mut dyn Session, now: Timestamp) -> Result<Vec<OrderId>, StoreError> {
    let rows = session.query(
        "SELECT id FROM orders WHERE lapses <= $1
         AND lapses IS NOT NULL AND state IN ('awaiting-approval', 'accepted')
         AND (state = 'awaiting-approval' OR source = 'transfer')
         ORDER BY lapses, id LIMIT $2",
        &[now.as_second().into(), MAX_AT_ONCE.into()],
    )?;
    let orders = rows.iter().map(|row: &Row| row.parsed(0));
    Ok(orders.collect::<Result<_, DatabaseError>>()?)
}

impl Decide for Lapse {
    type Pending = Vec<OrderId>;
    type Answer = Vec<OrderId>;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.orders.extend(&self.orders);
        wanted.bills_of_orders = true;
    }

    fn decide(&self, working: &mut Working) -> Result<Vec<OrderId>, StoreError> {
        let mut lapsed = Vec::new();
        for id in &self.orders {
            let order = working.orders.get(id);
            if !order.is_some_and(|order| is_over(order, self.now)) {
                continue;
            }
            match working.advance(*id, OrderState::Lapsed, self.now, None)? {
                Ok(_) => lapsed.push(*id),
                Err(error) => {
                    return Err(StoreError::Corrupt(format!(
                        "order {id} cannot lapse: {error}"
                    )));
                }
            }
        }
        Ok(lapsed)
    }

    fn finish(lapsed: Vec<OrderId>, _: Option<&JournalPosition>) -> Vec<OrderId> {
        lapsed
    }
}

/// Once accepted, only an order by transfer lapses: what the bank has is the bank's to answer.
fn is_over(order: &Order, now: Timestamp) -> bool {
    let waits = order.state == OrderState::AwaitingApproval || order.money.funds == Funds::Transfer;
    let can = order.state.next(OrderCause::Lapsed) == Ok(Transition::To(OrderState::Lapsed));
    let is_late = |lapses: i64| lapses <= now.as_second();
    waits && can && order.lapses.is_some_and(is_late)
}
