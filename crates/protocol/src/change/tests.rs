use serde_json::{Value as Json, json};

use super::*;
use crate::signed::parse;

fn with(what: &Json) -> Json {
    json!({
        "change": "6c1d0e4f-2a3b-4c4d-9e5f-607182930415",
        "audience": "https://pay.example",
        "customer": {"id": "0b7a3c1e-6a0e-4a52-8f7e-1d2c3b4a5968", "name": "Example Steel"},
        "user": {"id": "2f1e0d3c-4b5a-4697-8871-a2b3c4d5e6f7", "name": "Li Na"},
        "replaces": 3, "what": what,
        "created": "2026-11-22T08:00:00Z", "expires": "2026-11-22T08:15:00Z",
    })
}

fn contacts() -> Json {
    with(&json!({"kind": "contacts", "contacts": [
        {"name": "王芳", "role": "billing", "phone": "+86 21 5555 0100 转 8", "email": null,
            "language": "zh"},
        {"name": "Control room", "role": "emergency", "phone": null,
            "email": "control@steel.example", "language": "en"},
    ]}))
}

fn address() -> Json {
    with(
        &json!({"kind": "notice-address", "account": "C-0001", "post": "1 Steel Road",
        "email": "notices@steel.example"}),
    )
}

fn invoice() -> Json {
    with(
        &json!({"kind": "invoice-data", "title": "Example Steel Co.", "tax_number": "91310000X",
        "address": "1 Steel Road", "phone": "021 5555 0100", "bank": "Example Bank",
        "bank_account": "6222000000000001"}),
    )
}

fn rights() -> Json {
    with(
        &json!({"kind": "rights", "user": "3a2b1c0d-5e4f-4768-9907-b1c2d3e4f5a6",
        "account": "C-0001", "rights": ["view", "prepare"]}),
    )
}

fn read(json: &Json) -> Result<Change, DocumentError> {
    parse(json.to_string().as_bytes())
}

#[test]
fn what_is_signed_is_what_is_read() {
    for sample in [contacts(), address(), invoice(), rights()] {
        let document = read(&sample).unwrap();
        assert_eq!(serde_json::to_value(&document).unwrap(), sample);
        assert_eq!(sample["what"]["kind"], document.what.kind());
    }
    let nothing = with(&json!({"kind": "contacts", "contacts": []}));
    assert!(read(&nothing).is_ok());
    let mut taken_back = rights();
    taken_back["what"]["rights"] = Json::Null;
    let mut hidden = rights();
    hidden["what"]["rights"] = json!([]);
    let [taken_back, hidden] = [taken_back, hidden].map(|json| read(&json).unwrap());
    assert_ne!(taken_back.what, hidden.what);
}

#[test]
fn what_cannot_be_is_refused() {
    let many = vec![contacts()["what"]["contacts"][0].clone(); MAX_CONTACTS + 1];
    for (sample, pointer, value, says) in [
        (contacts(), "/what/contacts", json!(many), "20 contacts"),
        (contacts(), "/what/contacts/0/phone", Json::Null, "neither"),
        (contacts(), "/what/contacts/0/phone", json!("none"), "digit"),
        (
            contacts(),
            "/what/contacts/0/name",
            json!(""),
            "contacts.name",
        ),
        (
            contacts(),
            "/what/contacts/0/role",
            json!("chief"),
            "expected",
        ),
        (
            contacts(),
            "/what/contacts/0/language",
            json!("fr"),
            "expected",
        ),
        (
            contacts(),
            "/what/contacts/1/email",
            json!("a@b@c"),
            "e-mail",
        ),
        (
            contacts(),
            "/what/contacts/1/email",
            json!("@steel"),
            "e-mail",
        ),
        (
            contacts(),
            "/what/contacts/1/email",
            json!("a b@c"),
            "e-mail",
        ),
        (contacts(), "/what/kind", json!("contact"), "expected"),
        (contacts(), "/replaces", json!(-1), "replaces"),
        (contacts(), "/replaces", json!(1.5), "expected"),
        (contacts(), "/customer/name", json!("a\u{202e}b"), "control"),
        (contacts(), "/expires", json!("2026-11-22T08:15:01Z"), "900"),
        (address(), "/what/post", json!("x".repeat(401)), "what.post"),
        (address(), "/what/post", json!("a\nb"), "control"),
        (address(), "/what/account", json!("C 1"), "contract account"),
        (invoice(), "/what/title", json!(""), "what.title"),
        (
            invoice(),
            "/what/tax_number",
            Json::Null,
            "expected a string",
        ),
        (invoice(), "/what/bank_account", json!(""), "bank_account"),
        (rights(), "/what/rights", json!(["administer"]), "not given"),
        (rights(), "/what/rights", json!(["view", "view"]), "twice"),
        (rights(), "/what/rights", json!(["fly"]), "expected"),
    ] {
        let mut document = sample;
        *document.pointer_mut(pointer).unwrap() = value;
        let error = read(&document).unwrap_err().to_string();
        assert!(error.contains(says), "{pointer}: {error}");
    }
    let mut nowhere = address();
    nowhere["what"]["post"] = Json::Null;
    nowhere["what"]["email"] = Json::Null;
    assert!(read(&nowhere).unwrap_err().to_string().contains("both"));
}

#[test]
fn every_member_is_required_and_none_is_added() {
    for sample in [contacts(), address(), invoice(), rights()] {
        for pointer in ["", "/what"] {
            let object = sample.pointer(pointer).unwrap().as_object().unwrap();
            for member in object.keys() {
                let mut document = sample.clone();
                let object = document.pointer_mut(pointer).unwrap();
                object.as_object_mut().unwrap().remove(member);
                let error = read(&document).unwrap_err().to_string();
                assert!(error.contains("missing field"), "{member}: {error}");
            }
            let mut document = sample.clone();
            document.pointer_mut(pointer).unwrap()["more"] = json!(1);
            let error = read(&document).unwrap_err().to_string();
            assert!(error.contains("unknown field `more`"), "{error}");
        }
        let text = sample.to_string();
        for twice in ["\"replaces\":3", "\"kind\":"] {
            let rest = text.split_once(twice).unwrap().1;
            let value = rest.split([',', '}']).next().unwrap();
            let value = if twice.ends_with(':') { value } else { "" };
            let doubled = text.replacen(twice, &format!("{twice}{value},{twice}"), 1);
            let error = parse::<Change>(doubled.as_bytes()).unwrap_err().to_string();
            assert!(error.contains("duplicate field"), "{error}");
        }
    }
}

#[test]
fn every_member_is_shown() {
    for (sample, changes) in [
        (
            contacts(),
            vec![
                ("/change", json!("6c1d0e4f-2a3b-4c4d-9e5f-607182930416")),
                ("/audience", json!("https://other.example")),
                (
                    "/customer/id",
                    json!("0b7a3c1e-6a0e-4a52-8f7e-1d2c3b4a5969"),
                ),
                ("/customer/name", json!("Other Steel")),
                ("/user/id", json!("2f1e0d3c-4b5a-4697-8871-a2b3c4d5e6f8")),
                ("/user/name", json!("Zhao Lei")),
                ("/replaces", json!(4)),
                ("/created", json!("2026-11-22T08:00:01Z")),
                ("/expires", json!("2026-11-22T08:14:00Z")),
                ("/what/contacts", json!([])),
                ("/what/contacts/0/name", json!("王方")),
                ("/what/contacts/0/role", json!("technical")),
                ("/what/contacts/0/phone", json!("1")),
                ("/what/contacts/0/language", json!("en")),
                ("/what/contacts/1/phone", json!("1")),
                ("/what/contacts/1/email", json!("a@b")),
            ],
        ),
        (
            address(),
            vec![
                ("/what/account", Json::Null),
                ("/what/post", Json::Null),
                ("/what/email", json!("a@b")),
            ],
        ),
        (
            invoice(),
            vec![
                ("/what/title", json!("a")),
                ("/what/tax_number", json!("a")),
                ("/what/address", Json::Null),
                ("/what/phone", json!("1")),
                ("/what/bank", Json::Null),
                ("/what/bank_account", Json::Null),
            ],
        ),
        (
            rights(),
            vec![
                ("/what/user", json!("3a2b1c0d-5e4f-4768-9907-b1c2d3e4f5a7")),
                ("/what/account", json!("C-0002")),
                ("/what/rights", json!([])),
                ("/what/rights", Json::Null),
                ("/what/rights", json!(["view"])),
                ("/what/rights", json!(["view", "approve"])),
            ],
        ),
    ] {
        let shown = read(&sample).unwrap().lines();
        for (pointer, value) in changes {
            let mut document = sample.clone();
            *document.pointer_mut(pointer).unwrap() = value;
            assert_ne!(read(&document).unwrap().lines(), shown, "{pointer}");
        }
    }
}

#[test]
fn a_decision_is_read_shown_and_never_a_cancellation() {
    let sample = json!({
        "change": "6c1d0e4f-2a3b-4c4d-9e5f-607182930415",
        "change_digest": wattkey_pki::Digest::of(b"change"),
        "audience": "https://pay.example",
        "user": {"id": "3a2b1c0d-5e4f-4768-9907-b1c2d3e4f5a6", "name": "Zhao Lei"},
        "decision": "approve",
        "created": "2026-11-22T08:00:00Z", "expires": "2026-11-22T08:15:00Z",
    });
    let read = |json: &Json| parse::<ChangeDecision>(json.to_string().as_bytes());
    let document = read(&sample).unwrap();
    assert_eq!(serde_json::to_value(&document).unwrap(), sample);
    for (pointer, value) in [
        ("/change", json!("6c1d0e4f-2a3b-4c4d-9e5f-607182930416")),
        ("/change_digest", json!(wattkey_pki::Digest::of(b"other"))),
        ("/audience", json!("https://other.example")),
        ("/user/id", json!("3a2b1c0d-5e4f-4768-9907-b1c2d3e4f5a7")),
        ("/user/name", json!("Li Na")),
        ("/decision", json!("refuse")),
        ("/created", json!("2026-11-22T08:00:01Z")),
        ("/expires", json!("2026-11-22T08:14:00Z")),
    ] {
        let mut other = sample.clone();
        *other.pointer_mut(pointer).unwrap() = value;
        assert_ne!(read(&other).unwrap().lines(), document.lines(), "{pointer}");
    }
    let mut cancelled = sample.clone();
    cancelled["decision"] = json!("cancel");
    let error = read(&cancelled).unwrap_err().to_string();
    assert!(error.contains("approve or refuse"), "{error}");
}
