//! `POST /v1/changes/{change}/decisions`: another administrator's word on a change of rights.

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use wattkey_domain::{ChangeId, Decision};
use wattkey_failpoint::failpoint;
use wattkey_protocol::change::{ChangeDecision, ChangeView, SignedChange};
use wattkey_protocol::problem::ProblemType;
use wattkey_store::{ChangeOutcome, ChangeRecord, DecideChange};

use super::{kept_change, own_change, present, refused};
use crate::answer::{Answer, Refusal, not_found};
use crate::app::App;
use crate::auth::Caller;
use crate::routes::bills::digest;
use crate::routes::input::Id;
use crate::routes::orders::accept::different;
use crate::routes::signed::{self, malformed};

/// Decide on a change.
///
/// Another administrator approves or refuses it. 201 when the decision is new, 200 when this user decided
/// the same before.
#[utoipa::path(
    post,
    path = "/v1/changes/{change}/decisions",
    tag = "people",
    params(("change" = ChangeId, Path, description = "The change")),
    request_body(content = String, content_type = "application/jose", description = "A decision on a change, PROTOCOL.md section 10"),
    responses((status = 201, description = "Taken in.", body = ChangeView), (status = 200, description = "It is known: the same answer again.", body = ChangeView)),
)]
pub(crate) async fn decide(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Id(change): Id<ChangeId>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Response> {
    let signed = signed::read::<ChangeDecision>(&app, &caller, &headers, &body)?;
    let document = signed.document();
    if document.change != change {
        return Err(malformed("change is another one than the path's"));
    }
    let record = own_change(&app, &caller, change).await?;
    if document.change_digest != digest(&record.digest) {
        return Err(different(Some(digest(&record.digest))));
    }
    if decided_before(&record, document) {
        return present(&app, &caller, change, StatusCode::OK).await;
    }
    signed::check_said(&app, &caller, document).await?;
    let approved = approved(&app, document).await?;
    let request = DecideChange {
        change,
        change_digest: *document.change_digest.as_bytes(),
        digest: *signed.digest().as_bytes(),
        jws: signed.as_str().to_owned(),
        customer: caller.customer,
        user: caller.binding.holder.id,
        bindings: caller.log,
        decision: document.decision,
        now: caller.now,
    };
    let outcome = signed::while_bound(
        &app,
        &caller,
        |outcome| matches!(outcome, Ok(ChangeOutcome::BindingsMoved)),
        |bindings| {
            let (store, request) = (app.store.clone(), request.clone());
            let (app, record, approved) = (&app, &record, approved.as_ref());
            async move {
                // Each time: the log that moved may have unbound whoever signed the change.
                if let Some(kept) = approved
                    && let Err(refusal) = still_bound(app, record, kept).await
                {
                    return Ok(Err(refusal));
                }
                let request = DecideChange {
                    bindings,
                    ..request
                };
                store.decide_change(request).await.map(Ok)
            }
        },
    )
    .await??;
    failpoint!("platform.change-decision-committed");
    let status = match outcome {
        ChangeOutcome::Taken(state) => {
            tracing::info!(%change, decision = %document.decision, %state, "own data");
            StatusCode::CREATED
        }
        ChangeOutcome::Exists => StatusCode::OK,
        other => return Err(refused(other)),
    };
    present(&app, &caller, change, status).await
}

fn decided_before(record: &ChangeRecord, document: &ChangeDecision) -> bool {
    let decided = record.decision.as_ref();
    decided.is_some_and(|kept| kept.user == document.user.id && kept.decision == document.decision)
}

/// The change that is approved, as its signer signed it; none when it is not approved.
async fn approved(app: &App, document: &ChangeDecision) -> Answer<Option<SignedChange>> {
    if document.decision != Decision::Approve {
        return Ok(None);
    }
    let kept = kept_change(app, document.change).await?;
    kept.map(Some).ok_or_else(|| not_found("no such change"))
}

/// A change of a key that was unbound since it was signed is approved by nobody; it can be refused.
async fn still_bound(app: &App, record: &ChangeRecord, kept: &SignedChange) -> Answer<()> {
    let bindings = app.bindings().await?;
    let signer = bindings
        .once_bound(kept.certificate())
        .filter(|one| bindings.binding(&one.authentication) == Some(*one))
        .filter(|one| one.holder.id == record.user && kept.verify(&one.signature).is_ok());
    if signer.is_some() && kept.digest() == digest(&record.digest) {
        return Ok(());
    }
    let what = "the key that signed the change is no longer bound, or signed another one";
    Err(Refusal::new(ProblemType::OrderSignature, what))
}
