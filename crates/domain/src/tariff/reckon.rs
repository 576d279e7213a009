//! From a metered month to the lines of a bill.

mod group;

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::energy::{self, Span};
use super::metered::Metered;
use super::{PowerFactor, Tariff};
use crate::{Balance, Currency, Line, MeteringPointId, MoneyError, TariffId};

/// What a metered month costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reckoning {
    /// The lines, in the order of a bill; they sum to `total`.
    pub lines: Vec<ReckonedLine>,
    /// What is owed; `total` is the sum of the next three.
    pub total: Balance,
    /// The part that is electricity sold.
    pub revenue: Balance,
    /// The part that is tax.
    pub tax: Balance,
    /// The part that is levies and funds collected for others.
    pub levies: Balance,
    /// The power factor of each tariff's metering points together, where there was active energy.
    pub power_factors: BTreeMap<TariffId, PowerFactor>,
    /// Where the rules left a choice.
    pub assumptions: Vec<Assumption>,
}

/// A line, and what it was reckoned from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReckonedLine {
    /// As it would stand on a bill.
    pub line: Line,
    /// By which tariff.
    pub tariff: TariffId,
    /// The days that it is for, when those are not the whole month.
    pub share: Option<Share>,
}

/// A part of the month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The first day.
    pub from: Date,
    /// How many days.
    pub days: u32,
    /// Of how many in the month.
    pub of: u32,
}

/// A choice that the rules left, and how it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assumption {
    /// No reading at the day of a change: the energy was split by days.
    SplitByDays {
        /// Which metering point.
        point: MeteringPointId,
        /// The day of the reading before.
        first: Date,
        /// The day of the reading after.
        last: Date,
    },
    /// A reading below the one before: the register was taken to have passed its last digit.
    RolledOver {
        /// Which metering point.
        point: MeteringPointId,
        /// Which register.
        register: String,
        /// The day of the lower reading.
        at: Date,
    },
    /// A sub-meter without the periods of the meter it lies behind: it was deducted in the shares
    /// that the periods have there.
    DeductedByShares {
        /// The sub-meter's metering point.
        point: MeteringPointId,
    },
    /// No active energy: the power factor was left out.
    NoPowerFactor {
        /// Of which tariff.
        tariff: TariffId,
    },
}

impl Assumption {
    /// What fills the placeholders of its words, by their names.
    #[must_use]
    pub fn placeholders(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::SplitByDays { point, first, last } => vec![
                ("point", point.to_string()),
                ("first", first.to_string()),
                ("last", last.to_string()),
            ],
            Self::RolledOver {
                point,
                register,
                at,
            } => vec![
                ("point", point.to_string()),
                ("register", register.clone()),
                ("at", at.to_string()),
            ],
            Self::DeductedByShares { point } => vec![("point", point.to_string())],
            Self::NoPowerFactor { tariff } => vec![("tariff", tariff.to_string())],
        }
    }

    /// Its name, for programs.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::SplitByDays { .. } => "split-by-days",
            Self::RolledOver { .. } => "rolled-over",
            Self::DeductedByShares { .. } => "deducted-by-shares",
            Self::NoPowerFactor { .. } => "no-power-factor",
        }
    }
}

/// The month cannot be reckoned from what is there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReckonError {
    /// A tariff is missing.
    #[error("there is no tariff {tariff}: add it")]
    UnknownTariff {
        /// Which one.
        tariff: TariffId,
    },
    /// Tariffs of one contract account in two currencies.
    #[error("tariff {tariff} is in {currency}, the others are not")]
    Currencies {
        /// Which one.
        tariff: TariffId,
        /// Its currency.
        currency: Currency,
    },
    /// No version of the tariff was in force.
    #[error("tariff {tariff} has no version for {day}")]
    NoVersion {
        /// Which one.
        tariff: TariffId,
        /// The day.
        day: Date,
    },
    /// A period was metered that a charge by periods has no price for.
    #[error("tariff {tariff} has no price for {}", period.as_deref().map_or_else(
        || "energy without a period: meter it by period".to_owned(), |period| format!("the period {period}")))]
    Period {
        /// Which tariff.
        tariff: TariffId,
        /// The period; none is a register that counts always.
        period: Option<String>,
    },
    /// What the basic charge goes by is not known.
    #[error("the {what} for tariff {tariff} on {day} is missing")]
    Basis {
        /// Which tariff.
        tariff: TariffId,
        /// Capacity or contracted demand, or the measured demand.
        what: &'static str,
        /// The day.
        day: Date,
    },
    /// Sub-meters measured more than the meter that they lie behind.
    #[error("the sub-meters behind {point} measured more than it did")]
    Deducted {
        /// The outer metering point.
        point: MeteringPointId,
    },
    /// A reading below the one before that no roll-over explains.
    #[error("metering point {point}: {register} went backwards until {at}")]
    Backwards {
        /// Which metering point.
        point: MeteringPointId,
        /// Which register.
        register: String,
        /// The day of the lower reading.
        at: Date,
    },
    /// More energy than any customer draws.
    #[error("a metering point has 10^12 kWh or kvarh or more: check its multiplier")]
    TooMuch,
    /// An amount is out of bounds.
    #[error("an amount is out of bounds")]
    Money(#[from] MoneyError),
}

/// Reckons a metered month.
///
/// # Errors
/// [`ReckonError`].
pub fn reckon(tariffs: &[Tariff], metered: &Metered) -> Result<Reckoning, ReckonError> {
    energy::rolled_over(metered)?;
    let mut names: Vec<_> = metered.points.iter().map(|point| &point.tariff).collect();
    names.sort_unstable();
    names.dedup();
    let mut found = Vec::new();
    for name in names {
        let tariff = tariffs.iter().find(|tariff| tariff.tariff == *name);
        found.push(tariff.ok_or_else(|| ReckonError::UnknownTariff {
            tariff: name.clone(),
        })?);
    }
    let currency = found.first().map_or(Currency::CNY, |first| first.currency);
    if let Some(other) = found.iter().find(|tariff| tariff.currency != currency) {
        return Err(ReckonError::Currencies {
            tariff: other.tariff.clone(),
            currency: other.currency,
        });
    }
    let zero = Balance::zero(currency);
    let mut reckoning = Reckoning {
        lines: Vec::new(),
        total: zero,
        revenue: zero,
        tax: zero,
        levies: zero,
        power_factors: BTreeMap::new(),
        assumptions: Vec::new(),
    };
    for tariff in found {
        group::reckon(tariff, metered, &mut reckoning)?;
    }
    Ok(reckoning)
}

/// The month in the parts that a tariff's versions make of it.
fn spans(metered: &Metered, changes: impl Iterator<Item = Date>) -> Vec<Span> {
    let mut days: Vec<_> = changes
        .filter(|day| metered.from < *day && *day < metered.to)
        .chain([metered.from, metered.to])
        .collect();
    days.sort_unstable();
    days.dedup();
    days.windows(2)
        .map(|pair| Span {
            from: pair[0],
            to: pair[1],
        })
        .collect()
}
