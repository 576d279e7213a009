//! Metering points, and the documents that they are charged by. Their readings are in `curves`, what
//! forewarnings are reckoned from in `account`.

mod account;
mod curves;

use std::fmt::Write as _;

use jiff::Timestamp;
use wattkey_domain::usage::Resolution;
use wattkey_domain::{AccountId, BillId, CustomerId, MeteringPointId, ScheduleId, TariffId};

use super::bills::BillDocumentBytes;
use crate::StoreError;
use crate::database::{DatabaseError, Row, Session, Value};
use crate::packed::unpack;
use crate::record::MeteringPoint;

pub(crate) use account::account;
pub use account::{AccountUsage, LastBill, UnpaidBill};
pub(crate) use curves::{load_curves, readings};

/// A metering point, and from where to where there are readings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeteringPointRow {
    /// The metering point.
    pub point: MeteringPoint,
    /// The grid and the ends of its readings; none before the first.
    pub curve: Option<CurveEnds>,
}

/// The grid and the ends of readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CurveEnds {
    /// The length of an interval.
    pub resolution: Resolution,
    /// The beginning of the first reading.
    pub first: Timestamp,
    /// The end of the last one.
    pub last: Timestamp,
    /// Seconds from a multiple of the resolution.
    phase: u32,
}

const POINT: &str = "SELECT points.id, points.account, points.name, points.address, points.under,
        points.tariff, points.schedule, points.capacity_kva, points.contracted_kw, points.prepaid,
        curves.resolution, curves.phase, curves.first, curves.last
    FROM accounts
    JOIN metering_points AS points ON points.account = accounts.id
    LEFT JOIN load_curves AS curves ON curves.point = points.id";

fn read_point(row: &Row) -> Result<MeteringPointRow, DatabaseError> {
    let curve = if row.is_null(10) {
        None
    } else {
        let small = |column| {
            let wrong = |error| DatabaseError::unreadable(column, error);
            u32::try_from(row.int(column)?).map_err(wrong)
        };
        let resolution = Resolution::from_seconds(small(10)?);
        let wrong = || DatabaseError::unreadable(10, "no grid has it");
        Some(CurveEnds {
            resolution: resolution.ok_or_else(wrong)?,
            phase: small(11)?,
            first: row.time(12)?,
            last: row.time(13)?,
        })
    };
    Ok(MeteringPointRow {
        point: MeteringPoint {
            id: row.parsed(0)?,
            account: row.parsed(1)?,
            name: row.string(2)?,
            address: row.string(3)?,
            under: row.optional(4, Row::parsed)?,
            tariff: row.parsed(5)?,
            schedule: row.optional(6, Row::parsed)?,
            capacity_kva: row.optional(7, Row::string)?,
            contracted_kw: row.optional(8, Row::string)?,
            prepaid: row.flag(9)?,
        },
        curve,
    })
}

/// Metering points of a customer, by account and id; a page after `after`.
pub(crate) fn points(
    session: &mut dyn Session,
    customer: CustomerId,
    account: Option<&AccountId>,
    after: Option<&MeteringPointId>,
    limit: u32,
) -> Result<super::Page<MeteringPointRow>, StoreError> {
    let limit = super::bounded(limit);
    let mut sql = format!("{POINT} WHERE accounts.customer = $1");
    let mut params = vec![Value::text(customer)];
    for (condition, value) in [
        ("accounts.id =", account.map(AccountId::as_str)),
        ("points.id >", after.map(MeteringPointId::as_str)),
    ] {
        if let Some(value) = value {
            params.push(value.into());
            let _ = write!(sql, " AND {condition} ${}", params.len());
        }
    }
    params.push((limit + 1).into());
    let _ = write!(sql, " ORDER BY points.id LIMIT ${}", params.len());
    let rows = session.query(&sql, &params)?;
    let points = rows.iter().map(read_point).collect::<Result<_, _>>()?;
    let cursor = |last: &MeteringPointRow| last.point.id.to_string();
    Ok(super::page(points, limit, cursor))
}

/// A metering point of a customer.
pub(crate) fn point(
    session: &mut dyn Session,
    customer: CustomerId,
    id: &MeteringPointId,
) -> Result<Option<MeteringPointRow>, StoreError> {
    let sql = format!("{POINT} WHERE accounts.customer = $1 AND points.id = $2");
    let row = session.query_one(&sql, &[Value::text(customer), id.as_str().into()])?;
    Ok(row.map(|row| read_point(&row)).transpose()?)
}

fn document(
    session: &mut dyn Session,
    sql: &str,
    params: &[Value],
) -> Result<Option<BillDocumentBytes>, StoreError> {
    let row = session.query_one(sql, params)?;
    let document = row.map(|row| {
        Ok::<_, DatabaseError>(BillDocumentBytes {
            bytes: unpack(row.bytes(0)?, 0)?.into_owned(),
            digest: row.array(1)?,
        })
    });
    Ok(document.transpose()?)
}

/// A tariff's document. Tariffs are the same for all customers.
pub(crate) fn tariff(
    session: &mut dyn Session,
    id: &TariffId,
) -> Result<Option<BillDocumentBytes>, StoreError> {
    let sql = "SELECT document, digest FROM tariffs WHERE id = $1";
    document(session, sql, &[id.as_str().into()])
}

/// A schedule's document.
pub(crate) fn schedule(
    session: &mut dyn Session,
    id: &ScheduleId,
) -> Result<Option<BillDocumentBytes>, StoreError> {
    let sql = "SELECT document, digest FROM schedules WHERE id = $1";
    document(session, sql, &[id.as_str().into()])
}

/// What a customer's bill was reckoned from.
pub(crate) fn metered(
    session: &mut dyn Session,
    customer: CustomerId,
    bill: &BillId,
) -> Result<Option<BillDocumentBytes>, StoreError> {
    let sql = "SELECT metered.document, metered.digest FROM bills
        JOIN metered ON metered.bill = bills.id WHERE bills.id = $1 AND bills.customer = $2";
    document(session, sql, &[bill.as_str().into(), Value::text(customer)])
}
