//! Before every handler: a bounded body, a log line, and proof of who asks.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{Method, header};
use hyper::body::Bytes;
use tracing::field::Empty;
use tracing::{Instrument as _, Span};
use uuid::Uuid;
use wattkey_protocol::file::CHUNK;
use wattkey_protocol::names::{FIELD_REQUEST, MAX_JWS};
use wattkey_protocol::problem::{Problem, ProblemType};
use wattkey_transport::Peer;

use crate::answer::{Answer, Refusal, no_route};
use crate::app::App;
use crate::auth;

/// For the whole body to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(15);

/// Lets a user's request through to its handler, with a [`auth::Caller`] in its extensions.
pub async fn user(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let span = span(&request);
    let work = async move {
        let admitted = async {
            let limit = limit_of(&request, 0);
            let (peer, mut request, body) = bounded(request, limit).await?;
            let (parts, _) = request.into_parts();
            let caller = auth::user(&app, &peer, &parts, &body).await?;
            request = Request::from_parts(parts, Body::from(body));
            request.extensions_mut().insert(caller);
            Ok(request)
        };
        answered(admitted.await, next).await
    };
    work.instrument(span).await
}

/// Lets a manager's request through to its handler, with a [`auth::Desk`] in its extensions.
pub async fn manager(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let span = span(&request);
    let work = async move {
        let admitted = async {
            let limit = limit_of(&request, CHUNK);
            let (peer, mut request, body) = bounded(request, limit).await?;
            let desk = auth::manager(&app, &peer).await?;
            request.extensions_mut().insert(desk);
            *request.body_mut() = Body::from(body);
            Ok(request)
        };
        answered(admitted.await, next).await
    };
    work.instrument(span).await
}

async fn answered(admitted: Answer<Request>, next: Next) -> Response {
    let response = match admitted {
        // axum would answer HEAD as GET.
        Ok(request) if *request.method() == Method::HEAD => no_route().await.into_response(),
        Ok(request) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    tracing::info!(status = response.status().as_u16(), "answered");
    response
}

/// One name per thing, in the logs of all parts.
fn span(request: &Request) -> Span {
    let id = request
        .headers()
        .get(FIELD_REQUEST)
        .and_then(|value| value.to_str().ok());
    // Text of outside goes into the log as what it is, or not at all.
    let id = id
        .and_then(|text| Uuid::try_parse(text).ok())
        .map(|id| id.to_string());
    tracing::info_span!(
        "request",
        request = id,
        method = request.method().as_str(),
        path = request.uri().path(),
        cert = Empty,
        customer = Empty,
        user = Empty,
        order = Empty,
    )
}

/// Documents are posted, and where there are files, chunks of them are put.
fn limit_of(request: &Request, chunk: usize) -> usize {
    match *request.method() {
        Method::POST => MAX_JWS,
        Method::PUT => chunk,
        _ => 0,
    }
}

async fn bounded(request: Request, limit: usize) -> Answer<(Peer, Request, Bytes)> {
    let (parts, body) = request.into_parts();
    let peer = parts.extensions.get::<Peer>().cloned();
    let peer = peer.ok_or_else(|| Refusal::new(ProblemType::Internal, "no peer"))?;
    let over = || Refusal::from(Problem::new(ProblemType::Body).with("limit", limit));
    let announced = parts
        .headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    if announced
        .and_then(|text| text.parse::<usize>().ok())
        .is_some_and(|length| length > limit)
    {
        return Err(over());
    }
    let reading = tokio::time::timeout(BODY_TIMEOUT, to_bytes(body, limit)).await;
    let body = match reading {
        Ok(Ok(body)) => body,
        Ok(Err(error)) if is_over_limit(&error) => return Err(over()),
        Ok(Err(_)) => return Err(Refusal::new(ProblemType::Malformed, "the body broke off")),
        Err(_) => {
            return Err(Refusal::new(
                ProblemType::Malformed,
                "the body did not arrive in time",
            ));
        }
    };
    Ok((peer, Request::from_parts(parts, Body::empty()), body))
}

fn is_over_limit(error: &axum::Error) -> bool {
    std::error::Error::source(error)
        .is_some_and(<dyn std::error::Error>::is::<http_body_util::LengthLimitError>)
}
