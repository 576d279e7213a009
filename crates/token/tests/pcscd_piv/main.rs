//! The life of a PIV card, a real one's firmware behind pcscd: issued through Yubico's module, used through OpenSC's,
//! each in its child process.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod desk;
mod issue;
mod pin;
mod plug;
mod tools;
