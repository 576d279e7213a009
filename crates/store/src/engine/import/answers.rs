//! Answers to disputes.

use std::collections::HashMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use wattkey_domain::DisputeId;

use super::ImportError;
use super::piece::Piece;
use crate::database::{DatabaseError, Session, Value};
use crate::engine::write::end_disputes;
use crate::record::{DisputeAnswer, Record};

/// The disputes that records of a piece answer.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// The first day of each, and whether it is open.
    disputes: HashMap<DisputeId, (Date, bool)>,
    /// The last days of those that are answered.
    ended: Vec<Vec<Value>>,
}

impl Answers {
    /// Locks them, by id.
    pub(super) fn load(
        &mut self,
        session: &mut dyn Session,
        records: &[Record],
    ) -> Result<(), DatabaseError> {
        let ids = records.iter().filter_map(|record| match record {
            Record::DisputeAnswer(answer) => Some(answer.dispute),
            _ => None,
        });
        let ids: Vec<_> = ids.collect();
        if ids.is_empty() {
            return Ok(());
        }
        let sql = "SELECT id, day, until FROM disputes WHERE id = ANY($1) ORDER BY id FOR UPDATE";
        for row in session.query(sql, &[Value::texts(ids)])? {
            let known = (row.parsed(1)?, row.is_null(2));
            self.disputes.insert(row.parsed(0)?, known);
        }
        Ok(())
    }

    pub(super) fn write(&self, session: &mut dyn Session) -> Result<(), DatabaseError> {
        end_disputes(session, &self.ended)
    }
}

impl Piece<'_> {
    /// Whether the dispute is there and the answer can be of that day.
    pub(super) fn check_answer(
        &self,
        index: usize,
        record: &Record,
        answer: &DisputeAnswer,
    ) -> Result<(), ImportError> {
        let name = || record.name();
        if !self.answers.disputes.contains_key(&answer.dispute) {
            return Err(ImportError::Missing {
                index,
                name: name(),
                missing: format!("dispute {}", answer.dispute),
            });
        }
        // Wherever the service is, tomorrow's date is not here everywhere.
        let today = TimeZone::UTC.to_datetime(self.now).date();
        if today
            .tomorrow()
            .is_ok_and(|latest| answer.answered > latest)
        {
            return Err(ImportError::Unfit {
                index,
                name: name(),
                field: "answered",
                problem: "is a day that has not come".to_owned(),
            });
        }
        Ok(())
    }

    /// An answer that is new. One that comes for a dispute that was withdrawn ends nothing.
    pub(super) fn answer(&mut self, answer: &DisputeAnswer) {
        let Some((from, open)) = self.answers.disputes.get_mut(&answer.dispute) else {
            return;
        };
        if !std::mem::take(open) {
            return;
        }
        let until = answer.answered.max(*from);
        let ended = vec![Value::text(answer.dispute), Value::text(until)];
        self.answers.ended.push(ended);
    }
}
