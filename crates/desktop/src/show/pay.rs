use slint::{ComponentHandle as _, SharedString};
use wattkey_client::show;
use wattkey_client::words::Text;
use wattkey_desktop_ui::{AppWindow, PartRow, Pay as Page};

use super::{Drawn, code, count, model};
use crate::model::Open;
use crate::model::pay::{Part, Source};

pub(super) fn show(open: &Open, text: &Text, ui: &AppWindow, drawn: &mut Drawn) {
    let page = ui.global::<Page<'_>>();
    let pay = &open.pay;
    // Rows are made anew only when they are others: a field that is typed into would lose its focus.
    let version = Some((pay.version, code(text)));
    if drawn.pay != version {
        drawn.pay = version;
        page.set_parts(model(
            pay.parts.iter().map(|part| row(part, text)).collect(),
        ));
        page.set_reference(pay.reference.as_str().into());
        page.set_day(pay.day.as_str().into());
    }
    let sum = pay.sum().zip(pay.currency());
    let sum = sum.map_or_else(
        || text.get("window-amount-wrong"),
        |(sum, currency)| show::money(sum, currency),
    );
    page.set_sum(sum.into());
    let sources = pay.sources();
    let names = sources
        .iter()
        .map(|source| SharedString::from(name(source, text)));
    page.set_sources(model(names.collect()));
    page.set_source(count(pay.source));
    page.set_source_note(
        sources
            .get(pay.source)
            .map(|source| note(source, text))
            .unwrap_or_default()
            .into(),
    );
    let wrong = pay.date().is_err();
    page.set_day_wrong(if wrong {
        text.get("window-day-wrong").into()
    } else {
        SharedString::new()
    });
    page.set_ready(pay.is_ready());
    page.set_preparing(pay.preparing);
    page.set_said(super::said(pay.fault.as_ref(), text));
}

pub(super) fn hide(ui: &AppWindow) {
    let page = ui.global::<Page<'_>>();
    page.set_parts(model(Vec::new()));
    page.set_sources(model(Vec::new()));
    for set in [
        Page::set_sum,
        Page::set_reference,
        Page::set_day,
        Page::set_source_note,
        Page::set_said,
    ] {
        set(&page, SharedString::new());
    }
}

fn row(part: &Part, text: &Text) -> PartRow {
    let bill = &part.bill;
    PartRow {
        bill: bill.bill.as_str().into(),
        account: bill.account.as_str().into(),
        due: bill.due.to_string().into(),
        open: show::money(bill.open, bill.currency).into(),
        amount: part.written.as_str().into(),
        wrong: match part.minor() {
            Some(_) => SharedString::new(),
            None => text.get("window-amount-wrong").into(),
        },
    }
}

fn name(source: &Source, text: &Text) -> String {
    match source {
        Source::Mandate(mandate) => text.with(
            "window-by-mandate",
            &[("account", ending(&mandate.debtor_account).into())],
        ),
        Source::Transfer => text.get("window-by-transfer"),
        Source::Deposit(deposit) => text.with(
            "window-by-deposit",
            &[("account", deposit.account.to_string().into())],
        ),
    }
}

fn note(source: &Source, text: &Text) -> String {
    match source {
        Source::Mandate(mandate) => text.with(
            "window-mandate-note",
            &[
                ("name", mandate.debtor_name.as_str().into()),
                ("account", mandate.debtor_account.as_str().into()),
                ("mandate", mandate.mandate.to_string().into()),
            ],
        ),
        Source::Transfer => text.get("window-transfer-note"),
        Source::Deposit(deposit) => {
            let balance = show::money(deposit.balance, deposit.currency);
            text.with("window-deposit-note", &[("balance", balance.into())])
        }
    }
}

/// The last characters of an account, as people tell accounts apart.
fn ending(account: &str) -> String {
    let skipped = account.chars().count().saturating_sub(4);
    account.chars().skip(skipped).collect()
}
