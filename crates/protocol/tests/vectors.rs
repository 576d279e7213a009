//! The test vectors of `PROTOCOL.md` say what the code reads, and the code writes what they say.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::collections::HashMap;

use common::{AUDIENCE, INSTANCE, now};
use wattkey_pki::{Certificate, Digest, Role, Trust, TrustAnchor, jws};
use wattkey_protocol::signed::{Document, Payload, Signed};
use wattkey_protocol::{binding, fields::Fields, keys, order, receipt, request, session};
use wattkey_seal::{KeyConfiguration, message::Request};

/// The fenced blocks ```` ```vector NAME ````.
fn vectors() -> HashMap<&'static str, &'static str> {
    let text = include_str!("../../../PROTOCOL.md");
    text.split("```vector ")
        .skip(1)
        .map(|block| {
            let (name, rest) = block.split_once('\n').unwrap();
            (name, rest.split_once("\n```").unwrap().0)
        })
        .collect()
}

fn vector(name: &str) -> &'static str {
    vectors()
        .get(name)
        .copied()
        .unwrap_or_else(|| panic!("PROTOCOL.md has no vector {name}"))
}

fn certificate(name: &str) -> Certificate {
    Certificate::from_pem(vector(name)).unwrap()
}

fn anchor(name: &str) -> TrustAnchor {
    TrustAnchor::new(certificate(name)).unwrap()
}

/// The bytes that a compact JWS signs, to compare with what the code writes.
fn payload(name: &str, typ: &str) -> Vec<u8> {
    jws::Compact::parse(vector(name), typ, 65_536)
        .unwrap()
        .payload_unverified()
        .to_vec()
}

/// Head (start line too, if any), and body of a message written as text.
fn message(name: &str) -> (Fields, &'static str) {
    let (head, body) = vector(name).split_once("\n\n").unwrap();
    let fields = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(n, v)| (n.to_owned(), v.as_bytes().to_vec()))
        .collect();
    (fields, body)
}

#[test]
fn certificates_chain_and_have_their_roles() {
    let issuing = anchor("issuing-ca");
    for (name, role) in [
        ("user-authentication", Role::UserAuthentication),
        ("user-signature", Role::UserSignature),
        ("approver-signature", Role::UserSignature),
    ] {
        assert!(
            issuing.verify(&certificate(name), role, now()).is_ok(),
            "{name}"
        );
        assert!(
            anchor("service-ca")
                .verify(&certificate(name), role, now())
                .is_err(),
            "{name}"
        );
    }
}

#[test]
fn session_statement_and_signed_request() {
    let authentication = certificate("user-authentication");
    let statement = vector("session-statement");
    let key = session::verify(statement, &authentication, AUDIENCE, now()).unwrap();
    let later = |s: i64| now() + jiff::SignedDuration::from_secs(s);
    for (audience, at, error) in [
        (
            "https://other.example",
            now(),
            session::SessionError::Audience,
        ),
        (AUDIENCE, later(900), session::SessionError::Time),
        (AUDIENCE, later(-61), session::SessionError::Time),
    ] {
        assert_eq!(
            session::verify(statement, &authentication, audience, at),
            Err(error)
        );
    }
    let other = certificate("user-signature");
    assert_eq!(
        session::verify(statement, &other, AUDIENCE, now()),
        Err(session::SessionError::OtherCertificate)
    );

    let (fields, body) = message("signed-request");
    let parts = request::RequestParts {
        method: "POST",
        authority: "pay.example",
        path_and_query: "/v1/orders",
        fields: &fields,
        body: body.as_bytes(),
    };
    assert_eq!(request::verify(&parts, &key, now()), Ok(()));
    assert_eq!(body, vector("order"));
}

#[test]
fn capsule_content_is_the_signed_request() {
    let bytes = hex::decode(vector("capsule-content").replace('\n', "")).unwrap();
    let read = Request::decode(&bytes).unwrap();
    let (mut fields, body) = message("signed-request");
    fields.retain(|(name, _)| name != "host");
    assert_eq!(read.fields, fields);
    assert_eq!(read.body, body.as_bytes());
    assert_eq!(
        (
            read.method.as_str(),
            read.authority.as_str(),
            read.path.as_str()
        ),
        ("POST", "pay.example", "/v1/orders")
    );
    let padded = read.encode_padded().unwrap();
    assert_eq!(padded.len(), 4096, "the next size class");
    assert_eq!(padded[..bytes.len()], bytes);
    assert!(padded[bytes.len()..].iter().all(|b| *b == 0));
}

#[test]
fn key_configuration() {
    let (fields, body) = message("key-configuration");
    let body = hex::decode(body).unwrap();
    let service = Trust::fixed(anchor("service-ca"));
    let verified = keys::verify(&fields, &body, &service, now()).unwrap();
    assert_eq!(
        (verified.instance.as_str(), verified.date),
        (INSTANCE, now())
    );
    let list = KeyConfiguration::decode_list(&body).unwrap();
    assert_eq!(KeyConfiguration::encode_list(&list).unwrap(), body);

    let mut other = body.clone();
    other[10] ^= 1;
    assert!(matches!(
        keys::verify(&fields, &other, &service, now()),
        Err(keys::KeysError::ContentDigest)
    ));
    let foreign = Trust::fixed(anchor("issuing-ca"));
    assert!(matches!(
        keys::verify(&fields, &body, &foreign, now()),
        Err(keys::KeysError::Certificate(_))
    ));
    for (name, value) in [
        ("wattkey-instance", "\"gateway-2\""),
        ("date", "Sun, 22 Nov 2026 08:00:01 GMT"),
    ] {
        let mut changed = fields.clone();
        changed.iter_mut().find(|(n, _)| n == name).unwrap().1 = value.as_bytes().to_vec();
        assert!(
            matches!(
                keys::verify(&changed, &body, &service, now()),
                Err(keys::KeysError::Signature(_))
            ),
            "{name}"
        );
    }
}

/// The vector `name` is `expected`, signed by the key of `signer` and of nobody else.
fn signed<D: Document>(name: &str, expected: &D, [signer, other]: [&str; 2]) -> Signed<D> {
    let signed = Signed::<D>::parse(vector(name)).unwrap();
    assert_eq!(signed.verify(&certificate(signer)).unwrap(), expected);
    assert!(signed.verify(&certificate(other)).is_err(), "{name}");
    assert_eq!(
        payload(name, D::TYPE),
        serde_json::to_vec(expected).unwrap()
    );
    signed
}

#[test]
fn orders_decision_and_standing_instruction() {
    let by_user = ["user-signature", "approver-signature"];
    let by_approver = ["approver-signature", "user-signature"];
    let order = signed("order", &common::order(), by_user);
    signed("order-transfer", &common::transfer_order(), by_user);
    signed("order-deposit", &common::deposit_order(), by_user);
    signed("decision", &common::decision(order.digest()), by_approver);
    let instruction = common::standing_instruction();
    signed("standing-instruction", &instruction, by_user);
    // One kind is not taken for another.
    assert!(Signed::<order::Order>::parse(vector("decision")).is_err());
}

#[test]
fn changes_of_own_data_and_a_decision() {
    let by_user = ["change-signature", "change-decision-signature"];
    let by_other = ["change-decision-signature", "change-signature"];
    signed("change", &common::change(), by_user);
    let rights = signed("change-rights", &common::rights_change(), by_user);
    let word = common::change_decision(rights.digest());
    signed("change-decision", &word, by_other);
}

#[test]
fn receipt_verifies_and_a_changed_one_does_not() {
    let text = vector("receipt");
    let digest = order::SignedOrder::parse(vector("order")).unwrap().digest();
    let service = anchor("service-ca");
    assert_eq!(
        receipt::verify(text.as_bytes(), &service).unwrap(),
        common::receipt(digest)
    );
    assert!(receipt::verify(text.as_bytes(), &anchor("issuing-ca")).is_err());

    let mut json: serde_json::Value = serde_json::from_str(text).unwrap();
    let signatures = json["signatures"].as_array().unwrap().clone();
    json["signatures"] = vec![signatures[0].clone()].into();
    let one = json.to_string();
    assert!(matches!(
        receipt::verify(one.as_bytes(), &service),
        Err(receipt::ReceiptError::Signatures(1))
    ));
    json["signatures"] = vec![signatures[1].clone(), signatures[0].clone()].into();
    let swapped = json.to_string();
    assert!(matches!(
        receipt::verify(swapped.as_bytes(), &service),
        Err(receipt::ReceiptError::Certificate { .. })
    ));
    let payload = text
        .split('"')
        .find(|part| part.starts_with("eyJvcmRlciI6"))
        .unwrap();
    let changed = text.replace(
        payload,
        &payload.replacen("eyJvcmRlciI6Ijdk", "eyJvcmRlciI6Ijhk", 1),
    );
    assert_ne!(changed, text);
    assert!(matches!(
        receipt::verify(changed.as_bytes(), &service),
        Err(receipt::ReceiptError::Signature(_))
    ));
}

#[test]
fn binding_step() {
    let signed = binding::SignedStep::parse(vector("binding-step")).unwrap();
    let ca = certificate("issuing-ca");
    assert!(signed.signed_by(ca.thumbprint(), ca.public_key()));
    let binding::Step::Bind(step) = signed.step() else {
        panic!("a bind step")
    };
    assert_eq!(step.key.authentication, certificate("user-authentication"));
    assert_eq!(step.previous, Digest::of(b""));
    assert_eq!(
        payload("binding-step", binding::TYPE),
        serde_json::to_vec(step).unwrap()
    );
}

#[test]
fn journal_link() {
    assert_eq!(
        Digest::from_bytes(common::journal()).to_string(),
        vector("journal-link")
    );
}

/// The vector `name` is `expected`, signed by the key of `signer` and of nobody else.
fn by_manager<D: Payload + PartialEq + std::fmt::Debug>(
    name: &str,
    expected: &D,
    [signer, other]: [&str; 2],
) -> Signed<D> {
    let signed = Signed::<D>::parse(vector(name)).unwrap();
    assert_eq!(signed.verify(&certificate(signer)).unwrap(), expected);
    assert!(signed.verify(&certificate(other)).is_err(), "{name}");
    assert_eq!(
        payload(name, D::TYPE),
        serde_json::to_vec(expected).unwrap()
    );
    signed
}

#[test]
fn resolutions_and_a_word_on_one() {
    let first = ["manager-signature", "second-manager-signature"];
    let second = ["second-manager-signature", "manager-signature"];
    let matched = by_manager("resolution", &common::resolution(), first);
    by_manager("resolution-order", &common::order_resolution(), first);
    by_manager("resolution-return", &common::return_resolution(), first);
    let word = common::resolution_decision(matched.digest());
    by_manager("resolution-decision", &word, second);
    let digest = matched.document().item_digest.to_string();
    assert!(include_str!("../../../PROTOCOL.md").contains(&digest));
}

#[test]
fn disputes_and_notices() {
    let by = ["dispute-signature", "approver-signature"];
    signed("dispute", &common::dispute(), by);
    signed("dispute-withdrawal", &common::withdrawal(), by);
    let bytes = vector("notice").as_bytes();
    let notice = wattkey_protocol::notice::NoticeDocument::parse(bytes).unwrap();
    assert_eq!(notice, common::notice());
    assert_eq!(notice.to_json(), bytes);
    let read = common::acknowledgement(Digest::of(bytes));
    signed("notice-acknowledgement", &read, by);
}
