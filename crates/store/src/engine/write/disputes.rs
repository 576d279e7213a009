//! Rows of disputes and acknowledgements.

use jiff::civil::Date;

use super::rows::Rows;
use super::{Columns, Table, insert};
use crate::database::Type::{Bytes, Int, Text};
use crate::database::{DatabaseError, Session, Value};
use crate::outcome::{AcknowledgeNotice, JournalPosition, OpenDispute, WithdrawDispute};

const DISPUTES: Columns = &[
    ("id", Text),
    ("bill", Text),
    ("customer", Text),
    ("user_id", Text),
    ("line", Int),
    ("amount", Int),
    ("currency", Text),
    ("reason", Text),
    ("words", Text),
    ("day", Text),
    ("until", Text),
    ("jws", Text),
    ("digest", Bytes),
    ("at", Int),
    ("process", Bytes),
    ("sequence", Int),
];
/// Where in it is the last day.
const UNTIL: usize = 10;
const WITHDRAWALS: Columns = &[
    ("dispute", Text),
    ("user_id", Text),
    ("day", Text),
    ("jws", Text),
    ("digest", Bytes),
    ("at", Int),
    ("process", Bytes),
    ("sequence", Int),
];
const ACKNOWLEDGEMENTS: Columns = &[
    ("notice", Text),
    ("user_id", Text),
    ("jws", Text),
    ("digest", Bytes),
    ("at", Int),
    ("process", Bytes),
    ("sequence", Int),
];

/// New rows of disputes and acknowledgements.
#[derive(Debug, Default)]
pub(super) struct DisputeRows {
    disputes: Table,
    withdrawals: Table,
    /// Disputes with their last days.
    ended: Table,
    acknowledgements: Table,
}

impl DisputeRows {
    /// Whether a dispute came or was withdrawn.
    pub(super) fn has_disputes(&self) -> bool {
        !self.disputes.is_empty() || !self.withdrawals.is_empty()
    }

    /// Whether somebody read a notice.
    pub(super) fn has_acknowledgements(&self) -> bool {
        !self.acknowledgements.is_empty()
    }

    /// Those that end make room for others of their bills.
    pub(super) fn write(self, session: &mut dyn Session) -> Result<(), DatabaseError> {
        end(session, &self.ended)?;
        for (table, columns, rows) in [
            ("disputes", DISPUTES, self.disputes),
            ("dispute_withdrawals", WITHDRAWALS, self.withdrawals),
            (
                "notice_acknowledgements",
                ACKNOWLEDGEMENTS,
                self.acknowledgements,
            ),
        ] {
            insert(session, table, columns, &rows)?;
        }
        Ok(())
    }
}

/// Sets the last days of disputes.
pub(in crate::engine) fn end(
    session: &mut dyn Session,
    ended: &[Vec<Value>],
) -> Result<(), DatabaseError> {
    if ended.is_empty() {
        return Ok(());
    }
    let (key, columns) = (&[("id", Text)], &[("until", Text)]);
    session
        .update_by_key("disputes", key, columns, ended)
        .map(|_| ())
}

impl Rows {
    pub(in crate::engine) fn dispute(
        &mut self,
        dispute: &OpenDispute,
        from: Date,
        position: JournalPosition,
    ) {
        self.of_disputes.disputes.push(vec![
            Value::text(dispute.dispute),
            dispute.bill.as_str().into(),
            Value::text(dispute.customer),
            Value::text(dispute.user),
            dispute.line.map(i64::from).into(),
            dispute.amount.minor().into(),
            Value::text(dispute.amount.currency()),
            dispute.reason.as_str().into(),
            dispute.words.as_str().into(),
            Value::text(from),
            Value::Null,
            dispute.jws.as_str().into(),
            dispute.digest.into(),
            dispute.now.as_second().into(),
            position.process.as_bytes().into(),
            position.sequence.into(),
        ]);
    }

    pub(in crate::engine) fn withdrawal(
        &mut self,
        withdrawn: &WithdrawDispute,
        day: Date,
        at: i64,
        position: JournalPosition,
    ) {
        self.of_disputes.withdrawals.push(vec![
            Value::text(withdrawn.dispute),
            Value::text(withdrawn.user),
            Value::text(day),
            withdrawn.jws.as_str().into(),
            withdrawn.digest.into(),
            at.into(),
            position.process.as_bytes().into(),
            position.sequence.into(),
        ]);
        let (id, day) = (Value::text(withdrawn.dispute), Value::text(day));
        // One that came in this batch ends in it as well.
        let rows = &mut self.of_disputes;
        match rows.disputes.iter_mut().find(|row| row[0] == id) {
            Some(row) => row[UNTIL] = day,
            None => rows.ended.push(vec![id, day]),
        }
    }

    pub(in crate::engine) fn acknowledgement(
        &mut self,
        read: &AcknowledgeNotice,
        at: i64,
        position: JournalPosition,
    ) {
        self.of_disputes.acknowledgements.push(vec![
            Value::text(read.notice),
            Value::text(read.user),
            read.jws.as_str().into(),
            read.digest.into(),
            at.into(),
            position.process.as_bytes().into(),
            position.sequence.into(),
        ]);
    }
}
