//! `/v1/resolutions` and `/v1/resolution-decisions` on the managers' listener: one manager signs
//! what is done with something that the bank said, another one confirms or refuses it.
//!
//! Both signatures, and that both managers are bound, are checked again before anything is posted;
//! the amounts are checked in the transaction that posts ([`wattkey_store::Store`]).

mod check;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use http::{HeaderMap, StatusCode, Uri};
use serde::Deserialize;
use wattkey_domain::ResolutionId;
use wattkey_failpoint::failpoint;
use wattkey_protocol::api::Page;
use wattkey_protocol::problem::{Problem, ProblemType};
use wattkey_protocol::reconciliation::ResolutionView;
use wattkey_protocol::resolution::{Resolution, ResolutionDecision, Verdict};
use wattkey_protocol::signed::Signed;
use wattkey_store::{
    DecideResolution, DecideResolutionOutcome, ProposeOutcome, ProposeResolution, Remedy,
    ResolutionVerdict, WhichResolutions,
};

use super::input::{Id, jose, parameter, query};
use crate::answer::{Answer, Refusal, not_found, store_fault};
use crate::app::App;
use crate::auth::{Desk, unbound};
use crate::receipts;

/// How often the binding log may move under one request.
const MAX_MOVES: usize = 8;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    all: Option<String>,
}

/// Resolutions that wait for a second manager, oldest first; with `all=true` all, newest first.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Extension(desk): Extension<Desk>,
    uri: Uri,
) -> Answer<Json<Page<ResolutionView>>> {
    desk.must_be_bound()?;
    let wanted: ListQuery = query(&uri)?;
    let which = match parameter::<bool>("all", wanted.all.as_deref())? {
        Some(true) => WhichResolutions::All,
        _ => WhichResolutions::Undecided,
    };
    let kept = app.store.resolutions(which).await.map_err(store_fault)?;
    let items = kept.into_iter().map(check::view);
    Ok(Json(Page {
        items: items.collect::<Answer<_>>()?,
        next: None,
    }))
}

/// One resolution.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Extension(desk): Extension<Desk>,
    Id(id): Id<ResolutionId>,
) -> Answer<Json<ResolutionView>> {
    desk.must_be_bound()?;
    let kept = app.store.resolution(id).await.map_err(store_fault)?;
    let kept = kept.ok_or_else(|| not_found("no such resolution"))?;
    Ok(Json(check::view(kept)?))
}

/// Takes a resolution in, to wait for a second manager: 201, or 200 when it was taken in before.
pub(super) async fn propose(
    State(app): State<Arc<App>>,
    Extension(desk): Extension<Desk>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Response> {
    desk.must_be_bound()?;
    let signed: Signed<Resolution> = check::read(jose(&headers, &body)?)?;
    check::signer(&app, &desk, &desk.state, &signed)?;
    let document = signed.document();
    let id = document.resolution;
    let kept = app.store.resolution(id).await.map_err(store_fault)?;
    if let Some(kept) = kept.filter(|kept| kept.digest == *signed.digest().as_bytes()) {
        return Ok((StatusCode::OK, Json(check::view(kept)?)).into_response());
    }
    check::created(document.created, desk.now)?;
    check::item(&app, document).await?;
    let request = ProposeResolution {
        resolution: id,
        jws: signed.as_str().to_owned(),
        digest: *signed.digest().as_bytes(),
        resolving: check::resolving(&app, document, desk.now).await?,
        manager: document.manager.id,
        bindings: 0,
        now: desk.now,
    };
    let outcome = keep(&app, &desk, &signed, request).await?;
    failpoint!("platform.resolution-committed");
    match outcome {
        ProposeOutcome::Kept => {
            tracing::info!(resolution = %id, item = %document.item, "a resolution waits");
            present(&app, id, StatusCode::CREATED).await
        }
        ProposeOutcome::Exists(_) => present(&app, id, StatusCode::OK).await,
        other => Err(check::not_proposed(other)),
    }
}

/// Takes a second manager's word in: 201, or 200 when it was taken in before.
pub(super) async fn decide(
    State(app): State<Arc<App>>,
    Extension(desk): Extension<Desk>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Response> {
    desk.must_be_bound()?;
    let signed: Signed<ResolutionDecision> = check::read(jose(&headers, &body)?)?;
    check::signer(&app, &desk, &desk.state, &signed)?;
    let word = signed.document();
    let id = word.resolution;
    let kept = app.store.resolution(id).await.map_err(store_fault)?;
    let kept = kept.ok_or_else(|| not_found("no such resolution"))?;
    let proposed: Signed<Resolution> = Signed::parse(&kept.jws)
        .map_err(|error| Refusal::fault("a resolution in the database cannot be read", &error))?;
    let document = proposed.document();
    if word.resolution_digest != proposed.digest() || document.resolution != id {
        return Err(check::refused(
            "digest",
            "the resolution is another one than was read",
        ));
    }
    // Of the signed documents themselves, whatever the database says of who proposed it.
    if word.decision == Verdict::Confirm && word.manager.id == document.manager.id {
        return Err(check::refused(
            "same-manager",
            "whoever signed the resolution cannot confirm it",
        ));
    }
    if kept.decision.is_none() {
        check::created(word.created, desk.now)?;
        if word.decision == Verdict::Confirm {
            check::item(&app, document).await?;
        }
    }
    let request = DecideResolution {
        resolution: id,
        resolution_digest: *proposed.digest().as_bytes(),
        verdict: match word.decision {
            Verdict::Confirm => ResolutionVerdict::Confirm,
            Verdict::Refuse => ResolutionVerdict::Refuse,
        },
        jws: signed.as_str().to_owned(),
        digest: *signed.digest().as_bytes(),
        resolving: match word.decision {
            Verdict::Confirm => check::resolving(&app, document, desk.now).await?,
            // What can no longer be done can still be refused.
            Verdict::Refuse => check::untouched(&app, document).await?,
        },
        manager: word.manager.id,
        bindings: 0,
        now: desk.now,
    };
    let resolving = &request.resolving;
    let moved = matches!(resolving.remedy, Remedy::Order(_)).then_some(resolving.order);
    let moved = moved.flatten();
    let outcome = post(&app, &desk, &signed, &proposed, request).await?;
    failpoint!("platform.resolution-decision-committed");
    match outcome {
        DecideResolutionOutcome::Confirmed(journal) => {
            let link = journal.map(|journal| journal.sequence);
            tracing::info!(resolution = %id, item = %document.item, link, "a resolution is done");
            if let Some(order) = moved {
                receipts::catch_up_of(&app, order).await;
            }
            present(&app, id, StatusCode::CREATED).await
        }
        DecideResolutionOutcome::Refused => {
            tracing::info!(resolution = %id, "a resolution is refused");
            present(&app, id, StatusCode::CREATED).await
        }
        DecideResolutionOutcome::Exists => present(&app, id, StatusCode::OK).await,
        other => Err(check::not_decided(other)),
    }
}

/// Keeps a resolution while its manager is bound.
async fn keep(
    app: &App,
    desk: &Desk,
    signed: &Signed<Resolution>,
    mut request: ProposeResolution,
) -> Answer<ProposeOutcome> {
    let mut state = Arc::clone(&desk.state);
    for _ in 0..MAX_MOVES {
        request.bindings = state.head().sequence;
        let outcome = app.store.propose_resolution(request.clone()).await;
        let outcome = outcome.map_err(store_fault)?;
        if outcome != ProposeOutcome::BindingsMoved {
            return Ok(outcome);
        }
        state = app.bindings().await?;
        check::signer(app, desk, &state, signed)?;
    }
    Err(moves_too_often())
}

/// Posts while both managers are bound.
async fn post(
    app: &App,
    desk: &Desk,
    signed: &Signed<ResolutionDecision>,
    proposed: &Signed<Resolution>,
    mut request: DecideResolution,
) -> Answer<DecideResolutionOutcome> {
    let mut state = Arc::clone(&desk.state);
    for _ in 0..MAX_MOVES {
        if request.verdict == ResolutionVerdict::Confirm {
            check::proposer(app, desk, &state, proposed)?;
        }
        request.bindings = state.head().sequence;
        let outcome = app.store.decide_resolution(request.clone()).await;
        let outcome = outcome.map_err(store_fault)?;
        if outcome != DecideResolutionOutcome::BindingsMoved {
            return Ok(outcome);
        }
        state = app.bindings().await?;
        if state.binding(&desk.certificate).is_none() {
            return Err(unbound());
        }
        check::signer(app, desk, &state, signed)?;
    }
    Err(moves_too_often())
}

fn moves_too_often() -> Refusal {
    Problem::new(ProblemType::Unavailable)
        .detail("the binding log moves all the time")
        .into()
}

async fn present(app: &App, id: ResolutionId, status: StatusCode) -> Answer<Response> {
    let kept = app.store.resolution(id).await.map_err(store_fault)?;
    let kept = kept.ok_or_else(|| not_found("no such resolution"))?;
    Ok((status, Json(check::view(kept)?)).into_response())
}
