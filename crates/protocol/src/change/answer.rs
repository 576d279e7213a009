//! JSON of the answers about own data (`PROTOCOL.md` section 8).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wattkey_domain::{
    AccountId, ChangeId, ChangeState, CustomerId, Decision, Right, Rights, UserId,
};
use wattkey_pki::Digest;

use super::what::{Contact, InvoiceData, NoticeAddress, What};
use crate::{order::Named, time};

/// `GET /v1/profile[?cursor=&limit=]`: a page of it.
///
/// Contacts, tax-invoice data and the address of all other accounts come first, then addresses by contract
/// account, then rights. What is not of a page has version 0, or is not in its list. A version is what a change [`replaces`](super::Change::replaces). Addresses and rights of
/// contract accounts that the user may not view are left out, but for users with the right
/// `administer`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Profile {
    /// The customer.
    pub customer: Named<CustomerId>,
    /// Contacts.
    pub contacts: ContactsView,
    /// Addresses for notices.
    pub notice_addresses: Vec<AddressView>,
    /// Tax-invoice data.
    pub invoice_data: InvoiceDataView,
    /// Users of the customer with their own rights: the user who asks, and with the right
    /// `administer` all of them. On the first page only.
    pub users: Vec<UserRights>,
    /// Rights that were given for one contract account, of the same users.
    pub rights: Vec<RightsView>,
    /// Where the next page begins; null on the last one.
    pub next: Option<String>,
}

impl Profile {
    /// Adds the page that comes after this one.
    pub fn extend(&mut self, page: Profile) {
        if page.contacts.version > 0 {
            self.contacts = page.contacts;
        }
        if page.invoice_data.version > 0 {
            self.invoice_data = page.invoice_data;
        }
        self.notice_addresses.extend(page.notice_addresses);
        self.users.extend(page.users);
        self.rights.extend(page.rights);
        self.next = page.next;
    }
}

/// Contacts, of one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ContactsView {
    /// 0 when nobody gave any yet.
    pub version: i64,
    /// All of them.
    pub contacts: Vec<Contact>,
    /// Since when.
    #[serde(with = "time::optional")]
    pub since: Option<Timestamp>,
}

/// Where notices go, of one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AddressView {
    /// The contract account; none: all that have none of their own.
    pub account: Option<AccountId>,
    /// Version.
    pub version: i64,
    /// The address.
    #[serde(flatten)]
    pub address: NoticeAddress,
    /// Since when.
    #[serde(with = "time")]
    pub since: Timestamp,
}

impl From<&AddressView> for What {
    fn from(view: &AddressView) -> What {
        What::NoticeAddress {
            account: view.account.clone(),
            post: view.address.post.clone(),
            email: view.address.email.clone(),
        }
    }
}

/// Tax-invoice data, of one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct InvoiceDataView {
    /// 0 when nobody gave any yet.
    pub version: i64,
    /// The data; none at version 0.
    pub data: Option<InvoiceData>,
    /// Since when.
    #[serde(with = "time::optional")]
    pub since: Option<Timestamp>,
}

/// A user with its own rights, which the marketing system gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct UserRights {
    /// The user.
    pub user: Named<UserId>,
    /// What the user may do by itself.
    pub rights: Vec<Right>,
}

/// Rights that were given for one contract account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RightsView {
    /// The user.
    pub user: UserId,
    /// The contract account.
    pub account: AccountId,
    /// Version.
    pub version: i64,
    /// What was given in place of the user's own; none: it was taken back.
    pub given: Option<Rights>,
    /// What the user may do there.
    pub effective: Rights,
    /// Since when.
    #[serde(with = "time")]
    pub since: Timestamp,
}

/// `POST /v1/changes`, `POST /v1/changes/{change}/decisions`, and an entry of `GET /v1/changes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ChangeView {
    /// The change.
    pub change: ChangeId,
    /// Digest of its signed payload.
    pub digest: Digest,
    /// Who signed it.
    pub user: Named<UserId>,
    /// What is changed.
    pub what: What,
    /// The version that it replaces.
    pub replaces: i64,
    /// Where it stands.
    pub state: ChangeState,
    /// The version that it made, when it is done.
    pub version: Option<i64>,
    /// When it was handed in.
    #[serde(with = "time")]
    pub at: Timestamp,
    /// While it waits: when it lapses.
    #[serde(with = "time::optional")]
    pub until: Option<Timestamp>,
    /// When it was done, was refused or lapsed.
    #[serde(with = "time::optional")]
    pub ended: Option<Timestamp>,
    /// What people decided on it, oldest first.
    pub decisions: Vec<ChangeDecisionView>,
}

/// What somebody decided on a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ChangeDecisionView {
    /// Who.
    pub user: Named<UserId>,
    /// Approved or refused.
    pub decision: Decision,
    /// When.
    #[serde(with = "time")]
    pub at: Timestamp,
}
