//! The change of own data (`PROTOCOL.md` section 10): what a customer says of itself, and which of
//! its users may do what on which contract account. [`decision`] is a second person's word on it,
//! [`answer`] what the platform says of both.

pub mod answer;
pub mod decision;
mod what;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
pub use wattkey_domain::ChangeState;
use wattkey_domain::{ChangeId, CustomerId, UserId};

pub use self::answer::{
    AddressView, ChangeDecisionView, ChangeView, ContactsView, InvoiceDataView, Profile,
    RightsView, UserRights,
};
pub use self::decision::ChangeDecision;
pub use self::what::{
    Contact, ContactRole, InvoiceData, Language, MAX_CONTACTS, NoticeAddress, What,
};
use crate::{
    json::{DocumentError, check_minor, check_text},
    lines::{Label, Line},
    order::Named,
    signed::{self, Document, MAX_NAME, Signed, check_common},
    time,
};

/// `typ` of a change.
pub const TYPE: &str = "wattkey-change+jws";
/// Days for which a change of rights waits for another person.
pub const WAITS_DAYS: i64 = 14;

/// A change that is not signed yet.
pub type Draft = signed::Draft<Change>;
/// A signed change.
pub type SignedChange = Signed<Change>;

/// The document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Made by the client.
    pub change: ChangeId,
    /// The payment service.
    pub audience: String,
    /// Whose data.
    pub customer: Named<CustomerId>,
    /// Who signs.
    pub user: Named<UserId>,
    /// Version of what is changed, as its signer saw it; 0 when there is none yet.
    pub replaces: i64,
    /// What it is from now on.
    pub what: What,
    /// When it was made.
    #[serde(with = "time")]
    pub created: Timestamp,
    /// When it can no longer be taken.
    #[serde(with = "time")]
    pub expires: Timestamp,
}

impl Document for Change {
    const TYPE: &'static str = TYPE;

    fn check(&self) -> Result<(), DocumentError> {
        check_text("customer.name", &self.customer.name, MAX_NAME)?;
        check_minor("replaces", self.replaces, 0)?;
        self.what.check()?;
        check_common(self)
    }

    fn lines(&self) -> Vec<Line> {
        let mut lines = vec![
            Line::named(Label::Customer, &self.customer),
            Line::named(Label::User, &self.user),
        ];
        lines.extend(self.what.lines());
        lines.extend([
            Line::text(Label::Replaces, self.replaces),
            Line::time(Label::Created, self.created),
            Line::time(Label::Expires, self.expires),
            Line::text(Label::Change, self.change),
            Line::text(Label::Audience, &self.audience),
        ]);
        lines
    }

    signed::members!(change, customer);
}

#[cfg(test)]
mod tests;
