//! An order as its customer sees it.

use jiff::Timestamp;
use wattkey_domain::OrderState;
use wattkey_protocol::api::{
    Awaiting, AwaitingWhat, DecisionView, OrderBillView, OrderEvent, OrderView, SourceView,
};
use wattkey_protocol::order::{DepositPart, Named};
use wattkey_protocol::receipt::ReceiptRefund;
use wattkey_store::{FundsSource, OrderRecord};

use crate::answer::{Answer, Refusal};
use crate::app::App;
use crate::bank_channel::message;
use crate::receipts;
use crate::routes::bills::digest;

/// What is said of an order to any user of its customer, as of `now`.
pub(super) async fn view(app: &App, record: OrderRecord, now: Timestamp) -> Answer<OrderView> {
    let leaves = leaves(app, &record, now).await?;
    Ok(shown(record, leaves))
}

/// When the message of a scheduled order goes to the bank, as long as it has not.
async fn leaves(app: &App, record: &OrderRecord, now: Timestamp) -> Answer<Option<Timestamp>> {
    let Some(execute) = record.execute else {
        return Ok(None);
    };
    let service = app.service().await?;
    let leaves = message::leaves(&app.calendar, &service.payee, execute)
        .map_err(|error| Refusal::fault("the day of an order is not known", &error))?;
    Ok(Some(leaves).filter(|at| *at > now))
}

fn shown(record: OrderRecord, leaves: Option<Timestamp>) -> OrderView {
    OrderView {
        order: record.order,
        digest: digest(&record.digest),
        state: record.state,
        user: Named {
            id: record.user,
            name: record.user_name.clone(),
        },
        total: record.total.minor(),
        currency: record.total.currency(),
        deposit: deposit(&record),
        refund: refund(&record),
        source: source(&record),
        execute: record.execute,
        awaiting: awaiting(&record, leaves),
        bills: record
            .bills
            .into_iter()
            .map(|bill| OrderBillView {
                bill: bill.bill,
                principal: bill.principal.minor(),
                penalty: bill.penalty.minor(),
            })
            .collect(),
        reference: record.reference,
        decisions: record
            .decisions
            .into_iter()
            .map(|kept| DecisionView {
                user: Named {
                    id: kept.user,
                    name: kept.user_name,
                },
                decision: kept.decision,
                at: kept.at,
            })
            .collect(),
        history: record
            .history
            .into_iter()
            .map(|event| OrderEvent {
                state: event.state,
                at: event.at,
                note: event.note,
                journal: receipts::journal_link(&event.journal),
            })
            .collect(),
    }
}

/// What an order pays into a deposit, as documents say it.
pub(crate) fn deposit(record: &OrderRecord) -> Option<DepositPart> {
    record.deposit.as_ref().map(|part| DepositPart {
        account: part.account.clone(),
        amount: part.amount.minor(),
    })
}

/// What is paid out of a deposit, as documents say it.
pub(crate) fn refund(record: &OrderRecord) -> Option<ReceiptRefund> {
    let mandate = record.mandate.clone();
    record
        .refund
        .zip(mandate)
        .map(|(amount, mandate)| ReceiptRefund {
            mandate,
            amount: amount.minor(),
        })
}

/// Where the money comes from, as documents say it.
pub(crate) fn source(record: &OrderRecord) -> SourceView {
    match &record.source {
        FundsSource::Mandate(mandate) => SourceView::Mandate {
            mandate: mandate.clone(),
        },
        FundsSource::Transfer { creditor_reference } => SourceView::Transfer {
            creditor_reference: creditor_reference.as_str().to_owned(),
        },
        FundsSource::Deposit(account) => SourceView::Deposit {
            account: account.clone(),
        },
    }
}

/// What it waits for that people can do something about, or that has a day.
fn awaiting(record: &OrderRecord, leaves: Option<Timestamp>) -> Option<Awaiting> {
    let of = |what, until: Option<Timestamp>| Some(Awaiting { what, until });
    match (record.state, &record.source) {
        (OrderState::AwaitingApproval, _) => of(AwaitingWhat::Approval, record.lapses),
        (OrderState::Accepted, FundsSource::Transfer { .. }) => {
            of(AwaitingWhat::Transfer, record.lapses)
        }
        (OrderState::Accepted, _) if leaves.is_some() => of(AwaitingWhat::Day, leaves),
        _ => None,
    }
}
