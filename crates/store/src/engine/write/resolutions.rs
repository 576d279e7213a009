//! Rows of resolutions.

use wattkey_domain::{Item, ResolutionId};

use super::rows::Rows;
use crate::database::Value;
use crate::outcome::DecideResolution;
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

    pub(in crate::engine) fn resolved_item(&mut self, item: &Item, by: ResolutionId) {
        self.resolved_items
            .push(vec![Value::text(item), Value::text(by)]);
    }
}
