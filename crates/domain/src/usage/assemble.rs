//! Intervals from outside, laid onto a grid.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::MAX_VALUES;
use super::calendar;
use super::curve::{Channel, LoadCurve, Mark, Resolution, on_grid};
use super::energy::Energy;
use super::finding::{Finding, FindingKind, Findings};
use crate::MeteringPointId;

/// A value as it came from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// Its beginning.
    pub start: Timestamp,
    /// Its length in seconds.
    pub seconds: u32,
    /// Its energy.
    pub energy: Energy,
    /// What the sender says of it.
    pub mark: Mark,
}

/// The intervals make no curve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AssembleError {
    /// There is none.
    #[error("there is no value of metering point {0}")]
    Empty(MeteringPointId),
    /// From the first to the last is longer than a curve can be.
    #[error(
        "the values of metering point {point} run from {first} to {last}: that is over 2^20 \
         intervals, check the dates"
    )]
    TooLong {
        /// Which one.
        point: MeteringPointId,
        /// The first interval's beginning.
        first: Timestamp,
        /// The last one's.
        last: Timestamp,
    },
}

/// Lays intervals onto a grid, in whatever order they came, and tells what was found.
///
/// The grid is the clock's: a quarter-hour begins at 0, 15, 30 or 45 minutes past. Of two values for
/// one interval a measured one goes before an estimated one; two that say the same count once; of
/// two that contradict each other the first is kept as [`Mark::Suspect`].
///
/// # Errors
/// [`AssembleError`].
pub fn assemble(
    point: MeteringPointId,
    zone: TimeZone,
    resolution: Resolution,
    channels: Vec<(Channel, Vec<Interval>)>,
) -> Result<(LoadCurve, Vec<Finding>), AssembleError> {
    let all = || channels.iter().flat_map(|(_, intervals)| intervals);
    let length = i64::from(resolution.seconds());
    let (Some(first), Some(last)) = (
        all().map(|interval| interval.start).min(),
        all().map(|interval| interval.start).max(),
    ) else {
        return Err(AssembleError::Empty(point));
    };
    let start = on_grid(&zone, resolution, first.as_second());
    let values =
        usize::try_from((last.as_second() - start).div_euclid(length) + 1).unwrap_or(usize::MAX);
    // The calendar's very ends would leave no room for the last interval's end.
    let edge = Timestamp::from_second(last.as_second() + length).is_err()
        || Timestamp::from_second(start).is_err();
    if values > MAX_VALUES || edge {
        return Err(AssembleError::TooLong { point, first, last });
    }
    let mut curve = LoadCurve::empty(point, zone, start, resolution, values);
    let mut findings = Findings::default();
    for (channel, mut intervals) in channels {
        // Stable: of equal beginnings the first that came stays first.
        intervals.sort_by_key(|interval| interval.start);
        place(&mut curve, channel, &intervals, &mut findings);
    }
    for channel in curve.channels().collect::<Vec<_>>() {
        gaps(&curve, channel, &mut findings);
    }
    odd_days(&curve, &mut findings);
    Ok((curve, findings.finish()))
}

fn place(curve: &mut LoadCurve, channel: Channel, intervals: &[Interval], findings: &mut Findings) {
    curve.series_mut(channel);
    let length = i64::from(curve.resolution().seconds());
    let mut odd = Vec::new();
    for interval in intervals {
        let past = interval.start.as_second() - curve.start_second();
        let fits = interval.seconds == curve.resolution().seconds()
            && past.rem_euclid(length) == 0
            && interval.start.subsec_nanosecond() == 0;
        if fits {
            // Not below zero and within the grid: it was made from these intervals.
            let index = usize::try_from(past / length).unwrap_or(usize::MAX);
            settle(curve, channel, index, *interval, findings);
        } else {
            odd.push(*interval);
        }
    }
    lie_across(curve, channel, &odd, findings);
}

/// One more value for an interval of the grid.
fn settle(
    curve: &mut LoadCurve,
    channel: Channel,
    index: usize,
    interval: Interval,
    findings: &mut Findings,
) {
    let (from, to) = (curve.at(index), curve.at(index + 1));
    let mut tell = |kind| {
        findings.add(Finding {
            channel: Some(channel),
            kind,
            from,
            to,
            count: 1,
        });
    };
    let series = curve.series_mut(channel);
    let (energy, mark) = (&mut series.energies[index], &mut series.marks[index]);
    let mut new = interval;
    if new.mark == Mark::Missing {
        return;
    }
    if !new.energy.is_value() {
        tell(FindingKind::OutOfRange { energy: new.energy });
        return;
    }
    if new.energy < Energy::ZERO {
        tell(FindingKind::OutOfRange { energy: new.energy });
        new.mark = Mark::Suspect;
    }
    match (*mark, new.mark) {
        (Mark::Missing, _) => (*energy, *mark) = (new.energy, new.mark),
        (Mark::Estimated, Mark::Measured) => {
            (*energy, *mark) = (new.energy, new.mark);
            tell(FindingKind::Replaced);
        }
        (Mark::Measured, Mark::Estimated) => tell(FindingKind::Replaced),
        (_, _) if *energy == new.energy => {
            *mark = (*mark).max(new.mark);
            tell(FindingKind::Repeated);
        }
        (_, _) => {
            *mark = Mark::Suspect;
            let kept = *energy;
            let other = new.energy;
            tell(FindingKind::Conflict { kept, other });
        }
    }
}

/// Intervals that are none of the grid's. What they lie across is counted before anything is marked,
/// in one pass, so that a file of nothing but these takes no longer than another.
fn lie_across(curve: &mut LoadCurve, channel: Channel, odd: &[Interval], findings: &mut Findings) {
    if odd.is_empty() {
        return;
    }
    let length = i64::from(curve.resolution().seconds());
    let series = curve.series_mut(channel);
    let mut there = Vec::with_capacity(series.marks.len() + 1);
    there.push(0_u32);
    for mark in &series.marks {
        let before = there[there.len() - 1];
        there.push(before + u32::from(*mark != Mark::Missing));
    }
    let mut begins = vec![0_i64; there.len()];
    for interval in odd {
        let from = interval.start.as_second();
        let to = from + i64::from(interval.seconds);
        // Those that begin less than one length before it reach into it as well.
        let touched = curve.within(from - length + 1, to);
        let across = there[touched.end] > there[touched.start];
        begins[touched.start] += 1;
        begins[touched.end] -= 1;
        findings.add(Finding {
            channel: Some(channel),
            kind: if across {
                FindingKind::Overlap {
                    energy: interval.energy,
                }
            } else {
                FindingKind::OffGrid {
                    seconds: interval.seconds,
                }
            },
            from: interval.start,
            to: Timestamp::from_second(to).unwrap_or(interval.start),
            count: 1,
        });
    }
    let mut lying = 0;
    for (mark, begins) in curve.series_mut(channel).marks.iter_mut().zip(begins) {
        lying += begins;
        if lying > 0 && *mark != Mark::Missing {
            *mark = Mark::Suspect;
        }
    }
}

fn gaps(curve: &LoadCurve, channel: Channel, findings: &mut Findings) {
    let Some(series) = curve.series(channel) else {
        return;
    };
    let is_missing = |mark: &Mark| *mark == Mark::Missing;
    let mut from = 0;
    while let Some(there) = series.marks[from..].iter().position(is_missing) {
        from += there;
        let missing = series.marks[from..].iter().copied();
        let length = missing.take_while(is_missing).count();
        findings.add(Finding {
            channel: Some(channel),
            kind: FindingKind::Gap,
            from: curve.at(from),
            to: curve.at(from + length),
            count: u32::try_from(length).unwrap_or(u32::MAX),
        });
        from += length;
    }
}

/// Days that the clock's change makes shorter or longer.
fn odd_days(curve: &LoadCurve, findings: &mut Findings) {
    let (from, to) = (curve.at(0).as_second(), curve.at(curve.len()).as_second());
    for day in calendar::days(curve.zone(), from, to) {
        let seconds = day.to - day.from;
        if seconds == 86_400 {
            continue;
        }
        let intervals = seconds / i64::from(curve.resolution().seconds());
        let (Ok(start), Ok(end)) = (
            Timestamp::from_second(day.from),
            Timestamp::from_second(day.to),
        ) else {
            continue;
        };
        let intervals = u32::try_from(intervals).unwrap_or(0);
        findings.add(Finding {
            channel: None,
            kind: FindingKind::DaylightSaving {
                day: day.date,
                intervals,
            },
            from: start,
            to: end,
            count: intervals,
        });
    }
}
