//! Load curves as CSV (RFC 4180): a header, then one line for each interval.
//!
//! | column | what |
//! | --- | --- |
//! | `point` | the metering point; may be left out when the caller names it |
//! | `start` or `end` | the interval's beginning or its end: `2026-08-01T00:15+08:00`, or without an offset in the caller's time zone; seconds may be there, and a space may stand for the `T` |
//! | `active_import_kwh`, `active_export_kwh` | active energy drawn and given back |
//! | `reactive_import_kvarh`, `reactive_export_kvarh` | reactive energy drawn and given back |
//! | `quality` | `measured` (also when empty), `estimated`, `suspect` or `missing`, for the line |
//!
//! Columns come in any order, at least one of energy. Fields are delimited by `,`, `;` or a tab,
//! whichever the header has; a field may be in double quotes. Numbers have a decimal point and at
//! most six digits after it; an empty one is missing. Lines end with LF or CRLF. Intervals are as long
//! as the greatest part of an hour (1, 5, 10, 15, 30 or 60 minutes) that all distances between the
//! times of a metering point are multiples of.
//!
//! Where clocks go back, a time without an offset is the earlier one when it comes first and the
//! later one when it comes again; when it comes once, its values are suspect. A time that the clock
//! skips is refused.

mod clock;
mod error;
mod line;
mod read;
mod write;

use jiff::tz::TimeZone;
use wattkey_domain::MeteringPointId;
use wattkey_domain::usage::{
    AssembleError, Channel, Finding, Interval, LoadCurve, Resolution, assemble,
};

pub use error::CsvError;
pub use read::read;
pub use write::write;

/// The longest line, in bytes.
pub const MAX_LINE_BYTES: usize = 4 * 1024;
/// The most metering points of a file.
pub const MAX_POINTS: usize = 1_000;

/// What a file holds.
#[derive(Debug, Clone)]
pub struct Csv {
    /// Its metering points, in the order in which they come.
    pub points: Vec<CsvPoint>,
    /// Which delimiter it has.
    pub delimiter: char,
    /// Times without an offset that came once where the clock passes them twice: their values are
    /// suspect.
    pub ambiguous: u32,
}

/// The intervals of one metering point.
#[derive(Debug, Clone)]
pub struct CsvPoint {
    /// Which one.
    pub point: MeteringPointId,
    /// Where its days begin.
    pub zone: TimeZone,
    /// The length of its intervals.
    pub resolution: Resolution,
    /// What it counted.
    pub channels: Vec<(Channel, Vec<Interval>)>,
}

impl CsvPoint {
    /// Its load curve, and everything that was found.
    ///
    /// # Errors
    /// [`AssembleError`].
    pub fn assemble(self) -> Result<(LoadCurve, Vec<Finding>), AssembleError> {
        assemble(self.point, self.zone, self.resolution, self.channels)
    }
}

/// The name of a channel's column.
fn column(channel: Channel) -> &'static str {
    match channel {
        Channel::ActiveImport => "active_import_kwh",
        Channel::ActiveExport => "active_export_kwh",
        Channel::ReactiveImport => "reactive_import_kvarh",
        Channel::ReactiveExport => "reactive_export_kvarh",
    }
}

#[cfg(test)]
mod tests;
