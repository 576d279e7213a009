//! Load curves as files, both ways: Green Button and CSV.
//!
//! * [`green_button`] reads and writes NAESB REQ.21 ESPI, the Atom feeds that utilities call Green
//!   Button: interval blocks of deltas or of a running register, Wh and varh at any power of ten,
//!   both directions, with the feed's own rule of daylight saving.
//! * [`csv`] reads and writes one line for each interval, with documented columns.
//! * [`records()`] writes a curve as the lines of a file for the platform.
//!
//! Both give intervals that [`wattkey_domain::usage::assemble`] lays onto a grid and judges; neither
//! guesses. What a file holds besides (gas, power, costs, summaries) is passed over and named.
//!
//! ```
//! use jiff::tz::TimeZone;
//!
//! let file = "start,active_import_kwh,quality\n\
//!             2026-08-01T00:00+08:00,250.5,measured\n\
//!             2026-08-01T00:15+08:00,251,estimated\n";
//! let zone = TimeZone::get("Asia/Shanghai")?;
//! let read = wattkey_usage::csv::read(file.as_bytes(), &zone, Some(&"P-1".parse()?))?;
//! let (curve, findings) = read.points.into_iter().next().ok_or("no point")?.assemble()?;
//! assert_eq!((curve.len(), findings.len()), (2, 0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Files come from outside: each is bounded in size, lines, elements, depth and values, has no
//! document type and no entities of its own, and numbers are read exactly.

pub mod csv;
pub mod green_button;
mod records;

pub use records::{RecordsError, records};

/// The largest file, in bytes: thirteen months of quarter-hours of four channels take half of it.
pub const MAX_FILE_BYTES: usize = 64 * 1024 * 1024;
/// The most values of a file.
pub const MAX_READINGS: usize = 1 << 20;

/// The beginning of a refused text, with control characters shown as escapes.
fn shown(text: &str) -> String {
    text.chars()
        .take(60)
        .flat_map(char::escape_default)
        .collect()
}
