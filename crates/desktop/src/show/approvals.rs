use slint::{ComponentHandle as _, SharedString};
use wattkey_client::show;
use wattkey_client::words::Text;
use wattkey_desktop_ui::{AppWindow, ApprovalRow, Approvals as Page};

use super::{history, model, safe, said, sign};
use crate::model::Open;

pub(super) fn show(open: &Open, text: &Text, ui: &AppWindow) {
    let page = ui.global::<Page<'_>>();
    let rows = open.approvals.iter().flatten().map(|order| {
        let until = order
            .awaiting
            .and_then(|awaiting| awaiting.until)
            .map(history::minute);
        let until = until.map(|until| text.with("window-until", &[("time", until.into())]));
        let at = order.history.first().map(|event| history::minute(event.at));
        ApprovalRow {
            order: order.order.to_string().into(),
            who: safe(&order.user.name),
            at: at.unwrap_or_default().into(),
            what: safe(&history::what(order, text)),
            total: show::money(order.total, order.currency).into(),
            until: until.unwrap_or_default().into(),
            digest: sign::short(&order.digest.to_string()).into(),
        }
    });
    page.set_rows(model(rows.collect()));
    page.set_loading(open.approvals.is_none());
    page.set_said(said(open.fault.as_ref(), text));
}

pub(super) fn hide(ui: &AppWindow) {
    let page = ui.global::<Page<'_>>();
    page.set_rows(model(Vec::new()));
    page.set_said(SharedString::new());
}
