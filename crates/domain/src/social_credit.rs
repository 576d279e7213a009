//! The unified social credit code of organisations in China (GB 32100-2015): 18 characters, of which
//! the last one checks the others.
//!
//! ```
//! use wattkey_domain::social_credit;
//!
//! assert!(!social_credit::is_mistyped("91350100M000100Y43"));
//! assert!(social_credit::is_mistyped("91350100M000100Y34"));
//! assert!(!social_credit::is_mistyped("DE123456789"), "another country's number is none");
//! ```

/// The characters by their values: digits and capital letters without I, O, S, V, Z (4.6).
const CHARACTERS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
/// How many it has.
const LENGTH: usize = 18;

/// Whether a number has the form of such a code and not its check character: some character of it is
/// wrong. A number of any other form is not judged.
#[must_use]
pub fn is_mistyped(number: &str) -> bool {
    let values: Option<Vec<usize>> = number.chars().map(|c| CHARACTERS.find(c)).collect();
    let Some(values) = values.filter(|values| values.len() == LENGTH) else {
        return false;
    };
    let (check, body) = (values[LENGTH - 1], &values[..LENGTH - 1]);
    // The weights are powers of 3 (4.8): Horner's rule from the last one.
    let sum = body
        .iter()
        .rev()
        .fold(0, |sum, value| (sum * 3 + value) % CHARACTERS.len());
    (sum + check) % CHARACTERS.len() != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_character_is_found() {
        let good = "91350100M000100Y43";
        assert!(!is_mistyped(good));
        for place in 0..LENGTH {
            for other in CHARACTERS.chars() {
                let mut changed: Vec<char> = good.chars().collect();
                let same = changed[place] == other;
                changed[place] = other;
                let changed: String = changed.into_iter().collect();
                assert_eq!(is_mistyped(&changed), !same, "{changed}");
            }
        }
    }

    #[test]
    fn other_numbers_are_not_judged() {
        for other in [
            "",
            "9135",
            "91350100M000100Y4",
            "91350100M000100Y430",
            "91350100m000100y43",
            "91350100I000100Y43",
            "DE123456789",
        ] {
            assert!(!is_mistyped(other), "{other}");
        }
    }
}
