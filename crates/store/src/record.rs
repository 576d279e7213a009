//! What the marketing system owns, as its files write it and the store keeps it.
//!
//! `schema/import.schema.json` says the same to whoever writes such files; a test holds the two
//! together.

mod answer;
mod error;
mod money;
mod strict;
mod tax_invoice;
mod usage;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use wattkey_domain::tariff::Tariff;
use wattkey_domain::{
    AccountId, BillDocument, BillId, Currency, CustomerId, MAX_MINOR, MandateId, Money, UserId,
};

pub use answer::DisputeAnswer;
pub use error::RecordError;
use error::fault;
pub use money::{CreditNote, OpeningBalance, Payment};
use money::{RawCreditNote, RawOpeningBalance, RawPayment};
use strict::{date, is_object, object, text};
use tax_invoice::RawTaxInvoice;
pub use tax_invoice::{TaxInvoice, TaxInvoiceFile};
pub use usage::{Document, MeteredRecord, MeteringPoint, Readings, ScheduleRecord};
use usage::{RawDocument, RawMetered, RawReadings, RawSchedule};

use crate::digest::sha256;

/// The longest text of a record, in characters.
const MAX_TEXT: usize = 140;
/// The most rights of a user.
const MAX_RIGHTS: usize = 16;

/// Who is paid: one for the whole service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payee {
    /// Name.
    pub name: String,
    /// Account that collections are credited to, such as an IBAN.
    pub account: String,
    /// BIC of its bank.
    pub agent: String,
    /// Creditor scheme identification.
    pub creditor_id: String,
    /// The account's currency.
    pub currency: Currency,
    /// Time zone of the service (IANA), in which days are counted.
    pub time_zone: String,
}

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    /// Its id.
    pub id: CustomerId,
    /// Name.
    pub name: String,
    /// Language tag (BCP 47).
    pub locale: String,
}

/// A person who acts for a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// The customer.
    pub customer: CustomerId,
    /// Name.
    pub name: String,
    /// What the user may do: `view`, `prepare`, `approve`, `administer`.
    pub rights: Vec<String>,
    /// How much the user may order.
    #[serde(default, deserialize_with = "object")]
    pub limits: UserLimits,
}

/// Limits of a user, in minor units of whatever an order is in; absent where there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserLimits {
    /// Of the orders of a day together.
    #[serde(default)]
    pub day: Option<i64>,
    /// Of an order that needs no approval by another.
    #[serde(default)]
    pub alone: Option<i64>,
}

/// A contract account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Whose it is.
    pub customer: CustomerId,
    /// Name.
    pub name: String,
    /// Address of supply.
    pub address: String,
}

/// A debit mandate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mandate {
    /// Its id.
    pub id: MandateId,
    /// Who gave it.
    pub customer: CustomerId,
    /// Holder of the debited account.
    pub debtor_name: String,
    /// The account that is debited.
    pub debtor_account: String,
    /// BIC of its bank.
    pub debtor_agent: String,
    /// Day of signature.
    #[serde(deserialize_with = "date")]
    pub signed: Date,
    /// Currency of the debited account.
    pub currency: Currency,
    /// First day on which it may be used.
    #[serde(deserialize_with = "date")]
    pub valid_from: Date,
    /// The day from which it may not be used any more; another record says it.
    #[serde(skip)]
    pub ended: Option<Date>,
}

/// The end of a debit mandate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MandateEnd {
    /// Which.
    pub mandate: MandateId,
    /// The day from which it may not be used any more.
    #[serde(deserialize_with = "date")]
    pub ended: Date,
}

/// A bill with its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillRecord {
    bytes: Vec<u8>,
    digest: [u8; 32],
    document: BillDocument,
}

/// One line of a file, after its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// Who is paid.
    Payee(Payee),
    /// A customer.
    Customer(Customer),
    /// A user.
    User(User),
    /// A contract account.
    Account(Account),
    /// A debit mandate.
    Mandate(Mandate),
    /// A bill.
    Bill(Box<BillRecord>),
    /// A payment through another channel.
    Payment(Payment),
    /// Something of a bill is not owed.
    CreditNote(CreditNote),
    /// What a deposit had before these books.
    OpeningBalance(OpeningBalance),
    /// A debit mandate ended.
    MandateEnd(MandateEnd),
    /// A bill has its tax invoice.
    TaxInvoice(TaxInvoice),
    /// A tariff.
    Tariff(Box<Document<Tariff>>),
    /// A time-of-use schedule.
    Schedule(Box<ScheduleRecord>),
    /// A metering point.
    MeteringPoint(Box<MeteringPoint>),
    /// What a bill was reckoned from.
    Metered(Box<MeteredRecord>),
    /// What a metering point counted.
    Readings(Box<Readings>),
    /// A dispute is answered.
    DisputeAnswer(DisputeAnswer),
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum RawRecord {
    Payee(Payee),
    Customer(Customer),
    User(User),
    Account(Account),
    Mandate(Mandate),
    Bill(RawBill),
    Payment(RawPayment),
    CreditNote(RawCreditNote),
    OpeningBalance(RawOpeningBalance),
    MandateEnd(MandateEnd),
    TaxInvoice(RawTaxInvoice),
    Tariff(RawDocument),
    Schedule(RawSchedule),
    MeteringPoint(MeteringPoint),
    Metered(RawMetered),
    Readings(RawReadings),
    DisputeAnswer(DisputeAnswer),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBill {
    document: String,
}

impl Record {
    /// The types of records, as the lines name them.
    pub const TYPES: [&str; 17] = [
        "payee",
        "customer",
        "user",
        "account",
        "mandate",
        "bill",
        "payment",
        "credit-note",
        "opening-balance",
        "mandate-end",
        "tax-invoice",
        "tariff",
        "schedule",
        "metering-point",
        "metered",
        "readings",
        "dispute-answer",
    ];

    /// Reads one line of a file (NDJSON).
    ///
    /// # Errors
    /// [`RecordError`], which says what is wrong with the line.
    pub fn parse(line: &[u8]) -> Result<Self, RecordError> {
        if !is_object(line) {
            return Err(RecordError::NoObject);
        }
        let raw = serde_json::from_slice(line).map_err(|error| fault(line, error))?;
        Ok(match raw {
            RawRecord::Payee(payee) => Self::Payee(checked_payee(payee)?),
            RawRecord::Customer(customer) => {
                text("name", &customer.name)?;
                text("locale", &customer.locale)?;
                Self::Customer(customer)
            }
            RawRecord::User(user) => Self::User(checked_user(user)?),
            RawRecord::Account(account) => {
                text("name", &account.name)?;
                text("address", &account.address)?;
                Self::Account(account)
            }
            RawRecord::Mandate(mandate) => {
                text("debtor_name", &mandate.debtor_name)?;
                text("debtor_account", &mandate.debtor_account)?;
                text("debtor_agent", &mandate.debtor_agent)?;
                Self::Mandate(mandate)
            }
            RawRecord::Bill(bill) => {
                // Nothing here is secret, and there may be millions of them: not in constant time.
                let bytes = BASE64_URL_SAFE_NO_PAD
                    .decode(&bill.document)
                    .map_err(|_| RecordError::Encoding)?;
                Self::Bill(Box::new(BillRecord::parse(bytes)?))
            }
            RawRecord::Payment(payment) => Self::Payment(payment.checked()?),
            RawRecord::CreditNote(note) => Self::CreditNote(note.checked()?),
            RawRecord::OpeningBalance(balance) => Self::OpeningBalance(balance.checked()?),
            RawRecord::MandateEnd(end) => Self::MandateEnd(end),
            RawRecord::TaxInvoice(invoice) => Self::TaxInvoice(invoice.checked()?),
            RawRecord::Tariff(tariff) => Self::Tariff(Box::new(tariff.tariff()?)),
            RawRecord::Schedule(schedule) => Self::Schedule(Box::new(schedule.checked()?)),
            RawRecord::MeteringPoint(point) => Self::MeteringPoint(Box::new(point.checked()?)),
            RawRecord::Metered(metered) => Self::Metered(Box::new(metered.checked()?)),
            RawRecord::Readings(readings) => Self::Readings(Box::new(readings.checked()?)),
            RawRecord::DisputeAnswer(answer) => Self::DisputeAnswer(answer.checked()?),
        })
    }

    /// The type, as the line names it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Payee(_) => "payee",
            Self::Customer(_) => "customer",
            Self::User(_) => "user",
            Self::Account(_) => "account",
            Self::Mandate(_) => "mandate",
            Self::Bill(_) => "bill",
            Self::Payment(_) => "payment",
            Self::CreditNote(_) => "credit-note",
            Self::OpeningBalance(_) => "opening-balance",
            Self::MandateEnd(_) => "mandate-end",
            Self::TaxInvoice(_) => "tax-invoice",
            Self::Tariff(_) => "tariff",
            Self::Schedule(_) => "schedule",
            Self::MeteringPoint(_) => "metering-point",
            Self::Metered(_) => "metered",
            Self::Readings(_) => "readings",
            Self::DisputeAnswer(_) => "dispute-answer",
        }
    }

    /// What the totals of a file count of it: what is owed, paid, credited or deposited.
    #[must_use]
    pub fn amount(&self) -> Option<Money> {
        match self {
            Self::Bill(bill) => Some(bill.document.total),
            Self::Payment(payment) => Some(payment.amount),
            Self::CreditNote(note) => Some(note.total()),
            Self::OpeningBalance(balance) => Some(balance.amount),
            _ => None,
        }
    }

    /// The currency of its money, and the member that says it.
    #[must_use]
    pub fn currency(&self) -> Option<(&'static str, Currency)> {
        match self {
            Self::Bill(bill) => Some(("document", bill.document.currency())),
            Self::Mandate(mandate) => Some(("currency", mandate.currency)),
            other => other.amount().map(|amount| ("currency", amount.currency())),
        }
    }

    /// The bill that a payment or a credit note is of, and in which currency.
    pub(crate) fn corrects(&self) -> Option<(&BillId, Currency)> {
        match self {
            Self::Payment(payment) => Some((&payment.bill, payment.amount.currency())),
            Self::CreditNote(note) => Some((&note.bill, note.total().currency())),
            _ => None,
        }
    }

    /// The record's type and id, for messages to people.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Payee(_) => "payee".to_owned(),
            Self::Customer(customer) => format!("customer {}", customer.id),
            Self::User(user) => format!("user {}", user.id),
            Self::Account(account) => format!("account {}", account.id),
            Self::Mandate(mandate) => format!("mandate {}", mandate.id),
            Self::Bill(bill) => format!("bill {}", bill.document.bill),
            Self::Payment(payment) => format!("payment {}", payment.id()),
            Self::CreditNote(note) => format!("credit note {}", note.id),
            Self::OpeningBalance(balance) => format!("opening balance of {}", balance.account),
            Self::MandateEnd(end) => format!("end of mandate {}", end.mandate),
            Self::TaxInvoice(invoice) => format!("tax invoice {}", invoice.number),
            Self::Tariff(tariff) => format!("tariff {}", tariff.says().tariff),
            Self::Schedule(schedule) => format!("schedule {}", schedule.id),
            Self::MeteringPoint(point) => format!("metering point {}", point.id),
            Self::Metered(metered) => format!("readings of bill {}", metered.bill),
            Self::Readings(readings) => {
                format!("readings of {} from {}", readings.point, readings.start)
            }
            Self::DisputeAnswer(answer) => format!("answer to dispute {}", answer.dispute),
        }
    }
}

impl BillRecord {
    /// Reads a bill document and keeps its bytes.
    ///
    /// # Errors
    /// [`RecordError::Document`].
    pub fn parse(bytes: Vec<u8>) -> Result<Self, RecordError> {
        let document = BillDocument::parse(&bytes).map_err(RecordError::Document)?;
        Ok(Self {
            digest: sha256(&bytes),
            bytes,
            document,
        })
    }

    /// SHA-256 of the document's bytes.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// The document's exact bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What they say.
    #[must_use]
    pub fn document(&self) -> &BillDocument {
        &self.document
    }
}

fn checked_payee(payee: Payee) -> Result<Payee, RecordError> {
    text("name", &payee.name)?;
    text("account", &payee.account)?;
    text("agent", &payee.agent)?;
    text("creditor_id", &payee.creditor_id)?;
    jiff::tz::TimeZone::get(&payee.time_zone).map_err(|_| RecordError::TimeZone)?;
    Ok(payee)
}

fn checked_user(user: User) -> Result<User, RecordError> {
    text("name", &user.name)?;
    if user.rights.len() > MAX_RIGHTS {
        return Err(RecordError::Rights);
    }
    for right in &user.rights {
        text("rights", right)?;
    }
    let limits = [user.limits.day, user.limits.alone];
    if limits
        .into_iter()
        .flatten()
        .any(|limit| !(0..=MAX_MINOR).contains(&limit))
    {
        return Err(RecordError::Limits);
    }
    Ok(user)
}
