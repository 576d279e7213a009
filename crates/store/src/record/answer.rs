//! The answer to a dispute.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use wattkey_domain::{DisputeId, DisputeOutcome};

use super::RecordError;
use super::strict::date;

/// The longest answer, in characters.
const MAX_WORDS: usize = 500;

/// What the power company answers to a dispute. What it takes back comes as a credit note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisputeAnswer {
    /// Which dispute.
    pub dispute: DisputeId,
    /// Who is right.
    pub outcome: DisputeOutcome,
    /// Why.
    pub text: String,
    /// The day of the answer: the last one without a penalty.
    #[serde(deserialize_with = "date")]
    pub answered: Date,
}

impl DisputeAnswer {
    pub(super) fn checked(self) -> Result<Self, RecordError> {
        let length = self.text.chars().count();
        if length == 0 || length > MAX_WORDS || self.text.chars().any(char::is_control) {
            return Err(RecordError::Text { field: "text" });
        }
        Ok(self)
    }
}
