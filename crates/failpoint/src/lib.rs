//! Named places where a test build of a program can be killed.
//!
//! A payment may be interrupted anywhere. To prove that it is still paid exactly once, a test
//! kills each program at each named place, starts it again and looks at the books:
//!
//! ```
//! use wattkey_failpoint::failpoint;
//! failpoint!("gateway.after-replay-record");
//! ```
//!
//! Shipped programs are built without the feature `enabled`; there the macro is an empty inlined
//! function. With it, the program whose environment has `WATTKEY_FAILPOINT` set to that name
//! appends the name to the file named by `WATTKEY_FAILPOINT_HITS`, flushes it to disk and aborts:
//! no destructor runs, as when the process is killed. (What the system had cached survives: that each
//! flush is where it must be is for reading and for the stores' own tests.)

/// Marks a place where a test build can be killed. The name is a literal, `part.kebab-name`,
/// used once in the source: the crash walk makes its list from these literals.
#[macro_export]
macro_rules! failpoint {
    ($name:literal) => {
        $crate::reached($name)
    };
}

/// Does nothing in a shipped build.
#[cfg(not(feature = "enabled"))]
#[inline(always)]
pub fn reached(_name: &'static str) {}

/// Kills the process when `name` is the one that the environment asks for.
///
/// # Panics
/// When the file of hits cannot be written: a crash walk that is not recorded proves nothing.
#[cfg(feature = "enabled")]
pub fn reached(name: &'static str) {
    use std::io::Write as _;
    if std::env::var("WATTKEY_FAILPOINT").as_deref() != Ok(name) {
        return;
    }
    let hits = std::env::var("WATTKEY_FAILPOINT_HITS")
        .expect("WATTKEY_FAILPOINT_HITS names the file of hits");
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(hits)
        .expect("the file of hits can be opened");
    writeln!(file, "{name}").expect("the file of hits can be written");
    file.sync_all().expect("the file of hits can be flushed");
    std::process::abort();
}
