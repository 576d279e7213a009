use std::ffi::{OsStr, OsString};
use std::fmt;
use std::net::IpAddr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use crate::database::DatabaseError;

/// Certificates of authorities that one file may hold.
const MAX_AUTHORITIES: usize = 16;

/// How to reach a server, and how long to wait for it.
#[derive(Clone)]
pub struct PostgresSettings {
    pub(super) config: Box<Config>,
    authority: Option<Arc<rustls::ClientConfig>>,
    authority_path: Option<PathBuf>,
    connect: Duration,
    statement: Duration,
    lock: Duration,
    idle: Duration,
    reconnect: Duration,
}

/// The settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The address is not one.
    #[error("the address of the database is not of the form postgres://user@host/database")]
    Address(#[source] tokio_postgres::Error),
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The connection would go over a network in clear.
    #[error(
        "the database is not on this host: give the certificate of its authority (ca), so that the connection is encrypted"
    )]
    Clear,
}

pub(super) enum Transport {
    Plain,
    Tls(Arc<rustls::ClientConfig>),
}

impl PostgresSettings {
    /// Of `postgres://user@host:port/database`, or of `key=value` words as libpq takes them. Several
    /// hosts are tried in turn, and the one that accepts writes is taken.
    ///
    /// # Errors
    /// [`SettingsError::Address`].
    pub fn parse(address: &str) -> Result<Self, SettingsError> {
        let mut config: Config = address.parse().map_err(SettingsError::Address)?;
        if config.get_application_name().is_none() {
            config.application_name("wattkey");
        }
        let connect = config
            .get_connect_timeout()
            .copied()
            .unwrap_or(Duration::from_secs(5));
        config
            .connect_timeout(connect)
            .tcp_user_timeout(Duration::from_secs(10))
            .keepalives(true)
            .keepalives_idle(Duration::from_secs(5))
            .keepalives_interval(Duration::from_secs(2))
            .keepalives_retries(3)
            .target_session_attrs(TargetSessionAttrs::ReadWrite);
        Ok(Self {
            config: Box::new(config),
            authority: None,
            authority_path: None,
            connect,
            statement: Duration::from_secs(10),
            lock: Duration::from_secs(5),
            idle: Duration::from_secs(30),
            reconnect: Duration::from_secs(5),
        })
    }

    /// Whether the address itself has a password in it.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.config.get_password().is_some()
    }

    /// With the password that a file holds, on its first line.
    ///
    /// # Errors
    /// [`SettingsError::File`].
    pub fn password_file(mut self, path: &std::path::Path) -> Result<Self, SettingsError> {
        let failed = |error: std::io::Error| SettingsError::File {
            path: path.to_owned(),
            source: error.into(),
        };
        let text = std::fs::read_to_string(path).map_err(failed)?;
        self.config
            .password(text.lines().next().unwrap_or_default());
        Ok(self)
    }

    /// With TLS 1.3 to a server whose certificate names its host and is of one of the authorities
    /// in this PEM file.
    ///
    /// # Errors
    /// [`SettingsError::File`].
    pub fn authority_file(mut self, path: &std::path::Path) -> Result<Self, SettingsError> {
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| SettingsError::File {
            path: path.to_owned(),
            source,
        };
        let mut roots = rustls::RootCertStore::empty();
        let authorities =
            CertificateDer::pem_file_iter(path).map_err(|error| failed(error.into()))?;
        for authority in authorities.take(MAX_AUTHORITIES) {
            let authority = authority.map_err(|error| failed(error.into()))?;
            roots.add(authority).map_err(|error| failed(error.into()))?;
        }
        if roots.is_empty() {
            return Err(failed("it holds no certificate".into()));
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(|error| failed(error.into()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        self.authority = Some(Arc::new(tls));
        self.authority_path = Some(path.to_owned());
        self.config.ssl_mode(SslMode::Require);
        Ok(self)
    }

    /// With other time-outs: of a statement, and of one that waits for a lock.
    #[must_use]
    pub fn timeouts(mut self, statement: Duration, lock: Duration) -> Self {
        (self.statement, self.lock) = (statement, lock);
        self
    }

    /// How long a lost connection is tried for before the caller hears of it.
    #[must_use]
    pub fn reconnect_for(mut self, time: Duration) -> Self {
        self.reconnect = time;
        self
    }

    /// Whether the connection may be made as it is configured.
    ///
    /// # Errors
    /// [`SettingsError::Clear`].
    pub fn check(&self) -> Result<(), SettingsError> {
        if self.authority.is_some() || self.stays_on_this_host() {
            Ok(())
        } else {
            Err(SettingsError::Clear)
        }
    }

    fn stays_on_this_host(&self) -> bool {
        let hosts = self.config.get_hosts();
        let addresses = self.config.get_hostaddrs();
        let local = |host: &Host| match host {
            Host::Unix(_) => true,
            Host::Tcp(name) => {
                name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
            }
        };
        if addresses.is_empty() {
            hosts.iter().all(local)
        } else {
            addresses.iter().all(IpAddr::is_loopback)
        }
    }

    pub(crate) fn database(&self) -> &str {
        self.config.get_dbname().unwrap_or_default()
    }

    /// As the programs of PostgreSQL are told of it.
    pub(crate) fn environment(&self) -> Vec<(&'static str, OsString)> {
        let hosts = self.config.get_hosts().iter().map(|host| match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(path) => path.display().to_string(),
        });
        let ports = self.config.get_ports().iter().map(u16::to_string);
        let list = |items: Vec<String>| OsString::from(items.join(","));
        let mut all = vec![
            ("PGHOST", list(hosts.collect())),
            ("PGPORT", list(ports.collect())),
            ("PGDATABASE", self.database().into()),
            ("PGTARGETSESSIONATTRS", "read-write".into()),
            (
                "PGCONNECT_TIMEOUT",
                self.connect.as_secs().max(1).to_string().into(),
            ),
        ];
        if let Some(user) = self.config.get_user() {
            all.push(("PGUSER", user.into()));
        }
        if let Some(password) = self.config.get_password() {
            all.push(("PGPASSWORD", OsStr::from_bytes(password).into()));
        }
        if let Some(path) = &self.authority_path {
            all.push(("PGSSLMODE", "verify-full".into()));
            all.push(("PGSSLROOTCERT", path.into()));
        }
        all
    }

    pub(super) fn transport(&self) -> Result<Transport, DatabaseError> {
        self.check()
            .map_err(|error| DatabaseError::Other(error.into()))?;
        Ok(match &self.authority {
            Some(tls) => Transport::Tls(Arc::clone(tls)),
            None => Transport::Plain,
        })
    }

    pub(super) fn connect_timeout(&self) -> Duration {
        self.connect
    }

    pub(super) fn statement_timeout(&self) -> Duration {
        self.statement
    }

    pub(super) fn lock_timeout(&self) -> Duration {
        self.lock
    }

    /// Of a transaction in which the platform says nothing: its locks must not stay.
    pub(super) fn idle_timeout(&self) -> Duration {
        self.idle
    }

    pub(super) fn reconnect_timeout(&self) -> Duration {
        self.reconnect
    }
}

/// Without the password.
impl fmt::Display for PostgresSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        for (index, host) in self.config.get_hosts().iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            match host {
                Host::Tcp(name) => write!(f, "{comma}{name}")?,
                Host::Unix(path) => write!(f, "{comma}{}", path.display())?,
            }
            if let Some(port) = self.config.get_ports().get(index) {
                write!(f, ":{port}")?;
            }
        }
        write!(f, "/{}", self.config.get_dbname().unwrap_or_default())
    }
}

impl fmt::Debug for PostgresSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresSettings({self})")
    }
}
