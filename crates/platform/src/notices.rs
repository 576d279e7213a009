//! Notices that time serves by itself: demands when a bill is overdue, and those of planned cut-offs
//! by the legal clock.
//!
//! Every platform of a database looks by itself. A notice is drafted from what one snapshot shows and
//! kept if that still is so; the books take each once.

use jiff::Timestamp;
use uuid::Uuid;
use wattkey_domain::arrears::notice::NoticeKind;
use wattkey_domain::{AccountId, CustomerId, Money, MoneyError, NoticeId, Quoting};
use wattkey_protocol::notice::{MAX_BILLS, NoticeBill, NoticeDocument};
use wattkey_protocol::order::Named;
use wattkey_protocol::time::whole_seconds;
use wattkey_store::{CutOffCase, NewNotice, NewNoticeBill, OverdueBill, StoreError};

use crate::answer::chain;
use crate::app::{App, Service};

/// Bills that are looked at for demands at once.
const BILLS_AT_ONCE: u32 = 500;
/// Demands of one look: what is left waits for the next one.
const MOST_AT_ONCE: usize = 200;
/// Planned cut-offs that are looked at at once.
const PLANS_AT_ONCE: u32 = 100;

/// A notice as far as it is known before it is written.
struct Draft {
    customer: CustomerId,
    account: AccountId,
    kind: NoticeKind,
    bills: Vec<NewNoticeBill>,
    cut_off: Option<Timestamp>,
}

/// Serves what is due.
pub(crate) async fn serve(app: &App, service: &Service) -> Result<(), StoreError> {
    demands(app, service).await?;
    let mut after = String::new();
    loop {
        let cases = app.store.cut_offs(after, PLANS_AT_ONCE).await?;
        let Some(last) = cases.last() else {
            return Ok(());
        };
        after = last.account.to_string();
        for case in &cases {
            of_plan(app, service, case).await?;
        }
    }
}

/// Serves what is due of one plan.
pub(crate) async fn serve_for(app: &App, account: &AccountId) {
    let served = async {
        let Ok(service) = app.service().await else {
            return Ok(());
        };
        match app.store.cut_off(account.clone()).await? {
            Some(case) => of_plan(app, &service, &case).await,
            None => Ok(()),
        }
    };
    if let Err(error) = served.await {
        tracing::error!(error = chain(&error), %account, "a notice cannot be served");
    }
}

/// One demand for each contract account and currency with bills of which more is owed than was demanded.
async fn demands(app: &App, service: &Service) -> Result<(), StoreError> {
    let mut after = String::new();
    let mut served = 0;
    while served < MOST_AT_ONCE {
        let today = service.quoting.today(app.now());
        let mut bills = app.store.to_demand(today, after, BILLS_AT_ONCE).await?;
        let full = bills.len() >= BILLS_AT_ONCE as usize;
        let Some(last) = bills.last().map(|bill| bill.account.clone()) else {
            return Ok(());
        };
        // The last account of a full page may have more; alone on it, it is served in parts.
        let first = bills.first().map(|bill| bill.account.clone());
        if full && first.as_ref() != Some(&last) {
            bills.retain(|bill| bill.account != last);
        }
        let Some(reached) = bills.last().map(|bill| bill.account.to_string()) else {
            return Ok(());
        };
        for bills in bills.chunk_by(same_demand) {
            let drafted = demand(bills, &service.quoting, app.now());
            match drafted {
                Ok(Some(draft)) => {
                    keep(app, service, draft).await?;
                    served += 1;
                }
                Ok(None) => {}
                Err(error) => tracing::error!(error = chain(&error), "a demand cannot be made"),
            }
        }
        after = reached;
        if !full {
            return Ok(());
        }
    }
    Ok(())
}

fn same_demand(one: &OverdueBill, other: &OverdueBill) -> bool {
    one.account == other.account && one.owed.open.currency() == other.owed.open.currency()
}

/// None when all of it is disputed, or what is owed beyond dispute was demanded.
fn demand(
    bills: &[OverdueBill],
    quoting: &Quoting,
    now: Timestamp,
) -> Result<Option<Draft>, MoneyError> {
    let today = quoting.today(now);
    let mut owed = Vec::new();
    for bill in bills {
        if let Some((part, penalty)) = bill.owed.owed(quoting, today)?
            && bill.owed.demanded(part).is_none()
        {
            owed.push(NewNoticeBill {
                bill: bill.owed.clone(),
                owed: part,
                penalty,
            });
        }
    }
    let Some(first) = bills.first().filter(|_| !owed.is_empty()) else {
        return Ok(None);
    };
    Ok(Some(Draft {
        customer: first.customer,
        account: first.account.clone(),
        kind: NoticeKind::Demand,
        bills: owed,
        cut_off: None,
    }))
}

/// The next notice of a plan, when its time has come.
async fn of_plan(app: &App, service: &Service, case: &CutOffCase) -> Result<(), StoreError> {
    match next_of_plan(app, &service.quoting, case) {
        Ok(Some(draft)) => keep(app, service, draft).await,
        Ok(None) => Ok(()),
        Err(error) => {
            tracing::error!(error = chain(&error), account = %case.account, "a notice cannot be made");
            Ok(())
        }
    }
}

fn next_of_plan(
    app: &App,
    quoting: &Quoting,
    case: &CutOffCase,
) -> Result<Option<Draft>, MoneyError> {
    let now = app.now();
    let Some(plan) = &case.plan else {
        return Ok(None);
    };
    let standing = case.standing(&app.cut_off, quoting, now)?;
    let kind = standing.next.filter(|kind| *kind != NoticeKind::Demand);
    let is_due = standing.next_from.is_some_and(|from| now >= from) && now < plan.at;
    let Some(kind) = kind.filter(|_| is_due) else {
        return Ok(None);
    };
    let owed = case.owed(quoting, quoting.today(now))?;
    // All of one currency, as all bills of an account are.
    let currency = owed.first().map(|(_, owed, _)| owed.currency());
    let owed = owed
        .into_iter()
        .filter(|(_, owed, _)| Some(owed.currency()) == currency)
        .filter(|(bill, ..)| kind != NoticeKind::LastCall || case.is_told(bill));
    let bills = owed.map(|(bill, owed, penalty)| NewNoticeBill {
        bill: bill.clone(),
        owed,
        penalty,
    });
    Ok(Some(Draft {
        customer: case.customer,
        account: case.account.clone(),
        kind,
        bills: bills.collect(),
        cut_off: Some(plan.at),
    }))
}

/// Writes the notice and has the books keep it.
async fn keep(app: &App, service: &Service, mut draft: Draft) -> Result<(), StoreError> {
    draft.bills.truncate(MAX_BILLS);
    let Some(customer) = app.store.customer(draft.customer).await? else {
        return Ok(());
    };
    let currency = service.payee.currency;
    let currency = draft
        .bills
        .first()
        .map_or(currency, |one| one.owed.currency());
    let parts = draft.bills.iter().flat_map(|one| [one.owed, one.penalty]);
    let total = match Money::sum(currency, parts.collect::<Vec<_>>()) {
        Ok(total) if !total.is_zero() => total,
        Ok(_) => return Ok(()),
        Err(error) => {
            tracing::error!(error = chain(&error), account = %draft.account, "a notice cannot be made");
            return Ok(());
        }
    };
    let (notice, served) = (
        NoticeId::from_uuid(Uuid::new_v4()),
        whole_seconds(app.now()),
    );
    let bills = draft.bills.iter().map(|one| NoticeBill {
        bill: one.bill.bill.clone(),
        due: one.bill.due,
        open: one.owed.minor(),
        penalty: one.penalty.minor(),
    });
    let document = NoticeDocument {
        notice,
        audience: app.audience.origin().to_owned(),
        customer: Named {
            id: customer.id,
            name: customer.name,
        },
        account: draft.account.clone(),
        kind: draft.kind,
        bills: bills.collect(),
        total: total.minor(),
        currency,
        served,
        cut_off: draft.cut_off,
    };
    let (account, kind) = (draft.account.clone(), draft.kind);
    let new = NewNotice {
        notice,
        customer: draft.customer,
        account: draft.account,
        kind,
        bills: draft.bills,
        total,
        served,
        cut_off: draft.cut_off,
        document: document.to_json(),
    };
    if app.store.keep_notice(new).await? {
        tracing::info!(%notice, %account, kind = kind.as_str(), "notice served");
    }
    Ok(())
}
