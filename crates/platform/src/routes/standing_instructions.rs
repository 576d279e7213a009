//! `/v1/standing-instructions`: a customer's word that a deposit may pay bills by itself, and its end.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use http::{HeaderMap, StatusCode, Uri};
use serde::Deserialize;
use wattkey_domain::{InstructionId, Money, Right};
use wattkey_failpoint::failpoint;
use wattkey_protocol::api::{InstructionEnd, Page, StandingInstructionView};
use wattkey_protocol::order::Named;
use wattkey_protocol::problem::{Problem, ProblemType};
use wattkey_protocol::standing_instruction::{
    SignedInstruction, StandingInstruction as Document, Terms,
};
use wattkey_store::{
    EndInstruction, InstructionCursor, InstructionOutcome, InstructionRecord, StandingInstruction,
    StandingTerms, StoreError,
};

use super::bills::digest;
use super::input::{limit_or, parameter, query};
use super::orders::accept::different;
use super::orders::check::own_account;
use super::signed::{self, malformed};
use crate::access;
use crate::answer::{Answer, Refusal, not_found, store_fault};
use crate::app::App;
use crate::auth::Caller;

/// Most instructions of one page: each may name a hundred accounts.
const MOST: u32 = 100;

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

/// Standing instructions, oldest first.
///
/// Those that have ended as well.
#[utoipa::path(
    get,
    path = "/v1/standing-instructions",
    tag = "payments",
    params(ListQuery),
    responses((status = 200, description = "The standing instructions of the customer, oldest first, those that have ended as well.", body = Page<StandingInstructionView>)),
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    uri: Uri,
) -> Answer<Json<Page<StandingInstructionView>>> {
    let wanted: ListQuery = query(&uri)?;
    let limit = limit_or(wanted.limit.as_deref(), MOST)?.min(MOST);
    let after = parameter::<InstructionCursor>("cursor", wanted.cursor.as_deref())?;
    let page = app
        .store
        .instructions_page(app.viewer(&caller).await?, after, limit)
        .await
        .map_err(store_fault)?;
    Ok(Json(Page {
        items: page.items.into_iter().map(view).collect(),
        next: page.next,
    }))
}

/// Give a standing instruction, or end one.
///
/// 201 when it is new, 200 when it is known.
#[utoipa::path(
    post,
    path = "/v1/standing-instructions",
    tag = "payments",
    request_body(content = String, content_type = "application/jose", description = "A standing instruction, PROTOCOL.md section 10"),
    responses((status = 201, description = "Taken in.", body = StandingInstructionView), (status = 200, description = "It is known: the same answer again.", body = StandingInstructionView)),
)]
pub(crate) async fn keep(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Response> {
    let signed = signed::read::<Document>(&app, &caller, &headers, &body)?;
    let document = signed.document();
    if let Some(known) = known(&app, &caller, &signed).await? {
        return Ok((StatusCode::OK, Json(view(known))).into_response());
    }
    let user = signed::named_user(&app, &caller, &document.user).await?;
    signed::must(user.may_approve(), Right::Approve)?;
    signed::check_current(&app, document, caller.now)?;
    signed::check_customer(&app, &caller, &document.customer).await?;
    let request = Request::of(&app, &caller, &signed).await?;
    let outcome = signed::while_bound(
        &app,
        &caller,
        |outcome| matches!(outcome, InstructionOutcome::BindingsMoved),
        |bindings| request.clone().take(app.store.clone(), bindings),
    )
    .await?;
    failpoint!("platform.instruction-committed");
    let status = match outcome {
        InstructionOutcome::Kept => {
            let ends = document.terms.is_none();
            tracing::info!(instruction = %document.instruction, ends, "standing instruction");
            StatusCode::CREATED
        }
        InstructionOutcome::Exists => StatusCode::OK,
        other => {
            let own = record(&app, &caller, document.instruction).await?;
            return Err(refused(other, own.is_some()));
        }
    };
    let kept = record(&app, &caller, document.instruction).await?;
    let kept = kept.ok_or_else(|| not_found("no such instruction"))?;
    Ok((status, Json(view(kept))).into_response())
}

/// What the books are asked for.
#[derive(Clone)]
enum Request {
    Keep(StandingInstruction),
    End(EndInstruction),
}

impl Request {
    async fn of(app: &App, caller: &Caller, signed: &SignedInstruction) -> Answer<Self> {
        let document = signed.document();
        let (digest, jws) = (*signed.digest().as_bytes(), signed.as_str().to_owned());
        let (customer, user) = (caller.customer, caller.binding.holder.id);
        let (instruction, bindings, now) = (document.instruction, caller.log, caller.now);
        let Some(terms) = &document.terms else {
            return Ok(Self::End(EndInstruction {
                instruction,
                digest,
                jws,
                customer,
                user,
                bindings,
                now,
            }));
        };
        check_terms(app, caller, terms).await?;
        Ok(Self::Keep(StandingInstruction {
            instruction,
            digest,
            jws,
            customer,
            user,
            bindings,
            terms: for_the_books(terms)?,
            now,
        }))
    }

    async fn take(
        self,
        store: wattkey_store::Store,
        bindings: u64,
    ) -> Result<InstructionOutcome, StoreError> {
        match self {
            Self::Keep(kept) => {
                let kept = StandingInstruction { bindings, ..kept };
                store.keep_instruction(kept).await
            }
            Self::End(end) => {
                store
                    .end_instruction(EndInstruction { bindings, ..end })
                    .await
            }
        }
    }
}

/// The accounts are the customer's, and there is a day on which it is in force.
async fn check_terms(app: &App, caller: &Caller, terms: &Terms) -> Answer<()> {
    let service = app.service().await?;
    if terms.currency != service.payee.currency {
        return Err(Refusal::new(
            ProblemType::Currency,
            "the payee's account has another currency",
        ));
    }
    let today = service.quoting.today(caller.now);
    if terms.until.is_some_and(|until| until < today) {
        return Err(malformed("terms.until is over"));
    }
    own_account(app, caller, &terms.deposit).await?;
    for account in &terms.accounts {
        own_account(app, caller, account).await?;
    }
    Ok(())
}

fn for_the_books(terms: &Terms) -> Answer<StandingTerms> {
    let money =
        |minor| Money::new(minor, terms.currency).map_err(|error| malformed(error.to_string()));
    Ok(StandingTerms {
        deposit: terms.deposit.clone(),
        accounts: terms.accounts.clone(),
        most: terms.most.map(money).transpose()?,
        keep: money(terms.keep)?,
        currency: terms.currency,
        from: terms.from,
        until: terms.until,
    })
}

async fn record(
    app: &App,
    caller: &Caller,
    id: InstructionId,
) -> Answer<Option<InstructionRecord>> {
    app.store
        .instruction(caller.customer, id)
        .await
        .map_err(store_fault)
}

/// The instruction, when this very document gave or ended it before.
async fn known(
    app: &App,
    caller: &Caller,
    signed: &SignedInstruction,
) -> Answer<Option<InstructionRecord>> {
    let record = record(app, caller, signed.document().instruction).await?;
    Ok(record.filter(|kept| {
        let ended = kept.ended.as_ref().map(|end| end.digest);
        [Some(kept.digest), ended].contains(&Some(*signed.digest().as_bytes()))
    }))
}

fn view(kept: InstructionRecord) -> StandingInstructionView {
    let terms = kept.terms;
    StandingInstructionView {
        instruction: kept.instruction,
        digest: digest(&kept.digest),
        user: Named {
            id: kept.user,
            name: kept.user_name,
        },
        terms: Terms {
            deposit: terms.deposit,
            accounts: terms.accounts,
            most: terms.most.map(|most| most.minor()),
            keep: terms.keep.minor(),
            currency: terms.currency,
            from: terms.from,
            until: terms.until,
        },
        at: kept.at,
        ended: kept.ended.map(|end| InstructionEnd {
            digest: digest(&end.digest),
            user: Named {
                id: end.user,
                name: end.user_name,
            },
            at: end.at,
        }),
    }
}

/// The problem of an instruction that the books did not take. Of another customer's nothing is said.
fn refused(outcome: InstructionOutcome, own: bool) -> Refusal {
    match outcome {
        InstructionOutcome::Kept | InstructionOutcome::Exists => Refusal::new(
            ProblemType::Internal,
            "an instruction that was kept is not refused",
        ),
        InstructionOutcome::ExistsWithDifferentPayload { digest: kept } => {
            different(own.then(|| digest(&kept)))
        }
        InstructionOutcome::Unknown => not_found("no such instruction"),
        InstructionOutcome::NoRight(missing) => access::missing(&missing),
        InstructionOutcome::UnknownAccount { account } => Problem::new(ProblemType::Deposit)
            .with("account", account.as_str())
            .into(),
        InstructionOutcome::AccountCurrency { .. } => Problem::new(ProblemType::Currency).into(),
        InstructionOutcome::BindingsMoved => signed::moves_too_often(),
    }
}
