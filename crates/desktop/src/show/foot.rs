//! The foot of each page: what became of something, and what is not known yet. It has its own place, so
//! that nothing is moved by it.

use slint::{ComponentHandle as _, SharedString};
use wattkey_client::journal::Key;
use wattkey_client::words::Text;
use wattkey_desktop_ui::{AppWindow, Shell, Tone};

use super::{safe, said};
use crate::model::Open;
use crate::model::unknown::Told;

pub(super) fn show(open: &Open, text: &Text, ui: &AppWindow) {
    let shell = ui.global::<Shell<'_>>();
    let (words, tone) = match &open.told {
        None => (SharedString::new(), Tone::Neutral),
        Some(told) => words(told, text),
    };
    shell.set_told(words);
    shell.set_told_tone(tone);
    shell.set_unknown(unknown(open, text).into());
}

pub(super) fn hide(ui: &AppWindow) {
    let shell = ui.global::<Shell<'_>>();
    shell.set_told(SharedString::new());
    shell.set_unknown(SharedString::new());
}

fn words(told: &Told, text: &Text) -> (SharedString, Tone) {
    let known = |id: &str, document: &Key, why: String| {
        let values = [("what", name(*document, text).into()), ("why", why.into())];
        safe(&text.with(id, &values))
    };
    match told {
        Told::Saved(file) => {
            let values = [("file", file.as_str().into())];
            (text.with("window-saved", &values).into(), Tone::Good)
        }
        Told::NotSaved(fault) => (said(Some(fault), text), Tone::Bad),
        Told::Taken(document) => (
            known("window-known-taken", document, String::new()),
            Tone::Good,
        ),
        Told::Refused(document, fault) => {
            let why = said(Some(fault), text).to_string();
            (known("window-known-refused", document, why), Tone::Bad)
        }
        Told::NeverAccepted(document) => (
            known("window-known-never", document, String::new()),
            Tone::Bad,
        ),
    }
}

/// What of unknown outcome belongs to this page.
fn unknown(open: &Open, text: &Text) -> String {
    let mut counts: Vec<(String, usize)> = Vec::new();
    let mut orders = 0_usize;
    for document in open.unknown_here() {
        let name = name(document, text);
        match counts.iter_mut().find(|(known, _)| *known == name) {
            _ if document.order().is_some() => orders += 1,
            Some((_, count)) => *count += 1,
            None => counts.push((name, 1)),
        }
    }
    let mut lines = Vec::new();
    if orders > 0 {
        lines.push(text.with("window-unresolved", &[("count", orders.into())]));
    }
    lines.extend(counts.into_iter().map(|(name, count)| {
        let values = [("what", name.into()), ("count", count.into())];
        text.with("window-unresolved-document", &values)
    }));
    lines.join(text.between_sentences())
}

/// What kind of document it is.
fn name(document: Key, text: &Text) -> String {
    text.get(match document {
        Key::Order(_) => "window-sign-payment",
        Key::Decision(_) => "window-document-decision",
        Key::Instruction(_) => "window-document-instruction",
        Key::Change(_) => "window-sign-change",
        Key::ChangeDecision(_) => "window-document-change-decision",
        Key::Dispute(_) => "window-sign-dispute",
        Key::Acknowledgement(_) => "window-document-acknowledgement",
    })
}
