//! Consumption: each document with its digest and still what it must be, each block of readings
//! readable, on the grid of its metering point and within its ends.

use std::collections::HashMap;

use wattkey_domain::tariff::{Metered, Tariff};
use wattkey_domain::usage::{Channel, Mark, Schedule};

use super::VerifyReport;
use crate::StoreError;
use crate::block::{self, Block};
use crate::database::{DatabaseError, Row, Session};
use crate::digest::sha256;
use crate::packed::unpack;

pub(super) fn check(
    session: &mut dyn Session,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    documents(session, report, ("tariff", "tariffs", "id"), |bytes| {
        Tariff::parse(bytes)
            .map(|_| ())
            .map_err(|error| error.to_string())
    })?;
    documents(session, report, ("schedule", "schedules", "id"), |bytes| {
        Schedule::parse(bytes)
            .map(|_| ())
            .map_err(|error| error.to_string())
    })?;
    documents(
        session,
        report,
        ("readings of bill", "metered", "bill"),
        |bytes| {
            Metered::parse(bytes)
                .map(|_| ())
                .map_err(|error| error.to_string())
        },
    )?;
    readings(session, report)
}

fn documents(
    session: &mut dyn Session,
    report: &mut VerifyReport,
    (name, table, key): (&str, &str, &str),
    read: impl Fn(&[u8]) -> Result<(), String>,
) -> Result<(), StoreError> {
    let sql = format!("SELECT {key}, digest, document FROM {table} ORDER BY {key}");
    session.for_each(&sql, &[], &mut |row| {
        let place = format!("{name} {}", row.string(0)?);
        let kept = match unpack(row.bytes(2)?, 2) {
            Ok(bytes) => bytes,
            Err(error) => {
                report.find(&place, error);
                return Ok(());
            }
        };
        if sha256(&kept) != row.array(1)? {
            report.find(&place, "it does not have its digest");
        } else if let Err(error) = read(&kept) {
            report.find(&place, error);
        }
        Ok(())
    })?;
    Ok(())
}

/// The grid and the ends of a metering point's readings.
#[derive(Clone, Copy)]
struct Grid {
    resolution: u32,
    phase: u32,
    first: i64,
    last: i64,
}

fn readings(session: &mut dyn Session, report: &mut VerifyReport) -> Result<(), StoreError> {
    let mut grids = HashMap::new();
    let sql = "SELECT point, resolution, phase, first, last FROM load_curves ORDER BY point";
    session.for_each(sql, &[], &mut |row| {
        let small = |column| {
            let wrong = |error| DatabaseError::unreadable(column, error);
            u32::try_from(row.int(column)?).map_err(wrong)
        };
        let grid = Grid {
            resolution: small(1)?,
            phase: small(2)?,
            first: row.int(3)?,
            last: row.int(4)?,
        };
        grids.insert(row.string(0)?, grid);
        Ok(())
    })?;
    let sql = "SELECT point, block, body FROM readings ORDER BY point, block";
    let mut ends: HashMap<String, (i64, i64)> = HashMap::new();
    session.for_each(sql, &[], &mut |row| {
        let point = row.string(0)?;
        let place = format!("readings of {point}, block {}", row.int(1)?);
        let Some(grid) = grids.get(&point) else {
            report.find(place, "its metering point has no grid");
            return Ok(());
        };
        match extent(&row, *grid) {
            Err(error) => report.find(place, error),
            Ok(None) => report.find(place, "it is empty"),
            Ok(Some((first, last))) => {
                let ends = ends.entry(point).or_insert((first, last));
                *ends = (ends.0.min(first), ends.1.max(last));
            }
        }
        Ok(())
    })?;
    for (point, grid) in grids {
        if ends.get(&point) != Some(&(grid.first, grid.last)) {
            let place = format!("readings of {point}");
            report.find(place, "they do not begin and end where it is written");
        }
    }
    Ok(())
}

/// When the first value of a block begins and the last one ends.
fn extent(row: &Row, grid: Grid) -> Result<Option<(i64, i64)>, DatabaseError> {
    let slots = block::slots(grid.resolution);
    let block = Block::decode(row.bytes(2)?, slots)?;
    let is_there = |slot: &usize| {
        let there = |channel| block.value(channel, *slot).1 != Mark::Missing;
        Channel::ALL.into_iter().any(there)
    };
    let (first, last) = ((0..slots).find(is_there), (0..slots).rev().find(is_there));
    let (Some(first), Some(last)) = (first, last) else {
        return Ok(None);
    };
    let start = block::start(row.int(1)?, grid.phase);
    let at = |slot: usize| start + i64::try_from(slot).unwrap_or(0) * i64::from(grid.resolution);
    Ok(Some((at(first), at(last + 1))))
}
