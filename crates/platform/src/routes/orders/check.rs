//! What an order says, compared with what is. The claims themselves (who holds a bill, what is
//! open, what the quote is) are checked by the store, inside the transaction that makes them.

use jiff::{SignedDuration, Timestamp};
use wattkey_bank::Account;
use wattkey_protocol::order::{CREATED_WINDOW_S, Order, OrderBill};
use wattkey_protocol::problem::{Problem, ProblemType};
use wattkey_store::Mandate;

use crate::answer::{Answer, Refusal, not_found, store_fault};
use crate::app::{App, Service};
use crate::auth::{Caller, unbound};

/// The order breaks section 9.
pub(super) fn malformed(reason: impl Into<String>) -> Refusal {
    let reason = reason.into();
    Problem::new(ProblemType::OrderMalformed)
        .with("reason", reason.as_str())
        .detail(reason)
        .into()
}

/// Whether the order is of now.
pub(super) fn times(order: &Order, now: Timestamp) -> Answer<()> {
    let window = SignedDuration::from_secs(CREATED_WINDOW_S);
    let age = now.duration_since(order.created);
    if now >= order.expires || age > window {
        return Err(Refusal::new(
            ProblemType::OrderExpired,
            format!("created {age:#} ago"),
        ));
    }
    if age < -window {
        return Err(malformed("created is ahead of the platform's clock"));
    }
    Ok(())
}

/// Audience, payee, customer, mandate and bills; gives the mandate.
pub(super) async fn document(
    app: &App,
    caller: &Caller,
    service: &Service,
    order: &Order,
) -> Answer<Mandate> {
    if order.audience != app.audience.origin() {
        return Err(malformed("audience is another payment service"));
    }
    let payee = &service.payee;
    if order.payee.name != payee.name || !same_account(&order.payee.account, &payee.account) {
        return Err(Refusal::new(
            ProblemType::Payee,
            "the order names another payee",
        ));
    }
    let customer = app
        .store
        .customer(caller.customer)
        .await
        .map_err(store_fault)?;
    if order.customer.name != customer.ok_or_else(unbound)?.name {
        return Err(malformed("customer.name is not the customer's"));
    }
    let mandate = mandate(app, caller, order).await?;
    if order.currency != payee.currency {
        return Err(Refusal::new(
            ProblemType::Currency,
            "the payee's account has another currency",
        ));
    }
    for wanted in &order.bills {
        bill(app, caller, service, wanted).await?;
    }
    Ok(mandate)
}

async fn mandate(app: &App, caller: &Caller, order: &Order) -> Answer<Mandate> {
    let id = order.source.mandate.clone();
    let mandate = app
        .store
        .mandate(caller.customer, id)
        .await
        .map_err(store_fault)?;
    mandate
        .filter(|mandate| same_account(&mandate.debtor_account, &order.source.debtor_account))
        .ok_or_else(|| {
            Refusal::new(
                ProblemType::Mandate,
                "the customer has no such mandate for this account",
            )
        })
}

/// The store does not keep account and period of a claim, so they are compared here; a bill never
/// changes them.
async fn bill(app: &App, caller: &Caller, service: &Service, wanted: &OrderBill) -> Answer<()> {
    let today = service.quoting.today(caller.now);
    let row = app
        .store
        .bill(caller.customer, wanted.bill.clone(), today)
        .await
        .map_err(store_fault)?;
    let row = row.ok_or_else(|| not_found("no such bill"))?;
    if row.account == wanted.account && row.period == wanted.period {
        return Ok(());
    }
    let problem = Problem::new(ProblemType::DocumentMismatch).with("bill", wanted.bill.as_str());
    Err(problem
        .detail("account or period are not the bill's")
        .into())
}

/// Two spellings of one account number (spaces in an IBAN) are the same.
fn same_account(one: &str, other: &str) -> bool {
    one == other
        || matches!((Account::new(one), Account::new(other)), (Ok(one), Ok(other)) if one == other)
}
