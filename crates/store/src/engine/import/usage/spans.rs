//! Spans of time that were spoken of, joined where they touch.

use std::collections::BTreeMap;

/// Beginning and end of each.
#[derive(Debug, Default)]
pub(super) struct Spans(BTreeMap<i64, i64>);

impl Spans {
    pub(super) fn has(&self, second: i64) -> bool {
        let before = self.0.range(..=second).next_back();
        before.is_some_and(|(_, end)| second < *end)
    }

    pub(super) fn add(&mut self, from: i64, to: i64) {
        let (mut start, mut end) = (from, to);
        while let Some((other, last)) = self.0.range(..=end).next_back().map(|(a, b)| (*a, *b)) {
            if last < start {
                break;
            }
            self.0.remove(&other);
            start = start.min(other);
            end = end.max(last);
        }
        self.0.insert(start, end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_that_touch_are_one() {
        let mut spans = Spans::default();
        for (from, to) in [(10, 20), (30, 40), (50, 60), (20, 25), (24, 31), (0, 5)] {
            spans.add(from, to);
        }
        assert_eq!(
            spans.0.into_iter().collect::<Vec<_>>(),
            [(0, 5), (10, 40), (50, 60)]
        );
    }

    #[test]
    fn the_end_does_not_belong_to_it() {
        let mut spans = Spans::default();
        spans.add(10, 20);
        let has: Vec<_> = [9, 10, 19, 20].map(|second| spans.has(second)).into();
        assert_eq!(has, [false, true, true, false]);
    }
}
