use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use rust_decimal::Decimal;

use super::*;
use crate::tariff::{BasicCharge, Metered, PowerFactorRule, Tariff};
use crate::usage::{Energy, Power};
use crate::{Currency, Money};

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn kwh(kwh: i64) -> Energy {
    Energy::from_milli(kwh * 1_000_000)
}

/// Weekdays bring 1,000 kWh and weekends 600, of which three quarters by day; in `month` of any
/// year it is `percent` of that. Reactive energy is half of the active one; the demand is a tenth
/// of the day's energy, in kW.
fn history(from: &str, to: &str, month: i8, percent: i64) -> History {
    let mut days = Vec::new();
    let mut day = date(from);
    while day < date(to) {
        let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        let base = if weekend { 600 } else { 1_000 };
        let energy = if day.month() == month {
            base * percent / 100
        } else {
            base
        };
        days.push(DayUse {
            date: day,
            periods: vec![kwh(energy * 3 / 4), kwh(energy / 4)],
            reactive: kwh(energy / 2),
            demand: Some(Power::from_milli(energy * 100_000)),
            whole: true,
        });
        day = day.checked_add(1.day()).unwrap();
    }
    History::from_days(
        vec!["day".to_owned(), "night".to_owned()],
        days,
        BTreeSet::new(),
    )
}

/// Nothing but the pattern: the forecast is exact, and so says the back-test.
#[test]
fn a_steady_customer_is_forecast_exactly() {
    let history = history("2025-08-01", "2026-09-11", 0, 100);
    let forecast = forecast_month(&history, date("2026-09-11")).unwrap();
    assert_eq!(
        (forecast.from, forecast.to),
        (date("2026-09-01"), date("2026-10-01"))
    );
    // September 2026 has 22 weekdays and 8 days of the weekend.
    assert_eq!(forecast.energy(), kwh(22 * 1_000 + 8 * 600));
    assert_eq!(
        forecast.known.iter().copied().sum::<Energy>(),
        kwh(8 * 1_000 + 2 * 600)
    );
    assert_eq!(forecast.tries.len(), TRIES);
    assert!(
        forecast.tries.iter().all(|one| one.error_ppm == 0),
        "{:?}",
        forecast.tries
    );
    assert_eq!(forecast.errors_ppm(), Some((0, 0)));
    let day = &forecast.days[1];
    assert_eq!(
        (day.date, day.like, day.days),
        (date("2026-09-12"), Weekday::Saturday, 4)
    );
    assert_eq!((day.mean, day.season_ppm), (kwh(600), Some(1_000_000)));
}

#[test]
fn a_holiday_goes_by_sundays() {
    let history = history("2025-08-01", "2026-09-11", 0, 100).with_holidays([date("2026-09-25")]);
    let forecast = forecast_month(&history, date("2026-09-11")).unwrap();
    assert_eq!(forecast.energy(), kwh(21 * 1_000 + 9 * 600));
    let day = forecast
        .days
        .iter()
        .find(|day| day.date == date("2026-09-25"))
        .unwrap();
    assert_eq!((day.like, day.energy), (Weekday::Sunday, kwh(600)));
}

/// July was double a year ago, so it is expected to be far above June now.
#[test]
fn the_season_of_a_year_ago_counts() {
    let history = history("2025-05-01", "2026-07-01", 7, 200);
    let known = forecast_month(&history, date("2026-07-01")).unwrap();
    let flat = history
        .between(date("2025-09-01"), date("2026-07-01"))
        .to_vec();
    let flat = History::from_days(history.periods().to_vec(), flat, BTreeSet::new());
    let unknown = forecast_month(&flat, date("2026-07-01")).unwrap();
    assert_eq!(unknown.energy(), kwh(23 * 1_000 + 8 * 600));
    assert_eq!(unknown.days[0].season_ppm, None);
    // In the middle of the month the days around it are all doubled; of the four weeks before it a
    // year ago one day was, 1 July 2025: twice 24,800 over 25,800.
    let middle = known
        .days
        .iter()
        .find(|day| day.date == date("2026-07-15"))
        .unwrap();
    assert_eq!(middle.season_ppm, Some(1_922_480));
    assert_eq!(middle.energy, Energy::from_milli(1_922_480_000));
    assert!(known.energy() > kwh(45_000), "{:?}", known.energy());
}

/// In August 2026 the customer draws a tenth more than the pattern says: the back-test shows it.
#[test]
fn the_back_test_says_how_wrong_it_was() {
    let history = history("2025-09-01", "2026-09-11", 8, 110);
    let tries = back_test(&history, date("2026-09-11"));
    assert_eq!(tries[0].month, date("2026-08-01"));
    assert_eq!(tries[0].as_of, date("2026-08-11"));
    // The four weeks before 11 August hold ten days of it.
    assert!(
        (45_000..75_000).contains(&tries[0].error_ppm),
        "{:?}",
        tries[0]
    );
    assert!(tries[1..].iter().all(|one| one.error_ppm == 0), "{tries:?}");
    let forecast = forecast_month(&history, date("2026-09-11")).unwrap();
    let (low, high) = forecast.errors_ppm().unwrap();
    assert_eq!((low, high), (0, tries[0].error_ppm));
    let span = high / 8 * 5;
    assert_eq!(forecast.range_ppm(), Some((-span, high + span)));
    let (periods, _) = forecast.with_error(high);
    let above: Energy = periods.into_iter().sum();
    assert!(above > forecast.energy());
}

#[test]
fn nothing_is_forecast_from_nothing() {
    let none = History::default();
    assert_eq!(forecast_month(&none, date("2026-09-11")), None);
    let short = history("2026-09-01", "2026-09-11", 0, 100);
    let forecast = forecast_month(&short, date("2026-09-11")).unwrap();
    assert_eq!(
        (forecast.tries.len(), forecast.errors_ppm(), forecast.demand),
        (0, None, None)
    );
}

/// A day with values missing counts as expected, and is no pattern for others.
#[test]
fn days_with_missing_values_do_not_pull_the_forecast_down() {
    let whole = history("2025-08-01", "2026-09-11", 0, 100);
    let mut days = whole.days().to_vec();
    let last = days.len() - 1;
    for place in [last, last - 7] {
        days[place].periods = vec![kwh(10), kwh(0)];
        days[place].whole = false;
    }
    let holed = History::from_days(whole.periods().to_vec(), days, BTreeSet::new());
    let forecast = forecast_month(&holed, date("2026-09-11")).unwrap();
    assert_eq!(
        forecast.energy(),
        forecast_month(&whole, date("2026-09-11")).unwrap().energy()
    );
    assert_eq!(forecast.days[0].date, date("2026-09-03"));
}

#[test]
fn points_together() {
    let one = history("2026-01-01", "2026-02-01", 0, 100);
    let two = history("2026-01-01", "2026-01-31", 0, 100);
    let both = History::together(&[one, two]);
    assert_eq!(both.day(date("2026-01-05")).unwrap().energy(), kwh(2_000));
    assert!(both.day(date("2026-01-30")).unwrap().whole);
    assert!(!both.day(date("2026-01-31")).unwrap().whole);
}

#[test]
fn how_long_a_deposit_lasts() {
    let history = history("2025-08-01", "2026-09-11", 0, 100);
    let cny = |minor| Money::new(minor, Currency::CNY).unwrap();
    // 0.50 a kWh: a weekday costs 500.00, a day of the weekend 300.00.
    let price = UnitPrice {
        total: cny(1_340_000),
        energy: kwh(26_800),
    };
    let lasts = |deposit, errors| {
        let days = (date("2026-09-01"), date("2026-09-11"));
        deposit_lasts(cny(deposit), price, &history, days, errors)
            .unwrap()
            .unwrap()
    };
    // Ten days of September so far, eight of them weekdays: 4,600.00 used. From Friday the 11th.
    let outlook = lasts(460_000 + 50_000 + 60_000 + 250_000, None);
    assert_eq!(
        (outlook.unbilled, outlook.incomplete_days),
        (cny(460_000), 0)
    );
    assert_eq!(outlook.left.minor(), 360_000);
    let until = |date: &str, days| Lasts::Until {
        date: date.parse().unwrap(),
        days,
    };
    // Friday, a weekend and five weekdays are paid; on the next Saturday it runs out.
    assert_eq!(outlook.expected, until("2026-09-19", 8));
    assert_eq!((outlook.earliest, outlook.latest), (None, None));
    assert_eq!(
        lasts(460_000 + 360_000 - 1, None).expected,
        until("2026-09-18", 7)
    );
    let range = lasts(820_000, Some((-500_000, 250_000)));
    assert_eq!(range.earliest, Some(until("2026-09-17", 6)));
    assert_eq!(range.latest, Some(until("2026-09-27", 16)));
    assert_eq!(lasts(1, None).expected, until("2026-09-11", 0));
    assert_eq!(lasts(90_000_000_000, None).expected, Lasts::Beyond);
}

const TARIFF: &str = r#"{"tariff":"T-1","name":{"en":"x","zh":"x"},"currency":"CNY","versions":[{"from":"2026-01-01",
 "charges":[{"kind":"energy","text":{"en":"x","zh":"x"},"prices":[
   {"period":"day","text":{"en":"d","zh":"d"},"price":"1"},{"period":"night","text":{"en":"n","zh":"n"},"price":"0.5"}]}],
 "basic":{"kind":"demand","text":{"en":"x","zh":"x"},"price":"40","charged":"contracted","limit_percent":105,"excess_times":2},
 "power_factor":{"target":90}}]}"#;

const LAST: &str = r#"{"account":"C-1","month":"2026-08","from":"2026-08-01","to":"2026-09-01","points":[
 {"point":"P-1","tariff":"T-1","meters":[{"meter":"M-1","multiplier":"1","registers":[{"kind":"active","readings":[
   {"at":"2026-08-01","value":"0"},{"at":"2026-09-01","value":"1"}]}]}]}],
 "basis":[{"tariff":"T-1","from":"2026-01-01","contracted_kw":"100"}]}"#;

#[test]
fn the_bill_that_a_month_will_make() {
    let history = history("2025-08-01", "2026-09-11", 8, 110);
    let forecast = forecast_month(&history, date("2026-09-11")).unwrap();
    let tariff = Tariff::parse(TARIFF.as_bytes()).unwrap();
    let last = Metered::parse(LAST.as_bytes()).unwrap();
    let energies = forecast.by_period();
    let point = "P-1".parse().unwrap();
    let forecasts = [(point, forecast)];
    let bill = expected_bill(std::slice::from_ref(&tariff), &last, &forecasts).unwrap();
    let lines: Vec<_> = bill.expected.lines.iter().map(|line| &line.line).collect();
    assert_eq!(
        lines[0].quantity,
        Some(crate::strict::round(energies[0].kwh(), 0))
    );
    assert_eq!(
        lines[2].quantity.unwrap().to_string(),
        "100",
        "the contracted demand"
    );
    // |Q|/P = 1/2 is a power factor of 0.89: half a percent more.
    assert_eq!(lines[3].quantity.unwrap().to_string(), "0.5");
    let (low, high) = (bill.low.unwrap().minor(), bill.high.unwrap().minor());
    assert!(low <= bill.expected.total.minor() && bill.expected.total.minor() < high);
    // August had 110 kW: at the high end 115 kW are charged, 600.00 more, besides the energy.
    assert!(high > bill.expected.total.minor() + 60_000, "{high}");
    let nobody = expected_bill(&[tariff], &last, &[]);
    assert_eq!(
        nobody.unwrap_err().to_string(),
        "there is no forecast for metering point P-1"
    );
}

fn demand_charge() -> BasicCharge {
    let tariff = Tariff::parse(TARIFF.as_bytes()).unwrap();
    tariff.versions[0].basic.clone().unwrap()
}

#[test]
fn demand_against_the_contract() {
    let table = [
        // contracted, so far, expected, state, extra: 40 a kW, twice over the limit
        (200, 100, 100, DemandState::Kept, 0),
        (100, 94, 94, DemandState::Kept, 0),
        (100, 95, 95, DemandState::Near, 0),
        (100, 105, 105, DemandState::Near, 0),
        (100, 100, 115, DemandState::Expected, 10 * 2 * 40),
        (100, 106, 106, DemandState::Over, 2 * 40),
    ];
    let history = history("2025-08-01", "2026-09-11", 0, 100);
    for (contracted, so_far, expected, state, extra) in table {
        let mut forecast = forecast_month(&history, date("2026-09-11")).unwrap();
        let kw = |kw: i64| Power::from_milli(kw * 1_000_000);
        forecast.demand_known = Some(kw(so_far));
        forecast.demand = Some(DemandRange {
            low: kw(so_far),
            expected: kw(expected),
            high: kw(expected),
        });
        let outlook = demand_outlook(&forecast, &demand_charge(), contracted.into()).unwrap();
        assert_eq!(outlook.state, state, "{contracted} {so_far} {expected}");
        assert_eq!(outlook.extra_expected, Some(Decimal::from(extra)));
        let headroom = outlook.limit_kw - Decimal::from(so_far);
        assert_eq!(outlook.headroom_kw, Some(headroom));
    }
}

#[test]
fn a_power_factor_about_to_cost_money() {
    let rule: PowerFactorRule = serde_json::from_str(r#"{"target":90}"#).unwrap();
    let history = history("2025-08-01", "2026-09-11", 0, 100);
    let table = [
        // reactive so far and of the rest, in percent of the active energy, and how it stands
        (30, 30, FactorState::Kept),
        (30, 80, FactorState::Falling),
        (60, 30, FactorState::Recovering),
        (60, 60, FactorState::Costs),
    ];
    for (so_far, rest, state) in table {
        let mut forecast = forecast_month(&history, date("2026-09-11")).unwrap();
        let part = |energies: &[Energy], percent: i64| {
            let sum: Energy = energies.iter().copied().sum();
            Energy::from_milli(sum.milli() / 100 * percent)
        };
        forecast.reactive_known = part(&forecast.known, so_far);
        forecast.reactive_rest = part(&forecast.rest, rest);
        let outlook = factor_outlook(&forecast, &rule);
        assert_eq!(outlook.state, state, "{so_far} {rest}");
        // What it allows is met, and one kvarh more is not.
        let allowed = outlook.allowance_kvarh.unwrap();
        for (more, met) in [(0, true), (1, false)] {
            forecast.reactive_rest = kwh(allowed + more);
            let month = factor_outlook(&forecast, &rule).month.unwrap();
            assert_eq!(
                month.hundredths() >= 90,
                met,
                "{so_far} {rest} {allowed}+{more}"
            );
        }
    }
}

#[test]
fn points_of_one_tariff_are_taken_together() {
    let history = history("2025-08-01", "2026-09-11", 0, 100);
    let one = forecast_month(&history, date("2026-09-11")).unwrap();
    let alone = MonthForecast::together(&[&one], &[]).unwrap();
    assert_eq!(alone.energy(), one.energy());
    assert_eq!(alone.demand, one.demand);
    let three = MonthForecast::together(&[&one, &one, &one], &[&one]).unwrap();
    let twice = |energy: Energy| Energy::from_milli(energy.milli() * 2);
    assert_eq!(
        three.energy(),
        twice(one.energy()),
        "a sub-meter is deducted"
    );
    assert_eq!(three.reactive_known, twice(one.reactive_known));
    // The tariff adds the demands of its main meters, whatever lies behind them.
    let kw = |forecast: &MonthForecast| forecast.demand_known.unwrap().kw();
    assert_eq!(kw(&three), kw(&one) * Decimal::from(3));
    let later = forecast_month(&history, date("2026-09-10")).unwrap();
    assert!(MonthForecast::together(&[&one, &later], &[]).is_none());
    assert!(MonthForecast::together(&[], &[]).is_none());
}

#[test]
fn a_demand_of_today_counts() {
    let history = history("2025-08-01", "2026-09-11", 0, 100);
    let month = forecast_month(&history, date("2026-09-11")).unwrap();
    let (before, range) = (month.demand_known.unwrap(), month.demand.unwrap());
    let less = Power::from_milli(before.milli() - 1);
    assert_eq!(month.clone().with_demand(less), month);
    let more = Power::from_milli(range.high.milli() + 1);
    let with = month.with_demand(more);
    assert_eq!(with.demand_known, Some(more));
    let range = with.demand.unwrap();
    assert_eq!([range.low, range.expected, range.high], [more; 3]);
}
