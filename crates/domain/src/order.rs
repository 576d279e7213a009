use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Where a payment order stands.
///
/// ```text
/// accepted ──▶ submitted ──▶ settled ──▶ returned
///    │  │          │            ▲
///    │  └──────────┼────────────┘
///    └─────────────┴──▶ rejected
/// ```
///
/// The arrows past `submitted` are there because the bank's messages may come in any order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrderState {
    /// Posted and claimed; not yet seen by the bank.
    Accepted,
    /// The bank has taken the collection in.
    Submitted,
    /// Booked by the bank.
    Settled,
    /// Refused by the bank; the bills are open again.
    Rejected,
    /// Taken back by the bank after it was booked; the bills are open again.
    Returned,
}

/// What the bank says of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BankEvent {
    /// A status report that is not a rejection (pain.002): it never settles.
    Submitted,
    /// A booked credit entry (camt.054, `BOOK`).
    Booked,
    /// A rejection (pain.002, `RJCT`).
    Rejected,
    /// A return of a booked collection.
    Returned,
}

/// What an event does to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// The order moves to this state, and the ledger with it.
    To(OrderState),
    /// Known before, or too late to matter: nothing changes.
    Unchanged,
}

/// The bank says what cannot be after what it said before. Nothing is posted; a person looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bank reports {event} for an order that is {state}")]
pub struct Contradiction {
    /// Where the order stands.
    pub state: OrderState,
    /// What came.
    pub event: BankEvent,
}

/// The text names no state or event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a known state or event")]
pub struct UnknownName(pub String);

impl OrderState {
    /// All states, in the order of their life.
    pub const ALL: [Self; 5] = [
        Self::Accepted,
        Self::Submitted,
        Self::Settled,
        Self::Rejected,
        Self::Returned,
    ];

    /// The state machine. A report that was taken in before does not come here again: the bank's
    /// own reference of it tells.
    ///
    /// # Errors
    /// [`Contradiction`] when the event cannot follow, such as a booking of a rejected order, or a
    /// second one.
    pub fn next(self, event: BankEvent) -> Result<Transition, Contradiction> {
        use BankEvent as E;
        use OrderState as S;
        use Transition::{To, Unchanged};
        match (self, event) {
            (S::Accepted, E::Submitted) => Ok(To(S::Submitted)),
            (S::Accepted | S::Submitted, E::Booked) => Ok(To(S::Settled)),
            (S::Accepted | S::Submitted, E::Rejected) => Ok(To(S::Rejected)),
            (S::Settled, E::Returned) => Ok(To(S::Returned)),
            (S::Submitted | S::Settled | S::Rejected | S::Returned, E::Submitted)
            | (S::Rejected, E::Rejected) => Ok(Unchanged),
            // A second booking or return under a reference of its own is money that moved twice.
            (S::Accepted | S::Submitted, E::Returned)
            | (S::Settled, E::Booked | E::Rejected)
            | (S::Rejected, E::Booked | E::Returned)
            | (S::Returned, E::Booked | E::Rejected | E::Returned) => {
                Err(Contradiction { state: self, event })
            }
        }
    }

    /// Whether the order holds its bills, so that no other order may pay them.
    #[must_use]
    pub const fn holds_claims(self) -> bool {
        matches!(self, Self::Accepted | Self::Submitted)
    }

    /// The name in documents and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Submitted => "submitted",
            Self::Settled => "settled",
            Self::Rejected => "rejected",
            Self::Returned => "returned",
        }
    }
}

impl BankEvent {
    /// All events.
    pub const ALL: [Self; 4] = [
        Self::Submitted,
        Self::Booked,
        Self::Rejected,
        Self::Returned,
    ];

    /// The name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Booked => "booked",
            Self::Rejected => "rejected",
            Self::Returned => "returned",
        }
    }
}

impl FromStr for OrderState {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| UnknownName(crate::text::excerpt(text)))
    }
}

impl FromStr for BankEvent {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|event| event.as_str() == text)
            .ok_or_else(|| UnknownName(crate::text::excerpt(text)))
    }
}

impl fmt::Display for OrderState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for BankEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_as_a_table() {
        let table = "
            accepted   submitted=submitted  booked=settled    rejected=rejected  returned=!
            submitted  submitted==          booked=settled    rejected=rejected  returned=!
            settled    submitted==          booked=!          rejected=!         returned=returned
            rejected   submitted==          booked=!          rejected==         returned=!
            returned   submitted==          booked=!          rejected=!         returned=!";
        let mut checked = 0;
        for row in table.lines().filter(|row| !row.trim().is_empty()) {
            let mut cells = row.split_whitespace();
            let state: OrderState = cells.next().unwrap().parse().unwrap();
            for cell in cells {
                let (event, wanted) = cell.split_once('=').unwrap();
                let event: BankEvent = event.parse().unwrap();
                let found = match state.next(event) {
                    Ok(Transition::To(to)) => to.to_string(),
                    Ok(Transition::Unchanged) => "=".to_owned(),
                    Err(contradiction) => {
                        assert_eq!((contradiction.state, contradiction.event), (state, event));
                        "!".to_owned()
                    }
                };
                assert_eq!(found, wanted, "{state} {event}");
                checked += 1;
            }
        }
        assert_eq!(checked, OrderState::ALL.len() * BankEvent::ALL.len());
    }

    #[test]
    fn names_are_read_back_and_are_the_json() {
        for state in OrderState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
            assert_eq!(
                serde_json::to_string(&state).unwrap(),
                format!("\"{state}\"")
            );
        }
        assert!("paid".parse::<OrderState>().is_err());
        assert!("paid".parse::<BankEvent>().is_err());
    }
}
