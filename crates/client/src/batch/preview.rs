//! From lines to orders, by what the service says of bills, accounts and mandates now.

mod asked;
mod before;

use std::collections::HashMap;

use jiff::Timestamp;
use uuid::Uuid;
use wattkey_domain::{BillId, Currency, OrderId};
use wattkey_protocol::api::Me;
use wattkey_protocol::time;

use super::Batch;
use super::plan::{self, Preview};
use crate::client::Client;
use crate::connection::ServiceError;
use crate::journal::{Journal, JournalError};
use crate::order_file::{MAX_PROBLEMS, OrderLine, Problem, Target};
use crate::payment::today;
use asked::Asked;
use before::{Before, Known, signed_here};

/// What a batch comes to now.
#[derive(Debug)]
pub struct Previewed {
    /// The batch with its new preview; without one when there are problems, or nothing is left.
    pub batch: Batch,
    /// What is not right, by line and field.
    pub problems: Vec<Problem>,
    /// Lines that were ordered before, and the order.
    pub done: Vec<(u32, OrderId)>,
}

/// Why there is no preview.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    /// The service did not answer, or with a problem.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The journal failed.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Whoever was told of the progress wanted no more.
    #[error("the preview was stopped")]
    Stopped,
}

/// Asks the service what the lines of `batch` come to, less what it and `others` ordered before.
///
/// The caller makes sure that no order of the customer is of unknown outcome: it could be one of
/// these lines.
///
/// # Errors
/// [`PreviewError`]. What is wrong with a line is no error, and among the problems.
pub async fn preview(
    client: &mut Client,
    journal: &Journal,
    me: &Me,
    batch: Batch,
    others: &[Batch],
) -> Result<Previewed, PreviewError> {
    preview_told(client, journal, me, batch, others, &mut |_, _| true).await
}

/// The same, and tells before each line how many were asked about and how many there are; an answer
/// of no stops it.
///
/// # Errors
/// [`PreviewError`].
pub async fn preview_told(
    client: &mut Client,
    journal: &Journal,
    me: &Me,
    mut batch: Batch,
    others: &[Batch],
    told: &mut dyn FnMut(usize, usize) -> bool,
) -> Result<Previewed, PreviewError> {
    let mut before = Before::default();
    let mut signed = Vec::new();
    for order in batch.orders() {
        if signed_here(journal, order.order)?.is_some() {
            signed.push(order.clone());
        }
    }
    batch.signed = signed;
    batch.preview = None;
    for of in others
        .iter()
        .filter(|other| other.id != batch.id)
        .chain([&batch])
    {
        before.learn(client, journal, of).await?;
    }
    let accounts = client.accounts().await?;
    let mandates = client.mandates().await?;
    let mut asked = Asked {
        accounts,
        mandates,
        currency: None,
        named: named(&batch.lines),
        today: today(client, me),
        bills: Vec::new(),
        problems: Vec::new(),
        done: Vec::new(),
    };
    for (number, line) in batch.lines.iter().enumerate() {
        if !told(number, batch.lines.len()) {
            return Err(PreviewError::Stopped);
        }
        if asked.problems.len() >= MAX_PROBLEMS {
            break;
        }
        match before.of(&batch, line) {
            Some(Known::Ordered(order)) => asked.done.push((line.number, order)),
            Some(Known::OtherAmount(order)) => {
                asked.fault(line, "other-amount", "amount", order);
            }
            Some(Known::Part(order)) => asked.fault(line, "ordered-in-part", "amount", order),
            None => asked.line(client, line).await?,
        }
    }
    let Asked {
        currency,
        bills,
        problems,
        done,
        ..
    } = asked;
    let now = client.now();
    let currency = currency.unwrap_or(Currency::CNY);
    if problems.is_empty() && !bills.is_empty() {
        batch.preview = Some(Preview {
            made: time::whole_seconds(now),
            customer: me.customer.id,
            user: me.user.id,
            currency,
            orders: plan::orders(bills, currency, || order_id(now)),
        });
    }
    Ok(Previewed {
        batch,
        problems,
        done,
    })
}

fn order_id(now: Timestamp) -> OrderId {
    OrderId::made_at(now, Uuid::new_v4())
}

/// The bills that lines name themselves.
fn named(lines: &[OrderLine]) -> HashMap<BillId, u32> {
    let bills = lines.iter().filter_map(|line| match &line.target {
        Target::Bill(bill) => Some((bill.clone(), line.number)),
        Target::Account(_) => None,
    });
    bills.collect()
}
