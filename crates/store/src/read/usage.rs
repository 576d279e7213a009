//! Metering points, their readings, and the documents that they are charged by.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use wattkey_domain::tariff::{Metered, Tariff};
use wattkey_domain::usage::{Channel, Energy, LoadCurve, MAX_VALUES, Mark, Resolution, Schedule};
use wattkey_domain::{
    AccountId, Balance, BillDocument, BillId, BillingMonth, Currency, CustomerId, DisputePeriod,
    MeteringPointId, Money, ScheduleId, TariffId,
};

use super::bills::BillDocumentBytes;
use super::disputes::periods;
use crate::StoreError;
use crate::block;
use crate::database::{DatabaseError, Row, Session, Value};
use crate::packed::unpack;
use crate::record::MeteringPoint;

/// Bills that are looked through for one with its readings.
const RECENT_BILLS: u32 = 24;

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

/// What a contract account's forewarnings are reckoned from, of one snapshot.
#[derive(Debug, Clone)]
pub struct AccountUsage {
    /// The contract account.
    pub account: AccountId,
    /// Its metering points, each with its load curve of the time that was asked for.
    pub points: Vec<(MeteringPointRow, Option<LoadCurve>)>,
    /// The tariffs of its points, and of the readings of its latest bill.
    pub tariffs: Vec<Tariff>,
    /// The schedules of its points.
    pub schedules: Vec<(ScheduleId, Schedule)>,
    /// Its latest bill that is not cancelled.
    pub last_bill: Option<LastBill>,
    /// Its latest bill of which the readings are there, with them.
    pub last_metered: Option<(BillId, Metered)>,
    /// Its deposit.
    pub deposit: Option<(Currency, Balance)>,
    /// Its bills of which something is open, by due date.
    pub open: Vec<UnpaidBill>,
}

/// The latest bill of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastBill {
    /// The bill.
    pub bill: BillId,
    /// Its month.
    pub period: BillingMonth,
    /// What it says.
    pub document: BillDocument,
}

/// A bill of which something is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnpaidBill {
    /// The bill.
    pub bill: BillId,
    /// The last day without penalty.
    pub due: Date,
    /// What is open.
    pub open: Money,
    /// The days on which some of it was disputed.
    pub disputes: Vec<DisputePeriod>,
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

/// A metering point with its readings between two times; no curve without any.
pub(crate) fn readings(
    session: &mut dyn Session,
    customer: CustomerId,
    id: &MeteringPointId,
    zone: &TimeZone,
    (from, to): (Timestamp, Timestamp),
) -> Result<Option<(MeteringPointRow, Option<LoadCurve>)>, StoreError> {
    let Some(row) = point(session, customer, id)? else {
        return Ok(None);
    };
    let curve = match &row.curve {
        Some(ends) => curve(session, id, ends, zone, (from, to), &Channel::ALL)?,
        None => None,
    };
    Ok(Some((row, curve)))
}

/// The readings of a metering point between two times, as far as there are any.
fn curve(
    session: &mut dyn Session,
    id: &MeteringPointId,
    ends: &CurveEnds,
    zone: &TimeZone,
    (from, to): (Timestamp, Timestamp),
    wanted: &[Channel],
) -> Result<Option<LoadCurve>, DatabaseError> {
    let length = i64::from(ends.resolution.seconds());
    let phase = i64::from(ends.phase);
    // The first interval that begins within.
    let up = |second: i64| (second - phase + length - 1).div_euclid(length) * length + phase;
    let from = up(from.max(ends.first).as_second());
    let to = up(to.min(ends.last).as_second());
    if from >= to {
        return Ok(None);
    }
    let count = usize::try_from((to - from) / length);
    let too_long = || DatabaseError::Other("more readings than a load curve has".into());
    let count = count.ok().filter(|count| *count <= MAX_VALUES);
    let count = count.ok_or_else(too_long)?;
    let slots = block::slots(ends.resolution.seconds());
    let mut channels: Vec<(Channel, Vec<Energy>, Vec<Mark>)> = Vec::new();
    let mut energies = vec![Energy::ZERO; slots];
    let mut marks = vec![Mark::Missing; slots];
    let blocks = [from, to - 1].map(|second| block::number(second, ends.phase));
    let sql = "SELECT block, body FROM readings
        WHERE point = $1 AND block >= $2 AND block <= $3 ORDER BY block";
    let params = [id.as_str().into(), blocks[0].into(), blocks[1].into()];
    for row in session.query(sql, &params)? {
        let begins = block::start(row.int(0)?, ends.phase);
        let body = row.bytes(1)?;
        // Where the block lies in the curve, and which part of it.
        let index = |seconds: i64| usize::try_from(seconds / length).unwrap_or(0);
        let (first, last) = (from.max(begins), to.min(begins + block::SECONDS));
        let (here, there) = (index(first - begins), index(first - from));
        let values = index(last - first);
        for channel in block::channels(body)? {
            if !wanted.contains(&channel) {
                continue;
            }
            energies.fill(Energy::ZERO);
            block::decode_channel(body, channel, &mut energies, &mut marks)?;
            let place = channels.iter().position(|(other, ..)| *other == channel);
            let place = place.unwrap_or_else(|| {
                let empty = (vec![Energy::ZERO; count], vec![Mark::Missing; count]);
                channels.push((channel, empty.0, empty.1));
                channels.len() - 1
            });
            let (_, own, known) = &mut channels[place];
            own[there..there + values].copy_from_slice(&energies[here..here + values]);
            known[there..there + values].copy_from_slice(&marks[here..here + values]);
        }
    }
    let start = Timestamp::from_second(from);
    let start = start.map_err(|error| DatabaseError::unreadable(0, error))?;
    if channels.is_empty() {
        return Ok(None);
    }
    let curve = LoadCurve::from_values(id.clone(), zone.clone(), start, ends.resolution, channels);
    let wrong = || DatabaseError::unreadable(1, "a reading is out of bounds");
    curve.ok_or_else(wrong).map(Some)
}

/// The active energy that metering points drew, for sums over many of them.
pub(crate) fn active_curves(
    session: &mut dyn Session,
    ids: &[MeteringPointId],
    zone: &TimeZone,
    span: (Timestamp, Timestamp),
) -> Result<Vec<LoadCurve>, StoreError> {
    let sql = format!("{POINT} WHERE points.id = ANY($1) ORDER BY points.id");
    let rows = session.query(&sql, &[Value::texts(ids)])?;
    let mut curves = Vec::with_capacity(rows.len());
    for row in &rows {
        let row = read_point(row)?;
        if let Some(ends) = &row.curve {
            let wanted = [Channel::ActiveImport];
            curves.extend(curve(session, &row.point.id, ends, zone, span, &wanted)?);
        }
    }
    Ok(curves)
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

/// What the forewarnings of an account of the customer are reckoned from; none when it is not the
/// customer's.
pub(crate) fn account(
    session: &mut dyn Session,
    customer: CustomerId,
    account: &AccountId,
    zone: &TimeZone,
    span: (Timestamp, Timestamp),
) -> Result<Option<AccountUsage>, StoreError> {
    if !super::people::has_account(session, customer, account)? {
        return Ok(None);
    }
    let sql = format!("{POINT} WHERE accounts.id = $1 ORDER BY points.id");
    let mut points = Vec::new();
    for row in session.query(&sql, &[account.as_str().into()])? {
        let row = read_point(&row)?;
        let curve = match &row.curve {
            Some(ends) => curve(session, &row.point.id, ends, zone, span, &Channel::ALL)?,
            None => None,
        };
        points.push((row, curve));
    }
    let ids = points
        .iter()
        .filter_map(|(row, _)| row.point.schedule.as_ref());
    let schedules = documents(session, "schedules", ids, Schedule::parse)?;
    let mut usage = AccountUsage {
        account: account.clone(),
        points,
        tariffs: Vec::new(),
        schedules,
        last_bill: None,
        last_metered: None,
        deposit: None,
        open: Vec::new(),
    };
    last_bills(session, &mut usage)?;
    let own = usage.points.iter().map(|(row, _)| &row.point.tariff);
    let month = usage.last_metered.iter();
    let billed = month.flat_map(|(_, month)| month.points.iter().map(|point| &point.tariff));
    let tariffs = documents(session, "tariffs", own.chain(billed), Tariff::parse)?;
    usage.tariffs = tariffs
        .into_iter()
        .map(|(_, tariff): (TariffId, _)| tariff)
        .collect();
    usage.deposit = deposit(session, account)?;
    usage.open = open(session, account)?;
    Ok(Some(usage))
}

/// Documents of a table by their ids, read.
fn documents<'i, I, T, E>(
    session: &mut dyn Session,
    table: &str,
    ids: impl Iterator<Item = &'i I>,
    parse: impl Fn(&[u8]) -> Result<T, E>,
) -> Result<Vec<(I, T)>, DatabaseError>
where
    I: Ord + std::fmt::Display + std::str::FromStr<Err: std::fmt::Display> + 'i,
    E: std::fmt::Display,
{
    let ids: BTreeSet<_> = ids.collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT id, document FROM {table} WHERE id = ANY($1) ORDER BY id");
    let rows = session.query(&sql, &[Value::texts(ids)])?;
    let document = |row: &Row| {
        let wrong = |error: E| DatabaseError::unreadable(1, error);
        let document = parse(&unpack(row.bytes(1)?, 1)?).map_err(wrong)?;
        Ok((row.parsed(0)?, document))
    };
    rows.iter().map(document).collect()
}

fn last_bills(session: &mut dyn Session, usage: &mut AccountUsage) -> Result<(), DatabaseError> {
    let sql = "SELECT id, period FROM bills
        WHERE account = $1 AND credited_minor < total
        ORDER BY issued DESC, id DESC LIMIT $2";
    let params = [usage.account.as_str().into(), RECENT_BILLS.into()];
    let rows = session.query(sql, &params)?;
    let Some(last) = rows.first() else {
        return Ok(());
    };
    let sql = "SELECT document FROM bills WHERE id = $1";
    let id: BillId = last.parsed(0)?;
    if let Some(row) = session.query_one(sql, &[id.as_str().into()])? {
        let wrong = |error| DatabaseError::unreadable(0, error);
        let document = BillDocument::parse(&unpack(row.bytes(0)?, 0)?).map_err(wrong)?;
        usage.last_bill = Some(LastBill {
            bill: id,
            period: last.parsed(1)?,
            document,
        });
    }
    let ids = rows.iter().map(|row| row.string(0));
    let ids = Value::Texts(ids.collect::<Result<_, _>>()?);
    let sql = "SELECT metered.bill, metered.document FROM bills
        JOIN metered ON metered.bill = bills.id
        WHERE bills.id = ANY($1) ORDER BY bills.issued DESC, bills.id DESC LIMIT 1";
    if let Some(row) = session.query_one(sql, &[ids])? {
        let wrong = |error| DatabaseError::unreadable(1, error);
        let month = Metered::parse(&unpack(row.bytes(1)?, 1)?).map_err(wrong)?;
        usage.last_metered = Some((row.parsed(0)?, month));
    }
    Ok(())
}

fn deposit(
    session: &mut dyn Session,
    account: &AccountId,
) -> Result<Option<(Currency, Balance)>, DatabaseError> {
    let sql = "SELECT currency, balance FROM deposits WHERE account = $1";
    let row = session.query_one(sql, &[account.as_str().into()])?;
    let deposit = row.map(|row| {
        let currency = row.parsed(0)?;
        let wrong = |error| DatabaseError::unreadable(1, error);
        let balance = Balance::new(row.int(1)?, currency).map_err(wrong)?;
        Ok((currency, balance))
    });
    deposit.transpose()
}

fn open(session: &mut dyn Session, account: &AccountId) -> Result<Vec<UnpaidBill>, DatabaseError> {
    let sql = "SELECT id, due, open_minor, currency FROM bills
        WHERE account = $1 AND open_minor > 0 ORDER BY due, id LIMIT $2";
    let rows = session.query(sql, &[account.as_str().into(), super::MAX_PAGE.into()])?;
    let ids = rows.iter().map(|row| row.string(0));
    let ids = Value::Texts(ids.collect::<Result<_, _>>()?);
    let mut disputes = periods(session, &ids)?;
    let bill = |row: &Row| {
        let bill = row.parsed(0)?;
        Ok(UnpaidBill {
            disputes: disputes.remove(&bill).unwrap_or_default(),
            bill,
            due: row.parsed(1)?,
            open: row.money(2, row.parsed(3)?)?,
        })
    };
    rows.iter().map(bill).collect()
}
