//! Rows of resolutions.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use wattkey_domain::{Item, Money, OrderState, ResolutionId};

use super::columns::{Columns, RETURN_EVENTS};
use super::rows::Rows;
use super::{Table, insert, update};
use crate::database::Type::Text;
use crate::database::{DatabaseError, Session, Value};
use crate::engine::resolve::EventTerms;
use crate::engine::working::Working;
use crate::outcome::{DecideResolution, JournalPosition, SendBack};
use crate::read::resolutions::KeptResolution;

impl Rows {
    pub(in crate::engine) fn resolution(&mut self, kept: &KeptResolution) {
        self.resolutions.push(vec![
            Value::text(kept.resolution),
            Value::text(&kept.item),
            Value::text(kept.manager),
            kept.jws.as_str().into(),
            kept.digest.into(),
            kept.at.as_second().into(),
        ]);
    }

    pub(in crate::engine) fn resolution_decision(&mut self, word: &DecideResolution) {
        self.resolution_decisions.push(vec![
            Value::text(word.resolution),
            Value::text(word.manager),
            word.verdict.as_str().into(),
            word.jws.as_str().into(),
            word.digest.into(),
            word.now.as_second().into(),
        ]);
    }

    /// Money that the bank booked for an order and that waits as a receipt, with its value date.
    pub(in crate::engine) fn received_event(
        &mut self,
        reference: &str,
        event: &EventTerms,
        (amount, value): (Money, Date),
        now: Timestamp,
        position: JournalPosition,
    ) {
        self.unmatched.push(vec![
            reference.into(),
            amount.minor().into(),
            Value::text(amount.currency()),
            Value::text(value),
            Value::Null,
            Value::Null,
            event.text.as_deref().into(),
            "".into(),
            now.as_second().into(),
            position.process.as_bytes().into(),
            position.sequence.into(),
        ]);
    }

    /// Money that is sent back from now on.
    pub(in crate::engine) fn sent_back(
        &mut self,
        by: &DecideResolution,
        reference: &str,
        amount: Money,
        to: &SendBack,
    ) {
        self.returns.push(vec![
            Value::text(by.resolution),
            reference.into(),
            amount.minor().into(),
            Value::text(amount.currency()),
            to.name.as_str().into(),
            to.account.as_str().into(),
            to.agent.as_str().into(),
            by.now.as_second().into(),
            Value::text(OrderState::Accepted),
        ]);
    }

    pub(in crate::engine) fn resolved_item(&mut self, item: &Item, by: ResolutionId) {
        self.resolved_items
            .push(vec![Value::text(item), Value::text(by)]);
    }
}

/// Where money stands that is sent back, and how it came there.
pub(super) fn write_returns(
    session: &mut dyn Session,
    working: &Working,
) -> Result<(), DatabaseError> {
    let (mut states, mut events) = (Table::new(), Table::new());
    let returns: BTreeMap<_, _> = working.returns.iter().collect();
    for (id, one) in returns {
        if one.new.is_empty() {
            continue;
        }
        states.push(vec![Value::text(id), Value::text(one.state)]);
        let new = one.new.iter().enumerate();
        events.extend(new.map(|(place, event)| {
            vec![
                Value::text(id),
                (one.kept + place).into(),
                Value::text(event.state),
                event.at.as_second().into(),
                event.note.as_deref().into(),
                event.journal.process.as_bytes().into(),
                event.journal.sequence.into(),
            ]
        }));
    }
    let state: Columns = &[("state", Text)];
    update(session, "returns", &[("id", Text)], state, &states)?;
    insert(session, "return_events", RETURN_EVENTS, &events)
}
