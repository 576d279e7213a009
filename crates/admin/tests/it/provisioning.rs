//! CAs, cards, servers, USB keys.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::Value;
use wattkey_pki::{Certificate, Crl, Role};

use crate::desk::{CA_PIN, CARD_PIN, Desk, MANAGER_PIN, SO_PIN, USER_PIN};

fn certificate(desk: &Desk, name: &str) -> Certificate {
    Certificate::from_pem(&std::fs::read_to_string(desk.path(name)).unwrap()).unwrap()
}

fn crl(desk: &Desk, ca: &str) -> Crl {
    let authority = certificate(desk, &format!("desk/{ca}-ca.pem"));
    let bytes = std::fs::read(desk.path(&format!("desk/{ca}-ca.crl"))).unwrap();
    Crl::read(&bytes, &authority).unwrap()
}

fn init_card(desk: &Desk, token: &str) {
    let line = ["card", "init", "--token", token, "--yes"];
    let pins = ["--so-pin-fd", "0", "--card-pin-fd", "0"];
    desk.run("gateway", &[&line[..], &pins].concat(), &[SO_PIN, CARD_PIN])
        .expect(0);
}

fn issue_line<'a>(role: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [
        &["server", "issue", "--role", role, "--name", "gateway-1"][..],
        &[
            "--organisation",
            "Example Power",
            "--token",
            "gateway",
            "--yes",
        ],
        &["--ca-pin-fd", "0", "--card-pin-fd", "0"],
        more,
    ]
    .concat()
}

#[test]
fn authorities_have_certificate_and_empty_crl() {
    let desk = Desk::new();
    for ca in ["users", "service"] {
        let authority = certificate(&desk, &format!("desk/{ca}-ca.pem"));
        assert!(authority.is_authority());
        assert_eq!(authority.common_name(), format!("{ca}-ca"));
        let crl = crl(&desk, ca);
        assert!(crl.is_empty());
        assert_eq!(crl.number(), [1]);
    }
    let again = [
        "ca", "create", "--ca", "users", "--token", "t", "--name", "n",
    ];
    let again = [&again[..], &["--organisation", "o", "--yes"]].concat();
    desk.run("nobody", &again, &[]).expect(46);
}

#[test]
fn a_token_that_is_there_is_never_initialised_again() {
    let desk = Desk::new();
    init_card(&desk, "gateway");
    let line = ["card", "init", "--token", "gateway", "--yes"];
    let pins = ["--so-pin-fd", "0", "--card-pin-fd", "0"];
    desk.run("gateway", &[&line[..], &pins].concat(), &[SO_PIN, CARD_PIN])
        .expect(46);
}

#[test]
fn server_keys_are_made_on_the_card_and_certified() {
    let desk = Desk::new();
    init_card(&desk, "gateway");
    for role in ["gateway", "key-configuration", "gateway-receipt"] {
        let out = desk.path(role);
        let line = issue_line(role, &["--out", out.to_str().unwrap()]);
        desk.run("gateway", &line, &[CA_PIN, CARD_PIN]).expect(0);
        let issued = certificate(&desk, role);
        assert_eq!(issued.roles(), [Role::from_name(role).unwrap()]);
        let dns: &[String] = match role {
            "gateway" => &["pay.example".into()],
            _ => &[],
        };
        assert_eq!(issued.dns_names(), dns);
        let verified = Command::new("openssl")
            .args(["verify", "-x509_strict", "-crl_check", "-CAfile"])
            .arg(desk.path("desk/service-ca.pem"))
            .arg("-CRLfile")
            .arg(desk.path("desk/service-ca.crl"))
            .arg(&out)
            .output()
            .unwrap();
        assert!(verified.status.success(), "{verified:?}");
        // The key is there: it is not made twice, but can be certified anew.
        let line = issue_line(role, &[]);
        desk.run("gateway", &line, &[CA_PIN, CARD_PIN]).expect(46);
        let line = issue_line(role, &["--renew", "--out", out.to_str().unwrap()]);
        desk.run("gateway", &line, &[CA_PIN, CARD_PIN]).expect(0);
        let renewed = certificate(&desk, role);
        assert_eq!(renewed.public_key(), issued.public_key());
        assert_ne!(renewed, issued);
    }
    let listed = desk.run("nobody", &["list", "--servers"], &[]).json();
    assert_eq!(listed.as_array().unwrap().len(), 6);
}

#[test]
fn the_platforms_tls_key_is_a_file_for_its_owner_only() {
    let desk = Desk::new();
    desk.issue_platform();
    let key = std::fs::metadata(desk.path("platform.key")).unwrap();
    assert_eq!(key.permissions().mode() & 0o777, 0o600);
    assert_eq!(
        certificate(&desk, "platform.pem").dns_names(),
        ["platform.example"]
    );
    // No other key may be in a file, and the platform's not on a card.
    let file = desk.path("k");
    let role = |role| {
        let line = ["server", "issue", "--role", role, "--name", "n", "--yes"];
        let more = ["--organisation", "o", "--key-file", file.to_str().unwrap()];
        desk.run("gateway", &[&line[..], &more].concat(), &[])
    };
    role("gateway").expect(2);
    role("platform").expect(2);
    desk.run("gateway", &issue_line("platform", &[]), &[])
        .expect(2);
    assert!(!file.exists());
}

#[test]
fn revoked_servers_are_on_the_crl() {
    let desk = Desk::new();
    desk.issue_platform();
    let issued = certificate(&desk, "platform.pem");
    let thumbprint = issued.thumbprint().to_string();
    let line = ["revoke", &thumbprint, "--ca-pin-fd", "0", "--yes"];
    desk.run("nobody", &line, &[CA_PIN]).expect(0);
    let crl = crl(&desk, "service");
    assert!(crl.is_revoked(issued.serial_number()));
    assert_eq!((crl.len(), crl.number()), (1, &[2][..]));
    let listed = desk.run("nobody", &["list", "--servers"], &[]).json();
    assert_eq!(listed[0]["revoked"], true);
    let unknown = wattkey_pki::Digest::of(b"").to_string();
    let line = ["revoke", &unknown, "--ca-pin-fd", "0", "--yes"];
    desk.run("nobody", &line, &[CA_PIN]).expect(45);
}

#[test]
fn usb_keys_hold_two_keys_of_one_holder() {
    let desk = Desk::new();
    let serial = desk.issue_key("li-na", "user", 2);
    let listed = desk.run("nobody", &["list"], &[]).json();
    assert_eq!(listed[0]["serial"], serial.as_str());
    assert_eq!(listed[0]["state"], "pending");
    assert_eq!(listed[0]["holder"]["name"], "li-na");
    let register = std::fs::read_to_string(desk.path("desk/register.ndjson")).unwrap();
    assert!(!register.contains("PRIVATE"));
    // Its keys are not made twice; erased, they are.
    let line = |more: &[&'static str]| {
        let line = ["key", "issue", "--kind", "manager", "--name", "w", "--yes"];
        let who = ["--holder-id", "00000000-0000-4000-8000-000000000003"];
        let pins = ["--organisation", "o", "--ca-pin-fd", "0", "--pin-fd", "0"];
        let mut line: Vec<String> = [&line[..], &who, &pins, more]
            .concat()
            .into_iter()
            .map(str::to_owned)
            .collect();
        line.extend(["--key".to_owned(), serial.clone()]);
        line
    };
    let run = |line: Vec<String>| {
        let line: Vec<_> = line.iter().map(String::as_str).collect();
        desk.run("li-na", &line, &[CA_PIN, USER_PIN])
    };
    run(line(&[])).expect(46);
    let document: Value = run(line(&["--replace"])).json();
    assert_eq!(document["serial"], serial.as_str());
    assert_eq!(document["holder"]["kind"], "manager");
}

#[test]
fn wrong_and_missing_pins_stop_before_anything_is_done() {
    let desk = Desk::new();
    let register = || std::fs::read(desk.path("desk/register.ndjson")).unwrap();
    let before = register();
    let crl = |line: &[&str], pins: &[&str]| desk.run("nobody", line, pins);
    let ended = crl(&["crl", "--ca-pin-fd", "0"], &["wrong"]).expect(20);
    assert!(
        ended.stderr.contains("The PIN is wrong"),
        "{}",
        ended.stderr
    );
    let said = ended.stderr.matches("The PIN is wrong").count();
    assert_eq!(said, 1, "{}", ended.stderr);
    assert!(ended.stdout.is_empty(), "{}", ended.stdout);
    let document: Value = serde_json::from_str(&ended.stderr).unwrap();
    assert_eq!(document["error"]["code"], "wrong-pin");
    assert_eq!(document["error"]["exit"], 20);
    crl(&["crl", "--ca-pin-fd", "0"], &[]).expect(22);
    crl(&["crl", "--ca-pin-fd", "77"], &[]).expect(22);
    assert_eq!(register(), before);
    // A wrong CA PIN leaves the token in hand as it was: still blank.
    let who = ["--holder-id", "00000000-0000-4000-8000-000000000003"];
    let line = ["key", "issue", "--kind", "manager", "--name", "w", "--yes"];
    let pins = ["--ca-pin-fd", "0", "--so-pin-fd", "0", "--pin-fd", "0"];
    let line = [&line[..], &who, &["--organisation", "o"], &pins].concat();
    desk.run("wang", &line, &["wrong", SO_PIN, MANAGER_PIN])
        .expect(20);
    let tokens = std::fs::read_dir(desk.path("tokens-wang/tokens")).unwrap();
    assert_eq!(tokens.count(), 0);
}

#[test]
fn descriptors_that_nobody_gave_are_never_read() {
    let desk = Desk::empty();
    // Nothing has been opened yet, not even the configuration: it is not missed.
    let crl = ["crl", "--config", "missing.toml", "--ca-pin-fd"];
    let log = ["log", "--config", "missing.toml", "--sign-pin-fd"];
    let puk = ["key", "unblock", "1", "--yes", "--pin-fd", "0", "--puk-fd"];
    for fd in ["3", "4", "5", "6", "7", "8", "9"] {
        for line in [&crl[..], &log, &puk] {
            let ended = desk.run("nobody", &[line, &[fd]].concat(), &["1", "2"]);
            let said = ended.expect(22).stderr;
            assert!(said.contains(&format!("descriptor {fd}: ")), "{said}");
        }
    }
    let given = [&crl[..], &["0"]].concat();
    desk.run("nobody", &given, &["1"]).expect(2);
}

#[test]
fn nothing_dangerous_is_done_unasked() {
    let desk = Desk::new();
    let register = || std::fs::read(desk.path("desk/register.ndjson")).unwrap();
    let before = register();
    let who = ["--holder-id", "00000000-0000-4000-8000-000000000003"];
    let line = ["key", "issue", "--kind", "manager", "--name", "wang"];
    let line = [&line[..], &who, &["--organisation", "o"]].concat();
    let ended = desk.run("wang", &line, &["y"]).expect(43);
    assert!(ended.stderr.contains("Issue a USB key to the manager wang"));
    assert_eq!(register(), before);
}
