//! Programs that we did not write agree with ours: OpenSSL, xmllint, jwcrypto.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use common::Stage;
use serde_json::Value;
use wattkey_e2e::{
    layout::Token,
    world::{AUDIENCE, MODULE, USER_PIN},
};

fn output(command: &mut Command) -> (bool, String) {
    let output = command
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|e| panic!("{command:?}: {e}; ./test installs it"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), text)
}

/// The certificates of the servers, and the authentication certificate of a user.
fn certificates(stage: &Stage) -> Vec<(&'static str, PathBuf)> {
    let layout = stage.world.layout();
    let servers = [
        "gateway",
        "key-configuration",
        "gateway-receipt",
        "platform-receipt",
    ];
    let mut found: Vec<_> = servers
        .map(|role| {
            (
                "service-ca",
                layout.path(&format!("desk/servers/{role}.pem")),
            )
        })
        .into();
    found.push(("service-ca", layout.path("platform/tls.pem")));
    let seen = stage
        .world
        .program(
            "wattkey-evil-gateway",
            Some(Token::UsbKey(&stage.world.usb_key(0))),
        )
        .unwrap()
        .args([
            "--module",
            MODULE,
            "--audience",
            AUDIENCE,
            "capture",
            "--pin-fd",
            "0",
            "/v1/me",
        ])
        .input_line(USER_PIN)
        .succeed()
        .unwrap();
    let seen: Value = serde_json::from_str(&seen.stdout).unwrap();
    let user = layout.path("user.pem");
    std::fs::write(&user, seen["certificate"].as_str().unwrap()).unwrap();
    found.push(("users-ca", user));
    found
}

#[test]
fn openssl_accepts_the_chains_and_the_handshake() {
    let stage = Stage::new();
    let desk = stage.world.layout().path("desk");
    for (ca, certificate) in certificates(&stage) {
        let verify = |ca: &str| {
            let ca = desk.join(format!("{ca}.pem"));
            output(
                Command::new("openssl")
                    .args(["verify", "-x509_strict", "-CAfile"])
                    .arg(ca)
                    .arg(&certificate),
            )
        };
        let (good, text) = verify(ca);
        assert!(good, "{text}");
        let other = if ca == "users-ca" {
            "service-ca"
        } else {
            "users-ca"
        };
        assert!(
            !verify(other).0,
            "{} chains to the {other} as well",
            certificate.display()
        );
    }

    let running = stage.world.start().unwrap();
    let (_, text) = output(
        Command::new("openssl")
            .args([
                "s_client",
                "-tls1_3",
                "-servername",
                wattkey_e2e::world::AUTHORITY,
                "-connect",
            ])
            .arg(format!("127.0.0.1:{}", stage.world.ports().gateway))
            .arg("-CAfile")
            .arg(desk.join("service-ca.pem")),
    );
    for line in [
        "Verification: OK",
        "TLSv1.3",
        "X25519",
        "Requested Signature Algorithms",
    ] {
        assert!(text.contains(line), "no {line:?} in {text}");
    }
    let (_, old) = output(
        Command::new("openssl")
            .args(["s_client", "-tls1_2", "-connect"])
            .arg(format!("127.0.0.1:{}", stage.world.ports().gateway)),
    );
    assert!(old.contains("alert protocol version"), "{old}");
    running.stop().unwrap();
}

#[test]
fn xmllint_accepts_the_collection_and_jwcrypto_the_receipt() {
    let stage = Stage::new();
    let running = stage.world.start().unwrap();
    let (cashier, bill) = (stage.cashier(), Stage::overdue_bill());
    let order = cashier.settle(&bill);
    let order = order.as_str();

    let sent = stage.world.layout().path("sent.xml");
    std::fs::write(&sent, message_at_the_bank(&stage)).unwrap();
    let schema =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/iso20022/pain.008.001.08.xsd");
    let (valid, text) = output(
        Command::new("xmllint")
            .args(["--noout", "--schema"])
            .arg(schema)
            .arg(&sent),
    );
    assert!(valid, "{text}");

    let receipt = stage.world.layout().path("receipt.json");
    cashier.ask(&["receipt", "save", order, "--to", receipt.to_str().unwrap()]);
    let python = std::env::var("WATTKEY_TEST_PYTHON")
        .expect("./test sets WATTKEY_TEST_PYTHON to a Python with jwcrypto");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verify_receipt.py");
    let ca = stage.world.layout().path("desk/service-ca.pem");
    let verify = |receipt: &Path| output(Command::new(&python).arg(&script).arg(receipt).arg(&ca));
    let (valid, text) = verify(&receipt);
    assert!(valid, "{text}");
    let payload: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (payload["order"].as_str(), payload["state"].as_str()),
        (Some(order), Some("settled"))
    );

    // The same receipt with one character of its payload changed is refused by both.
    let good: Value = serde_json::from_slice(&std::fs::read(&receipt).unwrap()).unwrap();
    let signed = good["payload"].as_str().unwrap();
    let mut bad = good.clone();
    bad["payload"] = format!(
        "{}{}",
        if signed.starts_with('e') { 'f' } else { 'e' },
        &signed[1..]
    )
    .into();
    std::fs::write(&receipt, bad.to_string()).unwrap();
    assert!(!verify(&receipt).0);
    let ours = stage
        .world
        .wattkey(&cashier.usb_key, "cashier")
        .unwrap()
        .args(["receipt", "verify", receipt.to_str().unwrap()]);
    assert_eq!(ours.run().unwrap().status.code(), Some(44));
    running.stop().unwrap();
}

/// The bytes that the bank took in.
fn message_at_the_bank(stage: &Stage) -> Vec<u8> {
    let bank = rusqlite::Connection::open(stage.world.layout().path("bank/bank.db")).unwrap();
    bank.query_row("SELECT body FROM message", [], |row| row.get(0))
        .unwrap()
}
