//! How long the deposit of an account lasts that pays ahead.

use wattkey_domain::forecast::{DayUse, History, Lasts, UnitPrice, deposit_lasts};
use wattkey_domain::usage::Energy;
use wattkey_domain::{Balance, LineKind, Money};
use wattkey_protocol::warnings::{self, Action, DepositLasts, Reason, Severity, What};
use wattkey_store::{AccountUsage, LastBill};

use super::points::{ALL, Points, tried};
use super::{Gap, Reckoned, shifted, watt_hours};

/// A deposit that lasts fewer whole days than these costs supply soon.
const URGENT_DAYS: u32 = 4;
/// One that may not last longer than these needs a top-up.
const SOON_DAYS: u32 = 14;

/// None when no metering point of the account pays ahead.
pub(super) fn of(
    usage: &AccountUsage,
    points: &Points<'_>,
    with: Reckoned,
) -> Option<Result<(Severity, Action, What), Gap>> {
    let prepaid = points.all().iter().any(|one| one.point.prepaid);
    prepaid.then(|| reckon(usage, points, with))
}

fn reckon(
    usage: &AccountUsage,
    points: &Points<'_>,
    with: Reckoned,
) -> Result<(Severity, Action, What), Gap> {
    let no_bill = |detail: &str| Gap::new(Reason::NoBill, None, detail);
    let last = usage.last_bill.as_ref();
    let last = last.ok_or_else(|| no_bill("no bill says yet what a kWh costs"))?;
    let price = price(last).ok_or_else(|| no_bill("the last bill has no energy"))?;
    let billed_until = billed_until(usage, last);
    let currency = price.total.currency();
    let failed = |error: &wattkey_domain::MoneyError| {
        Gap::new(Reason::Reckoning, None, crate::answer::chain(error))
    };
    let deposit = match usage.deposit {
        Some((own, balance)) if own == currency => balance,
        Some(_) => {
            let detail = "the deposit is in another currency than the bills";
            return Err(Gap::new(Reason::Reckoning, None, detail));
        }
        None => Balance::zero(currency),
    };
    let open = usage.open.iter().map(|bill| bill.open);
    let open = Money::sum(currency, open).map_err(|error| failed(&error))?;
    // What is behind a main meter is in it already.
    let known = points.known(|point| point.under.is_none())?;
    let histories: Vec<_> = known
        .iter()
        .map(|(_, known)| joined(&known.history, known.holidays.clone()))
        .collect();
    let history = History::together(&histories);
    let errors = match &known[..] {
        [(_, only)] => only.forecast.range_ppm(),
        _ => wattkey_domain::forecast::forecast_month(&history, with.today)
            .and_then(|forecast| forecast.range_ppm()),
    };
    let tries = wattkey_domain::forecast::back_test(&history, with.today);
    // Bills that wait for their payment come out of it first.
    let left = deposit.minor().saturating_sub(open.minor());
    let budget = Money::new(left.max(0), currency).map_err(|error| failed(&error))?;
    let days = (billed_until, with.today);
    let outlook = deposit_lasts(budget, price, &history, days, errors)
        .map_err(|error| failed(&error))?
        .ok_or_else(|| {
            let detail = "no whole day of readings of the last four weeks";
            Gap::new(Reason::NoReadings, None, detail)
        })?;
    let expected = lasts(outlook.expected);
    let earliest = outlook.earliest.map(lasts);
    let below = |days: u32| move |lasts: warnings::Lasts| lasts.days.is_some_and(|own| own < days);
    let severity = if left < 0 || below(URGENT_DAYS)(expected) {
        Severity::Urgent
    } else if below(SOON_DAYS)(earliest.unwrap_or(expected)) {
        Severity::Attention
    } else {
        Severity::Info
    };
    let action = match severity {
        Severity::Info => Action::Nothing,
        _ => Action::TopUp,
    };
    let what = DepositLasts {
        currency,
        deposit: deposit.minor(),
        open_bills: open.minor(),
        billed_until,
        unbilled: outlook.unbilled.minor(),
        left: left.saturating_sub(outlook.unbilled.minor()),
        incomplete_days: outlook.incomplete_days,
        price: warnings::UnitPrice {
            bill: last.bill.clone(),
            total: price.total.minor(),
            energy: watt_hours(price.energy),
        },
        first_day: watt_hours(outlook.first_day),
        expected,
        earliest,
        latest: outlook.latest.map(lasts),
        tries: tries.iter().map(tried).collect(),
    };
    Ok((severity, action, What::DepositLasts(what)))
}

/// What a kWh of a bill costs, all charges together.
fn price(last: &LastBill) -> Option<UnitPrice> {
    let energies = last.document.lines.iter();
    let energies = energies.filter(|line| line.kind == LineKind::Energy);
    let energies = energies.filter(|line| line.unit.as_deref() == Some("kWh"));
    let kwh = energies.filter_map(|line| line.quantity).sum();
    let energy = Energy::from_kwh(kwh).filter(|energy| *energy > Energy::ZERO)?;
    Some(UnitPrice {
        total: last.document.total,
        energy,
    })
}

/// The day after the last billed one: as the bill's readings say it, or the end of its month.
fn billed_until(usage: &AccountUsage, last: &LastBill) -> jiff::civil::Date {
    if let Some((bill, month)) = &usage.last_metered
        && *bill == last.bill
    {
        return month.to;
    }
    let (year, month) = (last.period.year(), last.period.month());
    let first = i16::try_from(year)
        .ok()
        .zip(i8::try_from(month).ok())
        .and_then(|(year, month)| jiff::civil::Date::new(year, month, 1).ok());
    first.map_or(last.document.issued, |first| {
        shifted(first.last_of_month(), 1)
    })
}

/// A history of one period, so that points of different schedules can be added.
fn joined(history: &History, holidays: std::collections::BTreeSet<jiff::civil::Date>) -> History {
    let day = |day: &DayUse| DayUse {
        periods: vec![day.energy()],
        ..day.clone()
    };
    let days = history.days().iter().map(day).collect();
    History::from_days(vec![ALL.to_owned()], days, holidays)
}

fn lasts(lasts: Lasts) -> warnings::Lasts {
    match lasts {
        Lasts::Until { date, days } => warnings::Lasts {
            until: Some(date),
            days: Some(days),
        },
        Lasts::Beyond => warnings::Lasts {
            until: None,
            days: None,
        },
    }
}
