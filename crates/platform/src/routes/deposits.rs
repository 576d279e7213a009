//! `GET /v1/deposits`.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use wattkey_protocol::api::{Deposit, Page};

use crate::answer::{Answer, store_fault};
use crate::app::App;
use crate::auth::Caller;

/// Deposits of the contract accounts.
///
/// Those that ever held anything.
#[utoipa::path(
    get,
    path = "/v1/deposits",
    tag = "payments",
    responses((status = 200, description = "Deposits of the customer's contract accounts, those that ever held anything.", body = Page<Deposit>)),
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
) -> Answer<Json<Page<Deposit>>> {
    let access = app.access(&caller).await?;
    let rows = app
        .store
        .deposits(caller.customer)
        .await
        .map_err(store_fault)?;
    let items = rows
        .into_iter()
        .filter(|row| access.sees(&row.account))
        .map(|row| Deposit {
            account: row.account,
            currency: row.currency,
            balance: row.balance.minor(),
        })
        .collect();
    Ok(Json(Page { items, next: None }))
}
