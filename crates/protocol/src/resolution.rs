//! Resolutions (`PROTOCOL.md` section 14): what a manager makes of something that the bank said and
//! that the books could not place, and a second manager's word on it.
//!
//! The second document names the first one by its digest. Both are [`Signed`](crate::signed::Signed)
//! by the signature keys of managers; who is bound is the platform's to judge, from the binding log.

mod item;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use wattkey_domain::{AccountId, BillId, Item, MAX_MINOR, ResolutionId, UserId};
use wattkey_pki::Digest;

pub use self::item::ItemView;
use crate::{
    json::{DocumentError, check_minor, check_text},
    order::Named,
    signed::Payload,
    time,
};

/// `typ` of a resolution.
pub const TYPE: &str = "wattkey-resolution+jws";
/// `typ` of a second manager's word on one.
pub const DECISION_TYPE: &str = "wattkey-resolution-decision+jws";
/// Most bills of one resolution.
pub const MAX_ALLOCATIONS: usize = 100;
/// Most characters of a reason.
pub const MAX_REASON: usize = 500;
/// How far `created` may be from the platform's clock, in seconds.
pub const CREATED_WINDOW_S: i64 = 300;
const MAX_NAME: usize = 140;
const MAX_ACCOUNT: usize = 34;

/// What a manager makes of an item. Amounts are minor units of the item's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resolution {
    /// Made by the management tool.
    pub resolution: ResolutionId,
    /// The payment service.
    pub audience: String,
    /// What is resolved.
    pub item: Item,
    /// Digest of what the item says: [`ItemView::digest`].
    pub item_digest: Digest,
    /// What is done with it.
    pub action: Action,
    /// The bills that are paid with it.
    pub allocations: Vec<Allocation>,
    /// What of it goes into a deposit.
    #[serde(deserialize_with = "member")]
    pub deposit: Option<DepositPart>,
    /// Who gets it back; of [`Action::Return`] only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Recipient>,
    /// Why; may be empty unless it is all there is.
    pub reason: String,
    /// Who signs.
    pub manager: Named<UserId>,
    /// When.
    #[serde(with = "time")]
    pub created: Timestamp,
}

/// What is done with an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Money that came in pays bills, or goes into a deposit.
    Match,
    /// Money that came in is sent back to the account that it came from.
    Return,
    /// Somebody looked; nothing is posted.
    Note,
    /// Money that the bank booked for an order that it does not fit: it waits as a receipt.
    Receive,
    /// The bank will not do the order: its bills are open again.
    OrderRejected,
    /// The bank did the order.
    OrderSettled,
    /// The bank took the order back that it had done: its bills are open again.
    OrderReturned,
}

/// What one bill gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allocation {
    /// The bill.
    pub bill: BillId,
    /// Of the bill itself.
    pub principal: i64,
    /// Late-payment penalty on this principal, as of the bank's value date.
    pub penalty: i64,
}

/// What a deposit gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepositPart {
    /// The contract account whose deposit it is.
    pub account: AccountId,
    /// How much.
    pub amount: i64,
}

/// Who gets money back, as a bank's message names him.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipient {
    /// His name.
    pub name: String,
    /// The account that the money came from.
    pub account: String,
    /// That account's bank: a BIC, a CNAPS code or `NOTPROVIDED`.
    pub agent: String,
}

/// A second manager's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResolutionDecision {
    /// The resolution.
    pub resolution: ResolutionId,
    /// Digest of its payload, as this manager read it.
    pub resolution_digest: Digest,
    /// The payment service.
    pub audience: String,
    /// Who decides.
    pub manager: Named<UserId>,
    /// What is decided.
    pub decision: Verdict,
    /// When.
    #[serde(with = "time")]
    pub created: Timestamp,
}

/// What is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It is done.
    Confirm,
    /// It is not.
    Refuse,
}

impl Payload for Resolution {
    const TYPE: &'static str = TYPE;

    fn check(&self) -> Result<(), DocumentError> {
        check_text("manager.name", &self.manager.name, MAX_NAME)?;
        if !self.reason.is_empty() {
            check_text("reason", &self.reason, MAX_REASON)?;
        }
        if self.to.is_some() != (self.action == Action::Return) {
            return Err(DocumentError::new(
                "what is sent back has a recipient, and nothing else",
            ));
        }
        match self.action {
            Action::Note => self.check_without_parts(),
            Action::Match => self.check_match(),
            Action::Return => self.check_return(),
            Action::Receive => {
                if !matches!(self.item, Item::Event(_)) {
                    return Err(DocumentError::new("only what the bank booked is received"));
                }
                self.check_without_parts()
            }
            Action::OrderRejected | Action::OrderSettled | Action::OrderReturned => {
                if !matches!(self.item, Item::Event(_) | Item::Order(_) | Item::Return(_)) {
                    return Err(DocumentError::new("the item is no order's"));
                }
                self.check_without_parts()
            }
        }
    }
}

impl Payload for ResolutionDecision {
    const TYPE: &'static str = DECISION_TYPE;

    fn check(&self) -> Result<(), DocumentError> {
        check_text("manager.name", &self.manager.name, MAX_NAME)
    }
}

impl Resolution {
    /// What it takes from the item: all that bills and deposit get. None when it is beyond any
    /// amount, which no document that was read is.
    #[must_use]
    pub fn total(&self) -> Option<i64> {
        let bills = self.allocations.iter().try_fold(0_i64, |sum, part| {
            sum.checked_add(part.principal)?.checked_add(part.penalty)
        })?;
        let deposit = self.deposit.as_ref().map_or(0, |part| part.amount);
        let total = bills.checked_add(deposit)?;
        (total <= MAX_MINOR).then_some(total)
    }

    fn check_without_parts(&self) -> Result<(), DocumentError> {
        if !self.allocations.is_empty() || self.deposit.is_some() {
            return Err(DocumentError::new("only what is matched pays something"));
        }
        check_text("reason", &self.reason, MAX_REASON)
    }

    fn check_return(&self) -> Result<(), DocumentError> {
        if !matches!(self.item, Item::Receipt(_)) {
            return Err(DocumentError::new("only a receipt is sent back"));
        }
        if let Some(to) = &self.to {
            check_text("to.name", &to.name, MAX_NAME)?;
            check_text("to.account", &to.account, MAX_ACCOUNT)?;
            check_text("to.agent", &to.agent, MAX_ACCOUNT)?;
        }
        self.check_without_parts()
    }

    fn check_match(&self) -> Result<(), DocumentError> {
        if !matches!(self.item, Item::Receipt(_)) {
            return Err(DocumentError::new("only a receipt is matched"));
        }
        if self.allocations.len() > MAX_ALLOCATIONS {
            let most = format!("more than {MAX_ALLOCATIONS} bills");
            return Err(DocumentError::new(most));
        }
        for (place, part) in self.allocations.iter().enumerate() {
            check_minor("principal", part.principal, 1)?;
            check_minor("penalty", part.penalty, 0)?;
            let mut before = self.allocations[..place].iter();
            if before.any(|other| other.bill == part.bill) {
                return Err(DocumentError::new("a bill is there twice"));
            }
        }
        if let Some(part) = &self.deposit {
            check_minor("deposit.amount", part.amount, 1)?;
        }
        match self.total() {
            Some(1..) => Ok(()),
            Some(_) => Err(DocumentError::new("no bill and no deposit")),
            None => Err(DocumentError::new("the sum is beyond any amount")),
        }
    }
}

/// A member that may be null, but must be there.
fn member<'de, D, T>(from: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(from)
}

#[cfg(test)]
mod tests;
