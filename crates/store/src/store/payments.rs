use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use wattkey_domain::{CustomerId, InstructionId, OrderId, Quoting, UserId};

use super::Store;
use crate::StoreError;
use crate::engine::lapse::{self, Lapse};
use crate::engine::mandate::{self, RefuseEnded};
use crate::engine::standing::ApplyDeposits;
use crate::outcome::{
    AcceptOrder, AcceptOutcome, Applied, DecideOrder, DecideOutcome, EndInstruction,
    InstructionOutcome, StandingInstruction,
};
use crate::read::deposits::{self, Deposit, InstructionDocument, InstructionRecord, Limits, Place};

/// Bills that are looked at for deposits in one transaction.
const CANDIDATES: u32 = 200;

/// Orders as their customers make them, and what follows from the clock.
impl Store {
    /// Takes an order in: checks and claims its bills, posts it, and puts its message to the bank
    /// into the outbox, or has it await approval, or pays it from a deposit; or says exactly why
    /// not.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn accept_order(&self, order: AcceptOrder) -> Result<AcceptOutcome, StoreError> {
        self.engine.call(order).await
    }

    /// Takes in what a person decided on an order: approved it goes, refused or cancelled it gives
    /// its bills back.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn decide_order(&self, decided: DecideOrder) -> Result<DecideOutcome, StoreError> {
        self.engine.call(decided).await
    }

    /// Ends orders that nobody approved or paid in time: which ones. At most a hundred at a time.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn lapse_orders(&self, now: Timestamp) -> Result<Vec<OrderId>, StoreError> {
        let due = move |session: &mut dyn crate::database::Session| lapse::due(session, now);
        let orders = self.readers.call(due).await?;
        if orders.is_empty() {
            return Ok(orders);
        }
        self.engine.call(Lapse { orders, now }).await
    }

    /// Rejects collections whose day has come and that nobody has sent, when the mandate has ended by
    /// `today`: which ones. At most a hundred at a time.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn refuse_under_ended_mandates(
        &self,
        today: Date,
        now: Timestamp,
    ) -> Result<Vec<OrderId>, StoreError> {
        let due =
            move |session: &mut dyn crate::database::Session| mandate::due(session, today, now);
        let orders = self.readers.call(due).await?;
        if orders.is_empty() {
            return Ok(Vec::new());
        }
        self.engine.call(RefuseEnded { orders, today, now }).await
    }

    /// Keeps a standing instruction: it is in force from its first day on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_instruction(
        &self,
        instruction: StandingInstruction,
    ) -> Result<InstructionOutcome, StoreError> {
        self.engine.call(instruction).await
    }

    /// Ends a standing instruction.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn end_instruction(
        &self,
        end: EndInstruction,
    ) -> Result<InstructionOutcome, StoreError> {
        self.engine.call(end).await
    }

    /// The standing instructions of a customer, oldest first, those that have ended as well.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn instructions(
        &self,
        customer: CustomerId,
    ) -> Result<Vec<InstructionRecord>, StoreError> {
        self.readers
            .call(move |session| deposits::instructions(session, customer))
            .await
    }

    /// Standing instructions of all customers after one of them, by id, as they were signed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn instruction_documents(
        &self,
        after: Option<InstructionId>,
        limit: u32,
    ) -> Result<Vec<InstructionDocument>, StoreError> {
        self.readers
            .call(move |session| deposits::documents(session, after, limit))
            .await
    }

    /// Pays bills that are due from deposits, as standing instructions say, the oldest due first:
    /// `limit` bills at most.
    ///
    /// # Errors
    /// [`StoreError`]; what was paid before it stays paid.
    pub async fn apply_deposits(
        &self,
        now: Timestamp,
        quoting: Arc<Quoting>,
        limit: u32,
    ) -> Result<Vec<Applied>, StoreError> {
        let today = quoting.today(now);
        let mut applied = Vec::new();
        let mut after = Some(Place::default());
        while let Some(place) = after {
            let left = limit.saturating_sub(u32::try_from(applied.len()).unwrap_or(u32::MAX));
            if left == 0 {
                break;
            }
            let most = left.min(CANDIDATES);
            let (candidates, next) = self
                .readers
                .call(move |session| deposits::candidates(session, today, &place, most))
                .await?;
            after = next;
            if candidates.is_empty() {
                break;
            }
            let quoting = Arc::clone(&quoting);
            let call = ApplyDeposits {
                candidates,
                quoting,
                now,
            };
            applied.extend(self.engine.call(call).await?);
        }
        Ok(applied)
    }

    /// The deposits of a customer's contract accounts that ever held anything, by account.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn deposits(&self, customer: CustomerId) -> Result<Vec<Deposit>, StoreError> {
        self.readers
            .call(move |session| deposits::of_customer(session, customer))
            .await
    }

    /// What a user may spend, and what of it is used on the service's day of `now`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn user_limits(
        &self,
        user: UserId,
        now: Timestamp,
        quoting: Arc<Quoting>,
    ) -> Result<Limits, StoreError> {
        self.readers
            .call(move |session| deposits::limits(session, user, now, &quoting))
            .await
    }
}
