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
    mut batch: Batch,
    others: &[Batch],
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
        bills: Vec::new(),
        problems: Vec::new(),
        done: Vec::new(),
    };
    for line in &batch.lines {
        if asked.problems.len() >= MAX_PROBLEMS {
            break;
        }
        match before.of(&batch, line) {
            Some(Known::Ordered(order)) => asked.done.push((line.number, order)),
            Some(Known::OtherAmount(order)) => {
                asked.fault(line, "other-amount", "amount", order);
            }
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
    if problems.is_empty() && !bills.is_empty() {
        batch.preview = Some(Preview {
            made: time::whole_seconds(now),
            customer: me.customer.id,
            user: me.user.id,
            currency: currency.unwrap_or(Currency::CNY),
            orders: plan::orders(bills, || order_id(now)),
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
