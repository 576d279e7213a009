//! Money, identifiers, bills, late-payment penalties, order states and ledger rules.
//!
//! This crate decides and computes; it never reads a clock, a file or a socket. Time comes in as a
//! [`jiff::Timestamp`] or a civil date, bytes come in as slices, decisions go out as values.
//!
//! * [`Money`] is an amount of minor units, [`Balance`] a difference of amounts; neither knows a
//!   float.
//! * [`BillDocument`] reads the marketing system's bill documents, strictly.
//! * [`tariff`] turns meter readings into the lines of a bill, and lays them beside the bill that came.
//! * [`penalty`] computes the late-payment penalty and the [`Quote`] that a customer may pay.
//! * [`OrderState::next`] is the one state machine of a payment order.
//! * [`ledger`] builds the postings of every event, as transfers from one account to another, so
//!   that the books sum to zero by construction.
//! * [`journal`] chains the postings (PROTOCOL.md section 13).
//!
//! What is not here: any particular tariff (the marketing system owns them), deposits and partial
//! payments.
//!
//! ```
//! use wattkey_domain::{Currency, Money};
//!
//! let principal = Money::new(1_234_500, Currency::CNY)?;
//! assert_eq!(principal.to_string(), "12,345.00 CNY");
//! # Ok::<(), wattkey_domain::MoneyError>(())
//! ```

mod bill;
mod currency;
mod identifier;
pub mod journal;
pub mod ledger;
mod money;
mod month;
mod order;
pub mod penalty;
mod strict;
pub mod tariff;
mod text;

pub use bill::{BillDocument, BillDocumentError, Line, LineKind, LocalText};
pub use currency::{Currency, UnknownCurrency};
pub use identifier::{
    AccountId, BillId, CustomerId, MalformedIdentifier, MandateId, MeteringPointId, OrderId,
    TariffId, UserId,
};
pub use money::{Balance, MAX_MINOR, Money, MoneyError};
pub use month::{BillingMonth, MalformedMonth};
pub use order::{BankEvent, Contradiction, OrderState, Transition, UnknownName};
pub use penalty::{PenaltyRules, Quote, QuoteError, Quoting};
