//! The real window on a display without hardware, with the real servers behind it: used by the keyboard alone, seen
//! by a screen reader, and looked at.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod accessible;
mod approving;
#[path = "../common/mod.rs"]
mod common;
mod demo;
mod killed;
mod order_file;
mod paying;
mod pin;
#[expect(dead_code, reason = "tests of the command line use the rest")]
#[path = "../virtual_usb_key/scene.rs"]
mod scene;
mod screens;
mod seat;
mod signing;
mod transfer;
