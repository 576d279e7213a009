//! Disputes and notices.

use wattkey_domain::{BillId, DisputeId};

use crate::database::{DatabaseError, Row, Session, Value};
use crate::engine::wanted::Wanted;
use crate::engine::working::{Dispute, DisputeEnd, Notice, Working};

/// The bills of disputes, which a dispute keeps: their locks are its lock.
pub(super) fn bills(
    session: &mut dyn Session,
    disputes: &[DisputeId],
) -> Result<Vec<BillId>, DatabaseError> {
    if disputes.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "SELECT bill FROM disputes WHERE id = ANY($1)";
    let rows = session.query(sql, &[Value::texts(disputes)])?;
    rows.iter().map(|row| row.parsed(0)).collect()
}

/// After the locks of the bills.
pub(super) fn load(
    session: &mut dyn Session,
    wanted: &Wanted,
    working: &mut Working,
) -> Result<(), DatabaseError> {
    if !wanted.disputes.is_empty() {
        disputes(session, &wanted.disputes, working)?;
        answered(session, working)?;
    }
    if wanted.notices.is_empty() {
        return Ok(());
    }
    notices(session, wanted, working)
}

fn disputes(
    session: &mut dyn Session,
    ids: &[DisputeId],
    working: &mut Working,
) -> Result<(), DatabaseError> {
    // An answer has no other lock.
    let lock = "SELECT id FROM disputes WHERE id = ANY($1) ORDER BY id FOR UPDATE";
    session.query(lock, &[Value::texts(ids)])?;
    let rows = session.query(
        "SELECT id, bill, customer, disputes.digest, disputes.at, disputes.day, until,
                dispute_withdrawals.digest
         FROM disputes LEFT JOIN dispute_withdrawals ON dispute_withdrawals.dispute = disputes.id
         WHERE id = ANY($1)",
        &[Value::texts(ids)],
    )?;
    for row in &rows {
        let bill: BillId = row.parsed(1)?;
        if !working.bills.contains_key(&bill) {
            // It came after its bill was looked for.
            return Err(DatabaseError::Conflict("a dispute has just come".into()));
        }
        let ended = match row.optional(7, Row::array)? {
            Some(digest) => Some(DisputeEnd::Withdrawn(digest)),
            None => (!row.is_null(6)).then_some(DisputeEnd::Answered),
        };
        let dispute = Dispute {
            bill,
            customer: row.parsed(2)?,
            digest: row.array(3)?,
            at: row.int(4)?,
            from: row.parsed(5)?,
            ended,
        };
        working.disputes.insert(row.parsed(0)?, dispute);
    }
    Ok(())
}

/// What was answered of the bills, whether the dispute was withdrawn before or not.
fn answered(session: &mut dyn Session, working: &mut Working) -> Result<(), DatabaseError> {
    let sql = "SELECT disputes.bill, disputes.line, disputes.reason FROM disputes
               JOIN dispute_answers ON dispute_answers.dispute = disputes.id
               WHERE disputes.bill = ANY($1)";
    for row in session.query(sql, &[Value::texts(working.bills.keys())])? {
        let line = row.optional(1, Row::count)?;
        let line = line.map(|line| u32::try_from(line).unwrap_or(u32::MAX));
        if let Some(bill) = working.bills.get_mut(&row.parsed::<BillId>(0)?) {
            bill.answered.push((line, row.parsed(2)?));
        }
    }
    Ok(())
}

/// Locks the notices, by id: who has read them is added one after the other.
fn notices(
    session: &mut dyn Session,
    wanted: &Wanted,
    working: &mut Working,
) -> Result<(), DatabaseError> {
    let ids = Value::texts(&wanted.notices);
    let rows = session.query(
        "SELECT id, customer, account, digest, served FROM notices
         WHERE id = ANY($1) ORDER BY id FOR UPDATE",
        std::slice::from_ref(&ids),
    )?;
    for row in &rows {
        let notice = Notice {
            customer: row.parsed(1)?,
            account: row.parsed(2)?,
            digest: row.array(3)?,
            served: row.int(4)?,
            read_by: Vec::new(),
        };
        working.notices.insert(row.parsed(0)?, notice);
    }
    let sql = "SELECT notice, user_id FROM notice_acknowledgements WHERE notice = ANY($1)";
    for row in session.query(sql, &[ids])? {
        if let Some(notice) = working.notices.get_mut(&row.parsed(0)?) {
            notice.read_by.push(row.parsed(1)?);
        }
    }
    Ok(())
}
