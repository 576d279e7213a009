use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::curve::Channel;
use super::energy::Energy;

/// The most findings of one curve; a last one says how many more there were.
pub const MAX_FINDINGS: usize = 1_000;

/// Something about the values that a person should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// On which channel; none when it is about all.
    pub channel: Option<Channel>,
    /// What.
    pub kind: FindingKind,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub to: Timestamp,
    /// How many values or intervals it is about.
    pub count: u32,
}

/// What can be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FindingKind {
    /// Values are missing.
    Gap,
    /// A register was not read in between: the whole is known, its parts are missing.
    KnownTotal {
        /// The energy of the whole time.
        energy: Energy,
    },
    /// The same value came again; it counts once.
    Repeated,
    /// A measured value came beside an estimated one; the measured one counts.
    Replaced,
    /// Another value came for the same interval; the first one counts and is suspect.
    Conflict {
        /// The first one.
        kept: Energy,
        /// The other one.
        other: Energy,
    },
    /// An interval lies across others; it does not count, and what it lies across is suspect.
    Overlap {
        /// Its energy.
        energy: Energy,
    },
    /// An interval that does not begin on the grid or is of another length; it does not count.
    OffGrid {
        /// Its length in seconds.
        seconds: u32,
    },
    /// An energy below zero, or more than an interval can hold; suspect, or left out in the second
    /// case.
    OutOfRange {
        /// What it was.
        energy: Energy,
    },
    /// A day of daylight saving, with another number of intervals than others.
    DaylightSaving {
        /// The day.
        day: Date,
        /// How many intervals it has.
        intervals: u32,
    },
    /// The register passed its last digit; the difference was taken around.
    RolledOver {
        /// What it showed before.
        before: Decimal,
        /// What it showed after.
        after: Decimal,
    },
    /// The register went backwards, and no roll-over explains it; the value is missing.
    Backwards {
        /// What it showed before.
        before: Decimal,
        /// What it showed after.
        after: Decimal,
    },
    /// Another meter.
    Exchanged {
        /// The number of the old one.
        old: String,
        /// The number of the new one.
        new: String,
        /// Whether both were read at that time: otherwise the value in between is missing.
        both_read: bool,
    },
    /// Another multiplier.
    MultiplierChanged {
        /// The old one.
        old: Decimal,
        /// The new one.
        new: Decimal,
        /// Whether the register was read at that time: otherwise the value in between is missing.
        read: bool,
    },
    /// A value finer than a thousandth of a watt-hour; it is missing.
    TooFine,
    /// More findings than are listed.
    More,
}

impl FindingKind {
    /// Its name, for programs.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::KnownTotal { .. } => "known-total",
            Self::Repeated => "repeated",
            Self::Replaced => "replaced",
            Self::Conflict { .. } => "conflict",
            Self::Overlap { .. } => "overlap",
            Self::OffGrid { .. } => "off-grid",
            Self::OutOfRange { .. } => "out-of-range",
            Self::DaylightSaving { .. } => "daylight-saving",
            Self::RolledOver { .. } => "rolled-over",
            Self::Backwards { .. } => "backwards",
            Self::Exchanged { .. } => "exchanged",
            Self::MultiplierChanged { .. } => "multiplier-changed",
            Self::TooFine => "too-fine",
            Self::More => "more",
        }
    }

    /// Whether neighbours of this kind are told as one.
    fn joins(&self, other: &Self) -> bool {
        match self {
            Self::Gap | Self::Repeated | Self::Replaced | Self::TooFine => self == other,
            Self::OffGrid { .. } => self == other,
            _ => false,
        }
    }
}

/// Findings while they are collected: neighbours are joined, and there is an end to them.
#[derive(Debug, Default)]
pub(super) struct Findings {
    all: Vec<Finding>,
    more: u32,
}

impl Findings {
    pub(super) fn add(&mut self, finding: Finding) {
        if let Some(last) = self.all.last_mut()
            && last.channel == finding.channel
            && last.to == finding.from
            && last.kind.joins(&finding.kind)
        {
            last.to = finding.to;
            last.count = last.count.saturating_add(finding.count);
            return;
        }
        if self.all.len() < MAX_FINDINGS {
            self.all.push(finding);
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    /// In the order of time, then of channels.
    pub(super) fn finish(mut self) -> Vec<Finding> {
        self.all
            .sort_by_key(|finding| (finding.from, finding.channel));
        if let Some(last) = self.all.last().filter(|_| self.more > 0) {
            let more = Finding {
                channel: None,
                kind: FindingKind::More,
                from: last.to,
                to: last.to,
                count: self.more,
            };
            self.all.push(more);
        }
        self.all
    }
}
