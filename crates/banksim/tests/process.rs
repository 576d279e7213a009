//! The bank as a process: taken once, answered, booked, also when it is killed in between.
#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod bank;

use std::process::{Command, Stdio};

use bank::{Bank, SAMPLE, held, kinds, list};

#[test]
fn a_message_is_answered_and_booked() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("bank.db");
    let bank = Bank::start(&database, &[]);
    assert_eq!(bank.post(SAMPLE), (202, "{\"message\":\"MSG-1\"}".into()));
    let messages = bank.wait_for(2);
    assert_eq!(kinds(&messages), [(1, "pain.002"), (2, "camt.054")]);
    let report = &messages[0].2;
    assert!(
        report.contains("<OrgnlMsgId>MSG-1</OrgnlMsgId>"),
        "{report}"
    );
    assert!(report.contains("<GrpSts>PART</GrpSts>"), "{report}");
    assert!(
        report.contains("<OrgnlEndToEndId>E2E-1</OrgnlEndToEndId><TxSts>ACSP</TxSts>"),
        "{report}"
    );
    assert!(
        report.contains("<TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AM04</Cd>"),
        "{report}"
    );
    let entry = &messages[1].2;
    assert!(entry.contains("<Amt Ccy=\"CNY\">12369.69</Amt>"), "{entry}");
    assert!(entry.contains("<Sts><Cd>BOOK</Cd></Sts>"), "{entry}");
    assert!(entry.contains("<EndToEndId>E2E-1</EndToEndId>"), "{entry}");
    assert_eq!(bank.messages("?after=1&limit=1").len(), 1);
    assert_eq!(bank.messages("?after=2").len(), 0);
    assert_eq!(
        held(&database),
        [
            ("E2E-1".into(), "booked".into(), String::new()),
            ("E2E-2".into(), "rejected".into(), "AM04".into()),
        ]
    );
    let table = String::from_utf8(list(&database, &[]).stdout).unwrap();
    assert!(
        table.contains("E2E-2") && table.contains("rejected AM04"),
        "{table}"
    );
    assert_eq!(bank.stop(), Some(0));
}

/// A full disk is an error; a reader that went away is none.
#[test]
fn what_cannot_be_written_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("bank.db");
    let bank = Bank::start(&database, &[]);
    bank.post(SAMPLE);
    bank.wait_for(2);
    assert_eq!(bank.stop(), Some(0));
    let list = |stdout: Stdio| {
        let mut list = Command::new(env!("CARGO_BIN_EXE_wattkey-banksim"));
        list.arg("list").arg("--database").arg(&database);
        list.stdout(stdout).stderr(Stdio::piped());
        list.spawn().unwrap().wait_with_output().unwrap()
    };
    let full = std::fs::File::create("/dev/full").unwrap();
    let output = list(full.into());
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = list(writer.into());
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
}

#[test]
fn the_same_message_is_done_once_also_after_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("bank.db");
    let mut bank = Bank::start(&database, &["--delay-ms", "3600000"]);
    let first = bank.post(SAMPLE);
    assert_eq!(bank.post(SAMPLE), first);
    assert_eq!(kinds(&bank.wait_for(1)), [(1, "pain.002")]);
    bank.kill();
    let bank = Bank::start(&database, &["--delay-ms", "3600000"]);
    assert_eq!(bank.post(SAMPLE), first);
    let other = SAMPLE.replace("B-1 B-2", "B-1 B-3");
    assert_eq!(bank.post(&other).0, 409);
    assert_eq!(bank.messages("").len(), 1);
    let states: Vec<String> = held(&database).into_iter().map(|held| held.1).collect();
    assert_eq!(states, ["accepted", "rejected"]);
}

#[test]
fn what_was_due_is_booked_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("bank.db");
    let mut bank = Bank::start(&database, &["--delay-ms", "1500"]);
    bank.post(SAMPLE);
    bank.wait_for(1);
    bank.kill();
    let bank = Bank::start(&database, &[]);
    assert_eq!(kinds(&bank.wait_for(2)), [(1, "pain.002"), (2, "camt.054")]);
    assert_eq!(bank.messages("").len(), 2);
}

#[test]
fn another_message_with_the_same_reference_is_collected_again() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("bank.db");
    let bank = Bank::start(&database, &[]);
    bank.post(SAMPLE);
    bank.post(&SAMPLE.replace("MSG-1", "MSG-2"));
    bank.wait_for(4);
    let booked = held(&database)
        .iter()
        .filter(|held| held.0 == "E2E-1" && held.1 == "booked")
        .count();
    assert_eq!(booked, 2);
}

#[test]
fn faults_on_request() {
    let folder = tempfile::tempdir().unwrap();
    let rejecting = Bank::start(&folder.path().join("reject.db"), &["--fault", "reject"]);
    rejecting.post(SAMPLE);
    let report = rejecting.wait_for(1).remove(0).2;
    assert!(report.contains("<GrpSts>RJCT</GrpSts>"), "{report}");
    let pending = Bank::start(&folder.path().join("pending.db"), &["--fault", "pending"]);
    pending.post(SAMPLE);
    let messages = pending.wait_for(3);
    assert!(
        messages[1].2.contains("<Sts><Cd>PDNG</Cd></Sts>"),
        "{messages:?}"
    );
    assert!(
        messages[2].2.contains("<Sts><Cd>BOOK</Cd></Sts>"),
        "{messages:?}"
    );
}

#[test]
fn broken_messages_are_refused_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("bank.db");
    let bank = Bank::start(&database, &[]);
    assert_eq!(bank.post("<Document/>").0, 400);
    assert_eq!(
        bank.post(&SAMPLE.replace("<PmtMtd>DD<", "<PmtMtd>TRF<")).0,
        202
    );
    let report = bank.wait_for(1).remove(0).2;
    assert!(
        report.contains("<OrgnlMsgId>MSG-1</OrgnlMsgId>"),
        "{report}"
    );
    assert!(
        report.contains("<GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Cd>FF01</Cd>"),
        "{report}"
    );
    assert!(report.contains("/PmtMtd"), "{report}");
    assert_eq!(
        bank.post(&SAMPLE.replace("<MsgId>MSG-1</MsgId>", "")).0,
        202
    );
    let report = bank.wait_for(2).remove(1).2;
    assert!(
        report.contains("<OrgnlMsgId>NOTPROVIDED</OrgnlMsgId>"),
        "{report}"
    );
    assert_eq!(held(&database), []);
}

#[test]
fn other_addresses_than_loopback_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:8080", "localhost:0"] {
        let output = Command::new(env!("CARGO_BIN_EXE_wattkey-banksim"))
            .args(["run", "--listen", address, "--database"])
            .arg(folder.path().join("bank.db"))
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{address}");
    }
}

#[test]
fn a_database_that_is_not_there_is_not_made_by_looking() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("none.db");
    assert_eq!(list(&database, &[]).status.code(), Some(1));
    assert!(!database.exists());
}
