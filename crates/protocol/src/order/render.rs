//! What the user is shown of an order: pairs of a label code and a value, made in one place.
//!
//! Window and command line translate the labels and write the values in the user's locale;
//! neither chooses what is shown.

use jiff::Timestamp;
use wattkey_domain::{BillingMonth, Currency};

use super::{Order, SourceKind};

/// What a line is about. Translations use [`Label::code`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// Name of who is paid.
    Payee,
    /// Account of who is paid.
    PayeeAccount,
    /// The payment service.
    Audience,
    /// Who pays.
    Customer,
    /// Who signs.
    User,
    /// A bill; the lines up to the next [`Label::Bill`] or [`Label::Total`] belong to it.
    Bill,
    /// Contract account of the bill.
    Account,
    /// Billing month of the bill.
    Period,
    /// Digest of the bill document.
    Document,
    /// What is open of the bill.
    Principal,
    /// Late-payment penalty of the bill.
    Penalty,
    /// Until when the penalty holds.
    QuoteUntil,
    /// Sum.
    Total,
    /// How it is paid.
    Source,
    /// The debit mandate.
    Mandate,
    /// The account that will be debited.
    DebtorAccount,
    /// The customer's own reference.
    Reference,
    /// When the order was made.
    Created,
    /// When the order can no longer be accepted.
    Expires,
    /// The order's id.
    Order,
}

impl Label {
    /// All labels, for translators' tests.
    pub const ALL: [Self; 20] = [
        Self::Payee,
        Self::PayeeAccount,
        Self::Audience,
        Self::Customer,
        Self::User,
        Self::Bill,
        Self::Account,
        Self::Period,
        Self::Document,
        Self::Principal,
        Self::Penalty,
        Self::QuoteUntil,
        Self::Total,
        Self::Source,
        Self::Mandate,
        Self::DebtorAccount,
        Self::Reference,
        Self::Created,
        Self::Expires,
        Self::Order,
    ];

    /// Stable code, `payee-account` for instance.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Payee => "payee",
            Self::PayeeAccount => "payee-account",
            Self::Audience => "audience",
            Self::Customer => "customer",
            Self::User => "user",
            Self::Bill => "bill",
            Self::Account => "account",
            Self::Period => "period",
            Self::Document => "document",
            Self::Principal => "principal",
            Self::Penalty => "penalty",
            Self::QuoteUntil => "quote-until",
            Self::Total => "total",
            Self::Source => "source",
            Self::Mandate => "mandate",
            Self::DebtorAccount => "debtor-account",
            Self::Reference => "reference",
            Self::Created => "created",
            Self::Expires => "expires",
            Self::Order => "order",
        }
    }
}

/// A value, to be written in the user's locale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// As it is.
    Text(String),
    /// Minor units of a currency.
    Money(i64, Currency),
    /// A point in time.
    Time(Timestamp),
    /// A billing month, `2026-08`.
    Month(BillingMonth),
    /// Collected under a debit mandate.
    SourceMandate,
}

/// One line of what is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is about.
    pub label: Label,
    /// What the document says.
    pub value: Value,
}

/// Every member of the document, in the order in which it is shown.
#[must_use]
pub fn render(order: &Order) -> Vec<Line> {
    let text = |label, text: &dyn std::fmt::Display| Line {
        label,
        value: Value::Text(text.to_string()),
    };
    let money = |label, minor| Line {
        label,
        value: Value::Money(minor, order.currency),
    };
    let time = |label, at| Line {
        label,
        value: Value::Time(at),
    };
    let mut lines = vec![
        text(Label::Payee, &order.payee.name),
        text(Label::PayeeAccount, &order.payee.account),
        text(
            Label::Customer,
            &format_args!("{} ({})", order.customer.name, order.customer.id),
        ),
        text(
            Label::User,
            &format_args!("{} ({})", order.user.name, order.user.id),
        ),
    ];
    for bill in &order.bills {
        lines.extend([
            text(Label::Bill, &bill.bill),
            text(Label::Account, &bill.account),
            Line {
                label: Label::Period,
                value: Value::Month(bill.period),
            },
            money(Label::Principal, bill.principal),
            money(Label::Penalty, bill.penalty),
            time(Label::QuoteUntil, bill.quote_until),
            text(Label::Document, &bill.document),
        ]);
    }
    let source = match order.source.kind {
        SourceKind::Mandate => Value::SourceMandate,
    };
    lines.extend([
        money(Label::Total, order.total),
        Line {
            label: Label::Source,
            value: source,
        },
        text(Label::Mandate, &order.source.mandate),
        text(Label::DebtorAccount, &order.source.debtor_account),
        text(Label::Reference, &order.reference),
        time(Label::Created, order.created),
        time(Label::Expires, order.expires),
        text(Label::Order, &order.order),
        text(Label::Audience, &order.audience),
    ]);
    lines
}
