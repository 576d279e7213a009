//! Taking files in.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use rustix::fs::{CWD, OFlags, RenameFlags, renameat_with};
use rustix::io::Errno;

use super::{Exchange, ExchangeError, Look, PATIENCE, failed, rename, sync};
use crate::xml::MAX_DOCUMENT_BYTES;

/// How files end that somebody is still writing.
const UNFINISHED: [&str; 5] = [".tmp", ".part", ".filepart", ".writing", ".lock"];
/// How much of a file's name is kept behind its number, in bytes.
const MAX_KEPT_NAME: usize = 150;

/// A file that was taken; [`Exchange::done`] when what it says is durable.
#[derive(Debug)]
pub struct Arrived {
    /// The number that it has in the books.
    pub number: u64,
    /// The name under which it came, with other characters than letters, digits and `-_.` replaced.
    pub name: String,
    /// Its bytes; when it is larger than [`MAX_DOCUMENT_BYTES`], the beginning, one byte more than
    /// that, which no reader takes.
    pub bytes: Vec<u8>,
    place: PathBuf,
}

impl Exchange {
    /// The next file. `last` is the number of the last message in the books; `now` only ever grows.
    ///
    /// # Errors
    /// When the disk fails; then it is asked again later, and nothing is lost.
    pub fn next(&mut self, last: u64, now: Instant) -> Result<Option<Arrived>, ExchangeError> {
        let number = last.saturating_add(1);
        if let Some((number, place)) = self.resume(last)? {
            return arrived(number, &place).map(Some);
        }
        for name in self.settled(now)? {
            let from = self.incoming.join(&name);
            // What a person or a hostile client put there instead of a file stays.
            let Some(file) = open(&from)? else { continue };
            if !self.is_whole(&name, &file, &from, now)? {
                continue;
            }
            let place = self.taking.join(kept_name(number, &name));
            match fs::rename(&from, &place) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(failed("rename", &from)(error)),
            }
            self.seen.remove(&name);
            sync(&self.taking)?;
            sync(&self.incoming)?;
            return arrived(number, &place).map(Some);
        }
        Ok(None)
    }

    /// Puts a file away whose content is durable in the books.
    ///
    /// # Errors
    /// When the disk fails; the next look puts it away.
    pub fn done(&self, arrived: &Arrived) -> Result<(), ExchangeError> {
        self.put_away(&arrived.place)
    }

    /// Gives a taken file the number after `last`: the books have another one under its own. It is
    /// the next file then.
    ///
    /// # Errors
    /// When the disk fails; the next look finds it under its old number.
    pub fn renumber(&self, arrived: &Arrived, last: u64) -> Result<(), ExchangeError> {
        let number = last.saturating_add(1);
        let right = self.taking.join(kept_name(number, &arrived.name));
        rename(&arrived.place, &right)?;
        sync(&self.taking)
    }

    fn put_away(&self, place: &Path) -> Result<(), ExchangeError> {
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        let mut target = self.received.join(name.as_ref());
        // Books from a backup give numbers again, and a bank names: what was received first stays.
        let mut copies = 1_u32;
        while !rename_to_free(place, &target)? {
            copies += 1;
            target = self.received.join(format!("{name}.{copies}"));
        }
        sync(&self.received)?;
        sync(&self.taking)
    }

    /// What a crash left behind is the next. A number that the books have may be another file's
    /// there, so the file keeps it, and the books say whether it is this one.
    fn resume(&self, last: u64) -> Result<Option<(u64, PathBuf)>, ExchangeError> {
        let mut left: Vec<(u64, PathBuf)> = Vec::new();
        for entry in fs::read_dir(&self.taking).map_err(failed("read", &self.taking))? {
            let path = entry.map_err(failed("read", &self.taking))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let number = name
                .split_once('-')
                .and_then(|(digits, _)| digits.parse().ok());
            left.extend(number.map(|number| (number, path.clone())));
        }
        left.sort();
        if let Some((number, path)) = left.into_iter().next() {
            if number <= last {
                return Ok(Some((number, path)));
            }
            let number = last.saturating_add(1);
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let name = name.split_once('-').map_or("", |(_, name)| name);
            let right = self.taking.join(kept_name(number, name));
            if right != path {
                // The books are older than the folder: they were brought back from a backup.
                rename(&path, &right)?;
                sync(&self.taking)?;
            }
            return Ok(Some((number, right)));
        }
        Ok(None)
    }

    /// Names of files that have not changed for a while, oldest first.
    fn settled(&mut self, now: Instant) -> Result<Vec<OsString>, ExchangeError> {
        let mut seen = BTreeMap::new();
        let folder = &self.incoming;
        for entry in fs::read_dir(folder).map_err(failed("read", folder))? {
            // What is left alone is not counted: it may stay for good, and would hide the others.
            if seen.len() == self.max_files {
                break;
            }
            let entry = entry.map_err(failed("read", folder))?;
            let name = entry.file_name();
            let text = name.to_string_lossy().to_ascii_lowercase();
            if text.starts_with('.') || UNFINISHED.iter().any(|end| text.ends_with(end)) {
                continue;
            }
            // Gone already, or no file.
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            if !metadata.is_file() {
                continue;
            }
            let look = Look {
                size: metadata.size(),
                changed: (metadata.mtime(), metadata.mtime_nsec()),
                since: now,
            };
            let before = self.seen.get(&name).copied();
            let same = before.filter(|b| (b.size, b.changed) == (look.size, look.changed));
            seen.insert(name, same.unwrap_or(look));
        }
        self.seen = seen;
        let mut names: Vec<_> = self
            .seen
            .iter()
            .filter(|(_, look)| now.saturating_duration_since(look.since) >= self.settle)
            .map(|(name, look)| (look.changed, name.clone()))
            .collect();
        names.sort();
        Ok(names.into_iter().map(|(_, name)| name).collect())
    }

    /// Whether a file's outermost element is closed, or it has been left as it is for long.
    fn is_whole(
        &self,
        name: &OsString,
        file: &File,
        path: &Path,
        now: Instant,
    ) -> Result<bool, ExchangeError> {
        let patient = self
            .seen
            .get(name)
            .is_some_and(|look| now.saturating_duration_since(look.since) < PATIENCE);
        Ok(!patient || !seems_cut_off(&read(file, path)?))
    }
}

/// Renames, unless `to` is there already: then `false`.
fn rename_to_free(from: &Path, to: &Path) -> Result<bool, ExchangeError> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(true),
        Err(Errno::EXIST) => Ok(false),
        // Network file systems cannot. Nobody else makes names there while we hold the lock.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => match fs::symlink_metadata(to) {
            Ok(_) => Ok(false),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                rename(from, to).map(|()| true)
            }
            Err(error) => Err(failed("look at", to)(error)),
        },
        Err(error) => Err(failed("rename", from)(error.into())),
    }
}

/// Whether the text begins as XML does and ends before its outermost element. An empty file does.
fn seems_cut_off(bytes: &[u8]) -> bool {
    let text = bytes.trim_ascii();
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    if text.is_empty() {
        return true;
    }
    if text[0] != b'<' || bytes.len() > MAX_DOCUMENT_BYTES {
        return false;
    }
    let begins =
        |pair: &[u8]| pair[0] == b'<' && (pair[1].is_ascii_alphabetic() || pair[1] == b'_');
    let Some(start) = text.windows(2).position(begins) else {
        return true;
    };
    let rest = &text[start + 1..];
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/');
    let Some(length) = rest.iter().position(ends) else {
        return true;
    };
    let closing = [b"</", &rest[..length], b">"].concat();
    // A root without content is closed where it is opened.
    let first_end = rest.iter().position(|byte| *byte == b'>');
    let is_alone = first_end == Some(rest.len() - 1) && rest.ends_with(b"/>");
    !text.ends_with(&closing) && !is_alone
}

/// Opens a file, and nothing else that may have come in its place.
fn open(path: &Path) -> Result<Option<File>, ExchangeError> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let file = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => {
            return Ok(None);
        }
        Err(error) => return Err(failed("open", path)(error)),
    };
    let metadata = file.metadata().map_err(failed("look at", path))?;
    Ok(metadata.is_file().then_some(file))
}

fn read(file: &File, path: &Path) -> Result<Vec<u8>, ExchangeError> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_DOCUMENT_BYTES).unwrap_or(u64::MAX) + 1;
    file.take(limit)
        .read_to_end(&mut bytes)
        .map_err(failed("read", path))?;
    Ok(bytes)
}

fn arrived(number: u64, place: &Path) -> Result<Arrived, ExchangeError> {
    let gone = || failed("open", place)(io::ErrorKind::NotFound.into());
    let file = open(place)?.ok_or_else(gone)?;
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    let name = name.split_once('-').map_or("", |(_, name)| name);
    Ok(Arrived {
        number,
        name: name.to_owned(),
        bytes: read(&file, place)?,
        place: place.to_owned(),
    })
}

/// The number, so that no two are the same, and what is readable of the name.
fn kept_name(number: u64, name: impl AsRef<std::ffi::OsStr>) -> String {
    let legal = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') {
            c
        } else {
            '_'
        }
    };
    let name = name.as_ref().to_string_lossy();
    let name: String = name.chars().map(legal).take(MAX_KEPT_NAME).collect();
    format!("{number:010}-{name}")
}
