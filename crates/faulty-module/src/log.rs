//! The log of calls: one line each, written in one piece, so that processes can share the file.

use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use sha2::{Digest, Sha256};

/// A call, as the module noted it before anything else happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The process that called.
    pub process: u32,
    /// `C_Sign` and so on.
    pub function: String,
    /// The how-manyeth call of this function in this process, from 1.
    pub count: u64,
    /// Who logs in, for `C_Login`: 0 the security officer, 1 the user, 2 for one signature.
    pub user: Option<u64>,
    /// Hashes of the PINs that were shown ([`Faults::pin_hash`](crate::Faults::pin_hash)); `none` for one that is
    /// typed on the token.
    pub pins: Vec<String>,
}

/// A PIN on its way to the token.
#[derive(Clone, Copy)]
pub(crate) enum Shown<'a> {
    Typed(&'a [u8]),
    OnDevice,
}

/// A call that is being noted.
#[derive(Clone, Copy, Default)]
pub(crate) struct Note<'a> {
    pub(crate) user: Option<u64>,
    pub(crate) pins: &'a [Shown<'a>],
}

pub(crate) fn write(
    log: &OsStr,
    function: &str,
    count: u64,
    note: &Note<'_>,
) -> std::io::Result<()> {
    let mut line = format!("{} {function} {count}", std::process::id());
    if let Some(user) = note.user {
        line.push_str(&format!(" user={user}"));
    }
    for pin in note.pins {
        line.push_str(" pin=");
        match pin {
            Shown::Typed(pin) => line.push_str(&hash(log, pin)),
            Shown::OnDevice => line.push_str("none"),
        }
    }
    line.push('\n');
    let mut file = OpenOptions::new().create(true).append(true).open(log)?;
    file.write_all(line.as_bytes())
}

/// The log's own name is the salt: no two logs hash a PIN alike.
pub(crate) fn hash(log: &OsStr, pin: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(log.as_encoded_bytes());
    hash.update([0]);
    hash.update(pin);
    hex::encode(hash.finalize())
}

/// Reads the log; a log that is not there yet is empty.
pub(crate) fn read(log: &Path) -> std::io::Result<Vec<Call>> {
    match std::fs::read_to_string(log) {
        Ok(text) => Ok(text.lines().filter_map(parse).collect()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn parse(line: &str) -> Option<Call> {
    let mut words = line.split(' ');
    let mut call = Call {
        process: words.next()?.parse().ok()?,
        function: words.next()?.to_owned(),
        count: words.next()?.parse().ok()?,
        user: None,
        pins: Vec::new(),
    };
    for word in words {
        match word.split_once('=')? {
            ("user", user) => call.user = Some(user.parse().ok()?),
            ("pin", hash) => call.pins.push(hash.to_owned()),
            _ => return None,
        }
    }
    Some(call)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("calls");
        assert_eq!(read(&log).unwrap(), []);
        let note = Note {
            user: Some(1),
            pins: &[Shown::Typed(b"123456"), Shown::OnDevice],
        };
        write(log.as_os_str(), "C_Login", 2, &note).unwrap();
        write(log.as_os_str(), "C_Sign", 1, &Note::default()).unwrap();
        let text = std::fs::read_to_string(&log).unwrap();
        assert!(!text.contains("123456"), "{text}");
        let calls = read(&log).unwrap();
        assert_eq!(calls.len(), 2);
        assert_eq!((calls[0].count, calls[0].user), (2, Some(1)));
        assert_eq!(
            calls[0].pins,
            [hash(log.as_os_str(), b"123456"), "none".to_owned()]
        );
        assert_eq!(calls[1].function, "C_Sign");
    }
}
