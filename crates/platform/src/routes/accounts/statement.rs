//! `GET /v1/accounts/{account}/statement`.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use http::Uri;
use jiff::civil::Date;
use serde::Deserialize;
use wattkey_domain::{AccountId, Currency};
use wattkey_protocol::problem::ProblemType;
use wattkey_protocol::statement::{Balances, Entry, Kind, Ledger, Statement, Way};
use wattkey_store::{
    StatementBalances, StatementCursor, StatementEntry, StatementKind, StatementLedger,
    StatementQuery, StatementWay,
};

use crate::access::must_see;
use crate::answer::{Answer, Refusal, not_found, store_fault};
use crate::app::App;
use crate::auth::Caller;
use crate::routes::input::{Id, limit, parameter, query};

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DaysQuery {
    /// The first day.
    #[param(value_type = Date)]
    from: String,
    /// The last day.
    #[param(value_type = Date)]
    to: String,
    /// The currency of the bills: the service's own when it is absent.
    #[param(value_type = Option<Currency>)]
    currency: Option<String>,
    /// Where the page before ended: its `next`.
    #[param(value_type = Option<String>)]
    cursor: Option<String>,
    /// Most entries of the page: 50 when it is absent, never more than 200.
    #[param(value_type = Option<i64>, minimum = 1)]
    limit: Option<String>,
}

/// Statement of account.
///
/// What the account's bills owed and what its deposit held between two days, entry by entry, with the
/// balances before and after.
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/statement",
    tag = "bills",
    params(("account" = AccountId, Path, description = "The contract account"), DaysQuery),
    responses((status = 200, description = "What the account's bills owed and what its deposit held between two days, entry by entry.", body = Statement)),
)]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Id(account): Id<AccountId>,
    uri: Uri,
) -> Answer<Json<Statement>> {
    let wanted: DaysQuery = query(&uri)?;
    let (from, to) = (day("from", &wanted.from)?, day("to", &wanted.to)?);
    if to < from {
        return Err(malformed("`to` is before `from`"));
    }
    let viewer = app.viewer(&caller).await?;
    must_see(&viewer.access, &account)?;
    let service = app.service().await?;
    let currency: Option<Currency> = parameter("currency", wanted.currency.as_deref())?;
    let currency = currency.unwrap_or(service.payee.currency);
    let statement = app
        .store
        .statement(StatementQuery {
            viewer,
            account,
            currency,
            from,
            to,
            time_zone: service.quoting.time_zone.clone(),
            after: parameter::<StatementCursor>("cursor", wanted.cursor.as_deref())?,
            limit: limit(wanted.limit.as_deref())?,
        })
        .await
        .map_err(store_fault)?;
    let statement = statement.ok_or_else(|| not_found("no such account"))?;
    let items = statement.entries.items.into_iter().map(entry);
    Ok(Json(Statement {
        account: statement.account.id,
        name: statement.account.name,
        address: statement.account.address,
        currency,
        from,
        to,
        as_of: caller.now,
        opening: balances(statement.opening),
        items: items.collect(),
        next: statement.entries.next,
        closing: balances(statement.closing),
    }))
}

/// A date in its one form, `2026-08-31`.
fn day(name: &str, text: &str) -> Answer<Date> {
    let day = text.parse::<Date>().ok();
    let day = day.filter(|day| day.to_string() == text);
    day.ok_or_else(|| malformed(&format!("`{name}` is no date: write it as 2026-08-31")))
}

fn malformed(why: &str) -> Refusal {
    Refusal::new(ProblemType::Malformed, why)
}

fn balances(of: StatementBalances) -> Balances {
    Balances {
        owed: of.open + of.in_collection,
        open: of.open,
        in_collection: of.in_collection,
        deposit: of.deposit,
    }
}

fn entry(entry: StatementEntry) -> Entry {
    let ledger = match entry.ledger {
        StatementLedger::Bills => Ledger::Bills,
        StatementLedger::Deposit => Ledger::Deposit,
    };
    let grows_by_debit = ledger == Ledger::Bills;
    let amount = i64::try_from(entry.change.unsigned_abs()).unwrap_or(i64::MAX);
    let (debit, credit) = if (entry.change > 0) == grows_by_debit {
        (amount, 0)
    } else {
        (0, amount)
    };
    Entry {
        day: entry.place.day,
        posted: entry.posted,
        ledger,
        kind: kind(entry.kind),
        way: entry.way.map(way),
        bill: entry.bill,
        period: entry.of_bill.map(|(period, _)| period),
        due: entry.of_bill.map(|(_, due)| due),
        order: entry.order,
        reference: entry.reference,
        channel: entry.channel,
        number: entry.number,
        reason: entry.reason,
        debit,
        credit,
        balance: entry.balance,
    }
}

fn kind(kind: StatementKind) -> Kind {
    match kind {
        StatementKind::Bill => Kind::Bill,
        StatementKind::CreditNote => Kind::CreditNote,
        StatementKind::Penalty => Kind::Penalty,
        StatementKind::PenaltyTakenBack => Kind::PenaltyTakenBack,
        StatementKind::Payment => Kind::Payment,
        StatementKind::Return => Kind::Return,
        StatementKind::PaidElsewhere => Kind::PaidElsewhere,
        StatementKind::OpeningBalance => Kind::OpeningBalance,
        StatementKind::DepositIn => Kind::DepositIn,
        StatementKind::DepositOut => Kind::DepositOut,
        StatementKind::Refund => Kind::Refund,
        StatementKind::RefundBack => Kind::RefundBack,
    }
}

fn way(way: StatementWay) -> Way {
    match way {
        StatementWay::Mandate => Way::Mandate,
        StatementWay::Transfer => Way::Transfer,
        StatementWay::Deposit => Way::Deposit,
        StatementWay::Standing => Way::Standing,
        StatementWay::Placed => Way::Placed,
        StatementWay::Elsewhere => Way::Elsewhere,
    }
}
