//! The order (`PROTOCOL.md` section 9): what a user signs to pay bills, to pay into a deposit, or
//! to have a deposit paid out.
//!
//! [`Draft`] and [`SignedOrder`] are the steps that all signed documents go through
//! ([`crate::signed`]); [`render()`] is what the user is shown.

mod check;
mod render;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use wattkey_domain::{
    AccountId, BillId, BillingMonth, Currency, CustomerId, MandateId, OrderId, UserId,
};
use wattkey_pki::Digest;

pub use self::check::check_reference;
pub use self::render::render;
pub use crate::json::DocumentError;
pub use crate::lines::{Label, Line, Value};
pub use crate::signed::{
    CREATED_WINDOW_S, MAX_LIFETIME_S, SignatureError as OrderSignatureError,
    SignedError as OrderError,
};
use crate::{
    json::required,
    signed::{self, Document, Signed},
    time,
};

/// `typ` of a signed order.
pub const TYPE: &str = "wattkey-order+jws";
/// Most bills in one order.
pub const MAX_BILLS: usize = 100;
/// Most characters of the customer's reference (ISO 20022 Max35Text).
pub const MAX_REFERENCE: usize = 35;

/// An order that is not signed yet.
pub type Draft = signed::Draft<Order>;
/// A signed order.
pub type SignedOrder = Signed<Order>;

/// The document. Amounts are minor units of `currency`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Made by the client.
    pub order: OrderId,
    /// The payment service.
    pub audience: String,
    /// Who is paid.
    pub payee: Payee,
    /// Who pays.
    pub customer: Named<CustomerId>,
    /// Who signs.
    pub user: Named<UserId>,
    /// What is paid; none only when a deposit is paid into or out of.
    pub bills: Vec<OrderBill>,
    /// What is paid into a deposit, with the bills or alone.
    #[serde(deserialize_with = "required")]
    pub deposit: Option<DepositPart>,
    /// What is paid out of a deposit, alone.
    #[serde(deserialize_with = "required")]
    pub refund: Option<RefundPart>,
    /// Sum of principals, penalties, deposit and refund.
    pub total: i64,
    /// Of all amounts.
    pub currency: Currency,
    /// Where the money comes from.
    pub source: Source,
    /// The day on which the bank is to collect; at once when there is none.
    #[serde(with = "time::optional_date")]
    pub execute: Option<Date>,
    /// The customer's own; may be empty.
    pub reference: String,
    /// When it was made.
    #[serde(with = "time")]
    pub created: Timestamp,
    /// When it can no longer be accepted.
    #[serde(with = "time")]
    pub expires: Timestamp,
}

/// Who is paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Payee {
    /// Name of the power company.
    pub name: String,
    /// Its bank account.
    pub account: String,
}

/// An identifier with the name that people know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Named<Id> {
    /// Identifier.
    pub id: Id,
    /// Name at the time of the document.
    pub name: String,
}

/// One bill of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderBill {
    /// The bill.
    pub bill: BillId,
    /// Its contract account.
    pub account: AccountId,
    /// Its billing month, `2026-08`.
    pub period: BillingMonth,
    /// Digest of the bill document's exact bytes.
    pub document: Digest,
    /// What is paid of the bill: all that is open, or a part of it.
    pub principal: i64,
    /// Late-payment penalty of this principal.
    pub penalty: i64,
    /// Until when this penalty holds.
    #[serde(with = "time")]
    pub quote_until: Timestamp,
}

/// What is paid into a deposit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DepositPart {
    /// The contract account.
    pub account: AccountId,
    /// How much.
    pub amount: i64,
}

/// What is paid out of a deposit, to the account of a debit mandate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefundPart {
    /// The debit mandate.
    pub mandate: MandateId,
    /// Its debtor account, which is paid.
    pub account: String,
    /// How much.
    pub amount: i64,
}

/// Where the money comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Source {
    /// Collected by the power company under a debit mandate.
    Mandate {
        /// The debit mandate.
        mandate: MandateId,
        /// The account that will be debited.
        debtor_account: String,
    },
    /// A transfer that the customer makes himself.
    Transfer {
        /// What the transfer names: the creditor reference of the order's id (ISO 11649).
        creditor_reference: String,
    },
    /// The deposit of a contract account.
    Deposit {
        /// The contract account.
        account: AccountId,
    },
}

/// How the money comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// Collected by the power company under a debit mandate.
    Mandate,
    /// A transfer that the customer makes himself.
    Transfer,
    /// The deposit of a contract account.
    Deposit,
}

impl SourceKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Mandate, Self::Transfer, Self::Deposit];

    /// The name in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mandate => "mandate",
            Self::Transfer => "transfer",
            Self::Deposit => "deposit",
        }
    }
}

impl Source {
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

impl signed::Draft<Order> {
    /// The document.
    #[must_use]
    pub fn order(&self) -> &Order {
        self.document()
    }
}

impl Signed<Order> {
    /// The document; say nothing of its signer before [`Signed::verify`].
    #[must_use]
    pub fn order(&self) -> &Order {
        self.document()
    }
}

impl Document for Order {
    const TYPE: &'static str = TYPE;

    fn check(&self) -> Result<(), DocumentError> {
        check::order(self)
    }

    fn lines(&self) -> Vec<Line> {
        render(self)
    }

    signed::members!(order, customer);
}

#[cfg(test)]
mod tests;
