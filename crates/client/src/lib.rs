//! Everything that the payment software does but drawing. The command line `wattkey` is built on
//! it, a window can be.
//!
//! From a USB key that is plugged in to a bill that is paid:
//!
//! | module | step |
//! | --- | --- |
//! | [`config`] | where the service, its CAs and the journal are |
//! | [`keys`] | which USB key, and whether its certificates are good; no PIN yet |
//! | [`client`] | the unlocked key: requests sealed and signed, one capsule each |
//! | [`connection`] | mutual TLS 1.3, the gateway's signed capsule keys (RFC 9458, RFC 9540), its clock |
//! | [`lock`] | the end of a session: the key was pulled out, or the user locked |
//! | [`session`] | the session key in memory and its statement (RFC 7800) |
//! | [`requests`] | the requests of `PROTOCOL.md` section 8, typed |
//! | [`payment`] | which bills, which part of them, from where: prepared → confirmed → signed |
//! | [`review`] | another one's signed order, verified, to be approved, refused or cancelled |
//! | [`standing`] | standing instructions: what a deposit pays by itself |
//! | [`order_file`], [`batch`] | files of orders: read, previewed, signed order by order |
//! | [`own`] | own data, rights, disputes, acknowledgements: what is to be signed |
//! | [`sending`] | signed → in the journal → sent → outcome |
//! | [`journal`] | what this PC signed and what became of it; survives crashes |
//! | [`receipt`] | receipts, verified offline |
//! | [`reckoning`] | a bill beside what its tariff and readings make |
//! | [`documents`] | bills byte for byte, statements, PDFs of all of them |
//! | [`output_file`] | files that the user asked for: whole, and never over another one unasked |
//! | [`table`], [`tables`] | lists as people read them, and as CSV |
//! | [`money`], [`show`] | amounts as people write them, values as they read them |
//! | [`words`], [`fault`] | what people read in two languages; what goes wrong, with what to do |
//!
//! What holds here: a PIN is used once and gone (the caller asks again for a signature); what the
//! user is shown comes from the bytes that are signed; what was signed is in the journal, on disk,
//! before it leaves; no capsule is sent twice; an outcome that is not known is said to be unknown, never
//! guessed; a key that is pulled out takes its session along.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use wattkey_client::{client::Client, config::Config, keys};
//! use wattkey_transport::clock;
//!
//! let config = Config::find(None, |name| std::env::var_os(name))?;
//! let module = keys::module(&config.module)?;
//! let key = keys::choose(keys::plugged_in(&module)?, None)?;
//! let issuing_ca = wattkey_client::receipt::anchor(&config.issuing_ca)?;
//! keys::check(&key, &issuing_ca, clock::now())?;
//! let key = key.unlock(&wattkey_token::Pin::from_fd(0)?)?;
//! let service_ca = wattkey_pki::Trust::load(&config.service_ca, None)?;
//! let mut client = Client::new(config, service_ca, key, clock::now)?;
//! client.watch(&module)?; // pulled out, the key ends the session
//! println!("{}", client.me().await?.user.name);
//! # Ok(()) }
//! ```
//!
//! It does not: draw, keep or retry a PIN.

pub mod batch;
pub mod client;
pub mod config;
pub mod connection;
pub mod documents;
pub mod fault;
pub mod journal;
pub mod keys;
pub mod lock;
pub mod money;
pub mod order_file;
pub mod output_file;
pub mod own;
pub mod payment;
pub mod receipt;
pub mod reckoning;
pub mod requests;
pub mod review;
pub mod sending;
pub mod session;
pub mod show;
pub mod standing;
pub mod table;
pub mod tables;
mod watch;
pub mod words;
