//! `POST /v1/orders`: a signed order is accepted once, however often it comes.
//!
//! 1. the connection's key agreement, the signature by the bound signature key, the user;
//! 2. is the order id known? Then the answer is where that order stands, even if the document has
//!    expired since: a client that lost the answer asks with the same bytes;
//! 3. what the document says is compared with what is;
//! 4. claims, postings and the message to the bank become durable in one transaction.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use http::{HeaderMap, StatusCode};
use tracing::Span;
use wattkey_domain::{Money, MoneyError, OrderId};
use wattkey_failpoint::failpoint;
use wattkey_pki::{Certificate, Digest, Role};
use wattkey_protocol::fields::{self, Fields};
use wattkey_protocol::names::{FIELD_IDEMPOTENCY_KEY, FIELD_SIGNATURE_CERTIFICATE};
use wattkey_protocol::order::{Order, OrderBill, OrderError, SignedOrder};
use wattkey_protocol::problem::{Problem, ProblemType};
use wattkey_store::{AcceptBill, AcceptOrder, AcceptOutcome, Mandate, StoreError};
use wattkey_transport::Group;

use super::{check, own_order, view};
use crate::answer::{Answer, Refusal, store_fault};
use crate::app::{App, Service};
use crate::auth::{self, Caller, peer, unbound};
use crate::bank_channel::message;
use crate::receipts;
use crate::routes::bills::digest;
use crate::routes::input::jose;

/// The right that a user needs whose signature moves money.
const RIGHT_TO_SIGN: &str = "approve";
/// How often the binding log may move under one order: a desk binds one key at a time.
const MAX_MOVES: usize = 8;

/// Accepts an order: 201 when it is new, 200 when it was accepted before.
pub(crate) async fn accept(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Response> {
    if caller.group != Group::X25519MlKem768 {
        return Err(Refusal::new(
            ProblemType::ClassicalGroup,
            "the gateway's connection",
        ));
    }
    let signed = read(jose(&headers, &body)?)?;
    let order = signer_verified(&app, &caller, &signed, &headers)?;
    Span::current().record("order", order.order.to_string());
    if known(&app, &caller, &signed, order.order).await? {
        return present(&app, &caller, order.order, StatusCode::OK).await;
    }
    check_right(&app, &caller, order).await?;
    let service = app.service().await?;
    check::times(order, caller.now)?;
    let mandate = check::document(&app, &caller, &service, order).await?;
    let request = request(&app, &caller, &service, &signed, &mandate)?;
    failpoint!("platform.order-verified");
    let outcome = post(&app, &caller, request).await?;
    failpoint!("platform.order-accepted");
    match outcome {
        AcceptOutcome::Accepted(_) => {
            tracing::info!(total = order.total, currency = %order.currency, "order accepted");
            let (books, customer, id) = (Arc::clone(&app), caller.customer, order.order);
            tokio::spawn(async move { receipts::catch_up(&books, customer, id).await });
            present(&app, &caller, order.order, StatusCode::CREATED).await
        }
        AcceptOutcome::Exists(_) => present(&app, &caller, order.order, StatusCode::OK).await,
        other => Err(refused(other)),
    }
}

/// Posts the order while its signer is bound: when the binding log moved since the request was
/// let in, the binding is looked up again. What was unbound before the posting posts nothing.
async fn post(app: &App, caller: &Caller, mut order: AcceptOrder) -> Answer<AcceptOutcome> {
    for _ in 0..MAX_MOVES {
        let outcome = match app.store.accept_order(order.clone()).await {
            // Perhaps it is in the books. Accepting it again looks first, and its own commit
            // proves what it found.
            Err(StoreError::Commit(error)) => {
                tracing::warn!(%error, "an order is looked up after a commit of unknown outcome");
                app.store.accept_order(order.clone()).await
            }
            other => other,
        };
        let outcome = outcome.map_err(store_fault)?;
        if !matches!(outcome, AcceptOutcome::BindingsMoved) {
            return Ok(outcome);
        }
        let state = app.bindings().await?;
        if state.binding(&caller.binding.authentication) != Some(&caller.binding) {
            return Err(unbound());
        }
        order.bindings = state.head().sequence;
    }
    Err(moves_too_often())
}

fn moves_too_often() -> Refusal {
    Refusal::new(
        ProblemType::Unavailable,
        "the binding log moves all the time",
    )
}

fn read(text: &str) -> Answer<SignedOrder> {
    SignedOrder::parse(text).map_err(|error| {
        let reason = match error {
            OrderError::Jws(reason) => reason,
            OrderError::Document(error) => error.to_string(),
        };
        check::malformed(reason)
    })
}

/// Who signed: the signature key of the very binding whose authentication key asks.
fn signer_verified<'o>(
    app: &App,
    caller: &Caller,
    signed: &'o SignedOrder,
    headers: &HeaderMap,
) -> Answer<&'o Order> {
    let certificate = &caller.binding.signature;
    peer::check(&app.users, certificate, Role::UserSignature, caller.now).map_err(|refusal| {
        match refusal.problem().kind() {
            Some(ProblemType::Unavailable) => refusal,
            _ => Refusal::new(
                ProblemType::OrderSignature,
                "the signature certificate is not good",
            ),
        }
    })?;
    let fields = auth::fields_of(headers);
    check_named_certificate(&fields, certificate)?;
    let order = signed
        .verify(certificate)
        .map_err(|error| Refusal::new(ProblemType::OrderSignature, error.to_string()))?;
    if (order.user.id, order.customer.id) != (caller.binding.holder.id, caller.customer) {
        return Err(Refusal::new(
            ProblemType::OrderSignature,
            "the order names another user or customer",
        ));
    }
    let key = fields::only(&fields, FIELD_IDEMPOTENCY_KEY)
        .map_err(|error| Refusal::new(ProblemType::Malformed, error.to_string()))?;
    if fields::parse_string(key) != Some(order.order.to_string().as_str()) {
        return Err(Refusal::new(
            ProblemType::Malformed,
            "idempotency-key is not the order id",
        ));
    }
    Ok(order)
}

/// The certificate that comes with the order, for the gateway's sake, must be the bound one.
fn check_named_certificate(fields: &Fields, bound: &Certificate) -> Answer<()> {
    let named = fields::only(fields, FIELD_SIGNATURE_CERTIFICATE)
        .map_err(|error| Refusal::new(ProblemType::OrderSignature, error.to_string()))?;
    if fields::parse_byte_sequence(named).as_deref() == Some(bound.der()) {
        return Ok(());
    }
    let detail = "the signature certificate is not the one of the binding";
    Err(Refusal::new(ProblemType::OrderSignature, detail))
}

/// Whether this very order was accepted before.
async fn known(app: &App, caller: &Caller, signed: &SignedOrder, id: OrderId) -> Answer<bool> {
    let Some(jws) = app.store.order_jws(id).await.map_err(store_fault)? else {
        return Ok(false);
    };
    let kept = SignedOrder::parse(&jws)
        .map_err(|error| Refusal::fault("an order in the database cannot be read", &error))?;
    if kept.digest() != signed.digest() {
        let own = kept.order().customer.id == caller.customer;
        return Err(different(own.then(|| kept.digest())));
    }
    Ok(true)
}

async fn present(app: &App, caller: &Caller, id: OrderId, status: StatusCode) -> Answer<Response> {
    let record = own_order(app, caller, id).await?;
    Ok((status, Json(view(record))).into_response())
}

async fn check_right(app: &App, caller: &Caller, order: &Order) -> Answer<()> {
    let user = caller.user(app).await?;
    if !user.rights.iter().any(|right| right == RIGHT_TO_SIGN) {
        return Err(Refusal::new(
            ProblemType::OrderSignature,
            "the user has not the right to sign orders",
        ));
    }
    if order.user.name != user.name {
        return Err(check::malformed("user.name is not the user's"));
    }
    Ok(())
}

fn request(
    app: &App,
    caller: &Caller,
    service: &Service,
    signed: &SignedOrder,
    mandate: &Mandate,
) -> Answer<AcceptOrder> {
    let order = signed.order();
    let bills: Result<Vec<_>, MoneyError> =
        order.bills.iter().map(|bill| claim(order, bill)).collect();
    let payee = &service.payee;
    let day = message::collection_day(&app.calendar, payee, caller.now);
    let message = day
        .and_then(|day| message::collection(order, payee, mandate, caller.now, day, app.characters))
        .and_then(|(id, request)| message::write(&request).map(|bytes| (id, bytes)))
        .map_err(|error| Refusal::fault("no message to the bank can be made", &error))?;
    Ok(AcceptOrder {
        order: order.order,
        digest: *signed.digest().as_bytes(),
        jws: signed.as_str().to_owned(),
        customer: caller.customer,
        user: caller.binding.holder.id,
        bindings: caller.log,
        bills: bills.map_err(|error| check::malformed(error.to_string()))?,
        currency: order.currency,
        mandate: order.source.mandate.clone(),
        reference: order.reference.clone(),
        quoting: Arc::clone(&service.quoting),
        now: caller.now,
        message_id: message.0,
        message: message.1,
    })
}

fn claim(order: &Order, bill: &OrderBill) -> Result<AcceptBill, MoneyError> {
    Ok(AcceptBill {
        bill: bill.bill.clone(),
        document: *bill.document.as_bytes(),
        principal: Money::new(bill.principal, order.currency)?,
        penalty: Money::new(bill.penalty, order.currency)?,
        quote_until: bill.quote_until,
    })
}

fn different(kept: Option<Digest>) -> Refusal {
    let problem = Problem::new(ProblemType::OrderExistsWithDifferentPayload);
    match kept {
        Some(digest) => problem.with("order_digest", digest.to_string()).into(),
        // Another customer's: nothing of it is said.
        None => problem.into(),
    }
}

/// The problem of an order that the books did not take.
fn refused(outcome: AcceptOutcome) -> Refusal {
    let bill = |kind, bill: wattkey_domain::BillId| Problem::new(kind).with("bill", bill.as_str());
    match outcome {
        AcceptOutcome::Accepted(_) | AcceptOutcome::Exists(_) => {
            Refusal::new(ProblemType::Internal, "an accepted order is not refused")
        }
        AcceptOutcome::ExistsWithDifferentPayload { digest: kept } => {
            different(Some(digest(&kept)))
        }
        AcceptOutcome::BindingsMoved => moves_too_often(),
        AcceptOutcome::UnknownBill { bill: id } => bill(ProblemType::NotFound, id).into(),
        AcceptOutcome::BillTwice { .. } => check::malformed("a bill is there twice"),
        AcceptOutcome::DocumentMismatch { bill: id, .. } => {
            bill(ProblemType::DocumentMismatch, id).into()
        }
        AcceptOutcome::BillCurrency { bill: id, .. } => bill(ProblemType::Currency, id).into(),
        AcceptOutcome::BillClaimed {
            bill: id,
            order,
            user,
        } => bill(ProblemType::BillClaimed, id)
            .with("order", order.to_string())
            .with("user", user.to_string())
            .into(),
        AcceptOutcome::BillPaid { bill: id } => bill(ProblemType::BillPaid, id).into(),
        AcceptOutcome::QuoteExpired { bill: id } => bill(ProblemType::QuoteExpired, id).into(),
        AcceptOutcome::QuoteMismatch {
            bill: id,
            principal,
            penalty,
        } => bill(ProblemType::QuoteMismatch, id)
            .with("principal", principal.minor())
            .with("penalty", penalty.minor())
            .into(),
        AcceptOutcome::UnknownMandate | AcceptOutcome::MandateNotInForce => {
            Problem::new(ProblemType::Mandate).into()
        }
        AcceptOutcome::MandateCurrency { .. } => Problem::new(ProblemType::Currency).into(),
        AcceptOutcome::Unpostable(error) => check::malformed(error.to_string()),
    }
}
