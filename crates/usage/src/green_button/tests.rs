use jiff::Timestamp;
use jiff::civil::date;
use wattkey_domain::usage::{Energy, Mark, Step};

use super::*;

const NINE_DAYS: &[u8] = include_bytes!("../../../../testdata/green-button/hourly-nine-days.xml");
const ONE_YEAR: &[u8] = include_bytes!("../../../../testdata/green-button/hourly-one-year.xml");

fn only(feed: GreenButton) -> (LoadCurve, Vec<Finding>) {
    let [point]: [UsagePoint; 1] = feed.points.try_into().unwrap();
    point.assemble("P-1".parse().unwrap()).unwrap()
}

fn sample(bytes: &[u8]) -> (LoadCurve, Vec<Finding>) {
    let feed = read(bytes, &TimeZone::UTC).unwrap();
    assert_eq!(feed.remarks, []);
    only(feed)
}

fn sum(curve: &LoadCurve) -> Energy {
    let months = curve.totals(Step::Month);
    months
        .iter()
        .map(|month| month.energy(Channel::ActiveImport))
        .sum()
}

/// Number, sum and ends as another program (Python's `xml.etree`) reads them.
#[test]
fn nine_days_of_a_sample() {
    let (curve, findings) = sample(NINE_DAYS);
    assert_eq!((curve.len(), curve.resolution()), (216, Resolution::HOUR));
    assert_eq!(sum(&curve).milli(), 199_563 * 1_000);
    assert_eq!(curve.at(0).to_string(), "2014-01-01T05:00:00Z");
    assert_eq!(findings, []);
    let days = curve.totals(Step::Day);
    assert_eq!(
        (days.len(), days[0].date),
        (9, date(2014, 1, 1)),
        "in the feed's time zone"
    );
}

#[test]
fn a_year_of_a_sample() {
    let (curve, findings) = sample(ONE_YEAR);
    assert_eq!(curve.len(), 8_760);
    assert_eq!(sum(&curve).milli(), 4_425_305 * 1_000);
    let odd: Vec<_> = findings
        .iter()
        .map(|finding| match &finding.kind {
            wattkey_domain::usage::FindingKind::DaylightSaving { day, intervals } => {
                (*day, *intervals)
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(odd, [(date(2011, 3, 13), 23), (date(2011, 11, 6), 25)]);
    let months = curve.totals(Step::Month);
    assert_eq!(months.len(), 12);
    assert_eq!(
        months[10].energy(Channel::ActiveImport).milli(),
        353_504 * 1_000
    );
    for month in &months {
        assert!(
            month.coverage(Channel::ActiveImport).unwrap().is_whole(),
            "{}",
            month.date
        );
    }
}

fn again(curves: &[&LoadCurve]) -> Vec<LoadCurve> {
    let updated: Timestamp = "2026-11-22T08:00:00Z".parse().unwrap();
    let bytes = write(curves, updated).unwrap();
    assert_eq!(
        bytes,
        write(curves, updated).unwrap(),
        "the same bytes each time"
    );
    let feed = read(&bytes, &TimeZone::UTC).unwrap();
    assert_eq!(feed.remarks, []);
    let assembled = |point: UsagePoint| {
        let id = point.named().unwrap();
        point.assemble(id).unwrap().0
    };
    feed.points.into_iter().map(assembled).collect()
}

/// The same values at the same instants, and days that begin at the same instants.
fn same(one: &LoadCurve, other: &LoadCurve) {
    assert_eq!(one.point(), other.point());
    assert_eq!(
        (one.len(), one.resolution()),
        (other.len(), other.resolution())
    );
    assert!(one.channels().eq(other.channels()));
    for index in 0..one.len() {
        assert_eq!(one.at(index), other.at(index));
        for channel in Channel::ALL {
            assert_eq!(
                one.value(channel, index),
                other.value(channel, index),
                "{channel} {index}"
            );
        }
    }
    assert_eq!(one.totals(Step::Day), other.totals(Step::Day));
}

#[test]
fn samples_come_back_as_they_went() {
    for bytes in [NINE_DAYS, ONE_YEAR] {
        let (curve, _) = sample(bytes);
        same(&again(&[&curve])[0], &curve);
    }
}

#[test]
fn channels_marks_and_zones_come_back() {
    let start: Timestamp = "2026-03-27T00:00:00Z".parse().unwrap();
    let intervals = |step: i64| -> Vec<Interval> {
        let one = |n: i64| Interval {
            start: start + jiff::SignedDuration::from_mins(15 * n),
            seconds: 900,
            energy: Energy::from_milli(n * step),
            mark: Mark::ALL[usize::from(n % 7 == 3) + 2 * usize::from(n % 50 == 20)],
        };
        // A hole in the middle.
        (0..1_000)
            .filter(|n| !(300..310).contains(n))
            .map(one)
            .collect()
    };
    let zones = [
        "Asia/Shanghai",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "America/Sao_Paulo",
    ];
    let curves: Vec<_> = zones
        .iter()
        .enumerate()
        .map(|(place, zone)| {
            let channels = vec![
                (Channel::ActiveImport, intervals(1_000_000)),
                (Channel::ActiveExport, intervals(1)),
                (Channel::ReactiveImport, intervals(1_000)),
                (Channel::ReactiveExport, intervals(37)),
            ];
            let point = format!("P-{place}").parse().unwrap();
            let zone = TimeZone::get(zone).unwrap();
            assemble(point, zone, Resolution::QUARTER, channels)
                .unwrap()
                .0
        })
        .collect();
    let read = again(&curves.iter().collect::<Vec<_>>());
    assert_eq!(read.len(), curves.len());
    for (read, curve) in read.iter().zip(&curves) {
        same(read, curve);
    }
}

#[test]
fn rules_of_local_time() {
    let table = [
        ("Asia/Shanghai", 28_800, 0, u32::MAX, u32::MAX),
        ("America/New_York", -18_000, 3_600, 0x360E_2000, 0xB40E_2000),
        // At 02:00 and 03:00 on the last Sunday of March and of October.
        ("Europe/Berlin", 3_600, 3_600, 0x3E0E_2000, 0xAE0E_3000),
        // Half an hour, from the first Sunday of October to the first of April.
        (
            "Australia/Lord_Howe",
            37_800,
            1_800,
            0xA40E_2000,
            0x440E_2000,
        ),
    ];
    let at: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
    for (name, offset_seconds, dst_seconds, dst_start, dst_end) in table {
        let zone = TimeZone::get(name).unwrap();
        let rule = TimeRule {
            offset_seconds,
            dst_seconds,
            dst_start,
            dst_end,
        };
        assert_eq!(TimeRule::of(&zone, at), Ok(rule), "{name}");
        let back = rule.zone().unwrap();
        for hours in 0..2 * 366 * 24 {
            let at = at + jiff::SignedDuration::from_hours(hours);
            assert_eq!(back.to_offset(at), zone.to_offset(at), "{name} {at}");
        }
    }
    // Morocco goes by the moon.
    let zone = TimeZone::get("Africa/Casablanca").unwrap();
    assert_eq!(TimeRule::of(&zone, at), Err(RuleError::Zone(2026)));
}

#[test]
fn every_operator_of_a_rule() {
    let rule = |dst_start| TimeRule {
        offset_seconds: 0,
        dst_seconds: 3_600,
        dst_start,
        dst_end: 0xB40E_2000,
    };
    let begins = |dst_start: u32| {
        let zone = rule(dst_start).zone().unwrap();
        let year: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        zone.following(year).next().unwrap().timestamp().to_string()
    };
    let fields = |month: u32, operator: u32, day: u32, weekday: u32| {
        month << 28 | operator << 25 | day << 20 | weekday << 17 | 2 << 12
    };
    for (rule, wanted) in [
        (fields(4, 0, 15, 0), "2026-04-15T02:00:00Z"),
        (fields(3, 1, 8, 7), "2026-03-08T02:00:00Z"),
        (fields(3, 1, 25, 7), "2026-03-29T02:00:00Z"),
        (fields(3, 2, 0, 7), "2026-03-01T02:00:00Z"),
        (fields(3, 5, 0, 1), "2026-03-23T02:00:00Z"),
        (fields(3, 7, 0, 7), "2026-03-29T02:00:00Z"),
    ] {
        assert_eq!(begins(rule), wanted, "{rule:08X}");
    }
    for refused in [
        fields(3, 6, 0, 7),
        fields(3, 1, 9, 7),
        fields(13, 2, 0, 7),
        fields(3, 2, 0, 0),
        fields(2, 0, 31, 0),
        0,
    ] {
        assert_eq!(
            rule(refused).zone(),
            Err(RuleError::Rule(refused)),
            "{refused:08X}"
        );
    }
    let far = TimeRule {
        offset_seconds: i32::MIN,
        ..rule(u32::MAX)
    };
    assert_eq!(far.zone(), Err(RuleError::Offset(i32::MIN)));
}

/// A feed with one block; `kind` is what stands in the reading type, `readings` in the block.
fn feed(kind: &str, readings: &str) -> String {
    let entry = |href: &str, up: &str, related: &str, content: &str| {
        format!(
            "<entry><link rel=\"self\" href=\"{href}\"/><link rel=\"up\" href=\"{up}\"/>\
             <link rel=\"related\" href=\"{related}\"/><content>{content}</content></entry>"
        )
    };
    let parts = [
        entry(
            "/U/1",
            "/U",
            "/U/1/M",
            "<e:UsagePoint><e:ServiceCategory><e:kind>0</e:kind></e:ServiceCategory></e:UsagePoint>",
        ),
        entry("/U/1/M/1", "/U/1/M", "/T/1", "<e:MeterReading/>"),
        entry(
            "/T/1",
            "/T",
            "",
            &format!("<e:ReadingType>{kind}</e:ReadingType>"),
        ),
        entry(
            "/U/1/M/1/B/1",
            "/U/1/M/1/B",
            "",
            &format!(
                "<e:IntervalBlock><e:interval><e:duration>3600</e:duration><e:start>1388552400</e:start></e:interval>{readings}</e:IntervalBlock>"
            ),
        ),
    ];
    format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\" xmlns:e=\"http://naesb.org/espi\">{}</feed>",
        parts.concat()
    )
}

/// An `IntervalReading` so many quarter-hours after the block's beginning.
fn reading(quarter: i64, value: &str) -> String {
    let start = 1_388_552_400 + 900 * quarter;
    format!(
        "<e:IntervalReading><e:timePeriod><e:duration>900</e:duration><e:start>{start}</e:start></e:timePeriod>\
         <e:value>{value}</e:value></e:IntervalReading>"
    )
}

fn code(name: &str, value: impl std::fmt::Display) -> String {
    format!("<e:{name}>{value}</e:{name}>")
}

fn kind(uom: i32, direction: i32, accumulation: i32, power: i32) -> String {
    [
        code("accumulationBehaviour", accumulation),
        code("flowDirection", direction),
        code("intervalLength", 900),
        code("powerOfTenMultiplier", power),
        code("uom", uom),
    ]
    .concat()
}

#[test]
fn units_and_directions() {
    use Channel::{ActiveExport, ActiveImport, ReactiveExport, ReactiveImport};
    let table = [
        // uom, direction, power of ten, channel, thousandths
        (72, 1, 0, ActiveImport, 5_000),
        (72, 19, 3, ActiveExport, 5_000_000),
        (72, 8, -3, ActiveImport, 5),
        (73, 1, 6, ReactiveImport, 5_000_000_000),
        (73, 2, 0, ReactiveImport, 5_000),
        (73, 13, 0, ReactiveExport, 5_000),
        (73, 19, 0, ReactiveExport, 5_000),
    ];
    for (uom, direction, power, channel, milli) in table {
        let text = feed(&kind(uom, direction, 4, power), &reading(0, "5"));
        let (curve, _) = only(super::read(text.as_bytes(), &TimeZone::UTC).unwrap());
        assert!(curve.channels().eq([channel]), "{uom} {direction}");
        assert_eq!(
            curve.value(channel, 0).energy.milli(),
            milli,
            "{uom} {direction} {power}"
        );
    }
    let passed = [
        (38, 1, 4, RemarkKind::Unit),
        (72, 20, 4, RemarkKind::Direction),
        (72, 1, 12, RemarkKind::Accumulation),
    ];
    for (uom, direction, accumulation, what) in passed {
        let text = feed(&kind(uom, direction, accumulation, 0), &reading(0, "5"));
        assert_eq!(nothing(&text), [what]);
    }
    let gas = feed(
        &(code("commodity", 7) + &kind(72, 1, 4, 0)),
        &reading(0, "5"),
    );
    assert_eq!(nothing(&gas), [RemarkKind::Commodity]);
}

/// Why a feed has nothing.
fn nothing(text: &str) -> Vec<RemarkKind> {
    match super::read(text.as_bytes(), &TimeZone::UTC) {
        Err(ReadError::Nothing { remarks }) => {
            remarks.into_iter().map(|remark| remark.what).collect()
        }
        other => panic!("{other:?}"),
    }
}

fn read_kind(kind: &str, readings: &str) -> (GreenButton, Vec<&'static str>) {
    let feed = super::read(feed(kind, readings).as_bytes(), &TimeZone::UTC).unwrap();
    let remarks = feed
        .remarks
        .iter()
        .map(|remark| remark.what.as_str())
        .collect();
    (feed, remarks)
}

#[test]
fn a_net_flow_is_taken_apart() {
    let readings = [reading(0, "5"), reading(1, "-7")].concat();
    let (feed, remarks) = read_kind(&kind(72, 4, 4, 0), &readings);
    assert_eq!(remarks, ["net", "assumed-zone"]);
    let (curve, _) = only(feed);
    let values = |channel| [0, 1].map(|index| curve.value(channel, index).energy.milli());
    assert_eq!(values(Channel::ActiveImport), [5_000, 0]);
    assert_eq!(values(Channel::ActiveExport), [0, 7_000]);
}

#[test]
fn a_register_that_runs_on() {
    let readings = [
        reading(0, "100"),
        reading(1, "105"),
        reading(2, "103"),
        reading(3, "110"),
    ]
    .concat();
    let (feed, _) = read_kind(&kind(72, 1, 3, 0), &readings);
    let (curve, findings) = only(feed);
    // What it showed at the end of the first interval begins the second.
    assert_eq!(curve.at(0).as_second(), 1_388_552_400 + 900);
    let values = [0, 1, 2].map(|index| curve.value(Channel::ActiveImport, index));
    assert_eq!(values.map(|value| value.energy.milli()), [5_000, 0, 7_000]);
    assert_eq!(values[1].mark, Mark::Missing);
    let kinds: Vec<_> = findings
        .iter()
        .map(|finding| finding.kind.as_str())
        .collect();
    assert_eq!(kinds, ["gap", "backwards"]);
}

#[test]
fn readings_know_better_how_long_they_are() {
    let hourly = kind(72, 1, 4, 0).replace("900", "3600");
    let (curve, findings) =
        only(read_kind(&hourly, &[reading(0, "5"), reading(1, "6")].concat()).0);
    assert_eq!(
        (curve.resolution(), curve.len(), findings.len()),
        (Resolution::QUARTER, 2, 0)
    );
}

#[test]
fn readings_without_times_follow_the_block() {
    let bare = "<e:IntervalReading><e:value>5</e:value></e:IntervalReading>".repeat(4);
    let (feed, _) = read_kind(&kind(72, 1, 4, 0), &bare);
    let (curve, findings) = only(feed);
    assert_eq!((curve.len(), findings.len()), (4, 0));
    assert_eq!(curve.at(0).as_second(), 1_388_552_400);
}

#[test]
fn qualities_and_doubts() {
    for (quality, mark) in [
        (0, Mark::Measured),
        (8, Mark::Estimated),
        (10, Mark::Suspect),
        (14, Mark::Measured),
    ] {
        let told = code("ReadingQuality", code("quality", quality));
        let text =
            reading(0, "5").replace("<e:IntervalReading>", &format!("<e:IntervalReading>{told}"));
        let (curve, _) = only(read_kind(&kind(72, 1, 4, 0), &text).0);
        assert_eq!(
            curve.value(Channel::ActiveImport, 0).mark,
            mark,
            "{quality}"
        );
        let default = kind(72, 1, 4, 0) + &code("defaultQuality", quality);
        let (curve, _) = only(read_kind(&default, &reading(0, "5")).0);
        assert_eq!(
            curve.value(Channel::ActiveImport, 0).mark,
            mark,
            "{quality}"
        );
    }
    let (feed, remarks) = read_kind(
        &kind(72, 1, 4, -6),
        &[reading(0, "5000"), reading(1, "5001")].concat(),
    );
    assert_eq!(remarks, ["too-fine", "assumed-zone"]);
    assert_eq!(only(feed).0.len(), 1);
}

#[test]
fn what_could_be_an_attack_is_refused() {
    let inside =
        |inner: &str| format!("<feed xmlns=\"http://www.w3.org/2005/Atom\">{inner}</feed>");
    let attributes: String = (0..20).map(|n| format!(" a{n}=\"\"")).collect();
    for text in [
        inside(&("<entry>".to_owned() + &"<x>".repeat(100) + &"</x>".repeat(100) + "</entry>")),
        inside(&format!("<entry>{}</entry>", "<title/>".repeat(20_001))),
        inside(&"<entry/>".repeat(20_001)),
        inside(&format!(
            "<entry><title>{}</title></entry>",
            "x".repeat(5_000)
        )),
        inside(&format!("<entry><link{attributes}/></entry>")),
        inside(&format!(
            "<entry><link href=\"{}\"/></entry>",
            "x".repeat(513)
        )),
    ] {
        let refused = super::read(text.as_bytes(), &TimeZone::UTC).unwrap_err();
        assert!(matches!(refused, ReadError::Bound { .. }), "{refused}");
    }
    for text in [
        "<!DOCTYPE feed [<!ENTITY a \"b\">]><feed xmlns=\"http://www.w3.org/2005/Atom\"/>"
            .to_owned(),
        inside("<entry><title>&a;</title></entry>"),
    ] {
        let refused = super::read(text.as_bytes(), &TimeZone::UTC).unwrap_err();
        assert!(matches!(refused, ReadError::Entity { .. }), "{refused}");
    }
}

#[test]
fn what_is_no_feed_is_refused() {
    for (text, words) in [
        ("", "should be one Atom"),
        ("<feed/>", "should be one Atom"),
        (
            "<html xmlns=\"http://www.w3.org/2005/Atom\"/>",
            "should be one Atom",
        ),
        (
            "<feed xmlns=\"http://www.w3.org/2005/Atom\">",
            "should be one Atom",
        ),
        (
            "<feed xmlns=\"http://www.w3.org/2005/Atom\"/>x",
            "should be one Atom",
        ),
        (
            "<feed xmlns=\"http://www.w3.org/2005/Atom\"/><feed xmlns=\"http://www.w3.org/2005/Atom\"/>",
            "should be one Atom",
        ),
        (
            "<feed xmlns=\"http://www.w3.org/2005/Atom\"/>",
            "no intervals",
        ),
        (
            "<feed xmlns=\"http://www.w3.org/2005/Atom\"></entry>",
            "near byte",
        ),
        (
            "<?xml version=\"1.0\" encoding=\"latin1\"?><feed xmlns=\"http://www.w3.org/2005/Atom\"/>",
            "UTF-8",
        ),
    ] {
        let refused = super::read(text.as_bytes(), &TimeZone::UTC).unwrap_err();
        assert!(refused.to_string().contains(words), "{text}: {refused}");
    }
    for (kind, readings, words) in [
        (
            kind(72, 1, 4, 13),
            reading(0, "5"),
            "`powerOfTenMultiplier` may not be `13`",
        ),
        (
            kind(72, 1, 4, 0),
            reading(0, "5.5"),
            "`value` may not be `5.5`",
        ),
        (
            kind(72, 1, 4, 0).replace("900", "0"),
            "<e:IntervalReading/>".to_owned(),
            "`timePeriod` has no `duration`",
        ),
    ] {
        let refused = super::read(feed(&kind, &readings).as_bytes(), &TimeZone::UTC).unwrap_err();
        assert!(refused.to_string().contains(words), "{refused}");
    }
}
