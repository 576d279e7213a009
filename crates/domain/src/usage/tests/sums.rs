//! Maximum demand and power factor.

use super::*;

#[test]
fn the_highest_quarter_hour() {
    let mut intervals = quarters("2026-08-01T00:00:00Z", 96, "10");
    intervals[40].energy = kwh("25");
    intervals[50].energy = kwh("25");
    intervals[60].energy = kwh("30");
    intervals[60].mark = Mark::Suspect;
    let (curve, _) = curve("UTC", intervals);
    let maximum = curve.maximum_demand(date("2026-08-01"), date("2026-08-02"));
    let highest = maximum.highest.unwrap();
    assert_eq!(
        (highest.power.kw(), highest.at),
        (100.into(), at("2026-08-01T10:00:00Z"))
    );
    assert_eq!(maximum.suspect.unwrap().power.kw(), 120.into());
    assert_eq!((maximum.window_seconds, maximum.missing), (900, 0));
    let none = curve.maximum_demand(date("2026-08-02"), date("2026-08-03"));
    assert_eq!(none.highest, None);
}

/// Windows are fixed: two halves of two of them make none. Finer values are summed to a window.
#[test]
fn windows_do_not_slide() {
    let start = at("2026-08-01T00:00:00Z");
    let place = |n: i64| start + jiff::SignedDuration::from_mins(5 * n);
    let energies = ["1", "1", "9", "9", "1", "1", "2"];
    let intervals = energies
        .iter()
        .zip(0..)
        .map(|(energy, n)| interval(place(n), 300, energy));
    let channels = vec![(Channel::ActiveImport, intervals.collect())];
    let five = Resolution::from_seconds(300).unwrap();
    let (curve, _) = assemble("P-1".parse().unwrap(), zone("UTC"), five, channels).unwrap();
    let maximum = curve.maximum_demand(date("2026-08-01"), date("2026-08-02"));
    assert_eq!(maximum.highest.unwrap().power.kw(), 44.into());
    assert_eq!(
        maximum.missing, 1,
        "the last window has one of its three values"
    );
}

#[test]
fn the_power_factor_counts_both_directions() {
    let reactive = |energy: &str| quarters("2026-08-01T00:00:00Z", 96, energy);
    let channels = vec![
        (
            Channel::ActiveImport,
            quarters("2026-08-01T00:00:00Z", 96, "100"),
        ),
        (Channel::ReactiveImport, reactive("60")),
        (Channel::ReactiveExport, reactive("15")),
    ];
    let (curve, _) = assemble(
        "P-1".parse().unwrap(),
        zone("UTC"),
        Resolution::QUARTER,
        channels,
    )
    .unwrap();
    let day = &curve.totals(Step::Day)[0];
    assert_eq!(day.power_factor().unwrap().to_string(), "0.80");
    let (active_only, _) = super::curve("UTC", quarters("2026-08-01T00:00:00Z", 4, "1"));
    assert_eq!(active_only.totals(Step::Day)[0].power_factor(), None);
}
