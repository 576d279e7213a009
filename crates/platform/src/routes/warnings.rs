//! `GET /v1/warnings`.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use http::Uri;
use jiff::ToSpan as _;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde::Deserialize;
use wattkey_domain::AccountId;
use wattkey_domain::usage::{Channel, LoadCurve};
use wattkey_protocol::api::Page;
use wattkey_protocol::warnings::{MAX_ACCOUNTS, Warning};
use wattkey_store::AccountUsage;

use super::input::{limit_or, parameter, query};
use crate::access::must_see;
use crate::answer::{Answer, Refusal, not_found, store_fault};
use crate::app::App;
use crate::auth::Caller;
use crate::warnings::{Detail, Gathered, HISTORY_DAYS, Reckoned, warnings};

/// Contract accounts of a page when the request does not say.
const DEFAULT_ACCOUNTS: u32 = 20;
/// What forecasts go by.
const CHANNELS: [Channel; 3] = [
    Channel::ActiveImport,
    Channel::ReactiveImport,
    Channel::ReactiveExport,
];

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Only of this contract account, with the days that a forecast is made of.
    #[param(value_type = Option<AccountId>)]
    account: Option<String>,
    /// Where the page before ended: its `next`.
    #[param(value_type = Option<String>)]
    cursor: Option<String>,
    /// Most contract accounts of the page: 20 when it is absent, never more than 50.
    #[param(value_type = Option<i64>, minimum = 1)]
    limit: Option<String>,
}

/// What is coming.
///
/// Forewarnings account by account, the most pressing of each first: the expected bill, bills that fall
/// due, how long a deposit lasts, demand and power factor.
#[utoipa::path(
    get,
    path = "/v1/warnings",
    tag = "consumption",
    params(ListQuery),
    responses((status = 200, description = "What is coming, account by account, the most pressing of each first.", body = Page<Warning>)),
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    uri: Uri,
) -> Answer<Json<Page<Warning>>> {
    let wanted: ListQuery = query(&uri)?;
    let account: Option<AccountId> = parameter("account", wanted.account.as_deref())?;
    let after: Option<AccountId> = parameter("cursor", wanted.cursor.as_deref())?;
    let limit = limit_or(wanted.limit.as_deref(), DEFAULT_ACCOUNTS)?.min(MAX_ACCOUNTS);
    let service = app.service().await?;
    let today = service.quoting.today(caller.now);
    let viewer = app.viewer(&caller).await?;
    let (accounts, next, detail) = match account {
        Some(account) => {
            must_see(&viewer.access, &account)?;
            (vec![account], None, Detail::Days)
        }
        None => {
            let page = app.store.accounts_page(viewer, today, after, limit).await;
            let page = page.map_err(store_fault)?;
            let accounts = page.items.into_iter().map(|row| row.account.id);
            (accounts.collect(), page.next, Detail::Months)
        }
    };
    let with = Reckoned {
        today,
        rules: app.penalty,
        detail,
    };
    let zone = service.quoting.time_zone.clone();
    let reader = Reader {
        app: &app,
        caller: &caller,
        zone,
        with,
    };
    let mut items = Vec::new();
    let mut gathered = Gathered::default();
    let mut accounts = accounts.into_iter();
    let mut read = reader.next(&mut accounts).await?;
    while let Some(account) = read {
        // What the next one needs is read while this one is reckoned.
        let (reckoned, next) = tokio::join!(
            reader.reckoned(account, gathered),
            reader.next(&mut accounts)
        );
        let (found, used) = reckoned?;
        items.extend(found);
        gathered = used.emptied();
        read = next?;
    }
    Ok(Json(Page { items, next }))
}

/// Reads what the books have of accounts, for their warnings.
struct Reader<'r> {
    app: &'r App,
    caller: &'r Caller,
    zone: TimeZone,
    with: Reckoned,
}

/// An account, with the readings of its first metering points.
struct Read {
    usage: Arc<AccountUsage>,
    curves: Vec<Option<LoadCurve>>,
}

impl Reader<'_> {
    async fn next(&self, accounts: &mut impl Iterator<Item = AccountId>) -> Answer<Option<Read>> {
        let Some(account) = accounts.next() else {
            return Ok(None);
        };
        let usage = self.app.store.account_usage(self.caller.customer, account);
        let usage = usage.await.map_err(store_fault)?;
        let usage = Arc::new(usage.ok_or_else(|| not_found("no such account"))?);
        let curves = self.curves(&usage, 0).await?;
        Ok(Some(Read { usage, curves }))
    }

    /// The readings of the points from a place on, of as many as may be in memory together.
    async fn curves(&self, usage: &AccountUsage, from: usize) -> Answer<Vec<Option<LoadCurve>>> {
        let start = |days: i32| {
            let day = self.with.today.checked_add(days.days())?;
            let midnight = self
                .zone
                .to_ambiguous_timestamp(day.to_datetime(Time::midnight()));
            midnight.compatible()
        };
        let beyond = |error: jiff::Error| Refusal::fault("the calendar ends", &error);
        let span = (
            start(-HISTORY_DAYS).map_err(beyond)?,
            start(1).map_err(beyond)?,
        );
        let rest = usage.points[from..].to_vec();
        if rest.is_empty() {
            return Ok(Vec::new());
        }
        self.app
            .store
            .load_curves(rest, self.zone.clone(), span, CHANNELS.to_vec())
            .await
            .map_err(store_fault)
    }

    /// The warnings of an account, and what was gathered for them.
    async fn reckoned(
        &self,
        Read { usage, mut curves }: Read,
        mut gathered: Gathered,
    ) -> Answer<(Vec<Warning>, Gathered)> {
        let failed = |error| Refusal::fault("warnings cannot be reckoned", &error);
        let with = self.with;
        while gathered.len() < usage.points.len() {
            let of = Arc::clone(&usage);
            // Milliseconds for each metering point: not on the threads that serve others.
            let added = tokio::task::spawn_blocking(move || {
                gathered.add(&of, &curves, with.today);
                gathered
            });
            gathered = added.await.map_err(failed)?;
            curves = self.curves(&usage, gathered.len()).await?;
        }
        let reckoned = tokio::task::spawn_blocking(move || {
            let found = warnings(&usage, &gathered, with);
            (found, gathered)
        });
        reckoned.await.map_err(failed)
    }
}
