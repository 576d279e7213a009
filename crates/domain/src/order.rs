use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Where a payment order stands.
///
/// ```text
///            ┌──▶ refused
///            ├──▶ lapsed
///            ├──▶ cancelled            ┌──▶ cancelled ─┐ a credit
///            ├──▶ rejected (1)         ├──▶ lapsed ────┤ with its
/// awaiting-approval ──approved──▶ accepted             │ reference
///                                      │  │            │
///                                      │  └────────────┴─┐
///                                      ▼                 ▼
///                                  submitted ──booked─▶ settled ──returned──▶ returned
///                                      │  (accepted too)
///                                      └──▶ rejected (accepted too)
/// ```
///
/// 1. Approved, and the deposit that it is paid from no longer covers it. An accepted one also when
///    its mandate has ended before its day.
///
/// The arrows past `submitted` are there because the bank's messages may come in any order. Only an
/// order by transfer lapses once accepted, or settles after it was cancelled or lapsed: what its
/// customer has sent is his money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrderState {
    /// Posted and claimed; another person must approve it.
    AwaitingApproval,
    /// Posted and claimed; not yet seen by the bank.
    Accepted,
    /// The bank has taken the collection in.
    Submitted,
    /// Booked: by the bank, or in our own books when a deposit paid.
    Settled,
    /// Refused by the bank, not covered by the deposit, or its mandate has ended before its day; the
    /// bills are open again.
    Rejected,
    /// Taken back by the bank after it was booked; the bills are open again.
    Returned,
    /// Refused by the one who should have approved it; the bills are open again.
    Refused,
    /// Cancelled by its customer before anything went to the bank; the bills are open again.
    Cancelled,
    /// Approved or paid by nobody in time; the bills are open again.
    Lapsed,
}

/// What moves an order: people, the clock, our own books, the bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrderCause {
    /// A second person approved it.
    Approved,
    /// A second person refused it.
    Refused,
    /// Its customer cancelled it.
    Cancelled,
    /// Its time is over.
    Lapsed,
    /// It was approved, and the deposit does not cover it.
    Uncovered,
    /// Its day came, and the debit mandate that it is collected under has ended.
    MandateEnded,
    /// A credit came with its creditor reference.
    Credited,
    /// The bank has it (pain.002 that is no rejection): this never settles.
    Submitted,
    /// The bank booked it (camt, `BOOK`), or a deposit paid it.
    Booked,
    /// The bank rejected it (pain.002, `RJCT`).
    Rejected,
    /// The bank took back what it had booked.
    Returned,
}

/// What the bank says of an order that went to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BankEvent {
    /// A status report that is not a rejection (pain.002).
    Submitted,
    /// A booked credit entry (camt, `BOOK`).
    Booked,
    /// A booked debit entry that reverses nothing: our own payment, such as a refund, went out.
    PaidOut,
    /// A rejection (pain.002, `RJCT`).
    Rejected,
    /// A booked reversal of an earlier entry.
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

/// What cannot be after what was before. Nothing is posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an order that is {state} cannot be {cause}")]
pub struct Contradiction {
    /// Where the order stands.
    pub state: OrderState,
    /// What came.
    pub cause: OrderCause,
}

/// The text names no state or event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a known state or event")]
pub struct UnknownName(pub String);

impl OrderState {
    /// All states, in the order of their life.
    pub const ALL: [Self; 9] = [
        Self::AwaitingApproval,
        Self::Accepted,
        Self::Submitted,
        Self::Settled,
        Self::Rejected,
        Self::Returned,
        Self::Refused,
        Self::Cancelled,
        Self::Lapsed,
    ];

    /// The state machine. A report that was taken in before does not come here again: the bank's
    /// own reference of it tells. What depends on how the order is paid (only an order by transfer
    /// lapses once accepted or is credited, only what never went to the bank is cancelled) the
    /// caller checks.
    ///
    /// # Errors
    /// [`Contradiction`] when the cause cannot follow, such as a booking of a rejected order, or a
    /// second one.
    pub fn next(self, cause: OrderCause) -> Result<Transition, Contradiction> {
        use OrderCause as C;
        use OrderState as S;
        use Transition::{To, Unchanged};
        match (self, cause) {
            (S::AwaitingApproval, C::Approved) => Ok(To(S::Accepted)),
            (S::AwaitingApproval, C::Refused) => Ok(To(S::Refused)),
            (S::AwaitingApproval | S::Accepted, C::Cancelled) => Ok(To(S::Cancelled)),
            (S::AwaitingApproval | S::Accepted, C::Lapsed) => Ok(To(S::Lapsed)),
            (S::AwaitingApproval, C::Uncovered) | (S::Accepted, C::MandateEnded) => {
                Ok(To(S::Rejected))
            }
            (S::Accepted, C::Submitted) => Ok(To(S::Submitted)),
            (S::Accepted | S::Submitted, C::Booked) => Ok(To(S::Settled)),
            (S::Accepted | S::Submitted, C::Rejected) => Ok(To(S::Rejected)),
            (S::Settled, C::Returned) => Ok(To(S::Returned)),
            (S::Accepted | S::Cancelled | S::Lapsed, C::Credited) => Ok(To(S::Settled)),
            (S::Submitted | S::Settled | S::Rejected | S::Returned, C::Submitted)
            | (S::Rejected, C::Rejected)
            | (S::Settled, C::Credited) => Ok(Unchanged),
            // Among them: a second booking or return under a reference of its own, which is money
            // that moved twice.
            _ => Err(Contradiction { state: self, cause }),
        }
    }

    /// Whether an order that claims bills holds them in this state.
    #[must_use]
    pub const fn holds_claims(self) -> bool {
        matches!(
            self,
            Self::AwaitingApproval | Self::Accepted | Self::Submitted
        )
    }

    /// The name in documents and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AwaitingApproval => "awaiting-approval",
            Self::Accepted => "accepted",
            Self::Submitted => "submitted",
            Self::Settled => "settled",
            Self::Rejected => "rejected",
            Self::Returned => "returned",
            Self::Refused => "refused",
            Self::Cancelled => "cancelled",
            Self::Lapsed => "lapsed",
        }
    }
}

impl OrderCause {
    /// All causes.
    pub const ALL: [Self; 11] = [
        Self::Approved,
        Self::Refused,
        Self::Cancelled,
        Self::Lapsed,
        Self::Uncovered,
        Self::MandateEnded,
        Self::Credited,
        Self::Submitted,
        Self::Booked,
        Self::Rejected,
        Self::Returned,
    ];

    /// Its name, for people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Cancelled => "cancelled",
            Self::Lapsed => "lapsed",
            Self::Uncovered => "uncovered",
            Self::MandateEnded => "mandate-ended",
            Self::Credited => "credited",
            Self::Submitted => "submitted",
            Self::Booked => "booked",
            Self::Rejected => "rejected",
            Self::Returned => "returned",
        }
    }
}

impl BankEvent {
    /// All events.
    pub const ALL: [Self; 5] = [
        Self::Submitted,
        Self::Booked,
        Self::PaidOut,
        Self::Rejected,
        Self::Returned,
    ];

    /// The name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Booked => "booked",
            Self::PaidOut => "paid-out",
            Self::Rejected => "rejected",
            Self::Returned => "returned",
        }
    }

    /// What it means for a collection, which brings money in; `None` for a payment out, which a
    /// collection cannot be.
    #[must_use]
    pub const fn of_collection(self) -> Option<OrderCause> {
        match self {
            Self::Submitted => Some(OrderCause::Submitted),
            Self::Booked => Some(OrderCause::Booked),
            Self::PaidOut => None,
            Self::Rejected => Some(OrderCause::Rejected),
            Self::Returned => Some(OrderCause::Returned),
        }
    }

    /// What it means for a refund, which goes out: money that comes in is its return.
    #[must_use]
    pub const fn of_refund(self) -> OrderCause {
        match self {
            Self::Submitted => OrderCause::Submitted,
            Self::PaidOut => OrderCause::Booked,
            Self::Rejected => OrderCause::Rejected,
            Self::Booked | Self::Returned => OrderCause::Returned,
        }
    }
}

macro_rules! named {
    ($type:ident) => {
        impl FromStr for $type {
            type Err = UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL
                    .into_iter()
                    .find(|one| one.as_str() == text)
                    .ok_or_else(|| UnknownName(crate::text::excerpt(text)))
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

named!(OrderState);
named!(OrderCause);
named!(BankEvent);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_as_a_table() {
        let table = "
            awaiting-approval  approved=accepted refused=refused cancelled=cancelled lapsed=lapsed uncovered=rejected mandate-ended=! credited=! submitted=! booked=! rejected=! returned=!
            accepted   approved=! refused=! cancelled=cancelled lapsed=lapsed uncovered=! mandate-ended=rejected credited=settled submitted=submitted booked=settled rejected=rejected returned=!
            submitted  approved=! refused=! cancelled=! lapsed=! uncovered=! mandate-ended=! credited=! submitted== booked=settled rejected=rejected returned=!
            settled    approved=! refused=! cancelled=! lapsed=! uncovered=! mandate-ended=! credited== submitted== booked=! rejected=! returned=returned
            rejected   approved=! refused=! cancelled=! lapsed=! uncovered=! mandate-ended=! credited=! submitted== booked=! rejected== returned=!
            returned   approved=! refused=! cancelled=! lapsed=! uncovered=! mandate-ended=! credited=! submitted== booked=! rejected=! returned=!
            refused    approved=! refused=! cancelled=! lapsed=! uncovered=! mandate-ended=! credited=! submitted=! booked=! rejected=! returned=!
            cancelled  approved=! refused=! cancelled=! lapsed=! uncovered=! mandate-ended=! credited=settled submitted=! booked=! rejected=! returned=!
            lapsed     approved=! refused=! cancelled=! lapsed=! uncovered=! mandate-ended=! credited=settled submitted=! booked=! rejected=! returned=!";
        let mut checked = 0;
        for row in table.lines().filter(|row| !row.trim().is_empty()) {
            let mut cells = row.split_whitespace();
            let state: OrderState = cells.next().unwrap().parse().unwrap();
            for cell in cells {
                let (cause, wanted) = cell.split_once('=').unwrap();
                let cause: OrderCause = cause.parse().unwrap();
                let found = match state.next(cause) {
                    Ok(Transition::To(to)) => to.to_string(),
                    Ok(Transition::Unchanged) => "=".to_owned(),
                    Err(contradiction) => {
                        assert_eq!((contradiction.state, contradiction.cause), (state, cause));
                        "!".to_owned()
                    }
                };
                assert_eq!(found, wanted, "{state} {cause}");
                checked += 1;
            }
        }
        assert_eq!(checked, OrderState::ALL.len() * OrderCause::ALL.len());
    }

    #[test]
    fn what_the_bank_says_depends_on_which_way_the_money_goes() {
        let table = "
            submitted  submitted  submitted
            booked     booked     returned
            paid-out   -          booked
            rejected   rejected   rejected
            returned   returned   returned";
        for row in table.lines().skip(1) {
            let cells: Vec<_> = row.split_whitespace().collect();
            let event: BankEvent = cells[0].parse().unwrap();
            let collection = event.of_collection().map_or("-", OrderCause::as_str);
            assert_eq!([collection, event.of_refund().as_str()], cells[1..]);
        }
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
        assert!("paid".parse::<OrderCause>().is_err());
    }
}
