use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::*;

const SAMPLE: &str = include_str!("../../testdata/collection.xml");
const TRANSFER: &str = include_str!("../../testdata/transfer.xml");

fn sample(kind: Kind) -> Node {
    let text = match kind {
        Kind::Collection => SAMPLE,
        Kind::Transfer => TRANSFER,
    };
    let (found, root) = tree::parse(text.as_bytes()).unwrap();
    assert_eq!(found, kind);
    root
}

fn sound(text: &str) -> Message {
    match receive(text.as_bytes()).unwrap() {
        Received::Sound(message) => message,
        broken @ Received::Broken { .. } => panic!("{broken:?}"),
    }
}

fn broken(text: &str) -> (Option<String>, &'static str) {
    match receive(text.as_bytes()).unwrap() {
        Received::Broken {
            message_id, reason, ..
        } => (message_id, reason),
        sound @ Received::Sound(_) => panic!("{sound:?}"),
    }
}

#[test]
fn a_sound_message_is_understood() {
    let message = sound(SAMPLE);
    assert_eq!(message.id, "MSG-1");
    let [first, second] = message.payments.as_slice() else {
        panic!("{message:?}");
    };
    assert_eq!(first.end_to_end_id, "E2E-1");
    assert_eq!(
        (first.amount.as_str(), first.currency.as_str()),
        ("12369.69", "CNY")
    );
    assert_eq!(first.debtor, "示例钢铁");
    assert_eq!(first.creditor_account, "DE89370400440532013000");
    assert_eq!((first.refused, second.refused), (None, None));
    assert_eq!(second.debtor_account, "6222020200999904");
}

#[test]
fn a_message_that_does_not_add_up_is_refused_as_a_whole() {
    let id = Some("MSG-1".to_owned());
    let sum = SAMPLE.replace("12389.70", "12389.71");
    assert_eq!(broken(&sum), (id.clone(), "AM10"));
    let inner = SAMPLE.replace("<CtrlSum>12369.69", "<CtrlSum>12369.7");
    assert_eq!(broken(&inner), (id.clone(), "AM10"));
    let count = SAMPLE.replace("<NbOfTxs>2<", "<NbOfTxs>3<");
    assert_eq!(broken(&count), (id, "AM18"));
    let nameless = SAMPLE.replace("<MsgId>MSG-1</MsgId>", "");
    assert_eq!(broken(&nameless), (None, "FF01"));
}

#[test]
fn a_transaction_that_cannot_be_collected_is_refused_alone() {
    let refused = |from: &str, to: &str| {
        let changed = SAMPLE.replace(from, to);
        assert_ne!(changed, SAMPLE, "{from}");
        sound(&changed).payments[0].refused
    };
    assert_eq!(
        refused("DE89370400440532013000", "DE89370400440532013001"),
        Some("AC03")
    );
    let account = "<Othr><Id>6222020200112233445</Id></Othr>";
    assert_eq!(
        refused(account, "<IBAN>DE89370400440532013001</IBAN>"),
        Some("AC01")
    );
    assert_eq!(refused("<MndtId>M-1</MndtId>", ""), Some("MD02"));
    assert_eq!(
        refused(
            "<MndtId>M-1</MndtId><DtOfSgntr>2024-02-29</DtOfSgntr>",
            "<MndtId>M-1</MndtId>"
        ),
        Some("MD02")
    );
    let scheme = "<CdtrSchmeId><Id><PrvtId><Othr><Id>DE98ZZZ09999999999</Id><SchmeNm><Prtry>SEPA\
                  </Prtry></SchmeNm></Othr></PrvtId></Id></CdtrSchmeId>";
    assert_eq!(refused(scheme, ""), Some("CH11"));
    let finer = SAMPLE
        .replace("12369.69", "12369.685")
        .replace("12389.70", "12389.695");
    assert_eq!(sound(&finer).payments[0].refused, Some("AM12"));
    let nothing = SAMPLE
        .replace("12369.69", "0.00")
        .replace("12389.70", "20.01");
    assert_eq!(sound(&nothing).payments[0].refused, Some("AM01"));
}

#[test]
fn a_transfer_is_understood() {
    let message = sound(TRANSFER);
    assert_eq!(
        (message.kind, message.id.as_str()),
        (Kind::Transfer, "MSG-T1")
    );
    let [payment] = message.payments.as_slice() else {
        panic!("{message:?}");
    };
    assert_eq!(payment.end_to_end_id, "E2E-T1");
    assert_eq!(
        (payment.amount.as_str(), payment.currency.as_str()),
        ("500.00", "CNY")
    );
    assert_eq!(payment.debtor_account, "DE89370400440532013000");
    assert_eq!(payment.creditor, "示例钢铁");
    assert_eq!(payment.reference, "RF18539007547034");
    assert_eq!(payment.refused, None);
}

#[test]
fn a_transfer_that_cannot_be_paid_is_refused() {
    let refused = |from: &str, to: &str| {
        let changed = TRANSFER.replace(from, to);
        assert_ne!(changed, TRANSFER, "{from}");
        sound(&changed).payments[0].refused
    };
    assert_eq!(
        refused("DE89370400440532013000", "DE89370400440532013001"),
        Some("AC02")
    );
    let account = "<CdtrAcct><Id><Othr><Id>6222020200112233445</Id></Othr></Id></CdtrAcct>";
    assert_eq!(refused(account, ""), Some("AC03"));
    assert_eq!(refused("<Cdtr><Nm>示例钢铁</Nm></Cdtr>", ""), Some("RR03"));
    assert_eq!(refused("500.00", "0.00"), Some("AM01"));
    let sum = TRANSFER.replace("<CtrlSum>500.00", "<CtrlSum>500.01");
    assert_eq!(broken(&sum), (Some("MSG-T1".to_owned()), "AM10"));
}

#[test]
fn what_is_no_such_message_is_not_taken() {
    for text in [
        "",
        "{}",
        "<Document/>",
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.008.001.02\"/>",
        "<!DOCTYPE a><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.008.001.08\"/>",
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.008.001.08\"/><a/>",
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.008.001.08\">&a;</Document>",
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.008.001.08\"><a xmlns=\"b\"/></Document>",
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.008.001.08\"><a xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.09\"/></Document>",
        &SAMPLE[..SAMPLE.len() - 20],
    ] {
        assert!(receive(text.as_bytes()).is_err(), "{text}");
    }
    let deep = "<a>".repeat(2000) + &"</a>".repeat(2000);
    let text = format!(
        "<Document xmlns=\"{}\">{deep}</Document>",
        Kind::Collection.namespace()
    );
    assert!(receive(text.as_bytes()).is_err());
}

/// Texts that some types take and others don't.
const TEXTS: [&str; 30] = [
    "",
    " ",
    "0",
    "1",
    " 1 ",
    "-1",
    "+1.50",
    "1.",
    ".5",
    "1e3",
    "0.000001",
    "1234567890123456789",
    "true",
    "ABCDEFGH",
    "abcdefgh",
    "AB",
    "ABC",
    "DE1",
    "DE89a",
    "2026-02-29",
    "2024-02-29",
    " 2024-02-29 ",
    "2024-02-29+14:00",
    " 2024-02-29T23:59:59 ",
    "2024-02-29+14:01",
    "2024-02-29T23:59:59Z",
    "2024-02-29T23:59:60Z",
    "2024-02-29T23:59:59.",
    "RCUR",
    "7D3F0B4E-41c3-4c44-9b6a-111213141516",
];

/// The paths of all nodes below, as indices.
fn places(node: &Node, path: &[usize], found: &mut Vec<Vec<usize>>) {
    for (index, child) in node.children.iter().enumerate() {
        let path = [path, &[index]].concat();
        found.push(path.clone());
        places(child, &path, found);
    }
}

fn changed(root: &Node, path: &[usize], change: impl Fn(&mut Vec<Node>, usize)) -> Node {
    let mut root = root.clone();
    let (last, way) = path.split_last().unwrap();
    let parent = way
        .iter()
        .fold(&mut root, |node, index| &mut node.children[*index]);
    change(&mut parent.children, *last);
    root
}

fn at<'a>(root: &'a Node, path: &[usize]) -> &'a Node {
    path.iter().fold(root, |node, index| &node.children[*index])
}

/// Every element of the sample left out, doubled, moved, renamed, emptied, given an attribute, and
/// every text replaced.
fn mutations(kind: Kind) -> Vec<Node> {
    let root = sample(kind);
    let mut paths = Vec::new();
    places(&root, &[], &mut paths);
    let mut all = vec![root.clone()];
    for path in &paths {
        all.push(changed(&root, path, |nodes, at| drop(nodes.remove(at))));
        all.push(changed(&root, path, |nodes, at| {
            let again = nodes[at].clone();
            nodes.insert(at, again);
        }));
        all.push(changed(&root, path, |nodes, at| {
            let middle = at.max(1) % nodes.len();
            nodes.rotate_left(middle);
        }));
        all.push(changed(&root, path, |nodes, at| nodes[at].name.push('X')));
        all.push(changed(&root, path, |nodes, at| nodes[at].children.clear()));
        all.push(changed(&root, path, |nodes, at| {
            nodes[at].attributes.push(("a".into(), "b".into()));
        }));
        all.push(changed(&root, path, |nodes, at| {
            if let Some((_, value)) = nodes[at].attributes.first_mut() {
                *value = "Cny".into();
            }
        }));
        all.push(changed(&root, path, |nodes, at| {
            nodes[at].children.push(Node {
                name: "Cd".into(),
                text: "x".into(),
                ..Node::default()
            });
        }));
        if !at(&root, path).children.is_empty() {
            continue;
        }
        let leaf =
            |text: String| move |nodes: &mut Vec<Node>, at: usize| nodes[at].text.clone_from(&text);
        for text in TEXTS {
            all.push(changed(&root, path, leaf(text.into())));
        }
        for length in [4, 5, 15, 16, 34, 35, 36, 70, 71, 140, 141] {
            all.push(changed(&root, path, leaf("é".repeat(length))));
            all.push(changed(&root, path, leaf("9".repeat(length))));
        }
    }
    all
}

fn write(kind: Kind, node: &Node, out: &mut String) {
    let name = &node.name;
    write!(out, "<{name}").unwrap();
    if name == "Document" {
        write!(out, " xmlns=\"{}\"", kind.namespace()).unwrap();
    }
    for (key, value) in &node.attributes {
        write!(out, " {key}=\"{value}\"").unwrap();
    }
    write!(out, ">{}", quick_xml::escape::escape(&node.text)).unwrap();
    for child in &node.children {
        write(kind, child, out);
    }
    write!(out, "</{name}>").unwrap();
}

/// The numbers of the files that `xmllint` finds valid.
fn valid(kind: Kind, folder: &Path, files: &[PathBuf]) -> Vec<usize> {
    let schema = format!("../../testdata/iso20022/{}.xsd", kind.message_name());
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join(schema);
    let output = Command::new("xmllint")
        .current_dir(folder)
        .args(["--nonet", "--noout", "--schema"])
        .arg(schema.canonicalize().unwrap())
        .args(files)
        .output()
        .expect("xmllint runs: apt-get install libxml2-utils");
    let text = String::from_utf8(output.stderr).unwrap();
    let verdicts: Vec<&str> = text
        .lines()
        .filter(|line| line.ends_with(" validates") || line.ends_with(" fails to validate"))
        .collect();
    assert_eq!(verdicts.len(), files.len(), "xmllint judged every file");
    verdicts
        .iter()
        .filter_map(|line| line.strip_suffix(".xml validates")?.parse().ok())
        .collect()
}

#[test]
fn the_checks_of_collections_agree_with_xmllint() {
    the_checks_agree_with_xmllint(Kind::Collection);
}

#[test]
fn the_checks_of_transfers_agree_with_xmllint() {
    the_checks_agree_with_xmllint(Kind::Transfer);
}

fn the_checks_agree_with_xmllint(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let texts: Vec<String> = mutations(kind)
        .iter()
        .map(|root| {
            let mut text = String::new();
            write(kind, root, &mut text);
            text
        })
        .collect();
    let mut valid_files = Vec::new();
    // In parts, for the length of a command line is bounded.
    let numbers: Vec<usize> = (0..texts.len()).collect();
    for part in numbers.chunks(1000) {
        let files: Vec<PathBuf> = part.iter().map(|n| format!("{n}.xml").into()).collect();
        for (number, file) in part.iter().zip(&files) {
            std::fs::write(folder.path().join(file), &texts[*number]).unwrap();
        }
        valid_files.extend(valid(kind, folder.path(), &files));
    }
    let mut wrong = Vec::new();
    for (number, text) in texts.iter().enumerate() {
        let ours = tree::parse(text.as_bytes())
            .is_ok_and(|(found, root)| found == kind && schema::check(kind, &root).is_ok());
        if ours != valid_files.binary_search(&number).is_ok() {
            wrong.push(format!("we say {ours}: {text}"));
        }
    }
    assert!(valid_files.len() > 100 && texts.len() - valid_files.len() > 1000);
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        texts.len(),
        wrong[..wrong.len().min(5)].join("\n")
    );
}
