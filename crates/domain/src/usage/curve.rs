use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::MAX_VALUES;
use super::assemble::Interval;
use super::calendar::offset_seconds;
use super::energy::Energy;
use crate::MeteringPointId;

/// What a channel counts. Directions are the customer's: import is drawn, export is given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// Active energy drawn, kWh.
    ActiveImport,
    /// Active energy given back, kWh.
    ActiveExport,
    /// Reactive energy drawn (lagging), kvarh.
    ReactiveImport,
    /// Reactive energy given back (leading), kvarh.
    ReactiveExport,
}

/// What is known of a value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Mark {
    /// Read from a meter.
    Measured,
    /// Put in by somebody who said so.
    Estimated,
    /// Contradicted by another value, or doubted by who sent it.
    Suspect,
    /// Not there; its energy is zero and means nothing.
    #[default]
    Missing,
}

/// An energy and what is known of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Value {
    /// How much; zero when missing.
    pub energy: Energy,
    /// What is known of it.
    pub mark: Mark,
}

/// The length of an interval: a whole part of an hour, at least a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resolution(u32);

/// The values of one metering point on a grid of equal intervals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadCurve {
    point: MeteringPointId,
    zone: TimeZone,
    start: i64,
    resolution: Resolution,
    /// Of all channels that are there.
    values: usize,
    channels: [Option<Series>; 4],
}

/// Energies and marks apart, so that summing is fast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Series {
    pub(super) energies: Vec<Energy>,
    pub(super) marks: Vec<Mark>,
}

impl Channel {
    /// All of them, in the order of files.
    pub const ALL: [Self; 4] = [
        Self::ActiveImport,
        Self::ActiveExport,
        Self::ReactiveImport,
        Self::ReactiveExport,
    ];

    /// Its name, for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ActiveImport => "active-import",
            Self::ActiveExport => "active-export",
            Self::ReactiveImport => "reactive-import",
            Self::ReactiveExport => "reactive-export",
        }
    }
}

impl Mark {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Measured,
        Self::Estimated,
        Self::Suspect,
        Self::Missing,
    ];

    /// Its name, for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Estimated => "estimated",
            Self::Suspect => "suspect",
            Self::Missing => "missing",
        }
    }
}

impl Value {
    /// A value that is not there.
    pub const MISSING: Self = Self {
        energy: Energy::ZERO,
        mark: Mark::Missing,
    };
}

impl Resolution {
    /// A quarter-hour.
    pub const QUARTER: Self = Self(900);
    /// An hour.
    pub const HOUR: Self = Self(3_600);

    /// From seconds: 60, 300, 600, 900, 1800 or 3600.
    #[must_use]
    pub const fn from_seconds(seconds: u32) -> Option<Self> {
        match seconds {
            60 | 300 | 600 | 900 | 1_800 | 3_600 => Some(Self(seconds)),
            _ => None,
        }
    }

    /// In seconds.
    #[must_use]
    pub const fn seconds(self) -> u32 {
        self.0
    }
}

impl LoadCurve {
    /// A curve with nothing in it but its grid; `start` has been put on the grid.
    pub(super) fn empty(
        point: MeteringPointId,
        zone: TimeZone,
        start: i64,
        resolution: Resolution,
        values: usize,
    ) -> Self {
        Self {
            point,
            zone,
            start,
            resolution,
            values,
            channels: [const { None }; 4],
        }
    }

    /// A curve of values that lie on a grid already, such as those of a database: of each channel
    /// energies and marks from `start` on. `None` when they are not all of one length, too many, or
    /// more than a value can be.
    #[must_use]
    pub fn from_values(
        point: MeteringPointId,
        zone: TimeZone,
        start: Timestamp,
        resolution: Resolution,
        channels: Vec<(Channel, Vec<Energy>, Vec<Mark>)>,
    ) -> Option<Self> {
        let values = channels
            .first()
            .map_or(0, |(_, energies, _)| energies.len());
        let seconds = i64::try_from(values).ok()? * i64::from(resolution.0);
        let fits = |(_, energies, marks): &(Channel, Vec<Energy>, Vec<Mark>)| {
            energies.len() == values
                && marks.len() == values
                && energies.iter().all(|energy| energy.is_value())
        };
        Timestamp::from_second(start.as_second().checked_add(seconds)?).ok()?;
        if values > MAX_VALUES || start.subsec_nanosecond() != 0 || !channels.iter().all(fits) {
            return None;
        }
        let mut curve = Self::empty(point, zone, start.as_second(), resolution, values);
        for (channel, energies, marks) in channels {
            curve.channels[channel as usize] = Some(Series { energies, marks });
        }
        Some(curve)
    }

    /// The metering point.
    #[must_use]
    pub fn point(&self) -> &MeteringPointId {
        &self.point
    }

    /// Where its days begin.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The length of its intervals.
    #[must_use]
    pub fn resolution(&self) -> Resolution {
        self.resolution
    }

    /// How many intervals the grid has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values
    }

    /// Whether the grid has no interval.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values == 0
    }

    /// The beginning of interval `index`; past the last one, its end.
    ///
    /// # Panics
    /// When `index` is past the end of the grid.
    #[must_use]
    pub fn at(&self, index: usize) -> Timestamp {
        assert!(index <= self.values, "interval {index} of {}", self.values);
        let index = i64::try_from(index).expect("a grid has at most 2^20 intervals");
        let second = self.start + index * i64::from(self.resolution.0);
        Timestamp::from_second(second).expect("the grid was checked when it was made")
    }

    /// The channels that are there.
    pub fn channels(&self) -> impl Iterator<Item = Channel> + '_ {
        Channel::ALL
            .into_iter()
            .filter(|channel| self.series(*channel).is_some())
    }

    /// The value of interval `index`; missing when the channel or the interval is not there.
    #[must_use]
    pub fn value(&self, channel: Channel, index: usize) -> Value {
        match self.series(channel) {
            Some(series) if index < series.marks.len() => Value {
                energy: series.energies[index],
                mark: series.marks[index],
            },
            _ => Value::MISSING,
        }
    }

    /// The values of a channel that are there, as they could be assembled again: together with those
    /// of another file, say.
    pub fn intervals(&self, channel: Channel) -> impl Iterator<Item = Interval> + '_ {
        (0..self.values).filter_map(move |index| {
            let value = self.value(channel, index);
            (value.mark != Mark::Missing).then(|| Interval {
                start: self.at(index),
                seconds: self.resolution.0,
                energy: value.energy,
                mark: value.mark,
            })
        })
    }

    pub(super) fn start_second(&self) -> i64 {
        self.start
    }

    pub(super) fn series(&self, channel: Channel) -> Option<&Series> {
        self.channels[channel as usize].as_ref()
    }

    /// The channel's series, all missing when it is new.
    pub(super) fn series_mut(&mut self, channel: Channel) -> &mut Series {
        let values = self.values;
        self.channels[channel as usize].get_or_insert_with(|| Series {
            energies: vec![Energy::ZERO; values],
            marks: vec![Mark::Missing; values],
        })
    }

    /// The intervals that begin within seconds `from` to before `to`, as far as the grid has them.
    pub(super) fn within(&self, from: i64, to: i64) -> std::ops::Range<usize> {
        let place = |second: i64| {
            let length = i64::from(self.resolution.0);
            let past = second - self.start;
            let place = past.div_euclid(length) + i64::from(past.rem_euclid(length) > 0);
            usize::try_from(place).unwrap_or(0).min(self.values)
        };
        let from = place(from);
        from..place(to).max(from)
    }
}

/// The second on the clock's grid at or before `second`: a window of a quarter-hour begins at a
/// quarter past on the clock, whatever the zone's offset.
pub(super) fn on_grid(zone: &TimeZone, resolution: Resolution, second: i64) -> i64 {
    let offset = offset_seconds(zone, second);
    second - (second + offset).rem_euclid(i64::from(resolution.0))
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
