//! Records of consumption: tariffs, schedules, metering points, metered months, readings.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use wattkey_domain::tariff::{Metered, Tariff};
use wattkey_domain::usage::{Channel, Mark, Resolution, Schedule};
use wattkey_domain::{AccountId, BillId, MeteringPointId, ScheduleId, TariffId};

use super::RecordError;
use super::strict::text;
use crate::digest::sha256;

/// The most seconds of one record of readings: 31 days, one of which may have 25 hours.
const MAX_SECONDS: i64 = 31 * 86_400 + 3_600;
/// The most watt-hours of one interval ([`wattkey_domain::usage::Energy::MAX_VALUE`]).
const MAX_WATT_HOURS: i64 = 8_000_000_000;
/// Digits before and after the point of a capacity or a demand.
const DIGITS: usize = 10;
const DECIMALS: usize = 4;

/// A document that is kept byte for byte, with what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document<T> {
    bytes: Vec<u8>,
    digest: [u8; 32],
    says: T,
}

/// A time-of-use schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleRecord {
    /// Its id.
    pub id: ScheduleId,
    /// The document.
    pub document: Document<Schedule>,
}

/// What a bill was reckoned from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeteredRecord {
    /// The bill.
    pub bill: BillId,
    /// The document.
    pub document: Document<Metered>,
}

/// A metering point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeteringPoint {
    /// Its id.
    pub id: MeteringPointId,
    /// Its contract account.
    pub account: AccountId,
    /// Name.
    pub name: String,
    /// Where it is.
    pub address: String,
    /// The metering point that it lies behind, and is deducted from.
    pub under: Option<MeteringPointId>,
    /// The tariff that its energy is charged by.
    pub tariff: TariffId,
    /// Its time-of-use schedule; none when the tariff has no periods.
    pub schedule: Option<ScheduleId>,
    /// Capacity of its transformers, kVA.
    pub capacity_kva: Option<String>,
    /// Contracted maximum demand, kW.
    pub contracted_kw: Option<String>,
    /// Whether its account pays ahead.
    pub prepaid: bool,
}

/// Readings of a metering point, interval after interval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readings {
    /// Which one.
    pub point: MeteringPointId,
    /// The beginning of the first interval.
    pub start: Timestamp,
    /// The length of each.
    pub resolution: Resolution,
    /// How many there are.
    pub values: usize,
    /// Of each channel: whole watt-hours or var-hours, and what is known of them.
    pub channels: Vec<(Channel, Vec<i64>, Vec<Mark>)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDocument {
    document: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSchedule {
    id: ScheduleId,
    document: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMetered {
    bill: BillId,
    document: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawReadings {
    point: MeteringPointId,
    start: String,
    resolution: u32,
    #[serde(deserialize_with = "super::strict::object")]
    channels: RawChannels,
    #[serde(default, deserialize_with = "super::strict::objects")]
    marks: Vec<RawMark>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawChannels {
    #[serde(default, deserialize_with = "there")]
    active_import: Option<Vec<Option<i64>>>,
    #[serde(default, deserialize_with = "there")]
    active_export: Option<Vec<Option<i64>>>,
    #[serde(default, deserialize_with = "there")]
    reactive_import: Option<Vec<Option<i64>>>,
    #[serde(default, deserialize_with = "there")]
    reactive_export: Option<Vec<Option<i64>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMark {
    channel: RawChannel,
    from: usize,
    count: usize,
    mark: RawMarkKind,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawChannel {
    ActiveImport,
    ActiveExport,
    ReactiveImport,
    ReactiveExport,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawMarkKind {
    Estimated,
    Suspect,
}

impl<T> Document<T> {
    fn new(bytes: Vec<u8>, says: T) -> Self {
        let digest = sha256(&bytes);
        Self {
            bytes,
            digest,
            says,
        }
    }

    /// SHA-256 of its bytes.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Its exact bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What they say.
    #[must_use]
    pub fn says(&self) -> &T {
        &self.says
    }
}

impl RawDocument {
    pub(super) fn tariff(self) -> Result<Document<Tariff>, RecordError> {
        let bytes = decoded(&self.document)?;
        let says = Tariff::parse(&bytes).map_err(RecordError::Tariff)?;
        Ok(Document::new(bytes, says))
    }
}

impl RawSchedule {
    pub(super) fn checked(self) -> Result<ScheduleRecord, RecordError> {
        let bytes = decoded(&self.document)?;
        let says = Schedule::parse(&bytes).map_err(RecordError::Schedule)?;
        Ok(ScheduleRecord {
            id: self.id,
            document: Document::new(bytes, says),
        })
    }
}

impl RawMetered {
    pub(super) fn checked(self) -> Result<MeteredRecord, RecordError> {
        let bytes = decoded(&self.document)?;
        let says = Metered::parse(&bytes).map_err(RecordError::Metered)?;
        Ok(MeteredRecord {
            bill: self.bill,
            document: Document::new(bytes, says),
        })
    }
}

impl MeteringPoint {
    pub(super) fn checked(self) -> Result<Self, RecordError> {
        text("name", &self.name)?;
        text("address", &self.address)?;
        number("capacity_kva", self.capacity_kva.as_deref())?;
        number("contracted_kw", self.contracted_kw.as_deref())?;
        if self.under.as_ref() == Some(&self.id) {
            return Err(RecordError::Unfit {
                field: "under",
                problem: "it lies behind itself",
            });
        }
        Ok(self)
    }
}

impl RawReadings {
    pub(super) fn checked(self) -> Result<Readings, RecordError> {
        let unfit = |field, problem| RecordError::Unfit { field, problem };
        let resolution = Resolution::from_seconds(self.resolution);
        let resolution =
            resolution.ok_or(unfit("resolution", "write 60, 300, 600, 900, 1800 or 3600"))?;
        let start = on_the_clock(&self.start, resolution)?;
        let RawChannels {
            active_import,
            active_export,
            reactive_import,
            reactive_export,
        } = self.channels;
        let raw = [
            active_import,
            active_export,
            reactive_import,
            reactive_export,
        ];
        let mut channels: Vec<(Channel, Vec<i64>, Vec<Mark>)> = Vec::new();
        for (channel, values) in Channel::ALL.into_iter().zip(raw) {
            let Some(values) = values else { continue };
            let outside = |value: &Option<i64>| !(0..=MAX_WATT_HOURS).contains(&value.unwrap_or(0));
            if values.iter().any(outside) {
                let wanted = "a value is below zero or over 8000000000 watt-hours";
                return Err(unfit("channels", wanted));
            }
            let mark = |value: &Option<i64>| value.map_or(Mark::Missing, |_| Mark::Measured);
            let marks = values.iter().map(mark).collect();
            let energies = values.iter().map(|value| value.unwrap_or(0)).collect();
            channels.push((channel, energies, marks));
        }
        let values = channels.first().map_or(0, |(_, values, _)| values.len());
        if values == 0 || channels.iter().any(|(_, other, _)| other.len() != values) {
            let wanted = "there must be at least one, all of one length, with at least one value";
            return Err(unfit("channels", wanted));
        }
        let seconds = i64::try_from(values).unwrap_or(i64::MAX);
        if seconds.saturating_mul(self.resolution.into()) > MAX_SECONDS {
            return Err(unfit("channels", "a record holds at most 31 days"));
        }
        for mark in self.marks {
            mark.put(&mut channels)?;
        }
        Ok(Readings {
            point: self.point,
            start,
            resolution,
            values,
            channels,
        })
    }
}

impl RawMark {
    fn put(self, channels: &mut [(Channel, Vec<i64>, Vec<Mark>)]) -> Result<(), RecordError> {
        let channel = match self.channel {
            RawChannel::ActiveImport => Channel::ActiveImport,
            RawChannel::ActiveExport => Channel::ActiveExport,
            RawChannel::ReactiveImport => Channel::ReactiveImport,
            RawChannel::ReactiveExport => Channel::ReactiveExport,
        };
        let mark = match self.mark {
            RawMarkKind::Estimated => Mark::Estimated,
            RawMarkKind::Suspect => Mark::Suspect,
        };
        let own = channels.iter_mut().find(|(other, ..)| *other == channel);
        let end = self.from.checked_add(self.count);
        let places = own.zip(end).and_then(|((.., marks), end)| {
            if self.count == 0 {
                return None;
            }
            marks.get_mut(self.from..end)
        });
        let places = places.ok_or(RecordError::Unfit {
            field: "marks",
            problem: "a mark must lie on values of a channel that is there",
        })?;
        let there = places.iter_mut().filter(|place| **place != Mark::Missing);
        there.for_each(|place| *place = mark);
        Ok(())
    }
}

/// A time with its offset from UTC, at which an interval begins on the clock of that offset.
fn on_the_clock(text: &str, resolution: Resolution) -> Result<Timestamp, RecordError> {
    let unfit = |problem| RecordError::Unfit {
        field: "start",
        problem,
    };
    let wanted = "write a time with seconds and offset, as 2026-08-01T00:00:00+08:00";
    // jiff takes more forms than are documented here.
    let bytes = text.as_bytes();
    let zulu = bytes.len() == 20 && bytes.last() == Some(&b'Z');
    let offset = bytes.len() == 25 && matches!(bytes[19], b'+' | b'-') && bytes[22] == b':';
    let form = (zulu || offset) && bytes[10] == b'T' && bytes[4] == b'-' && bytes[13] == b':';
    let at: Timestamp = form
        .then(|| text.parse().ok())
        .flatten()
        .ok_or(unfit(wanted))?;
    let two = |place: usize| text.get(place..place + 2)?.parse::<u32>().ok();
    let (Some(minute), Some(second)) = (two(14), two(17)) else {
        return Err(unfit(wanted));
    };
    if (minute * 60 + second) % resolution.seconds() != 0 {
        return Err(unfit(
            "it is off the grid: an interval begins at a whole part of the hour on the clock",
        ));
    }
    Ok(at)
}

/// Nothing here is secret, and there may be many of them: not in constant time.
fn decoded(text: &str) -> Result<Vec<u8>, RecordError> {
    BASE64_URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| RecordError::Encoding)
}

/// A number as the tariff's documents write it.
fn number(field: &'static str, text: Option<&str>) -> Result<(), RecordError> {
    let Some(text) = text else { return Ok(()) };
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str, most| {
        (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let leading = whole.len() > 1 && whole.starts_with('0');
    if digits(whole, DIGITS) && digits(part, DECIMALS) && !leading {
        return Ok(());
    }
    Err(RecordError::Unfit {
        field,
        problem: "write a number in a string, with at most four digits after the point",
    })
}

/// A member that may be absent, but not null.
fn there<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Record;

    fn readings(start: &str, resolution: u32, rest: &str) -> Result<Readings, String> {
        let line = format!(
            r#"{{"type":"readings","point":"P-1","start":"{start}","resolution":{resolution},{rest}}}"#
        );
        match Record::parse(line.as_bytes()) {
            Ok(Record::Readings(readings)) => Ok(*readings),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(format!("{}: {error}", error.field().unwrap_or("-"))),
        }
    }

    #[test]
    fn values_with_their_marks() {
        let rest = r#""channels":{"active-import":[250500,250900,null],"reactive-import":[1,2,3]},
            "marks":[{"channel":"active-import","from":1,"count":2,"mark":"estimated"}]"#;
        let read = readings("2026-08-01T00:00:00+08:00", 900, rest).unwrap();
        assert_eq!(read.start.to_string(), "2026-07-31T16:00:00Z");
        assert_eq!((read.values, read.channels.len()), (3, 2));
        let (channel, energies, marks) = &read.channels[0];
        assert_eq!(*channel, Channel::ActiveImport);
        assert_eq!(energies, &[250_500, 250_900, 0]);
        let marked = [Mark::Measured, Mark::Estimated, Mark::Missing];
        assert_eq!(marks, &marked, "a mark makes no value of nothing");
    }

    #[test]
    fn what_is_not_on_the_grid_is_refused() {
        let rest = r#""channels":{"active-import":[1]}"#;
        for (start, resolution) in [
            ("2026-08-01T00:00:00Z", 900),
            ("2026-08-01T00:45:00+08:00", 900),
            ("2026-08-01T05:00:00+05:30", 3_600),
            ("2026-08-01T05:45:00-00:15", 300),
        ] {
            assert!(readings(start, resolution, rest).is_ok(), "{start}");
        }
        for (start, resolution, problem) in [
            (
                "2026-08-01T00:05:00+08:00",
                900,
                "start: `start`: it is off the grid",
            ),
            ("2026-08-01T05:30:00+05:00", 3_600, "off the grid"),
            ("2026-08-01T00:00:30Z", 60, "off the grid"),
            ("2026-08-01T00:00:00.5Z", 60, "write a time"),
            ("2026-08-01T00:00+08:00", 900, "write a time"),
            ("2026-08-01 00:00:00+08:00", 900, "write a time"),
            ("2026-08-01T00:00:00", 900, "write a time"),
            ("2026-08-01T00:00:00Z", 1_000, "resolution"),
        ] {
            let error = readings(start, resolution, rest).unwrap_err();
            assert!(error.contains(problem), "{start}: {error}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let many = format!(
            r#""channels":{{"active-import":[{}1]}}"#,
            "1,".repeat(31 * 96 + 4)
        );
        for (rest, problem) in [
            (r#""channels":{}"#, "at least one"),
            (r#""channels":{"active-import":[]}"#, "at least one value"),
            (
                r#""channels":{"active-import":[1],"active-export":[1,2]}"#,
                "of one length",
            ),
            (r#""channels":{"active-import":[-1]}"#, "below zero"),
            (
                r#""channels":{"active-import":[8000000001]}"#,
                "over 8000000000",
            ),
            (r#""channels":{"active-import":[1.5]}"#, "record"),
            (r#""channels":{"active-import":null}"#, "record"),
            (r#""channels":{"active":[1]}"#, "record"),
            (r#""channels":[[1],[1],[1],[1]]"#, "record"),
            (&many, "31 days"),
            (
                r#""channels":{"active-import":[1]},"marks":[{"channel":"active-import","from":1,"count":1,"mark":"estimated"}]"#,
                "marks",
            ),
            (
                r#""channels":{"active-import":[1]},"marks":[{"channel":"active-export","from":0,"count":1,"mark":"suspect"}]"#,
                "marks",
            ),
            (
                r#""channels":{"active-import":[1]},"marks":[{"channel":"active-import","from":0,"count":1,"mark":"missing"}]"#,
                "record",
            ),
        ] {
            let error = readings("2026-08-01T00:00:00Z", 900, rest).unwrap_err();
            assert!(error.contains(problem), "{rest}: {error}");
        }
    }

    #[test]
    fn numbers_are_exact_texts() {
        let point = |capacity: &str| {
            let line = format!(
                r#"{{"type":"metering-point","id":"P-1","account":"C-1","name":"n","address":"a","under":null,"tariff":"T-1","schedule":null,"capacity_kva":{capacity},"contracted_kw":null,"prepaid":false}}"#
            );
            Record::parse(line.as_bytes())
        };
        for good in ["null", r#""0""#, r#""6300""#, r#""0.5""#, r#""6300.1250""#] {
            assert!(point(good).is_ok(), "{good}");
        }
        for bad in [
            "6300",
            r#""-1""#,
            r#""""#,
            r#"".5""#,
            r#""1.""#,
            r#""1e3""#,
            r#""007""#,
            r#""1.23456""#,
        ] {
            assert!(point(bad).is_err(), "{bad}");
        }
    }
}
