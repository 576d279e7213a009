//! What names a signed document in the journal.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use wattkey_domain::OrderId;
use wattkey_pki::Digest;

/// Names one signed document. An order has an id of its own; of the others, which may be signed
/// several times for one thing and with the same words, the digest of the whole JWS tells them
/// apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Key {
    /// An order.
    Order(OrderId),
    /// A decision on an order.
    Decision(Digest),
    /// A standing instruction, given or ended.
    Instruction(Digest),
}

const DECISION: &str = "decision-";
const INSTRUCTION: &str = "instruction-";

impl Key {
    /// The order's id, if it is one.
    #[must_use]
    pub const fn order(self) -> Option<OrderId> {
        match self {
            Self::Order(order) => Some(order),
            Self::Decision(_) | Self::Instruction(_) => None,
        }
    }
}

impl From<OrderId> for Key {
    fn from(order: OrderId) -> Key {
        Key::Order(order)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Order(order) => write!(f, "{order}"),
            Self::Decision(digest) => write!(f, "{DECISION}{digest}"),
            Self::Instruction(digest) => write!(f, "{INSTRUCTION}{digest}"),
        }
    }
}

/// The text names nothing of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it names no signed document")]
pub struct KeyError;

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Key, KeyError> {
        let digest = |text: &str| text.parse::<Digest>().map_err(|_| KeyError);
        if let Some(rest) = text.strip_prefix(DECISION) {
            return digest(rest).map(Key::Decision);
        }
        if let Some(rest) = text.strip_prefix(INSTRUCTION) {
            return digest(rest).map(Key::Instruction);
        }
        text.parse().map(Key::Order).map_err(|_| KeyError)
    }
}

impl TryFrom<String> for Key {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Key, KeyError> {
        text.parse()
    }
}

impl From<Key> for String {
    fn from(key: Key) -> String {
        key.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_back() {
        let digest = Digest::of(b"document");
        let order: OrderId = "7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11".parse().unwrap();
        for key in [
            Key::Order(order),
            Key::Decision(digest),
            Key::Instruction(digest),
        ] {
            assert_eq!(key.to_string().parse(), Ok(key));
        }
        for none in ["", "decision-", "decision-x", "order-1", "B-1"] {
            assert_eq!(none.parse::<Key>(), Err(KeyError), "{none}");
        }
    }
}
