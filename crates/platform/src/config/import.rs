//! `[import.sources.NAME]`: the systems whose files are taken, each with its one certificate.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use wattkey_pki::{Certificate, CertificateError};
use wattkey_protocol::file::SourceName;

use super::ConfigError;

/// The most systems.
const MAX_SOURCES: usize = 16;

/// Where the certificates of the systems are whose files are taken.
#[derive(Debug, Clone, Default)]
pub struct Sources(BTreeMap<SourceName, PathBuf>);

/// A certificate of such a system cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SourceFileError {
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It holds no certificate.
    #[error("{} holds no certificate of a P-256 key", path.display())]
    Certificate {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: CertificateError,
    },
}

impl Sources {
    /// Reads the certificates.
    ///
    /// # Errors
    /// See [`SourceFileError`].
    pub fn certificates(&self) -> Result<BTreeMap<SourceName, Certificate>, SourceFileError> {
        let read = |(name, path): (&SourceName, &PathBuf)| {
            let text = std::fs::read_to_string(path).map_err(|source| SourceFileError::Read {
                path: path.clone(),
                source,
            })?;
            let certificate =
                Certificate::from_pem(&text).map_err(|source| SourceFileError::Certificate {
                    path: path.clone(),
                    source,
                })?;
            Ok((name.clone(), certificate))
        };
        self.0.iter().map(read).collect()
    }
}

/// As the file has it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawImport {
    #[serde(default)]
    sources: BTreeMap<String, RawSource>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSource {
    certificate: PathBuf,
}

impl RawImport {
    pub(super) fn check(self, folder: &Path) -> Result<Sources, ConfigError> {
        let wrong = |wrong: String| ConfigError::Value {
            key: "import.sources",
            wrong,
        };
        if self.sources.len() > MAX_SOURCES {
            return Err(wrong(format!("has more than {MAX_SOURCES} systems")));
        }
        let checked = |(name, source): (String, RawSource)| {
            let name = name
                .parse()
                .map_err(|error| wrong(format!("has `{}`: {error}", name.escape_debug())))?;
            Ok((name, folder.join(source.certificate)))
        };
        Ok(Sources(
            self.sources
                .into_iter()
                .map(checked)
                .collect::<Result<_, _>>()?,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Sources, ConfigError> {
        let raw: RawImport = toml::from_str(text).unwrap();
        raw.check(Path::new("/etc/wattkey"))
    }

    #[test]
    fn sources_have_names_and_certificates() {
        let sources = read("[sources.marketing]\ncertificate = \"marketing.pem\"").unwrap();
        let path = sources.0.values().next().unwrap();
        assert_eq!(path, Path::new("/etc/wattkey/marketing.pem"));
        let error = sources.certificates().unwrap_err();
        assert!(matches!(error, SourceFileError::Read { .. }), "{error}");
        let error = read("[sources.\"Marketing 1\"]\ncertificate = \"m.pem\"").unwrap_err();
        assert!(error.to_string().contains("Marketing 1"), "{error}");
    }
}
