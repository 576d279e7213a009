//! The sample beside the figures of its README, and the forecast tried out on it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use jiff::civil::{Date, date};
use wattkey_domain::BillDocument;
use wattkey_domain::forecast::{
    DayUse, History, UnitPrice, deposit_lasts, expected_bill, forecast_month,
};
use wattkey_domain::tariff::{Metered, Tariff};
use wattkey_domain::usage::{Channel, Energy, LoadCurve, PeriodMap, Step};
use wattkey_domain::{Currency, Money};
use wattkey_sample::{Kind, Site, curve, months, periods, sites, tariff};

const SEED: u64 = 2026;
const FROM: Date = date(2025, 10, 1);
const TO: Date = date(2026, 12, 1);
const CUSTOMER: &str = "0b8f4a52-6a3e-4c8e-9d0e-3f1c5a7b9d11";

fn of(kind: Kind) -> (Site, LoadCurve) {
    let site = sites().into_iter().find(|site| site.kind == kind).unwrap();
    let curve = curve(&site, SEED, FROM, TO);
    (site, curve)
}

/// What the README speaks of, in thousandths.
#[derive(Debug)]
struct Figures {
    /// Mean over maximum demand, of the year and of its months: least and most.
    load_factor: i64,
    monthly: (i64, i64),
    /// Mean of 23 to 7 o'clock over mean of 9 to 17.
    night_to_day: i64,
    /// Power factor of the months in hundredths, least and most.
    factor: (u8, u8),
    /// The highest month over the mean one, by the day.
    highest_month: i64,
    /// Saturdays and Sundays over other days.
    weekend: i64,
}

fn figures(curve: &LoadCurve) -> Figures {
    let year = (date(2025, 12, 1), TO);
    let active = Channel::ActiveImport;
    let load_factor = |from: Date, to: Date| {
        let total = curve.between(from, to).unwrap();
        let hours = (total.to.as_second() - total.from.as_second()) / 3_600;
        let highest = curve
            .maximum_demand(from, to)
            .highest
            .unwrap()
            .power
            .milli();
        total.energy(active).milli() / hours * 1_000 / highest
    };
    let months: Vec<_> = curve.totals(Step::Month);
    let by_month = months
        .iter()
        .map(|month| load_factor(month.date, month.date.last_of_month().tomorrow().unwrap()));
    let by_month: Vec<i64> = by_month.collect();
    let factors = months
        .iter()
        .map(|month| month.power_factor().unwrap().hundredths());
    let factors: Vec<u8> = factors.collect();
    let (mut night, mut day) = (0, 0);
    for hour in curve.totals(Step::Hour) {
        let clock = hour.from.to_zoned(curve.zone().clone()).hour();
        match clock {
            23 | 0..=6 => night += hour.energy(active).milli(),
            9..=16 => day += hour.energy(active).milli(),
            _ => {}
        }
    }
    let daily = |energy: Energy, days: i64| energy.milli() / days;
    let highest = months
        .iter()
        .map(|month| daily(month.energy(active), i64::from(month.date.days_in_month())))
        .max()
        .unwrap();
    let whole = curve.between(year.0, year.1).unwrap();
    let (mut ends, mut others) = ((0, 0), (0, 0));
    for total in curve.totals(Step::Day) {
        let weekday = total.date.weekday().to_monday_one_offset();
        let place = if weekday > 5 { &mut ends } else { &mut others };
        *place = (place.0 + total.energy(active).milli(), place.1 + 1);
    }
    Figures {
        load_factor: load_factor(year.0, year.1),
        monthly: (
            *by_month.iter().min().unwrap(),
            *by_month.iter().max().unwrap(),
        ),
        night_to_day: night * 1_000 / day,
        factor: (
            *factors.iter().min().unwrap(),
            *factors.iter().max().unwrap(),
        ),
        highest_month: highest * 1_000 / daily(whole.energy(active), 365),
        weekend: (ends.0 / ends.1) * 1_000 / (others.0 / others.1),
    }
}

fn within(what: &str, value: i64, range: std::ops::RangeInclusive<i64>) {
    assert!(
        range.contains(&value),
        "{what} is {value}, not in {range:?}"
    );
}

#[test]
fn the_steelworks_is_like_one() {
    let figures = figures(&of(Kind::Steelworks).1);
    println!("steelworks {figures:?}");
    within("load factor", figures.load_factor, 450..=700);
    within("least monthly load factor", figures.monthly.0, 350..=700);
    within("night to day", figures.night_to_day, 1_000..=1_200);
    within("least power factor", i64::from(figures.factor.0), 90..=97);
    within("highest power factor", i64::from(figures.factor.1), 92..=98);
}

/// A furnace's quarter-hours swing by more than half of the demand, time and again.
#[test]
fn the_furnace_swings() {
    let (_, curve) = of(Kind::Steelworks);
    let highest = curve
        .maximum_demand(FROM, TO)
        .highest
        .unwrap()
        .power
        .milli()
        / 4;
    let energy = |index| curve.value(Channel::ActiveImport, index).energy.milli();
    let swings =
        (1..curve.len()).filter(|index| (energy(*index) - energy(index - 1)).abs() > highest / 3);
    let hours = i64::try_from(curve.len()).unwrap() / 4;
    let per_hundred_hours = i64::try_from(swings.count()).unwrap() * 100 / hours;
    println!("swings of over a third of the demand in 100 hours: {per_hundred_hours}");
    within("swings", per_hundred_hours, 60..=220);
}

#[test]
fn the_hospital_is_like_one() {
    let figures = figures(&of(Kind::Hospital).1);
    println!("hospital {figures:?}");
    within("load factor", figures.load_factor, 600..=700);
    within("highest month", figures.highest_month, 1_120..=1_240);
    within("night to day", figures.night_to_day, 550..=750);
    within("weekend", figures.weekend, 850..=960);
    within("least power factor", i64::from(figures.factor.0), 92..=96);
}

#[test]
fn the_data_centre_is_like_one() {
    let figures = figures(&of(Kind::DataCentre).1);
    println!("data centre {figures:?}");
    within("load factor", figures.load_factor, 800..=950);
    within("least monthly load factor", figures.monthly.0, 900..=990);
    within("night to day", figures.night_to_day, 930..=1_000);
    within("least power factor", i64::from(figures.factor.0), 97..=100);
}

#[test]
fn days_depend_on_seed_and_date_alone() {
    let site = &sites()[1];
    let long = curve(site, SEED, date(2026, 7, 1), date(2026, 8, 1));
    let short = curve(site, SEED, date(2026, 7, 10), date(2026, 7, 11));
    for index in 0..96 {
        let there = long.value(Channel::ActiveImport, 9 * 96 + index);
        assert_eq!(short.value(Channel::ActiveImport, index), there);
    }
    let other = curve(site, SEED + 1, date(2026, 7, 10), date(2026, 7, 11));
    assert_ne!(other, short);
    let accounts: std::collections::BTreeSet<_> =
        sites().into_iter().map(|site| site.account).collect();
    assert_eq!(accounts.len(), 52);
}

#[test]
fn three_years_of_bills_add_up() {
    let schedule = periods();
    for kind in [Kind::Steelworks, Kind::Hospital, Kind::DataCentre] {
        let site = sites().into_iter().find(|site| site.kind == kind).unwrap();
        let from = date(2023, 11, 1);
        let curve = curve(&site, SEED, from, date(2026, 11, 1));
        let bills = months(&site, CUSTOMER, &curve, &schedule, (from, 36)).unwrap();
        assert_eq!(bills.len(), 36);
        for month in &bills {
            let bill = BillDocument::parse(month.bill.as_bytes()).unwrap();
            let kwh: rust_decimal::Decimal = bill
                .lines
                .iter()
                .filter(|line| line.kind == wattkey_domain::LineKind::Energy)
                .filter_map(|line| line.quantity)
                .sum();
            let next = month.from.last_of_month().tomorrow().unwrap();
            let drawn = curve
                .between(month.from, next)
                .unwrap()
                .energy(Channel::ActiveImport)
                .kwh();
            // Four registers, each read to a tenthousandth of its multiplier at both ends.
            assert!(
                (kwh - drawn).abs() < 60.into(),
                "{kind:?} {}: {kwh} {drawn}",
                month.from
            );
        }
        let last = BillDocument::parse(bills[35].bill.as_bytes()).unwrap();
        println!("{} {}: {}", kind.as_str(), bills[35].from, last.total);
    }
}

/// The forecast on the 10th, 20th and last day of a month against what came, printed.
#[test]
fn the_forecast_holds_on_the_sample() {
    let schedule = periods();
    for (kind, most_percent) in [
        (Kind::Steelworks, 12),
        (Kind::Hospital, 10),
        (Kind::DataCentre, 4),
    ] {
        let (site, curve) = of(kind);
        let map = PeriodMap::new(&schedule, &curve);
        let tariff = Tariff::parse(tariff(kind).as_bytes()).unwrap();
        let bills = months(&site, CUSTOMER, &curve, &schedule, (date(2026, 10, 1), 2)).unwrap();
        let metered = Metered::parse(bills[0].metered.as_bytes()).unwrap();
        let came = BillDocument::parse(bills[1].bill.as_bytes())
            .unwrap()
            .total
            .minor();
        let all = History::of(&curve, &schedule, &map, TO);
        for day in [10, 20, 30] {
            let as_of = date(2026, 11, day);
            let history = History::of(&curve, &schedule, &map, as_of);
            let forecast = forecast_month(&history, as_of).unwrap();
            let (low, high) = forecast.errors_ppm().unwrap();
            let tries: Vec<_> = forecast
                .tries
                .iter()
                .map(|one| one.error_ppm / 1_000)
                .collect();
            let bill = expected_bill(
                std::slice::from_ref(&tariff),
                &metered,
                &[(site.point.clone(), forecast.clone())],
            )
            .unwrap();
            let expected = bill.expected.total.minor();
            let off = (expected - came) * 1_000 / came;
            println!(
                "{} on {as_of}: expected {}, came {came} fen, off by {off} thousandths; range {:?} to {:?}; \
                 rest of the month tried on six months, off by thousandths: {tries:?}",
                kind.as_str(),
                bill.expected.total,
                bill.low,
                bill.high
            );
            assert_eq!(forecast.tries.len(), 6);
            assert!(off.abs() <= most_percent * 10, "{kind:?} {as_of}: {off}");
            // The rest of a month is never far off; a single day of a furnace may be.
            if day < 30 {
                assert!(
                    low.abs().max(high) < 250_000,
                    "{kind:?} {as_of}: {low} {high}"
                );
            }
        }
        // A deposit of half a month lasts about half a month.
        let total = Money::new(came, Currency::CNY).unwrap();
        let november = all.between(date(2026, 11, 1), TO).iter();
        let price = UnitPrice {
            total,
            energy: november.map(DayUse::energy).sum(),
        };
        let deposit = Money::new(came / 2, Currency::CNY).unwrap();
        let days = (TO, TO);
        let outlook = deposit_lasts(deposit, price, &all, days, None)
            .unwrap()
            .unwrap();
        println!(
            "{}: a deposit of {deposit} lasts {:?}",
            kind.as_str(),
            outlook.expected
        );
        let wattkey_domain::forecast::Lasts::Until { days, .. } = outlook.expected else {
            panic!("{outlook:?}");
        };
        within("days of the deposit", days.into(), 12..=19);
    }
}

/// On the 10th and 20th of seventeen months: how often the rest came within the range, and within
/// the worst tries alone.
#[test]
fn six_in_seven_months_come_within_their_range() {
    let schedule = periods();
    let (mut held, mut within_tries, mut all) = (0, 0, 0);
    for kind in [Kind::Steelworks, Kind::Hospital, Kind::DataCentre] {
        let site = sites().into_iter().find(|site| site.kind == kind).unwrap();
        let curve = curve(&site, SEED, date(2023, 12, 1), TO);
        let map = PeriodMap::new(&schedule, &curve);
        let history = History::of(&curve, &schedule, &map, TO);
        let mut month = date(2025, 7, 1);
        while month < TO {
            let next = month.last_of_month().tomorrow().unwrap();
            for day in [10, 20] {
                let as_of = date(month.year(), month.month(), day);
                let known = history.between(Date::MIN, as_of).to_vec();
                let known =
                    History::from_days(history.periods().to_vec(), known, Default::default());
                let forecast = forecast_month(&known, as_of).unwrap();
                let expected: wattkey_domain::usage::Energy = forecast.rest.iter().copied().sum();
                let came = history.between(as_of, next).iter();
                let came: wattkey_domain::usage::Energy = came.map(DayUse::energy).sum();
                let error = (came - expected).milli() * 1_000 / (expected.milli() / 1_000);
                let inside = |(low, high): (i64, i64)| u32::from((low..=high).contains(&error));
                held += inside(forecast.range_ppm().unwrap());
                within_tries += inside(forecast.errors_ppm().unwrap());
                all += 1;
            }
            month = next;
        }
    }
    println!("of {all}: {held} within the range, {within_tries} within the worst tries");
    assert!(held * 100 >= all * 85, "{held} of {all}");
    assert!(within_tries < held);
}
