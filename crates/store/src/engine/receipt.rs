use wattkey_domain::{OrderId, OrderState};

use super::{Decide, Wanted, Working};
use crate::StoreError;
use crate::outcome::{JournalPosition, ReceiptSaved};
use crate::read::orders::Receipt;

/// A receipt to be kept; the first one of a state stays.
#[derive(Debug)]
pub(crate) struct SaveReceipt {
    pub(crate) order: OrderId,
    pub(crate) state: OrderState,
    pub(crate) receipt: Receipt,
}

impl Decide for SaveReceipt {
    type Pending = ReceiptSaved;
    type Answer = ReceiptSaved;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.orders.push(self.order);
        wanted.receipts = true;
    }

    fn decide(&self, working: &mut Working) -> Result<ReceiptSaved, StoreError> {
        let (order, state) = (self.order, self.state);
        let known = working.orders.get_mut(&order);
        let was_there = |event: &crate::OrderEvent| event.state == state;
        let Some(known) = known.filter(|known| known.history.iter().any(was_there)) else {
            return Err(StoreError::Corrupt(format!(
                "order {order} was never {state}"
            )));
        };
        if let Some(kept) = known.receipts.get(&state) {
            let kept = kept.clone();
            return Ok(ReceiptSaved::Exists(kept));
        }
        known.receipts.insert(state, self.receipt.clone());
        working.touch();
        working.rows.receipt(self);
        Ok(ReceiptSaved::Saved)
    }

    fn finish(saved: ReceiptSaved, _: Option<&JournalPosition>) -> ReceiptSaved {
        saved
    }
}
