use jiff::Timestamp;
use wattkey_domain::{BillId, MandateId, OrderId, UserId};

/// What the calls of a batch name: all of it is loaded before the first of them decides.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// Orders with their bills and histories.
    pub(crate) orders: Vec<OrderId>,
    /// Whether the bills of those orders are wanted as well, because they may be open again.
    pub(crate) bills_of_orders: bool,
    /// Whether the receipts of those orders are wanted as well.
    pub(crate) receipts: bool,
    /// Bills, and which orders hold them.
    pub(crate) bills: Vec<BillId>,
    /// Mandates.
    pub(crate) mandates: Vec<MandateId>,
    /// Users.
    pub(crate) users: Vec<UserId>,
    /// Messages of the outbox.
    pub(crate) messages: Vec<String>,
    /// For each caller that asks for a message to send: the time.
    pub(crate) next_messages: Vec<Timestamp>,
    /// Calls that may give a message back or take it away.
    pub(crate) finished_messages: usize,
    /// The bank's references of what it says.
    pub(crate) references: Vec<String>,
    /// Numbers of the bank's messages: their bytes, where they were taken in before.
    pub(crate) bank_messages: Vec<u64>,
    /// How far the bank's messages are read.
    pub(crate) bank_cursor: bool,
    /// The head of the binding log.
    pub(crate) bindings: Bindings,
    /// The last checkpoint.
    pub(crate) checkpoint: bool,
}

/// What a batch does with the binding log.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Bindings {
    /// Nothing.
    #[default]
    Unused,
    /// Its head must stay as it is until the commit.
    Read,
    /// It grows.
    Append,
}

impl Wanted {
    pub(crate) fn bindings(&mut self, use_: Bindings) {
        self.bindings = self.bindings.max(use_);
    }

    /// Sorted, each once: locks are taken in this order.
    pub(super) fn settle(&mut self) {
        fn once<T: Ord>(keys: &mut Vec<T>) {
            keys.sort_unstable();
            keys.dedup();
        }
        once(&mut self.orders);
        once(&mut self.bills);
        once(&mut self.mandates);
        once(&mut self.users);
        once(&mut self.messages);
        once(&mut self.references);
        once(&mut self.bank_messages);
    }
}
