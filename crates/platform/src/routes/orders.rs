//! `/v1/orders`: the orders of the customer, whoever of its users signed them.

pub mod accept;
mod check;

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use http::{Uri, header};
use serde::Deserialize;
use tracing::Span;
use wattkey_domain::OrderId;
use wattkey_protocol::api::{OrderBillView, OrderEvent, OrderView, Page};
use wattkey_protocol::names::MEDIA_JOSE_JSON;
use wattkey_protocol::order::Named;
use wattkey_store::{OrderCursor, OrderRecord};

use super::bills::digest;
use super::input::{Id, limit, parameter, query};
use crate::answer::{Answer, not_found, store_fault};
use crate::app::App;
use crate::auth::Caller;
use crate::receipts;

/// Most orders of one page: an order may have a hundred bills, and a capsule holds one MiB.
const MAX_PAGE: u32 = 50;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    cursor: Option<String>,
    limit: Option<String>,
}

/// `GET /v1/orders`, newest first.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    uri: Uri,
) -> Answer<Json<Page<OrderView>>> {
    let wanted: ListQuery = query(&uri)?;
    let after = parameter::<OrderCursor>("cursor", wanted.cursor.as_deref())?;
    let limit = limit(wanted.limit.as_deref())?.min(MAX_PAGE);
    let page = app
        .store
        .orders(caller.customer, after, limit)
        .await
        .map_err(store_fault)?;
    Ok(Json(Page {
        items: page.items.into_iter().map(view).collect(),
        next: page.next,
    }))
}

/// `GET /v1/orders/{order}`.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Id(order): Id<OrderId>,
) -> Answer<Json<OrderView>> {
    Ok(Json(view(own_order(&app, &caller, order).await?)))
}

/// `GET /v1/orders/{order}/receipt`: the receipt of the present state.
pub(super) async fn receipt(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Id(order): Id<OrderId>,
) -> Answer<Response> {
    let record = own_order(&app, &caller, order).await?;
    let receipt = receipts::present(&app, &record).await?;
    Ok(([(header::CONTENT_TYPE, MEDIA_JOSE_JSON)], receipt.jws).into_response())
}

async fn own_order(app: &App, caller: &Caller, order: OrderId) -> Answer<OrderRecord> {
    Span::current().record("order", order.to_string());
    let record = app
        .store
        .order(caller.customer, order)
        .await
        .map_err(store_fault)?;
    record.ok_or_else(|| not_found("no such order"))
}

/// An order as its customer sees it.
fn view(record: OrderRecord) -> OrderView {
    OrderView {
        order: record.order,
        digest: digest(&record.digest),
        state: record.state,
        user: Named {
            id: record.user,
            name: record.user_name,
        },
        total: record.total.minor(),
        currency: record.total.currency(),
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
