//! The corpus and a bounded number of mutations of it, over every target.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};
use wattkey_fuzz::{Mutator, Outcome, TARGETS, run};

/// Inputs per target: a second or two, five where each is signed twice.
const MUTATIONS: usize = 2000;

/// Seeds that other tests have already.
const SHARED: &[(&str, &str)] = &[
    ("camt054", "testdata/iso20022/camt054.v8.sample.xml"),
    ("camt053", "testdata/iso20022/camt053.v8.sample.xml"),
    ("bank_message", "testdata/iso20022/camt053.v8.sample.xml"),
    ("bank_message", "testdata/iso20022/camt054.v8.sample.xml"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let mut paths: Vec<_> = std::fs::read_dir(folder().join(target))
        .unwrap_or_else(|error| panic!("corpus/{target}: {error}"))
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let mut seeds: Vec<_> = paths
        .into_iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read(path).unwrap())
        })
        .collect();
    for (_, path) in SHARED.iter().filter(|(name, _)| *name == target) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../..")
            .join(path);
        seeds.push(("ok-shared".into(), std::fs::read(path).unwrap()));
    }
    seeds
}

/// Shows the input when the target panics.
struct Shown<'a>(&'a [u8]);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!(
                "input: {}\n{}",
                hex::encode(self.0),
                String::from_utf8_lossy(self.0)
            );
        }
    }
}

fn replay(target: &str) {
    let seeds = seeds(target);
    for (name, bytes) in &seeds {
        let _shown = Shown(bytes);
        let outcome = run(target, bytes);
        let expected = match name.split('-').next() {
            Some("ok") => Outcome::Read,
            Some("bad") => Outcome::Refused,
            _ => continue,
        };
        assert_eq!(outcome, expected, "corpus/{target}/{name}");
    }
    let mut mutator = Mutator::new(target, seeds.into_iter().map(|(_, bytes)| bytes).collect());
    for _ in 0..MUTATIONS {
        let input = mutator.input();
        let _shown = Shown(&input);
        run(target, &input);
    }
}

macro_rules! replays {
    ($($target:ident)+) => {
        $(#[test]
        fn $target() {
            replay(stringify!($target));
        })+

        const REPLAYED: &[&str] = &[$(stringify!($target)),+];
    };
}

replays! {
    capsule capsule_answer key_list http_request http_response
    certificate crl signature_der public_key jwk jws_compact jws_general
    session_statement signed_request key_configuration order decision standing_instruction change change_decision dispute notice notice_acknowledgement receipt
    binding_step problem field_values api
    pain002 camt054 camt053 bank_message creditor_reference banking_days collection collection_names bill_document import_record amount
    tariff metered schedule green_button load_csv
    import_header export_header export_line file_signature file_acknowledgement file_announcement
    pdf_attachment receipt_code
    resolution resolution_decision reconciliation
    order_file
    module_hello module_request module_reply card_holder_identifier
}

/// Each target is replayed, has a libFuzzer program, and a corpus with a seed that it reads, so that
/// mutations do not all end at the first byte.
#[test]
fn nothing_is_left_out() {
    let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(names, REPLAYED);
    let manifest = include_str!("../Cargo.toml");
    for name in names {
        assert!(
            manifest.contains(&format!("name = \"{name}\"")),
            "no [[bin]] {name}"
        );
        let seeds = seeds(name);
        let readable = seeds.iter().any(|(seed, _)| seed.starts_with("ok-"));
        // No answer fits a key that is made in each run.
        assert!(readable || name == "capsule_answer", "{name} reads no seed");
        let refused = seeds.iter().any(|(seed, _)| seed.starts_with("bad-"));
        // Any text makes a name.
        assert!(
            refused || name == "collection_names",
            "{name} refuses no seed"
        );
    }
    for entry in std::fs::read_dir(folder()).unwrap() {
        let entry = entry.unwrap().file_name();
        assert!(
            REPLAYED.contains(&entry.to_str().unwrap()),
            "{entry:?} is no target's"
        );
    }
}
