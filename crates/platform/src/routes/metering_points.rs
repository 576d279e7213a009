//! `GET /v1/metering-points`; the readings of one are in `readings`.

pub(super) mod readings;

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use http::Uri;
use serde::Deserialize;
use wattkey_domain::{AccountId, MeteringPointId};
use wattkey_protocol::api::Page;
use wattkey_protocol::usage::MeteringPoint;
use wattkey_store::MeteringPointRow;

use super::input::{limit, parameter, query};
use crate::access::must_see;
use crate::answer::{Answer, not_found, store_fault};
use crate::app::App;
use crate::auth::Caller;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Only of this contract account.
    #[param(value_type = Option<AccountId>)]
    account: Option<String>,
    /// Where the page before ended: its `next`.
    #[param(value_type = Option<String>)]
    cursor: Option<String>,
    /// Most entries of the page: 50 when it is absent, never more than 200.
    #[param(value_type = Option<i64>, minimum = 1)]
    limit: Option<String>,
}

/// Metering points, by id.
///
/// With their contracts and the ends of their readings. Those of accounts that the user may not look at
/// are left out of a page.
#[utoipa::path(
    get,
    path = "/v1/metering-points",
    tag = "consumption",
    params(ListQuery),
    responses((status = 200, description = "Metering points, by id. Those of accounts that the user may not look at are left out of a page.", body = Page<MeteringPoint>)),
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    uri: Uri,
) -> Answer<Json<Page<MeteringPoint>>> {
    let wanted: ListQuery = query(&uri)?;
    let account: Option<AccountId> = parameter("account", wanted.account.as_deref())?;
    let access = app.access(&caller).await?;
    if let Some(account) = account.clone() {
        must_see(&access, &account)?;
        let own = app.store.has_account(caller.customer, account).await;
        if !own.map_err(store_fault)? {
            return Err(not_found("no such account"));
        }
    }
    let after: Option<MeteringPointId> = parameter("cursor", wanted.cursor.as_deref())?;
    let limit = limit(wanted.limit.as_deref())?;
    let page = app
        .store
        .metering_points(caller.customer, account, after, limit)
        .await
        .map_err(store_fault)?;
    let seen = page.items.into_iter();
    let seen = seen.filter(|row| access.sees(&row.point.account));
    Ok(Json(Page {
        items: seen.map(told).collect(),
        next: page.next,
    }))
}

fn told(row: MeteringPointRow) -> MeteringPoint {
    let MeteringPointRow { point, curve } = row;
    MeteringPoint {
        point: point.id,
        account: point.account,
        name: point.name,
        address: point.address,
        under: point.under,
        tariff: point.tariff,
        schedule: point.schedule,
        capacity_kva: point.capacity_kva,
        contracted_kw: point.contracted_kw,
        prepaid: point.prepaid,
        first: curve.map(|curve| curve.first),
        last: curve.map(|curve| curve.last),
    }
}
