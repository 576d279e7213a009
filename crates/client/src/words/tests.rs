use std::collections::{BTreeMap, BTreeSet};

use fluent_bundle::FluentResource;
use wattkey_protocol::order::Label;

use super::*;

/// Ids of messages whose names the program puts together.
const MADE_UP: [&str; 37] = [
    "damage-",
    "wrong-",
    "notice-kind-",
    "notice-text-",
    "dispute-",
    "change-",
    "contact-role-",
    "language-",
    "entry-",
    "age-",
    "period-",
    "severity-",
    "action-",
    "warning-",
    "unknown-",
    "reason-",
    "value-",
    "help",
    "label-",
    "err-",
    "rec-",
    "problem-",
    "state-",
    "bill-state-",
    "right-",
    "why-",
    "when-",
    "means-",
    "rule-",
    "event-",
    "part-",
    "source-",
    "decision-",
    "terms-",
    "awaiting-",
    "cause-",
    "assumed-",
];

/// Message id → its placeholders.
fn messages(sources: [&str; 6]) -> BTreeMap<String, BTreeSet<String>> {
    let mut messages = BTreeMap::new();
    let mut id = String::new();
    for source in sources {
        let resource = FluentResource::try_new(source.to_owned());
        assert!(resource.is_ok(), "{resource:?}");
    }
    for line in sources
        .into_iter()
        .flat_map(str::lines)
        .filter(|line| !line.starts_with('#'))
    {
        if let Some((name, _)) = line.split_once(" =")
            && !line.starts_with(' ')
        {
            id = name.to_owned();
            let before = messages.insert(id.clone(), BTreeSet::new());
            assert!(before.is_none(), "{id} is there twice");
        }
        for placeholder in line.split("{ $").skip(1) {
            let end = placeholder
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '-')
                .unwrap();
            messages
                .get_mut(&id)
                .unwrap()
                .insert(placeholder[..end].to_owned());
        }
    }
    assert!(messages.len() > 300);
    messages
}

fn sources(folder: &std::path::Path, into: &mut String) {
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else {
            into.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn both_languages_have_the_same_messages_and_placeholders() {
    let (english, chinese) = (messages(ENGLISH), messages(CHINESE));
    let ids = |messages: &BTreeMap<String, _>| messages.keys().cloned().collect::<Vec<_>>();
    assert_eq!(ids(&english), ids(&chinese));
    for (id, placeholders) in &english {
        assert_eq!(placeholders, &chinese[id], "placeholders of {id}");
    }
}

#[test]
fn each_error_says_what_to_do_next() {
    let english = messages(ENGLISH);
    let codes = |prefix: &str| -> Vec<String> {
        english
            .keys()
            .filter_map(|id| id.strip_prefix(prefix).map(str::to_owned))
            .collect()
    };
    assert_eq!(codes("err-"), codes("rec-"));
    assert!(codes("err-").len() > 30);
}

#[test]
fn every_line_that_is_signed_has_its_words() {
    for lang in [Lang::En, Lang::Zh] {
        let text = Text::new(lang);
        for label in Label::ALL {
            assert!(
                text.find(&format!("label-{}", label.code()), &[]).is_some(),
                "{label:?}"
            );
        }
    }
}

#[test]
fn every_problem_has_its_words() {
    let protocol = concat!(env!("CARGO_MANIFEST_DIR"), "/../../PROTOCOL.md");
    let protocol = std::fs::read_to_string(protocol).unwrap();
    let section = protocol.split("\n## ").find(|s| s.starts_with("15 "));
    let section = section.unwrap();
    let names: Vec<&str> = section
        .lines()
        .filter(|line| line.starts_with("| `"))
        .flat_map(|line| {
            line.split('|')
                .nth(1)
                .unwrap()
                .split('`')
                .skip(1)
                .step_by(2)
        })
        .collect();
    assert!(names.len() > 30, "{names:?}");
    for lang in [Lang::En, Lang::Zh] {
        let text = Text::new(lang);
        for name in &names {
            assert!(
                text.find(&format!("problem-{name}"), &[]).is_some(),
                "problem-{name}"
            );
        }
    }
}

#[test]
fn every_message_is_said_somewhere_and_everything_said_is_a_message() {
    let mut source = String::new();
    sources(
        concat!(env!("CARGO_MANIFEST_DIR"), "/src").as_ref(),
        &mut source,
    );
    let english = messages(ENGLISH);
    for id in english.keys() {
        let made_up = MADE_UP.iter().any(|prefix| id.starts_with(prefix));
        assert!(
            made_up || source.contains(&format!("\"{id}\"")),
            "{id} is never said"
        );
    }
    for call in [
        "text.get(\"",
        "text.with(\"",
        ".say(\"",
        ".line(\"",
        "Column::left(\"",
        "Column::right(\"",
    ] {
        for said in source.split(call).skip(1) {
            let id = said.split('"').next().unwrap();
            let dynamic = id.contains('{') || id.is_empty() || id.ends_with('-');
            assert!(
                dynamic || english.contains_key(id),
                "{id} is said and is no message"
            );
        }
    }
    for said in source.split("Fault::new(\"").skip(1) {
        let code = said.split('"').next().unwrap();
        assert!(
            english.contains_key(&format!("err-{code}")),
            "err-{code} is missing"
        );
    }
}

#[test]
fn the_language_follows_the_locale() {
    let choose = |arguments: &[&str], set: &[(&str, &str)], system: Option<&str>| {
        let arguments: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
        let variable = |name: &str| {
            set.iter()
                .find(|(n, _)| *n == name)
                .map(|(_, value)| (*value).to_owned())
        };
        Lang::choose(&arguments, variable, || system.map(str::to_owned))
    };
    assert_eq!(choose(&[], &[], None), Lang::En);
    assert_eq!(choose(&[], &[], Some("zh-CN")), Lang::Zh);
    assert_eq!(choose(&[], &[("LANG", "zh_CN.UTF-8")], None), Lang::Zh);
    assert_eq!(
        choose(&[], &[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C")], None),
        Lang::En
    );
    assert_eq!(
        choose(
            &[],
            &[("LANG", "en_GB.UTF-8"), ("LC_MESSAGES", "zh_CN")],
            None
        ),
        Lang::Zh
    );
    assert_eq!(
        choose(&["--lang", "zh"], &[("LC_ALL", "en_GB")], None),
        Lang::Zh
    );
    assert_eq!(
        choose(&["--lang=en"], &[("LC_ALL", "zh_CN")], None),
        Lang::En
    );
    assert_eq!(choose(&["--", "--lang=zh"], &[], None), Lang::En);
}

#[test]
fn a_sentence_ends_before_the_next_one() {
    use crate::fault::{Exit, Fault};
    for (lang, said) in [
        (
            Lang::En,
            "did not answer within 15s. Nothing was signed or sent.",
        ),
        (
            Lang::Zh,
            "did not answer within 15s。未签署也未发送任何内容。",
        ),
    ] {
        let text = Text::new(lang);
        let lost = || {
            Fault::new("server-unreachable", Exit::Unreachable)
                .with("cause", "pay.example:443 did not answer within 15s")
        };
        let (message, _) = lost().means("means-nothing-signed").told(&text);
        assert!(message.ends_with(said), "{message}");
        let (message, _) = Fault::new("unknown-outcome", Exit::UnknownOutcome)
            .because(lost())
            .told(&text);
        assert!(!message.ends_with("15s"), "{message}");
        // What has its stop gets no other one.
        let (message, _) = Fault::new("no-key", Exit::NoKey).told(&text);
        assert_eq!(text.sentence(message.clone()), message);
    }
}
