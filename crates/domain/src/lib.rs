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
//! * [`usage`] holds load curves, [`forecast`] says what is coming, [`arrears`] what is overdue and
//!   which notices go before supply is cut.
//! * [`Access`] says what a user may do on a contract account, [`OwnData`] names what a customer
//!   changes itself.
//! * [`OrderState::next`] is the one state machine of a payment order.
//! * [`ledger`] builds the postings of every event, as transfers from one account to another, so
//!   that the books sum to zero by construction.
//! * [`journal`] chains the postings (PROTOCOL.md section 13).
//!
//! What is not here: any particular tariff (the marketing system owns them).
//!
//! ```
//! use wattkey_domain::{Currency, Money};
//!
//! let principal = Money::new(1_234_500, Currency::CNY)?;
//! assert_eq!(principal.to_string(), "12,345.00 CNY");
//! # Ok::<(), wattkey_domain::MoneyError>(())
//! ```

pub mod arrears;
mod bill;
pub mod creditor_reference;
mod currency;
mod decision;
mod dispute;
pub mod forecast;
mod identifier;
mod item;
pub mod journal;
pub mod ledger;
mod money;
mod month;
mod openapi;
mod order;
mod own_data;
pub mod penalty;
mod rights;
pub mod social_credit;
mod strict;
pub mod tariff;
mod text;
pub mod usage;

pub use bill::{BillDocument, BillDocumentError, Line, LineKind, LocalText};
pub use creditor_reference::{CreditorReference, ReferenceError};
pub use currency::{Currency, UnknownCurrency};
pub use decision::Decision;
pub use dispute::{DisputeOutcome, DisputePeriod, DisputeReason};
pub use identifier::{
    AccountId, BillId, ChangeId, CustomerId, DisputeId, InstructionId, MalformedIdentifier,
    MandateId, MeteringPointId, NoticeId, OrderId, ResolutionId, ScheduleId, TariffId, UserId,
};
pub use item::{Item, MAX_ITEM, MalformedItem};
pub use money::{Balance, MAX_MINOR, Money, MoneyError};
pub use month::{BillingMonth, MalformedMonth};
pub use order::{BankEvent, Contradiction, OrderCause, OrderState, Transition, UnknownName};
pub use own_data::{ChangeState, OwnData};
pub use penalty::{Debt, FormerRules, PenaltyHistory, PenaltyRules, Quote, QuoteError, Quoting};
pub use rights::{Access, Right, Rights};
