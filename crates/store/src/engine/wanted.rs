use std::ops::Range;

use jiff::Timestamp;
use uuid::Uuid;
use wattkey_domain::{
    AccountId, BillId, ChangeId, CreditorReference, CustomerId, DisputeId, InstructionId, Item,
    MandateId, NoticeId, OrderId, OwnData, ResolutionId, UserId,
};

/// What the calls of a batch name: all of it is loaded before the first of them decides.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// Orders with their bills and histories.
    pub(crate) orders: Vec<OrderId>,
    /// Orders by transfer, by their references.
    pub(crate) transfers: Vec<CreditorReference>,
    /// Whether the bills and deposits of those orders are wanted as well, because they may move.
    pub(crate) bills_of_orders: bool,
    /// Whether the receipts of those orders are wanted as well.
    pub(crate) receipts: bool,
    /// Whether what was decided on those orders is wanted as well.
    pub(crate) decisions: bool,
    /// Whether what credits have paid of those orders is wanted as well.
    pub(crate) credited: bool,
    /// Bills, and which orders hold them.
    pub(crate) bills: Vec<BillId>,
    /// Whose these contract accounts are.
    pub(crate) accounts: Vec<AccountId>,
    /// The same, and their deposits.
    pub(crate) deposits: Vec<AccountId>,
    /// Standing instructions.
    pub(crate) instructions: Vec<InstructionId>,
    /// Disputes, and the bills that they are about.
    pub(crate) disputes: Vec<DisputeId>,
    /// Notices, and who has read them.
    pub(crate) notices: Vec<NoticeId>,
    /// Mandates.
    pub(crate) mandates: Vec<MandateId>,
    /// Users.
    pub(crate) users: Vec<UserId>,
    /// What the orders of these users come to on a day, where the user has a limit.
    pub(crate) spent: Vec<Spent>,
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
    /// Whether whoever waits for the binding log goes first.
    pub(crate) queues_for_bindings: bool,
    /// The last checkpoint.
    pub(crate) checkpoint: bool,
    /// Links of the journal, by process and number.
    pub(crate) links: Vec<(Uuid, u64)>,
    /// What managers make of what the bank said.
    pub(crate) resolutions: Vec<ResolutionId>,
    /// What they are about.
    pub(crate) items: Vec<Item>,
    /// Money that is sent back, and its message.
    pub(crate) returns: Vec<ResolutionId>,
    /// Changes of own data.
    pub(crate) changes: Vec<ChangeId>,
    /// The versions that hold of own data.
    pub(crate) own_data: Vec<(CustomerId, OwnData)>,
    /// What these users may do, by themselves and on contract accounts.
    pub(crate) access: Vec<UserId>,
}

/// A day of a user, in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spent {
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) user: UserId,
    pub(crate) customer: CustomerId,
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

    pub(crate) fn spent(&mut self, customer: CustomerId, user: UserId, day: &Range<Timestamp>) {
        self.spent.push(Spent {
            start: day.start.as_second(),
            end: day.end.as_second(),
            user,
            customer,
        });
    }

    /// Sorted, each once: locks are taken in this order.
    pub(super) fn settle(&mut self) {
        fn once<T: Ord>(keys: &mut Vec<T>) {
            keys.sort_unstable();
            keys.dedup();
        }
        once(&mut self.orders);
        once(&mut self.transfers);
        once(&mut self.bills);
        once(&mut self.accounts);
        once(&mut self.deposits);
        once(&mut self.instructions);
        once(&mut self.disputes);
        once(&mut self.notices);
        once(&mut self.mandates);
        once(&mut self.users);
        once(&mut self.spent);
        once(&mut self.messages);
        once(&mut self.references);
        once(&mut self.bank_messages);
        once(&mut self.resolutions);
        once(&mut self.items);
        once(&mut self.returns);
        once(&mut self.changes);
        once(&mut self.own_data);
        once(&mut self.access);
    }
}
