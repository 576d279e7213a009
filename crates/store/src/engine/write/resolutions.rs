//! Rows of resolutions.

use jiff::Timestamp;
use jiff::civil::Date;
use wattkey_domain::{Item, Money, ResolutionId};

use super::rows::Rows;
use crate::database::Value;
use crate::engine::resolve::EventTerms;
use crate::outcome::{DecideResolution, JournalPosition};
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

    pub(in crate::engine) fn resolved_item(&mut self, item: &Item, by: ResolutionId) {
        self.resolved_items
            .push(vec![Value::text(item), Value::text(by)]);
    }
}
