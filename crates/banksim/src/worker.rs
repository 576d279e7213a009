//! The bank at work: reports on what came in, collects what is due, one durable step at a time.
//!
//! What is done next is read from the database, so a restart goes on where the last step ended.

use std::time::Duration;

use jiff::Timestamp;
use wattkey_failpoint::failpoint;

use crate::answers::{self, Entry, TransactionAnswer};
use crate::faults::{self, Fault};
use crate::store::{KeptCollection, Store, WaitingMessage};

/// How the bank behaves.
#[derive(Clone, Copy, Debug, Default)]
pub struct Behaviour {
    /// Time between the status report and the booking, and before a pending entry is booked.
    pub delay: Duration,
    /// A fault of the whole run.
    pub fault: Option<Fault>,
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
pub fn step(store: &mut Store, behaviour: Behaviour, now: Timestamp) -> rusqlite::Result<Step> {
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
    behaviour: Behaviour,
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
            answers::status(&report_id, id.as_deref().unwrap_or_default(), &answers, now)
        }
    };
    failpoint!("banksim.before-status");
    store.answer(message, &judged, &body, due(behaviour, now))?;
    failpoint!("banksim.after-status");
    tracing::info!(message_id = message.message_id, "status report written");
    Ok(())
}

/// A reason found when the message came in, or one on request.
fn rejection(behaviour: Behaviour, collection: &KeptCollection) -> Option<String> {
    let on_request = faults::rejection(behaviour.fault, &collection.debtor_account);
    collection
        .reason
        .clone()
        .or_else(|| on_request.map(str::to_owned))
}

fn notify(
    store: &mut Store,
    behaviour: Behaviour,
    collection: &KeptCollection,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let pending = behaviour.fault == Some(Fault::Pending) && collection.state == "accepted";
    let (status, state) = if pending {
        ("PDNG", "pending")
    } else {
        ("BOOK", "booked")
    };
    let entry = Entry {
        reference: &format!("BK{:012}", collection.id),
        status,
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
    let id = format!("{}{:09}", if pending { 'P' } else { 'N' }, collection.id);
    let body = answers::notification(&id, &entry, now);
    failpoint!("banksim.before-booking");
    store.notify(collection.id, state, due(behaviour, now), &body)?;
    failpoint!("banksim.after-booking");
    tracing::info!(
        end_to_end_id = collection.end_to_end_id,
        status,
        "entry notified"
    );
    Ok(())
}

fn due(behaviour: Behaviour, now: Timestamp) -> i64 {
    let delay_ms = i64::try_from(behaviour.delay.as_millis()).unwrap_or(i64::MAX);
    now.as_millisecond().saturating_add(delay_ms)
}
