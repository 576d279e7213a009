//! The two listeners' requests (PROTOCOL.md, section 8). Files mirror the URLs.

pub mod accounts;
pub mod bills;
pub mod binding_steps;
pub mod bindings;
pub mod guard;
pub mod input;
pub mod mandates;
pub mod me;
pub mod orders;
pub mod users;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;

use crate::answer::no_route;
use crate::app::App;
use crate::metrics;

/// What gateways may ask, in the name of a user.
pub fn gateways(app: Arc<App>) -> Router {
    Router::new()
        .route("/v1/me", get(me::show))
        .route("/v1/accounts", get(accounts::list))
        .route("/v1/bills", get(bills::list))
        .route("/v1/bills/{bill}", get(bills::show))
        .route("/v1/bills/{bill}/document", get(bills::document))
        .route("/v1/mandates", get(mandates::list))
        .route("/v1/orders", get(orders::list).post(orders::accept::accept))
        .route("/v1/orders/{order}", get(orders::show))
        .route("/v1/orders/{order}/receipt", get(orders::receipt))
        .fallback(no_route)
        .method_not_allowed_fallback(no_route)
        .layer(from_fn_with_state(Arc::clone(&app), guard::user))
        .layer(from_fn_with_state(Arc::clone(&app), metrics::gateways))
        .with_state(app)
}

/// What managers may ask.
pub fn managers(app: Arc<App>) -> Router {
    Router::new()
        .route(
            "/v1/binding-steps",
            get(binding_steps::list).post(binding_steps::append),
        )
        .route("/v1/bindings", get(bindings::list))
        .route("/v1/users", get(users::list))
        .fallback(no_route)
        .method_not_allowed_fallback(no_route)
        .layer(from_fn_with_state(Arc::clone(&app), guard::manager))
        .layer(from_fn_with_state(Arc::clone(&app), metrics::managers))
        .with_state(app)
}
