use super::*;

fn csv(text: &str) -> Result<Vec<OrderLine>, Vec<Problem>> {
    read(text.as_bytes())
}

fn found(text: &[u8]) -> Vec<(Option<u32>, Option<&'static str>, &'static str)> {
    let problems = read(text).unwrap_err().into_iter();
    problems
        .map(|problem| (problem.line, problem.field, problem.code))
        .collect()
}

#[test]
fn both_forms_say_the_same() {
    let text = "bill;account;amount;currency;reference;source;execute\r\n\
                B-1;;;CNY;PO 1;mandate:M-1;2026-12-01\r\n\
                ;C-2;500.00;;PO 2;deposit:C-2;\r\n\
                B-3;;12;;\"PO; 3\";transfer;\r\n";
    let json = r#"{"bill":"B-1","currency":"CNY","reference":"PO 1","source":"mandate:M-1","execute":"2026-12-01"}
{"account":"C-2","amount":"500.00","reference":"PO 2","source":"deposit:C-2"}

{"bill":"B-3","amount":"12","reference":"PO 3","source":"transfer","currency":null}
"#;
    let (csv, json) = (
        csv(&text.replace("PO; 3", "PO 3")).unwrap(),
        csv(json).unwrap(),
    );
    assert_eq!(csv.len(), 3);
    for (one, other) in csv.iter().zip(&json) {
        let number = one.number;
        assert_eq!(
            one,
            &OrderLine {
                number,
                ..other.clone()
            }
        );
    }
    assert_eq!(csv[1].target, Target::Account("C-2".parse().unwrap()));
    assert_eq!(csv[2].source, WantedSource::Transfer);
    // A semicolon is not in what banks carry, but in a field it does not divide.
    assert_eq!(
        found(text.as_bytes()),
        [(Some(4), Some("reference"), "reference")]
    );
}

#[test]
fn a_mark_lines_and_columns_in_any_order() {
    let text = "\u{feff}\"reference\",bill\nPO 1, B-1 \n\r\n\nPO 2,\"B-2\"";
    let lines = csv(text).unwrap();
    assert_eq!(lines[0].target.to_string(), "B-1");
    let numbers: Vec<_> = lines.iter().map(|line| line.number).collect();
    assert_eq!(numbers, [2, 5]);
}

#[test]
fn what_is_not_right_is_named_by_line_and_field() {
    let text = "bill,account,amount,currency,reference,source,execute\n\
                B-1,C-1,,,,,\n\
                ,,,,,,\n\
                B 1,,,,,,\n\
                ,C-1,,,,,\n\
                B-2,,5.00,,,,\n\
                B-3,,\"1,5\",,R,,\n\
                B-4,,-5,,R,,\n\
                B-5,,,yuan,R;,cash,2026/12/1\n\
                B-6,,,,,transfer,2026-12-01\n\
                B-7,,,\n";
    let wanted = [
        (2, "account", "bill-and-account"),
        (3, "bill", "neither"),
        (4, "bill", "id"),
        (5, "amount", "amount-needed"),
        (6, "reference", "reference-needed"),
        (7, "amount", "amount"),
        (8, "amount", "amount"),
        (9, "reference", "reference"),
        (9, "currency", "currency"),
        (9, "source", "source"),
        (9, "execute", "day"),
        (10, "execute", "day-without-mandate"),
    ];
    let mut wanted: Vec<_> = wanted
        .map(|(line, field, code)| (Some(line), Some(field), code))
        .into();
    wanted.push((Some(11), None, "fields"));
    assert_eq!(found(text.as_bytes()), wanted);
}

#[test]
fn what_would_be_paid_twice_is_refused() {
    let text = "bill,account,amount,reference\nB-1,,,\nB-1,,5,R\n,C-1,5,R\n,C-1,6,S\n";
    let twice = [
        (Some(3), Some("bill"), "twice"),
        (Some(5), Some("account"), "twice"),
    ];
    assert_eq!(found(text.as_bytes()), twice);
}

#[test]
fn headers_and_objects_that_are_not_known() {
    assert_eq!(found(b"bill,betrag\nB-1,5\n"), [(Some(1), None, "column")]);
    assert_eq!(
        found(b"bill,bill\nB-1,B-2\n"),
        [(Some(1), Some("bill"), "column-twice")]
    );
    assert_eq!(found(b"amount\n5\n"), [(Some(1), None, "no-columns")]);
    assert_eq!(found(b"bill\n"), [(None, None, "no-lines")]);
    assert_eq!(found(b""), [(None, None, "no-lines")]);
    assert_eq!(found(b" \r\n\n"), [(None, None, "no-lines")]);
    for (json, field, code) in [
        (r#"{"bill":"B-1","amount":5}"#, None, "json-value"),
        (
            r#"{"bill":"B-1","bill":"B-2"}"#,
            Some("bill"),
            "column-twice",
        ),
        (r#"{"bill":"B-1","note":"x"}"#, None, "column"),
        (r#"{"bill":"B-1"} x"#, None, "json"),
        ("{", None, "json"),
    ] {
        assert_eq!(found(json.as_bytes()), [(Some(1), field, code)], "{json}");
    }
}

#[test]
fn nothing_is_paid_with_nothing_or_on_a_day_that_is_over() {
    let text = "bill,amount,reference\nB-1,0,R\nB-2,0.00,S\nB-3,0.01,T\n";
    let wrong = (Some("amount"), "amount");
    let wanted = [2, 3].map(|line| (Some(line), wrong.0, wrong.1));
    assert_eq!(found(text.as_bytes()), wanted);
    let lines = csv("bill,execute\nB-1,2026-11-22\nB-2,2026-11-23\nB-3,\n").unwrap();
    let past = past_days(&lines, "2026-11-23".parse().unwrap());
    assert_eq!(past.len(), 1);
    assert_eq!((past[0].line, past[0].code), (Some(2), "day-over"));
}

#[test]
fn other_encodings_are_named() {
    // "B-1,付" in GB 18030.
    let gb = b"bill,reference\nB-1,\xb8\xb6\n";
    assert_eq!(found(gb), [(Some(2), None, "gb18030")]);
    assert_eq!(found(b"bill\nB-1\xff\n"), [(Some(2), None, "not-utf-8")]);
    assert_eq!(found(b"\xff\xfeb\0"), [(None, None, "utf-16")]);
}

#[test]
fn a_file_has_bounds() {
    let large = vec![b' '; MAX_FILE_BYTES + 1];
    assert_eq!(found(&large), [(None, None, "too-large")]);
    let lines = |count: usize| (0..count).map(|n| format!("B-{n}\n")).collect::<String>();
    let most = format!("bill\n{}", lines(MAX_LINES));
    assert_eq!(csv(&most).unwrap().len(), MAX_LINES);
    let more = format!("bill\n{}", lines(MAX_LINES + 1));
    assert_eq!(found(more.as_bytes()), [(None, None, "too-many-lines")]);
    let wrong = format!("bill\n{}", "a b\n".repeat(MAX_PROBLEMS * 2));
    assert_eq!(found(wrong.as_bytes()).len(), MAX_PROBLEMS);
}
