//! `/v1/disputes`: what a customer does not owe, in his words; for managers all of them.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use http::{HeaderMap, StatusCode, Uri};
use serde::Deserialize;
use wattkey_domain::{BillDocument, BillId, DisputeId, Money, Right};
use wattkey_failpoint::failpoint;
use wattkey_protocol::api::Page;
use wattkey_protocol::dispute::{
    Answer as Answered, Dispute, DisputeState, DisputeView, SignedDispute, Terms, Withdrawal,
};
use wattkey_protocol::order::Named;
use wattkey_protocol::problem::{Problem, ProblemType};
use wattkey_store::{
    DisputeQuery, DisputeRecord, DisputeTaken, NewestCursor, OpenDispute, Store, StoreError,
    WithdrawDispute,
};

use super::bills::digest;
use super::input::{limit, parameter, query};
use super::orders::accept::different;
use super::signed::{self, malformed};
use crate::access::no_right;
use crate::answer::{Answer, Refusal, not_found, store_fault};
use crate::app::App;
use crate::auth::{Caller, Desk};

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Only of this bill.
    #[param(value_type = Option<BillId>)]
    bill: Option<String>,
    /// Where the page before ended: its `next`.
    #[param(value_type = Option<String>)]
    cursor: Option<String>,
    /// Most entries of the page: 50 when it is absent, never more than 200.
    #[param(value_type = Option<i64>, minimum = 1)]
    limit: Option<String>,
}

/// Disputes, newest first.
#[utoipa::path(
    get,
    path = "/v1/disputes",
    tag = "bills",
    params(ListQuery),
    responses((status = 200, description = "Disputes, newest first.", body = Page<DisputeView>)),
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    uri: Uri,
) -> Answer<Json<Page<DisputeView>>> {
    let wanted: ListQuery = query(&uri)?;
    let bill: Option<BillId> = parameter("bill", wanted.bill.as_deref())?;
    let asked = DisputeQuery {
        customer: Some(caller.customer),
        after: parameter::<NewestCursor>("cursor", wanted.cursor.as_deref())?,
        limit: limit(wanted.limit.as_deref())?,
        ..DisputeQuery::default()
    };
    if let Some(bill) = &bill {
        app.must_see_bill(&caller, bill).await?;
    }
    let access = app.access(&caller).await?;
    if !access.sees_by_itself() {
        return Ok(Json(Page {
            items: Vec::new(),
            next: None,
        }));
    }
    let hidden = access.hidden().cloned().collect();
    page(
        &app,
        DisputeQuery {
            bill,
            hidden,
            ..asked
        },
    )
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeskQuery {
    state: Option<String>,
    cursor: Option<String>,
    limit: Option<String>,
}

/// Disputes of all customers, newest first, on the managers' listener.
pub(super) async fn desk_list(
    State(app): State<Arc<App>>,
    Extension(desk): Extension<Desk>,
    uri: Uri,
) -> Answer<Json<Page<DisputeView>>> {
    desk.must_be_bound()?;
    let wanted: DeskQuery = query(&uri)?;
    let state = match wanted.state.as_deref() {
        None => None,
        Some("open") => Some(wattkey_store::DisputeState::Open),
        Some("withdrawn") => Some(wattkey_store::DisputeState::Withdrawn),
        Some("answered") => Some(wattkey_store::DisputeState::Answered),
        Some(_) => {
            return Err(Refusal::new(
                ProblemType::Malformed,
                "`state` is open, withdrawn or answered",
            ));
        }
    };
    let asked = DisputeQuery {
        state,
        after: parameter::<NewestCursor>("cursor", wanted.cursor.as_deref())?,
        limit: limit(wanted.limit.as_deref())?,
        ..DisputeQuery::default()
    };
    page(&app, asked).await
}

async fn page(app: &App, asked: DisputeQuery) -> Answer<Json<Page<DisputeView>>> {
    let page = app.store.disputes(asked).await.map_err(store_fault)?;
    Ok(Json(Page {
        items: page.items.into_iter().map(view).collect(),
        next: page.next,
    }))
}

/// Dispute a bill, or withdraw a dispute.
///
/// 201 when it is new, 200 when it is known.
#[utoipa::path(
    post,
    path = "/v1/disputes",
    tag = "bills",
    request_body(content = String, content_type = "application/jose", description = "A dispute, PROTOCOL.md section 10"),
    responses(
        (status = 201, description = "Opened, or withdrawn.", body = DisputeView),
        (status = 200, description = "It was known.", body = DisputeView),
    ),
)]
pub(crate) async fn keep(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Response> {
    let signed = signed::read::<Dispute>(&app, &caller, &headers, &body)?;
    let document = signed.document();
    if let Some(known) = known(&app, &caller, &signed).await? {
        return Ok((StatusCode::OK, Json(view(known))).into_response());
    }
    signed::check_said(&app, &caller, document).await?;
    let request = Request::of(&app, &caller, &signed).await?;
    let outcome = signed::while_bound(
        &app,
        &caller,
        |outcome| matches!(outcome, DisputeTaken::BindingsMoved),
        |bindings| request.clone().take(app.store.clone(), bindings),
    )
    .await?;
    failpoint!("platform.dispute-committed");
    let status = match outcome {
        DisputeTaken::Kept => {
            let withdrawn = document.terms.is_none();
            tracing::info!(dispute = %document.dispute, withdrawn, "dispute");
            StatusCode::CREATED
        }
        DisputeTaken::Exists => StatusCode::OK,
        other => {
            let seen = record(&app, &caller, document.dispute).await?;
            return Err(refused(other, seen.is_some()));
        }
    };
    let kept = record(&app, &caller, document.dispute).await?;
    let kept = kept.ok_or_else(|| not_found("no such dispute"))?;
    Ok((status, Json(view(kept))).into_response())
}

/// What the books are asked for.
#[derive(Clone)]
enum Request {
    Open(Box<OpenDispute>),
    Withdraw(WithdrawDispute),
}

impl Request {
    async fn of(app: &App, caller: &Caller, signed: &SignedDispute) -> Answer<Self> {
        let document = signed.document();
        let quoting = app.service().await?.quoting;
        let (digest, jws) = (*signed.digest().as_bytes(), signed.as_str().to_owned());
        let (customer, user) = (caller.customer, caller.binding.holder.id);
        let (dispute, bindings, now) = (document.dispute, caller.log, caller.now);
        let Some(terms) = &document.terms else {
            return Ok(Self::Withdraw(WithdrawDispute {
                dispute,
                digest,
                jws,
                customer,
                user,
                bindings,
                quoting,
                now,
            }));
        };
        check_line(app, caller, terms).await?;
        let amount = Money::new(terms.amount, terms.currency);
        Ok(Self::Open(Box::new(OpenDispute {
            dispute,
            digest,
            jws,
            customer,
            user,
            bindings,
            bill: terms.bill.clone(),
            document: *terms.document.as_bytes(),
            line: terms.line,
            amount: amount.map_err(|error| malformed(error.to_string()))?,
            reason: terms.reason,
            words: terms.text.clone(),
            quoting,
            now,
        })))
    }

    async fn take(self, store: Store, bindings: u64) -> Result<DisputeTaken, StoreError> {
        match self {
            Self::Open(open) => store.open_dispute(OpenDispute { bindings, ..*open }).await,
            Self::Withdraw(withdrawn) => {
                let withdrawn = WithdrawDispute {
                    bindings,
                    ..withdrawn
                };
                store.withdraw_dispute(withdrawn).await
            }
        }
    }
}

/// The line is one of the bill's document, which never changes, and at least as much is owed for it:
/// of one that takes something off the bill nothing.
async fn check_line(app: &App, caller: &Caller, terms: &Terms) -> Answer<()> {
    app.must_see_bill(caller, &terms.bill).await?;
    let Some(line) = terms.line else {
        return Ok(());
    };
    let document = app
        .store
        .bill_document(caller.customer, terms.bill.clone())
        .await
        .map_err(store_fault)?;
    let document = document.ok_or_else(|| not_found("no such bill"))?;
    let document = BillDocument::parse(&document.bytes)
        .map_err(|error| Refusal::fault("a bill document cannot be read", &error))?;
    let index = usize::try_from(line)
        .ok()
        .and_then(|line| line.checked_sub(1));
    let Some(line) = index.and_then(|index| document.lines.get(index)) else {
        return Err(not_now("line"));
    };
    if terms.amount <= line.amount.minor() {
        return Ok(());
    }
    let problem = Problem::new(ProblemType::Dispute).with("reason", "line-amount");
    Err(problem.with("line_amount", line.amount.minor()).into())
}

/// A dispute of the customer, about a contract account that the user may look at.
async fn record(app: &App, caller: &Caller, id: DisputeId) -> Answer<Option<DisputeRecord>> {
    let access = app.access(caller).await?;
    let record = app.store.dispute(caller.customer, id).await;
    let record = record.map_err(store_fault)?;
    Ok(record.filter(|kept| access.sees(&kept.account)))
}

/// The dispute, when this very document opened or withdrew it before.
async fn known(
    app: &App,
    caller: &Caller,
    signed: &SignedDispute,
) -> Answer<Option<DisputeRecord>> {
    let record = record(app, caller, signed.document().dispute).await?;
    Ok(record.filter(|kept| {
        let withdrawn = kept.withdrawn.as_ref().map(|gone| gone.digest);
        [Some(kept.digest), withdrawn].contains(&Some(*signed.digest().as_bytes()))
    }))
}

fn view(kept: DisputeRecord) -> DisputeView {
    DisputeView {
        dispute: kept.dispute,
        digest: digest(&kept.digest),
        customer: Named {
            id: kept.customer,
            name: kept.customer_name,
        },
        account: kept.account,
        user: Named {
            id: kept.user,
            name: kept.user_name,
        },
        terms: Terms {
            bill: kept.bill,
            document: digest(&kept.document),
            line: kept.line,
            amount: kept.amount.minor(),
            currency: kept.amount.currency(),
            reason: kept.reason,
            text: kept.words,
        },
        state: match kept.state {
            wattkey_store::DisputeState::Open => DisputeState::Open,
            wattkey_store::DisputeState::Withdrawn => DisputeState::Withdrawn,
            wattkey_store::DisputeState::Answered => DisputeState::Answered,
        },
        at: kept.at,
        from: kept.from,
        until: kept.until,
        withdrawn: kept.withdrawn.map(|gone| Withdrawal {
            digest: digest(&gone.digest),
            user: Named {
                id: gone.user,
                name: gone.user_name,
            },
            at: gone.at,
        }),
        answer: kept.answer.map(|answer| Answered {
            outcome: answer.outcome,
            text: answer.words,
            answered: answer.answered,
            at: answer.at,
        }),
    }
}

fn not_now(reason: &str) -> Refusal {
    let problem = Problem::new(ProblemType::Dispute).with("reason", reason);
    problem.into()
}

/// The problem of a dispute that the books did not take. Of one that the user may not see nothing is
/// said.
#[expect(
    clippy::needless_pass_by_value,
    reason = "an outcome is used up by its problem"
)]
fn refused(outcome: DisputeTaken, seen: bool) -> Refusal {
    match outcome {
        DisputeTaken::Kept | DisputeTaken::Exists => Refusal::new(
            ProblemType::Internal,
            "a dispute that was kept is not refused",
        ),
        DisputeTaken::ExistsWithDifferentPayload { digest: kept } => {
            different(seen.then(|| digest(&kept)))
        }
        DisputeTaken::Unknown => not_found("no such dispute"),
        DisputeTaken::UnknownBill => not_found("no such bill"),
        DisputeTaken::DocumentMismatch => Problem::new(ProblemType::DocumentMismatch).into(),
        DisputeTaken::BillCurrency { .. } => Problem::new(ProblemType::Currency).into(),
        DisputeTaken::Amount { open } => Problem::new(ProblemType::Dispute)
            .with("reason", "amount")
            .with("open", open)
            .into(),
        DisputeTaken::Open => not_now("open"),
        DisputeTaken::TooMany => not_now("too-many"),
        DisputeTaken::AnsweredBefore => not_now("answered-before"),
        DisputeTaken::Withdrawn => not_now("withdrawn"),
        DisputeTaken::Answered => not_now("answered"),
        DisputeTaken::Right => no_right(Right::Prepare, None),
        DisputeTaken::BindingsMoved => signed::moves_too_often(),
    }
}
