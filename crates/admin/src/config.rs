//! `admin.toml` in the desk's folder. Unknown keys are refused; relative paths
//! start at the file's folder.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use wattkey_protocol::names;

use crate::exit::{Failure, Kind};

/// Environment variable that names the configuration file.
pub(crate) const VARIABLE: &str = "WATTKEY_ADMIN_CONFIG";
/// Name of the file in the desk's folder.
pub(crate) const FILE: &str = "admin.toml";
/// PKCS#11 module when none is named.
pub(crate) const DEFAULT_MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
/// A longer file is not a configuration.
const MAX_LENGTH: u64 = 64 * 1024;

/// The configuration, as in the file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The payment service: an https origin.
    pub(crate) audience: String,
    /// The platform's listener for managers, `host:port`.
    pub(crate) managers_address: String,
    /// DNS name in the platform's certificate.
    pub(crate) managers_server_name: String,
    /// PKCS#11 module of USB keys and cards.
    pub(crate) module: PathBuf,
    /// PKCS#11 module that issues USB keys, where it is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) issuing_module: Option<PathBuf>,
    /// The desk's folder.
    pub(crate) folder: PathBuf,
    /// The CAs' tokens.
    pub(crate) ca: CaConfig,
}

/// The CAs' tokens; they live in a process of their own.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaConfig {
    /// PKCS#11 module of the CAs' tokens.
    pub(crate) module: PathBuf,
    /// Set for that process in place of this one's, e.g. `SOFTHSM2_CONF`.
    #[serde(default)]
    pub(crate) environment: BTreeMap<String, String>,
}

impl Config {
    /// Reads the file of the argument, or else of the environment.
    pub(crate) fn find(argument: Option<&Path>) -> Result<Self, Failure> {
        let file = argument
            .map(Path::to_owned)
            .or_else(|| std::env::var_os(VARIABLE).map(PathBuf::from))
            .ok_or_else(|| {
                Failure::because(
                    Kind::Usage,
                    format!("no configuration: give --config FOLDER/{FILE} or set {VARIABLE}"),
                )
            })?;
        Self::read(&file)
    }

    fn read(file: &Path) -> Result<Self, Failure> {
        let wrong =
            |why: String| Failure::because(Kind::Usage, format!("{}: {why}", file.display()));
        // Bounded by what is read, not by what the system says of it: a device has no length.
        let mut text = String::new();
        std::fs::File::open(file)
            .and_then(|open| open.take(MAX_LENGTH + 1).read_to_string(&mut text))
            .map_err(|error| wrong(error.to_string()))?;
        if text.len() as u64 > MAX_LENGTH {
            return Err(wrong(format!("longer than {MAX_LENGTH} bytes")));
        }
        let mut config: Self =
            toml::from_str(&text).map_err(|error| wrong(at_line(&text, &error)))?;
        config.check().map_err(wrong)?;
        let here = file.parent().unwrap_or(Path::new(""));
        let paths = [
            &mut config.module,
            &mut config.folder,
            &mut config.ca.module,
        ];
        for path in paths.into_iter().chain(&mut config.issuing_module) {
            // Collecting drops the `.` that `folder` usually is.
            *path = here.join(&*path).components().collect();
        }
        Ok(config)
    }

    /// The module that issues USB keys.
    pub(crate) fn issuing_module(&self) -> &Path {
        self.issuing_module.as_deref().unwrap_or(&self.module)
    }

    /// Says which value is wrong and what would be right.
    pub(crate) fn check(&self) -> Result<(), String> {
        if names::authority(&self.audience).is_none() {
            return Err("audience must be an https origin, as in https://pay.example".into());
        }
        if !is_address(&self.managers_address) {
            return Err("managers_address must be host:port".into());
        }
        if self.managers_server_name.is_empty() {
            return Err("managers_server_name must be a DNS name".into());
        }
        Ok(())
    }
}

/// The line that is wrong, and what is wrong with it.
fn at_line(text: &str, error: &toml::de::Error) -> String {
    let what = error.message().lines().collect::<Vec<_>>().join(", ");
    match error.span().and_then(|span| text.get(..span.start)) {
        Some(before) => format!("line {}: {what}", before.matches('\n').count() + 1),
        None => what,
    }
}

/// Is this `host:port`?
pub(crate) fn is_address(text: &str) -> bool {
    text.rsplit_once(':')
        .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
}
