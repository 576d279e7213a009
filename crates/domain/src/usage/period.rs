//! Energy by time-of-use period.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::calendar;
use super::curve::{Channel, LoadCurve, Mark, Resolution};
use super::energy::Energy;
use super::schedule::Schedule;
use super::total::{Coverage, Total};

/// In no period: before the schedule's first version.
const NONE: u8 = u8::MAX;

/// For each interval of a grid the period it begins in. Made once, it serves all curves that lie on
/// the same grid.
#[derive(Debug, Clone)]
pub struct PeriodMap {
    periods: Arc<[String]>,
    zone: TimeZone,
    start: i64,
    resolution: Resolution,
    places: Vec<u8>,
}

/// Active energy drawn in a month, by period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodTotal {
    /// The first day.
    pub date: Date,
    /// The beginning.
    pub from: Timestamp,
    /// The end.
    pub to: Timestamp,
    /// The codes of the periods.
    pub periods: Arc<[String]>,
    /// The energy of each, in the same order.
    pub energies: Vec<Energy>,
    /// Energy at times that the schedule has no period for.
    pub outside: Energy,
    /// What the sums rest on.
    pub coverage: Coverage,
}

impl PeriodTotal {
    /// The energy of a period; zero when the schedule does not have it.
    #[must_use]
    pub fn energy(&self, period: &str) -> Energy {
        let place = self.periods.iter().position(|other| other == period);
        place.map_or(Energy::ZERO, |place| self.energies[place])
    }

    /// All of it.
    #[must_use]
    pub fn total(&self) -> Energy {
        self.energies.iter().copied().sum::<Energy>() + self.outside
    }
}

impl PeriodMap {
    /// The periods of the intervals of a curve's grid.
    #[must_use]
    pub fn new(schedule: &Schedule, curve: &LoadCurve) -> Self {
        let (start, end) = curve.ends();
        let length = i64::from(curve.resolution().seconds());
        let mut places = Vec::with_capacity(curve.len());
        let mut at = start;
        for day in calendar::days(curve.zone(), start, end) {
            let offset = calendar::offset_seconds(curve.zone(), day.from);
            let even = offset == calendar::offset_seconds(curve.zone(), day.to - 1);
            let times = schedule.times_on(day.date);
            let period_at = |minute: u16| {
                let begun = times.partition_point(|(from, _)| *from <= minute);
                begun.checked_sub(1).map_or(NONE, |last| times[last].1)
            };
            while at < day.to.min(end) {
                let offset = if even {
                    offset
                } else {
                    calendar::offset_seconds(curve.zone(), at)
                };
                let minute = (at + offset).rem_euclid(86_400) / 60;
                let minute = u16::try_from(minute).unwrap_or(0);
                places.push(period_at(minute));
                at += length;
            }
        }
        Self {
            periods: schedule.periods().into(),
            zone: curve.zone().clone(),
            start,
            resolution: curve.resolution(),
            places,
        }
    }

    /// Whether the map serves a curve: the same zone and grid, and long enough.
    #[must_use]
    pub fn serves(&self, curve: &LoadCurve) -> bool {
        self.offset(curve).is_some()
    }

    fn offset(&self, curve: &LoadCurve) -> Option<usize> {
        let length = i64::from(self.resolution.seconds());
        let past = curve.start_second() - self.start;
        let same = self.resolution == curve.resolution() && self.zone == *curve.zone();
        if !same || past < 0 || past % length != 0 {
            return None;
        }
        let offset = usize::try_from(past / length).ok()?;
        (offset + curve.len() <= self.places.len()).then_some(offset)
    }
}

impl LoadCurve {
    /// Active energy drawn, by month and period. A map that does not serve this curve gives nothing:
    /// ask [`PeriodMap::serves`].
    #[must_use]
    pub fn by_period(&self, map: &PeriodMap) -> Vec<PeriodTotal> {
        let (from, to) = self.ends();
        let months = calendar::months(self.zone(), from, to);
        months
            .into_iter()
            .filter_map(|month| self.period_total(map, month))
            .collect()
    }

    /// The same from one day to before another.
    #[must_use]
    pub fn by_period_between(&self, map: &PeriodMap, from: Date, to: Date) -> Option<PeriodTotal> {
        let span = calendar::Span {
            date: from,
            from: calendar::start_of(self.zone(), from)?,
            to: calendar::start_of(self.zone(), to)?,
        };
        self.period_total(map, span)
    }

    /// The same of the span of a [`Total`].
    #[must_use]
    pub fn by_period_of(&self, map: &PeriodMap, total: &Total) -> Option<PeriodTotal> {
        let span = calendar::Span {
            date: total.date,
            from: total.from.as_second(),
            to: total.to.as_second(),
        };
        self.period_total(map, span)
    }

    fn period_total(&self, map: &PeriodMap, span: calendar::Span) -> Option<PeriodTotal> {
        let offset = map.offset(self)?;
        let series = self.series(Channel::ActiveImport)?;
        let within = self.within(span.from, span.to);
        let places = &map.places[offset + within.start..offset + within.end];
        // One row for each code that a byte can be: no bounds to check within the loop.
        let mut sums = [0_i64; 256];
        for (energy, place) in series.energies[within.clone()].iter().zip(places) {
            let sum = &mut sums[usize::from(*place)];
            *sum = sum.saturating_add(energy.milli());
        }
        let mut coverage = Coverage::default();
        for mark in Mark::ALL {
            let marks = series.marks[within.clone()].iter();
            let count = marks.filter(|other| **other == mark).count();
            coverage.count(mark, u32::try_from(count).ok()?);
        }
        let reached = u32::try_from(within.len()).ok()?;
        coverage.count(Mark::Missing, self.expected(span).saturating_sub(reached));
        let energies = sums[..map.periods.len()]
            .iter()
            .copied()
            .map(Energy::from_milli);
        Some(PeriodTotal {
            date: span.date,
            from: Timestamp::from_second(span.from).ok()?,
            to: Timestamp::from_second(span.to).ok()?,
            periods: Arc::clone(&map.periods),
            energies: energies.collect(),
            outside: Energy::from_milli(sums[usize::from(NONE)]),
            coverage,
        })
    }
}
