//! A second person's word on a change of rights.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wattkey_domain::{ChangeId, Decision, UserId};
use wattkey_pki::Digest;

use crate::{
    json::DocumentError,
    lines::{Label, Line, Value},
    order::Named,
    signed::{self, Document, Signed, check_common},
    time,
};

/// `typ` of a decision on a change.
pub const TYPE: &str = "wattkey-change-decision+jws";

/// A decision that is not signed yet.
pub type Draft = signed::Draft<ChangeDecision>;
/// A signed decision.
pub type SignedDecision = Signed<ChangeDecision>;

/// The document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeDecision {
    /// The change.
    pub change: ChangeId,
    /// Digest of the change that its signer saw.
    pub change_digest: Digest,
    /// The payment service.
    pub audience: String,
    /// Who decides.
    pub user: Named<UserId>,
    /// [`Decision::Approve`] or [`Decision::Refuse`].
    pub decision: Decision,
    /// When.
    #[serde(with = "time")]
    pub created: Timestamp,
    /// When it can no longer be taken.
    #[serde(with = "time")]
    pub expires: Timestamp,
}

impl Document for ChangeDecision {
    const TYPE: &'static str = TYPE;

    fn check(&self) -> Result<(), DocumentError> {
        if self.decision == Decision::Cancel {
            return Err(DocumentError::new("decision is not approve or refuse"));
        }
        check_common(self)
    }

    /// What is decided on the change whose own lines stand above.
    fn lines(&self) -> Vec<Line> {
        vec![
            Line::new(Label::Decision, Value::Decision(self.decision)),
            Line::text(Label::Change, self.change),
            Line::text(Label::ChangeDigest, self.change_digest),
            Line::named(Label::User, &self.user),
            Line::time(Label::Created, self.created),
            Line::time(Label::Expires, self.expires),
            Line::text(Label::Audience, &self.audience),
        ]
    }

    signed::members!(change);
}
