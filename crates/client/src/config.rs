//! Where the payment software finds its service, its trust and its journal.
//!
//! One TOML file; unknown keys are refused; relative paths start at the file's folder.
//!
//! ```toml
//! audience = "https://pay.example"
//! server = "pay.example:443"
//! service_ca = "service-ca.pem"
//! issuing_ca = "issuing-ca.pem"
//! # Optional:
//! module = "/usr/lib/softhsm/libsofthsm2.so"
//! journal = "journal"
//! ```

mod draft;

use std::ffi::OsString;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;

pub use draft::{Draft, Member};

/// PKCS#11 module of the USB key when the configuration names none.
pub const DEFAULT_MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";

/// Environment variable that names the configuration file.
pub const CONFIG_VARIABLE: &str = "WATTKEY_CONFIG";

/// A configuration larger than this is not one of ours.
const MAX_CONFIG_BYTES: u64 = 64 * 1024;

/// The checked configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The file it was read from.
    pub file: PathBuf,
    /// The payment service, an `https` origin (PROTOCOL.md section 1).
    pub audience: String,
    /// Host of the audience: authority of inner requests, DNS name of gateways' certificates.
    pub authority: String,
    /// Address to dial, `host:port`.
    pub server: String,
    /// Certificate of the service CA, PEM.
    pub service_ca: PathBuf,
    /// Certificate of the issuing CA, PEM.
    pub issuing_ca: PathBuf,
    /// PKCS#11 module of the USB key.
    pub module: PathBuf,
    /// Folder of the order journal.
    pub journal: PathBuf,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// No file was named and the default one does not exist.
    #[error("there is no configuration file at {}", .0.display())]
    Missing(PathBuf),
    /// Neither a home folder nor `XDG_CONFIG_HOME` is known, so there is no default place.
    #[error("there is no default place for the configuration: HOME is not set")]
    NoDefaultPlace,
    /// The file cannot be read.
    #[error("the configuration file {} cannot be read", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file is not TOML of the expected shape.
    #[error("the configuration file {} is not as it should be: {reason}", file.display())]
    Shape {
        /// The file.
        file: PathBuf,
        /// Line and cause, on one line.
        reason: String,
    },
}

impl ConfigError {
    /// The file that it is about; empty when there is no place for one.
    #[must_use]
    pub fn file(&self) -> &Path {
        match self {
            ConfigError::Missing(file)
            | ConfigError::Read { file, .. }
            | ConfigError::Shape { file, .. } => file,
            ConfigError::NoDefaultPlace => Path::new(""),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    audience: String,
    server: String,
    service_ca: PathBuf,
    issuing_ca: PathBuf,
    module: Option<PathBuf>,
    journal: Option<PathBuf>,
}

impl Config {
    /// Finds the file (argument, then `WATTKEY_CONFIG`, then the XDG place) and reads it.
    ///
    /// `variable` looks up an environment variable.
    ///
    /// # Errors
    /// When there is no file, or it is not a configuration.
    pub fn find(
        argument: Option<&Path>,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Config, ConfigError> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let file = match argument {
            Some(file) => file.to_owned(),
            None => match set(CONFIG_VARIABLE) {
                Some(file) => file.into(),
                None => default_file(&set).ok_or(ConfigError::NoDefaultPlace)?,
            },
        };
        Config::read(&file, &set)
    }

    fn read(
        file: &Path,
        variable: &impl Fn(&str) -> Option<OsString>,
    ) -> Result<Config, ConfigError> {
        let failed = |source: std::io::Error| match source.kind() {
            std::io::ErrorKind::NotFound => ConfigError::Missing(file.to_owned()),
            _ => ConfigError::Read {
                file: file.to_owned(),
                source,
            },
        };
        // Bounded by what is read, not by what the system says of it: a device has no length.
        let mut text = String::new();
        std::fs::File::open(file)
            .and_then(|open| open.take(MAX_CONFIG_BYTES + 1).read_to_string(&mut text))
            .map_err(failed)?;
        if text.len() as u64 > MAX_CONFIG_BYTES {
            return Err(shape(
                file,
                format!("it is larger than {MAX_CONFIG_BYTES} bytes"),
            ));
        }
        let document: Document =
            toml::from_str(&text).map_err(|error| shape(file, on_one_line(&text, &error)))?;
        Config::check(file, document, variable)
    }

    fn check(
        file: &Path,
        document: Document,
        variable: &impl Fn(&str) -> Option<OsString>,
    ) -> Result<Config, ConfigError> {
        let authority = wattkey_protocol::names::authority(&document.audience)
            .ok_or_else(|| {
                shape(
                    file,
                    "audience: an origin such as https://pay.example is expected".into(),
                )
            })?
            .to_owned();
        if !is_host_and_port(&document.server) {
            return Err(shape(file, "server: host:port is expected".into()));
        }
        let folder = file.parent().unwrap_or(Path::new(""));
        let journal = match document.journal {
            Some(journal) => folder.join(journal),
            None => default_journal(variable).unwrap_or_else(|| folder.join("journal")),
        };
        Ok(Config {
            file: file.to_owned(),
            audience: document.audience,
            authority,
            server: document.server,
            service_ca: folder.join(document.service_ca),
            issuing_ca: folder.join(document.issuing_ca),
            module: folder.join(document.module.unwrap_or_else(|| DEFAULT_MODULE.into())),
            journal,
        })
    }
}

fn shape(file: &Path, reason: String) -> ConfigError {
    ConfigError::Shape {
        file: file.to_owned(),
        reason,
    }
}

/// `toml`'s own rendering spans several lines with a picture; a person needs line and cause.
fn on_one_line(text: &str, error: &toml::de::Error) -> String {
    let cause = error.message().lines().collect::<Vec<_>>().join(" ");
    match error.span() {
        Some(span) => {
            let line = text
                .as_bytes()
                .iter()
                .take(span.start)
                .filter(|b| **b == b'\n')
                .count()
                + 1;
            format!("line {line}: {cause}")
        }
        None => cause,
    }
}

fn is_host_and_port(server: &str) -> bool {
    server
        .rsplit_once(':')
        .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok_and(|p| p > 0))
}

fn default_file(variable: &impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let base = match variable("XDG_CONFIG_HOME") {
        Some(base) => PathBuf::from(base),
        None => PathBuf::from(variable("HOME")?).join(".config"),
    };
    Some(base.join("wattkey/config.toml"))
}

fn default_journal(variable: &impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let base = match variable("XDG_STATE_HOME") {
        Some(base) => PathBuf::from(base),
        None => PathBuf::from(variable("HOME")?).join(".local/state"),
    };
    Some(base.join("wattkey/journal"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
audience = "https://pay.example"
server = "127.0.0.1:8443"
service_ca = "service-ca.pem"
issuing_ca = "/ca/issuing.pem"
journal = "journal"
"#;

    fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        std::fs::write(&file, text).unwrap();
        (folder, file)
    }

    fn nothing(_: &str) -> Option<OsString> {
        None
    }

    fn reason(text: &str) -> String {
        let (_folder, file) = written(text);
        match Config::find(Some(&file), nothing) {
            Err(ConfigError::Shape { reason, .. }) => reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn relative_paths_start_at_the_files_folder() {
        let (folder, file) = written(GOOD);
        let config = Config::find(Some(&file), nothing).unwrap();
        assert_eq!(config.service_ca, folder.path().join("service-ca.pem"));
        assert_eq!(config.issuing_ca, Path::new("/ca/issuing.pem"));
        assert_eq!(config.journal, folder.path().join("journal"));
        assert_eq!(config.module, Path::new(DEFAULT_MODULE));
        assert_eq!(config.authority, "pay.example");
    }

    #[test]
    fn the_argument_goes_before_the_variable_and_that_before_the_default() {
        let (folder, file) = written(GOOD);
        let home = folder.path().join("home");
        let place = home.join(".config/wattkey/config.toml");
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(&place, GOOD.replace("8443", "1")).unwrap();
        let at_home = |name: &str| (name == "HOME").then(|| home.clone().into_os_string());
        let both = |name: &str| match name {
            "HOME" => Some(home.clone().into_os_string()),
            CONFIG_VARIABLE => Some(file.clone().into_os_string()),
            _ => None,
        };
        assert_eq!(Config::find(None, at_home).unwrap().server, "127.0.0.1:1");
        assert_eq!(Config::find(None, both).unwrap().server, "127.0.0.1:8443");
        assert_eq!(
            Config::find(Some(&place), both).unwrap().server,
            "127.0.0.1:1"
        );
    }

    #[test]
    fn without_a_journal_it_lies_in_the_state_folder() {
        let (_folder, file) = written(&GOOD.replace("journal = \"journal\"", ""));
        let config = Config::find(Some(&file), |name| {
            (name == "XDG_STATE_HOME").then(|| "/state".into())
        })
        .unwrap();
        assert_eq!(config.journal, Path::new("/state/wattkey/journal"));
    }

    #[test]
    fn a_missing_file_is_named() {
        let missing = Path::new("/nonexistent/wattkey.toml");
        assert!(matches!(
            Config::find(Some(missing), nothing),
            Err(ConfigError::Missing(file)) if file == missing
        ));
        assert!(matches!(
            Config::find(None, nothing),
            Err(ConfigError::NoDefaultPlace)
        ));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        assert!(reason("audience = 3\n").starts_with("line 1:"));
        let unknown = reason(&format!("{GOOD}colour = \"red\"\n"));
        assert!(
            unknown.contains("line 7") && unknown.contains("colour"),
            "{unknown}"
        );
        assert!(reason(&GOOD.replace("https://", "http://")).starts_with("audience"));
        assert!(reason(&GOOD.replace("pay.example", "pay.example/x")).starts_with("audience"));
        assert!(reason(&GOOD.replace(":8443", "")).starts_with("server"));
    }
}
