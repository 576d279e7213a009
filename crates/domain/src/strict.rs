//! Dates and decimal numbers in their one form, for documents from outside.

use jiff::civil::Date;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer};

/// A date in its one form, `2026-08-31`: jiff alone would also take others.
pub(crate) fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse::<Date>()
        .ok()
        .filter(|date| date.to_string() == text)
        .ok_or_else(|| {
            let shown = crate::text::excerpt(&text);
            serde::de::Error::custom(format!("`{shown}` is not a date: write it as 2026-08-31"))
        })
}

/// A decimal string in its one form: an optional `-`, digits, optionally a point and digits.
pub(crate) fn decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    let text = String::deserialize(deserializer)?;
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, "0"));
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if digits(whole)
        && digits(fraction)
        && let Ok(number) = Decimal::from_str_exact(&text)
    {
        return Ok(number);
    }
    let shown = crate::text::excerpt(&text);
    let problem = format!("`{shown}` is not a decimal number: write it as \"123.45\"");
    Err(serde::de::Error::custom(problem))
}

/// As [`decimal`], for a member that may be absent.
pub(crate) fn optional_decimal<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Decimal>, D::Error> {
    decimal(deserializer).map(Some)
}

/// Whether a number is closer to zero than `below` and has at most `decimals` digits after the
/// point.
pub(crate) fn bounded(number: Decimal, below: impl Into<Decimal>, decimals: u32) -> bool {
    number.abs() < below.into() && number.normalize().scale() <= decimals
}

/// Rounds half away from zero.
pub(crate) fn round(number: Decimal, decimals: u32) -> Decimal {
    number.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero)
}
