//! The configuration file, read once and checked.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use wattkey_protocol::names;

pub use crate::firewall::Firewall;

/// Longest configuration file, in bytes.
const MAX_FILE: u64 = 64 * 1024;
/// Longest name of an instance: that of a DNS name (RFC 1035 §2.3.4).
const MAX_INSTANCE: usize = 253;

/// What the operator decided. Paths are complete.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The payment service, an `https` origin.
    pub audience: String,
    /// Name of this gateway, signed with its key configuration.
    pub instance: String,
    /// Where clients connect, `address:port`.
    pub listen: String,
    /// Folder of the replay store.
    pub state: PathBuf,
    /// The encryption card.
    pub card: Card,
    /// Whom to believe.
    pub trust: Trust,
    /// Where requests go.
    pub platform: Platform,
    /// Where operators ask; without it they cannot.
    pub operators: Option<wattkey_operators::Listen>,
    /// The hosts that this one talks to, for the firewall's rules.
    pub firewall: Option<Firewall>,
}

/// The encryption card.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// The vendor's PKCS#11 library.
    pub module: PathBuf,
    /// Label of the token.
    pub token: String,
}

/// Certificates of the CAs (PEM) and their revocation lists.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trust {
    /// The issuing CA, of users.
    pub users_ca: PathBuf,
    /// Its revocation list.
    pub users_crl: PathBuf,
    /// The service CA, of servers.
    pub service_ca: PathBuf,
    /// Its revocation list.
    pub service_crl: PathBuf,
}

/// The payment platform.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Platform {
    /// `host:port`.
    pub address: String,
    /// DNS name in its certificate.
    pub server_name: String,
}

/// Why a configuration file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: the configuration cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is longer than any configuration.
    #[error("{}: the configuration has more than {MAX_FILE} bytes", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
    },
    /// Not TOML, a key missing, or a key that is not known.
    #[error("{}: the configuration is not understood", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where and what.
        source: Box<toml::de::Error>,
    },
    /// A value is not possible.
    #[error("{}: {key} = {value:?}: {wanted}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// Name of the key.
        key: &'static str,
        /// As it is there.
        value: String,
        /// What would be possible.
        wanted: &'static str,
    },
}

impl Config {
    /// Reads and checks the file; relative paths in it are below its folder.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = read(path)?;
        let mut config: Self = toml::from_str(&text).map_err(|source| ConfigError::Parse {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        config.check(path)?;
        config.complete_paths(path.parent().unwrap_or(Path::new("")));
        Ok(config)
    }

    /// The host of the audience: the authority of every inner request.
    #[must_use]
    pub fn authority(&self) -> &str {
        names::authority(&self.audience).expect("the audience was checked when it was read")
    }

    fn check(&self, path: &Path) -> Result<(), ConfigError> {
        let wrong = |key, value: &str, wanted| {
            Err(ConfigError::Value {
                path: path.to_owned(),
                key,
                value: value.to_owned(),
                wanted,
            })
        };
        if names::authority(&self.audience).is_none() {
            return wrong(
                "audience",
                &self.audience,
                "wanted is an origin like https://pay.example",
            );
        }
        let in_name = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
        let length = self.instance.len();
        if length == 0 || length > MAX_INSTANCE || !self.instance.bytes().all(in_name) {
            return wrong(
                "instance",
                &self.instance,
                "wanted is a name like gateway-1.pay.example",
            );
        }
        for (key, value) in [
            ("listen", &self.listen),
            ("platform.address", &self.platform.address),
        ] {
            let port = value.rsplit_once(':').map(|(_, port)| port.parse::<u16>());
            if !matches!(port, Some(Ok(_))) {
                return wrong(
                    key,
                    value,
                    "wanted is an address with a port like 127.0.0.1:8443",
                );
            }
        }
        Ok(())
    }

    fn complete_paths(&mut self, folder: &Path) {
        for path in [
            &mut self.state,
            &mut self.card.module,
            &mut self.trust.users_ca,
            &mut self.trust.users_crl,
            &mut self.trust.service_ca,
            &mut self.trust.service_crl,
        ] {
            *path = folder.join(&*path);
        }
    }
}

fn read(path: &Path) -> Result<String, ConfigError> {
    use std::io::Read as _;
    let failed = |source| ConfigError::Read {
        path: path.to_owned(),
        source,
    };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut text = String::new();
    file.take(MAX_FILE + 1)
        .read_to_string(&mut text)
        .map_err(failed)?;
    if text.len() as u64 > MAX_FILE {
        return Err(ConfigError::TooLong {
            path: path.to_owned(),
        });
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
audience = "https://pay.example"
instance = "gateway-1"
listen = "127.0.0.1:0"
state = "state"
[card]
module = "/usr/lib/softhsm/libsofthsm2.so"
token = "gateway"
[trust]
users_ca = "users.pem"
users_crl = "users.crl"
service_ca = "service.pem"
service_crl = "service.crl"
[platform]
address = "127.0.0.1:1"
server_name = "platform.internal"
"#;

    fn load(text: &str) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gateway.toml");
        std::fs::write(&path, text).unwrap();
        Config::load(&path).map_err(|error| match error {
            ConfigError::Value { key, .. } => key.to_owned(),
            ConfigError::Parse { source, .. } => source.message().to_owned(),
            other => other.to_string(),
        })
    }

    #[test]
    fn relative_paths_are_below_the_files_folder() {
        let config = load(GOOD).unwrap();
        assert!(config.trust.users_ca.is_absolute());
        assert!(config.trust.users_ca.ends_with("users.pem"));
        assert_eq!(
            config.card.module,
            Path::new("/usr/lib/softhsm/libsofthsm2.so")
        );
        assert_eq!(config.authority(), "pay.example");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let cases = [
            ("https://pay.example", "http://pay.example", "audience"),
            ("gateway-1", "gate way", "instance"),
            ("127.0.0.1:0", "127.0.0.1", "listen"),
            ("127.0.0.1:1", "platform", "platform.address"),
        ];
        for (from, to, key) in cases {
            assert_eq!(load(&GOOD.replace(from, to)).unwrap_err(), key);
        }
        let unknown = load(&GOOD.replace("[card]", "lisen = 1\n[card]")).unwrap_err();
        assert!(unknown.contains("unknown field `lisen`"), "{unknown}");
        let missing = load(&GOOD.replace("users_crl", "#")).unwrap_err();
        assert!(missing.contains("missing field `users_crl`"), "{missing}");
    }
}
