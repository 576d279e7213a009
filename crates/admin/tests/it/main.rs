//! The program as a person starts it: real tokens (SoftHSM), real TLS, and a
//! platform that can lie.

#![expect(clippy::unwrap_used, reason = "a test's helper fails the test")]

mod bindings;
mod desk;
mod platform;
mod provisioning;
mod resolutions;
