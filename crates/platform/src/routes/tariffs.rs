//! `GET /v1/tariffs/{tariff}`, `GET /v1/schedules/{schedule}`, `GET /v1/bills/{bill}/metered`: what
//! bills are reckoned by, byte for byte.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header;
use wattkey_domain::{BillId, ScheduleId, TariffId};
use wattkey_protocol::fields;
use wattkey_store::BillDocumentBytes;

use super::input::Id;
use crate::answer::{Answer, not_found, store_fault};
use crate::app::App;
use crate::auth::Caller;

/// A tariff document.
///
/// Its exact bytes. Tariffs are the same for all customers.
#[utoipa::path(
    get,
    path = "/v1/tariffs/{tariff}",
    tag = "consumption",
    params(("tariff" = TariffId, Path, description = "The tariff")),
    responses((status = 200, description = "The tariff document, its exact bytes.", content_type = "application/json", body = Object)),
)]
pub(super) async fn tariff(
    State(app): State<Arc<App>>,
    Id(tariff): Id<TariffId>,
) -> Answer<Response> {
    let document = app.store.tariff(tariff).await.map_err(store_fault)?;
    Ok(exact(document.ok_or_else(|| not_found("no such tariff"))?))
}

/// A time-of-use schedule.
///
/// Its exact bytes. Schedules are the same for all customers.
#[utoipa::path(
    get,
    path = "/v1/schedules/{schedule}",
    tag = "consumption",
    params(("schedule" = ScheduleId, Path, description = "The schedule")),
    responses((status = 200, description = "The schedule, its exact bytes.", content_type = "application/json", body = Object)),
)]
pub(super) async fn schedule(
    State(app): State<Arc<App>>,
    Id(schedule): Id<ScheduleId>,
) -> Answer<Response> {
    let document = app.store.schedule(schedule).await.map_err(store_fault)?;
    Ok(exact(
        document.ok_or_else(|| not_found("no such schedule"))?,
    ))
}

/// What a bill was reckoned from.
///
/// The metered month: meter readings, losses, and what basic charges go by; its exact bytes.
#[utoipa::path(
    get,
    path = "/v1/bills/{bill}/metered",
    tag = "consumption",
    params(("bill" = BillId, Path, description = "The bill")),
    responses((status = 200, description = "The metered month, its exact bytes.", content_type = "application/json", body = Object)),
)]
pub(super) async fn metered(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Id(bill): Id<BillId>,
) -> Answer<Response> {
    app.must_see_bill(&caller, &bill).await?;
    let document = app.store.metered(caller.customer, bill).await;
    let document = document.map_err(store_fault)?;
    Ok(exact(
        document.ok_or_else(|| not_found("no readings of this bill"))?,
    ))
}

fn exact(document: BillDocumentBytes) -> Response {
    let headers = [
        (header::CONTENT_TYPE.as_str(), "application/json".to_owned()),
        ("content-digest", fields::content_digest(&document.bytes)),
    ];
    (headers, document.bytes).into_response()
}
