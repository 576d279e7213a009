use std::path::{Path, PathBuf};

use wattkey_domain::arrears::notice::{NotYet, NoticeKind};
use wattkey_domain::{DisputeReason, OrderState};
use wattkey_protocol::problem::ProblemType;

use super::*;

/// Where sentences are written that a manager reads, besides this crate's sources.
const ELSEWHERE: [&str; 10] = [
    "domain/src/arrears/notice.rs",
    "platform/src/files/staging.rs",
    "platform/src/reconcile/compare.rs",
    "platform/src/reconcile/rules.rs",
    "platform/src/routes/resolutions/check.rs",
    "store/src/outcome/resolution.rs",
    "token/src/error.rs",
    "token/src/pin.rs",
    "token/src/pin_rules.rs",
    "transport/src/error.rs",
];
/// Sources with words in both languages, and with the help, which is English.
const NOT_HERE: [&str; 4] = ["args.rs", "exit.rs", "said.rs", "text.rs"];
/// What is there for other reasons: names, places, what only an operator reads.
const NO_SENTENCES: [&str; 7] = [
    "-----BEGIN PUBLIC KEY-----",
    "-----END PUBLIC KEY-----",
    "Marketing system",
    "a kept resolution cannot be read",
    "a kept resolution is not refused",
    "what was taken in is not refused",
    "what is staged in {} cannot be read",
];

fn is_said(english: &str) -> bool {
    let said = Language::Chinese.said(english);
    said.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            into.push(path);
        }
    }
}

/// The string literals of a source up to its tests, each with the line before it.
fn literals(source: &str) -> Vec<(String, String)> {
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    let mut found = Vec::new();
    for line in joined(source).lines() {
        let code = line.trim_start();
        if code.starts_with("//") {
            continue;
        }
        let mut rest = code;
        while let Some((before, after)) = rest.split_once('"') {
            let mut end = 0;
            let bytes = after.as_bytes();
            while end < bytes.len() && bytes[end] != b'"' {
                end += if bytes[end] == b'\\' { 2 } else { 1 };
            }
            let Some(text) = after.get(..end) else {
                break;
            };
            found.push((before.to_owned(), text.to_owned()));
            rest = after.get(end + 1..).unwrap_or_default();
        }
    }
    found
}

/// Literals that go on in the next line, in one.
fn joined(source: &str) -> String {
    let mut text = String::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        text.push_str(line);
        while text.ends_with('\\') {
            text.pop();
            text.push_str(lines.next().unwrap_or_default().trim_start());
        }
        text.push('\n');
    }
    text
}

/// `{name}` and `{}` are the same place.
fn bare(text: &str) -> String {
    let mut bare = String::new();
    let mut depth = 0;
    for c in text.chars() {
        match c {
            '{' => {
                depth += 1;
                bare.push('{');
            }
            '}' => {
                depth -= 1;
                bare.push('}');
            }
            c if depth == 0 => bare.push(c),
            _ => {}
        }
    }
    bare
}

fn is_sentence(before: &str, text: &str) -> bool {
    let is_for_operators = ["tracing", "expect(", "reason = ", "fault("];
    let words = text.split(|c: char| !c.is_ascii_alphabetic());
    text.trim().contains(' ')
        && words.filter(|word| word.len() > 1).count() > 1
        && !is_for_operators.iter().any(|one| before.contains(one))
}

#[test]
fn every_sentence_of_the_sources_is_said_in_chinese() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    sources(&here.join("src"), &mut files);
    files.retain(|file| {
        let path = file.to_string_lossy();
        !path.contains("/said/")
            && !path.contains("/args/")
            && !path.ends_with("/tests.rs")
            && !NOT_HERE
                .iter()
                .any(|name| path.ends_with(&format!("/{name}")))
    });
    let crates = here.parent().unwrap();
    files.extend(ELSEWHERE.map(|file| crates.join(file)));
    let mut count = 0;
    for file in files {
        let source = std::fs::read_to_string(&file).unwrap();
        for (before, text) in literals(&source) {
            let text = bare(&text).replace("\\n", "\n");
            for line in text.lines() {
                if !is_sentence(&before, line) || NO_SENTENCES.contains(&line) {
                    continue;
                }
                count += 1;
                assert!(is_said(line), "{}: {line}", file.display());
            }
        }
    }
    assert!(count > 120, "only {count} were found");
}

#[test]
fn what_the_platform_names_is_said_in_chinese() {
    for kind in ProblemType::ALL {
        assert!(is_said(kind.title()), "{kind:?}");
    }
    for kind in NoticeKind::ALL {
        assert!(is_said(kind.as_str()), "{kind:?}");
        let missing = NotYet::Missing(kind).to_string();
        assert!(
            !Language::Chinese.said(&missing).contains(kind.as_str()),
            "{missing}"
        );
    }
    for reason in DisputeReason::ALL {
        assert!(is_said(reason.as_str()), "{reason:?}");
    }
    for state in OrderState::ALL {
        assert!(is_said(state.as_str()), "{state:?}");
    }
}

#[test]
fn each_sentence_is_there_once_and_keeps_what_differs() {
    let all: Vec<_> = TABLES.iter().flat_map(|table| table.iter()).collect();
    for (place, (english, chinese)) in all.iter().enumerate() {
        let again = all[..place].iter().any(|(before, _)| before == english);
        assert!(!again, "{english} is there twice");
        let places = english.matches("{}").count();
        for number in 0..places {
            assert_eq!(
                chinese.matches(&format!("{{{number}}}")).count(),
                1,
                "{english}"
            );
        }
        assert!(!chinese.contains(&format!("{{{places}}}")), "{english}");
    }
}

#[test]
fn sentences_are_found_in_sentences() {
    for (english, chinese) in [
        (
            "409 Conflict: The resolution cannot be done; of bill B-1 only CNY 5.00 is open; open",
            "409 Conflict：无法执行该处理；账单 B-1 仅有 CNY 5.00 未付；open",
        ),
        (
            "the payer's account has a debit mandate, and the amount is that of bill B-7",
            "付款账户有代扣授权，且金额等于账单 B-7",
        ),
        (
            "booked of return 7d3f: contradiction",
            "退款 7d3f 的银行记账：与现状矛盾",
        ),
        ("AC04 of the bank", "AC04 of the bank"),
    ] {
        assert_eq!(Language::Chinese.said(english), chinese);
        assert_eq!(Language::English.said(english), english);
    }
}
