use slint::{ComponentHandle as _, SharedString};
use wattkey_client::words::Text;
use wattkey_client::{show, tables};
use wattkey_desktop_ui::{AppWindow, Receipt as ReceiptPage, Statement as Page, Tone};
use wattkey_protocol::receipt::Receipt;

use super::{Drawn, code, count, model, pair, safe, said, table};
use crate::model::Open;
use crate::model::history::Verified;

pub(super) fn show(open: &Open, text: &Text, ui: &AppWindow, drawn: &mut Drawn) {
    receipt(open, text, ui);
    let page = ui.global::<Page<'_>>();
    let statement = &open.statement;
    let accounts = open.overview.accounts.iter().flatten();
    let accounts: Vec<SharedString> = accounts
        .map(|account| safe(&format!("{} · {}", account.account, account.name)))
        .collect();
    if table::is_other(&page.get_accounts(), &accounts) {
        page.set_accounts(model(accounts));
    }
    page.set_account(count(statement.account));
    page.set_from(statement.from.as_str().into());
    page.set_to(statement.to.as_str().into());
    let empty = statement.from.is_empty() && statement.to.is_empty();
    page.set_wrong(match statement.days().is_none() && !empty {
        true => text.get("window-months-wrong").into(),
        false => SharedString::new(),
    });
    page.set_loading(statement.loading);
    page.set_there(statement.shown.is_some());
    page.set_deposit(statement.deposit);
    let version = Some((statement.version, code(text)));
    if drawn.statement == version {
        return;
    }
    drawn.statement = version;
    let Some(shown) = &statement.shown else {
        return;
    };
    let entries = table::of(&tables::statement(shown, &statement.entries()), text);
    page.set_columns(model(entries.columns));
    page.set_chars(entries.chars);
    page.set_rows(model(entries.rows));
    let money = |minor| show::money(minor, shown.currency);
    let (opening, closing) = match statement.deposit {
        true => (shown.opening.deposit, shown.closing.deposit),
        false => (shown.opening.owed, shown.closing.owed),
    };
    let mut facts = vec![
        pair(
            text.get("line-days"),
            &format!("{} – {}", shown.from, shown.to),
        ),
        pair(text.get("line-opening"), &money(opening)),
        pair(text.get("line-closing"), &money(closing)),
    ];
    if let Some(last) = facts.last_mut() {
        last.strong = true;
    }
    if !statement.deposit && shown.closing.in_collection > 0 {
        let held = money(shown.closing.in_collection);
        facts.push(pair(text.get("line-in-collection"), &held));
    }
    page.set_facts(model(facts));
}

pub(super) fn hide(ui: &AppWindow) {
    let page = ui.global::<Page<'_>>();
    page.set_accounts(model(Vec::new()));
    page.set_columns(model(Vec::new()));
    page.set_rows(model(Vec::new()));
    page.set_facts(model(Vec::new()));
    let page = ui.global::<ReceiptPage<'_>>();
    page.set_file(SharedString::new());
    page.set_said(SharedString::new());
    page.set_facts(model(Vec::new()));
}

/// What a receipt in a file proves.
fn receipt(open: &Open, text: &Text, ui: &AppWindow) {
    let page = ui.global::<ReceiptPage<'_>>();
    page.set_file(open.history.file.as_str().into());
    match &open.history.verified {
        None => {
            page.set_said(SharedString::new());
            page.set_facts(model(Vec::new()));
        }
        Some(Err(fault)) => {
            page.set_said(said(Some(fault), text));
            page.set_said_tone(Tone::Bad);
            page.set_facts(model(Vec::new()));
        }
        Some(Ok(verified)) => {
            page.set_said(text.get("receipt-good").into());
            page.set_said_tone(Tone::Good);
            page.set_facts(model(facts(verified, text)));
        }
    }
}

fn facts(verified: &Verified, text: &Text) -> Vec<wattkey_desktop_ui::Pair> {
    let receipt: &Receipt = &verified.receipt;
    let money = |minor| show::money(minor, receipt.currency);
    let line = |id: &str, value: String| pair(text.get(id), &value);
    let state = format!("state-{}", show::code(&receipt.state));
    let mut rows = vec![
        line("label-order", receipt.order.to_string()),
        line("line-state", text.get(&state)),
        line("line-as-of", show::time(receipt.as_of)),
        line("label-audience", receipt.audience.clone()),
    ];
    for bill in &receipt.bills {
        rows.push(line("label-bill", bill.bill.to_string()));
        rows.push(line("label-principal", money(bill.principal)));
        rows.push(line("label-penalty", money(bill.penalty)));
    }
    if let Some(part) = &receipt.deposit {
        rows.push(line("label-deposit", part.account.to_string()));
        rows.push(line("label-deposit-amount", money(part.amount)));
    }
    if let Some(part) = &receipt.refund {
        rows.push(line("label-refund", part.mandate.to_string()));
        rows.push(line("label-refund-amount", money(part.amount)));
    }
    let mut total = line("label-total", money(receipt.total));
    total.strong = true;
    rows.push(total);
    let source = format!("source-{}", receipt.source.as_str());
    rows.push(line("label-source", text.get(&source)));
    rows.push(line("label-reference", receipt.reference.clone()));
    rows.push(line("line-receipt-code", verified.code.to_string()));
    rows
}
