//! Tariffs of large customers as data, and what a month costs under them.
//!
//! Nothing here knows a particular tariff. A [`Tariff`] is a list of versions, each with its
//! charges by kWh (at one price or at one for each time-of-use period), a basic charge by capacity
//! or by maximum demand, a power-factor rule and a tax. A [`Metered`] month is what the meters
//! showed. [`reckon`] turns the two into lines, [`compare`] lays them beside a bill.
//!
//! Rounding, everywhere half away from zero: a line's energy to [`Version::energy_decimals`], its
//! amount to the minor unit; the power factor to hundredths. Whatever is not a line is exact, but
//! for shares of a reading by days or of a loss by periods, which are cut to millionths of a kWh
//! in such a way that they sum to the whole.
//!
//! Nothing is guessed silently: where the rules leave a choice (a reading split by days, a meter
//! that rolled over), the choice is made in one stated way and told as an [`Assumption`]; a gap or
//! an overlap in the readings is an error.

mod compare;
mod energy;
mod metered;
mod power_factor;
mod reckon;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::strict::{bounded, date, decimal, optional_decimal};
use crate::{Currency, LineKind, LocalText, TariffId};

pub use compare::{Cause, Comparison, LineComparison, Part, compare};
pub use metered::{
    Basis, Losses, Meter, Metered, MeteredError, MeteringPoint, Reading, Register, RegisterKind,
};
pub use power_factor::{PowerFactor, PowerFactorRule, Step};
pub use reckon::{Assumption, ReckonError, ReckonedLine, Reckoning, Share, reckon};

/// The longest tariff document, in bytes.
const MAX_DOCUMENT: usize = 256 * 1024;
/// The most versions of a tariff, charges of a version, and prices of a charge.
const MAX_LIST: usize = 200;
/// The longest code of a time-of-use period, in characters.
const MAX_PERIOD: usize = 16;
/// The most digits after the point of a line's energy.
const MAX_ENERGY_DECIMALS: u32 = 3;
/// Prices are below this, with at most [`PRICE_DECIMALS`] digits after the point.
const MAX_PRICE: u32 = 100_000;
const PRICE_DECIMALS: u32 = 8;

/// A tariff with all of its versions.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tariff {
    /// Its identifier in the marketing system.
    pub tariff: TariffId,
    /// Its name.
    pub name: LocalText,
    /// The currency of its prices.
    pub currency: Currency,
    /// From the oldest to the newest.
    pub versions: Vec<Version>,
}

/// What a tariff says from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// The first day.
    #[serde(deserialize_with = "date")]
    pub from: Date,
    /// Digits after the point to which a line's energy is rounded.
    #[serde(default)]
    pub energy_decimals: u32,
    /// Charges by kWh, in the order of the bill.
    pub charges: Vec<Charge>,
    /// The charge for being able to draw power.
    pub basic: Option<BasicCharge>,
    /// The reward or surcharge for the power factor.
    pub power_factor: Option<PowerFactorRule>,
    /// The tax.
    pub tax: Option<Tax>,
}

/// A charge by kWh.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RawCharge")]
pub struct Charge {
    /// Only energy is subject to the power-factor adjustment.
    pub kind: ChargeKind,
    /// Its name on the bill; the text of a period comes from its price.
    pub text: LocalText,
    /// One price for all energy, or one for each period.
    pub price: Price,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCharge {
    kind: ChargeKind,
    text: LocalText,
    #[serde(default, deserialize_with = "optional_decimal")]
    price: Option<Decimal>,
    prices: Option<Vec<PeriodPrice>>,
}

impl TryFrom<RawCharge> for Charge {
    type Error = &'static str;

    fn try_from(raw: RawCharge) -> Result<Self, Self::Error> {
        let price = match (raw.price, raw.prices) {
            (Some(price), None) => Price::Single(price),
            (None, Some(prices)) => Price::ByPeriod(prices),
            _ => return Err("a charge has either `price` or `prices`"),
        };
        Ok(Self {
            kind: raw.kind,
            text: raw.text,
            price,
        })
    }
}

/// Sorts of charges by kWh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChargeKind {
    /// The price of energy itself.
    Energy,
    /// A surcharge.
    Surcharge,
    /// A levy or fund, collected for others.
    Levy,
}

/// The price of a kWh, in the currency's major unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Price {
    /// The same at all times.
    Single(Decimal),
    /// By time-of-use period.
    ByPeriod(Vec<PeriodPrice>),
}

/// The price in one time-of-use period.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeriodPrice {
    /// The period's code, as on the meter's registers.
    pub period: String,
    /// Its name on the bill.
    pub text: LocalText,
    /// Of one kWh.
    #[serde(deserialize_with = "decimal")]
    pub price: Decimal,
}

/// The basic charge of a two-part tariff.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum BasicCharge {
    /// By the capacity of the transformers.
    Capacity {
        /// Name on the bill.
        text: LocalText,
        /// Of one kVA for a month.
        #[serde(deserialize_with = "decimal")]
        price: Decimal,
    },
    /// By the maximum demand (15-minute mean).
    Demand {
        /// Name on the bill.
        text: LocalText,
        /// Of one kW for a month.
        #[serde(deserialize_with = "decimal")]
        price: Decimal,
        /// What is charged while the limit is kept.
        charged: ChargedDemand,
        /// The limit, in percent of the contracted demand, such as 105.
        limit_percent: u32,
        /// How many times each kW over the limit is charged, such as 2.
        excess_times: u32,
    },
}

/// The demand that is charged while it keeps the limit. Over the limit it is the measured one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChargedDemand {
    /// The contracted one, however little was drawn.
    Contracted,
    /// The measured one.
    Measured,
}

/// The tax on everything but levies.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tax {
    /// Its name on the bill.
    pub text: LocalText,
    /// The rate, such as 13.
    #[serde(deserialize_with = "decimal")]
    pub percent: Decimal,
    /// Whether prices contain it; otherwise it is a line of its own.
    pub included: bool,
}

/// The bytes are not a tariff.
#[derive(Debug, thiserror::Error)]
pub enum TariffError {
    /// Larger than any tariff.
    #[error("the tariff is over {MAX_DOCUMENT} bytes")]
    TooLong,
    /// Not the JSON of a tariff; the source names field, line and column.
    #[error("the tariff cannot be read")]
    Json(#[source] serde_json::Error),
    /// A member is out of bounds.
    #[error("`{field}` of tariff {tariff} must {wanted}")]
    Bounds {
        /// Which tariff.
        tariff: TariffId,
        /// Which member.
        field: String,
        /// What it must be.
        wanted: &'static str,
    },
}

impl Tariff {
    /// Reads a tariff: strict JSON, bounded, its versions in order.
    ///
    /// # Errors
    /// [`TariffError`], which says what is wrong and where.
    pub fn parse(bytes: &[u8]) -> Result<Self, TariffError> {
        if bytes.len() > MAX_DOCUMENT {
            return Err(TariffError::TooLong);
        }
        let tariff: Self = serde_json::from_slice(bytes).map_err(TariffError::Json)?;
        tariff.check().map_err(|(field, wanted)| {
            let tariff = tariff.tariff.clone();
            TariffError::Bounds {
                tariff,
                field,
                wanted,
            }
        })?;
        Ok(tariff)
    }

    /// The version in force on a day.
    #[must_use]
    pub fn version_on(&self, day: Date) -> Option<&Version> {
        self.versions
            .iter()
            .rev()
            .find(|version| version.from <= day)
    }

    fn check(&self) -> Result<(), (String, &'static str)> {
        let in_order = self
            .versions
            .windows(2)
            .all(|pair| pair[0].from < pair[1].from);
        if self.versions.is_empty() || self.versions.len() > MAX_LIST || !in_order {
            let wanted = "have 1 to 200 versions, each from a later day than the one before";
            return Err(("versions".to_owned(), wanted));
        }
        for (index, version) in self.versions.iter().enumerate() {
            version
                .check()
                .map_err(|(field, wanted)| (format!("versions[{index}].{field}"), wanted))?;
        }
        Ok(())
    }
}

impl Version {
    fn check(&self) -> Result<(), (String, &'static str)> {
        if self.energy_decimals > MAX_ENERGY_DECIMALS {
            return Err(("energy_decimals".to_owned(), "be at most 3"));
        }
        if self.charges.len() > MAX_LIST {
            return Err(("charges".to_owned(), "have at most 200 entries"));
        }
        for (index, charge) in self.charges.iter().enumerate() {
            check_charge(charge)
                .map_err(|(field, wanted)| (format!("charges[{index}].{field}"), wanted))?;
        }
        if let Some(basic) = &self.basic {
            check_basic(basic)?;
        }
        if let Some(rule) = &self.power_factor {
            rule.check()
                .map_err(|wanted| ("power_factor".to_owned(), wanted))?;
        }
        match &self.tax {
            Some(tax) if !bounded(tax.percent, 100, 4) || tax.percent.is_sign_negative() => {
                Err(("tax.percent".to_owned(), "be from 0 to 100"))
            }
            _ => Ok(()),
        }
    }
}

fn check_charge(charge: &Charge) -> Result<(), (String, &'static str)> {
    match &charge.price {
        Price::Single(price) => check_price(*price).map_err(|wanted| ("price".to_owned(), wanted)),
        Price::ByPeriod(prices) => {
            if prices.is_empty() || prices.len() > MAX_LIST {
                return Err(("prices".to_owned(), "have 1 to 200 entries"));
            }
            for (index, price) in prices.iter().enumerate() {
                if !is_period(&price.period) {
                    let wanted = "be 1 to 16 characters of a-z, 0-9 and -";
                    return Err((format!("prices[{index}].period"), wanted));
                }
                if prices[..index]
                    .iter()
                    .any(|other| other.period == price.period)
                {
                    return Err((format!("prices[{index}].period"), "be there once"));
                }
                check_price(price.price)
                    .map_err(|wanted| (format!("prices[{index}].price"), wanted))?;
            }
            Ok(())
        }
    }
}

fn check_basic(basic: &BasicCharge) -> Result<(), (String, &'static str)> {
    let price = match basic {
        BasicCharge::Capacity { price, .. } => price,
        BasicCharge::Demand {
            price,
            limit_percent,
            excess_times,
            ..
        } => {
            if !(100..=1_000).contains(limit_percent) {
                return Err(("basic.limit_percent".to_owned(), "be from 100 to 1000"));
            }
            if !(1..=100).contains(excess_times) {
                return Err(("basic.excess_times".to_owned(), "be from 1 to 100"));
            }
            price
        }
    };
    check_price(*price).map_err(|wanted| ("basic.price".to_owned(), wanted))
}

fn check_price(price: Decimal) -> Result<(), &'static str> {
    if bounded(price, MAX_PRICE, PRICE_DECIMALS) {
        Ok(())
    } else {
        Err("be below 100000 with at most 8 digits after the point")
    }
}

/// Whether a text can be the code of a time-of-use period.
pub(crate) fn is_period(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.len() <= MAX_PERIOD && text.bytes().all(allowed)
}

impl From<ChargeKind> for LineKind {
    fn from(kind: ChargeKind) -> Self {
        match kind {
            ChargeKind::Energy => Self::Energy,
            ChargeKind::Surcharge => Self::Surcharge,
            ChargeKind::Levy => Self::Levy,
        }
    }
}

#[cfg(test)]
mod tests;
