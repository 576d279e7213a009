use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{AccountId, UnknownName, UserId};

/// What of a customer's own data has a version of its own (PROTOCOL.md section 10). Its text is a
/// key in the books.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OwnData {
    /// All contacts together.
    Contacts,
    /// Where notices go of a contract account, or of all that have no address of their own.
    NoticeAddress(Option<AccountId>),
    /// What tax invoices say of their buyer.
    InvoiceData,
    /// What a user may do on a contract account.
    Rights(UserId, AccountId),
}

impl OwnData {
    /// The contract account that it is about.
    #[must_use]
    pub const fn account(&self) -> Option<&AccountId> {
        match self {
            Self::NoticeAddress(account) => account.as_ref(),
            Self::Rights(_, account) => Some(account),
            Self::Contacts | Self::InvoiceData => None,
        }
    }
}

impl fmt::Display for OwnData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Contacts => f.write_str("contacts"),
            Self::NoticeAddress(None) => f.write_str("notice-address"),
            Self::NoticeAddress(Some(account)) => write!(f, "notice-address:{account}"),
            Self::InvoiceData => f.write_str("invoice-data"),
            Self::Rights(user, account) => write!(f, "rights:{user}:{account}"),
        }
    }
}

impl FromStr for OwnData {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownName(crate::text::excerpt(text));
        let account = |text: &str| text.parse::<AccountId>().map_err(|_| unknown());
        match text.split_once(':') {
            None if text == "contacts" => Ok(Self::Contacts),
            None if text == "invoice-data" => Ok(Self::InvoiceData),
            None if text == "notice-address" => Ok(Self::NoticeAddress(None)),
            Some(("notice-address", of)) => Ok(Self::NoticeAddress(Some(account(of)?))),
            Some(("rights", of)) => {
                let (user, of) = of.split_once(':').ok_or_else(unknown)?;
                let user = user.parse().map_err(|_| unknown())?;
                Ok(Self::Rights(user, account(of)?))
            }
            _ => Err(unknown()),
        }
    }
}

/// Where a change of own data stands.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeState {
    /// Another person has to decide.
    Waiting,
    /// It holds, or held until the next one.
    Done,
    /// Another person refused it.
    Refused,
    /// Nobody decided in time.
    Lapsed,
}

impl ChangeState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Done, Self::Refused, Self::Lapsed];

    /// The name in documents and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Lapsed => "lapsed",
        }
    }
}

impl FromStr for ChangeState {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| UnknownName(crate::text::excerpt(text)))
    }
}

impl fmt::Display for ChangeState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_back() {
        let account: AccountId = "C-0001".parse().unwrap();
        let user = "2f1e0d3c-4b5a-4697-8871-a2b3c4d5e6f7".parse().unwrap();
        for one in [
            OwnData::Contacts,
            OwnData::InvoiceData,
            OwnData::NoticeAddress(None),
            OwnData::NoticeAddress(Some(account.clone())),
            OwnData::Rights(user, account),
        ] {
            assert_eq!(one.to_string().parse(), Ok(one));
        }
        for bad in [
            "",
            "contact",
            "contacts:",
            "notice-address:",
            "rights:C-1",
            "rights:x:C-1",
        ] {
            assert!(bad.parse::<OwnData>().is_err(), "{bad}");
        }
    }
}
