//! What to do about an order whose outcome is not known here: a pure decision.
//!
//! The service is asked by order id first. Only what it does not have is sent again, and only the
//! same signed bytes, only by the one who signed, and only while they can still be accepted. What
//! it still does not have after they could be accepted was never accepted.

use jiff::{SignedDuration, Timestamp};

/// Longest time that a request may be under way between parts: an order that was sent just before
/// it expired may be posted this much later.
pub const IN_FLIGHT: SignedDuration = SignedDuration::from_secs(120);

/// What the service said when it was asked by order id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It has the order, in this state.
    Has {
        /// State as the service names it.
        state: String,
    },
    /// It has another order under this id.
    HasAnother,
    /// It has no such order for this customer.
    HasNot,
}

/// Whose order it is, seen from the key that is plugged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// This user signed it.
    Mine,
    /// Another user of the same customer signed it.
    Colleagues,
    /// Another customer's: this user can learn nothing about it.
    OtherCustomers,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Record the state.
    Record {
        /// State as the service names it.
        state: String,
    },
    /// Record that it was refused: its id is another order's.
    Refuse,
    /// Send the same signed bytes in a new capsule.
    SendAgain,
    /// Record that it was never accepted.
    Close,
    /// Leave it: it has expired but may still be under way; ask again later.
    AskLater {
        /// From when on the answer is final.
        from: Timestamp,
    },
    /// Leave it: only who signed it may send it again.
    LeaveToSigner,
    /// Leave it: a user of that customer has to ask.
    LeaveToCustomer,
}

/// Decides what to do with an order, `now` by the service's clock.
#[must_use]
pub fn next(answer: &Answer, whose: Whose, expires: Timestamp, now: Timestamp) -> Next {
    let final_from = expires.saturating_add(IN_FLIGHT).unwrap_or(Timestamp::MAX);
    match (answer, whose) {
        // A service that does not have it says nothing about another customer's order.
        (_, Whose::OtherCustomers) => Next::LeaveToCustomer,
        (Answer::Has { state }, _) => Next::Record {
            state: state.clone(),
        },
        (Answer::HasAnother, _) => Next::Refuse,
        (Answer::HasNot, _) if now >= final_from => Next::Close,
        (Answer::HasNot, _) if now >= expires => Next::AskLater { from: final_from },
        (Answer::HasNot, Whose::Mine) => Next::SendAgain,
        (Answer::HasNot, Whose::Colleagues) => Next::LeaveToSigner,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPIRES: i64 = 1_800_000_900;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn one_row_for_each_case() {
        let has = || Answer::Has {
            state: "submitted".into(),
        };
        let record = || Next::Record {
            state: "submitted".into(),
        };
        let later = Next::AskLater {
            from: at(EXPIRES + 120),
        };
        let table = [
            (has(), Whose::Mine, 0, record()),
            (has(), Whose::Colleagues, 0, record()),
            (has(), Whose::Mine, EXPIRES + 1_000_000, record()),
            (Answer::HasAnother, Whose::Mine, 0, Next::Refuse),
            (
                Answer::HasAnother,
                Whose::OtherCustomers,
                0,
                Next::LeaveToCustomer,
            ),
            (has(), Whose::OtherCustomers, 0, Next::LeaveToCustomer),
            (
                Answer::HasNot,
                Whose::OtherCustomers,
                EXPIRES + 1_000_000,
                Next::LeaveToCustomer,
            ),
            (Answer::HasNot, Whose::Mine, EXPIRES - 1, Next::SendAgain),
            (Answer::HasNot, Whose::Mine, EXPIRES, later.clone()),
            (Answer::HasNot, Whose::Mine, EXPIRES + 119, later.clone()),
            (Answer::HasNot, Whose::Mine, EXPIRES + 120, Next::Close),
            (
                Answer::HasNot,
                Whose::Colleagues,
                EXPIRES - 1,
                Next::LeaveToSigner,
            ),
            (Answer::HasNot, Whose::Colleagues, EXPIRES, later),
            (
                Answer::HasNot,
                Whose::Colleagues,
                EXPIRES + 120,
                Next::Close,
            ),
        ];
        for (answer, whose, now, wanted) in table {
            let decided = next(&answer, whose, at(EXPIRES), at(now));
            assert_eq!(decided, wanted, "{answer:?} {whose:?} at {now}");
        }
    }
}
