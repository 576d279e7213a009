//! `./bench usage [--quick]`: a year of quarter-hours of fifty metering points, from the books, to
//! months by time-of-use period; beside SQLite's own SQL over the same values in rows. And what
//! `GET /v1/warnings` reckons of fifty contract accounts.
//!
//! The peer has every help that SQL can have: rows in the order of their key, a table that says the
//! month and the period of each quarter-hour, and all of it in memory. Both sums are compared.

use std::collections::BTreeMap;
use std::time::Instant;

use jiff::civil::{Date, Time, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use rusqlite::Connection;
use uuid::Uuid;
use wattkey_domain::usage::{Channel, LoadCurve, PeriodMap};
use wattkey_domain::{CustomerId, PenaltyRules, UserId};
use wattkey_platform::warnings::{Detail, Gathered, HISTORY_DAYS, Reckoned, warnings};
use wattkey_sample::{Kind, Site, ZONE, curve, periods, schedule, sites, tariff};
use wattkey_store::{MAX_PAGE, Record, Store};

use crate::figure::{Figure, Unit};
use crate::report::Report;
use crate::{books, options};

const CUSTOMER: CustomerId = CustomerId::from_uuid(Uuid::from_u128(0xc1));
const SEED: u64 = 2026;
const FROM: Date = date(2025, 1, 1);
const TO: Date = date(2026, 1, 1);
const TARGET_MS: u128 = 100;
/// How often warnings are reckoned.
const RUNS: usize = 7;
/// Records that are taken in together.
const PIECE: usize = 2_000;

/// Watt-hours by metering point, month and period.
type Sums = BTreeMap<(String, String, String), i64>;

pub(crate) fn run(report: &mut Report) -> anyhow::Result<()> {
    let points = if options::is_quick() { 10 } else { 50 };
    let halls = sites()
        .into_iter()
        .filter(|site| site.kind == Kind::DataCentre);
    let halls: Vec<Site> = halls.take(points).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let folder = tempfile::tempdir()?;
    let both = books::both(folder.path())?;
    let curves: Vec<LoadCurve> = halls
        .iter()
        .map(|hall| curve(hall, SEED, FROM, TO))
        .collect();
    let values: usize = curves.iter().map(LoadCurve::len).sum();
    let peer = rows(&curves)?;
    for (name, location) in [("SQLite", &both.sqlite), ("PostgreSQL", &both.postgres)] {
        let store = Store::open_at(location)?;
        let start = Instant::now();
        let records = runtime.block_on(fill(&store, &halls, &curves))?;
        report.note(format!(
            "{name}: {records} day records of three channels taken in in {} ms",
            start.elapsed().as_millis()
        ));
        let theirs = by_sql(&peer)?;
        let ours = runtime.block_on(by_books(&store))?;
        anyhow::ensure!(ours == theirs, "the sums differ");
        let mut worst = 0;
        report.compare(
            &format!("{name}, months by period"),
            Unit::Microseconds,
            || {
                let start = Instant::now();
                let sums = runtime.block_on(by_books(&store))?;
                anyhow::ensure!(!sums.is_empty(), "nothing was summed");
                worst = worst.max(start.elapsed().as_millis());
                Ok(Figure::microseconds(start.elapsed()))
            },
            "SQL in SQLite, in memory",
            || {
                let start = Instant::now();
                anyhow::ensure!(!by_sql(&peer)?.is_empty(), "nothing was summed");
                Ok(Figure::microseconds(start.elapsed()))
            },
        )?;
        let missed = if worst > TARGET_MS {
            ", over the target"
        } else {
            ""
        };
        report.note(format!("{name}: {worst} ms at most{missed}"));
        let mut times = Vec::new();
        for _ in 0..RUNS {
            let start = Instant::now();
            let found = runtime.block_on(warned(&store, &halls))?;
            anyhow::ensure!(found >= halls.len(), "{found} warnings are too few");
            times.push(start.elapsed().as_millis());
        }
        times.sort_unstable();
        report.note(format!(
            "{name}: the warnings of {points} contract accounts in {} ms (median of {RUNS}), {} at most",
            times[RUNS / 2],
            times[RUNS - 1],
        ));
    }
    report.note(format!(
        "{points} metering points, {values} quarter-hours of active energy; target: under {TARGET_MS} ms"
    ));
    Ok(())
}

/// What `GET /v1/warnings` reckons of all contract accounts: how many warnings there are.
async fn warned(store: &Store, halls: &[Site]) -> anyhow::Result<usize> {
    let zone = TimeZone::get(ZONE)?;
    let start = |day: Date| -> anyhow::Result<Timestamp> {
        let midnight = zone.to_ambiguous_timestamp(day.to_datetime(Time::midnight()));
        Ok(midnight.compatible()?)
    };
    let span = (start(TO - HISTORY_DAYS.days())?, start(TO + 1.day())?);
    let with = Reckoned {
        today: TO,
        rules: PenaltyRules::default(),
        detail: Detail::Months,
    };
    let channels = [
        Channel::ActiveImport,
        Channel::ReactiveImport,
        Channel::ReactiveExport,
    ];
    let (mut found, mut gathered) = (0, Gathered::default());
    for hall in halls {
        let usage = store.account_usage(CUSTOMER, hall.account.clone()).await?;
        let usage = usage.ok_or_else(|| anyhow::anyhow!("there is no {}", hall.account))?;
        while gathered.len() < usage.points.len() {
            let rest = usage.points[gathered.len()..].to_vec();
            let curves = store.load_curves(rest, zone.clone(), span, channels.to_vec());
            gathered.add(&usage, &curves.await?, TO);
        }
        found += warnings(&usage, &gathered, with).len();
        gathered = gathered.emptied();
    }
    Ok(found)
}

/// From the books: blocks are read and unpacked, and the periods of the year laid out, each time.
async fn by_books(store: &Store) -> anyhow::Result<Sums> {
    let zone = TimeZone::get(ZONE)?;
    let start = |day: Date| -> anyhow::Result<Timestamp> {
        let midnight = zone.to_ambiguous_timestamp(day.to_datetime(Time::midnight()));
        Ok(midnight.compatible()?)
    };
    let span = (start(FROM)?, start(TO)?);
    let mut points = store
        .metering_points(CUSTOMER, None, None, MAX_PAGE)
        .await?;
    let mut curves = Vec::new();
    while !points.items.is_empty() {
        let rest = points.items.clone();
        let found = store
            .load_curves(rest, zone.clone(), span, vec![Channel::ActiveImport])
            .await?;
        points.items.drain(..found.len());
        curves.extend(found.into_iter().flatten());
    }
    let schedule = periods();
    let mut sums = Sums::new();
    let mut map: Option<PeriodMap> = None;
    for curve in &curves {
        if !map.as_ref().is_some_and(|map| map.serves(curve)) {
            map = Some(PeriodMap::new(&schedule, curve));
        }
        let Some(map) = &map else { continue };
        for month in curve.by_period(map) {
            let name = month.date.strftime("%Y-%m").to_string();
            for (period, energy) in month.periods.iter().zip(&month.energies) {
                if energy.milli() > 0 {
                    let key = (curve.point().to_string(), name.clone(), period.clone());
                    sums.insert(key, energy.milli() / 1_000);
                }
            }
        }
    }
    Ok(sums)
}

fn by_sql(peer: &Connection) -> anyhow::Result<Sums> {
    let sql = "SELECT readings.point, quarters.month, quarters.period, sum(readings.wh)
        FROM readings JOIN quarters ON quarters.at = readings.at
        GROUP BY readings.point, quarters.month, quarters.period";
    let mut query = peer.prepare_cached(sql)?;
    let rows = query.query_map([], |row| {
        Ok((
            (row.get(0)?, row.get(1)?, row.get(2)?),
            row.get::<_, i64>(3)?,
        ))
    })?;
    let sums = rows.filter(|row| row.as_ref().map_or(true, |(_, sum)| *sum > 0));
    Ok(sums.collect::<Result<_, _>>()?)
}

/// The same values as rows, with the month and the period of each quarter-hour.
fn rows(curves: &[LoadCurve]) -> anyhow::Result<Connection> {
    let peer = Connection::open_in_memory()?;
    peer.execute_batch(
        "CREATE TABLE readings (point TEXT NOT NULL, at INTEGER NOT NULL, wh INTEGER NOT NULL,
             PRIMARY KEY (point, at)) STRICT, WITHOUT ROWID;
         CREATE TABLE quarters (at INTEGER PRIMARY KEY, month TEXT NOT NULL, period TEXT NOT NULL) STRICT;
         BEGIN",
    )?;
    let schedule = periods();
    {
        let mut insert = peer.prepare("INSERT INTO readings VALUES (?1, ?2, ?3)")?;
        for curve in curves {
            let point = curve.point().to_string();
            for index in 0..curve.len() {
                let energy = curve.value(Channel::ActiveImport, index).energy;
                let at = curve.at(index).as_second();
                insert.execute((&point, at, energy.milli() / 1_000))?;
            }
        }
        let mut insert = peer.prepare("INSERT INTO quarters VALUES (?1, ?2, ?3)")?;
        let first = curves.first().ok_or_else(|| anyhow::anyhow!("no curve"))?;
        let map = PeriodMap::new(&schedule, first);
        for total in first.totals(wattkey_domain::usage::Step::Raw) {
            let found = first.by_period_of(&map, &total);
            let found = found.ok_or_else(|| anyhow::anyhow!("no period"))?;
            let place = found.energies.iter().position(|energy| energy.milli() > 0);
            let period = &found.periods[place.ok_or_else(|| anyhow::anyhow!("a dark hall"))?];
            let month = total.date.strftime("%Y-%m").to_string();
            insert.execute((total.from.as_second(), month, period))?;
        }
    }
    peer.execute_batch("COMMIT; ANALYZE")?;
    Ok(peer)
}

async fn fill(store: &Store, halls: &[Site], curves: &[LoadCurve]) -> anyhow::Result<usize> {
    let user = UserId::from_uuid(Uuid::from_u128(0xa1));
    let accounts: Vec<_> = halls.iter().map(|hall| hall.account.to_string()).collect();
    let mut lines = books::people(CUSTOMER, user, &accounts);
    let document = |text: &str| wattkey_pki::b64u::encode(text.as_bytes());
    lines.push(format!(
        r#"{{"type":"tariff","document":"{}"}}"#,
        document(&tariff(Kind::DataCentre))
    ));
    lines.push(format!(
        r#"{{"type":"schedule","id":"S-1","document":"{}"}}"#,
        document(&schedule())
    ));
    lines.extend(halls.iter().map(|hall| {
        format!(
            r#"{{"type":"metering-point","id":"{}","account":"{}","name":"Hall","address":"1 Mill Road","under":null,"tariff":"T-large-capacity-90","schedule":"S-1","capacity_kva":"2500","contracted_kw":null,"prepaid":false}}"#,
            hall.point, hall.account
        )
    }));
    store.import(books::parsed(&lines)?, books::now()).await?;
    let mut readings = Vec::new();
    for curve in curves {
        readings.extend(wattkey_usage::records(curve)?);
    }
    for piece in readings.chunks(PIECE) {
        let records = piece.iter().map(|line| Record::parse(line.as_bytes()));
        let records = records.collect::<Result<_, _>>()?;
        store.import(records, books::now()).await?;
    }
    Ok(readings.len())
}
