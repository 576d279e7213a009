//! Rates that were in force before, for those who reckon old penalties again.

use jiff::civil::Date;

use super::PenaltyRules;

/// Rates, and up to which day they were in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormerRules {
    /// The last day of the service on which something was posted by them. On that day something
    /// may have been posted by their successors too.
    pub until: Date,
    /// The rates.
    pub rules: PenaltyRules,
}

/// The rates of today and all that were before them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PenaltyHistory {
    current: PenaltyRules,
    /// The oldest first.
    former: Vec<FormerRules>,
}

impl PenaltyHistory {
    /// Of the rates of today and those before them, in any order.
    #[must_use]
    pub fn new(current: PenaltyRules, mut former: Vec<FormerRules>) -> Self {
        former.sort_by_key(|one| one.until);
        Self { current, former }
    }

    /// The rates by which something can have been posted on a day: one, or two on a day of change.
    pub fn on(&self, day: Date) -> impl Iterator<Item = &PenaltyRules> {
        let since = self.former.iter().position(|one| day <= one.until);
        let since = since.unwrap_or(self.former.len());
        let of_day = self.former[since..].iter();
        // Those whose last day it is, and the ones after them.
        let last = of_day.clone().take_while(move |one| one.until == day);
        let next = of_day.map(|one| &one.rules).chain([&self.current]);
        next.take(last.count() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(daily_ppm: u32) -> PenaltyRules {
        PenaltyRules {
            daily_ppm,
            ..PenaltyRules::default()
        }
    }

    #[test]
    fn a_day_of_change_has_both() {
        let former = |until: &str, daily_ppm| FormerRules {
            until: until.parse().unwrap(),
            rules: rules(daily_ppm),
        };
        let history = PenaltyHistory::new(
            rules(3),
            vec![former("2026-06-30", 2), former("2025-12-31", 1)],
        );
        for (day, expected) in [
            ("2025-01-01", &[1][..]),
            ("2025-12-31", &[1, 2]),
            ("2026-01-01", &[2]),
            ("2026-06-30", &[2, 3]),
            ("2026-07-01", &[3]),
        ] {
            let found = history.on(day.parse().unwrap());
            let found: Vec<u32> = found.map(|rules| rules.daily_ppm).collect();
            assert_eq!(found, expected, "{day}");
        }
        let always = PenaltyHistory::new(rules(1), Vec::new());
        assert_eq!(always.on("2026-01-01".parse().unwrap()).count(), 1);
    }
}
