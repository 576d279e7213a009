//! A card reader and USB keys without hardware, for tests.
//!
//! The parts are real ones: pcscd with the virtual reader of vsmartcard, and the program of
//! `virtual-usb-key`, which is the PIV application of the Nitrokey 3 firmware. What is virtual is the hand that
//! plugs in and pulls out.
//!
//! ```no_run
//! # fn main() -> anyhow::Result<()> {
//! use wattkey_virtual_reader::{Reader, Slot};
//!
//! let reader = Reader::start()?;
//! let memory = reader.folder().join("key-of-alice");
//! let key = reader.plug_in(Slot::First, &memory, 48_230_177)?;
//! // ... OpenSC's module sees a key ...
//! key.pull_out()?;
//! # Ok(())
//! # }
//! ```
//!
//! There is one pcscd a machine: [`Reader::start`] waits for the tests of other processes that use it. Everything
//! has a time limit, and everything that was started ends with its value; what a killed test left behind is ended
//! by the next one ([`end_leftovers`]).
//!
//! The Debian packages: `pcscd vsmartcard-vpcd opensc opensc-pkcs11 ykcs11 yubico-piv-tool`. The key's program is
//! that of the environment variable `WATTKEY_VIRTUAL_USB_KEY`, else the one that `cargo xtask programs` builds.

mod command;
mod daemon;
mod key;
mod reader;

pub use command::{Finished, run};
pub use daemon::end_leftovers;
pub use key::PluggedKey;
pub use reader::{Reader, Slot};

use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// User's PIN of a new key.
pub const PIN: &str = "123456";
/// PUK of a new key.
pub const PUK: &str = "12345678";
/// Management key of a new key, in hexadecimal: the security officer's PIN of `libykcs11.so`.
pub const MANAGEMENT_KEY: &str = "010203040506070801020304050607080102030405060708";
/// Tries of a new key, for the PIN and for the PUK.
pub const TRIES: u32 = 3;

/// OpenSC's PKCS#11 module: for using keys.
#[must_use]
pub fn opensc() -> PathBuf {
    library("opensc-pkcs11.so")
}

/// Yubico's PKCS#11 module: for issuing keys.
#[must_use]
pub fn ykcs11() -> PathBuf {
    library("libykcs11.so")
}

/// Copies the memory of a key that is out.
///
/// # Errors
/// A file cannot be read or written.
pub fn snapshot(memory: &Path, copy: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(copy).with_context(|| format!("cannot make {}", copy.display()))?;
    let entries = std::fs::read_dir(memory)
        .with_context(|| format!("cannot read the key's memory {}", memory.display()))?;
    for entry in entries {
        let entry = entry?;
        let from = entry.path();
        std::fs::copy(&from, copy.join(entry.file_name()))
            .with_context(|| format!("cannot copy {}", from.display()))?;
    }
    Ok(())
}

/// Debian's folder for shared libraries.
fn library(name: &str) -> PathBuf {
    let folder = format!("{}-linux-gnu", std::env::consts::ARCH);
    Path::new("/usr/lib").join(folder).join(name)
}
