//! What goes wrong with banks, on request: from the start, and while the bank runs.
#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod bank;

use std::path::Path;
use std::process::Command;

use bank::{Bank, SAMPLE, held, kinds};

/// A bank with these faults that has the sample, whose first collection it takes.
fn bank(folder: &Path, faults: &[&str]) -> Bank {
    let faults: Vec<&str> = faults.iter().flat_map(|fault| ["--fault", fault]).collect();
    let bank = Bank::start(&folder.join("bank.db"), &faults);
    bank.post(SAMPLE);
    bank
}

/// What `wattkey-banksim faults` prints.
fn ask(bank: &Bank, more: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_wattkey-banksim"))
        .args(["faults", "--at", &bank.address])
        .args(more)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn late_messages_come_when_the_fault_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let bank = bank(folder.path(), &["late"]);
    assert_eq!(ask(&bank, &[]), "[\"late\"]");
    Bank::wait_until("booked", || {
        held(&folder.path().join("bank.db"))[0].1 == "booked"
    });
    assert_eq!(bank.messages("").len(), 0);
    assert_eq!(ask(&bank, &["--set", "none"]), "[]");
    assert_eq!(kinds(&bank.wait_for(2)), [(1, "pain.002"), (2, "camt.054")]);
}

#[test]
fn messages_come_twice_with_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let bank = bank(folder.path(), &["twice"]);
    let messages = bank.wait_for(4);
    assert_eq!(messages[0].2, messages[1].2);
    assert_eq!(messages[2].2, messages[3].2);
    assert_eq!((messages[1].0, messages[2].1.as_str()), (2, "camt.054"));
}

#[test]
fn the_booking_comes_before_the_status() {
    let folder = tempfile::tempdir().unwrap();
    let bank = bank(folder.path(), &["out-of-order"]);
    assert_eq!(kinds(&bank.wait_for(2)), [(1, "camt.054"), (2, "pain.002")]);
}

#[test]
fn a_part_of_the_collections_is_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let bank = Bank::start(&folder.path().join("bank.db"), &["--fault", "partial"]);
    // No debtor of this one is without funds.
    bank.post(&SAMPLE.replace("999904", "000000"));
    let report = bank.wait_for(1).remove(0).2;
    assert!(report.contains("<GrpSts>PART</GrpSts>"), "{report}");
    let states: Vec<String> = held(&folder.path().join("bank.db"))
        .into_iter()
        .map(|held| held.1)
        .collect();
    assert_eq!(
        states.iter().filter(|state| *state == "rejected").count(),
        1
    );
}

#[test]
fn what_was_booked_is_given_back() {
    let folder = tempfile::tempdir().unwrap();
    let bank = bank(folder.path(), &["return"]);
    let messages = bank.wait_for(3);
    assert!(messages[1].2.contains("<CdtDbtInd>CRDT</CdtDbtInd>"));
    let back = &messages[2].2;
    for part in [
        "<CdtDbtInd>DBIT</CdtDbtInd>",
        "<RvslInd>true</RvslInd>",
        "<RtrInf><Rsn><Cd>MD06</Cd></Rsn></RtrInf>",
        "<EndToEndId>E2E-1</EndToEndId>",
    ] {
        assert!(back.contains(part), "{part} in {back}");
    }
    assert_eq!(held(&folder.path().join("bank.db"))[0].1, "returned");
}

#[test]
fn a_booking_is_notified_and_stated() {
    let folder = tempfile::tempdir().unwrap();
    let bank = bank(folder.path(), &["statement"]);
    let messages = bank.wait_for(3);
    assert_eq!(
        kinds(&messages),
        [(1, "pain.002"), (2, "camt.054"), (3, "camt.053")]
    );
    let reference = "<AcctSvcrRef>BK000000000001</AcctSvcrRef>";
    for (_, kind, body) in &messages[1..] {
        assert!(body.contains(reference), "{kind}: {body}");
    }
    let statement = &messages[2].2;
    for part in [
        "camt.053.001.02",
        "<Sts>BOOK</Sts>",
        "<Cd>CLBD</Cd>",
        "<Dbtr><Nm>",
    ] {
        assert!(statement.contains(part), "{part} in {statement}");
    }
}

#[test]
fn garbage_comes_between_messages() {
    let folder = tempfile::tempdir().unwrap();
    let bank = bank(folder.path(), &["garbage"]);
    let messages = bank.wait_for(4);
    assert_eq!(messages[1].1, "pain.002");
    assert_eq!(messages[3].1, "camt.054");
    assert_ne!(messages[0].2, messages[2].2);
    assert!(messages[2].2.contains("<!ENTITY"), "{messages:?}");
}

#[test]
fn an_answer_is_lost_once_and_the_message_is_taken_once() {
    let folder = tempfile::tempdir().unwrap();
    let bank = Bank::start(&folder.path().join("bank.db"), &["--fault", "lost-answer"]);
    let answer = bank.exchange(&bank::request(SAMPLE));
    assert!(!answer.contains("MSG-1"), "it breaks off: {answer}");
    assert_eq!(bank.post(SAMPLE), (202, "{\"message\":\"MSG-1\"}".into()));
    assert_eq!(kinds(&bank.wait_for(2)), [(1, "pain.002"), (2, "camt.054")]);
    assert_eq!(held(&folder.path().join("bank.db")).len(), 2);
}

#[test]
fn unknown_faults_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let bank = bank(folder.path(), &[]);
    let output = Command::new(env!("CARGO_BIN_EXE_wattkey-banksim"))
        .args(["faults", "--at", &bank.address, "--set", "twice,thrice"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("thrice"),
        "{output:?}"
    );
    assert_eq!(ask(&bank, &[]), "[]");
}

#[test]
fn messages_travel_over_folders() {
    let folder = tempfile::tempdir().unwrap();
    let below = |name: &str| folder.path().join(name);
    for name in ["out", "in"] {
        std::fs::create_dir(below(name)).unwrap();
    }
    let (out, incoming) = (below("out"), below("in"));
    let folders = [
        "--pick-up",
        out.to_str().unwrap(),
        "--drop-off",
        incoming.to_str().unwrap(),
    ];
    let bank = Bank::start(&below("bank.db"), &folders);
    std::fs::write(below("out/.hidden"), SAMPLE).unwrap();
    std::fs::write(below("part"), SAMPLE).unwrap();
    std::fs::rename(below("part"), below("out/MSG-1.xml")).unwrap();
    let booked = below("in/000002-camt.054.xml");
    Bank::wait_until("booked", || booked.exists());
    assert!(below("in/000001-pain.002.xml").exists());
    assert!(!below("out/MSG-1.xml").exists());
    assert!(below("out/.hidden").exists());
    // Once, also after a restart and when the client has taken the file away.
    std::fs::remove_file(&booked).unwrap();
    assert_eq!(bank.stop(), Some(0));
    let _bank = Bank::start(&below("bank.db"), &folders);
    std::fs::write(below("part"), SAMPLE.replace("MSG-1", "MSG-2")).unwrap();
    std::fs::rename(below("part"), below("out/MSG-2.xml")).unwrap();
    Bank::wait_until("the next", || below("in/000004-camt.054.xml").exists());
    assert!(!booked.exists());
}

const TRANSFER: &str = include_str!("../testdata/transfer.xml");

#[test]
fn a_transfer_is_answered_and_paid() {
    let folder = tempfile::tempdir().unwrap();
    let bank = Bank::start(&folder.path().join("bank.db"), &["--fault", "statement"]);
    assert_eq!(bank.post(TRANSFER).0, 202);
    let messages = bank.wait_for(3);
    assert_eq!(
        kinds(&messages),
        [(1, "pain.002"), (2, "camt.054"), (3, "camt.053")]
    );
    for part in [
        "<OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>",
        "<OrgnlEndToEndId>E2E-T1</OrgnlEndToEndId><TxSts>ACSP</TxSts>",
    ] {
        assert!(messages[0].2.contains(part), "{part} in {}", messages[0].2);
    }
    for (_, kind, body) in &messages[1..] {
        for part in [
            "<CdtDbtInd>DBIT</CdtDbtInd>",
            "<Acct><Id><IBAN>DE89370400440532013000</IBAN>",
            "<EndToEndId>E2E-T1</EndToEndId>",
            "<Cd>ICDT</Cd>",
            "<CdtrAcct><Id><Othr><Id>6222020200112233445</Id>",
        ] {
            assert!(body.contains(part), "{part} in {kind} {body}");
        }
        assert!(!body.contains("RvslInd"), "{body}");
    }
}

#[test]
fn a_transfer_is_rejected_or_given_back() {
    let folder = tempfile::tempdir().unwrap();
    let bank = Bank::start(&folder.path().join("bank.db"), &["--fault", "return"]);
    bank.post(&TRANSFER.replace("6222020200112233445", "6222020200999904"));
    let report = bank.wait_for(1).remove(0).2;
    assert!(report.contains("<Cd>AC04</Cd>"), "{report}");
    let other = TRANSFER.replace("MSG-T1", "MSG-T2");
    bank.post(&other);
    let messages = bank.wait_for(4);
    for part in [
        "<CdtDbtInd>CRDT</CdtDbtInd>",
        "<RvslInd>true</RvslInd>",
        "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>",
        "<EndToEndId>E2E-T1</EndToEndId>",
    ] {
        assert!(messages[3].2.contains(part), "{part} in {}", messages[3].2);
    }
}

/// What `wattkey-banksim credit`, `fee` or `debit` prints, and whether it went well.
fn entry(bank: &Bank, what: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_wattkey-banksim"))
        .args(&what[..1])
        .args(["--at", &bank.address])
        .args(&what[1..])
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8(text).unwrap().trim().to_owned(),
    )
}

#[test]
fn others_pay_in_and_the_bank_takes_its_fee() {
    let folder = tempfile::tempdir().unwrap();
    let bank = Bank::start(&folder.path().join("bank.db"), &["--fault", "twice"]);
    let account = ["--account", "DE89370400440532013000"];
    let reference = "RF18539007547034";
    let credit = ["credit", "--amount", "1084.00", "--reference", reference];
    let (good, why) = entry(&bank, &credit);
    assert!(!good && why.contains("no message came yet"), "{why}");
    let words = ["--text", "bill 7", "--party", "Example Steel"];
    let value = ["--value", "2026-08-30"];
    let all = [&credit[..], &account, &words, &value].concat();
    let (good, answer) = entry(&bank, &all);
    assert_eq!(
        (good, answer.as_str()),
        (true, r#"{"reference":"CR000000000001"}"#)
    );
    let messages = bank.wait_for(2);
    assert_eq!(messages[0].2, messages[1].2);
    for part in [
        "<Amt Ccy=\"CNY\">1084.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>",
        "<ValDt><Dt>2026-08-30</Dt></ValDt>",
        "<AcctSvcrRef>CR000000000001</AcctSvcrRef>",
        "<Cd>RCDT</Cd>",
        "<Nm>Example Steel</Nm>",
        "<Ustrd>bill 7</Ustrd><Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>RF18539007547034</Ref>",
    ] {
        assert!(messages[0].2.contains(part), "{part} in {}", messages[0].2);
    }
    ask(&bank, &["--set", "none"]);
    for (what, parts) in [
        ("fee", ["<Cd>ACMT</Cd>", "<SubFmlyCd>CHRG</SubFmlyCd>"]),
        ("debit", ["<Cd>RDDT</Cd>", "<CdtDbtInd>DBIT</CdtDbtInd>"]),
    ] {
        let asked = [&[what, "--amount", "3.50"], &account[..]].concat();
        let (good, answer) = entry(&bank, &asked);
        assert!(good, "{answer}");
        let last = bank.messages("").pop().unwrap().2;
        for part in parts {
            assert!(last.contains(part), "{part} in {last}");
        }
    }
    let list = bank::list(&folder.path().join("bank.db"), &["--json"]);
    let list: serde_json::Value = serde_json::from_slice(&list.stdout).unwrap();
    assert_eq!(list["entries"].as_array().unwrap().len(), 3, "{list}");
    for bad in ["0", "-1", "1.234", "1e3", ""] {
        let amount = format!("--amount={bad}");
        let asked = [&["credit", amount.as_str()], &account[..]].concat();
        let (good, why) = entry(&bank, &asked);
        assert!(!good && why.contains("is no amount in CNY"), "{bad}: {why}");
    }
}
