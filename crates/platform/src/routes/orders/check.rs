//! What an order says, compared with what is. The claims themselves (who holds a bill, what is
//! open, what the quote is, what is in a deposit) are checked by the store, inside the transaction
//! that makes them.

use jiff::ToSpan as _;
use jiff::civil::Date;
use wattkey_bank::Account;
use wattkey_domain::{Access, AccountId, MandateId};
use wattkey_protocol::order::{Order, OrderBill, Source};
use wattkey_protocol::problem::{Problem, ProblemType};
use wattkey_store::Mandate;

use crate::answer::{Answer, Refusal, not_found, store_fault};
use crate::app::{App, Service};
use crate::auth::Caller;
use crate::routes::signed::check_customer;

/// How far ahead an order may be scheduled.
pub(in crate::routes) const MAX_DAYS_AHEAD: i32 = 90;

/// Payee, customer, mandate, accounts, day and bills; gives the mandate of a collection or a refund.
pub(super) async fn document(
    app: &App,
    caller: &Caller,
    service: &Service,
    order: &Order,
) -> Answer<Option<Mandate>> {
    let payee = &service.payee;
    if order.payee.name != payee.name || !same_account(&order.payee.account, &payee.account) {
        return Err(Refusal::new(
            ProblemType::Payee,
            "the order names another payee",
        ));
    }
    check_customer(app, caller, &order.customer).await?;
    let mandate = mandate_of(app, caller, order).await?;
    if order.currency != payee.currency {
        return Err(Refusal::new(
            ProblemType::Currency,
            "the payee's account has another currency",
        ));
    }
    accounts(app, caller, order).await?;
    let today = service.quoting.today(caller.now);
    if let Some(day) = order.execute {
        check_day(day, today, Ahead::Tomorrow)?;
    }
    let access = app.access(caller).await?;
    for wanted in &order.bills {
        bill(app, caller, service, order, wanted, &access).await?;
    }
    Ok(mandate)
}

/// The first day that will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::routes) enum Ahead {
    Today,
    Tomorrow,
}

/// Refuses days on which no order can be executed.
pub(in crate::routes) fn check_day(day: Date, today: Date, from: Ahead) -> Answer<()> {
    let is_soon_enough = today
        .checked_add(MAX_DAYS_AHEAD.days())
        .is_ok_and(|last| day <= last);
    let is_late_enough = match from {
        Ahead::Today => day >= today,
        Ahead::Tomorrow => day > today,
    };
    if is_soon_enough && is_late_enough {
        return Ok(());
    }
    let detail = format!("the day is not within {MAX_DAYS_AHEAD} days after {today}");
    Err(Refusal::new(ProblemType::ExecuteDay, detail))
}

/// The mandate that an order names, whose account must be the one in the order.
pub(super) async fn mandate_of(
    app: &App,
    caller: &Caller,
    order: &Order,
) -> Answer<Option<Mandate>> {
    let (id, account) = match (&order.source, &order.refund) {
        (
            Source::Mandate {
                mandate,
                debtor_account,
            },
            _,
        ) => (mandate, debtor_account),
        (_, Some(refund)) => (&refund.mandate, &refund.account),
        (_, None) => return Ok(None),
    };
    mandate(app, caller, id, account).await.map(Some)
}

async fn mandate(app: &App, caller: &Caller, id: &MandateId, account: &str) -> Answer<Mandate> {
    let mandate = app
        .store
        .mandate(caller.customer, id.clone())
        .await
        .map_err(store_fault)?;
    mandate
        .filter(|mandate| same_account(&mandate.debtor_account, account))
        .ok_or_else(|| {
            Refusal::new(
                ProblemType::Mandate,
                "the customer has no such mandate for this account",
            )
        })
}

/// Deposits are those of the customer's contract accounts.
async fn accounts(app: &App, caller: &Caller, order: &Order) -> Answer<()> {
    if let Some(part) = &order.deposit {
        own_account(app, caller, &part.account).await?;
    }
    if let Source::Deposit { account } = &order.source {
        own_account(app, caller, account).await?;
    }
    Ok(())
}

/// Refuses contract accounts of others, and those that the user may not look at.
pub(in crate::routes) async fn own_account(
    app: &App,
    caller: &Caller,
    account: &AccountId,
) -> Answer<()> {
    let own = app
        .store
        .has_account(caller.customer, account.clone())
        .await
        .map_err(store_fault)?;
    if own && app.access(caller).await?.sees(account) {
        return Ok(());
    }
    let problem = Problem::new(ProblemType::Deposit).with("account", account.as_str());
    Err(problem.detail("no such contract account").into())
}

/// The store does not keep account and period of a claim, so they are compared here; a bill never
/// changes them. Nor does it know until when the quote was given: the document may not give itself
/// more time, for an order may wait that long for its approval.
async fn bill(
    app: &App,
    caller: &Caller,
    service: &Service,
    order: &Order,
    wanted: &OrderBill,
    access: &Access,
) -> Answer<()> {
    let today = service.quoting.today(caller.now);
    let row = app
        .store
        .bill(caller.customer, wanted.bill.clone(), today)
        .await
        .map_err(store_fault)?;
    let row = row.filter(|row| access.sees(&row.account));
    let row = row.ok_or_else(|| not_found("no such bill"))?;
    let mismatch = |kind, detail: &str| {
        let problem = Problem::new(kind).with("bill", wanted.bill.as_str());
        Err(problem.detail(detail).into())
    };
    if row.account != wanted.account || row.period != wanted.period {
        return mismatch(
            ProblemType::DocumentMismatch,
            "account or period are not the bill's",
        );
    }
    let on = order.execute.unwrap_or(today);
    let nothing = wattkey_domain::Money::zero(row.open.currency());
    let quote = service
        .quoting
        .quote_on(nothing, &row.debt(today), on, caller.now)
        .map_err(|error| Refusal::fault("a quote cannot be made", &error))?;
    if wanted.quote_until > quote.until {
        return mismatch(
            ProblemType::QuoteExpired,
            "the quote does not hold that long",
        );
    }
    Ok(())
}

/// Two spellings of one account number (spaces in an IBAN) are the same.
pub(crate) fn same_account(one: &str, other: &str) -> bool {
    one == other
        || matches!((Account::new(one), Account::new(other)), (Ok(one), Ok(other)) if one == other)
}
