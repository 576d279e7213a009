use jiff::tz::TimeZone;
use proptest::prelude::*;
use wattkey_domain::MeteringPointId;
use wattkey_domain::usage::{Energy, Interval, LoadCurve, Mark, Resolution, Step, assemble};

use super::*;

fn point(text: &str) -> MeteringPointId {
    text.parse().unwrap()
}

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn curve(text: &str, name: &str) -> (LoadCurve, Vec<Finding>) {
    let csv = read(text.as_bytes(), &zone(name), Some(&point("P-1"))).unwrap();
    let [point]: [CsvPoint; 1] = csv.points.try_into().unwrap();
    point.assemble().unwrap()
}

#[test]
fn delimiters_line_ends_quotes_and_order() {
    let comma = "\u{FEFF}start,active_import_kwh,reactive_import_kvarh,quality\n\
        2026-08-01T00:00+08:00,250.5,10,measured\n\
        2026-08-01T00:15+08:00,,11,estimated\n\n\
        2026-08-01T00:30:00+08:00,0.000001,12,\n";
    let semicolon = comma.replace(',', ";").replace('\n', "\r\n");
    let tab = comma.replace(',', "\t").replace("250.5", "\"250.5\"");
    let other = "quality,reactive_import_kvarh,active_import_kwh,end,point\n\
        measured,10,250.5,2026-07-31 16:15,P-1\nestimated,11,,2026-07-31 16:30,P-1\n,12,0.000001,2026-07-31T16:45Z,P-1";
    let (first, findings) = curve(comma, "UTC");
    assert_eq!(
        first.value(Channel::ActiveImport, 0).energy.to_string(),
        "250.5"
    );
    assert_eq!(
        first.value(Channel::ActiveImport, 1),
        wattkey_domain::usage::Value::MISSING
    );
    assert_eq!(
        first.value(Channel::ReactiveImport, 1).mark,
        Mark::Estimated
    );
    assert_eq!(first.value(Channel::ActiveImport, 2).energy.milli(), 1);
    let kinds: Vec<_> = findings
        .iter()
        .map(|finding| finding.kind.as_str())
        .collect();
    assert_eq!(kinds, ["gap"]);
    for text in [&semicolon, &tab, other] {
        assert_eq!(curve(text, "UTC").0, first, "{text}");
    }
}

#[test]
fn errors_say_what_and_where() {
    let head = "start,active_import_kwh,quality\n";
    let line = |text: &str| format!("{head}{text}\n");
    let value = |text: &str| line(&format!("2026-08-01T00:00Z,{text},"));
    for (text, words) in [
        (String::new(), "the file has no values"),
        (head.to_owned(), "the file has no values"),
        (
            "start active_import_kwh\n".to_owned(),
            "the header has no delimiter",
        ),
        (
            "start,kwh\n".to_owned(),
            "the header has `kwh`; columns are point",
        ),
        (
            "start,end,active_import_kwh\n".to_owned(),
            "not exactly one of start and end",
        ),
        (
            "start,start,active_import_kwh\n".to_owned(),
            "has start twice",
        ),
        ("start,quality\n".to_owned(), "the header has no energy"),
        (
            line("2026-08-01T00:00Z,1"),
            "line 2 does not have the header's 3 fields",
        ),
        (
            line("2026-08-01T00:00Z,\"1,"),
            "line 2 does not have the header's 3 fields",
        ),
        (
            line("2026-08-01T00:00Z,1,perhaps"),
            "line 2: `perhaps` is no quality",
        ),
        (line("01.08.2026 00:00,1,"), "is no start: write it as"),
        (line("2026-08-01,1,"), "is no start"),
        (line("2026-08-01T24:00Z,1,"), "is no start"),
        (line("2026-08-01T00:00[UTC],1,"), "is no start"),
        (
            line("2026-03-08T02:30,1,"),
            "is no start: the clock skips it on that day",
        ),
        (value("1e3"), "`1e3` is no active_import_kwh: write digits"),
        (value(".5"), "is no active_import_kwh"),
        (value("5."), "is no active_import_kwh"),
        (value("+5"), "is no active_import_kwh"),
        (value("0.0000001"), "at most six digits"),
        (value("99999999999999999999"), "is no active_import_kwh"),
        (
            format!("{head}2026-08-01T00:00Z,1,\n2026-08-02T00:00Z,1,\n"),
            "are 86400 seconds apart",
        ),
        (
            format!("{head}{}", "x".repeat(5_000)),
            "bound on its length of a line",
        ),
    ] {
        let error = read(
            text.as_bytes(),
            &zone("America/New_York"),
            Some(&point("P-1")),
        )
        .unwrap_err();
        assert!(error.to_string().contains(words), "{text}: {error}");
    }
    let unnamed = read(value("1").as_bytes(), &TimeZone::UTC, None).unwrap_err();
    assert!(
        unnamed.to_string().contains("no point, and none was named"),
        "{unnamed}"
    );
    let latin = read(b"start,quality\n\xFF", &TimeZone::UTC, None).unwrap_err();
    assert!(latin.to_string().contains("the header"), "{latin}");
    let latin = read(b"point,start,active_import_kwh\n\xFF", &TimeZone::UTC, None).unwrap_err();
    assert_eq!(latin, CsvError::Encoding { line: 2 });
}

/// The hour that comes twice: without offsets the second one is the later.
#[test]
fn local_times_where_clocks_go_back() {
    let mut text = String::from("start,active_import_kwh\n");
    let mut add = |hour: u32, energy: u32| {
        for quarter in 0..4 {
            text.push_str(&format!(
                "2026-11-01 {hour:02}:{:02},{energy}\n",
                quarter * 15
            ));
        }
    };
    add(0, 1);
    add(1, 2);
    add(1, 3);
    add(2, 4);
    let csv = read(
        text.as_bytes(),
        &zone("America/New_York"),
        Some(&point("P-1")),
    )
    .unwrap();
    assert_eq!(csv.ambiguous, 0);
    let (whole, _) = curve(&text, "America/New_York");
    let hours = whole.totals(Step::Hour);
    let sums: Vec<_> = hours
        .iter()
        .map(|hour| hour.energy(Channel::ActiveImport).milli() / 4_000_000)
        .collect();
    assert_eq!(sums, [1, 2, 3, 4]);
    // Once only, nobody knows which.
    let once = text.replace(",3\n", ",x\n");
    let once: String = once
        .lines()
        .filter(|line| !line.ends_with('x'))
        .map(|line| format!("{line}\n"))
        .collect();
    let csv = read(
        once.as_bytes(),
        &zone("America/New_York"),
        Some(&point("P-1")),
    )
    .unwrap();
    assert_eq!(csv.ambiguous, 4);
    let (curve, _) = curve(&once, "America/New_York");
    assert_eq!(curve.value(Channel::ActiveImport, 4).mark, Mark::Suspect);
}

#[test]
fn several_points_come_back() {
    let text = "point,start,active_import_kwh,active_export_kwh,quality\n\
        P-2,2026-08-01T00:00:00+08:00,1,0,measured\n\
        P-2,2026-08-01T00:15:00+08:00,2,,estimated\n\
        P-1,2026-08-01T00:00:00+08:00,3,0.5,suspect\n\
        P-1,2026-08-01T00:15:00+08:00,,,missing\n\
        P-1,2026-08-01T00:30:00+08:00,4,0.5,measured\n";
    let csv = read(text.as_bytes(), &zone("Asia/Shanghai"), None).unwrap();
    let curves: Vec<_> = csv
        .points
        .into_iter()
        .map(|point| point.assemble().unwrap().0)
        .collect();
    assert_eq!(write(&curves.iter().collect::<Vec<_>>()), text);
}

proptest! {
    /// What was written is read again, whatever the zone.
    #[test]
    fn curves_come_back(
        values in prop::collection::vec((0_i64..2_000_000_000, 0_usize..4), 1..300),
        place in 0_usize..4,
    ) {
        let zone = zone(["UTC", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe"][place]);
        let start: jiff::Timestamp = "2026-10-31T20:00:00Z".parse().unwrap();
        let mut intervals: Vec<_> = values.iter().zip(0..).map(|((energy, mark), n)| Interval {
            start: start + jiff::SignedDuration::from_mins(15 * n),
            seconds: 900,
            energy: Energy::from_milli(*energy),
            mark: Mark::ALL[*mark],
        }).collect();
        // A curve begins and ends with something.
        intervals[0].mark = Mark::Measured;
        let last = intervals.len() - 1;
        intervals[last].mark = Mark::Estimated;
        // Two neighbours say how long an interval is.
        intervals[last.min(1)].mark = Mark::Measured;
        let channels = vec![(Channel::ActiveImport, intervals)];
        let (curve, _) = assemble(point("P-1"), zone.clone(), Resolution::QUARTER, channels).unwrap();
        let text = write(&[&curve]);
        let csv = read(text.as_bytes(), &zone, None).unwrap();
        prop_assert_eq!(csv.ambiguous, 0);
        let read = csv.points.into_iter().next().unwrap();
        prop_assert_eq!(read.assemble().unwrap().0, curve);
    }
}
