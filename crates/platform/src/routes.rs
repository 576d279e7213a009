//! The two listeners' requests (PROTOCOL.md, section 8). Files mirror the URLs.

pub mod accounts;
pub mod arrears;
pub mod bills;
pub mod binding_steps;
pub mod bindings;
pub mod changes;
pub mod cut_offs;
pub mod deposits;
pub mod disputes;
mod etag;
pub mod exports;
pub mod guard;
pub mod imports;
pub mod input;
pub mod mandates;
pub mod me;
pub mod metering_points;
pub mod notices;
pub mod orders;
pub mod profile;
pub mod reconciliation;
pub mod resolutions;
mod signed;
pub mod standing_instructions;
pub mod tariffs;
pub mod tax_invoices;
pub mod users;
pub mod warnings;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post, put};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wattkey_protocol::file::CHUNK;

use crate::answer::no_route;
use crate::app::App;
use crate::metrics;

/// What gateways may ask, in the name of a user.
pub fn gateways(app: Arc<App>) -> Router {
    let (router, _) = described().split_for_parts();
    router
        .fallback(no_route)
        .method_not_allowed_fallback(no_route)
        .layer(from_fn(etag::tag))
        .layer(from_fn_with_state(Arc::clone(&app), guard::user))
        .layer(from_fn_with_state(Arc::clone(&app), metrics::gateways))
        .with_state(app)
}

/// Its routes, each with its description (`crate::openapi`).
pub(crate) fn described() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(me::show))
        .routes(routes!(accounts::list))
        .routes(routes!(accounts::statement::show))
        .routes(routes!(bills::list))
        .routes(routes!(bills::show))
        .routes(routes!(bills::document))
        .routes(routes!(bills::quote::show))
        .routes(routes!(metering_points::list))
        .routes(routes!(metering_points::readings::show))
        .routes(routes!(tariffs::tariff))
        .routes(routes!(tariffs::schedule))
        .routes(routes!(tariffs::metered))
        .routes(routes!(warnings::list))
        .routes(routes!(tax_invoices::of_bill))
        .routes(routes!(tax_invoices::file))
        .routes(routes!(mandates::list))
        .routes(routes!(deposits::list))
        .routes(routes!(orders::list, orders::accept::accept))
        .routes(routes!(orders::show))
        .routes(routes!(orders::document))
        .routes(routes!(orders::decide::decide))
        .routes(routes!(orders::transfer))
        .routes(routes!(orders::receipt))
        .routes(routes!(
            standing_instructions::list,
            standing_instructions::keep
        ))
        .routes(routes!(arrears::show))
        .routes(routes!(disputes::list, disputes::keep))
        .routes(routes!(notices::list))
        .routes(routes!(notices::document))
        .routes(routes!(notices::acknowledge))
        .routes(routes!(profile::show))
        .routes(routes!(changes::list, changes::propose))
        .routes(routes!(changes::document))
        .routes(routes!(changes::decide::decide))
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
        .route("/v1/reconciliation/item", get(reconciliation::item))
        .route("/v1/reconciliation/split", get(reconciliation::split))
        .route(
            "/v1/resolutions",
            get(resolutions::list).post(resolutions::propose),
        )
        .route("/v1/resolutions/{resolution}", get(resolutions::show))
        .route("/v1/resolution-decisions", post(resolutions::decide))
        .route("/v1/disputes", get(disputes::desk_list))
        .route("/v1/cut-offs", get(cut_offs::list).post(cut_offs::plan))
        .route(
            "/v1/cut-offs/{account}",
            get(cut_offs::show).delete(cut_offs::discard),
        )
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
