//! A year of quarter-hours of fifty metering points, to months by period: how long that takes.
//!
//! `cargo run --release -p wattkey-sample --example aggregate`

#![expect(clippy::print_stdout, reason = "a program for a person")]

use std::time::Instant;

use jiff::civil::date;
use wattkey_domain::usage::{Energy, LoadCurve, PeriodMap, Step};
use wattkey_sample::{Kind, curve, periods, sites};

/// How often; the best is told with the worst.
const ROUNDS: usize = 7;

fn main() {
    let halls = sites()
        .into_iter()
        .filter(|site| site.kind == Kind::DataCentre);
    let curves: Vec<LoadCurve> = halls
        .map(|site| curve(&site, 2026, date(2025, 1, 1), date(2026, 1, 1)))
        .collect();
    let schedule = periods();
    let values: usize = curves.iter().map(LoadCurve::len).sum();
    println!(
        "{} metering points, {values} quarter-hours of active energy",
        curves.len()
    );
    let times = |work: &dyn Fn() -> Energy| {
        let mut times: Vec<_> = (0..ROUNDS)
            .map(|_| {
                let start = Instant::now();
                let energy = work();
                (start.elapsed(), energy)
            })
            .collect();
        times.sort_unstable();
        let (best, energy) = times[0];
        let (worst, _) = times[ROUNDS - 1];
        format!(
            "{best:.2?} to {worst:.2?}, {} GWh",
            energy.milli() / 1_000_000_000_000
        )
    };
    let by_period = || {
        // The map is made anew each time: it is a part of the query.
        let map = PeriodMap::new(&schedule, &curves[0]);
        let months = curves.iter().flat_map(|curve| curve.by_period(&map));
        months.map(|month| month.total()).sum()
    };
    println!("months by period: {}", times(&by_period));
    for (name, step) in [
        ("months", Step::Month),
        ("days", Step::Day),
        ("hours", Step::Hour),
    ] {
        let sums = || {
            let totals = curves.iter().flat_map(|curve| curve.totals(step));
            let active = wattkey_domain::usage::Channel::ActiveImport;
            totals.map(|total| total.energy(active)).sum()
        };
        println!("{name}, three channels with coverage: {}", times(&sums));
    }
}
