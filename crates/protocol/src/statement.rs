//! `GET /v1/accounts/{account}/statement`: what a contract account owed and paid between two civil
//! days of the service, with balances.
//!
//! A statement has two ledgers: what the account's **bills** owe, and what its **deposit** holds.
//! Each entry belongs to one of them, moves it by `debit` or `credit` (the other one is zero), and
//! says the ledger's balance after it: opening balance and entries come to the closing balance.
//! A debit makes the bills owe more, and the deposit hold less.
//!
//! What an order holds on its way through the bank is still owed: a payment is in the statement when
//! it is there for good. The balances tell both parts, so that they can be laid beside the list of
//! accounts: `owed` is `open` plus `in_collection`.
//!
//! An entry stands under the day that its document or the bank says (of a bill its issue, of a credit
//! its value date), never later than the day on which it was posted; `posted` has that moment. What
//! comes in late is therefore in the statement of the days that it is about.
//!
//! ```
//! use wattkey_protocol::statement::{Balances, Statement};
//!
//! let statement: Statement = serde_json::from_str(r#"{
//!     "account": "C-1001", "name": "Rolling mill", "address": "1 Works Road", "currency": "CNY",
//!     "from": "2026-10-01", "to": "2026-10-31", "as_of": "2026-11-22T08:00:00Z",
//!     "opening": {"owed": 0, "open": 0, "in_collection": 0, "deposit": 0},
//!     "items": [{"day": "2026-10-03", "posted": "2026-10-03T01:00:00Z", "ledger": "bills",
//!         "kind": "bill", "bill": "B-1", "period": "2026-09", "due": "2026-10-18",
//!         "debit": 1000, "credit": 0, "balance": 1000}],
//!     "next": null,
//!     "closing": {"owed": 1000, "open": 1000, "in_collection": 0, "deposit": 0}}"#,
//! ).expect("a statement");
//! assert_eq!(statement.closing.owed, statement.items[0].balance);
//! ```

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use wattkey_domain::{AccountId, BillId, BillingMonth, Currency, OrderId};

use crate::time;

/// The statement, or a page of it: balances are those of all its days, on each page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Statement {
    /// The contract account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// Address of supply.
    pub address: String,
    /// Of all amounts.
    pub currency: Currency,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// The moment as of which the books were read.
    #[serde(with = "time")]
    pub as_of: Timestamp,
    /// Before the first day.
    pub opening: Balances,
    /// What happened, oldest first.
    pub items: Vec<Entry>,
    /// Cursor of the next page; `null` on the last.
    pub next: Option<String>,
    /// After the last day.
    pub closing: Balances,
}

/// What is owed and what is there, at the end of a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Balances {
    /// What the bills owe: `open` and `in_collection` together.
    pub owed: i64,
    /// What of it can be paid.
    pub open: i64,
    /// What of it orders hold, with the penalties that they fixed.
    pub in_collection: i64,
    /// What the deposit holds; below zero when a debit that filled it was returned.
    pub deposit: i64,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Entry {
    /// The day under which it stands.
    pub day: Date,
    /// When it was posted.
    #[serde(with = "time")]
    pub posted: Timestamp,
    /// What it moves.
    pub ledger: Ledger,
    /// What it is.
    pub kind: Kind,
    /// In which way money came or went: of payments and returns, and of what goes into the deposit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way: Option<Way>,
    /// The bill, unless its contract account is hidden from the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bill: Option<BillId>,
    /// Its billing month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<BillingMonth>,
    /// Its last day without a penalty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Date>,
    /// The order, unless it is hidden from the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
    /// The customer's own reference of the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The channel of a payment elsewhere, as the marketing system calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The id of a credit note, or the reference of a payment in its channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Why, of a credit note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The bills owe more, or the deposit holds less.
    pub debit: i64,
    /// The bills owe less, or the deposit holds more.
    pub credit: i64,
    /// Of the ledger, after this entry: what is owed, or what the deposit holds.
    pub balance: i64,
}

/// What an entry moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ledger {
    /// What the account's bills owe.
    Bills,
    /// What its deposit holds.
    Deposit,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A bill was issued.
    Bill,
    /// Something of a bill is not owed; of the deposit: what had been paid of it comes back there.
    CreditNote,
    /// A late-payment penalty is owed.
    Penalty,
    /// It is not owed after all.
    PenaltyTakenBack,
    /// A bill was paid.
    Payment,
    /// A payment, or what had filled the deposit, was taken back.
    Return,
    /// A bill was paid through another channel; of the deposit: what was over.
    PaidElsewhere,
    /// The deposit was there before these books.
    OpeningBalance,
    /// Money came into the deposit.
    DepositIn,
    /// The deposit paid bills.
    DepositOut,
    /// Money of the deposit is paid out.
    Refund,
    /// It could not be paid out and is in the deposit again.
    RefundBack,
}

/// In which way money came or went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// The bank collected it under a debit mandate.
    Mandate,
    /// The customer transferred it, with an order's reference.
    Transfer,
    /// Out of a deposit, by an order.
    Deposit,
    /// Out of a deposit, under a standing instruction.
    Standing,
    /// A transfer without a reference of ours, which two managers placed.
    Placed,
    /// Through another channel.
    Elsewhere,
}
