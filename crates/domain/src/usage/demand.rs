//! Maximum demand: the highest mean of a fixed window.

use std::fmt;
use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::calendar;
use super::curve::{Channel, LoadCurve, Mark, Resolution};
use super::energy::Energy;
use super::total::Total;

/// A mean power, exact in thousandths of a watt.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Power(i64);

/// The mean power of one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// The window's beginning.
    pub at: Timestamp,
    /// Its mean power.
    pub power: Power,
}

/// The highest demand of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaximumDemand {
    /// Among windows that are measured or estimated throughout; the earliest of equal ones.
    pub highest: Option<Demand>,
    /// A higher one that rests on suspect values.
    pub suspect: Option<Demand>,
    /// The window's length in seconds: a quarter-hour, or one interval of a coarser curve, whose
    /// quarter-hours may have been higher.
    pub window_seconds: u32,
    /// Windows that are missing in whole or in part.
    pub missing: u32,
}

impl Power {
    /// From thousandths of a watt.
    #[must_use]
    pub const fn from_milli(milli: i64) -> Self {
        Self(milli)
    }

    /// The mean power of an energy over a whole part of an hour.
    #[must_use]
    pub const fn mean(energy: Energy, seconds: u32) -> Self {
        let windows = 3_600 / if seconds == 0 { 3_600 } else { seconds };
        Self(energy.milli().saturating_mul(windows as i64))
    }

    /// Thousandths of a watt.
    #[must_use]
    pub const fn milli(self) -> i64 {
        self.0
    }

    /// In kW.
    #[must_use]
    pub fn kw(self) -> Decimal {
        Decimal::new(self.0, 6).normalize()
    }
}

impl fmt::Display for Power {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.kw(), f)
    }
}

impl fmt::Debug for Power {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} kW", self.kw())
    }
}

impl MaximumDemand {
    /// Takes the highest windows, good and doubtful, each with its beginning.
    fn found(&mut self, best: Option<(Power, i64)>, doubtful: Option<(Power, i64)>) {
        let demand = |(power, at): (Power, i64)| {
            let at = Timestamp::from_second(at).ok()?;
            Some(Demand { at, power })
        };
        self.highest = best.and_then(demand);
        let above = doubtful.filter(|(power, _)| best.is_none_or(|(highest, _)| *power > highest));
        self.suspect = above.and_then(demand);
    }
}

impl LoadCurve {
    /// The highest mean of a quarter-hour of active energy drawn, from one day to before another.
    /// Windows are the clock's, without sliding.
    #[must_use]
    pub fn maximum_demand(&self, from: Date, to: Date) -> MaximumDemand {
        let starts = [from, to].map(|day| calendar::start_of(self.zone(), day));
        match starts {
            [Some(from), Some(to)] => self.highest_within(from, to),
            // Beyond the calendar there is nothing.
            _ => self.highest_within(0, 0),
        }
    }

    /// The same within the span of a [`Total`].
    #[must_use]
    pub fn maximum_demand_of(&self, total: &Total) -> MaximumDemand {
        self.highest_within(total.from.as_second(), total.to.as_second())
    }

    fn highest_within(&self, from: i64, to: i64) -> MaximumDemand {
        let window = self.resolution().max(Resolution::QUARTER).seconds();
        let mut maximum = MaximumDemand {
            highest: None,
            suspect: None,
            window_seconds: window,
            missing: 0,
        };
        let Some(series) = self.series(Channel::ActiveImport) else {
            return maximum;
        };
        if self.is_by_windows(from, window) {
            return self.highest_interval(self.within(from, to), maximum);
        }
        let mut best = None;
        let mut doubtful = None;
        let mut at = from.max(self.ends().0);
        // A curve that begins within a window has that window in part.
        at -= (at - from).rem_euclid(i64::from(window));
        while at < to.min(self.ends().1) {
            let end = at + i64::from(window);
            let within = self.within(at, end);
            let whole = within.len() == (window / self.resolution().seconds()) as usize;
            let marks = &series.marks[within.clone()];
            let worst = marks.iter().copied().max().unwrap_or(Mark::Missing);
            if !whole || worst == Mark::Missing {
                maximum.missing += 1;
            } else {
                let energy: Energy = series.energies[within].iter().copied().sum();
                let found = (Power::mean(energy, window), at);
                let place = if worst == Mark::Suspect {
                    &mut doubtful
                } else {
                    &mut best
                };
                if place.is_none_or(|(power, _)| found.0 > power) {
                    *place = Some(found);
                }
            }
            at = end;
        }
        maximum.found(best, doubtful);
        maximum
    }

    /// Whether each window from `from` on is one interval.
    fn is_by_windows(&self, from: i64, window: u32) -> bool {
        let past = from - self.start_second();
        self.resolution().seconds() == window && past.rem_euclid(i64::from(window)) == 0
    }

    /// Most curves are of quarter-hours, and forecasts ask for each of their days.
    fn highest_interval(&self, within: Range<usize>, mut maximum: MaximumDemand) -> MaximumDemand {
        let Some(series) = self.series(Channel::ActiveImport) else {
            return maximum;
        };
        let first = within.start;
        let (mut best, mut doubtful) = (None, None);
        let values = series.energies[within.clone()].iter();
        for (place, (energy, mark)) in values.zip(&series.marks[within]).enumerate() {
            let found = match mark {
                Mark::Missing => {
                    maximum.missing += 1;
                    continue;
                }
                Mark::Suspect => &mut doubtful,
                Mark::Measured | Mark::Estimated => &mut best,
            };
            if found.is_none_or(|(highest, _)| *energy > highest) {
                *found = Some((*energy, first + place));
            }
        }
        let window = maximum.window_seconds;
        let [best, doubtful] = [best, doubtful].map(|found| {
            let (energy, place) = found?;
            Some((Power::mean(energy, window), self.at(place).as_second()))
        });
        maximum.found(best, doubtful);
        maximum
    }
}
