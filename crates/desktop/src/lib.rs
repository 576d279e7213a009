//! The payment software's window, over [`wattkey_client`].
//!
//! ```text
//!  key, click, time ──▶ Event ──▶ model::update ──▶ Effect ──▶ worker (key, network, files)
//!                         ▲            │                          │
//!                         └────────────┼──────────────────────────┘
//!                                      ▼
//!                                show::all ──▶ what is drawn (wattkey-desktop-ui)
//! ```
//!
//! | module | does |
//! | --- | --- |
//! | [`model`] | what the window knows and what follows: pure |
//! | [`worker`] | effects: the unlocked key, requests, files |
//! | [`show`] | from what is known to what is drawn |
//! | [`window`] | ties them together; what is clicked and typed becomes events |
//! | [`fonts`] | Chinese characters in the English window |
//! | [`settings`] | language, theme, size of text |
//! | [`chooser`] | the system's file chooser |
//! | [`report`] | what support asks for: nothing secret, nothing of the customer's |
//!
//! A PIN's characters go from the keyboard straight into [`model::pin::PinEntry`]; what is drawn knows how
//! many there are.

pub mod chooser;
pub mod fonts;
mod hands;
pub mod model;
pub mod report;
pub mod settings;
pub mod show;
pub mod window;
pub mod worker;
