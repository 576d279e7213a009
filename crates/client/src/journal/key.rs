//! What names a signed document in the journal.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use wattkey_domain::OrderId;
use wattkey_pki::Digest;
use wattkey_protocol::change::{Change, ChangeDecision};
use wattkey_protocol::decision::DecisionDocument;
use wattkey_protocol::dispute::Dispute;
use wattkey_protocol::notice::Acknowledgement;
use wattkey_protocol::order::Order;
use wattkey_protocol::signed::{Document, Signed};
use wattkey_protocol::standing_instruction::StandingInstruction;

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
    /// A change of own data.
    Change(Digest),
    /// A decision on a change.
    ChangeDecision(Digest),
    /// A dispute of a bill, or its withdrawal.
    Dispute(Digest),
    /// The acknowledgement of a notice.
    Acknowledgement(Digest),
}

/// A kind of document, of the digest of its id.
type Kind = fn(Digest) -> Key;

/// What the names of others than orders begin with. None is the beginning of another one that a
/// digest could follow.
const PREFIXES: [(&str, Kind); 6] = [
    ("decision-", Key::Decision),
    ("instruction-", Key::Instruction),
    ("change-decision-", Key::ChangeDecision),
    ("change-", Key::Change),
    ("dispute-", Key::Dispute),
    ("acknowledgement-", Key::Acknowledgement),
];

impl Key {
    /// The order's id, if it is one.
    #[must_use]
    pub const fn order(self) -> Option<OrderId> {
        match self {
            Self::Order(order) => Some(order),
            _ => None,
        }
    }

    /// Whether this is a signed document of the kind that the name says, as this program reads it.
    #[must_use]
    pub fn fits(self, signed: &str) -> bool {
        match self {
            Self::Order(order) => reads::<Order>(signed, |document| document.order == order),
            Self::Decision(_) => reads::<DecisionDocument>(signed, |_| true),
            Self::Instruction(_) => reads::<StandingInstruction>(signed, |_| true),
            Self::Change(_) => reads::<Change>(signed, |_| true),
            Self::ChangeDecision(_) => reads::<ChangeDecision>(signed, |_| true),
            Self::Dispute(_) => reads::<Dispute>(signed, |_| true),
            Self::Acknowledgement(_) => reads::<Acknowledgement>(signed, |_| true),
        }
    }
}

fn reads<D: Document>(signed: &str, fits: impl FnOnce(&D) -> bool) -> bool {
    Signed::<D>::parse(signed).is_ok_and(|signed| fits(signed.document()))
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
            Self::Decision(digest) => write!(f, "decision-{digest}"),
            Self::Instruction(digest) => write!(f, "instruction-{digest}"),
            Self::Change(digest) => write!(f, "change-{digest}"),
            Self::ChangeDecision(digest) => write!(f, "change-decision-{digest}"),
            Self::Dispute(digest) => write!(f, "dispute-{digest}"),
            Self::Acknowledgement(digest) => write!(f, "acknowledgement-{digest}"),
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
        for (prefix, key) in PREFIXES {
            let digest = text.strip_prefix(prefix).map(str::parse::<Digest>);
            if let Some(Ok(digest)) = digest {
                return Ok(key(digest));
            }
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
        let others = PREFIXES.map(|(_, key)| key(digest));
        for key in others.into_iter().chain([Key::Order(order)]) {
            assert_eq!(key.to_string().parse(), Ok(key));
        }
        for none in [
            "",
            "decision-",
            "decision-x",
            "change-decision-x",
            "order-1",
            "B-1",
        ] {
            assert_eq!(none.parse::<Key>(), Err(KeyError), "{none}");
        }
    }
}
