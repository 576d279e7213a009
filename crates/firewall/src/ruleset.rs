//! One table that drops what no rule lets through.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use crate::network::Network;

/// The longest comment that nftables keeps with a rule (`NFTNL_UDATA_COMMENT_MAXLEN`, 128 with its
/// closing zero).
const MAX_COMMENT: usize = 127;
/// How many ICMP messages of one kind are let in a second: path MTU discovery needs few, and more
/// are a flood.
const ICMP_A_SECOND: u32 = 100;

/// What carries the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Connections.
    Tcp,
    /// Datagrams: name look-ups and time.
    Udp,
}

/// Rules of one server. Its text is what `nft -f -` loads.
#[derive(Clone, Debug)]
pub struct Ruleset {
    table: &'static str,
    server: &'static str,
    incoming: Vec<Rule>,
    outgoing: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    matches: String,
    why: String,
}

impl Ruleset {
    /// Rules that let nothing through but answers and the host's own loopback. `table` is a name of
    /// letters and `_`; `server` is for the reader.
    #[must_use]
    pub fn new(table: &'static str, server: &'static str) -> Self {
        Self {
            table,
            server,
            incoming: Vec::new(),
            outgoing: Vec::new(),
        }
    }

    /// Lets hosts of `from` connect to `listener`. A listener on loopback needs no rule.
    pub fn let_in(&mut self, why: &str, from: &[Network], listener: SocketAddr) {
        if listener.ip().is_loopback() {
            return;
        }
        for ipv6 in [false, true] {
            let hosts = addresses(from, ipv6);
            if hosts.is_empty() || (!hears(listener.ip(), ipv6)) {
                continue;
            }
            let family = family(ipv6);
            let own = own_address(listener.ip());
            let port = listener.port();
            self.incoming.push(Rule {
                matches: format!(
                    "{family} saddr {{ {hosts} }} {own}tcp dport {port} ct state new accept"
                ),
                why: why.to_owned(),
            });
        }
    }

    /// Lets everybody connect to `listener`.
    pub fn let_everybody_in(&mut self, why: &str, listener: SocketAddr) {
        if listener.ip().is_loopback() {
            return;
        }
        let (own, port) = (own_address(listener.ip()), listener.port());
        self.incoming.push(Rule {
            matches: format!("{own}tcp dport {port} ct state new accept"),
            why: why.to_owned(),
        });
    }

    /// Lets this host talk to `peer`. One on loopback needs no rule.
    pub fn let_out(&mut self, why: &str, transport: Transport, peer: SocketAddr) {
        let address = peer.ip().to_canonical();
        if address.is_loopback() {
            return;
        }
        let family = family(address.is_ipv6());
        let transport = match transport {
            Transport::Tcp => "tcp",
            Transport::Udp => "udp",
        };
        let port = peer.port();
        self.outgoing.push(Rule {
            matches: format!(
                "{family} daddr {address} {transport} dport {port} ct state new accept"
            ),
            why: why.to_owned(),
        });
    }

    /// Lets this host look names up at `servers`.
    pub fn let_out_names(&mut self, servers: &[IpAddr]) {
        for server in servers {
            for transport in [Transport::Udp, Transport::Tcp] {
                self.let_out("names (DNS)", transport, SocketAddr::new(*server, 53));
            }
        }
    }

    /// Lets this host ask `servers` for the time.
    pub fn let_out_time(&mut self, servers: &[IpAddr]) {
        for server in servers {
            self.let_out("time (NTP)", Transport::Udp, SocketAddr::new(*server, 123));
        }
    }

    /// Lets hosts of `from` administer this one.
    pub fn let_in_ssh(&mut self, from: &[Network]) {
        let anywhere = SocketAddr::new(IpAddr::from([0_u16; 8]), 22);
        self.let_in("administration (SSH)", from, anywhere);
    }
}

/// As one list of a set. nftables refuses a set with a network and an address in it.
fn addresses(networks: &[Network], ipv6: bool) -> String {
    let mut list: Vec<&Network> = networks.iter().filter(|n| n.is_ipv6() == ipv6).collect();
    list.sort();
    list.dedup();
    let covered = |one: &Network| {
        networks
            .iter()
            .any(|other| other != one && other.contains(one))
    };
    list.retain(|one| !covered(one));
    let texts: Vec<String> = list.iter().map(ToString::to_string).collect();
    texts.join(", ")
}

fn family(ipv6: bool) -> &'static str {
    if ipv6 { "ip6" } else { "ip" }
}

/// Whether a listener on that address is reached over this version of IP.
fn hears(own: IpAddr, ipv6: bool) -> bool {
    match own.to_canonical() {
        IpAddr::V6(v6) if v6.is_unspecified() => true,
        own => own.is_ipv6() == ipv6,
    }
}

/// The part of a rule that names the listener's address; empty when it listens on all.
fn own_address(own: IpAddr) -> String {
    let own = own.to_canonical();
    match own {
        IpAddr::V4(v4) if v4.is_unspecified() => "meta nfproto ipv4 ".to_owned(),
        IpAddr::V6(v6) if v6.is_unspecified() => String::new(),
        own => format!("{} daddr {own} ", family(own.is_ipv6())),
    }
}

impl fmt::Display for Ruleset {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, server, .. } = self;
        let limit = format!("limit rate {ICMP_A_SECOND}/second");
        write!(
            formatter,
            "\
# Rules of {server} for nftables, made from its configuration.
#
#   load them:          nft -f FILE
#   look, and count:    nft list table inet {table}
#
# They replace the table inet {table} and touch no other. What is dropped here stays dropped
# whatever other tables say. Make them again when the configuration changes.

table inet {table}
delete table inet {table}

table inet {table} {{
	chain incoming {{
		type filter hook input priority filter; policy drop;

		# This host to itself.
		iif \"lo\" accept
		# Packets of no connection that this host knows.
		ct state invalid drop
		# Path MTU discovery and unreachable peers: let in, within bounds.
		meta l4proto icmp icmp type {{ destination-unreachable, time-exceeded, parameter-problem }} {limit} accept
		meta l4proto icmp drop
		meta l4proto ipv6-icmp icmpv6 type {{ destination-unreachable, packet-too-big, time-exceeded, parameter-problem }} {limit} accept
		# Neighbours of IPv6, from this link only.
		ip6 hoplimit 255 icmpv6 type {{ nd-neighbor-solicit, nd-neighbor-advert }} {limit} accept
		ip6 saddr fe80::/10 ip6 hoplimit 1 icmpv6 type mld-listener-query {limit} accept
		meta l4proto ipv6-icmp drop
		# Answers in connections that were let through.
		ct state established,related accept
"
        )?;
        write_rules(formatter, &self.incoming)?;
        write!(
            formatter,
            "\
		# Nothing else.
		counter drop comment \"all else\"
	}}

	chain forwarded {{
		# This host is no router.
		type filter hook forward priority filter; policy drop;
		counter drop comment \"no router\"
	}}

	chain outgoing {{
		type filter hook output priority filter; policy drop;

		# This host to itself.
		oif \"lo\" accept
		# Answers in connections that were let through.
		ct state established,related accept
		# Neighbours of IPv6.
		icmpv6 type {{ nd-neighbor-solicit, nd-neighbor-advert, mld-listener-report, mld2-listener-report }} accept
"
        )?;
        write_rules(formatter, &self.outgoing)?;
        formatter.write_str(
            "\
		# Nothing else: a server that is taken over reaches nobody.
		counter drop comment \"all else\"
	}
}
",
        )
    }
}

fn write_rules(formatter: &mut fmt::Formatter<'_>, rules: &[Rule]) -> fmt::Result {
    for Rule { matches, why } in rules {
        // A quote would end the comment and begin a rule.
        let why: String = why
            .chars()
            .filter(|c| c.is_ascii_graphic() && *c != '"' && *c != '\\' || *c == ' ')
            .take(MAX_COMMENT)
            .collect();
        writeln!(formatter, "\t\t# {why}.\n\t\t{matches} comment \"{why}\"")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(texts: &[&str]) -> Vec<Network> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn rules(ruleset: &Ruleset) -> Vec<String> {
        let text = ruleset.to_string();
        let own = |line: &&str| line.contains("ct state new");
        text.lines()
            .filter(own)
            .map(|line| line.trim().to_owned())
            .collect()
    }

    #[test]
    fn peers_are_let_in_by_family_and_covered_addresses_are_left_out() {
        let mut ruleset = Ruleset::new("test", "a test");
        let from = networks(&[
            "10.0.1.7",
            "10.0.1.0/24",
            "10.0.2.1",
            "2001:db8::7",
            "10.0.2.1",
        ]);
        ruleset.let_in("peers", &from, "0.0.0.0:8444".parse().unwrap());
        ruleset.let_in("both", &from, "[::]:8445".parse().unwrap());
        ruleset.let_in("six", &from, "[2001:db8::1]:8446".parse().unwrap());
        ruleset.let_in("itself", &from, "127.0.0.1:8447".parse().unwrap());
        insta::assert_snapshot!(rules(&ruleset).join("\n"), @r#"
        ip saddr { 10.0.1.0/24, 10.0.2.1 } meta nfproto ipv4 tcp dport 8444 ct state new accept comment "peers"
        ip saddr { 10.0.1.0/24, 10.0.2.1 } tcp dport 8445 ct state new accept comment "both"
        ip6 saddr { 2001:db8::7 } tcp dport 8445 ct state new accept comment "both"
        ip6 saddr { 2001:db8::7 } ip6 daddr 2001:db8::1 tcp dport 8446 ct state new accept comment "six"
        "#);
    }

    #[test]
    fn nothing_is_let_out_but_what_was_named() {
        let mut ruleset = Ruleset::new("test", "a test");
        assert_eq!(rules(&ruleset), Vec::<String>::new());
        let bank = "198.51.100.7:443".parse().unwrap();
        ruleset.let_out("the bank", Transport::Tcp, bank);
        ruleset.let_out("itself", Transport::Tcp, "127.0.0.1:9000".parse().unwrap());
        ruleset.let_out_names(&["2001:db8::53".parse().unwrap()]);
        ruleset.let_out_time(&["10.0.0.123".parse().unwrap()]);
        insta::assert_snapshot!(rules(&ruleset).join("\n"), @r#"
        ip daddr 198.51.100.7 tcp dport 443 ct state new accept comment "the bank"
        ip6 daddr 2001:db8::53 udp dport 53 ct state new accept comment "names (DNS)"
        ip6 daddr 2001:db8::53 tcp dport 53 ct state new accept comment "names (DNS)"
        ip daddr 10.0.0.123 udp dport 123 ct state new accept comment "time (NTP)"
        "#);
    }

    #[test]
    fn a_comment_cannot_become_a_rule() {
        let mut ruleset = Ruleset::new("test", "a test");
        let bank = "198.51.100.7:443".parse().unwrap();
        ruleset.let_out("a\" \n accept \\", Transport::Tcp, bank);
        let text = ruleset.to_string();
        assert!(text.contains("comment \"a  accept \""), "{text}");
    }
}
