use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wattkey_domain::{AccountId, BillId, ChangeId, CustomerId, DisputeId, NoticeId, UserId};
use wattkey_pki::Digest;

use super::{ChainPlace, FileProblem};
use crate::change::What;
use crate::dispute;
use crate::json::required;
use crate::time;

/// Longest line of this kind, in bytes: what a user signs is not longer.
const MAX_LINE: usize = 64 * 1024;

/// A line of a file that goes out, of what moved no money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ExportNews {
    /// A customer's own data changed.
    ProfileChange {
        /// Whose.
        customer: CustomerId,
        /// The change.
        change: ChangeId,
        /// What it is from now on.
        what: What,
        /// Who signed the change.
        user: UserId,
        /// Who approved it, where another person had to.
        #[serde(deserialize_with = "required")]
        by: Option<UserId>,
        /// When.
        #[serde(with = "time")]
        at: Timestamp,
        /// The link of the journal that covers it.
        journal: ChainPlace,
    },
    /// A bill was disputed, or a dispute of it withdrawn.
    Dispute {
        /// The bill.
        bill: BillId,
        /// The bill's contract account.
        account: AccountId,
        /// The dispute.
        dispute: DisputeId,
        /// What is disputed; none: no longer.
        #[serde(deserialize_with = "required")]
        terms: Option<dispute::Terms>,
        /// Who signed that.
        user: UserId,
        /// When.
        #[serde(with = "time")]
        at: Timestamp,
        /// The link of the journal that covers it.
        journal: ChainPlace,
    },
    /// A notice was acknowledged.
    Acknowledgement {
        /// The notice's contract account.
        account: AccountId,
        /// The notice.
        notice: NoticeId,
        /// Digest of the notice's bytes.
        notice_digest: Digest,
        /// Who has read it.
        user: UserId,
        /// When.
        #[serde(with = "time")]
        at: Timestamp,
        /// The link of the journal that covers it.
        journal: ChainPlace,
    },
}

impl ExportNews {
    /// The name in the line.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::ProfileChange { .. } => "profile-change",
            Self::Dispute { .. } => "dispute",
            Self::Acknowledgement { .. } => "acknowledgement",
        }
    }

    /// Reads a line, without its end.
    ///
    /// # Errors
    /// [`FileProblem::Line`].
    pub fn parse(line: &[u8]) -> Result<Self, FileProblem> {
        if line.len() > MAX_LINE {
            return Err(FileProblem::LineTooLong);
        }
        if line.trim_ascii_start().first() != Some(&b'{') {
            return Err(FileProblem::NoObject);
        }
        let line: Self = serde_json::from_slice(line).map_err(FileProblem::Line)?;
        line.check()?;
        Ok(line)
    }

    fn check(&self) -> Result<(), FileProblem> {
        let checked = match self {
            Self::ProfileChange { what, .. } => what.check(),
            Self::Dispute { terms, .. } => terms.as_ref().map_or(Ok(()), dispute::Terms::check),
            Self::Acknowledgement { .. } => Ok(()),
        };
        checked.map_err(|error| FileProblem::Line(serde::de::Error::custom(error)))
    }

    /// The line, without its end.
    #[must_use]
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers are JSON")
    }
}
