use jiff::Timestamp;
use jiff::tz::TimeZone;
use wattkey_domain::usage::{Channel, LoadCurve};
use wattkey_domain::{AccountId, BillId, CustomerId, MeteringPointId, ScheduleId, TariffId};

use super::Store;
use crate::StoreError;
use crate::read::Page;
use crate::read::bills::BillDocumentBytes;
use crate::read::usage::{self, AccountUsage, MeteringPointRow};

/// Consumption.
impl Store {
    /// Metering points of a customer, by id, after one of them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn metering_points(
        &self,
        customer: CustomerId,
        account: Option<AccountId>,
        after: Option<MeteringPointId>,
        limit: u32,
    ) -> Result<Page<MeteringPointRow>, StoreError> {
        self.readers
            .call(move |session| {
                usage::points(session, customer, account.as_ref(), after.as_ref(), limit)
            })
            .await
    }

    /// A metering point of a customer with its readings between two times, whose days begin in
    /// `zone`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn readings(
        &self,
        customer: CustomerId,
        point: MeteringPointId,
        zone: TimeZone,
        span: (Timestamp, Timestamp),
    ) -> Result<Option<(MeteringPointRow, Option<LoadCurve>)>, StoreError> {
        self.readers
            .call(move |session| usage::readings(session, customer, &point, &zone, span))
            .await
    }

    /// The readings of metering points, each named once, between two times in some channels: in the
    /// points' order, none where there are none. Of many points the first are answered, as many as some 40 MB
    /// have room for and at least one: ask again for the rest.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn load_curves(
        &self,
        points: Vec<MeteringPointRow>,
        zone: TimeZone,
        span: (Timestamp, Timestamp),
        channels: Vec<Channel>,
    ) -> Result<Vec<Option<LoadCurve>>, StoreError> {
        self.readers
            .call(move |session| usage::load_curves(session, &points, &zone, span, &channels))
            .await
    }

    /// A tariff's document.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn tariff(&self, id: TariffId) -> Result<Option<BillDocumentBytes>, StoreError> {
        self.readers
            .call(move |session| usage::tariff(session, &id))
            .await
    }

    /// A schedule's document.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn schedule(&self, id: ScheduleId) -> Result<Option<BillDocumentBytes>, StoreError> {
        self.readers
            .call(move |session| usage::schedule(session, &id))
            .await
    }

    /// What a customer's bill was reckoned from.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn metered(
        &self,
        customer: CustomerId,
        bill: BillId,
    ) -> Result<Option<BillDocumentBytes>, StoreError> {
        self.readers
            .call(move |session| usage::metered(session, customer, &bill))
            .await
    }

    /// What the forewarnings of a contract account are reckoned from; none when it is not the
    /// customer's.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn account_usage(
        &self,
        customer: CustomerId,
        account: AccountId,
    ) -> Result<Option<AccountUsage>, StoreError> {
        self.readers
            .call(move |session| usage::account(session, customer, &account))
            .await
    }
}
