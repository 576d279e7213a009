//! The two listeners' requests (PROTOCOL.md, section 8). Files mirror the URLs.

pub mod accounts;
pub mod bills;
pub mod binding_steps;
pub mod bindings;
pub mod deposits;
pub mod exports;
pub mod guard;
pub mod imports;
pub mod input;
pub mod mandates;
pub mod me;
pub mod orders;
pub mod reconciliation;
pub mod resolutions;
mod signed;
pub mod standing_instructions;
pub mod users;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post, put};
use wattkey_protocol::file::CHUNK;

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
        .route("/v1/bills/{bill}/quote", get(bills::quote::show))
        .route("/v1/mandates", get(mandates::list))
        .route("/v1/deposits", get(deposits::list))
        .route("/v1/orders", get(orders::list).post(orders::accept::accept))
        .route("/v1/orders/{order}", get(orders::show))
        .route("/v1/orders/{order}/document", get(orders::document))
        .route("/v1/orders/{order}/decisions", post(orders::decide::decide))
        .route("/v1/orders/{order}/transfer", get(orders::transfer))
        .route("/v1/orders/{order}/receipt", get(orders::receipt))
        .route(
            "/v1/standing-instructions",
            get(standing_instructions::list).post(standing_instructions::keep),
        )
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
        .route("/v1/reconciliation", get(reconciliation::show))
        .route("/v1/reconciliation/split", get(reconciliation::split))
        .route(
            "/v1/resolutions",
            get(resolutions::list).post(resolutions::propose),
        )
        .route("/v1/resolutions/{resolution}", get(resolutions::show))
        .route("/v1/resolution-decisions", post(resolutions::decide))
        .route("/v1/imports", get(imports::list).post(imports::create))
        .route(
            "/v1/imports/{source}/{number}",
            get(imports::show).delete(imports::discard),
        )
        .route(
            "/v1/imports/{source}/{number}/chunks/{chunk}",
            // Bounded by the guard; axum would stop at two megabytes.
            put(imports::chunk).layer(DefaultBodyLimit::max(CHUNK)),
        )
        .route("/v1/imports/{source}/{number}/check", post(imports::check))
        .route(
            "/v1/imports/{source}/{number}/commit",
            post(imports::commit),
        )
        .route(
            "/v1/imports/{source}/{number}/acknowledgement",
            get(imports::acknowledged),
        )
        .route("/v1/exports", get(exports::list).post(exports::create))
        .route("/v1/exports/{number}", get(exports::body))
        .route("/v1/exports/{number}/signature", get(exports::signature))
        .route(
            "/v1/exports/{number}/acknowledgement",
            post(exports::acknowledgement),
        )
        .fallback(no_route)
        .method_not_allowed_fallback(no_route)
        .layer(from_fn_with_state(Arc::clone(&app), guard::manager))
        .layer(from_fn_with_state(Arc::clone(&app), metrics::managers))
        .with_state(app)
}
