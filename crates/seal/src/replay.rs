//! Deciding whether a capsule was seen before, RFC 9458 §6.5.1.

use std::collections::{BTreeSet, HashMap};

/// Remembers ids of opened capsules for as long as their requests would be accepted.
///
/// In memory and without a clock: whoever uses it across restarts writes the ids down and inserts
/// them again. Times are seconds since 1970.
///
/// ```
/// use wattkey_seal::{Replay, ReplayWindow};
///
/// let mut window = ReplayWindow::new(1000);
/// let (now, keep_until) = (1_700_000_000, 1_700_000_120);
/// assert_eq!(window.insert([1; 32], keep_until, now), Replay::Fresh);
/// assert_eq!(window.insert([1; 32], keep_until, now + 30), Replay::Seen);
/// ```
#[derive(Debug)]
pub struct ReplayWindow {
    capacity: usize,
    until: HashMap<[u8; 32], i64>,
    by_time: BTreeSet<(i64, [u8; 32])>,
    /// The latest `now`; what was kept until before it is forgotten.
    latest: i64,
}

/// What [`ReplayWindow::insert`] found. Only [`Replay::Fresh`] lets a request through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Replay {
    /// Not seen before; it is remembered now.
    Fresh,
    /// Seen before.
    Seen,
    /// Its time was over before the latest time known, so it may have been seen and forgotten. With
    /// requests whose date was checked this happens only after the clock was set back.
    Expired,
    /// The window is full of ids whose time is not over; this one is not remembered.
    Full,
}

impl ReplayWindow {
    /// A window for at most `capacity` ids at a time.
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity,
            until: HashMap::new(),
            by_time: BTreeSet::new(),
            latest: i64::MIN,
        }
    }

    /// Asks whether `id` is new, and remembers it up to and including the second `keep_until_unix`.
    pub fn insert(&mut self, id: [u8; 32], keep_until_unix: i64, now: i64) -> Replay {
        self.latest = self.latest.max(now);
        self.forget_expired();
        if self.until.contains_key(&id) {
            return Replay::Seen;
        }
        if keep_until_unix < self.latest {
            return Replay::Expired;
        }
        if self.until.len() >= self.capacity {
            return Replay::Full;
        }
        self.until.insert(id, keep_until_unix);
        self.by_time.insert((keep_until_unix, id));
        Replay::Fresh
    }

    /// How many ids are remembered.
    pub fn len(&self) -> usize {
        self.until.len()
    }

    /// Whether no id is remembered.
    pub fn is_empty(&self) -> bool {
        self.until.is_empty()
    }

    fn forget_expired(&mut self) {
        while let Some(&(until, id)) = self.by_time.first()
            && until < self.latest
        {
            self.by_time.pop_first();
            self.until.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_up_to_and_including_the_second() {
        let mut window = ReplayWindow::new(10);
        assert_eq!(window.insert([1; 32], 100, 40), Replay::Fresh);
        assert_eq!(window.insert([1; 32], 100, 100), Replay::Seen);
        assert_eq!(window.insert([1; 32], 200, 101), Replay::Fresh);
    }

    #[test]
    fn clock_set_back_opens_no_gap() {
        let mut window = ReplayWindow::new(10);
        assert_eq!(window.insert([1; 32], 100, 40), Replay::Fresh);
        assert_eq!(window.insert([2; 32], 300, 200), Replay::Fresh);
        assert_eq!(window.insert([1; 32], 100, 41), Replay::Expired);
    }

    #[test]
    fn full_window_refuses_and_recovers() {
        let mut window = ReplayWindow::new(2);
        assert_eq!(window.insert([1; 32], 100, 40), Replay::Fresh);
        assert_eq!(window.insert([2; 32], 110, 40), Replay::Fresh);
        assert_eq!(window.insert([3; 32], 110, 40), Replay::Full);
        assert_eq!(window.insert([2; 32], 110, 40), Replay::Seen);
        assert_eq!(window.insert([3; 32], 160, 101), Replay::Fresh);
        assert_eq!(window.len(), 2);
        assert!(!window.is_empty());
    }
}
