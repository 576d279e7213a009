//! `GET /v1/arrears`: open bills by age, with penalties now and on coming days.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use http::Uri;
use jiff::civil::Date;
use serde::Deserialize;
use wattkey_domain::arrears::{self, Age, OpenBill};
use wattkey_domain::penalty::days_after;
use wattkey_domain::{AccountId, Currency, Money, MoneyError, PenaltyRules};
use wattkey_protocol::arrears::{
    AgeTotal, Arrears, ArrearsBill, ArrearsTotal, Disputed, MAX_BILLS, PenaltyOn,
};
use wattkey_store::ArrearsRow;

use super::input::{parameter, query};
use crate::access::must_see;
use crate::answer::{Answer, Refusal, not_found, store_fault};
use crate::app::App;
use crate::auth::Caller;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ArrearsQuery {
    /// Only of this contract account.
    #[param(value_type = Option<AccountId>)]
    account: Option<String>,
}

/// Open bills by age.
///
/// Each with its penalty now and on coming days, and with what that is reckoned from.
#[utoipa::path(
    get,
    path = "/v1/arrears",
    tag = "bills",
    params(ArrearsQuery),
    responses((status = 200, description = "Open bills by age, with penalties now and on coming days.", body = Arrears)),
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    uri: Uri,
) -> Answer<Json<Arrears>> {
    let wanted: ArrearsQuery = query(&uri)?;
    let account: Option<AccountId> = parameter("account", wanted.account.as_deref())?;
    let access = app.access(&caller).await?;
    if let Some(account) = account.clone() {
        must_see(&access, &account)?;
        let own = app.store.has_account(caller.customer, account).await;
        if !own.map_err(store_fault)? {
            return Err(not_found("no such account"));
        }
    }
    let quoting = app.service().await?.quoting;
    let today = quoting.today(caller.now);
    let most = u32::try_from(MAX_BILLS + 1).unwrap_or(u32::MAX);
    let mut rows = Vec::new();
    if access.sees_by_itself() {
        let hidden = access.hidden().cloned().collect();
        rows = app
            .store
            .arrears(caller.customer, account, hidden, most)
            .await
            .map_err(store_fault)?;
    }
    let more = rows.len() > MAX_BILLS;
    rows.truncate(MAX_BILLS);
    let made = made(rows, &quoting.rules, today)
        .map_err(|error| Refusal::fault("the arrears cannot be reckoned", &error))?;
    Ok(Json(Arrears { more, ..made }))
}

fn made(rows: Vec<ArrearsRow>, rules: &PenaltyRules, today: Date) -> Result<Arrears, MoneyError> {
    let mut by_currency: BTreeMap<String, (Currency, Vec<OpenBill>)> = BTreeMap::new();
    let mut bills = Vec::new();
    for row in rows {
        let open = OpenBill {
            bill: row.bill.clone(),
            due: row.due,
            open: row.open,
            disputes: row.disputes.clone(),
        };
        bills.push(bill(&row, &open, rules, today)?);
        let currency = row.open.currency();
        let of_currency = by_currency.entry(currency.to_string());
        of_currency.or_insert((currency, Vec::new())).1.push(open);
    }
    let totals = by_currency.into_values();
    let totals = totals.map(|(currency, bills)| total(&bills, rules, currency, today));
    Ok(Arrears {
        today,
        rules: *rules,
        totals: totals.collect::<Result<_, _>>()?,
        bills,
        more: false,
    })
}

fn total(
    bills: &[OpenBill],
    rules: &PenaltyRules,
    currency: Currency,
    today: Date,
) -> Result<ArrearsTotal, MoneyError> {
    let groups = arrears::ageing(bills, rules, currency, today)?;
    let sum = |amounts: Vec<Money>| Money::sum(currency, amounts).map(|sum| sum.minor());
    let disputed = bills
        .iter()
        .map(|bill| bill.debt(today).disputed())
        .collect();
    Ok(ArrearsTotal {
        currency,
        open: sum(groups.iter().map(|group| group.principal).collect())?,
        penalty: sum(groups.iter().map(|group| group.penalty).collect())?,
        disputed: sum(disputed)?,
        ages: groups
            .iter()
            .map(|group| AgeTotal {
                age: group.age,
                bills: u32::try_from(group.bills.len()).unwrap_or(u32::MAX),
                open: group.principal.minor(),
                penalty: group.penalty.minor(),
            })
            .collect(),
    })
}

fn bill(
    row: &ArrearsRow,
    open: &OpenBill,
    rules: &PenaltyRules,
    today: Date,
) -> Result<ArrearsBill, MoneyError> {
    let preview = arrears::preview(open, rules, today)?;
    let dispute = row.disputes.iter().find(|one| one.until.is_none());
    Ok(ArrearsBill {
        bill: row.bill.clone(),
        account: row.account.clone(),
        period: row.period,
        due: row.due,
        currency: row.open.currency(),
        open: row.open.minor(),
        age: Age::of(row.due, today),
        days: days_after(row.due, today),
        penalty: open.penalty_on(rules, today, today)?.penalty.minor(),
        disputed: row.disputed.zip(dispute).map(|(dispute, period)| Disputed {
            dispute,
            amount: open.debt(today).disputed().minor(),
            from: period.from,
        }),
        preview: preview
            .into_iter()
            .map(|day| PenaltyOn {
                on: day.on,
                days: day.days,
                daily_ppm: day.daily_ppm,
                later_days: day.later_days,
                later_daily_ppm: day.later_daily_ppm,
                penalty: day.penalty.minor(),
                undisputed: day.undisputed.minor(),
            })
            .collect(),
    })
}
