//! Bills computed outside our code (`testdata/tariff/bills.py`), and the rules at their bounds.

use serde_json::{Value, json};

use super::*;
use crate::BillDocument;

const BILLS: &str = include_str!("../../../../testdata/tariff/bills.json");

fn cases() -> Value {
    serde_json::from_str(BILLS).unwrap()
}

fn tariffs(case: &Value) -> Vec<Tariff> {
    let documents = case["tariffs"].as_array().unwrap();
    documents
        .iter()
        .map(|document| Tariff::parse(document.to_string().as_bytes()).unwrap())
        .collect()
}

fn metered(case: &Value) -> Metered {
    Metered::parse(case["metered"].to_string().as_bytes()).unwrap()
}

fn bill(document: &Value) -> BillDocument {
    BillDocument::parse(document.to_string().as_bytes()).unwrap()
}

/// So that nobody mends a bill by hand instead of its steps.
#[test]
fn the_bills_are_those_of_the_script() {
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../testdata/tariff/bills.py"
    );
    let run = std::process::Command::new("python3")
        .args([script, "--check"])
        .output()
        .unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
}

#[test]
fn twelve_bills_are_reckoned_line_by_line() {
    let cases = cases();
    let bills = cases["bills"].as_array().unwrap();
    assert_eq!(bills.len(), 12);
    for case in bills {
        let what = &case["what"];
        let reckoning = reckon(&tariffs(case), &metered(case)).unwrap();
        let bill = bill(&case["bill"]);
        let lines: Vec<_> = reckoning.lines.iter().map(|line| &line.line).collect();
        assert_eq!(lines, bill.lines.iter().collect::<Vec<_>>(), "{what}");
        let comparison = compare(&bill, &reckoning).unwrap();
        assert!(comparison.agrees(), "{what}: {comparison:?}");
        assert_eq!(comparison.difference.minor(), 0, "{what}");
        let assumptions: Vec<_> = reckoning
            .assumptions
            .iter()
            .map(Assumption::as_str)
            .collect();
        let mut kinds = assumptions.clone();
        kinds.dedup();
        assert_eq!(json!(kinds), case["assumptions"], "{what}");
    }
}

#[test]
fn twelve_errors_are_named() {
    let cases = cases();
    let errors = cases["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 12);
    for error in errors {
        let what = &error["what"];
        let index = usize::try_from(error["case"].as_u64().unwrap()).unwrap() - 1;
        let case = &cases["bills"][index];
        let right = reckon(&tariffs(case), &metered(case)).unwrap();
        let bill = bill(&error["bill"]);
        let comparison = compare(&bill, &right).unwrap();
        assert!(!comparison.agrees(), "{what}");
        let owed = bill.total.minor() - right.total.minor();
        assert_eq!(comparison.difference.minor(), owed, "{what}");
        let lines: i64 = comparison
            .lines
            .iter()
            .map(|line| line.difference.minor())
            .sum();
        assert_eq!(
            lines, owed,
            "{what}: the lines' differences are the total's"
        );
        let expect = &error["expect"];
        let wrong: Vec<_> = comparison
            .lines
            .iter()
            .filter(|line| !line.causes.is_empty())
            .collect();
        if let Some(parts) = expect["parts"].as_array() {
            assert!(wrong.is_empty(), "{what}: {wrong:?}");
            assert_eq!(comparison.parts.len(), parts.len(), "{what}");
            continue;
        }
        // A wrong line moves what is reckoned from it, the adjustment and the tax; it is the first.
        let first = wrong.first().unwrap();
        assert_eq!(json!(first.billed), expect["line"], "{what}: {wrong:?}");
        let causes: Vec<_> = first.causes.iter().map(Cause::as_str).collect();
        assert_eq!(json!(causes), expect["causes"], "{what}");
        for other in &wrong[1..] {
            assert_eq!(other.causes, [Cause::Amount], "{what}: {other:?}");
        }
    }
}

/// A tariff with one price, and one register.
fn plain(tariff: &Value, readings: &Value) -> Result<Reckoning, String> {
    let mut document = json!({"tariff": "T-1", "name": {"en": "x", "zh": "x"}, "currency": "CNY"});
    document["versions"] = json!([tariff.clone()]);
    let tariff =
        Tariff::parse(document.to_string().as_bytes()).map_err(|error| error.to_string())?;
    let mut month = json!({
        "account": "C-1", "month": "2026-08", "from": "2026-08-01", "to": "2026-09-01",
        "points": [{"point": "P-1", "tariff": "T-1", "meters": [
            {"meter": "M-1", "multiplier": "1000", "digits": 4, "demand_kw": "1.0501", "registers": [
                {"kind": "active", "readings": [
                    {"at": "2026-08-01", "value": "0"}, {"at": "2026-09-01", "value": "1"}]}]}]}],
        "basis": [{"tariff": "T-1", "from": "2026-08-01", "contracted_kw": "1000", "capacity_kva": "10"}]});
    for (pointer, value) in readings.as_object().unwrap() {
        *month.pointer_mut(pointer).unwrap() = value.clone();
    }
    let metered =
        Metered::parse(month.to_string().as_bytes()).map_err(|error| error.to_string())?;
    reckon(&[tariff], &metered).map_err(|error| error.to_string())
}

fn version(member: &str, value: Value) -> Value {
    let mut version = json!({"from": "2026-01-01", "charges": [
        {"kind": "energy", "text": {"en": "x", "zh": "x"}, "price": "0.5"}]});
    version[member] = value;
    version
}

#[test]
fn demand_at_its_limit() {
    let table = [
        // demand shown, charged, kW billed
        ("1.05", "contracted", "1000"),
        ("1.05", "measured", "1050"),
        ("1.051", "contracted", "1052"),
        ("1.051", "measured", "1052"),
        ("0.2", "contracted", "1000"),
        ("0.2", "measured", "200"),
    ];
    for (shown, charged, kw) in table {
        let basic = json!({"kind": "demand", "text": {"en": "x", "zh": "x"}, "price": "40",
            "charged": charged, "limit_percent": 105, "excess_times": 2});
        let readings = json!({"/points/0/meters/0/demand_kw": shown});
        let reckoning = plain(&version("basic", basic), &readings).unwrap();
        let line = &reckoning.lines[1].line;
        assert_eq!(line.quantity.unwrap().to_string(), kw, "{shown} {charged}");
    }
}

#[test]
fn what_cannot_be_reckoned_is_said() {
    let readings = "/points/0/meters/0/registers/0/readings";
    let value = |at: &str, value: &str| json!({"at": at, "value": value});
    let table = [
        (
            json!({readings: [value("2026-08-02", "0"), value("2026-09-01", "1")]}),
            "metering point P-1: active is read not between 2026-08-01 and 2026-08-02",
        ),
        (
            json!({readings: [value("2026-08-01", "0"), value("2026-08-31", "1")]}),
            "active is read not between 2026-08-31 and 2026-09-01",
        ),
        (
            json!({readings: [value("2026-08-01", "0"), value("2026-09-02", "1")]}),
            "active is read twice between 2026-09-01 and 2026-09-02",
        ),
        (
            json!({readings: [value("2026-08-01", "0"), value("2026-09-01", "1"), value("2026-08-20", "1")]}),
            "active is read twice between",
        ),
        (
            json!({readings: [value("2026-08-01", "5000"), value("2026-09-01", "1")]}),
            "metering point P-1: active went backwards until 2026-09-01",
        ),
        (
            json!({readings: [value("2026-08-01", "10000"), value("2026-09-01", "1")]}),
            "went backwards",
        ),
        (
            json!({"/points/0/meters/0/multiplier": "0"}),
            "`points[0].meters[0].multiplier` must be over 0",
        ),
        (json!({"/points/0/tariff": "T-9"}), "there is no tariff T-9"),
        (
            json!({"/points/0/meters/0/multiplier": "9999999", readings: [
            value("2026-08-01", "0"), value("2026-09-01", "9999999")]}),
            "check its multiplier",
        ),
    ];
    for (change, wanted) in table {
        let error = plain(&version("basic", Value::Null), &change).unwrap_err();
        assert!(error.contains(wanted), "{change}: {error}");
    }
}

#[test]
fn a_meter_rolls_over_only_past_half_its_range() {
    let readings = "/points/0/meters/0/registers/0/readings";
    let change = |from: &str| json!({readings: [{"at": "2026-08-01", "value": from}, {"at": "2026-09-01", "value": "0.5"}]});
    let reckoning = plain(&version("basic", Value::Null), &change("9999.5")).unwrap();
    assert_eq!(
        reckoning.lines[0].line.quantity.unwrap().to_string(),
        "1000"
    );
    assert_eq!(reckoning.assumptions.len(), 1);
    assert!(plain(&version("basic", Value::Null), &change("5000.5")).is_err());
    assert!(plain(&version("basic", Value::Null), &change("5000.6")).is_ok());
}

#[test]
fn malformed_tariffs_are_refused() {
    let table = [
        (version("surprise", json!(1)), "cannot be read"),
        (
            version("energy_decimals", json!(4)),
            "versions[0].energy_decimals",
        ),
        (
            version("power_factor", json!({"target": 88})),
            "versions[0].power_factor",
        ),
        (
            version(
                "tax",
                json!({"text": {"en": "x", "zh": "x"}, "percent": "-1", "included": true}),
            ),
            "tax.percent",
        ),
        (
            version(
                "charges",
                json!([{"kind": "energy", "text": {"en": "x", "zh": "x"}}]),
            ),
            "cannot be read",
        ),
        (
            version(
                "charges",
                json!([{"kind": "energy", "text": {"en": "x", "zh": "x"}, "price": "100000"}]),
            ),
            "versions[0].charges[0].price",
        ),
        (
            version(
                "charges",
                json!([{"kind": "energy", "text": {"en": "x", "zh": "x"}, "prices": [
            {"period": "Peak", "text": {"en": "x", "zh": "x"}, "price": "1"}]}]),
            ),
            "prices[0].period",
        ),
    ];
    for (tariff, wanted) in table {
        let error = plain(&tariff, &json!({})).unwrap_err();
        assert!(error.contains(wanted), "{tariff}: {error}");
    }
}
