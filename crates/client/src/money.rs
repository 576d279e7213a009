//! Amounts as people write and read them, without floats.
//!
//! Inside, money is an integer of minor units beside its currency (PROTOCOL.md, conventions).
//! English and Chinese both group by three with a comma and use a decimal point.

use wattkey_domain::{Currency, MAX_MINOR};

/// Digits between two commas.
const GROUP: usize = 3;

/// Why a text is not an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Something else than digits with at most one point.
    #[error("an amount is digits with a point, such as 12369.69")]
    Malformed,
    /// The currency has another number of decimals.
    #[error("an amount in this currency has {0} decimals")]
    Decimals(u8),
    /// Nothing, where something is needed.
    #[error("the amount is zero")]
    Zero,
    /// More than 2^53-1 minor units.
    #[error("the amount is too large")]
    TooLarge,
}

/// Reads `12369.69` as minor units: all decimals of the currency, or no point at all.
///
/// # Errors
/// When the text is not such an amount; commas, signs and exponents are refused.
pub fn parse(text: &str, currency: Currency) -> Result<i64, AmountError> {
    let decimals = currency.exponent();
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, fraction),
        None => (text, ""),
    };
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return Err(AmountError::Malformed);
    }
    if text.contains('.') && fraction.len() != usize::from(decimals) {
        return Err(AmountError::Decimals(decimals));
    }
    let all = format!("{whole}{fraction:0<width$}", width = usize::from(decimals));
    all.parse()
        .ok()
        .filter(|minor| *minor <= MAX_MINOR)
        .ok_or(AmountError::TooLarge)
}

/// Reads an amount as a person writes it: plain, or grouped as [`grouped`] writes it. Groups of other
/// sizes, which could be a decimal comma, are refused.
///
/// # Errors
/// As [`parse`].
pub fn parse_grouped(text: &str, currency: Currency) -> Result<i64, AmountError> {
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    let Some((first, others)) = whole.split_once(',') else {
        return parse(text, currency);
    };
    let grouped =
        (1..=GROUP).contains(&first.len()) && others.split(',').all(|one| one.len() == GROUP);
    match grouped {
        true => parse(&text.replace(',', ""), currency),
        false => Err(AmountError::Malformed),
    }
}

/// Reads an amount that cannot be zero.
///
/// # Errors
/// As [`parse`], and [`AmountError::Zero`].
pub fn parse_positive(text: &str, currency: Currency) -> Result<i64, AmountError> {
    match parse(text, currency)? {
        0 => Err(AmountError::Zero),
        minor => Ok(minor),
    }
}

/// Writes minor units with grouping: `12,369.69`.
#[must_use]
pub fn grouped(minor: i64, currency: Currency) -> String {
    crate::show::grouped(&plain(minor, currency))
}

/// Writes minor units as `12369.69`, the way that [`parse`] reads.
#[must_use]
pub fn plain(minor: i64, currency: Currency) -> String {
    let (sign, whole, fraction) = parts(minor, currency);
    format!("{sign}{whole}{fraction}")
}

/// Writes an amount with its currency: `¥ 12,369.69`, `EUR 12,369.69`.
///
/// The yuan alone has its sign; the yen, which shares it, is spelled out.
#[must_use]
pub fn with_currency(minor: i64, currency: Currency) -> String {
    let sign = if currency == Currency::CNY {
        "¥"
    } else {
        currency.code()
    };
    format!("{sign} {}", grouped(minor, currency))
}

fn parts(minor: i64, currency: Currency) -> (&'static str, String, String) {
    let sign = if minor < 0 { "-" } else { "" };
    let decimals = usize::from(currency.exponent());
    let digits = format!("{:0>width$}", minor.unsigned_abs(), width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    let fraction = if decimals == 0 {
        String::new()
    } else {
        format!(".{fraction}")
    };
    (sign, whole.to_owned(), fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_by_three() {
        let table = [
            (0, "CNY", "0.00"),
            (5, "CNY", "0.05"),
            (99_999, "CNY", "999.99"),
            (100_000, "CNY", "1,000.00"),
            (1_236_969, "CNY", "12,369.69"),
            (123_456_789_012, "CNY", "1,234,567,890.12"),
            (-1_236_969, "CNY", "-12,369.69"),
            (1_234_567, "JPY", "1,234,567"),
            (1_234_567, "KWD", "1,234.567"),
            (MAX_MINOR, "CNY", "90,071,992,547,409.91"),
        ];
        for (minor, currency, text) in table {
            assert_eq!(grouped(minor, currency.parse().unwrap()), text);
        }
        assert_eq!(with_currency(1_236_969, Currency::CNY), "¥ 12,369.69");
        assert_eq!(with_currency(12_369, Currency::JPY), "JPY 12,369");
    }

    #[test]
    fn what_is_written_plainly_is_read_back() {
        for minor in [0, 1, 99, 100, 1_236_969, MAX_MINOR] {
            for code in ["JPY", "CNY", "KWD"] {
                let currency = code.parse().unwrap();
                assert_eq!(parse(&plain(minor, currency), currency), Ok(minor));
            }
        }
        assert_eq!(parse("12369", Currency::CNY), Ok(1_236_900));
        assert_eq!(
            parse_positive("0.00", Currency::CNY),
            Err(AmountError::Zero)
        );
        assert_eq!(parse_positive("0.01", Currency::CNY), Ok(1));
    }

    #[test]
    fn what_is_shown_in_groups_can_be_written_so() {
        for minor in [0, 99, 123_450, 100_000_000, MAX_MINOR] {
            let shown = grouped(minor, Currency::CNY);
            assert_eq!(parse_grouped(&shown, Currency::CNY), Ok(minor));
        }
        assert_eq!(parse_grouped("1234.50", Currency::CNY), Ok(123_450));
        for wrong in [
            "1,23",
            "1,2345.00",
            "1000,50",
            ",100",
            "1,,000",
            "1.000,50",
            "1,000,",
            "1,000.5",
        ] {
            assert!(parse_grouped(wrong, Currency::CNY).is_err(), "{wrong}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        use AmountError::{Decimals, Malformed, TooLarge};
        let table = [
            ("", Malformed),
            (".5", Malformed),
            ("-1.00", Malformed),
            ("+1.00", Malformed),
            ("1,000.00", Malformed),
            ("1e3", Malformed),
            ("１.00", Malformed),
            ("1.0.0", Malformed),
            ("1.5", Decimals(2)),
            ("1.", Decimals(2)),
            ("1.005", Decimals(2)),
            ("90071992547409.92", TooLarge),
            ("99999999999999999999999.00", TooLarge),
        ];
        for (text, error) in table {
            assert_eq!(parse(text, Currency::CNY), Err(error), "{text}");
        }
    }
}
