//! Real handshakes between both sides, over loopback.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod client_refused;
mod handshake;
mod pool;
mod requests;
mod server_refused;
mod support;
