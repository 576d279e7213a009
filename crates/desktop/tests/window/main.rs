//! The window as it is drawn, without a display: found by what a screen reader says, clicked and typed
//! into, and looked at.
#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod cautions;
mod choosing;
mod entry;
mod harness;
mod information;
mod keyboard;
mod large;
mod order_file;
mod overview;
mod paying;
mod payments;
mod personal;
mod samples;
mod screens;
mod setup;
mod unknown;
mod unlocking;
mod walk;
mod words;
