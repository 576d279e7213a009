//! What the user is shown of a signed document: pairs of a label code and a value.
//!
//! Window and command line translate the labels and write the values in the user's locale;
//! neither chooses what is shown. Each kind of document makes its lines in one place
//! ([`Document::lines`](crate::signed::Document::lines)).

use std::fmt::Display;

use jiff::{Timestamp, civil::Date};
use wattkey_domain::{BillingMonth, Currency, Decision};

use crate::order::SourceKind;

macro_rules! labels {
    ($($(#[$doc:meta])* $variant:ident = $code:literal;)*) => {
        /// What a line is about. Translations use [`Label::code`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Label { $($(#[$doc])* $variant),* }

        impl Label {
            /// All labels, for translators' tests.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Stable code, `payee-account` for instance.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }
        }
    };
}

labels! {
    /// Name of who is paid.
    Payee = "payee";
    /// Account of who is paid.
    PayeeAccount = "payee-account";
    /// The payment service.
    Audience = "audience";
    /// Who pays.
    Customer = "customer";
    /// Who signs.
    User = "user";
    /// A bill; the lines up to the next of [`Label::Bill`], [`Label::Deposit`], [`Label::Refund`]
    /// or [`Label::Total`] belong to it.
    Bill = "bill";
    /// Contract account of the bill.
    Account = "account";
    /// Billing month of the bill.
    Period = "period";
    /// Digest of the bill document.
    Document = "document";
    /// What is paid of the bill itself.
    Principal = "principal";
    /// Late-payment penalty of what is paid.
    Penalty = "penalty";
    /// Until when the penalty holds.
    QuoteUntil = "quote-until";
    /// Contract account whose deposit is paid into.
    Deposit = "deposit";
    /// What is paid into the deposit.
    DepositAmount = "deposit-amount";
    /// Debit mandate to whose account the deposit is paid out.
    Refund = "refund";
    /// The account that it is paid out to.
    RefundAccount = "refund-account";
    /// What is paid out.
    RefundAmount = "refund-amount";
    /// Sum.
    Total = "total";
    /// How it is paid.
    Source = "source";
    /// The debit mandate.
    Mandate = "mandate";
    /// The account that will be debited.
    DebtorAccount = "debtor-account";
    /// The reference of the customer's own transfer.
    CreditorReference = "creditor-reference";
    /// Contract account whose deposit pays.
    FromDeposit = "from-deposit";
    /// The day on which the bank is to collect.
    Execute = "execute";
    /// The customer's own reference.
    Reference = "reference";
    /// When the document was made.
    Created = "created";
    /// When the document can no longer be taken.
    Expires = "expires";
    /// The order's id.
    Order = "order";
    /// What is decided on an order.
    Decision = "decision";
    /// Digest of the order that the decision is about.
    OrderDigest = "order-digest";
    /// Whether a standing instruction is given or ended.
    Terms = "terms";
    /// Contract account whose deposit pays by itself.
    TermsDeposit = "terms-deposit";
    /// Contract account whose bills the deposit pays.
    TermsAccount = "terms-account";
    /// The most that is paid for one bill.
    TermsMost = "terms-most";
    /// What stays in the deposit.
    TermsKeep = "terms-keep";
    /// The first day.
    TermsFrom = "terms-from";
    /// The last day.
    TermsUntil = "terms-until";
    /// The standing instruction's id.
    Instruction = "instruction";
    /// Whether a dispute is opened or withdrawn.
    DisputeStep = "dispute-step";
    /// The line of the bill that is disputed, or the whole bill.
    DisputeLine = "dispute-line";
    /// How much of the bill is disputed.
    DisputeAmount = "dispute-amount";
    /// Why it is disputed.
    DisputeReason = "dispute-reason";
    /// Why, in the customer's words.
    DisputeText = "dispute-text";
    /// The dispute's id.
    Dispute = "dispute";
    /// Which of its own data a customer changes.
    ChangeKind = "change-kind";
    /// A contact; the lines up to the next one belong to it.
    Contact = "contact";
    /// What the contact is for.
    ContactRole = "contact-role";
    /// A telephone number.
    Phone = "phone";
    /// An e-mail address.
    Email = "email";
    /// The language of a contact.
    Language = "language";
    /// The contract account whose notices go to an address.
    NoticeAccount = "notice-account";
    /// A postal address.
    Post = "post";
    /// Who buys, on a tax invoice.
    InvoiceTitle = "invoice-title";
    /// The buyer's number as a tax payer.
    TaxNumber = "tax-number";
    /// The buyer's registered address.
    InvoiceAddress = "invoice-address";
    /// The buyer's bank.
    Bank = "bank";
    /// The buyer's account there.
    BankAccount = "bank-account";
    /// Id of the user whose rights are changed.
    RightsUser = "rights-user";
    /// The contract account on which they are.
    RightsAccount = "rights-account";
    /// A right that the user has there from now on.
    GivenRight = "given-right";
    /// Version of what is changed.
    Replaces = "replaces";
    /// The change's id.
    Change = "change";
    /// Digest of the change that a decision is about.
    ChangeDigest = "change-digest";
    /// The notice that was read.
    Notice = "notice";
    /// Digest of the notice's bytes.
    NoticeDigest = "notice-digest";
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
    /// A day.
    Day(Date),
    /// A billing month, `2026-08`.
    Month(BillingMonth),
    /// How an order is paid.
    Source(SourceKind),
    /// What is decided.
    Decision(Decision),
    /// A standing instruction is given, or ended.
    Terms(TermsKind),
    /// A name of a set of names, to be translated: the set, then the name.
    Word(&'static str, &'static str),
    /// No bound is set.
    Unbounded,
}

/// What a signed standing instruction does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TermsKind {
    /// It holds from now on.
    Given,
    /// It no longer holds.
    Ended,
}

impl TermsKind {
    /// Stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Ended => "ended",
        }
    }
}

/// One line of what is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is about.
    pub label: Label,
    /// What the document says.
    pub value: Value,
}

impl Line {
    pub(crate) fn new(label: Label, value: Value) -> Self {
        Self { label, value }
    }

    pub(crate) fn text(label: Label, text: impl Display) -> Self {
        Self::new(label, Value::Text(text.to_string()))
    }

    pub(crate) fn money(label: Label, minor: i64, currency: Currency) -> Self {
        Self::new(label, Value::Money(minor, currency))
    }

    pub(crate) fn time(label: Label, at: Timestamp) -> Self {
        Self::new(label, Value::Time(at))
    }

    /// A name of a set of names, to be translated.
    pub(crate) fn word(label: Label, set: &'static str, name: &'static str) -> Self {
        Self::new(label, Value::Word(set, name))
    }

    /// A name with its identifier.
    pub(crate) fn named<Id: Display>(label: Label, named: &crate::order::Named<Id>) -> Self {
        Self::text(label, format_args!("{} ({})", named.name, named.id))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Label;

    #[test]
    fn no_two_labels_have_one_code() {
        let codes: BTreeSet<_> = Label::ALL.iter().map(|label| label.code()).collect();
        assert_eq!(codes.len(), Label::ALL.len());
    }
}
