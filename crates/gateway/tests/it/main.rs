//! The gateway as a process, with a SoftHSM2 token as its card, between a client that seals with
//! the `ohttp` crate and a test peer in the platform's place.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod authorities;
mod card;
mod client;
mod orders;
mod passing;
mod process;
mod receipts;
mod refused;
mod smuggling;
mod test_platform;
mod world;
