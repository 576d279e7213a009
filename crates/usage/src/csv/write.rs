//! Writes CSV.

use std::fmt::Write as _;

use wattkey_domain::usage::{Channel, LoadCurve, Mark};

use super::column;

/// Writes curves with a comma and LF, the beginning of each interval with its offset. A line's
/// quality is the worst of the values that are there; a missing value is empty. Intervals without any
/// value have their lines too, so that a gap is seen and the length of an interval stays known.
///
/// Reading it gives the same curves again, but that the marks of a line become one.
#[must_use]
pub fn write(curves: &[&LoadCurve]) -> String {
    let there = |channel: &Channel| {
        let has = |curve: &&LoadCurve| curve.channels().any(|other| other == *channel);
        curves.iter().any(has)
    };
    let channels: Vec<_> = Channel::ALL.into_iter().filter(there).collect();
    let mut text = String::from("point,start");
    for channel in &channels {
        text.push(',');
        text.push_str(column(*channel));
    }
    text.push_str(",quality\n");
    for curve in curves {
        lines(&mut text, curve, &channels);
    }
    text
}

fn lines(text: &mut String, curve: &LoadCurve, channels: &[Channel]) {
    for index in 0..curve.len() {
        let values = || channels.iter().map(|channel| curve.value(*channel, index));
        let there = values().filter(|value| value.mark != Mark::Missing);
        let worst = there.map(|value| value.mark).max();
        let worst = worst.unwrap_or(Mark::Missing);
        let start = curve.at(index).to_zoned(curve.zone().clone());
        let start = start.strftime("%Y-%m-%dT%H:%M:%S%:z");
        write!(text, "{},{start}", curve.point()).expect("writing to a string");
        for value in values() {
            text.push(',');
            if value.mark != Mark::Missing {
                write!(text, "{}", value.energy).expect("writing to a string");
            }
        }
        writeln!(text, ",{worst}").expect("writing to a string");
    }
}
