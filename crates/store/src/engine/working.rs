//! The working set: what the calls of a batch name, as the database has it and as the calls
//! before have left it; and the rows that come of it.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;
use wattkey_domain::journal::Entry;
use wattkey_domain::ledger::{LedgerAccount, OrderBill, Posting};
use wattkey_domain::{BillId, Currency, CustomerId, MandateId, Money, OrderId, OrderState, UserId};

use super::write::Rows;
use crate::StoreError;
use crate::checkpoint::CheckpointHead;
use crate::outcome::{BindingHead, JournalPosition};
use crate::read::orders::{OrderEvent, Receipt};

/// An order.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) digest: [u8; 32],
    pub(crate) state: OrderState,
    pub(crate) total: Money,
    pub(crate) bills: Vec<OrderBill>,
    pub(crate) history: Vec<OrderEvent>,
    pub(crate) receipts: HashMap<OrderState, Receipt>,
    /// What the database has of it: nothing, when it was accepted in this batch.
    pub(super) kept: Option<Kept>,
}

/// What the database has of an order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept {
    pub(super) state: OrderState,
    pub(super) events: usize,
}

/// A bill, and who holds it.
#[derive(Debug, Clone)]
pub(crate) struct Bill {
    pub(crate) customer: CustomerId,
    pub(crate) currency: Currency,
    pub(crate) due: Date,
    pub(crate) digest: [u8; 32],
    /// Minor units.
    pub(crate) open: i64,
    pub(crate) claim: Option<(OrderId, UserId)>,
    /// What the database has as open.
    pub(super) kept_open: i64,
}

/// A mandate, as far as it decides anything.
#[derive(Debug, Clone)]
pub(crate) struct MandateTerms {
    pub(crate) customer: CustomerId,
    pub(crate) currency: Currency,
    pub(crate) valid_from: Date,
}

/// A message of the outbox.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) order: OrderId,
    /// The state of that order when the message was loaded.
    pub(crate) state: OrderState,
    pub(crate) body: Vec<u8>,
    pub(crate) created: i64,
    pub(crate) leased_until: Option<i64>,
    pub(crate) attempts: u32,
    pub(crate) sent: Option<i64>,
    /// Whether it is other than the database has it.
    pub(super) changed: bool,
    /// Whether it came in this batch.
    pub(super) is_new: bool,
}

/// What the calls of a batch work on.
#[derive(Debug)]
pub(crate) struct Working {
    process: Uuid,
    sequence: u64,
    pub(crate) orders: HashMap<OrderId, Order>,
    pub(crate) bills: HashMap<BillId, Bill>,
    pub(crate) mandates: HashMap<MandateId, MandateTerms>,
    pub(crate) users: HashSet<UserId>,
    pub(crate) messages: HashMap<String, Message>,
    /// References of the bank that were taken in before.
    pub(crate) references: HashSet<String>,
    /// Digests of the bank's messages that were taken in before, by number.
    pub(crate) bank_messages: HashMap<u64, [u8; 32]>,
    pub(crate) bank_cursor: u64,
    pub(crate) bindings: BindingHead,
    pub(crate) checkpoint: CheckpointHead,
    pub(super) rows: Rows,
    entries: Vec<Entry>,
    moved: bool,
    changes: u64,
}

impl Working {
    /// Nothing yet, for the batch that will have this link.
    pub(crate) fn new(process: Uuid, sequence: u64) -> Self {
        Self {
            process,
            sequence,
            orders: HashMap::new(),
            bills: HashMap::new(),
            mandates: HashMap::new(),
            users: HashSet::new(),
            messages: HashMap::new(),
            references: HashSet::new(),
            bank_messages: HashMap::new(),
            bank_cursor: 0,
            bindings: BindingHead::EMPTY,
            checkpoint: CheckpointHead::NONE,
            rows: Rows::default(),
            entries: Vec::new(),
            moved: false,
            changes: 0,
        }
    }

    /// To be called before a change.
    pub(crate) fn touch(&mut self) {
        self.changes += 1;
    }

    /// How much was changed.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// Posts all or nothing: transfers, and what is open of their bills.
    pub(crate) fn post(&mut self, postings: &[Posting]) -> Result<(), StoreError> {
        let transfers = || postings.iter().flat_map(|posting| &posting.transfers);
        let mut open: Vec<(&BillId, i64)> = Vec::new();
        for transfer in transfers() {
            let minor = transfer.amount().minor();
            for (account, minor) in [(transfer.debit(), minor), (transfer.credit(), -minor)] {
                let LedgerAccount::Receivable(id) = account else {
                    continue;
                };
                let bill = self.bills.get(id).ok_or_else(|| {
                    StoreError::Corrupt(format!("there is no bill {id} to post on"))
                })?;
                let place = open.iter().position(|(known, _)| *known == id);
                let place = place.unwrap_or_else(|| {
                    open.push((id, bill.open));
                    open.len() - 1
                });
                open[place].1 = open[place].1.checked_add(minor).ok_or_else(|| {
                    StoreError::Corrupt(format!("what is open of bill {id} is beyond any amount"))
                })?;
            }
        }
        if let Some((id, _)) = open.iter().find(|(_, minor)| *minor < 0) {
            return Err(StoreError::Corrupt(format!(
                "more would be paid of bill {id} than is open"
            )));
        }
        self.touch();
        for (id, minor) in open {
            if let Some(bill) = self.bills.get_mut(id) {
                bill.open = minor;
            }
        }
        for posting in postings {
            let entries = posting.transfers.iter().map(|one| Entry::new(posting, one));
            self.entries.extend(entries);
        }
        Ok(())
    }

    /// An order comes into a state: its history grows, and it holds its bills or no longer does.
    pub(crate) fn enter(
        &mut self,
        id: OrderId,
        state: OrderState,
        at: Timestamp,
        note: Option<String>,
    ) -> Option<OrderEvent> {
        let event = self.event(state, at, note);
        let order = self.orders.get_mut(&id)?;
        order.state = state;
        order.history.push(event.clone());
        if !state.holds_claims() {
            for bill in &order.bills {
                let bill = self.bills.get_mut(&bill.bill);
                if let Some(bill) = bill.filter(|bill| bill.claim.is_some_and(|(by, _)| by == id)) {
                    bill.claim = None;
                }
            }
            // It is never sent again, whether the sender had the time to note it or not.
            let messages = self.messages.values_mut();
            for message in messages.filter(|one| one.order == id && one.sent.is_none()) {
                message.leased_until = None;
                message.sent = Some(at.as_second());
                message.changed = true;
            }
        }
        Some(event)
    }

    /// An event of this batch, whose link is not known yet.
    pub(crate) fn event(
        &mut self,
        state: OrderState,
        at: Timestamp,
        note: Option<String>,
    ) -> OrderEvent {
        self.touch();
        self.moved = true;
        OrderEvent {
            state,
            at: Timestamp::from_second(at.as_second()).unwrap_or(at),
            note,
            journal: JournalPosition {
                process: self.process,
                sequence: self.sequence,
                link: [0; 32],
            },
        }
    }

    /// What the batch posted, when it is to have a link.
    pub(super) fn take_entries(&mut self) -> Option<Vec<Entry>> {
        let has_link = self.moved || !self.entries.is_empty();
        has_link.then(|| std::mem::take(&mut self.entries))
    }
}
