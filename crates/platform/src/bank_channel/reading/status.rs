//! Status reports (pain.002) on our collections, refunds, and what we send back.

use jiff::Timestamp;
use wattkey_bank::identifier::{order_of, return_of};
use wattkey_bank::pain002::{Outcome, StatusReport};
use wattkey_domain::{BankEvent, OrderId, ResolutionId};
use wattkey_store::{BankReport, BankSubject};

use super::Read;

pub(super) fn reports(report: &StatusReport, now: Timestamp, read: &mut Read) {
    for (place, outcome) in report.outcomes().into_iter().enumerate() {
        let reference = outcome.reference.as_ref();
        let Some(of) = Of::reference(reference) else {
            read.list(Some(reference), "a status of something that is not ours");
            continue;
        };
        if outcome.is_duplicate() {
            // The first copy may be done: the claim must not be given up.
            let why = format!("the bank refuses a second copy: {}", note(&outcome));
            read.list(Some(reference), why);
            continue;
        }
        let event = if outcome.is_rejection() {
            BankEvent::Rejected
        } else {
            BankEvent::Submitted
        };
        read.reports.push(BankReport {
            // With the status, for a bank that uses a message id again.
            reference: format!(
                "pain.002:{}:{place}:{reference}:{}",
                report.message_id,
                outcome.status.code()
            ),
            other_references: Vec::new(),
            subject: of.subject(event, note(&outcome)),
            now,
        });
    }
}

/// What a status is of.
enum Of {
    Order(OrderId),
    Return(ResolutionId),
}

impl Of {
    fn reference(reference: &str) -> Option<Self> {
        let order = order_of(reference).map(Self::Order);
        order.or_else(|| return_of(reference).map(Self::Return))
    }

    fn subject(self, event: BankEvent, note: String) -> BankSubject {
        let (amount, note) = (None, Some(note));
        match self {
            Self::Order(order) => BankSubject::Order {
                order,
                event,
                amount,
                note,
            },
            Self::Return(resolution) => BankSubject::Return {
                resolution,
                event,
                amount,
                note,
            },
        }
    }
}

/// Status code and reasons, for people.
fn note(outcome: &Outcome<'_>) -> String {
    let codes = outcome
        .reasons
        .iter()
        .filter_map(|reason| reason.code.as_deref());
    let words: Vec<&str> = std::iter::once(outcome.status.code())
        .chain(codes)
        .collect();
    words.join(" ")
}
