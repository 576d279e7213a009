//! The folder that is the memory of one key.
//!
//! `internal.flash` and `external.flash` hold what the firmware keeps, `serial` the key's number.
//! A copy of the folder, taken while the key is pulled out, is a snapshot of the key.

use std::{
    fmt, fs,
    fs::{File, OpenOptions, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
    str::FromStr,
};

use littlefs2::fs::Filesystem;
use rand_core::{OsRng, RngCore};

use crate::flash::Flash;

/// A key's memory, held by this process alone.
pub(crate) struct State {
    /// What the firmware keeps for itself: PINs, salts, the seed of its random generator.
    pub(crate) internal: File,
    /// What the application keeps: keys, certificates, data objects.
    pub(crate) external: File,
    /// The number that the key shows.
    pub(crate) serial: Serial,
}

/// The serial number of a key, not zero; Yubico's tools read it with the instruction F8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Serial(u32);

impl Serial {
    /// The number as the card sends it.
    pub(crate) fn to_be_bytes(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }

    /// A number of eight digits, as those on real keys.
    fn random() -> Self {
        Self(10_000_000 + OsRng.next_u32() % 90_000_000)
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A text that is no serial number.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a serial number is a whole number from 1 to 4294967295")]
pub(crate) struct NotASerial;

impl FromStr for Serial {
    type Err = NotASerial;

    fn from_str(text: &str) -> Result<Self, NotASerial> {
        match text.parse() {
            Ok(0) | Err(_) => Err(NotASerial),
            Ok(number) => Ok(Self(number)),
        }
    }
}

/// Why a folder cannot be used as a key's memory.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StateError {
    #[error("{} cannot be read or written", path.display())]
    Access {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{} is in use: the key is already plugged in", .0.display())]
    InUse(PathBuf),
    #[error("{} is not the memory of a key; remove it or name another folder", .0.display())]
    Foreign(PathBuf),
    #[error("the key in this folder has the serial number {found}, not {wanted}")]
    OtherSerial { found: Serial, wanted: Serial },
}

impl State {
    /// Opens the key in `folder`, or makes a new one there. `wanted` is the number of a new key,
    /// and must be the number of one that exists.
    pub(crate) fn open(folder: &Path, wanted: Option<Serial>) -> Result<Self, StateError> {
        fs::create_dir_all(folder).map_err(access(folder))?;
        let serial = serial(&folder.join("serial"), wanted)?;
        Ok(Self {
            internal: memory(&folder.join("internal.flash"))?,
            external: memory(&folder.join("external.flash"))?,
            serial,
        })
    }
}

fn serial(path: &Path, wanted: Option<Serial>) -> Result<Serial, StateError> {
    if !path.exists() {
        let new = wanted.unwrap_or_else(Serial::random);
        appear(path, |file| writeln!(file, "{new}")).map_err(access(path))?;
    }
    let text = fs::read_to_string(path).map_err(access(path))?;
    let found = text
        .trim_end()
        .parse()
        .map_err(|NotASerial| StateError::Foreign(path.to_owned()))?;
    match wanted {
        Some(wanted) if wanted != found => Err(StateError::OtherSerial { found, wanted }),
        _ => Ok(found),
    }
}

/// Opens one memory, formatted at its first use, and keeps other processes out of it.
fn memory(path: &Path) -> Result<File, StateError> {
    if !path.exists() {
        appear(path, format).map_err(access(path))?;
    }
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .map_err(access(path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(StateError::InUse(path.to_owned())),
        Err(TryLockError::Error(source)) => return Err(access(path)(source)),
    }
    let length = file.metadata().map_err(access(path))?.len();
    let same = file.try_clone().map_err(access(path))?;
    if length != Flash::SIZE as u64 || !Filesystem::is_mountable(&mut Flash::new(same)) {
        return Err(StateError::Foreign(path.to_owned()));
    }
    Ok(file)
}

fn format(file: &mut File) -> io::Result<()> {
    file.set_len(Flash::SIZE as u64)?;
    Filesystem::format(&mut Flash::new(file.try_clone()?))
        .map_err(|error| io::Error::other(format!("formatting: {error:?}")))
}

/// Makes a file that is there whole or not at all, whenever the process is killed.
fn appear(path: &Path, fill: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(&new)?;
    fill(&mut file)?;
    fs::rename(&new, path)
}

fn access(path: &Path) -> impl FnOnce(io::Error) -> StateError {
    move |source| StateError::Access {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Serial = Serial(10_000_001);

    fn refusal(folder: &Path, wanted: Option<Serial>) -> StateError {
        State::open(folder, wanted).err().unwrap()
    }

    #[test]
    fn a_new_key_keeps_its_number() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(State::open(folder.path(), Some(ONE)).unwrap().serial, ONE);
        assert_eq!(State::open(folder.path(), None).unwrap().serial, ONE);
        assert!(matches!(
            refusal(folder.path(), Some(Serial(2))),
            StateError::OtherSerial { found: ONE, .. }
        ));
    }

    #[test]
    fn random_numbers_have_eight_digits() {
        assert_eq!(Serial::random().to_string().len(), 8);
        assert_eq!("0".parse::<Serial>(), Err(NotASerial));
    }

    #[test]
    fn one_process_holds_a_key() {
        let folder = tempfile::tempdir().unwrap();
        let held = State::open(folder.path(), None).unwrap();
        assert!(matches!(refusal(folder.path(), None), StateError::InUse(_)));
        drop(held);
        assert!(State::open(folder.path(), None).is_ok());
    }

    #[test]
    fn other_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("external.flash"), vec![7; Flash::SIZE]).unwrap();
        assert!(matches!(
            refusal(folder.path(), None),
            StateError::Foreign(_)
        ));
        fs::write(folder.path().join("external.flash"), b"short").unwrap();
        assert!(matches!(
            refusal(folder.path(), None),
            StateError::Foreign(_)
        ));
    }
}
