//! `GET /v1/me`.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use wattkey_protocol::api::{Limits, Me, MyKey};
use wattkey_protocol::order::{Named, Payee};

use crate::answer::{Answer, store_fault};
use crate::app::{App, Service};
use crate::auth::{Caller, unbound};

/// Who asks.
///
/// The user, its customer, its binding, its rights.
#[utoipa::path(
    get,
    path = "/v1/me",
    tag = "people",
    responses((status = 200, description = "The user, its customer, its binding, its rights.", body = Me)),
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
) -> Answer<Json<Me>> {
    let user = caller.user(&app).await?;
    let customer = app
        .store
        .customer(caller.customer)
        .await
        .map_err(store_fault)?
        .ok_or_else(unbound)?;
    let service = app.service().await?;
    let limits = limits(&app, &caller, &service).await?;
    let binding = &caller.binding;
    Ok(Json(Me {
        user: Named {
            id: user.id,
            name: user.name,
        },
        customer: Named {
            id: customer.id,
            name: customer.name,
        },
        key: MyKey {
            serial: binding.serial.clone(),
            bound: binding.bound,
            expires: binding.authentication.not_after(),
        },
        rights: user.rights,
        payee: Payee {
            name: service.payee.name,
            account: service.payee.account,
        },
        time_zone: service.payee.time_zone,
        limits,
    }))
}

/// How much the user may order, and what of it today's orders took.
async fn limits(app: &App, caller: &Caller, service: &Service) -> Answer<Option<Limits>> {
    let quoting = Arc::clone(&service.quoting);
    let limits = app
        .store
        .user_limits(caller.binding.holder.id, caller.now, quoting)
        .await
        .map_err(store_fault)?;
    if limits.day.is_none() && limits.alone.is_none() {
        return Ok(None);
    }
    Ok(Some(Limits {
        day: limits.day,
        alone: limits.alone,
        used: limits.used,
        currency: service.payee.currency,
    }))
}
