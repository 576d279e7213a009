//! Metering points, and readings block by block.

mod spans;

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use wattkey_domain::usage::{Channel, Mark};
use wattkey_domain::{
    AccountId, BillDocument, BillId, BillingMonth, MeteringPointId, ScheduleId, TariffId,
};

use super::ImportError;
use super::piece::Taking;
use crate::block::{self, Block};
use crate::database::Type::{Bytes, Int, Text};
use crate::database::{DatabaseError, Row, Session, Value};
use crate::engine::write::insert;
use crate::packed::pack;
use crate::record::{MeteredRecord, MeteringPoint, Readings, Record};
use spans::Spans;

/// A record and its number.
type Numbered<'a> = (usize, &'a Record);

/// What an import knows of metering points, as far as it was looked up.
#[derive(Debug, Default)]
pub(super) struct Known {
    tariffs: HashSet<TariffId>,
    schedules: HashSet<ScheduleId>,
    points: HashMap<MeteringPointId, Point>,
    /// What this import has said of each channel so far.
    said: HashMap<(MeteringPointId, Channel), Spans>,
}

#[derive(Debug, Clone)]
struct Point {
    account: AccountId,
    under: Option<MeteringPointId>,
    /// Whether others lie behind it.
    before_others: bool,
    curve: Option<Curve>,
}

/// The grid of a metering point, and from where to where there are readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Curve {
    resolution: u32,
    phase: u32,
    first: i64,
    last: i64,
}

/// What a piece of an import works on.
#[derive(Debug, Default)]
pub(super) struct Working {
    bills: HashMap<BillId, (AccountId, BillingMonth)>,
    blocks: HashMap<(MeteringPointId, i64), Kept>,
    /// Curves that changed, and whether the database has them.
    curves: HashMap<MeteringPointId, bool>,
}

#[derive(Debug)]
struct Kept {
    block: Block,
    is_there: bool,
    changed: bool,
}

/// The part of a record that lies in one block.
struct Segment {
    block: i64,
    /// Its first slot there.
    slot: usize,
    /// Its values in the record.
    values: std::ops::Range<usize>,
    /// When the first of them begins.
    second: i64,
}

/// The columns of a row that are not compared: the document itself.
pub(super) fn kept(record: &Record) -> Option<Value> {
    let bytes = match record {
        Record::Tariff(tariff) => tariff.bytes(),
        Record::Schedule(schedule) => schedule.document.bytes(),
        Record::Metered(metered) => metered.document.bytes(),
        _ => return None,
    };
    Some(pack(bytes).into())
}

fn missing((index, record): Numbered<'_>, missing: String) -> ImportError {
    let name = record.name();
    ImportError::Missing {
        index,
        name,
        missing,
    }
}

fn unfit((index, record): Numbered<'_>, field: &'static str, problem: String) -> ImportError {
    let name = record.name();
    ImportError::Unfit {
        index,
        name,
        field,
        problem,
    }
}

impl Known {
    /// Notes what others may name from now on.
    pub(super) fn add(&mut self, record: &Record) {
        match record {
            Record::Tariff(tariff) => {
                self.tariffs.insert(tariff.says().tariff.clone());
            }
            Record::Schedule(schedule) => {
                self.schedules.insert(schedule.id.clone());
            }
            Record::MeteringPoint(point) => self.add_point(point),
            _ => {}
        }
    }

    fn add_point(&mut self, point: &MeteringPoint) {
        if let Some(parent) = point.under.as_ref().and_then(|id| self.points.get_mut(id)) {
            parent.before_others = true;
        }
        match self.points.entry(point.id.clone()) {
            Entry::Occupied(mut there) => there.get_mut().under.clone_from(&point.under),
            Entry::Vacant(place) => {
                place.insert(Point {
                    account: point.account.clone(),
                    under: point.under.clone(),
                    before_others: false,
                    curve: None,
                });
            }
        }
    }

    pub(super) fn check_point(
        &self,
        at: Numbered<'_>,
        point: &MeteringPoint,
    ) -> Result<(), ImportError> {
        if !self.tariffs.contains(&point.tariff) {
            return Err(missing(at, format!("tariff {}", point.tariff)));
        }
        if let Some(schedule) = &point.schedule
            && !self.schedules.contains(schedule)
        {
            return Err(missing(at, format!("schedule {schedule}")));
        }
        let Some(under) = &point.under else {
            return Ok(());
        };
        let parent = self.points.get(under);
        let parent = parent.filter(|parent| parent.account == point.account);
        let Some(parent) = parent else {
            let name = format!("metering point {under} of account {}", point.account);
            return Err(missing(at, name));
        };
        let own = self.points.get(&point.id);
        if parent.under.is_some() || own.is_some_and(|own| own.before_others) {
            let problem = "lies behind one that lies behind another: only one is deducted";
            return Err(unfit(at, "under", problem.to_owned()));
        }
        Ok(())
    }

    fn load(&mut self, session: &mut dyn Session, records: &[Record]) -> Result<(), DatabaseError> {
        let (mut tariffs, mut schedules) = (HashSet::new(), HashSet::new());
        let mut points = HashSet::new();
        for record in records {
            match record {
                Record::MeteringPoint(point) => {
                    tariffs.insert(&point.tariff);
                    schedules.extend(&point.schedule);
                    points.insert(&point.id);
                    points.extend(&point.under);
                }
                Record::Metered(metered) => {
                    let month = metered.document.says();
                    tariffs.extend(month.points.iter().map(|point| &point.tariff));
                    points.extend(month.points.iter().map(|point| &point.point));
                }
                Record::Readings(readings) => {
                    points.insert(&readings.point);
                }
                _ => {}
            }
        }
        tariffs.retain(|id| !self.tariffs.contains(*id));
        schedules.retain(|id| !self.schedules.contains(*id));
        points.retain(|id| !self.points.contains_key(*id));
        if !tariffs.is_empty() {
            let sql = "SELECT id FROM tariffs WHERE id = ANY($1)";
            for row in session.query(sql, &[Value::texts(tariffs)])? {
                self.tariffs.insert(row.parsed(0)?);
            }
        }
        if !schedules.is_empty() {
            let sql = "SELECT id FROM schedules WHERE id = ANY($1)";
            for row in session.query(sql, &[Value::texts(schedules)])? {
                self.schedules.insert(row.parsed(0)?);
            }
        }
        if !points.is_empty() {
            self.load_points(session, &Value::texts(points))?;
        }
        Ok(())
    }

    fn load_points(&mut self, session: &mut dyn Session, ids: &Value) -> Result<(), DatabaseError> {
        let sql = "SELECT points.id, points.account, points.under,
                CASE WHEN EXISTS (SELECT 1 FROM metering_points AS others
                    WHERE others.under = points.id) THEN 1 ELSE 0 END,
                curves.resolution, curves.phase, curves.first, curves.last
            FROM metering_points AS points
            LEFT JOIN load_curves AS curves ON curves.point = points.id
            WHERE points.id = ANY($1)";
        for row in session.query(sql, std::slice::from_ref(ids))? {
            let small = |column| {
                let wrong = |error| DatabaseError::unreadable(column, error);
                u32::try_from(row.int(column)?).map_err(wrong)
            };
            let curve = if row.is_null(4) {
                None
            } else {
                Some(Curve {
                    resolution: small(4)?,
                    phase: small(5)?,
                    first: row.int(6)?,
                    last: row.int(7)?,
                })
            };
            let point = Point {
                account: row.parsed(1)?,
                under: row.optional(2, Row::parsed)?,
                before_others: row.flag(3)?,
                curve,
            };
            self.points.insert(row.parsed(0)?, point);
        }
        Ok(())
    }
}

impl Working {
    pub(super) fn load(
        &mut self,
        session: &mut dyn Session,
        known: &mut Known,
        records: &[Record],
    ) -> Result<(), DatabaseError> {
        known.load(session, records)?;
        self.load_bills(session, records)?;
        let mut wanted: HashMap<&MeteringPointId, HashSet<i64>> = HashMap::new();
        for record in records {
            if let Record::Readings(readings) = record {
                let blocks = segments(readings).map(|segment| segment.block);
                wanted.entry(&readings.point).or_default().extend(blocks);
            }
        }
        // Each point has days of its own; all questions are under way together.
        let sql = "SELECT block, body FROM readings WHERE point = $1 AND block = ANY($2)";
        let mut asked = Vec::with_capacity(wanted.len());
        for (point, blocks) in wanted {
            let Some(curve) = known.points.get(point).and_then(|point| point.curve) else {
                continue;
            };
            let blocks = Value::Ints(blocks.into_iter().collect());
            let question = session.ask(sql, vec![point.as_str().into(), blocks])?;
            asked.push((point, curve, question));
        }
        for (point, curve, question) in asked {
            for row in session.rows(question)? {
                let kept = Kept {
                    block: Block::decode(row.bytes(1)?, block::slots(curve.resolution))?,
                    is_there: true,
                    changed: false,
                };
                self.blocks.insert((point.clone(), row.int(0)?), kept);
            }
        }
        Ok(())
    }

    fn load_bills(
        &mut self,
        session: &mut dyn Session,
        records: &[Record],
    ) -> Result<(), DatabaseError> {
        let metered = records.iter().filter_map(|record| match record {
            Record::Metered(metered) => Some(metered.bill.as_str()),
            _ => None,
        });
        let bills: Vec<_> = metered.collect();
        if bills.is_empty() {
            return Ok(());
        }
        let sql = "SELECT id, account, period FROM bills WHERE id = ANY($1)";
        for row in session.query(sql, &[Value::texts(bills)])? {
            let bill = (row.parsed(1)?, row.parsed(2)?);
            self.bills.insert(row.parsed(0)?, bill);
        }
        Ok(())
    }

    /// A bill that came in this piece.
    pub(super) fn bill(&mut self, document: &BillDocument) {
        let bill = (document.account.clone(), document.period);
        self.bills.insert(document.bill.clone(), bill);
    }

    pub(super) fn check_metered(
        &self,
        known: &Known,
        at: Numbered<'_>,
        metered: &MeteredRecord,
    ) -> Result<(), ImportError> {
        let month = metered.document.says();
        let Some((account, period)) = self.bills.get(&metered.bill) else {
            return Err(missing(at, format!("bill {}", metered.bill)));
        };
        if (account, period) != (&month.account, &month.month) {
            let problem = format!(
                "is of {} of {}, the bill of {period} of {account}",
                month.month, month.account
            );
            return Err(unfit(at, "document", problem));
        }
        for point in &month.points {
            if !known.tariffs.contains(&point.tariff) {
                return Err(missing(at, format!("tariff {}", point.tariff)));
            }
            let own = known.points.get(&point.point);
            if own.is_none_or(|own| own.account != month.account) {
                let name = format!("metering point {} of account {account}", point.point);
                return Err(missing(at, name));
            }
        }
        Ok(())
    }

    /// Puts readings into their blocks, interval by interval. A record that is refused has changed
    /// nothing.
    pub(super) fn readings(
        &mut self,
        known: &mut Known,
        (index, record, readings): (usize, &Record, &Readings),
        taking: &mut Taking,
    ) -> Result<(), ImportError> {
        let at = (index, record);
        let Some(point) = known.points.get_mut(&readings.point) else {
            return Err(missing(at, format!("metering point {}", readings.point)));
        };
        let resolution = readings.resolution.seconds();
        let phase = phase(readings);
        if let Some(curve) = &point.curve {
            if curve.resolution != resolution {
                let problem = format!(
                    "is {resolution}, and the readings of this metering point are {} seconds apart: \
                     a metering point keeps its interval",
                    curve.resolution
                );
                return Err(unfit(at, "resolution", problem));
            }
            if curve.phase != phase {
                let problem = "is off the grid of the metering point's other readings".to_owned();
                return Err(unfit(at, "start", problem));
            }
        }
        let length = i64::from(resolution);
        let (mut new, mut other) = (false, false);
        for segment in segments(readings) {
            let kept = self.blocks.get(&(readings.point.clone(), segment.block));
            for (channel, energies, marks) in &readings.channels {
                let said = known.said.get(&(readings.point.clone(), *channel));
                let places = segment.values.clone().zip(segment.slot..);
                for ((place, slot), nth) in places.zip(0..) {
                    let value = (energies[place], marks[place]);
                    let there =
                        kept.map_or((0, Mark::Missing), |kept| kept.block.value(*channel, slot));
                    if value.1 == Mark::Missing || value == there {
                        continue;
                    }
                    if there.1 == Mark::Missing {
                        new = true;
                        continue;
                    }
                    other = true;
                    let second = segment.second + nth * length;
                    if said.is_some_and(|said| said.has(second)) {
                        let from = jiff::Timestamp::from_second(second).unwrap_or(readings.start);
                        let problem = format!(
                            "overlap others of this file: {channel} from {from} was said to be {}",
                            there.0
                        );
                        return Err(unfit(at, "channels", problem));
                    }
                }
            }
        }
        if other && !taking.replaces {
            let name = record.name();
            return Err(ImportError::Conflict { index, name });
        }
        for (channel, ..) in &readings.channels {
            let said = known.said.entry((readings.point.clone(), *channel));
            let (from, to) = ends(readings);
            said.or_default().add(from, to);
        }
        match (new, other) {
            (_, true) => taking.report.replaced += 1,
            (true, false) => taking.report.added += 1,
            (false, false) => {
                taking.report.unchanged += 1;
                return Ok(());
            }
        }
        let extent = self.put(readings);
        let curve = Curve {
            resolution,
            phase,
            first: extent
                .0
                .min(point.curve.map_or(i64::MAX, |curve| curve.first)),
            last: extent
                .1
                .max(point.curve.map_or(i64::MIN, |curve| curve.last)),
        };
        if point.curve != Some(curve) {
            let is_there = point.curve.is_some();
            self.curves
                .entry(readings.point.clone())
                .or_insert(is_there);
            point.curve = Some(curve);
        }
        Ok(())
    }

    /// From where to where there are values.
    fn put(&mut self, readings: &Readings) -> (i64, i64) {
        let resolution = readings.resolution.seconds();
        let mut extent = (i64::MAX, i64::MIN);
        for segment in segments(readings) {
            let key = (readings.point.clone(), segment.block);
            let kept = self.blocks.entry(key).or_insert_with(|| Kept {
                block: Block::empty(block::slots(resolution)),
                is_there: false,
                changed: false,
            });
            for (channel, energies, marks) in &readings.channels {
                let places = segment.values.clone().zip(segment.slot..);
                for ((place, slot), nth) in places.zip(0..) {
                    if marks[place] == Mark::Missing {
                        continue;
                    }
                    kept.block
                        .set(*channel, slot, (energies[place], marks[place]));
                    kept.changed = true;
                    let second = segment.second + nth * i64::from(resolution);
                    extent.0 = extent.0.min(second);
                    extent.1 = extent.1.max(second + i64::from(resolution));
                }
            }
        }
        extent
    }

    pub(super) fn write(
        &mut self,
        session: &mut dyn Session,
        known: &mut Known,
    ) -> Result<(), DatabaseError> {
        let (mut new, mut changed) = (Vec::new(), Vec::new());
        for ((point, number), kept) in &self.blocks {
            if kept.changed {
                let rows = if kept.is_there {
                    &mut changed
                } else {
                    &mut new
                };
                let body = kept.block.encode();
                rows.push(vec![point.as_str().into(), (*number).into(), body.into()]);
            }
        }
        let (keys, columns) = (&[("point", Text), ("block", Int)], &[("body", Bytes)]);
        insert(session, "readings", &[keys[0], keys[1], columns[0]], &new)?;
        if !changed.is_empty() {
            session.update_by_key("readings", keys, columns, &changed)?;
        }
        let (mut new, mut changed) = (Vec::new(), Vec::new());
        for (id, is_there) in &self.curves {
            let Some(curve) = known.points.get(id).and_then(|point| point.curve) else {
                continue;
            };
            let rows = if *is_there { &mut changed } else { &mut new };
            rows.push(vec![
                id.as_str().into(),
                curve.resolution.into(),
                curve.phase.into(),
                curve.first.into(),
                curve.last.into(),
            ]);
        }
        let columns = [
            ("point", Text),
            ("resolution", Int),
            ("phase", Int),
            ("first", Int),
            ("last", Int),
        ];
        insert(session, "load_curves", &columns, &new)?;
        if !changed.is_empty() {
            session.update_by_key("load_curves", &columns[..1], &columns[1..], &changed)?;
        }
        Ok(())
    }
}

fn phase(readings: &Readings) -> u32 {
    let length = i64::from(readings.resolution.seconds());
    let phase = readings.start.as_second().rem_euclid(length);
    u32::try_from(phase).unwrap_or(0)
}

fn ends(readings: &Readings) -> (i64, i64) {
    let start = readings.start.as_second();
    let values = i64::try_from(readings.values).unwrap_or(0);
    let length = i64::from(readings.resolution.seconds());
    (start, start + values * length)
}

/// A record of 31 days lies in two blocks at most.
fn segments(readings: &Readings) -> impl Iterator<Item = Segment> {
    let length = i64::from(readings.resolution.seconds());
    let phase = phase(readings);
    let (start, end) = ends(readings);
    let blocks = block::number(start, phase)..=block::number(end - 1, phase);
    blocks.map(move |block| {
        let begins = block::start(block, phase);
        let from = begins.max(start);
        let to = (begins + block::SECONDS).min(end);
        let index = |seconds: i64| usize::try_from(seconds / length).unwrap_or(0);
        Segment {
            block,
            slot: index(from - begins),
            values: index(from - start)..index(to - start),
            second: from,
        }
    })
}
