use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use wattkey_domain::{Currency, Item, OrderId};
use wattkey_pki::Digest;

use crate::time;

/// Domain separation: the digest of an item is never mistaken for another hash of this protocol.
const LABEL: &[u8] = b"wattkey-item-1\0";

/// What an item says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemView {
    /// Its name.
    pub item: Item,
    /// When the bank's message was taken in.
    #[serde(with = "time")]
    pub at: Timestamp,
    /// Minor units, where the bank names an amount.
    pub amount: Option<i64>,
    /// Of the amount.
    pub currency: Option<Currency>,
    /// The bank's value date.
    pub value: Option<Date>,
    /// Name of who paid.
    pub debtor: Option<String>,
    /// Account of who paid.
    pub debtor_account: Option<String>,
    /// What the payer wrote.
    pub text: Option<String>,
    /// The order that the bank names.
    pub order: Option<OrderId>,
    /// Why it waits for a person.
    pub why: String,
}

impl ItemView {
    /// Digest of what the item says: SHA-256 over a label and its members as texts, each after its
    /// length in four bytes (big endian). A member that is null is an empty text.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let text = |value: Option<&dyn std::fmt::Display>| {
            value.map_or_else(String::new, ToString::to_string)
        };
        fn some<T: std::fmt::Display>(value: Option<&T>) -> Option<&dyn std::fmt::Display> {
            value.map(|value| value as &dyn std::fmt::Display)
        }
        let members = [
            self.item.to_string(),
            time::format(self.at),
            text(some(self.amount.as_ref())),
            text(some(self.currency.as_ref())),
            text(some(self.value.as_ref())),
            text(some(self.debtor.as_ref())),
            text(some(self.debtor_account.as_ref())),
            text(some(self.text.as_ref())),
            text(some(self.order.as_ref())),
            self.why.clone(),
        ];
        let mut bytes = LABEL.to_vec();
        for member in members {
            let length = u32::try_from(member.len()).unwrap_or(u32::MAX);
            bytes.extend(length.to_be_bytes());
            bytes.extend(member.as_bytes());
        }
        Digest::of(&bytes)
    }
}
