//! The test's side: where the module is, what it shall do, and what it was asked.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::log::{self, Call};
use crate::rules::Rules;

/// Names the file of the real module.
pub(crate) const IN_FRONT_OF: &str = "WATTKEY_FAULTS_IN_FRONT_OF";
/// Names the file of rules.
pub(crate) const RULES: &str = "WATTKEY_FAULTS";
/// Names the log.
pub(crate) const LOG: &str = "WATTKEY_FAULTS_LOG";

/// Another build may be putting the module there anew.
const MAX_LINKING: Duration = Duration::from_secs(10);

const FILE: &str = "libwattkey_faulty_module.so";

/// The module's file. Cargo builds it beside the program of every test that depends on this crate.
///
/// # Panics
/// When it is not there: the running program was not built by cargo for a test.
#[must_use]
pub fn library() -> PathBuf {
    let program = std::env::current_exe().expect("the program knows its own file");
    let beside = || {
        let folders = program.ancestors().skip(1).take(3);
        folders
            .flat_map(|folder| [folder.join("deps").join(FILE), folder.join(FILE)])
            .find(|file| file.exists())
    };
    let deadline = Instant::now() + MAX_LINKING;
    loop {
        match beside() {
            Some(file) => return file,
            None if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(50)),
            None => panic!("no {FILE} near {}", program.display()),
        }
    }
}

/// Rules and log of the faulty module, in a folder of the test.
#[derive(Debug)]
pub struct Faults {
    rules: PathBuf,
    log: PathBuf,
}

impl Faults {
    /// No faults yet.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn new(folder: &Path) -> io::Result<Self> {
        let faults = Self {
            rules: folder.join("faults"),
            log: folder.join("calls"),
        };
        faults.clear()?;
        Ok(faults)
    }

    /// What the process that loads the module needs in its environment, besides the real module's own variables.
    #[must_use]
    pub fn environment(&self) -> Vec<(OsString, OsString)> {
        [(RULES, &self.rules), (LOG, &self.log)]
            .map(|(name, value)| (name.into(), value.as_os_str().to_owned()))
            .into()
    }

    /// These rules hold from the next call on, in place of the ones before.
    ///
    /// # Errors
    /// A line is no rule, or the file cannot be written.
    pub fn set(&self, rules: &str) -> io::Result<()> {
        Rules::parse(rules).map_err(io::Error::other)?;
        let new = self.rules.with_extension("new");
        std::fs::write(&new, rules)?;
        std::fs::rename(new, &self.rules)
    }

    /// No faults from the next call on.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn clear(&self) -> io::Result<()> {
        self.set("")
    }

    /// All calls so far, of all processes.
    ///
    /// # Panics
    /// The log cannot be read.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        log::read(&self.log).expect("the log is readable")
    }

    /// How often a function was called so far, by all processes.
    #[must_use]
    pub fn count(&self, function: &str) -> usize {
        let mut calls = self.calls();
        calls.retain(|call| call.function == function);
        calls.len()
    }

    /// How often this PIN was shown so far, by whatever function.
    #[must_use]
    pub fn shown(&self, pin: &str) -> usize {
        let hash = self.pin_hash(pin);
        let calls = self.calls();
        let pins = calls.iter().flat_map(|call| &call.pins);
        pins.filter(|pin| **pin == hash).count()
    }

    /// What the log holds of a PIN.
    #[must_use]
    pub fn pin_hash(&self, pin: &str) -> String {
        log::hash(self.log.as_os_str(), pin.as_bytes())
    }
}
