use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wattkey_domain::{AccountId, BillId, Currency, OrderId};

use super::{ChainPlace, FileProblem};
use crate::json::check_minor;
use crate::time;

/// Longest line of a file that goes out, in bytes.
const MAX_LINE: usize = 4 * 1024;

/// What a line of a file that goes out tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExportKind {
    /// Something of a bill is paid for good.
    Settlement,
    /// A settlement was taken back.
    Return,
    /// A collection was refused.
    Rejection,
    /// A penalty is owed.
    PenaltyFixed,
    /// It is not owed after all.
    PenaltyTakenBack,
    /// Something came into a deposit.
    DepositIn,
    /// Something left a deposit.
    DepositOut,
    /// Something of a deposit was paid out.
    Refund,
}

/// A line of a file that goes out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportLine {
    /// What it tells.
    #[serde(rename = "type")]
    pub kind: ExportKind,
    /// The event of the journal.
    pub event: String,
    /// The bill; of none, when it is about a deposit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bill: Option<BillId>,
    /// The contract account, of the bill or the deposit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// The order, where one is behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
    /// How much, in minor units; more than zero.
    pub amount: i64,
    /// Its currency.
    pub currency: Currency,
    /// When.
    #[serde(with = "time")]
    pub at: Timestamp,
    /// The link of the journal that covers it.
    pub journal: ChainPlace,
}

impl ExportKind {
    /// The name in the line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Settlement => "settlement",
            Self::Return => "return",
            Self::Rejection => "rejection",
            Self::PenaltyFixed => "penalty-fixed",
            Self::PenaltyTakenBack => "penalty-taken-back",
            Self::DepositIn => "deposit-in",
            Self::DepositOut => "deposit-out",
            Self::Refund => "refund",
        }
    }
}

impl ExportLine {
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
        check_minor("amount", line.amount, 1).map_err(|_| FileProblem::Amount)?;
        Ok(line)
    }

    /// The line, without its end.
    #[must_use]
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers are JSON")
    }
}
