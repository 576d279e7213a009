//! Collections whose debit mandate has ended before their message left: they are refused on their
//! day, and never sent.

use jiff::Timestamp;
use jiff::civil::Date;
use wattkey_domain::{MandateId, OrderCause, OrderId, OrderState, Transition};

use super::{Decide, Wanted, Working};
use crate::StoreError;
use crate::database::{DatabaseError, Row, Session, Value};
use crate::outcome::JournalPosition;
use crate::outcome::MessageOf;

/// What is added to the history of such an order.
const NOTE: &str = "the mandate has ended";
/// The most orders that are refused in one transaction.
const MAX_AT_ONCE: u32 = 100;

/// Collections that are due under mandates that have ended: which of them they are, is looked at
/// once more.
#[derive(Debug)]
pub(crate) struct RefuseEnded {
    pub(crate) orders: Vec<(OrderId, MandateId)>,
    /// The service's day.
    pub(crate) today: Date,
    pub(crate) now: Timestamp,
}

/// Orders that would be sent now under a mandate that has ended: asked of a reader, so that a sender
/// that looks costs no commits. What a sender had in hand the bank may have.
pub(crate) fn due(
    session: &mut dyn Session,
    today: Date,
    now: Timestamp,
) -> Result<Vec<(OrderId, MandateId)>, StoreError> {
    let rows = session.query(
        "SELECT orders.id, orders.mandate FROM outbox
         JOIN orders ON orders.id = outbox.order_id
         JOIN mandates ON mandates.id = orders.mandate
         WHERE outbox.sent IS NULL AND outbox.attempts = 0 AND outbox.not_before <= $1
         AND orders.state = 'accepted' AND orders.source = 'mandate'
         AND mandates.ended IS NOT NULL AND mandates.ended <= $2
         ORDER BY orders.id LIMIT $3",
        &[
            now.as_second().into(),
            Value::text(today),
            MAX_AT_ONCE.into(),
        ],
    )?;
    let orders = rows
        .iter()
        .map(|row: &Row| Ok((row.parsed(0)?, row.parsed(1)?)));
    Ok(orders.collect::<Result<_, DatabaseError>>()?)
}

impl Decide for RefuseEnded {
    type Pending = Vec<OrderId>;
    type Answer = Vec<OrderId>;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.bills_of_orders = true;
        wanted.finished_messages += self.orders.len();
        for (order, mandate) in &self.orders {
            wanted.orders.push(*order);
            wanted.mandates.push(mandate.clone());
        }
    }

    fn decide(&self, working: &mut Working) -> Result<Vec<OrderId>, StoreError> {
        let mut refused = Vec::new();
        for (order, mandate) in &self.orders {
            let Some(ended) = self.ended(working, *order, mandate) else {
                continue;
            };
            let note = Some(NOTE.to_owned());
            let moved = working.advance(*order, OrderState::Rejected, self.now, note)?;
            if let Err(error) = moved {
                let what = format!("order {order} cannot be refused: {error}");
                return Err(StoreError::Corrupt(what));
            }
            let (today, now) = (self.today, self.now);
            working
                .rows
                .mandate_refusal(*order, mandate, [ended, today], now);
            refused.push(*order);
        }
        Ok(refused)
    }

    fn finish(refused: Vec<OrderId>, _: Option<&JournalPosition>) -> Vec<OrderId> {
        refused
    }
}

impl RefuseEnded {
    /// When the mandate ended, of an order whose message nobody had in hand yet.
    fn ended(&self, working: &Working, id: OrderId, mandate: &MandateId) -> Option<Date> {
        let order = working.orders.get(&id)?;
        let refused = Ok(Transition::To(OrderState::Rejected));
        if order.state.next(OrderCause::MandateEnded) != refused {
            return None;
        }
        let mut messages = working.messages.values();
        let message = messages.find(|message| message.of == MessageOf::Order(id))?;
        let in_hand = message.attempts == 0 && message.sent.is_none();
        let ended = working.mandates.get(mandate)?.ended?;
        (in_hand && ended <= self.today).then_some(ended)
    }
}
