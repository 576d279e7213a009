//! `[import.sources.NAME]`: the systems whose files are taken, each with its one certificate, and
//! those that it had before.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use wattkey_pki::{Certificate, CertificateError};
use wattkey_protocol::file::SourceName;

use super::ConfigError;

/// The most systems.
const MAX_SOURCES: usize = 16;
/// The most certificates that a system had before.
const MAX_FORMER: usize = 16;

/// Where the certificates of the systems are whose files are taken.
#[derive(Debug, Clone, Default)]
pub struct Sources(BTreeMap<SourceName, Paths>);

#[derive(Debug, Clone)]
struct Paths {
    certificate: PathBuf,
    /// Earlier ones: no new file is taken with them, those that were stay provable.
    former: Vec<PathBuf>,
}

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
    /// Reads the certificates with which files are taken.
    ///
    /// # Errors
    /// See [`SourceFileError`].
    pub fn certificates(&self) -> Result<BTreeMap<SourceName, Certificate>, SourceFileError> {
        let sources = self.0.iter();
        sources
            .map(|(name, paths)| Ok((name.clone(), read(&paths.certificate)?)))
            .collect()
    }

    /// Reads the certificates with which files are taken or ever were, the former after the other.
    ///
    /// # Errors
    /// See [`SourceFileError`].
    pub fn all_certificates(
        &self,
    ) -> Result<BTreeMap<SourceName, Vec<Certificate>>, SourceFileError> {
        let sources = self.0.iter();
        sources
            .map(|(name, paths)| {
                let all = std::iter::once(&paths.certificate).chain(&paths.former);
                let all = all.map(|path| read(path));
                Ok((name.clone(), all.collect::<Result<_, _>>()?))
            })
            .collect()
    }
}

fn read(path: &Path) -> Result<Certificate, SourceFileError> {
    let text = std::fs::read_to_string(path).map_err(|source| SourceFileError::Read {
        path: path.to_owned(),
        source,
    })?;
    Certificate::from_pem(&text).map_err(|source| SourceFileError::Certificate {
        path: path.to_owned(),
        source,
    })
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
    #[serde(default)]
    former: Vec<PathBuf>,
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
            if source.former.len() > MAX_FORMER {
                let most = format!("has more than {MAX_FORMER} former certificates of {name}");
                return Err(wrong(most));
            }
            let former = source.former.iter().map(|path| folder.join(path));
            let paths = Paths {
                certificate: folder.join(source.certificate),
                former: former.collect(),
            };
            Ok((name, paths))
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

    fn check(text: &str) -> Result<Sources, ConfigError> {
        let raw: RawImport = toml::from_str(text).unwrap();
        raw.check(Path::new("/etc/wattkey"))
    }

    #[test]
    fn sources_have_names_and_certificates() {
        let text = "[sources.marketing]\ncertificate = \"marketing.pem\"\nformer = [\"old.pem\"]";
        let sources = check(text).unwrap();
        let paths = sources.0.values().next().unwrap();
        assert_eq!(paths.certificate, Path::new("/etc/wattkey/marketing.pem"));
        assert_eq!(paths.former, [Path::new("/etc/wattkey/old.pem")]);
        let error = sources.certificates().unwrap_err();
        assert!(matches!(error, SourceFileError::Read { .. }), "{error}");
        let error = check("[sources.\"Marketing 1\"]\ncertificate = \"m.pem\"").unwrap_err();
        assert!(error.to_string().contains("Marketing 1"), "{error}");
    }
}
