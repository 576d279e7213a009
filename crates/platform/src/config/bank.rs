//! `[bank]`: how messages reach the bank, and when it works.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde::Deserialize;
use wattkey_bank::calendar::{Calendar, DaysError};
use wattkey_bank::{CharacterSet, exchange};

use super::{ConfigError, address};

/// How often the bank is asked when the file does not say.
const DEFAULT_POLL_MS: u64 = 2_000;
/// The shortest pause between two questions to the bank.
const MIN_POLL_MS: u64 = 10;
/// The longest pause between two questions to the bank.
const MAX_POLL_MS: u64 = 600_000;
/// How long a file must not have changed when the configuration does not say.
const DEFAULT_SETTLE_MS: u64 = 2_000;
/// The longest that it may be asked to.
const MAX_SETTLE_MS: u64 = 600_000;

/// The way to the bank (PROTOCOL.md, section 14).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bank {
    /// Where messages go and come from.
    pub exchange: Exchange,
    /// Pause between two looks for messages.
    pub poll: Duration,
    /// What names in messages may hold; `latin` unless the bank agreed to more.
    pub characters: CharacterSet,
    /// When the bank works.
    pub hours: Hours,
}

/// Where messages go and come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exchange {
    /// Loopback address of an HTTP interface: a real bank is reached through a connector on this
    /// host.
    Http(SocketAddr),
    /// Folders that an EBICS or SFTP client on this host serves.
    Folder(exchange::Folders),
}

/// When the bank works.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hours {
    /// What comes later counts as of the next banking day; without it, the day's end.
    pub cut_off: Option<Time>,
    /// File with the days that are no banking days, Saturdays and Sundays aside.
    pub holidays: Option<PathBuf>,
    /// Where the cut-off is counted; without it, the payee's time zone.
    pub time_zone: Option<TimeZone>,
}

/// Why the days of the bank cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HoursError {
    /// The file cannot be read.
    #[error("cannot read the bank's holidays, {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A line of it is no date.
    #[error("{} is no list of days", path.display())]
    Days {
        /// The file.
        path: PathBuf,
        /// Which line.
        #[source]
        source: DaysError,
    },
}

impl Hours {
    /// The calendar, with the holidays read from their file.
    ///
    /// # Errors
    /// See [`HoursError`].
    pub fn calendar(&self) -> Result<Calendar, HoursError> {
        let mut calendar = Calendar::default();
        if let Some(cut_off) = self.cut_off {
            calendar = calendar.with_cut_off(cut_off);
        }
        if let Some(zone) = &self.time_zone {
            calendar = calendar.with_time_zone(zone.clone());
        }
        let Some(path) = &self.holidays else {
            return Ok(calendar);
        };
        let read = super::read_bounded(path).and_then(|text| {
            if text.len() as u64 > super::MAX_FILE_BYTES {
                return Err(std::io::Error::other("the file is too large"));
            }
            Ok(text)
        });
        let text = read.map_err(|source| HoursError::Read {
            path: path.clone(),
            source,
        })?;
        calendar
            .with_days(&text)
            .map_err(|source| HoursError::Days {
                path: path.clone(),
                source,
            })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawBank {
    url: Option<String>,
    folder: Option<RawFolder>,
    poll_ms: Option<u64>,
    #[serde(default)]
    characters: RawCharacters,
    cut_off: Option<Time>,
    holidays: Option<PathBuf>,
    time_zone: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFolder {
    out: PathBuf,
    #[serde(rename = "in")]
    incoming: PathBuf,
    done: PathBuf,
    settle_ms: Option<u64>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
enum RawCharacters {
    #[default]
    Latin,
    Unicode,
}

impl RawBank {
    pub(super) fn check(self, folder: &Path) -> Result<Bank, ConfigError> {
        let exchange = match (self.url, self.folder) {
            (Some(url), None) => Exchange::Http(loopback(&url)?),
            (None, Some(raw)) => Exchange::Folder(raw.check(folder)?),
            _ => {
                return Err(value(
                    "bank",
                    "needs either `url`, of a connector on this host, or `folder`".to_owned(),
                ));
            }
        };
        let poll = bounded(
            "bank.poll_ms",
            self.poll_ms,
            DEFAULT_POLL_MS,
            MIN_POLL_MS,
            MAX_POLL_MS,
        )?;
        let time_zone = self.time_zone.map(|name| zone(&name)).transpose()?;
        let characters = match self.characters {
            RawCharacters::Latin => CharacterSet::Latin,
            RawCharacters::Unicode => CharacterSet::Unicode,
        };
        Ok(Bank {
            exchange,
            poll,
            characters,
            hours: Hours {
                cut_off: self.cut_off,
                holidays: self.holidays.map(|path| folder.join(path)),
                time_zone,
            },
        })
    }
}

impl RawFolder {
    fn check(self, folder: &Path) -> Result<exchange::Folders, ConfigError> {
        let at = |path: PathBuf| folder.join(path);
        let folders = exchange::Folders {
            out: at(self.out),
            incoming: at(self.incoming),
            done: at(self.done),
            settle: bounded(
                "bank.folder.settle_ms",
                self.settle_ms,
                DEFAULT_SETTLE_MS,
                0,
                MAX_SETTLE_MS,
            )?,
        };
        let [out, incoming, done] = [&folders.out, &folders.incoming, &folders.done];
        if out == incoming || incoming == done || out == done {
            return Err(value(
                "bank.folder",
                "needs three different folders: out, in, done".to_owned(),
            ));
        }
        Ok(folders)
    }
}

fn loopback(url: &str) -> Result<SocketAddr, ConfigError> {
    let wrong = |wrong: &str| value("bank.url", wrong.to_owned());
    let host = url
        .strip_prefix("http://")
        .ok_or_else(|| wrong("must begin with http://, as in http://127.0.0.1:8080"))?;
    let address = address("bank.url", host.strip_suffix('/').unwrap_or(host))?;
    if !address.ip().is_loopback() {
        return Err(wrong(
            "must be a loopback address: the channel is not encrypted",
        ));
    }
    Ok(address)
}

fn zone(name: &str) -> Result<TimeZone, ConfigError> {
    let unknown = |_| {
        value(
            "bank.time_zone",
            format!("is `{name}`, which is no time zone like Asia/Shanghai"),
        )
    };
    TimeZone::get(name).map_err(unknown)
}

fn bounded(
    key: &'static str,
    given: Option<u64>,
    default: u64,
    least: u64,
    most: u64,
) -> Result<Duration, ConfigError> {
    let ms = given.unwrap_or(default);
    if (least..=most).contains(&ms) {
        Ok(Duration::from_millis(ms))
    } else {
        Err(value(key, format!("is {ms}, must be {least} to {most}")))
    }
}

fn value(key: &'static str, wrong: String) -> ConfigError {
    ConfigError::Value { key, wrong }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<Bank, String> {
        let raw: RawBank = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        raw.check(Path::new("/etc/wattkey"))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn either_http_or_folders() {
        let http = check("url = \"http://127.0.0.1:9000\"").unwrap();
        assert_eq!(
            http.exchange,
            Exchange::Http("127.0.0.1:9000".parse().unwrap())
        );
        let folder =
            check("folder = { out = \"b/out\", in = \"b/in\", done = \"/var/done\" }").unwrap();
        let Exchange::Folder(folders) = folder.exchange else {
            panic!("{folder:?}");
        };
        assert_eq!(folders.incoming, Path::new("/etc/wattkey/b/in"));
        assert_eq!(folders.done, Path::new("/var/done"));
        assert_eq!(folders.settle, Duration::from_secs(2));
        let both =
            "url = \"http://127.0.0.1:9000\"\nfolder = { out = \"a\", in = \"b\", done = \"c\" }";
        for (text, wanted) in [
            ("", "either `url`"),
            (both, "either `url`"),
            (
                "folder = { out = \"a\", in = \"a\", done = \"c\" }",
                "three different",
            ),
            (
                "folder = { out = \"a\", in = \"b\" }",
                "missing field `done`",
            ),
        ] {
            let error = check(text).unwrap_err();
            assert!(error.contains(wanted), "{text}: {error}");
        }
    }

    #[test]
    fn hours_are_read_with_their_holidays() {
        let bank = check(
            "url = \"http://127.0.0.1:9000\"\ncut_off = \"15:30:00\"\nholidays = \"holidays.txt\"\n\
             time_zone = \"Asia/Shanghai\"",
        )
        .unwrap();
        assert_eq!(bank.hours.cut_off, Some(Time::constant(15, 30, 0, 0)));
        assert_eq!(
            bank.hours.holidays.as_deref(),
            Some(Path::new("/etc/wattkey/holidays.txt"))
        );
        assert!(matches!(
            bank.hours.calendar(),
            Err(HoursError::Read { .. })
        ));
        let error =
            check("url = \"http://127.0.0.1:9000\"\ntime_zone = \"Mars/Base\"").unwrap_err();
        assert!(error.contains("bank.time_zone"), "{error}");
        let folder = tempfile::tempdir().unwrap();
        let holidays = folder.path().join("holidays.txt");
        let hours = Hours {
            holidays: Some(holidays.clone()),
            ..Hours::default()
        };
        std::fs::write(&holidays, "2026-10-01\n").unwrap();
        let calendar = hours.calendar().unwrap();
        assert!(!calendar.is_banking_day("2026-10-01".parse().unwrap()));
        std::fs::write(&holidays, "first of October\n").unwrap();
        let error = hours.calendar().unwrap_err();
        assert!(matches!(error, HoursError::Days { .. }), "{error}");
    }
}
