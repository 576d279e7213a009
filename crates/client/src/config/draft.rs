//! A configuration that is written: what somebody fills in at the first start.

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::is_host_and_port;
use crate::output_file::{self, Existing};

/// Most files beside each other that are made of one certificate's name.
const MOST_NAMES: u32 = 100;

/// What is filled in.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The payment service, an `https` origin.
    pub audience: String,
    /// Address to dial, `host:port`.
    pub server: String,
    /// Certificate of the service CA, PEM.
    pub service_ca: PathBuf,
    /// Certificate of the issuing CA, PEM.
    pub issuing_ca: PathBuf,
    /// PKCS#11 module of the USB key.
    pub module: PathBuf,
}

/// A member that is not right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Member {
    /// The payment service.
    Audience,
    /// Its address.
    Server,
    /// Certificate of the service CA.
    ServiceCa,
    /// Certificate of the issuing CA.
    IssuingCa,
    /// The module.
    Module,
}

#[derive(Serialize)]
struct Written<'a> {
    audience: &'a str,
    server: &'a str,
    service_ca: &'a Path,
    issuing_ca: &'a Path,
    module: &'a Path,
}

impl Draft {
    /// The first member that cannot be; whether files are there is not asked.
    #[must_use]
    pub fn wrong(&self) -> Option<Member> {
        let is_none = |path: &Path| path.as_os_str().is_empty();
        let wrong = [
            (
                wattkey_protocol::names::authority(&self.audience).is_none(),
                Member::Audience,
            ),
            (!is_host_and_port(&self.server), Member::Server),
            (is_none(&self.service_ca), Member::ServiceCa),
            (is_none(&self.issuing_ca), Member::IssuingCa),
            (is_none(&self.module), Member::Module),
        ];
        wrong
            .into_iter()
            .find_map(|(is, member)| is.then_some(member))
    }

    /// Writes it, with copies of both certificates beside it, so that it holds when the medium goes
    /// that they came on. A configuration that is there already is kept beside, as `.old`.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&self, file: &Path) -> io::Result<()> {
        let folder = file.parent().unwrap_or(Path::new(""));
        std::fs::create_dir_all(folder)?;
        let service_ca = keep(folder, "service-ca", &self.service_ca)?;
        let issuing_ca = keep(folder, "issuing-ca", &self.issuing_ca)?;
        let written = Written {
            audience: &self.audience,
            server: &self.server,
            service_ca: &service_ca,
            issuing_ca: &issuing_ca,
            module: &self.module,
        };
        let text = toml::to_string(&written).map_err(io::Error::other)?;
        if file.exists() {
            std::fs::rename(file, file.with_extension("toml.old"))?;
        }
        output_file::write(file, text.as_bytes(), Existing::Stays)
    }
}

/// Copies a certificate beside the configuration, under a name that is free or has the same bytes.
fn keep(folder: &Path, stem: &str, from: &Path) -> io::Result<PathBuf> {
    let bytes = std::fs::read(from)?;
    for number in 1..=MOST_NAMES {
        let name = match number {
            1 => format!("{stem}.pem"),
            number => format!("{stem}-{number}.pem"),
        };
        let place = folder.join(&name);
        match output_file::write(&place, &bytes, Existing::Stays) {
            Ok(()) => return Ok(name.into()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if std::fs::read(&place)? == bytes {
                    return Ok(name.into());
                }
            }
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    fn draft(folder: &Path) -> Draft {
        std::fs::write(folder.join("a.pem"), "A").unwrap();
        std::fs::write(folder.join("b.pem"), "B").unwrap();
        Draft {
            audience: "https://pay.example".into(),
            server: "pay.example:443".into(),
            service_ca: folder.join("a.pem"),
            issuing_ca: folder.join("b.pem"),
            module: "/usr/lib/opensc-pkcs11.so".into(),
        }
    }

    #[test]
    fn what_is_written_is_read_as_a_configuration_without_its_sources() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("home/.config/wattkey/config.toml");
        let draft = draft(folder.path());
        draft.write(&file).unwrap();
        std::fs::remove_file(&draft.service_ca).unwrap();
        let config = Config::find(Some(&file), |_| None).unwrap();
        assert_eq!(
            (config.audience, config.server),
            (draft.audience, draft.server)
        );
        assert_eq!(std::fs::read(config.service_ca).unwrap(), b"A");
        assert_eq!(std::fs::read(config.issuing_ca).unwrap(), b"B");
        assert_eq!(config.module, draft.module);
    }

    #[test]
    fn what_is_there_already_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        std::fs::write(&file, "broken").unwrap();
        std::fs::write(folder.path().join("service-ca.pem"), "another").unwrap();
        draft(folder.path()).write(&file).unwrap();
        let old = std::fs::read_to_string(folder.path().join("config.toml.old")).unwrap();
        assert_eq!(old, "broken");
        let config = Config::find(Some(&file), |_| None).unwrap();
        assert_eq!(config.service_ca, folder.path().join("service-ca-2.pem"));
    }

    #[test]
    fn what_cannot_be_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let good = draft(folder.path());
        assert_eq!(good.wrong(), None);
        let wrong = |change: fn(&mut Draft)| {
            let mut draft = good.clone();
            change(&mut draft);
            draft.wrong()
        };
        assert_eq!(
            wrong(|d| d.audience = "http://pay.example".into()),
            Some(Member::Audience)
        );
        assert_eq!(
            wrong(|d| d.server = "pay.example".into()),
            Some(Member::Server)
        );
        assert_eq!(
            wrong(|d| d.issuing_ca = PathBuf::new()),
            Some(Member::IssuingCa)
        );
    }
}
