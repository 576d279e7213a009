//! Values as people read them; the same everywhere.

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use wattkey_domain::{CreditorReference, Currency};

use crate::money;

/// An amount with its currency: `¥ 12,369.69`.
#[must_use]
pub fn money(minor: i64, currency: Currency) -> String {
    money::with_currency(minor, currency)
}

/// A plain decimal number as people read it: the digits before its point in groups of three. Other
/// text stays as it is.
#[must_use]
pub fn grouped(number: &str) -> String {
    let (sign, plain) = match number.strip_prefix('-') {
        Some(plain) => ("-", plain),
        None => ("", number),
    };
    let whole = plain.split('.').next().unwrap_or(plain);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !plain.splitn(2, '.').all(digits) {
        return number.to_owned();
    }
    let mut text = sign.to_owned();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + &plain[whole.len()..]
}

/// A point in time in this PC's zone, with its offset: `2026-08-31 18:00:00 +02:00`.
#[must_use]
pub fn time(time: Timestamp) -> String {
    time.to_zoned(TimeZone::system())
        .strftime("%Y-%m-%d %H:%M:%S %:z")
        .to_string()
}

/// The name of a value in JSON, as programs know it.
#[must_use]
pub fn code(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(value) => value.to_string(),
        Err(_) => String::new(),
    }
}

/// A path as it was given.
#[must_use]
pub fn path(path: &Path) -> String {
    path.display().to_string()
}

/// An error and all that caused it, on one line.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        text.push_str(": ");
        text.push_str(&error.to_string());
        next = error.source();
    }
    text
}

/// Text from elsewhere, safe for a terminal: control characters, those that turn the direction of
/// reading (Unicode UAX #9), that break a line, and that nobody sees are shown instead of obeyed.
/// The joiners of some scripts (U+200C, U+200D) stay.
#[must_use]
pub fn safe(text: &str) -> String {
    let turns = |c: char| {
        matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
    };
    text.chars()
        .map(|c| {
            if c.is_control() || turns(c) {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

/// A creditor reference in groups of four, as it is copied from paper (ISO 11649 §5).
#[must_use]
pub fn reference(reference: &str) -> String {
    let read: Result<CreditorReference, _> = reference.parse();
    read.map_or_else(|_| reference.to_owned(), |reference| reference.printed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        assert_eq!(safe("Example Steel 示例钢铁"), "Example Steel 示例钢铁");
        assert_eq!(
            safe("a\u{1b}[2Jb\nc\u{202e}d"),
            "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d"
        );
        // Lines that are none, and characters that nobody sees.
        for unseen in [
            '\u{2028}',
            '\u{2029}',
            '\u{200b}',
            '\u{2060}',
            '\u{feff}',
            '\u{e0041}',
        ] {
            assert_eq!(safe(&format!("a{unseen}b")), "a\u{fffd}b", "{unseen:?}");
        }
    }

    #[test]
    fn only_plain_numbers_are_grouped() {
        for (plain, read) in [
            ("1234567.25", "1,234,567.25"),
            ("-1000", "-1,000"),
            ("-0.02", "-0.02"),
            ("999", "999"),
            ("¥ 1,000.00", "¥ 1,000.00"),
            ("2026-11-01", "2026-11-01"),
            ("1.2.3", "1.2.3"),
            ("", ""),
        ] {
            assert_eq!(grouped(plain), read);
        }
    }
}
