//! Certificates and documents as the other crates use them.

#![expect(clippy::unwrap_used, reason = "a test's helper fails the test")]

mod chain;
mod common;
mod general;
mod openssl;
mod trust;
