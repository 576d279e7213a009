//! Files that the user asked for: whole or not at all, and never over another one unasked.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::show::safe;

/// What becomes of a file that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and nothing is written.
    Stays,
    /// It is replaced as a whole.
    IsReplaced,
}

/// The longest name that is taken from elsewhere, in characters: with four bytes each it still fits
/// any file system.
const MAX_NAME: usize = 60;
/// What no name may have: what divides folders here or elsewhere, or is special to some system.
const NOT_IN_NAMES: &[char] = &['/', '\\', ':', '*', '?', '"', '<', '>', '|'];
/// Names of devices on Windows, whatever follows after a point ("Naming Files, Paths, and
/// Namespaces").
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// Whether a name that somebody else chose is that of a file in the folder where one is, on any
/// system, and shows as what it is: no path, no device, nothing hidden.
#[must_use]
pub fn is_plain_name(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.trim_end().to_lowercase();
    let numbered = ["com", "lpt"].iter().any(|port| {
        let number = stem.strip_prefix(port).unwrap_or_default();
        number.chars().count() == 1
            && number
                .chars()
                .all(|c| c.is_ascii_digit() || "¹²³".contains(c))
    });
    (1..=MAX_NAME).contains(&name.chars().count())
        && !name.contains(NOT_IN_NAMES)
        && !name.starts_with(['.', '-', ' '])
        && !name.ends_with(['.', ' '])
        && safe(name) == name
        && !numbered
        && !DEVICES.contains(&stem.as_str())
}

/// Writes a file beside, flushes it, and puts it in its place in one step.
///
/// A place that is no file (a pipe, a device) is written to as it is.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] when a file is there that stays; what the system says.
pub fn write(file: &Path, bytes: &[u8], existing: Existing) -> io::Result<()> {
    match std::fs::metadata(file) {
        Ok(there) if !there.is_file() && !there.is_dir() => return std::fs::write(file, bytes),
        Ok(_) if existing == Existing::Stays => return Err(io::ErrorKind::AlreadyExists.into()),
        // A link stays one: the file behind it is replaced.
        Ok(_) => return put(&file.canonicalize()?, bytes, existing),
        Err(_) => {}
    }
    put(file, bytes, existing)
}

fn put(file: &Path, bytes: &[u8], existing: Existing) -> io::Result<()> {
    let beside = beside(file)?;
    let result = write_through(&beside, bytes).and_then(|()| match existing {
        Existing::IsReplaced => std::fs::rename(&beside, file),
        // Unlike a rename this fails when a file has appeared there.
        Existing::Stays => std::fs::hard_link(&beside, file),
    });
    // After a rename it is gone; otherwise it is of no use.
    let _ = std::fs::remove_file(&beside);
    match result {
        // A file system without links: exclusive, though not in one step.
        Err(error) if existing == Existing::Stays && is_no_link(&error) => {
            write_through(file, bytes)
        }
        result => result,
    }
}

fn is_no_link(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::Unsupported
    )
}

fn write_through(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut open: File = OpenOptions::new().write(true).create_new(true).open(file)?;
    open.write_all(bytes)?;
    open.sync_all()
}

/// A name in the same folder that no other run uses.
fn beside(file: &Path) -> io::Result<PathBuf> {
    let name = file.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}.new", uuid::Uuid::new_v4()));
    Ok(file.with_file_name(hidden))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_from_elsewhere_is_no_path_and_no_device() {
        for plain in [
            "24412000000012345678.pdf",
            "发票 9月.ofd",
            "a",
            "console.xml",
            "com10.pdf",
        ] {
            assert!(is_plain_name(plain), "{plain}");
        }
        for other in [
            "",
            ".",
            "..",
            ".bashrc",
            "../a.pdf",
            "/etc/passwd",
            "a/b.pdf",
            "a\\b.pdf",
            "C:a.pdf",
            "-rf",
            "a.pdf ",
            "a.pdf.",
            "a\n.pdf",
            "a\u{202e}fdp.exe",
            "NUL",
            "con.pdf",
            "Aux .pdf",
            "com1.pdf",
            "LPT¹",
            &"a".repeat(MAX_NAME + 1),
        ] {
            assert!(!is_plain_name(other), "{other}");
        }
    }

    #[test]
    fn a_file_that_is_there_stays_unless_it_is_to_be_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("receipt.json");
        write(&file, b"one", Existing::Stays).unwrap();
        let refused = write(&file, b"two", Existing::Stays).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&file).unwrap(), b"one");
        write(&file, b"three", Existing::IsReplaced).unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"three");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_appears_meanwhile_stays_as_well() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("receipt.json");
        std::fs::write(&file, b"one").unwrap();
        let refused = put(&file, b"two", Existing::Stays).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&file).unwrap(), b"one");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_place_that_cannot_be_written_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        for bad in [
            folder.path().join("none/receipt.json"),
            folder.path().into(),
        ] {
            assert!(
                write(&bad, b"one", Existing::IsReplaced).is_err(),
                "{bad:?}"
            );
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let [file, link] = ["file", "link"].map(|name| folder.path().join(name));
        std::fs::write(&file, b"one").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write(&link, b"two", Existing::IsReplaced).unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"two");
        assert!(link.is_symlink());
    }
}
