//! Answers on standard output, and money as people write it.

use std::io::{self, ErrorKind, Write as _};

use wattkey_domain::Currency;

/// Writes an answer out. A reader that went away (`verify | head`) has seen enough; what cannot be
/// written for another reason is an error.
///
/// # Errors
/// What the system says, such as that the disk is full.
pub fn answer(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Minor units with the decimals of their currency, negative ones with a minus; as they are when
/// the currency is not known.
///
/// ```
/// use wattkey_platform::printing::amount;
///
/// assert_eq!(amount(-120_005, "CNY"), "-1200.05");
/// assert_eq!(amount(7, "JPY"), "7");
/// ```
#[must_use]
pub fn amount(minor: i64, currency: &str) -> String {
    let Ok(currency) = currency.parse::<Currency>() else {
        return minor.to_string();
    };
    let digits = usize::from(currency.exponent());
    let sign = if minor < 0 { "-" } else { "" };
    // So many digits that one stands before the point.
    let text = format!("{:0>1$}", minor.unsigned_abs(), digits + 1);
    match text.split_at(text.len() - digits) {
        (whole, "") => format!("{sign}{whole}"),
        (whole, part) => format!("{sign}{whole}.{part}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_those_of_the_currency() {
        for (minor, currency, wanted) in [
            (0, "CNY", "0.00"),
            (5, "CNY", "0.05"),
            (-5, "CNY", "-0.05"),
            (150_000, "CNY", "1500.00"),
            (150_000, "JPY", "150000"),
            (1_234, "KWD", "1.234"),
            (i64::MIN, "CNY", "-92233720368547758.08"),
            (12, "???", "12"),
        ] {
            assert_eq!(amount(minor, currency), wanted);
        }
    }
}
