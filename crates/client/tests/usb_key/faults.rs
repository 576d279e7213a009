//! Modules that hang, crash, answer nonsense or lose their key: each its own words, and no PIN shown twice.

use std::time::{Duration, Instant};

use crate::bench::{Issue, PIN, Ran, SOFTHSM, faulty, run};

const WHOAMI: [&str; 3] = ["whoami", "--pin-fd", "0"];
/// CKR_DEVICE_REMOVED.
const REMOVED: &str = "fail 0x32";
/// The deadline of a login, and reading the PIN's state again.
const LOGIN: Duration = Duration::from_secs(15 + 10);

#[test]
fn a_module_that_hangs_while_unlocking() {
    run("faults::a_module_that_hangs_while_unlocking", |bench| {
        bench.key(&Issue::default());
        let faults = bench.faults();
        faults.set("C_Login once hang").unwrap();
        let begin = Instant::now();
        let ran = bench.wattkey(&WHOAMI, &format!("{PIN}\n"));
        ran.failed(18, "did not answer in time while it was being unlocked");
        assert!(ran.stderr.contains("PIN now: ok"), "{ran:#?}");
        assert!(begin.elapsed() < LOGIN, "{:?}", begin.elapsed());
        assert_eq!(faults.shown(PIN), 1);
        // The module is back: so is the key.
        let ran = bench.wattkey(&WHOAMI, &format!("{PIN}\n"));
        ran.failed(30, "cannot be reached");
    });
}

#[test]
fn a_module_that_crashes_while_unlocking() {
    run("faults::a_module_that_crashes_while_unlocking", |bench| {
        bench.key(&Issue::default());
        let faults = bench.faults();
        for (shown, how) in [(1, "abort"), (2, "segv"), (3, "exit")] {
            faults.set(&format!("C_Login once crash {how}")).unwrap();
            let ran = bench.wattkey(&WHOAMI, &format!("{PIN}\n"));
            ran.failed(18, "crashed while it was being unlocked");
            assert!(ran.stderr.contains("PIN now: ok"), "{ran:#?}");
            assert_eq!(faults.shown(PIN), shown);
        }
    });
}

#[test]
fn a_module_that_crashes_or_answers_nonsense_when_it_is_read() {
    run(
        "faults::a_module_that_crashes_or_answers_nonsense_when_it_is_read",
        |bench| {
            bench.key(&Issue::default());
            let faults = bench.faults();
            faults.set("C_GetSlotList crash segv").unwrap();
            bench
                .wattkey(&["keys"], "")
                .failed(18, "crashed while it was being read");
            faults.set("C_Initialize fail 0x5").unwrap();
            let ran = bench.wattkey(&["keys"], "");
            ran.failed(17, &faulty());
            faults.set("C_GetTokenInfo nonsense garbage").unwrap();
            // Its name and number are garbage, its certificates are not: shown, and never as one to use.
            let ran = bench.wattkey(&["keys"], "");
            assert!(
                ran.stdout.contains("certificates of another key"),
                "{ran:#?}"
            );
            faults.clear().unwrap();
            assert_eq!(bench.wattkey(&["keys"], "").code, Some(0));
        },
    );
}

#[test]
fn a_key_that_is_pulled_out_while_unlocking() {
    run(
        "faults::a_key_that_is_pulled_out_while_unlocking",
        |bench| {
            bench.key(&Issue::default());
            let faults = bench.faults();
            faults.set(&format!("C_Login {REMOVED}")).unwrap();
            let pay = [
                "pay",
                "B-1",
                "--yes",
                "--expect-total",
                "1.00",
                "--pin-fd",
                "0",
            ];
            let ran = bench.wattkey(&pay, &format!("{PIN}\n"));
            ran.failed(10, "pulled out while it was being unlocked");
            assert!(ran.stderr.contains("nothing is paid"), "{ran:#?}");
            assert_eq!(faults.shown(PIN), 1);
            let ran = bench.wattkey(
                &["whoami", "--pin-fd", "0", "--lang", "zh"],
                &format!("{PIN}\n"),
            );
            assert!(ran.stderr.contains("USB Key 在解锁时被拔出"), "{ran:#?}");
        },
    );
}

#[test]
fn a_reader_that_is_gone() {
    run("faults::a_reader_that_is_gone", |bench| {
        bench.key(&Issue::default());
        let faults = bench.faults();
        faults.set("gone").unwrap();
        bench
            .wattkey(&WHOAMI, &format!("{PIN}\n"))
            .failed(10, "No USB key is plugged in");
        assert_eq!(faults.shown(PIN), 0);
    });
}

/// As OpenSC's module: it needs the system's service, and does not say when it is not there.
#[test]
fn a_smart_card_service_that_does_not_run() {
    run("faults::a_smart_card_service_that_does_not_run", |bench| {
        let module = bench.folder().join("opensc-pkcs11.so");
        std::fs::copy(SOFTHSM, &module).unwrap();
        bench.configure(module.to_str().unwrap());
        let socket = bench.folder().join("pcscd.comm");
        let keys = || {
            let mut command = bench.command(&["keys"]);
            command.env("PCSCLITE_CSOCK_NAME", &socket);
            Ran::from(command.output().unwrap())
        };
        keys().failed(19, "smart-card service (pcscd) does not run");
        let service = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        keys().failed(10, "No USB key is plugged in");
        drop(service);
    });
}

#[test]
fn a_pin_change_that_is_cut_off_leaves_two_pins_possible() {
    run(
        "faults::a_pin_change_that_is_cut_off_leaves_two_pins_possible",
        |bench| {
            bench.key(&Issue::default());
            let faults = bench.faults();
            faults.set("C_SetPIN once crash-after segv").unwrap();
            let change = ["pin", "change", "--pin-fd", "0", "--new-pin-fd", "0"];
            let ran = bench.wattkey(&change, &format!("{PIN}\n840271\n"));
            ran.failed(18, "crashed while its PIN was being changed");
            assert!(ran.stderr.contains("is not known"), "{ran:#?}");
            assert_eq!(faults.shown("840271"), 1);
            let ran = bench.wattkey(&WHOAMI, "840271\n");
            ran.failed(30, "cannot be reached");
        },
    );
}
