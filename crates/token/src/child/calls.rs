//! The calls under way, and when one of them is overdue.

use std::collections::HashMap;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use super::gate::MAX_CALLS;
use crate::TokenError;
use crate::wire::Answer;

/// How often a call is looked at that is past its deadline and waits for another one.
const HELD_PAUSE: Duration = Duration::from_millis(50);

/// What waits for what: many modules do one thing at a time, so a call may be late because of another one alone.
///
/// While a call of a higher rank is under way, and in time, none of a lower rank is overdue. Its answer begins their
/// deadlines anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    /// Looks at what is there, again and again.
    Look,
    /// Ends something.
    End,
    /// Lists and reads what tokens say of themselves.
    List,
    /// Works with a token. What is ahead of it there begins its deadline anew too.
    Work,
}

pub(super) type Caller = SyncSender<Result<Answer, TokenError>>;

/// Calls that wait for their reply, by id.
#[derive(Default)]
pub(super) struct UnderWay(HashMap<u64, Call>);

struct Call {
    caller: Caller,
    rank: Rank,
    deadline: Duration,
    sent: Instant,
    /// When the deadline began, the last time.
    since: Instant,
    begun_anew: usize,
}

impl UnderWay {
    pub(super) fn add(&mut self, id: u64, rank: Rank, deadline: Duration, caller: Caller) {
        let now = Instant::now();
        let call = Call {
            caller,
            rank,
            deadline,
            sent: now,
            since: now,
            begun_anew: 0,
        };
        self.0.insert(id, call);
    }

    /// Takes a call out that was answered; nothing when there is none of this id.
    pub(super) fn answered(&mut self, id: u64) -> Option<Caller> {
        let answered = self.0.remove(&id)?;
        let now = Instant::now();
        for call in self.0.values_mut() {
            if call.may_have_waited_for(&answered) {
                call.since = now;
                call.begun_anew += 1;
            }
        }
        Some(answered.caller)
    }

    /// How long to wait before the call is looked at again: zero when it is overdue, nothing when it was answered.
    pub(super) fn patience(&self, id: u64) -> Option<Duration> {
        let call = self.0.get(&id)?;
        let left = call.due().saturating_duration_since(Instant::now());
        if left.is_zero() && self.0.values().any(|other| call.is_held_by(other)) {
            return Some(HELD_PAUSE);
        }
        Some(left)
    }
}

impl Call {
    fn due(&self) -> Instant {
        self.since + self.deadline
    }

    /// No more than that many calls can be ahead of it: what waits longer than for these does not wait for its turn.
    /// A look is never to blame for others.
    fn may_have_waited_for(&self, other: &Call) -> bool {
        let behind = self.rank < other.rank || (self.rank, other.rank) == (Rank::Work, Rank::Work);
        behind && (self.rank == Rank::Look || self.begun_anew < MAX_CALLS)
    }

    fn is_held_by(&self, other: &Call) -> bool {
        self.rank < other.rank && (self.rank == Rank::Look || other.sent <= self.due())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;
    use std::thread::sleep;

    use super::*;

    const DEADLINE: Duration = Duration::from_millis(40);

    fn add(calls: &mut UnderWay, id: u64, rank: Rank, deadline: Duration) {
        calls.add(id, rank, deadline, sync_channel(1).0);
    }

    fn is_overdue(calls: &UnderWay, id: u64) -> bool {
        calls.patience(id) == Some(Duration::ZERO)
    }

    #[test]
    fn a_call_alone_is_overdue_past_its_deadline() {
        for rank in [Rank::Look, Rank::End, Rank::List, Rank::Work] {
            let mut calls = UnderWay::default();
            add(&mut calls, 1, rank, DEADLINE);
            assert!(!is_overdue(&calls, 1));
            sleep(DEADLINE);
            assert!(is_overdue(&calls, 1), "{rank:?}");
            assert!(calls.answered(1).is_some());
            assert_eq!(calls.patience(1), None);
        }
    }

    #[test]
    fn what_waits_for_work_is_not_overdue_before_it() {
        for rank in [Rank::Look, Rank::End, Rank::List] {
            let mut calls = UnderWay::default();
            add(&mut calls, 1, rank, DEADLINE);
            add(&mut calls, 2, Rank::Work, DEADLINE * 100);
            sleep(DEADLINE);
            assert!(!is_overdue(&calls, 1), "{rank:?}");
            calls.answered(2).unwrap();
            assert!(!is_overdue(&calls, 1), "{rank:?}: its turn begins now");
            sleep(DEADLINE);
            assert!(is_overdue(&calls, 1), "{rank:?}");
        }
    }

    #[test]
    fn nothing_waits_for_a_look() {
        let mut calls = UnderWay::default();
        add(&mut calls, 1, Rank::Look, DEADLINE * 100);
        for (id, rank) in (2..).zip([Rank::Look, Rank::End, Rank::List, Rank::Work]) {
            add(&mut calls, id, rank, DEADLINE);
        }
        sleep(DEADLINE);
        assert!(is_overdue(&calls, 5));
        calls.answered(5).unwrap();
        sleep(DEADLINE);
        assert!(is_overdue(&calls, 4));
    }

    #[test]
    fn replies_to_as_many_as_can_be_ahead_begin_a_deadline_anew() {
        let mut calls = UnderWay::default();
        add(&mut calls, 0, Rank::Work, DEADLINE);
        sleep(DEADLINE);
        for id in 1..=MAX_CALLS as u64 {
            add(&mut calls, id, Rank::Work, DEADLINE);
            calls.answered(id).unwrap();
            assert!(!is_overdue(&calls, 0));
        }
        sleep(DEADLINE);
        add(&mut calls, 100, Rank::Work, DEADLINE);
        calls.answered(100).unwrap();
        assert!(is_overdue(&calls, 0));
    }
}
