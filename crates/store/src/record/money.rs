//! Records that move money, besides bills.

use jiff::civil::Date;
use serde::Deserialize;
use wattkey_domain::{AccountId, BillId, Currency, Money, MoneyError};

use super::RecordError;
use super::strict::{date, text};

/// The longest id of a credit note, in characters.
const MAX_ID: usize = 32;

/// A payment through another channel, such as the counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// The bill that it pays, wholly or in part; what is beyond it goes to the deposit of its
    /// account.
    pub bill: BillId,
    /// How much.
    pub amount: Money,
    /// The day on which it was paid.
    pub paid: Date,
    /// The channel.
    pub channel: String,
    /// The channel's reference of it: unique there, so that it is taken in once.
    pub reference: String,
}

/// Something of a bill is not owed, or all of it: then the bill is cancelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditNote {
    /// Its id in the marketing system.
    pub id: String,
    /// The bill that it corrects.
    pub bill: BillId,
    /// The day of the note.
    pub issued: Date,
    /// Electricity sold that was not.
    pub revenue: Money,
    /// Tax on it.
    pub tax: Money,
    /// Levies on it.
    pub levies: Money,
    /// Why, for the customer.
    pub reason: String,
    total: Money,
}

/// What the deposit of a contract account had before these books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpeningBalance {
    /// The contract account; each has one opening balance at most.
    pub account: AccountId,
    /// How much.
    pub amount: Money,
    /// As of the beginning of which day.
    pub as_of: Date,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPayment {
    bill: BillId,
    amount: i64,
    currency: Currency,
    #[serde(deserialize_with = "date")]
    paid: Date,
    channel: String,
    reference: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCreditNote {
    id: String,
    bill: BillId,
    #[serde(deserialize_with = "date")]
    issued: Date,
    currency: Currency,
    revenue: i64,
    tax: i64,
    levies: i64,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawOpeningBalance {
    account: AccountId,
    amount: i64,
    currency: Currency,
    #[serde(deserialize_with = "date")]
    as_of: Date,
}

impl Payment {
    /// Channel and reference together.
    pub(crate) fn id(&self) -> String {
        format!("{}/{}", self.channel, self.reference)
    }
}

impl CreditNote {
    /// All that is not owed.
    #[must_use]
    pub fn total(&self) -> Money {
        self.total
    }
}

impl RawPayment {
    pub(super) fn checked(self) -> Result<Payment, RecordError> {
        text("channel", &self.channel)?;
        text("reference", &self.reference)?;
        if self.channel.contains('/') {
            // Channel and reference are joined by it.
            return Err(RecordError::Channel);
        }
        Ok(Payment {
            bill: self.bill,
            amount: positive("amount", self.amount, self.currency)?,
            paid: self.paid,
            channel: self.channel,
            reference: self.reference,
        })
    }
}

impl RawCreditNote {
    pub(super) fn checked(self) -> Result<CreditNote, RecordError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-';
        if self.id.is_empty() || self.id.len() > MAX_ID || !self.id.bytes().all(allowed) {
            return Err(RecordError::Id);
        }
        text("reason", &self.reason)?;
        let revenue = amount("revenue", self.revenue, self.currency)?;
        let tax = amount("tax", self.tax, self.currency)?;
        let levies = amount("levies", self.levies, self.currency)?;
        let total = Money::sum(self.currency, [revenue, tax, levies])
            .map_err(|source| out_of_bounds("revenue", source))?;
        if total.is_zero() {
            return Err(RecordError::NoAmount { field: "revenue" });
        }
        Ok(CreditNote {
            id: self.id,
            bill: self.bill,
            issued: self.issued,
            revenue,
            tax,
            levies,
            reason: self.reason,
            total,
        })
    }
}

impl RawOpeningBalance {
    pub(super) fn checked(self) -> Result<OpeningBalance, RecordError> {
        Ok(OpeningBalance {
            account: self.account,
            amount: positive("amount", self.amount, self.currency)?,
            as_of: self.as_of,
        })
    }
}

fn amount(field: &'static str, minor: i64, currency: Currency) -> Result<Money, RecordError> {
    Money::new(minor, currency).map_err(|source| out_of_bounds(field, source))
}

fn positive(field: &'static str, minor: i64, currency: Currency) -> Result<Money, RecordError> {
    let amount = amount(field, minor, currency)?;
    if amount.is_zero() {
        return Err(RecordError::NoAmount { field });
    }
    Ok(amount)
}

fn out_of_bounds(field: &'static str, source: MoneyError) -> RecordError {
    RecordError::Amount { field, source }
}
