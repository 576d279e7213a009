//! Writes the seeds that need keys or encoders into `corpus/`, over those that are there.

use std::path::Path;
use wattkey_fuzz::fixtures::{KEYS, now};
use wattkey_pki::issue::{self, Revoked};
use wattkey_pki::{Signer as _, jws};
use wattkey_seal::message::{Request, Response};
use wattkey_seal::{Aead, KeyConfiguration, seal_request};

fn main() {
    capsules();
    messages();
    certificates();
    signatures();
    collections();
    frames();
}

fn write(target: &str, name: &str, bytes: impl AsRef<[u8]>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target);
    std::fs::create_dir_all(&folder).expect("a folder to write to");
    std::fs::write(folder.join(name), bytes).expect("a file to write to");
}

/// `bytes` with one bit changed at `index`.
fn flipped(bytes: &[u8], index: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[index] ^= 1;
    bytes
}

fn request() -> Request {
    Request {
        method: "POST".into(),
        scheme: "https".into(),
        authority: "pay.example".into(),
        path: "/v1/orders?x=1".into(),
        fields: vec![
            ("date".into(), b"Sun, 22 Nov 2026 08:00:00 GMT".to_vec()),
            ("content-type".into(), b"application/jose".to_vec()),
            (
                "idempotency-key".into(),
                b"\"7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11\"".to_vec(),
            ),
        ],
        body: b"e30.e30.AAAA".to_vec(),
    }
}

fn frames() {
    for (target, name, bytes) in wattkey_token::wire::fuzzing::samples() {
        write(target, name, &bytes);
        write(
            target,
            &name.replace("ok-", "bad-cut-"),
            &bytes[..bytes.len() - 1],
        );
    }
}

fn capsules() {
    // The public key of RFC 9180 appendix A.3.1, whose private key the target holds.
    let text = include_str!("../../seal/testdata/rfc9180-a3-1.json");
    let vectors: serde_json::Value = serde_json::from_str(text).expect("JSON");
    let public = hex::decode(vectors["pkRm"].as_str().expect("hex")).expect("hex");
    let mut config = KeyConfiguration {
        key_id: 7,
        public_key: public.try_into().expect("65 bytes"),
        aeads: vec![Aead::Aes256Gcm, Aead::Aes128Gcm],
    };
    let list = KeyConfiguration::encode_list(&[config.clone(), config.clone()]).expect("encodes");
    write("key_list", "ok-two", &list);
    write("key_list", "bad-truncated", &list[..list.len() - 1]);
    write("key_list", "bad-point", flipped(&list, 10));
    write("key_list", "ok-empty", []);

    let message = request().encode_padded().expect("encodes");
    let (capsule, _) = seal_request(&config, &message).expect("seals");
    write("capsule", "ok-aes-256", &capsule);
    write("capsule", "bad-key-id", flipped(&capsule, 0));
    write("capsule", "bad-algorithm", flipped(&capsule, 4));
    write("capsule", "bad-point", flipped(&capsule, 20));
    write("capsule", "bad-ciphertext", flipped(&capsule, 100));
    write("capsule", "bad-header-only", &capsule[..72]);
    config.aeads.reverse();
    let (capsule, _) = seal_request(&config, b"no message").expect("seals");
    write("capsule", "ok-aes-128", &capsule);
    write("capsule_answer", "bad-48", [0; 48]);
    write("capsule_answer", "bad-short", [0; 31]);
}

fn messages() {
    let message = request().encode_padded().expect("encodes");
    write("http_request", "ok-padded", &message);
    let unpadded =
        &message[..message.len() - message.iter().rev().take_while(|b| **b == 0).count()];
    write("http_request", "ok-unpadded", unpadded);
    write(
        "http_request",
        "bad-padding",
        [unpadded, &[0, 0, 1]].concat(),
    );
    write(
        "http_request",
        "bad-trailer",
        [unpadded, b"\x07\x01x\x04text"].concat(),
    );
    write("http_request", "bad-framing", flipped(unpadded, 0));
    write(
        "http_request",
        "bad-length",
        b"\0\x03GET\xff\xff\xff\xff\xff\xff\xff\xff",
    );
    let response = Response {
        status: 404,
        fields: vec![("content-type".into(), b"application/problem+json".to_vec())],
        body: b"{}".to_vec(),
    };
    let message = response.encode_padded().expect("encodes");
    write("http_response", "ok-padded", &message);
    write("http_response", "ok-status-only", b"\x01\x40\xc8");
    write("http_response", "bad-interim", b"\x01\x40\x66\0\x40\xc8\0");
    write("http_response", "bad-truncated", b"\x01\x40\xc8\x10");
}

fn certificates() {
    let keys = &*KEYS;
    for (name, holder) in [
        ("ca", &keys.ca),
        ("user-authentication", &keys.authentication),
        ("gateway-receipt", &keys.gateway),
    ] {
        write(
            "certificate",
            &format!("ok-{name}.der"),
            holder.certificate.der(),
        );
    }
    write(
        "certificate",
        "ok-user-signature.pem",
        keys.signature.certificate.pem(),
    );
    let der = keys.signature.certificate.der();
    write("certificate", "bad-truncated", &der[..der.len() - 1]);
    write("certificate", "bad-trailing", [der, &[0]].concat());
    write("certificate", "bad-version", flipped(der, 12));
    write(
        "certificate",
        "bad-pem",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    );

    let revoked = [Revoked {
        serial_number: keys.authentication.certificate.serial_number().to_vec(),
        at: now(),
    }];
    let later = now() + jiff::SignedDuration::from_hours(168);
    let der = issue::crl(
        &keys.ca.certificate,
        &keys.ca.key,
        &revoked,
        2,
        now(),
        later,
    )
    .expect("issues");
    // Another process has another CA of the same name, so its signature does not verify there.
    write("crl", "bad-foreign.der", &der);
    write("crl", "bad-foreign.pem", issue::crl_pem(&der));
    write("crl", "bad-truncated", &der[..der.len() - 4]);
}

fn signatures() {
    let keys = &*KEYS;
    let key = keys.signature.certificate.public_key();
    write("public_key", "ok-uncompressed", key.as_uncompressed());
    write("public_key", "ok-spki", key.spki());
    write(
        "public_key",
        "bad-point",
        flipped(key.as_uncompressed(), 64),
    );
    write("public_key", "bad-compressed", &key.as_uncompressed()[..33]);
    let jwk = serde_json::to_string(&key.jwk()).expect("JSON");
    write("jwk", "ok-p256.json", &jwk);
    write("jwk", "bad-curve.json", jwk.replace("P-256", "P-384"));
    write(
        "jwk",
        "bad-member.json",
        jwk.replace('{', "{\"d\":\"AAAA\","),
    );
    write("jwk", "bad-padding.json", jwk.replace("\"}", "=\"}"));

    let signature = keys.signature.key.sign(b"message").expect("signs");
    let der = signature.to_der();
    write("signature_der", "ok-random", &der);
    write("signature_der", "ok-small", [0x30, 6, 2, 1, 1, 2, 1, 0x7f]);
    write("signature_der", "zero", [0x30, 6, 2, 1, 0, 2, 1, 1]);
    write(
        "signature_der",
        "bad-negative",
        [0x30, 6, 2, 1, 0x80, 2, 1, 1],
    );
    write(
        "signature_der",
        "bad-long-form",
        [0x30, 7, 2, 2, 0, 1, 2, 1, 1],
    );
    write("signature_der", "bad-truncated", &der[..der.len() - 1]);

    let thumbprint = keys.signature.certificate.thumbprint();
    let compact = jws::sign_compact(&keys.signature.key, "wattkey-order+jws", thumbprint, b"{}")
        .expect("signs");
    write("jws_compact", "ok-empty-document", &compact);
    write(
        "jws_compact",
        "bad-two-parts",
        compact.rsplit_once('.').expect("parts").0,
    );
    write("jws_compact", "bad-padding", format!("{compact}="));
    let other = jws::sign_compact(&keys.signature.key, "JWT", thumbprint, b"{}").expect("signs");
    write("jws_compact", "bad-typ", other);

    let mut general = jws::General::sign(
        &keys.platform.key,
        "wattkey-receipt+jws",
        &keys.chain(&keys.platform),
        b"{}",
    )
    .expect("signs");
    write("jws_general", "ok-one.json", general.to_json());
    general
        .countersign(&keys.gateway.key, &keys.chain(&keys.gateway))
        .expect("signs");
    let both = general.to_json();
    write("jws_general", "ok-two.json", &both);
    write(
        "jws_general",
        "bad-member.json",
        both.replacen('{', "{\"header\":{},", 1),
    );
    write(
        "jws_general",
        "bad-none.json",
        "{\"payload\":\"e30\",\"signatures\":[]}",
    );
}

fn collections() {
    let message = String::from_utf8(wattkey_fuzz::collection_message()).expect("UTF-8");
    write("collection", "ok-one.xml", &message);
    write(
        "collection",
        "bad-sum.xml",
        message.replace("12369.69</CtrlSum>", "1.00</CtrlSum>"),
    );
    write(
        "collection",
        "bad-order.xml",
        message.replace("<GrpHdr>", "<PmtInf/><GrpHdr>"),
    );
    write(
        "collection",
        "bad-version.xml",
        message.replace("008.001.08", "008.001.02"),
    );
    write(
        "collection",
        "bad-doctype.xml",
        format!("<!DOCTYPE a [<!ENTITY b \"c\">]>{message}"),
    );
    write("collection", "bad-deep.xml", "<a>".repeat(10_000));
}
