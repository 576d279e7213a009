//! Own data and its changes, disputes, notices.

use wattkey_domain::{BillId, ChangeId, DisputeId, NoticeId};
use wattkey_pki::Certificate;
use wattkey_protocol::api::MAX_PAGE;
use wattkey_protocol::change::{ChangeView, Profile};
use wattkey_protocol::dispute::DisputeView;
use wattkey_protocol::notice::NoticeView;

use super::{MAX_PAGES, with_query};
use crate::client::Client;
use crate::connection::ServiceError;

impl Client {
    /// Contacts, addresses, tax-invoice data, rights, each with its version.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn profile(&mut self) -> Result<Profile, ServiceError> {
        let mut profile: Profile = self.get(&with_query("/v1/profile", &limit(), None)).await?;
        for _ in 1..MAX_PAGES {
            let Some(cursor) = profile.next.take() else {
                return Ok(profile);
            };
            let target = with_query("/v1/profile", &limit(), Some(&cursor));
            profile.extend(self.get(&target).await?);
        }
        match profile.next {
            None => Ok(profile),
            Some(_) => {
                let reason = format!("/v1/profile has more than {MAX_PAGES} pages");
                Err(ServiceError::Answer(reason))
            }
        }
    }

    /// Changes of own data, newest first.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn changes(&mut self) -> Result<Vec<ChangeView>, ServiceError> {
        self.list("/v1/changes", &limit()).await
    }

    /// One change; `None` when the customer has no such change.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn change(&mut self, change: ChangeId) -> Result<Option<ChangeView>, ServiceError> {
        self.one_of("/v1/changes", "", |view: &ChangeView| view.change == change)
            .await
    }

    /// The signed change as it came, and the certificate that the service names for its signature.
    /// Nothing is verified here.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn change_document(
        &mut self,
        change: ChangeId,
    ) -> Result<Option<(String, Certificate)>, ServiceError> {
        self.signed_document(&format!("/v1/changes/{change}/document"))
            .await
    }

    /// Disputes, newest first; of one bill, or all.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn disputes(
        &mut self,
        bill: Option<&BillId>,
    ) -> Result<Vec<DisputeView>, ServiceError> {
        let bill = bill.map_or_else(String::new, |bill| format!("bill={bill}&"));
        self.list("/v1/disputes", &(bill + &limit())).await
    }

    /// One dispute; `None` when the customer has no such dispute.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn dispute(
        &mut self,
        dispute: DisputeId,
    ) -> Result<Option<DisputeView>, ServiceError> {
        self.one_of("/v1/disputes", "", |view: &DisputeView| {
            view.dispute == dispute
        })
        .await
    }

    /// Notices, newest first.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn notices(&mut self) -> Result<Vec<NoticeView>, ServiceError> {
        self.list("/v1/notices", &limit()).await
    }

    /// One notice; `None` when the customer was served no such notice.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn notice(&mut self, notice: NoticeId) -> Result<Option<NoticeView>, ServiceError> {
        self.one_of("/v1/notices", "", |view: &NoticeView| view.notice == notice)
            .await
    }

    /// The exact bytes of a notice; the caller checks their digest.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn notice_document(
        &mut self,
        notice: NoticeId,
    ) -> Result<Option<Vec<u8>>, ServiceError> {
        self.bytes(&format!("/v1/notices/{notice}/document")).await
    }
}

fn limit() -> String {
    format!("limit={MAX_PAGE}")
}
