use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A billing month, written `2026-08`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BillingMonth {
    year: u16,
    month: u8,
}

/// The text is not a billing month.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a billing month: write year and month as 2026-08")]
pub struct MalformedMonth(pub String);

impl BillingMonth {
    /// The year, four digits.
    #[must_use]
    pub fn year(&self) -> u16 {
        self.year
    }

    /// The month, 1 to 12.
    #[must_use]
    pub fn month(&self) -> u8 {
        self.month
    }
}

impl FromStr for BillingMonth {
    type Err = MalformedMonth;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || MalformedMonth(crate::text::excerpt(text));
        let (year, month) = text.split_once('-').ok_or_else(malformed)?;
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if year.len() != 4 || month.len() != 2 || !digits(year) || !digits(month) {
            return Err(malformed());
        }
        let year: u16 = year.parse().map_err(|_| malformed())?;
        let month: u8 = month.parse().map_err(|_| malformed())?;
        if year == 0 || !(1..=12).contains(&month) {
            return Err(malformed());
        }
        Ok(Self { year, month })
    }
}

impl TryFrom<String> for BillingMonth {
    type Error = MalformedMonth;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<BillingMonth> for String {
    fn from(month: BillingMonth) -> Self {
        month.to_string()
    }
}

impl fmt::Display for BillingMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl fmt::Debug for BillingMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_year_and_month() {
        let month: BillingMonth = "2026-08".parse().unwrap();
        assert_eq!((month.year(), month.month()), (2026, 8));
        assert_eq!(month.to_string(), "2026-08");
        for text in [
            "2026-8",
            "2026-13",
            "2026-00",
            "0000-01",
            "+026-01",
            "2026-08-01",
            "2026",
            "",
        ] {
            assert!(text.parse::<BillingMonth>().is_err(), "{text}");
        }
    }
}
