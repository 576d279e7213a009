//! Resolutions (`PROTOCOL.md` section 14): what a manager makes of something that the bank said and
//! that the books could not place, and a second manager's word on it.
//!
//! The second document names the first one by its digest. Both are compact JWS by the signature keys
//! of managers; who is bound is the platform's to judge, from the binding log.

mod item;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use wattkey_domain::{AccountId, BillId, Item, MAX_MINOR, ResolutionId, UserId};
use wattkey_pki::{Digest, PublicKey, SignError, Signer, jws};

pub use self::item::ItemView;
use crate::{
    json::{DocumentError, check_minor, check_text, read},
    names::MAX_JWS,
    order::Named,
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
    /// Somebody looked; nothing is posted.
    Note,
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

/// A document as it is kept and travels: a compact JWS whose signer is not verified yet.
#[derive(Debug, Clone)]
pub struct Signed<T> {
    jws: jws::Compact,
    document: T,
    digest: Digest,
}

/// Why bytes are not a resolution, or not a word on one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResolutionError {
    /// Not a compact JWS of this type.
    #[error("the resolution is not a JWS of this protocol: {0}")]
    Jws(String),
    /// The document breaks section 14.
    #[error("the resolution is malformed: {0}")]
    Document(#[from] DocumentError),
}

/// The two documents.
pub trait Document: Serialize + for<'de> Deserialize<'de> {
    /// `typ` of the JWS.
    const TYPE: &'static str;

    /// What the types alone do not say.
    ///
    /// # Errors
    /// Which rule is broken.
    fn check(&self) -> Result<(), DocumentError>;
}

impl Document for Resolution {
    const TYPE: &'static str = TYPE;

    fn check(&self) -> Result<(), DocumentError> {
        check_text("manager.name", &self.manager.name, MAX_NAME)?;
        if !self.reason.is_empty() {
            check_text("reason", &self.reason, MAX_REASON)?;
        }
        match self.action {
            Action::Note => self.check_note(),
            Action::Match => self.check_match(),
        }
    }
}

impl Document for ResolutionDecision {
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

    fn check_note(&self) -> Result<(), DocumentError> {
        if !self.allocations.is_empty() || self.deposit.is_some() {
            return Err(DocumentError::new("a note moves no money"));
        }
        check_text("reason", &self.reason, MAX_REASON)
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

impl<T: Document> Signed<T> {
    /// Signs with the signature key of `certificate`.
    ///
    /// # Errors
    /// When the key does not sign, or the document breaks section 14.
    pub fn sign(
        document: &T,
        signer: &dyn Signer,
        certificate: Digest,
    ) -> Result<Self, SignFailure> {
        document.check()?;
        let bytes = serde_json::to_vec(document).expect("the document is JSON");
        let text = jws::sign_compact(signer, T::TYPE, certificate, &bytes)?;
        Ok(Self::parse(&text).expect("what was just signed can be read"))
    }

    /// Reads the compact JWS and checks the document in it.
    ///
    /// # Errors
    /// [`ResolutionError`].
    pub fn parse(text: &str) -> Result<Self, ResolutionError> {
        let jws = jws::Compact::parse(text, T::TYPE, MAX_JWS)
            .map_err(|error| ResolutionError::Jws(error.to_string()))?;
        let payload = jws.payload_unverified();
        let (document, digest) = (read::<T>(payload)?, Digest::of(payload));
        document.check()?;
        Ok(Self {
            jws,
            document,
            digest,
        })
    }

    /// The document; say nothing of its signer before [`Signed::signed_by`].
    #[must_use]
    pub fn document(&self) -> &T {
        &self.document
    }

    /// SHA-256 over the payload.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Thumbprint of the certificate that the signer names.
    #[must_use]
    pub fn certificate(&self) -> Digest {
        self.jws.certificate()
    }

    /// The compact JWS.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.jws.as_str()
    }

    /// Whether the key of that certificate signed.
    #[must_use]
    pub fn signed_by(&self, certificate: Digest, key: &PublicKey) -> bool {
        self.certificate() == certificate && self.jws.verify(key).is_ok()
    }
}

/// Why a document was not signed.
#[derive(Debug, thiserror::Error)]
pub enum SignFailure {
    /// The document breaks section 14.
    #[error("the resolution is malformed: {0}")]
    Document(#[from] DocumentError),
    /// The key did not sign.
    #[error("the resolution could not be signed")]
    Sign(#[from] SignError),
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
