//! What is coming: this month's bill, how long a deposit lasts, the demand and the power factor.
//!
//! Everything rests on one reckoning that a person can repeat. What a day will bring is the mean of
//! the days of its sort (Mondays with Mondays, holidays with Sundays) of the last
//! [`RECENT_DAYS`] days, times the season: how much the days around the same date a year ago were
//! above or below the recent days a year ago. How sure that is, is tried out: the same reckoning is
//! made on the same day of each of the last [`TRIES`] months, with only what was known then, and laid
//! beside what came. The range is the worst that happened in either
//! direction, and somewhat more ([`MonthForecast::range_ppm`]).
//!
//! Integers throughout: the same history gives the same numbers on every machine. Each result holds
//! the numbers that it was reckoned from.

mod bill;
mod deposit;
mod history;
mod month;
mod outlook;
mod pattern;
mod together;

pub use bill::{ExpectedBill, ForecastError, RangeEnd, expected_bill};
pub use deposit::{DepositOutlook, Lasts, UnitPrice, deposit_lasts};
pub use history::{DayUse, History};
pub use month::{DayForecast, DemandRange, MonthForecast, Try, back_test, forecast_month};
pub use outlook::{
    DemandOutlook, DemandState, FactorOutlook, FactorState, demand_outlook, factor_outlook,
};
pub use pattern::Pattern;

/// The days that a mean is taken over: four weeks. With the year that the season needs they are
/// thirteen months.
pub const RECENT_DAYS: i32 = 28;
/// The months on which the reckoning is tried out.
pub const TRIES: usize = 6;
/// A year of whole weeks, so that a Monday meets a Monday.
const YEAR_DAYS: i32 = 364;
/// Millionths.
const PPM: i128 = 1_000_000;

/// `whole` times `part` over `of`, rounded half away from zero; nothing over nothing is nothing.
fn scale(whole: i64, part: i128, of: i128) -> i64 {
    if of == 0 {
        return 0;
    }
    let product = i128::from(whole).saturating_mul(part);
    let (product, of) = if of < 0 {
        (product.saturating_neg(), -of)
    } else {
        (product, of)
    };
    let rounded = if product >= 0 {
        product.saturating_add(of / 2) / of
    } else {
        product.saturating_sub(of / 2) / of
    };
    i64::try_from(rounded).unwrap_or(if rounded < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests;
