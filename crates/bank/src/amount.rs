//! Amounts as ISO 20022 writes them (`ActiveOrHistoricCurrencyAndAmount`): a decimal number
//! beside a currency.

use wattkey_domain::{Currency, Money, MoneyError, UnknownCurrency};

/// The longest amount that is looked at, in characters: the schema has 18 digits, a sign and a
/// point.
const MAX_CHARACTERS: usize = 20;

/// Why an amount in a bank's message cannot be taken. The rest of the message still can.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// There is none, or no currency with it.
    #[error("there is no amount with a currency")]
    Missing,
    /// A currency that the books do not know.
    #[error("its currency cannot be taken")]
    Currency(#[source] UnknownCurrency),
    /// Not a decimal number without sign, finer than the minor unit, or more than the books hold.
    #[error("its number cannot be taken")]
    Number(#[source] MoneyError),
}

/// Reads `number` of `currency` exactly. `xs:decimal` also has `+5`, `.5` and `5.`.
pub(crate) fn parse(number: &str, currency: &str) -> Result<Money, AmountError> {
    let currency: Currency = currency.parse().map_err(AmountError::Currency)?;
    let plain = number.strip_prefix('+').unwrap_or(number);
    if plain.chars().count() > MAX_CHARACTERS || !plain.bytes().any(|b| b.is_ascii_digit()) {
        let excerpt = number.chars().take(MAX_CHARACTERS).collect();
        return Err(AmountError::Number(MoneyError::Malformed(excerpt)));
    }
    let plain = plain.strip_suffix('.').unwrap_or(plain);
    let zero = if plain.starts_with('.') { "0" } else { "" };
    Money::from_decimal(&format!("{zero}{plain}"), currency).map_err(AmountError::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_exactly() {
        let cases = [
            ("200000", "SEK", Some(20_000_000)),
            ("6.3", "CHF", Some(630)),
            ("0.07", "CNY", Some(7)),
            ("12369.69000", "CNY", Some(1_236_969)),
            ("+.5", "EUR", Some(50)),
            ("007.", "EUR", Some(700)),
            ("1500", "JPY", Some(1500)),
            ("1500.00", "JPY", Some(1500)),
            ("1.234", "BHD", Some(1234)),
            ("90071992547409.91", "CNY", Some(9_007_199_254_740_991)),
            ("90071992547409.92", "CNY", None),
            ("0.005", "CNY", None),
            ("1.5", "JPY", None),
            ("-1", "CNY", None),
            ("+-1", "CNY", None),
            ("1,50", "CNY", None),
            ("1e3", "CNY", None),
            (".", "CNY", None),
            ("", "CNY", None),
            ("1..", "CNY", None),
            ("1.0.0", "CNY", None),
            ("123456789012345678901", "CNY", None),
            ("1", "cny", None),
            ("1", "", None),
        ];
        for (number, currency, wanted) in cases {
            let minor = parse(number, currency).ok().map(|money| money.minor());
            assert_eq!(minor, wanted, "{number} {currency}");
        }
    }
}
