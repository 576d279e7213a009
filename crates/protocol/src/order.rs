//! The order (`PROTOCOL.md` section 9): what a user signs to pay bills.
//!
//! The steps have an order that is a security property, so each is a type: a [`Draft`] is bytes
//! that can be shown and signed; a [`SignedOrder`] is a JWS whose document is well formed, but
//! whose signer is not known yet; [`SignedOrder::verify`] says who signed it.

mod render;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use wattkey_domain::{
    AccountId, BillId, BillingMonth, Currency, CustomerId, MandateId, OrderId, UserId,
};
use wattkey_pki::{Certificate, Digest, SignError, Signer, jws};

pub use self::render::{Label, Line, Value, render};
pub use crate::json::DocumentError;
use crate::{
    json::{check_minor, check_text, read},
    names::MAX_JWS,
    time,
};

/// `typ` of a signed order.
pub const TYPE: &str = "wattkey-order+jws";
/// Most bills in one order.
pub const MAX_BILLS: usize = 100;
/// Longest time between `created` and `expires`.
pub const MAX_LIFETIME_S: i64 = 900;
/// How far `created` may be from the platform's clock.
pub const CREATED_WINDOW_S: i64 = 300;
/// Most characters of the customer's reference (ISO 20022 Max35Text).
pub const MAX_REFERENCE: usize = 35;
const MAX_NAME: usize = 140;

/// The document. Amounts are minor units of `currency`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Made by the client.
    pub order: OrderId,
    /// The payment service.
    pub audience: String,
    /// Who is paid.
    pub payee: Payee,
    /// Who pays.
    pub customer: Named<CustomerId>,
    /// Who signs.
    pub user: Named<UserId>,
    /// What is paid.
    pub bills: Vec<OrderBill>,
    /// Sum of principals and penalties.
    pub total: i64,
    /// Of all amounts.
    pub currency: Currency,
    /// Where the money comes from.
    pub source: Source,
    /// The customer's own; may be empty.
    pub reference: String,
    /// When it was made.
    #[serde(with = "time")]
    pub created: Timestamp,
    /// When it can no longer be accepted.
    #[serde(with = "time")]
    pub expires: Timestamp,
}

/// Who is paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payee {
    /// Name of the power company.
    pub name: String,
    /// Its bank account.
    pub account: String,
}

/// An identifier with the name that people know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named<Id> {
    /// Identifier.
    pub id: Id,
    /// Name at the time of the document.
    pub name: String,
}

/// One bill of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderBill {
    /// The bill.
    pub bill: BillId,
    /// Its contract account.
    pub account: AccountId,
    /// Its billing month, `2026-08`.
    pub period: BillingMonth,
    /// Digest of the bill document's exact bytes.
    pub document: Digest,
    /// What is open of the bill.
    pub principal: i64,
    /// Late-payment penalty.
    pub penalty: i64,
    /// Until when this penalty holds.
    #[serde(with = "time")]
    pub quote_until: Timestamp,
}

/// Where the money comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// How.
    pub kind: SourceKind,
    /// The debit mandate.
    pub mandate: MandateId,
    /// The account that will be debited.
    pub debtor_account: String,
}

/// How the money comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// Collected by the power company under a debit mandate.
    Mandate,
}

/// An order that is not signed yet: the exact bytes that will be, and what they say.
#[derive(Debug, Clone)]
pub struct Draft {
    bytes: Vec<u8>,
    order: Order,
}

impl Draft {
    /// Checks the document and fixes its bytes.
    ///
    /// # Errors
    /// When the document breaks section 9.
    pub fn new(order: &Order) -> Result<Self, DocumentError> {
        let bytes = serde_json::to_vec(order).expect("an order is JSON");
        // Read back, so that what is shown comes from the bytes and not from what made them.
        let order = parse(&bytes)?;
        Ok(Self { bytes, order })
    }

    /// What the user is shown, from the bytes that will be signed.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        render(&self.order)
    }

    /// The document.
    #[must_use]
    pub fn order(&self) -> &Order {
        &self.order
    }

    /// Signs with the signature key of `certificate`.
    ///
    /// # Errors
    /// When the key does not sign.
    pub fn sign(self, signer: &dyn Signer, certificate: Digest) -> Result<SignedOrder, SignError> {
        let text = jws::sign_compact(signer, TYPE, certificate, &self.bytes)?;
        Ok(SignedOrder::parse(&text).expect("what was just signed is an order"))
    }
}

/// A signed order whose document is well formed and whose signer is not verified yet.
#[derive(Debug, Clone)]
pub struct SignedOrder {
    jws: jws::Compact,
    order: Order,
}

/// Why a signed order is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// Not a compact JWS of this type.
    #[error("the order is not a JWS of this protocol: {0}")]
    Jws(String),
    /// The document breaks section 9.
    #[error("the order document is malformed: {0}")]
    Document(#[from] DocumentError),
}

/// The signature is not by the key of the certificate that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the order was not signed by this certificate's key")]
pub struct OrderSignatureError;

impl SignedOrder {
    /// Reads the compact JWS and checks the document in it.
    ///
    /// # Errors
    /// [`OrderError`].
    pub fn parse(text: &str) -> Result<Self, OrderError> {
        let jws =
            jws::Compact::parse(text, TYPE, MAX_JWS).map_err(|e| OrderError::Jws(e.to_string()))?;
        let order = parse(jws.payload_unverified())?;
        Ok(Self { jws, order })
    }

    /// The document; say nothing of its signer before [`SignedOrder::verify`].
    #[must_use]
    pub fn order(&self) -> &Order {
        &self.order
    }

    /// The order digest: SHA-256 over the signed payload.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.jws.payload_unverified())
    }

    /// Thumbprint of the certificate that the signer names.
    #[must_use]
    pub fn certificate(&self) -> Digest {
        self.jws.certificate()
    }

    /// The compact JWS, as it travels and is kept.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.jws.as_str()
    }

    /// Proves that the key of `certificate` signed. The certificate itself (chain, role, binding)
    /// is the caller's to check.
    ///
    /// # Errors
    /// When another certificate is named or the signature does not verify.
    pub fn verify(&self, certificate: &Certificate) -> Result<&Order, OrderSignatureError> {
        if self.certificate() != certificate.thumbprint() {
            return Err(OrderSignatureError);
        }
        self.jws
            .verify(certificate.public_key())
            .map_err(|_| OrderSignatureError)?;
        Ok(&self.order)
    }
}

fn parse(bytes: &[u8]) -> Result<Order, DocumentError> {
    let order: Order = read(bytes)?;
    order.check()?;
    Ok(order)
}

impl Order {
    /// What the document says of itself: bounds, sums, times in their order.
    fn check(&self) -> Result<(), DocumentError> {
        for (name, text) in [
            ("payee.name", &self.payee.name),
            ("payee.account", &self.payee.account),
            ("customer.name", &self.customer.name),
            ("user.name", &self.user.name),
            ("source.debtor_account", &self.source.debtor_account),
            ("audience", &self.audience),
        ] {
            check_text(name, text, MAX_NAME)?;
        }
        check_reference(&self.reference)?;
        self.check_bills()?;
        self.check_times()
    }

    fn check_bills(&self) -> Result<(), DocumentError> {
        if self.bills.is_empty() || self.bills.len() > MAX_BILLS {
            return Err(DocumentError::new(format!(
                "an order has 1 to {MAX_BILLS} bills"
            )));
        }
        let mut sum: i64 = 0;
        for (index, bill) in self.bills.iter().enumerate() {
            if self
                .bills
                .iter()
                .take(index)
                .any(|other| other.bill == bill.bill)
            {
                return Err(DocumentError::new("a bill is there twice"));
            }
            check_minor("principal", bill.principal, 1)?;
            check_minor("penalty", bill.penalty, 0)?;
            sum = sum
                .checked_add(bill.principal)
                .and_then(|s| s.checked_add(bill.penalty))
                .ok_or_else(|| DocumentError::new("the sum of the bills is too large"))?;
        }
        check_minor("total", self.total, 1)?;
        if sum == self.total {
            return Ok(());
        }
        Err(DocumentError::new("total is not the sum of the bills"))
    }

    fn check_times(&self) -> Result<(), DocumentError> {
        let lifetime = self.expires.duration_since(self.created);
        if lifetime <= SignedDuration::ZERO || lifetime.as_secs() > MAX_LIFETIME_S {
            return Err(DocumentError::new(format!(
                "expires is not within {MAX_LIFETIME_S} seconds after created"
            )));
        }
        Ok(())
    }
}

/// Checks a customer's reference: at most 35 characters of the ISO 20022 set.
///
/// # Errors
/// When it is longer or has other characters.
pub fn check_reference(text: &str) -> Result<(), DocumentError> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"/-?:().,'+ ".contains(&b);
    if text.len() <= MAX_REFERENCE && text.bytes().all(allowed) {
        return Ok(());
    }
    Err(DocumentError::new(format!(
        "reference has more than {MAX_REFERENCE} characters or others than A-Z a-z 0-9 / - ? : ( ) . , ' + and space"
    )))
}

#[cfg(test)]
mod tests;
