//! What this month's bill will come to.

use jiff::civil::Date;
use rust_decimal::Decimal;
use wattkey_domain::forecast::{MonthForecast, expected_bill};
use wattkey_domain::tariff::{self, Basis, Metered, Reckoning};
use wattkey_domain::{MeteringPointId, TariffId};
use wattkey_protocol::warnings::{ExpectedBill, ExpectedLine, Reason};
use wattkey_store::{AccountUsage, MeteringPoint};

use super::points::{self, Points};
use super::{Gap, Reckoned, month_of};

/// The expected bill, for people and as it was reckoned.
pub(super) fn expected(
    usage: &AccountUsage,
    points: &Points<'_>,
    with: Reckoned,
) -> Result<(ExpectedBill, Reckoning), Gap> {
    if points.all().is_empty() {
        let detail = "the account has no metering points";
        return Err(Gap::new(Reason::NoMeteringPoint, None, detail));
    }
    let known = points.known(|_| true)?;
    for (point, _) in &known {
        tariff_of(usage, &point.point.tariff)?;
    }
    let month = month_like(usage, points, with.today);
    let forecasts: Vec<(MeteringPointId, MonthForecast)> = known
        .iter()
        .map(|(point, known)| (point.point.id.clone(), known.forecast.clone()))
        .collect();
    let bill = expected_bill(&usage.tariffs, &month, &forecasts).map_err(|error| {
        let detail = crate::answer::chain(&error);
        Gap::new(Reason::Reckoning, None, detail)
    })?;
    let reckoning = bill.expected;
    let told = ExpectedBill {
        month: month_of(with.today),
        currency: reckoning.total.currency(),
        expected: reckoning.total.minor(),
        low: bill.low.map(|total| total.minor()),
        high: bill.high.map(|total| total.minor()),
        lines: reckoning.lines.iter().map(line).collect(),
        like: usage.last_metered.as_ref().map(|(bill, _)| bill.clone()),
        points: known
            .iter()
            .map(|(point, known)| points::told(&point.point.id, &known.forecast))
            .collect(),
        assumptions: {
            let names = reckoning
                .assumptions
                .iter()
                .map(wattkey_domain::tariff::Assumption::as_str);
            let names: std::collections::BTreeSet<_> = names.collect();
            names.into_iter().map(str::to_owned).collect()
        },
    };
    Ok((told, reckoning))
}

/// The tariff of that id.
pub(super) fn tariff_of<'u>(
    usage: &'u AccountUsage,
    id: &TariffId,
) -> Result<&'u tariff::Tariff, Gap> {
    let found = usage.tariffs.iter().find(|tariff| tariff.tariff == *id);
    found.ok_or_else(|| {
        let detail = "the tariff is not there";
        Gap::new(Reason::NoTariff, Some(id.to_string()), detail)
    })
}

/// A month with the metering points of today: losses as in the last readings that were billed, and
/// contracts as the metering points say them, or else as in those readings.
fn month_like(usage: &AccountUsage, points: &Points<'_>, today: Date) -> Metered {
    let from = today.first_of_month();
    let last = usage.last_metered.as_ref().map(|(_, month)| month);
    let losses = |id: &MeteringPointId| {
        let last = last?.points.iter().find(|point| point.point == *id)?;
        last.losses.clone()
    };
    let own = points.all().iter().map(|one| tariff::MeteringPoint {
        point: one.point.id.clone(),
        tariff: one.point.tariff.clone(),
        under: one.point.under.clone(),
        meters: Vec::new(),
        losses: losses(&one.point.id),
    });
    let mut basis = last.map(|month| month.basis.clone()).unwrap_or_default();
    let tariffs: std::collections::BTreeSet<_> =
        points.all().iter().map(|one| &one.point.tariff).collect();
    for tariff in tariffs {
        let before = basis.iter().rev();
        let mut before = before.filter(|basis| basis.tariff == *tariff && basis.from <= from);
        let before = before.next().cloned();
        let sum = |of: fn(&MeteringPoint) -> Option<&String>| contracted(points, tariff, of);
        let capacity_kva = sum(|point| point.capacity_kva.as_ref());
        let contracted_kw = sum(|point| point.contracted_kw.as_ref());
        let old = |of: fn(&Basis) -> Option<Decimal>| before.as_ref().and_then(of);
        basis.push(Basis {
            tariff: tariff.clone(),
            from,
            capacity_kva: capacity_kva.or_else(|| old(|basis| basis.capacity_kva)),
            contracted_kw: contracted_kw.or_else(|| old(|basis| basis.contracted_kw)),
        });
    }
    Metered {
        account: usage.account.clone(),
        month: month_of(today),
        from,
        to: from.last_of_month().tomorrow().unwrap_or(Date::MAX),
        points: own.collect(),
        basis,
    }
}

/// The sum over a tariff's metering points that lie behind none; none when no point has any.
pub(super) fn contracted(
    points: &Points<'_>,
    tariff: &TariffId,
    of: fn(&MeteringPoint) -> Option<&String>,
) -> Option<Decimal> {
    let own = points.all().iter().map(|one| one.point);
    let own = own.filter(|point| point.tariff == *tariff && point.under.is_none());
    let numbers: Vec<Decimal> = own.filter_map(|point| of(point)?.parse().ok()).collect();
    (!numbers.is_empty()).then(|| numbers.into_iter().sum())
}

/// What basic charges of a tariff go by now.
pub(super) fn basis_now(
    usage: &AccountUsage,
    points: &Points<'_>,
    id: &TariffId,
    today: Date,
) -> Option<Basis> {
    let month = month_like(usage, points, today);
    month
        .basis
        .into_iter()
        .rev()
        .find(|basis| basis.tariff == *id)
}

fn line(line: &tariff::ReckonedLine) -> ExpectedLine {
    let line = &line.line;
    ExpectedLine {
        kind: line.kind,
        text: line.text.clone(),
        quantity: line.quantity.map(|number| number.normalize().to_string()),
        unit: line.unit.clone(),
        price: line.price.map(|number| number.normalize().to_string()),
        amount: line.amount.minor(),
    }
}
