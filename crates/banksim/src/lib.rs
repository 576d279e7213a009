//! A stand-in for the bank, for demonstration and tests only.
//!
//! It takes customer direct debit initiations (pain.008.001.08) and credit transfer initiations
//! (pain.001.001.09), answers each with a status report (pain.002.001.10), then collects and pays:
//! every accepted transaction becomes one booked entry of a notification (camt.054.001.08). What
//! others pay in and what the bank takes for itself is booked on request ([`entry`]). It speaks HTTP
//! without protection and therefore listens on a loopback address only (PROTOCOL 14).
//!
//! It is written from the schema, not from the creditor's code: it shares none with
//! `wattkey-bank`, so that an error there does not cancel out here. What it checks of a message
//! is [`message::schema`] and [`message::rules`].
//!
//! What it has taken it keeps in SQLite, synchronous to disk. A message is taken once by its
//! `MsgId`, also over restarts; a transaction of another message with the same `EndToEndId` is
//! collected again, as a bank would: telling them apart is the creditor's duty.
//!
//! What goes wrong with banks goes wrong on request: [`faults`]. Over folders ([`folder`]) it does the
//! same as over HTTP, whose listener stays for the requests.
//!
//! What it does not do: no mandate register, no balances, no calendar.

pub mod answers;
pub mod clock;
pub mod entry;
pub mod faults;
pub mod folder;
pub mod http;
pub mod list;
pub mod message;
pub mod store;
pub mod worker;
