//! `GET /v1/bills`, `GET /v1/bills/{bill}`, `GET /v1/bills/{bill}/document`; the quote is in
//! `quote`.

pub(super) mod quote;

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use http::{Uri, header};
use jiff::civil::Date;
use serde::Deserialize;
use wattkey_domain::{AccountId, BillId};
use wattkey_pki::Digest;
use wattkey_protocol::api::{BillDetail, BillState, BillSummary, Page};
use wattkey_protocol::{fields, problem::ProblemType};
use wattkey_store::{BillCursor, BillQuery, BillRow};

use super::input::{Id, limit, parameter, query};
use crate::access::must_see;
use crate::answer::{Answer, Refusal, not_found, store_fault};
use crate::app::App;
use crate::auth::Caller;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Only of this contract account.
    #[param(value_type = Option<AccountId>)]
    account: Option<String>,
    /// Only those in this state.
    #[param(value_type = Option<BillState>)]
    state: Option<String>,
    /// Where the page before ended: its `next`.
    #[param(value_type = Option<String>)]
    cursor: Option<String>,
    /// Most entries of the page: 50 when it is absent, never more than 200.
    #[param(value_type = Option<i64>, minimum = 1)]
    limit: Option<String>,
}

/// Bills, newest first.
#[utoipa::path(
    get,
    path = "/v1/bills",
    tag = "bills",
    params(ListQuery),
    responses((status = 200, description = "Bills, newest first.", body = Page<BillSummary>)),
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    uri: Uri,
) -> Answer<Json<Page<BillSummary>>> {
    let wanted: ListQuery = query(&uri)?;
    let account: Option<AccountId> = parameter("account", wanted.account.as_deref())?;
    let viewer = app.viewer(&caller).await?;
    if let Some(account) = account.clone() {
        must_see(&viewer.access, &account)?;
        let own = app
            .store
            .has_account(caller.customer, account)
            .await
            .map_err(store_fault)?;
        if !own {
            return Err(not_found("no such account"));
        }
    }
    let today = app.service().await?.quoting.today(caller.now);
    let asked = BillQuery {
        customer: caller.customer,
        account,
        state: wanted.state.as_deref().map(state_named).transpose()?,
        after: parameter::<BillCursor>("cursor", wanted.cursor.as_deref())?,
        limit: limit(wanted.limit.as_deref())?,
        today,
    };
    let page = app
        .store
        .bills_seen(viewer, asked)
        .await
        .map_err(store_fault)?;
    Ok(Json(Page {
        items: page
            .items
            .into_iter()
            .map(|row| summary(row, today))
            .collect(),
        next: page.next,
    }))
}

/// One bill.
///
/// With its state, and the quote of what paying it today takes.
#[utoipa::path(
    get,
    path = "/v1/bills/{bill}",
    tag = "bills",
    params(("bill" = BillId, Path, description = "The bill")),
    responses((status = 200, description = "One bill with its quote.", body = BillDetail)),
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Id(bill): Id<BillId>,
) -> Answer<Json<BillDetail>> {
    let quoting = app.service().await?.quoting;
    let today = quoting.today(caller.now);
    let row = own_bill(&app, &caller, bill, today).await?;
    Ok(Json(BillDetail {
        document: digest(&row.digest),
        quote: quote::whole(&quoting, &row, caller.now)?,
        order: row.order.map(|order| order.order),
        summary: summary(row, today),
    }))
}

/// The bill document.
///
/// Its exact bytes, of which `document` of the bill is the digest.
#[utoipa::path(
    get,
    path = "/v1/bills/{bill}/document",
    tag = "bills",
    params(("bill" = BillId, Path, description = "The bill")),
    responses((status = 200, description = "The bill document: its exact bytes.", body = serde_json::Value, content_type = "application/json", headers(("Content-Digest" = String, description = "RFC 9530")))),
)]
pub(super) async fn document(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Id(bill): Id<BillId>,
) -> Answer<Response> {
    app.must_see_bill(&caller, &bill).await?;
    let document = app
        .store
        .bill_document(caller.customer, bill)
        .await
        .map_err(store_fault)?;
    let bytes = document.ok_or_else(|| not_found("no such bill"))?.bytes;
    let headers = [
        (header::CONTENT_TYPE.as_str(), "application/json".to_owned()),
        ("content-digest", fields::content_digest(&bytes)),
    ];
    Ok((headers, bytes).into_response())
}

/// A bill that the user may look at.
pub(super) async fn own_bill(
    app: &App,
    caller: &Caller,
    bill: BillId,
    today: Date,
) -> Answer<BillRow> {
    let access = app.access(caller).await?;
    let row = app.store.bill(caller.customer, bill, today).await;
    let row = row.map_err(store_fault)?;
    row.filter(|row| access.sees(&row.account))
        .ok_or_else(|| not_found("no such bill"))
}

fn summary(row: BillRow, today: Date) -> BillSummary {
    BillSummary {
        disputed: row.debt(today).disputed().minor(),
        transfer: row.transfer.map(|order| order.order),
        bill: row.bill,
        account: row.account,
        period: row.period,
        issued: row.issued,
        due: row.due,
        currency: row.total.currency(),
        total: row.total.minor(),
        open: row.open.minor(),
        in_collection: row.in_collection.minor(),
        state: match row.state {
            wattkey_store::BillState::Open => BillState::Open,
            wattkey_store::BillState::Overdue => BillState::Overdue,
            wattkey_store::BillState::InCollection => BillState::InCollection,
            wattkey_store::BillState::Paid => BillState::Paid,
            wattkey_store::BillState::Cancelled => BillState::Cancelled,
        },
    }
}

fn state_named(text: &str) -> Answer<wattkey_store::BillState> {
    match text {
        "open" => Ok(wattkey_store::BillState::Open),
        "overdue" => Ok(wattkey_store::BillState::Overdue),
        "in-collection" => Ok(wattkey_store::BillState::InCollection),
        "paid" => Ok(wattkey_store::BillState::Paid),
        "cancelled" => Ok(wattkey_store::BillState::Cancelled),
        _ => Err(Refusal::new(
            ProblemType::Malformed,
            "`state` is open, overdue, in-collection, paid or cancelled",
        )),
    }
}

/// A digest of the store in the form of the protocol.
pub(crate) fn digest(bytes: &[u8; 32]) -> Digest {
    Digest::from_bytes(*bytes)
}
