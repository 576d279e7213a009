//! JWS in general serialisation: two signatures over one payload, as receipts
//! have them.

use crate::common::Authority;
use serde_json::{Value, json};
use wattkey_pki::jws::{General, JwsError, MAX_SIGNATURES};
use wattkey_pki::{BadSignature, Certificate, MemorySigner, Role, Signer, b64u};

const TYPE: &str = "receipt+jws";
const LIMIT: usize = 64 * 1024;
const PAYLOAD: &[u8] = br#"{"order":"1"}"#;

struct Signed {
    platform: MemorySigner,
    gateway: MemorySigner,
    chains: [Vec<Certificate>; 2],
    json: Value,
}

fn signed() -> Signed {
    let ca = Authority::named("Service CA");
    let (platform, gateway) = (MemorySigner::generate(), MemorySigner::generate());
    let chain = |role, key| vec![ca.issue(role, key, 30), ca.certificate.clone()];
    let chains = [
        chain(Role::PlatformReceipt, &platform),
        chain(Role::GatewayReceipt, &gateway),
    ];
    let mut general = General::sign(&platform, TYPE, &chains[0], PAYLOAD).unwrap();
    general.countersign(&gateway, &chains[1]).unwrap();
    Signed {
        json: serde_json::from_str(&general.to_json()).unwrap(),
        platform,
        gateway,
        chains,
    }
}

fn parse(json: &Value) -> Result<General, JwsError> {
    General::parse(json.to_string().as_bytes(), TYPE, LIMIT)
}

/// The document with the first signature's header changed and signed anew.
fn with_header(signed: &Signed, change: impl FnOnce(&mut Value)) -> Value {
    let mut json = signed.json.clone();
    let entry = &mut json["signatures"][0];
    let header = b64u::decode(entry["protected"].as_str().unwrap()).unwrap();
    let mut header: Value = serde_json::from_slice(&header).unwrap();
    change(&mut header);
    let protected = b64u::encode(header.to_string().as_bytes());
    let input = format!("{protected}.{}", b64u::encode(PAYLOAD));
    let signature = signed.platform.sign(input.as_bytes()).unwrap();
    *entry = json!({"protected": protected, "signature": b64u::encode(signature.raw())});
    json
}

#[test]
fn both_signatures_verify_with_their_own_keys() {
    let signed = signed();
    let general = parse(&signed.json).unwrap();
    assert_eq!(general.signatures(), 2);
    assert_eq!(general.payload_unverified(), PAYLOAD);
    let (platform, gateway) = (signed.platform.public_key(), signed.gateway.public_key());
    assert_eq!(general.verify(0, platform), Ok(PAYLOAD));
    assert_eq!(general.verify(1, gateway), Ok(PAYLOAD));
    assert_eq!(general.verify(0, gateway), Err(BadSignature));
    assert_eq!(general.verify(1, platform), Err(BadSignature));
    assert_eq!(general.verify(2, platform), Err(BadSignature));
    assert_eq!(general.chain(0), signed.chains[0]);
    assert_eq!(general.chain(1), signed.chains[1]);
    assert!(general.chain(2).is_empty());
    let header = b64u::decode(signed.json["signatures"][1]["protected"].as_str().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    let members: Vec<_> = header
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(members, ["alg", "typ", "x5c", "x5t#S256"]);
}

#[test]
fn another_payload_verifies_with_nobody() {
    let signed = signed();
    let mut json = signed.json.clone();
    json["payload"] = b64u::encode(br#"{"order":"2"}"#).into();
    let general = parse(&json).unwrap();
    assert!(general.verify(0, signed.platform.public_key()).is_err());
    assert!(general.verify(1, signed.gateway.public_key()).is_err());
}

#[test]
fn other_members_are_refused_at_every_depth() {
    let signed = signed();
    assert!(parse(&with_header(&signed, |_| {})).is_ok());
    let mut json = signed.json.clone();
    json["extra"] = 1.into();
    assert!(matches!(parse(&json), Err(JwsError::Json(_))));
    let mut json = signed.json.clone();
    json["signatures"][0]["header"] = json!({"kid": "1"});
    assert!(matches!(parse(&json), Err(JwsError::Json(_))));
    for member in ["crit", "jwk", "jku", "x5u", "kid", "b64"] {
        let json = with_header(&signed, |header| header[member] = 1.into());
        assert!(matches!(parse(&json), Err(JwsError::Header(_))), "{member}");
    }
    for member in ["alg", "typ", "x5c", "x5t#S256"] {
        let json = with_header(&signed, |header| {
            header.as_object_mut().unwrap().remove(member);
        });
        assert!(matches!(parse(&json), Err(JwsError::Header(_))), "{member}");
    }
}

#[test]
fn duplicates_and_tails_are_refused() {
    let signed = signed();
    let text = signed.json.to_string();
    let parse = |text: &str| General::parse(text.as_bytes(), TYPE, LIMIT);
    assert!(parse(&text).is_ok());
    let twice = text.replacen('{', r#"{"payload":"e30","#, 1);
    assert!(matches!(parse(&twice), Err(JwsError::Json(_))));
    assert!(matches!(
        parse(&format!("{text}{{}}")),
        Err(JwsError::Json(_))
    ));
    assert!(matches!(
        General::parse(text.as_bytes(), TYPE, text.len() - 1),
        Err(JwsError::TooLong { .. })
    ));
}

#[test]
fn other_algorithms_types_and_certificates_are_refused() {
    let signed = signed();
    let with = |change: fn(&mut Value)| parse(&with_header(&signed, change)).unwrap_err();
    assert!(matches!(
        with(|h| h["alg"] = "none".into()),
        JwsError::Algorithm
    ));
    assert!(matches!(
        with(|h| h["typ"] = "jwt".into()),
        JwsError::Type { .. }
    ));
    assert!(matches!(
        with(|h| h["x5c"] = json!([])),
        JwsError::ChainLength(0)
    ));
    assert!(matches!(
        with(|h| h["x5c"] = json!(["AAAA"])),
        JwsError::Certificate(_)
    ));
    assert!(matches!(
        with(|h| h["x5c"].as_array_mut().unwrap().reverse()),
        JwsError::Thumbprint
    ));
    assert!(matches!(
        with(|h| {
            let certificate = h["x5c"][0].clone();
            h["x5c"] = vec![certificate; 5].into();
        }),
        JwsError::ChainLength(5)
    ));
}

#[test]
fn there_are_one_to_four_signatures() {
    let signed = signed();
    let mut json = signed.json.clone();
    json["signatures"] = json!([]);
    assert!(matches!(parse(&json), Err(JwsError::Count(0))));
    let entry = signed.json["signatures"][0].clone();
    json["signatures"] = vec![entry; MAX_SIGNATURES + 1].into();
    assert!(matches!(parse(&json), Err(JwsError::Count(5))));
    let mut general = parse(&signed.json).unwrap();
    let again = |general: &mut General| general.countersign(&signed.gateway, &signed.chains[1]);
    again(&mut general).unwrap();
    again(&mut general).unwrap();
    again(&mut general).unwrap_err();
    assert!(General::sign(&signed.platform, TYPE, &[], PAYLOAD).is_err());
}
