//! Disputes, arrears, notices and planned cut-offs.

use jiff::Timestamp;
use jiff::civil::Date;
use wattkey_domain::{AccountId, CustomerId, DisputeId, NoticeId, UserId};

use crate::engine::notice::{NewNotice, PlanCutOff, PlanTaken};
use crate::outcome::{
    AcknowledgeNotice, AcknowledgementTaken, DisputeTaken, OpenDispute, WithdrawDispute,
};
use crate::read::disputes::{self, ArrearsRow, DisputeDocument, DisputeQuery, DisputeRecord};
use crate::read::notices::{
    self, AcknowledgementDocument, CutOffCase, NoticeBytes, NoticeQuery, NoticeRecord, OverdueBill,
};
use crate::{Page, Store, StoreError};

impl Store {
    /// Opens a dispute: what is disputed owes no penalty from today on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open_dispute(&self, dispute: OpenDispute) -> Result<DisputeTaken, StoreError> {
        self.engine.call(dispute).await
    }

    /// Withdraws a dispute: today is its last day.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn withdraw_dispute(
        &self,
        withdrawn: WithdrawDispute,
    ) -> Result<DisputeTaken, StoreError> {
        self.engine.call(withdrawn).await
    }

    /// Disputes, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn disputes(&self, query: DisputeQuery) -> Result<Page<DisputeRecord>, StoreError> {
        self.readers
            .call(move |session| disputes::list(session, &query))
            .await
    }

    /// A dispute of a customer.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn dispute(
        &self,
        customer: CustomerId,
        id: DisputeId,
    ) -> Result<Option<DisputeRecord>, StoreError> {
        self.readers
            .call(move |session| disputes::one(session, customer, id))
            .await
    }

    /// Disputes of all customers after one of them, by id, as they were signed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn dispute_documents(
        &self,
        after: Option<DisputeId>,
        limit: u32,
    ) -> Result<Vec<DisputeDocument>, StoreError> {
        self.readers
            .call(move |session| disputes::documents(session, after, limit))
            .await
    }

    /// Bills of a customer with something open, the oldest due first: at most `limit`, of one
    /// contract account if one is named, none of those that are hidden.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn arrears(
        &self,
        customer: CustomerId,
        account: Option<AccountId>,
        hidden: Vec<AccountId>,
        limit: u32,
    ) -> Result<Vec<ArrearsRow>, StoreError> {
        self.readers
            .call(move |session| {
                disputes::open_bills(session, customer, account.as_ref(), &hidden, limit)
            })
            .await
    }

    /// Notices of a customer, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn notices(&self, query: NoticeQuery) -> Result<Page<NoticeRecord>, StoreError> {
        self.readers
            .call(move |session| notices::list(session, &query))
            .await
    }

    /// A notice of a customer.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn notice(
        &self,
        customer: CustomerId,
        id: NoticeId,
    ) -> Result<Option<NoticeRecord>, StoreError> {
        self.readers
            .call(move |session| notices::one(session, customer, id))
            .await
    }

    /// The bytes of a notice of a customer.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn notice_document(
        &self,
        customer: CustomerId,
        id: NoticeId,
    ) -> Result<Option<NoticeBytes>, StoreError> {
        self.readers
            .call(move |session| notices::document(session, customer, id))
            .await
    }

    /// Keeps who has read a notice.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn acknowledge_notice(
        &self,
        read: AcknowledgeNotice,
    ) -> Result<AcknowledgementTaken, StoreError> {
        self.engine.call(read).await
    }

    /// Acknowledgements of all customers after one of them, by notice and user, as they were signed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn acknowledgement_documents(
        &self,
        after: Option<(NoticeId, UserId)>,
        limit: u32,
    ) -> Result<Vec<AcknowledgementDocument>, StoreError> {
        self.readers
            .call(move |session| notices::acknowledgements(session, after, limit))
            .await
    }

    /// Bills of all customers that are overdue on a day and of which more is open than was demanded, by contract account,
    /// of accounts after one: at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn to_demand(
        &self,
        today: Date,
        after: String,
        limit: u32,
    ) -> Result<Vec<OverdueBill>, StoreError> {
        self.readers
            .call(move |session| notices::to_demand(session, today, &after, limit))
            .await
    }

    /// What there is of a contract account for which supply may be cut; none when there is no such
    /// account.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn cut_off(&self, account: AccountId) -> Result<Option<CutOffCase>, StoreError> {
        self.readers
            .call(move |session| notices::case(session, &account))
            .await
    }

    /// Planned cut-offs of accounts after one, by account.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn cut_offs(&self, after: String, limit: u32) -> Result<Vec<CutOffCase>, StoreError> {
        self.readers
            .call(move |session| notices::cases(session, &after, limit))
            .await
    }

    /// Keeps a notice: it is served from now on. Whether it is kept: otherwise something of it is no
    /// longer so, or another platform served it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_notice(&self, notice: NewNotice) -> Result<bool, StoreError> {
        self.engine.keep_notice(notice).await
    }

    /// Plans to cut the supply of a contract account.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn plan_cut_off(&self, plan: PlanCutOff) -> Result<PlanTaken, StoreError> {
        self.engine.plan_cut_off(plan).await
    }

    /// Drops a plan. Whether there was one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn drop_cut_off(
        &self,
        account: AccountId,
        manager: UserId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.engine.drop_cut_off(account, manager, now).await
    }
}
