//! `GET /v1/users` on the managers' listener.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use wattkey_protocol::api::{Page, UserView};
use wattkey_protocol::order::Named;

use crate::answer::{Answer, store_fault};
use crate::app::App;
use crate::auth::Desk;

/// Users of all customers, by name.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Extension(desk): Extension<Desk>,
) -> Answer<Json<Page<UserView>>> {
    desk.must_be_bound()?;
    let customers = app.store.customers().await.map_err(store_fault)?;
    let names: BTreeMap<_, _> = customers
        .into_iter()
        .map(|customer| (customer.id, customer.name))
        .collect();
    let users = app.store.users().await.map_err(store_fault)?;
    let items = users
        .into_iter()
        .map(|user| UserView {
            keys: desk
                .state
                .bindings_of(user.id)
                .map(|binding| binding.serial.clone())
                .collect(),
            customer: Named {
                id: user.customer,
                name: names.get(&user.customer).cloned().unwrap_or_default(),
            },
            user: Named {
                id: user.id,
                name: user.name,
            },
            rights: user.rights,
        })
        .collect();
    Ok(Json(Page { items, next: None }))
}
