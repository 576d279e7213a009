use std::fmt;

use crate::Currency;

/// The largest amount, in minor units: 2^53-1, which every JSON reader keeps exact.
pub const MAX_MINOR: i64 = (1 << 53) - 1;

/// An amount of money: zero or more minor units of one currency, at most [`MAX_MINOR`].
///
/// A difference of amounts is a [`Balance`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// A difference of amounts in minor units of one currency; it may be negative.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Balance {
    minor: i64,
    currency: Currency,
}

/// An amount or a sum that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Below zero.
    #[error("an amount cannot be negative: {0}")]
    Negative(i64),
    /// Over 2^53-1 minor units, as an amount or on the way of a computation.
    #[error("the amount is over 9007199254740991 minor units")]
    Overflow,
    /// Two currencies in one computation.
    #[error("{left} and {right} cannot be computed together")]
    Currencies {
        /// The one that was there first.
        left: Currency,
        /// The other.
        right: Currency,
    },
    /// Not a decimal number with the currency's digits.
    #[error(
        "`{0}` is not an amount: write digits, and at most as many after the point as the currency has"
    )]
    Malformed(String),
}

impl Money {
    /// An amount of minor units.
    ///
    /// # Errors
    /// [`MoneyError::Negative`] and [`MoneyError::Overflow`].
    pub const fn new(minor: i64, currency: Currency) -> Result<Self, MoneyError> {
        if minor < 0 {
            return Err(MoneyError::Negative(minor));
        }
        if minor > MAX_MINOR {
            return Err(MoneyError::Overflow);
        }
        Ok(Self { minor, currency })
    }

    /// Nothing, in a currency.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// Reads a plain decimal number of the major unit, as ISO 20022 writes amounts: `12345.6` is
    /// 1,234,560 minor units of CNY. Zeros past the currency's digits are tolerated, other digits
    /// are not.
    ///
    /// # Errors
    /// [`MoneyError::Malformed`] and [`MoneyError::Overflow`].
    pub fn from_decimal(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let malformed = || MoneyError::Malformed(crate::text::excerpt(text));
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) || text.ends_with('.') {
            return Err(malformed());
        }
        let exponent = usize::from(currency.exponent());
        let (kept, past) = fraction.split_at(fraction.len().min(exponent));
        if past.bytes().any(|byte| byte != b'0') {
            return Err(malformed());
        }
        let padding = std::iter::repeat_n(b'0', exponent - kept.len());
        let mut minor = 0_i64;
        for digit in whole.bytes().chain(kept.bytes()).chain(padding) {
            minor = minor
                .checked_mul(10)
                .and_then(|minor| minor.checked_add(i64::from(digit - b'0')))
                .ok_or(MoneyError::Overflow)?;
        }
        Self::new(minor, currency)
    }

    /// Minor units, 0 to [`MAX_MINOR`].
    #[must_use]
    pub const fn minor(&self) -> i64 {
        self.minor
    }

    /// The currency.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// Whether there is nothing.
    #[must_use]
    pub const fn is_zero(&self) -> bool {
        self.minor == 0
    }

    /// The sum.
    ///
    /// # Errors
    /// [`MoneyError::Currencies`] and [`MoneyError::Overflow`].
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        same_currency(self.currency, other.currency)?;
        let minor = self
            .minor
            .checked_add(other.minor)
            .ok_or(MoneyError::Overflow)?;
        Self::new(minor, self.currency)
    }

    /// What is left after taking `other` away.
    ///
    /// # Errors
    /// [`MoneyError::Currencies`]; [`MoneyError::Negative`] when there is less than that.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        same_currency(self.currency, other.currency)?;
        Self::new(self.minor - other.minor, self.currency)
    }

    /// How far this amount is above `other`; negative when below.
    ///
    /// # Errors
    /// [`MoneyError::Currencies`].
    pub fn difference(self, other: Self) -> Result<Balance, MoneyError> {
        same_currency(self.currency, other.currency)?;
        Balance::new(self.minor - other.minor, self.currency)
    }

    /// The sum of amounts of one currency; zero when there are none.
    ///
    /// # Errors
    /// [`MoneyError::Currencies`] and [`MoneyError::Overflow`].
    pub fn sum(
        currency: Currency,
        amounts: impl IntoIterator<Item = Self>,
    ) -> Result<Self, MoneyError> {
        amounts
            .into_iter()
            .try_fold(Self::zero(currency), Self::checked_add)
    }

    /// The major unit with its point and no grouping, such as `12345.00`: for messages to machines.
    #[must_use]
    pub fn to_decimal(&self) -> String {
        digits(self.minor, self.currency.exponent(), "", ".")
    }

    /// The major unit with the separators of a locale: between groups of three digits, and before
    /// the minor unit. No currency sign.
    #[must_use]
    pub fn to_grouped(&self, group: &str, point: &str) -> String {
        digits(self.minor, self.currency.exponent(), group, point)
    }
}

impl Balance {
    /// A difference of minor units.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] when it is further than [`MAX_MINOR`] from zero.
    pub const fn new(minor: i64, currency: Currency) -> Result<Self, MoneyError> {
        if minor > MAX_MINOR || minor < -MAX_MINOR {
            return Err(MoneyError::Overflow);
        }
        Ok(Self { minor, currency })
    }

    /// Even, in a currency.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// Minor units; negative below zero.
    #[must_use]
    pub const fn minor(&self) -> i64 {
        self.minor
    }

    /// The currency.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// The sum of two differences.
    ///
    /// # Errors
    /// [`MoneyError::Currencies`] and [`MoneyError::Overflow`].
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        same_currency(self.currency, other.currency)?;
        let minor = self
            .minor
            .checked_add(other.minor)
            .ok_or(MoneyError::Overflow)?;
        Self::new(minor, self.currency)
    }

    /// As [`Money::to_grouped`], with `-` before a negative number.
    #[must_use]
    pub fn to_grouped(&self, group: &str, point: &str) -> String {
        digits(self.minor, self.currency.exponent(), group, point)
    }
}

impl From<Money> for Balance {
    fn from(money: Money) -> Self {
        Self {
            minor: money.minor,
            currency: money.currency,
        }
    }
}

fn same_currency(left: Currency, right: Currency) -> Result<(), MoneyError> {
    if left == right {
        Ok(())
    } else {
        Err(MoneyError::Currencies { left, right })
    }
}

fn digits(minor: i64, exponent: u8, group: &str, point: &str) -> String {
    let exponent = usize::from(exponent);
    let padded = format!("{:0>width$}", minor.unsigned_abs(), width = exponent + 1);
    let (whole, fraction) = padded.split_at(padded.len() - exponent);
    let mut text = String::from(if minor < 0 { "-" } else { "" });
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push_str(group);
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push_str(point);
        text.push_str(fraction);
    }
    text
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.to_grouped(",", "."), self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Balance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.to_grouped(",", "."), self.currency)
    }
}

impl fmt::Debug for Balance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cny(minor: i64) -> Money {
        Money::new(minor, Currency::CNY).unwrap()
    }

    #[test]
    fn amounts_have_bounds() {
        assert_eq!(Money::new(-1, Currency::CNY), Err(MoneyError::Negative(-1)));
        assert_eq!(
            Money::new(MAX_MINOR + 1, Currency::CNY),
            Err(MoneyError::Overflow)
        );
        assert_eq!(
            cny(MAX_MINOR).checked_add(cny(1)),
            Err(MoneyError::Overflow)
        );
        assert_eq!(cny(1).checked_sub(cny(2)), Err(MoneyError::Negative(-1)));
        assert_eq!(cny(1).difference(cny(2)).unwrap().minor(), -1);
    }

    #[test]
    fn currencies_do_not_mix() {
        let euro = Money::new(1, Currency::EUR).unwrap();
        assert_eq!(
            cny(1).checked_add(euro),
            Err(MoneyError::Currencies {
                left: Currency::CNY,
                right: Currency::EUR
            })
        );
        assert!(cny(1).checked_sub(euro).is_err());
        assert!(cny(1).difference(euro).is_err());
    }

    #[test]
    fn text_forms() {
        for (minor, grouped, decimal) in [
            (0, "0.00", "0.00"),
            (5, "0.05", "0.05"),
            (100, "1.00", "1.00"),
            (99_999, "999.99", "999.99"),
            (123_456_789, "1,234,567.89", "1234567.89"),
        ] {
            assert_eq!(cny(minor).to_grouped(",", "."), grouped);
            assert_eq!(cny(minor).to_decimal(), decimal);
        }
        let yen = Money::new(1_234_567, Currency::JPY).unwrap();
        assert_eq!(yen.to_string(), "1,234,567 JPY");
        let balance = Balance::new(-123_456, Currency::CNY).unwrap();
        assert_eq!(balance.to_string(), "-1,234.56 CNY");
    }

    #[test]
    fn decimal_numbers() {
        for (text, minor) in [
            ("0", 0),
            ("12345", 1_234_500),
            ("12345.6", 1_234_560),
            ("1.23000", 123),
        ] {
            assert_eq!(
                Money::from_decimal(text, Currency::CNY),
                Ok(cny(minor)),
                "{text}"
            );
        }
        for text in [
            "", ".", "1.", ".5", "-1", "+1", "1.234", "1e3", "1,000", " 1", "١",
        ] {
            assert!(Money::from_decimal(text, Currency::CNY).is_err(), "{text}");
        }
        assert_eq!(
            Money::from_decimal("99999999999999999999999", Currency::CNY),
            Err(MoneyError::Overflow)
        );
    }

    proptest! {
        #[test]
        fn decimal_text_is_read_back(minor in 0..=MAX_MINOR, code in 0..3_usize) {
            let currency = [Currency::CNY, Currency::JPY, "KWD".parse().unwrap()][code];
            let money = Money::new(minor, currency).unwrap();
            prop_assert_eq!(Money::from_decimal(&money.to_decimal(), currency), Ok(money));
            prop_assert_eq!(money.to_grouped("", "."), money.to_decimal());
        }

        #[test]
        fn adding_and_taking_away_agree(a in 0..=MAX_MINOR, b in 0..=MAX_MINOR) {
            match cny(a).checked_add(cny(b)) {
                Ok(sum) => {
                    prop_assert_eq!(sum.checked_sub(cny(b)), Ok(cny(a)));
                    prop_assert_eq!(sum.minor(), a + b);
                }
                Err(error) => {
                    prop_assert_eq!(error, MoneyError::Overflow);
                    prop_assert!(a + b > MAX_MINOR);
                }
            }
        }
    }
}
