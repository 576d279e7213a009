//! Programs that others wrote.

use std::process::Command;
use std::time::Duration;

use base64ct::{Base64, Encoding};
use wattkey_pki::PublicKey;
use wattkey_token::provision::KeyPairs;
use wattkey_virtual_reader::run;

const LIMIT: Duration = Duration::from_secs(20);

/// Runs a tool, which must succeed; what it printed.
pub(crate) fn finished(tool: &mut Command) -> String {
    let finished = run(tool, LIMIT).unwrap();
    assert!(finished.status.success(), "{tool:?}: {}", finished.output);
    finished.output
}

/// Certificates in PEM for public keys in PEM.
pub(crate) fn certificate_in_pem(serial: &str, first: &str, second: &str) -> [String; 2] {
    let keys = KeyPairs {
        authentication: public_key(first),
        signature: public_key(second),
    };
    crate::desk::certificates(serial, &keys).map(|certificate| {
        let lines = Base64::encode_string(certificate.der());
        let lines: Vec<_> = lines
            .as_bytes()
            .chunks(64)
            .map(|line| str::from_utf8(line).unwrap())
            .collect();
        let lines = lines.join("\n");
        format!("-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n")
    })
}

/// The point at the end of a SubjectPublicKeyInfo.
fn public_key(pem: &str) -> PublicKey {
    let lines = pem
        .lines()
        .skip_while(|line| !line.starts_with("-----BEGIN PUBLIC"));
    let lines: String = lines
        .skip(1)
        .take_while(|line| !line.starts_with("-----"))
        .collect();
    let der = Base64::decode_vec(&lines).unwrap();
    PublicKey::from_uncompressed(&der[der.len() - 65..]).unwrap()
}
