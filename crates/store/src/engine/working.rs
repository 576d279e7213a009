//! The working set: what the calls of a batch name, as the database has it and as the calls
//! before have left it; and the rows that come of it.

mod post;
mod sent_back;

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;
use wattkey_domain::journal::{Entry, Link};
use wattkey_domain::ledger::{Funds, OrderMoney, PostingError};
use wattkey_domain::{
    Access, AccountId, BillId, ChangeId, CreditorReference, Currency, CustomerId, Debt, Decision,
    DisputeId, DisputePeriod, DisputeReason, InstructionId, Item, MandateId, Money, MoneyError,
    NoticeId, OrderId, OrderState, OwnData, ResolutionId, Right, UserId,
};

use super::change::{KeptChange, Version};
use super::resolve::ItemTerms;
use super::write::Rows;
use crate::StoreError;
use crate::checkpoint::CheckpointHead;
use crate::outcome::{BindingHead, JournalPosition, MessageOf, MissingRight, StandingTerms};
use crate::read::orders::{OrderEvent, Receipt};
use crate::read::resolutions::KeptResolution;
pub(crate) use sent_back::Return;

/// An order.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) digest: [u8; 32],
    pub(crate) customer: CustomerId,
    pub(crate) user: UserId,
    pub(crate) state: OrderState,
    pub(crate) total: Money,
    pub(crate) money: OrderMoney,
    /// Of a collection, or that a refund goes to.
    pub(crate) mandate: Option<MandateId>,
    /// The day of a scheduled collection.
    pub(crate) execute: Option<Date>,
    /// When it lapses, in seconds since 1970.
    pub(crate) lapses: Option<i64>,
    pub(crate) history: Vec<OrderEvent>,
    pub(crate) receipts: HashMap<OrderState, Receipt>,
    /// What was decided on it, when that was wanted.
    pub(crate) decisions: Vec<(UserId, Decision)>,
    /// What credits have paid of it by transfer, when that was wanted.
    pub(crate) credited: Credited,
    /// What the database has of it: nothing, when it was taken in in this batch.
    pub(super) kept: Option<Kept>,
}

/// What credits have paid of an order by transfer, in minor units.
#[derive(Debug, Clone, Default)]
pub(crate) struct Credited {
    /// Of the bills themselves.
    pub(crate) principals: HashMap<BillId, i64>,
}

/// What the database has of an order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept {
    pub(super) state: OrderState,
    pub(super) events: usize,
}

/// A bill, and who holds parts of it.
#[derive(Debug, Clone)]
pub(crate) struct Bill {
    pub(crate) customer: CustomerId,
    pub(crate) account: AccountId,
    pub(crate) currency: Currency,
    pub(crate) due: Date,
    pub(crate) digest: [u8; 32],
    /// Minor units.
    pub(crate) open: i64,
    pub(crate) claims: Vec<(OrderId, UserId)>,
    /// The days on which some of it was disputed, in the order in which that began.
    pub(crate) disputes: Vec<DisputePeriod>,
    /// Disputes of it that were answered, each by its line and reason; only where one may be opened.
    pub(crate) answered: Vec<(Option<u32>, DisputeReason)>,
    /// What the database has as open.
    pub(super) kept_open: i64,
}

impl Bill {
    /// What its penalty depends on, as it is known today.
    pub(crate) fn debt(&self, today: Date) -> Result<Debt<'_>, MoneyError> {
        Ok(Debt {
            due: self.due,
            open: Money::new(self.open, self.currency)?,
            disputes: &self.disputes,
            today,
        })
    }

    /// Whether some of it is in dispute.
    pub(crate) fn is_disputed(&self) -> bool {
        self.disputes.iter().any(|dispute| dispute.until.is_none())
    }
}

/// The deposit of a contract account.
#[derive(Debug, Clone, Default)]
pub(crate) struct Deposit {
    /// None before the first transfer.
    pub(crate) currency: Option<Currency>,
    /// Minor units; below zero when a debit that funded it was returned.
    pub(crate) balance: i64,
    /// What the database has; `None` when it has no row.
    pub(super) kept: Option<i64>,
}

/// A mandate, as far as it decides anything.
#[derive(Debug, Clone)]
pub(crate) struct MandateTerms {
    pub(crate) customer: CustomerId,
    pub(crate) currency: Currency,
    pub(crate) valid_from: Date,
    pub(crate) ended: Option<Date>,
}

/// What a user may spend, in minor units.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct UserTerms {
    pub(crate) day_limit: Option<i64>,
    pub(crate) alone_limit: Option<i64>,
}

/// A standing instruction.
#[derive(Debug, Clone)]
pub(crate) struct Instruction {
    pub(crate) customer: CustomerId,
    pub(crate) digest: [u8; 32],
    pub(crate) terms: StandingTerms,
    /// When it was taken in, in seconds since 1970.
    pub(crate) at: i64,
    /// When a deposit last paid under it.
    pub(crate) paid: Option<i64>,
    /// The digest of the document that ended it.
    pub(crate) ended: Option<[u8; 32]>,
}

/// A dispute.
#[derive(Debug, Clone)]
pub(crate) struct Dispute {
    pub(crate) customer: CustomerId,
    pub(crate) bill: BillId,
    pub(crate) digest: [u8; 32],
    /// When it was taken in, in seconds since 1970.
    pub(crate) at: i64,
    /// The first day without a penalty.
    pub(crate) from: Date,
    /// How it ended.
    pub(crate) ended: Option<DisputeEnd>,
}

/// How a dispute ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DisputeEnd {
    /// The digest of the document that withdrew it.
    Withdrawn([u8; 32]),
    /// It was answered.
    Answered,
}

/// A notice that was served.
#[derive(Debug, Clone)]
pub(crate) struct Notice {
    pub(crate) customer: CustomerId,
    pub(crate) account: AccountId,
    pub(crate) digest: [u8; 32],
    /// When it was served, in seconds since 1970.
    pub(crate) served: i64,
    /// Who has acknowledged it.
    pub(crate) read_by: Vec<UserId>,
}

/// A message of the outbox.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) of: MessageOf,
    /// The state of that when the message was loaded.
    pub(crate) state: OrderState,
    /// As the books keep it ([`crate::packed`]).
    pub(crate) body: Vec<u8>,
    pub(crate) created: i64,
    /// Not to be sent before.
    pub(crate) not_before: i64,
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
    /// Whose the contract accounts are that were asked for.
    pub(crate) accounts: HashMap<AccountId, CustomerId>,
    /// Of each account whose deposit was asked for.
    pub(crate) deposits: HashMap<AccountId, Deposit>,
    pub(crate) instructions: HashMap<InstructionId, Instruction>,
    pub(crate) disputes: HashMap<DisputeId, Dispute>,
    pub(crate) notices: HashMap<NoticeId, Notice>,
    pub(crate) mandates: HashMap<MandateId, MandateTerms>,
    pub(crate) users: HashMap<UserId, UserTerms>,
    /// What the orders of a user with a limit come to on a day, by the second in which it begins.
    pub(crate) spent: HashMap<(UserId, i64), i64>,
    /// Orders by transfer, by their references.
    pub(crate) transfers: HashMap<CreditorReference, OrderId>,
    /// Money that is sent back.
    pub(crate) returns: HashMap<ResolutionId, Return>,
    pub(crate) messages: HashMap<String, Message>,
    /// References of the bank that were taken in before.
    pub(crate) references: HashSet<String>,
    /// Digests of the bank's messages that were taken in before, by number.
    pub(crate) bank_messages: HashMap<u64, [u8; 32]>,
    pub(crate) bank_cursor: u64,
    pub(crate) bindings: BindingHead,
    pub(crate) checkpoint: CheckpointHead,
    /// Links of the journal as they are now.
    pub(crate) links: HashMap<(Uuid, u64), Link>,
    pub(crate) resolutions: HashMap<ResolutionId, KeptResolution>,
    /// What resolutions are about.
    pub(crate) items: HashMap<Item, ItemTerms>,
    /// Changes of own data.
    pub(crate) changes_of_data: HashMap<ChangeId, KeptChange>,
    /// The versions that hold of own data.
    pub(crate) own_data: HashMap<(CustomerId, OwnData), Version>,
    /// Whose users these are, and what they may do.
    pub(crate) access: HashMap<UserId, (CustomerId, Access)>,
    /// Who administers, of customers that a change of rights is of.
    pub(crate) administrators: Vec<(CustomerId, UserId)>,
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
            accounts: HashMap::new(),
            deposits: HashMap::new(),
            instructions: HashMap::new(),
            disputes: HashMap::new(),
            notices: HashMap::new(),
            mandates: HashMap::new(),
            users: HashMap::new(),
            spent: HashMap::new(),
            transfers: HashMap::new(),
            returns: HashMap::new(),
            messages: HashMap::new(),
            references: HashSet::new(),
            bank_messages: HashMap::new(),
            bank_cursor: 0,
            bindings: BindingHead::EMPTY,
            checkpoint: CheckpointHead::NONE,
            links: HashMap::new(),
            resolutions: HashMap::new(),
            items: HashMap::new(),
            changes_of_data: HashMap::new(),
            own_data: HashMap::new(),
            access: HashMap::new(),
            administrators: Vec::new(),
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

    /// The batch has a link, also when it posts nothing: something happened that goes out to the
    /// internal network.
    pub(crate) fn mark(&mut self) {
        self.touch();
        self.moved = true;
    }

    /// Whose user it is.
    pub(crate) fn customer_of(&self, user: UserId) -> Option<CustomerId> {
        self.access.get(&user).map(|(customer, _)| *customer)
    }

    /// Whether a user, whose rights were wanted, may do this on a contract account of its customer.
    pub(crate) fn may(&self, user: UserId, right: Right, account: &AccountId) -> bool {
        let access = self.access.get(&user);
        access.is_some_and(|(_, access)| access.may(right, account))
    }

    /// What a user, whose rights were wanted, may not do on one of these contract accounts.
    pub(crate) fn missing_right<'a>(
        &self,
        user: UserId,
        right: Right,
        accounts: impl IntoIterator<Item = &'a AccountId>,
    ) -> Option<MissingRight> {
        let mut accounts = accounts.into_iter();
        let account = accounts.find(|account| !self.may(user, right, account))?;
        Some(MissingRight {
            right,
            account: account.clone(),
            hidden: !self.may(user, Right::View, account),
        })
    }

    /// The same, where nothing is given for a single contract account.
    pub(crate) fn may_by_itself(&self, user: UserId, right: Right) -> bool {
        let access = self.access.get(&user);
        access.is_some_and(|(_, access)| access.own().on_account(None).has(right))
    }

    /// Whether a user says who may do what.
    pub(crate) fn administers(&self, user: UserId) -> bool {
        let access = self.access.get(&user);
        access.is_some_and(|(_, access)| access.administers())
    }

    /// The batch's place in the journal; its link is not known yet.
    pub(crate) fn position(&self) -> JournalPosition {
        JournalPosition {
            process: self.process,
            sequence: self.sequence,
            link: [0; 32],
        }
    }

    /// Moves an order: posts what coming into the state posts, and enters it. Refused, nothing has
    /// changed.
    pub(crate) fn advance(
        &mut self,
        id: OrderId,
        to: OrderState,
        at: Timestamp,
        note: Option<String>,
    ) -> Result<Result<OrderEvent, PostingError>, StoreError> {
        let gone = || StoreError::Corrupt(format!("order {id} is gone"));
        let order = self.orders.get(&id).ok_or_else(gone)?;
        let postings = match order.money.entering(Some(order.state), to, at) {
            Ok(postings) => postings,
            Err(error) => return Ok(Err(error)),
        };
        if let Err(error) = self.post(&postings)? {
            return Ok(Err(error));
        }
        Ok(Ok(self.enter(id, to, at, note).ok_or_else(gone)?))
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
            for bill in &order.money.bills {
                if let Some(bill) = self.bills.get_mut(&bill.bill) {
                    bill.claims.retain(|(by, _)| *by != id);
                }
            }
            self.never_send(MessageOf::Order(id), at);
        }
        Some(event)
    }

    /// It is never sent again, whether the sender had the time to note it or not.
    fn never_send(&mut self, of: MessageOf, at: Timestamp) {
        let messages = self.messages.values_mut();
        for message in messages.filter(|one| one.of == of && one.sent.is_none()) {
            message.leased_until = None;
            message.sent = Some(at.as_second());
            message.changed = true;
        }
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
            journal: self.position(),
        }
    }

    /// The batch has a link, though nothing of it may be posted: its place says when this came.
    pub(crate) fn linked(&mut self) -> JournalPosition {
        self.mark();
        self.position()
    }

    /// What the batch posted, when it is to have a link.
    pub(super) fn take_entries(&mut self) -> Option<Vec<Entry>> {
        let has_link = self.moved || !self.entries.is_empty();
        has_link.then(|| std::mem::take(&mut self.entries))
    }
}

impl Order {
    /// The deposits that its money comes from or goes to.
    pub(super) fn deposits(&self) -> impl Iterator<Item = &AccountId> {
        let source = match &self.money.funds {
            Funds::Deposit(account) => Some(account),
            Funds::Mandate | Funds::Transfer => None,
        };
        let into = self.money.deposit.iter().map(|part| &part.account);
        source.into_iter().chain(into)
    }
}
