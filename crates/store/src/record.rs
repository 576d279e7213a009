//! What the marketing system owns, as the import file writes it and the store keeps it.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use wattkey_domain::{
    AccountId, BillDocument, BillDocumentError, BillId, Currency, CustomerId, MandateId, Money,
    MoneyError, UserId,
};

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
    /// What the user may do: `view`, `prepare`, `approve`.
    pub rights: Vec<String>,
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
    pub signed: Date,
    /// Currency of the debited account.
    pub currency: Currency,
    /// First day on which it may be used.
    pub valid_from: Date,
}

/// A bill with its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillRecord {
    bytes: Vec<u8>,
    document: BillDocument,
}

/// A payment through another channel, such as the counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// The bill that it pays, wholly or in part.
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

/// One line of the import file.
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
}

/// The line is not a record.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Not JSON, or not of one of the known types with exactly its members.
    #[error("not a record of the import file")]
    Json(#[source] serde_json::Error),
    /// A text is empty, too long, or has control characters.
    #[error("`{field}` must have 1 to {MAX_TEXT} characters and no control characters")]
    Text {
        /// Which member.
        field: &'static str,
    },
    /// More rights than there are.
    #[error("`rights` must have at most {MAX_RIGHTS} entries")]
    Rights,
    /// The time zone is not known on this machine.
    #[error("`time_zone` is not a known time zone: write an IANA name such as Asia/Shanghai")]
    TimeZone,
    /// The amount of a payment cannot be.
    #[error("`amount` is out of bounds")]
    Amount(#[source] MoneyError),
    /// The amount of a payment is zero.
    #[error("`amount` must be more than zero")]
    NoAmount,
    /// The name of a channel has a slash.
    #[error("`channel` must have no `/`")]
    Channel,
    /// The document is not base64url without padding.
    #[error("`document` is not base64url without padding")]
    Encoding,
    /// The document is not a bill that adds up.
    #[error("`document` is not a bill document")]
    Document(#[source] BillDocumentError),
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
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBill {
    document: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPayment {
    bill: BillId,
    amount: i64,
    currency: Currency,
    paid: Date,
    channel: String,
    reference: String,
}

impl Record {
    /// Reads one line of the import file (NDJSON).
    ///
    /// # Errors
    /// [`RecordError`], which says what is wrong with the line.
    pub fn parse(line: &[u8]) -> Result<Self, RecordError> {
        Ok(
            match serde_json::from_slice(line).map_err(RecordError::Json)? {
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
                    let bytes = Base64UrlUnpadded::decode_vec(&bill.document)
                        .map_err(|_| RecordError::Encoding)?;
                    Self::Bill(Box::new(BillRecord::parse(bytes)?))
                }
                RawRecord::Payment(payment) => Self::Payment(checked_payment(payment)?),
            },
        )
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
            Self::Payment(payment) => {
                format!("payment {}", payment.id())
            }
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
        Ok(Self { bytes, document })
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

impl Payment {
    /// Channel and reference together.
    pub(crate) fn id(&self) -> String {
        format!("{}/{}", self.channel, self.reference)
    }
}

fn checked_payment(payment: RawPayment) -> Result<Payment, RecordError> {
    text("channel", &payment.channel)?;
    text("reference", &payment.reference)?;
    if payment.channel.contains('/') {
        // Channel and reference are joined by it.
        return Err(RecordError::Channel);
    }
    let amount = Money::new(payment.amount, payment.currency).map_err(RecordError::Amount)?;
    if amount.is_zero() {
        return Err(RecordError::NoAmount);
    }
    Ok(Payment {
        bill: payment.bill,
        amount,
        paid: payment.paid,
        channel: payment.channel,
        reference: payment.reference,
    })
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
    Ok(user)
}

fn text(field: &'static str, text: &str) -> Result<(), RecordError> {
    let length = text.chars().count();
    if length == 0 || length > MAX_TEXT || text.chars().any(char::is_control) {
        return Err(RecordError::Text { field });
    }
    Ok(())
}
