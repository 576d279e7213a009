//! Reads CSV.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use wattkey_domain::MeteringPointId;
use wattkey_domain::usage::{Channel, Energy, Interval, Mark, Resolution};

use super::clock::WallClock;
use super::error::CsvError;
use super::line::fields;
use super::{Csv, CsvPoint, MAX_LINE_BYTES, MAX_POINTS, column};
use crate::{MAX_FILE_BYTES, MAX_READINGS, shown};

/// The delimiters, in the order in which they are looked for.
const DELIMITERS: [char; 3] = ['\t', ';', ','];

/// Reads a file. Times without an offset are in `zone`; lines are of `point` when the file has no
/// column for it.
///
/// # Errors
/// [`CsvError`], which says what is wrong and where.
pub fn read(
    bytes: &[u8],
    zone: &TimeZone,
    point: Option<&MeteringPointId>,
) -> Result<Csv, CsvError> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err(bound("size in bytes", MAX_FILE_BYTES));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut lines = Lines {
        rest: bytes,
        line: 0,
    };
    let Some(header) = lines.next_line()? else {
        return Err(CsvError::Nothing);
    };
    let columns = Columns::read(header, point)?;
    let mut points = Points::default();
    let mut clock = WallClock::new(zone);
    let mut readings = 0;
    while let Some(text) = lines.next_line()? {
        if text.trim().is_empty() {
            continue;
        }
        let row = columns.row(text, lines.line, point, &mut clock)?;
        readings += columns.energies.len();
        if readings > MAX_READINGS {
            return Err(bound("number of values", MAX_READINGS));
        }
        points.add(row)?;
    }
    let ambiguous = points.doubt(&clock);
    let points = points.finish(columns.at_end, zone)?;
    Ok(Csv {
        points,
        delimiter: columns.delimiter,
        ambiguous,
    })
}

fn bound(what: &'static str, limit: usize) -> CsvError {
    CsvError::Bound { what, limit }
}

/// The lines of a file, without their ends.
struct Lines<'a> {
    rest: &'a [u8],
    line: usize,
}

impl<'a> Lines<'a> {
    fn next_line(&mut self) -> Result<Option<&'a str>, CsvError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        self.line += 1;
        let end = self.rest.iter().position(|byte| *byte == b'\n');
        let (line, rest) = match end {
            Some(end) => (&self.rest[..end], &self.rest[end + 1..]),
            None => (self.rest, &[][..]),
        };
        self.rest = rest;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.len() > MAX_LINE_BYTES {
            return Err(bound("length of a line", MAX_LINE_BYTES));
        }
        let text = std::str::from_utf8(line);
        text.map(Some)
            .map_err(|_| CsvError::Encoding { line: self.line })
    }
}

/// Where each column is.
struct Columns {
    delimiter: char,
    count: usize,
    point: Option<usize>,
    time: usize,
    at_end: bool,
    quality: Option<usize>,
    energies: Vec<(Channel, usize)>,
}

/// A line.
struct Row {
    point: MeteringPointId,
    at: Timestamp,
    /// On the clock, where that does not say which of two instants it is.
    twice: Option<DateTime>,
    values: Vec<(Channel, Energy, Mark)>,
}

impl Columns {
    fn read(header: &str, point: Option<&MeteringPointId>) -> Result<Self, CsvError> {
        let problem = |problem: String| CsvError::Header { problem };
        let delimiter = DELIMITERS
            .into_iter()
            .find(|delimiter| header.contains(*delimiter));
        let delimiter =
            delimiter.ok_or_else(|| problem("has no delimiter: , ; or a tab".to_owned()))?;
        let names = fields(header, delimiter);
        let names = names.ok_or_else(|| problem("has a quote where none belongs".to_owned()))?;
        let known = Channel::ALL.map(column);
        for (place, name) in names.iter().enumerate() {
            let other = ["point", "start", "end", "quality"].contains(&name.as_ref());
            if !other && !known.contains(&name.as_ref()) {
                return Err(problem(format!("has `{}`", shown(name))));
            }
            if names[..place].contains(name) {
                return Err(problem(format!("has {name} twice")));
            }
        }
        let place = |wanted: &str| names.iter().position(|name| name == wanted);
        let (time, at_end) = match (place("start"), place("end")) {
            (Some(start), None) => (start, false),
            (None, Some(end)) => (end, true),
            _ => return Err(problem("has not exactly one of start and end".to_owned())),
        };
        if place("point").is_none() && point.is_none() {
            return Err(problem("has no point, and none was named".to_owned()));
        }
        let channels = Channel::ALL.into_iter();
        let energies: Vec<_> = channels
            .filter_map(|channel| Some((channel, place(column(channel))?)))
            .collect();
        if energies.is_empty() {
            return Err(problem("has no energy".to_owned()));
        }
        Ok(Self {
            delimiter,
            count: names.len(),
            point: place("point"),
            time,
            at_end,
            quality: place("quality"),
            energies,
        })
    }

    fn row(
        &self,
        text: &str,
        line: usize,
        point: Option<&MeteringPointId>,
        clock: &mut WallClock<'_>,
    ) -> Result<Row, CsvError> {
        let fields = fields(text, self.delimiter).filter(|fields| fields.len() == self.count);
        let fields = fields.ok_or(CsvError::Fields {
            line,
            columns: self.count,
        })?;
        let wrong = |column, value: &str, wanted| CsvError::Value {
            line,
            column,
            value: shown(value),
            wanted,
        };
        let point = match self.point {
            Some(place) => {
                let wanted = "write 1 to 32 characters of A-Z a-z 0-9 . -";
                fields[place]
                    .parse()
                    .map_err(|_| wrong("point", &fields[place], wanted))?
            }
            None => point.cloned().ok_or(CsvError::Nothing)?,
        };
        let time = &fields[self.time];
        let (at, twice) = clock
            .read(&point, time)
            .map_err(|wanted| wrong(if self.at_end { "end" } else { "start" }, time, wanted))?;
        let quality = self.quality.map_or("", |place| fields[place].as_ref());
        let mark = match quality {
            "" => Some(Mark::Measured),
            name => Mark::ALL.into_iter().find(|mark| mark.as_str() == name),
        };
        let wanted = "write measured, estimated, suspect or missing";
        let mark = mark.ok_or_else(|| wrong("quality", quality, wanted))?;
        let mut values = Vec::with_capacity(self.energies.len());
        for (channel, place) in &self.energies {
            let text = fields[*place].as_ref();
            if text.is_empty() {
                values.push((*channel, Energy::ZERO, Mark::Missing));
                continue;
            }
            let wanted = "write digits, a point and at most six digits more, such as 250.5";
            let energy = energy(text).ok_or_else(|| wrong(column(*channel), text, wanted))?;
            values.push((*channel, energy, mark));
        }
        Ok(Row {
            point,
            at,
            twice,
            values,
        })
    }
}

/// A plain decimal number.
fn energy(text: &str) -> Option<Energy> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    let outer = |end: Option<u8>| end.is_some_and(|byte| byte.is_ascii_digit());
    if !digits.bytes().all(plain) || !outer(digits.bytes().next()) || !outer(digits.bytes().last())
    {
        return None;
    }
    Energy::from_kwh(Decimal::from_str_exact(text).ok()?)
}

/// The lines of each metering point.
#[derive(Default)]
struct Points {
    places: HashMap<MeteringPointId, usize>,
    rows: Vec<(MeteringPointId, Vec<Row>)>,
}

impl Points {
    fn add(&mut self, row: Row) -> Result<(), CsvError> {
        let place = match self.places.get(&row.point) {
            Some(place) => *place,
            None if self.rows.len() == MAX_POINTS => {
                return Err(bound("number of metering points", MAX_POINTS));
            }
            None => {
                self.places.insert(row.point.clone(), self.rows.len());
                self.rows.push((row.point.clone(), Vec::new()));
                self.rows.len() - 1
            }
        };
        self.rows[place].1.push(row);
        Ok(())
    }

    /// Marks what came once and could have been either.
    fn doubt(&mut self, clock: &WallClock<'_>) -> u32 {
        let mut doubted = 0;
        for row in self.rows.iter_mut().flat_map(|(_, rows)| rows) {
            let once = row
                .twice
                .is_some_and(|local| clock.came_once(&row.point, local));
            if once {
                doubted += 1;
                for (_, _, mark) in &mut row.values {
                    *mark = (*mark).max(Mark::Suspect);
                }
            }
        }
        doubted
    }

    fn finish(self, at_end: bool, zone: &TimeZone) -> Result<Vec<CsvPoint>, CsvError> {
        let mut points = Vec::new();
        for (point, rows) in self.rows {
            let resolution = resolution(&rows).map_err(|seconds| CsvError::Resolution {
                point: point.clone(),
                seconds,
            })?;
            let seconds = resolution.seconds();
            let mut channels: Vec<(Channel, Vec<Interval>)> = Vec::new();
            for row in rows {
                let back = if at_end { i64::from(seconds) } else { 0 };
                let start = row.at.checked_sub(jiff::SignedDuration::from_secs(back));
                let Ok(start) = start else { continue };
                for (channel, energy, mark) in row.values {
                    let interval = Interval {
                        start,
                        seconds,
                        energy,
                        mark,
                    };
                    match channels.iter_mut().find(|(other, _)| *other == channel) {
                        Some((_, intervals)) => intervals.push(interval),
                        None => channels.push((channel, vec![interval])),
                    }
                }
            }
            points.push(CsvPoint {
                point,
                zone: zone.clone(),
                resolution,
                channels,
            });
        }
        if points.is_empty() {
            return Err(CsvError::Nothing);
        }
        Ok(points)
    }
}

/// The length of the intervals, or what there is instead: the greatest part of an hour that all
/// distances between times are multiples of. A single time is of a quarter-hour; times that are
/// never within an hour of each other say nothing.
fn resolution(rows: &[Row]) -> Result<Resolution, i64> {
    let mut times: Vec<_> = rows.iter().map(|row| row.at.as_second()).collect();
    times.sort_unstable();
    times.dedup();
    let distances = || times.windows(2).map(|pair| pair[1] - pair[0]);
    let Some(least) = distances().min() else {
        return Ok(Resolution::QUARTER);
    };
    if least > i64::from(Resolution::HOUR.seconds()) {
        return Err(least);
    }
    let common = distances().fold(0, greatest_common_divisor);
    let fits = |seconds: &u32| common % i64::from(*seconds) == 0;
    let longest = [3_600, 1_800, 900, 600, 300, 60].into_iter().find(fits);
    longest.and_then(Resolution::from_seconds).ok_or(common)
}

fn greatest_common_divisor(a: i64, b: i64) -> i64 {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}
