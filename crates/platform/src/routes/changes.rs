//! `/v1/changes`: what customers change of their own data, each change as it was signed, and another
//! person's word where one is needed.

pub mod decide;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use http::{HeaderMap, StatusCode, Uri, header};
use serde::Deserialize;
use wattkey_domain::{ChangeId, ChangeState, Right};
use wattkey_failpoint::failpoint;
use wattkey_protocol::api::Page;
use wattkey_protocol::change::{Change, ChangeDecisionView, ChangeView, SignedChange, What};
use wattkey_protocol::fields;
use wattkey_protocol::names::{FIELD_SIGNATURE_CERTIFICATE, MEDIA_JOSE};
use wattkey_protocol::order::Named;
use wattkey_protocol::problem::{Problem, ProblemType};
use wattkey_store::{ChangeCursor, ChangeOutcome, ChangeRecord, ProposeChange};

use super::bills::digest;
use super::input::{Id, limit, parameter, query};
use super::orders::accept::different;
use super::signed::{self, malformed};
use crate::access::no_right;
use crate::answer::{Answer, Refusal, not_found, store_fault};
use crate::app::App;
use crate::auth::Caller;

/// Most changes of one page: one may have twenty contacts, and a capsule holds one MiB.
const MAX_PAGE: u32 = 20;

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

/// Changes of own data and rights, newest first.
///
/// Those that the user may see.
#[utoipa::path(
    get,
    path = "/v1/changes",
    tag = "people",
    params(ListQuery),
    responses((status = 200, description = "Changes that the user may see, newest first.", body = Page<ChangeView>)),
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    uri: Uri,
) -> Answer<Json<Page<ChangeView>>> {
    let wanted: ListQuery = query(&uri)?;
    let after = parameter::<ChangeCursor>("cursor", wanted.cursor.as_deref())?;
    let limit = limit(wanted.limit.as_deref())?.min(MAX_PAGE);
    let viewer = app.viewer(&caller).await?;
    let page = app
        .store
        .changes(viewer, after, limit)
        .await
        .map_err(store_fault)?;
    let items = page.items.into_iter().map(view).collect::<Answer<_>>()?;
    Ok(Json(Page {
        items,
        next: page.next,
    }))
}

/// The signed change.
///
/// With the certificate that its signature is verified with, also when that was unbound since.
#[utoipa::path(
    get,
    path = "/v1/changes/{change}/document",
    tag = "people",
    params(("change" = ChangeId, Path, description = "The change")),
    responses((status = 200, description = "The signed change, PROTOCOL.md section 10.", body = String, content_type = "application/jose", headers(("Wattkey-Signature-Certificate" = String, description = "The signer's certificate")))),
)]
pub(super) async fn document(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Id(change): Id<ChangeId>,
) -> Answer<Response> {
    own_change(&app, &caller, change).await?;
    let signed = kept_change(&app, change).await?;
    let signed = signed.ok_or_else(|| not_found("no such change"))?;
    let bindings = app.bindings().await?;
    let binding = bindings.once_bound(signed.certificate()).ok_or_else(|| {
        let what = "the signer of the change was never bound";
        Refusal::new(ProblemType::Internal, what)
    })?;
    let headers = [
        (header::CONTENT_TYPE.as_str(), MEDIA_JOSE.to_owned()),
        (
            FIELD_SIGNATURE_CERTIFICATE,
            fields::byte_sequence(binding.signature.der()),
        ),
    ];
    Ok((headers, signed.as_str().to_owned()).into_response())
}

/// Change own data or rights.
///
/// A change of rights waits for another administrator's decision. 201 when the change is new, 200 when it
/// is known.
#[utoipa::path(
    post,
    path = "/v1/changes",
    tag = "people",
    request_body(content = String, content_type = "application/jose", description = "A change, PROTOCOL.md section 10"),
    responses((status = 201, description = "Taken in.", body = ChangeView), (status = 200, description = "It is known: the same answer again.", body = ChangeView)),
)]
pub(crate) async fn propose(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Response> {
    let signed = signed::read::<Change>(&app, &caller, &headers, &body)?;
    let document = signed.document();
    if let Some(kept) = kept_change(&app, document.change).await? {
        if kept.digest() != signed.digest() {
            let own = kept.document().customer.id == caller.customer;
            return Err(different(own.then(|| kept.digest())));
        }
        return present(&app, &caller, document.change, StatusCode::OK).await;
    }
    signed::check_said(&app, &caller, document).await?;
    let request = for_the_books(&caller, &signed)?;
    let outcome = signed::while_bound(
        &app,
        &caller,
        |outcome| matches!(outcome, ChangeOutcome::BindingsMoved),
        |bindings| {
            let (store, request) = (app.store.clone(), request.clone());
            let request = ProposeChange {
                bindings,
                ..request
            };
            async move { store.propose_change(request).await }
        },
    )
    .await?;
    failpoint!("platform.change-committed");
    let status = match outcome {
        ChangeOutcome::Taken(state) => {
            let kind = document.what.kind();
            tracing::info!(change = %document.change, kind, %state, "own data");
            StatusCode::CREATED
        }
        ChangeOutcome::Exists => StatusCode::OK,
        other => return Err(refused(other)),
    };
    present(&app, &caller, document.change, status).await
}

fn for_the_books(caller: &Caller, signed: &SignedChange) -> Answer<ProposeChange> {
    let document = signed.document();
    let replaces = u64::try_from(document.replaces);
    let rights = match &document.what {
        What::Rights { rights, .. } => *rights,
        _ => None,
    };
    Ok(ProposeChange {
        change: document.change,
        digest: *signed.digest().as_bytes(),
        jws: signed.as_str().to_owned(),
        customer: caller.customer,
        user: caller.binding.holder.id,
        bindings: caller.log,
        replaces: replaces.map_err(|_| malformed("replaces is below 0"))?,
        subject: document.what.subject(),
        what: serde_json::to_string(&document.what).expect("texts are JSON"),
        rights,
        now: caller.now,
    })
}

/// The change of this id as it was signed, whosever it is.
async fn kept_change(app: &App, change: ChangeId) -> Answer<Option<SignedChange>> {
    let kept = app.store.change_jws(change).await.map_err(store_fault)?;
    kept.map(|(_, jws)| SignedChange::parse(&jws))
        .transpose()
        .map_err(|error| Refusal::fault("a change in the database cannot be read", &error))
}

async fn own_change(app: &App, caller: &Caller, change: ChangeId) -> Answer<ChangeRecord> {
    let viewer = app.viewer(caller).await?;
    let record = app.store.change(viewer, change).await;
    let record = record.map_err(store_fault)?;
    record.ok_or_else(|| not_found("no such change"))
}

/// Where a change stands, as its customer sees it.
async fn present(
    app: &App,
    caller: &Caller,
    change: ChangeId,
    status: StatusCode,
) -> Answer<Response> {
    let record = own_change(app, caller, change).await?;
    Ok((status, Json(view(record)?)).into_response())
}

fn view(record: ChangeRecord) -> Answer<ChangeView> {
    let waits = record.state == ChangeState::Waiting;
    let decided = record.decision.map(|decided| ChangeDecisionView {
        user: Named {
            id: decided.user,
            name: decided.user_name,
        },
        decision: decided.decision,
        at: decided.at,
    });
    Ok(ChangeView {
        change: record.change,
        digest: digest(&record.digest),
        user: Named {
            id: record.user,
            name: record.user_name,
        },
        what: what(&record.what)?,
        replaces: number(record.replaces),
        state: record.state,
        version: record.version.map(number),
        at: record.at,
        until: record.lapses.filter(|_| waits),
        ended: record.ended,
        decisions: decided.into_iter().collect(),
    })
}

/// What the books keep of a change.
pub(crate) fn what(json: &str) -> Answer<What> {
    serde_json::from_str(json)
        .map_err(|error| Refusal::fault("own data in the database cannot be read", &error))
}

/// A version never comes near the limit.
pub(super) fn number(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

/// The problem of a change or a decision that the books did not take.
fn refused(outcome: ChangeOutcome) -> Refusal {
    match outcome {
        ChangeOutcome::Taken(_) | ChangeOutcome::Exists => {
            let what = "a change that was taken in is not refused";
            Refusal::new(ProblemType::Internal, what)
        }
        ChangeOutcome::ExistsWithDifferentPayload { digest: kept } => {
            different(kept.map(|kept| digest(&kept)))
        }
        ChangeOutcome::DifferentDigest => different(None),
        ChangeOutcome::Unknown => not_found("no such change"),
        ChangeOutcome::UnknownAccount { .. } => not_found("no such account"),
        ChangeOutcome::UnknownUser { .. } => not_found("no such user"),
        ChangeOutcome::NoRight { right, account } => no_right(right, account.as_ref()),
        ChangeOutcome::NobodyApproves => Problem::new(ProblemType::Right)
            .with("right", Right::Administer.as_str())
            .with("reason", "nobody-approves")
            .detail("besides the signer and whom it is about nobody could approve it")
            .into(),
        ChangeOutcome::OwnChange => Problem::new(ProblemType::OwnChange).into(),
        ChangeOutcome::Changed { version } => Problem::new(ProblemType::Changed)
            .with("version", number(version))
            .into(),
        ChangeOutcome::NotPossible {
            state: ChangeState::Lapsed,
        } => Problem::new(ProblemType::Lapsed).into(),
        ChangeOutcome::NotPossible { state } => Problem::new(ProblemType::Decision)
            .with("state", state.as_str())
            .into(),
        ChangeOutcome::BindingsMoved => signed::moves_too_often(),
    }
}
