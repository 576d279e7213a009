//! `GET /v1/bills`, `GET /v1/bills/{bill}`, `GET /v1/bills/{bill}/document`; the quote is in
//! `quote`.

pub(super) mod quote;

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use http::{Uri, header};
use serde::Deserialize;
use wattkey_domain::{AccountId, BillId};
use wattkey_pki::Digest;
use wattkey_protocol::api::{BillDetail, BillState, BillSummary, Page};
use wattkey_protocol::{fields, problem::ProblemType};
use wattkey_store::{BillCursor, BillQuery, BillRow};

use super::input::{Id, limit, parameter, query};
use crate::answer::{Answer, Refusal, not_found, store_fault};
use crate::app::App;
use crate::auth::Caller;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    account: Option<String>,
    state: Option<String>,
    cursor: Option<String>,
    limit: Option<String>,
}

/// Bills, newest first.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    uri: Uri,
) -> Answer<Json<Page<BillSummary>>> {
    let wanted: ListQuery = query(&uri)?;
    let account: Option<AccountId> = parameter("account", wanted.account.as_deref())?;
    if let Some(account) = account.clone() {
        let own = app
            .store
            .has_account(caller.customer, account)
            .await
            .map_err(store_fault)?;
        if !own {
            return Err(not_found("no such account"));
        }
    }
    let page = app
        .store
        .bills(BillQuery {
            customer: caller.customer,
            account,
            state: wanted.state.as_deref().map(state_named).transpose()?,
            after: parameter::<BillCursor>("cursor", wanted.cursor.as_deref())?,
            limit: limit(wanted.limit.as_deref())?,
            today: app.service().await?.quoting.today(caller.now),
        })
        .await
        .map_err(store_fault)?;
    Ok(Json(Page {
        items: page.items.into_iter().map(summary).collect(),
        next: page.next,
    }))
}

/// One bill with its quote.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Id(bill): Id<BillId>,
) -> Answer<Json<BillDetail>> {
    let quoting = app.service().await?.quoting;
    let today = quoting.today(caller.now);
    let row = app
        .store
        .bill(caller.customer, bill, today)
        .await
        .map_err(store_fault)?;
    let row = row.ok_or_else(|| not_found("no such bill"))?;
    Ok(Json(BillDetail {
        document: digest(&row.digest),
        quote: quote::whole(&quoting, &row, caller.now)?,
        order: row.order.map(|order| order.order),
        summary: summary(row),
    }))
}

/// The bill document: its exact bytes.
pub(super) async fn document(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Id(bill): Id<BillId>,
) -> Answer<Response> {
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

fn summary(row: BillRow) -> BillSummary {
    BillSummary {
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
        },
    }
}

fn state_named(text: &str) -> Answer<wattkey_store::BillState> {
    match text {
        "open" => Ok(wattkey_store::BillState::Open),
        "overdue" => Ok(wattkey_store::BillState::Overdue),
        "in-collection" => Ok(wattkey_store::BillState::InCollection),
        "paid" => Ok(wattkey_store::BillState::Paid),
        _ => Err(Refusal::new(
            ProblemType::Malformed,
            "`state` is open, overdue, in-collection or paid",
        )),
    }
}

/// A digest of the store in the form of the protocol.
pub(super) fn digest(bytes: &[u8; 32]) -> Digest {
    Digest::from_bytes(*bytes)
}
