//! Messages to the bank: leased to one sender at a time, sent once.

use std::borrow::Cow;

use jiff::Timestamp;

use super::working::Message;
use super::{Decide, Wanted, Working};
use crate::StoreError;
use crate::database::Session;
use crate::outcome::{JournalPosition, MessageOf, OutboxMessage};
use crate::packed::unpack;

/// The longest lease. One that ends later was given before the clock was set back: it counts for
/// nothing, so that its message does not wait for the clock to catch up.
pub(super) const MAX_LEASE_S: u32 = 600;

/// What waits at a time: nobody has sent it, its day has come, no lease of now is on it, and its
/// order still holds its bills. What an order that no longer does would have collected, another one may have paid.
pub(super) const WAITS: &str = "sent IS NULL AND not_before <= $1
    AND (leased_until IS NULL OR leased_until <= $1 OR leased_until > $2)
    AND (EXISTS (SELECT 1 FROM orders WHERE orders.id = outbox.order_id
                 AND orders.state IN ('accepted', 'submitted'))
         OR EXISTS (SELECT 1 FROM returns WHERE returns.id = outbox.return_id
                    AND returns.state IN ('accepted', 'submitted')))";

/// The message that waits and was tried least often, of these the oldest, for a sender.
#[derive(Debug)]
pub(crate) struct Lease {
    pub(crate) now: Timestamp,
    pub(crate) lease_s: u32,
}

/// A message was sent.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) id: String,
    pub(crate) now: Timestamp,
}

/// A message could not be sent: nobody has it for a while.
#[derive(Debug)]
pub(crate) struct Release {
    pub(crate) id: String,
    pub(crate) now: Timestamp,
    pub(crate) pause_s: u32,
}

/// Whether no message waits: asked of a reader, so that an idle sender costs no commits.
pub(crate) fn is_idle(session: &mut dyn Session, now: Timestamp) -> Result<bool, StoreError> {
    let sql = format!("SELECT 1 FROM outbox WHERE {WAITS} LIMIT 1");
    let rows = session.query(&sql, &[now.as_second().into(), latest_end(now).into()])?;
    Ok(rows.is_empty())
}

/// The end of the longest lease of now.
pub(super) fn latest_end(now: Timestamp) -> i64 {
    now.as_second() + i64::from(MAX_LEASE_S)
}

impl Message {
    fn waits(&self, now: Timestamp) -> bool {
        let is_leased = |until: i64| until > now.as_second() && until <= latest_end(now);
        self.sent.is_none()
            && self.not_before <= now.as_second()
            && !self.leased_until.is_some_and(is_leased)
    }
}

impl Decide for Lease {
    type Pending = Option<OutboxMessage>;
    type Answer = Option<OutboxMessage>;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.next_messages.push(self.now);
    }

    fn decide(&self, working: &mut Working) -> Result<Self::Pending, StoreError> {
        let next = working
            .messages
            .iter()
            .filter(|(_, message)| message.waits(self.now) && holds_claims(working, message))
            .min_by_key(|(id, message)| (message.attempts, message.not_before, *id))
            .map(|(id, _)| id.clone());
        let Some(id) = next else {
            return Ok(None);
        };
        let body = working.messages.get(&id).map(|message| &message.body);
        let body = body.map(|body| unpack(body, 2)).transpose()?;
        let body = body.map(Cow::into_owned).unwrap_or_default();
        working.touch();
        let leased = working.messages.get_mut(&id).map(|message| {
            message.leased_until = Some(end(self.now, self.lease_s));
            message.attempts = message.attempts.saturating_add(1);
            message.changed = true;
            OutboxMessage {
                id,
                of: message.of,
                body,
                attempts: message.attempts,
            }
        });
        Ok(leased)
    }

    fn finish(leased: Self::Pending, _: Option<&JournalPosition>) -> Self::Answer {
        leased
    }
}

impl Decide for Sent {
    type Pending = ();
    type Answer = ();

    fn wants(&self, wanted: &mut Wanted) {
        wanted.messages.push(self.id.clone());
        wanted.finished_messages += 1;
    }

    fn decide(&self, working: &mut Working) -> Result<(), StoreError> {
        finish(working, &self.id, None, Some(self.now.as_second()));
        Ok(())
    }

    fn finish((): (), _: Option<&JournalPosition>) {}
}

impl Decide for Release {
    type Pending = ();
    type Answer = ();

    fn wants(&self, wanted: &mut Wanted) {
        wanted.messages.push(self.id.clone());
        wanted.finished_messages += 1;
    }

    fn decide(&self, working: &mut Working) -> Result<(), StoreError> {
        let until = (self.pause_s > 0).then(|| end(self.now, self.pause_s));
        finish(working, &self.id, until, None);
        Ok(())
    }

    fn finish((): (), _: Option<&JournalPosition>) {}
}

/// Whether a message's order still holds its bills, as far as this batch has come.
fn holds_claims(working: &Working, message: &Message) -> bool {
    let now = match message.of {
        MessageOf::Order(order) => working.orders.get(&order).map(|order| order.state),
        MessageOf::Return(id) => working.returns.get(&id).map(|one| one.state),
    };
    now.unwrap_or(message.state).holds_claims()
}

/// The end of a lease that begins now.
fn end(now: Timestamp, lease_s: u32) -> i64 {
    now.as_second() + i64::from(lease_s.min(MAX_LEASE_S))
}

/// Ends a lease, or begins a pause. What was sent stays sent.
fn finish(working: &mut Working, id: &str, until: Option<i64>, sent: Option<i64>) {
    working.touch();
    let message = working.messages.get_mut(id);
    if let Some(message) = message.filter(|message| message.sent.is_none()) {
        message.leased_until = until;
        message.sent = sent;
        message.changed = true;
    }
}
