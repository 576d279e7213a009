use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;

mod periods;
mod registers;
mod sums;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn kwh(text: &str) -> Energy {
    Energy::from_kwh(text.parse().unwrap()).unwrap()
}

fn interval(start: Timestamp, seconds: u32, energy: &str) -> Interval {
    Interval {
        start,
        seconds,
        energy: kwh(energy),
        mark: Mark::Measured,
    }
}

/// So many quarter-hours of one energy each from `start` on.
fn quarters(start: &str, count: i64, energy: &str) -> Vec<Interval> {
    let start = at(start);
    let place = |n| start + jiff::SignedDuration::from_mins(15 * n);
    (0..count)
        .map(|n| interval(place(n), 900, energy))
        .collect()
}

fn curve(name: &str, intervals: Vec<Interval>) -> (LoadCurve, Vec<Finding>) {
    let channels = vec![(Channel::ActiveImport, intervals)];
    assemble(
        "P-1".parse().unwrap(),
        zone(name),
        Resolution::QUARTER,
        channels,
    )
    .unwrap()
}

fn kinds(findings: &[Finding]) -> Vec<(&'static str, u32)> {
    findings
        .iter()
        .map(|finding| (finding.kind.as_str(), finding.count))
        .collect()
}

#[test]
fn energies_are_exact() {
    assert_eq!(kwh("0.000001").milli(), 1);
    assert_eq!(kwh("-12.5").to_string(), "-12.5");
    assert_eq!(Energy::from_kwh("0.0000001".parse().unwrap()), None);
    assert_eq!(Energy::from_kwh(Decimal::MAX), None);
    let most = Energy::from_milli(i64::MAX);
    assert_eq!(
        most + most,
        most,
        "a sum beyond all bounds stays at the last one"
    );
}

/// 92, 96 and 100 quarter-hours, without a gap and without anything counted twice.
#[test]
fn days_of_daylight_saving() {
    let table = [
        // New York: clocks forward on 8 March 2026, back on 1 November.
        (
            "America/New_York",
            "2026-03-07T05:00:00Z",
            96 + 92 + 96,
            [96, 92, 96],
        ),
        (
            "America/New_York",
            "2026-10-31T04:00:00Z",
            96 + 100 + 96,
            [96, 100, 96],
        ),
        (
            "Asia/Shanghai",
            "2026-03-06T16:00:00Z",
            3 * 96,
            [96, 96, 96],
        ),
        // Lord Howe Island moves by half an hour: forward on 4 October 2026.
        (
            "Australia/Lord_Howe",
            "2026-10-02T13:30:00Z",
            96 + 94 + 96,
            [96, 94, 96],
        ),
    ];
    for (name, start, count, wanted) in table {
        let (curve, findings) = curve(name, quarters(start, count, "1"));
        let days = curve.totals(Step::Day);
        let found: Vec<_> = days
            .iter()
            .map(|day| day.coverage(Channel::ActiveImport).unwrap().measured)
            .collect();
        assert_eq!(found, wanted, "{name}");
        assert!(
            days.iter()
                .all(|day| day.coverage(Channel::ActiveImport).unwrap().is_whole())
        );
        let odd = wanted
            .iter()
            .filter(|count| **count != 96)
            .map(|count| ("daylight-saving", *count));
        assert_eq!(kinds(&findings), odd.collect::<Vec<_>>(), "{name}");
        let hours: Energy = curve
            .totals(Step::Hour)
            .iter()
            .map(|hour| hour.energy(Channel::ActiveImport))
            .sum();
        assert_eq!(hours.milli(), count * 1_000_000, "{name}");
    }
    let (fall, _) = curve(
        "America/New_York",
        quarters("2026-11-01T04:00:00Z", 100, "1"),
    );
    assert_eq!(
        fall.totals(Step::Hour).len(),
        25,
        "an hour that comes twice is two"
    );
}

#[test]
fn a_gap_is_marked_and_not_counted() {
    let mut intervals = quarters("2026-08-01T00:00:00Z", 96, "2");
    intervals.drain(10..20);
    let (curve, findings) = curve("UTC", intervals);
    assert_eq!(kinds(&findings), [("gap", 10)]);
    assert_eq!(findings[0].from, at("2026-08-01T02:30:00Z"));
    assert_eq!(findings[0].to, at("2026-08-01T05:00:00Z"));
    let day = &curve.totals(Step::Day)[0];
    assert_eq!(day.energy(Channel::ActiveImport), kwh("172"));
    let coverage = day.coverage(Channel::ActiveImport).unwrap();
    assert_eq!(
        (coverage.measured, coverage.missing, coverage.expected()),
        (86, 10, 96)
    );
    let month = &curve.totals(Step::Month)[0];
    assert_eq!(
        month.coverage(Channel::ActiveImport).unwrap().missing,
        30 * 96 + 10
    );
}

#[test]
fn the_same_value_twice_counts_once() {
    let mut intervals = quarters("2026-08-01T00:00:00Z", 8, "2");
    intervals.extend(quarters("2026-08-01T00:30:00Z", 2, "2"));
    let (curve, findings) = curve("UTC", intervals);
    assert_eq!(kinds(&findings), [("repeated", 2)]);
    assert_eq!(
        curve.totals(Step::Day)[0].energy(Channel::ActiveImport),
        kwh("16")
    );
    assert_eq!(curve.value(Channel::ActiveImport, 2).mark, Mark::Measured);
}

#[test]
fn of_two_that_contradict_each_other_the_first_is_kept_as_suspect() {
    let mut intervals = quarters("2026-08-01T00:00:00Z", 8, "2");
    intervals.push(interval(at("2026-08-01T00:30:00Z"), 900, "3"));
    let (curve, findings) = curve("UTC", intervals);
    assert_eq!(kinds(&findings), [("conflict", 1)]);
    let kind = FindingKind::Conflict {
        kept: kwh("2"),
        other: kwh("3"),
    };
    assert_eq!(findings[0].kind, kind);
    let value = curve.value(Channel::ActiveImport, 2);
    assert_eq!((value.energy, value.mark), (kwh("2"), Mark::Suspect));
}

#[test]
fn measured_goes_before_estimated() {
    for first_measured in [true, false] {
        let mut pair = [interval(at("2026-08-01T00:00:00Z"), 900, "3"); 2];
        pair[usize::from(first_measured)].mark = Mark::Estimated;
        pair[usize::from(first_measured)].energy = kwh("9");
        let (curve, findings) = curve("UTC", pair.to_vec());
        assert_eq!(kinds(&findings), [("replaced", 1)]);
        let value = curve.value(Channel::ActiveImport, 0);
        assert_eq!((value.energy, value.mark), (kwh("3"), Mark::Measured));
    }
}

#[test]
fn what_lies_across_others_makes_them_suspect() {
    let mut intervals = quarters("2026-08-01T00:00:00Z", 8, "2");
    intervals.push(interval(at("2026-08-01T00:25:00Z"), 900, "2"));
    intervals.push(interval(at("2026-08-01T03:00:00Z"), 3_600, "2"));
    let (curve, findings) = curve("UTC", intervals);
    assert_eq!(
        kinds(&findings),
        [("overlap", 1), ("gap", 5), ("off-grid", 1)]
    );
    let marks: Vec<_> = (0..8)
        .map(|n| curve.value(Channel::ActiveImport, n).mark)
        .collect();
    for (place, mark) in marks.into_iter().enumerate() {
        let wanted = if (1..=2).contains(&place) {
            Mark::Suspect
        } else {
            Mark::Measured
        };
        assert_eq!(mark, wanted, "{place}");
    }
}

#[test]
fn a_value_that_cannot_be_is_told() {
    let mut intervals = quarters("2026-08-01T00:00:00Z", 4, "2");
    intervals[1].energy = kwh("-1");
    intervals[2].energy = Energy::from_milli(Energy::MAX_VALUE.milli() + 1);
    let (curve, findings) = curve("UTC", intervals);
    assert_eq!(
        kinds(&findings),
        [("out-of-range", 1), ("out-of-range", 1), ("gap", 1)]
    );
    assert_eq!(curve.value(Channel::ActiveImport, 1).mark, Mark::Suspect);
    assert_eq!(curve.value(Channel::ActiveImport, 2).mark, Mark::Missing);
}

#[test]
fn what_makes_no_curve_is_refused() {
    let make = |intervals| {
        let channels = vec![(Channel::ActiveImport, intervals)];
        let made = assemble(
            "P-1".parse().unwrap(),
            zone("UTC"),
            Resolution::QUARTER,
            channels,
        );
        made.unwrap_err().to_string()
    };
    assert_eq!(make(vec![]), "there is no value of metering point P-1");
    let far = vec![
        interval(at("1990-01-01T00:00:00Z"), 900, "1"),
        interval(at("2026-01-01T00:00:00Z"), 900, "1"),
    ];
    assert!(make(far).contains("check the dates"));
    for edge in [Timestamp::MIN, Timestamp::MAX] {
        assert!(make(vec![interval(edge, 900, "1")]).contains("check the dates"));
    }
}

#[test]
fn findings_have_an_end() {
    let every_second: Vec<_> = quarters("2026-01-01T00:00:00Z", 5_000, "1")
        .into_iter()
        .step_by(2)
        .collect();
    let (_, findings) = curve("UTC", every_second);
    assert_eq!(findings.len(), MAX_FINDINGS + 1);
    let last = findings.last().unwrap();
    assert_eq!((last.kind.as_str(), last.count), ("more", 2_499 - 1_000));
}

proptest! {
    /// Whatever comes, each interval is counted at most once, and hours, days and months agree.
    #[test]
    fn sums_agree(values in prop::collection::vec((0_i64..300, 0_i64..1_000, 0_usize..4), 1..200), zone in 0_usize..3) {
        let start = at("2026-10-30T00:00:00Z");
        let intervals: Vec<_> = values.iter().map(|(slot, energy, mark)| Interval {
            start: start + jiff::SignedDuration::from_mins(15 * slot),
            seconds: 900,
            energy: Energy::from_milli(*energy),
            mark: Mark::ALL[*mark],
        }).collect();
        let name = ["UTC", "America/New_York", "Asia/Kolkata"][zone];
        let (curve, _) = curve(name, intervals);
        let sum = |step| -> Energy {
            curve.totals(step).iter().map(|total| total.energy(Channel::ActiveImport)).sum()
        };
        let raw = sum(Step::Raw);
        for step in [Step::Hour, Step::Day, Step::Month] {
            prop_assert_eq!(sum(step), raw);
        }
        let again: Vec<_> = curve.intervals(Channel::ActiveImport).collect();
        if !again.is_empty() {
            let (again, findings) = super::tests::curve(name, again);
            prop_assert!(findings.iter().all(|finding| matches!(finding.kind.as_str(), "gap" | "daylight-saving")));
            prop_assert_eq!(again.totals(Step::Month).iter().map(|total| total.energy(Channel::ActiveImport)).sum::<Energy>(), raw);
        }
        let slots: std::collections::BTreeSet<_> = values.iter().map(|value| value.0).collect();
        let there = (0..curve.len()).filter(|n| curve.value(Channel::ActiveImport, *n).mark != Mark::Missing);
        prop_assert!(there.count() <= slots.len());
    }
}
