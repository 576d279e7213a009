//! How long a deposit lasts.

use jiff::civil::Date;

use super::history::History;
use super::pattern::{Pattern, shifted};
use super::{PPM, scale};
use crate::usage::Energy;
use crate::{Balance, Money, MoneyError};

/// The most days that are looked ahead.
const MAX_DAYS: i32 = 400;

/// What a kWh costs, all charges together: a bill's total over its energy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitPrice {
    /// The bill's total.
    pub total: Money,
    /// Its energy.
    pub energy: Energy,
}

/// Until when a deposit lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasts {
    /// It is used up on this day, after so many whole days.
    Until {
        /// The day on which it runs out.
        date: Date,
        /// Whole days before that one.
        days: u32,
    },
    /// Longer than is looked ahead.
    Beyond,
}

/// How long a deposit lasts, and what that was reckoned from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DepositOutlook {
    /// The deposit less what has been used and not billed yet.
    pub left: Balance,
    /// What has been used since the last bill costs.
    pub unbilled: Money,
    /// Days since the last bill of which values are missing: they may have cost more.
    pub incomplete_days: u32,
    /// The price that it was reckoned at.
    pub price: UnitPrice,
    /// The first day ahead: what it is expected to bring.
    pub first_day: Energy,
    /// As expected.
    pub expected: Lasts,
    /// With the most that the tries allow; none without a range.
    pub earliest: Option<Lasts>,
    /// With the least.
    pub latest: Option<Lasts>,
}

impl UnitPrice {
    /// What an energy costs, rounded half up to the minor unit.
    ///
    /// # Errors
    /// [`MoneyError`] when that is beyond any amount.
    pub fn cost(&self, energy: Energy) -> Result<Money, MoneyError> {
        let over = i128::from(self.energy.milli()).max(1);
        let minor = scale(energy.milli().max(0), i128::from(self.total.minor()), over);
        Money::new(minor, self.total.currency())
    }
}

/// Reckons how long `deposit` lasts from `as_of` on, the first day that is not over. `billed_until`
/// is the day after the last billed one; `range_ppm` is that of the month's forecast.
///
/// # Errors
/// [`MoneyError`] for two currencies and for amounts at the end of what can be expressed.
pub fn deposit_lasts(
    deposit: Money,
    price: UnitPrice,
    history: &History,
    (billed_until, as_of): (Date, Date),
    range_ppm: Option<(i64, i64)>,
) -> Result<Option<DepositOutlook>, MoneyError> {
    let used = history.between(billed_until, as_of);
    let unbilled = price.cost(used.iter().map(super::DayUse::energy).sum())?;
    let incomplete = used.iter().filter(|day| !day.whole).count();
    let left = deposit.difference(unbilled)?;
    let pattern = Pattern::new(history, as_of);
    let Some(first_day) = pattern.expect(as_of) else {
        return Ok(None);
    };
    let lasts = |ppm| lasts(left, price, &pattern, ppm);
    let at = |ppm: Option<i64>| ppm.map(lasts).transpose();
    Ok(Some(DepositOutlook {
        left,
        unbilled,
        incomplete_days: u32::try_from(incomplete).unwrap_or(u32::MAX),
        price,
        first_day: first_day.energy,
        expected: lasts(0)?,
        earliest: at(range_ppm.map(|(_, most)| most))?,
        latest: at(range_ppm.map(|(least, _)| least))?,
    }))
}

fn lasts(
    left: Balance,
    price: UnitPrice,
    pattern: &Pattern<'_>,
    ppm: i64,
) -> Result<Lasts, MoneyError> {
    let mut used = Energy::ZERO;
    for days in 0..MAX_DAYS {
        let date = shifted(pattern.as_of(), days);
        let Some(day) = pattern.expect(date) else {
            break;
        };
        let energy = scale(day.energy.milli(), (PPM + i128::from(ppm)).max(0), PPM);
        used += Energy::from_milli(energy);
        if price.cost(used)?.minor() > left.minor() {
            return Ok(Lasts::Until {
                date,
                days: days.unsigned_abs(),
            });
        }
    }
    Ok(Lasts::Beyond)
}
