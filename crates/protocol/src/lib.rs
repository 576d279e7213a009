//! The messages between the parts, as `PROTOCOL.md` decides them.
//!
//! Client, gateway, platform and management tool share these types and nothing else. Everything
//! here is sans-io: bytes, keys and the time come in, bytes and checked values go out. No socket,
//! no clock, no random numbers.
//!
//! | module | message | standard |
//! | --- | --- | --- |
//! | [`session`] | session statement | RFC 7515, RFC 7800 |
//! | [`request`] | signed request | RFC 9421, RFC 9530 |
//! | [`keys`] | signed key configuration | RFC 9540, RFC 9421 |
//! | [`order`], [`decision`], [`standing_instruction`] | what a user signs | RFC 7515 |
//! | [`change`] | what a customer changes of its own data | RFC 7515 |
//! | [`dispute`], [`notice`] | what a user disputes, what he has read | RFC 7515 |
//! | [`arrears`] | JSON of what is overdue | RFC 8259 |
//! | [`signed`], [`lines`] | from a draft that is shown to a signature that is verified | RFC 7515 |
//! | [`receipt`] | what the customer keeps | RFC 7515 §7.2.1 |
//! | [`binding`] | steps of the binding log | RFC 7515 |
//! | [`resolution`] | what managers make of what the bank said | RFC 7515 |
//! | [`mod@file`] | files to and from the internal network | RFC 7515 |
//! | [`reconciliation`] | JSON of the statement against the books | RFC 8259 |
//! | [`problem`] | errors | RFC 9457 |
//! | [`api`] | JSON of the requests and answers | RFC 8259 |
//! | [`usage`], [`warnings`] | JSON of consumption and of what is coming | RFC 8259 |
//! | [`statement`], [`tax_invoice`] | JSON of an account's statement, of a bill's tax invoices | RFC 8259 |
//!
//! What is signed is never canonicalised: a verifier checks the bytes that it received, and a
//! reader shows what those bytes say.
//!
//! ```
//! use jiff::Timestamp;
//! use wattkey_pki::{Digest, MemorySigner, Signer};
//! use wattkey_protocol::session;
//!
//! let now: Timestamp = "2026-08-31T16:00:00Z".parse().expect("a timestamp");
//! let (authentication, in_memory) = (MemorySigner::generate(), MemorySigner::generate());
//! let statement = session::sign(
//!     &authentication, Digest::of(b"certificate"), "https://pay.example",
//!     in_memory.public_key(), now, session::MAX_LIFETIME_S,
//! ).expect("a software key signs");
//! assert_eq!(statement.split('.').count(), 3);
//! ```
//!
//! It does not do: capsules and Binary HTTP (`wattkey-seal`), TLS (`wattkey-transport`), ISO 20022
//! (`wattkey-bank`).

pub mod api;
pub mod arrears;
pub mod binding;
pub mod change;
pub mod decision;
pub mod dispute;
pub mod fields;
pub mod file;
mod json;
pub mod keys;
pub mod lines;
mod message_signature;
pub mod names;
pub mod notice;
pub mod order;
pub mod problem;
pub mod receipt;
pub mod reconciliation;
pub mod request;
pub mod resolution;
pub mod session;
pub mod signed;
pub mod standing_instruction;
pub mod statement;
pub mod tax_invoice;
pub mod time;
pub mod usage;
pub mod warnings;
