//! `GET /v1/bindings` on the managers' listener.

use axum::{Extension, Json};
use wattkey_protocol::api::{BindingView, Page};
use wattkey_protocol::order::Named;

use crate::answer::Answer;
use crate::auth::Desk;
use crate::binding_log::Binding;

/// What the log says, oldest binding first.
pub(super) async fn list(Extension(desk): Extension<Desk>) -> Answer<Json<Page<BindingView>>> {
    desk.must_be_bound()?;
    let mut items: Vec<_> = desk.state.bindings().map(|binding| view(binding)).collect();
    items.sort_by(|one, other| (one.bound, &one.serial).cmp(&(other.bound, &other.serial)));
    Ok(Json(Page { items, next: None }))
}

fn view(binding: &Binding) -> BindingView {
    let holder = &binding.holder;
    BindingView {
        serial: binding.serial.clone(),
        kind: holder.kind,
        holder: Named {
            id: holder.id,
            name: holder.name.clone(),
        },
        customer: holder.customer,
        authentication: binding.authentication.thumbprint(),
        bound: binding.bound,
        expires: binding.authentication.not_after(),
    }
}
