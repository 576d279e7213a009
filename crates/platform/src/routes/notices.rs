//! `/v1/notices`: what was served to a customer, and who has read it.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use http::{HeaderMap, StatusCode, Uri, header};
use serde::Deserialize;
use wattkey_domain::{NoticeId, Right};
use wattkey_failpoint::failpoint;
use wattkey_protocol::api::Page;
use wattkey_protocol::fields;
use wattkey_protocol::notice::{Acknowledgement, AcknowledgementView, NoticeDocument, NoticeView};
use wattkey_protocol::order::Named;
use wattkey_protocol::problem::{Problem, ProblemType};
use wattkey_store::{
    AcknowledgeNotice, AcknowledgementTaken, NewestCursor, NoticeQuery, NoticeRecord,
};

use super::bills::digest;
use super::input::{Id, limit, parameter, query};
use super::signed::{self, malformed};
use crate::access::no_right;
use crate::answer::{Answer, Refusal, not_found, store_fault};
use crate::app::App;
use crate::auth::Caller;

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

/// Notices of arrears, newest first.
#[utoipa::path(
    get,
    path = "/v1/notices",
    tag = "notices",
    params(ListQuery),
    responses((status = 200, description = "Notices, newest first.", body = Page<NoticeView>)),
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    uri: Uri,
) -> Answer<Json<Page<NoticeView>>> {
    let wanted: ListQuery = query(&uri)?;
    let after = parameter::<NewestCursor>("cursor", wanted.cursor.as_deref())?;
    let limit = limit(wanted.limit.as_deref())?;
    let access = app.access(&caller).await?;
    if !access.sees_by_itself() {
        return Ok(Json(Page {
            items: Vec::new(),
            next: None,
        }));
    }
    let asked = NoticeQuery {
        customer: caller.customer,
        hidden: access.hidden().cloned().collect(),
        after,
        limit,
    };
    let page = app.store.notices(asked).await.map_err(store_fault)?;
    Ok(Json(Page {
        items: page.items.into_iter().map(view).collect(),
        next: page.next,
    }))
}

/// The notice.
///
/// Its exact bytes, of which `digest` of the notice is the digest.
#[utoipa::path(
    get,
    path = "/v1/notices/{notice}/document",
    tag = "notices",
    params(("notice" = NoticeId, Path, description = "The notice")),
    responses((status = 200, description = "A notice: its exact bytes.", body = NoticeDocument, headers(("Content-Digest" = String, description = "RFC 9530")))),
)]
pub(super) async fn document(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Id(notice): Id<NoticeId>,
) -> Answer<Response> {
    let access = app.access(&caller).await?;
    let document = app
        .store
        .notice_document(caller.customer, notice)
        .await
        .map_err(store_fault)?;
    let document = document.filter(|document| access.sees(&document.account));
    let bytes = document.ok_or_else(|| not_found("no such notice"))?.bytes;
    let headers = [
        (header::CONTENT_TYPE.as_str(), "application/json".to_owned()),
        ("content-digest", fields::content_digest(&bytes)),
    ];
    Ok((headers, bytes).into_response())
}

/// Say that a notice was read.
///
/// 201 when this user says so for the first time, 200 when it did before.
#[utoipa::path(
    post,
    path = "/v1/notices/{notice}/acknowledgements",
    tag = "notices",
    params(("notice" = NoticeId, Path, description = "The notice")),
    request_body(content = String, content_type = "application/jose", description = "An acknowledgement, PROTOCOL.md section 10"),
    responses(
        (status = 201, description = "It is kept.", body = NoticeView),
        (status = 200, description = "This user has acknowledged it before.", body = NoticeView),
    ),
)]
pub(crate) async fn acknowledge(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Id(notice): Id<NoticeId>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Response> {
    let signed = signed::read::<Acknowledgement>(&app, &caller, &headers, &body)?;
    let document = signed.document();
    if document.notice != notice {
        return Err(malformed("notice is not the one of the path"));
    }
    let own = seen(&app, &caller, notice).await?;
    let user = document.user.id;
    if own.acknowledged.iter().any(|read| read.user == user) {
        return Ok((StatusCode::OK, Json(view(own))).into_response());
    }
    signed::check_said(&app, &caller, document).await?;
    let request = AcknowledgeNotice {
        notice,
        notice_digest: *document.notice_digest.as_bytes(),
        digest: *signed.digest().as_bytes(),
        jws: signed.as_str().to_owned(),
        customer: caller.customer,
        user,
        bindings: caller.log,
        now: caller.now,
    };
    let outcome = signed::while_bound(
        &app,
        &caller,
        |outcome| matches!(outcome, AcknowledgementTaken::BindingsMoved),
        |bindings| {
            let (store, request) = (app.store.clone(), request.clone());
            async move {
                let request = AcknowledgeNotice {
                    bindings,
                    ..request
                };
                store.acknowledge_notice(request).await
            }
        },
    )
    .await?;
    failpoint!("platform.acknowledgement-committed");
    let status = match outcome {
        AcknowledgementTaken::Kept => {
            tracing::info!(%notice, "notice acknowledged");
            StatusCode::CREATED
        }
        AcknowledgementTaken::Exists => StatusCode::OK,
        other => return Err(refused(other)),
    };
    let kept = seen(&app, &caller, notice).await?;
    Ok((status, Json(view(kept))).into_response())
}

/// A notice of an account that the user may look at.
async fn seen(app: &App, caller: &Caller, notice: NoticeId) -> Answer<NoticeRecord> {
    let access = app.access(caller).await?;
    let kept = app.store.notice(caller.customer, notice).await;
    let kept = kept.map_err(store_fault)?;
    kept.filter(|kept| access.sees(&kept.account))
        .ok_or_else(|| not_found("no such notice"))
}

pub(super) fn view(kept: NoticeRecord) -> NoticeView {
    let acknowledged = kept.acknowledged.into_iter();
    NoticeView {
        notice: kept.notice,
        digest: digest(&kept.digest),
        account: kept.account,
        kind: kept.kind,
        bills: kept.bills,
        total: kept.total.minor(),
        currency: kept.total.currency(),
        served: kept.served,
        cut_off: kept.cut_off,
        dropped: kept.dropped,
        acknowledged: acknowledged
            .map(|read| AcknowledgementView {
                user: Named {
                    id: read.user,
                    name: read.user_name,
                },
                at: read.at,
                digest: digest(&read.digest),
            })
            .collect(),
    }
}

fn refused(outcome: AcknowledgementTaken) -> Refusal {
    match outcome {
        AcknowledgementTaken::Kept | AcknowledgementTaken::Exists => Refusal::new(
            ProblemType::Internal,
            "an acknowledgement that was kept is not refused",
        ),
        AcknowledgementTaken::Unknown => not_found("no such notice"),
        AcknowledgementTaken::DocumentMismatch => {
            let problem = Problem::new(ProblemType::DocumentMismatch);
            problem.detail("the notice has other bytes").into()
        }
        AcknowledgementTaken::Right => no_right(Right::View, None),
        AcknowledgementTaken::BindingsMoved => signed::moves_too_often(),
    }
}
