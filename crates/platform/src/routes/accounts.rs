//! `GET /v1/accounts`; the statement of one is in `statement`.

pub(super) mod statement;

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use http::Uri;
use serde::Deserialize;
use wattkey_domain::{AccountId, Currency, Money};
use wattkey_protocol::api::{Account, MAX_PAGE, Page};
use wattkey_store::{AccountRow, AccountSums};

use super::input::{limit_or, parameter, query};
use crate::answer::{Answer, store_fault};
use crate::app::App;
use crate::auth::Caller;

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

/// Contract accounts with what is open.
///
/// Contract accounts of the customer, one entry per account and currency. A page ends with an account,
/// so it has an entry or two more where one has several currencies.
#[utoipa::path(
    get,
    path = "/v1/accounts",
    tag = "bills",
    params(ListQuery),
    responses((status = 200, description = "Contract accounts with what is open, by account and currency. A page ends with an account, so it may have a few more entries than asked for.", body = Page<Account>)),
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    uri: Uri,
) -> Answer<Json<Page<Account>>> {
    let wanted: ListQuery = query(&uri)?;
    let after: Option<AccountId> = parameter("cursor", wanted.cursor.as_deref())?;
    let limit = limit_or(wanted.limit.as_deref(), MAX_PAGE)?;
    let service = app.service().await?;
    let today = service.quoting.today(caller.now);
    let page = app
        .store
        .accounts_page(app.viewer(&caller).await?, today, after, limit)
        .await
        .map_err(store_fault)?;
    let rows = page.items.into_iter();
    let items = rows.flat_map(|row| entries(row, service.payee.currency));
    Ok(Json(Page {
        items: items.collect(),
        next: page.next,
    }))
}

fn entries(row: AccountRow, currency: Currency) -> Vec<Account> {
    let AccountRow { account, mut sums } = row;
    if sums.is_empty() {
        let zero = Money::zero(currency);
        sums.push(AccountSums {
            currency,
            open: zero,
            overdue: zero,
            in_collection: zero,
        });
    }
    let entry = |sums: AccountSums| Account {
        account: account.id.clone(),
        name: account.name.clone(),
        address: account.address.clone(),
        currency: sums.currency,
        open: sums.open.minor(),
        overdue: sums.overdue.minor(),
        in_collection: sums.in_collection.minor(),
    };
    sums.into_iter().map(entry).collect()
}
