//! How an order is paid, what it waits for, and what became of it.

use wattkey_protocol::api::{AwaitingWhat, OrderView, SourceView};
use wattkey_protocol::order::Payee;

use super::Text;
use crate::show;

/// What it waits for; a point in time follows.
#[must_use]
pub fn awaits(text: &Text, what: AwaitingWhat) -> String {
    text.get(match what {
        AwaitingWhat::Approval => "awaiting-approval",
        AwaitingWhat::Transfer => "awaiting-transfer",
        AwaitingWhat::Day => "awaiting-day",
    })
}

/// What is to be transferred, where the customer pays it by a transfer of his own.
#[must_use]
pub fn transfer(text: &Text, payee: &Payee, order: &OrderView) -> Option<String> {
    let SourceView::Transfer { creditor_reference } = &order.source else {
        return None;
    };
    let values = [
        ("total", show::money(order.total, order.currency).into()),
        ("payee", payee.name.clone().into()),
        ("account", payee.account.clone().into()),
        ("reference", show::reference(creditor_reference).into()),
    ];
    Some(text.with("transfer-told", &values))
}

/// How it is paid, when and with which references, and what it waits for: labels and values.
#[must_use]
pub fn terms(text: &Text, order: &OrderView) -> Vec<(String, String)> {
    let line = |id: &str, value: String| (text.get(id), value);
    let kind = format!("source-{}", order.source.kind().as_str());
    let mut lines = vec![
        line("label-source", text.get(&kind)),
        match &order.source {
            SourceView::Mandate { mandate } => line("label-mandate", mandate.to_string()),
            SourceView::Transfer { creditor_reference } => line(
                "label-creditor-reference",
                show::reference(creditor_reference),
            ),
            SourceView::Deposit { account } => line("label-from-deposit", account.to_string()),
        },
    ];
    if let Some(day) = order.execute {
        lines.push(line("label-execute", day.to_string()));
    }
    lines.push(line("label-reference", order.reference.clone()));
    lines.push(line("line-order-digest", order.digest.to_string()));
    if let Some(awaiting) = &order.awaiting {
        let until = awaiting.until.map(show::time).unwrap_or_default();
        lines.push((awaits(text, awaiting.what), until));
    }
    lines
}

/// What people decided on it, and how it moved, oldest first: labels and values.
#[must_use]
pub fn history(text: &Text, order: &OrderView) -> Vec<(String, String)> {
    let decisions = order.decisions.iter().map(|decision| {
        let at = format!("{}, {}", show::time(decision.at), decision.user.name);
        (text.get(&format!("decision-{}", decision.decision)), at)
    });
    let events = order.history.iter().map(|event| {
        let note = event.note.as_ref().map(|note| format!(" ({note})"));
        let at = show::time(event.at) + &note.unwrap_or_default();
        (text.get(&format!("state-{}", event.state.as_str())), at)
    });
    decisions.chain(events).collect()
}
