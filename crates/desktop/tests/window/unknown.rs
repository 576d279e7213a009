//! A dispute or a change whose outcome is unknown: said with what it means, asked for by itself, resolved.

use std::time::{Duration, Instant};

use slint::platform::Key as Press;
use wattkey_client::fault::{Exit, Fault, Value};
use wattkey_client::journal::Key;
use wattkey_desktop::model::signing::{Came, Kind, ToSign};
use wattkey_desktop::model::{Effect, Event, Loaded, Page, RESOLVE, Wanted, bills, dispute};
use wattkey_desktop::settings::{Language, Theme};
use wattkey_pki::Digest;

use super::harness::{PIN, Stage, fine};
use super::{information, personal};

/// The words of one language.
struct Words {
    language: Language,
    agree: &'static str,
    unknown: &'static str,
    dispute_means: &'static str,
    change_means: &'static str,
    next: &'static str,
    again: &'static str,
    done: &'static str,
    query: &'static str,
    dispute: &'static str,
    change: &'static str,
    waits: &'static str,
    taken: &'static str,
    refused: &'static str,
    never: &'static str,
}

const WORDS: [Words; 2] = [
    Words {
        language: Language::En,
        agree: "I have read it and sign exactly this",
        unknown: "It is not known whether the service has what you signed.",
        dispute_means: "the bill and its disputes stand as before",
        change_means: "what it knew before holds",
        next: "nothing has to be signed again",
        again: "Ask again",
        done: "Done.",
        query: "Query this bill",
        dispute: "Dispute of a bill",
        change: "Change of own data",
        waits: "it is not known yet whether the service has it",
        taken: "the service has it.",
        refused: "the service refused it.",
        never: "it ended without having been accepted",
    },
    Words {
        language: Language::Zh,
        agree: "我已核对，同意就以上内容签名",
        unknown: "尚不清楚服务端是否已收到您签署的内容。",
        dispute_means: "账单及其争议维持原状",
        change_means: "原有资料继续有效",
        next: "无需重新签署",
        again: "再次查询",
        done: "已完成。",
        query: "对此账单提出争议",
        dispute: "账单争议",
        change: "变更单位资料",
        waits: "尚不清楚服务端是否已收到",
        taken: "服务端已收到。",
        refused: "服务端已拒绝。",
        never: "未被受理即已失效",
    },
];

fn says(stage: &Stage, parts: &[&str]) -> bool {
    let said = stage.said();
    said.iter()
        .any(|said| parts.iter().all(|part| said.contains(part)))
}

fn lost(meaning: &'static str) -> Came {
    let cause = Fault::new("server-unreachable", Exit::Unreachable);
    let unknown = Fault::new("window-unknown", Exit::UnknownOutcome).because(cause);
    Came::Unknown(unknown.with("meaning", Value::Message(meaning.into())))
}

/// Signs what is shown; the answer is lost.
fn sign(stage: &Stage, words: &Words, document: Key, meaning: &'static str) {
    stage.press(words.agree);
    stage.ui().invoke_focus_pin();
    stage.type_text(PIN);
    stage.key(Press::Return);
    assert!(matches!(stage.wanted().as_slice(), [Effect::Sign(_)]));
    let at = "2026-11-22T08:00:01Z".parse().unwrap();
    stage.happened(Event::Came(Came::Signed(at, document)));
    stage.happened(Event::Came(lost(meaning)));
    let wanted = stage.wanted();
    let asked = |effect: &Effect| matches!(effect, Effect::Load(Wanted::Unresolved));
    assert!(wanted.iter().any(asked), "{wanted:?}");
    stage.happened(Event::Loaded(Loaded::Unresolved(vec![document])));
}

/// It is asked for by hand, and after a while by itself.
fn is_asked_for(stage: &Stage, words: &Words, document: Key) {
    stage.press(words.again);
    let wanted = stage.wanted();
    assert!(
        matches!(wanted.as_slice(), [Effect::Resolve(asked)] if *asked == document),
        "{wanted:?}"
    );
    let now = Instant::now();
    stage.happened(Event::Active(now));
    stage.happened(Event::Tick(now + RESOLVE + Duration::from_secs(1)));
    let wanted = stage.wanted();
    assert!(
        matches!(wanted.as_slice(), [Effect::ResolveAll]),
        "{wanted:?}"
    );
}

/// A dispute with its form filled in, of unknown outcome.
fn disputed(words: &Words) -> (Stage, Key) {
    let (stage, bill) = information::with_bill(words.language, Theme::Light);
    let form = |input| stage.happened(Event::Bills(bills::Input::Dispute(input)));
    form(dispute::Input::Open);
    form(dispute::Input::Text("The meter stood.".into()));
    form(dispute::Input::Review);
    let mut wanted = stage.wanted();
    let Some(Effect::Dispute(wanted)) = wanted.pop() else {
        panic!("{wanted:?}");
    };
    assert_eq!(wanted.bill, bill);
    let shown = ToSign::new(Kind::Dispute, information::signed(&wanted), fine());
    stage.happened(Event::ToSign(Box::new(shown)));
    let document = Key::Dispute(Digest::of(b"dispute"));
    sign(&stage, words, document, "window-unknown-dispute");
    (stage, document)
}

/// Own data, changed, of unknown outcome.
fn changed(words: &Words) -> (Stage, Key) {
    let stage = personal::stage(words.language, Theme::Light);
    let what = serde_json::json!({"kind": "contacts", "contacts": []});
    stage.happened(personal::to_sign(&what, false));
    let document = Key::Change(Digest::of(b"change"));
    sign(&stage, words, document, "window-unknown-change");
    (stage, document)
}

#[test]
fn what_is_unknown_is_said_asked_for_and_resolved_on_the_page_where_it_was_signed() {
    for words in &WORDS {
        for (stage, document, means) in [
            {
                let (stage, key) = disputed(words);
                (stage, key, words.dispute_means)
            },
            {
                let (stage, key) = changed(words);
                (stage, key, words.change_means)
            },
        ] {
            assert!(
                says(&stage, &[words.unknown, means, words.next]),
                "{:#?}",
                stage.said()
            );
            is_asked_for(&stage, words, document);
            // Another document's outcome changes nothing here.
            let other = Key::Dispute(Digest::of(b"other"));
            stage.happened(Event::Resolved(other, Came::Accepted(None)));
            assert!(says(&stage, &[words.unknown]));
            stage.wanted();
            stage.happened(Event::Resolved(document, lost("window-unknown-dispute")));
            assert!(says(&stage, &[words.unknown]));
            stage.happened(Event::Resolved(document, Came::Accepted(None)));
            assert!(says(&stage, &[words.done]), "{:#?}", stage.said());
            let wanted = stage.wanted();
            let reads = |effect: &Effect| {
                matches!(effect, Effect::Load(Wanted::Disputes(_) | Wanted::Profile))
            };
            assert!(wanted.iter().any(reads), "{wanted:?}");
        }
    }
}

#[test]
fn a_dispute_is_followed_on_its_page_after_one_has_left() {
    for words in &WORDS {
        for (came, said) in [
            (Came::Accepted(None), words.taken),
            (
                Came::Refused(Fault::new("window-changed", Exit::OrderRefused)),
                words.refused,
            ),
            (Came::NeverAccepted, words.never),
        ] {
            let taken = matches!(came, Came::Accepted(_));
            let (stage, document) = disputed(words);
            stage.happened(Event::Leave);
            stage.wanted();
            assert!(
                says(&stage, &[words.dispute, words.waits]),
                "{:#?}",
                stage.said()
            );
            // No second one is signed meanwhile.
            let query = stage.find(words.query).unwrap();
            assert_eq!(query.accessible_enabled(), Some(false));
            stage.press(words.again);
            assert!(matches!(stage.wanted().as_slice(), [Effect::ResolveAll]));
            stage.happened(Event::Resolved(document, came));
            stage.happened(Event::Loaded(Loaded::Unresolved(Vec::new())));
            assert!(says(&stage, &[words.dispute, said]), "{:#?}", stage.said());
            assert!(!says(&stage, &[words.waits]));
            let wanted = stage.wanted();
            let reads = |effect: &Effect| matches!(effect, Effect::Load(Wanted::Disputes(_)));
            assert_eq!(wanted.iter().any(reads), taken, "{wanted:?}");
            // What was not taken can be written again without typing it anew.
            let filled_in = says(&stage, &["The meter stood."]);
            assert_eq!(filled_in, !taken, "{:#?}", stage.said());
        }
    }
}

#[test]
fn a_change_is_followed_on_its_page_and_on_no_other() {
    for words in &WORDS {
        let (stage, document) = changed(words);
        stage.happened(Event::Leave);
        assert!(
            says(&stage, &[words.change, words.waits]),
            "{:#?}",
            stage.said()
        );
        stage.happened(Event::Go(Page::Bills));
        assert!(!says(&stage, &[words.waits]));
        stage.happened(Event::Go(Page::Personal));
        stage.wanted();
        stage.happened(Event::Resolved(document, Came::Accepted(None)));
        assert!(
            says(&stage, &[words.change, words.taken]),
            "{:#?}",
            stage.said()
        );
        let wanted = stage.wanted();
        let reads = |effect: &Effect| matches!(effect, Effect::Load(Wanted::Profile));
        assert!(wanted.iter().any(reads), "{wanted:?}");
    }
}
