//! Messages in: status reports and booked entries.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::watch;
use wattkey_bank::Account;
use wattkey_bank::camt054::{self, Booking, Direction};
use wattkey_bank::identifier::order_of;
use wattkey_bank::pain002::{self, Outcome};
use wattkey_domain::{BankEvent, CustomerId, OrderId};
use wattkey_failpoint::failpoint;
use wattkey_protocol::order::SignedOrder;
use wattkey_store::{BankEventOutcome, BankMessageOutcome, BankRemark, BankReport, StoreError};

use super::http::BankMessage;
use super::{Pauses, http, pause};
use crate::answer::chain;
use crate::app::App;
use crate::config::Bank;
use crate::receipts;

/// What of a message was taken in, and what a person must look at.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Reports that were handed to the books.
    pub reports: u32,
    /// Reports that were listed and not posted: unknown reference, another account, no amount.
    pub listed: u32,
}

pub(super) async fn run(app: &Arc<App>, bank: &Bank, mut stopped: watch::Receiver<bool>) {
    let mut pauses = Pauses::new(bank);
    loop {
        let wait = match round(app, bank).await {
            Ok(0) => pauses.after_success(),
            Ok(_) => {
                pauses.after_success();
                std::time::Duration::ZERO
            }
            Err(error) => {
                tracing::warn!(
                    error = chain(&error),
                    "the bank's messages cannot be read now"
                );
                pauses.after_failure()
            }
        };
        if !pause(wait, &mut stopped).await {
            return;
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum RoundError {
    #[error("the bank cannot be asked")]
    Bank(#[from] http::BankHttpError),
    #[error("the books cannot be used")]
    Store(#[from] StoreError),
    #[error("the bank's messages are not in order: {found} after {cursor}")]
    Order { cursor: u64, found: u64 },
}

/// Asks once; gives the number of messages that were taken in.
async fn round(app: &Arc<App>, bank: &Bank) -> Result<usize, RoundError> {
    let mut cursor = app.store.bank_cursor().await?;
    let messages = http::messages_after(bank.address, cursor).await?;
    for message in &messages {
        if message.number <= cursor {
            return Err(RoundError::Order {
                cursor,
                found: message.number,
            });
        }
        failpoint!("platform.bank-message-read");
        take(app, message).await?;
        failpoint!("platform.bank-message-taken");
        cursor = message.number;
    }
    Ok(messages.len())
}

/// Takes one message in. A message that cannot be read is listed: it must not hold up the others.
///
/// # Errors
/// When the books cannot be used; the message is then read again.
pub async fn take(app: &Arc<App>, message: &BankMessage) -> Result<Taken, StoreError> {
    let now = app.now();
    let Sorted {
        reports,
        mut listed,
    } = sorted(app, message, now).await?;
    listed.extend(missing(app.store.bank_cursor().await?, message.number));
    for remark in &listed {
        let BankRemark { reference, why } = remark;
        tracing::warn!(number = message.number, reference, why, "listed");
    }
    let about: Vec<_> = reports.iter().map(|one| (one.order, one.event)).collect();
    let mut taken = Taken {
        reports: count(reports.len()),
        listed: count(listed.len()),
    };
    let kept = app.store.take_bank_message(wattkey_store::BankMessage {
        number: message.number,
        kind: message.kind.clone(),
        body: message.body.clone().into_bytes(),
        reports,
        listed,
        now,
    });
    let BankMessageOutcome::Taken(outcomes) = kept.await? else {
        tracing::info!(number = message.number, "taken in before");
        return Ok(Taken::default());
    };
    failpoint!("platform.bank-message-kept");
    for ((order, event), outcome) in about.into_iter().zip(outcomes) {
        taken.listed += u32::from(!followed(app, order, event, outcome).await?);
    }
    Ok(taken)
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// The bank's numbers have no gaps: what is not there may have been a booking.
fn missing(cursor: u64, number: u64) -> Option<BankRemark> {
    (number > cursor.saturating_add(1)).then(|| BankRemark {
        reference: None,
        why: format!("the bank's messages after {cursor} and before this one did not come"),
    })
}

/// What a message says, or that it says nothing that can be read.
async fn sorted(
    app: &Arc<App>,
    message: &BankMessage,
    now: Timestamp,
) -> Result<Sorted, StoreError> {
    let read = match message.kind.as_str() {
        "pain.002" => {
            pain002::read(message.body.as_bytes()).map(|report| status_reports(&report, now))
        }
        "camt.054" => {
            let account = app
                .store
                .payee()
                .await?
                .and_then(|payee| Account::new(&payee.account).ok());
            camt054::read(message.body.as_bytes())
                .map(|notification| bookings(&notification.bookings(), account.as_ref(), now))
        }
        _ => Ok(Sorted::remark(None, "a message of another kind")),
    };
    Ok(read.unwrap_or_else(|error| {
        Sorted::remark(None, format!("it cannot be read: {}", chain(&error)))
    }))
}

/// What the books made of one report; `false` when a person must look at it.
async fn followed(
    app: &Arc<App>,
    order: OrderId,
    event: BankEvent,
    outcome: BankEventOutcome,
) -> Result<bool, StoreError> {
    match outcome {
        BankEventOutcome::Moved { from, to } => {
            tracing::info!(%order, %event, %from, to = %to.state, "order moved by the bank");
            if let Some(customer) = customer_of(app, order).await? {
                receipts::catch_up(app, customer, order).await;
            }
            Ok(true)
        }
        BankEventOutcome::Unchanged { .. } | BankEventOutcome::Repeated => Ok(true),
        BankEventOutcome::UnknownOrder
        | BankEventOutcome::AmountMismatch { .. }
        | BankEventOutcome::Contradiction(_) => {
            tracing::warn!(%order, %event, ?outcome, "listed: the bank's report does not fit the order");
            Ok(false)
        }
    }
}

async fn customer_of(app: &App, order: OrderId) -> Result<Option<CustomerId>, StoreError> {
    let jws = app.store.order_jws(order).await?;
    let order = jws.and_then(|jws| SignedOrder::parse(&jws).ok());
    Ok(order.map(|order| order.order().customer.id))
}

/// Reports for the books, and what is listed instead.
#[derive(Default)]
struct Sorted {
    reports: Vec<BankReport>,
    listed: Vec<BankRemark>,
}

impl Sorted {
    fn remark(reference: Option<&str>, why: impl Into<String>) -> Self {
        let mut sorted = Self::default();
        sorted.list(reference, why);
        sorted
    }

    fn list(&mut self, reference: Option<&str>, why: impl Into<String>) {
        self.listed.push(BankRemark {
            reference: reference.map(str::to_owned),
            why: why.into(),
        });
    }
}

fn status_reports(report: &pain002::StatusReport, now: Timestamp) -> Sorted {
    let mut sorted = Sorted::default();
    for (place, outcome) in report.outcomes().into_iter().enumerate() {
        let reference = Some(outcome.reference.as_str());
        let Some(order) = order_of(&outcome.reference) else {
            sorted.list(reference, "a status of something that is not ours");
            continue;
        };
        if outcome.is_duplicate() {
            // The first copy may be collected: the claim must not be given up.
            let why = format!("the bank refuses a second copy: {}", note(&outcome));
            sorted.list(reference, why);
            continue;
        }
        let event = if outcome.is_rejection() {
            BankEvent::Rejected
        } else {
            BankEvent::Submitted
        };
        sorted.reports.push(BankReport {
            // With the status, for a bank that uses a message id again.
            reference: format!(
                "pain.002:{}:{place}:{}:{}",
                report.message_id,
                outcome.reference,
                outcome.status.code()
            ),
            order,
            event,
            amount: None,
            note: Some(note(&outcome)),
            now,
        });
    }
    sorted
}

/// Status code and reasons, for people.
fn note(outcome: &Outcome) -> String {
    let codes = outcome
        .reasons
        .iter()
        .filter_map(|reason| reason.code.as_deref());
    let words: Vec<&str> = std::iter::once(outcome.status.code())
        .chain(codes)
        .collect();
    words.join(" ")
}

fn bookings(bookings: &[Booking], own: Option<&Account>, now: Timestamp) -> Sorted {
    let mut sorted = Sorted::default();
    for booking in bookings {
        match report(booking, own, now) {
            Ok(report) => sorted.reports.push(report),
            Err(why) => sorted.list(Some(&booking.key), why),
        }
    }
    sorted
}

fn report(
    booking: &Booking,
    own: Option<&Account>,
    now: Timestamp,
) -> Result<BankReport, &'static str> {
    let account = Account::new(&booking.account).map_err(|_| "the account cannot be read")?;
    if own != Some(&account) {
        return Err("the account is not ours");
    }
    let reference = booking
        .end_to_end_id
        .as_deref()
        .ok_or("there is no end-to-end id")?;
    let order = order_of(reference).ok_or("the end-to-end id is not one of ours")?;
    let amount = booking
        .amount
        .as_ref()
        .map_err(|_| "the amount cannot be read")?;
    let event = if booking.is_receipt() {
        BankEvent::Booked
    } else if booking.reversal && booking.direction == Direction::Debit {
        BankEvent::Returned
    } else {
        return Err("the entry is neither a collection nor its return");
    };
    Ok(BankReport {
        reference: format!("camt:{}", booking.key),
        order,
        event,
        amount: Some(*amount),
        note: booking
            .return_reason
            .clone()
            .filter(|reason| !reason.is_empty()),
        now,
    })
}
