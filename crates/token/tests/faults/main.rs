//! Proof that no module can hold up or take along the program that uses it: a module with faults on request stands in
//! front of SoftHSM, in the child process that all modules run in.
//!
//! Deadlines are short here ([`setup::deadlines`]). Each test has tokens of its own.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod calls;
mod changing;
mod crash;
mod hang;
mod loading;
mod login_again;
mod nonsense;
mod pin_once;
mod pin_pad;
mod plugging;
mod process;
mod setup;
mod several;
mod states;
mod swapped;
mod together;
