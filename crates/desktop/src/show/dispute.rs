use slint::{ComponentHandle as _, SharedString};
use wattkey_client::show;
use wattkey_client::words::{Lang, Text};
use wattkey_desktop_ui::{AppWindow, Dispute as Page, DisputeRow, Tone};
use wattkey_domain::{BillDocument, DisputeOutcome, DisputeReason, Line};
use wattkey_protocol::dispute::{DisputeState, DisputeView};

use super::{count, model, safe, table};
use crate::model::bills::Opened;
use crate::model::dispute::{Form, is_open};

/// While one is of unknown outcome no other one is opened or taken back; what was filled in stays.
pub(super) fn show(opened: &Opened, is_unknown: bool, text: &Text, ui: &AppWindow) {
    let page = ui.global::<Page<'_>>();
    let document = opened.detail.as_ref().map(|loaded| &loaded.document);
    let rows = opened.disputes.iter().map(|view| DisputeRow {
        open: is_open(view) && !is_unknown,
        ..row(view, document, text)
    });
    page.set_rows(model(rows.collect()));
    page.set_can_open(document.is_some() && !is_unknown);
    match (&opened.form, document) {
        (Some(form), Some(document)) if !is_unknown => fill(form, document, text, &page),
        _ => page.set_shown(false),
    }
}

pub(super) fn hide(ui: &AppWindow) {
    let page = ui.global::<Page<'_>>();
    page.set_shown(false);
    page.set_rows(model(Vec::new()));
    page.set_lines(model(Vec::new()));
    page.set_text(SharedString::new());
    page.set_amount(SharedString::new());
}

fn fill(form: &Form, document: &BillDocument, text: &Text, page: &Page<'_>) {
    let mut lines = vec![SharedString::from(text.get("dispute-line-all"))];
    lines.extend(document.lines.iter().zip(1_u32..).map(|(line, number)| {
        let amount = show::money(line.amount.minor(), document.currency());
        safe(&format!("{number} · {} · {amount}", named(line, text)))
    }));
    if table::is_other(&page.get_lines(), &lines) {
        page.set_lines(model(lines));
    }
    let reasons = DisputeReason::ALL.iter();
    let reasons: Vec<SharedString> = reasons
        .map(|reason| {
            text.get(&format!("dispute-reason-{}", reason.as_str()))
                .into()
        })
        .collect();
    if table::is_other(&page.get_reasons(), &reasons) {
        page.set_reasons(model(reasons));
    }
    page.set_line(count(form.line));
    page.set_amount(form.amount.as_str().into());
    let wrong = !form.amount.trim().is_empty() && form.minor(document).is_none();
    page.set_amount_wrong(match wrong {
        true => text.get("window-amount-wrong").into(),
        false => SharedString::new(),
    });
    page.set_reason(count(form.reason));
    page.set_text(form.text.as_str().into());
    page.set_ready(form.wanted(document).is_some());
    page.set_shown(true);
}

fn named<'a>(line: &'a Line, text: &Text) -> &'a str {
    match text.lang() {
        Lang::En => &line.text.en,
        Lang::Zh => &line.text.zh,
    }
}

fn row(view: &DisputeView, document: Option<&BillDocument>, text: &Text) -> DisputeRow {
    let terms = &view.terms;
    let line = terms.line.and_then(|number| {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        let line = document?.lines.get(index)?;
        Some(format!("{number} · {}", named(line, text)))
    });
    let what = match (line, terms.line) {
        (Some(line), _) => line,
        (None, Some(number)) => number.to_string(),
        (None, None) => text.get("dispute-line-all"),
    };
    let amount = show::money(terms.amount, terms.currency);
    let reason = text.get(&format!("dispute-reason-{}", terms.reason.as_str()));
    let state = match &view.answer {
        Some(answer) => format!("{}-{}", view.state.as_str(), answer.outcome.as_str()),
        None => view.state.as_str().to_owned(),
    };
    DisputeRow {
        title: safe(&format!("{what}: {amount}")),
        text: safe(&format!(
            "{} · {} · {reason}: {}",
            super::history::minute(view.at),
            view.user.name,
            terms.text
        )),
        answer: view
            .answer
            .as_ref()
            .map(|answer| safe(&format!("{} · {}", answer.answered, answer.text)))
            .unwrap_or_default(),
        state: text.get(&format!("dispute-state-{state}")).into(),
        tone: match (
            view.state,
            view.answer.as_ref().map(|answer| answer.outcome),
        ) {
            (DisputeState::Open, _) => Tone::Warn,
            (_, Some(DisputeOutcome::Upheld)) => Tone::Good,
            (_, Some(DisputeOutcome::Partly)) => Tone::Info,
            (_, Some(DisputeOutcome::Rejected)) => Tone::Bad,
            _ => Tone::Neutral,
        },
        open: is_open(view),
    }
}
