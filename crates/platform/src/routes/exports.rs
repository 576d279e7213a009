//! `/v1/exports` on the managers' listener: files for the marketing system go out.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use http::{HeaderMap, StatusCode, header};
use hyper::body::Bytes;
use wattkey_pki::Digest;
use wattkey_protocol::file::{Export, Exports, MEDIA_NDJSON, NewExport};
use wattkey_protocol::names::MEDIA_JOSE;

use super::imports::content_digest;
use super::input::{Document, Id, jose};
use crate::answer::{Answer, not_found, store_fault};
use crate::app::App;
use crate::auth::Desk;
use crate::files::export::{Made, acknowledge, make, signed};

/// Files in a list.
const LISTED: u32 = 100;

/// The last ones, and the number of the next.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Extension(desk): Extension<Desk>,
) -> Answer<Json<Exports>> {
    desk.must_be_bound()?;
    let next = app.store.next_export().await.map_err(store_fault)?;
    let mut items = Vec::new();
    for kept in app.store.exports(LISTED).await.map_err(store_fault)? {
        items.push(signed(&app, kept).await?);
    }
    Ok(Json(Exports { items, next }))
}

/// Makes the next one.
pub(super) async fn create(
    State(app): State<Arc<App>>,
    Extension(desk): Extension<Desk>,
    Document(wanted): Document<NewExport>,
) -> Answer<Response> {
    desk.must_be_bound()?;
    Ok(match make(&app, wanted.number).await? {
        Made::New(export) => (StatusCode::CREATED, Json(export)).into_response(),
        Made::There(export) => Json(export).into_response(),
        Made::Nothing => StatusCode::NO_CONTENT.into_response(),
    })
}

/// Its bytes, the same whenever they are asked for.
pub(super) async fn body(
    State(app): State<Arc<App>>,
    Extension(desk): Extension<Desk>,
    Id(number): Id<u64>,
) -> Answer<Response> {
    desk.must_be_bound()?;
    let kept = app.store.export(number).await.map_err(store_fault)?;
    let kept = kept.ok_or_else(|| not_found("no such file"))?;
    // Signed first: what is handed out stays.
    let export = signed(&app, kept).await?;
    let body = app.store.export_body(number).await.map_err(store_fault)?;
    let body = body.ok_or_else(|| not_found("no such file"))?;
    let fields = [
        (header::CONTENT_TYPE.as_str(), MEDIA_NDJSON.to_owned()),
        ("content-digest", content_digest(export.digest)),
    ];
    debug_assert_eq!(export.digest, Digest::of(&body));
    Ok((fields, body).into_response())
}

/// Its signature.
pub(super) async fn signature(
    State(app): State<Arc<App>>,
    Extension(desk): Extension<Desk>,
    Id(number): Id<u64>,
) -> Answer<Response> {
    desk.must_be_bound()?;
    let kept = app.store.export(number).await.map_err(store_fault)?;
    let kept = kept.ok_or_else(|| not_found("no such file"))?;
    let export = signed(&app, kept).await?;
    Ok(([(header::CONTENT_TYPE, MEDIA_JOSE)], export.signature).into_response())
}

/// The marketing system has it.
pub(super) async fn acknowledgement(
    State(app): State<Arc<App>>,
    Extension(desk): Extension<Desk>,
    Id(number): Id<u64>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<Export>> {
    desk.must_be_bound()?;
    let text = jose(&headers, &body)?;
    Ok(Json(acknowledge(&app, number, text).await?))
}
