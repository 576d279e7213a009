//! The approval (`PROTOCOL.md` section 10): a second person's word on an order.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wattkey_domain::{OrderId, UserId};
use wattkey_pki::{Certificate, Digest, SignError, Signer, jws};

use crate::{
    json::{DocumentError, check_text, read},
    names::MAX_JWS,
    order::{MAX_LIFETIME_S, Named, OrderError, OrderSignatureError},
    time,
};

/// `typ` of an approval.
pub const TYPE: &str = "wattkey-approval+jws";

/// The document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// The order.
    pub order: OrderId,
    /// Digest of the order that the approver saw.
    pub order_digest: Digest,
    /// The payment service.
    pub audience: String,
    /// Who approves or refuses.
    pub user: Named<UserId>,
    /// What was decided.
    pub decision: Decision,
    /// When.
    #[serde(with = "time")]
    pub created: Timestamp,
    /// When it can no longer be taken.
    #[serde(with = "time")]
    pub expires: Timestamp,
}

/// What an approver decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// The order may go.
    Approve,
    /// The order is given back.
    Refuse,
}

/// Signs an approval with the signature key of `certificate`.
///
/// # Errors
/// When the key does not sign.
pub fn sign(
    approval: &Approval,
    signer: &dyn Signer,
    certificate: Digest,
) -> Result<String, SignError> {
    let bytes = serde_json::to_vec(approval).expect("an approval is JSON");
    jws::sign_compact(signer, TYPE, certificate, &bytes)
}

/// Reads and verifies an approval by the key of `certificate`, whose chain, role and binding are
/// the caller's to check.
///
/// # Errors
/// When it is malformed, or was not signed by that key.
pub fn verify(text: &str, certificate: &Certificate) -> Result<Approval, ApprovalError> {
    let jws =
        jws::Compact::parse(text, TYPE, MAX_JWS).map_err(|e| OrderError::Jws(e.to_string()))?;
    let approval: Approval = read(jws.payload_unverified()).map_err(OrderError::from)?;
    approval.check().map_err(OrderError::from)?;
    if jws.certificate() != certificate.thumbprint()
        || jws.verify(certificate.public_key()).is_err()
    {
        return Err(OrderSignatureError.into());
    }
    Ok(approval)
}

/// Why an approval is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalError {
    /// Not an approval of this protocol.
    #[error(transparent)]
    Malformed(#[from] OrderError),
    /// Signed by another key.
    #[error(transparent)]
    Signature(#[from] OrderSignatureError),
}

impl Approval {
    fn check(&self) -> Result<(), DocumentError> {
        check_text("user.name", &self.user.name, 140)?;
        let lifetime = self.expires.as_second() - self.created.as_second();
        if (1..=MAX_LIFETIME_S).contains(&lifetime) {
            return Ok(());
        }
        Err(DocumentError::new(format!(
            "expires is not within {MAX_LIFETIME_S} seconds after created"
        )))
    }
}
