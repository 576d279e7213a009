mod reckoned;

use slint::{ComponentHandle as _, SharedString};
use wattkey_client::show;
use wattkey_client::words::Text;
use wattkey_desktop_ui::{AppWindow, BillRow, Bills as Page, Tone};
use wattkey_protocol::api::{BillState, BillSummary};

use super::{Drawn, alone, code, count, model, pair, safe, said};
use crate::model::Open;
use crate::model::bills::{Bills, Column, Loaded, STATES, is_payable};

pub(super) fn show(open: &Open, text: &Text, ui: &AppWindow, drawn: &mut Drawn) {
    let page = ui.global::<Page<'_>>();
    let bills = &open.bills;
    let version = Some((bills.version, code(text)));
    if drawn.bills != version {
        drawn.bills = version;
        page.set_rows(model(
            bills.rows().map(|bill| row(bill, bills, text)).collect(),
        ));
        let states = STATES.map(|state| match state {
            None => text.get("window-all").into(),
            Some(state) => state_words(state, text),
        });
        page.set_states(model(states.to_vec()));
    }
    let all = bills.all.as_ref().map_or(0, Vec::len);
    let values = [("shown", bills.shown.len().into()), ("all", all.into())];
    page.set_count(text.with("window-bills-count", &values).into());
    page.set_search(bills.search.as_str().into());
    page.set_state(count(
        STATES
            .iter()
            .position(|state| *state == bills.state)
            .unwrap_or(0),
    ));
    let column = Column::ALL
        .iter()
        .position(|column| *column == bills.sorted_by);
    page.set_sorted_by(count(column.unwrap_or(0)));
    page.set_descending(!bills.ascending);
    page.set_any_selected(!bills.chosen.is_empty());
    let payable = bills.rows().filter(|bill| is_payable(bill));
    let mut payable = payable
        .map(|bill| bills.chosen.contains(&bill.bill))
        .peekable();
    page.set_all_selected(payable.peek().is_some() && payable.all(|chosen| chosen));
    page.set_selection(selection(bills, text));
    page.set_loading(bills.all.is_none());
    page.set_failed(said(bills.fault.as_ref(), text));
    one(open, text, &page);
    if let Some(opened) = &bills.opened {
        super::dispute::show(opened, open.dispute_is_unknown(), text, ui);
    }
}

pub(super) fn hide(ui: &AppWindow) {
    let page = ui.global::<Page<'_>>();
    page.set_rows(model(Vec::new()));
    page.set_facts(model(Vec::new()));
    page.set_lines(model(Vec::new()));
    page.set_reckoned_notes(model(Vec::new()));
    page.set_reckoned(false);
    for set in [
        Page::set_said,
        Page::set_reckoned_said,
        Page::set_title,
        Page::set_total,
        Page::set_selection,
        Page::set_search,
        Page::set_count,
    ] {
        set(&page, SharedString::new());
    }
    page.set_opened(false);
}

fn selection(bills: &Bills, text: &Text) -> SharedString {
    let mut chosen = bills.chosen_bills().peekable();
    let Some(first) = chosen.peek() else {
        return SharedString::new();
    };
    let currency = first.currency;
    let (number, sum) = chosen
        .filter(|bill| bill.currency == currency)
        .fold((0_i64, 0_i64), |(number, sum), bill| {
            (number + 1, sum.saturating_add(bill.open))
        });
    let values = [
        ("count", number.into()),
        ("sum", show::money(sum, currency).into()),
    ];
    text.with("window-selected", &values).into()
}

fn tone(state: BillState) -> Tone {
    match state {
        BillState::Open => Tone::Warn,
        BillState::Overdue => Tone::Bad,
        BillState::InCollection => Tone::Info,
        BillState::Paid => Tone::Good,
        BillState::Cancelled => Tone::Neutral,
    }
}

fn state_words(state: BillState, text: &Text) -> SharedString {
    alone(&text.get(&format!("bill-state-{}", show::code(&state))))
}

fn row(bill: &BillSummary, bills: &Bills, text: &Text) -> BillRow {
    BillRow {
        bill: bill.bill.as_str().into(),
        account: bill.account.as_str().into(),
        period: bill.period.to_string().into(),
        due: bill.due.to_string().into(),
        total: show::money(bill.total, bill.currency).into(),
        open: show::money(bill.open, bill.currency).into(),
        state: state_words(bill.state, text),
        tone: tone(bill.state),
        payable: is_payable(bill),
        chosen: bills.chosen.contains(&bill.bill),
        disputed: match bill.disputed {
            0 => SharedString::new(),
            disputed => {
                let amount = show::money(disputed, bill.currency);
                format!("{} {amount}", text.get("how-part-disputed")).into()
            }
        },
        transfer: match bill.transfer {
            Some(_) => text.get("column-transfer").into(),
            None => SharedString::new(),
        },
    }
}

fn one(open: &Open, text: &Text, page: &Page<'_>) {
    let Some(opened) = &open.bills.opened else {
        page.set_opened(false);
        page.set_said(said(open.fault.as_ref(), text));
        return;
    };
    page.set_opened(true);
    page.set_title(opened.bill.as_str().into());
    let fault = opened.fault.as_ref().or(open.fault.as_ref());
    page.set_said(said(fault, text));
    let Some(loaded) = &opened.detail else {
        page.set_badge(text.get("window-loading").into());
        page.set_badge_tone(Tone::Neutral);
        page.set_facts(model(Vec::new()));
        page.set_lines(model(Vec::new()));
        page.set_total(SharedString::new());
        page.set_can_pay(false);
        page.set_can_reckon(false);
        return;
    };
    detail(loaded, text, page);
    reckoned::show(opened, loaded, text, page);
}

fn detail(loaded: &Loaded, text: &Text, page: &Page<'_>) {
    let bill = &loaded.detail.summary;
    let money = |minor| show::money(minor, bill.currency);
    page.set_badge(state_words(bill.state, text));
    page.set_badge_tone(tone(bill.state));
    let mut facts = vec![
        pair(text.get("window-account"), &bill.account.to_string()),
        pair(text.get("window-period"), &bill.period.to_string()),
        pair(text.get("window-issued"), &bill.issued.to_string()),
        pair(text.get("window-due"), &bill.due.to_string()),
        pair(text.get("window-open"), &money(bill.open)),
    ];
    if bill.disputed > 0 {
        let disputed = money(bill.disputed);
        facts.push(pair(text.get("how-part-disputed"), &disputed));
    }
    if let Some(order) = bill.transfer {
        facts.push(pair(text.get("line-transfer"), &order.to_string()));
    }
    if let Some(quote) = &loaded.detail.quote {
        let days = text.with("window-days-overdue", &[("days", quote.days.into())]);
        facts.push(pair(
            text.get("window-penalty"),
            &format!("{} ({days})", money(quote.penalty)),
        ));
        let mut to_pay = pair(
            text.get("window-to-pay-now"),
            &money(quote.principal.saturating_add(quote.penalty)),
        );
        to_pay.strong = true;
        facts.push(to_pay);
    }
    page.set_facts(model(facts));
    page.set_total(money(bill.total).into());
    page.set_can_pay(is_payable(bill));
}
