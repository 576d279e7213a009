//! Numbers and days as people read them. Both languages group by three with a comma and use a
//! decimal point.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use wattkey_domain::Currency;

use crate::Language;

/// Digits between two commas.
const GROUP: usize = 3;

/// Minor units without their currency: `12,369.69`.
pub(crate) fn amount(minor: i64, currency: Currency) -> String {
    let exponent = u32::from(currency.exponent());
    grouped(&Decimal::new(minor, exponent).to_string())
}

/// Minor units with their currency: `¥ 12,369.69`, `EUR 12,369.69`, never on two lines. The yuan
/// alone has its sign; the yen, which shares it, is spelled out.
pub(crate) fn money(minor: i64, currency: Currency) -> String {
    let sign = if currency == Currency::CNY {
        "¥"
    } else {
        currency.code()
    };
    format!("{sign}\u{a0}{}", amount(minor, currency))
}

/// A quantity or a price, with the digits that it has.
pub(crate) fn number(number: Decimal) -> String {
    grouped(&number.to_string())
}

fn grouped(plain: &str) -> String {
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", plain),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let mut text = String::from(sign);
    for (index, digit) in whole.char_indices() {
        if index > 0 && (whole.len() - index) % GROUP == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// A day in a sentence: `16 September 2026`, `2026年9月16日`.
pub(crate) fn day(day: Date, language: Language) -> String {
    match language {
        Language::En => day.strftime("%-d %B %Y").to_string(),
        Language::Zh => day.strftime("%Y年%-m月%-d日").to_string(),
    }
}

/// A moment in the service's time zone: `16 September 2026, 09:00 (+08:00)`.
pub(crate) fn moment(time: Timestamp, zone: &TimeZone, language: Language) -> String {
    let there = time.to_zoned(zone.clone());
    let day = day(there.date(), language);
    let clock = there.strftime("%H:%M");
    let offset = there.strftime("%:z");
    match language {
        Language::En => format!("{day}, {clock} ({offset})"),
        Language::Zh => format!("{day} {clock}（{offset}）"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (plain, shown) in [
            ("0", "0"),
            ("999", "999"),
            ("1000", "1,000"),
            ("-1234567.50", "-1,234,567.50"),
            ("0.6184", "0.6184"),
        ] {
            assert_eq!(grouped(plain), shown);
        }
        assert_eq!(amount(-5, Currency::CNY), "-0.05");
        assert_eq!(money(123_456_789, Currency::CNY), "¥\u{a0}1,234,567.89");
        assert_eq!(money(1_000, Currency::JPY), "JPY\u{a0}1,000");
    }

    #[test]
    fn days_and_moments_are_those_of_the_service() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let time = "2026-09-15T17:00:00Z".parse().unwrap();
        assert_eq!(
            moment(time, &zone, Language::En),
            "16 September 2026, 01:00 (+08:00)"
        );
        assert_eq!(
            moment(time, &zone, Language::Zh),
            "2026年9月16日 01:00（+08:00）"
        );
    }
}
