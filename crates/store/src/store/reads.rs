use jiff::civil::Date;
use wattkey_domain::{AccountId, BillId, CustomerId, MandateId, OrderId, UserId};

use super::Store;
use crate::StoreError;
use crate::database::{Location, Session};
use crate::engine::confirm::Confirm;
use crate::read::Page;
use crate::read::bills::{self, BillDocumentBytes, BillQuery, BillRow};
use crate::read::orders::{self, OrderCursor, OrderEvent, OrderRecord};
use crate::read::people::{self, AccountRow};
use crate::record::{Customer, Mandate, Payee, User};

/// What customers and managers look at. Each call sees one state of the books.
impl Store {
    /// Who is paid; `None` before the first import.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn payee(&self) -> Result<Option<Payee>, StoreError> {
        self.readers.call(people::payee).await
    }

    /// A customer.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn customer(&self, id: CustomerId) -> Result<Option<Customer>, StoreError> {
        self.readers
            .call(move |session| people::customer(session, id))
            .await
    }

    /// All customers, by name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn customers(&self) -> Result<Vec<Customer>, StoreError> {
        self.readers.call(people::customers).await
    }

    /// A user.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.readers
            .call(move |session| people::user(session, id))
            .await
    }

    /// All users, by name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn users(&self) -> Result<Vec<User>, StoreError> {
        self.readers.call(people::users).await
    }

    /// The mandates of a customer, by id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn mandates(&self, customer: CustomerId) -> Result<Vec<Mandate>, StoreError> {
        self.readers
            .call(move |session| people::mandates(session, customer))
            .await
    }

    /// A mandate of a customer.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn mandate(
        &self,
        customer: CustomerId,
        id: MandateId,
    ) -> Result<Option<Mandate>, StoreError> {
        self.readers
            .call(move |session| people::mandate(session, customer, &id))
            .await
    }

    /// The contract accounts of a customer, by id, with what is open as of `today`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn accounts(
        &self,
        customer: CustomerId,
        today: Date,
    ) -> Result<Vec<AccountRow>, StoreError> {
        self.readers
            .call(move |session| people::accounts(session, customer, today))
            .await
    }

    /// Whether a contract account is the customer's.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn has_account(
        &self,
        customer: CustomerId,
        account: AccountId,
    ) -> Result<bool, StoreError> {
        self.readers
            .call(move |session| people::has_account(session, customer, &account))
            .await
    }

    /// Bills of a customer, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn bills(&self, query: BillQuery) -> Result<Page<BillRow>, StoreError> {
        self.readers
            .call(move |session| bills::list(session, &query))
            .await
    }

    /// A bill of a customer, as of `today`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn bill(
        &self,
        customer: CustomerId,
        id: BillId,
        today: Date,
    ) -> Result<Option<BillRow>, StoreError> {
        self.readers
            .call(move |session| bills::one(session, customer, &id, today))
            .await
    }

    /// The document of a customer's bill.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn bill_document(
        &self,
        customer: CustomerId,
        id: BillId,
    ) -> Result<Option<BillDocumentBytes>, StoreError> {
        self.readers
            .call(move |session| bills::document(session, customer, &id))
            .await
    }

    /// Orders of a customer, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn orders(
        &self,
        customer: CustomerId,
        after: Option<OrderCursor>,
        limit: u32,
    ) -> Result<Page<OrderRecord>, StoreError> {
        self.readers
            .call(move |session| orders::list(session, customer, after.as_ref(), limit))
            .await
    }

    /// An order of a customer, with its bills and history, where it stands to stay: on a server
    /// that may yet lose what was not answered, it is told only after a commit of our own.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn order(
        &self,
        customer: CustomerId,
        id: OrderId,
    ) -> Result<Option<OrderRecord>, StoreError> {
        let read = move |session: &mut dyn Session| orders::one(session, customer, id);
        let Some(record) = self.readers.call(read).await? else {
            return Ok(None);
        };
        let is_durable = |event: &OrderEvent| self.engine.is_durable(&event.journal);
        let stays = matches!(self.location, Location::Sqlite(_))
            || record.history.iter().all(is_durable)
            || self.engine.call(Confirm { order: id }).await?;
        Ok(stays.then_some(record))
    }

    /// The message of an order to the bank, its exact bytes.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn order_message(&self, id: OrderId) -> Result<Option<Vec<u8>>, StoreError> {
        self.readers
            .call(move |session| orders::message(session, id))
            .await
    }

    /// The decisions on an order, exactly as they came, each with who signed it, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn decision_documents(
        &self,
        id: OrderId,
    ) -> Result<Vec<(UserId, String)>, StoreError> {
        self.readers
            .call(move |session| orders::decision_documents(session, id))
            .await
    }

    /// The compact JWS of an order, exactly as it came.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn order_jws(&self, id: OrderId) -> Result<Option<String>, StoreError> {
        self.readers
            .call(move |session| orders::jws(session, id))
            .await
    }
}
