//! How the window is drawn: the `.slint` files below `ui`, compiled. A crate of its own, so that what
//! is compiled from them is compiled again only when they change.
//!
//! One global for each page holds display-ready values and callbacks; what they mean is in
//! `wattkey-desktop`.
#![allow(
    missing_docs,
    missing_debug_implementations,
    clippy::all,
    clippy::pedantic,
    reason = "it is generated"
)]

slint::include_modules!();
