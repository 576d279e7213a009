//! What the bank says: of orders that went to it, of credits that come by themselves, of its fees.

mod credit;
mod sent_back;

use wattkey_domain::ledger::{self, PostingError};
use wattkey_domain::{BankEvent, Money, OrderId, Transition};

use super::{Decide, Wanted, Working, accept};
use crate::StoreError;
use crate::digest::sha256;
use crate::outcome::{
    BankEventOutcome, BankMessage, BankMessageOutcome, BankReport, BankSubject, JournalPosition,
};
use crate::read::orders::OrderEvent;

/// The longest reference that is kept as it came, in bytes.
const MAX_REFERENCE: usize = 200;

/// An outcome whose link is not known before the batch ends.
#[derive(Debug)]
pub(crate) enum Pending {
    Moved {
        from: wattkey_domain::OrderState,
        to: OrderEvent,
    },
    Credited {
        order: OrderId,
        customer: wattkey_domain::CustomerId,
        to: OrderEvent,
    },
    Other(BankEventOutcome),
}

impl Pending {
    fn needs_a_person(&self) -> bool {
        matches!(
            self,
            Self::Other(
                BankEventOutcome::UnknownOrder
                    | BankEventOutcome::AmountMismatch { .. }
                    | BankEventOutcome::WrongDirection
                    | BankEventOutcome::Contradiction(_)
                    | BankEventOutcome::Unmatched
                    | BankEventOutcome::Unpostable(_)
            )
        )
    }

    /// The name in `bank_events`, by which an operator finds what must be looked at.
    fn name(&self) -> &'static str {
        match self {
            Self::Moved { .. } | Self::Other(BankEventOutcome::SentBack { .. }) => "moved",
            Self::Credited { .. } => "credited",
            Self::Other(BankEventOutcome::Unchanged { .. }) => "unchanged",
            Self::Other(BankEventOutcome::UnknownOrder) => "unknown-order",
            Self::Other(BankEventOutcome::AmountMismatch { .. }) => "amount-mismatch",
            Self::Other(BankEventOutcome::WrongDirection) => "wrong-direction",
            Self::Other(BankEventOutcome::Contradiction(_)) => "contradiction",
            Self::Other(BankEventOutcome::Unmatched) => "unmatched",
            Self::Other(BankEventOutcome::FeePosted) => "fee-posted",
            Self::Other(BankEventOutcome::Unpostable(_)) => "unpostable",
            Self::Other(
                BankEventOutcome::Moved { .. }
                | BankEventOutcome::Credited { .. }
                | BankEventOutcome::Repeated,
            ) => "repeated",
        }
    }
}

impl Decide for BankReport {
    type Pending = Pending;
    type Answer = BankEventOutcome;

    fn wants(&self, wanted: &mut Wanted) {
        match &self.subject {
            BankSubject::Order { order, .. } => {
                wanted.orders.push(*order);
                wanted.bills_of_orders = true;
                // Its message may be finished with it.
                wanted.finished_messages += 1;
            }
            BankSubject::Return { resolution, .. } => {
                wanted.returns.push(*resolution);
                wanted.finished_messages += 1;
            }
            BankSubject::Credit(credit) => {
                let references = credit.creditor_references.iter().cloned();
                wanted.transfers.extend(references);
                wanted.bills_of_orders = true;
                wanted.credited = true;
            }
            BankSubject::Fee { .. } => {}
        }
        wanted.references.extend(keys(self));
    }

    fn decide(&self, working: &mut Working) -> Result<Pending, StoreError> {
        if keys(self).any(|reference| working.references.contains(&reference)) {
            return Ok(Pending::Other(BankEventOutcome::Repeated));
        }
        let reference = key(&self.reference);
        let outcome = match &self.subject {
            BankSubject::Order {
                order,
                event,
                amount,
                note,
            } => {
                let note = note.as_deref().map(plain);
                move_order(working, self, *order, *event, *amount, note)?
            }
            BankSubject::Return {
                resolution,
                event,
                amount,
                note,
            } => {
                let note = note.as_deref().map(plain);
                sent_back::take(working, self, *resolution, (*event, *amount), note)?
            }
            BankSubject::Credit(credit) => credit::take(working, credit, &reference, self.now)?,
            BankSubject::Fee { amount, .. } => {
                let fee = ledger::bank_fee(&reference, *amount, self.now);
                match posted(working, fee.map(|fee| vec![fee]))? {
                    Ok(()) => Pending::Other(BankEventOutcome::FeePosted),
                    Err(error) => Pending::Other(BankEventOutcome::Unpostable(error)),
                }
            }
        };
        working.touch();
        let credited = match &outcome {
            Pending::Credited { order, .. } => Some(*order),
            _ => None,
        };
        working
            .rows
            .bank_event(self, &reference, outcome.name(), credited);
        working.references.insert(reference.clone());
        for alias in self.other_references.iter().map(|other| key(other)) {
            if working.references.insert(alias.clone()) {
                working.rows.bank_alias(&alias, &reference);
            }
        }
        if outcome.needs_a_person() {
            let (subject, outcome) = (&self.subject, outcome.name());
            match subject {
                BankSubject::Order { order, event, .. } => {
                    tracing::warn!(%order, %event, outcome, "what the bank says was not posted");
                }
                _ => tracing::warn!(outcome, "a credit or fee waits for a person"),
            }
        }
        Ok(outcome)
    }

    fn finish(pending: Pending, committed: Option<&JournalPosition>) -> BankEventOutcome {
        match pending {
            Pending::Moved { from, to } => BankEventOutcome::Moved {
                from,
                to: accept::posted(&to, committed),
            },
            Pending::Credited {
                order,
                customer,
                to,
            } => BankEventOutcome::Credited {
                order,
                customer,
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

fn move_order(
    working: &mut Working,
    report: &BankReport,
    id: OrderId,
    event: BankEvent,
    amount: Option<Money>,
    note: Option<String>,
) -> Result<Pending, StoreError> {
    let other = |outcome| Ok(Pending::Other(outcome));
    let order = working.orders.get(&id);
    let Some(order) = order.filter(|order| order.money.goes_to_bank()) else {
        return other(BankEventOutcome::UnknownOrder);
    };
    let (from, expected) = (order.state, order.total);
    if amount.is_some_and(|amount| amount != expected) {
        return other(BankEventOutcome::AmountMismatch { expected });
    }
    let cause = if order.money.refund.is_some() {
        Some(event.of_refund())
    } else {
        event.of_collection()
    };
    let Some(cause) = cause else {
        return other(BankEventOutcome::WrongDirection);
    };
    let to = match from.next(cause) {
        Ok(Transition::To(to)) => to,
        Ok(Transition::Unchanged) => return other(BankEventOutcome::Unchanged { state: from }),
        Err(contradiction) => return other(BankEventOutcome::Contradiction(contradiction)),
    };
    match working.advance(id, to, report.now, note)? {
        Ok(to) => Ok(Pending::Moved { from, to }),
        // A message that can never be taken in would hold up all those behind it.
        Err(error) => other(BankEventOutcome::Unpostable(error)),
    }
}

/// Posts what can be posted.
fn posted(
    working: &mut Working,
    postings: Result<Vec<ledger::Posting>, PostingError>,
) -> Result<Result<(), PostingError>, StoreError> {
    match postings {
        Ok(postings) => working.post(&postings),
        Err(error) => Ok(Err(error)),
    }
}

/// All references of a report, as they are kept.
fn keys(report: &BankReport) -> impl Iterator<Item = String> {
    let references = std::iter::once(&report.reference).chain(&report.other_references);
    references.map(|reference| key(reference))
}

/// A reference as a database keeps it: one that is too long for an index, or that has characters
/// which not every database takes, by its digest. The bank's bytes have it as it came.
pub(crate) fn key(reference: &str) -> String {
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
