//! Messages in: status reports and booked entries.

use std::net::SocketAddr;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::watch;
use wattkey_bank::camt::{self, Booking, Direction};
use wattkey_bank::identifier::order_of;
use wattkey_bank::message::{self, Message};
use wattkey_bank::pain002::{self, Outcome};
use wattkey_bank::{Account, ReadError};
use wattkey_domain::{BankEvent, CustomerId, OrderId};
use wattkey_failpoint::failpoint;
use wattkey_protocol::order::SignedOrder;
use wattkey_store::{BankEventOutcome, BankMessageOutcome, BankRemark, BankReport, StoreError};

use super::folder::Folder;
use super::http::BankMessage;
use super::{Pauses, Way, WayError, http, pause};
use crate::answer::chain;
use crate::app::App;
use crate::config::Bank;
use crate::receipts;

/// The sort of what cannot be read.
const UNREADABLE: &str = "unreadable";

/// What of a message was taken in, and what a person must look at.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Reports that were handed to the books.
    pub reports: u32,
    /// Reports that were listed and not posted: unknown reference, another account, no amount.
    pub listed: u32,
}

pub(super) async fn run(
    app: &Arc<App>,
    bank: &Bank,
    way: &Way,
    mut stopped: watch::Receiver<bool>,
) {
    let mut pauses = Pauses::new(bank);
    loop {
        let wait = match round(app, way).await {
            Ok(0) => {
                app.metrics.bank_reached.set(app.now().as_second());
                pauses.after_success()
            }
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
    Bank(#[from] WayError),
    #[error("the books cannot be used")]
    Store(#[from] StoreError),
    #[error("the bank's messages are not in order: {found} after {cursor}")]
    Order { cursor: u64, found: u64 },
}

/// Asks once; gives the number of messages that were taken in.
async fn round(app: &Arc<App>, way: &Way) -> Result<usize, RoundError> {
    let cursor = app.store.bank_cursor().await?;
    match way {
        Way::Http(address) => fetched(app, *address, cursor).await,
        Way::Folder(folder) => picked_up(app, folder, cursor).await,
    }
}

async fn fetched(
    app: &Arc<App>,
    address: SocketAddr,
    mut cursor: u64,
) -> Result<usize, RoundError> {
    let messages = http::messages_after(address, cursor)
        .await
        .map_err(WayError::from)?;
    for message in &messages {
        if message.number <= cursor {
            return Err(RoundError::Order {
                cursor,
                found: message.number,
            });
        }
        let BankMessage { number, kind, body } = message;
        let body = body.clone().into_bytes();
        if let Took::Overtaken { cursor } = take_whole(app, *number, Some(kind), body).await? {
            return Err(RoundError::Order {
                cursor,
                found: *number,
            });
        }
        cursor = message.number;
    }
    Ok(messages.len())
}

/// A file is put away only when what it says is durable: the books know it by its number and its
/// bytes, after a crash as well. When another platform was first with the number, it gets the next.
async fn picked_up(app: &Arc<App>, folder: &Folder, cursor: u64) -> Result<usize, RoundError> {
    let Some(arrived) = folder.next(cursor).await.map_err(WayError::from)? else {
        return Ok(0);
    };
    tracing::info!(
        number = arrived.number,
        file = arrived.name,
        "a file of the bank"
    );
    match take_whole(app, arrived.number, None, arrived.bytes.clone()).await? {
        Took::Taken(_) => folder.done(arrived).await,
        Took::Overtaken { cursor } => folder.renumber(arrived, cursor).await,
    }
    .map_err(WayError::from)?;
    Ok(1)
}

async fn take_whole(
    app: &Arc<App>,
    number: u64,
    named: Option<&str>,
    body: Vec<u8>,
) -> Result<Took, StoreError> {
    failpoint!("platform.bank-message-read");
    let took = take_bytes(app, number, named, body).await?;
    failpoint!("platform.bank-message-taken");
    Ok(took)
}

/// Whether a message is in the books.
#[derive(Debug)]
enum Took {
    Taken(Taken),
    /// Another one is, under its number.
    Overtaken {
        cursor: u64,
    },
}

/// Takes one message in. A message that cannot be read is listed: it must not hold up the others.
///
/// # Errors
/// When the books cannot be used; the message is then read again.
pub async fn take(app: &Arc<App>, message: &BankMessage) -> Result<Taken, StoreError> {
    let BankMessage { number, kind, body } = message;
    let took = take_bytes(app, *number, Some(kind), body.clone().into_bytes()).await?;
    Ok(match took {
        Took::Taken(taken) => taken,
        Took::Overtaken { .. } => Taken::default(),
    })
}

/// `named` is the sort that the bank calls it; the document itself decides how it is read.
async fn take_bytes(
    app: &Arc<App>,
    number: u64,
    named: Option<&str>,
    body: Vec<u8>,
) -> Result<Took, StoreError> {
    let now = app.now();
    let read = message::read(&body);
    let kind = read.as_ref().map_or(UNREADABLE, Message::kind);
    app.metrics.bank_messages.count(kind);
    let kind = named.unwrap_or(kind).to_owned();
    let Sorted {
        reports,
        mut listed,
    } = sorted(app, read, now).await?;
    listed.extend(missing(app.store.bank_cursor().await?, number));
    for remark in &listed {
        let BankRemark { reference, why } = remark;
        tracing::warn!(number, reference, why, "listed");
    }
    let about: Vec<_> = reports.iter().map(|one| (one.order, one.event)).collect();
    let mut taken = Taken {
        reports: count(reports.len()),
        listed: count(listed.len()),
    };
    let kept = app.store.take_bank_message(wattkey_store::BankMessage {
        number,
        kind,
        body,
        reports,
        listed,
        now,
    });
    let outcomes = match kept.await? {
        BankMessageOutcome::Taken(outcomes) => outcomes,
        BankMessageOutcome::Repeated => {
            tracing::info!(number, "taken in before");
            return Ok(Took::Taken(Taken::default()));
        }
        BankMessageOutcome::Overtaken { cursor } => {
            tracing::info!(number, cursor, "another message has this number");
            return Ok(Took::Overtaken { cursor });
        }
    };
    failpoint!("platform.bank-message-kept");
    for ((order, event), outcome) in about.into_iter().zip(outcomes) {
        taken.listed += u32::from(!followed(app, order, event, outcome).await?);
    }
    app.metrics.bank_reports.add(u64::from(taken.reports));
    app.metrics.bank_listed.add(u64::from(taken.listed));
    Ok(Took::Taken(taken))
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
    read: Result<Message, ReadError>,
    now: Timestamp,
) -> Result<Sorted, StoreError> {
    match read {
        Ok(Message::Status(report)) => Ok(status_reports(&report, now)),
        Ok(Message::Entries(message)) => {
            let payee = app.store.payee().await?;
            let account = payee.and_then(|payee| Account::new(&payee.account).ok());
            Ok(entries(&message, account.as_ref(), now))
        }
        Err(error) => {
            let why = format!("it cannot be read: {}", chain(&error));
            Ok(Sorted::remark(None, why))
        }
    }
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
        | BankEventOutcome::Unpostable(_)
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
            other_references: Vec::new(),
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

fn entries(message: &camt::Message, own: Option<&Account>, now: Timestamp) -> Sorted {
    let mut sorted = Sorted::default();
    for account in &message.accounts {
        if let Some(minor) = account.unexplained_minor().filter(|minor| *minor != 0) {
            let why = format!("{minor} minor units between its balances are in no entry");
            sorted.list(Some(&account.id), why);
        }
    }
    for booking in message.bookings() {
        match report(&booking, own, now) {
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
        reference: camt_reference(&booking.key),
        other_references: booking.other_keys.iter().map(camt_reference).collect(),
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

/// The same booking in a notification and in the statement has the same reference.
fn camt_reference(key: impl AsRef<str>) -> String {
    format!("camt:{}", key.as_ref())
}
