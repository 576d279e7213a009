//! What the user is shown of an order, made in one place.

use super::{Order, OrderBill, Source};
use crate::lines::{Label, Line, Value};

/// Every member of the document, in the order in which it is shown. What the document has not
/// (deposit, refund, day of execution) has no line.
#[must_use]
pub fn render(order: &Order) -> Vec<Line> {
    let mut lines = vec![
        Line::text(Label::Payee, &order.payee.name),
        Line::text(Label::PayeeAccount, &order.payee.account),
        Line::named(Label::Customer, &order.customer),
        Line::named(Label::User, &order.user),
    ];
    for part in &order.bills {
        lines.extend(bill(order, part));
    }
    if let Some(part) = &order.deposit {
        lines.extend([
            Line::text(Label::Deposit, &part.account),
            Line::money(Label::DepositAmount, part.amount, order.currency),
        ]);
    }
    if let Some(part) = &order.refund {
        lines.extend([
            Line::text(Label::Refund, &part.mandate),
            Line::text(Label::RefundAccount, &part.account),
            Line::money(Label::RefundAmount, part.amount, order.currency),
        ]);
    }
    lines.extend([
        Line::money(Label::Total, order.total, order.currency),
        Line::new(Label::Source, Value::Source(order.source.kind())),
    ]);
    lines.extend(source(&order.source));
    if let Some(day) = order.execute {
        lines.push(Line::new(Label::Execute, Value::Day(day)));
    }
    lines.extend([
        Line::text(Label::Reference, &order.reference),
        Line::time(Label::Created, order.created),
        Line::time(Label::Expires, order.expires),
        Line::text(Label::Order, order.order),
        Line::text(Label::Audience, &order.audience),
    ]);
    lines
}

fn bill(order: &Order, bill: &OrderBill) -> [Line; 7] {
    [
        Line::text(Label::Bill, &bill.bill),
        Line::text(Label::Account, &bill.account),
        Line::new(Label::Period, Value::Month(bill.period)),
        Line::money(Label::Principal, bill.principal, order.currency),
        Line::money(Label::Penalty, bill.penalty, order.currency),
        Line::time(Label::QuoteUntil, bill.quote_until),
        Line::text(Label::Document, bill.document),
    ]
}

fn source(source: &Source) -> Vec<Line> {
    match source {
        Source::Mandate {
            mandate,
            debtor_account,
        } => vec![
            Line::text(Label::Mandate, mandate),
            Line::text(Label::DebtorAccount, debtor_account),
        ],
        Source::Transfer { creditor_reference } => {
            vec![Line::text(Label::CreditorReference, creditor_reference)]
        }
        Source::Deposit { account } => vec![Line::text(Label::FromDeposit, account)],
    }
}
