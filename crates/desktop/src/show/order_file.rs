use std::collections::BTreeMap;

use slint::{ComponentHandle as _, SharedString};
use wattkey_client::batch::{PlannedBill, PlannedOrder, Preview};
use wattkey_client::order_file::{Problem, WantedSource};
use wattkey_client::show;
use wattkey_client::words::{Arg, Text};
use wattkey_desktop_ui::{
    AppWindow, OrderFile as Page, Pair, PlannedRow, Sign, StepRow, Tone, WrongRow,
};
use wattkey_domain::OrderState;

use super::{Drawn, code, history, model, pair, safe, said};
use crate::model::Open;
use crate::model::order_file::{At, Busy, OrderFile, Previewed, Row};
use crate::model::signing::{Kind, Signing, Step};

pub(super) fn show(open: &Open, text: &Text, ui: &AppWindow, drawn: &mut Drawn) {
    let page = ui.global::<Page<'_>>();
    let file = &open.order_file;
    page.set_opened(file.opened);
    page.set_can_import(file.can_import());
    page.set_can_review(file.can_review());
    page.set_busy(file.busy != Busy::No);
    let (progress, per_mille) = progress(file, text);
    page.set_progress(progress.into());
    page.set_per_mille(per_mille);
    page.set_said(said(file.fault.as_ref(), text));
    let found = file.found.iter().map(|path| safe(path));
    page.set_found(model(found.collect()));
    page.set_path(file.path.as_str().into());
    let version = Some((file.version, code(text)));
    if drawn.order_file != version {
        drawn.order_file = version;
        previewed(file.previewed.as_deref(), text, &page);
    }
}

pub(super) fn hide(ui: &AppWindow) {
    let page = ui.global::<Page<'_>>();
    previewed_is_none(&page);
    page.set_found(model(Vec::new()));
    for set in [Page::set_path, Page::set_progress, Page::set_said] {
        set(&page, SharedString::new());
    }
    page.set_opened(false);
}

fn previewed_is_none(page: &Page<'_>) {
    page.set_rows(model(Vec::new()));
    page.set_wrong(model(Vec::new()));
    page.set_sums(model(Vec::new()));
    for set in [Page::set_name, Page::set_total, Page::set_noted] {
        set(page, SharedString::new());
    }
}

fn progress(file: &OrderFile, text: &Text) -> (String, i32) {
    let (id, number, of) = match file.busy {
        Busy::No => return (String::new(), 0),
        Busy::Previewing(..) if file.stopping => ("window-stopping", 0, 0),
        Busy::Previewing(number, of) => ("window-previewing", number, of),
        Busy::Building(number, of) => ("window-building", number, of),
    };
    if of == 0 {
        return (text.get("window-working"), 0);
    }
    let words = text.with(id, &[("n", (number + 1).into()), ("of", of.into())]);
    let per_mille = number.saturating_mul(1000) / of.max(1);
    (words, i32::try_from(per_mille).unwrap_or(1000))
}

fn previewed(found: Option<&Previewed>, text: &Text, page: &Page<'_>) {
    previewed_is_none(page);
    let Some(found) = found else { return };
    page.set_name(safe(&found.name));
    let wrong = found.problems.iter().map(|problem| wrong(problem, text));
    page.set_wrong(model(wrong.collect()));
    let mut notes = Vec::new();
    if !found.problems.is_empty() {
        let count = found.problems.len();
        notes.push(text.with("window-file-not-right", &[("count", count.into())]));
    } else if found.preview.is_none() {
        notes.push(text.get("orders-nothing-left"));
    }
    if !found.done.is_empty() {
        let lines: Vec<String> = found
            .done
            .iter()
            .map(|(line, _)| line.to_string())
            .collect();
        notes.push(text.with("orders-done-before", &[("lines", lines.join(", ").into())]));
    }
    if found.again {
        let at = history::minute(found.imported);
        notes.push(text.with("window-file-again", &[("at", at.into())]));
    }
    page.set_noted_tone(match found.problems.is_empty() {
        true => Tone::Warn,
        false => Tone::Bad,
    });
    page.set_noted(notes.join(text.between_sentences()).into());
    let Some(preview) = &found.preview else {
        return;
    };
    page.set_total(show::money(preview.total(), preview.currency).into());
    page.set_sums(model(sums(preview, text)));
    let rows = preview
        .bills()
        .map(|(order, bill)| planned(order, bill, preview, text));
    page.set_rows(model(rows.collect()));
}

fn wrong(problem: &Problem, text: &Text) -> WrongRow {
    let value = problem.value.clone();
    let words = text.with(
        &format!("wrong-{}", problem.code),
        &[("value", value.into())],
    );
    WrongRow {
        line: problem
            .line
            .map_or_else(|| "–".into(), |line| line.to_string().into()),
        field: problem.field.unwrap_or_default().into(),
        text: safe(&words),
    }
}

/// Orders and totals by contract account and by source.
fn sums(preview: &Preview, text: &Text) -> Vec<Pair> {
    let money = |minor| show::money(minor, preview.currency);
    let of = |bills: usize, minor: i64| {
        text.with(
            "window-bills-and-sum",
            &[("bills", bills.into()), ("sum", money(minor).into())],
        )
    };
    let mut pairs = vec![pair(
        text.get("window-signatures"),
        &text.with(
            "window-orders-count",
            &[("orders", preview.orders.len().into())],
        ),
    )];
    let mut accounts: BTreeMap<String, (usize, i64)> = BTreeMap::new();
    let mut sources: BTreeMap<String, (usize, i64)> = BTreeMap::new();
    let mut penalties = 0_i64;
    for (order, bill) in preview.bills() {
        penalties = penalties.saturating_add(bill.penalty);
        for (sums, name) in [
            (&mut accounts, bill.account.to_string()),
            (&mut sources, source(&order.source, text)),
        ] {
            let sum = sums.entry(name).or_default();
            *sum = (sum.0 + 1, sum.1.saturating_add(bill.total()));
        }
    }
    pairs.push(pair(text.get("window-penalty"), &money(penalties)));
    let all = sources.into_iter().chain(accounts);
    pairs.extend(all.map(|(name, (bills, sum))| pair(name, &of(bills, sum))));
    pairs
}

fn source(source: &WantedSource, text: &Text) -> String {
    match source {
        WantedSource::Mandate(Some(mandate)) => {
            format!("{} {mandate}", text.get("source-mandate"))
        }
        WantedSource::Mandate(None) => text.get("source-mandate"),
        WantedSource::Transfer => text.get("source-transfer"),
        WantedSource::Deposit(account) => format!("{} {account}", text.get("source-deposit")),
    }
}

fn planned(order: &PlannedOrder, bill: &PlannedBill, preview: &Preview, text: &Text) -> PlannedRow {
    let money = |minor| show::money(minor, preview.currency);
    let day = order
        .execute
        .map(|day| format!(" · {day}"))
        .unwrap_or_default();
    PlannedRow {
        line: bill.line.to_string().into(),
        bill: bill.bill.as_str().into(),
        account: bill.account.as_str().into(),
        source: (source(&order.source, text) + &day).into(),
        reference: safe(&order.reference),
        principal: money(bill.principal).into(),
        penalty: match bill.penalty {
            0 => SharedString::new(),
            penalty => text
                .with("window-plus-penalty", &[("penalty", money(penalty).into())])
                .into(),
        },
    }
}

/// On the page of what is signed: the orders one below the other, and a way to stop.
pub(super) fn outcome(open: &Open, signing: &Signing, text: &Text, page: &Sign<'_>) {
    let of_file = signing.shown.kind == Kind::OrderFile;
    let under_way = matches!(signing.step, Step::Signing | Step::Sent);
    page.set_can_stop(of_file && under_way && !open.order_file.stopping);
    if !of_file {
        return;
    }
    let run = &open.order_file.run;
    let rows = run
        .iter()
        .zip(1_usize..)
        .map(|(row, number)| step(row, number, run.len(), text));
    page.set_progress(model(rows.collect()));
    let counts = [
        ("accepted", Arg::from(open.order_file.accepted())),
        ("of", run.len().into()),
    ];
    match signing.step {
        Step::Accepted => {
            page.set_outcome(text.with("window-file-accepted", &counts).into());
            page.set_outcome_tone(Tone::Good);
        }
        Step::Signing | Step::Sent => {
            page.set_outcome(text.with("window-file-under-way", &counts).into());
            page.set_outcome_next(SharedString::new());
            page.set_outcome_tone(Tone::Info);
        }
        _ => {}
    }
}

fn step(row: &Row, number: usize, of: usize, text: &Text) -> StepRow {
    let (said, tone) = match &row.at {
        At::NotSigned => (text.get("window-not-signed"), Tone::Neutral),
        At::Signing => (text.get("window-signing"), Tone::Info),
        At::Sent => (text.get("window-step-sent"), Tone::Info),
        At::Known(state) => (text.get(&format!("state-{}", state.as_str())), tone(*state)),
        At::Refused(fault) => (fault.told(text).0, Tone::Bad),
        At::NeverAccepted => (text.get("window-outcome-never"), Tone::Bad),
        At::Unknown => (text.get("window-unknown"), Tone::Warn),
    };
    let total = show::money(row.total, row.currency);
    let values = [
        ("n", Arg::from(number)),
        ("of", of.into()),
        ("total", total.into()),
    ];
    let mut words = text.with("window-order-of", &values);
    if !row.reference.is_empty() {
        words = format!("{words} · {}", row.reference);
    }
    StepRow {
        text: safe(&words),
        at: safe(&said),
        done: !matches!(row.at, At::NotSigned | At::Signing | At::Sent | At::Unknown),
        current: matches!(row.at, At::Signing | At::Sent | At::Unknown),
        tone,
    }
}

fn tone(state: OrderState) -> Tone {
    match state {
        OrderState::Rejected | OrderState::Returned | OrderState::Refused => Tone::Bad,
        OrderState::AwaitingApproval => Tone::Warn,
        _ => Tone::Good,
    }
}
