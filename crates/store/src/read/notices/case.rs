//! A contract account and the legal clock.

use std::collections::{BTreeSet, HashMap};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use wattkey_domain::arrears::notice::{Case, CutOffRules, Notice, NoticeKind};
use wattkey_domain::{
    AccountId, BillId, CustomerId, Debt, DisputePeriod, Money, MoneyError, NoticeId, Quoting,
    UserId,
};

use super::{NOTICE, NoticeRecord, records};
use crate::StoreError;
use crate::database::{DatabaseError, Session, Value};
use crate::read::disputes;

/// Most bills of one account that are looked at, the oldest due first.
const MAX_BILLS: u32 = 500;
/// Between the plan and its first notice: it is served within minutes.
const SERVING: SignedDuration = SignedDuration::from_mins(15);
/// A last call is served so long before it must have been at the latest.
const LAST_CALL_LEAD: SignedDuration = SignedDuration::from_mins(30);

/// A bill that is overdue, or will be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutOffBill {
    /// The bill.
    pub bill: BillId,
    /// The last day without penalty.
    pub due: Date,
    /// What is open of it.
    pub open: Money,
    /// Its disputes.
    pub disputes: Vec<DisputePeriod>,
    /// How much of it was demanded, and when, the first demand first.
    pub demands: Vec<Demanded>,
    /// The notices of the plan that name it: of others it was told nothing.
    pub named_in: BTreeSet<NoticeId>,
}

/// A demand of a bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demanded {
    /// What was demanded without its penalty, in minor units: what was owed beyond dispute then.
    pub open: i64,
    /// When it was served.
    pub served: Timestamp,
}

/// A planned cut-off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutOffPlanned {
    /// The moment.
    pub at: Timestamp,
    /// Who planned it.
    pub manager: UserId,
    /// The name of that manager.
    pub manager_name: String,
    /// When.
    pub planned: Timestamp,
}

/// What there is of a contract account for which supply may be cut one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutOffCase {
    /// The contract account.
    pub account: AccountId,
    /// Its customer.
    pub customer: CustomerId,
    /// The name of that customer.
    pub customer_name: String,
    /// The plan, where there is one.
    pub plan: Option<CutOffPlanned>,
    /// Bills with something open, the oldest due first.
    pub bills: Vec<CutOffBill>,
    /// The demands of those bills, and the notices of the plan.
    pub notices: Vec<NoticeRecord>,
}

/// What the legal clock says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutOffStanding {
    /// The earliest moment that can be planned now.
    pub earliest: Option<Timestamp>,
    /// Which notice comes next.
    pub next: Option<NoticeKind>,
    /// From when it is served.
    pub next_from: Option<Timestamp>,
    /// Whether supply may be cut at the planned moment.
    pub may_cut: bool,
    /// What is in its way.
    pub missing: Vec<String>,
}

impl CutOffBill {
    /// What its penalty depends on, as it is known today.
    #[must_use]
    pub fn debt(&self, today: Date) -> Debt<'_> {
        Debt {
            due: self.due,
            open: self.open,
            disputes: &self.disputes,
            today,
        }
    }

    /// When so much of it was demanded first; none as long as only less was.
    #[must_use]
    pub fn demanded(&self, owed: Money) -> Option<Timestamp> {
        let enough = self.demands.iter().filter(|one| one.open >= owed.minor());
        enough.map(|one| one.served).min()
    }

    /// What is owed of it beyond dispute on a day, with the penalty of that; none when it is not
    /// overdue or all of it is disputed.
    ///
    /// # Errors
    /// [`MoneyError`] beyond any amount.
    pub fn owed(
        &self,
        quoting: &Quoting,
        today: Date,
    ) -> Result<Option<(Money, Money)>, MoneyError> {
        let disputed = self.debt(today).disputed();
        let owed = self.open.minor().saturating_sub(disputed.minor());
        if owed <= 0 || today <= self.due {
            return Ok(None);
        }
        let owed = Money::new(owed, self.open.currency())?;
        let penalty = quoting.rules.penalty(owed, &self.debt(today), today)?;
        Ok(Some((owed, penalty)))
    }
}

impl CutOffCase {
    /// The bills for which supply may be cut, with what is owed and the penalty of that.
    ///
    /// # Errors
    /// [`MoneyError`] beyond any amount.
    pub fn owed(
        &self,
        quoting: &Quoting,
        today: Date,
    ) -> Result<Vec<(&CutOffBill, Money, Money)>, MoneyError> {
        let owed = self.bills.iter().filter_map(|bill| {
            let owed = bill.owed(quoting, today).transpose()?;
            Some(owed.map(|(owed, penalty)| (bill, owed, penalty)))
        });
        owed.collect()
    }

    /// What the legal clock says at `now`.
    ///
    /// # Errors
    /// [`MoneyError`] beyond any amount.
    pub fn standing(
        &self,
        rules: &CutOffRules,
        quoting: &Quoting,
        now: Timestamp,
    ) -> Result<CutOffStanding, MoneyError> {
        let owed = self.owed(quoting, quoting.today(now))?;
        let bills: Vec<(&CutOffBill, Money)> =
            owed.iter().map(|(bill, owed, _)| (*bill, *owed)).collect();
        let zone = &quoting.time_zone;
        let planned = bills.iter().filter_map(|(bill, owed)| {
            let demanded = bill.demanded(*owed)?;
            let case = self.case(bill, *owed);
            let enough = case.clock(rules, zone, now).overdue_enough?;
            let notice = SignedDuration::from_hours(24 * i64::from(rules.notice_days));
            let served = now.max(demanded).checked_add(SERVING).ok()?;
            Some(enough.max(served.checked_add(notice).ok()?))
        });
        let (next, next_from) = self.next(rules, &bills, now).unzip();
        let mut standing = CutOffStanding {
            earliest: planned.min(),
            next,
            next_from,
            may_cut: false,
            missing: Vec::new(),
        };
        let Some(plan) = &self.plan else {
            return Ok(standing);
        };
        let reasons = bills.iter().map(|(bill, owed)| {
            let may = self.case(bill, *owed).may_cut(rules, zone, plan.at);
            may.err().unwrap_or_default()
        });
        // One bill is enough; of others, the one that is longest overdue is told of.
        let reasons: Vec<_> = reasons.collect();
        let nothing = || vec!["nothing is overdue, or all of it is disputed".to_owned()];
        standing.may_cut = reasons.iter().any(Vec::is_empty);
        if !standing.may_cut {
            let first = reasons.first().map(|first| first.iter());
            let first = first.map(|first| first.map(ToString::to_string).collect());
            standing.missing = first.unwrap_or_else(nothing);
        }
        Ok(standing)
    }

    /// Which notice is served next, and from when on.
    fn next(
        &self,
        rules: &CutOffRules,
        bills: &[(&CutOffBill, Money)],
        now: Timestamp,
    ) -> Option<(NoticeKind, Timestamp)> {
        if bills.is_empty() {
            return None;
        }
        if bills
            .iter()
            .all(|(bill, owed)| bill.demanded(*owed).is_none())
        {
            return Some((NoticeKind::Demand, now));
        }
        let plan = self.plan.as_ref()?;
        let served = |kind| self.notices.iter().any(|notice| notice.kind == kind);
        if !served(NoticeKind::CutOff) {
            return Some((NoticeKind::CutOff, plan.planned));
        }
        // Each is served once. Who was not told of any of these bills is not called for them.
        if served(NoticeKind::LastCall) || !bills.iter().any(|(bill, _)| self.is_told(bill)) {
            return None;
        }
        let before = SignedDuration::from_mins(i64::from(rules.last_call_minutes));
        let latest = plan.at.checked_sub(before).ok()?;
        // What comes too late counts for nothing.
        let from = latest.checked_sub(LAST_CALL_LEAD).ok()?;
        (now <= latest).then_some((NoticeKind::LastCall, from))
    }

    /// Whether the notice of the planned cut-off names the bill: it may not have been open then.
    #[must_use]
    pub fn is_told(&self, bill: &CutOffBill) -> bool {
        self.notices
            .iter()
            .any(|one| one.kind == NoticeKind::CutOff && bill.named_in.contains(&one.notice))
    }

    /// The case of one bill: the demand of what is owed, and the notices of the plan that name it.
    fn case(&self, bill: &CutOffBill, owed: Money) -> Case {
        let notice = |kind, served| Notice { kind, served };
        let demand = bill
            .demanded(owed)
            .map(|served| notice(NoticeKind::Demand, served));
        let of_plan = self.notices.iter();
        let of_plan = of_plan.filter(|one| one.kind != NoticeKind::Demand);
        let of_plan = of_plan.filter(|one| bill.named_in.contains(&one.notice));
        let of_plan = of_plan.map(|one| notice(one.kind, one.served));
        Case {
            due: bill.due,
            stopped: false,
            notices: demand.into_iter().chain(of_plan).collect(),
        }
    }
}

/// What there is of a contract account; none when there is no such account.
pub(crate) fn case(
    session: &mut dyn Session,
    account: &AccountId,
) -> Result<Option<CutOffCase>, StoreError> {
    let row = session.query_one(
        "SELECT accounts.customer, customers.name FROM accounts
         JOIN customers ON customers.id = accounts.customer WHERE accounts.id = $1",
        &[account.as_str().into()],
    )?;
    let Some(row) = row else {
        return Ok(None);
    };
    let plan = session.query_one(
        "SELECT at, manager, manager_name, planned FROM cut_offs
         WHERE account = $1 AND dropped IS NULL",
        &[account.as_str().into()],
    )?;
    let plan = plan.map(|row| {
        Ok::<_, DatabaseError>(CutOffPlanned {
            at: row.time(0)?,
            manager: row.parsed(1)?,
            manager_name: row.string(2)?,
            planned: row.time(3)?,
        })
    });
    let plan = plan.transpose()?;
    let mut bills = bills(session, account)?;
    let notices = notices(session, account, &bills, plan.as_ref())?;
    named(session, &notices, &mut bills)?;
    Ok(Some(CutOffCase {
        account: account.clone(),
        customer: row.parsed(0)?,
        customer_name: row.string(1)?,
        plan,
        bills,
        notices,
    }))
}

/// Planned cut-offs after an account, by account.
pub(crate) fn cases(
    session: &mut dyn Session,
    after: &str,
    limit: u32,
) -> Result<Vec<CutOffCase>, StoreError> {
    let rows = session.query(
        "SELECT account FROM cut_offs WHERE dropped IS NULL AND account > $1
         ORDER BY account LIMIT $2",
        &[after.into(), limit.into()],
    )?;
    let mut all = Vec::new();
    for row in &rows {
        all.extend(case(session, &row.parsed(0)?)?);
    }
    Ok(all)
}

fn bills(session: &mut dyn Session, account: &AccountId) -> Result<Vec<CutOffBill>, DatabaseError> {
    let rows = session.query(
        "SELECT id, due, open_minor, currency FROM bills
         WHERE account = $1 AND open_minor > 0 ORDER BY due, id LIMIT $2",
        &[account.as_str().into(), MAX_BILLS.into()],
    )?;
    let ids = rows.iter().map(|row| row.string(0));
    let ids = Value::Texts(ids.collect::<Result<_, _>>()?);
    let mut periods: HashMap<BillId, Vec<DisputePeriod>> = disputes::periods(session, &ids)?;
    let mut demands = demands(session, &ids)?;
    rows.iter()
        .map(|row| {
            let bill: BillId = row.parsed(0)?;
            Ok(CutOffBill {
                due: row.parsed(1)?,
                open: row.money(2, row.parsed(3)?)?,
                disputes: periods.remove(&bill).unwrap_or_default(),
                demands: demands.remove(&bill).unwrap_or_default(),
                named_in: BTreeSet::new(),
                bill,
            })
        })
        .collect()
}

/// The demands of bills, the first one first.
pub(super) fn demands(
    session: &mut dyn Session,
    bills: &Value,
) -> Result<HashMap<BillId, Vec<Demanded>>, DatabaseError> {
    let mut all: HashMap<_, Vec<_>> = HashMap::new();
    let sql = "SELECT notice_bills.bill, notice_bills.open, notices.served FROM notice_bills
               JOIN notices ON notices.id = notice_bills.notice
               WHERE notice_bills.bill = ANY($1) AND demanded = 1
               ORDER BY notices.served, notice_bills.open";
    for row in session.query(sql, std::slice::from_ref(bills))? {
        all.entry(row.parsed(0)?).or_default().push(Demanded {
            open: row.int(1)?,
            served: row.time(2)?,
        });
    }
    Ok(all)
}

/// Which of the notices name which bills.
fn named(
    session: &mut dyn Session,
    notices: &[NoticeRecord],
    bills: &mut [CutOffBill],
) -> Result<(), DatabaseError> {
    let ids = Value::texts(notices.iter().map(|one| &one.notice));
    let mut named: HashMap<BillId, BTreeSet<NoticeId>> = HashMap::new();
    let sql = "SELECT bill, notice FROM notice_bills WHERE notice = ANY($1)";
    for row in session.query(sql, &[ids])? {
        named
            .entry(row.parsed(0)?)
            .or_default()
            .insert(row.parsed(1)?);
    }
    for bill in bills {
        bill.named_in = named.remove(&bill.bill).unwrap_or_default();
    }
    Ok(())
}

/// The demands of the bills, and the notices of the plan.
fn notices(
    session: &mut dyn Session,
    account: &AccountId,
    bills: &[CutOffBill],
    plan: Option<&CutOffPlanned>,
) -> Result<Vec<NoticeRecord>, DatabaseError> {
    let ids = Value::texts(bills.iter().map(|bill| &bill.bill));
    let sql = format!(
        "{NOTICE} WHERE id IN (SELECT notice FROM notice_bills
             WHERE bill = ANY($1) AND demanded = 1)
         OR (account = $2 AND cut_off = $3) ORDER BY id"
    );
    let at = plan.map_or(-1, |plan| plan.at.as_second());
    let rows = session.query(&sql, &[ids, account.as_str().into(), at.into()])?;
    let mut notices = records(session, &rows)?;
    // Several may be served within a second.
    notices.sort_by_key(|notice| (notice.served, notice.kind));
    Ok(notices)
}
