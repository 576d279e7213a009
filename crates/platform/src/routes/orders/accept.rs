//! `POST /v1/orders`: a signed order is taken in once, however often it comes.
//!
//! 1. the connection's key agreement, the signature by the bound signature key, the user;
//! 2. is the order id known? Then the answer is where that order stands, even if the document has
//!    expired since: a client that lost the answer asks with the same bytes;
//! 3. what the document says is compared with what is;
//! 4. claims, postings and the message to the bank become durable in one transaction.

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use tracing::Span;
use wattkey_domain::{BillId, CreditorReference, Money, Right};
use wattkey_failpoint::failpoint;
use wattkey_pki::Digest;
use wattkey_protocol::order::{Order, OrderBill, SignedOrder, Source};
use wattkey_protocol::problem::{Problem, ProblemType};
use wattkey_store::{
    AcceptBill, AcceptDeposit, AcceptOrder, AcceptOutcome, AcceptRefund, FundsSource,
};

use super::{check, later_receipts, present};
use crate::access;
use crate::answer::{Answer, Refusal, store_fault};
use crate::app::{App, Service};
use crate::auth::Caller;
use crate::bank_channel::message;
use crate::routes::bills::digest;
use crate::routes::signed::{self, Signatory, malformed};

/// Pay, top up or ask for a refund.
///
/// Takes a signed order in: 201 when it is new, 200 when it was taken in before.
#[utoipa::path(
    post,
    path = "/v1/orders",
    tag = "payments",
    request_body(content = String, content_type = "application/jose", description = "An order, PROTOCOL.md section 9"),
    responses((status = 201, description = "Taken in.", body = wattkey_protocol::api::OrderView), (status = 200, description = "It is known: the same answer again.", body = wattkey_protocol::api::OrderView)),
)]
pub(crate) async fn accept(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Response> {
    let signed = signed::read::<Order>(&app, &caller, &headers, &body)?;
    let order = signed.order();
    Span::current().record("order", order.order.to_string());
    if known(&app, &caller, &signed).await? {
        return present(&app, &caller, order.order, StatusCode::OK).await;
    }
    let user = signed::named_user(&app, &caller, &order.user).await?;
    signed::must(user.may_order(), Right::Prepare)?;
    signed::check_current(&app, order, caller.now)?;
    let service = app.service().await?;
    let mandate = check::document(&app, &caller, &service, order).await?;
    let message = message::draft(&app, &service, order, mandate.as_ref(), caller.now)
        .map_err(|error| Refusal::fault("no message to the bank can be made", &error))?;
    let request = AcceptOrder {
        needs_approval: needs_approval(&user, order),
        message,
        ..for_the_books(&caller, &service, &signed)?
    };
    failpoint!("platform.order-verified");
    let outcome = signed::while_bound(
        &app,
        &caller,
        |outcome| matches!(outcome, AcceptOutcome::BindingsMoved),
        |bindings| {
            let (store, request) = (app.store.clone(), request.clone());
            async move {
                store
                    .accept_order(AcceptOrder {
                        bindings,
                        ..request
                    })
                    .await
            }
        },
    )
    .await?;
    failpoint!("platform.order-accepted");
    let status = match outcome {
        AcceptOutcome::Accepted(posted)
        | AcceptOutcome::AwaitingApproval(posted)
        | AcceptOutcome::Settled(posted) => {
            let kind = order.source.kind().as_str();
            app.metrics.orders.count(kind);
            tracing::info!(total = order.total, currency = %order.currency, kind, state = %posted.state, "order taken in");
            later_receipts(&app, &caller, order.order);
            StatusCode::CREATED
        }
        AcceptOutcome::Exists(_) => StatusCode::OK,
        other => return Err(refused(order, other)),
    };
    present(&app, &caller, order.order, status).await
}

/// Whether this very order was taken in before.
async fn known(app: &App, caller: &Caller, signed: &SignedOrder) -> Answer<bool> {
    let id = signed.order().order;
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

/// Whether another person has to approve whatever it comes to; what the signer may not spend alone
/// the books know. What the customer pays himself moves no money by our hand.
fn needs_approval(user: &Signatory, order: &Order) -> bool {
    !user.may_approve() && !matches!(order.source, Source::Transfer { .. })
}

fn for_the_books(caller: &Caller, service: &Service, signed: &SignedOrder) -> Answer<AcceptOrder> {
    let order = signed.order();
    let money =
        |minor| Money::new(minor, order.currency).map_err(|error| malformed(error.to_string()));
    let claims = order.bills.iter().map(|bill| claim(bill, money));
    let deposit = order.deposit.as_ref().map(|part| {
        Ok::<_, Refusal>(AcceptDeposit {
            account: part.account.clone(),
            amount: money(part.amount)?,
        })
    });
    let refund = order.refund.as_ref().map(|part| {
        Ok::<_, Refusal>(AcceptRefund {
            mandate: part.mandate.clone(),
            amount: money(part.amount)?,
        })
    });
    Ok(AcceptOrder {
        order: order.order,
        digest: *signed.digest().as_bytes(),
        jws: signed.as_str().to_owned(),
        customer: caller.customer,
        user: caller.binding.holder.id,
        bindings: caller.log,
        bills: claims.collect::<Answer<_>>()?,
        deposit: deposit.transpose()?,
        refund: refund.transpose()?,
        currency: order.currency,
        source: match &order.source {
            Source::Mandate { mandate, .. } => FundsSource::Mandate(mandate.clone()),
            // The document's was compared with the one of its id.
            Source::Transfer { .. } => FundsSource::Transfer {
                creditor_reference: CreditorReference::for_order(&order.order),
            },
            Source::Deposit { account } => FundsSource::Deposit(account.clone()),
        },
        execute: order.execute,
        reference: order.reference.clone(),
        needs_approval: false,
        quoting: Arc::clone(&service.quoting),
        now: caller.now,
        message: None,
    })
}

fn claim(bill: &OrderBill, money: impl Fn(i64) -> Answer<Money>) -> Answer<AcceptBill> {
    Ok(AcceptBill {
        bill: bill.bill.clone(),
        document: *bill.document.as_bytes(),
        principal: money(bill.principal)?,
        penalty: money(bill.penalty)?,
        quote_until: bill.quote_until,
    })
}

/// The id was used for another document.
pub(in crate::routes) fn different(kept: Option<Digest>) -> Refusal {
    let problem = Problem::new(ProblemType::OrderExistsWithDifferentPayload);
    match kept {
        Some(digest) => problem.with("order_digest", digest.to_string()).into(),
        // Another customer's: nothing of it is said.
        None => problem.into(),
    }
}

/// The problem of an order that the books did not take.
fn refused(order: &Order, outcome: AcceptOutcome) -> Refusal {
    let bill = |kind, bill: BillId| Problem::new(kind).with("bill", bill.as_str());
    match outcome {
        AcceptOutcome::Accepted(_)
        | AcceptOutcome::AwaitingApproval(_)
        | AcceptOutcome::Settled(_)
        | AcceptOutcome::Exists(_) => {
            Refusal::new(ProblemType::Internal, "an accepted order is not refused")
        }
        AcceptOutcome::ExistsWithDifferentPayload { digest: kept } => {
            different(Some(digest(&kept)))
        }
        // Another order id gives the same reference; it never happens by chance.
        AcceptOutcome::ReferenceTaken => different(None),
        AcceptOutcome::BindingsMoved => signed::moves_too_often(),
        AcceptOutcome::UnknownBill { bill: id } => bill(ProblemType::NotFound, id).into(),
        AcceptOutcome::BillTwice { .. } => malformed("a bill is there twice"),
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
        AcceptOutcome::NoRight(missing) => access::missing(&missing),
        AcceptOutcome::UnknownMandate | AcceptOutcome::MandateNotInForce => {
            Problem::new(ProblemType::Mandate).into()
        }
        AcceptOutcome::MandateCurrency { .. } | AcceptOutcome::AccountCurrency { .. } => {
            Problem::new(ProblemType::Currency).into()
        }
        AcceptOutcome::LimitExceeded { limit, used } => Problem::new(ProblemType::Limit)
            .with("limit", limit.minor())
            .with("used", used.minor())
            .into(),
        AcceptOutcome::DepositTooSmall { balance } => {
            deposit(order).with("balance", balance.minor()).into()
        }
        AcceptOutcome::UnknownAccount { .. } => deposit(order).into(),
        AcceptOutcome::Unpostable(error) => malformed(error.to_string()),
    }
}

/// The problem of a deposit, with the contract account that the order names.
fn deposit(order: &Order) -> Problem {
    let account = match (&order.source, &order.deposit) {
        (Source::Deposit { account }, _) => Some(account),
        (_, Some(part)) => Some(&part.account),
        _ => None,
    };
    let problem = Problem::new(ProblemType::Deposit);
    match account {
        Some(account) => problem.with("account", account.as_str()),
        None => problem,
    }
}
