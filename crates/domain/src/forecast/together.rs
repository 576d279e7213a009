//! Metering points that are charged together.

use super::month::{DemandRange, MonthForecast};
use crate::usage::{Energy, Power};

impl MonthForecast {
    /// The month of several metering points of one tariff: the sums of `own`, less what sub-meters
    /// among `deducted` count for others. Periods are not told apart; the maximum demand is the sum
    /// of those of `own`, as the tariff takes it. `None` without any, or when they are of different
    /// months.
    #[must_use]
    pub fn together(own: &[&Self], deducted: &[&Self]) -> Option<Self> {
        let first = own.first()?;
        let same = |other: &&&Self| (other.from, other.as_of) == (first.from, first.as_of);
        if !own.iter().chain(deducted).all(|other| same(&other)) {
            return None;
        }
        let all = |energies: &[Energy]| energies.iter().copied().sum::<Energy>();
        let sum = |of: &dyn Fn(&Self) -> Energy| {
            let plus: Energy = own.iter().map(|one| of(one)).sum();
            plus - deducted.iter().map(|one| of(one)).sum()
        };
        let power = |of: &dyn Fn(&Self) -> Option<Power>| {
            let powers = own.iter().map(|one| of(one).map(Power::milli));
            powers.sum::<Option<i64>>().map(Power::from_milli)
        };
        let end = |of: fn(&DemandRange) -> Power| power(&|one| one.demand.as_ref().map(of));
        let demand = || {
            Some(DemandRange {
                low: end(|range| range.low)?,
                expected: end(|range| range.expected)?,
                high: end(|range| range.high)?,
            })
        };
        Some(Self {
            from: first.from,
            to: first.to,
            as_of: first.as_of,
            periods: vec!["all".to_owned()],
            known: vec![sum(&|one| all(&one.known))],
            rest: vec![sum(&|one| all(&one.rest))],
            reactive_known: sum(&|one| one.reactive_known),
            reactive_rest: sum(&|one| one.reactive_rest),
            days: Vec::new(),
            demand_known: power(&|one| one.demand_known),
            demand: demand(),
            tries: Vec::new(),
        })
    }

    /// With a quarter-hour of today, which is not over yet: the month's demand is at least that.
    #[must_use]
    pub fn with_demand(mut self, today: Power) -> Self {
        self.demand_known = Some(self.demand_known.map_or(today, |known| known.max(today)));
        if let Some(range) = &mut self.demand {
            for end in [&mut range.low, &mut range.expected, &mut range.high] {
                *end = (*end).max(today);
            }
        }
        self
    }
}
