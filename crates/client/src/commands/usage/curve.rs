//! `usage --green-button`, `--load-curve`: the raw load curve as files that other programs read.

use std::path::{Path, PathBuf};

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use wattkey_client::client::Client;
use wattkey_client::output_file;
use wattkey_domain::MeteringPointId;
use wattkey_domain::usage::{Channel, Energy, Interval, LoadCurve, Mark, Resolution, assemble};
use wattkey_protocol::usage::{Coverage, ReadingSum, Step};
use wattkey_usage::{csv, green_button};

use crate::cli::args;
use crate::cli::context::Context;
use crate::cli::fault::{self, Exit, Fault};
use crate::cli::show;
use crate::commands::{existing, not_found};

/// Thousandths of a watt-hour.
const MILLI: i64 = 1_000;

#[derive(Serialize)]
struct Exported<'a> {
    point: &'a MeteringPointId,
    from: Date,
    to: Date,
    intervals: usize,
    green_button: Option<&'a PathBuf>,
    load_curve: Option<&'a PathBuf>,
}

pub(super) async fn export(
    context: &Context<'_>,
    client: &mut Client,
    point: &MeteringPointId,
    from: Date,
    to: Date,
    wanted: &args::Usage,
) -> Result<(), Fault> {
    let curve = fetch(client, point, from, to).await?;
    let curve = curve.ok_or_else(|| {
        Fault::new("no-readings", Exit::NotFound).with("point", point.to_string())
    })?;
    if let Some(file) = &wanted.green_button {
        let bytes = green_button::write(&[&curve], client.now())
            .map_err(|error| Fault::new("output", Exit::Fault).cause(&error))?;
        write(file, &bytes, wanted.force)?;
    }
    if let Some(file) = &wanted.load_curve {
        write(file, csv::write(&[&curve]).as_bytes(), wanted.force)?;
    }
    let exported = Exported {
        point,
        from,
        to,
        intervals: curve.len(),
        green_button: wanted.green_button.as_ref(),
        load_curve: wanted.load_curve.as_ref(),
    };
    context.output.result(&exported, || {
        let files = [&wanted.green_button, &wanted.load_curve];
        let files: Vec<String> = files
            .into_iter()
            .flatten()
            .map(|file| show::path(file))
            .collect();
        let values = [
            ("file", files.join(", ").into()),
            ("rows", curve.len().into()),
        ];
        show::safe(&context.output.text().with("exported", &values)) + "\n"
    })
}

fn write(file: &Path, bytes: &[u8], force: bool) -> Result<(), Fault> {
    output_file::write(file, bytes, existing(force)).map_err(|error| {
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            return fault::exists(file);
        }
        Fault::new("file-write", Exit::Fault)
            .with("file", show::path(file))
            .cause(&error)
    })
}

/// The load curve of these days, asked for month by month; none when nothing is known of them.
async fn fetch(
    client: &mut Client,
    point: &MeteringPointId,
    from: Date,
    to: Date,
) -> Result<Option<LoadCurve>, Fault> {
    let mut items = Vec::new();
    let (mut zone, mut resolution) = (None, None);
    let mut begin = from;
    while begin < to {
        let end = begin.saturating_add(Step::Raw.max_days().days()).min(to);
        let readings = client.readings(point, begin, end, Step::Raw).await?;
        let readings = readings.ok_or_else(|| not_found(point))?;
        zone = Some(readings.time_zone);
        resolution = resolution.or(readings.resolution);
        items.extend(readings.items);
        begin = end;
    }
    let resolution = resolution.and_then(Resolution::from_seconds);
    let zone = zone.and_then(|zone| TimeZone::get(&zone).ok());
    let (Some(resolution), Some(zone)) = (resolution, zone) else {
        return Ok(None);
    };
    Ok(curve(point, zone, resolution, &items))
}

fn curve(
    point: &MeteringPointId,
    zone: TimeZone,
    resolution: Resolution,
    items: &[ReadingSum],
) -> Option<LoadCurve> {
    let channels = Channel::ALL.map(|channel| {
        let intervals = items.iter().filter_map(|item| {
            let (energy, coverage) = match channel {
                Channel::ActiveImport => (item.energy.active_import, item.coverage.active_import),
                Channel::ActiveExport => (item.energy.active_export, item.coverage.active_export),
                Channel::ReactiveImport => {
                    (item.energy.reactive_import, item.coverage.reactive_import)
                }
                Channel::ReactiveExport => {
                    (item.energy.reactive_export, item.coverage.reactive_export)
                }
            };
            Some(Interval {
                start: item.from,
                seconds: resolution.seconds(),
                energy: Energy::from_milli(energy?.checked_mul(MILLI)?),
                mark: mark(coverage)?,
            })
        });
        (channel, intervals.collect::<Vec<_>>())
    });
    let channels: Vec<_> = channels
        .into_iter()
        .filter(|(_, intervals)| !intervals.is_empty())
        .collect();
    let (curve, _) = assemble(point.clone(), zone, resolution, channels).ok()?;
    Some(curve)
}

/// What is known of one interval; none when it is missing.
fn mark(coverage: Option<Coverage>) -> Option<Mark> {
    match coverage {
        None => Some(Mark::Measured),
        Some(coverage) if coverage.missing > 0 => None,
        Some(coverage) if coverage.suspect > 0 => Some(Mark::Suspect),
        Some(coverage) if coverage.estimated > 0 => Some(Mark::Estimated),
        Some(_) => Some(Mark::Measured),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_asked_for_is_written_and_read_again() {
        let at = |minute: u8| format!("2026-08-01T00:{minute:02}:00Z");
        let item = |minute: u8, coverage: serde_json::Value| -> ReadingSum {
            serde_json::from_value(json!({"from": at(minute), "to": at(minute + 15),
                "date": "2026-08-01", "energy": {"active-import": 250_500},
                "coverage": coverage}))
            .unwrap()
        };
        let of = |estimated: u32, missing: u32| {
            json!({"active-import": {"measured": 0, "estimated": estimated, "suspect": 0,
                "missing": missing}})
        };
        let items = [
            item(0, json!({})),
            item(15, of(1, 0)),
            item(30, of(0, 1)),
            item(40, json!({})),
        ];
        let point = "P-1".parse().unwrap();
        let resolution = Resolution::from_seconds(900).unwrap();
        let curve = curve(&point, TimeZone::UTC, resolution, &items[..3]).unwrap();
        assert_eq!(curve.len(), 2, "what is missing at the end is not there");
        let value = curve.value(Channel::ActiveImport, 1);
        assert_eq!(
            (value.energy.milli(), value.mark),
            (250_500_000, Mark::Estimated)
        );
        let written = green_button::write(&[&curve], curve.at(0)).unwrap();
        let read = green_button::read(&written, &TimeZone::UTC).unwrap();
        let again = read.points.into_iter().next().unwrap();
        let (again, _) = again.assemble(point).unwrap();
        assert_eq!(
            again.value(Channel::ActiveImport, 0),
            curve.value(Channel::ActiveImport, 0)
        );
    }
}
