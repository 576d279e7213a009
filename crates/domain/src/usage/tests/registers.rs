//! Registers that roll over, meters that are exchanged.

use rust_decimal::Decimal;

use super::*;

fn meter(number: &str, multiplier: &str, digits: u32) -> MeterData {
    MeterData {
        meter: number.to_owned(),
        multiplier: multiplier.parse().unwrap(),
        digits,
    }
}

fn showing(meter: MeterData, readings: &[(&str, &str)]) -> Showing {
    let read = |(time, value): &(&str, &str)| RegisterReading {
        at: at(&format!("2026-08-01T{time}:00Z")),
        value: value.parse().unwrap(),
        mark: Mark::Measured,
    };
    Showing {
        meter,
        readings: readings.iter().map(read).collect(),
    }
}

fn registers(showings: &[Showing]) -> (Vec<(String, String)>, Vec<Finding>) {
    let (intervals, findings) = from_registers(Channel::ActiveImport, 900, showings);
    let shown = intervals.iter().map(|interval| {
        (
            interval.start.strftime("%H:%M").to_string(),
            interval.energy.to_string(),
        )
    });
    (shown.collect(), findings)
}

fn texts(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
    pairs.iter().map(own).collect()
}

#[test]
fn a_register_that_rolled_over() {
    let readings = [("00:00", "9999.5"), ("00:15", "0.25"), ("00:30", "1")];
    let (values, findings) = registers(&[showing(meter("M-1", "100", 4), &readings)]);
    assert_eq!(values, texts(&[("00:00", "75"), ("00:15", "75")]));
    assert_eq!(kinds(&findings), [("rolled-over", 1)]);
    // Without known digits, or from below half of the range, nothing explains it.
    for (digits, before) in [(0, "9999.5"), (4, "5000"), (3, "9999.5")] {
        let readings = [("00:00", before), ("00:15", "0.25")];
        let (values, findings) = registers(&[showing(meter("M-1", "100", digits), &readings)]);
        assert_eq!(values, []);
        assert_eq!(kinds(&findings), [("backwards", 1)], "{digits} {before}");
    }
}

#[test]
fn a_register_that_was_not_read_in_between() {
    let readings = [
        ("00:00", "10"),
        ("00:15", "11"),
        ("01:00", "14"),
        ("01:15", "15"),
    ];
    let (values, findings) = registers(&[showing(meter("M-1", "1", 0), &readings)]);
    assert_eq!(values, texts(&[("00:00", "1"), ("01:00", "1")]));
    let kind = FindingKind::KnownTotal { energy: kwh("3") };
    assert_eq!(findings[0].kind, kind);
}

#[test]
fn a_meter_that_was_exchanged() {
    let old = showing(
        meter("M-1", "100", 4),
        &[("00:00", "500"), ("00:15", "501")],
    );
    let new = |first: &str| showing(meter("M-2", "200", 4), &[(first, "0"), ("00:45", "1")]);
    let (values, findings) = registers(&[old.clone(), new("00:15")]);
    assert_eq!(
        values,
        texts(&[("00:00", "100")]),
        "half an hour is no quarter-hour"
    );
    assert_eq!(
        kinds(&findings),
        [
            ("exchanged", 1),
            ("multiplier-changed", 1),
            ("known-total", 1)
        ]
    );
    let FindingKind::Exchanged { both_read, .. } = &findings[0].kind else {
        panic!("{findings:?}");
    };
    assert!(both_read);
    // Not read together: what flowed in between is not known.
    let (values, findings) = registers(&[old, new("00:30")]);
    assert_eq!(values, texts(&[("00:00", "100"), ("00:30", "200")]));
    let FindingKind::Exchanged { both_read, .. } = &findings[0].kind else {
        panic!("{findings:?}");
    };
    assert!(!both_read);
    assert_eq!(
        (findings[0].from, findings[0].to),
        (at("2026-08-01T00:15:00Z"), at("2026-08-01T00:30:00Z"))
    );
}

#[test]
fn another_multiplier_of_the_same_meter() {
    let before = showing(meter("M-1", "100", 4), &[("00:00", "1"), ("00:15", "2")]);
    let after = showing(meter("M-1", "150", 4), &[("00:15", "2"), ("00:30", "3")]);
    let (values, findings) = registers(&[before, after]);
    assert_eq!(values, texts(&[("00:00", "100"), ("00:15", "150")]));
    let kind = FindingKind::MultiplierChanged {
        old: Decimal::from(100),
        new: Decimal::from(150),
        read: true,
    };
    assert_eq!(findings[0].kind, kind);
    assert_eq!(findings.len(), 1);
    let fine = showing(
        meter("M-1", "0.0001", 4),
        &[("00:00", "1"), ("00:15", "1.001")],
    );
    assert_eq!(kinds(&registers(&[fine]).1), [("too-fine", 1)]);
}
