//! What the service says in these tests: consumption, a bill that does not reckon, a statement.

use jiff::civil::date;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};
use wattkey_client::reckoning::Reckoned;
use wattkey_desktop::model::bills;
use wattkey_desktop::model::usage::{Asked, Shown, View};
use wattkey_domain::BillDocument;
use wattkey_domain::tariff::{Metered, Tariff};
use wattkey_protocol::api::BillDetail;
use wattkey_protocol::dispute::DisputeView;
use wattkey_protocol::statement::Statement;
use wattkey_protocol::usage::{MeteringPoint, Readings};

const BILL: &[u8] = include_bytes!("../../../client/tests/cmd/reckon-differs.in/bill.json");
const READINGS: &[u8] = include_bytes!("../../../client/tests/cmd/reckon-differs.in/readings.json");
const TARIFF: &[u8] = include_bytes!("../../../client/tests/cmd/reckon-differs.in/tariff.json");

/// Two metering points, with readings from January of last year until the end of October.
pub(crate) fn points() -> Vec<MeteringPoint> {
    let point = |point: &str, account: &str, name: &str, contracted: Value| {
        json!({"point": point, "account": account, "name": name, "address": "1 Works Road",
            "under": null, "tariff": "T-1", "schedule": "S-1", "capacity_kva": "63000",
            "contracted_kw": contracted, "prepaid": false, "first": "2024-12-31T16:00:00Z",
            "last": "2026-10-31T16:00:00Z"})
    };
    let points = json!([
        point("P-1001", "C-1001", "Arc furnace 1", json!("46000")),
        point("P-1002", "C-1002", "示例轧钢车间", Value::Null),
    ]);
    serde_json::from_value(points).unwrap()
}

fn begin(day: jiff::civil::Date) -> Timestamp {
    day.in_tz("Asia/Shanghai").unwrap().timestamp()
}

fn sum(from: Timestamp, to: Timestamp, day: jiff::civil::Date, kwh: i64, demand: i64) -> Value {
    let wh = kwh * 1_000;
    json!({"from": from.to_string(), "to": to.to_string(), "date": day,
        "energy": {"active-import": wh, "reactive-import": wh / 3},
        "periods": {"sharp": wh / 10, "peak": wh * 3 / 10, "flat": wh * 3 / 10,
            "valley": wh - wh / 10 - wh * 3 / 10 * 2},
        "maximum_demand": {"at": from.to_string(), "watt": demand * 1_000, "window": 900, "missing": 0},
        "power_factor": "0.93"})
}

fn readings(asked: &Asked, step: &str, items: &[Value]) -> Readings {
    let first = begin(asked.from);
    let mut total = sum(first, begin(asked.to()), asked.from, 19_600_000, 47_312);
    total.as_object_mut().unwrap().remove("date");
    serde_json::from_value(
        json!({"point": asked.point, "from": asked.from, "to": asked.to(),
        "step": step, "time_zone": "Asia/Shanghai", "resolution": 900, "schedule": "S-1",
        "total": total, "items": items}),
    )
    .unwrap()
}

/// What the service would answer.
pub(crate) fn consumption(asked: &Asked) -> Shown {
    let day = |number: i64| asked.from.saturating_add(number.days());
    let wave = |number: i64| 600_000 + (number * 37 % 11) * 9_000;
    let (sums, raw) = match asked.view {
        View::Month => {
            let days = (0..31).map(|number| {
                let (from, to) = (begin(day(number)), begin(day(number + 1)));
                sum(from, to, day(number), wave(number), 40_000 + number * 250)
            });
            (readings(asked, "day", &days.collect::<Vec<_>>()), None)
        }
        View::Year => {
            let months = (0..10).map(|number: i64| {
                let first = asked.from.saturating_add(number.months());
                let (from, to) = (begin(first), begin(first.saturating_add(1.month())));
                sum(from, to, first, wave(number) * 30, 41_000 + number * 700)
            });
            (readings(asked, "month", &months.collect::<Vec<_>>()), None)
        }
        View::Day => {
            let at = |minutes: i64| begin(asked.from) + minutes.minutes();
            let hours = (0..24).map(|hour| {
                let mut sum = sum(
                    at(hour * 60),
                    at(hour * 60 + 60),
                    asked.from,
                    25_000 + hour * 700,
                    46_500,
                );
                let period = match hour {
                    0..8 => "valley",
                    10..12 | 15..19 => "peak",
                    19..21 => "sharp",
                    _ => "flat",
                };
                let energy = sum["energy"]["active-import"].clone();
                sum["periods"] = json!({ period: energy });
                sum
            });
            let quarters = (0..96).map(|quarter| {
                json!({"from": at(quarter * 15).to_string(), "to": at(quarter * 15 + 15).to_string(),
                    "energy": {"active-import": 6_000_000 + (quarter * 53 % 17) * 220_000}})
            });
            (
                readings(asked, "hour", &hours.collect::<Vec<_>>()),
                Some(readings(asked, "raw", &quarters.collect::<Vec<_>>())),
            )
        }
    };
    Shown {
        asked: asked.clone(),
        sums,
        raw,
    }
}

/// A bill whose demand was charged too low.
pub(crate) fn document() -> BillDocument {
    BillDocument::parse(BILL).unwrap()
}

pub(crate) fn bill() -> bills::Loaded {
    let document = document();
    let detail: BillDetail = serde_json::from_value(json!({"bill": document.bill,
        "account": document.account, "period": document.period, "issued": document.issued,
        "due": document.due, "currency": "CNY", "total": document.total.minor(),
        "open": document.total.minor(), "in_collection": 0, "state": "open",
        "document": wattkey_pki::Digest::of(BILL),
        "quote": {"principal": document.total.minor(), "penalty": 1_234_567, "days": 12,
            "until": "2026-11-22T16:00:00Z"},
        "order": null}))
    .unwrap();
    bills::Loaded { detail, document }
}

pub(crate) fn reckoned() -> Reckoned {
    let tariff = Tariff::parse(TARIFF).unwrap();
    Reckoned::new(&document(), &[tariff], Metered::parse(READINGS).unwrap()).unwrap()
}

/// One that was answered, and one that is open.
pub(crate) fn disputes() -> Vec<DisputeView> {
    let dispute = |id: &str, line: Value, state: &str, answer: Value| {
        json!({"dispute": id, "digest": wattkey_pki::Digest::of(b"dispute"),
            "customer": {"id": "5e1f0000-0000-4000-8000-000000000001", "name": "Dongshan Steelworks"},
            "account": "C-02", "user": {"id": "5e1f0000-0000-4000-8000-000000000101", "name": "Li Na"},
            "terms": {"bill": "B-2026-08-02", "document": wattkey_pki::Digest::of(BILL), "line": line,
                "amount": 11_155_200, "currency": "CNY", "reason": "quantity",
                "text": "The meter stood still from the 3rd on."},
            "state": state, "at": "2026-09-05T02:00:00Z", "from": "2026-09-05", "until": null,
            "withdrawn": null, "answer": answer})
    };
    let answer = json!({"outcome": "partly", "text": "Half of it is credited.",
        "answered": "2026-09-12", "at": "2026-09-12T02:00:00Z"});
    let disputes = json!([
        dispute(
            "6c1d0e4f-2a3b-4c5d-8e6f-708192a3b4c5",
            Value::Null,
            "open",
            Value::Null
        ),
        dispute(
            "6c1d0e4f-2a3b-4c5d-8e6f-708192a3b4c6",
            json!(5),
            "answered",
            answer
        ),
    ]);
    serde_json::from_value(disputes).unwrap()
}

/// Three months with a bill and its payment each.
pub(crate) fn statement() -> Statement {
    let mut items = Vec::new();
    for month in 8..11_i8 {
        let first = date(2026, month, 1);
        items.push(
            json!({"day": first, "posted": format!("{first}T01:00:00Z"), "ledger": "bills",
            "kind": "bill", "bill": format!("B-2026-{:02}-1001", month - 1),
            "period": format!("2026-{:02}", month - 1), "due": date(2026, month, 15),
            "debit": 1_293_276_956_i64, "credit": 0, "balance": 1_293_276_956_i64}),
        );
        items.push(
            json!({"day": date(2026, month, 14), "posted": format!("2026-{month:02}-14T01:00:00Z"),
            "ledger": "bills", "kind": "payment", "way": "mandate",
            "bill": format!("B-2026-{:02}-1001", month - 1), "reference": "furnace 1",
            "order": "7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11",
            "debit": 0, "credit": 1_293_276_956_i64, "balance": 0}),
        );
    }
    serde_json::from_value(json!({"account": "C-1001", "name": "Arc furnace 1",
        "address": "1 Furnace Road", "currency": "CNY", "from": "2026-08-01", "to": "2026-10-31",
        "as_of": "2026-11-22T08:00:00Z",
        "opening": {"owed": 0, "open": 0, "in_collection": 0, "deposit": 0}, "items": items,
        "next": null, "closing": {"owed": 0, "open": 0, "in_collection": 0, "deposit": 0}}))
    .unwrap()
}
