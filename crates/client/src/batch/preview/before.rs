//! What was ordered before, by this file or another.

use std::collections::HashMap;

use wattkey_domain::{OrderId, OrderState};

use super::PreviewError;
use crate::batch::plan::PlannedOrder;
use crate::batch::{Batch, BatchId, Mark};
use crate::client::Client;
use crate::journal::{Entry, Journal, JournalError, Standing};
use crate::order_file::OrderLine;

/// What was ordered by this file and by others.
#[derive(Default)]
pub(super) struct Before {
    /// By file and line.
    lines: HashMap<(BatchId, u32), OrderId>,
    /// By reference and what is paid: the amount, and the order.
    marks: HashMap<Mark, (Option<String>, OrderId)>,
}

pub(super) enum Known {
    Ordered(OrderId),
    OtherAmount(OrderId),
}

impl Before {
    pub(super) async fn learn(
        &mut self,
        client: &mut Client,
        journal: &Journal,
        batch: &Batch,
    ) -> Result<(), PreviewError> {
        for order in batch.orders() {
            if !stands(client, journal, order).await? {
                continue;
            }
            for bill in &order.bills {
                let Some(line) = batch.line(bill.line) else {
                    continue;
                };
                let key = (batch.id.clone(), line.number);
                self.lines.insert(key, order.order);
                if let Some(mark) = Mark::of(line) {
                    self.marks.insert(mark, (line.amount.clone(), order.order));
                }
            }
        }
        Ok(())
    }

    pub(super) fn of(&self, batch: &Batch, line: &OrderLine) -> Option<Known> {
        if let Some(order) = self.lines.get(&(batch.id.clone(), line.number)) {
            return Some(Known::Ordered(*order));
        }
        let (amount, order) = self.marks.get(&Mark::of(line)?)?;
        if *amount == line.amount {
            return Some(Known::Ordered(*order));
        }
        Some(Known::OtherAmount(*order))
    }
}

/// Whether a planned order was signed and has not come to nothing since.
async fn stands(
    client: &mut Client,
    journal: &Journal,
    order: &PlannedOrder,
) -> Result<bool, PreviewError> {
    if signed_here(journal, order.order)?.is_none() {
        return Ok(false);
    }
    let state = client.order(order.order).await?.map(|view| view.state);
    Ok(!matches!(
        state,
        Some(
            OrderState::Rejected
                | OrderState::Returned
                | OrderState::Refused
                | OrderState::Cancelled
                | OrderState::Lapsed
        )
    ))
}

/// The order's entry, when it was signed and may have been taken.
pub(super) fn signed_here(
    journal: &Journal,
    order: OrderId,
) -> Result<Option<Entry>, JournalError> {
    let entry = journal.entry(order)?;
    Ok(entry.filter(|entry| {
        !matches!(
            entry.standing(),
            Standing::Refused { .. } | Standing::NeverAccepted
        )
    }))
}
