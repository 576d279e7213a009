//! Load curves from files, and schedules of periods: what a reader takes makes curves whose sums
//! agree, and is written and read again.

use jiff::tz::TimeZone;
use wattkey_domain::usage::{Channel, Energy, LoadCurve, PeriodMap, Schedule, Step};
use wattkey_usage::{csv, green_button};

use crate::Outcome;

/// A day with both changes of the clock somewhere around it.
const ZONE: &str = "America/New_York";
/// Longer curves, which one changed digit of a date makes, are read and not summed by the hour.
const MAX_CHECKED: usize = 20_000;

/// A schedule, over a load curve that is always the same.
pub(crate) fn schedule(bytes: &[u8]) -> Outcome {
    let schedule = Schedule::parse(bytes);
    if let Ok(schedule) = &schedule {
        let file = include_bytes!("../corpus/load_csv/ok-clocks-back.csv");
        for curve in curves(file).unwrap_or_default() {
            let map = PeriodMap::new(schedule, &curve);
            assert!(map.serves(&curve));
            let by_period: Energy = curve
                .by_period(&map)
                .iter()
                .map(wattkey_domain::usage::PeriodTotal::total)
                .sum();
            assert_eq!(
                by_period,
                active(&curve, Step::Month),
                "no value is in two periods"
            );
        }
    }
    Outcome::of(&schedule)
}

/// A Green Button feed.
pub(crate) fn green_button(bytes: &[u8]) -> Outcome {
    let read = green_button::read(bytes, &zone());
    if let Ok(feed) = &read {
        for point in feed.points.iter().cloned() {
            let Ok((curve, _)) = point.assemble("P-1".parse().expect("an identifier")) else {
                continue;
            };
            check(&curve);
            if curve.len() > MAX_CHECKED {
                continue;
            }
            let Ok(again) = green_button::write(&[&curve], curve.at(0)) else {
                continue;
            };
            // A curve of nothing but missing values leaves nothing to read.
            if let Ok(feed) = green_button::read(&again, &zone()) {
                let point = feed.points.into_iter().next().expect("a point was written");
                assert_eq!(point.named().as_ref(), Some(curve.point()));
                let id = curve.point().clone();
                let (again, _) = point.assemble(id).expect("it was assembled before");
                assert_eq!(active(&again, Step::Month), active(&curve, Step::Month));
            }
        }
    }
    Outcome::of(&read)
}

/// A CSV file of load curves.
pub(crate) fn load_csv(bytes: &[u8]) -> Outcome {
    let read = curves(bytes);
    for curve in read.iter().flatten() {
        check(curve);
        if curve.len() > MAX_CHECKED {
            continue;
        }
        if curve.len() == 1 {
            // Nothing says how long the only interval of a file is.
            continue;
        }
        let text = csv::write(&[curve]);
        if let Ok(again) = csv::read(text.as_bytes(), &zone(), None) {
            assert_eq!(again.ambiguous, 0, "times are written with their offset");
            for point in again.points {
                let (again, _) = point.assemble().expect("it was assembled before");
                assert_eq!(active(&again, Step::Month), active(curve, Step::Month));
            }
        }
    }
    Outcome::of(&read)
}

fn zone() -> TimeZone {
    TimeZone::get(ZONE).expect("the zone is bundled")
}

fn curves(bytes: &[u8]) -> Result<Vec<LoadCurve>, csv::CsvError> {
    let point = "P-1".parse().expect("an identifier");
    let read = csv::read(bytes, &zone(), Some(&point))?;
    let assembled = |point: csv::CsvPoint| point.assemble().ok().map(|(curve, _)| curve);
    Ok(read.points.into_iter().filter_map(assembled).collect())
}

fn check(curve: &LoadCurve) {
    if curve.len() > MAX_CHECKED {
        return;
    }
    let months = active(curve, Step::Month);
    assert_eq!(active(curve, Step::Day), months, "days are the months");
    assert_eq!(active(curve, Step::Hour), months, "hours are the months");
}

fn active(curve: &LoadCurve, step: Step) -> Energy {
    let totals = curve.totals(step);
    totals
        .iter()
        .map(|total| total.energy(Channel::ActiveImport))
        .sum()
}
