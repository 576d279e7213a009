use std::error::Error as _;

use super::*;

const DOCUMENT: &str = r#"{"bill":"B-2026-08-1","account":"C-1","customer":"50c99710-6a8d-4cb2-8905-ed89a25afa74",
"period":"2026-08","currency":"CNY","issued":"2026-09-01","due":"2026-09-20","lines":[
{"kind":"energy","text":{"en":"Energy, peak","zh":"电度电费（峰）"},"quantity":"100.0","unit":"kWh","price":"0.6543","amount":6543},
{"kind":"power-factor","text":{"en":"Power factor","zh":"力调电费"},"amount":-43},
{"kind":"levy","text":{"en":"Levies","zh":"代征费"},"quantity":"100","unit":"kWh","price":"0.05","amount":500}],
"total":7000,"revenue":5700,"tax":800,"levies":500}"#;

fn refusal(from: &str, to: &str) -> String {
    assert!(DOCUMENT.contains(from), "{from}");
    let error = BillDocument::parse(DOCUMENT.replacen(from, to, 1).as_bytes()).unwrap_err();
    let source = error.source().map(ToString::to_string).unwrap_or_default();
    format!("{error}: {source}")
}

#[test]
fn a_document_is_read() {
    let document = BillDocument::parse(DOCUMENT.as_bytes()).unwrap();
    assert_eq!(document.bill.as_str(), "B-2026-08-1");
    assert_eq!(document.total.to_string(), "70.00 CNY");
    assert_eq!(document.lines.len(), 3);
    assert_eq!(document.lines[0].quantity.unwrap().to_string(), "100.0");
    assert_eq!(document.lines[1].amount.minor(), -43);
    assert_eq!(document.lines[1].quantity, None);
}

#[test]
fn refusals_say_what_and_where() {
    for (from, to, words) in [
        (
            "\"total\":7000",
            "\"total\":7001",
            "the lines of bill B-2026-08-1 sum to 7000, its total is 7001",
        ),
        (
            "\"tax\":800",
            "\"tax\":801",
            "revenue, tax and levies of bill B-2026-08-1 sum to 7001",
        ),
        (
            "\"tax\":800",
            "\"tax\":-800",
            "`tax` of bill B-2026-08-1 is out of bounds",
        ),
        (
            "\"tax\":800",
            "\"tax\":800,\"tip\":1",
            "unknown field `tip`",
        ),
        (
            "\"tax\":800",
            "\"tax\":800,\"tax\":800",
            "duplicate field `tax`",
        ),
        (
            "\"zh\":\"力调电费\"",
            "\"zh\":\"力调电费\",\"en\":\"x\"",
            "duplicate field `en`",
        ),
        (
            "\"amount\":-43",
            "\"amount\":-43,\"note\":1",
            "unknown field `note`",
        ),
        ("\"amount\":-43", "\"amount\":-43.5", "line 4"),
        (
            "\"amount\":-43",
            "\"amount\":9007199254740992",
            "`lines[1].amount`",
        ),
        ("\"price\":\"0.6543\"", "\"price\":0.6543", "line 3"),
        (
            "\"price\":\"0.6543\"",
            "\"price\":\"1e3\"",
            "is not a decimal number",
        ),
        (
            "\"price\":\"0.6543\"",
            "\"price\":\".5\"",
            "is not a decimal number",
        ),
        ("\"unit\":\"kWh\"", "\"unit\":\"\"", "`lines[0].unit`"),
        (
            "\"currency\":\"CNY\"",
            "\"currency\":\"XXX\"",
            "is not a known currency",
        ),
        (
            "\"due\":\"2026-09-20\"",
            "\"due\":\"20260920\"",
            "is not a date",
        ),
        (
            "\"due\":\"2026-09-20\"",
            "\"due\":\"2026-08-20\"",
            "is due before",
        ),
        (
            "\"period\":\"2026-08\"",
            "\"period\":\"2026-13\"",
            "is not a billing month",
        ),
        (
            "\"bill\":\"B-2026-08-1\"",
            "\"bill\":\"B 1\"",
            "is not a bill id",
        ),
        (
            "\"kind\":\"levy\"",
            "\"kind\":\"gift\"",
            "unknown variant `gift`",
        ),
        (
            "\"levies\":500}",
            "\"levies\":500} {}",
            "trailing characters",
        ),
        (",\"levies\":500}", "}", "missing field `levies`"),
    ] {
        let found = refusal(from, to);
        assert!(found.contains(words), "{to}: {found}");
    }
}

#[test]
fn sizes_are_bounded() {
    let long = format!("{DOCUMENT}{}", " ".repeat(MAX_DOCUMENT));
    assert!(matches!(
        BillDocument::parse(long.as_bytes()),
        Err(BillDocumentError::TooLong)
    ));
    let start = DOCUMENT.find("{\"kind\"").unwrap();
    let end = DOCUMENT.find("],").unwrap();
    let empty = format!("{}{}", &DOCUMENT[..start], &DOCUMENT[end..]);
    assert!(matches!(
        BillDocument::parse(empty.as_bytes()),
        Err(BillDocumentError::Bounds { .. })
    ));
    let deep = "[".repeat(100_000);
    assert!(BillDocument::parse(deep.as_bytes()).is_err());
}
