mod reads;

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;
use wattkey_domain::{OrderId, OrderState};

use crate::outcome::{
    AcceptOrder, AcceptOutcome, AppendOutcome, BankEventOutcome, BankMessage, BankMessageOutcome,
    BankReport, BindingHead, BindingStep, Counters, OutboxMessage, ReceiptSaved,
};
use crate::read::orders::{self, Receipt};
use crate::read::{Readers, bindings};
use crate::record::Record;
use crate::write::import::{ImportError, ImportReport};
use crate::write::{Batch, Writer, accept, bank, binding, import, outbox, receipt};
use crate::{StoreError, VerifyReport, open, verify};

/// The books. Cheap to clone; all clones share one writer and the readers.
///
/// Every method that writes is answered when its work is durable. A caller that stops waiting does
/// not undo its call. All methods fail with [`StoreError`]; after [`StoreError::Commit`] and
/// [`StoreError::Closed`] a writing call may or may not have happened.
#[derive(Debug, Clone)]
pub struct Store {
    writer: Arc<Writer>,
    readers: Arc<Readers>,
}

impl Store {
    /// Opens the database, makes it when there is none, and brings it to this software's version.
    /// Blocks while it does.
    ///
    /// # Errors
    /// [`StoreError::Open`], [`StoreError::TooNew`], [`StoreError::Migrate`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = open::writer(path)?;
        let readers = Readers::open(path)?;
        Ok(Self {
            writer: Arc::new(Writer::start(connection, Uuid::new_v4())?),
            readers: Arc::new(readers),
        })
    }

    /// The name of this process' chain in the journal.
    #[must_use]
    pub fn process(&self) -> Uuid {
        self.writer.process()
    }

    /// Waits until the thread that writes has ended, which it does by itself only when it panics:
    /// every call that writes fails from then on, and the process must start again.
    pub async fn closed(&self) {
        self.writer.closed().await;
    }

    /// How much was written since the store was opened.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.writer.counters()
    }

    /// Takes in records of the marketing system, all or none, and posts new bills. What is there
    /// already with the same content is left alone.
    ///
    /// # Errors
    /// [`ImportError`] names the record.
    pub async fn import(
        &self,
        records: Vec<Record>,
        now: Timestamp,
    ) -> Result<ImportReport, ImportError> {
        let work = move |batch: &mut Batch<'_>| import::import(batch, &records, now);
        self.writer.call(work, |report, _| report).await
    }

    /// Does all that [`Store::import`] does and takes it back: the report or the error that it
    /// would give.
    ///
    /// # Errors
    /// [`ImportError`] names the record.
    pub async fn rehearse_import(
        &self,
        records: Vec<Record>,
        now: Timestamp,
    ) -> Result<ImportReport, ImportError> {
        let work = move |batch: &mut Batch<'_>| match import::import(batch, &records, now) {
            Ok(report) => Err(import::TakenBack::Report(report)),
            Err(error) => Err(import::TakenBack::Error(error)),
        };
        let answer: Result<(), _> = self.writer.call(work, |(), _| ()).await;
        match answer {
            Err(import::TakenBack::Report(report)) => Ok(report),
            Err(import::TakenBack::Error(error)) => Err(error),
            Ok(()) => Err(StoreError::Closed.into()),
        }
    }

    /// Accepts an order: checks and claims its bills, posts it, and puts its message to the bank
    /// into the outbox, or says exactly why not.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn accept_order(&self, order: AcceptOrder) -> Result<AcceptOutcome, StoreError> {
        let work = move |batch: &mut Batch<'_>| accept::accept(batch, &order);
        self.writer.call(work, accept::Pending::finish).await
    }

    /// Takes in what the bank says of an order, once, and moves the order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn apply_bank_event(
        &self,
        report: BankReport,
    ) -> Result<BankEventOutcome, StoreError> {
        let work = move |batch: &mut Batch<'_>| bank::apply(batch, &report);
        self.writer.call(work, bank::Pending::finish).await
    }

    /// How far the bank's messages are read: the number of the last one, 0 before the first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn bank_cursor(&self) -> Result<u64, StoreError> {
        self.readers.call(bank::cursor).await
    }

    /// Takes in a message of the bank: keeps its bytes, moves the orders that it speaks of, keeps
    /// what concerns none, and notes it as read. All of it or nothing.
    ///
    /// # Errors
    /// [`StoreError`]; the message is then to be taken in again.
    pub async fn take_bank_message(
        &self,
        message: BankMessage,
    ) -> Result<BankMessageOutcome, StoreError> {
        let work = move |batch: &mut Batch<'_>| bank::take(batch, &message);
        self.writer.call(work, bank::finish).await
    }

    /// The oldest message that is not sent and that nobody has leased; it is leased to the caller
    /// for `lease_s` seconds, ten minutes at most.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn outbox_next(
        &self,
        now: Timestamp,
        lease_s: u32,
    ) -> Result<Option<OutboxMessage>, StoreError> {
        if self
            .readers
            .call(move |connection| outbox::is_idle(connection, now))
            .await?
        {
            return Ok(None);
        }
        let work = move |batch: &mut Batch<'_>| outbox::next(batch, now, lease_s);
        self.writer.call(work, |message, _| message).await
    }

    /// Notes that a message was sent. Saying it again is harmless.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn outbox_done(&self, id: &str, now: Timestamp) -> Result<(), StoreError> {
        let id = id.to_owned();
        let work = move |batch: &mut Batch<'_>| outbox::done(batch, &id, now);
        self.writer.call(work, |done, _| done).await
    }

    /// Gives a leased message back after sending it failed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn outbox_release(&self, id: &str) -> Result<(), StoreError> {
        let id = id.to_owned();
        let work = move |batch: &mut Batch<'_>| outbox::release(batch, &id);
        self.writer.call(work, |done, _| done).await
    }

    /// Keeps the receipt of a state; the first one stays.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Corrupt`] when the order never came into that state.
    pub async fn save_receipt(
        &self,
        order: OrderId,
        state: OrderState,
        receipt: Receipt,
    ) -> Result<ReceiptSaved, StoreError> {
        let work = move |batch: &mut Batch<'_>| receipt::save(batch, order, state, &receipt);
        self.writer.call(work, |saved, _| saved).await
    }

    /// The receipt of a state, when it was built already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn receipt(
        &self,
        order: OrderId,
        state: OrderState,
    ) -> Result<Option<Receipt>, StoreError> {
        self.readers
            .call(move |connection| orders::receipt(connection, order, state))
            .await
    }

    /// Adds a step to the binding log. The caller has checked all of it but its number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn append_binding_step(
        &self,
        step: BindingStep,
    ) -> Result<AppendOutcome, StoreError> {
        let work = move |batch: &mut Batch<'_>| binding::append(batch, &step);
        self.writer.call(work, |outcome, _| outcome).await
    }

    /// The last step of the binding log.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn binding_head(&self) -> Result<BindingHead, StoreError> {
        self.readers.call(bindings::head).await
    }

    /// Steps after a number, in order, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn binding_steps_after(
        &self,
        sequence: u64,
        limit: u32,
    ) -> Result<Vec<BindingStep>, StoreError> {
        self.readers
            .call(move |connection| bindings::after(connection, sequence, limit))
            .await
    }

    /// Proves that the books are whole: chains, sums, claims, each order posted once, each
    /// document as it was received. Reads everything, on one snapshot.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read; what it finds is in the report.
    pub async fn verify(&self) -> Result<VerifyReport, StoreError> {
        self.readers.call(verify::verify).await
    }
}
