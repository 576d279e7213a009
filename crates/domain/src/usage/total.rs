//! Sums by hour, day and month.

use jiff::Timestamp;
use jiff::civil::Date;

use super::calendar::{self, Span};
use super::curve::{Channel, LoadCurve, Mark};
use super::energy::Energy;
use crate::tariff::PowerFactor;

/// What is summed to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing: each interval by itself.
    Raw,
    /// An hour of the clock.
    Hour,
    /// A day.
    Day,
    /// A month.
    Month,
}

/// How many of the intervals of a span were there, and how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Read from a meter.
    pub measured: u32,
    /// Estimated.
    pub estimated: u32,
    /// Counted, but doubtful.
    pub suspect: u32,
    /// Not there, and not counted.
    pub missing: u32,
}

/// The sum of a span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total {
    /// The day it begins on; of a month, its first.
    pub date: Date,
    /// Its beginning.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
    /// For each channel, what is there: nothing when the curve lacks the channel.
    channels: [Option<(Energy, Coverage)>; 4],
}

impl Coverage {
    /// How many intervals the span has.
    #[must_use]
    pub const fn expected(&self) -> u32 {
        self.measured + self.estimated + self.suspect + self.missing
    }

    /// Whether every interval was read from a meter.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.estimated == 0 && self.suspect == 0 && self.missing == 0
    }

    pub(super) fn count(&mut self, mark: Mark, intervals: u32) {
        *match mark {
            Mark::Measured => &mut self.measured,
            Mark::Estimated => &mut self.estimated,
            Mark::Suspect => &mut self.suspect,
            Mark::Missing => &mut self.missing,
        } += intervals;
    }
}

impl Total {
    /// The energy of a channel; zero when the curve lacks it.
    #[must_use]
    pub fn energy(&self, channel: Channel) -> Energy {
        self.channels[channel as usize].map_or(Energy::ZERO, |(energy, _)| energy)
    }

    /// What the sum of a channel rests on; `None` when the curve lacks it.
    #[must_use]
    pub fn coverage(&self, channel: Channel) -> Option<Coverage> {
        self.channels[channel as usize].map(|(_, coverage)| coverage)
    }

    /// |import| + |export| of reactive energy, as the power-factor adjustment takes it.
    #[must_use]
    pub fn reactive(&self) -> Energy {
        self.energy(Channel::ReactiveImport) + self.energy(Channel::ReactiveExport)
    }

    /// The power factor of the span, from whole kWh and kvarh; `None` without active energy or
    /// without any reactive channel.
    #[must_use]
    pub fn power_factor(&self) -> Option<PowerFactor> {
        let reactive = self.coverage(Channel::ReactiveImport).is_some()
            || self.coverage(Channel::ReactiveExport).is_some();
        let active = self.energy(Channel::ActiveImport).kwh();
        reactive.then(|| PowerFactor::of(active, self.reactive().kwh()))?
    }
}

impl LoadCurve {
    /// Sums by `step`, over whole hours, days or months of the curve's zone: intervals of the first
    /// and last one that the curve does not reach count as missing.
    ///
    /// An interval belongs where it begins.
    #[must_use]
    pub fn totals(&self, step: Step) -> Vec<Total> {
        let (from, to) = self.ends();
        let spans = match step {
            Step::Raw => self.raw(),
            Step::Hour => calendar::days(self.zone(), from, to)
                .into_iter()
                .flat_map(|day| calendar::hours(self.zone(), day))
                .filter(|hour| hour.from < to && hour.to > from)
                .collect(),
            Step::Day => calendar::days(self.zone(), from, to),
            Step::Month => calendar::months(self.zone(), from, to),
        };
        spans
            .into_iter()
            .filter_map(|span| self.total(span))
            .collect()
    }

    /// The sum from one day to before another.
    #[must_use]
    pub fn between(&self, from: Date, to: Date) -> Option<Total> {
        self.total(Span {
            date: from,
            from: calendar::start_of(self.zone(), from)?,
            to: calendar::start_of(self.zone(), to)?,
        })
    }

    pub(super) fn ends(&self) -> (i64, i64) {
        if self.is_empty() {
            return (0, 0);
        }
        (self.at(0).as_second(), self.at(self.len()).as_second())
    }

    fn raw(&self) -> Vec<Span> {
        let place = |index| self.at(index).as_second();
        (0..self.len())
            .filter_map(|index| {
                Some(Span {
                    date: calendar::date_of(self.zone(), place(index))?,
                    from: place(index),
                    to: place(index + 1),
                })
            })
            .collect()
    }

    fn total(&self, span: Span) -> Option<Total> {
        let within = self.within(span.from, span.to);
        let reached = u32::try_from(within.len()).ok()?;
        let expected = self.expected(span);
        let mut channels = [None; 4];
        for channel in Channel::ALL {
            let Some(series) = self.series(channel) else {
                continue;
            };
            let energy = series.energies[within.clone()].iter().copied().sum();
            let mut coverage = Coverage::default();
            // Most spans are measured throughout, which one comparison of bytes can see.
            for mark in Mark::ALL {
                let marks = series.marks[within.clone()].iter();
                let count = marks.filter(|other| **other == mark).count();
                coverage.count(mark, u32::try_from(count).ok()?);
            }
            coverage.count(Mark::Missing, expected.saturating_sub(reached));
            channels[channel as usize] = Some((energy, coverage));
        }
        Some(Total {
            date: span.date,
            from: Timestamp::from_second(span.from).ok()?,
            to: Timestamp::from_second(span.to).ok()?,
            channels,
        })
    }

    /// How many intervals of this grid begin within a span, were it long enough.
    pub(super) fn expected(&self, span: Span) -> u32 {
        let length = i64::from(self.resolution().seconds());
        let before = |second: i64| (second - self.start_second() + length - 1).div_euclid(length);
        u32::try_from(before(span.to) - before(span.from)).unwrap_or(0)
    }
}
