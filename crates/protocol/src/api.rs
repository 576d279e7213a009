//! JSON of the requests and answers (`PROTOCOL.md` section 8). Amounts are minor units of the
//! `currency` beside them. Readers of answers tolerate members that they do not know.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use wattkey_domain::{
    AccountId, BillId, BillingMonth, Currency, CustomerId, Decision, InstructionId, MandateId,
    OrderId, OrderState, UserId,
};
use wattkey_pki::Digest;

use crate::{
    binding::HolderKind,
    order::{DepositPart, Named, Payee, SourceKind},
    receipt::{JournalLink, ReceiptRefund},
    standing_instruction::Terms,
    time,
};

/// Most entries on one page.
pub const MAX_PAGE: u32 = 200;

/// `GET /v1/me`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Me {
    /// The user.
    pub user: Named<UserId>,
    /// Its customer.
    pub customer: Named<CustomerId>,
    /// The binding under which the request came.
    pub key: MyKey,
    /// What the user may do by itself: `view`, `prepare`, `approve`, `administer`.
    pub rights: Vec<String>,
    /// Who is paid.
    pub payee: Payee,
    /// Time zone of the service (IANA), in which days are counted.
    pub time_zone: String,
    /// How much the user may order; no bound when there is none.
    pub limits: Option<Limits>,
}

/// How much a user may order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Limits {
    /// On one day of the service, all orders together.
    pub day: Option<i64>,
    /// With one order that nobody else approves.
    pub alone: Option<i64>,
    /// Of the day's, what today's orders took.
    pub used: i64,
    /// Of the amounts.
    pub currency: Currency,
}

/// The USB key of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MyKey {
    /// Serial number.
    pub serial: String,
    /// When it was bound.
    #[serde(with = "time")]
    pub bound: Timestamp,
    /// When its authentication certificate ends.
    #[serde(with = "time")]
    pub expires: Timestamp,
}

/// A list, and where it goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// Entries.
    pub items: Vec<T>,
    /// Cursor of the next page; `null` on the last.
    pub next: Option<String>,
}

/// An entry of `GET /v1/accounts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Account {
    /// The contract account.
    pub account: AccountId,
    /// Name.
    pub name: String,
    /// Address of supply.
    pub address: String,
    /// Currency of its bills.
    pub currency: Currency,
    /// What is open, without penalty.
    pub open: i64,
    /// What of it is overdue.
    pub overdue: i64,
    /// What is in collection.
    pub in_collection: i64,
}

/// State of a bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BillState {
    /// To be paid, not yet due.
    Open,
    /// To be paid, past its due date.
    Overdue,
    /// Orders hold all that was open.
    InCollection,
    /// Nothing is open.
    Paid,
    /// Credit notes took all of it back.
    Cancelled,
}

/// An entry of `GET /v1/bills`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BillSummary {
    /// The bill.
    pub bill: BillId,
    /// Its contract account.
    pub account: AccountId,
    /// Billing month, `2026-08`.
    pub period: BillingMonth,
    /// Day of issue.
    pub issued: Date,
    /// Last day to pay without penalty.
    pub due: Date,
    /// Of all amounts.
    pub currency: Currency,
    /// Amount of the bill.
    pub total: i64,
    /// What is open, without penalty, and held by no order.
    pub open: i64,
    /// What orders hold of it, with the penalties of that.
    pub in_collection: i64,
    /// State.
    pub state: BillState,
    /// What of `open` is in dispute now.
    #[serde(default)]
    pub disputed: i64,
    /// An order by transfer that names it and whose money has not come. It holds nothing: who pays the
    /// bill otherwise and transfers too has the second money in his deposit.
    #[serde(default)]
    pub transfer: Option<OrderId>,
}

/// `GET /v1/bills/{bill}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BillDetail {
    /// As in the list.
    #[serde(flatten)]
    pub summary: BillSummary,
    /// Digest of the bill document.
    pub document: Digest,
    /// What paying it takes now; absent when nothing is open.
    pub quote: Option<Quote>,
    /// An order that holds some of it, or paid it.
    pub order: Option<OrderId>,
}

/// What paying a bill takes; also `GET /v1/bills/{bill}/quote?principal=&on=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Quote {
    /// What is paid of the bill itself: all that is open, or the part that was asked for.
    pub principal: i64,
    /// Late-payment penalty of it, as of today or the day that was asked for.
    pub penalty: i64,
    /// Days overdue, on that day.
    pub days: u32,
    /// Until when it holds.
    #[serde(with = "time")]
    pub until: Timestamp,
}

/// An entry of `GET /v1/mandates`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Mandate {
    /// The mandate.
    pub mandate: MandateId,
    /// Holder of the debited account.
    pub debtor_name: String,
    /// The account that is debited.
    pub debtor_account: String,
    /// Currency.
    pub currency: Currency,
    /// Day of signature.
    pub signed: Date,
}

/// `POST /v1/orders`, `GET /v1/orders/{order}`, and an entry of `GET /v1/orders`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OrderView {
    /// The order.
    pub order: OrderId,
    /// Digest of its signed payload.
    pub digest: Digest,
    /// State.
    pub state: OrderState,
    /// Who signed it.
    pub user: Named<UserId>,
    /// Sum.
    pub total: i64,
    /// Of all amounts.
    pub currency: Currency,
    /// The bills.
    pub bills: Vec<OrderBillView>,
    /// What is paid into a deposit.
    pub deposit: Option<DepositPart>,
    /// What is paid out of a deposit.
    pub refund: Option<ReceiptRefund>,
    /// Where the money comes from.
    pub source: SourceView,
    /// The day on which the bank is to collect.
    pub execute: Option<Date>,
    /// The customer's own reference.
    pub reference: String,
    /// What it waits for.
    pub awaiting: Option<Awaiting>,
    /// What people decided on it, oldest first.
    #[serde(default)]
    pub decisions: Vec<DecisionView>,
    /// Movements, oldest first.
    pub history: Vec<OrderEvent>,
}

/// Where an order's money comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum SourceView {
    /// Collected under a debit mandate.
    Mandate {
        /// The debit mandate.
        mandate: MandateId,
    },
    /// A transfer that the customer makes himself.
    Transfer {
        /// What the transfer names.
        creditor_reference: String,
    },
    /// The deposit of a contract account.
    Deposit {
        /// The contract account.
        account: AccountId,
    },
}

impl SourceView {
    /// Which of them it is.
    #[must_use]
    pub const fn kind(&self) -> SourceKind {
        match self {
            Self::Mandate { .. } => SourceKind::Mandate,
            Self::Transfer { .. } => SourceKind::Transfer,
            Self::Deposit { .. } => SourceKind::Deposit,
        }
    }
}

/// What an order waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Awaiting {
    /// What.
    pub what: AwaitingWhat,
    /// From when on it lapses, or, for `day`, goes to the bank.
    #[serde(
        default,
        with = "time::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub until: Option<Timestamp>,
}

/// What an order may wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AwaitingWhat {
    /// The decision of another person.
    Approval,
    /// The customer's own transfer.
    Transfer,
    /// The day on which it is to be executed.
    Day,
}

/// What somebody decided on an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DecisionView {
    /// Who.
    pub user: Named<UserId>,
    /// What.
    pub decision: Decision,
    /// When.
    #[serde(with = "time")]
    pub at: Timestamp,
}

/// An entry of `GET /v1/deposits`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Deposit {
    /// The contract account.
    pub account: AccountId,
    /// Of the balance.
    pub currency: Currency,
    /// What is there; negative when a debit that paid into it was returned.
    pub balance: i64,
}

/// `POST /v1/standing-instructions`, and an entry of `GET /v1/standing-instructions`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct StandingInstructionView {
    /// The instruction.
    pub instruction: InstructionId,
    /// Digest of the signed payload that gave it.
    pub digest: Digest,
    /// Who gave it.
    pub user: Named<UserId>,
    /// What it allows.
    pub terms: Terms,
    /// When it was given.
    #[serde(with = "time")]
    pub at: Timestamp,
    /// When and by whom it was ended.
    pub ended: Option<InstructionEnd>,
}

/// The end of a standing instruction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct InstructionEnd {
    /// Digest of the signed payload that ended it.
    pub digest: Digest,
    /// Who ended it.
    pub user: Named<UserId>,
    /// When.
    #[serde(with = "time")]
    pub at: Timestamp,
}

/// One bill of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OrderBillView {
    /// The bill.
    pub bill: BillId,
    /// What is paid of it.
    pub principal: i64,
    /// Penalty.
    pub penalty: i64,
}

/// A movement of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OrderEvent {
    /// State that it came into.
    pub state: OrderState,
    /// When.
    #[serde(with = "time")]
    pub at: Timestamp,
    /// What the bank said, for instance a reason code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Where it is in the journal.
    pub journal: JournalLink,
}

/// `GET /v1/binding-steps` on the managers' listener.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BindingSteps {
    /// Steps, each a compact JWS, in order.
    pub steps: Vec<String>,
    /// Whether there are more.
    pub more: bool,
}

/// `POST /v1/binding-steps`: the head after the step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BindingHead {
    /// Number of the last step.
    pub sequence: u64,
    /// Its digest.
    pub digest: Digest,
}

/// An entry of `GET /v1/bindings`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BindingView {
    /// Serial number of the USB key.
    pub serial: String,
    /// User or manager.
    pub kind: HolderKind,
    /// The holder.
    pub holder: Named<UserId>,
    /// The customer of a user.
    pub customer: Option<CustomerId>,
    /// Thumbprint of the authentication certificate.
    pub authentication: Digest,
    /// When it was bound.
    #[serde(with = "time")]
    pub bound: Timestamp,
    /// Until when its certificate lasts.
    #[serde(with = "time")]
    pub expires: Timestamp,
}

/// An entry of `GET /v1/users` on the managers' listener.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct UserView {
    /// The user.
    pub user: Named<UserId>,
    /// Its customer.
    pub customer: Named<CustomerId>,
    /// What the user may do.
    pub rights: Vec<String>,
    /// Serial numbers of the USB keys that are bound.
    pub keys: Vec<String>,
}
