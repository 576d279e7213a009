//! Metering points, readings, tariffs, and what is coming, of a steelworks of the sample.

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use wattkey_domain::forecast::{History, expected_bill, forecast_month};
use wattkey_domain::tariff::{Metered, Tariff};
use wattkey_domain::usage::{Channel, LoadCurve, Mark, PeriodMap, Step};
use wattkey_pki::{Digest, b64u};
use wattkey_protocol::fields;
use wattkey_sample::{Kind, Month, Site};
use wattkey_store::Record;
use wattkey_usage::{green_button, records};

use crate::testing::now;
use crate::tests::world::{STEEL, World, customer};

const SEED: u64 = 2026;
const FROM: Date = date(2025, 7, 1);
/// The world's today: its readings end here.
const TODAY: Date = date(2026, 8, 31);

/// The steelworks' site with its curve and two billed months.
struct Works {
    site: Site,
    curve: LoadCurve,
    months: Vec<Month>,
}

fn works() -> Works {
    let site = wattkey_sample::sites().remove(0);
    let curve = wattkey_sample::curve(&site, SEED, FROM, TODAY);
    let id = customer(STEEL).to_string();
    let schedule = wattkey_sample::periods();
    let first = (date(2026, 6, 1), 2);
    let months = wattkey_sample::months(&site, &id, &curve, &schedule, first).unwrap();
    Works {
        site,
        curve,
        months,
    }
}

impl Works {
    fn lines(&self) -> Vec<Value> {
        let account = self.site.account.as_str();
        let mut lines = vec![
            json!({"type": "account", "id": account, "customer": customer(STEEL), "name": "Steelworks",
                "address": "1 Furnace Road"}),
            json!({"type": "tariff", "document": encoded(&wattkey_sample::tariff(Kind::Steelworks))}),
            json!({"type": "schedule", "id": "S-1", "document": encoded(&wattkey_sample::schedule())}),
            json!({"type": "metering-point", "id": self.site.point, "account": account,
                "name": "Main meter", "address": "1 Furnace Road", "under": null,
                "tariff": "T-large-demand", "schedule": "S-1", "capacity_kva": "63000",
                "contracted_kw": "41000", "prepaid": true}),
            json!({"type": "opening-balance", "account": account, "amount": 900_000_000,
                "currency": "CNY", "as_of": "2026-08-01"}),
        ];
        for month in &self.months {
            let bill: Value = serde_json::from_str(&month.bill).unwrap();
            lines.push(json!({"type": "bill", "document": encoded(&month.bill)}));
            lines.push(json!({"type": "metered", "bill": bill["bill"],
                "document": encoded(&month.metered)}));
        }
        let readings = records(&self.curve).unwrap();
        lines.extend(
            readings
                .iter()
                .map(|line| serde_json::from_str(line).unwrap()),
        );
        lines
    }
}

fn encoded(document: &str) -> String {
    b64u::encode(document.as_bytes())
}

async fn world_with(lines: &[Value]) -> World {
    let world = World::new().await;
    let records = lines
        .iter()
        .map(|line| Record::parse(line.to_string().as_bytes()).unwrap());
    let report = world
        .app
        .store
        .import(records.collect(), now())
        .await
        .unwrap();
    assert_eq!(report.added, lines.len() as u64);
    world
}

#[tokio::test]
async fn points_and_documents() {
    let works = works();
    let world = world_with(&works.lines()).await;
    let points = world.get(&world.li_na, "/v1/metering-points").await.json();
    insta::assert_json_snapshot!(points, @r#"
    {
      "items": [
        {
          "account": "C-1001",
          "address": "1 Furnace Road",
          "capacity_kva": "63000",
          "contracted_kw": "41000",
          "first": "2025-06-30T16:00:00Z",
          "last": "2026-08-30T16:00:00Z",
          "name": "Main meter",
          "point": "P-1001",
          "prepaid": true,
          "schedule": "S-1",
          "tariff": "T-large-demand",
          "under": null
        }
      ],
      "next": null
    }
    "#);
    for (path, bytes) in [
        (
            "/v1/tariffs/T-large-demand",
            wattkey_sample::tariff(Kind::Steelworks),
        ),
        ("/v1/schedules/S-1", wattkey_sample::schedule()),
        (
            "/v1/bills/B-2026-07-1001/metered",
            works.months[1].metered.clone(),
        ),
    ] {
        let answer = world.get(&world.li_na, path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.body, bytes.as_bytes(), "{path}");
        assert_eq!(
            answer.fields["content-digest"],
            fields::content_digest(bytes.as_bytes())
        );
        assert_ne!(Digest::of(&answer.body), Digest::of(b""));
    }
    for path in [
        "/v1/tariffs/T-9",
        "/v1/schedules/S-9",
        "/v1/bills/B-1/metered",
        "/v1/metering-points?account=C-9",
        "/v1/metering-points/P-9/readings?from=2026-08-01&to=2026-08-02&step=day",
        "/v1/warnings?account=C-9",
    ] {
        let answer = world.get(&world.li_na, path).await;
        assert_eq!(answer.status, 404, "{path}");
    }
    let foreign = "/v1/metering-points/P-1001/readings?from=2026-08-01&to=2026-08-02&step=day";
    assert_eq!(world.get(&world.zhao_lei, foreign).await.status, 404);
    let none = world
        .get(&world.zhao_lei, "/v1/metering-points")
        .await
        .json();
    assert_eq!(none["items"], json!([]));
}

#[tokio::test]
async fn readings_by_step_are_the_curve() {
    let works = works();
    let world = world_with(&works.lines()).await;
    let ask = async |from: &str, to: &str, step: &str| {
        let path = format!("/v1/metering-points/P-1001/readings?from={from}&to={to}&step={step}");
        let answer = world.get(&world.li_na, &path).await;
        (answer.json(), answer.body.len())
    };
    let schedule = wattkey_sample::periods();
    let map = PeriodMap::new(&schedule, &works.curve);
    let (months, _) = ask("2026-06-01", "2026-08-01", "month").await;
    assert_eq!(months["resolution"], 900);
    assert_eq!(months["items"].as_array().unwrap().len(), 2);
    for (item, first) in months["items"]
        .as_array()
        .unwrap()
        .iter()
        .zip([date(2026, 6, 1), date(2026, 7, 1)])
    {
        let next = first.last_of_month().tomorrow().unwrap();
        let total = works.curve.between(first, next).unwrap();
        let periods = works.curve.by_period_between(&map, first, next).unwrap();
        assert_eq!(item["date"], first.to_string());
        assert_eq!(item["coverage"], Value::Null, "all of it was measured");
        for channel in works.curve.channels() {
            let energy = total.energy(channel).milli() / 1_000;
            assert_eq!(item["energy"][channel.as_str()], energy);
        }
        for (period, energy) in periods.periods.iter().zip(&periods.energies) {
            assert_eq!(item["periods"][period], energy.milli() / 1_000, "{period}");
        }
        let demand = works.curve.maximum_demand(first, next).highest.unwrap();
        assert_eq!(item["maximum_demand"]["watt"], demand.power.milli() / 1_000);
        assert_eq!(item["maximum_demand"]["at"], demand.at.to_string());
        assert_eq!(
            item["power_factor"],
            total.power_factor().unwrap().to_string()
        );
    }
    let sum = |readings: &Value| -> i64 {
        let items = readings["items"].as_array().unwrap().iter();
        items
            .map(|item| item["energy"]["active-import"].as_i64().unwrap())
            .sum()
    };
    let (july, _) = ask("2026-07-01", "2026-08-01", "month").await;
    for step in ["raw", "hour", "day"] {
        let (readings, length) = ask("2026-07-01", "2026-08-01", step).await;
        assert_eq!(sum(&readings), sum(&july), "{step}");
        assert_eq!(
            readings["total"]["energy"], july["items"][0]["energy"],
            "{step}"
        );
        assert!(length < 1_000_000, "{step}: {length} bytes");
    }
    let (whole, length) = ask("2025-08-01", "2026-08-31", "day").await;
    assert_eq!(whole["items"].as_array().unwrap().len(), 395);
    assert!(length < 1_000_000, "{length} bytes");
    // The last day has no readings yet: those up to now are missing, those to come are not.
    let (last, _) = ask("2026-08-30", "2026-09-01", "day").await;
    assert_eq!(last["items"].as_array().unwrap().len(), 1);
    assert_eq!(last["total"]["coverage"]["active-import"]["missing"], 40);
    let (none, _) = ask("2024-01-01", "2024-02-01", "day").await;
    assert_eq!(none["items"], json!([]));
    let path = "/v1/metering-points/P-1001/readings?from=2026-01-01&to=2026-03-01&step=raw";
    let answer = world.get(&world.li_na, path).await;
    assert_eq!(
        (answer.problem(), answer.member("days")),
        ("range", json!(31))
    );
}

#[tokio::test]
async fn warnings_hold_what_they_were_reckoned_from() {
    let works = works();
    let world = world_with(&works.lines()).await;
    let begun = std::time::Instant::now();
    let answer = world.get(&world.li_na, "/v1/warnings?account=C-1001").await;
    println!(
        "one account: {:?}, {} bytes",
        begun.elapsed(),
        answer.body.len()
    );
    let answer = answer.json();
    let of = |kind: &str| {
        let items = answer["items"].as_array().unwrap();
        let found: Vec<_> = items.iter().filter(|item| item["kind"] == kind).collect();
        assert!(!found.is_empty(), "{kind}: {items:#?}");
        found[0].clone()
    };
    // The same from the curve itself.
    let schedule = wattkey_sample::periods();
    let map = PeriodMap::new(&schedule, &works.curve);
    let history = History::of(&works.curve, &schedule, &map, TODAY);
    let forecast = forecast_month(&history, TODAY).unwrap();
    let tariff = Tariff::parse(wattkey_sample::tariff(Kind::Steelworks).as_bytes()).unwrap();
    let last = Metered::parse(works.months[1].metered.as_bytes()).unwrap();
    let own = [(works.site.point.clone(), forecast.clone())];
    let bill = expected_bill(&[tariff], &last, &own).unwrap();
    let expected = of("expected-bill");
    assert_eq!(expected["expected"], bill.expected.total.minor());
    assert_eq!(expected["low"], bill.low.unwrap().minor());
    assert_eq!(expected["high"], bill.high.unwrap().minor());
    assert_eq!(expected["like"], "B-2026-07-1001");
    assert_eq!(expected["month"], "2026-08");
    let lines = expected["lines"].as_array().unwrap().iter();
    let sum: i64 = lines.map(|line| line["amount"].as_i64().unwrap()).sum();
    assert_eq!(expected["expected"], sum);
    assert_eq!(
        expected["points"][0]["days"].as_array().unwrap().len(),
        1,
        "the 31st is left"
    );
    assert_eq!(expected["points"][0]["tries"].as_array().unwrap().len(), 6);
    let demand = of("demand");
    let highest = forecast.demand_known.unwrap().kw();
    assert_eq!(demand["so_far_kw"], highest.normalize().to_string());
    assert_eq!(demand["limit_kw"], "43050");
    let factor = of("power-factor");
    assert_eq!(factor["target"], "0.90");
    assert!(factor["amount"].is_i64());
    let deposit = of("deposit-lasts");
    let open: i64 = works
        .months
        .iter()
        .map(|month| {
            serde_json::from_str::<Value>(&month.bill).unwrap()["total"]
                .as_i64()
                .unwrap()
        })
        .sum();
    assert_eq!(deposit["open_bills"], open);
    assert_eq!(deposit["billed_until"], "2026-08-01");
    let left = 900_000_000 - open - deposit["unbilled"].as_i64().unwrap();
    assert_eq!(deposit["left"], left);
    let overdue = of("overdue");
    assert_eq!(
        (&overdue["bill"], &overdue["severity"]),
        (&json!("B-2026-06-1001"), &json!("urgent"))
    );
    assert!(overdue["penalties"].as_array().unwrap().len() > 2);
    // The most pressing come first.
    let severities = answer["items"].as_array().unwrap().iter();
    let severities: Vec<_> = severities
        .map(|item| {
            ["urgent", "attention", "info"]
                .iter()
                .position(|one| *one == item["severity"])
        })
        .collect();
    assert!(severities.is_sorted(), "{severities:?}");
    // All accounts, page by page; those without metering points say so.
    let mut path = "/v1/warnings?limit=1".to_owned();
    let mut all = Vec::new();
    for page in 1..=3 {
        let answer = world.get(&world.li_na, &path).await.json();
        all.extend(answer["items"].as_array().unwrap().clone());
        let Some(next) = answer["next"].as_str() else {
            assert_eq!(page, 3, "C-1, C-1001, C-2");
            break;
        };
        path = format!("/v1/warnings?limit=1&cursor={next}");
    }
    let accounts: std::collections::BTreeSet<_> = all
        .iter()
        .map(|item| item["account"].as_str().unwrap())
        .collect();
    assert_eq!(
        accounts.into_iter().collect::<Vec<_>>(),
        ["C-1", "C-1001", "C-2"]
    );
    let unknown = all.iter().find(|item| item["kind"] == "unknown").unwrap();
    assert_eq!(unknown["reason"], "no-metering-point");
    let expected = all
        .iter()
        .find(|item| item["kind"] == "expected-bill")
        .unwrap();
    assert_eq!(
        expected["points"][0]["days"],
        json!([]),
        "only with ?account="
    );
}

#[tokio::test]
async fn what_is_not_known_is_said() {
    let works = works();
    let mut lines = works.lines();
    // Without the last three weeks, and without the bills.
    lines.retain(|line| {
        let start = line["start"].as_str().unwrap_or_default();
        start < "2026-08-08" && line["type"] != "bill" && line["type"] != "metered"
    });
    let world = world_with(&lines).await;
    let answer = world
        .get(&world.li_na, "/v1/warnings?account=C-1001")
        .await
        .json();
    let told: Vec<_> = answer["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            [&item["kind"], &item["about"], &item["reason"]]
                .map(|text| text.as_str().unwrap_or("").to_owned())
        })
        .collect();
    let unknown = |about: &str, reason: &str| ["unknown", about, reason].map(str::to_owned);
    assert_eq!(
        told,
        [
            unknown("deposit-lasts", "no-bill"),
            unknown("expected-bill", "old-readings"),
            unknown("demand", "old-readings"),
            unknown("power-factor", "old-readings"),
        ]
    );
}

/// Both samples go through a file into the books and out again, value by value.
#[tokio::test]
async fn green_button_goes_in_and_out() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/green-button/");
    for name in ["hourly-nine-days.xml", "hourly-one-year.xml"] {
        let bytes = std::fs::read(format!("{folder}{name}")).unwrap();
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let feed = green_button::read(&bytes, &zone).unwrap();
        let point = feed.points.into_iter().next().unwrap();
        let (curve, _) = point.assemble("P-1001".parse().unwrap()).unwrap();
        let mut works = works();
        works.curve = curve.clone();
        let world = world_with(&works.lines()).await;
        let span = (curve.at(0), curve.at(curve.len()));
        let known = world
            .app
            .store
            .readings(
                customer(STEEL),
                "P-1001".parse().unwrap(),
                curve.zone().clone(),
                span,
            )
            .await
            .unwrap();
        let kept = known.unwrap().1.unwrap();
        let values = |curve: &LoadCurve| -> Vec<_> {
            let all = curve.channels().flat_map(|channel| {
                let intervals: Vec<_> = curve.intervals(channel).collect();
                intervals.into_iter().map(move |one| (channel, one))
            });
            all.collect()
        };
        assert_eq!(values(&kept), values(&curve), "{name}");
        assert!(values(&kept).iter().any(|(channel, one)| {
            *channel == Channel::ActiveImport && one.mark == Mark::Measured
        }));
        // Out as Green Button, and read once more.
        let written = green_button::write(&[&kept], now()).unwrap();
        let again = green_button::read(&written, &zone).unwrap();
        let point = again.points.into_iter().next().unwrap();
        let (again, _) = point.assemble("P-1001".parse().unwrap()).unwrap();
        let sums = |curve: &LoadCurve| -> Vec<_> {
            let months = curve.totals(Step::Month).into_iter();
            months
                .map(|month| (month.date, month.energy(Channel::ActiveImport)))
                .collect()
        };
        assert_eq!(sums(&again), sums(&curve), "{name}");
        println!("{name}: {:?}", sums(&again).len());
    }
}
