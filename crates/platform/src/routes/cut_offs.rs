//! `/v1/cut-offs` on the managers' listener: plans to cut supply, and what the legal clock says.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use http::{StatusCode, Uri};
use serde::Deserialize;
use wattkey_domain::AccountId;
use wattkey_protocol::api::Page;
use wattkey_protocol::binding::Holder;
use wattkey_protocol::notice::{CutOffClock, CutOffPlan, CutOffView, NewCutOff, NoticeBill};
use wattkey_protocol::order::Named;
use wattkey_protocol::problem::{Problem, ProblemType};
use wattkey_store::{CutOffCase, PlanCutOff, PlanTaken};

use super::input::{Document, Id, limit, parameter, query};
use super::notices;
use crate::answer::{Answer, Refusal, not_found, store_fault};
use crate::app::App;
use crate::auth::{Desk, unbound};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    cursor: Option<String>,
    limit: Option<String>,
}

/// Planned cut-offs, by contract account.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Extension(desk): Extension<Desk>,
    uri: Uri,
) -> Answer<Json<Page<CutOffView>>> {
    desk.must_be_bound()?;
    let wanted: ListQuery = query(&uri)?;
    let after: Option<AccountId> = parameter("cursor", wanted.cursor.as_deref())?;
    let limit = limit(wanted.limit.as_deref())?;
    let after = after.map_or(String::new(), |account| account.to_string());
    let cases = app.store.cut_offs(after, limit + 1).await;
    let mut cases = cases.map_err(store_fault)?;
    let more = cases.len() > limit as usize;
    cases.truncate(limit as usize);
    let next = cases.last().filter(|_| more);
    let next = next.map(|last| last.account.to_string());
    let mut items = Vec::new();
    for case in cases {
        items.push(view(&app, &desk, case).await?);
    }
    Ok(Json(Page { items, next }))
}

/// One contract account, whether it has a plan or not: what the legal clock wants.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Extension(desk): Extension<Desk>,
    Id(account): Id<AccountId>,
) -> Answer<Json<CutOffView>> {
    desk.must_be_bound()?;
    of_account(&app, &desk, account).await.map(Json)
}

/// Plans a cut-off: 201, or 200 when the same is planned.
pub(super) async fn plan(
    State(app): State<Arc<App>>,
    Extension(desk): Extension<Desk>,
    Document(new): Document<NewCutOff>,
) -> Answer<Response> {
    desk.must_be_bound()?;
    let holder = holder(&desk)?;
    let taken = app
        .store
        .plan_cut_off(PlanCutOff {
            account: new.account.clone(),
            at: new.at,
            manager: holder.id,
            manager_name: holder.name.clone(),
            rules: app.cut_off,
            quoting: app.service().await?.quoting,
            now: desk.now,
        })
        .await
        .map_err(store_fault)?;
    let refused = |reason: &str| Problem::new(ProblemType::CutOff).with("reason", reason);
    let time = |at| wattkey_protocol::time::format(at);
    let status = match taken {
        PlanTaken::Kept => {
            tracing::info!(account = %new.account, at = %new.at, manager = %holder.id, "cut-off planned");
            StatusCode::CREATED
        }
        PlanTaken::Exists => StatusCode::OK,
        PlanTaken::UnknownAccount => return Err(not_found("no such account")),
        PlanTaken::Planned { at } => {
            let problem = refused("planned").with("planned", time(at));
            return Err(problem.into());
        }
        PlanTaken::NotOwed => return Err(refused("not-demanded").into()),
        PlanTaken::Early { earliest } => {
            return Err(refused("early").with("earliest", time(earliest)).into());
        }
    };
    // The first notice is due at once.
    crate::notices::serve_for(&app, &new.account).await;
    let view = of_account(&app, &desk, new.account).await?;
    Ok((status, Json(view)).into_response())
}

/// Drops a plan; what was served stays.
pub(super) async fn discard(
    State(app): State<Arc<App>>,
    Extension(desk): Extension<Desk>,
    Id(account): Id<AccountId>,
) -> Answer<StatusCode> {
    desk.must_be_bound()?;
    let manager = holder(&desk)?.id;
    let dropped = app
        .store
        .drop_cut_off(account.clone(), manager, desk.now)
        .await;
    if !dropped.map_err(store_fault)? {
        return Err(not_found("no such plan"));
    }
    tracing::info!(%account, %manager, "cut-off dropped");
    Ok(StatusCode::NO_CONTENT)
}

/// Who asks.
fn holder(desk: &Desk) -> Answer<Holder> {
    let binding = desk.state.binding(&desk.certificate).ok_or_else(unbound)?;
    Ok(binding.holder.clone())
}

async fn of_account(app: &App, desk: &Desk, account: AccountId) -> Answer<CutOffView> {
    let case = app.store.cut_off(account).await.map_err(store_fault)?;
    let case = case.ok_or_else(|| not_found("no such account"))?;
    view(app, desk, case).await
}

async fn view(app: &App, desk: &Desk, case: CutOffCase) -> Answer<CutOffView> {
    let quoting = app.service().await?.quoting;
    let fault = |error| Refusal::fault("the legal clock cannot be reckoned", &error);
    let owed = case
        .owed(&quoting, quoting.today(desk.now))
        .map_err(fault)?;
    let standing = case.standing(&app.cut_off, &quoting, desk.now);
    let standing = standing.map_err(fault)?;
    let bills: Vec<_> = owed
        .iter()
        .map(|(bill, owed, penalty)| NoticeBill {
            bill: bill.bill.clone(),
            due: bill.due,
            open: owed.minor(),
            penalty: penalty.minor(),
        })
        .collect();
    Ok(CutOffView {
        currency: owed.first().map(|(_, owed, _)| owed.currency()),
        bills,
        account: case.account,
        customer: Named {
            id: case.customer,
            name: case.customer_name,
        },
        plan: case.plan.map(|plan| CutOffPlan {
            at: plan.at,
            manager: Named {
                id: plan.manager,
                name: plan.manager_name,
            },
            planned: plan.planned,
        }),
        notices: case.notices.into_iter().map(notices::view).collect(),
        clock: CutOffClock {
            earliest: standing.earliest,
            next: standing.next,
            next_from: standing.next_from,
            may_cut: standing.may_cut,
            missing: standing.missing,
        },
    })
}
