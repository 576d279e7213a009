//! `[firewall]`: the hosts that this one talks to, as far as listeners and bank do not name them.

use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;
use wattkey_firewall::Network;

/// Addresses of peers; networks where a listener is meant for several.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Firewall {
    /// Security servers, which may connect to `listen.gateways`.
    pub gateways: Vec<Network>,
    /// PCs of the issuing desk, which may connect to `listen.managers`.
    pub managers: Vec<Network>,
    /// Where the bank's connector on this host connects to; an empty list when it needs nothing.
    pub bank: Option<Vec<SocketAddr>>,
    /// PostgreSQL servers; an empty list when it is on this host.
    pub postgresql: Option<Vec<SocketAddr>>,
    /// Name servers.
    pub dns: Vec<IpAddr>,
    /// Time servers.
    pub ntp: Vec<IpAddr>,
    /// From where this host is administered.
    pub ssh: Vec<Network>,
    /// From where metrics and health are asked for.
    pub operators: Vec<Network>,
}
