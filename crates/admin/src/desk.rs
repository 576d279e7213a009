//! The desk's folder.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use wattkey_protocol::time;
use wattkey_transport::clock;

use crate::config::Config;
use crate::exit::Failure;
use crate::register::{Ca, Register};

/// Configuration and register of a desk, held by this process.
pub(crate) struct Desk {
    pub(crate) config: Config,
    pub(crate) register: Register,
}

impl Desk {
    pub(crate) fn open(config: Config) -> Result<Self, Failure> {
        let register = Register::open(&config.folder)?;
        Ok(Self { config, register })
    }

    pub(crate) fn ca_file(&self, ca: Ca) -> PathBuf {
        self.config.folder.join(format!("{ca}-ca.pem"))
    }

    pub(crate) fn crl_file(&self, ca: Ca) -> PathBuf {
        self.config.folder.join(format!("{ca}-ca.crl"))
    }
}

/// Now, in the whole seconds that documents know.
pub(crate) fn now() -> Timestamp {
    time::whole_seconds(clock::now())
}

/// Puts a file in place whole: readers see the old one or the new one.
pub(crate) fn replace_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let new = PathBuf::from(new);
    let write = || -> std::io::Result<()> {
        let mut file = File::create(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&new, path)?;
        sync_folder(path)
    };
    write().map_err(|error| Failure::file(path, &error))
}

/// Writes a file that only its owner can read. It must not be there yet.
pub(crate) fn create_secret_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let write = || -> std::io::Result<()> {
        let mut file = File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        sync_folder(path)
    };
    write().map_err(|error| Failure::file(path, &error))
}

fn sync_folder(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}
