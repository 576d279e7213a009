//! The register: what the desk has issued, bound and revoked.
//!
//! A file of one JSON document per line, only ever appended to, each line on
//! the disk before the program goes on. A line without an end is one that a
//! crash cut off: nobody was told of it, and it is dropped. The state is
//! derived from the lines. One command at a time holds the file.

mod record;

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use wattkey_pki::{Certificate, Digest};

pub(crate) use self::record::{Ca, IssuedKey, Reason, Record};

use crate::exit::{Failure, Kind};

/// The file in the desk's folder.
const FILE: &str = "register.ndjson";
/// About a million lines.
const MAX_LENGTH: u64 = 4 * 1024 * 1024 * 1024;

pub(crate) struct Register {
    path: PathBuf,
    file: File,
    records: Vec<Record>,
}

/// Where a USB key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Issued, not bound.
    Pending,
    /// Bound by that step.
    Bound(u64),
    /// Unbound by that step.
    Unbound(u64),
    /// Revoked without ever having been bound.
    Revoked,
}

impl Register {
    /// Makes the file, for its owner alone: it has names. There must be none.
    pub(crate) fn create(folder: &Path) -> Result<(), Failure> {
        let path = folder.join(FILE);
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .and_then(|file| file.sync_all())
            .map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => {
                    Failure::because(Kind::Exists, path.display().to_string())
                }
                _ => Failure::file(&path, &error),
            })
    }

    /// Opens the file and holds it until the end of this value.
    pub(crate) fn open(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(FILE);
        let open = || -> io::Result<(File, String)> {
            let mut file = OpenOptions::new().read(true).write(true).open(&path)?;
            flock(&file, FlockOperation::LockExclusive)?;
            let mut text = String::new();
            (&mut file).take(MAX_LENGTH).read_to_string(&mut text)?;
            let whole = text.rfind('\n').map_or(0, |end| end + 1);
            file.set_len(whole as u64)?;
            file.seek(SeekFrom::Start(whole as u64))?;
            text.truncate(whole);
            Ok((file, text))
        };
        let (file, text) = open().map_err(|error| Failure::file(&path, &error))?;
        let records = text
            .lines()
            .enumerate()
            .map(|(at, line)| {
                serde_json::from_str(line).map_err(|error| {
                    let line = at + 1;
                    let path = path.display();
                    Failure::because(Kind::LogInvalid, format!("{path}, line {line}: {error}"))
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            path,
            file,
            records,
        })
    }

    /// Adds a line; when this returns it is on the disk.
    pub(crate) fn append(&mut self, record: Record) -> Result<(), Failure> {
        let mut line =
            serde_json::to_string(&record).map_err(|error| Failure::new(Kind::Fault, &error))?;
        line.push('\n');
        self.file
            .write_all(line.as_bytes())
            .and_then(|()| self.file.sync_data())
            .map_err(|error| Failure::file(&self.path, &error))?;
        self.records.push(record);
        Ok(())
    }

    /// The CA's certificate and the label of its token.
    pub(crate) fn authority(&self, wanted: Ca) -> Result<(Certificate, String), Failure> {
        self.records
            .iter()
            .rev()
            .find_map(|record| match record {
                Record::Authority {
                    ca,
                    token,
                    certificate,
                    ..
                } if *ca == wanted => Some((certificate.clone(), token.clone())),
                _ => None,
            })
            .ok_or_else(|| {
                Failure::because(
                    Kind::NotFound,
                    format!("there is no {wanted} CA yet: wattkey-admin ca create --ca {wanted}"),
                )
            })
    }

    /// Certificates that a CA issued, and when and why each was revoked.
    pub(crate) fn certificates(&self, wanted: Ca) -> Vec<(&Certificate, Option<&Record>)> {
        self.records
            .iter()
            .filter_map(|record| match record {
                Record::Certificate {
                    ca, certificate, ..
                } if *ca == wanted => {
                    Some((certificate, self.revocation(certificate.thumbprint())))
                }
                _ => None,
            })
            .collect()
    }

    /// The certificate of that thumbprint, and whose it is.
    pub(crate) fn certificate(&self, thumbprint: Digest) -> Option<(Ca, &Certificate)> {
        self.records.iter().find_map(|record| match record {
            Record::Certificate {
                ca, certificate, ..
            } if certificate.thumbprint() == thumbprint => Some((*ca, certificate)),
            _ => None,
        })
    }

    /// The record that revoked a certificate.
    pub(crate) fn revocation(&self, wanted: Digest) -> Option<&Record> {
        self.records.iter().find(
            |record| matches!(record, Record::Revoked { thumbprint, .. } if *thumbprint == wanted),
        )
    }

    /// USB keys, in the order of their issue.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &IssuedKey> {
        self.records.iter().filter_map(|record| match record {
            Record::Key(key) => Some(key),
            _ => None,
        })
    }

    /// What was issued last to the USB key of that serial number.
    pub(crate) fn key(&self, serial: &str) -> Result<IssuedKey, Failure> {
        self.keys()
            .filter(|key| key.serial == serial)
            .last()
            .cloned()
            .ok_or_else(|| Failure::because(Kind::NotFound, format!("no USB key {serial}")))
    }

    /// Was an issue of that card begun and never done?
    pub(crate) fn is_interrupted(&self, wanted: &str) -> bool {
        let last = self.records.iter().rev().find_map(|record| match record {
            Record::Issuing { serial, .. } if serial == wanted => Some(true),
            Record::Key(key) if key.serial == wanted => Some(false),
            _ => None,
        });
        last.unwrap_or(false)
    }

    /// Where a USB key stands.
    pub(crate) fn standing(&self, key: &IssuedKey) -> Standing {
        let thumbprint = key.authentication.thumbprint();
        let bound = self.records.iter().rev().find_map(|record| match record {
            Record::Bound {
                authentication,
                sequence,
                ..
            } if *authentication == thumbprint => Some(Standing::Bound(*sequence)),
            Record::Unbound {
                authentication,
                sequence,
                ..
            } if *authentication == thumbprint => Some(Standing::Unbound(*sequence)),
            _ => None,
        });
        match bound {
            Some(standing) => standing,
            None if self.revocation(thumbprint).is_some() => Standing::Revoked,
            None => Standing::Pending,
        }
    }

    /// Number of a CA's last CRL; 0 when there was none.
    pub(crate) fn crl_number(&self, wanted: Ca) -> u64 {
        let numbers = self.records.iter().filter_map(|record| match record {
            Record::Crl { ca, number, .. } if *ca == wanted => Some(*number),
            _ => None,
        });
        numbers.max().unwrap_or(0)
    }

    /// The furthest head of the binding log that this desk has seen.
    pub(crate) fn head(&self) -> Option<(u64, Digest)> {
        let heads = self.records.iter().filter_map(|record| match record {
            Record::Head {
                sequence, digest, ..
            } => Some((*sequence, *digest)),
            _ => None,
        });
        heads.max_by_key(|(sequence, _)| *sequence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(sequence: u64) -> Record {
        Record::Head {
            at: "2026-11-22T12:00:00Z".parse().unwrap(),
            sequence,
            digest: Digest::of(b""),
        }
    }

    #[test]
    fn a_line_that_a_crash_cut_off_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        Register::create(folder.path()).unwrap();
        let path = folder.path().join(FILE);
        let mode = std::os::unix::fs::PermissionsExt::mode(
            &std::fs::metadata(&path).unwrap().permissions(),
        );
        assert_eq!(mode & 0o777, 0o600);
        let mut register = Register::open(folder.path()).unwrap();
        register.append(head(1)).unwrap();
        register.append(head(2)).unwrap();
        drop(register);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, &text[..text.len() - 5]).unwrap();
        let mut register = Register::open(folder.path()).unwrap();
        assert_eq!(register.head().map(|(sequence, _)| sequence), Some(1));
        register.append(head(3)).unwrap();
        drop(register);
        let register = Register::open(folder.path()).unwrap();
        assert_eq!(register.records.len(), 2);
        assert_eq!(register.head().map(|(sequence, _)| sequence), Some(3));
    }

    #[test]
    fn an_issue_is_interrupted_until_the_key_is_entered() {
        let folder = tempfile::tempdir().unwrap();
        Register::create(folder.path()).unwrap();
        let mut register = Register::open(folder.path()).unwrap();
        assert!(!register.is_interrupted("1"));
        let record = Record::Issuing {
            at: "2026-11-22T12:00:00Z".parse().unwrap(),
            serial: "1".into(),
        };
        register.append(record).unwrap();
        drop(register);
        let register = Register::open(folder.path()).unwrap();
        assert!(register.is_interrupted("1"));
        assert!(!register.is_interrupted("2"));
    }

    #[test]
    fn a_line_that_is_none_of_ours_is_named() {
        let folder = tempfile::tempdir().unwrap();
        Register::create(folder.path()).unwrap();
        std::fs::write(folder.path().join(FILE), "{\"record\":\"x\"}\n").unwrap();
        let failure = Register::open(folder.path()).err().unwrap();
        assert_eq!(failure.kind, Kind::LogInvalid);
        assert!(failure.detail.contains("line 1"), "{}", failure.detail);
        assert_eq!(
            Register::create(folder.path()).unwrap_err().kind,
            Kind::Exists
        );
    }
}
