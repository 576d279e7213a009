//! The hand that plugs in and pulls out, with Yubico's and OpenSC's tools as witnesses.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;
use std::time::Duration;

use wattkey_virtual_reader::{Reader, Slot, run, snapshot};

const LIMIT: Duration = Duration::from_secs(20);

fn status(slot: Slot) -> String {
    let mut tool = Command::new("yubico-piv-tool");
    tool.args(["--action", "status", "--reader", &slot.reader()]);
    run(&mut tool, LIMIT).unwrap().output
}

#[test]
fn keys_come_and_go() {
    let mut reader = Reader::start().unwrap();
    let first = reader.folder().join("first");
    let second = reader.folder().join("second");
    let one = reader.plug_in(Slot::First, &first, 10_000_001).unwrap();
    let two = reader.plug_in(Slot::Second, &second, 10_000_002).unwrap();
    assert!(status(Slot::First).contains("10000001"));
    assert!(status(Slot::Second).contains("10000002"));
    one.pull_out().unwrap();
    assert!(!status(Slot::First).contains("10000001"));
    assert!(status(Slot::Second).contains("10000002"));
    drop(two);

    // The memory outlives pcscd, and so does a copy of it.
    reader.restart_pcscd().unwrap();
    let copy = reader.folder().join("copy");
    snapshot(&first, &copy).unwrap();
    let _one = reader.plug_in(Slot::First, &copy, 10_000_001).unwrap();
    assert!(status(Slot::First).contains("10000001"));
}

#[test]
fn a_key_that_does_not_start_says_why() {
    let reader = Reader::start().unwrap();
    let memory = reader.folder().join("key");
    let key = reader.plug_in(Slot::First, &memory, 10_000_001).unwrap();
    let error = reader.plug_in(Slot::Second, &memory, 10_000_001);
    assert!(error.is_err());
    key.pull_out().unwrap();
    let error = reader.plug_in(Slot::First, &memory, 5).unwrap_err();
    assert!(error.to_string().contains("10000001"), "{error:#}");
}

#[test]
fn a_program_that_hangs_is_ended() {
    let error = run(Command::new("sleep").arg("60"), Duration::from_millis(50)).unwrap_err();
    assert!(error.to_string().contains("longer"), "{error:#}");
}
