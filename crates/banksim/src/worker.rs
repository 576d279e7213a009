//! The bank at work: reports on what came in, collects what is due, one durable step at a time.
//!
//! What is done next is read from the database, so a restart goes on where the last step ended.

use std::time::Duration;

use jiff::Timestamp;
use wattkey_failpoint::failpoint;

use crate::answers::{self, Entry, TransactionAnswer};
use crate::faults::{self, Fault, Faults};
use crate::store::{KeptCollection, Store, WaitingMessage};

/// How the bank behaves.
#[derive(Clone, Debug, Default)]
pub struct Behaviour {
    /// Time between the status report and the booking, and before the next thing that happens to a
    /// collection.
    pub delay: Duration,
    /// What is to go wrong.
    pub faults: Faults,
}

/// What one step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Something; there may be more to do.
    Done,
    /// Nothing: nothing is due for so long, or nothing is there at all.
    Idle(Option<Duration>),
}

/// Does the next thing that is due.
///
/// # Errors
/// When the database fails; then nothing was done.
pub fn step(store: &mut Store, behaviour: &Behaviour, now: Timestamp) -> rusqlite::Result<Step> {
    store.release(&behaviour.faults)?;
    if let Some(message) = store.waiting_message()? {
        report(store, behaviour, &message, now)?;
        return Ok(Step::Done);
    }
    let Some((collection, due_ms)) = store.next_due()? else {
        return Ok(Step::Idle(None));
    };
    let wait_ms = due_ms.saturating_sub(now.as_millisecond());
    if wait_ms > 0 {
        let wait = Duration::from_millis(wait_ms.unsigned_abs());
        return Ok(Step::Idle(Some(wait)));
    }
    notify(store, behaviour, &collection, now)?;
    Ok(Step::Done)
}

fn report(
    store: &mut Store,
    behaviour: &Behaviour,
    message: &WaitingMessage,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let report_id = format!("S{:09}", message.id);
    let judged: Vec<(i64, Option<String>)> = message
        .collections
        .iter()
        .map(|collection| (collection.id, rejection(behaviour, collection)))
        .collect();
    let body = match (&message.refused, &message.message_id) {
        (Some((reason, text)), id) => {
            answers::refusal(&report_id, id.as_deref(), reason, text, now)
        }
        (None, id) => {
            let answers: Vec<TransactionAnswer> = message
                .collections
                .iter()
                .zip(&judged)
                .map(|(collection, (_, rejected))| TransactionAnswer {
                    payment_id: collection.payment_id.clone(),
                    end_to_end_id: collection.end_to_end_id.clone(),
                    rejected: rejected.clone(),
                })
                .collect();
            let id = id.as_deref().unwrap_or_default();
            let in_part = behaviour.faults.contains(&Fault::Partial);
            answers::status(&report_id, id, &answers, in_part, now)
        }
    };
    failpoint!("banksim.before-status");
    let faults = &behaviour.faults;
    store.answer(message, &judged, &body, due(behaviour, now), faults)?;
    failpoint!("banksim.after-status");
    tracing::info!(message_id = message.message_id, "status report written");
    Ok(())
}

/// A reason found when the message came in, or one on request.
fn rejection(behaviour: &Behaviour, collection: &KeptCollection) -> Option<String> {
    let on_request =
        faults::rejection(&behaviour.faults, collection.id, &collection.debtor_account);
    collection
        .reason
        .clone()
        .or_else(|| on_request.map(str::to_owned))
}

fn notify(
    store: &mut Store,
    behaviour: &Behaviour,
    collection: &KeptCollection,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let next = Next::of(behaviour, &collection.state);
    let entry = Entry {
        reference: &format!("{}{:012}", next.prefix(), collection.id),
        status: if next == Next::Pending {
            "PDNG"
        } else {
            "BOOK"
        },
        returned: (next == Next::Returned).then_some("MD06"),
        account: &collection.creditor_account,
        amount: &collection.amount,
        currency: &collection.currency,
        message_id: &collection.message_id,
        payment_id: &collection.payment_id,
        end_to_end_id: &collection.end_to_end_id,
        mandate: &collection.mandate,
        debtor: &collection.debtor,
        debtor_account: &collection.debtor_account,
    };
    let id = |letter: char| format!("{letter}{}{:09}", next.prefix(), collection.id);
    let mut messages = vec![("camt.054", answers::notification(&id('N'), &entry, now))];
    if behaviour.faults.contains(&Fault::Statement) && next != Next::Pending {
        messages.push(("camt.053", answers::statement(&id('S'), &entry, now)));
    }
    failpoint!("banksim.before-booking");
    let state = next.state(behaviour);
    let due_ms = due(behaviour, now);
    store.notify(collection.id, state, due_ms, &messages, &behaviour.faults)?;
    failpoint!("banksim.after-booking");
    tracing::info!(
        end_to_end_id = collection.end_to_end_id,
        state,
        "entry notified"
    );
    Ok(())
}

/// What happens to a collection next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Pending,
    Booked,
    Returned,
}

impl Next {
    fn of(behaviour: &Behaviour, state: &str) -> Self {
        match state {
            "returning" => Self::Returned,
            "accepted" if behaviour.faults.contains(&Fault::Pending) => Self::Pending,
            _ => Self::Booked,
        }
    }

    /// Of the bank's references and message ids.
    fn prefix(self) -> &'static str {
        match self {
            Self::Pending => "PD",
            Self::Booked => "BK",
            Self::Returned => "RT",
        }
    }

    fn state(self, behaviour: &Behaviour) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Booked if behaviour.faults.contains(&Fault::Return) => "returning",
            Self::Booked => "booked",
            Self::Returned => "returned",
        }
    }
}

fn due(behaviour: &Behaviour, now: Timestamp) -> i64 {
    let delay_ms = i64::try_from(behaviour.delay.as_millis()).unwrap_or(i64::MAX);
    now.as_millisecond().saturating_add(delay_ms)
}
