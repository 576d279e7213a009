//! The reader with its two slots.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tempfile::TempDir;

use crate::PluggedKey;
use crate::daemon::{Daemon, Lock};

/// `libykcs11.so` looks at readers whose name begins with "Yubico"; OpenSC takes any name.
pub(crate) const READER: &str = "Yubico-compatible virtual reader";

/// Without this OpenSC takes the PUK from a security officer only, whom a PIV card does not have.
const OPENSC_CONFIGURATION: &str = "app default {
  framework pkcs15 {
    use_pin_caching = false;
  }
}
app opensc-pkcs11 {
  pkcs11 {
    user_pin_unblock_style = set_pin_in_unlogged_session;
  }
}
";

/// Where a key can be plugged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// The first reader of pcscd.
    First,
    /// The second one, beside it.
    Second,
}

impl Slot {
    /// The name by which pcscd and the modules know it.
    #[must_use]
    pub fn reader(self) -> String {
        format!("{READER} 00 0{}", self.offset())
    }

    pub(crate) fn offset(self) -> u16 {
        match self {
            Self::First => 0,
            Self::Second => 1,
        }
    }
}

/// A running pcscd with two slots. Drop the keys first: a key that has no reader any more has ended.
#[derive(Debug)]
pub struct Reader {
    // The order is that of the end: pcscd stops, its folder goes, then others may start theirs.
    daemon: Option<Daemon>,
    folder: TempDir,
    _lock: Lock,
}

impl Reader {
    /// Waits for its turn and starts pcscd.
    ///
    /// # Errors
    /// Others hold pcscd for too long, one runs that is not ours, or it does not start.
    pub fn start() -> anyhow::Result<Self> {
        let lock = Lock::take()?;
        let folder = tempfile::tempdir().context("no temporary folder")?;
        fs::write(folder.path().join("opensc.conf"), OPENSC_CONFIGURATION)?;
        Ok(Self {
            daemon: Some(Daemon::start(folder.path())?),
            folder,
            _lock: lock,
        })
    }

    /// A folder that ends with the reader, for the keys' memories.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// For the environment variable `OPENSC_CONF`: lets OpenSC's module take the PUK.
    #[must_use]
    pub fn opensc_configuration(&self) -> PathBuf {
        self.folder.path().join("opensc.conf")
    }

    /// Plugs a key in and waits until pcscd sees it. A new key is made where `memory` holds none.
    ///
    /// # Errors
    /// The key's program is not built or does not start, the key in `memory` has another number, or pcscd does not
    /// see the key in time.
    pub fn plug_in(&self, slot: Slot, memory: &Path, serial: u32) -> anyhow::Result<PluggedKey> {
        let port = self.daemon.as_ref().context("pcscd is stopped")?.port;
        PluggedKey::start(slot, port, memory, serial)
    }

    /// Stops pcscd, as if the reader were pulled out or the service had ended. Keys in it end.
    pub fn stop_pcscd(&mut self) {
        self.daemon = None;
    }

    /// Starts pcscd after [`stop_pcscd`](Self::stop_pcscd). Keys are to be plugged in again.
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub fn start_pcscd(&mut self) -> anyhow::Result<()> {
        self.daemon = Some(Daemon::start(self.folder.path())?);
        Ok(())
    }

    /// Stops pcscd and starts it again. Keys are to be plugged in again.
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub fn restart_pcscd(&mut self) -> anyhow::Result<()> {
        self.stop_pcscd();
        self.start_pcscd()
    }
}
