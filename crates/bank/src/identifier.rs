//! Identifiers of messages, payments, mandates and creditors (`Max35Text`).

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use wattkey_domain::{OrderId, ResolutionId};

use crate::text::is_latin;

/// The longest identifier, in characters (ISO 20022 `Max35Text`).
pub const MAX_IDENTIFIER: usize = 35;

/// What stands before the order id in `MsgId` and `EndToEndId`, so that our references are told
/// from others in a bank's report.
const ORDER_PREFIX: &str = "WK";
/// The same before the id of the resolution that sends money back.
const RETURN_PREFIX: &str = "WR";

/// An identifier that every bank hands back unchanged: 1 to 35 characters of the Latin set, no
/// space at the ends, no slash at the ends, no two slashes in a row (EPC217-08 §1.4).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identifier(String);

/// Why a text is no [`Identifier`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierError {
    /// Empty, or longer than [`MAX_IDENTIFIER`].
    #[error("an identifier has 1 to {MAX_IDENTIFIER} characters, this one has {0}")]
    Length(usize),
    /// A character that banks do not hand back.
    #[error("{0:?} may not stand in an identifier: A-Z a-z 0-9 / - ? : ( ) . , ' + and space may")]
    Character(char),
    /// A space or slash at an end, or two slashes in a row.
    #[error("an identifier neither begins nor ends with a space or slash, nor holds two slashes")]
    Shape,
}

impl Identifier {
    /// Checks `text`.
    ///
    /// # Errors
    /// When it is none.
    pub fn new(text: &str) -> Result<Self, IdentifierError> {
        let length = text.chars().count();
        if length == 0 || length > MAX_IDENTIFIER {
            return Err(IdentifierError::Length(length));
        }
        if let Some(character) = text.chars().find(|c| !is_latin(*c)) {
            return Err(IdentifierError::Character(character));
        }
        let ends = [' ', '/'];
        if text.starts_with(ends) || text.ends_with(ends) || text.contains("//") {
            return Err(IdentifierError::Shape);
        }
        Ok(Self(text.to_owned()))
    }

    /// `MsgId` and `EndToEndId` of an order: `WK` and its 32 hexadecimal digits (PROTOCOL 14).
    #[must_use]
    pub fn for_order(order: &OrderId) -> Self {
        Self::of(ORDER_PREFIX, order)
    }

    /// `MsgId` and `EndToEndId` of money that is sent back: `WR` and the 32 hexadecimal digits of
    /// the resolution (PROTOCOL 14).
    #[must_use]
    pub fn for_return(resolution: &ResolutionId) -> Self {
        Self::of(RETURN_PREFIX, resolution)
    }

    fn of(prefix: &str, id: &impl fmt::Display) -> Self {
        Self(format!("{prefix}{}", id.to_string().replace('-', "")))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The order that a reference in a bank's message names, if it is one of ours. Banks that hand
/// references back in capitals are understood.
#[must_use]
pub fn order_of(reference: &str) -> Option<OrderId> {
    after(ORDER_PREFIX, reference)?.parse().ok()
}

/// The same of the resolution that sends money back.
#[must_use]
pub fn return_of(reference: &str) -> Option<ResolutionId> {
    after(RETURN_PREFIX, reference)?.parse().ok()
}

/// The id behind a prefix, with its hyphens.
fn after(prefix: &str, reference: &str) -> Option<String> {
    let digits = reference.trim().to_ascii_lowercase();
    let digits = digits.strip_prefix(&prefix.to_ascii_lowercase())?;
    if digits.len() != 32 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    Some(format!(
        "{}-{}-{}-{}-{}",
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..]
    ))
}

/// A reference in a bank's message, ours as we wrote it: a bank that hands it back in capitals in
/// one message and as it was in the next speaks of the same thing. Others are left as they are.
pub(crate) fn as_we_write(reference: &str) -> Cow<'_, str> {
    let order = order_of(reference).map(|order| Identifier::for_order(&order));
    let ours = order.or_else(|| Some(Identifier::for_return(&return_of(reference)?)));
    ours.map_or(Cow::Borrowed(reference), |ours| Cow::Owned(ours.0))
}

impl fmt::Display for Identifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for Identifier {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_s_reference_leads_back_to_the_order() {
        let order: OrderId = "7d3f0b4e-41c3-4c44-9b6a-111213141516".parse().unwrap();
        let reference = Identifier::for_order(&order);
        assert_eq!(reference.as_str(), "WK7d3f0b4e41c34c449b6a111213141516");
        assert_eq!(order_of(reference.as_str()), Some(order));
        let capitals = reference.as_str().to_uppercase();
        assert_eq!(order_of(&capitals), Some(order));
        assert_eq!(as_we_write(&capitals), reference.as_str());
        assert_eq!(as_we_write("RF-x"), "RF-x");
        let resolution = order.to_string().parse().unwrap();
        let reference = Identifier::for_return(&resolution);
        assert_eq!(reference.as_str(), "WR7d3f0b4e41c34c449b6a111213141516");
        let capitals = reference.as_str().to_uppercase();
        assert_eq!(return_of(&capitals), Some(resolution));
        assert_eq!(order_of(&capitals), None);
        assert_eq!(as_we_write(&capitals), reference.as_str());
    }

    #[test]
    fn references_of_others_are_nobody_s_order() {
        for reference in [
            "",
            "WK",
            "NOTPROVIDED",
            "WK7d3f0b4e41c34c449b6a11121314151",
            "WKé",
        ] {
            assert_eq!(order_of(reference), None, "{reference}");
        }
    }

    #[test]
    fn identifiers_that_banks_change_are_refused() {
        for text in ["", "a//b", "/a", "a/", " a", "a ", "ä", &"x".repeat(36)] {
            assert!(Identifier::new(text).is_err(), "{text:?}");
        }
        assert!(Identifier::new("M-2026.01/7").is_ok());
    }
}
