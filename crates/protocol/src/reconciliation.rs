//! JSON of reconciliation on the managers' listener (`PROTOCOL.md` section 14): the day's statement
//! against the books, what waits for a person, and what could be done about it. Amounts are minor
//! units. Readers of answers tolerate members that they do not know.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use wattkey_domain::{BillId, Currency, CustomerId, Item, OrderState, ResolutionId, UserId};
use wattkey_pki::Digest;

use crate::order::Named;
use crate::resolution::{Action, Allocation, DepositPart, ItemView, Verdict};
use crate::time;

/// `GET /v1/reconciliation`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconciliation {
    /// The day, as the bank counts days.
    pub day: Date,
    /// As of when.
    #[serde(with = "time")]
    pub as_of: Timestamp,
    /// Our account at the bank.
    pub account: String,
    /// The bank's statements of the day.
    pub statements: Vec<Statement>,
    /// What statement and books agree on.
    pub agreed: Vec<Agreed>,
    /// What they do not agree on, at most 1,000 of it.
    pub differences: Vec<Difference>,
    /// How much there is of it.
    pub differences_total: u64,
    /// What waits for a person, of this day and of others, oldest first, at most 1,000 of it.
    pub items: Vec<WaitingItem>,
    /// How much there is of it.
    pub items_total: u64,
}

/// A statement of our account; its pages together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Its `Id`.
    pub id: String,
    /// Its number in the year's sequence.
    pub sequence: Option<u64>,
    /// Numbers of the messages that brought it.
    pub messages: Vec<u64>,
    /// Of its balances.
    pub currency: Option<Currency>,
    /// Opening balance; debit is negative.
    pub opening: Option<i64>,
    /// What its booked entries credit.
    pub credits: i64,
    /// What its booked entries debit.
    pub debits: i64,
    /// Closing balance.
    pub closing: Option<i64>,
    /// Booked entries.
    pub entries: u64,
}

/// Entries that the books posted as the bank booked them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreed {
    /// Currency.
    pub currency: Currency,
    /// How many.
    pub entries: u64,
    /// Money in.
    pub credits: i64,
    /// Money out.
    pub debits: i64,
}

/// Something in which statement and books differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// What sort it is of.
    pub kind: DifferenceKind,
    /// The bank's reference, or the statement.
    pub reference: Option<String>,
    /// How much; money out is negative.
    pub amount: Option<i64>,
    /// Of the amount.
    pub currency: Option<Currency>,
    /// What is known of it, in English.
    pub why: String,
    /// The resolution that two managers made of it; of `resolved` only.
    pub resolution: Option<ResolutionId>,
    /// What that does.
    pub action: Option<Action>,
}

/// A sort of difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DifferenceKind {
    /// No statement of the day came.
    NoStatement,
    /// A statement between the one before and this one did not come.
    Gap,
    /// The opening balance is not the closing balance of the statement before.
    Opening,
    /// Opening balance and entries do not come to the closing balance.
    Sum,
    /// A page of the statement may be missing, or it has no balances: its sum cannot be proven.
    Unproven,
    /// An entry of the statement was not posted.
    NotPosted,
    /// An entry of the statement was not posted when it came, and managers resolved it since.
    Resolved,
    /// What was posted as booked on the day is not in the statement.
    NotStated,
    /// An entry's amount cannot be read.
    Unreadable,
}

/// What waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingItem {
    /// What it says.
    #[serde(flatten)]
    pub view: ItemView,
    /// Digest of that.
    pub digest: Digest,
    /// The resolution that waits for a second manager.
    pub resolution: Option<ResolutionId>,
    /// What could be done. Nothing of it happens by itself.
    pub proposals: Vec<Proposal>,
}

/// What could be done with money that came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Which rule proposes it.
    pub rule: Rule,
    /// What the rule found, in English.
    pub why: String,
    /// Whose bills they are.
    pub customer: Named<CustomerId>,
    /// What bills would get.
    pub allocations: Vec<Allocation>,
    /// What a deposit would get.
    pub deposit: Option<DepositPart>,
}

/// Why something is proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// The payer names bills.
    BillInText,
    /// The payer names a contract account.
    AccountInText,
    /// The payer's account has a debit mandate, and the amount is that of one bill.
    MandateOneBill,
    /// The payer's account has a debit mandate, and the amount is that of the oldest bills.
    MandateOldestBills,
    /// The amount is that of an order that was returned or cancelled.
    OrderTakenBack,
}

/// `GET /v1/reconciliation/split`: what a bill gets of an amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// The bill.
    pub bill: BillId,
    /// Whose it is.
    pub customer: Named<CustomerId>,
    /// Last day to pay without penalty.
    pub due: Date,
    /// What is open of it, without penalty.
    pub open: i64,
    /// Of the amount: the largest principal that with its penalty is covered.
    pub principal: i64,
    /// Its penalty, as of the item's value date.
    pub penalty: i64,
    /// Of all amounts.
    pub currency: Currency,
}

/// An entry of `GET /v1/resolutions`, and the answer to what is handed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolutionView {
    /// The resolution.
    pub resolution: ResolutionId,
    /// What it resolves.
    pub item: Item,
    /// Where it stands.
    pub state: ResolutionState,
    /// Who signed it.
    pub manager: Named<UserId>,
    /// When it was taken in.
    #[serde(with = "time")]
    pub at: Timestamp,
    /// The compact JWS.
    pub document: String,
    /// The second manager's word.
    pub decision: Option<DecisionView>,
    /// Where money stands that it sends back, once it is confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returned: Option<ReturnView>,
}

/// Where money stands that is sent back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnView {
    /// `accepted`, `submitted`, `settled`; `rejected` or `returned`, and the money waits again.
    pub state: OrderState,
    /// Since when.
    #[serde(with = "time")]
    pub at: Timestamp,
}

/// A second manager's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionView {
    /// What was decided.
    pub decision: Verdict,
    /// By whom.
    pub manager: Named<UserId>,
    /// When it was taken in.
    #[serde(with = "time")]
    pub at: Timestamp,
    /// The compact JWS.
    pub document: String,
}

/// Where a resolution stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResolutionState {
    /// It waits for a second manager.
    Proposed,
    /// It is done.
    Confirmed,
    /// It is not.
    Refused,
}
