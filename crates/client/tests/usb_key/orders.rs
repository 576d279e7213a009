//! Files of orders: imported, previewed, signed once.

use serde_json::Value;

use crate::bench::{Bench, Issue, PIN, Ran, run};
use crate::signed::{asked, journal, json, wattkey, with_server};
use crate::signed_world::{Shared, service};

const FILE: &str = "bill,account,amount,reference\nB-1,,,PO 1\nB-2,,500.00,PO 2\n";

fn import(bench: &Bench, name: &str, text: &str) -> Ran {
    let file = bench.folder().join(name);
    std::fs::write(&file, text).unwrap();
    bench.wattkey(&["orders", "import", file.to_str().unwrap(), "--json"], "")
}

fn preview(bench: &Bench, service: &Shared) -> Value {
    json(&asked(bench, service, &["orders", "preview", "--json"]))
}

/// Approves with so many PINs for signatures.
fn approve(bench: &Bench, service: &Shared, preview: &Value, total: &str, pins: usize) -> Ran {
    let digest = preview["preview"].as_str().unwrap_or("none").to_owned();
    let arguments = [
        "orders",
        "approve",
        "--preview",
        &digest,
        "--expect-total",
        total,
        "--yes",
        "--json",
        "--pin-fd",
        "0",
        "--sign-pin-fd",
        "0",
    ];
    with_server(bench, service, |bench| {
        bench.wattkey(&arguments, &format!("{PIN}\n").repeat(1 + pins))
    })
}

fn references(service: &Shared) -> Vec<String> {
    let service = service.lock().unwrap();
    let orders = service.orders.iter();
    orders
        .map(|signed| signed.order().reference.clone())
        .collect()
}

#[test]
fn a_file_is_paid_once() {
    run("orders::a_file_is_paid_once", |bench| {
        bench.key(&Issue::default());
        let service = service();
        let imported = json(&import(bench, "orders.csv", FILE));
        assert_eq!(
            (&imported["lines"], &imported["imported_before"]),
            (&2.into(), &Value::Null)
        );
        let previewed = preview(bench, &service);
        // 10,100.00 of the one, 505.00 of the other.
        assert_eq!(previewed["total"], 1_060_500);
        assert_eq!(previewed["orders"].as_array().unwrap().len(), 2);
        assert_eq!(previewed["by_account"][0]["bills"], 2);
        assert_eq!(previewed["by_source"][0]["name"], "mandate:M-1");
        let csv = asked(bench, &service, &["orders", "preview", "--csv"]);
        let first = csv.stdout.lines().next().unwrap();
        assert!(
            first.starts_with("file_line,bill,account,currency,principal"),
            "{csv:#?}"
        );

        let other = approve(bench, &service, &Value::Null, "10605.00", 2);
        other.failed_in_json(42, "preview-differs");
        let previewed = preview(bench, &service);
        let wrong = approve(bench, &service, &previewed, "1.00", 2);
        wrong.failed_in_json(42, "total-differs");
        assert!(references(&service).is_empty());
        let told = json(&approve(bench, &service, &previewed, "10605.00", 2));
        assert_eq!(told["orders"].as_array().unwrap().len(), 2, "{told}");
        assert_eq!(references(&service), ["PO 1", "PO 2"]);
        let ids = |value: &Value| -> Vec<Value> {
            let orders = value["orders"].as_array().unwrap().iter();
            orders.map(|order| order["order"].clone()).collect()
        };
        assert_eq!(ids(&told), ids(&previewed), "the ids of the preview");
        assert_eq!(journal(bench).list().unwrap().entries.len(), 2);

        // The same file again, by its bytes; another one, by its lines.
        let again = json(&import(bench, "copy.csv", FILE));
        assert_eq!(again["batch"], imported["batch"]);
        assert_ne!(again["imported_before"], Value::Null);
        let again = preview(bench, &service);
        assert_eq!(
            (&again["preview"], &again["total"]),
            (&Value::Null, &0.into())
        );
        assert_eq!(again["done"].as_array().unwrap().len(), 2);
        approve(bench, &service, &again, "0.00", 2).failed_in_json(45, "no-preview");
        import(bench, "more.csv", &FILE.replace("PO 1", "PO 3"));
        let more = preview(bench, &service);
        assert_eq!(more["done"][0]["line"], 3);
        assert_eq!(more["orders"][0]["reference"], "PO 3");
        import(bench, "other.csv", &FILE.replace("500.00", "600.00"));
        let ran = asked(bench, &service, &["orders", "preview", "--json"]);
        assert_eq!(ran.code, Some(2), "{ran:#?}");
        let problems: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(problems["problems"][0]["problem"], "other-amount");
        assert_eq!(problems["preview"], Value::Null);
        assert_eq!(references(&service).len(), 2);
        let listed = json(&bench.wattkey(&["orders", "list", "--json"], ""));
        assert_eq!(listed["batches"].as_array().unwrap().len(), 3);
    });
}

#[test]
fn a_run_that_breaks_off_goes_on_where_it_was() {
    run(
        "orders::a_run_that_breaks_off_goes_on_where_it_was",
        |bench| {
            bench.key(&Issue::default());
            let service = service();
            import(bench, "orders.csv", FILE);
            let previewed = preview(bench, &service);
            // One PIN, two orders: the second is not signed, and nothing tries again by itself.
            let ran = approve(bench, &service, &previewed, "10605.00", 1);
            ran.failed_in_json(22, "pin-unreadable");
            let told: Value = serde_json::from_str(&ran.stdout).unwrap();
            assert_eq!(told["orders"][0]["outcome"], "accepted");
            assert_eq!(references(&service), ["PO 1"]);
            let ran = approve(bench, &service, &previewed, "505.00", 1);
            assert_eq!(ran.code, Some(0), "{ran:#?}");
            assert_eq!(references(&service), ["PO 1", "PO 2"]);
        },
    );
}

#[test]
fn what_changed_since_the_preview_is_not_signed() {
    run(
        "orders::what_changed_since_the_preview_is_not_signed",
        |bench| {
            bench.key(&Issue::default());
            let service = service();
            import(bench, "orders.csv", FILE);
            let previewed = preview(bench, &service);
            service.lock().unwrap().more_penalty = 1;
            let ran = approve(bench, &service, &previewed, "10605.00", 2);
            ran.failed_in_json(42, "preview-stale");
            assert!(references(&service).is_empty());
            assert!(journal(bench).list().unwrap().entries.is_empty());
            let previewed = preview(bench, &service);
            let ran = approve(bench, &service, &previewed, "10605.02", 2);
            assert_eq!(ran.code, Some(0), "{ran:#?}");
        },
    );
}

#[test]
fn an_amount_of_an_account_goes_to_its_oldest_bills() {
    run(
        "orders::an_amount_of_an_account_goes_to_its_oldest_bills",
        |bench| {
            bench.key(&Issue::default());
            let service = service();
            let line = r#"{"account":"C-1","amount":"11110.00","reference":"PO 9"}"#;
            import(bench, "orders.ndjson", line);
            let previewed = preview(bench, &service);
            assert_eq!(previewed["total"], 1_111_000);
            let bills = previewed["orders"][0]["bills"].as_array().unwrap();
            assert_eq!(bills.len(), 2);
            let told = approve(bench, &service, &previewed, "11110.00", 1);
            assert_eq!(told.code, Some(0), "{told:#?}");
            // With one more line, the amount is known by its reference.
            import(
                bench,
                "again.ndjson",
                &format!("{line}\n{{\"bill\":\"B-3\"}}\n"),
            );
            let again = preview(bench, &service);
            assert_eq!(again["done"][0]["line"], 1);
            assert_eq!(again["orders"][0]["bills"][0]["bill"], "B-3");
        },
    );
}

#[test]
fn what_the_service_does_not_know_is_named_by_line() {
    run(
        "orders::what_the_service_does_not_know_is_named_by_line",
        |bench| {
            bench.key(&Issue::default());
            let service = service();
            let text = "bill,account,amount,reference,source\nB-1,,10000.01,R,\n\
                    ,C-9,5.00,S,\nB-2,,5.00,T,mandate:M-9\n,C-1,99999.00,U,\n";
            import(bench, "orders.csv", text);
            let ran = asked(bench, &service, &["orders", "preview", "--json"]);
            assert_eq!(ran.code, Some(2), "{ran:#?}");
            let told: Value = serde_json::from_str(&ran.stdout).unwrap();
            let problems = told["problems"].as_array().unwrap().iter();
            let problems: Vec<_> = problems
                .map(|one| {
                    (
                        one["line"].as_u64().unwrap(),
                        one["problem"].as_str().unwrap(),
                    )
                })
                .collect();
            let wanted = [
                (2, "too-much"),
                (3, "no-account"),
                (4, "unknown-mandate"),
                (5, "named-elsewhere"),
            ];
            assert_eq!(problems, wanted);
            let ran = bench.wattkey(&["orders", "import", "/nowhere.csv"], "");
            ran.failed(45, "cannot be read");
            let wrong = import(bench, "wrong.csv", "bill,amount\nB-1,\"1,5\"\n");
            wrong.failed_in_json(2, "order-file");
            let ran = wattkey(bench, &service, &["orders", "approve"]);
            ran.failed(45, "nothing to sign");
        },
    );
}

#[test]
fn lists_go_out_as_csv_and_ndjson() {
    run("orders::lists_go_out_as_csv_and_ndjson", |bench| {
        bench.key(&Issue::default());
        let service = service();
        let csv = asked(bench, &service, &["export", "bills"]);
        let lines: Vec<&str> = csv.stdout.lines().collect();
        assert_eq!(
            lines[0],
            "bill,account,period,issued,due,currency,total,open,in_collection,state,disputed,transfer"
        );
        assert_eq!(
            lines[1],
            "B-2,C-1,2026-08,2026-09-01,2026-10-20,CNY,2000.00,2000.00,0.00,overdue,,"
        );
        let same = asked(bench, &service, &["bills", "--csv"]);
        assert_eq!(same.stdout, csv.stdout);
        let file = bench.folder().join("lines.csv");
        let file = file.to_str().unwrap();
        let arguments = ["export", "bills", "--lines", "--bom", "--to", file];
        assert_eq!(asked(bench, &service, &arguments).code, Some(0));
        let text = std::fs::read_to_string(file).unwrap();
        assert!(text.starts_with("\u{feff}bill,account,period"), "{text}");
        assert!(
            text.contains(",energy,Energy,电量电费,,,,2000.00"),
            "{text}"
        );
        asked(bench, &service, &arguments).failed(2, "exists already");
        let arguments = ["export", "bills", "--format", "ndjson"];
        let ndjson = asked(bench, &service, &arguments);
        let first: Value = serde_json::from_str(ndjson.stdout.lines().next().unwrap()).unwrap();
        assert_eq!(
            (&first["bill"], &first["open"]),
            (&"B-2".into(), &200_000.into())
        );
        // No table, no CSV: said before anything is asked for.
        bench
            .wattkey(&["whoami", "--csv"], "")
            .failed(2, "has no table");
    });
}

#[test]
fn damaged_files_of_the_journal_do_not_stop_paying() {
    run(
        "orders::damaged_files_of_the_journal_do_not_stop_paying",
        |bench| {
            bench.key(&Issue::default());
            let service = service();
            let folder = bench.folder().join("journal");
            std::fs::create_dir_all(&folder).unwrap();
            let [torn, folder_instead] = ["1", "2"]
                .map(|n| folder.join(format!("7d3f0000-0000-4000-8000-00000000000{n}.json")));
            std::fs::write(&torn, "torn").unwrap();
            std::fs::create_dir(&folder_instead).unwrap();
            let pay = ["pay", "B-1", "--yes", "--expect-total", "10100.00"];
            let ran = wattkey(bench, &service, &pay);
            assert_eq!(ran.code, Some(0), "{ran:#?}");
            for file in [&torn, &folder_instead] {
                assert!(ran.stderr.contains(file.to_str().unwrap()), "{ran:#?}");
            }
            let resumed = asked(bench, &service, &["pay", "--resume"]);
            assert_eq!(resumed.code, Some(0), "{resumed:#?}");
            let checked = asked(bench, &service, &["check"]);
            assert_eq!(checked.code, Some(0), "{checked:#?}");
            assert!(checked.stdout.contains("it is not whole"), "{checked:#?}");
            assert!(checked.stdout.contains("it cannot be read"), "{checked:#?}");
        },
    );
}
