//! `/v1/binding-steps` on the managers' listener.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use http::{HeaderMap, StatusCode, Uri};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use wattkey_pki::Role;
use wattkey_protocol::api::{self, BindingSteps};
use wattkey_protocol::binding::{Bind, HolderKind, SignedStep, Step};
use wattkey_protocol::problem::{Problem, ProblemType};
use wattkey_store::{AppendOutcome, BindingStep};

use super::bills::digest;
use super::input::{jose, parameter, query};
use crate::answer::{Answer, Refusal, chain, store_fault};
use crate::app::App;
use crate::auth::Desk;
use crate::binding_log::State as Bindings;

/// Steps of one answer.
const STEPS_AT_ONCE: u32 = 100;
/// How far `at` of a new step may be from the platform's clock, in seconds.
const AT_WINDOW_S: i64 = 300;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    after: Option<String>,
}

/// Steps after a number.
pub(super) async fn list(State(app): State<Arc<App>>, uri: Uri) -> Answer<Json<BindingSteps>> {
    let wanted: ListQuery = query(&uri)?;
    let after = parameter::<u64>("after", wanted.after.as_deref())?.unwrap_or(0);
    // SQLite's integers end earlier.
    let after = after.min(i64::MAX.unsigned_abs() - 1);
    let rows = app
        .store
        .binding_steps_after(after, STEPS_AT_ONCE + 1)
        .await
        .map_err(store_fault)?;
    let more = rows.len() > STEPS_AT_ONCE as usize;
    let steps = rows
        .into_iter()
        .take(STEPS_AT_ONCE as usize)
        .map(|row| row.jws)
        .collect();
    Ok(Json(BindingSteps { steps, more }))
}

/// Takes one step in.
pub(super) async fn append(
    State(app): State<Arc<App>>,
    Extension(desk): Extension<Desk>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Response> {
    let text = jose(&headers, &body)?;
    let state = &desk.state;
    let next = Bindings::clone(state)
        .apply(app.log.rules(), text)
        .map_err(|error| refused(state, chain(&error)))?;
    let signed = SignedStep::parse(text).map_err(|error| refused(state, error.to_string()))?;
    check_now(&app, &desk, &signed).await?;
    let sequence = next.head().sequence;
    let step = BindingStep {
        sequence,
        jws: text.to_owned(),
    };
    let head = match app
        .store
        .append_binding_step(step)
        .await
        .map_err(store_fault)?
    {
        AppendOutcome::Appended(head) => head,
        AppendOutcome::OutOfSequence(_) => {
            return Err(refused(
                state,
                "another step came first: read the log and sign again".to_owned(),
            ));
        }
    };
    tracing::info!(sequence, "binding step appended");
    // Moves the kept head; until it has, the step does not count and nothing is answered.
    app.bindings().await?;
    let head = api::BindingHead {
        sequence: head.sequence,
        digest: digest(&head.digest),
    };
    Ok((StatusCode::CREATED, Json(head)).into_response())
}

/// What is asked of a new step beyond the log's own rules: that it is of now, that nothing of it
/// is revoked, and that the books know the user.
async fn check_now(app: &App, desk: &Desk, signed: &SignedStep) -> Answer<()> {
    let state = &desk.state;
    if distance(signed.step().place().at, desk.now) > SignedDuration::from_secs(AT_WINDOW_S) {
        return Err(refused(
            state,
            "at is not within five minutes of the platform's clock".to_owned(),
        ));
    }
    if let Some(signer) = state.manager_by_signature(signed.certificate()) {
        app.users
            .verify(&signer.signature, Role::ManagerSignature, desk.now)
            .map_err(|error| refused(state, format!("the signer's certificate: {error}")))?;
    }
    let Step::Bind(step) = signed.step() else {
        return Ok(());
    };
    let roles = match step.holder.kind {
        HolderKind::User => [Role::UserAuthentication, Role::UserSignature],
        HolderKind::Manager => [Role::ManagerAuthentication, Role::ManagerSignature],
    };
    for (certificate, role) in [&step.key.authentication, &step.key.signature]
        .into_iter()
        .zip(roles)
    {
        app.users
            .verify(certificate, role, desk.now)
            .map_err(|error| refused(state, format!("a certificate of the key: {error}")))?;
    }
    check_holder(app, state, step).await
}

async fn check_holder(app: &App, state: &Bindings, step: &Bind) -> Answer<()> {
    let Some(customer) = step.holder.customer else {
        return Ok(());
    };
    let user = app.store.user(step.holder.id).await.map_err(store_fault)?;
    if user.is_some_and(|user| user.customer == customer) {
        return Ok(());
    }
    Err(refused(
        state,
        format!(
            "no user {} of customer {customer} is imported",
            step.holder.id
        ),
    ))
}

fn distance(one: Timestamp, other: Timestamp) -> SignedDuration {
    one.duration_since(other).abs()
}

fn refused(state: &Bindings, reason: String) -> Refusal {
    Problem::new(ProblemType::BindingStep)
        .with("reason", reason.as_str())
        .with("sequence", state.head().sequence)
        .detail(reason)
        .into()
}
