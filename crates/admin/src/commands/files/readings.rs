//! `file readings`: Green Button and CSV as records of a file for the platform. Needs no desk.

use std::fs::File;
use std::io::Read as _;

use jiff::tz::TimeZone;
use serde_json::{Value, json};
use wattkey_domain::MeteringPointId;
use wattkey_domain::usage::{Channel, Finding, LoadCurve};
use wattkey_usage::green_button::Remark;
use wattkey_usage::{MAX_FILE_BYTES, csv, green_button, records};

use crate::args::FileReadings;
use crate::exit::{Failure, Kind, one_line};
use crate::output::{Output, note};

pub(super) fn run(wanted: &FileReadings, output: &Output) -> Result<(), Failure> {
    let zone = TimeZone::get(&wanted.time_zone).map_err(|_| {
        let why = "--time-zone is no IANA name, such as Asia/Shanghai";
        Failure::because(Kind::Usage, why)
    })?;
    let mut bytes = Vec::new();
    File::open(&wanted.file)
        .and_then(|file| {
            let most = MAX_FILE_BYTES as u64 + 1;
            file.take(most).read_to_end(&mut bytes)
        })
        .map_err(|error| Failure::file(&wanted.file, &error))?;
    let is_xml =
        bytes.trim_ascii_start().first() == Some(&b'<') || bytes.starts_with(b"\xEF\xBB\xBF<");
    let curves = if is_xml {
        vec![feed(wanted, &bytes, &zone)?]
    } else {
        table(wanted, &bytes, &zone)?
    };
    let mut lines = Vec::new();
    for (curve, _) in &curves {
        lines.extend(records(curve).map_err(|error| refused(wanted, &error))?);
    }
    let findings: Vec<Value> = curves
        .iter()
        .flat_map(|(curve, findings)| findings.iter().map(|one| told(curve, one)))
        .collect();
    if !output.is_json() {
        for finding in &findings {
            note(&finding.to_string());
        }
    }
    let parsed = lines.iter().map(|line| serde_json::from_str(line));
    let parsed: Vec<Value> = parsed
        .collect::<Result<_, _>>()
        .map_err(|error| Failure::new(Kind::Fault, &error))?;
    let document = json!({"records": parsed, "findings": findings});
    output.done(&lines.join("\n"), &document);
    Ok(())
}

fn feed(
    wanted: &FileReadings,
    bytes: &[u8],
    zone: &TimeZone,
) -> Result<(LoadCurve, Vec<Finding>), Failure> {
    let feed = green_button::read(bytes, zone).map_err(|error| refused(wanted, &error))?;
    for Remark { href, what } in &feed.remarks {
        note(&format!("{}: {href}", what.as_str()));
    }
    let count = feed.points.len();
    let place = usize::from(wanted.usage_point) - 1;
    let point = feed.points.into_iter().nth(place).ok_or_else(|| {
        let why = format!("--usage-point: the feed has {count}");
        Failure::because(Kind::Usage, why)
    })?;
    let id: Option<MeteringPointId> = wanted.point.clone().or_else(|| point.named());
    let id = id.ok_or_else(|| {
        let why = "the feed names no metering point: give --point";
        Failure::because(Kind::Usage, why)
    })?;
    point.assemble(id).map_err(|error| refused(wanted, &error))
}

fn table(
    wanted: &FileReadings,
    bytes: &[u8],
    zone: &TimeZone,
) -> Result<Vec<(LoadCurve, Vec<Finding>)>, Failure> {
    let read = csv::read(bytes, zone, wanted.point.as_ref());
    let read = read.map_err(|error| refused(wanted, &error))?;
    let points = read.points.into_iter();
    let curves = points.map(|point| point.assemble().map_err(|error| refused(wanted, &error)));
    curves.collect()
}

fn told(curve: &LoadCurve, finding: &Finding) -> Value {
    json!({
        "point": curve.point(),
        "finding": finding.kind.as_str(),
        "channel": finding.channel.map(Channel::as_str),
        "from": finding.from.to_string(),
        "to": finding.to.to_string(),
        "count": finding.count,
    })
}

fn refused(wanted: &FileReadings, error: &dyn std::error::Error) -> Failure {
    let why = format!("{}: {}", wanted.file.display(), one_line(error));
    Failure::because(Kind::FileRefused, why)
}
