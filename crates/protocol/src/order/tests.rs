use serde_json::json as value;
use wattkey_domain::CreditorReference;
use wattkey_pki::{Digest, MemorySigner};

use super::*;
use crate::signed::parse as parse_document;

fn parse(bytes: &[u8]) -> Result<Order, DocumentError> {
    parse_document(bytes)
}

fn sample() -> Order {
    let time = |text: &str| text.parse().unwrap();
    Order {
        order: "7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11".parse().unwrap(),
        audience: "https://pay.example".into(),
        payee: Payee {
            name: "Example Power".into(),
            account: "DE89370400440532013000".into(),
        },
        customer: Named {
            id: "0b7a3c1e-6a0e-4a52-8f7e-1d2c3b4a5968".parse().unwrap(),
            name: "Example Steel".into(),
        },
        user: Named {
            id: "2f1e0d3c-4b5a-4697-8871-a2b3c4d5e6f7".parse().unwrap(),
            name: "Li Na".into(),
        },
        bills: vec![OrderBill {
            bill: "B-202608-0001".parse().unwrap(),
            account: "C-0001".parse().unwrap(),
            period: "2026-08".parse().unwrap(),
            document: Digest::of(b"bill"),
            principal: 1_234_500,
            penalty: 2_469,
            quote_until: time("2026-11-22T16:00:00Z"),
        }],
        deposit: None,
        refund: None,
        total: 1_236_969,
        currency: "CNY".parse().unwrap(),
        source: Source::Mandate {
            mandate: "M-0001".parse().unwrap(),
            debtor_account: "GB33BUKB20201555555555".into(),
        },
        execute: None,
        reference: "PO 4711".into(),
        created: time("2026-11-22T08:00:00Z"),
        expires: time("2026-11-22T08:15:00Z"),
    }
}

fn json() -> serde_json::Value {
    serde_json::to_value(sample()).unwrap()
}

fn refused(document: &str) -> String {
    parse(document.as_bytes()).expect_err("refused").to_string()
}

#[test]
fn what_is_signed_is_what_is_read() {
    let key = MemorySigner::generate();
    let signed = Draft::new(&sample())
        .unwrap()
        .sign(&key, Digest::of(b"c"))
        .unwrap();
    let read = SignedOrder::parse(signed.as_str()).unwrap();
    assert_eq!(read.order(), &sample());
    assert_eq!(read.digest(), signed.digest());
    assert_eq!(read.certificate(), Digest::of(b"c"));
}

#[test]
fn two_signatures_of_one_document_have_one_digest() {
    let key = MemorySigner::generate();
    let draft = Draft::new(&sample()).unwrap();
    let one = draft.clone().sign(&key, Digest::of(b"c")).unwrap();
    let two = draft.sign(&key, Digest::of(b"c")).unwrap();
    assert_ne!(
        one.as_str(),
        two.as_str(),
        "ECDSA signatures differ each time"
    );
    assert_eq!(one.digest(), two.digest());
}

#[test]
fn duplicate_and_unknown_members_are_refused_at_every_depth() {
    let good = serde_json::to_string(&sample()).unwrap();
    assert!(parse(good.as_bytes()).is_ok());
    for (from, to, says) in [
        (
            r#""total":"#,
            r#""total":1,"total":"#,
            "duplicate field `total`",
        ),
        (r#""total":"#, r#""tip":1,"total":"#, "unknown field `tip`"),
        (
            r#""principal":"#,
            r#""principal":1,"principal":"#,
            "duplicate field `principal`",
        ),
        (
            r#""mandate":"M"#,
            r#""x":0,"mandate":"M"#,
            "unknown field `x`",
        ),
        (
            r#""name":"Li Na""#,
            r#""name":"Li Na","name":"Li Na""#,
            "duplicate field `name`",
        ),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}");
        assert!(
            refused(&bad).contains(says),
            "{} does not say {says}",
            refused(&bad)
        );
    }
    assert!(refused(&format!("{good} {{}}")).contains("trailing"));
}

#[test]
fn amounts_are_whole_bounded_and_add_up() {
    for (pointer, value, says) in [
        ("/total", serde_json::json!(1), "not the sum"),
        ("/total", serde_json::json!(12.5), "invalid type"),
        ("/total", serde_json::json!("12"), "invalid type"),
        (
            "/bills/0/principal",
            serde_json::json!(0),
            "principal is not within 1",
        ),
        (
            "/bills/0/principal",
            serde_json::json!(-5),
            "principal is not within 1",
        ),
        (
            "/bills/0/principal",
            serde_json::json!(1_i64 << 53),
            "principal",
        ),
        (
            "/bills/0/penalty",
            serde_json::json!(-1),
            "penalty is not within 0",
        ),
        (
            "/bills/0/period",
            serde_json::json!("2026-13"),
            "billing month",
        ),
        ("/reference", serde_json::json!("a\nb"), "reference"),
        ("/user/name", serde_json::json!("Li \u{202e}Na"), "control"),
        (
            "/expires",
            serde_json::json!("2026-11-22T08:15:01Z"),
            "expires",
        ),
        (
            "/expires",
            serde_json::json!("2026-11-22T08:00:00Z"),
            "expires",
        ),
        (
            "/created",
            serde_json::json!("2026-11-22T08:00:00.1Z"),
            "not a time",
        ),
        (
            "/bills",
            serde_json::json!([]),
            "has bills, a deposit or a refund",
        ),
        ("/currency", serde_json::json!("cny"), "currency"),
    ] {
        let mut document = json();
        *document.pointer_mut(pointer).unwrap() = value;
        let error = refused(&document.to_string());
        assert!(
            error.to_lowercase().contains(says),
            "{pointer}: {error:?} does not say {says}"
        );
    }
}

/// Errors go into logs; account numbers, names and amounts do not.
#[test]
fn an_error_repeats_no_value() {
    const SECRETS: [&str; 3] = ["GB33BUKB20201555555555", "77777", "Steel"];
    let mut pointers = Vec::new();
    leaves(String::new(), &json(), &mut pointers);
    let mut refusals = 0;
    for pointer in pointers {
        for secret in [
            "GB33BUKB20201555555555, expected `77777\", expected Steel".into(),
            serde_json::json!("Steel\"`\n77777"),
            serde_json::json!(7777.7),
            serde_json::json!(-77777),
            serde_json::json!({"Steel": "77777"}),
            serde_json::json!(["GB33BUKB20201555555555"]),
        ] {
            let mut document = json();
            *document.pointer_mut(&pointer).unwrap() = secret.clone();
            let Err(error) = parse(document.to_string().as_bytes()) else {
                continue;
            };
            refusals += 1;
            let error = error.to_string();
            let repeated = error.contains("7777.7") || SECRETS.iter().any(|s| error.contains(s));
            // A member's name is kept.
            let is_name = error.starts_with("unknown field `Steel`");
            assert!(!repeated || is_name, "{pointer} = {secret}: {error}");
        }
    }
    assert!(refusals > 90, "{refusals}");
    let number = json()
        .to_string()
        .replace("\"GB33BUKB20201555555555\"", "77777");
    let said = refused(&number);
    assert!(
        said.starts_with("invalid type: integer, expected a string at line 1 column "),
        "{said}"
    );
}

fn with(changes: &[(&str, serde_json::Value)]) -> Result<Order, DocumentError> {
    let mut document = json();
    for (pointer, value) in changes {
        *document.pointer_mut(pointer).unwrap() = value.clone();
    }
    parse(document.to_string().as_bytes())
}

fn reference_of(order: &str) -> String {
    CreditorReference::for_order(&order.parse().unwrap())
        .as_str()
        .to_owned()
}

#[test]
fn which_members_go_together() {
    let part = value!({"account": "C-0001", "amount": 50_000});
    let refund = value!({"mandate": "M-0001", "account": "GB33", "amount": 50_000});
    let own = sample().order.to_string();
    let by_transfer =
        |order: &str| value!({"kind": "transfer", "creditor_reference": reference_of(order)});
    let from_deposit = value!({"kind": "deposit", "account": "C-0001"});
    let none = value!([]);
    let good = [
        vec![("/deposit", part.clone()), ("/total", value!(1_286_969))],
        vec![
            ("/bills", none.clone()),
            ("/deposit", part.clone()),
            ("/total", value!(50_000)),
        ],
        vec![("/source", by_transfer(&own))],
        vec![
            ("/source", by_transfer(&own)),
            ("/deposit", part.clone()),
            ("/total", value!(1_286_969)),
        ],
        vec![("/source", from_deposit.clone())],
        vec![
            ("/source", from_deposit.clone()),
            ("/bills", none.clone()),
            ("/refund", refund.clone()),
            ("/total", value!(50_000)),
        ],
        vec![("/execute", value!("2026-11-30"))],
    ];
    for changes in good {
        let order = with(&changes).unwrap_or_else(|error| panic!("{changes:?}: {error}"));
        let written = serde_json::to_vec(&order).unwrap();
        assert_eq!(parse(&written).unwrap(), order);
    }
    let bad: [(Vec<(&str, serde_json::Value)>, &str); 13] = [
        (vec![("/deposit", part.clone())], "not the sum"),
        (
            vec![("/deposit", value!({"account": "C-0001", "amount": 0}))],
            "deposit.amount",
        ),
        (
            vec![
                ("/deposit", part),
                ("/source", from_deposit.clone()),
                ("/total", value!(1_286_969)),
            ],
            "not paid from a deposit",
        ),
        (
            vec![("/refund", refund.clone()), ("/total", value!(1_286_969))],
            "in an order of its own",
        ),
        (
            vec![
                ("/refund", refund.clone()),
                ("/source", from_deposit.clone()),
                ("/total", value!(1_286_969)),
            ],
            "in an order of its own",
        ),
        (
            vec![
                ("/refund", refund),
                ("/bills", none.clone()),
                ("/total", value!(50_000)),
            ],
            "in an order of its own",
        ),
        (
            vec![
                ("/bills", none),
                ("/source", from_deposit.clone()),
                (
                    "/refund",
                    value!({"mandate": "M-0001", "account": "", "amount": 5}),
                ),
                ("/total", value!(5)),
            ],
            "refund.account",
        ),
        (
            vec![(
                "/source",
                by_transfer("7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c12"),
            )],
            "not the one of the order's id",
        ),
        (
            vec![
                ("/source", by_transfer(&own)),
                ("/execute", value!("2026-11-30")),
            ],
            "execute",
        ),
        (
            vec![
                ("/source", from_deposit),
                ("/execute", value!("2026-11-30")),
            ],
            "execute",
        ),
        (vec![("/execute", value!("20261130"))], "is not a date"),
        (
            vec![("/source", value!({"kind": "transfer", "mandate": "M-0001"}))],
            "unknown field `mandate`",
        ),
        (
            vec![("/source", value!({"kind": "cash"}))],
            "unknown variant",
        ),
    ];
    for (changes, says) in bad {
        let error = with(&changes).unwrap_err().to_string();
        assert!(error.contains(says), "{changes:?}: {error}");
    }
}

#[test]
fn what_may_be_null_must_be_there() {
    for member in ["deposit", "refund", "execute", "source", "bills"] {
        let mut document = json();
        document.as_object_mut().unwrap().remove(member);
        let error = refused(&document.to_string());
        assert!(
            error.contains(&format!("missing field `{member}`")),
            "{error}"
        );
    }
}

#[test]
fn all_of_a_wider_order_is_shown() {
    let part = value!({"account": "C-0001", "amount": 50_000});
    let own = value!({"kind": "transfer", "creditor_reference": reference_of(&sample().order.to_string())});
    let order = with(&[
        ("/source", own),
        ("/deposit", part),
        ("/total", value!(1_286_969)),
    ])
    .unwrap();
    let shown = render(&order);
    for (pointer, changed) in [
        ("/deposit/account", value!("C-0002")),
        ("/deposit/amount", value!(1)),
        ("/source/creditor_reference", value!("RF18539007547034")),
        ("/source", value!({"kind": "deposit", "account": "C-0001"})),
    ] {
        let mut document = serde_json::to_value(&order).unwrap();
        *document.pointer_mut(pointer).unwrap() = changed;
        let changed: Order = serde_json::from_value(document).unwrap();
        assert_ne!(render(&changed), shown, "{pointer}");
    }
    let refund = value!({"mandate": "M-0001", "account": "GB33", "amount": 5});
    let from_deposit = value!({"kind": "deposit", "account": "C-0001"});
    let order = with(&[
        ("/source", from_deposit),
        ("/bills", value!([])),
        ("/refund", refund),
        ("/total", value!(5)),
    ]);
    let order = order.unwrap();
    let shown = render(&order);
    for (pointer, changed) in [
        ("/refund/mandate", value!("M-0002")),
        ("/refund/account", value!("GB34")),
        ("/refund/amount", value!(6)),
        ("/source/account", value!("C-0002")),
    ] {
        let mut document = serde_json::to_value(&order).unwrap();
        *document.pointer_mut(pointer).unwrap() = changed;
        let changed: Order = serde_json::from_value(document).unwrap();
        assert_ne!(render(&changed), shown, "{pointer}");
    }
}

#[test]
fn a_bill_is_there_once() {
    let mut order = sample();
    order.bills.push(order.bills[0].clone());
    order.total *= 2;
    assert!(
        Draft::new(&order)
            .unwrap_err()
            .to_string()
            .contains("twice")
    );
}

fn leaves(at: String, value: &serde_json::Value, out: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(map) => map
            .iter()
            .for_each(|(k, v)| leaves(format!("{at}/{k}"), v, out)),
        serde_json::Value::Array(list) => list
            .iter()
            .enumerate()
            .for_each(|(i, v)| leaves(format!("{at}/{i}"), v, out)),
        _ => out.push(at),
    }
}

#[test]
fn every_signed_member_changes_what_is_shown() {
    let mut pointers = Vec::new();
    leaves(String::new(), &json(), &mut pointers);
    assert!(pointers.len() > 20, "{pointers:?}");
    let shown = render(&sample());
    for pointer in pointers.iter().filter(|p| *p != "/source/kind") {
        let mut document = json();
        let leaf = document.pointer_mut(pointer).unwrap();
        *leaf = match (pointer.as_str(), leaf.clone()) {
            ("/currency", _) => "EUR".into(),
            (_, serde_json::Value::Number(n)) => (n.as_i64().unwrap() + 1).into(),
            (p, serde_json::Value::String(s)) if p.ends_with("id") || p == "/order" => {
                s.replace('4', "5").into()
            }
            (p, serde_json::Value::String(s)) if p.ends_with("/document") => {
                s.replacen(s.chars().next().unwrap(), "A", 1).into()
            }
            (_, serde_json::Value::String(s)) if s.ends_with('Z') && s.starts_with("2026") => {
                s.replace("2026", "2027").into()
            }
            (_, serde_json::Value::String(s)) if s == "2026-08" => "2026-09".into(),
            ("/deposit", _) => value!({"account": "C-0001", "amount": 1}),
            ("/refund", _) => value!({"mandate": "M-0001", "account": "GB33", "amount": 1}),
            ("/execute", _) => "2026-11-30".into(),
            (_, serde_json::Value::String(s)) => format!("{s}1").into(),
            (p, v) => panic!("{p}: {v}"),
        };
        let changed: Order = serde_json::from_value(document).unwrap();
        assert_ne!(render(&changed), shown, "{pointer} is signed and not shown");
    }
}
