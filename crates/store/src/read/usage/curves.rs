//! Readings as load curves: of many metering points in one question.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use wattkey_domain::usage::{Channel, Energy, LoadCurve, MAX_VALUES, Mark};
use wattkey_domain::{CustomerId, MeteringPointId};

use super::{CurveEnds, MeteringPointRow, point};
use crate::StoreError;
use crate::block;
use crate::database::{DatabaseError, Session, Value};

/// The most values of an answer, in all its curves and channels: some 40 MB.
const MAX_TOGETHER: usize = MAX_VALUES * Channel::ALL.len();

/// A metering point with its readings between two times; no curve without any.
pub(crate) fn readings(
    session: &mut dyn Session,
    customer: CustomerId,
    id: &MeteringPointId,
    zone: &TimeZone,
    span: (Timestamp, Timestamp),
) -> Result<Option<(MeteringPointRow, Option<LoadCurve>)>, StoreError> {
    let Some(row) = point(session, customer, id)? else {
        return Ok(None);
    };
    let rows = std::slice::from_ref(&row);
    let curve = load_curves(session, rows, zone, span, &Channel::ALL)?.pop();
    Ok(Some((row, curve.flatten())))
}

/// The curves of the first of `rows`, as many as [`MAX_TOGETHER`] has room for and at least one; none
/// for a point without readings between the two times.
pub(crate) fn load_curves(
    session: &mut dyn Session,
    rows: &[MeteringPointRow],
    zone: &TimeZone,
    span: (Timestamp, Timestamp),
    wanted: &[Channel],
) -> Result<Vec<Option<LoadCurve>>, StoreError> {
    let mut found = Vec::new();
    let mut values = 0;
    for row in rows {
        let grid = row.curve.as_ref().map(|ends| Grid::new(ends, span));
        let grid = grid.transpose()?.flatten();
        values += grid.as_ref().map_or(0, |grid| grid.values * wanted.len());
        if values > MAX_TOGETHER && !found.is_empty() {
            break;
        }
        found.push(grid.map(Gathered::new));
    }
    let mut places: BTreeMap<&str, &mut Gathered> = BTreeMap::new();
    for (row, gathered) in rows.iter().zip(&mut found) {
        if let Some(gathered) = gathered {
            places.insert(row.point.id.as_str(), gathered);
        }
    }
    let blocks = places.values().map(|gathered| gathered.grid.blocks());
    let blocks = blocks.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
    if let Some((first, last)) = blocks {
        let sql = "SELECT point, block, body FROM readings
            WHERE point = ANY($1) AND block >= $2 AND block <= $3";
        let params = [Value::texts(places.keys()), first.into(), last.into()];
        let mut scratch = Scratch::default();
        // A row at a time: together the blocks would be as large as what is made of them.
        session.for_each(
            sql,
            &params,
            &mut |row| match places.get_mut(row.text(0)?) {
                Some(gathered) => gathered.take((row.int(1)?, row.bytes(2)?), wanted, &mut scratch),
                None => Ok(()),
            },
        )?;
    }
    let curves = rows.iter().zip(found).map(|(row, gathered)| {
        let curve = gathered.map(|gathered| gathered.curve(&row.point.id, zone));
        Ok(curve.transpose()?.flatten())
    });
    curves.collect()
}

/// Which intervals of a metering point are asked for.
#[derive(Debug)]
struct Grid {
    ends: CurveEnds,
    from: i64,
    to: i64,
    values: usize,
}

/// What has been read of a metering point.
#[derive(Debug)]
struct Gathered {
    grid: Grid,
    channels: Vec<(Channel, Vec<Energy>, Vec<Mark>)>,
}

/// A channel of a block, unpacked.
#[derive(Debug, Default)]
struct Scratch {
    energies: Vec<Energy>,
    marks: Vec<Mark>,
}

impl Grid {
    /// None when there is nothing between the two times.
    fn new(
        ends: &CurveEnds,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Option<Self>, DatabaseError> {
        let length = i64::from(ends.resolution.seconds());
        let phase = i64::from(ends.phase);
        // The first interval that begins within.
        let up = |second: i64| (second - phase + length - 1).div_euclid(length) * length + phase;
        let from = up(from.max(ends.first).as_second());
        let to = up(to.min(ends.last).as_second());
        if from >= to {
            return Ok(None);
        }
        let values = usize::try_from((to - from) / length).ok();
        let values = values.filter(|values| *values <= MAX_VALUES);
        let too_long = || DatabaseError::Other("more readings than a load curve has".into());
        Ok(Some(Self {
            ends: *ends,
            from,
            to,
            values: values.ok_or_else(too_long)?,
        }))
    }

    /// The first and the last block.
    fn blocks(&self) -> (i64, i64) {
        let number = |second| block::number(second, self.ends.phase);
        (number(self.from), number(self.to - 1))
    }
}

impl Gathered {
    fn new(grid: Grid) -> Self {
        let channels = Vec::new();
        Self { grid, channels }
    }

    /// Puts a block in its place.
    fn take(
        &mut self,
        (number, body): (i64, &[u8]),
        wanted: &[Channel],
        scratch: &mut Scratch,
    ) -> Result<(), DatabaseError> {
        let Grid { ends, from, to, .. } = self.grid;
        let begins = block::start(number, ends.phase);
        let (first, last) = (from.max(begins), to.min(begins + block::SECONDS));
        if first >= last {
            return Ok(());
        }
        // Where the block lies in the curve, and which part of it.
        let length = i64::from(ends.resolution.seconds());
        let index = |seconds: i64| usize::try_from(seconds / length).unwrap_or(0);
        let (here, there) = (index(first - begins), index(first - from));
        let values = index(last - first);
        let slots = block::slots(ends.resolution.seconds());
        scratch.marks.resize(slots, Mark::Missing);
        for channel in block::channels(body)? {
            if !wanted.contains(&channel) {
                continue;
            }
            scratch.energies.clear();
            scratch.energies.resize(slots, Energy::ZERO);
            let (energies, marks) = (&mut scratch.energies, &mut scratch.marks);
            block::decode_channel(body, channel, energies, marks)?;
            let (own, known) = self.channel(channel);
            own[there..there + values].copy_from_slice(&energies[here..here + values]);
            known[there..there + values].copy_from_slice(&marks[here..here + values]);
        }
        Ok(())
    }

    /// The values of a channel, all missing when it is new.
    fn channel(&mut self, channel: Channel) -> (&mut [Energy], &mut [Mark]) {
        let place = self.channels.iter().position(|(own, ..)| *own == channel);
        let place = place.unwrap_or_else(|| {
            let values = self.grid.values;
            let empty = (vec![Energy::ZERO; values], vec![Mark::Missing; values]);
            self.channels.push((channel, empty.0, empty.1));
            self.channels.len() - 1
        });
        let (_, energies, marks) = &mut self.channels[place];
        (energies, marks)
    }

    fn curve(
        self,
        id: &MeteringPointId,
        zone: &TimeZone,
    ) -> Result<Option<LoadCurve>, DatabaseError> {
        if self.channels.is_empty() {
            return Ok(None);
        }
        let Grid { ends, from, .. } = self.grid;
        let start = Timestamp::from_second(from);
        let start = start.map_err(|error| DatabaseError::unreadable(0, error))?;
        let (zone, resolution) = (zone.clone(), ends.resolution);
        let curve = LoadCurve::from_values(id.clone(), zone, start, resolution, self.channels);
        let wrong = || DatabaseError::unreadable(2, "a reading is out of bounds");
        curve.ok_or_else(wrong).map(Some)
    }
}
