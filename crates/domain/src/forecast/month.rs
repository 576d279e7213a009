//! A month that is not over yet, and the same reckoning tried out on months that are.

use jiff::civil::{Date, Weekday};

use super::history::{DayUse, History};
use super::pattern::{Pattern, shifted};
use super::{PPM, TRIES, scale};
use crate::usage::{Energy, Power};

/// How far beyond the worst tries a range reaches, on each side, in eighths of what lies between them:
/// as measured on the sample (`crates/sample/tests/realism.rs`), of whose months six in seven come
/// within it.
const WIDER_EIGHTHS: i64 = 5;

/// A try needs this many days of the time before it.
const LEAST_BEFORE: usize = 28;

/// A day ahead, and what it was reckoned from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayForecast {
    /// The day.
    pub date: Date,
    /// The weekday that it goes by: a holiday goes by Sundays.
    pub like: Weekday,
    /// Whether days of that sort were known; otherwise all recent days were taken.
    pub same_sort: bool,
    /// How many days the mean is of.
    pub days: u32,
    /// Their mean energy.
    pub mean: Energy,
    /// The season in millionths; none when the year before is not known, which counts as one.
    pub season_ppm: Option<u32>,
    /// What is expected: the mean times the season.
    pub energy: Energy,
    /// The same by period.
    pub periods: Vec<Energy>,
    /// Reactive energy expected.
    pub reactive: Energy,
}

/// What a month will have brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthForecast {
    /// Its first day.
    pub from: Date,
    /// The day after its last.
    pub to: Date,
    /// The first day that was not over.
    pub as_of: Date,
    /// The codes of the periods.
    pub periods: Vec<String>,
    /// What came so far, by period.
    pub known: Vec<Energy>,
    /// What is expected of the rest, by period.
    pub rest: Vec<Energy>,
    /// Reactive energy so far.
    pub reactive_known: Energy,
    /// Reactive energy expected of the rest.
    pub reactive_rest: Energy,
    /// The days of the rest: those ahead, and those before `as_of` with values missing, which count
    /// as expected and at least as what was measured.
    pub days: Vec<DayForecast>,
    /// The highest quarter-hour so far.
    pub demand_known: Option<Power>,
    /// What the month's maximum demand may come to.
    pub demand: Option<DemandRange>,
    /// The tries that the range comes from, the latest first.
    pub tries: Vec<Try>,
}

/// What a maximum demand may come to: the highest so far against the rest of the months tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemandRange {
    /// With the quietest of them.
    pub low: Power,
    /// With the one in the middle.
    pub expected: Power,
    /// With the highest.
    pub high: Power,
}

/// The same reckoning on the same day of a month that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Try {
    /// The month's first day.
    pub month: Date,
    /// The day on which it is reckoned.
    pub as_of: Date,
    /// What was expected of the rest of the month.
    pub expected: Energy,
    /// What came.
    pub actual: Energy,
    /// How far what came was above what was expected, in millionths of that.
    pub error_ppm: i64,
    /// The highest quarter-hour of the rest.
    pub demand: Option<Power>,
}

impl MonthForecast {
    /// What the whole month is expected to bring, by period.
    #[must_use]
    pub fn by_period(&self) -> Vec<Energy> {
        let both = self.known.iter().zip(&self.rest);
        both.map(|(known, rest)| *known + *rest).collect()
    }

    /// What the whole month is expected to bring.
    #[must_use]
    pub fn energy(&self) -> Energy {
        self.by_period().into_iter().sum()
    }

    /// The worst errors of the tries in either direction, in millionths of the rest: none with
    /// fewer than three tries.
    #[must_use]
    pub fn errors_ppm(&self) -> Option<(i64, i64)> {
        if self.tries.len() < 3 {
            return None;
        }
        let errors = || self.tries.iter().map(|one| one.error_ppm);
        Some((errors().min()?.min(0), errors().max()?.max(0)))
    }

    /// Within what the error of the rest is expected to lie, in millionths of it: the worst errors of
    /// the tries, and on each side five eighths of what lies between them more. The worst of six alone
    /// would hold five of seven months. None with fewer than three tries.
    #[must_use]
    pub fn range_ppm(&self) -> Option<(i64, i64)> {
        let (low, high) = self.errors_ppm()?;
        let more = high.saturating_sub(low) / 8 * WIDER_EIGHTHS;
        Some((low.saturating_sub(more), high.saturating_add(more)))
    }

    /// The whole month with an error on its rest, in millionths, by period; and its reactive energy.
    #[must_use]
    pub fn with_error(&self, ppm: i64) -> (Vec<Energy>, Energy) {
        let with = |energy: Energy| {
            let energy = scale(energy.milli(), (PPM + i128::from(ppm)).max(0), PPM);
            Energy::from_milli(energy)
        };
        let both = self.known.iter().zip(&self.rest);
        let periods = both.map(|(known, rest)| *known + with(*rest)).collect();
        (periods, self.reactive_known + with(self.reactive_rest))
    }
}

/// Reckons the month of `as_of`, the first day that is not over. `None` when no day is known to go
/// by.
#[must_use]
pub fn forecast_month(history: &History, as_of: Date) -> Option<MonthForecast> {
    let mut forecast = reckon(history, as_of, as_of.first_of_month())?;
    forecast.tries = back_test(history, as_of);
    let so_far = forecast.demand_known;
    let mut demands: Vec<Power> = forecast.tries.iter().filter_map(|one| one.demand).collect();
    demands.sort_unstable();
    let at_least = |power: Power| so_far.map_or(power, |known| known.max(power));
    if let (Some(low), Some(high)) = (demands.first(), demands.last()) {
        forecast.demand = Some(DemandRange {
            low: at_least(*low),
            expected: at_least(demands[demands.len() / 2]),
            high: at_least(*high),
        });
    }
    Some(forecast)
}

/// The same reckoning on the same day of up to [`TRIES`] months that are over, the latest first,
/// with only what was known then, beside what came.
#[must_use]
pub fn back_test(history: &History, as_of: Date) -> Vec<Try> {
    let mut tries = Vec::new();
    let mut month = as_of.first_of_month();
    while tries.len() < TRIES {
        let Ok(last) = month.yesterday() else { break };
        month = last.first_of_month();
        if history
            .days()
            .first()
            .is_none_or(|first| month < first.date)
        {
            break;
        }
        tries.extend(one_try(history, month, last, as_of.day()));
    }
    tries
}

fn one_try(history: &History, month: Date, last: Date, day: i8) -> Option<Try> {
    let as_of = Date::new(month.year(), month.month(), day.min(last.day())).ok()?;
    let before = history
        .between(Date::MIN, as_of)
        .iter()
        .filter(|day| day.whole)
        .count();
    let rest = history.between(as_of, last.tomorrow().ok()?);
    let whole = rest.last().is_some_and(|day| day.date == last) && rest.iter().all(|day| day.whole);
    if before < LEAST_BEFORE || !whole {
        return None;
    }
    let pattern = Pattern::new(history, as_of);
    let expected = rest
        .iter()
        .map(|day| Some(pattern.expect(day.date)?.energy));
    let expected: Energy = expected.sum::<Option<Energy>>()?;
    let actual: Energy = rest.iter().map(DayUse::energy).sum();
    if expected <= Energy::ZERO {
        return None;
    }
    let above = (actual - expected).milli();
    Some(Try {
        month,
        as_of,
        expected,
        actual,
        error_ppm: scale(above, PPM, i128::from(expected.milli())),
        demand: rest.iter().filter_map(|day| day.demand).max(),
    })
}

fn reckon(history: &History, as_of: Date, from: Date) -> Option<MonthForecast> {
    let to = from.last_of_month().tomorrow().ok()?;
    let pattern = Pattern::new(history, as_of);
    let periods = history.periods().to_vec();
    let mut forecast = MonthForecast {
        from,
        to,
        as_of,
        known: vec![Energy::ZERO; periods.len()],
        rest: vec![Energy::ZERO; periods.len()],
        periods,
        reactive_known: Energy::ZERO,
        reactive_rest: Energy::ZERO,
        days: Vec::new(),
        demand_known: None,
        demand: None,
        tries: Vec::new(),
    };
    let mut date = from;
    while date < to {
        let known = history.day(date).filter(|_| date < as_of);
        forecast.demand_known = forecast.demand_known.max(known.and_then(|day| day.demand));
        match known {
            Some(day) if day.whole => {
                add(&mut forecast.known, &day.periods);
                forecast.reactive_known += day.reactive;
            }
            _ => {
                let mut day = pattern.expect(date)?;
                if let Some(known) = known {
                    let both = day.periods.iter_mut().zip(&known.periods);
                    both.for_each(|(expected, known)| *expected = (*expected).max(*known));
                    day.reactive = day.reactive.max(known.reactive);
                    day.energy = day.periods.iter().copied().sum();
                }
                add(&mut forecast.rest, &day.periods);
                forecast.reactive_rest += day.reactive;
                forecast.days.push(day);
            }
        }
        date = shifted(date, 1);
    }
    Some(forecast)
}

fn add(sums: &mut [Energy], energies: &[Energy]) {
    let both = sums.iter_mut().zip(energies);
    both.for_each(|(sum, energy)| *sum += *energy);
}
