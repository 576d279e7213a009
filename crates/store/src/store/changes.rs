use jiff::Timestamp;
use wattkey_domain::{Access, AccountId, BillId, ChangeId, CustomerId, OrderId, OwnData, UserId};

use super::Store;
use crate::StoreError;
use crate::engine::change::{self, LapseChanges};
use crate::outcome::{ChangeOutcome, DecideChange, ProposeChange};
use crate::read::Page;
use crate::read::bills::{self, BillQuery, BillRow};
use crate::read::changes::{self, ChangeCursor, ChangeDocument, ChangeRecord, OwnDataRow};
use crate::read::orders::{self, OrderCursor, OrderRecord};
use crate::read::people;
use crate::read::viewer::{self, Viewer};
use crate::record::User;

/// Own data of customers, and what their users may do on contract accounts.
impl Store {
    /// Takes in a change of own data: it holds from now on, or waits for another person.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn propose_change(&self, change: ProposeChange) -> Result<ChangeOutcome, StoreError> {
        self.engine.call(change).await
    }

    /// Takes in what another person decided on a change.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn decide_change(&self, decided: DecideChange) -> Result<ChangeOutcome, StoreError> {
        self.engine.call(decided).await
    }

    /// Ends changes that nobody decided on in time: which ones. At most a hundred at a time.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn lapse_changes(&self, now: Timestamp) -> Result<Vec<ChangeId>, StoreError> {
        let due = move |session: &mut dyn crate::database::Session| change::due(session, now);
        let changes = self.readers.call(due).await?;
        if changes.is_empty() {
            return Ok(changes);
        }
        self.engine.call(LapseChanges { changes, now }).await
    }

    /// What a user may do, and whose user it is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn access(&self, user: UserId) -> Result<Option<(CustomerId, Access)>, StoreError> {
        self.readers
            .call(move |session| changes::access(session, user))
            .await
    }

    /// The users of a customer, by name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn users_of(&self, customer: CustomerId) -> Result<Vec<User>, StoreError> {
        self.readers
            .call(move |session| people::users_of(session, customer))
            .await
    }

    /// The contract account of a customer's bill.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn account_of_bill(
        &self,
        customer: CustomerId,
        bill: BillId,
    ) -> Result<Option<AccountId>, StoreError> {
        self.readers
            .call(move |session| people::account_of_bill(session, customer, &bill))
            .await
    }

    /// What holds of a customer's own data, by what it is; the cursor is what the last one is of.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn own_data(
        &self,
        customer: CustomerId,
        after: Option<OwnData>,
        limit: u32,
    ) -> Result<Page<OwnDataRow>, StoreError> {
        self.readers
            .call(move |session| changes::own_data(session, customer, after.as_ref(), limit))
            .await
    }

    /// Changes that a person may see, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn changes(
        &self,
        viewer: Viewer,
        after: Option<ChangeCursor>,
        limit: u32,
    ) -> Result<Page<ChangeRecord>, StoreError> {
        self.readers
            .call(move |session| changes::list(session, &viewer, after.as_ref(), limit))
            .await
    }

    /// A change that a person may see.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn change(
        &self,
        viewer: Viewer,
        id: ChangeId,
    ) -> Result<Option<ChangeRecord>, StoreError> {
        self.readers
            .call(move |session| changes::one(session, &viewer, id))
            .await
    }

    /// The compact JWS of a change, exactly as it came, and whose it is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn change_jws(
        &self,
        id: ChangeId,
    ) -> Result<Option<(CustomerId, String)>, StoreError> {
        self.readers
            .call(move |session| changes::jws(session, id))
            .await
    }

    /// Changes of all customers after one of them, by id, as they were signed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn change_documents(
        &self,
        after: Option<ChangeId>,
        limit: u32,
    ) -> Result<Vec<ChangeDocument>, StoreError> {
        self.readers
            .call(move |session| changes::documents(session, after, limit))
            .await
    }

    /// Whether a user may look at an order of its customer: none of its contract accounts is hidden
    /// from the user, or the user signed it or decided on it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn sees_order(&self, viewer: Viewer, order: OrderId) -> Result<bool, StoreError> {
        self.readers
            .call(move |session| viewer::sees_order(session, &viewer, order))
            .await
    }

    /// Orders that a user may look at, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn orders_seen(
        &self,
        viewer: Viewer,
        after: Option<OrderCursor>,
        limit: u32,
    ) -> Result<Page<OrderRecord>, StoreError> {
        self.readers
            .call(move |session| orders::list_seen(session, &viewer, after.as_ref(), limit))
            .await
    }

    /// Bills that a user may look at, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn bills_seen(
        &self,
        viewer: Viewer,
        query: BillQuery,
    ) -> Result<Page<BillRow>, StoreError> {
        self.readers
            .call(move |session| bills::list_seen(session, &query, &viewer))
            .await
    }
}
