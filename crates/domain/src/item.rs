use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::text::excerpt;
use crate::{OrderId, ResolutionId};

/// The longest text of an item, in bytes: a reference of the bank as the books keep it, and a word
/// before it.
pub const MAX_ITEM: usize = 240;

/// Something that the bank said and that waits for a person (PROTOCOL.md section 14).
///
/// ```
/// use wattkey_domain::Item;
///
/// let item: Item = "listed:17/2".parse()?;
/// assert_eq!(item, Item::Listed { message: 17, position: 2 });
/// assert_eq!(item.to_string(), "listed:17/2");
/// # Ok::<(), wattkey_domain::MalformedItem>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Item {
    /// Money that came in and that no order waits for: `receipt:` and the bank's reference.
    Receipt(String),
    /// What a message of the bank says of no order, or cannot be read: `listed:` message `/` place.
    Listed {
        /// Number of the message.
        message: u64,
        /// Place among what was listed of it, from 0.
        position: u64,
    },
    /// What the bank says of an order and that does not fit it: `event:` and the bank's reference.
    Event(String),
    /// An order that goes to the bank: `order:` and its id. It may be stuck there.
    Order(OrderId),
    /// Money that is sent back: `return:` and the id of the resolution that says so. It may be stuck
    /// at the bank.
    Return(ResolutionId),
}

/// The text names no item.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no item: write receipt:REFERENCE, event:REFERENCE, order:ORDER, return:RESOLUTION or listed:MESSAGE/PLACE"
)]
pub struct MalformedItem(pub String);

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Receipt(reference) => write!(f, "receipt:{reference}"),
            Self::Listed { message, position } => write!(f, "listed:{message}/{position}"),
            Self::Event(reference) => write!(f, "event:{reference}"),
            Self::Order(order) => write!(f, "order:{order}"),
            Self::Return(resolution) => write!(f, "return:{resolution}"),
        }
    }
}

impl FromStr for Item {
    type Err = MalformedItem;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || MalformedItem(excerpt(text));
        if text.len() > MAX_ITEM || text.contains(char::is_control) {
            return Err(malformed());
        }
        let (sort, rest) = text.split_once(':').ok_or_else(malformed)?;
        match sort {
            _ if rest.is_empty() => Err(malformed()),
            "receipt" => Ok(Self::Receipt(rest.to_owned())),
            "event" => Ok(Self::Event(rest.to_owned())),
            "order" | "return" => {
                let item = if sort == "order" {
                    Self::Order(rest.parse().map_err(|_| malformed())?)
                } else {
                    Self::Return(rest.parse().map_err(|_| malformed())?)
                };
                (item.to_string() == text)
                    .then_some(item)
                    .ok_or_else(malformed)
            }
            "listed" => {
                let (message, position) = rest.split_once('/').ok_or_else(malformed)?;
                let item = Self::Listed {
                    message: message.parse().map_err(|_| malformed())?,
                    position: position.parse().map_err(|_| malformed())?,
                };
                // One thing has one name: no `+1`, no `01`.
                (item.to_string() == text)
                    .then_some(item)
                    .ok_or_else(malformed)
            }
            _ => Err(malformed()),
        }
    }
}

impl TryFrom<String> for Item {
    type Error = MalformedItem;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Item> for String {
    fn from(item: Item) -> Self {
        item.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_has_one_name() {
        for text in [
            "receipt:camt:DE1|E1|+CNY5||1",
            "event:pain.002:S:0",
            "listed:1/0",
            "order:7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11",
            "return:7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11",
        ] {
            let item: Item = text.parse().unwrap();
            assert_eq!(item.to_string(), text);
        }
        for wrong in [
            "",
            "receipt:",
            "receipt",
            "bill:B-1",
            "listed:1",
            "listed:01/0",
            "listed:+1/0",
            "listed:1/-1",
            "event:a\nb",
            "order:7d3f0b8e",
            "order:7D3F0B8E-3A52-4D0C-9A41-6F2B8F0F1C11",
        ] {
            assert!(wrong.parse::<Item>().is_err(), "{wrong:?}");
        }
        let long = format!("receipt:{}", "x".repeat(MAX_ITEM));
        assert!(long.parse::<Item>().is_err());
    }
}
