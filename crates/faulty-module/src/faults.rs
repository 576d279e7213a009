//! What becomes of a call: rules, counters, and what the process remembers.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use crate::control::{LOG, RULES};
use crate::log::{self, Note};
use crate::rules::{Crash, Fault, Rules};

/// Functions of a token that is gone which find it missing; those of a session find it removed.
const OF_A_SLOT: [&str; 5] = [
    "C_GetTokenInfo",
    "C_GetMechanismList",
    "C_GetMechanismInfo",
    "C_InitToken",
    "C_OpenSession",
];
/// Functions that need no token.
const OF_THE_MODULE: [&str; 9] = [
    "C_Initialize",
    "C_Finalize",
    "C_GetInfo",
    "C_GetFunctionList",
    "C_GetSlotList",
    "C_GetSlotInfo",
    "C_WaitForSlotEvent",
    "C_CloseSession",
    "C_CloseAllSessions",
];

/// The rules at the time of a call, and the fault that catches it.
pub(crate) struct Plan {
    pub(crate) rules: Rules,
    pub(crate) fault: Option<Fault>,
    /// The token has gone since the last call: its sessions must end.
    pub(crate) just_gone: bool,
}

/// What a call on a token that is gone finds.
pub(crate) enum Missing {
    Token,
    Device,
}

impl Plan {
    /// Whether the call cannot reach its token.
    pub(crate) fn missing(&self, function: &str) -> Option<Missing> {
        if !self.rules.gone || OF_THE_MODULE.contains(&function) {
            None
        } else if OF_A_SLOT.contains(&function) {
            Some(Missing::Token)
        } else {
            Some(Missing::Device)
        }
    }
}

/// Notes a call and finds what it meets.
///
/// # Panics
/// Rules or log cannot be used: the test would prove nothing, so the process ends.
pub(crate) fn plan(function: &str, note: &Note<'_>) -> Plan {
    let mut memory = memory();
    let count = memory.calls.entry(function.to_owned()).or_insert(0);
    *count += 1;
    let count = *count;
    if let Some(log) = variable(LOG) {
        log::write(log, function, count, note).expect("the log of calls is writable");
    }
    let (rules, version) = read();
    let gone = rules.gone;
    let just_gone = gone && !memory.gone;
    memory.gone = gone;
    if memory.version != version {
        memory.version = version;
        memory.since_rules.clear();
    }
    let passed = memory.since_rules.entry(function.to_owned()).or_insert(0);
    let before = *passed;
    *passed += 1;
    let fault = rules
        .faults
        .iter()
        .find(|rule| {
            rule.is_about(function)
                && before >= rule.after
                && (!rule.once || claim(version, rule.line))
        })
        .map(|rule| rule.fault);
    Plan {
        rules,
        fault,
        just_gone,
    }
}

/// The rules now, for a call that is under way.
pub(crate) fn rules() -> Rules {
    read().0
}

/// Never returns.
pub(crate) fn hang() -> ! {
    loop {
        std::thread::park();
    }
}

/// From now on every call of this process hangs.
pub(crate) fn seize() {
    memory().seized = true;
}

pub(crate) fn is_seized() -> bool {
    memory().seized
}

pub(crate) fn wait(ms: u64) {
    std::thread::sleep(Duration::from_millis(ms));
}

/// Ends the process; `segv` is the foreign module's to do.
pub(crate) fn crash(how: Crash, segv: fn()) -> ! {
    match how {
        Crash::Abort => {}
        Crash::Segv => segv(),
        Crash::Exit => std::process::exit(3),
    }
    std::process::abort()
}

/// Remembers whether the token was there, and says whether that has changed.
pub(crate) fn presence_changed(present: bool) -> bool {
    memory().present.replace(present).unwrap_or(true) != present
}

/// Tells one version of the control file from the next: its inode, and when it was written.
type Version = (u64, i64, i64);

#[derive(Default)]
struct Memory {
    calls: HashMap<String, u64>,
    since_rules: HashMap<String, u64>,
    version: Version,
    gone: bool,
    seized: bool,
    present: Option<bool>,
}

fn memory() -> MutexGuard<'static, Memory> {
    static MEMORY: OnceLock<Mutex<Memory>> = OnceLock::new();
    let memory = MEMORY.get_or_init(Mutex::default);
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}

fn variable(name: &'static str) -> Option<&'static OsStr> {
    static VARIABLES: OnceLock<Mutex<HashMap<&'static str, &'static OsStr>>> = OnceLock::new();
    let mut known = VARIABLES
        .get_or_init(Mutex::default)
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if let Some(value) = known.get(name) {
        return Some(value);
    }
    // Kept for the life of the process, as the environment is.
    let value: &'static OsStr = Box::leak(std::env::var_os(name)?.into_boxed_os_str());
    known.insert(name, value);
    Some(value)
}

fn read() -> (Rules, Version) {
    let Some(path) = variable(RULES) else {
        return (Rules::default(), Version::default());
    };
    let mut file = File::open(path).expect("the file of rules is there");
    let metadata = file.metadata().expect("an open file has metadata");
    let version = (metadata.ino(), metadata.mtime(), metadata.mtime_nsec());
    let mut text = String::new();
    file.read_to_string(&mut text).expect("rules are text");
    let rules = Rules::parse(&text).unwrap_or_else(|error| panic!("{error}"));
    (rules, version)
}

/// Takes a rule that catches one call: the first process that makes its file has it.
fn claim(version: Version, line: usize) -> bool {
    let Some(path) = variable(RULES) else {
        return false;
    };
    let (inode, seconds, nanoseconds) = version;
    let mut spent = OsString::from(path);
    spent.push(format!(".spent-{inode}-{seconds}-{nanoseconds}-{line}"));
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(PathBuf::from(spent));
    file.is_ok()
}
