//! Lines of a file, counted as they are written.

use std::{collections::BTreeMap, fmt::Write as _};

use anyhow::{Context as _, Result};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use jiff::civil::{Date, Time};
use serde_json::{Value, json};
use wattkey_domain::MeteringPointId;
use wattkey_domain::usage::{Channel, LoadCurve};

use crate::sample::CURRENCY;

/// The channels that the sample's meters have.
const CHANNELS: [Channel; 3] = [
    Channel::ActiveImport,
    Channel::ReactiveImport,
    Channel::ReactiveExport,
];
/// Thousandths of a watt-hour in one.
const MILLI: i64 = 1_000;

/// Records as lines, with what their header says of them.
#[derive(Debug, Default)]
pub struct Records {
    /// The lines.
    pub text: String,
    /// By type: how many, and what they come to in minor units, where they are money.
    pub totals: BTreeMap<String, (u64, Option<i64>)>,
}

impl Records {
    /// Adds a record that is no money.
    pub fn push(&mut self, record: &Value) {
        self.line(record["type"].as_str().unwrap_or_default(), None);
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "{record}");
    }

    /// Adds a record of money: what it comes to in minor units.
    pub fn push_money(&mut self, record: &Value, minor: i64) {
        self.line(record["type"].as_str().unwrap_or_default(), Some(minor));
        let _ = writeln!(self.text, "{record}");
    }

    /// Puts the records of another after these.
    pub fn append(&mut self, other: Self) {
        self.text.push_str(&other.text);
        for (kind, (count, sum)) in other.totals {
            let total = self.totals.entry(kind).or_default();
            total.0 += count;
            total.1 = total
                .1
                .map_or(sum, |before| Some(before + sum.unwrap_or(0)));
        }
    }

    /// How many there are of a type.
    #[must_use]
    pub fn count(&self, kind: &str) -> u64 {
        self.totals.get(kind).map_or(0, |(count, _)| *count)
    }

    /// The header's `records` and `totals`.
    #[must_use]
    pub fn header_totals(&self) -> (u64, Value) {
        let records = self.totals.values().map(|(count, _)| count).sum();
        let totals = self.totals.iter().map(|(kind, (count, sum))| {
            let amounts = sum.map_or_else(|| json!({}), |sum| json!({CURRENCY: sum}));
            (kind.clone(), json!({"count": count, "amounts": amounts}))
        });
        (records, Value::Object(totals.collect()))
    }

    fn line(&mut self, kind: &str, minor: Option<i64>) {
        let total = self.totals.entry(kind.to_owned()).or_default();
        total.0 += 1;
        if let Some(minor) = minor {
            *total.1.get_or_insert(0) += minor;
        }
    }
}

/// A document as records have it.
pub(super) fn document(text: &str) -> String {
    Base64UrlUnpadded::encode_string(text.as_bytes())
}

/// One record of the readings from one day to before another, written straight into the text: there
/// are millions of values. How many they are.
pub(super) fn readings(
    point: &MeteringPointId,
    curve: &LoadCurve,
    (from, to): (Date, Date),
    records: &mut Records,
) -> Result<usize> {
    let place = |day: Date| -> Result<usize> {
        let midnight = curve
            .zone()
            .to_timestamp(day.to_datetime(Time::midnight()))?;
        let seconds = midnight.as_second() - curve.at(0).as_second();
        Ok(usize::try_from(
            seconds / i64::from(curve.resolution().seconds()),
        )?)
    };
    let (first, last) = (place(from)?, place(to)?.min(curve.len()));
    let start = curve.at(first).to_zoned(curve.zone().clone());
    let start = start.strftime("%Y-%m-%dT%H:%M:%S%:z");
    let seconds = curve.resolution().seconds();
    records.line("readings", None);
    let text = &mut records.text;
    write!(
        text,
        r#"{{"type":"readings","point":"{point}","start":"{start}","resolution":{seconds},"channels":{{"#
    )?;
    for (number, channel) in CHANNELS.into_iter().enumerate() {
        let comma = if number > 0 { "," } else { "" };
        write!(text, r#"{comma}"{}":["#, channel.as_str())?;
        for index in first..last {
            let comma = if index > first { "," } else { "" };
            let value = curve.value(channel, index).energy.milli() / MILLI;
            write!(text, "{comma}{value}")?;
        }
        text.push(']');
    }
    text.push_str("},\"marks\":[]}\n");
    let values = last.checked_sub(first).context("some readings")?;
    Ok(values * CHANNELS.len())
}
