//! The USB key as `wattkey` meets it: real tokens in SoftHSM, the real program, no server.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bench;
mod faults;
mod gateway;
mod order;
mod orders;
mod own;
mod pages;
mod pcscd;
mod pin;
mod pulled;
mod service;
mod signed;
mod signed_world;
mod terminal;
mod watch;

use bench::{Issue, PIN, blank_key, run};
use jiff::SignedDuration;
use wattkey_client::journal::{Event, Journal};
use wattkey_pki::Role;
use wattkey_transport::clock;

#[test]
fn keys_are_listed_without_a_pin() {
    run("keys_are_listed_without_a_pin", |bench| {
        let serial = bench.key(&Issue::default());
        let ran = bench.wattkey(&["keys"], "");
        assert_eq!(ran.code, Some(0), "{ran:#?}");
        for word in [serial.as_str(), "Li Na", "Example Steel", "yes", "ok"] {
            assert!(ran.stdout.contains(word), "{word}: {ran:#?}");
        }
        let ran = bench.wattkey(&["keys", "--json"], "");
        let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        let key = &json["keys"][0];
        assert_eq!(
            (&key["serial"], &key["holder"]),
            (&serial.into(), &"Li Na".into())
        );
        assert_eq!(
            (&key["pin"], &key["fault"]),
            (&"ok".into(), &serde_json::Value::Null)
        );
    });
}

#[test]
fn a_key_that_cannot_be_used_is_listed_with_the_reason() {
    run(
        "a_key_that_cannot_be_used_is_listed_with_the_reason",
        |bench| {
            bench.key(&Issue {
                by_us: false,
                ..Issue::default()
            });
            let ran = bench.wattkey(&["keys", "--json"], "");
            assert_eq!(ran.code, Some(0), "{ran:#?}");
            let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
            assert_eq!(json["keys"][0]["fault"], "foreign");
            let ran = bench.wattkey(&["keys", "--lang", "zh"], "");
            assert!(ran.stdout.contains("否：其他机构签发"), "{ran:#?}");
        },
    );
}

#[test]
fn no_key() {
    run("no_key", |bench| {
        bench
            .wattkey(&["keys"], "")
            .failed(10, "No USB key is plugged in");
        bench
            .wattkey(&["whoami", "--pin-fd", "0"], PIN)
            .failed(10, "No USB key is plugged in");
        let ran = bench.wattkey(&["whoami", "--key", "abc"], PIN);
        ran.failed(10, "The USB key abc is not plugged in");
    });
}

#[test]
fn two_keys_and_one_is_named() {
    run("two_keys_and_one_is_named", |bench| {
        let (one, two) = (bench.key(&Issue::default()), bench.key(&Issue::default()));
        let ran = bench.wattkey(&["whoami", "--pin-fd", "0"], PIN);
        ran.failed(11, "Several USB keys are plugged in");
        assert_eq!(ran.stderr.matches("(Li Na)").count(), 2, "{ran:#?}");
        assert!(
            ran.stderr.contains(&one) && ran.stderr.contains(&two),
            "{ran:#?}"
        );
        // The named one is unlocked; what fails next is the server, which is not there.
        let ran = bench.wattkey(
            &["whoami", "--pin-fd", "0", "--key", &two],
            &format!("{PIN}\n"),
        );
        ran.failed(30, "cannot be reached");
    });
}

#[test]
fn a_foreign_key() {
    run("a_foreign_key", |bench| {
        bench.key(&Issue {
            by_us: false,
            ..Issue::default()
        });
        let ran = bench.wattkey(&["whoami", "--pin-fd", "0"], PIN);
        ran.failed(12, "was issued by somebody else");
    });
}

#[test]
fn an_expired_key_and_one_that_is_not_valid_yet() {
    run("an_expired_key_and_one_that_is_not_valid_yet", |bench| {
        let (begin, days) = (SignedDuration::from_hours(-24 * 50), 20);
        let expired = bench.key(&Issue {
            begin,
            days,
            ..Issue::default()
        });
        let begin = SignedDuration::from_hours(24);
        let early = bench.key(&Issue {
            begin,
            ..Issue::default()
        });
        let ran = bench.wattkey(&["whoami", "--pin-fd", "0", "--key", &expired], PIN);
        ran.failed(13, "expired on 2");
        let ran = bench.wattkey(&["whoami", "--pin-fd", "0", "--key", &early], PIN);
        ran.failed(32, "is valid only from 2");
    });
}

#[test]
fn a_certificate_of_the_wrong_role() {
    run("a_certificate_of_the_wrong_role", |bench| {
        let cases = [
            (
                [Role::UserSignature, Role::UserSignature],
                "certificate in 01",
            ),
            (
                [Role::UserAuthentication, Role::UserAuthentication],
                "certificate in 02",
            ),
            (
                [Role::ManagerAuthentication, Role::ManagerSignature],
                "certificate in 01",
            ),
        ];
        for (roles, words) in cases {
            let serial = bench.key(&Issue {
                roles,
                ..Issue::default()
            });
            let ran = bench.wattkey(&["whoami", "--pin-fd", "0", "--key", &serial], PIN);
            ran.failed(16, words);
        }
    });
}

#[test]
fn a_key_that_is_unusable() {
    run("a_key_that_is_unusable", |bench| {
        let blank = blank_key();
        let copied = bench.key(&Issue {
            serial: Some("0123456789abcdef"),
            ..Issue::default()
        });
        let ran = bench.wattkey(&["whoami", "--pin-fd", "0", "--key", &blank], PIN);
        ran.failed(17, "has no certificate in 01");
        let ran = bench.wattkey(&["whoami", "--pin-fd", "0", "--key", &copied], PIN);
        ran.failed(17, "belong to another key");
        bench.configure("/nonexistent/module.so");
        bench
            .wattkey(&["keys"], "")
            .failed(17, "/nonexistent/module.so");
    });
}

#[test]
fn a_wrong_pin_is_tried_once() {
    run("a_wrong_pin_is_tried_once", |bench| {
        bench.key(&Issue::default());
        let two_lines = format!("654321\n{PIN}\n");
        let ran = bench.wattkey(&["whoami", "--pin-fd", "0"], &two_lines);
        ran.failed(20, "The PIN is wrong");
        assert!(!ran.stderr.contains("654321"), "{ran:#?}");
        let ran = bench.wattkey(&["keys", "--json"], "");
        assert!(ran.stdout.contains("\"pin\": \"low\""), "{ran:#?}");
        // The state is said before the next PIN is read, and the right one clears it.
        let ran = bench.wattkey(&["whoami", "--pin-fd", "0"], &format!("{PIN}\n"));
        ran.failed(30, "cannot be reached");
        assert!(
            ran.stderr.starts_with("A wrong PIN was entered before"),
            "{ran:#?}"
        );
        let ran = bench.wattkey(&["keys", "--json"], "");
        assert!(ran.stdout.contains("\"pin\": \"ok\""), "{ran:#?}");
    });
}

#[test]
fn a_pin_that_is_none_is_not_counted() {
    run("a_pin_that_is_none_is_not_counted", |bench| {
        bench.key(&Issue::default());
        bench
            .wattkey(&["whoami", "--pin-fd", "0"], "")
            .failed(22, "No PIN could be read");
        bench
            .wattkey(&["whoami", "--pin-fd", "77"], "")
            .failed(22, "No PIN could be read");
        bench
            .wattkey(&["whoami", "--pin-fd", "0"], "1\n")
            .failed(22, "not counted as a try");
        let ran = bench.wattkey(&["keys", "--json"], "");
        assert!(ran.stdout.contains("\"pin\": \"ok\""), "{ran:#?}");
    });
}

#[test]
fn check_names_what_is_good_and_stops_at_what_is_not() {
    run(
        "check_names_what_is_good_and_stops_at_what_is_not",
        |bench| {
            bench.key(&Issue::default());
            let ran = bench.wattkey(&["check", "--pin-fd", "0"], &format!("{PIN}\n"));
            ran.failed(30, "127.0.0.1:1");
            assert_eq!(ran.stdout.lines().count(), 5, "{ran:#?}");
            let ran = bench.wattkey(&["check", "--json", "--pin-fd", "0"], &format!("{PIN}\n"));
            assert_eq!(ran.code, Some(30), "{ran:#?}");
            let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
            let checks = json["checks"].as_array().unwrap();
            let names: Vec<_> = checks
                .iter()
                .map(|c| c["check"].as_str().unwrap())
                .collect();
            assert_eq!(
                names,
                ["config", "journal", "module", "key", "pin", "server"]
            );
            assert_eq!(checks.last().unwrap()["ok"], false);
            let error: serde_json::Value = serde_json::from_str(&ran.stderr).unwrap();
            assert_eq!(error["error"]["code"], "server-unreachable");
            assert_eq!(error["error"]["exit"], 30);
        },
    );
}

#[test]
fn a_pin_is_typed_without_being_shown() {
    run("a_pin_is_typed_without_being_shown", |bench| {
        let serial = bench.key(&Issue::default());
        let screen = terminal::type_in(bench, &["whoami"], &[("PIN of the USB key", PIN)]);
        assert!(screen.contains(&serial), "{screen}");
        assert!(screen.contains("cannot be reached"), "{screen}");
        assert!(!screen.contains(PIN), "{screen}");
    });
}

#[test]
fn a_typed_wrong_pin_stops_the_program() {
    run("a_typed_wrong_pin_stops_the_program", |bench| {
        bench.key(&Issue::default());
        let screen = terminal::type_in(bench, &["whoami"], &[("PIN of the USB key", "654321")]);
        assert!(screen.contains("The PIN is wrong"), "{screen}");
        assert_eq!(screen.matches("PIN of the USB key").count(), 1, "{screen}");
    });
}

#[test]
fn what_is_not_in_the_journal_cannot_be_exported() {
    run("what_is_not_in_the_journal_cannot_be_exported", |bench| {
        let order = "7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11";
        let file = bench.folder().join("order.jws");
        let file = file.to_str().unwrap();
        bench
            .wattkey(&["payment", "export", order, "--to", file], "")
            .failed(45, order);
        let ran = bench.wattkey(&["payment", "export", "B-1", "--to", file], "");
        ran.failed(2, "\"B-1\" is not an identifier");
        bench
            .wattkey(&["pay", "--signed", file], "")
            .failed(2, "cannot be read");
        std::fs::write(file, "a.b.c").unwrap();
        bench
            .wattkey(&["pay", "--signed", file], "")
            .failed(2, "not a signed order");
    });
}

#[test]
fn a_bill_of_an_order_of_unknown_outcome_is_not_paid_again() {
    run(
        "a_bill_of_an_order_of_unknown_outcome_is_not_paid_again",
        |bench| {
            let signed = order::signed("B-202608-0001");
            let journal = Journal::open(&bench.folder().join("journal")).unwrap();
            let id = signed.order().order;
            journal
                .record_signed(id, signed.as_str(), clock::now())
                .unwrap();
            journal.append(id, Event::Sent, clock::now()).unwrap();
            let pay = [
                "pay",
                "B-202608-0001",
                "--yes",
                "--expect-total",
                "12369.69",
                "--pin-fd",
                "0",
            ];
            let ran = bench.wattkey(&pay, PIN);
            ran.failed(41, &format!("Bill B-202608-0001 is in order {id}"));
            // The exported order is what was signed, byte for byte.
            let file = bench.folder().join("order.jws");
            let export = [
                "payment",
                "export",
                &id.to_string(),
                "--to",
                file.to_str().unwrap(),
            ];
            assert_eq!(bench.wattkey(&export, "").code, Some(0));
            assert_eq!(std::fs::read_to_string(&file).unwrap(), signed.as_str());
            // Another file of that name stays, unless it is to be replaced.
            std::fs::write(&file, "mine").unwrap();
            bench.wattkey(&export, "").failed(2, "exists already");
            assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
            let mut forced = export.to_vec();
            forced.push("--force");
            assert_eq!(bench.wattkey(&forced, "").code, Some(0));
            assert_eq!(std::fs::read_to_string(&file).unwrap(), signed.as_str());
        },
    );
}
