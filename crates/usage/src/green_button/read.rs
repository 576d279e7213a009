//! Joins the entries of a feed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use wattkey_domain::usage::{
    Channel, Energy, Interval, Mark, MeterData, RegisterReading, Resolution, Showing,
    from_registers,
};

use super::error::ReadError;
use super::link::{Found, Index, Links};
use super::reading_type::{Flow, ReadingType};
use super::time::TimeRule;
use super::tree::{Element, Reading, entries};
use super::{GreenButton, Remark, RemarkKind, UsagePoint};

/// Reads a feed. `zone` is for usage points whose local time the feed does not tell.
///
/// # Errors
/// [`ReadError`], which says what is wrong and where.
pub fn read(bytes: &[u8], zone: &TimeZone) -> Result<GreenButton, ReadError> {
    let mut feed = Feed::default();
    entries(bytes, |entry| feed.take(entry))?;
    feed.join(zone)
}

/// A block's own beginning, and its readings.
type Block = (Option<i64>, Vec<Reading>);

#[derive(Debug, Default)]
struct Feed {
    points: Vec<Links>,
    meters: Vec<Links>,
    types: Vec<(Links, Result<ReadingType, RemarkKind>)>,
    blocks: Vec<(Links, Block)>,
    times: Vec<(Links, TimeRule)>,
    remarks: Vec<Remark>,
}

/// The intervals of one reading type at one usage point.
#[derive(Debug)]
struct Taken {
    seconds: u32,
    href: String,
    channels: Vec<(Channel, Vec<Interval>)>,
    findings: Vec<wattkey_domain::usage::Finding>,
}

impl Feed {
    fn take(&mut self, entry: Element) -> Result<(), ReadError> {
        let links = Links::of(&entry);
        for mut content in entry
            .children
            .into_iter()
            .filter(|child| child.name == "content")
        {
            for element in std::mem::take(&mut content.children) {
                match element.name {
                    "UsagePoint" => {
                        let kind = element.child("ServiceCategory");
                        let kind: Option<u8> =
                            kind.map(|kind| kind.number("kind")).transpose()?.flatten();
                        if kind.is_none_or(|kind| kind == 0) {
                            self.points.push(links.clone());
                        } else {
                            self.remark(&links.href, RemarkKind::Commodity);
                        }
                    }
                    "MeterReading" => self.meters.push(links.clone()),
                    "ReadingType" => self
                        .types
                        .push((links.clone(), ReadingType::read(&element)?)),
                    "LocalTimeParameters" | "TimeConfiguration" => {
                        self.times.push((links.clone(), TimeRule::read(&element)?));
                    }
                    "IntervalBlock" => {
                        let interval = element.child("interval");
                        let start = interval
                            .map(|interval| interval.number("start"))
                            .transpose()?;
                        self.blocks
                            .push((links.clone(), (start.flatten(), element.readings)));
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn join(mut self, zone: &TimeZone) -> Result<GreenButton, ReadError> {
        let meters = Index::new(self.meters.iter());
        let points = Index::new(self.points.iter());
        let types = Index::new(self.types.iter().map(|(links, _)| links));
        let times = Index::new(self.times.iter().map(|(links, _)| links));
        // The readings of each meter reading, in the order of the feed.
        let mut by_meter: BTreeMap<usize, Vec<Block>> = BTreeMap::new();
        for (links, block) in std::mem::take(&mut self.blocks) {
            let found = meters.above(&links);
            match found.place() {
                Some(meter) => by_meter.entry(meter).or_default().push(block),
                None => self.remark(&links.href, RemarkKind::Unlinked),
            }
            if matches!(found, Found::Only(_)) {
                self.remark(&links.href, RemarkKind::AssumedLink);
            }
        }
        let mut taken: BTreeMap<usize, Vec<Taken>> = BTreeMap::new();
        for (meter, blocks) in by_meter {
            let links = &self.meters[meter];
            let found = (points.above(links).place(), types.named(links).place());
            if let Some((point, one)) = self.meter_reading(meter, found, &blocks)? {
                taken.entry(point).or_default().push(one);
            }
        }
        let mut found = Vec::new();
        for (point, own) in taken {
            let time = times.named(&self.points[point]).place();
            found.extend(self.usage_point(point, own, time, zone)?);
        }
        if found.is_empty() {
            return Err(ReadError::Nothing {
                remarks: self.remarks,
            });
        }
        Ok(GreenButton {
            points: found,
            remarks: self.remarks,
        })
    }

    fn meter_reading(
        &mut self,
        meter: usize,
        (point, kind): (Option<usize>, Option<usize>),
        blocks: &[Block],
    ) -> Result<Option<(usize, Taken)>, ReadError> {
        let links = self.meters[meter].clone();
        let (Some(point), Some(kind)) = (point, kind) else {
            self.remark(&links.href, RemarkKind::Unlinked);
            return Ok(None);
        };
        let kind = match &self.types[kind].1 {
            Ok(kind) => kind.clone(),
            Err(why) => {
                let why = *why;
                self.remark(&links.href, why);
                return Ok(None);
            }
        };
        if let Some(remark) = kind.remark {
            self.remark(&links.href, remark);
        }
        let mut all = Vec::new();
        for (start, readings) in blocks {
            timed(*start, readings, kind.seconds, &mut all)?;
        }
        // What a reading type says of the length is only a default, and in some files wrong.
        let Some(seconds) = most_frequent(all.iter().map(|(_, seconds, _)| *seconds)) else {
            return Ok(None);
        };
        let (mut fine, mut findings) = (false, Vec::new());
        let channels = if kind.running {
            let (channel, intervals, found) = running(&kind, seconds, &all, &mut fine);
            findings = found;
            vec![(channel, intervals)]
        } else {
            deltas(&kind, &all, &mut fine)
        };
        if fine {
            self.remark(&links.href, RemarkKind::TooFine);
        }
        let taken = Taken {
            seconds,
            href: links.href,
            channels,
            findings,
        };
        Ok(Some((point, taken)))
    }

    /// A usage point with the finest of its intervals.
    fn usage_point(
        &mut self,
        index: usize,
        own: Vec<Taken>,
        time: Option<usize>,
        fallback: &TimeZone,
    ) -> Result<Option<UsagePoint>, ReadError> {
        let finest = own
            .iter()
            .filter_map(|taken| Resolution::from_seconds(taken.seconds))
            .min();
        let links = self.points[index].clone();
        let mut channels: Vec<(Channel, Vec<Interval>)> = Vec::new();
        let mut findings = Vec::new();
        for one in own {
            if Resolution::from_seconds(one.seconds) != finest || finest.is_none() {
                self.remark(&one.href, RemarkKind::IntervalLength);
                continue;
            }
            findings.extend(one.findings);
            for (channel, intervals) in one.channels {
                match channels.iter_mut().find(|(other, _)| *other == channel) {
                    Some((_, all)) => all.extend(intervals),
                    None => channels.push((channel, intervals)),
                }
            }
        }
        let any = channels.iter().any(|(_, intervals)| !intervals.is_empty());
        let Some(resolution) = finest.filter(|_| any) else {
            return Ok(None);
        };
        let zone = match time {
            Some(place) => self.times[place].1.zone()?,
            None => {
                self.remark(&links.href, RemarkKind::AssumedZone);
                fallback.clone()
            }
        };
        channels.sort_by_key(|(channel, _)| *channel);
        Ok(Some(UsagePoint {
            href: links.href,
            title: links.title,
            zone,
            resolution,
            channels,
            findings,
        }))
    }

    fn remark(&mut self, href: &str, what: RemarkKind) {
        let remark = Remark {
            href: href.to_owned(),
            what,
        };
        // Blocks of one meter reading say the same.
        if self.remarks.last() != Some(&remark) {
            self.remarks.push(remark);
        }
    }
}

/// Readings with their times: without one of its own a reading follows the one before.
fn timed(
    start: Option<i64>,
    readings: &[Reading],
    seconds: Option<u32>,
    all: &mut Vec<(i64, u32, Reading)>,
) -> Result<(), ReadError> {
    let missing = |element| ReadError::Missing {
        parent: "timePeriod",
        element,
    };
    let mut next = start;
    for reading in readings {
        let start = reading.start.or(next).ok_or_else(|| missing("start"))?;
        let length = reading.duration.filter(|seconds| *seconds > 0).or(seconds);
        let length = length.ok_or_else(|| missing("duration"))?;
        next = start.checked_add(i64::from(length));
        all.push((start, length, *reading));
    }
    Ok(())
}

fn deltas(
    kind: &ReadingType,
    all: &[(i64, u32, Reading)],
    fine: &mut bool,
) -> Vec<(Channel, Vec<Interval>)> {
    let mut first = Vec::with_capacity(all.len());
    let mut second = Vec::new();
    for (start, seconds, reading) in all {
        let (Some(value), Ok(start)) = (reading.value, Timestamp::from_second(*start)) else {
            continue;
        };
        let Some(energy) = kind.energy(value) else {
            *fine = true;
            continue;
        };
        let interval = |energy| Interval {
            start,
            seconds: *seconds,
            energy,
            mark: kind.mark(reading.quality),
        };
        match kind.flow {
            Flow::One(_) => first.push(interval(energy)),
            Flow::Net(..) => {
                first.push(interval(energy.max(Energy::ZERO)));
                second.push(interval((Energy::ZERO - energy).max(Energy::ZERO)));
            }
        }
    }
    match kind.flow {
        Flow::One(channel) => vec![(channel, first)],
        Flow::Net(import, export) => vec![(import, first), (export, second)],
    }
}

/// The differences of a register that runs on. A reading is what it showed at the end of its
/// interval.
fn running(
    kind: &ReadingType,
    seconds: u32,
    all: &[(i64, u32, Reading)],
    fine: &mut bool,
) -> (Channel, Vec<Interval>, Vec<wattkey_domain::usage::Finding>) {
    let (Flow::One(channel) | Flow::Net(channel, _)) = kind.flow;
    let mut readings = Vec::with_capacity(all.len());
    for (start, length, reading) in all {
        let at = start
            .checked_add(i64::from(*length))
            .map(Timestamp::from_second);
        let (Some(Ok(at)), Some(value)) = (at, reading.value) else {
            continue;
        };
        match kind.energy(value) {
            Some(energy) => readings.push(RegisterReading {
                at,
                value: energy.kwh(),
                mark: kind.mark(reading.quality),
            }),
            None => *fine = true,
        }
    }
    readings.sort_by_key(|reading| reading.at);
    readings.retain(|reading| reading.mark != Mark::Missing);
    let meter = MeterData {
        meter: String::new(),
        multiplier: Decimal::ONE,
        digits: 0,
    };
    let (intervals, findings) = from_registers(channel, seconds, &[Showing { meter, readings }]);
    (channel, intervals, findings)
}

fn most_frequent(lengths: impl Iterator<Item = u32>) -> Option<u32> {
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    for length in lengths {
        *counts.entry(length).or_default() += 1;
    }
    counts
        .into_iter()
        .max_by_key(|(length, count)| (*count, std::cmp::Reverse(*length)))
        .map(|(length, _)| length)
}
