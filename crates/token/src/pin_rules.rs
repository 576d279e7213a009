//! What a new PIN must be, looked at here before a token sees it.
//!
//! A token has few tries, so a PIN need not be long; it must not be among the first that a thief tries, and it
//! must be one that every keyboard and every pad can type the same way. NIST SP 800-63B §3.1.1.2 gives the least of
//! length and asks to refuse what is commonly used; SP 800-73-5 part 1 §4.3.5 has the lengths of PIV cards.

use secrecy::ExposeSecret;

use serde::{Deserialize, Serialize};

use crate::{Pin, TokenInfo};

/// Shortest PIN that we set, whatever the token would take.
const SHORTEST: usize = 6;
/// Longest PIN that we set, whatever the token would take.
const LONGEST: usize = 64;
/// So many different characters at least.
const LEAST_DIFFERENT: usize = 3;

/// The rules for the PINs of one token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinRules {
    shortest: usize,
    longest: usize,
    digits: bool,
    serial: String,
}

/// The rule that a new PIN breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[non_exhaustive]
pub enum BrokenRule {
    /// Each character less makes it easier to guess.
    #[error("the new PIN has fewer than {least} characters")]
    TooShort {
        /// So many are needed.
        least: usize,
    },
    /// The token would cut it or refuse it.
    #[error("the new PIN has more than {most} characters")]
    TooLong {
        /// So many are possible.
        most: usize,
    },
    /// Other keyboards and pads type other characters differently, or not at all.
    #[error("the new PIN has characters other than letters, digits and signs of ASCII")]
    Characters,
    /// Cards of this kind take digits only.
    #[error("the new PIN has characters other than digits")]
    Digits,
    /// `111111` and `121212` are tried first.
    #[error("the new PIN has fewer than {LEAST_DIFFERENT} different characters")]
    TooSimple,
    /// `123456`, `654321` and `abcdef` are tried first.
    #[error("the new PIN's characters follow each other")]
    Sequence,
    /// The serial number is printed on the key and shown to everybody.
    #[error("the new PIN is a part of the serial number")]
    SerialNumber,
    /// Whoever saw the old PIN would know the new one.
    #[error("the new PIN is the old one, or the PUK")]
    NotNew,
}

impl BrokenRule {
    /// Name of the rule, for messages in other languages.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::TooShort { .. } => "too-short",
            Self::TooLong { .. } => "too-long",
            Self::Characters => "characters",
            Self::Digits => "digits",
            Self::TooSimple => "too-simple",
            Self::Sequence => "sequence",
            Self::SerialNumber => "serial-number",
            Self::NotNew => "not-new",
        }
    }
}

impl PinRules {
    /// The rules for this token's PINs.
    #[must_use]
    pub fn of(info: &TokenInfo) -> Self {
        let (least, most) = info.pin_length.unwrap_or((SHORTEST, LONGEST));
        let longest = most.min(LONGEST);
        Self {
            shortest: least.max(SHORTEST).min(longest),
            longest,
            digits: info.is_piv(),
            serial: info.serial.clone(),
        }
    }

    /// Fewest characters.
    #[must_use]
    pub fn shortest(&self) -> usize {
        self.shortest
    }

    /// Most characters.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Whether `new` may be the PIN. It must be none of `others`: the old PIN, the PUK.
    ///
    /// # Errors
    ///
    /// The first rule that it breaks.
    pub fn check(&self, new: &Pin, others: &[&Pin]) -> Result<(), BrokenRule> {
        // One that is typed on the token is for the token to judge.
        let Some(text) = new.secret().map(ExposeSecret::expose_secret) else {
            return Ok(());
        };
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(BrokenRule::Characters);
        }
        if self.digits && !new.is_digits() {
            return Err(BrokenRule::Digits);
        }
        if text.len() < self.shortest {
            let least = self.shortest;
            return Err(BrokenRule::TooShort { least });
        }
        if text.len() > self.longest {
            let most = self.longest;
            return Err(BrokenRule::TooLong { most });
        }
        if others.iter().any(|other| other.is_same_as(new)) {
            return Err(BrokenRule::NotNew);
        }
        if different(text) < LEAST_DIFFERENT {
            return Err(BrokenRule::TooSimple);
        }
        if is_sequence(text) {
            return Err(BrokenRule::Sequence);
        }
        if self.serial.contains(text) {
            return Err(BrokenRule::SerialNumber);
        }
        Ok(())
    }
}

impl Pin {
    /// Whether both were typed here, and the same.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        match (self.secret(), other.secret()) {
            (Some(one), Some(two)) => one.expose_secret() == two.expose_secret(),
            _ => false,
        }
    }
}

fn different(text: &str) -> usize {
    let seen = text.bytes().enumerate();
    seen.filter(|(at, byte)| !text.as_bytes()[..*at].contains(byte))
        .count()
}

/// Whether each character is the next one, or each the one before; after 9 comes 0.
fn is_sequence(text: &str) -> bool {
    let pairs = || text.as_bytes().windows(2).map(|pair| (pair[0], pair[1]));
    let next = |(one, two): (u8, u8)| one.wrapping_add(1) == two || (one, two) == (b'9', b'0');
    pairs().all(next) || pairs().all(|(one, two)| next((two, one)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PinState;

    fn info(pin_length: Option<(usize, usize)>) -> TokenInfo {
        TokenInfo {
            label: "Li Na".into(),
            serial: "00840271a3f5".into(),
            manufacturer: String::new(),
            model: String::new(),
            reader: String::new(),
            pin: PinState::default(),
            pin_length,
        }
    }

    fn pin(text: &str) -> Pin {
        Pin::new(text.into())
    }

    #[test]
    fn each_rule_is_named() {
        let rules = PinRules::of(&info(Some((4, 8))));
        let table = [
            ("", BrokenRule::TooShort { least: 6 }),
            ("8402", BrokenRule::TooShort { least: 6 }),
            ("840271935", BrokenRule::TooLong { most: 8 }),
            ("8402 71", BrokenRule::Characters),
            ("密码密码密码", BrokenRule::Characters),
            ("111111", BrokenRule::TooSimple),
            ("121212", BrokenRule::TooSimple),
            ("123456", BrokenRule::Sequence),
            ("87654321", BrokenRule::Sequence),
            ("789012", BrokenRule::Sequence),
            ("abcdef", BrokenRule::Sequence),
            ("840271", BrokenRule::SerialNumber),
            ("593174", BrokenRule::NotNew),
        ];
        let (old, puk) = (pin("593174"), pin("27182818"));
        for (text, rule) in table {
            assert_eq!(rules.check(&pin(text), &[&old, &puk]), Err(rule), "{text}");
            assert!(!rule.to_string().contains(text) || text.is_empty());
        }
        assert_eq!(
            rules.check(&pin("27182818"), &[&old, &puk]),
            Err(BrokenRule::NotNew)
        );
        for good in ["135790", "a1b2c3", "918273", "112234"] {
            assert_eq!(rules.check(&pin(good), &[&old]), Ok(()), "{good}");
        }
    }

    #[test]
    fn piv_cards_take_digits() {
        let card = TokenInfo {
            manufacturer: "piv_II".into(),
            ..info(Some((6, 8)))
        };
        let rules = PinRules::of(&card);
        assert_eq!(rules.check(&pin("a1b2c3"), &[]), Err(BrokenRule::Digits));
        assert_eq!(rules.check(&pin("918273"), &[]), Ok(()));
        assert_eq!(rules.check(&Pin::on_device(), &[]), Ok(()));
    }

    #[test]
    fn the_tokens_limits_hold_as_far_as_it_tells_them() {
        let limits = |length| {
            let rules = PinRules::of(&info(length));
            (rules.shortest(), rules.longest())
        };
        assert_eq!(limits(None), (6, 64));
        assert_eq!(limits(Some((4, 255))), (6, 64));
        assert_eq!(limits(Some((8, 12))), (8, 12));
        assert_eq!(limits(Some((4, 4))), (4, 4));
    }
}
