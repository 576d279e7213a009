//! `GET /v1/mandates`.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use jiff::civil::Date;
use wattkey_protocol::api::{Mandate, Page};

use crate::answer::{Answer, store_fault};
use crate::app::App;
use crate::auth::Caller;

/// Debit mandates in force.
///
/// Those of the customer that are in force today.
#[utoipa::path(
    get,
    path = "/v1/mandates",
    tag = "payments",
    responses((status = 200, description = "Debit mandates of the customer that are in force today.", body = Page<Mandate>)),
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
) -> Answer<Json<Page<Mandate>>> {
    let today = app.service().await?.quoting.today(caller.now);
    let rows = app
        .store
        .mandates(caller.customer)
        .await
        .map_err(store_fault)?;
    let in_force = rows.into_iter().filter(|row| is_in_force(row, today));
    let items = in_force
        .map(|row| Mandate {
            mandate: row.id,
            debtor_name: row.debtor_name,
            debtor_account: row.debtor_account,
            currency: row.currency,
            signed: row.signed,
        })
        .collect();
    Ok(Json(Page { items, next: None }))
}

/// Whether an order of that day may use it.
pub(super) fn is_in_force(mandate: &wattkey_store::Mandate, day: Date) -> bool {
    mandate.valid_from <= day && mandate.ended.is_none_or(|ended| day < ended)
}
