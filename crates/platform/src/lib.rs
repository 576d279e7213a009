//! The payment platform: the web services behind the security server.
//!
//! Two listeners, both mutual TLS 1.3. Gateways ask in the name of users ([`routes::gateways`]);
//! managers of the issuing desk hand in binding steps ([`routes::managers`]). What a gateway says
//! is believed no further than the user's own signatures prove it ([`auth`]).
//!
//! | module | duty |
//! | --- | --- |
//! | [`config`] | the configuration file |
//! | [`start`] | from a configuration to two listeners, and stopping |
//! | [`auth`] | who asks |
//! | [`binding_log`] | which USB keys are bound, derived from signed steps |
//! | [`routes`] | the requests of `PROTOCOL.md` section 8 |
//! | [`receipts`] | one signed receipt per state of an order |
//! | [`bank_channel`] | messages to and from the bank |
//! | [`schedule`] | what time does: orders lapse, deposits pay what falls due |
//! | [`checkpoints`] | signed heads of the journal, outside the database |
//! | [`import`] | what the marketing system owns, for the first set-up |
//! | [`files`] | signed and numbered files of the internal network, in and out |
//! | [`reconcile`] | the bank's statement against the books, and what waits for a person |
//! | [`close`] | what a day came to, and its ledger as a file |
//! | [`metrics`] | what operators see |
//! | [`firewall`] | nftables rules of this host |
//! | [`printing`] | answers on standard output, money for people |
//! | [`verify`] | proof that books and log are whole |
//!
//! Standards: HTTP problems RFC 9457, `Client-Cert` RFC 9440, message signatures RFC 9421, JWS
//! RFC 7515, bank messages ISO 20022 (through `wattkey-bank`).
//!
//! It does not do: tariffs (bills come as documents), several currencies per payee.

pub mod access;
pub mod answer;
pub mod app;
pub mod auth;
pub mod bank_channel;
pub mod binding_log;
pub mod checkpoints;
pub mod close;
pub mod config;
pub mod files;
pub mod firewall;
pub mod import;
pub mod metrics;
mod notices;
pub mod openapi;
pub mod printing;
pub mod receipts;
pub mod reconcile;
pub mod routes;
pub mod schedule;
pub mod start;
pub mod verify;
pub mod warnings;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
