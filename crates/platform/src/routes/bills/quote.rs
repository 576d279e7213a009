//! `GET /v1/bills/{bill}/quote`: what paying a bill, or a part of it, takes today or on a later day.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use http::Uri;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use wattkey_domain::{BillId, Money, Quoting, penalty};
use wattkey_protocol::api::Quote;
use wattkey_protocol::problem::{Problem, ProblemType};
use wattkey_store::BillRow;

use crate::answer::{Answer, Refusal};
use crate::app::App;
use crate::auth::Caller;
use crate::routes::bills::own_bill;
use crate::routes::input::{Id, parameter, query};
use crate::routes::orders::check::{Ahead, check_day};

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct QuoteQuery {
    /// What of it is to be paid, in minor units; all that is open when it is absent.
    #[param(value_type = Option<i64>, minimum = 1)]
    principal: Option<String>,
    /// The day of payment; today when it is absent.
    #[param(value_type = Option<Date>)]
    on: Option<String>,
}

/// What paying a bill takes.
///
/// Principal and penalty of all that is open, today, unless the query names a part or another day.
#[utoipa::path(
    get,
    path = "/v1/bills/{bill}/quote",
    tag = "bills",
    params(("bill" = BillId, Path, description = "The bill"), QuoteQuery),
    responses(
        (status = 200, description = "Principal and penalty, and until when they hold.", body = Quote),
        (status = 409, description = "It cannot be paid so: the problem's type says why.", body = Problem,
            content_type = "application/problem+json"),
    ),
)]
pub(in crate::routes) async fn show(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Id(bill): Id<BillId>,
    uri: Uri,
) -> Answer<Json<Quote>> {
    let wanted: QuoteQuery = query(&uri)?;
    let principal: Option<i64> = parameter("principal", wanted.principal.as_deref())?;
    let quoting = app.service().await?.quoting;
    let today = quoting.today(caller.now);
    let on: Date = parameter("on", wanted.on.as_deref())?.unwrap_or(today);
    check_day(on, today, Ahead::Today)?;
    let row = own_bill(&app, &caller, bill, today).await?;
    let principal = match principal {
        Some(minor) => part(&row, minor)?,
        None => row.open,
    };
    if row.open.is_zero() || principal.minor() > row.open.minor() {
        return Err(too_much(&quoting, &row, on, caller.now)?);
    }
    quote(&quoting, &row, principal, on, caller.now).map(Json)
}

/// The quote for all that is open, today; none when nothing is.
pub(super) fn whole(quoting: &Quoting, row: &BillRow, now: Timestamp) -> Answer<Option<Quote>> {
    if row.open.is_zero() {
        return Ok(None);
    }
    quote(quoting, row, row.open, quoting.today(now), now).map(Some)
}

fn part(row: &BillRow, minor: i64) -> Answer<Money> {
    Money::new(minor, row.open.currency())
        .ok()
        .filter(|principal| !principal.is_zero())
        .ok_or_else(|| Refusal::new(ProblemType::Malformed, "`principal` is no amount"))
}

fn quote(
    quoting: &Quoting,
    row: &BillRow,
    principal: Money,
    on: Date,
    now: Timestamp,
) -> Answer<Quote> {
    let quote = quoting
        .quote_on(principal, &row.debt(quoting.today(now)), on, now)
        .map_err(|error| Refusal::fault("a quote cannot be made", &error))?;
    Ok(Quote {
        principal: quote.principal.minor(),
        penalty: quote.penalty.minor(),
        days: penalty::days_after(row.due, on),
        until: quote.until,
    })
}

/// As an order would be refused that pays more than is open.
fn too_much(quoting: &Quoting, row: &BillRow, on: Date, now: Timestamp) -> Answer<Refusal> {
    let problem = |kind| Problem::new(kind).with("bill", row.bill.as_str());
    let holder = row.order.filter(|order| order.state.holds_claims());
    if let Some(holder) = holder {
        let claimed = problem(ProblemType::BillClaimed)
            .with("order", holder.order.to_string())
            .with("user", holder.user.to_string());
        return Ok(claimed.into());
    }
    if row.open.is_zero() {
        return Ok(problem(ProblemType::BillPaid).into());
    }
    let open = quote(quoting, row, row.open, on, now)?;
    let mismatch = problem(ProblemType::QuoteMismatch)
        .with("principal", open.principal)
        .with("penalty", open.penalty);
    Ok(mismatch.into())
}
