//! Whatever is asked to be collected or transferred, the message is valid against the schema of ISO 20022, as
//! `xmllint` (Debian `libxml2-utils`) sees it.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::Timestamp;
use jiff::civil::Date;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use wattkey_bank::pain001::{self, Purpose, TransferRequest};
use wattkey_bank::pain008::{self, CollectionRequest, Creditor, Mandate, Party, WriteError};
use wattkey_bank::{Account, Agent, CharacterSet, CreditorReference, Identifier};
use wattkey_domain::{MAX_MINOR, Money};

/// How many random messages go through `xmllint` in its one run.
const MESSAGES: usize = 300;

fn schema(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/iso20022");
    folder.join(name)
}

/// Checks all files in one run; a message that is not valid names itself in the output.
fn xmllint(name: &str, files: &[PathBuf]) -> Result<(), String> {
    let output = Command::new("xmllint")
        .args(["--nonet", "--noout", "--schema"])
        .arg(schema(name))
        .args(files)
        .output()
        .expect("xmllint runs: apt-get install libxml2-utils");
    if output.status.success() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let lines = stderr.lines().filter(|line| !line.ends_with(" validates"));
    Err(lines.take(20).collect::<Vec<_>>().join("\n"))
}

fn account() -> impl Strategy<Value = Account> {
    prop_oneof![
        Just(Account::new("DE89370400440532013000").unwrap()),
        Just(Account::new("NO9386011117947").unwrap()),
        "[A-Za-z0-9/?:().,'+-]{1,34}".prop_filter_map("an IBAN", |text| Account::new(&text).ok()),
    ]
}

fn agent() -> impl Strategy<Value = Agent> {
    prop_oneof![
        Just(Agent::NotProvided),
        "[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?".prop_map(|text| Agent::new(&text).unwrap()),
        "[0-9]{12}".prop_map(|text| Agent::new(&text).unwrap()),
    ]
}

fn identifier() -> impl Strategy<Value = Identifier> {
    prop_oneof![
        Just(Identifier::new("DE98ZZZ09999999999").unwrap()),
        "[ A-Za-z0-9/?:().,'+-]{1,35}"
            .prop_filter_map("no identifier", |text| Identifier::new(&text).ok()),
    ]
}

fn date() -> impl Strategy<Value = Date> {
    (1_i16..=9999, 1_i8..=12, 1_i8..=28).prop_map(|(y, m, d)| Date::new(y, m, d).unwrap())
}

/// Names as people type them and as attackers do: any characters, whitespace, markup.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "\\PC{0,200}",
        Just("]]></Nm><Nm>&amp;".to_owned()),
        Just("\u{0}\u{FFFE}\u{202E}示例钢铁（北）".to_owned()),
    ]
}

fn party() -> impl Strategy<Value = Party> {
    (name(), account(), agent()).prop_map(|(name, account, agent)| Party {
        name,
        account,
        agent,
    })
}

fn amount() -> impl Strategy<Value = Money> {
    let currency = proptest::sample::select(vec!["CNY", "EUR", "JPY", "KWD"]);
    (1..=MAX_MINOR, currency)
        .prop_map(|(minor, code)| Money::new(minor, code.parse().unwrap()).unwrap())
}

prop_compose! {
    fn request()(
        (reference, scheme_id, mandate) in (identifier(), identifier(), identifier()),
        seconds in -62_135_596_800_i64..=253_402_207_200,
        (collection_date, signed) in (date(), date()),
        (creditor, debtor) in (party(), party()),
        amount in amount(),
        bills in proptest::collection::vec(name(), 0..100),
        unicode in any::<bool>(),
    ) -> CollectionRequest {
        CollectionRequest {
            reference,
            created: Timestamp::from_second(seconds).unwrap(),
            collection_date,
            creditor: Creditor { party: creditor, scheme_id },
            debtor,
            mandate: Mandate { id: mandate, signed },
            amount,
            bills,
            characters: if unicode { CharacterSet::Unicode } else { CharacterSet::Latin },
        }
    }
}

fn write_to(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn every_message_is_valid_against_the_schema() {
    let folder = tempfile::tempdir().unwrap();
    let mut runner = TestRunner::default();
    let files: Vec<PathBuf> = (0..MESSAGES)
        .map(|number| {
            let request = request().new_tree(&mut runner).unwrap().current();
            let bytes = pain008::write(&request).unwrap();
            assert_eq!(bytes, pain008::write(&request).unwrap());
            write_to(folder.path(), &format!("{number}.xml"), &bytes)
        })
        .collect();
    if let Err(output) = xmllint("pain.008.001.08.xsd", &files) {
        let kept = folder.keep();
        panic!("{output}\nthe messages are in {}", kept.display());
    }
}

fn example() -> CollectionRequest {
    let party = |name: &str, account: &str, agent: &str| Party {
        name: name.into(),
        account: account.parse().unwrap(),
        agent: agent.parse().unwrap(),
    };
    CollectionRequest {
        reference: "WK7d3f0b4e41c34c449b6a111213141516".parse().unwrap(),
        created: "2026-08-31T16:00:00Z".parse().unwrap(),
        collection_date: "2026-09-02".parse().unwrap(),
        creditor: Creditor {
            party: party(
                "Example Power & Light",
                "DE89370400440532013000",
                "COBADEFFXXX",
            ),
            scheme_id: "DE98ZZZ09999999999".parse().unwrap(),
        },
        debtor: party("示例钢铁 Ünal", "6222020200112233445", ""),
        mandate: Mandate {
            id: "M-1".parse().unwrap(),
            signed: "2024-02-29".parse().unwrap(),
        },
        amount: Money::new(1_236_969, "CNY".parse().unwrap()).unwrap(),
        bills: vec!["B-1".into(), "B-2".into()],
        characters: CharacterSet::Latin,
    }
}

#[test]
fn one_message_in_full() {
    let bytes = pain008::write(&example()).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let wanted = concat!(
        r#"<?xml version="1.0" encoding="UTF-8"?>"#,
        r#"<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.008.001.08"><CstmrDrctDbtInitn>"#,
        "<GrpHdr><MsgId>WK7d3f0b4e41c34c449b6a111213141516</MsgId>",
        "<CreDtTm>2026-08-31T16:00:00Z</CreDtTm><NbOfTxs>1</NbOfTxs><CtrlSum>12369.69</CtrlSum>",
        "<InitgPty><Nm>Example Power + Light</Nm></InitgPty></GrpHdr>",
        "<PmtInf><PmtInfId>WK7d3f0b4e41c34c449b6a111213141516</PmtInfId><PmtMtd>DD</PmtMtd>",
        "<NbOfTxs>1</NbOfTxs><CtrlSum>12369.69</CtrlSum><PmtTpInf><SeqTp>RCUR</SeqTp></PmtTpInf>",
        "<ReqdColltnDt>2026-09-02</ReqdColltnDt><Cdtr><Nm>Example Power + Light</Nm></Cdtr>",
        "<CdtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></CdtrAcct>",
        "<CdtrAgt><FinInstnId><BICFI>COBADEFFXXX</BICFI></FinInstnId></CdtrAgt>",
        "<CdtrSchmeId><Id><PrvtId><Othr><Id>DE98ZZZ09999999999</Id>",
        "<SchmeNm><Prtry>SEPA</Prtry></SchmeNm></Othr></PrvtId></Id></CdtrSchmeId>",
        "<DrctDbtTxInf><PmtId><EndToEndId>WK7d3f0b4e41c34c449b6a111213141516</EndToEndId></PmtId>",
        r#"<InstdAmt Ccy="CNY">12369.69</InstdAmt><DrctDbtTx><MndtRltdInf><MndtId>M-1</MndtId>"#,
        "<DtOfSgntr>2024-02-29</DtOfSgntr></MndtRltdInf></DrctDbtTx>",
        "<DbtrAgt><FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId></DbtrAgt>",
        "<Dbtr><Nm>.... Unal</Nm></Dbtr>",
        "<DbtrAcct><Id><Othr><Id>6222020200112233445</Id></Othr></Id></DbtrAcct>",
        "<RmtInf><Ustrd>B-1 B-2</Ustrd></RmtInf></DrctDbtTxInf></PmtInf>",
        "</CstmrDrctDbtInitn></Document>",
    );
    assert_eq!(text, wanted);
}

#[test]
fn a_broken_message_does_not_pass_xmllint() {
    let folder = tempfile::tempdir().unwrap();
    let text = String::from_utf8(pain008::write(&example()).unwrap()).unwrap();
    let broken = text.replace("<SeqTp>RCUR</SeqTp>", "<SeqTp>RCURR</SeqTp>");
    let file = write_to(folder.path(), "broken.xml", broken.as_bytes());
    assert!(xmllint("pain.008.001.08.xsd", &[file]).is_err_and(|output| output.contains("SeqTp")));
}

#[test]
fn what_no_bank_takes_is_not_written() {
    let mut request = example();
    request.amount = Money::new(0, "CNY".parse().unwrap()).unwrap();
    assert_eq!(pain008::write(&request), Err(WriteError::Amount));
    let mut request = example();
    request.mandate.signed = Date::new(0, 1, 1).unwrap();
    assert!(matches!(pain008::write(&request), Err(WriteError::Date(_))));
}

prop_compose! {
    fn transfer()(
        reference in identifier(),
        seconds in -62_135_596_800_i64..=253_402_207_200,
        execution_date in date(),
        (creditor, debtor) in (party(), party()),
        amount in amount(),
        purpose in prop_oneof![
            proptest::collection::vec(name(), 0..100).prop_map(Purpose::Bills),
            "[A-Z0-9]{1,21}".prop_map(|body| {
                Purpose::Reference(CreditorReference::of_body(&body).unwrap())
            }),
        ],
        unicode in any::<bool>(),
    ) -> TransferRequest {
        TransferRequest {
            reference,
            created: Timestamp::from_second(seconds).unwrap(),
            execution_date,
            debtor,
            creditor,
            amount,
            purpose,
            characters: if unicode { CharacterSet::Unicode } else { CharacterSet::Latin },
        }
    }
}

#[test]
fn every_transfer_is_valid_against_its_schema() {
    let folder = tempfile::tempdir().unwrap();
    let mut runner = TestRunner::default();
    let files: Vec<PathBuf> = (0..MESSAGES)
        .map(|number| {
            let request = transfer().new_tree(&mut runner).unwrap().current();
            let bytes = pain001::write(&request).unwrap();
            assert_eq!(bytes, pain001::write(&request).unwrap());
            write_to(folder.path(), &format!("{number}.xml"), &bytes)
        })
        .collect();
    if let Err(output) = xmllint("pain.001.001.09.xsd", &files) {
        let kept = folder.keep();
        panic!("{output}\nthe messages are in {}", kept.display());
    }
}

#[test]
fn one_transfer_in_full() {
    let CollectionRequest {
        reference,
        created,
        collection_date,
        creditor,
        debtor,
        amount,
        characters,
        ..
    } = example();
    let request = TransferRequest {
        reference,
        created,
        execution_date: collection_date,
        debtor,
        creditor: creditor.party,
        amount,
        purpose: Purpose::Reference("RF18 5390 0754 7034".parse().unwrap()),
        characters,
    };
    let text = String::from_utf8(pain001::write(&request).unwrap()).unwrap();
    let wanted = concat!(
        r#"<?xml version="1.0" encoding="UTF-8"?>"#,
        r#"<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn>"#,
        "<GrpHdr><MsgId>WK7d3f0b4e41c34c449b6a111213141516</MsgId>",
        "<CreDtTm>2026-08-31T16:00:00Z</CreDtTm><NbOfTxs>1</NbOfTxs><CtrlSum>12369.69</CtrlSum>",
        "<InitgPty><Nm>.... Unal</Nm></InitgPty></GrpHdr>",
        "<PmtInf><PmtInfId>WK7d3f0b4e41c34c449b6a111213141516</PmtInfId><PmtMtd>TRF</PmtMtd>",
        "<NbOfTxs>1</NbOfTxs><CtrlSum>12369.69</CtrlSum>",
        "<ReqdExctnDt><Dt>2026-09-02</Dt></ReqdExctnDt><Dbtr><Nm>.... Unal</Nm></Dbtr>",
        "<DbtrAcct><Id><Othr><Id>6222020200112233445</Id></Othr></Id></DbtrAcct>",
        "<DbtrAgt><FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId></DbtrAgt>",
        "<CdtTrfTxInf><PmtId><EndToEndId>WK7d3f0b4e41c34c449b6a111213141516</EndToEndId></PmtId>",
        r#"<Amt><InstdAmt Ccy="CNY">12369.69</InstdAmt></Amt>"#,
        "<CdtrAgt><FinInstnId><BICFI>COBADEFFXXX</BICFI></FinInstnId></CdtrAgt>",
        "<Cdtr><Nm>Example Power + Light</Nm></Cdtr>",
        "<CdtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></CdtrAcct>",
        "<RmtInf><Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry><Issr>ISO</Issr></Tp>",
        "<Ref>RF18539007547034</Ref></CdtrRefInf></Strd></RmtInf></CdtTrfTxInf></PmtInf>",
        "</CstmrCdtTrfInitn></Document>",
    );
    assert_eq!(text, wanted);
    let nothing = TransferRequest {
        amount: Money::new(0, "CNY".parse().unwrap()).unwrap(),
        ..request
    };
    assert_eq!(pain001::write(&nothing), Err(WriteError::Amount));
}
