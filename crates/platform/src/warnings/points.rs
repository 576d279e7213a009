//! The metering points of an account, each with its history and the forecast of its month.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use wattkey_domain::forecast::{DayForecast, History, MonthForecast, Try, forecast_month};
use wattkey_domain::usage::{LoadCurve, PeriodMap, Schedule};
use wattkey_domain::{MeteringPointId, ScheduleId};
use wattkey_protocol::warnings::{self, Reason};
use wattkey_store::{AccountUsage, MeteringPoint};

use super::{Gap, HISTORY_DAYS, OLD_DAYS, month_of, shifted, watt_hours};

/// The period of a metering point without a schedule.
pub(super) const ALL: &str = "all";
const ALL_DAYS: &[u8] =
    br#"{"versions":[{"from":"1900-01-01","seasons":[{"from":"01-01","to":"12-31",
    "days":[{"on":["mon","tue","wed","thu","fri","sat","sun"],"times":{"00:00":"all"}}]}]}]}"#;
/// Days ahead for which a schedule's holidays are looked up.
const AHEAD_DAYS: i32 = 400;

/// What the readings of an account's metering points say, gathered some points at a time, so that
/// those of many need not be in memory together.
#[derive(Debug, Default)]
pub struct Gathered {
    known: Vec<Result<Known, Gap>>,
    /// Of schedules: most points of an account have the same one.
    days: BTreeMap<Option<ScheduleId>, Days>,
}

/// A schedule laid out over readings.
#[derive(Debug)]
struct Days {
    schedule: Schedule,
    holidays: BTreeSet<Date>,
    map: PeriodMap,
}

/// The metering points of an account.
pub(super) struct Points<'a>(Vec<Point<'a>>);

/// A metering point, and what is known of it.
pub(super) struct Point<'a> {
    pub(super) point: &'a MeteringPoint,
    pub(super) known: &'a Result<Known, Gap>,
}

/// What a metering point did, and what it will do.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) history: History,
    pub(super) holidays: BTreeSet<Date>,
    pub(super) forecast: MonthForecast,
    /// When the month's highest demand was, today's readings among them.
    pub(super) demand_at: Option<Timestamp>,
}

impl Gathered {
    /// How many points are in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether there is no point in it yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Forgets the points, for those of another account of the same books. Schedules stay as they are
    /// laid out: that takes longer than a point's readings, and accounts share them.
    #[must_use]
    pub fn emptied(mut self) -> Self {
        self.known.clear();
        self
    }

    /// Takes in the readings of the next points.
    pub fn add(&mut self, usage: &AccountUsage, curves: &[Option<LoadCurve>], today: Date) {
        let from = self.len();
        for (row, curve) in usage.points.iter().skip(from).zip(curves) {
            let known = self.known(usage, &row.point, curve.as_ref(), today);
            self.known.push(known);
        }
    }

    fn known(
        &mut self,
        usage: &AccountUsage,
        point: &MeteringPoint,
        curve: Option<&LoadCurve>,
        today: Date,
    ) -> Result<Known, Gap> {
        let id = Some(point.id.to_string());
        let Some(curve) = curve else {
            let detail = "there are no readings of this metering point";
            return Err(Gap::new(Reason::NoReadings, id, detail));
        };
        let last = curve.at(curve.len()).to_zoned(curve.zone().clone()).date();
        if last < shifted(today, -OLD_DAYS) {
            let detail = format!("the readings of this metering point end on {last}");
            return Err(Gap::new(Reason::OldReadings, id, detail));
        }
        let days = self.days(usage, point.schedule.as_ref(), curve, today)?;
        let history = History::of(curve, &days.schedule, &days.map, today)
            .with_holidays(days.holidays.iter().copied());
        let Some(forecast) = forecast_month(&history, today) else {
            let detail = "no whole day of readings of the last four weeks";
            return Err(Gap::new(Reason::NoReadings, id, detail));
        };
        let tomorrow = shifted(today, 1);
        let forecast = match curve.maximum_demand(today, tomorrow).highest {
            Some(demand) => forecast.with_demand(demand.power),
            None => forecast,
        };
        let highest = curve.maximum_demand(forecast.from, tomorrow).highest;
        Ok(Known {
            history,
            holidays: days.holidays.clone(),
            forecast,
            demand_at: highest.map(|demand| demand.at),
        })
    }

    /// The schedule over a curve: laid out again only for another grid than before.
    fn days(
        &mut self,
        usage: &AccountUsage,
        id: Option<&ScheduleId>,
        curve: &LoadCurve,
        today: Date,
    ) -> Result<&Days, Gap> {
        let days = match self.days.entry(id.cloned()) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let schedule = schedule(usage, id)?;
                entry.insert(Days {
                    holidays: holidays(&schedule, today),
                    map: PeriodMap::new(&schedule, curve),
                    schedule,
                })
            }
        };
        if !days.map.serves(curve) {
            days.map = PeriodMap::new(&days.schedule, curve);
        }
        Ok(days)
    }
}

impl<'a> Points<'a> {
    pub(super) fn new(usage: &'a AccountUsage, gathered: &'a Gathered) -> Self {
        let both = usage.points.iter().zip(&gathered.known);
        Self(
            both.map(|(row, known)| Point {
                point: &row.point,
                known,
            })
            .collect(),
        )
    }

    pub(super) fn all(&self) -> &[Point<'a>] {
        &self.0
    }

    /// All of those that are known, or the first that is not.
    pub(super) fn known<'p>(
        &'p self,
        wanted: impl Fn(&MeteringPoint) -> bool + 'p,
    ) -> Result<Vec<(&'p Point<'a>, &'p Known)>, Gap> {
        let wanted = self.0.iter().filter(|one| wanted(one.point));
        wanted
            .map(|one| match one.known {
                Ok(known) => Ok((one, known)),
                Err(gap) => Err(gap.clone()),
            })
            .collect()
    }
}

fn schedule(usage: &AccountUsage, id: Option<&ScheduleId>) -> Result<Schedule, Gap> {
    let Some(id) = id else {
        return Ok(Schedule::parse(ALL_DAYS).expect("a test reads it"));
    };
    let found = usage.schedules.iter().find(|(other, _)| other == id);
    found.map(|(_, schedule)| schedule.clone()).ok_or_else(|| {
        let detail = "the time-of-use schedule is not there";
        Gap::new(Reason::NoSchedule, Some(id.to_string()), detail)
    })
}

fn holidays(schedule: &Schedule, today: Date) -> BTreeSet<Date> {
    let days = (-HISTORY_DAYS..AHEAD_DAYS).map(|days| shifted(today, days));
    days.filter(|day| schedule.is_holiday(*day)).collect()
}

/// A metering point's forecast for people and programs.
pub(super) fn told(id: &MeteringPointId, forecast: &MonthForecast) -> warnings::PointForecast {
    let both = forecast.known.iter().zip(&forecast.rest);
    let periods = forecast.periods.iter().zip(both);
    let periods = periods.map(|(period, (known, rest))| warnings::PeriodForecast {
        period: period.clone(),
        so_far: watt_hours(*known),
        rest: watt_hours(*rest),
    });
    warnings::PointForecast {
        point: id.clone(),
        periods: periods.collect(),
        reactive_so_far: watt_hours(forecast.reactive_known),
        reactive_rest: watt_hours(forecast.reactive_rest),
        days: forecast.days.iter().map(day).collect(),
        tries: forecast.tries.iter().map(tried).collect(),
    }
}

fn day(day: &DayForecast) -> warnings::DayForecast {
    let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let place = usize::try_from(day.like.to_monday_zero_offset()).unwrap_or(0);
    warnings::DayForecast {
        date: day.date,
        like: names[place.min(6)].to_owned(),
        same_sort: day.same_sort,
        days: day.days,
        mean: watt_hours(day.mean),
        season: day
            .season_ppm
            .map(|ppm| thousandths(i64::from(ppm) / 1_000)),
        energy: watt_hours(day.energy),
    }
}

pub(super) fn tried(one: &Try) -> warnings::Try {
    let tenths = one.error_ppm / 1_000;
    let sign = if one.error_ppm < 0 { "-" } else { "" };
    let tenths = tenths.unsigned_abs();
    warnings::Try {
        month: month_of(one.month),
        as_of: one.as_of,
        expected: watt_hours(one.expected),
        actual: watt_hours(one.actual),
        error_percent: format!("{sign}{}.{}", tenths / 10, tenths % 10),
    }
}

/// `1.025` of 1025.
fn thousandths(number: i64) -> String {
    format!("{}.{:03}", number / 1_000, number % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_without_a_schedule_has_one_period() {
        let schedule = Schedule::parse(ALL_DAYS).unwrap();
        assert_eq!(schedule.periods(), [ALL]);
        assert_eq!(thousandths(1_025), "1.025");
    }

    #[test]
    fn errors_are_percents() {
        let date = jiff::civil::date(2026, 10, 1);
        for (ppm, text) in [
            (0, "0.0"),
            (12_345, "1.2"),
            (-98_765, "-9.8"),
            (-4_000, "-0.4"),
        ] {
            let one = Try {
                month: date,
                as_of: date,
                expected: wattkey_domain::usage::Energy::ZERO,
                actual: wattkey_domain::usage::Energy::ZERO,
                error_ppm: ppm,
                demand: None,
            };
            assert_eq!(tried(&one).error_percent, text);
        }
    }
}
