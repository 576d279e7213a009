//! What a person wants to pay, and from where.

use jiff::civil::Date;
use wattkey_domain::{AccountId, BillId, MandateId};

/// What the user wants to pay. Amounts that people write have the decimals of the currency, which
/// is that of the bills or of the contract account.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The bills.
    pub bills: Vec<BillPart>,
    /// What is paid into a deposit.
    pub deposit: Option<DepositRequest>,
    /// What is paid out of the deposit that [`Request::funds`] names.
    pub refund: Option<RefundRequest>,
    /// Where the money comes from.
    pub funds: Funds,
    /// The day on which the bank is to collect.
    pub execute: Option<Date>,
    /// The customer's own reference; may be empty.
    pub reference: String,
}

/// A bill, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillPart {
    /// The bill.
    pub bill: BillId,
    /// What is paid of it; its penalty comes on top.
    pub amount: Amount,
}

/// How much of a bill is paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Amount {
    /// All that is open.
    AllOpen,
    /// As a person wrote it: `12369.69`.
    Written(String),
    /// In minor units.
    Minor(i64),
}

/// A payment into a deposit.
#[derive(Debug, Clone)]
pub struct DepositRequest {
    /// The contract account.
    pub account: AccountId,
    /// As a person wrote it: `500.00`.
    pub amount: String,
}

/// A payment out of a deposit.
#[derive(Debug, Clone)]
pub struct RefundRequest {
    /// As a person wrote it: `500.00`.
    pub amount: String,
    /// The debit mandate whose account is paid; may be left out when there is one.
    pub mandate: Option<MandateId>,
}

/// Where the money comes from.
#[derive(Debug, Clone)]
pub enum Funds {
    /// The power company collects it under a debit mandate; which one may be left out when the
    /// customer has one in the currency.
    Mandate(Option<MandateId>),
    /// The customer's own transfer.
    Transfer,
    /// The deposit of a contract account.
    Deposit(AccountId),
}

impl Default for Funds {
    fn default() -> Funds {
        Funds::Mandate(None)
    }
}
