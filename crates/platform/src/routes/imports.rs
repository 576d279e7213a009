//! `/v1/imports` on the managers' listener: files of the marketing system come in.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use http::{HeaderMap, StatusCode, header};
use hyper::body::Bytes;
use wattkey_pki::Digest;
use wattkey_protocol::file::{
    FileProblem, FileSignature, Import, ImportHeader, ImportState, Imports, MAX_RECORDS,
    MEDIA_CHUNK, NewImport, ReceivedChunk,
};
use wattkey_protocol::names::MEDIA_JOSE;
use wattkey_protocol::problem::ProblemType;
use wattkey_store::{ImportError, KeptFile};

use super::input::{Document, Ids};
use crate::answer::{Answer, Refusal, chain, not_found, store_fault};
use crate::app::App;
use crate::auth::Desk;
use crate::files::import::{
    Task, acknowledgement, content, number_refused, start, view, view_of_kept,
};
use crate::files::staging::{Key, Staged, StagingError, is_length};

/// Files that were taken in, in a list.
const LISTED: u32 = 100;

/// What is staged, and what was taken in last.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Extension(desk): Extension<Desk>,
) -> Answer<Json<Imports>> {
    desk.must_be_bound()?;
    let kept = app
        .store
        .imported_files(LISTED)
        .await
        .map_err(store_fault)?;
    let mut items: Vec<_> = app
        .files
        .staging
        .all()
        .iter()
        .map(|one| view(one))
        .collect();
    items.retain(|one| !kept.iter().any(|kept| is_of(kept, one)));
    for kept in &kept {
        items.push(view_of_kept(kept)?);
    }
    Ok(Json(Imports { items }))
}

fn is_of(kept: &KeptFile, staged: &Import) -> bool {
    kept.file.source == staged.source.as_str() && kept.file.number == staged.number
}

/// Announces a file: its header, its signature, its length.
pub(super) async fn create(
    State(app): State<Arc<App>>,
    Extension(desk): Extension<Desk>,
    Document(request): Document<NewImport>,
) -> Answer<Response> {
    desk.must_be_bound()?;
    let (header, signature) = checked(&app, &request, &desk)?;
    let (source, number) = (header.source.to_string(), header.number);
    if let Some(kept) = kept(&app, &source, number).await? {
        return if kept.file.digest == *signature.digest.as_bytes() {
            Ok((StatusCode::OK, Json(view_of_kept(&kept)?)).into_response())
        } else {
            let digest = kept.file.digest;
            Err(refused(&ImportError::NumberTaken { digest }))
        };
    }
    let last = app.store.last_import(source).await.map_err(store_fault)?;
    if number != last + 1 {
        let expected = last + 1;
        return Err(refused(&ImportError::Gap { expected }));
    }
    let staged = blocking({
        let app = Arc::clone(&app);
        move || app.files.staging.stage(request, header, signature)
    })
    .await?;
    Ok((StatusCode::CREATED, Json(view(&staged))).into_response())
}

/// What is announced must hold together before the first byte of it is taken.
fn checked(app: &App, request: &NewImport, desk: &Desk) -> Answer<(ImportHeader, FileSignature)> {
    let unsigned = |why: String| Refusal::new(ProblemType::FileSignature, why);
    let header =
        ImportHeader::parse(request.header.as_bytes()).map_err(|error| content(chain(&error)))?;
    let certificate = app.files.sources.get(&header.source);
    let certificate = certificate
        .ok_or_else(|| unsigned(format!("no certificate of {} is configured", header.source)))?;
    let signature = FileSignature::verify(&request.signature, certificate, desk.now)
        .map_err(|error: FileProblem| unsigned(chain(&error)))?;
    let is_of_it = signature.source == header.source.as_str()
        && signature.number == header.number
        && signature.records == header.records;
    if !is_of_it {
        return Err(unsigned("the signature is of another header".to_owned()));
    }
    if header.number == 0 || header.records > MAX_RECORDS || !is_length(request.bytes) {
        return Err(content("number, records or bytes are out of bounds"));
    }
    Ok((header, signature))
}

fn refused(error: &ImportError) -> Refusal {
    number_refused(error).unwrap_or_else(|| content(error.to_string()))
}

/// Where a file stands.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Extension(desk): Extension<Desk>,
    Ids((source, number)): Ids<(String, u64)>,
) -> Answer<Json<Import>> {
    desk.must_be_bound()?;
    Ok(Json(found(&app, &source, number).await?))
}

/// In the books first: what is still staged of it is of no more use.
async fn found(app: &App, source: &str, number: u64) -> Answer<Import> {
    if let Some(kept) = kept(app, source, number).await? {
        return view_of_kept(&kept);
    }
    match staged(app, source, number) {
        Ok(staged) => Ok(view(&staged)),
        // It was taken in, and what was staged removed, between the two looks.
        Err(nothing) => match kept(app, source, number).await? {
            Some(kept) => view_of_kept(&kept),
            None => Err(nothing),
        },
    }
}

/// One chunk of its bytes.
pub(super) async fn chunk(
    State(app): State<Arc<App>>,
    Extension(desk): Extension<Desk>,
    Ids((source, number, chunk)): Ids<(String, u64, u64)>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<ReceivedChunk>> {
    desk.must_be_bound()?;
    let media = headers.get(header::CONTENT_TYPE);
    if media.is_none_or(|media| media.as_bytes() != MEDIA_CHUNK.as_bytes()) {
        let detail = format!("content-type is not {MEDIA_CHUNK}");
        return Err(Refusal::new(ProblemType::Malformed, detail));
    }
    let staged = staged(&app, &source, number)?;
    Ok(Json(blocking(move || staged.receive(chunk, &body)).await?))
}

/// Begins to read and rehearse it.
pub(super) async fn check(
    app: State<Arc<App>>,
    desk: Extension<Desk>,
    path: Ids<(String, u64)>,
) -> Answer<Response> {
    begin(app, desk, path, Task::Check).await
}

/// Begins to take it in.
pub(super) async fn commit(
    app: State<Arc<App>>,
    desk: Extension<Desk>,
    path: Ids<(String, u64)>,
) -> Answer<Response> {
    begin(app, desk, path, Task::Commit).await
}

async fn begin(
    State(app): State<Arc<App>>,
    Extension(desk): Extension<Desk>,
    Ids((source, number)): Ids<(String, u64)>,
    task: Task,
) -> Answer<Response> {
    desk.must_be_bound()?;
    let view_now = found(&app, &source, number).await?;
    let Ok(staged) = staged(&app, &source, number) else {
        return Ok(Json(view_now).into_response());
    };
    if view_now.state == ImportState::Taken {
        // What a crash left of it is of no more use.
        if !staged.work().is_running() {
            blocking(move || app.files.staging.discard(&staged.key())).await?;
        }
        return Ok(Json(view_now).into_response());
    }
    // Once more: its source's certificate may have ended or been replaced since it was announced.
    checked(&app, &staged.request, &desk)?;
    start(&app, &staged, task)?;
    Ok((StatusCode::ACCEPTED, Json(view(&staged))).into_response())
}

/// That it was taken in, signed.
pub(super) async fn acknowledged(
    State(app): State<Arc<App>>,
    Extension(desk): Extension<Desk>,
    Ids((source, number)): Ids<(String, u64)>,
) -> Answer<Response> {
    desk.must_be_bound()?;
    let kept = kept(&app, &source, number).await?;
    let kept = kept.ok_or_else(|| not_found("the file was not taken in"))?;
    let jws = acknowledgement(&app, &kept).await?;
    Ok(([(header::CONTENT_TYPE, MEDIA_JOSE)], jws).into_response())
}

/// Drops what is staged of a file.
pub(super) async fn discard(
    State(app): State<Arc<App>>,
    Extension(desk): Extension<Desk>,
    Ids((source, number)): Ids<(String, u64)>,
) -> Answer<StatusCode> {
    desk.must_be_bound()?;
    let key = staged(&app, &source, number)?.key();
    blocking(move || app.files.staging.discard(&key)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// In the path, and a number that a database has.
fn key(source: &str, number: u64) -> Answer<Key> {
    let source = source.parse().ok();
    let key = source.filter(|_| i64::try_from(number).is_ok());
    key.map(|source| (source, number))
        .ok_or_else(|| not_found("no such file"))
}

async fn kept(app: &App, source: &str, number: u64) -> Answer<Option<KeptFile>> {
    let (source, number) = key(source, number)?;
    let kept = app.store.imported_file(source.to_string(), number).await;
    kept.map_err(store_fault)
}

fn staged(app: &App, source: &str, number: u64) -> Answer<Arc<Staged>> {
    let staged = app.files.staging.find(&key(source, number)?);
    staged.ok_or_else(|| not_found("no such file is staged"))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StagingError> + Send + 'static,
) -> Answer<T> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(|error| Refusal::fault("staging was broken off", &error))?;
    done.map_err(|error| match &error {
        StagingError::File { .. } | StagingError::Kept { .. } => {
            tracing::error!(error = chain(&error), "a file cannot be staged");
            Refusal::new(ProblemType::Unavailable, "the file cannot be staged now")
        }
        StagingError::NotNext { next } => {
            let problem = wattkey_protocol::problem::Problem::new(ProblemType::FileContent);
            let reason = error.to_string();
            let problem = problem.with("reason", reason.as_str()).with("next", *next);
            problem.detail(reason).into()
        }
        _ => content(error.to_string()),
    })
}

/// The digest of bytes, as a field has it (RFC 9530).
pub(super) fn content_digest(digest: Digest) -> String {
    use base64ct::Encoding as _;
    let text = base64ct::Base64::encode_string(digest.as_bytes());
    format!("sha-256=:{text}:")
}
