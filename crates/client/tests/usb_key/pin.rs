//! `pin change`, `pin unblock`, and PINs in all their states.

use crate::bench::{Issue, PIN, SECURITY_OFFICER_PIN, run};
use crate::terminal;

const NEW: &str = "840271";
const CHANGE: [&str; 6] = ["pin", "change", "--pin-fd", "0", "--new-pin-fd", "0"];
const UNBLOCK: [&str; 6] = ["pin", "unblock", "--puk-fd", "0", "--new-pin-fd", "0"];

#[test]
fn a_pin_is_changed() {
    run("pin::a_pin_is_changed", |bench| {
        let serial = bench.key(&Issue::default());
        let ran = bench.wattkey(&CHANGE, &format!("{PIN}\n{NEW}\n"));
        assert_eq!(ran.code, Some(0), "{ran:#?}");
        let said = format!("USB key {serial} (Li Na). PIN: ok\n");
        assert!(ran.stderr.starts_with(&said), "{ran:#?}");
        assert!(ran.stdout.contains("changed. It is now: ok"), "{ran:#?}");
        for secret in [PIN, NEW] {
            assert!(!ran.stdout.contains(secret) && !ran.stderr.contains(secret));
        }
        let whoami = ["whoami", "--pin-fd", "0"];
        bench
            .wattkey(&whoami, &format!("{PIN}\n"))
            .failed(20, "The PIN is wrong");
        bench
            .wattkey(&whoami, &format!("{NEW}\n"))
            .failed(30, "cannot be reached");
        let mut json = CHANGE.to_vec();
        json.push("--json");
        let ran = bench.wattkey(&json, &format!("{NEW}\n593174\n"));
        let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(
            (&document["serial"], &document["holder"], &document["pin"]),
            (&serial.into(), &"Li Na".into(), &"ok".into())
        );
    });
}

/// SoftHSM counts wrong PINs: what it has not seen leaves no trace there.
#[test]
fn a_new_pin_that_is_not_good_enough_is_not_shown() {
    run(
        "pin::a_new_pin_that_is_not_good_enough_is_not_shown",
        |bench| {
            bench.key(&Issue::default());
            let faults = bench.faults();
            let table = [
                ("84027", "fewer than 6 characters"),
                ("84 0271", "letters, digits and signs"),
                ("112112", "fewer than three different"),
                ("234567", "follow each other"),
                (PIN, "the old PIN"),
            ];
            for (new, rule) in table {
                // The old PIN is wrong too; nobody finds out, because it is not shown either.
                let old = if new == PIN { PIN } else { "654321" };
                let ran = bench.wattkey(&CHANGE, &format!("{old}\n{new}\n"));
                ran.failed(24, rule);
                assert!(!ran.stderr.contains(new), "{ran:#?}");
            }
            assert_eq!(faults.count("C_Login"), 0);
            assert_eq!(faults.count("C_SetPIN"), 0);
        },
    );
}

#[test]
fn a_wrong_old_pin_changes_nothing() {
    run("pin::a_wrong_old_pin_changes_nothing", |bench| {
        bench.key(&Issue::default());
        let faults = bench.faults();
        let ran = bench.wattkey(&CHANGE, &format!("654321\n{NEW}\n"));
        ran.failed(20, "The PIN is wrong");
        assert_eq!((faults.shown("654321"), faults.shown(NEW)), (1, 0));
        let ran = bench.wattkey(&CHANGE, &format!("{PIN}\n{NEW}\n"));
        assert_eq!(ran.code, Some(0), "{ran:#?}");
        let low = "PIN: a wrong one was typed\nA wrong PIN was entered before";
        assert!(ran.stderr.contains(low), "{ran:#?}");
    });
}

#[test]
fn a_new_pin_is_typed_twice_and_may_be_thought_of_again() {
    run(
        "pin::a_new_pin_is_typed_twice_and_may_be_thought_of_again",
        |bench| {
            bench.key(&Issue::default());
            let dialogue = [
                ("Present PIN:", PIN),
                ("New PIN:", "593174"),
                ("New PIN again:", "593175"),
                ("New PIN:", "112112"),
                ("New PIN again:", "112112"),
                ("New PIN:", NEW),
                ("New PIN again:", NEW),
            ];
            let screen = terminal::type_in(bench, &["pin", "change"], &dialogue);
            assert!(screen.contains("It is now: ok"), "{screen}");
            assert!(screen.contains("not typed the same way twice"), "{screen}");
            assert!(screen.contains("fewer than three different"), "{screen}");
            for secret in [PIN, NEW, "593174", "112112"] {
                assert!(!screen.contains(secret), "{screen}");
            }
            let ran = bench.wattkey(&["whoami", "--pin-fd", "0"], &format!("{NEW}\n"));
            ran.failed(30, "cannot be reached");
        },
    );
}

/// SoftHSM unblocks by the book: what is the PUK elsewhere is its security officer's PIN.
#[test]
fn a_pin_is_unblocked() {
    run("pin::a_pin_is_unblocked", |bench| {
        bench.key(&Issue::default());
        let ran = bench.wattkey(&UNBLOCK, &format!("87654321\n{NEW}\n"));
        ran.failed(25, "The PUK is wrong");
        let ran = bench.wattkey(&UNBLOCK, &format!("{SECURITY_OFFICER_PIN}\n1234567\n"));
        ran.failed(24, "follow each other");
        let ran = bench.wattkey(&UNBLOCK, &format!("{SECURITY_OFFICER_PIN}\n{NEW}\n"));
        assert_eq!(ran.code, Some(0), "{ran:#?}");
        assert!(ran.stdout.contains("is unblocked"), "{ran:#?}");
        let ran = bench.wattkey(&["whoami", "--pin-fd", "0"], &format!("{NEW}\n"));
        ran.failed(30, "cannot be reached");
    });
}

#[test]
fn a_pin_that_must_be_changed_is_good_for_nothing_else() {
    run(
        "pin::a_pin_that_must_be_changed_is_good_for_nothing_else",
        |bench| {
            bench.key(&Issue::default());
            let faults = bench.faults();
            faults.set("flags to-be-changed").unwrap();
            let ran = bench.wattkey(&["whoami", "--pin-fd", "0"], &format!("{PIN}\n"));
            ran.failed(23, "must be changed");
            assert!(ran.stderr.ends_with("wattkey pin change\n"), "{ran:#?}");
            assert_eq!(faults.shown(PIN), 0);
            let ran = bench.wattkey(&["keys"], "");
            assert!(ran.stdout.contains("must be changed first"), "{ran:#?}");
            let ran = bench.wattkey(&CHANGE, &format!("{PIN}\n{NEW}\n"));
            assert_eq!(ran.code, Some(0), "{ran:#?}");
        },
    );
}

#[test]
fn the_last_try_is_agreed_to() {
    run("pin::the_last_try_is_agreed_to", |bench| {
        bench.key(&Issue::default());
        let faults = bench.faults();
        faults.set("flags final-try").unwrap();
        let ran = bench.wattkey(&["keys"], "");
        assert!(ran.stdout.contains("last try"), "{ran:#?}");
        for command in [&["whoami", "--pin-fd", "0"][..], &CHANGE] {
            let ran = bench.wattkey(command, &format!("{PIN}\n{NEW}\n"));
            ran.failed(22, "One try is left");
        }
        assert_eq!(faults.shown(PIN), 0);
        let dialogue = [("Type \"yes\" to go on:", "no")];
        let screen = terminal::type_aloud(bench, &["pin", "change"], &dialogue);
        assert!(screen.contains("nobody agreed"), "{screen}");
        let agreed = ["whoami", "--pin-fd", "0", "--last-try"];
        let ran = bench.wattkey(&agreed, &format!("{PIN}\n"));
        ran.failed(30, "cannot be reached");
        assert!(ran.stderr.starts_with("This is the last try"), "{ran:#?}");
    });
}

#[test]
fn a_locked_or_missing_pin_is_not_asked_for() {
    run("pin::a_locked_or_missing_pin_is_not_asked_for", |bench| {
        bench.key(&Issue::default());
        let faults = bench.faults();
        let input = format!("{PIN}\n{NEW}\n");
        for (flag, exit, words) in [
            ("locked", 21, "PIN is locked"),
            ("not-initialised", 17, "has no PIN yet"),
        ] {
            faults.set(&format!("flags {flag}")).unwrap();
            for command in [&["whoami", "--pin-fd", "0"][..], &CHANGE] {
                bench.wattkey(command, &input).failed(exit, words);
            }
        }
        assert_eq!(faults.count("C_Login"), 0);
        faults.set("flags locked").unwrap();
        let ran = bench.wattkey(&["whoami", "--pin-fd", "0"], &input);
        assert!(ran.stderr.contains("wattkey pin unblock"), "{ran:#?}");
    });
}

#[test]
fn a_pin_is_typed_on_the_keys_own_pad() {
    run("pin::a_pin_is_typed_on_the_keys_own_pad", |bench| {
        bench.key(&Issue::default());
        let faults = bench.faults();
        faults.set(&format!("pin-pad {PIN} {NEW}")).unwrap();
        let ran = bench.wattkey(&["keys", "--json"], "");
        assert!(ran.stdout.contains("\"pin_pad\": true"), "{ran:#?}");
        for command in [&["whoami", "--pin-fd", "0"][..], &CHANGE, &UNBLOCK] {
            let ran = bench.wattkey(command, &format!("{PIN}\n{NEW}\n"));
            ran.failed(27, "typed on the key or its reader");
        }
        let ran = bench.wattkey(&["whoami"], "");
        ran.failed(30, "cannot be reached");
        assert!(
            ran.stderr.starts_with("Type the PIN on the USB key"),
            "{ran:#?}"
        );
        let ran = bench.wattkey(&["pin", "change"], "");
        assert_eq!(ran.code, Some(0), "{ran:#?}");
        // Nothing went through this program.
        assert_eq!((faults.shown(PIN), faults.shown(NEW)), (0, 0));
    });
}
