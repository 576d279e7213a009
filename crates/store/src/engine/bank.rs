//! What the bank says: each report once, moved along the state machine, posted.

use wattkey_domain::ledger::{self, OrderBill, Posting, PostingError};
use wattkey_domain::{OrderState, Transition};

use super::{Decide, Wanted, Working, accept};
use crate::StoreError;
use crate::digest::sha256;
use crate::outcome::{
    BankEventOutcome, BankMessage, BankMessageOutcome, BankReport, JournalPosition,
};
use crate::read::orders::OrderEvent;

/// The longest reference that is kept as it is, in bytes.
const MAX_REFERENCE: usize = 200;

/// An outcome whose link is not known before the batch ends.
#[derive(Debug)]
pub(crate) enum Pending {
    Moved { from: OrderState, to: OrderEvent },
    Other(BankEventOutcome),
}

impl Pending {
    fn needs_a_person(&self) -> bool {
        matches!(
            self,
            Self::Other(
                BankEventOutcome::UnknownOrder
                    | BankEventOutcome::AmountMismatch { .. }
                    | BankEventOutcome::Contradiction(_)
                    | BankEventOutcome::Unpostable(_)
            )
        )
    }

    /// The name in `bank_events`, by which an operator finds what must be looked at.
    fn name(&self) -> &'static str {
        match self {
            Self::Moved { .. } => "moved",
            Self::Other(BankEventOutcome::Unchanged { .. }) => "unchanged",
            Self::Other(BankEventOutcome::UnknownOrder) => "unknown-order",
            Self::Other(BankEventOutcome::AmountMismatch { .. }) => "amount-mismatch",
            Self::Other(BankEventOutcome::Contradiction(_)) => "contradiction",
            Self::Other(BankEventOutcome::Unpostable(_)) => "unpostable",
            Self::Other(BankEventOutcome::Moved { .. } | BankEventOutcome::Repeated) => "repeated",
        }
    }
}

impl Decide for BankReport {
    type Pending = Pending;
    type Answer = BankEventOutcome;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.orders.push(self.order);
        wanted.bills_of_orders = true;
        // Its message may be finished with it.
        wanted.finished_messages += 1;
        wanted.references.extend(keys(self));
    }

    fn decide(&self, working: &mut Working) -> Result<Pending, StoreError> {
        if keys(self).any(|reference| working.references.contains(&reference)) {
            return Ok(Pending::Other(BankEventOutcome::Repeated));
        }
        let outcome = move_order(working, self)?;
        working.touch();
        let reference = key(&self.reference);
        working.rows.bank_event(self, &reference, outcome.name());
        working.references.insert(reference.clone());
        for alias in self.other_references.iter().map(|other| key(other)) {
            if working.references.insert(alias.clone()) {
                working.rows.bank_alias(&alias, &reference);
            }
        }
        if outcome.needs_a_person() {
            let (order, event, outcome) = (self.order, self.event, outcome.name());
            tracing::warn!(%order, %event, outcome, "what the bank says was not posted");
        }
        Ok(outcome)
    }

    fn finish(pending: Pending, committed: Option<&JournalPosition>) -> BankEventOutcome {
        match pending {
            Pending::Moved { from, to } => BankEventOutcome::Moved {
                from,
                to: accept::posted(&to, committed),
            },
            Pending::Other(outcome) => outcome,
        }
    }
}

/// A message as a whole: its bytes, each of its reports, what is only listed, the cursor.
impl Decide for BankMessage {
    type Pending = Result<Vec<Pending>, BankMessageOutcome>;
    type Answer = BankMessageOutcome;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.bank_cursor = true;
        wanted.bank_messages.push(self.number);
        for report in &self.reports {
            report.wants(wanted);
        }
    }

    fn decide(&self, working: &mut Working) -> Result<Self::Pending, StoreError> {
        let cursor = working.bank_cursor;
        if self.number <= cursor {
            let kept = working.bank_messages.get(&self.number);
            return Ok(Err(if kept == Some(&sha256(&self.body)) {
                BankMessageOutcome::Repeated
            } else {
                BankMessageOutcome::Overtaken { cursor }
            }));
        }
        working.touch();
        let digest = sha256(&self.body);
        working.bank_messages.insert(self.number, digest);
        working.rows.bank_message(self);
        let reports = self.reports.iter().map(|report| report.decide(working));
        let outcomes = reports.collect::<Result<Vec<_>, _>>()?;
        working.bank_cursor = self.number;
        working.rows.bank_cursor(self.number);
        Ok(Ok(outcomes))
    }

    fn finish(pending: Self::Pending, committed: Option<&JournalPosition>) -> BankMessageOutcome {
        match pending {
            Ok(outcomes) => {
                let outcomes = outcomes.into_iter();
                let outcomes = outcomes.map(|one| BankReport::finish(one, committed));
                BankMessageOutcome::Taken(outcomes.collect())
            }
            Err(outcome) => outcome,
        }
    }
}

fn move_order(working: &mut Working, report: &BankReport) -> Result<Pending, StoreError> {
    let Some(order) = working.orders.get(&report.order) else {
        return Ok(Pending::Other(BankEventOutcome::UnknownOrder));
    };
    let (from, expected) = (order.state, order.total);
    if report.amount.is_some_and(|amount| amount != expected) {
        let outcome = BankEventOutcome::AmountMismatch { expected };
        return Ok(Pending::Other(outcome));
    }
    let to = match from.next(report.event) {
        Ok(Transition::To(to)) => to,
        Ok(Transition::Unchanged) => {
            let outcome = BankEventOutcome::Unchanged { state: from };
            return Ok(Pending::Other(outcome));
        }
        Err(contradiction) => {
            let outcome = BankEventOutcome::Contradiction(contradiction);
            return Ok(Pending::Other(outcome));
        }
    };
    let postings = match postings(to, report, &order.bills) {
        Ok(postings) => postings,
        // A message that can never be taken in would hold up all those behind it.
        Err(error) => return Ok(Pending::Other(BankEventOutcome::Unpostable(error))),
    };
    working.post(&postings)?;
    let note = report.note.as_deref().map(plain);
    let to = working.enter(report.order, to, report.now, note);
    let to = to.ok_or_else(|| StoreError::Corrupt(format!("order {} is gone", report.order)))?;
    Ok(Pending::Moved { from, to })
}

/// What coming into a state posts.
fn postings(
    to: OrderState,
    report: &BankReport,
    bills: &[OrderBill],
) -> Result<Vec<Posting>, PostingError> {
    match to {
        OrderState::Accepted | OrderState::Submitted => Ok(Vec::new()),
        OrderState::Settled => ledger::booked(report.order, bills, report.now),
        OrderState::Rejected => ledger::rejected(report.order, bills, report.now),
        OrderState::Returned => ledger::returned(report.order, bills, report.now),
    }
}

/// All references of a report, as they are kept.
fn keys(report: &BankReport) -> impl Iterator<Item = String> {
    let references = std::iter::once(&report.reference).chain(&report.other_references);
    references.map(|reference| key(reference))
}

/// A reference as a database keeps it: one that is too long for an index, or that has characters
/// which not every database takes, by its digest. The bank's bytes have it as it came.
fn key(reference: &str) -> String {
    if reference.len() <= MAX_REFERENCE && !reference.contains(char::is_control) {
        return reference.to_owned();
    }
    let digest = sha256(reference.as_bytes());
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digest}")
}

/// A text of the bank as a database keeps it: PostgreSQL knows no NUL in a text.
pub(super) fn plain(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
