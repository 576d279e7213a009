//! Green Button: NAESB REQ.21 ESPI as Atom feeds.
//!
//! A feed is a list of entries that name each other by links: usage points, their meter readings,
//! reading types, interval blocks and the rule of local time. [`read()`] joins them and gives the
//! intervals of each usage point; [`write()`] makes a feed of load curves that `read` takes back to
//! the same curves.
//!
//! Codes are those of ESPI's `espi.xsd`: `uom` 72 is Wh and 73 varh, `flowDirection` 1 is drawn and
//! 19 given back, `accumulationBehaviour` 4 is a delta and 2 or 3 a register that runs on,
//! `quality` 8, 9, 11 and 12 are estimates and 10 is a doubt.

mod error;
mod link;
mod read;
mod reading_type;
mod time;
mod tree;
mod write;

use jiff::tz::TimeZone;
use wattkey_domain::MeteringPointId;
use wattkey_domain::usage::{
    AssembleError, Channel, Finding, Interval, LoadCurve, Resolution, assemble,
};

pub use error::ReadError;
pub use read::read;
pub use time::{RuleError, TimeRule};
pub use tree::{MAX_DEPTH, MAX_ELEMENTS, MAX_TEXT_BYTES};
pub use write::write;

/// What a feed holds.
#[derive(Debug, Clone)]
pub struct GreenButton {
    /// Its usage points of electricity that have intervals.
    pub points: Vec<UsagePoint>,
    /// What was not taken, and what had to be assumed.
    pub remarks: Vec<Remark>,
}

/// The intervals of one usage point.
#[derive(Debug, Clone)]
pub struct UsagePoint {
    /// Its link to itself.
    pub href: String,
    /// Its title.
    pub title: String,
    /// Where its days begin.
    pub zone: TimeZone,
    /// The length of its intervals.
    pub resolution: Resolution,
    /// What it counted.
    pub channels: Vec<(Channel, Vec<Interval>)>,
    /// What was found while differences of a register were taken.
    pub findings: Vec<Finding>,
}

/// Something of a feed that a person should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The link of the entry that it is about.
    pub href: String,
    /// What.
    pub what: RemarkKind,
}

/// Sorts of remarks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemarkKind {
    /// Passed over: not electricity, such as gas.
    Commodity,
    /// Passed over: not energy, such as power or voltage.
    Unit,
    /// Passed over: neither deltas nor a register that runs on.
    Accumulation,
    /// Passed over: a sum of directions that cannot be taken apart, or a single quadrant.
    Direction,
    /// Passed over: intervals of a length that no grid has, or longer than others of the point.
    IntervalLength,
    /// Passed over: nothing links it to a reading type or a usage point.
    Unlinked,
    /// Values finer than a thousandth of a watt-hour, left out.
    TooFine,
    /// Taken as drawn, because no direction is named.
    AssumedDrawn,
    /// Taken as drawn where above zero and as given back where below: only the net is known.
    Net,
    /// The only one of its sort was taken, because no link names it.
    AssumedLink,
    /// The caller's time zone was taken, because the feed has none.
    AssumedZone,
}

impl RemarkKind {
    /// Its name, for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Commodity => "commodity",
            Self::Unit => "unit",
            Self::Accumulation => "accumulation",
            Self::Direction => "direction",
            Self::IntervalLength => "interval-length",
            Self::Unlinked => "unlinked",
            Self::TooFine => "too-fine",
            Self::AssumedDrawn => "assumed-drawn",
            Self::Net => "net",
            Self::AssumedLink => "assumed-link",
            Self::AssumedZone => "assumed-zone",
        }
    }
}

impl UsagePoint {
    /// The metering point that its title names, as in feeds that [`write()`] made.
    #[must_use]
    pub fn named(&self) -> Option<MeteringPointId> {
        self.title.parse().ok()
    }

    /// Its load curve, and everything that was found.
    ///
    /// # Errors
    /// [`AssembleError`].
    pub fn assemble(
        self,
        point: MeteringPointId,
    ) -> Result<(LoadCurve, Vec<Finding>), AssembleError> {
        let (curve, mut findings) = assemble(point, self.zone, self.resolution, self.channels)?;
        findings.extend(self.findings);
        findings.sort_by_key(|finding| (finding.from, finding.channel));
        Ok((curve, findings))
    }
}

#[cfg(test)]
mod tests;
