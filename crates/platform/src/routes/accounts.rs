//! `GET /v1/accounts`.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use wattkey_domain::{Currency, Money};
use wattkey_protocol::api::{Account, Page};
use wattkey_store::{AccountRow, AccountSums};

use crate::answer::{Answer, store_fault};
use crate::app::App;
use crate::auth::Caller;

/// Contract accounts of the customer, with what is open: one entry per account and currency.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
) -> Answer<Json<Page<Account>>> {
    let service = app.service().await?;
    let today = service.quoting.today(caller.now);
    let rows = app
        .store
        .accounts(caller.customer, today)
        .await
        .map_err(store_fault)?;
    let items = rows
        .into_iter()
        .flat_map(|row| entries(row, service.payee.currency))
        .collect();
    Ok(Json(Page { items, next: None }))
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
