//! Consumption, warnings, arrears, statements, and the documents that bills are reckoned by.

use jiff::civil::Date;
use wattkey_domain::{AccountId, BillId, MeteringPointId, TariffId};
use wattkey_protocol::api::MAX_PAGE;
use wattkey_protocol::arrears::Arrears;
use wattkey_protocol::statement::Statement;
use wattkey_protocol::tax_invoice::TaxInvoice;
use wattkey_protocol::usage::{MeteringPoint, Readings, Step};
use wattkey_protocol::warnings::{MAX_ACCOUNTS, Warning};

use super::{MAX_PAGES, found, of_account, with_query};
use crate::client::Client;
use crate::connection::ServiceError;

impl Client {
    /// Metering points, of one contract account or of all.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn metering_points(
        &mut self,
        account: Option<&AccountId>,
    ) -> Result<Vec<MeteringPoint>, ServiceError> {
        self.list("/v1/metering-points", &of_account(account, MAX_PAGE))
            .await
    }

    /// Readings of the days from `from` until before `to`; `None` when there is no such point.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn readings(
        &mut self,
        point: &MeteringPointId,
        from: Date,
        to: Date,
        step: Step,
    ) -> Result<Option<Readings>, ServiceError> {
        let path = format!("/v1/metering-points/{point}/readings");
        let query = format!("from={from}&to={to}&step={}", step.as_str());
        found(self.get(&with_query(&path, &query, None)).await)
    }

    /// A tariff document.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn tariff(&mut self, tariff: &TariffId) -> Result<Option<Vec<u8>>, ServiceError> {
        self.bytes(&format!("/v1/tariffs/{tariff}")).await
    }

    /// What a bill was reckoned from; `None` when the service has nothing of the kind.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn metered(&mut self, bill: &BillId) -> Result<Option<Vec<u8>>, ServiceError> {
        self.bytes(&format!("/v1/bills/{bill}/metered")).await
    }

    /// The tax invoices of a bill.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn tax_invoices(&mut self, bill: &BillId) -> Result<Vec<TaxInvoice>, ServiceError> {
        self.list(&format!("/v1/bills/{bill}/tax-invoices"), "")
            .await
    }

    /// A tax invoice's file; the caller checks its digest.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn tax_invoice(&mut self, number: &str) -> Result<Option<Vec<u8>>, ServiceError> {
        let number = super::percent_encoded(number);
        self.bytes(&format!("/v1/tax-invoices/{number}")).await
    }

    /// What is coming, for one contract account or for all.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn warnings(
        &mut self,
        account: Option<&AccountId>,
    ) -> Result<Vec<Warning>, ServiceError> {
        self.list("/v1/warnings", &of_account(account, MAX_ACCOUNTS))
            .await
    }

    /// Open bills by age.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn arrears(&mut self, account: Option<&AccountId>) -> Result<Arrears, ServiceError> {
        let query = account.map_or_else(String::new, |account| format!("account={account}"));
        self.get(&with_query("/v1/arrears", &query, None)).await
    }

    /// The statement of a contract account, from one day to another, both included; all its
    /// entries. `None` when there is no such account.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn statement(
        &mut self,
        account: &AccountId,
        from: Date,
        to: Date,
    ) -> Result<Option<Statement>, ServiceError> {
        let path = format!("/v1/accounts/{account}/statement");
        let query = format!("from={from}&to={to}&limit={MAX_PAGE}");
        let first = self.get(&with_query(&path, &query, None)).await;
        let Some(mut statement) = found::<Statement>(first)? else {
            return Ok(None);
        };
        for _ in 1..MAX_PAGES {
            let Some(cursor) = statement.next.take() else {
                return Ok(Some(statement));
            };
            let target = with_query(&path, &query, Some(&cursor));
            let page: Statement = self.get(&target).await?;
            statement.items.extend(page.items);
            statement.next = page.next;
        }
        match statement.next {
            None => Ok(Some(statement)),
            Some(_) => {
                let reason = format!("{path} has more than {MAX_PAGES} pages");
                Err(ServiceError::Answer(reason))
            }
        }
    }
}
