//! Exact decimal numbers (`xs:decimal`), without floats.

/// Digits behind the point that every value is kept with: the most that the schema has.
const SCALE: usize = 17;
/// The most digits of a value, as the schema's `totalDigits`.
const MAX_DIGITS: usize = 18;

/// A decimal number of at most 18 digits, at most 17 of them behind the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal(i128);

impl Decimal {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Reads `text` if it has at most `fraction_digits` behind the point, zeros at the end aside.
    #[must_use]
    pub fn parse(text: &str, fraction_digits: usize) -> Option<Self> {
        let (negative, digits) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let given = whole.len() + fraction.len();
        let (whole, fraction) = (
            whole.trim_start_matches('0'),
            fraction.trim_end_matches('0'),
        );
        let all = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if given == 0 || !all(whole) || !all(fraction) {
            return None;
        }
        if fraction.len() > fraction_digits.min(SCALE) || whole.len() + fraction.len() > MAX_DIGITS
        {
            return None;
        }
        let scaled: i128 = format!("{whole}{fraction:0<SCALE$}").parse().ok()?;
        Some(Self(if negative { -scaled } else { scaled }))
    }

    /// The sum. Banks' messages are far too small to overflow it.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact() {
        let read = |text| Decimal::parse(text, 5);
        assert_eq!(read("1.50"), read("+01.5"));
        assert_eq!(
            read(".1").unwrap().plus(read("0.2").unwrap()),
            read("0.3").unwrap()
        );
        assert!(read("-0.00001").unwrap() < Decimal::ZERO);
        for text in [
            "",
            ".",
            "+",
            "1e3",
            "1,5",
            "0.000001",
            "1234567890123456789",
            "--1",
            "1.2.3",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
