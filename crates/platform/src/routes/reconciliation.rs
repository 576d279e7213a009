//! `/v1/reconciliation` on the managers' listener: it shows, and changes nothing.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use http::Uri;
use jiff::civil::Date;
use serde::Deserialize;
use wattkey_domain::{BillId, Item, Money};
use wattkey_protocol::order::Named;
use wattkey_protocol::problem::ProblemType;
use wattkey_protocol::reconciliation::{Reconciliation, Split, WaitingItem};
use wattkey_store::WhichResolutions;

use super::input::{parameter, query};
use crate::answer::{Answer, Refusal, not_found, store_fault};
use crate::app::App;
use crate::auth::Desk;
use crate::reconcile::{self, Books, ReconcileError, reconcile};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShowQuery {
    day: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemQuery {
    item: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SplitQuery {
    item: Option<String>,
    bill: Option<String>,
    amount: Option<String>,
}

/// The statement of a day against the books, today's when none is named, and what waits.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Extension(desk): Extension<Desk>,
    uri: Uri,
) -> Answer<Json<Reconciliation>> {
    desk.must_be_bound()?;
    let wanted: ShowQuery = query(&uri)?;
    let service = app.service().await?;
    let day = parameter::<Date>("day", wanted.day.as_deref())?;
    let day = day.unwrap_or_else(|| service.quoting.today(desk.now));
    let books = Books {
        store: &app.store,
        payee: &service.payee,
        quoting: &service.quoting,
    };
    match reconcile(books, day, desk.now).await {
        Ok(reconciled) => Ok(Json(reconciled.answer)),
        Err(ReconcileError::Store(error)) => Err(store_fault(error)),
        Err(error @ ReconcileError::Day(_)) => {
            Err(Refusal::new(ProblemType::Malformed, error.to_string()))
        }
        Err(error) => Err(Refusal::fault("the statement cannot be compared", &error)),
    }
}

/// One item, whether it waits or not: also an order, of which no list tells that it is stuck.
pub(super) async fn item(
    State(app): State<Arc<App>>,
    Extension(desk): Extension<Desk>,
    uri: Uri,
) -> Answer<Json<WaitingItem>> {
    desk.must_be_bound()?;
    let wanted: ItemQuery = query(&uri)?;
    let item = parameter::<Item>("item", wanted.item.as_deref())?;
    let item = item.ok_or_else(|| Refusal::new(ProblemType::Malformed, "`item` is missing"))?;
    let kept = app.store.bank_item(item.clone()).await;
    let kept = kept.map_err(store_fault)?;
    let view = reconcile::view(&kept.ok_or_else(|| not_found("no such item"))?);
    let undecided = app.store.resolutions(WhichResolutions::Undecided).await;
    let mut undecided = undecided.map_err(store_fault)?.into_iter();
    Ok(Json(WaitingItem {
        digest: view.digest(),
        view,
        resolution: undecided
            .find(|one| one.item == item)
            .map(|one| one.resolution),
        proposals: Vec::new(),
    }))
}

/// What a bill gets of an amount, with the penalty as of an item's value date.
pub(super) async fn split(
    State(app): State<Arc<App>>,
    Extension(desk): Extension<Desk>,
    uri: Uri,
) -> Answer<Json<Split>> {
    desk.must_be_bound()?;
    let wanted: SplitQuery = query(&uri)?;
    let missing = |name: &str| Refusal::new(ProblemType::Malformed, format!("`{name}` is missing"));
    let item = parameter::<Item>("item", wanted.item.as_deref())?.ok_or_else(|| missing("item"))?;
    let bill =
        parameter::<BillId>("bill", wanted.bill.as_deref())?.ok_or_else(|| missing("bill"))?;
    let amount = parameter::<i64>("amount", wanted.amount.as_deref())?;
    let amount = amount.ok_or_else(|| missing("amount"))?;
    let service = app.service().await?;
    let item = app.store.bank_item(item).await.map_err(store_fault)?;
    let value = item.and_then(|item| item.value);
    let value = value.ok_or_else(|| not_found("no such receipt"))?;
    let bill = app.store.open_bill(bill).await.map_err(store_fault)?;
    let bill = bill.ok_or_else(|| not_found("no such bill"))?;
    let rules = &service.quoting.rules;
    let debt = bill.debt(service.quoting.today(desk.now));
    let (principal, penalty) = Money::new(amount, bill.open.currency())
        .and_then(|amount| rules.affordable(amount, bill.open, &debt, value))
        .map_err(|error| Refusal::new(ProblemType::Malformed, error.to_string()))?;
    let customer = app
        .store
        .customer(bill.customer)
        .await
        .map_err(store_fault)?;
    Ok(Json(Split {
        customer: Named {
            id: bill.customer,
            name: customer.map(|customer| customer.name).unwrap_or_default(),
        },
        due: bill.due,
        open: bill.open.minor(),
        principal: principal.minor(),
        penalty: penalty.minor(),
        currency: bill.open.currency(),
        bill: bill.bill,
    }))
}
