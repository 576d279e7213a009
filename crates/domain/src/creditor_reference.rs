//! Creditor references (ISO 11649): `RF`, two check digits, up to 21 letters or digits.
//!
//! An order that the customer pays by a transfer of his own gets one; the incoming credit is
//! matched by it. It has to survive a person who copies it from paper, which is what the check
//! digits are for.
//!
//! Source: ISO 11649:2009 §4 and §5, ISO 7064 mod 97-10; EPC "Guidance on the use of structured
//! creditor references".

use std::fmt;
use std::str::FromStr;

use crate::OrderId;

/// The most characters after the check digits.
pub const MAX_BODY: usize = 21;
/// Characters that an order's reference has after the check digits.
const ORDER_BODY: usize = 21;
/// Letters and digits of an order's reference.
const ALPHABET: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// A creditor reference with right check digits, in capitals, without spaces.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CreditorReference(String);

/// Why a text is no [`CreditorReference`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// Not of the form.
    #[error("a creditor reference is RF, two digits, and 1 to {MAX_BODY} letters or digits")]
    Form,
    /// Of the form, and a character is wrong.
    #[error("the check digits of this creditor reference do not fit: is a character mistyped?")]
    CheckDigits,
}

impl CreditorReference {
    /// The reference with that body: 1 to 21 letters or digits.
    ///
    /// # Errors
    /// [`ReferenceError::Form`].
    pub fn of_body(body: &str) -> Result<Self, ReferenceError> {
        let body = body.to_ascii_uppercase();
        if !is_body(&body) {
            return Err(ReferenceError::Form);
        }
        let check = 98 - mod_97(&format!("RF00{body}"));
        Ok(Self(format!("RF{check:02}{body}")))
    }

    /// The reference of an order. It holds 108 of the id's 122 random bits, so that two orders
    /// share one about as rarely as two ids are the same; the books look it up, nobody reads the
    /// id out of it.
    #[must_use]
    pub fn for_order(order: &OrderId) -> Self {
        let digits = order.to_string().replace('-', "");
        let mut rest = u128::from_str_radix(&digits, 16).unwrap_or_default();
        let mut body = [b'0'; ORDER_BODY];
        for place in body.iter_mut().rev() {
            let digit = usize::try_from(rest % 36).unwrap_or_default();
            *place = ALPHABET[digit];
            rest /= 36;
        }
        let body = String::from_utf8_lossy(&body);
        Self::of_body(&body).expect("21 letters and digits are a body")
    }

    /// Electronic form: capitals, no spaces.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As it is printed: in groups of four (ISO 11649 §5).
    #[must_use]
    pub fn printed(&self) -> String {
        let groups: Vec<&str> = (0..self.0.len())
            .step_by(4)
            .filter_map(|at| self.0.get(at..self.0.len().min(at + 4)))
            .collect();
        groups.join(" ")
    }

    /// What may be creditor references in a text that a person or a bank wrote around them, longest
    /// first at each place. One in 97 texts of the form has right check digits by chance: whoever
    /// issued references knows which of these are.
    #[must_use]
    pub fn all_in(text: &str) -> Vec<Self> {
        // Blanks may stand within it and around it, so each place where one may begin is tried
        // with every length.
        let compact: String = text
            .chars()
            .filter(|c| !c.is_whitespace())
            .take(MAX_SEARCHED)
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let starts = compact.match_indices("RF").map(|(at, _)| at);
        starts
            .flat_map(|at| (5..=4 + MAX_BODY).rev().map(move |length| (at, length)))
            .filter_map(|(at, length)| compact.get(at..at + length)?.parse().ok())
            .take(MAX_FOUND)
            .collect()
    }
}

/// ISO 7064 mod 97-10 over the number with its first four characters at the end; 1 is right.
#[must_use]
pub fn mod_97(text: &str) -> u32 {
    text.bytes()
        .cycle()
        .skip(4)
        .take(text.len())
        .filter_map(|byte| char::from(byte).to_digit(36))
        .fold(0, |remainder, value| {
            let shift = if value > 9 { 100 } else { 10 };
            (remainder * shift + value) % 97
        })
}

/// How much of a text is searched for a reference, in characters.
const MAX_SEARCHED: usize = 2_048;
/// The most candidates that are found in one text.
const MAX_FOUND: usize = 16;

fn is_body(text: &str) -> bool {
    (1..=MAX_BODY).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

impl FromStr for CreditorReference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let compact: String = text
            .chars()
            .filter(|c| *c != ' ')
            .take(4 + MAX_BODY + 1)
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let rest = compact.strip_prefix("RF").ok_or(ReferenceError::Form)?;
        let Some((check, body)) = rest.split_at_checked(2) else {
            return Err(ReferenceError::Form);
        };
        if !check.bytes().all(|b| b.is_ascii_digit()) || !is_body(body) {
            return Err(ReferenceError::Form);
        }
        if mod_97(&compact) == 1 {
            Ok(Self(compact))
        } else {
            Err(ReferenceError::CheckDigits)
        }
    }
}

impl fmt::Display for CreditorReference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_references() {
        // Of ISO 11649's and the European Payments Council's own examples.
        for text in ["RF18539007547034", "RF18 5390 0754 7034", "rf712348231"] {
            let read = text.parse::<CreditorReference>();
            assert!(read.is_ok(), "{text}: {read:?}");
        }
        let reference = CreditorReference::of_body("539007547034").unwrap();
        assert_eq!(reference.as_str(), "RF18539007547034");
        assert_eq!(reference.printed(), "RF18 5390 0754 7034");
    }

    #[test]
    fn what_is_none_is_refused() {
        for text in [
            "",
            "RF",
            "RF18",
            "RF1",
            "XX18539007547034",
            "RFA8539007547034",
            "RF18-539",
            "RF18ä",
        ] {
            assert_eq!(
                text.parse::<CreditorReference>(),
                Err(ReferenceError::Form),
                "{text}"
            );
        }
        let long = format!("RF18{}", "1".repeat(MAX_BODY + 1));
        assert_eq!(long.parse::<CreditorReference>(), Err(ReferenceError::Form));
        let mistyped = "RF18539007547043".parse::<CreditorReference>();
        assert_eq!(mistyped, Err(ReferenceError::CheckDigits));
        assert_eq!(CreditorReference::of_body(""), Err(ReferenceError::Form));
    }

    #[test]
    fn it_is_found_in_what_people_write() {
        let wanted: CreditorReference = "RF18539007547034".parse().unwrap();
        for text in [
            "RF18539007547034",
            "invoice RF18 5390 0754 7034, thank you",
            "PERF/RF18539007547034/2026",
            "ref: rf18 5390\n07547034",
        ] {
            let found = CreditorReference::all_in(text);
            assert!(found.contains(&wanted), "{text}: {found:?}");
        }
        assert_eq!(CreditorReference::all_in("no reference"), []);
        assert!(CreditorReference::all_in(&"RF18539007547034 ".repeat(900)).len() <= MAX_FOUND);
    }

    proptest! {
        #[test]
        fn every_orders_reference_is_one(bytes in any::<u128>()) {
            let order: OrderId = uuid_of(bytes);
            let reference = CreditorReference::for_order(&order);
            prop_assert_eq!(reference.as_str().len(), 25);
            prop_assert_eq!(reference.printed().parse(), Ok(reference.clone()));
            prop_assert_eq!(CreditorReference::for_order(&order), reference);
        }

        #[test]
        fn a_digit_for_a_digit_and_a_letter_for_a_letter_is_noticed(
            bytes in any::<u128>(), place in 4_usize..25, digit in 0_usize..36,
        ) {
            let reference = CreditorReference::for_order(&uuid_of(bytes));
            let mut text = reference.as_str().as_bytes().to_vec();
            let other = ALPHABET[digit];
            prop_assume!(text[place] != other);
            prop_assume!(text[place].is_ascii_digit() == other.is_ascii_digit());
            text[place] = other;
            let text = String::from_utf8(text).unwrap();
            prop_assert_eq!(text.parse::<CreditorReference>(), Err(ReferenceError::CheckDigits));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,80}") {
            let _ = text.parse::<CreditorReference>();
            let _ = CreditorReference::all_in(&text);
        }
    }

    fn uuid_of(bits: u128) -> OrderId {
        // Version 4, variant 1.
        let bits = bits & !(0xF << 76) | (4 << 76);
        let bits = bits & !(0x3 << 62) | (2 << 62);
        let hex = format!("{bits:032x}");
        format!(
            "{}-{}-{}-{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..]
        )
        .parse()
        .unwrap()
    }
}
