//! Load curves as records of import files (`PROTOCOL.md` section 16), one line for each civil day.
//!
//! A record holds whole watt-hours: what is finer is refused, for a rounded sum is another sum.

use std::fmt::Write as _;

use wattkey_domain::usage::{Channel, LoadCurve, Mark, Step};

/// A watt-hour in thousandths.
const MILLI: i64 = 1_000;

/// A curve cannot be written as records.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordsError {
    /// A value has a part of a watt-hour.
    #[error("{channel} from {at} is {energy} kWh: records hold whole watt-hours")]
    TooFine {
        /// Of which channel.
        channel: Channel,
        /// When it begins.
        at: jiff::Timestamp,
        /// How much it is, in kWh.
        energy: String,
    },
    /// A value is below zero.
    #[error("{channel} from {at} is {energy} kWh, below zero")]
    Negative {
        /// Of which channel.
        channel: Channel,
        /// When it begins.
        at: jiff::Timestamp,
        /// How much it is, in kWh.
        energy: String,
    },
}

/// The lines of a curve, one for each day that has a value, without the line ends.
///
/// # Errors
/// [`RecordsError`].
pub fn records(curve: &LoadCurve) -> Result<Vec<String>, RecordsError> {
    let mut lines = Vec::new();
    let mut first = 0;
    for day in curve.totals(Step::Day) {
        let end = (first..curve.len())
            .find(|index| curve.at(*index) >= day.to)
            .unwrap_or(curve.len());
        lines.extend(record(curve, first..end)?);
        first = end;
    }
    Ok(lines)
}

/// A day; nothing when nothing of it is there.
fn record(curve: &LoadCurve, span: std::ops::Range<usize>) -> Result<Option<String>, RecordsError> {
    let is_there = |channel: &Channel| {
        let mut values = span.clone().map(|index| curve.value(*channel, index));
        values.any(|value| value.mark != Mark::Missing)
    };
    let channels: Vec<_> = curve.channels().filter(is_there).collect();
    if channels.is_empty() {
        return Ok(None);
    }
    let start = curve.at(span.start).to_zoned(curve.zone().clone());
    let start = start.strftime("%Y-%m-%dT%H:%M:%S%:z");
    let (point, resolution) = (curve.point(), curve.resolution().seconds());
    let mut line = format!(
        r#"{{"type":"readings","point":"{point}","start":"{start}","resolution":{resolution},"channels":{{"#
    );
    for (place, channel) in channels.iter().enumerate() {
        let comma = if place == 0 { "" } else { "," };
        write!(line, r#"{comma}"{channel}":["#).expect("writing to a string");
        for index in span.clone() {
            if index > span.start {
                line.push(',');
            }
            match watt_hours(curve, *channel, index)? {
                None => line.push_str("null"),
                Some(value) => write!(line, "{value}").expect("writing to a string"),
            }
        }
        line.push(']');
    }
    line.push('}');
    marks(&mut line, curve, &channels, span);
    line.push('}');
    Ok(Some(line))
}

fn watt_hours(
    curve: &LoadCurve,
    channel: Channel,
    index: usize,
) -> Result<Option<i64>, RecordsError> {
    let value = curve.value(channel, index);
    if value.mark == Mark::Missing {
        return Ok(None);
    }
    let milli = value.energy.milli();
    let (at, energy) = (curve.at(index), value.energy.to_string());
    if milli < 0 {
        return Err(RecordsError::Negative {
            channel,
            at,
            energy,
        });
    }
    if milli % MILLI != 0 {
        return Err(RecordsError::TooFine {
            channel,
            at,
            energy,
        });
    }
    Ok(Some(milli / MILLI))
}

fn marks(line: &mut String, curve: &LoadCurve, channels: &[Channel], span: std::ops::Range<usize>) {
    let mut found = Vec::new();
    for channel in channels {
        let marks: Vec<_> = span
            .clone()
            .map(|index| curve.value(*channel, index).mark)
            .collect();
        let mut from = 0;
        for run in marks.chunk_by(|a, b| a == b) {
            if matches!(run[0], Mark::Estimated | Mark::Suspect) {
                let (count, mark) = (run.len(), run[0]);
                found.push(format!(
                    r#"{{"channel":"{channel}","from":{from},"count":{count},"mark":"{mark}"}}"#
                ));
            }
            from += run.len();
        }
    }
    if !found.is_empty() {
        write!(line, r#","marks":[{}]"#, found.join(",")).expect("writing to a string");
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    fn curve(file: &str, zone: &str) -> LoadCurve {
        let zone = TimeZone::get(zone).unwrap();
        let point = "P-1".parse().unwrap();
        let read = crate::csv::read(file.as_bytes(), &zone, Some(&point)).unwrap();
        let point = read.points.into_iter().next().unwrap();
        point.assemble().unwrap().0
    }

    #[test]
    fn a_line_for_each_day_with_marks_and_gaps() {
        let file = "start,active_import_kwh,reactive_import_kvarh,quality\n\
                    2026-08-01T23:30:00+08:00,0.25,0.125,measured\n\
                    2026-08-01T23:45:00+08:00,1,,estimated\n\
                    2026-08-02T00:00:00+08:00,2,,suspect\n\
                    2026-08-02T00:30:00+08:00,3,,\n\
                    2026-08-04T00:00:00+08:00,4,,\n";
        let lines = records(&curve(file, "Asia/Shanghai")).unwrap();
        assert_eq!(
            lines,
            [
                r#"{"type":"readings","point":"P-1","start":"2026-08-01T23:30:00+08:00","resolution":900,"channels":{"active-import":[250,1000],"reactive-import":[125,null]},"marks":[{"channel":"active-import","from":1,"count":1,"mark":"estimated"}]}"#.to_owned(),
                format!(
                    r#"{{"type":"readings","point":"P-1","start":"2026-08-02T00:00:00+08:00","resolution":900,"channels":{{"active-import":[2000,null,3000{}]}},"marks":[{{"channel":"active-import","from":0,"count":1,"mark":"suspect"}}]}}"#,
                    ",null".repeat(93)
                ),
                r#"{"type":"readings","point":"P-1","start":"2026-08-04T00:00:00+08:00","resolution":900,"channels":{"active-import":[4000]}}"#.to_owned(),
            ]
        );
    }

    #[test]
    fn days_of_daylight_saving_are_as_long_as_they_are() {
        let mut file = "start,active_import_kwh\n".to_owned();
        let mut at: jiff::Timestamp = "2026-10-31T04:00:00Z".parse().unwrap();
        for _ in 0..(24 + 25 + 24) {
            writeln!(file, "{at},1").unwrap();
            at += jiff::SignedDuration::from_hours(1);
        }
        let lines = records(&curve(&file, "America/New_York")).unwrap();
        let counts = lines.iter().map(|line| line.matches("1000").count());
        assert_eq!(counts.collect::<Vec<_>>(), [24, 25, 24]);
        assert!(
            lines[1].contains("2026-11-01T00:00:00-04:00"),
            "{}",
            lines[1]
        );
    }

    #[test]
    fn what_is_finer_than_a_watt_hour_is_refused() {
        let error = records(&curve(
            "start,active_import_kwh\n2026-08-01T00:00:00Z,0.0005\n2026-08-01T00:15:00Z,1\n",
            "UTC",
        ));
        assert!(error.unwrap_err().to_string().contains("whole watt-hours"));
    }
}
