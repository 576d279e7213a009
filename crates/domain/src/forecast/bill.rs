//! The bill that a month will make.

use rust_decimal::Decimal;

use super::month::MonthForecast;
use crate::tariff::{
    Meter, Metered, Reading, ReckonError, Reckoning, Register, RegisterKind, Tariff, reckon,
};
use crate::usage::{Energy, Power};
use crate::{Balance, MeteringPointId};

/// Which end of the range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RangeEnd {
    /// The least that the tries allow.
    Low,
    /// What is expected.
    Expected,
    /// The most.
    High,
}

/// A month's bill before it is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedBill {
    /// What is expected, line by line.
    pub expected: Reckoning,
    /// The total at the low end; none when there were too few tries for a range.
    pub low: Option<Balance>,
    /// The total at the high end.
    pub high: Option<Balance>,
}

/// The bill cannot be expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ForecastError {
    /// A metering point without a forecast.
    #[error("there is no forecast for metering point {0}")]
    Point(MeteringPointId),
    /// The forecasts are of different months.
    #[error("the forecast for metering point {0} is of another month than the others")]
    Month(MeteringPointId),
    /// The tariff cannot be applied.
    #[error("the expected month cannot be reckoned")]
    Reckon(#[from] ReckonError),
}

/// Reckons the bill of the forecasts' month. `last` is a metered month of the same contract account,
/// from which metering points, tariffs, losses, sub-meters and the basis of charges are taken.
///
/// # Errors
/// [`ForecastError`].
pub fn expected_bill(
    tariffs: &[Tariff],
    last: &Metered,
    forecasts: &[(MeteringPointId, MonthForecast)],
) -> Result<ExpectedBill, ForecastError> {
    let at = |end| -> Result<Option<Reckoning>, ForecastError> {
        let month = month(last, forecasts, end)?;
        month
            .map(|month| reckon(tariffs, &month).map_err(ForecastError::from))
            .transpose()
    };
    let Some(expected) = at(RangeEnd::Expected)? else {
        unreachable!("what is expected needs no range");
    };
    Ok(ExpectedBill {
        low: at(RangeEnd::Low)?.map(|reckoning| reckoning.total),
        high: at(RangeEnd::High)?.map(|reckoning| reckoning.total),
        expected,
    })
}

/// The month as if it had been metered; none where there is no range to take an end of.
fn month(
    last: &Metered,
    forecasts: &[(MeteringPointId, MonthForecast)],
    end: RangeEnd,
) -> Result<Option<Metered>, ForecastError> {
    let mut month = last.clone();
    let mut span = None;
    for point in &mut month.points {
        let forecast = forecasts.iter().find(|(id, _)| *id == point.point);
        let Some((_, forecast)) = forecast else {
            return Err(ForecastError::Point(point.point.clone()));
        };
        if *span.get_or_insert((forecast.from, forecast.to)) != (forecast.from, forecast.to) {
            return Err(ForecastError::Month(point.point.clone()));
        }
        let Some(meter) = meter(forecast, end) else {
            return Ok(None);
        };
        point.meters = vec![meter];
    }
    if let Some((from, to)) = span {
        (month.from, month.to) = (from, to);
        let text = from.strftime("%Y-%m").to_string();
        month.month = text.parse().unwrap_or(last.month);
    }
    Ok(Some(month))
}

/// One meter that counted the month from zero.
fn meter(forecast: &MonthForecast, end: RangeEnd) -> Option<Meter> {
    let demands = forecast.demand;
    let (ppm, demand) = match end {
        RangeEnd::Expected => (0, demands.map(|range| range.expected)),
        RangeEnd::Low => (forecast.range_ppm()?.0, demands.map(|range| range.low)),
        RangeEnd::High => (forecast.range_ppm()?.1, demands.map(|range| range.high)),
    };
    let (periods, reactive) = forecast.with_error(ppm);
    let register = |kind, period: Option<&String>, energy: Energy| Register {
        kind,
        period: period.cloned(),
        readings: vec![
            Reading {
                at: forecast.from,
                value: Decimal::ZERO,
            },
            Reading {
                at: forecast.to,
                value: energy.kwh(),
            },
        ],
    };
    let codes = forecast.periods.iter().zip(periods);
    let active = codes.map(|(code, energy)| register(RegisterKind::Active, Some(code), energy));
    let reactive = register(RegisterKind::ReactiveImport, None, reactive);
    Some(Meter {
        meter: "forecast".to_owned(),
        multiplier: Decimal::ONE,
        digits: 0,
        registers: active.chain([reactive]).collect(),
        demand_kw: demand.or(forecast.demand_known).map(Power::kw),
    })
}
