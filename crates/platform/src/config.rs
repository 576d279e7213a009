//! The configuration file: one TOML page, read once, checked before anything starts.
//!
//! Unknown keys are refused, because a misspelt `users_crl` would otherwise mean "no revocation
//! list". Paths are relative to the folder of the file, so that a whole installation can be moved.

use std::io::Read as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use wattkey_domain::arrears::notice::CutOffRules;
use wattkey_domain::{PenaltyHistory, PenaltyRules};
use wattkey_operators::Listen;
use wattkey_protocol::names;

mod bank;
mod database;
mod firewall;
mod import;
mod penalty;

use self::bank::RawBank;
pub use self::bank::{Bank, Exchange, Hours, HoursError};
use self::database::RawDatabase;
pub use self::database::{Database, DatabaseFileError};
pub use self::firewall::Firewall;
use self::import::RawImport;
pub use self::import::{SourceFileError, Sources};
use self::penalty::RawPenalty;

/// The longest configuration file that is read, in bytes.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// A checked configuration: addresses parsed, paths made absolute to the file's folder.
#[derive(Debug, Clone)]
pub struct Config {
    /// The payment service's audience, an `https` origin (PROTOCOL.md, section 1).
    pub audience: Audience,
    /// Where gateways connect.
    pub gateways: SocketAddr,
    /// Where managers connect.
    pub managers: SocketAddr,
    /// PEM file of the platform's TLS certificate.
    pub tls_certificate: PathBuf,
    /// PEM file (PKCS#8) of the platform's TLS key, mode 0600.
    pub tls_key: PathBuf,
    /// PKCS#11 module of the token that holds the receipt key.
    pub card_module: PathBuf,
    /// Label of that token.
    pub card_token: String,
    /// Certificate of the issuing CA, whose certificates users and managers hold.
    pub users_ca: PathBuf,
    /// Its revocation list.
    pub users_crl: Option<PathBuf>,
    /// Certificate of the service CA, whose certificates servers hold.
    pub service_ca: PathBuf,
    /// Its revocation list.
    pub service_crl: Option<PathBuf>,
    /// Where the books are.
    pub database: Database,
    /// The folder that keeps the head of the binding log, outside the database.
    pub state: PathBuf,
    /// The way to the bank; without it no message leaves.
    pub bank: Option<Bank>,
    /// The systems whose files are taken.
    pub sources: Sources,
    /// Where operators ask; without it they cannot.
    pub operators: Option<Listen>,
    /// The hosts that this one talks to, for the firewall's rules.
    pub firewall: Option<Firewall>,
    /// Rates of the late-payment penalty.
    pub penalty: PenaltyRules,
    /// Those and all that were in force before: old penalties are proved by them.
    pub penalty_history: PenaltyHistory,
    /// How long each step takes before supply may be cut.
    pub cut_off: CutOffRules,
}

/// The service's audience and the host that every request must name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audience {
    origin: String,
    authority: String,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file is larger than any configuration.
    #[error("{} is larger than {MAX_FILE_BYTES} bytes: is it the configuration?", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The file is not TOML of the expected shape.
    #[error("{} is not a configuration of the platform", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Line, column and what was expected.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// One value cannot be used.
    #[error("`{key}` {wrong}")]
    Value {
        /// The key, with its table.
        key: &'static str,
        /// What is wrong and what would be right.
        wrong: String,
    },
}

impl Config {
    /// Reads and checks a configuration file.
    ///
    /// # Errors
    /// See [`ConfigError`]; the files that it names are not opened here.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let read = |source| ConfigError::Read {
            path: path.to_owned(),
            source,
        };
        let text = read_bounded(path).map_err(read)?;
        if text.len() as u64 > MAX_FILE_BYTES {
            return Err(ConfigError::TooLarge {
                path: path.to_owned(),
            });
        }
        let raw: Raw = toml::from_str(&text).map_err(|source| ConfigError::Parse {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        raw.check(path.parent().unwrap_or(Path::new(".")))
    }
}

impl Audience {
    /// Checks an audience: `https://` and a host, nothing else.
    ///
    /// # Errors
    /// [`ConfigError::Value`] with what is wrong.
    pub fn new(origin: &str) -> Result<Self, ConfigError> {
        let authority = names::authority(origin).ok_or_else(|| ConfigError::Value {
            key: "audience",
            wrong: "must be an https origin in lower case, as in https://pay.example".to_owned(),
        })?;
        Ok(Self {
            authority: authority.to_owned(),
            origin: origin.to_owned(),
        })
    }

    /// The origin as it stands in signed documents.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The host: the authority of every inner request.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    audience: String,
    listen: RawListen,
    tls: RawTls,
    card: RawCard,
    trust: RawTrust,
    database: RawDatabase,
    state: PathBuf,
    bank: Option<RawBank>,
    #[serde(default)]
    import: RawImport,
    operators: Option<Listen>,
    firewall: Option<Firewall>,
    #[serde(default)]
    penalty: RawPenalty,
    #[serde(default)]
    cut_off: CutOffRules,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawListen {
    gateways: String,
    managers: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTls {
    certificate: PathBuf,
    key: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCard {
    module: PathBuf,
    token: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTrust {
    users_ca: PathBuf,
    users_crl: Option<PathBuf>,
    service_ca: PathBuf,
    service_crl: Option<PathBuf>,
}

impl Raw {
    fn check(self, folder: &Path) -> Result<Config, ConfigError> {
        let at = |path: PathBuf| folder.join(path);
        let (penalty, penalty_history) = self.penalty.check()?;
        Ok(Config {
            audience: Audience::new(&self.audience)?,
            gateways: address("listen.gateways", &self.listen.gateways)?,
            managers: address("listen.managers", &self.listen.managers)?,
            tls_certificate: at(self.tls.certificate),
            tls_key: at(self.tls.key),
            card_module: at(self.card.module),
            card_token: self.card.token,
            users_ca: at(self.trust.users_ca),
            users_crl: self.trust.users_crl.map(at),
            service_ca: at(self.trust.service_ca),
            service_crl: self.trust.service_crl.map(at),
            database: self.database.check(folder)?,
            state: at(self.state),
            bank: self.bank.map(|bank| bank.check(folder)).transpose()?,
            sources: self.import.check(folder)?,
            operators: self.operators,
            firewall: self.firewall,
            penalty,
            penalty_history,
            cut_off: self.cut_off,
        })
    }
}

/// Bounded by what is read, not by what the system says of it: a device has no length. One byte
/// past the bound shows that there is more.
fn read_bounded(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(path)?
        .take(MAX_FILE_BYTES + 1)
        .read_to_string(&mut text)?;
    Ok(text)
}

fn address(key: &'static str, text: &str) -> Result<SocketAddr, ConfigError> {
    text.parse().map_err(|_| ConfigError::Value {
        key,
        wrong: format!("is `{text}`, must be an address with a port, as in 127.0.0.1:8443"),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const GOOD: &str = r#"
        audience = "https://pay.example"
        database = "platform.db"
        state = "state"
        [listen]
        gateways = "127.0.0.1:0"
        managers = "127.0.0.1:0"
        [tls]
        certificate = "tls.pem"
        key = "tls.key"
        [card]
        module = "/usr/lib/softhsm/libsofthsm2.so"
        token = "platform"
        [trust]
        users_ca = "users.pem"
        users_crl = "users.crl"
        service_ca = "service.pem"
        [bank]
        url = "http://127.0.0.1:9000"
        poll_ms = 50
    "#;

    fn load(text: &str) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("platform.toml");
        std::fs::write(&file, text).unwrap();
        let mut config = Config::load(&file)?;
        if let Database::File(path) = &mut config.database {
            *path = path.strip_prefix(folder.path()).unwrap().to_owned();
        }
        Ok(config)
    }

    #[test]
    fn a_good_file_is_read_and_paths_are_relative_to_it() {
        let config = load(GOOD).unwrap();
        assert!(
            matches!(config.database, Database::File(path) if path == Path::new("platform.db"))
        );
        assert_eq!(
            config.card_module,
            Path::new("/usr/lib/softhsm/libsofthsm2.so")
        );
        assert_eq!(config.audience.authority(), "pay.example");
        assert_eq!(config.bank.unwrap().poll, Duration::from_millis(50));
        assert!(config.service_crl.is_none());
    }

    #[test]
    fn a_misspelt_key_is_refused() {
        let error = load(&GOOD.replace("users_crl", "user_crl")).unwrap_err();
        assert!(matches!(error, ConfigError::Parse { .. }), "{error}");
    }

    #[test]
    fn a_bank_elsewhere_is_refused() {
        for url in [
            "http://192.0.2.1:9000",
            "https://127.0.0.1:9000",
            "http://bank.example:80",
        ] {
            let error = load(&GOOD.replace("http://127.0.0.1:9000", url)).unwrap_err();
            assert!(
                matches!(
                    error,
                    ConfigError::Value {
                        key: "bank.url",
                        ..
                    }
                ),
                "{url}: {error}"
            );
        }
    }

    #[test]
    fn an_audience_is_an_origin() {
        for text in [
            "http://pay.example",
            "https://",
            "https://pay.example/",
            "https://Pay.example",
        ] {
            assert!(Audience::new(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_poll_of_zero_is_refused() {
        let error = load(&GOOD.replace("poll_ms = 50", "poll_ms = 0")).unwrap_err();
        assert!(
            matches!(
                error,
                ConfigError::Value {
                    key: "bank.poll_ms",
                    ..
                }
            ),
            "{error}"
        );
    }
}
