use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};

use rust_decimal::Decimal;

/// How many thousandths of a watt-hour make a kilowatt-hour, as decimal digits.
const DIGITS: u32 = 6;

/// An energy in thousandths of a watt-hour, or of a var-hour on a reactive channel. Exact.
///
/// Values from outside are at most [`Energy::MAX_VALUE`] from zero, so that the sum of a whole
/// channel fits; sums beyond all bounds stay at the last one.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Energy(i64);

impl Energy {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The most that one interval may hold: 8 GWh, 32 GW over a quarter-hour.
    pub const MAX_VALUE: Self = Self(8_000_000_000_000);

    /// From thousandths of a watt-hour or var-hour.
    #[must_use]
    pub const fn from_milli(milli: i64) -> Self {
        Self(milli)
    }

    /// Thousandths of a watt-hour or var-hour.
    #[must_use]
    pub const fn milli(self) -> i64 {
        self.0
    }

    /// From kWh or kvarh; `None` when that is finer than a thousandth of a watt-hour, or more than
    /// can be counted.
    #[must_use]
    pub fn from_kwh(kwh: Decimal) -> Option<Self> {
        let kwh = kwh.normalize();
        if kwh.scale() > DIGITS {
            return None;
        }
        let milli = kwh.checked_mul(Decimal::from(10_u64.pow(DIGITS)))?;
        i64::try_from(milli).ok().map(Self)
    }

    /// In kWh or kvarh.
    #[must_use]
    pub fn kwh(self) -> Decimal {
        Decimal::new(self.0, DIGITS).normalize()
    }

    /// Whether one interval may hold it.
    #[must_use]
    pub const fn is_value(self) -> bool {
        self.0 >= -Self::MAX_VALUE.0 && self.0 <= Self::MAX_VALUE.0
    }
}

impl Add for Energy {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Energy {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl AddAssign for Energy {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Energy {
    fn sum<I: Iterator<Item = Self>>(energies: I) -> Self {
        energies.fold(Self::ZERO, Add::add)
    }
}

/// kWh or kvarh without trailing zeros.
impl fmt::Display for Energy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.kwh(), f)
    }
}

impl fmt::Debug for Energy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} kWh", self.kwh())
    }
}
