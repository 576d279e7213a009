//! What an order waits for.

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
