//! JSON of the requests and answers (`PROTOCOL.md` section 8). Amounts are minor units of the
//! `currency` beside them. Readers of answers tolerate members that they do not know.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use wattkey_domain::{
    AccountId, BillId, BillingMonth, Currency, CustomerId, MandateId, OrderId, OrderState, UserId,
};
use wattkey_pki::Digest;

use crate::{
    binding::HolderKind,
    order::{Named, Payee},
    receipt::JournalLink,
    time,
};

/// Most entries on one page.
pub const MAX_PAGE: u32 = 200;

/// `GET /v1/me`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// The user.
    pub user: Named<UserId>,
    /// Its customer.
    pub customer: Named<CustomerId>,
    /// The binding under which the request came.
    pub key: MyKey,
    /// What the user may do: `view`, `prepare`, `approve`.
    pub rights: Vec<String>,
    /// Who is paid.
    pub payee: Payee,
    /// Time zone of the service (IANA), in which days are counted.
    pub time_zone: String,
}

/// The USB key of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// Entries.
    pub items: Vec<T>,
    /// Cursor of the next page; `null` on the last.
    pub next: Option<String>,
}

/// An entry of `GET /v1/accounts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BillState {
    /// To be paid, not yet due.
    Open,
    /// To be paid, past its due date.
    Overdue,
    /// An order holds it.
    InCollection,
    /// Nothing is open.
    Paid,
}

/// An entry of `GET /v1/bills`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// What is open, without penalty.
    pub open: i64,
    /// State.
    pub state: BillState,
}

/// `GET /v1/bills/{bill}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillDetail {
    /// As in the list.
    #[serde(flatten)]
    pub summary: BillSummary,
    /// Digest of the bill document.
    pub document: Digest,
    /// What paying it takes now; absent when nothing is open.
    pub quote: Option<Quote>,
    /// The order that holds or paid it.
    pub order: Option<OrderId>,
}

/// What paying a bill takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// What is open.
    pub principal: i64,
    /// Late-payment penalty as of today.
    pub penalty: i64,
    /// Days overdue.
    pub days: u32,
    /// Until when it holds.
    #[serde(with = "time")]
    pub until: Timestamp,
}

/// An entry of `GET /v1/mandates`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The customer's own reference.
    pub reference: String,
    /// Movements, oldest first.
    pub history: Vec<OrderEvent>,
}

/// One bill of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderBillView {
    /// The bill.
    pub bill: BillId,
    /// What was open.
    pub principal: i64,
    /// Penalty.
    pub penalty: i64,
}

/// A movement of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BindingSteps {
    /// Steps, each a compact JWS, in order.
    pub steps: Vec<String>,
    /// Whether there are more.
    pub more: bool,
}

/// `POST /v1/binding-steps`: the head after the step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BindingHead {
    /// Number of the last step.
    pub sequence: u64,
    /// Its digest.
    pub digest: Digest,
}

/// An entry of `GET /v1/bindings`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
