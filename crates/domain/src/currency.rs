use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A currency of ISO 4217 whose minor unit this software knows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency {
    code: [u8; 3],
    exponent: u8,
}

/// The code is not one that this software knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a known currency: write an ISO 4217 code in capitals, such as CNY")]
pub struct UnknownCurrency(pub String);

/// Codes whose minor unit is a hundredth of the major unit (ISO 4217, list one).
const HUNDREDTHS: &[&[u8; 3]] = &[
    b"AED", b"AUD", b"BDT", b"BRL", b"CAD", b"CHF", b"CNY", b"COP", b"CZK", b"DKK", b"EGP", b"EUR",
    b"GBP", b"HKD", b"HUF", b"IDR", b"ILS", b"INR", b"KES", b"KHR", b"KZT", b"LAK", b"LKR", b"MAD",
    b"MMK", b"MNT", b"MOP", b"MXN", b"MYR", b"NGN", b"NOK", b"NPR", b"NZD", b"PEN", b"PHP", b"PKR",
    b"PLN", b"QAR", b"RON", b"RSD", b"RUB", b"SAR", b"SEK", b"SGD", b"THB", b"TRY", b"TWD", b"TZS",
    b"UAH", b"USD", b"UZS", b"ZAR",
];
/// Codes without a minor unit.
const WHOLE: &[&[u8; 3]] = &[
    b"CLP", b"ISK", b"JPY", b"KRW", b"PYG", b"RWF", b"UGX", b"VND", b"XAF", b"XOF",
];
/// Codes whose minor unit is a thousandth.
const THOUSANDTHS: &[&[u8; 3]] = &[b"BHD", b"IQD", b"JOD", b"KWD", b"LYD", b"OMR", b"TND"];

impl Currency {
    /// Renminbi, the currency of the sample data.
    pub const CNY: Self = Self {
        code: *b"CNY",
        exponent: 2,
    };
    /// Euro.
    pub const EUR: Self = Self {
        code: *b"EUR",
        exponent: 2,
    };
    /// Yen, which has no minor unit.
    pub const JPY: Self = Self {
        code: *b"JPY",
        exponent: 0,
    };

    /// The three capital letters of ISO 4217.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).expect("all codes of the tables are ASCII")
    }

    /// How many decimal digits the minor unit stands behind the point: 2 for CNY, 0 for JPY.
    #[must_use]
    pub fn exponent(&self) -> u8 {
        self.exponent
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownCurrency(crate::text::excerpt(text));
        let code: [u8; 3] = text.as_bytes().try_into().map_err(|_| unknown())?;
        [(HUNDREDTHS, 2), (WHOLE, 0), (THOUSANDTHS, 3)]
            .into_iter()
            .find(|(table, _)| table.contains(&&code))
            .map(|(_, exponent)| Self { code, exponent })
            .ok_or_else(unknown)
    }
}

impl TryFrom<String> for Currency {
    type Error = UnknownCurrency;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_their_minor_units() {
        for (code, exponent) in [("CNY", 2), ("JPY", 0), ("KWD", 3), ("EUR", 2)] {
            let currency: Currency = code.parse().unwrap();
            assert_eq!(currency.code(), code);
            assert_eq!(currency.exponent(), exponent);
        }
        assert_eq!("CNY".parse(), Ok(Currency::CNY));
        assert_eq!("EUR".parse(), Ok(Currency::EUR));
        assert_eq!("JPY".parse(), Ok(Currency::JPY));
    }

    #[test]
    fn other_codes_are_refused() {
        for text in ["", "cny", "XXX", "CN", "CNYY", "¥", "人民币"] {
            assert!(text.parse::<Currency>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_tables_are_sorted_and_do_not_overlap() {
        let mut all: Vec<_> = [HUNDREDTHS, WHOLE, THOUSANDTHS].concat();
        for table in [HUNDREDTHS, WHOLE, THOUSANDTHS] {
            assert!(table.is_sorted());
        }
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
