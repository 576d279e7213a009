use slint::{ComponentHandle as _, SharedString};
use wattkey_client::show;
use wattkey_client::words::{self, Text};
use wattkey_desktop_ui::{AppWindow, History as Page, PaymentRow, Tone};
use wattkey_domain::OrderState;
use wattkey_protocol::api::{OrderView, SourceView};

use super::{Drawn, alone, code, count, model, safe, said};
use crate::model::Open;
use crate::model::history::Tab;

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
}

pub(super) fn hide(ui: &AppWindow) {
    let page = ui.global::<Page<'_>>();
    page.set_rows(model(Vec::new()));
    for set in [Page::set_count, Page::set_search, Page::set_failed] {
        set(&page, SharedString::new());
    }
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
    let state = order.state;
    PaymentRow {
        order: order.order.to_string().into(),
        at: at.map(minute).unwrap_or_default().into(),
        who: safe(&order.user.name),
        what: safe(&what(order, text)),
        total: show::money(order.total, order.currency).into(),
        source: safe(&how(order, text)),
        state: match unresolved {
            true => text.get("window-unknown").into(),
            false => alone(&text.get(&format!("state-{}", state.as_str()))),
        },
        tone: match state {
            _ if unresolved => Tone::Warn,
            OrderState::Settled => Tone::Good,
            OrderState::Rejected | OrderState::Returned | OrderState::Refused => Tone::Bad,
            OrderState::AwaitingApproval => Tone::Warn,
            OrderState::Accepted | OrderState::Submitted => Tone::Info,
            _ => Tone::Neutral,
        },
        receipt: !unresolved,
        unresolved,
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
