//! `/v1/orders`: the orders of the customer, whoever of its users signed them.

pub mod accept;
pub(crate) mod check;
pub mod decide;
pub(crate) mod view;

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use http::{StatusCode, Uri, header};
use serde::Deserialize;
use tracing::Span;
use wattkey_domain::{OrderId, OrderState};
use wattkey_protocol::api::{OrderView, Page};
use wattkey_protocol::fields;
use wattkey_protocol::names::{
    FIELD_SIGNATURE_CERTIFICATE, MEDIA_JOSE, MEDIA_JOSE_JSON, MEDIA_XML,
};
use wattkey_protocol::order::SignedOrder;
use wattkey_protocol::problem::{Problem, ProblemType};
use wattkey_store::{FundsSource, Mandate, OrderCursor, OrderRecord};

use self::view::view;
use super::input::{Id, limit, parameter, query};
use super::mandates::is_in_force;
use crate::answer::{Answer, Refusal, not_found, store_fault};
use crate::app::{App, Service};
use crate::auth::Caller;
use crate::bank_channel::message;
use crate::receipts;

/// Most orders of one page: an order may have a hundred bills, and a capsule holds one MiB.
const MAX_PAGE: u32 = 50;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Where the page before ended: its `next`.
    #[param(value_type = Option<String>)]
    cursor: Option<String>,
    /// Most entries of the page: 50 when it is absent, never more than 200.
    #[param(value_type = Option<i64>, minimum = 1)]
    limit: Option<String>,
}

/// Orders, newest first.
///
/// Those that the user may see.
#[utoipa::path(
    get,
    path = "/v1/orders",
    tag = "payments",
    params(ListQuery),
    responses((status = 200, description = "Orders that the user may see, newest first.", body = Page<OrderView>)),
)]
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
        .orders_seen(app.viewer(&caller).await?, after, limit)
        .await
        .map_err(store_fault)?;
    let mut items = Vec::with_capacity(page.items.len());
    for record in page.items {
        items.push(view(&app, record, caller.now).await?);
    }
    Ok(Json(Page {
        items,
        next: page.next,
    }))
}

/// One order.
///
/// With its state and its history.
#[utoipa::path(
    get,
    path = "/v1/orders/{order}",
    tag = "payments",
    params(("order" = OrderId, Path, description = "The order")),
    responses((status = 200, description = "One order with its state.", body = OrderView)),
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Id(order): Id<OrderId>,
) -> Answer<Json<OrderView>> {
    let record = own_order(&app, &caller, order).await?;
    view(&app, record, caller.now).await.map(Json)
}

/// The receipt of an order's present state.
#[utoipa::path(
    get,
    path = "/v1/orders/{order}/receipt",
    tag = "payments",
    params(("order" = OrderId, Path, description = "The order")),
    responses((status = 200, description = "The receipt of the present state.", body = serde_json::Value, content_type = "application/jose+json")),
)]
pub(super) async fn receipt(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Id(order): Id<OrderId>,
) -> Answer<Response> {
    let record = own_order(&app, &caller, order).await?;
    let receipt = receipts::present(&app, &record).await?;
    Ok(([(header::CONTENT_TYPE, MEDIA_JOSE_JSON)], receipt.jws).into_response())
}

/// The signed order.
///
/// With the certificate that its signature is verified with, also when that was unbound since.
#[utoipa::path(
    get,
    path = "/v1/orders/{order}/document",
    tag = "payments",
    params(("order" = OrderId, Path, description = "The order")),
    responses((status = 200, description = "The signed order; its certificate is in the field Wattkey-Signature-Certificate.", body = String, content_type = "application/jose")),
)]
pub(super) async fn document(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Id(order): Id<OrderId>,
) -> Answer<Response> {
    let record = own_order(&app, &caller, order).await?;
    let signed = signed_order(&app, &record).await?;
    let bindings = app.bindings().await?;
    let binding = bindings.once_bound(signed.certificate()).ok_or_else(|| {
        Refusal::new(
            ProblemType::Internal,
            "the signer of the order was never bound",
        )
    })?;
    let headers = [
        (header::CONTENT_TYPE.as_str(), MEDIA_JOSE.to_owned()),
        (
            FIELD_SIGNATURE_CERTIFICATE,
            fields::byte_sequence(binding.signature.der()),
        ),
    ];
    Ok((headers, signed.as_str().to_owned()).into_response())
}

/// What the customer gives its own bank.
///
/// Of an order that the customer pays by its own transfer, while that is still waited for.
#[utoipa::path(
    get,
    path = "/v1/orders/{order}/transfer",
    tag = "payments",
    params(("order" = OrderId, Path, description = "The order")),
    responses(
        (status = 200, description = "pain.001 for the customer's own bank.", body = String, content_type = "application/xml"),
        (status = 409, description = "Nothing is to be paid by transfer any more.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn transfer(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Id(order): Id<OrderId>,
) -> Answer<Response> {
    let record = own_order(&app, &caller, order).await?;
    if !matches!(record.source, FundsSource::Transfer { .. }) {
        return Err(not_found("the customer does not pay this order himself"));
    }
    if record.state != OrderState::Accepted {
        let problem = Problem::new(ProblemType::Decision).with("state", record.state.as_str());
        return Err(problem.detail("nothing is to be paid any more").into());
    }
    let signed = signed_order(&app, &record).await?;
    let service = app.service().await?;
    let debtor = own_mandate(&app, &caller, &service, &record).await?;
    let body = message::transfer(&app, &service, signed.order(), debtor.as_ref(), caller.now)
        .map_err(|error| Refusal::fault("no transfer can be made", &error))?;
    Ok(([(header::CONTENT_TYPE, MEDIA_XML)], body).into_response())
}

/// The account that the customer pays from, if it is known: that of his one debit mandate.
async fn own_mandate(
    app: &App,
    caller: &Caller,
    service: &Service,
    record: &OrderRecord,
) -> Answer<Option<Mandate>> {
    let today = service.quoting.today(caller.now);
    let mandates = app
        .store
        .mandates(caller.customer)
        .await
        .map_err(store_fault)?;
    let currency = record.total.currency();
    let mut good = mandates
        .into_iter()
        .filter(|mandate| mandate.currency == currency && is_in_force(mandate, today));
    let first = good.next();
    let mut accounts = good.map(|mandate| mandate.debtor_account);
    Ok(first.filter(|first| accounts.all(|account| account == first.debtor_account)))
}

/// The order's document as it came.
async fn signed_order(app: &App, record: &OrderRecord) -> Answer<SignedOrder> {
    let jws = app
        .store
        .order_jws(record.order)
        .await
        .map_err(store_fault)?;
    let jws = jws.ok_or_else(|| not_found("no such order"))?;
    SignedOrder::parse(&jws)
        .map_err(|error| Refusal::fault("an order in the database cannot be read", &error))
}

/// Where an order stands, as its customer sees it.
async fn present(app: &App, caller: &Caller, id: OrderId, status: StatusCode) -> Answer<Response> {
    let record = own_order(app, caller, id).await?;
    let view = view(app, record, caller.now).await?;
    Ok((status, Json(view)).into_response())
}

/// Builds the receipts of an order that moved, while the answer is on its way.
fn later_receipts(app: &Arc<App>, caller: &Caller, order: OrderId) {
    let (app, customer) = (Arc::clone(app), caller.customer);
    tokio::spawn(async move { receipts::catch_up(&app, customer, order).await });
}

async fn own_order(app: &App, caller: &Caller, order: OrderId) -> Answer<OrderRecord> {
    Span::current().record("order", order.to_string());
    let record = app
        .store
        .order(caller.customer, order)
        .await
        .map_err(store_fault)?;
    let record = record.ok_or_else(|| not_found("no such order"))?;
    let viewer = app.viewer(caller).await?;
    let sees = viewer.access.sees_all()
        || app
            .store
            .sees_order(viewer, order)
            .await
            .map_err(store_fault)?;
    if !sees {
        return Err(not_found("no such order"));
    }
    Ok(record)
}
