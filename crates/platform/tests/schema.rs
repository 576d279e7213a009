//! The published JSON Schema says what the code does: of many lines, good ones and ones with one
//! thing wrong, an implementation of JSON Schema that we did not write takes those that the code
//! takes, and no others.
#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::{Value, json};
use wattkey_protocol::file::{
    EXPORT_SCHEMA, ExportHeader, ExportLine, ExportNews, IMPORT_SCHEMA, ImportHeader,
};
use wattkey_store::Record;

const UUID: &str = "50c99710-6a8d-4cb2-8905-ed89a25afa74";

/// Reads a schema and lines; answers with a 1 or 0 for each.
const VALIDATE: &str = "
import json, sys
from jsonschema import Draft202012Validator
asked = json.load(sys.stdin)
Draft202012Validator.check_schema(asked['schema'])
validator = Draft202012Validator(asked['schema'])
print(''.join('1' if validator.is_valid(line) else '0' for line in asked['lines']))
";

/// What the schema says of each line.
fn judged(schema: &Value, lines: &[Value]) -> Vec<bool> {
    let mut child = Command::new(python())
        .args(["-c", VALIDATE])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let asked = json!({"schema": schema, "lines": lines}).to_string();
    let mut input = child.stdin.take().unwrap();
    input.write_all(asked.as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    text.trim().chars().map(|c| c == '1').collect()
}

/// `./test` installs it.
fn python() -> PathBuf {
    if let Some(python) = std::env::var_os("WATTKEY_TEST_PYTHON") {
        return python.into();
    }
    let cache = std::env::var_os("XDG_CACHE_HOME").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache"),
        PathBuf::from,
    );
    cache.join("wattkey/python/bin/python")
}

fn document() -> Value {
    json!({"bill": "B-1", "account": "C-1", "customer": UUID, "period": "2026-08", "currency": "CNY",
        "issued": "2026-09-01", "due": "2026-09-15",
        "lines": [{"kind": "energy", "text": {"en": "Energy", "zh": "电量电费"}, "quantity": "100.5",
            "unit": "kWh", "price": "0.5", "amount": 70}, {"kind": "power-factor",
            "text": {"en": "Power factor", "zh": "力调电费"}, "amount": -10}],
        "total": 60, "revenue": 50, "tax": 8, "levies": 2})
}

/// A month of one register.
const METERED: &str = r#"{"account":"C-1","month":"2026-08","from":"2026-08-01","to":"2026-09-01",
    "points":[{"point":"P-1","tariff":"T-1","meters":[{"meter":"M","multiplier":"1","registers":[
    {"kind":"active","readings":[{"at":"2026-08-01","value":"0"},{"at":"2026-09-01","value":"1"}]}]}]}]}"#;

fn encoded(document: &str) -> String {
    Base64UrlUnpadded::encode_string(document.as_bytes())
}

fn bill(document: &Value) -> Value {
    json!({"type": "bill", "document": encoded(&document.to_string())})
}

/// One good line of each type.
fn good() -> Vec<Value> {
    vec![
        json!({"type": "header", "format": "wattkey-import-1", "source": "marketing", "number": 1,
            "created": "2026-11-22T08:00:00Z", "records": 2,
            "totals": {"bill": {"count": 2, "amounts": {"CNY": 300}}}}),
        json!({"type": "payee", "name": "Example Power", "account": "CN-1", "agent": "EXAMPLEX",
            "creditor_id": "CR-1", "currency": "CNY", "time_zone": "Asia/Shanghai"}),
        json!({"type": "customer", "id": UUID, "name": "Example Steel", "locale": "zh"}),
        json!({"type": "user", "id": UUID, "customer": UUID, "name": "Li Na", "rights": ["view"],
            "limits": {"day": 500, "alone": null}}),
        json!({"type": "account", "id": "C-1", "customer": UUID, "name": "Works", "address": "Road"}),
        json!({"type": "mandate", "id": "M-1", "customer": UUID, "debtor_name": "Steel",
            "debtor_account": "CN-7", "debtor_agent": "EXAMPLEX", "signed": "2026-01-01",
            "currency": "CNY", "valid_from": "2026-02-01"}),
        json!({"type": "mandate-end", "mandate": "M-1", "ended": "2026-12-01"}),
        bill(&document()),
        json!({"type": "payment", "bill": "B-1", "amount": 120, "currency": "CNY",
            "paid": "2026-10-15", "channel": "counter", "reference": "7"}),
        json!({"type": "credit-note", "id": "CN-1", "bill": "B-1", "issued": "2026-10-20",
            "currency": "CNY", "revenue": 50, "tax": 0, "levies": 0, "reason": "read again"}),
        json!({"type": "opening-balance", "account": "C-1", "amount": 50, "currency": "CNY",
            "as_of": "2026-11-01"}),
        json!({"type": "tax-invoice", "number": "2441200", "bill": "B-1", "issued": "2026-10-21"}),
        json!({"type": "tax-invoice", "number": "2441201", "bill": "B-1", "issued": "2026-10-21",
            "file": {"name": "发票 2441201.pdf", "media_type": "application/pdf", "bytes": "JVBERg"}}),
        json!({"type": "tariff", "document": encoded(&wattkey_sample::tariff(wattkey_sample::Kind::Hospital))}),
        json!({"type": "schedule", "id": "S-1", "document": encoded(&wattkey_sample::schedule())}),
        json!({"type": "metering-point", "id": "P-1", "account": "C-1", "name": "Works",
            "address": "Road", "under": null, "tariff": "T-1", "schedule": "S-1",
            "capacity_kva": "6300", "contracted_kw": null, "prepaid": false}),
        json!({"type": "metered", "bill": "B-1", "document": encoded(METERED)}),
        json!({"type": "readings", "point": "P-1", "start": "2026-08-01T00:00:00+08:00",
            "resolution": 900, "channels": {"active-import": [250_500, null]},
            "marks": [{"channel": "active-import", "from": 0, "count": 1, "mark": "estimated"}]}),
        json!({"type": "dispute-answer", "dispute": UUID, "outcome": "partly", "text": "read again",
            "answered": "2026-11-02"}),
    ]
}

/// Values that are wrong for one member or another, and right for some.
fn values() -> Vec<Value> {
    let long = "x".repeat(141);
    vec![
        json!(null),
        json!(true),
        json!([]),
        json!({}),
        json!(0),
        json!(1),
        json!(-1),
        json!(1.5),
        json!(9_007_199_254_740_991_i64),
        json!(9_007_199_254_740_992_i64),
        json!(""),
        json!("a"),
        json!("a/b"),
        json!("a\u{7}b"),
        json!("a\u{85}b"),
        json!("电"),
        json!(long),
        json!("x".repeat(140)),
        json!("x".repeat(500)),
        json!("x".repeat(501)),
        json!("upheld"),
        json!("C_1"),
        json!("50C99710-6A8D-4CB2-8905-ED89A25AFA74"),
        json!("2026-9-1"),
        json!("20260901"),
        json!("2026-09-01"),
        json!("2026-09-01T00:00:00Z"),
        json!("2026-09-01T00:00:00.5Z"),
        json!("2026-09-01T08:00:00+08:00"),
        json!("cny"),
        json!("EUR"),
        json!("0.5"),
        json!(".5"),
        json!(["view", ""]),
        json!(vec!["view"; 17]),
        json!({"day": -1}),
        json!({"day": 1, "week": 1}),
        json!({"day": 9_007_199_254_740_992_i64}),
        json!({"bill": {"count": 0, "amounts": {}}}),
        json!({"bill": {"count": 1}}),
        json!({"bill": {"count": 1, "amounts": {"cny": 1}}}),
        json!({"Bill": {"count": 1, "amounts": {}}}),
        json!({"bill": {"count": 1, "amounts": {"CNY": -1}}}),
        json!(900),
        json!("6300.5"),
        json!({"active-import": [0]}),
        json!({"active-import": [8_000_000_001_i64]}),
        json!({"active-import": [1.5]}),
        json!({"active-import": null}),
        json!({"active": [0]}),
        json!([{"channel": "active-import", "from": 0, "count": 1, "mark": "suspect"}]),
        json!([{"channel": "active-import", "from": 0, "count": 1, "mark": "missing"}]),
        json!([{"channel": "active-import", "from": 0, "count": 0, "mark": "suspect"}]),
        json!([{"channel": "active", "from": 0, "count": 1, "mark": "suspect"}]),
        json!([["active-import", 0, 1, "suspect"]]),
    ]
}

/// A line, and the same with one member less, one more, and one changed in every way above.
fn variations(good: &Value) -> Vec<Value> {
    let members = good.as_object().unwrap();
    let mut lines = vec![good.clone()];
    for name in members.keys() {
        let mut less = members.clone();
        less.remove(name);
        lines.push(less.into());
        for value in values() {
            let mut other = members.clone();
            other.insert(name.clone(), value);
            lines.push(other.into());
        }
    }
    let mut more = members.clone();
    more.insert("more".to_owned(), json!(1));
    lines.push(more.into());
    lines
}

fn import_is_read(line: &Value) -> bool {
    let text = line.to_string();
    if line["type"] == "header" {
        return ImportHeader::parse(text.as_bytes()).is_ok();
    }
    Record::parse(text.as_bytes()).is_ok()
}

/// What no schema says: that the time zone exists, that the document in a bill is one, that the parts
/// of a credit note have a sum.
fn is_beyond(line: &Value) -> bool {
    let parts = ["revenue", "tax", "levies"].map(|part| line[part].as_i64().unwrap_or(0));
    let sum: i64 = parts.iter().sum();
    line["type"] == "credit-note" && sum > wattkey_domain::MAX_MINOR
        || line["type"] == "payee" && line["time_zone"] != "Asia/Shanghai"
        || line["document"].is_string()
        || line["type"] == "metering-point" && line["under"] == line["id"]
}

#[test]
fn the_schema_of_imports_is_current() {
    let good = good();
    let types = Record::TYPES.iter().chain(&["header"]);
    for wanted in types {
        assert!(good.iter().any(|line| line["type"] == **wanted), "{wanted}");
    }
    let mut lines: Vec<_> = good.iter().flat_map(variations).collect();
    lines.push(json!({"type": "gift"}));
    lines.push(json!([]));
    lines.push(json!(["customer", UUID, "Example Steel", "zh"]));
    let schema = serde_json::from_str(IMPORT_SCHEMA).unwrap();
    let judged = judged(&schema, &lines);
    assert_eq!(judged.len(), lines.len());
    for (line, takes) in lines.iter().zip(judged) {
        let reads = import_is_read(line);
        let same = takes == reads || takes && is_beyond(line);
        assert!(same, "schema {takes}, code {reads}: {line}");
    }
    for line in &good {
        assert!(import_is_read(line), "{line}");
    }
}

#[test]
fn the_schema_of_bill_documents_is_current() {
    let good = document();
    let mut documents = variations(&good);
    for line in variations(&good["lines"][0]) {
        let mut other = good.clone();
        other["lines"][0] = line;
        documents.push(other);
    }
    let all: Value = serde_json::from_str(IMPORT_SCHEMA).unwrap();
    let schema = json!({"$schema": all["$schema"], "$defs": all["$defs"],
        "$ref": "#/$defs/bill-document"});
    let judged = judged(&schema, &documents);
    for (document, takes) in documents.iter().zip(judged) {
        let reads = Record::parse(bill(document).to_string().as_bytes());
        let beyond = reads.as_ref().err().is_some_and(|error| {
            let source = std::error::Error::source(error);
            let said = source.map(ToString::to_string).unwrap_or_default();
            // Sums and the order of dates.
            said.contains("sum to") || said.contains("due before")
        });
        let same = takes == reads.is_ok() || takes && beyond;
        assert!(same, "schema {takes}, code {reads:?}: {document}");
    }
}

#[test]
fn the_schema_of_the_files_of_tax_invoices_is_current() {
    let good = good();
    let invoice = good.iter().find(|line| line["file"].is_object()).unwrap();
    let mut files = variations(&invoice["file"]);
    for (member, values) in [
        (
            "name",
            [
                ".pdf",
                "a\\b",
                "x:y",
                "发票.ofd",
                "a.b.c",
                "a|b",
                "-",
                "a<b",
            ],
        ),
        (
            "media_type",
            [
                "application/pdf",
                "application/ofd",
                "application/xml",
                "text/html",
                "application/PDF",
                "image/png",
                "",
                "application/pdf ",
            ],
        ),
        (
            "bytes",
            ["", "A", "AA", "AAAA", "A-_A", "AA==", "A+/A", "A A="],
        ),
    ] {
        for value in values {
            let mut other = invoice["file"].clone();
            other[member] = value.into();
            files.push(other);
        }
    }
    for (name, length) in [
        ("name", 60),
        ("name", 61),
        ("bytes", 349_526),
        ("bytes", 349_527),
    ] {
        let mut other = invoice["file"].clone();
        other[name] = "A".repeat(length).into();
        files.push(other);
    }
    let lines: Vec<_> = files
        .into_iter()
        .map(|file| {
            let mut line = invoice.clone();
            line["file"] = file;
            line
        })
        .collect();
    let schema = serde_json::from_str(IMPORT_SCHEMA).unwrap();
    for (line, takes) in lines.iter().zip(judged(&schema, &lines)) {
        let reads = import_is_read(line);
        // No schema says how many characters are whole bytes, and which the last one may be.
        let whole = line["file"]["bytes"]
            .as_str()
            .is_some_and(|bytes| Base64UrlUnpadded::decode_vec(bytes).is_ok());
        assert!(
            takes == reads || takes && !whole,
            "schema {takes}, code {reads}: {line}"
        );
    }
}

#[test]
fn the_schema_of_exports_is_current() {
    let place = json!({"process": UUID, "sequence": 7});
    let header = json!({"type": "header", "format": "wattkey-export-1", "number": 3,
        "created": "2026-11-22T08:00:00Z", "from": [place], "to": [place], "records": 1,
        "totals": {"settlement": {"count": 1, "amounts": {"CNY": 1}}}});
    let line = |kind: &str| {
        json!({"type": kind, "event": "booked", "bill": "B-1", "account": "C-1", "order": UUID,
            "amount": 7, "currency": "CNY", "at": "2026-11-22T08:00:00Z", "journal": place})
    };
    let mut good = vec![header];
    let of_bills = [
        "settlement",
        "return",
        "rejection",
        "penalty-fixed",
        "penalty-taken-back",
    ];
    good.extend(of_bills.map(line));
    for kind in ["deposit-in", "deposit-out", "refund"] {
        let mut line = line(kind);
        line.as_object_mut().unwrap().remove("bill");
        good.push(line);
    }
    let change = |what: Value| {
        json!({"type": "profile-change", "customer": UUID, "change": UUID, "what": what,
            "user": UUID, "by": null, "at": "2026-11-22T08:00:00Z", "journal": place})
    };
    good.extend([
        change(
            json!({"kind": "contacts", "contacts": [{"name": "Li Na", "role": "billing",
            "phone": "021 5555 0100", "email": null, "language": "zh"}]}),
        ),
        change(
            json!({"kind": "notice-address", "account": null, "post": "1 Steel Road",
            "email": "notices@steel.example"}),
        ),
        change(
            json!({"kind": "invoice-data", "title": "Example Steel", "tax_number": "9131",
            "address": null, "phone": null, "bank": "Example Bank", "bank_account": "6222"}),
        ),
        change(json!({"kind": "rights", "user": UUID, "account": "C-1", "rights": ["view"]})),
        change(json!({"kind": "rights", "user": UUID, "account": "C-1", "rights": null})),
    ]);
    let lines: Vec<_> = good.iter().flat_map(variations).collect();
    let schema = serde_json::from_str(EXPORT_SCHEMA).unwrap();
    let judged = judged(&schema, &lines);
    let mut taken = 0;
    for (line, takes) in lines.iter().zip(judged) {
        let text = line.to_string();
        let reads = if line["type"] == "header" {
            ExportHeader::parse(text.as_bytes()).is_ok()
        } else if line["type"] == "profile-change" {
            ExportNews::parse(text.as_bytes()).is_ok()
        } else {
            ExportLine::parse(text.as_bytes()).is_ok()
        };
        // The code reads what it never writes: the lines of bills without one.
        assert!(reads || !takes, "schema {takes}, code {reads}: {line}");
        taken += usize::from(takes);
        if good.contains(line) {
            assert!(takes, "{line}");
        }
    }
    assert!(taken > good.len());
}
