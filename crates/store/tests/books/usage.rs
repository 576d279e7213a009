//! Tariffs, metering points and readings: what files bring in, what is read again.

use std::sync::Arc;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use wattkey_domain::usage::{Channel, Energy, LoadCurve, Mark, Step};
use wattkey_domain::{AccountId, BillId, Currency};
use wattkey_store::{
    FileOutcome, ImportError, ImportReport, MeteringPointRow, NumberedFile, Record, RecordSource,
    SourceError,
};

use crate::place::Place;
use crate::world::{CUSTOMER, OTHER_CUSTOMER, World, noon};

const DAY: usize = 96;

/// All records at once.
struct Whole(Vec<Record>, bool);

impl RecordSource for Whole {
    fn begin(&mut self) -> Result<(), SourceError> {
        self.1 = false;
        Ok(())
    }

    fn next(&mut self) -> Result<Vec<Record>, SourceError> {
        let given = std::mem::replace(&mut self.1, true);
        Ok(if given { Vec::new() } else { self.0.clone() })
    }

    fn bills(&self) -> &[BillId] {
        &[]
    }

    fn deposits(&self) -> &[(AccountId, Currency)] {
        &[]
    }
}

impl World {
    async fn usage_file(&self, number: u8, lines: &[Value]) -> Result<ImportReport, ImportError> {
        let records: Vec<_> = lines.iter().map(record).collect();
        let file = NumberedFile {
            source: "marketing".to_owned(),
            number: number.into(),
            digest: [number; 32],
            records: records.len() as u64,
            totals: "{}".to_owned(),
            signature: "a.b.c".to_owned(),
        };
        let (now, progress) = (noon("2026-09-26"), Arc::default());
        let records = Box::new(Whole(records, false));
        let taken = self.store.import_file(file, records, progress, now).await?;
        match taken {
            FileOutcome::Taken { report, .. } => Ok(report),
            other => panic!("{other:?}"),
        }
    }

    async fn curve(&self, from: &str, to: &str) -> Option<LoadCurve> {
        self.point(from, to).await.unwrap().1
    }

    async fn point(&self, from: &str, to: &str) -> Option<(MeteringPointRow, Option<LoadCurve>)> {
        let span = [from, to].map(|text| text.parse::<Timestamp>().unwrap());
        let point = "P-1".parse().unwrap();
        self.store
            .readings(CUSTOMER, point, TimeZone::UTC, (span[0], span[1]))
            .await
            .unwrap()
    }
}

fn record(line: &Value) -> Record {
    Record::parse(line.to_string().as_bytes()).unwrap()
}

fn encoded(document: &Value) -> String {
    Base64UrlUnpadded::encode_string(document.to_string().as_bytes())
}

fn tariff(price: &str) -> Value {
    let text = json!({"en": "Energy", "zh": "电费"});
    let document = json!({"tariff": "T-1", "name": text, "currency": "CNY", "versions": [
        {"from": "2020-01-01", "charges": [{"kind": "energy", "text": text, "price": price}],
         "basic": null, "power_factor": null, "tax": null}]});
    json!({"type": "tariff", "document": encoded(&document)})
}

fn schedule() -> Value {
    let days = json!([{"on": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
        "times": {"00:00": "valley", "08:00": "peak"}}]);
    let document = json!({"versions": [{"from": "2020-01-01", "seasons": [
        {"from": "01-01", "to": "12-31", "days": days}]}]});
    json!({"type": "schedule", "id": "S-1", "document": encoded(&document)})
}

fn point(id: &str, under: Option<&str>) -> Value {
    json!({"type": "metering-point", "id": id, "account": "C-1", "name": "Works", "address": "Road",
        "under": under, "tariff": "T-1", "schedule": "S-1", "capacity_kva": "6300",
        "contracted_kw": null, "prepaid": true})
}

fn metered(bill: &str, month: &str, point: &str) -> Value {
    let document = json!({"account": "C-1", "month": month, "from": "2026-08-01", "to": "2026-09-01",
        "points": [{"point": point, "tariff": "T-1", "meters": [{"meter": "M", "multiplier": "1",
            "registers": [{"kind": "active", "readings": [{"at": "2026-08-01", "value": "0"},
                {"at": "2026-09-01", "value": "1"}]}]}]}]});
    json!({"type": "metered", "bill": bill, "document": encoded(&document)})
}

fn readings(start: &str, values: &[Option<i64>]) -> Value {
    json!({"type": "readings", "point": "P-1", "start": start, "resolution": 900,
        "channels": {"active-import": values}})
}

/// Days of equal quarter-hours, one record for each.
fn days(first: &str, count: usize, watt_hours: i64) -> Vec<Value> {
    let first: Timestamp = first.parse().unwrap();
    let day = |day: usize| {
        let start = first + jiff::SignedDuration::from_hours(24 * i64::try_from(day).unwrap());
        readings(&start.to_string(), &[Some(watt_hours); DAY])
    };
    (0..count).map(day).collect()
}

async fn world() -> World {
    let world = World::new(&[("B-1", 1_000)]).await;
    let set_up = [tariff("0.5"), schedule(), point("P-1", None)];
    let report = world.usage_file(1, &set_up).await.unwrap();
    assert_eq!((report.added, report.posted), (3, 0));
    world
}

#[tokio::test]
async fn readings_come_back_across_blocks() {
    let world = world().await;
    // Two months lie in at least two blocks of 32 days.
    let report = world
        .usage_file(2, &days("2026-07-01T00:00:00Z", 62, 250_000))
        .await
        .unwrap();
    assert_eq!(
        (report.added, report.unchanged, report.replaced),
        (62, 0, 0)
    );
    let (row, curve) = world
        .point("2026-06-01T00:00:00Z", "2027-01-01T00:00:00Z")
        .await
        .unwrap();
    let ends = row.curve.unwrap();
    assert_eq!(ends.first.to_string(), "2026-07-01T00:00:00Z");
    assert_eq!(ends.last.to_string(), "2026-09-01T00:00:00Z");
    let curve = curve.unwrap();
    assert_eq!(curve.len(), 62 * DAY);
    let months = curve.totals(Step::Month);
    let kwh: Vec<_> = months
        .iter()
        .map(|month| month.energy(Channel::ActiveImport).kwh().to_string())
        .collect();
    assert_eq!(kwh, ["744000", "744000"]);
    let part = world
        .curve("2026-08-01T00:00:00Z", "2026-08-01T06:00:00Z")
        .await
        .unwrap();
    assert_eq!(part.len(), 24);
    let none = world.curve("2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z");
    assert!(none.await.is_none());
    let foreign = world.store.readings(
        OTHER_CUSTOMER,
        "P-1".parse().unwrap(),
        TimeZone::UTC,
        (noon("2026-07-01"), noon("2026-07-02")),
    );
    assert!(foreign.await.unwrap().is_none());
    world.assert_sound().await;
}

/// Readings of another point and grid.
fn readings_of(point: &str, start: &str, resolution: u32, values: &[i64]) -> Value {
    json!({"type": "readings", "point": point, "start": start, "resolution": resolution,
        "channels": {"active-import": values, "reactive-import": values}})
}

#[tokio::test]
async fn the_curves_of_many_points_come_in_one_answer() {
    let world = world().await;
    let hours: Vec<i64> = (1..=48).collect();
    let mut lines = vec![point("P-2", None), point("P-3", None)];
    lines.push(readings_of(
        "P-2",
        "2026-08-30T06:00:00+05:30",
        3_600,
        &hours,
    ));
    lines.extend(days("2026-07-01T00:00:00Z", 62, 250_000));
    world.usage_file(2, &lines).await.unwrap();
    let points = world.store.metering_points(CUSTOMER, None, None, 50).await;
    let points = points.unwrap().items;
    let span = ["2026-07-15T00:00:00Z", "2026-08-31T12:00:00Z"];
    let span = span.map(|text| text.parse::<Timestamp>().unwrap());
    let ask = |points, channels| {
        let span = (span[0], span[1]);
        world
            .store
            .load_curves(points, TimeZone::UTC, span, channels)
    };
    let found = ask(points.clone(), Channel::ALL.to_vec()).await.unwrap();
    let [Some(works), Some(other), None] = &found[..] else {
        panic!("{found:?}");
    };
    assert_eq!(
        (works.point().as_str(), works.len()),
        ("P-1", 47 * DAY + 48)
    );
    assert_eq!((other.point().as_str(), other.len()), ("P-2", 36));
    assert_eq!(other.at(0).to_string(), "2026-08-30T00:30:00Z");
    let total = |curve: &LoadCurve, channel| {
        let totals = curve.totals(Step::Month);
        totals
            .iter()
            .map(|month| month.energy(channel).milli())
            .sum::<i64>()
    };
    assert_eq!(
        total(works, Channel::ActiveImport),
        (47 * 96 + 48) * 250_000_000
    );
    assert_eq!(total(other, Channel::ReactiveImport), 36 * 37 / 2 * 1_000);
    for (row, together) in points.iter().zip(&found) {
        let alone = world
            .store
            .readings(
                CUSTOMER,
                row.point.id.clone(),
                TimeZone::UTC,
                (span[0], span[1]),
            )
            .await
            .unwrap();
        assert_eq!(alone.unwrap().1, *together);
    }
    let active = ask(points[1..].to_vec(), vec![Channel::ActiveImport]).await;
    let active = active.unwrap().swap_remove(0).unwrap();
    assert_eq!(
        active.channels().collect::<Vec<_>>(),
        [Channel::ActiveImport]
    );
    assert_eq!(total(&active, Channel::ActiveImport), 36 * 37 / 2 * 1_000);
}

#[tokio::test]
async fn an_answer_holds_as_many_curves_as_have_room() {
    let world = world().await;
    let mut lines = vec![point("P-2", None), point("P-3", None)];
    for id in ["P-2", "P-3"] {
        // Two years of minutes fill an answer, whatever is missing between.
        for start in ["2024-01-01T00:00:00Z", "2025-12-28T00:00:00Z"] {
            lines.push(readings_of(id, start, 60, &[7]));
        }
    }
    world.usage_file(2, &lines).await.unwrap();
    let points = world.store.metering_points(CUSTOMER, None, None, 50).await;
    let mut rest = points.unwrap().items;
    let mut answers = Vec::new();
    while !rest.is_empty() {
        let channels = Channel::ALL.to_vec();
        let span = (noon("2023-01-01"), noon("2026-09-01"));
        let found = world
            .store
            .load_curves(rest.clone(), TimeZone::UTC, span, channels)
            .await
            .unwrap();
        rest.drain(..found.len());
        answers.push(
            found
                .into_iter()
                .map(|curve| curve.map(|curve| curve.len())),
        );
    }
    let answers: Vec<Vec<_>> = answers.into_iter().map(Iterator::collect).collect();
    let minutes = 727 * 24 * 60 + 1;
    assert_eq!(answers, [vec![None, Some(minutes)], vec![Some(minutes)]]);
}

#[tokio::test]
async fn readings_are_replaced_interval_by_interval() {
    let world = world().await;
    let start = "2026-07-01T00:00:00Z";
    let first = readings(start, &[Some(1), Some(2), None, Some(4)]);
    world
        .usage_file(2, std::slice::from_ref(&first))
        .await
        .unwrap();
    let mut second = readings(start, &[None, Some(20), Some(30), Some(4)]);
    second["channels"]["reactive-import"] = json!([5, null, null, null]);
    second["marks"] =
        json!([{"channel": "active-import", "from": 1, "count": 1, "mark": "estimated"}]);
    let counted = |report: ImportReport| (report.added, report.unchanged, report.replaced);
    let again = world.usage_file(3, &[first]).await.unwrap();
    assert_eq!(counted(again), (0, 1, 0));
    let other = world.usage_file(4, &[second]).await.unwrap();
    assert_eq!(counted(other), (0, 0, 1));
    let curve = world.curve(start, "2026-07-02T00:00:00Z").await.unwrap();
    let active: Vec<_> = (0..4)
        .map(|index| curve.value(Channel::ActiveImport, index))
        .map(|value| (value.energy.milli() / 1_000, value.mark))
        .collect();
    assert_eq!(
        active,
        [
            (1, Mark::Measured),
            (20, Mark::Estimated),
            (30, Mark::Measured),
            (4, Mark::Measured)
        ]
    );
    let reactive = curve.value(Channel::ReactiveImport, 0);
    assert_eq!(reactive.energy, Energy::from_milli(5_000));
    assert_eq!(curve.value(Channel::ReactiveImport, 1).mark, Mark::Missing);
    world.assert_sound().await;
}

#[tokio::test]
async fn documents_and_points_are_replaced_and_what_a_bill_was_reckoned_from_is_not() {
    let world = world().await;
    let month = metered("B-1", "2026-08", "P-1");
    world
        .usage_file(2, std::slice::from_ref(&month))
        .await
        .unwrap();
    let mut other = point("P-1", None);
    other["name"] = json!("New works");
    let lines = [tariff("0.6"), schedule(), other.clone(), month.clone()];
    let report = world.usage_file(3, &lines).await.unwrap();
    assert_eq!((report.added, report.unchanged, report.replaced), (0, 2, 2));
    let kept = world.store.tariff("T-1".parse().unwrap()).await.unwrap();
    let text = String::from_utf8(kept.unwrap().bytes).unwrap();
    assert!(text.contains("0.6"), "{text}");
    let points = world.store.metering_points(CUSTOMER, None, None, 50).await;
    assert_eq!(points.unwrap().items[0].point.name, "New works");
    let document = world.store.metered(CUSTOMER, "B-1".parse().unwrap()).await;
    assert!(document.unwrap().is_some());
    let foreign = world.store.metered(OTHER_CUSTOMER, "B-1".parse().unwrap());
    assert!(foreign.await.unwrap().is_none());
    let usage = world
        .store
        .account_usage(CUSTOMER, "C-1".parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(usage.tariffs.len(), 1);
    assert_eq!(usage.last_bill.unwrap().bill.as_str(), "B-1");
    assert_eq!(usage.last_metered.unwrap().0.as_str(), "B-1");
    assert_eq!(usage.open.len(), 1);
    // Another account, and another month of the same bill.
    other["account"] = json!("C-2");
    let changed = metered("B-1", "2026-08", "P-1");
    let changed = {
        let document = changed["document"].as_str().unwrap();
        let text = Base64UrlUnpadded::decode_vec(document).unwrap();
        let text = String::from_utf8(text).unwrap().replace("\"1\"", "\"2\"");
        json!({"type": "metered", "bill": "B-1",
            "document": Base64UrlUnpadded::encode_string(text.as_bytes())})
    };
    for line in [other, changed] {
        let error = world.usage_file(4, &[line]).await.unwrap_err();
        assert!(matches!(error, ImportError::Conflict { .. }), "{error}");
    }
    world.assert_sound().await;
}

#[tokio::test]
async fn what_does_not_fit_is_refused_with_its_record() {
    let world = world().await;
    let start = "2026-07-01T00:00:00Z";
    let lines = [readings(start, &[Some(1)]), point("P-2", Some("P-1"))];
    world.usage_file(2, &lines).await.unwrap();
    let changed = |line: Value, member: &str, value: Value| {
        let mut line = line;
        line[member] = value;
        line
    };
    let unknown = |member: &str| changed(point("P-9", None), member, json!("X-9"));
    let off_grid = json!({"type": "readings", "point": "P-1", "start": "2026-07-01T00:05:00+00:05",
        "resolution": 900, "channels": {"active-import": [1]}});
    let table = [
        (vec![unknown("account")], 0, "account X-9"),
        (vec![unknown("tariff")], 0, "tariff X-9"),
        (vec![unknown("schedule")], 0, "schedule X-9"),
        (
            vec![unknown("under")],
            0,
            "metering point X-9 of account C-1",
        ),
        (
            vec![point("P-3", Some("P-2"))],
            0,
            "lies behind one that lies behind",
        ),
        (
            vec![point("P-3", None), point("P-1", Some("P-3"))],
            1,
            "lies behind one that lies behind",
        ),
        (
            vec![changed(readings(start, &[Some(1)]), "point", json!("P-9"))],
            0,
            "metering point P-9",
        ),
        (
            vec![changed(
                readings(start, &[Some(1)]),
                "resolution",
                json!(3_600),
            )],
            0,
            "keeps its interval",
        ),
        (
            vec![changed(
                off_grid,
                "start",
                json!("2026-07-01T00:00:00+00:05"),
            )],
            0,
            "off the grid",
        ),
        (
            vec![
                readings("2026-07-02T00:00:00Z", &[Some(1), Some(2)]),
                readings("2026-07-02T00:15:00Z", &[Some(3), Some(4)]),
            ],
            1,
            "overlap others of this file",
        ),
        (vec![metered("B-9", "2026-08", "P-1")], 0, "bill B-9"),
        (
            vec![metered("B-1", "2026-07", "P-1")],
            0,
            "is of 2026-07 of C-1",
        ),
        (
            vec![metered("B-1", "2026-08", "P-9")],
            0,
            "metering point P-9",
        ),
    ];
    for (lines, index, problem) in table {
        let error = world.usage_file(3, &lines).await.unwrap_err();
        assert_eq!(error.index(), Some(index), "{error}");
        assert!(error.to_string().contains(problem), "{error}: {problem}");
    }
    // The same values twice are no contradiction.
    let twice = [
        readings("2026-07-02T00:00:00Z", &[Some(1), Some(2)]),
        readings("2026-07-02T00:15:00Z", &[Some(2), Some(4)]),
    ];
    assert_eq!(world.usage_file(3, &twice).await.unwrap().added, 2);
    world.assert_sound().await;
}

#[tokio::test]
async fn without_a_file_other_readings_are_refused() {
    let world = World::new(&[]).await;
    let first = [
        tariff("0.5"),
        schedule(),
        point("P-1", None),
        readings("2026-07-01T00:00:00Z", &[Some(1), Some(2)]),
    ];
    let records: Vec<_> = first.iter().map(record).collect();
    let now = noon("2026-09-26");
    assert_eq!(
        world
            .store
            .import(records.clone(), now)
            .await
            .unwrap()
            .added,
        4
    );
    assert_eq!(world.store.import(records, now).await.unwrap().unchanged, 4);
    let other = record(&readings("2026-07-01T00:00:00Z", &[Some(1), Some(3)]));
    let error = world.store.import(vec![other], now).await.unwrap_err();
    assert!(matches!(error, ImportError::Conflict { .. }), "{error}");
    let more = record(&readings("2026-07-01T00:30:00Z", &[Some(3)]));
    assert_eq!(world.store.import(vec![more], now).await.unwrap().added, 1);
}

#[tokio::test]
async fn a_rehearsal_takes_nothing_in() {
    let world = world().await;
    let records: Vec<_> = days("2026-07-01T00:00:00Z", 3, 7)
        .iter()
        .map(record)
        .collect();
    let file = NumberedFile {
        source: "marketing".to_owned(),
        number: 2,
        digest: [2; 32],
        records: 3,
        totals: "{}".to_owned(),
        signature: "a.b.c".to_owned(),
    };
    let records = Box::new(Whole(records, false));
    let outcome = world
        .store
        .rehearse_file(file, records, Arc::default(), noon("2026-09-26"))
        .await
        .unwrap();
    let FileOutcome::Rehearsed { report, faults } = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!((report.added, faults.len()), (3, 0));
    assert!(
        world
            .point("2026-07-01T00:00:00Z", "2026-08-01T00:00:00Z")
            .await
            .unwrap()
            .0
            .curve
            .is_none()
    );
}

#[tokio::test]
async fn readings_that_were_changed_are_found() {
    let world = world().await;
    world
        .usage_file(2, &days("2026-07-01T00:00:00Z", 40, 250_000))
        .await
        .unwrap();
    world
        .usage_file(3, &[metered("B-1", "2026-08", "P-1")])
        .await
        .unwrap();
    let World { place, store, .. } = world;
    drop(store);
    let zeros = Place::blob(&"00".repeat(32));
    for (statement, words) in [
        (
            format!("UPDATE readings SET body = {}", Place::blob("0203")),
            "damaged",
        ),
        (
            "UPDATE load_curves SET last = last + 900".to_owned(),
            "begin and end",
        ),
        ("DELETE FROM load_curves".to_owned(), "no grid"),
        (format!("UPDATE tariffs SET digest = {zeros}"), "digest"),
        (format!("UPDATE metered SET digest = {zeros}"), "digest"),
    ] {
        let copy = place.copy();
        copy.tamper(&statement);
        let report = copy.open().verify().await.unwrap();
        let found: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
        assert!(
            found.iter().any(|one| one.contains(words)),
            "{statement}: {found:?}"
        );
    }
}
