//! `wattkey-platform firewall`: the rules of this host, from its configuration.
//!
//! In: the security servers, the issuing desk. Out: the bank, and the services that are named.
//! Anything else that the host needs stands in a table of its own, or it does not work, which is
//! what the rules are for.

use std::net::SocketAddr;

use wattkey_firewall::{Network, Ruleset, Transport};

use crate::config::{Config, Database, Firewall};

/// Name of the table in nftables.
const TABLE: &str = "wattkey_platform";

/// Why no rules can be made.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum FirewallError {
    /// There is no table.
    #[error(
        "the configuration has no table [firewall]: write one with gateways = [\"ADDRESS\", ...] and managers = [\"ADDRESS\", ...]"
    )]
    NoTable,
    /// Nobody is named for a listener that others are to reach.
    #[error(
        "`firewall.{key}` is missing: write the addresses of {whose}, as in {key} = [\"{example}\"]"
    )]
    NoPeers {
        /// The key.
        key: &'static str,
        /// Whose addresses.
        whose: &'static str,
        /// How one is written.
        example: &'static str,
    },
    /// A listener takes any free port.
    #[error("`{key}` has port 0: rules need the port that clients use")]
    AnyPort {
        /// The listener.
        key: &'static str,
    },
}

/// The rules that belong to a configuration.
///
/// # Errors
/// See [`FirewallError`].
pub fn rules(config: &Config) -> Result<Ruleset, FirewallError> {
    let firewall = config.firewall.as_ref().ok_or(FirewallError::NoTable)?;
    let mut rules = Ruleset::new(TABLE, "the payment platform");
    listener(
        &mut rules,
        ("listen.gateways", config.gateways),
        ("gateways", "the security servers", "10.0.1.10"),
        &firewall.gateways,
        "security servers, in customers' names",
    )?;
    listener(
        &mut rules,
        ("listen.managers", config.managers),
        ("managers", "the issuing desk's PCs", "10.0.3.0/24"),
        &firewall.managers,
        "managers of the issuing desk",
    )?;
    if let Some(operators) = config.operators {
        listener(
            &mut rules,
            ("operators.listen", operators.listen),
            ("operators", "the operators' hosts", "10.0.3.8"),
            &firewall.operators,
            "operators: health and metrics",
        )?;
    }
    rules.let_in_ssh(&firewall.ssh);
    outwards(&mut rules, config, firewall)?;
    Ok(rules)
}

fn listener(
    rules: &mut Ruleset,
    (listener, address): (&'static str, SocketAddr),
    (key, whose, example): (&'static str, &'static str, &'static str),
    peers: &[Network],
    why: &str,
) -> Result<(), FirewallError> {
    if address.port() == 0 {
        return Err(FirewallError::AnyPort { key: listener });
    }
    if peers.is_empty() && !address.ip().is_loopback() {
        return Err(FirewallError::NoPeers {
            key,
            whose,
            example,
        });
    }
    rules.let_in(why, peers, address);
    Ok(())
}

fn outwards(
    rules: &mut Ruleset,
    config: &Config,
    firewall: &Firewall,
) -> Result<(), FirewallError> {
    if config.bank.is_some() && firewall.bank.is_none() {
        return Err(FirewallError::NoPeers {
            key: "bank",
            whose: "the bank, where its connector on this host connects to (bank = [] when it needs nothing)",
            example: "198.51.100.7:443",
        });
    }
    for peer in firewall.bank.iter().flatten() {
        rules.let_out(
            "the bank, for its connector on this host",
            Transport::Tcp,
            *peer,
        );
    }
    if matches!(config.database, Database::Server(_)) && firewall.postgresql.is_none() {
        return Err(FirewallError::NoPeers {
            key: "postgresql",
            whose: "the database servers (postgresql = [] when there is one on this host)",
            example: "10.0.4.2:5432",
        });
    }
    for peer in firewall.postgresql.iter().flatten() {
        rules.let_out("the database", Transport::Tcp, *peer);
    }
    rules.let_out_names(&firewall.dns);
    rules.let_out_time(&firewall.ntp);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDE: &str = "[listen]\ngateways = \"10.0.2.5:8444\"\nmanagers = \"10.0.2.5:8445\"\n";

    /// A configuration with these listeners and these tables.
    fn configuration(listen: &str, more: &str) -> Config {
        let text = format!(
            "audience = \"https://pay.example\"\ndatabase = \"platform.db\"\nstate = \"state\"\n{listen}\
             [tls]\ncertificate = \"tls.pem\"\nkey = \"tls.key\"\n\
             [card]\nmodule = \"module.so\"\ntoken = \"platform\"\n\
             [trust]\nusers_ca = \"users.pem\"\nservice_ca = \"service.pem\"\n{more}"
        );
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("platform.toml");
        std::fs::write(&file, text).unwrap();
        Config::load(&file).unwrap()
    }

    fn of(more: &str) -> Result<String, String> {
        let config = configuration(WIDE, more);
        rules(&config)
            .map(|rules| rules.to_string())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn only_whom_the_configuration_names_is_let_through() {
        let text = of("[bank]\nurl = \"http://127.0.0.1:9000\"\n[firewall]\n\
             gateways = [\"10.0.1.10\", \"10.0.1.11\"]\nmanagers = [\"10.0.3.0/24\"]\n\
             bank = [\"198.51.100.7:443\"]\npostgresql = [\"10.0.4.2:5432\"]\n\
             dns = [\"10.0.0.53\"]\nntp = [\"10.0.0.123\"]\nssh = [\"10.0.3.7\"]\n")
        .unwrap();
        let own: Vec<&str> = text
            .lines()
            .filter(|line| line.contains("ct state new"))
            .map(str::trim)
            .collect();
        insta::assert_snapshot!(own.join("\n"), @r#"
        ip saddr { 10.0.1.10, 10.0.1.11 } ip daddr 10.0.2.5 tcp dport 8444 ct state new accept comment "security servers, in customers' names"
        ip saddr { 10.0.3.0/24 } ip daddr 10.0.2.5 tcp dport 8445 ct state new accept comment "managers of the issuing desk"
        ip saddr { 10.0.3.7 } tcp dport 22 ct state new accept comment "administration (SSH)"
        ip daddr 198.51.100.7 tcp dport 443 ct state new accept comment "the bank, for its connector on this host"
        ip daddr 10.0.4.2 tcp dport 5432 ct state new accept comment "the database"
        ip daddr 10.0.0.53 udp dport 53 ct state new accept comment "names (DNS)"
        ip daddr 10.0.0.53 tcp dport 53 ct state new accept comment "names (DNS)"
        ip daddr 10.0.0.123 udp dport 123 ct state new accept comment "time (NTP)"
        "#);
    }

    #[test]
    fn what_is_missing_is_said() {
        let cases = [
            ("", "no table [firewall]"),
            ("[firewall]\n", "`firewall.gateways` is missing"),
            (
                "[firewall]\ngateways = [\"10.0.1.10\"]\n",
                "`firewall.managers` is missing",
            ),
            (
                "[firewall]\ngateways = [\"10.0.1.10\"]\nmanagers = [\"10.0.3.7\"]\n\
                 [bank]\nurl = \"http://127.0.0.1:9000\"\n",
                "`firewall.bank` is missing",
            ),
        ];
        for (more, wanted) in cases {
            let error = of(more).unwrap_err();
            assert!(error.contains(wanted), "{more}: {error}");
        }
        let free = WIDE.replace("8444", "0");
        let error = rules(&configuration(&free, "[firewall]\n")).unwrap_err();
        assert!(matches!(error, FirewallError::AnyPort { .. }), "{error}");
    }

    #[test]
    fn listeners_on_loopback_need_no_peers() {
        let loopback = WIDE.replace("10.0.2.5", "127.0.0.1");
        let text = rules(&configuration(&loopback, "[firewall]\n"))
            .unwrap()
            .to_string();
        assert!(!text.contains("ct state new"), "{text}");
    }
}
