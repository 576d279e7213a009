mod accounts;
mod changes;
mod disputes;
mod files;
mod payments;
mod reads;
mod reconciliation;
mod usage;

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;
use wattkey_domain::{OrderId, OrderState, PenaltyHistory};

use crate::checkpoint::{self, Checkpoint, CheckpointSaved, KeptCheckpoint};
use crate::database::{Location, Session};
use crate::engine::Engine;
use crate::engine::outbox::{self, Lease, Release, Sent};
use crate::engine::receipt::SaveReceipt;
use crate::outcome::{
    AppendOutcome, BankEventOutcome, BankMessage, BankMessageOutcome, BankReport, BindingHead,
    BindingStep, Counters, OutboxMessage, ReceiptSaved,
};
use crate::read::orders::{self, Receipt};
use crate::read::{Readers, bank, bindings};
use crate::{Finding, StoreError, VerifyReport, verify};

/// The books. Cheap to clone; all clones share one engine and the readers.
///
/// Every method that writes is answered when its work is durable. A caller that stops waiting does
/// not undo its call. All methods fail with [`StoreError`]; after [`StoreError::Commit`] and
/// [`StoreError::Closed`] a writing call may or may not have happened.
#[derive(Debug, Clone)]
pub struct Store {
    engine: Arc<Engine>,
    /// Takes files in. A server has it beside the engine, with a chain of its own, so that orders do
    /// not wait for a large file; a file has one writer.
    importer: Arc<Engine>,
    readers: Arc<Readers>,
    location: Location,
}

impl Store {
    /// Opens a database in a file, as [`open_at`](Self::open_at) does.
    ///
    /// # Errors
    /// [`StoreError::Open`], [`StoreError::TooNew`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_at(&path.into())
    }

    /// Opens the database, makes it when there is none, and brings it to this software's version.
    /// Blocks while it does.
    ///
    /// # Errors
    /// [`StoreError::Open`], [`StoreError::TooNew`].
    pub fn open_at(location: &Location) -> Result<Self, StoreError> {
        let engine = Arc::new(Engine::open(location, Uuid::new_v4())?);
        let importer = match location {
            Location::Sqlite(_) => Arc::clone(&engine),
            Location::Postgres(_) => Arc::new(Engine::open(location, Uuid::new_v4())?),
        };
        let readers = Readers::open(location)?;
        Ok(Self {
            engine,
            importer,
            readers: Arc::new(readers),
            location: location.clone(),
        })
    }

    /// The name of this process' chain in the journal.
    #[must_use]
    pub fn process(&self) -> Uuid {
        self.engine.process()
    }

    /// Waits until the thread that writes has ended, which it does by itself only when it panics:
    /// every call that writes fails from then on, and the process must start again.
    pub async fn closed(&self) {
        self.engine.closed().await;
    }

    /// How much was written since the store was opened.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.engine.counters()
    }

    /// Takes in one thing that the bank says, once: moves its order, places a credit, posts a fee.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn apply_bank_event(
        &self,
        report: BankReport,
    ) -> Result<BankEventOutcome, StoreError> {
        self.engine.call(report).await
    }

    /// How far the bank's messages are read: the number of the last one, 0 before the first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn bank_cursor(&self) -> Result<u64, StoreError> {
        self.readers
            .call(|session| Ok(bank::cursor(session)?))
            .await
    }

    /// Takes in a message of the bank: keeps its bytes, posts what it speaks of, keeps the rest, and notes it as read. All of it or nothing.
    ///
    /// # Errors
    /// [`StoreError`]; the message is then to be taken in again.
    pub async fn take_bank_message(
        &self,
        message: BankMessage,
    ) -> Result<BankMessageOutcome, StoreError> {
        self.engine.call(message).await
    }

    /// Of the messages that are not sent, whose day has come, that nobody has leased and whose orders still hold their
    /// bills, the oldest of those that were tried least often; it is leased to the caller for
    /// `lease_s` seconds, ten minutes at most.
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
            .call(move |session| outbox::is_idle(session, now))
            .await?
        {
            return Ok(None);
        }
        self.engine.call(Lease { now, lease_s }).await
    }

    /// Notes that a message was sent. Saying it again is harmless.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn outbox_done(&self, id: &str, now: Timestamp) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.engine.call(Sent { id, now }).await
    }

    /// Gives a leased message back after sending it failed. Nobody has it for `pause_s` seconds, ten
    /// minutes at most.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn outbox_release(
        &self,
        id: &str,
        now: Timestamp,
        pause_s: u32,
    ) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.engine.call(Release { id, now, pause_s }).await
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
        let saved = SaveReceipt {
            order,
            state,
            receipt,
        };
        self.engine.call(saved).await
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
            .call(move |session| orders::receipt(session, order, state))
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
        self.engine.call(step).await
    }

    /// The last step of the binding log.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn binding_head(&self) -> Result<BindingHead, StoreError> {
        self.readers
            .call(|session| Ok(bindings::head(session)?))
            .await
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
            .call(move |session| bindings::after(session, sequence, limit))
            .await
    }

    /// The checkpoint of the journal that could be made now; `None` when nothing was posted since
    /// the last one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn draft_checkpoint(&self, now: Timestamp) -> Result<Option<Checkpoint>, StoreError> {
        let draft = move |session: &mut dyn Session| checkpoint::draft(session, now);
        self.readers.call(draft).await
    }

    /// Keeps a checkpoint, perhaps signed by now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn save_checkpoint(
        &self,
        checkpoint: Checkpoint,
    ) -> Result<CheckpointSaved, StoreError> {
        self.engine.call(checkpoint).await
    }

    /// Checkpoints after a number, in order, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn checkpoints_after(
        &self,
        sequence: u64,
        limit: u32,
    ) -> Result<Vec<KeptCheckpoint>, StoreError> {
        let after = move |session: &mut dyn Session| checkpoint::after(session, sequence, limit);
        self.readers.call(after).await
    }

    /// Proves that the books are whole: chains, sums, claims, each order posted once, each
    /// document as it was received. Reads everything, on one snapshot.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read; what it finds is in the report.
    pub async fn verify(&self) -> Result<VerifyReport, StoreError> {
        self.readers.run(verify::verify).await
    }

    /// Reckons the penalty of each bill again that an order, a credit, a receipt or a deposit paid,
    /// by the rates of its day and the disputes of its time: what is not as the rules give it, the
    /// first 1,000. The rates are not in the books, and days are those of the time zone.
    ///
    /// # Errors
    /// [`StoreError`] when the database or something of it cannot be read: this is for books that
    /// [`verify`](Self::verify) found sound.
    pub async fn verify_penalties(
        &self,
        rates: PenaltyHistory,
        time_zone: TimeZone,
    ) -> Result<Vec<Finding>, StoreError> {
        let verify =
            move |session: &mut dyn Session| verify::penalties::verify(session, &rates, &time_zone);
        self.readers.run(verify).await
    }
}
