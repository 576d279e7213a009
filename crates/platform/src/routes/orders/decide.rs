//! `POST /v1/orders/{order}/decisions`: what a person says of an order that is there: it may go, it
//! is given back, it is cancelled.
//!
//! A decision is looked at as strictly as an order, and made once: the same one again by the same
//! person is answered with where the order stands.

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use tracing::Span;
use wattkey_domain::{Decision, OrderId, Right};
use wattkey_failpoint::failpoint;
use wattkey_protocol::decision::{DecisionDocument, SignedDecision};
use wattkey_protocol::order::SignedOrder;
use wattkey_protocol::problem::{Problem, ProblemType};
use wattkey_store::{BankMessageDraft, DecideOrder, DecideOutcome, OrderRecord};

use super::accept::different;
use super::{check, later_receipts, own_order, present};
use crate::access;
use crate::answer::{Answer, Refusal, not_found, store_fault};
use crate::app::{App, Service};
use crate::auth::Caller;
use crate::bank_channel::message;
use crate::routes::bills::digest;
use crate::routes::input::Id;
use crate::routes::signed::{self, Signatory, malformed};

/// Approve, refuse or cancel an order.
///
/// 201 when the decision is new, 200 when this user decided the same before.
#[utoipa::path(
    post,
    path = "/v1/orders/{order}/decisions",
    tag = "payments",
    params(("order" = OrderId, Path, description = "The order")),
    request_body(content = String, content_type = "application/jose", description = "A decision, PROTOCOL.md section 10"),
    responses((status = 201, description = "Taken in.", body = wattkey_protocol::api::OrderView), (status = 200, description = "It is known: the same answer again.", body = wattkey_protocol::api::OrderView)),
)]
pub(crate) async fn decide(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Id(order): Id<OrderId>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Response> {
    let signed = signed::read::<DecisionDocument>(&app, &caller, &headers, &body)?;
    let document = signed.document();
    Span::current().record("order", order.to_string());
    if document.order != order {
        return Err(malformed("order is another one than the path's"));
    }
    let record = own_order(&app, &caller, order).await?;
    if document.order_digest != digest(&record.digest) {
        return Err(different(Some(digest(&record.digest))));
    }
    if decided_before(&record, document) {
        return present(&app, &caller, order, StatusCode::OK).await;
    }
    let user = signed::named_user(&app, &caller, &document.user).await?;
    check_right(&user, document, &record)?;
    signed::check_current(&app, document, caller.now)?;
    let service = app.service().await?;
    let approved = approved(&app, document, &record).await?;
    let message = message(&app, &caller, &service, approved.as_ref()).await?;
    let request = request(&caller, &service, &signed, message);
    let outcome = signed::while_bound(
        &app,
        &caller,
        |outcome| matches!(outcome, Ok(DecideOutcome::BindingsMoved)),
        |bindings| {
            let (store, request) = (app.store.clone(), request.clone());
            let (app, record, approved) = (&app, &record, approved.as_ref());
            async move {
                // Each time: the log that moved may have unbound whoever signed the order.
                if let Some(signed) = approved
                    && let Err(refusal) = still_bound(app, document, record, signed).await
                {
                    return Ok(Err(refusal));
                }
                let request = DecideOrder {
                    bindings,
                    ..request
                };
                store.decide_order(request).await.map(Ok)
            }
        },
    )
    .await??;
    failpoint!("platform.decision-committed");
    let status = match outcome {
        // Rejected: approved, and the deposit no longer covers it. The decision was taken.
        DecideOutcome::Moved(posted) | DecideOutcome::Rejected(posted) => {
            app.metrics.decisions.count(document.decision.as_str());
            tracing::info!(decision = %document.decision, state = %posted.state, "decided");
            later_receipts(&app, &caller, order);
            StatusCode::CREATED
        }
        DecideOutcome::Exists(_) => StatusCode::OK,
        other => return Err(refused(&other)),
    };
    present(&app, &caller, order, status).await
}

fn decided_before(record: &OrderRecord, document: &DecisionDocument) -> bool {
    record
        .decisions
        .iter()
        .any(|kept| kept.user == document.user.id && kept.decision == document.decision)
}

/// Who approves or refuses may do so with orders of others; who cancels, also with the own ones.
fn check_right(user: &Signatory, document: &DecisionDocument, record: &OrderRecord) -> Answer<()> {
    let is_signer = record.user == document.user.id;
    match document.decision {
        Decision::Approve | Decision::Refuse => {
            signed::must(user.may_approve(), Right::Approve)?;
            if is_signer {
                return Err(Problem::new(ProblemType::OwnOrder).into());
            }
            Ok(())
        }
        Decision::Cancel => signed::must(user.may_approve() || is_signer, Right::Approve),
    }
}

/// The order that is approved, as its signer signed it; none when it is not approved.
async fn approved(
    app: &App,
    document: &DecisionDocument,
    record: &OrderRecord,
) -> Answer<Option<SignedOrder>> {
    if document.decision != Decision::Approve {
        return Ok(None);
    }
    let jws = app
        .store
        .order_jws(record.order)
        .await
        .map_err(store_fault)?;
    let jws = jws.ok_or_else(|| not_found("no such order"))?;
    let signed = SignedOrder::parse(&jws)
        .map_err(|error| Refusal::fault("an order in the database cannot be read", &error))?;
    still_bound(app, document, record, &signed).await?;
    Ok(Some(signed))
}

/// The message to the bank of an order that is approved, if it needs one.
async fn message(
    app: &App,
    caller: &Caller,
    service: &Service,
    approved: Option<&SignedOrder>,
) -> Answer<Option<BankMessageDraft>> {
    let Some(signed) = approved else {
        return Ok(None);
    };
    let order = signed.order();
    let mandate = check::mandate_of(app, caller, order).await?;
    message::draft(app, service, order, mandate.as_ref(), caller.now)
        .map_err(|error| Refusal::fault("no message to the bank can be made", &error))
}

/// An order of a key that was unbound since it was signed is approved by nobody, and what is approved
/// is what that key signed.
async fn still_bound(
    app: &App,
    document: &DecisionDocument,
    record: &OrderRecord,
    signed: &SignedOrder,
) -> Answer<()> {
    let bindings = app.bindings().await?;
    let signer = bindings
        .once_bound(signed.certificate())
        .filter(|one| bindings.binding(&one.authentication) == Some(*one))
        .filter(|one| one.holder.id == record.user && signed.verify(&one.signature).is_ok());
    if signer.is_some() && signed.digest() == document.order_digest {
        return Ok(());
    }
    let what = "the key that signed the order is no longer bound, or signed another one";
    Err(Refusal::new(ProblemType::OrderSignature, what))
}

fn request(
    caller: &Caller,
    service: &Service,
    signed: &SignedDecision,
    message: Option<BankMessageDraft>,
) -> DecideOrder {
    let document = signed.document();
    DecideOrder {
        order: document.order,
        digest: *document.order_digest.as_bytes(),
        user: caller.binding.holder.id,
        customer: caller.customer,
        bindings: caller.log,
        decision: document.decision,
        jws: signed.as_str().to_owned(),
        now: caller.now,
        quoting: Arc::clone(&service.quoting),
        message,
    }
}

/// The problem of a decision that the books did not take.
fn refused(outcome: &DecideOutcome) -> Refusal {
    match outcome {
        DecideOutcome::Moved(_) | DecideOutcome::Rejected(_) | DecideOutcome::Exists(_) => {
            Refusal::new(
                ProblemType::Internal,
                "a decision that was taken is not refused",
            )
        }
        DecideOutcome::UnknownOrder => not_found("no such order"),
        DecideOutcome::DifferentDigest => different(None),
        DecideOutcome::NoRight(missing) => access::missing(missing),
        DecideOutcome::OwnOrder => Problem::new(ProblemType::OwnOrder).into(),
        DecideOutcome::NotPossible { state } => Problem::new(ProblemType::Decision)
            .with("state", state.as_str())
            .into(),
        DecideOutcome::TooLate => Problem::new(ProblemType::Lapsed).into(),
        DecideOutcome::MandateNotInForce => Problem::new(ProblemType::Mandate).into(),
        DecideOutcome::AlreadySent => Problem::new(ProblemType::AlreadySent).into(),
        DecideOutcome::BindingsMoved => signed::moves_too_often(),
    }
}
