//! The highest quarter-hour of each day and month of the sample, found as forecasts find it and value by
//! value.

use jiff::civil::{Date, date};
use wattkey_domain::usage::{Channel, LoadCurve, Mark, MaximumDemand, Power, Step};
use wattkey_sample::{curve, sites};

const SEED: u64 = 2026;
const FROM: Date = date(2026, 1, 1);
const TO: Date = date(2026, 4, 1);

/// From the quarter-hours that begin between two times.
fn value_by_value(curve: &LoadCurve, from: i64, to: i64) -> (Option<(Power, i64)>, u32) {
    let (mut highest, mut missing) = (None, 0);
    for index in 0..curve.len() {
        let at = curve.at(index).as_second();
        if !(from..to).contains(&at) {
            continue;
        }
        let value = curve.value(Channel::ActiveImport, index);
        let power = Power::mean(value.energy, 900);
        if value.mark == Mark::Missing {
            missing += 1;
        } else if highest.is_none_or(|(before, _)| power > before) {
            highest = Some((power, at));
        }
    }
    (highest, missing)
}

fn told(maximum: MaximumDemand) -> (Option<(Power, i64)>, u32) {
    assert_eq!((maximum.suspect, maximum.window_seconds), (None, 900));
    let highest = maximum.highest;
    let highest = highest.map(|demand| (demand.power, demand.at.as_second()));
    (highest, maximum.missing)
}

#[test]
fn the_highest_quarter_hour_is_found_whichever_way() {
    for site in sites().into_iter().take(6) {
        let curve = curve(&site, SEED, FROM, TO);
        assert!(!curve.is_empty());
        for total in curve.totals(Step::Day) {
            let (from, to) = (total.from.as_second(), total.to.as_second());
            let wanted = value_by_value(&curve, from, to);
            assert_eq!(
                told(curve.maximum_demand_of(&total)),
                wanted,
                "{}",
                total.date
            );
        }
        for total in curve.totals(Step::Month) {
            let (from, to) = (total.from.as_second(), total.to.as_second());
            let after = total.date.last_of_month().tomorrow().unwrap();
            let wanted = value_by_value(&curve, from, to);
            assert_eq!(told(curve.maximum_demand(total.date, after)), wanted);
        }
    }
}
