//! Pages of numbers, each as people read it, as JSON and as CSV.

use serde_json::{Value, json};

use crate::bench::{Issue, run};
use crate::signed::{asked, json as told};
use crate::signed_world::service;

pub(crate) fn metering_point() -> Value {
    json!({"point": "P-1", "account": "C-1", "name": "Furnace", "address": "1 Road",
        "under": null, "tariff": "T-1", "schedule": "S-1", "capacity_kva": "6300",
        "contracted_kw": "5000", "prepaid": false, "first": "2026-07-31T16:00:00Z",
        "last": "2026-08-31T16:00:00Z"})
}

pub(crate) fn readings(raw: bool) -> Value {
    let sum = |from: &str, to: &str, wh: i64| {
        let mut sum = json!({"from": from, "to": to,
            "energy": {"active-import": wh, "reactive-import": 250_000}});
        if !raw {
            sum["date"] = json!("2026-08-01");
            sum["periods"] = json!({"peak": wh, "valley": 0});
            sum["maximum_demand"] =
                json!({"at": from, "watt": 1_234_500, "window": 900, "missing": 0});
            sum["power_factor"] = json!("0.97");
        }
        sum
    };
    let times = [
        "2026-07-31T16:00:00Z",
        "2026-07-31T16:15:00Z",
        "2026-07-31T16:30:00Z",
    ];
    json!({"point": "P-1", "from": "2026-08-01", "to": "2026-08-02",
        "step": if raw { "raw" } else { "day" }, "time_zone": "Asia/Shanghai",
        "resolution": 900, "schedule": "S-1", "total": sum(times[0], times[2], 750_500),
        "items": [sum(times[0], times[1], 500_000), sum(times[1], times[2], 250_500)]})
}

pub(crate) fn warnings() -> Vec<Value> {
    let penalty = json!({"on": "2026-11-23", "days": 3, "daily_ppm": 2000, "later_days": 0,
        "later_daily_ppm": 3000, "penalty": 600, "undisputed": 600});
    vec![
        json!({"account": "C-2", "severity": "info", "action": "plan-cash", "as_of": "2026-11-23",
            "kind": "unknown", "about": "expected-bill", "reason": "no-tariff", "of": "T-9",
            "detail": "the tariff T-9 is not there"}),
        json!({"account": "C-1", "severity": "urgent", "action": "pay", "as_of": "2026-11-23",
            "kind": "overdue", "bill": "B-1", "due": "2026-11-20", "days": 3, "currency": "CNY",
            "open": 100_000, "disputed": 0, "penalties": [penalty]}),
    ]
}

pub(crate) fn arrears() -> Value {
    let ages = ["not-due", "1-30", "31-60", "61-90", "over-90"].map(|age| {
        let late = i64::from(age == "1-30");
        json!({"age": age, "bills": late, "open": late * 100_000, "penalty": late * 600})
    });
    let on = json!({"on": "2026-11-30", "days": 10, "daily_ppm": 2000, "later_days": 0,
        "later_daily_ppm": 3000, "penalty": 2_000, "undisputed": 2_000});
    json!({"today": "2026-11-23", "more": false,
        "rules": {"daily_ppm": 2000, "later_years_daily_ppm": 3000, "minimum_minor": 0},
        "totals": [{"currency": "CNY", "open": 100_000, "penalty": 600, "disputed": 0,
            "ages": ages}],
        "bills": [{"bill": "B-1", "account": "C-1", "period": "2026-10", "due": "2026-11-20",
            "currency": "CNY", "open": 100_000, "age": "1-30", "days": 3, "penalty": 600,
            "disputed": null, "preview": [on]}]})
}

pub(crate) fn statement(second: bool) -> Value {
    let balances =
        |owed: i64| json!({"owed": owed, "open": owed, "in_collection": 0, "deposit": 0});
    let entry = if second {
        json!({"day": "2026-11-02", "posted": "2026-11-02T01:00:00Z", "ledger": "bills",
            "kind": "payment", "way": "mandate", "bill": "B-1", "reference": "=PO 4711",
            "debit": 0, "credit": 1_000, "balance": 0})
    } else {
        json!({"day": "2026-11-01", "posted": "2026-11-01T01:00:00Z", "ledger": "bills",
            "kind": "bill", "bill": "B-1", "period": "2026-10", "due": "2026-11-20",
            "debit": 1_000, "credit": 0, "balance": 1_000})
    };
    json!({"account": "C-1", "name": "Rolling mill", "address": "1 Road", "currency": "CNY",
        "from": "2026-11-01", "to": "2026-11-22", "as_of": "2026-11-22T08:00:00Z",
        "opening": balances(0), "closing": balances(0), "items": [entry],
        "next": if second { Value::Null } else { json!("2") }})
}

#[test]
fn every_page_is_a_table_json_and_csv() {
    run("pages::every_page_is_a_table_json_and_csv", |bench| {
        bench.key(&Issue::default());
        let service = service();
        let days = ["--from", "2026-08-01", "--to", "2026-08-01"];
        let usage: Vec<&str> = ["usage", "P-1"].into_iter().chain(days).collect();
        for (command, header, row, human) in [
            (
                vec!["usage"],
                "point,account,name,address,under,tariff",
                "P-1,C-1,Furnace",
                "Furnace",
            ),
            (
                usage,
                "from,until,active_import_kwh,reactive_import_kvarh,peak_kwh,valley_kwh",
                "2026-08-01,2026-07-31T16:30:00Z,250.5,250,250.5,0,1234.5",
                "█",
            ),
            (
                vec!["warnings", "--explain"],
                "severity,account,kind,as_of,action,about,currency,amount,day,text",
                "urgent,C-1,overdue,2026-11-23,pay,B-1,CNY,1000.00,2026-11-20",
                "3 days × 2.000 ‰",
            ),
            (
                vec!["arrears"],
                "bill,account,period,due,days,age,currency,open,penalty,disputed",
                "B-1,C-1,2026-10,2026-11-20,3,1-30,CNY,1000.00,6.00,",
                "1 to 30 days",
            ),
            (
                vec![
                    "statement",
                    "C-1",
                    "--from",
                    "2026-11-01",
                    "--to",
                    "2026-11-22",
                ],
                "day,ledger,entry,way,bill,period,due,order,reference",
                "2026-11-02,bills,payment,mandate,B-1,,,,'=PO 4711",
                "What the bills owe",
            ),
        ] {
            let with = |flag: &'static str| {
                let arguments: Vec<&str> = command.iter().copied().chain([flag]).collect();
                asked(bench, &service, &arguments)
            };
            let csv = with("--csv");
            assert_eq!(csv.code, Some(0), "{csv:#?}");
            assert!(csv.stdout.starts_with(header), "{csv:#?}");
            assert!(
                csv.stdout.lines().any(|line| line.starts_with(row)),
                "{row}: {csv:#?}"
            );
            told(&with("--json"));
            for lang in ["--lang=en", "--lang=zh"] {
                let shown = with(lang);
                assert_eq!(shown.code, Some(0), "{shown:#?}");
                let english = lang == "--lang=en";
                assert!(
                    !english || shown.stdout.contains(human),
                    "{human}: {shown:#?}"
                );
                assert!(
                    !shown.stdout.contains("column-"),
                    "a word is missing: {shown:#?}"
                );
            }
        }
        let first = asked(bench, &service, &["warnings"]).stdout;
        assert!(
            first.starts_with("URGENT:"),
            "the most pressing first: {first}"
        );
    });
}

#[test]
fn a_load_curve_is_kept_as_green_button() {
    run("pages::a_load_curve_is_kept_as_green_button", |bench| {
        bench.key(&Issue::default());
        let service = service();
        let file = bench.folder().join("curve.xml");
        let arguments = [
            "usage",
            "P-1",
            "--from",
            "2026-08-01",
            "--to",
            "2026-08-01",
            "--green-button",
            file.to_str().unwrap(),
            "--json",
        ];
        let exported = told(&asked(bench, &service, &arguments));
        assert_eq!(exported["intervals"], 2);
        let bytes = std::fs::read(&file).unwrap();
        let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
        let read = wattkey_usage::green_button::read(&bytes, &zone).unwrap();
        assert_eq!(read.points.len(), 1);
        asked(bench, &service, &arguments).failed_in_json(2, "file-exists");
    });
}
