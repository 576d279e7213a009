//! One signed document of the journal.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Key;

/// A signed document and what happened to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// What names it.
    #[serde(rename = "document", alias = "order")]
    pub key: Key,
    /// The signed document, a compact JWS, as it travels.
    pub signed: String,
    /// What happened, oldest first; the first is [`Event::Signed`].
    pub records: Vec<Record>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// When, by the service's clock as far as it was known.
    #[serde(with = "wattkey_protocol::time")]
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}

/// What happened to an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The user confirmed and signed it.
    Signed,
    /// It is about to leave, or has left; whether it arrived is not known yet.
    Sent,
    /// The service has it, in this state of the order.
    Accepted {
        /// State as the service names it.
        state: String,
    },
    /// The service refused it: nothing was posted.
    Refused {
        /// Name of the problem (PROTOCOL.md section 15).
        problem: String,
    },
    /// The service did not have it after it had expired: nothing was or will be posted.
    NeverAccepted,
}

/// Where an order stands, as far as this PC knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Signed; nothing was sent.
    Signed,
    /// Sent; the outcome is unknown.
    Sent,
    /// The service has it.
    Accepted {
        /// State as the service named it last.
        state: String,
    },
    /// The service refused it.
    Refused {
        /// Name of the problem.
        problem: String,
    },
    /// It expired without having been accepted.
    NeverAccepted,
}

impl Entry {
    pub(crate) fn new(key: Key, signed: &str, at: Timestamp) -> Entry {
        let records = vec![Record {
            at,
            event: Event::Signed,
        }];
        Entry {
            key,
            signed: signed.to_owned(),
            records,
        }
    }

    /// Where the order stands: its last outcome, or whether it was sent since. A refusal is an
    /// outcome of one sending: the same order may be accepted the next time. An acceptance stays.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let accepted = self
            .records
            .iter()
            .rev()
            .find_map(|record| match &record.event {
                Event::Accepted { state } => Some(state.clone()),
                _ => None,
            });
        if let Some(state) = accepted {
            return Standing::Accepted { state };
        }
        match self.records.last().map(|record| &record.event) {
            Some(Event::Sent) => Standing::Sent,
            Some(Event::Refused { problem }) => Standing::Refused {
                problem: problem.clone(),
            },
            Some(Event::NeverAccepted) => Standing::NeverAccepted,
            Some(Event::Signed | Event::Accepted { .. }) | None => Standing::Signed,
        }
    }

    /// Whether it may have reached the service.
    #[must_use]
    pub fn was_sent(&self) -> bool {
        self.records
            .iter()
            .any(|record| record.event == Event::Sent)
    }

    /// Whether its outcome is not known here.
    #[must_use]
    pub fn is_unresolved(&self) -> bool {
        matches!(self.standing(), Standing::Signed | Standing::Sent)
    }

    /// When it was signed.
    #[must_use]
    pub fn signed_at(&self) -> Timestamp {
        self.records
            .first()
            .map_or(Timestamp::UNIX_EPOCH, |record| record.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(events: &[Event]) -> Standing {
        let at = Timestamp::UNIX_EPOCH;
        let key = "7d3f0000-0000-4000-8000-000000000001".parse().unwrap();
        let records = events
            .iter()
            .cloned()
            .map(|event| Record { at, event })
            .collect();
        Entry {
            key,
            signed: String::new(),
            records,
        }
        .standing()
    }

    #[test]
    fn the_last_outcome_counts() {
        let accepted = |state: &str| Event::Accepted {
            state: state.into(),
        };
        assert_eq!(standing(&[Event::Signed]), Standing::Signed);
        assert_eq!(standing(&[Event::Signed, Event::Sent]), Standing::Sent);
        assert_eq!(
            standing(&[
                Event::Signed,
                Event::Sent,
                accepted("accepted"),
                accepted("settled")
            ]),
            Standing::Accepted {
                state: "settled".into()
            }
        );
        assert_eq!(
            standing(&[Event::Signed, accepted("accepted"), Event::Sent]),
            Standing::Accepted {
                state: "accepted".into()
            },
            "sending again does not make a known outcome unknown"
        );
        assert_eq!(
            standing(&[Event::Signed, Event::Sent, Event::NeverAccepted]),
            Standing::NeverAccepted
        );
        let refused = || Event::Refused {
            problem: "bill-claimed".into(),
        };
        assert_eq!(
            standing(&[Event::Signed, Event::Sent, refused(), Event::Sent]),
            Standing::Sent,
            "sent again after a refusal, it may have been accepted"
        );
        assert_eq!(
            standing(&[
                Event::Signed,
                Event::Sent,
                accepted("accepted"),
                Event::Sent,
                refused()
            ]),
            Standing::Accepted {
                state: "accepted".into()
            },
            "what was accepted stays so"
        );
    }
}
