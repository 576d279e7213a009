//! `GET /v1/metering-points/{point}/readings`.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use http::Uri;
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde::Deserialize;
use wattkey_domain::MeteringPointId;
use wattkey_domain::usage::{
    Channel, LoadCurve, PeriodMap, Resolution, Schedule, Step as Summed, Total,
};
use wattkey_protocol::problem::{Problem, ProblemType};
use wattkey_protocol::usage::{
    ByChannel, Coverage, MAX_RAW, MaximumDemand, ReadingSum, Readings, Step,
};
use wattkey_store::MeteringPointRow;

use crate::access::must_see;
use crate::answer::{Answer, Refusal, not_found, store_fault};
use crate::app::App;
use crate::auth::Caller;
use crate::routes::input::{Id, query};

/// Seconds of a day.
const DAY: i64 = 86_400;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DaysQuery {
    /// The first day; with step `month` its month begins it.
    #[param(value_type = Date)]
    from: String,
    /// The day after the last one.
    #[param(value_type = Date)]
    to: String,
    /// What is summed to one item.
    #[param(value_type = Step)]
    step: String,
}

/// Load curve of a metering point.
///
/// Its sums by hour, day or month between two days, or each interval by itself.
#[utoipa::path(
    get,
    path = "/v1/metering-points/{point}/readings",
    tag = "consumption",
    params(("point" = MeteringPointId, Path, description = "The metering point"), DaysQuery),
    responses((status = 200, description = "The load curve of a metering point between two days.", body = Readings)),
)]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Id(id): Id<MeteringPointId>,
    uri: Uri,
) -> Answer<Json<Readings>> {
    let (from, to, step) = asked(&query(&uri)?)?;
    let service = app.service().await?;
    let zone = service.quoting.time_zone.clone();
    let span = (start_of(&zone, from)?, start_of(&zone, to)?);
    let known = app
        .store
        .readings(caller.customer, id, zone, span)
        .await
        .map_err(store_fault)?;
    let (row, curve) = known.ok_or_else(|| not_found("no such metering point"))?;
    must_see(&app.access(&caller).await?, &row.point.account)
        .map_err(|_| not_found("no such metering point"))?;
    if let (Step::Raw, Some(ends)) = (step, &row.curve) {
        let length = i64::from(ends.resolution.seconds());
        let most = MAX_RAW * length / DAY;
        if i64::from(days_between(from, to)) > most {
            return Err(too_many(i32::try_from(most).unwrap_or(0)));
        }
    }
    let schedule = match &row.point.schedule {
        None => None,
        Some(id) => app.store.schedule(id.clone()).await.map_err(store_fault)?,
    };
    let schedule = schedule
        .map(|kept| Schedule::parse(&kept.bytes))
        .transpose();
    let schedule =
        schedule.map_err(|error| Refusal::fault("a schedule of the books is damaged", &error))?;
    let readings = Readings {
        point: row.point.id.clone(),
        from,
        to,
        step,
        time_zone: service.payee.time_zone,
        resolution: row.curve.map(|ends| ends.resolution.seconds()),
        schedule: row.point.schedule.clone(),
        total: ReadingSum {
            from: span.0,
            to: span.1,
            date: Some(from),
            energy: ByChannel::default(),
            coverage: ByChannel::default(),
            periods: None,
            maximum_demand: None,
            power_factor: None,
        },
        items: Vec::new(),
    };
    let Some(curve) = curve else {
        return Ok(Json(readings));
    };
    // Tens of thousands of sums at most, which take milliseconds.
    let schedule = schedule.as_ref();
    Ok(Json(summed(readings, &row, &curve, schedule, caller.now)))
}

/// The days that were asked for, whole months where months are.
fn asked(wanted: &DaysQuery) -> Answer<(Date, Date, Step)> {
    let malformed = |why: String| Refusal::new(ProblemType::Malformed, why);
    let day = |name: &str, text: &str| {
        let day = text.parse::<Date>().ok();
        let day = day.filter(|day| day.to_string() == text);
        day.ok_or_else(|| malformed(format!("`{name}` is no date: write it as 2026-08-31")))
    };
    let (mut from, mut to) = (day("from", &wanted.from)?, day("to", &wanted.to)?);
    let step = Step::named(&wanted.step);
    let step = step.ok_or_else(|| malformed("`step` is raw, hour, day or month".to_owned()))?;
    if to <= from {
        return Err(malformed("`to` is not after `from`".to_owned()));
    }
    if days_between(from, to) > step.max_days() {
        return Err(too_many(step.max_days()));
    }
    if step == Step::Month {
        from = from.first_of_month();
        let last = to.yesterday().unwrap_or(to).last_of_month();
        to = last.tomorrow().unwrap_or(last);
    }
    Ok((from, to, step))
}

fn days_between(from: Date, to: Date) -> i32 {
    let days = to.duration_since(from).as_hours() / 24;
    i32::try_from(days).unwrap_or(i32::MAX)
}

fn too_many(days: i32) -> Refusal {
    let problem = Problem::new(ProblemType::Range).with("days", days);
    problem
        .detail("ask for fewer days, or a longer step")
        .into()
}

/// The beginning of a day.
fn start_of(zone: &TimeZone, day: Date) -> Answer<Timestamp> {
    let midnight = zone.to_ambiguous_timestamp(day.to_datetime(Time::midnight()));
    let beyond = |_| Refusal::new(ProblemType::Malformed, "a day is beyond the calendar");
    midnight.compatible().map_err(beyond)
}

fn summed(
    mut readings: Readings,
    row: &MeteringPointRow,
    curve: &LoadCurve,
    schedule: Option<&Schedule>,
    now: Timestamp,
) -> Readings {
    let map = schedule.map(|schedule| PeriodMap::new(schedule, curve));
    let step = match readings.step {
        Step::Raw => Summed::Raw,
        Step::Hour => Summed::Hour,
        Step::Day => Summed::Day,
        Step::Month => Summed::Month,
    };
    if let Some(total) = curve.between(readings.from, readings.to) {
        readings.total = sum(curve, map.as_ref(), &total, Step::Month, now);
        readings.total.date = Some(readings.from);
    }
    let sums = curve.totals(step);
    let told = sums
        .iter()
        .map(|total| sum(curve, map.as_ref(), total, readings.step, now));
    readings.items = told.collect();
    debug_assert!(row.curve.is_some());
    readings
}

/// Intervals between two times that are not over at `now`: nobody can have read them.
fn to_come(from: Timestamp, to: Timestamp, now: Timestamp, resolution: Resolution) -> u32 {
    let length = i64::from(resolution.seconds());
    let over = (now.as_second() - from.as_second()).max(0) / length;
    let all = (to.as_second() - from.as_second()).max(0) / length;
    u32::try_from((all - over).max(0)).unwrap_or(u32::MAX)
}

fn sum(
    curve: &LoadCurve,
    map: Option<&PeriodMap>,
    total: &Total,
    step: Step,
    now: Timestamp,
) -> ReadingSum {
    let is_raw = step == Step::Raw;
    let ahead = to_come(total.from, total.to, now, curve.resolution());
    let mut energy = ByChannel::default();
    let mut coverage = ByChannel::default();
    for channel in curve.channels() {
        let Some(found) = total.coverage(channel) else {
            continue;
        };
        *place(&mut energy, channel) = Some(total.energy(channel).milli() / 1_000);
        let told = Coverage {
            measured: found.measured,
            estimated: found.estimated,
            suspect: found.suspect,
            missing: found.missing.saturating_sub(ahead),
        };
        if (told.estimated, told.suspect, told.missing) != (0, 0, 0) {
            *place(&mut coverage, channel) = Some(told);
        }
    }
    let periods = map.filter(|_| !is_raw);
    let periods = periods.and_then(|map| curve.by_period_of(map, total));
    let periods = periods.map(|found| {
        let energies = found.energies.iter().map(|energy| energy.milli() / 1_000);
        found.periods.iter().cloned().zip(energies).collect()
    });
    let demand = (!is_raw).then(|| curve.maximum_demand_of(total));
    ReadingSum {
        from: total.from,
        to: total.to,
        date: (!is_raw).then_some(total.date),
        energy,
        coverage,
        periods,
        maximum_demand: demand.and_then(|found| {
            let highest = found.highest?;
            Some(MaximumDemand {
                at: highest.at,
                watt: highest.power.milli() / 1_000,
                window: found.window_seconds,
                suspect_watt: found.suspect.map(|demand| demand.power.milli() / 1_000),
                missing: found.missing.saturating_sub(ahead),
            })
        }),
        power_factor: total
            .power_factor()
            .filter(|_| !is_raw)
            .map(|factor| factor.to_string()),
    }
}

fn place<T>(of: &mut ByChannel<T>, channel: Channel) -> &mut Option<T> {
    match channel {
        Channel::ActiveImport => &mut of.active_import,
        Channel::ActiveExport => &mut of.active_export,
        Channel::ReactiveImport => &mut of.reactive_import,
        Channel::ReactiveExport => &mut of.reactive_export,
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;

    use super::*;

    fn days(from: &str, to: &str, step: &str) -> Result<(String, String), String> {
        let [from, to, step] = [from, to, step].map(str::to_owned);
        let found = asked(&DaysQuery { from, to, step });
        found
            .map(|(from, to, _)| (from.to_string(), to.to_string()))
            .map_err(|refusal| format!("{:?}", refusal.problem().members))
    }

    #[test]
    fn a_step_has_its_most_days() {
        for (step, most) in [("raw", 31), ("hour", 31), ("day", 400), ("month", 3_660)] {
            let from = jiff::civil::date(2016, 1, 1);
            let end = |days: i32| from.checked_add(days.days()).unwrap().to_string();
            assert!(days("2016-01-01", &end(most), step).is_ok(), "{step}");
            let refused = days("2016-01-01", &end(most + 1), step).unwrap_err();
            assert!(refused.contains(&most.to_string()), "{step}: {refused}");
        }
        for (from, to, step) in [
            ("2026-08-01", "2026-08-01", "day"),
            ("2026-08-02", "2026-08-01", "day"),
            ("2026-8-1", "2026-08-02", "day"),
            ("2026-08-01", "2026-08-02", "week"),
        ] {
            assert!(days(from, to, step).is_err(), "{from} {to} {step}");
        }
    }

    #[test]
    fn what_is_to_come_is_not_missing() {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let quarter = Resolution::from_seconds(900).unwrap();
        let (from, to) = (at("2026-11-22T16:00:00Z"), at("2026-11-23T16:00:00Z"));
        for (now, ahead) in [
            ("2026-11-22T15:00:00Z", 96),
            ("2026-11-22T16:14:59Z", 96),
            ("2026-11-22T16:15:00Z", 95),
            ("2026-11-23T15:59:00Z", 1),
            ("2026-11-23T16:00:00Z", 0),
            ("2026-12-01T00:00:00Z", 0),
        ] {
            assert_eq!(to_come(from, to, at(now), quarter), ahead, "{now}");
        }
    }

    #[test]
    fn months_are_whole() {
        let found = days("2026-07-15", "2026-08-02", "month").unwrap();
        assert_eq!(found, ("2026-07-01".to_owned(), "2026-09-01".to_owned()));
        let found = days("2026-07-15", "2026-08-01", "month").unwrap();
        assert_eq!(found, ("2026-07-01".to_owned(), "2026-08-01".to_owned()));
    }
}
