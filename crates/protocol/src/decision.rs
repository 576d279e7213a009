//! The decision (`PROTOCOL.md` section 10): a person's word on an order that is there: approved,
//! refused, or cancelled.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wattkey_domain::{Decision, OrderId, UserId};
use wattkey_pki::Digest;

use crate::{
    json::DocumentError,
    lines::{Label, Line, Value},
    order::Named,
    signed::{self, Document, Signed, check_common},
    time,
};

/// `typ` of a decision.
pub const TYPE: &str = "wattkey-decision+jws";

/// A decision that is not signed yet.
pub type Draft = signed::Draft<DecisionDocument>;
/// A signed decision.
pub type SignedDecision = Signed<DecisionDocument>;

/// The document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionDocument {
    /// The order.
    pub order: OrderId,
    /// Digest of the order that its signer saw.
    pub order_digest: Digest,
    /// The payment service.
    pub audience: String,
    /// Who decides.
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

impl Document for DecisionDocument {
    const TYPE: &'static str = TYPE;

    fn check(&self) -> Result<(), DocumentError> {
        check_common(self)
    }

    /// What is decided on the order whose own lines stand above.
    fn lines(&self) -> Vec<Line> {
        vec![
            Line::new(Label::Decision, Value::Decision(self.decision)),
            Line::text(Label::Order, self.order),
            Line::text(Label::OrderDigest, self.order_digest),
            Line::named(Label::User, &self.user),
            Line::time(Label::Created, self.created),
            Line::time(Label::Expires, self.expires),
            Line::text(Label::Audience, &self.audience),
        ]
    }

    signed::members!(order);
}
