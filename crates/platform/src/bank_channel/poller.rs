//! Messages in: status reports and booked entries.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::watch;
use tracing::{Instrument as _, info_span};
use wattkey_domain::{OrderId, OrderState};
use wattkey_failpoint::failpoint;
use wattkey_operators::traces::TRACED;
use wattkey_store::{
    BankEventOutcome, BankMessageOutcome, BankRemark, BankReport, BankSubject, StoreError,
};

use super::folder::Folder;
use super::http::BankMessage;
use super::reading::{self, Read};
use super::{Pauses, Told, Way, WayError, http, pause};
use crate::answer::chain;
use crate::app::App;
use crate::config::Bank;
use crate::receipts;

/// What of a message was taken in, and what a person must look at.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Reports that were handed to the books.
    pub reports: u32,
    /// What a person must look at: reports that were not posted (unknown reference, another
    /// account, no amount), and credits that match no order.
    pub listed: u32,
}

pub(super) async fn run(
    app: &Arc<App>,
    bank: &Bank,
    way: &Way,
    mut stopped: watch::Receiver<bool>,
) {
    let mut pauses = Pauses::new(bank);
    let mut told = Told::default();
    loop {
        let wait = match round(app, way).await {
            Ok(0) => {
                app.metrics.bank_reached.set(app.now().as_second());
                told.is_over();
                pauses.after_success()
            }
            Ok(_) => {
                told.is_over();
                pauses.after_success();
                std::time::Duration::ZERO
            }
            Err(error) => {
                if told.is_news(chain(&error)) {
                    tell(&error);
                }
                wait_after(&error, &mut pauses)
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

impl RoundError {
    /// Whether the bank's next message alone is longer than any that is read. It stays so until
    /// somebody does something about it.
    fn is_too_long(&self) -> bool {
        matches!(
            self,
            Self::Bank(WayError::Http(http::BankHttpError::TooLong))
        )
    }
}

fn tell(error: &RoundError) {
    let (is_too_long, error) = (error.is_too_long(), chain(error));
    if is_too_long {
        tracing::error!(
            error,
            "the bank's next message holds up all that follow: a person must look"
        );
    } else {
        tracing::warn!(error, "the bank's messages cannot be read now");
    }
}

/// What is too long now is so in a moment, and costs its length each time.
fn wait_after(error: &RoundError, pauses: &mut Pauses) -> std::time::Duration {
    if error.is_too_long() {
        pauses.longest()
    } else {
        pauses.after_failure()
    }
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
    let span = info_span!(target: TRACED, "bank message in", otel.kind = "consumer", number, bytes = body.len());
    let took = take_bytes(app, number, named, body)
        .instrument(span)
        .await?;
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
    let Read {
        kind,
        reports,
        mut listed,
    } = reading::read(&app.store, app.penalty, &body, now).await?;
    app.metrics.bank_messages.count(kind);
    let kind = named.unwrap_or(kind).to_owned();
    listed.extend(missing(app.store.bank_cursor().await?, number));
    for remark in &listed {
        let BankRemark { reference, why } = remark;
        tracing::warn!(number, reference, why, "listed");
    }
    let about: Vec<_> = reports.iter().map(About::of).collect();
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
    for (about, outcome) in about.iter().zip(outcomes) {
        taken.listed += u32::from(!followed(app, about, outcome).await);
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

/// What a report is about, for logs and receipts.
struct About {
    reference: String,
    order: Option<OrderId>,
}

impl About {
    fn of(report: &BankReport) -> Self {
        Self {
            reference: report.reference.clone(),
            order: match &report.subject {
                BankSubject::Order { order, .. } => Some(*order),
                BankSubject::Return { .. } | BankSubject::Credit(_) | BankSubject::Fee { .. } => {
                    None
                }
            },
        }
    }
}

/// What the books made of one report; `false` when a person must look at it.
async fn followed(app: &Arc<App>, about: &About, outcome: BankEventOutcome) -> bool {
    let About { reference, order } = about;
    match outcome {
        BankEventOutcome::Moved { from, to } => {
            let order = order.map(tracing::field::display);
            tracing::info!(order, %from, to = %to.state, "order moved by the bank");
            if let Some(order) = about.order {
                receipts::catch_up_of(app, order).await;
            }
            true
        }
        BankEventOutcome::Credited {
            order,
            customer,
            to,
        } => {
            tracing::info!(%order, to = %to.state, "credit matched");
            app.metrics.bank_entries.count("matched");
            receipts::catch_up(app, customer, order).await;
            true
        }
        BankEventOutcome::SentBack { state } => {
            tracing::info!(reference, %state, "what is sent back moved");
            !matches!(state, OrderState::Rejected | OrderState::Returned)
        }
        BankEventOutcome::Unmatched => {
            tracing::warn!(reference, "listed: the credit matches no order");
            app.metrics.bank_entries.count("unmatched");
            false
        }
        BankEventOutcome::FeePosted => {
            app.metrics.bank_entries.count("fee");
            true
        }
        BankEventOutcome::Unchanged { .. } | BankEventOutcome::Repeated => true,
        BankEventOutcome::UnknownOrder
        | BankEventOutcome::AmountMismatch { .. }
        | BankEventOutcome::WrongDirection
        | BankEventOutcome::Unpostable(_)
        | BankEventOutcome::Contradiction(_) => {
            let order = order.map(tracing::field::display);
            tracing::warn!(
                order,
                reference,
                ?outcome,
                "listed: the bank's report does not fit"
            );
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_message_that_is_too_long_is_not_fetched_again_at_once() {
        let mut pauses = Pauses {
            poll: Duration::from_millis(100),
            failures: 0,
        };
        let too_long = RoundError::Bank(WayError::Http(http::BankHttpError::TooLong));
        assert_eq!(wait_after(&too_long, &mut pauses).as_secs(), 60);
        let slow = RoundError::Bank(WayError::Http(http::BankHttpError::Timeout));
        assert!(wait_after(&slow, &mut pauses) < Duration::from_secs(1));
    }
}
