//! Notices that are served, and plans to cut supply.
//!
//! A notice is drafted from one snapshot, its bytes are written by the platform, and it is kept if
//! the bills still are as it says and nobody served the same meanwhile.

use jiff::Timestamp;
use wattkey_domain::arrears::notice::{CutOffRules, NoticeKind};
use wattkey_domain::{AccountId, CustomerId, Money, NoticeId, Quoting, UserId};

use super::Engine;
use super::alone::Intent;
use super::chain::Tip;
use super::load::{Hold, Lock, lock};
use super::write::insert;
use crate::StoreError;
use crate::database::Type::{Bytes, Int, Text};
use crate::database::{DatabaseError, Session, Value};
use crate::digest::sha256;
use crate::read::disputes;
use crate::read::notices::{CutOffBill, case};

/// A notice to be kept.
#[derive(Debug, Clone)]
pub struct NewNotice {
    /// Its id.
    pub notice: NoticeId,
    /// To whom.
    pub customer: CustomerId,
    /// The contract account.
    pub account: AccountId,
    /// What it says.
    pub kind: NoticeKind,
    /// The bills, as they were when it was drafted.
    pub bills: Vec<NewNoticeBill>,
    /// What all of them take.
    pub total: Money,
    /// When it is served.
    pub served: Timestamp,
    /// The moment that was planned.
    pub cut_off: Option<Timestamp>,
    /// Its bytes.
    pub document: Vec<u8>,
}

/// A bill of a notice.
#[derive(Debug, Clone)]
pub struct NewNoticeBill {
    /// The bill as it was.
    pub bill: CutOffBill,
    /// What is owed of it beyond dispute.
    pub owed: Money,
    /// The penalty of that.
    pub penalty: Money,
}

/// A cut-off to be planned.
#[derive(Debug, Clone)]
pub struct PlanCutOff {
    /// The contract account.
    pub account: AccountId,
    /// The moment.
    pub at: Timestamp,
    /// Who plans it.
    pub manager: UserId,
    /// The name of that manager.
    pub manager_name: String,
    /// How long each step takes.
    pub rules: CutOffRules,
    /// Where the service's days begin.
    pub quoting: std::sync::Arc<Quoting>,
    /// The time of taking it in.
    pub now: Timestamp,
}

/// What came of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanTaken {
    /// It is planned.
    Kept,
    /// The same was planned before.
    Exists,
    /// Another moment is planned.
    Planned {
        /// Which.
        at: Timestamp,
    },
    /// There is no such contract account.
    UnknownAccount,
    /// Nothing is overdue, all of it is disputed, or so much was not demanded yet.
    NotOwed,
    /// The legal clock wants more time.
    Early {
        /// The earliest moment.
        earliest: Timestamp,
    },
}

impl Engine {
    /// Keeps a notice. Whether it is kept: otherwise something of it is no longer so.
    pub(crate) async fn keep_notice(&self, new: NewNotice) -> Result<bool, StoreError> {
        self.alone(Intent::Keep, move |session, tip| {
            lock(session, Lock::Notices, Hold::Alone)?;
            if !still_holds(session, &new)? {
                return Ok(false);
            }
            Ok(write(session, tip, &new).map(|()| true)?)
        })
        .await
    }

    /// Plans a cut-off.
    pub(crate) async fn plan_cut_off(&self, plan: PlanCutOff) -> Result<PlanTaken, StoreError> {
        self.alone(Intent::Keep, move |session, _| {
            lock(session, Lock::Notices, Hold::Alone)?;
            plan_in(session, &plan)
        })
        .await
    }

    /// Drops a plan. Whether there was one.
    pub(crate) async fn drop_cut_off(
        &self,
        account: AccountId,
        manager: UserId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.alone(Intent::Keep, move |session, _| {
            lock(session, Lock::Notices, Hold::Alone)?;
            let sql = "UPDATE cut_offs SET dropped = $1, dropped_by = $2
                       WHERE account = $3 AND dropped IS NULL";
            let params = [
                now.as_second().into(),
                Value::text(manager),
                account.as_str().into(),
            ];
            Ok(session.execute(sql, &params)? > 0)
        })
        .await
    }
}

/// Whether the bills are as they were, the plan is there, and the same was not served.
fn still_holds(session: &mut dyn Session, new: &NewNotice) -> Result<bool, DatabaseError> {
    let ids = Value::texts(new.bills.iter().map(|one| &one.bill.bill));
    let sql = "SELECT id, open_minor FROM bills WHERE id = ANY($1) ORDER BY id FOR UPDATE";
    let rows = session.query(sql, std::slice::from_ref(&ids))?;
    let mut periods = disputes::periods(session, &ids)?;
    let mut same = rows.len() == new.bills.len();
    for row in &rows {
        let (id, open) = (row.parsed(0)?, row.int(1)?);
        let periods = periods.remove(&id).unwrap_or_default();
        same &= new.bills.iter().any(|one| {
            one.bill.bill == id && one.bill.open.minor() == open && one.bill.disputes == periods
        });
    }
    let Some(at) = new.cut_off else {
        let sql = "SELECT bill, max(open) FROM notice_bills
                   WHERE bill = ANY($1) AND demanded = 1 GROUP BY bill";
        for row in session.query(sql, &[ids])? {
            let (bill, before) = (row.parsed(0)?, row.int(1)?);
            let owed = new.bills.iter().find(|one| one.bill.bill == bill);
            same &= owed.is_some_and(|one| one.owed.minor() > before);
        }
        return Ok(same);
    };
    let params = [new.account.as_str().into(), at.as_second().into()];
    let sql = "SELECT at FROM cut_offs WHERE account = $1 AND at = $2 AND dropped IS NULL";
    let planned = session.query_one(sql, &params)?.is_some();
    let sql = "SELECT kind FROM notices WHERE account = $1 AND cut_off = $2";
    let served = session.query(sql, &params)?;
    let mut kinds = served.iter().map(|row| row.parsed::<NoticeKind>(0));
    let again = kinds.any(|kind| kind.is_ok_and(|kind| kind == new.kind));
    Ok(same && planned && !again)
}

fn write(session: &mut dyn Session, tip: &mut Tip, new: &NewNotice) -> Result<(), DatabaseError> {
    let position = tip.add(session, Vec::new())?;
    let columns = [
        ("id", Text),
        ("customer", Text),
        ("account", Text),
        ("kind", Text),
        ("bills", Int),
        ("total", Int),
        ("currency", Text),
        ("served", Int),
        ("cut_off", Int),
        ("document", Bytes),
        ("digest", Bytes),
        ("process", Bytes),
        ("sequence", Int),
    ];
    let row = vec![
        Value::text(new.notice),
        Value::text(new.customer),
        new.account.as_str().into(),
        new.kind.as_str().into(),
        new.bills.len().into(),
        new.total.minor().into(),
        Value::text(new.total.currency()),
        new.served.as_second().into(),
        new.cut_off.map(Timestamp::as_second).into(),
        new.document.as_slice().into(),
        sha256(&new.document).into(),
        position.process.as_bytes().into(),
        position.sequence.into(),
    ];
    insert(session, "notices", &columns, &[row])?;
    let columns = [
        ("notice", Text),
        ("position", Int),
        ("bill", Text),
        ("open", Int),
        ("penalty", Int),
        ("demanded", Int),
    ];
    let is_demand = new.kind == NoticeKind::Demand;
    let rows = new.bills.iter().enumerate().map(|(position, one)| {
        vec![
            Value::text(new.notice),
            position.into(),
            one.bill.bill.as_str().into(),
            one.owed.minor().into(),
            one.penalty.minor().into(),
            is_demand.into(),
        ]
    });
    insert(session, "notice_bills", &columns, &rows.collect::<Vec<_>>())
}

fn plan_in(session: &mut dyn Session, plan: &PlanCutOff) -> Result<PlanTaken, StoreError> {
    let Some(case) = case(session, &plan.account)? else {
        return Ok(PlanTaken::UnknownAccount);
    };
    if let Some(kept) = case.plan {
        let at = kept.at;
        return Ok(if at.as_second() == plan.at.as_second() {
            PlanTaken::Exists
        } else {
            PlanTaken::Planned { at }
        });
    }
    let standing = case.standing(&plan.rules, &plan.quoting, plan.now);
    let standing = standing.map_err(|error| StoreError::Corrupt(error.to_string()))?;
    match standing.earliest {
        None => return Ok(PlanTaken::NotOwed),
        Some(earliest) if plan.at < earliest => return Ok(PlanTaken::Early { earliest }),
        Some(_) => {}
    }
    let sql = "SELECT coalesce(max(position), -1) FROM cut_offs WHERE account = $1";
    let last = session.query_one(sql, &[plan.account.as_str().into()])?;
    let last = last.map_or(Ok(-1), |row| row.int(0))?;
    let columns = [
        ("account", Text),
        ("position", Int),
        ("at", Int),
        ("manager", Text),
        ("manager_name", Text),
        ("planned", Int),
    ];
    let row = vec![
        plan.account.as_str().into(),
        (last + 1).into(),
        plan.at.as_second().into(),
        Value::text(plan.manager),
        plan.manager_name.as_str().into(),
        plan.now.as_second().into(),
    ];
    insert(session, "cut_offs", &columns, &[row])?;
    Ok(PlanTaken::Kept)
}
