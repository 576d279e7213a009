//! Rule sets of the servers' firewalls, as text for `nft -f`.
//!
//! A server of ours talks to few others, and its configuration names them. This crate turns those
//! names into one table of nftables that drops everything else, each rule with a comment that says
//! what it is for. It loads nothing itself: an operator reads the text, and loads it.
//!
//! ```
//! use wattkey_firewall::{Network, Ruleset};
//!
//! let mut rules = Ruleset::new("wattkey_platform", "the payment platform");
//! let gateways: Vec<Network> = vec!["10.0.1.10".parse()?];
//! rules.let_in("security servers", &gateways, "10.0.2.5:8444".parse().unwrap());
//! assert!(rules.to_string().contains("ip saddr { 10.0.1.10 } ip daddr 10.0.2.5 tcp dport 8444"));
//! # Ok::<(), wattkey_firewall::NetworkError>(())
//! ```
//!
//! Addresses only: a name would be looked up once, when the rules are loaded, and then be wrong for
//! as long as nobody notices. Addresses of the server itself are static: neither DHCP nor router
//! advertisements are let in.
//!
//! Sources: nft(8) of nftables 1.0; RFC 4890 for what ICMPv6 may not be dropped, RFC 1191 and
//! RFC 8201 for path MTU discovery.

mod network;
mod ruleset;

pub use network::{Network, NetworkError};
pub use ruleset::{Ruleset, Transport};
