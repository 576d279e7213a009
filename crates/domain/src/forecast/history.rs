//! What is known, day by day.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::usage::{Channel, Energy, LoadCurve, PeriodMap, Power, Schedule, Step};

/// What a day brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayUse {
    /// The day.
    pub date: Date,
    /// Active energy drawn, by period in the order of [`History::periods`].
    pub periods: Vec<Energy>,
    /// |import| + |export| of reactive energy.
    pub reactive: Energy,
    /// The highest quarter-hour, where it was measured.
    pub demand: Option<Power>,
    /// Whether all of its values are there; other days are no pattern for others.
    pub whole: bool,
}

/// The days of a metering point, or of several together, in order and without a gap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    periods: Vec<String>,
    days: Vec<DayUse>,
    holidays: BTreeSet<Date>,
}

impl DayUse {
    /// All periods together.
    #[must_use]
    pub fn energy(&self) -> Energy {
        self.periods.iter().copied().sum()
    }
}

impl History {
    /// The days of a curve before `today`, which is not over yet. `map` was made of `schedule` and
    /// serves the curve.
    #[must_use]
    pub fn of(curve: &LoadCurve, schedule: &Schedule, map: &PeriodMap, today: Date) -> Self {
        let mut history = Self {
            periods: schedule.periods().to_vec(),
            ..Self::default()
        };
        let reactive = [Channel::ReactiveImport, Channel::ReactiveExport];
        for total in curve.totals(Step::Day) {
            let date = total.date;
            if date >= today {
                continue;
            }
            let Some(by_period) = curve.by_period_of(map, &total) else {
                continue;
            };
            let there = |channel| {
                total
                    .coverage(channel)
                    .is_none_or(|coverage| coverage.missing == 0)
            };
            let whole = by_period.coverage.missing == 0 && reactive.into_iter().all(there);
            if schedule.is_holiday(date) {
                history.holidays.insert(date);
            }
            history.days.push(DayUse {
                date,
                whole: whole && by_period.outside == Energy::ZERO,
                reactive: total.reactive(),
                demand: curve
                    .maximum_demand_of(&total)
                    .highest
                    .map(|demand| demand.power),
                periods: by_period.energies,
            });
        }
        history
    }

    /// Days with the periods of `periods`, sorted by date; of two of one date the first stays.
    #[must_use]
    pub fn from_days(
        periods: Vec<String>,
        mut days: Vec<DayUse>,
        holidays: BTreeSet<Date>,
    ) -> Self {
        days.sort_by_key(|day| day.date);
        days.dedup_by_key(|day| day.date);
        for day in &mut days {
            day.periods.resize(periods.len(), Energy::ZERO);
        }
        Self {
            periods,
            days,
            holidays,
        }
    }

    /// The sum of several metering points: a day is whole when it is whole in all of them. A demand
    /// of points together is not known from their days.
    #[must_use]
    pub fn together(histories: &[Self]) -> Self {
        let Some(first) = histories.first() else {
            return Self::default();
        };
        let mut sum = first.clone();
        for history in histories {
            sum.holidays.extend(&history.holidays);
        }
        for day in &mut sum.days {
            day.demand = None;
            for other in &histories[1..] {
                match other.day(day.date) {
                    Some(other) if other.periods.len() == day.periods.len() => {
                        let both = day.periods.iter_mut().zip(&other.periods);
                        both.for_each(|(here, there)| *here += *there);
                        day.reactive += other.reactive;
                        day.whole &= other.whole;
                    }
                    _ => day.whole = false,
                }
            }
        }
        sum
    }

    /// The codes of the periods.
    #[must_use]
    pub fn periods(&self) -> &[String] {
        &self.periods
    }

    /// The days, in order.
    #[must_use]
    pub fn days(&self) -> &[DayUse] {
        &self.days
    }

    /// A day, if it is known.
    #[must_use]
    pub fn day(&self, date: Date) -> Option<&DayUse> {
        let place = self.days.binary_search_by_key(&date, |day| day.date).ok()?;
        Some(&self.days[place])
    }

    /// The known days from one day to before another.
    #[must_use]
    pub fn between(&self, from: Date, to: Date) -> &[DayUse] {
        let place = |date| self.days.partition_point(|day| day.date < date);
        let from = place(from);
        &self.days[from..place(to).max(from)]
    }

    /// Holidays that the days ahead are to be taken for.
    #[must_use]
    pub fn with_holidays(mut self, holidays: impl IntoIterator<Item = Date>) -> Self {
        self.holidays.extend(holidays);
        self
    }

    pub(super) fn is_holiday(&self, date: Date) -> bool {
        self.holidays.contains(&date)
    }
}
