//! Tests of the requests through the real routers: a real database, the real checks of who asks,
//! every request signed as the payment software signs it. Only TLS is not there: its outcome, the
//! peer, is set by hand. `tests/process.rs` has it all.

mod auth;
pub(crate) mod bank;
mod bank_entries;
pub(crate) mod checkpoints;
pub(crate) mod credits;
pub(crate) mod files;
mod managers;
mod operators;
mod overtaken;
mod postgres;
pub(crate) mod reconciliation;
pub(crate) mod routes;
pub(crate) mod world;
