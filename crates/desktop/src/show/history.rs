use slint::{ComponentHandle as _, SharedString};
use wattkey_client::show;
use wattkey_client::words::{self, Text};
use wattkey_desktop_ui::{AppWindow, History as Page, PaidRow, PaymentRow, Tone};
use wattkey_domain::OrderState;
use wattkey_protocol::api::{OrderView, SourceView};

use super::{Drawn, alone, code, count, model, pair, safe, said};
use crate::model::Open;
use crate::model::history::{Tab, awaits_transfer};

pub(super) fn show(open: &Open, text: &Text, ui: &AppWindow, drawn: &mut Drawn) {
    let page = ui.global::<Page<'_>>();
    let history = &open.history;
    let version = Some((history.version, code(text)));
    if drawn.history != version {
        drawn.history = version;
        let rows = history.rows().map(|order| {
            let unresolved = history.unresolved.contains(&order.order);
            row(order, unresolved, text)
        });
        page.set_rows(model(rows.collect()));
    }
    let all = history.all.as_ref().map_or(0, Vec::len);
    let values = [("shown", history.shown.len().into()), ("all", all.into())];
    page.set_count(text.with("window-payments-count", &values).into());
    page.set_search(history.search.as_str().into());
    page.set_tab(count(
        Tab::ALL
            .iter()
            .position(|tab| *tab == history.tab)
            .unwrap_or(0),
    ));
    page.set_loading(history.all.is_none());
    let fault = match history.tab {
        Tab::Payments => history.fault.as_ref(),
        Tab::Statement => open.statement.fault.as_ref(),
        Tab::Receipt => None,
    };
    let fault = fault.or(open.fault.as_ref());
    page.set_failed(said(fault, text));
    one(open, text, &page);
}

pub(super) fn hide(ui: &AppWindow) {
    let page = ui.global::<Page<'_>>();
    page.set_rows(model(Vec::new()));
    page.set_opened(false);
    page.set_facts(model(Vec::new()));
    page.set_parts(model(Vec::new()));
    page.set_events(model(Vec::new()));
    for set in [
        Page::set_count,
        Page::set_search,
        Page::set_failed,
        Page::set_order,
        Page::set_total,
        Page::set_transfer,
    ] {
        set(&page, SharedString::new());
    }
}

/// The payment that is looked at.
fn one(open: &Open, text: &Text, page: &Page<'_>) {
    let history = &open.history;
    let order = history.opened();
    page.set_opened(order.is_some());
    let Some(order) = order else { return };
    let unresolved = history.unresolved.contains(&order.order);
    page.set_order(order.order.to_string().into());
    page.set_total(show::money(order.total, order.currency).into());
    page.set_badge(state(order, unresolved, text));
    page.set_badge_tone(tone(order, unresolved));
    let mut facts = vec![
        pair(text.get("label-order"), &order.order.to_string()),
        pair(text.get("label-user"), &order.user.name),
    ];
    let terms = words::order::terms(text, order).into_iter();
    let terms = terms.filter(|(_, value)| !value.is_empty());
    facts.extend(terms.map(|(label, value)| pair(label, &value)));
    page.set_facts(model(facts));
    page.set_parts(model(parts(order, text)));
    let events = words::order::history(text, order).into_iter();
    let events = events.map(|(label, value)| pair(alone(&label).into(), &value));
    page.set_events(model(events.collect()));
    let transfer = Some(order).filter(|order| awaits_transfer(order));
    let transfer = transfer.and_then(|order| words::order::transfer(text, &open.me.payee, order));
    page.set_transfer(safe(&transfer.unwrap_or_default()));
    page.set_can_cancel(history.may_cancel(&open.me, order));
    page.set_receipt(!unresolved);
    page.set_unresolved(unresolved);
}

/// What an order pays, each part with its amounts.
fn parts(order: &OrderView, text: &Text) -> Vec<PaidRow> {
    let money = |minor| SharedString::from(show::money(minor, order.currency));
    let bills = order.bills.iter().map(|bill| PaidRow {
        what: bill.bill.as_str().into(),
        principal: money(bill.principal),
        penalty: money(bill.penalty),
        amount: money(bill.principal.saturating_add(bill.penalty)),
    });
    let into = order.deposit.as_ref().map(|part| {
        let values = [("account", part.account.to_string().into())];
        (text.with("window-into-deposit", &values), part.amount)
    });
    let out = order.refund.as_ref().map(|part| {
        let values = [("mandate", part.mandate.to_string().into())];
        (text.with("window-to-mandate", &values), part.amount)
    });
    let deposits = [into, out].into_iter().flatten();
    let deposits = deposits.map(|(what, amount)| PaidRow {
        what: what.into(),
        amount: money(amount),
        ..PaidRow::default()
    });
    bills.chain(deposits).collect()
}

/// What an order pays, in a few words.
pub(super) fn what(order: &OrderView, text: &Text) -> String {
    match (order.bills.as_slice(), &order.deposit, &order.refund) {
        ([], Some(deposit), _) => text.with(
            "window-into-deposit",
            &[("account", deposit.account.to_string().into())],
        ),
        ([], None, Some(_)) => text.get("window-out-of-deposit"),
        ([one], ..) => one.bill.to_string(),
        (bills, ..) => {
            let first = bills.first().map(|bill| bill.bill.to_string());
            let values = [
                ("first", first.unwrap_or_default().into()),
                ("more", bills.len().saturating_sub(1).into()),
            ];
            text.with("window-bills-and-more", &values)
        }
    }
}

fn row(order: &OrderView, unresolved: bool, text: &Text) -> PaymentRow {
    let at = order.history.first().map(|event| event.at);
    PaymentRow {
        order: order.order.to_string().into(),
        at: at.map(minute).unwrap_or_default().into(),
        who: safe(&order.user.name),
        what: safe(&what(order, text)),
        total: show::money(order.total, order.currency).into(),
        source: safe(&how(order, text)),
        state: state(order, unresolved, text),
        tone: tone(order, unresolved),
        receipt: !unresolved,
        unresolved,
    }
}

fn state(order: &OrderView, unresolved: bool, text: &Text) -> SharedString {
    match unresolved {
        true => text.get("window-unknown").into(),
        false => alone(&text.get(&format!("state-{}", order.state.as_str()))),
    }
}

fn tone(order: &OrderView, unresolved: bool) -> Tone {
    match order.state {
        _ if unresolved => Tone::Warn,
        OrderState::Settled => Tone::Good,
        OrderState::Rejected | OrderState::Returned | OrderState::Refused => Tone::Bad,
        OrderState::AwaitingApproval => Tone::Warn,
        OrderState::Accepted | OrderState::Submitted => Tone::Info,
        _ => Tone::Neutral,
    }
}

/// Where the money comes from, the customer's reference, and what the order waits for.
fn how(order: &OrderView, text: &Text) -> String {
    let mut parts = vec![text.get(&format!("source-{}", order.source.kind().as_str()))];
    if let SourceView::Transfer { creditor_reference } = &order.source {
        parts.push(show::reference(creditor_reference));
    }
    if !order.reference.is_empty() {
        parts.push(order.reference.clone());
    }
    let awaits = order.awaiting.as_ref().and_then(|awaiting| {
        let what = words::order::awaits(text, awaiting.what);
        Some(format!("{what} {}", minute(awaiting.until?)))
    });
    parts.extend(awaits);
    parts.join(" · ")
}

/// A minute of this PC's day.
pub(super) fn minute(at: jiff::Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::system())
        .strftime("%Y-%m-%d %H:%M")
        .to_string()
}
