//! The bank at work: reports on what came in, collects and pays what is due, one durable step at a
//! time.
//!
//! What is done next is read from the database, so a restart goes on where the last step ended.

use std::time::Duration;

use jiff::Zoned;
use jiff::tz::TimeZone;
use wattkey_failpoint::failpoint;

use crate::answers::{
    self, Direction, Entry, Origin, Original, Party, Remittance, Role, TransactionAnswer,
};
use crate::faults::{self, Fault, Faults};
use crate::message::Kind;
use crate::store::{KeptPayment, Store, WaitingMessage};

/// How the bank behaves.
#[derive(Clone, Debug)]
pub struct Behaviour {
    /// Time between the status report and the booking, and before the next thing that happens to a
    /// payment.
    pub delay: Duration,
    /// What is to go wrong.
    pub faults: Faults,
    /// Where the days begin on which it books.
    pub zone: TimeZone,
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
pub fn step(store: &mut Store, behaviour: &Behaviour, now: &Zoned) -> rusqlite::Result<Step> {
    store.release(&behaviour.faults)?;
    if let Some(message) = store.waiting_message()? {
        report(store, behaviour, &message, now)?;
        return Ok(Step::Done);
    }
    let Some((payment, due_ms)) = store.next_due()? else {
        return Ok(Step::Idle(None));
    };
    let wait_ms = due_ms.saturating_sub(now.timestamp().as_millisecond());
    if wait_ms > 0 {
        let wait = Duration::from_millis(wait_ms.unsigned_abs());
        return Ok(Step::Idle(Some(wait)));
    }
    notify(store, behaviour, &payment, now)?;
    Ok(Step::Done)
}

fn report(
    store: &mut Store,
    behaviour: &Behaviour,
    message: &WaitingMessage,
    now: &Zoned,
) -> rusqlite::Result<()> {
    let report_id = format!("S{:09}", message.id);
    let judged: Vec<(i64, Option<String>)> = message
        .payments
        .iter()
        .map(|payment| (payment.id, rejection(behaviour, payment)))
        .collect();
    let original = Original {
        message_id: message.message_id.as_deref().unwrap_or("NOTPROVIDED"),
        name: &message.name,
    };
    let body = if let Some((reason, text)) = &message.refused {
        answers::refusal(&report_id, original, reason, text, now)
    } else {
        let answers: Vec<TransactionAnswer> = message
            .payments
            .iter()
            .zip(&judged)
            .map(|(payment, (_, rejected))| TransactionAnswer {
                payment_id: payment.payment_id.clone(),
                end_to_end_id: payment.end_to_end_id.clone(),
                rejected: rejected.clone(),
            })
            .collect();
        let in_part = behaviour.faults.contains(&Fault::Partial);
        answers::status(&report_id, original, &answers, in_part, now)
    };
    failpoint!("banksim.before-status");
    let faults = &behaviour.faults;
    store.answer(message, &judged, &body, due(behaviour, now), faults)?;
    failpoint!("banksim.after-status");
    tracing::info!(message_id = message.message_id, "status report written");
    Ok(())
}

/// A reason found when the message came in, or one on request.
fn rejection(behaviour: &Behaviour, payment: &KeptPayment) -> Option<String> {
    let other_side = match payment.kind {
        Kind::Collection => &payment.debtor_account,
        Kind::Transfer => &payment.creditor_account,
    };
    let on_request = faults::rejection(&behaviour.faults, payment.kind, payment.id, other_side);
    payment
        .reason
        .clone()
        .or_else(|| on_request.map(str::to_owned))
}

fn notify(
    store: &mut Store,
    behaviour: &Behaviour,
    payment: &KeptPayment,
    now: &Zoned,
) -> rusqlite::Result<()> {
    let next = Next::of(behaviour, &payment.state);
    let reference = format!("{}{:012}", next.prefix(), payment.id);
    let entry = entry(payment, next, &reference);
    let id = |letter: char| format!("{letter}{}{:09}", next.prefix(), payment.id);
    let mut messages = vec![("camt.054", answers::notification(&id('N'), &entry, now))];
    if behaviour.faults.contains(&Fault::Statement) && next != Next::Pending {
        messages.push(("camt.053", answers::statement(&id('S'), &entry, now)));
    }
    failpoint!("banksim.before-booking");
    let state = next.state(behaviour);
    let due_ms = due(behaviour, now);
    store.notify(payment.id, state, due_ms, &messages, &behaviour.faults)?;
    failpoint!("banksim.after-booking");
    tracing::info!(
        end_to_end_id = payment.end_to_end_id,
        state,
        "entry notified"
    );
    Ok(())
}

/// The entry on the account of whoever sent the message.
fn entry<'a>(payment: &'a KeptPayment, next: Next, reference: &'a str) -> Entry<'a> {
    let is_returned = next == Next::Returned;
    let collects = payment.kind == Kind::Collection;
    // Direct debits issued, credit transfers issued; as ordered, or given back.
    let (family, sub_family, reason) = match (payment.kind, is_returned) {
        (Kind::Collection, false) => ("IDDT", "PADD", ""),
        (Kind::Collection, true) => ("IDDT", "UPDD", "MD06"),
        (Kind::Transfer, false) => ("ICDT", "DMCT", ""),
        (Kind::Transfer, true) => ("ICDT", "RRTN", "AC04"),
    };
    let debtor = Party {
        role: Role::Debtor,
        name: &payment.debtor,
        account: &payment.debtor_account,
    };
    let creditor = Party {
        role: Role::Creditor,
        name: &payment.creditor,
        account: &payment.creditor_account,
    };
    Entry {
        reference,
        status: if next == Next::Pending {
            "PDNG"
        } else {
            "BOOK"
        },
        direction: if collects == is_returned {
            Direction::Debit
        } else {
            Direction::Credit
        },
        returned: is_returned.then_some(reason),
        code: ["PMNT", family, sub_family],
        account: if collects {
            creditor.account
        } else {
            debtor.account
        },
        amount: &payment.amount,
        currency: &payment.currency,
        value: None,
        origin: Origin {
            message_id: &payment.message_id,
            payment_id: &payment.payment_id,
            end_to_end_id: &payment.end_to_end_id,
            mandate: &payment.mandate,
        },
        party: if collects { debtor } else { creditor },
        remittance: Remittance {
            reference: &payment.reference,
            text: &payment.text,
        },
    }
}

/// What happens to a payment next.
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

fn due(behaviour: &Behaviour, now: &Zoned) -> i64 {
    let delay_ms = i64::try_from(behaviour.delay.as_millis()).unwrap_or(i64::MAX);
    now.timestamp().as_millisecond().saturating_add(delay_ms)
}
