//! What a day will bring: the mean of its sort, times the season.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::history::{DayUse, History};
use super::month::DayForecast;
use super::{PPM, RECENT_DAYS, YEAR_DAYS, scale};
use crate::usage::Energy;

/// Days on either side of the same date a year ago that make its season.
const AROUND: i32 = 10;
/// Fewer known days than these make no season.
const LEAST_DAYS: usize = 14;
/// The season is at least half and at most double.
const SEASON: std::ops::RangeInclusive<i128> = PPM / 2..=PPM * 2;

/// What was known on a day, ready to be asked for days ahead.
#[derive(Debug)]
pub struct Pattern<'a> {
    history: &'a History,
    as_of: Date,
    /// By weekday from Monday; the last is of all days.
    sorts: Vec<Mean>,
    /// Mean energy of the recent days a year ago; none when too few are known.
    year_ago: Option<Energy>,
}

/// The mean of some days.
#[derive(Debug, Default)]
struct Mean {
    days: u32,
    periods: Vec<Energy>,
    reactive: Energy,
}

impl<'a> Pattern<'a> {
    /// What the days before `as_of` tell.
    #[must_use]
    pub fn new(history: &'a History, as_of: Date) -> Self {
        let recent = history.between(shifted(as_of, -RECENT_DAYS), as_of);
        let whole = || recent.iter().filter(|day| day.whole);
        let of = |weekday: Weekday| {
            let sort = |day: &&DayUse| sort(history, day.date) == weekday;
            Mean::of(whole().filter(sort), history.periods().len())
        };
        let mut sorts: Vec<Mean> = WEEK.into_iter().map(of).collect();
        sorts.push(Mean::of(whole(), history.periods().len()));
        let year_ago = [-RECENT_DAYS - YEAR_DAYS, -YEAR_DAYS].map(|days| shifted(as_of, days));
        Self {
            history,
            as_of,
            sorts,
            year_ago: level(history, year_ago[0], year_ago[1]),
        }
    }

    /// The day that it was made for.
    #[must_use]
    pub fn as_of(&self) -> Date {
        self.as_of
    }

    /// What a day will bring; `None` when no day is known to go by.
    #[must_use]
    pub fn expect(&self, date: Date) -> Option<DayForecast> {
        let sort = sort(self.history, date);
        let place = WEEK.iter().position(|weekday| *weekday == sort)?;
        let own = &self.sorts[place];
        let (mean, same_sort) = if own.days > 0 {
            (own, true)
        } else {
            (self.sorts.last()?, false)
        };
        if mean.days == 0 {
            return None;
        }
        let season_ppm = self.season(date);
        let with_season = |energy: &Energy| {
            let ppm = season_ppm.unwrap_or(PPM);
            Energy::from_milli(scale(energy.milli(), ppm, PPM))
        };
        let periods: Vec<Energy> = mean.periods.iter().map(with_season).collect();
        Some(DayForecast {
            date,
            like: sort,
            same_sort,
            days: mean.days,
            mean: mean.periods.iter().copied().sum(),
            season_ppm: season_ppm.and_then(|ppm| u32::try_from(ppm).ok()),
            energy: periods.iter().copied().sum(),
            periods,
            reactive: with_season(&mean.reactive),
        })
    }

    /// The days around a date a year ago against the recent days a year ago, in millionths.
    fn season(&self, date: Date) -> Option<i128> {
        let base = self.year_ago?.milli();
        let from = shifted(date, -YEAR_DAYS - AROUND);
        let around = level(self.history, from, shifted(date, -YEAR_DAYS + AROUND + 1))?;
        if base <= 0 {
            return None;
        }
        let ppm = i128::from(around.milli()) * PPM / i128::from(base);
        Some(ppm.clamp(*SEASON.start(), *SEASON.end()))
    }
}

impl Mean {
    fn of<'d>(days: impl Iterator<Item = &'d DayUse>, periods: usize) -> Self {
        let mut sum = Self {
            periods: vec![Energy::ZERO; periods],
            ..Self::default()
        };
        for day in days {
            sum.days += 1;
            let both = sum.periods.iter_mut().zip(&day.periods);
            both.for_each(|(sum, energy)| *sum += *energy);
            sum.reactive += day.reactive;
        }
        let days = i128::from(sum.days);
        let mean =
            |energy: &mut Energy| *energy = Energy::from_milli(scale(energy.milli(), 1, days));
        sum.periods.iter_mut().for_each(mean);
        mean(&mut sum.reactive);
        sum
    }
}

const WEEK: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

/// A holiday goes with the Sundays.
fn sort(history: &History, date: Date) -> Weekday {
    if history.is_holiday(date) {
        Weekday::Sunday
    } else {
        date.weekday()
    }
}

/// The mean energy of the whole days of a time; none when there are too few.
fn level(history: &History, from: Date, to: Date) -> Option<Energy> {
    let days: Vec<_> = history
        .between(from, to)
        .iter()
        .filter(|day| day.whole)
        .collect();
    if days.len() < LEAST_DAYS {
        return None;
    }
    let sum: Energy = days.iter().map(|day| day.energy()).sum();
    let count = i128::try_from(days.len()).ok()?;
    Some(Energy::from_milli(scale(sum.milli(), 1, count)))
}

/// A date some days away; the calendar's end where that is beyond it.
pub(super) fn shifted(date: Date, days: i32) -> Date {
    let end = if days < 0 { Date::MIN } else { Date::MAX };
    date.checked_add(days.days()).unwrap_or(end)
}
