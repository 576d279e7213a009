//! From a preview to orders that can be signed: each is built anew and found to be the same.

use std::time::{Duration, Instant};

use wattkey_domain::BillId;
use wattkey_protocol::api::Me;

use super::{BatchId, PlannedOrder, Preview};
use crate::client::Client;
use crate::journal::{Entry, Journal, JournalError};
use crate::payment::{DraftError, Prepared};

/// How old a draft may be when it is signed: the service takes it for five minutes after it was
/// made, and somebody may take his time to type the PIN.
const FRESH: Duration = Duration::from_secs(120);

/// An order of a preview, built and found to be the same.
#[derive(Debug)]
pub struct Ready {
    /// What was previewed.
    pub planned: PlannedOrder,
    /// What can be signed.
    pub prepared: Prepared,
    batch: BatchId,
    built: Instant,
}

/// Why an order of a preview cannot be signed. Nothing was.
#[derive(Debug, thiserror::Error)]
pub enum ReadyError {
    /// It cannot be built.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// It is another one than was previewed: something changed.
    #[error("the order of bill {bill} is not what was previewed")]
    Differs {
        /// The import.
        batch: BatchId,
        /// The first bill of the order.
        bill: BillId,
    },
}

impl Ready {
    /// Builds an order of the preview of `batch`.
    ///
    /// # Errors
    /// [`ReadyError`].
    pub async fn build(
        client: &mut Client,
        me: &Me,
        batch: &BatchId,
        planned: &PlannedOrder,
    ) -> Result<Ready, ReadyError> {
        let prepared = Prepared::build(client, me, &planned.request(), planned.order).await?;
        if !planned.is(prepared.order()) {
            return Err(differs(batch, planned));
        }
        Ok(Ready {
            planned: planned.clone(),
            prepared,
            batch: batch.clone(),
            built: Instant::now(),
        })
    }

    /// Builds it anew when it has become too old to be signed: with new times, and nothing else than
    /// what was shown and agreed to.
    ///
    /// # Errors
    /// [`ReadyError`].
    pub async fn refresh(&mut self, client: &mut Client, me: &Me) -> Result<(), ReadyError> {
        if self.built.elapsed() > FRESH {
            let again = Ready::build(client, me, &self.batch, &self.planned).await?;
            if !again.prepared.differs_in_times_only(&self.prepared) {
                return Err(differs(&self.batch, &self.planned));
            }
            *self = again;
        }
        Ok(())
    }
}

fn differs(batch: &BatchId, planned: &PlannedOrder) -> ReadyError {
    ReadyError::Differs {
        batch: batch.clone(),
        bill: planned.bills[0].bill.clone(),
    }
}

/// The orders of a preview that are still to be signed, and the journal's entries of those that were
/// signed by an earlier run that did not come to its end.
///
/// # Errors
/// When the journal cannot be read.
pub fn left<'p>(
    journal: &Journal,
    preview: &'p Preview,
) -> Result<(Vec<&'p PlannedOrder>, Vec<Entry>), JournalError> {
    let (mut left, mut begun) = (Vec::new(), Vec::new());
    for planned in &preview.orders {
        match journal.entry(planned.order)? {
            Some(entry) => begun.push(entry),
            None => left.push(planned),
        }
    }
    Ok((left, begun))
}
