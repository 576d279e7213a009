use std::fmt;
use std::str::FromStr;

use crate::{AccountId, BillId, OrderId};

/// An account of the books. Its text form is stable: the journal hashes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LedgerAccount {
    /// What is open of one bill (`receivable:B-1`).
    Receivable(BillId),
    /// Electricity sold (`revenue`).
    Revenue,
    /// Tax owed to the state (`tax-payable`).
    TaxPayable,
    /// Levies and funds collected for others (`levies-payable`).
    LeviesPayable,
    /// Late-payment penalties earned (`penalty`).
    Penalty,
    /// What one order has on its way through the bank (`in-transit:` and the order).
    InTransit(OrderId),
    /// The bank account (`bank`).
    Bank,
    /// What customers paid through other channels than this one (`other-channels`).
    OtherChannels,
    /// What a contract account has to its credit (`deposit:C-1`).
    Deposit(AccountId),
    /// Refunds that were ordered and have not left the bank account (`refunds-payable`).
    RefundsPayable,
    /// Money that is sent back and has not left the bank account (`returns-payable`).
    ReturnsPayable,
    /// Money that came and that nobody could place (`unmatched`).
    Unmatched,
    /// What the bank took for itself (`bank-charges`).
    BankCharges,
    /// Where balances come from that were there before these books (`opening-balances`).
    OpeningBalances,
}

/// The text names no account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a ledger account")]
pub struct MalformedAccount(pub String);

const RECEIVABLE: &str = "receivable:";
const IN_TRANSIT: &str = "in-transit:";
const DEPOSIT: &str = "deposit:";

impl fmt::Display for LedgerAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Receivable(bill) => write!(f, "{RECEIVABLE}{bill}"),
            Self::Revenue => f.pad("revenue"),
            Self::TaxPayable => f.pad("tax-payable"),
            Self::LeviesPayable => f.pad("levies-payable"),
            Self::Penalty => f.pad("penalty"),
            Self::InTransit(order) => write!(f, "{IN_TRANSIT}{order}"),
            Self::Bank => f.pad("bank"),
            Self::OtherChannels => f.pad("other-channels"),
            Self::Deposit(account) => write!(f, "{DEPOSIT}{account}"),
            Self::RefundsPayable => f.pad("refunds-payable"),
            Self::ReturnsPayable => f.pad("returns-payable"),
            Self::Unmatched => f.pad("unmatched"),
            Self::BankCharges => f.pad("bank-charges"),
            Self::OpeningBalances => f.pad("opening-balances"),
        }
    }
}

impl FromStr for LedgerAccount {
    type Err = MalformedAccount;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || MalformedAccount(crate::text::excerpt(text));
        if let Some(bill) = text.strip_prefix(RECEIVABLE) {
            return bill.parse().map(Self::Receivable).map_err(|_| malformed());
        }
        if let Some(order) = text.strip_prefix(IN_TRANSIT) {
            return order.parse().map(Self::InTransit).map_err(|_| malformed());
        }
        if let Some(account) = text.strip_prefix(DEPOSIT) {
            return account.parse().map(Self::Deposit).map_err(|_| malformed());
        }
        match text {
            "revenue" => Ok(Self::Revenue),
            "tax-payable" => Ok(Self::TaxPayable),
            "levies-payable" => Ok(Self::LeviesPayable),
            "penalty" => Ok(Self::Penalty),
            "bank" => Ok(Self::Bank),
            "other-channels" => Ok(Self::OtherChannels),
            "refunds-payable" => Ok(Self::RefundsPayable),
            "returns-payable" => Ok(Self::ReturnsPayable),
            "unmatched" => Ok(Self::Unmatched),
            "bank-charges" => Ok(Self::BankCharges),
            "opening-balances" => Ok(Self::OpeningBalances),
            _ => Err(malformed()),
        }
    }
}
