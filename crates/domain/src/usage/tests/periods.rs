//! Schedules, and energy by period.

use super::*;

const SCHEDULE: &str = r#"{"versions":[{"from":"2026-01-01","seasons":[
 {"from":"07-01","to":"08-31","days":[
  {"on":["mon","tue","wed","thu","fri"],"times":{"00:00":"valley","08:00":"peak","12:00":"flat","20:00":"sharp","22:00":"flat"}},
  {"on":["sat","sun"],"times":{"00:00":"valley","08:00":"flat"}},
  {"on":["holiday"],"times":{"00:00":"valley"}}]},
 {"from":"09-01","to":"06-30","days":[
  {"on":["mon","tue","wed","thu","fri","sat","sun"],"times":{"00:00":"valley","07:30":"flat"}}]}]}],
 "holidays":["2026-08-05"]}"#;

#[test]
fn energy_by_period() {
    let schedule = Schedule::parse(SCHEDULE.as_bytes()).unwrap();
    assert_eq!(schedule.periods(), ["flat", "peak", "sharp", "valley"]);
    // From Saturday 1 August on, in Shanghai.
    let (curve, _) = curve(
        "Asia/Shanghai",
        quarters("2026-07-31T16:00:00Z", 31 * 96, "1"),
    );
    let map = PeriodMap::new(&schedule, &curve);
    let months = curve.by_period(&map);
    assert_eq!(months.len(), 1);
    let hours = |period: &str| months[0].energy(period).milli() / 4_000_000;
    // 21 weekdays of which one is a holiday, 10 days of the weekend.
    assert_eq!(hours("valley"), 20 * 8 + 24 + 10 * 8);
    assert_eq!(hours("peak"), 20 * 4);
    assert_eq!(hours("sharp"), 20 * 2);
    assert_eq!(hours("flat"), 20 * 10 + 10 * 16);
    assert_eq!(months[0].total(), kwh("2976"));
    assert_eq!(months[0].outside, Energy::ZERO);
    // A map serves whatever lies on its grid, and nothing else.
    let (later, _) = super::curve("Asia/Shanghai", quarters("2026-08-03T16:00:00Z", 96, "1"));
    assert!(map.serves(&later));
    assert_eq!(later.by_period(&map)[0].energy("peak"), kwh("16"));
    let (utc, _) = super::curve("UTC", quarters("2026-08-03T16:00:00Z", 96, "1"));
    assert!(!map.serves(&utc));
    assert_eq!(utc.by_period(&map), []);
}

/// The clock on the wall says which period it is, also in the hour that comes twice.
#[test]
fn periods_on_days_of_daylight_saving() {
    let schedule = r#"{"versions":[{"from":"2026-01-01","seasons":[{"from":"01-01","to":"12-31","days":[
        {"on":["mon","tue","wed","thu","fri","sat","sun"],"times":{"00:00":"a","01:00":"b","02:00":"c","03:00":"d"}}]}]}]}"#;
    let schedule = Schedule::parse(schedule.as_bytes()).unwrap();
    for (start, count, wanted) in [
        ("2026-11-01T04:00:00Z", 100, [4, 8, 4, 84]),
        ("2026-03-08T05:00:00Z", 92, [4, 4, 0, 84]),
    ] {
        let (curve, _) = curve("America/New_York", quarters(start, count, "1"));
        let map = PeriodMap::new(&schedule, &curve);
        let month = &curve.by_period(&map)[0];
        let found: Vec<_> = month
            .energies
            .iter()
            .map(|energy| energy.milli() / 1_000_000)
            .collect();
        assert_eq!(found, wanted, "{start}");
    }
}

#[test]
fn schedules_that_leave_a_minute_out_are_refused() {
    for (from, to, words) in [
        (
            "\"to\":\"06-30\"",
            "\"to\":\"06-29\"",
            "on 06-30 of a year, sun has no times",
        ),
        (
            "\"to\":\"06-30\"",
            "\"to\":\"07-01\"",
            "on 07-01 of a year, mon has times twice",
        ),
        (
            "\"sat\",\"sun\"],\"times\":{\"00:00\":\"valley\",\"08:00\":\"flat\"}",
            "\"sat\"],\"times\":{\"00:00\":\"valley\"}",
            "sun has no times",
        ),
        (
            "[\"holiday\"]",
            "[\"holiday\",\"sun\"]",
            "sun has times twice",
        ),
        (
            "{\"00:00\":\"valley\"}",
            "{\"00:15\":\"valley\"}",
            "one of them 00:00",
        ),
        (
            "{\"00:00\":\"valley\"}",
            "{\"00:00\":\"Valley\"}",
            "a-z, 0-9 and -",
        ),
        ("\"08:00\":\"peak\"", "\"24:00\":\"peak\"", "cannot be read"),
        ("\"from\":\"07-01\"", "\"from\":\"02-30\"", "cannot be read"),
        (
            "\"from\":\"2026-01-01\"",
            "\"from\":\"2026-01-01\",\"to\":1",
            "cannot be read",
        ),
    ] {
        assert!(SCHEDULE.contains(from), "{from}");
        let error = Schedule::parse(SCHEDULE.replacen(from, to, 1).as_bytes()).unwrap_err();
        assert!(error.to_string().contains(words), "{to}: {error}");
    }
}
