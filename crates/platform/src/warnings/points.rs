//! The metering points of an account, each with its history and the forecast of its month.

use std::collections::BTreeSet;

use jiff::civil::Date;
use wattkey_domain::forecast::{DayForecast, History, MonthForecast, Try, forecast_month};
use wattkey_domain::usage::{LoadCurve, PeriodMap, Schedule};
use wattkey_domain::{MeteringPointId, ScheduleId};
use wattkey_protocol::warnings::{self, Reason};
use wattkey_store::{AccountUsage, MeteringPoint, MeteringPointRow};

use super::{Gap, HISTORY_DAYS, OLD_DAYS, month_of, shifted, watt_hours};

/// The period of a metering point without a schedule.
pub(super) const ALL: &str = "all";
const ALL_DAYS: &[u8] =
    br#"{"versions":[{"from":"1900-01-01","seasons":[{"from":"01-01","to":"12-31",
    "days":[{"on":["mon","tue","wed","thu","fri","sat","sun"],"times":{"00:00":"all"}}]}]}]}"#;
/// Days ahead for which a schedule's holidays are looked up.
const AHEAD_DAYS: i32 = 400;

/// The metering points of an account.
pub(super) struct Points<'a>(Vec<Point<'a>>);

/// A metering point, and what is known of it.
pub(super) struct Point<'a> {
    pub(super) point: &'a MeteringPoint,
    pub(super) curve: Option<&'a LoadCurve>,
    pub(super) known: Result<Known, Gap>,
}

/// What a metering point did, and what it will do.
pub(super) struct Known {
    pub(super) history: History,
    pub(super) holidays: BTreeSet<Date>,
    pub(super) forecast: MonthForecast,
}

impl<'a> Points<'a> {
    pub(super) fn new(usage: &'a AccountUsage, today: Date) -> Self {
        let point = |(row, curve): &'a (MeteringPointRow, Option<LoadCurve>)| Point {
            point: &row.point,
            curve: curve.as_ref(),
            known: known(usage, row, curve.as_ref(), today),
        };
        Self(usage.points.iter().map(point).collect())
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
            .map(|one| match &one.known {
                Ok(known) => Ok((one, known)),
                Err(gap) => Err(gap.clone()),
            })
            .collect()
    }
}

fn known(
    usage: &AccountUsage,
    row: &MeteringPointRow,
    curve: Option<&LoadCurve>,
    today: Date,
) -> Result<Known, Gap> {
    let id = Some(row.point.id.to_string());
    let Some(curve) = curve else {
        let detail = "there are no readings of this metering point";
        return Err(Gap::new(Reason::NoReadings, id, detail));
    };
    let last = curve.at(curve.len()).to_zoned(curve.zone().clone()).date();
    if last < shifted(today, -OLD_DAYS) {
        let detail = format!("the readings of this metering point end on {last}");
        return Err(Gap::new(Reason::OldReadings, id, detail));
    }
    let schedule = schedule(usage, row.point.schedule.as_ref())?;
    let map = PeriodMap::new(&schedule, curve);
    let holidays = holidays(&schedule, today);
    let history = History::of(curve, &schedule, &map, today).with_holidays(holidays.clone());
    let Some(forecast) = forecast_month(&history, today) else {
        let detail = "no whole day of readings of the last four weeks";
        return Err(Gap::new(Reason::NoReadings, id, detail));
    };
    let tomorrow = shifted(today, 1);
    let forecast = match curve.maximum_demand(today, tomorrow).highest {
        Some(demand) => forecast.with_demand(demand.power),
        None => forecast,
    };
    Ok(Known {
        history,
        holidays,
        forecast,
    })
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
