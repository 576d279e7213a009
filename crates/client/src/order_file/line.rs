//! What a line of a file wants.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use wattkey_domain::{AccountId, BillId, Currency, MandateId};

use crate::payment::Funds;

/// Most characters of a file that are repeated in a message.
const MAX_EXCERPT: usize = 60;

/// A line that is well formed; whether there is such a bill, the service knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// Line of the file, the first being 1.
    pub number: u32,
    /// What is paid.
    pub target: Target,
    /// How much, as it is written; all that is open of a bill when there is none.
    pub amount: Option<String>,
    /// The currency that it should be.
    pub currency: Option<Currency>,
    /// The customer's own; may be empty.
    pub reference: String,
    /// Where the money comes from.
    pub source: WantedSource,
    /// The day of collection.
    pub execute: Option<Date>,
}

/// What a line pays.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// This bill.
    Bill(BillId),
    /// The oldest bills of this contract account.
    Account(AccountId),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bill(bill) => bill.fmt(f),
            Self::Account(account) => account.fmt(f),
        }
    }
}

/// Where the money comes from: `mandate`, `mandate:M-1`, `transfer`, `deposit:C-1`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum WantedSource {
    /// A debit mandate; the customer's only one in the currency when it is not named.
    Mandate(Option<MandateId>),
    /// The customer's own transfer.
    Transfer,
    /// The deposit of a contract account.
    Deposit(AccountId),
}

impl WantedSource {
    /// As an order is asked for.
    #[must_use]
    pub fn funds(&self) -> Funds {
        match self {
            Self::Mandate(mandate) => Funds::Mandate(mandate.clone()),
            Self::Transfer => Funds::Transfer,
            Self::Deposit(account) => Funds::Deposit(account.clone()),
        }
    }
}

impl fmt::Display for WantedSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mandate(None) => f.write_str("mandate"),
            Self::Mandate(Some(mandate)) => write!(f, "mandate:{mandate}"),
            Self::Transfer => f.write_str("transfer"),
            Self::Deposit(account) => write!(f, "deposit:{account}"),
        }
    }
}

/// The text names no source of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a source is mandate, mandate:M-1, transfer or deposit:C-1")]
pub struct SourceError;

impl FromStr for WantedSource {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<WantedSource, SourceError> {
        match text.split_once(':') {
            None if text == "mandate" => Ok(Self::Mandate(None)),
            None if text == "transfer" => Ok(Self::Transfer),
            Some(("mandate", mandate)) => {
                let mandate = mandate.parse().map_err(|_| SourceError)?;
                Ok(Self::Mandate(Some(mandate)))
            }
            Some(("deposit", account)) => {
                let account = account.parse().map_err(|_| SourceError)?;
                Ok(Self::Deposit(account))
            }
            _ => Err(SourceError),
        }
    }
}

impl TryFrom<String> for WantedSource {
    type Error = SourceError;

    fn try_from(text: String) -> Result<WantedSource, SourceError> {
        text.parse()
    }
}

impl From<WantedSource> for String {
    fn from(source: WantedSource) -> String {
        source.to_string()
    }
}

/// The beginning of a text of the file, for a message.
pub(super) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(MAX_EXCERPT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
