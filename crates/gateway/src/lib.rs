//! The security server: between the internet and the payment platform.
//!
//! One request on its way (PROTOCOL.md, sections 3 to 5):
//!
//! 1. [`service`] takes it from a connection whose client has proved the authentication key of
//!    its USB key (`wattkey_transport`).
//! 2. The capsule (RFC 9458) is opened with a key that never leaves the encryption card
//!    ([`keys`]). Whatever goes wrong up to here looks the same from outside.
//! 3. [`policy`] decides from bytes, time and tables whether it may pass: well formed, no field
//!    that only the gateway may write, our authority, the connection's certificate, not seen
//!    before, in time, on the list of [`routes`]. [`orders`] verifies an order's signature.
//! 4. [`replay`] has it on disk that this capsule was opened.
//! 5. [`platform`] forwards it over mutual TLS with the client's certificate in `Client-Cert`
//!    (RFC 9440), and [`receipts`] counter-signs the receipts that come back.
//! 6. The answer is padded and sealed for the client that asked.
//!
//! Each request leaves one line in the log with its `request`, `cert`, `route`, `status` and
//! `reason`, never with content. The state folder has the replay store and the last key id; the
//! hash-chained evidence log will live beside them.
//!
//! The gateway knows no bindings, no accounts and no bills: what a bound user may do is decided
//! by the platform. Capsule keys are made anew at each start; rotation while running is not here.

pub mod answer;
pub mod cli;
pub mod config;
pub mod fields;
pub mod firewall;
pub mod keys;
pub mod operators;
pub mod orders;
pub mod platform;
pub mod policy;
pub mod receipts;
pub mod refusal;
pub mod replay;
pub mod routes;
pub mod run;
pub mod service;
pub mod state;
