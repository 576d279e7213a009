//! The day's statement against the books, and what waits for a person (PROTOCOL.md, section 14).
//!
//! Nothing here changes anything. The statement is read again from the bank's bytes, each of its
//! booked entries is looked up in the books under the keys under which it would have been posted,
//! and what the bank notified as booked on that day must be in the statement. Rules propose what
//! could be done with money that no order waits for; two managers decide (`routes::resolutions`).

mod compare;
mod items;
mod known;
mod rules;
mod statements;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use wattkey_domain::{Currency, Quoting};
use wattkey_protocol::reconciliation::Reconciliation;
use wattkey_protocol::signed::SignedError;
use wattkey_store::{Payee, Store, StoreError};

pub use items::view;

/// The most differences that an answer has.
pub const MAX_DIFFERENCES: usize = 1_000;

/// What reconciliation reads.
#[derive(Debug, Clone, Copy)]
pub struct Books<'b> {
    /// The books.
    pub store: &'b Store,
    /// Who is paid, on which account.
    pub payee: &'b Payee,
    /// Rates and time zone.
    pub quoting: &'b Quoting,
}

/// A day's statement against the books, for people and for the daily close.
#[derive(Debug)]
pub struct Reconciled {
    /// For people.
    pub answer: Reconciliation,
    /// What the statements of the day come to, net, where their balances say it.
    pub stated: BTreeMap<Currency, i128>,
    /// What of it the books posted, net.
    pub posted: BTreeMap<Currency, i128>,
    /// What of that they posted on this very day.
    pub posted_on_day: BTreeMap<Currency, i128>,
}

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// The books.
    #[error("the books cannot be read")]
    Store(#[from] StoreError),
    /// Our account.
    #[error("the payee's account is none")]
    Account(#[from] wattkey_bank::AccountError),
    /// A day that has no beginning or end.
    #[error("{0} is at the end of the calendar")]
    Day(Date),
    /// A resolution of the books.
    #[error("a resolution in the books cannot be read")]
    Resolution(#[from] SignedError),
    /// The thread that reads messages was broken off.
    #[error("reading the bank's messages was broken off")]
    Thread(#[from] tokio::task::JoinError),
}

/// Compares the statement of `day` with the books, and lists what waits.
///
/// # Errors
/// [`ReconcileError`].
pub async fn reconcile(
    books: Books<'_>,
    day: Date,
    now: Timestamp,
) -> Result<Reconciled, ReconcileError> {
    let gathered = statements::gather(books, day).await?;
    let compared = compare::compare(books, day, &gathered).await?;
    let (items, items_total) = items::waiting(books, books.quoting.today(now)).await?;
    let differences_total = compared.differences.len() as u64;
    let mut differences = compared.differences;
    differences.truncate(MAX_DIFFERENCES);
    Ok(Reconciled {
        answer: Reconciliation {
            day,
            as_of: now,
            account: books.payee.account.clone(),
            statements: compared.statements,
            agreed: compared.agreed,
            differences,
            differences_total,
            items,
            items_total,
        },
        stated: compared.stated,
        posted: compared.posted,
        posted_on_day: compared.posted_on_day,
    })
}
