//! `wattkey-gateway firewall`: the rules of this host, from its configuration.
//!
//! In: everybody, to the listener. Out: the platform, and the services that are named.

use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;
use wattkey_firewall::{Network, Ruleset, Transport};

use crate::config::Config;

/// Name of the table in nftables.
const TABLE: &str = "wattkey_gateway";

/// `[firewall]`: the hosts that this one talks to, as far as the rest does not name them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Firewall {
    /// The platform's addresses, when `platform.address` is a name.
    pub platform: Vec<SocketAddr>,
    /// Name servers.
    pub dns: Vec<IpAddr>,
    /// Time servers.
    pub ntp: Vec<IpAddr>,
    /// From where this host is administered.
    pub ssh: Vec<Network>,
    /// From where metrics and health are asked for.
    pub operators: Vec<Network>,
}

/// Why no rules can be made.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum FirewallError {
    /// The listener is named, not numbered.
    #[error("`listen` is {0:?}: rules need an address with a port, like 0.0.0.0:8443")]
    Listen(String),
    /// The listener takes any free port.
    #[error("`listen` has port 0: rules need the port that clients use")]
    AnyPort,
    /// The platform is named, not numbered.
    #[error(
        "`platform.address` is the name {0:?}: rules need addresses, write [firewall] platform = [\"10.0.0.5:8444\"]"
    )]
    Platform(String),
}

/// The rules that belong to a configuration.
///
/// # Errors
/// See [`FirewallError`].
pub fn rules(config: &Config) -> Result<Ruleset, FirewallError> {
    let firewall = config.firewall.clone().unwrap_or_default();
    let listen: SocketAddr = config
        .listen
        .parse()
        .map_err(|_| FirewallError::Listen(config.listen.clone()))?;
    if listen.port() == 0 {
        return Err(FirewallError::AnyPort);
    }
    let mut rules = Ruleset::new(TABLE, "the security server");
    rules.let_everybody_in("customers, with their USB keys", listen);
    if let Some(operators) = config.operators {
        rules.let_in(
            "operators: health and metrics",
            &firewall.operators,
            operators.listen,
        );
    }
    rules.let_in_ssh(&firewall.ssh);
    for platform in platforms(config, &firewall)? {
        rules.let_out("the payment platform", Transport::Tcp, platform);
    }
    rules.let_out_names(&firewall.dns);
    rules.let_out_time(&firewall.ntp);
    Ok(rules)
}

fn platforms(config: &Config, firewall: &Firewall) -> Result<Vec<SocketAddr>, FirewallError> {
    if !firewall.platform.is_empty() {
        return Ok(firewall.platform.clone());
    }
    let address = &config.platform.address;
    match address.parse() {
        Ok(address) => Ok(vec![address]),
        Err(_) => Err(FirewallError::Platform(address.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(listen: &str, platform: &str, more: &str) -> Result<Vec<String>, String> {
        let text = format!(
            "audience = \"https://pay.example\"\ninstance = \"gateway-1\"\nlisten = \"{listen}\"\n\
             state = \"state\"\n[card]\nmodule = \"module.so\"\ntoken = \"gateway\"\n\
             [trust]\nusers_ca = \"users.pem\"\nusers_crl = \"users.crl\"\n\
             service_ca = \"service.pem\"\nservice_crl = \"service.crl\"\n\
             [platform]\naddress = \"{platform}\"\nserver_name = \"platform.internal\"\n{more}"
        );
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("gateway.toml");
        std::fs::write(&file, text).unwrap();
        let config = Config::load(&file).map_err(|error| format!("{error:?}"))?;
        let text = rules(&config)
            .map_err(|error| error.to_string())?
            .to_string();
        let own = text.lines().filter(|line| line.contains("ct state new"));
        Ok(own.map(|line| line.trim().to_owned()).collect())
    }

    #[test]
    fn everybody_in_and_the_platform_out() {
        let rules = of("0.0.0.0:8443", "10.0.0.5:8444", "").unwrap();
        assert_eq!(
            rules,
            [
                "meta nfproto ipv4 tcp dport 8443 ct state new accept comment \"customers, with their USB keys\"",
                "ip daddr 10.0.0.5 tcp dport 8444 ct state new accept comment \"the payment platform\"",
            ]
        );
        let more = "[firewall]\nplatform = [\"10.0.0.5:8444\", \"[2001:db8::5]:8444\"]\n\
                    dns = [\"10.0.0.53\"]\nntp = [\"10.0.0.123\"]\nssh = [\"10.0.3.7\"]\n";
        let rules = of("[::]:8443", "platform.internal:8444", more).unwrap();
        assert_eq!(rules.len(), 7, "{rules:#?}");
    }

    #[test]
    fn what_rules_cannot_be_made_of_is_said() {
        for (listen, platform, more, wanted) in [
            (
                "0.0.0.0:8443",
                "platform.internal:8444",
                "",
                "rules need addresses",
            ),
            (
                "localhost:8443",
                "10.0.0.5:8444",
                "",
                "`listen` is \"localhost:8443\"",
            ),
            ("0.0.0.0:0", "10.0.0.5:8444", "", "`listen` has port 0"),
            (
                "0.0.0.0:8443",
                "10.0.0.5:8444",
                "[firewall]\nssh = [\"desk\"]\n",
                "`desk` is no address",
            ),
        ] {
            let error = of(listen, platform, more).unwrap_err();
            assert!(error.contains(wanted), "{error}");
        }
    }
}
