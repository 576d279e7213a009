//! Why no order was built.

use jiff::civil::Date;
use wattkey_domain::{AccountId, BillId, Currency, MandateId, OrderId};
use wattkey_protocol::order::DocumentError;

use crate::connection::ServiceError;
use crate::money::AmountError;

/// Why no order was built. Nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// The service did not answer, or with a problem.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The customer has no such bill.
    #[error("there is no bill {bill}")]
    NoBill {
        /// The bill.
        bill: BillId,
    },
    /// Nothing is open of it.
    #[error("nothing is open of bill {bill}")]
    NothingOpen {
        /// The bill.
        bill: BillId,
        /// The order that holds or paid it.
        order: Option<OrderId>,
    },
    /// The document is not the one that the service names, or does not fit the bill.
    #[error("the document of bill {bill} does not fit: {reason}")]
    Document {
        /// The bill.
        bill: BillId,
        /// What does not fit.
        reason: String,
    },
    /// The bills are in several currencies.
    #[error("the bills are in {0} and {1}")]
    Currencies(Currency, Currency),
    /// No bill is open whose day has come.
    #[error("no bill is due")]
    NothingDue,
    /// More bills than one order takes.
    #[error("{count} bills are too many for one order")]
    TooManyBills {
        /// How many there are.
        count: usize,
    },
    /// Less is open of the bill.
    #[error("{open} is open of bill {bill}")]
    TooMuch {
        /// The bill.
        bill: BillId,
        /// What is open, as people write it.
        open: String,
    },
    /// What was given is no amount of the currency.
    #[error("{given} is no amount")]
    Amount {
        /// What was given.
        given: String,
        /// Why.
        #[source]
        reason: AmountError,
    },
    /// The day of collection is not one that can be ordered for.
    #[error("{day} is not from {first} to {last}")]
    Day {
        /// What was wanted.
        day: Date,
        /// The first day that can be.
        first: Date,
        /// The last one.
        last: Date,
    },
    /// The first day is after the last one.
    #[error("{from} is after {until}")]
    Days {
        /// The first day.
        from: Date,
        /// The last one.
        until: Date,
    },
    /// The customer has no such contract account.
    #[error("there is no contract account {account}")]
    NoAccount {
        /// The contract account.
        account: AccountId,
    },
    /// There is no mandate in the bills' currency.
    #[error("there is no debit mandate in {0}")]
    NoMandate(Currency),
    /// There is no such mandate in the bills' currency.
    #[error("there is no debit mandate {0}")]
    UnknownMandate(MandateId),
    /// There are several mandates and none was named.
    #[error("there are several debit mandates")]
    SeveralMandates(Vec<MandateId>),
    /// The reference has characters that banks do not carry, or is too long.
    #[error("the reference cannot be used")]
    Reference(#[source] DocumentError),
    /// The order breaks the protocol, for instance too many bills.
    #[error("no order can be made of this")]
    Order(#[source] DocumentError),
}
