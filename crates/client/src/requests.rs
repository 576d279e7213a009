//! The requests of `PROTOCOL.md` section 8, typed.

mod consumption;
mod own;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use wattkey_domain::{AccountId, BillId, OrderId, OrderState};
use wattkey_pki::Certificate;
use wattkey_protocol::api::{
    Account, BillDetail, BillState, BillSummary, Deposit, MAX_PAGE, Mandate, Me, OrderView, Page,
    Quote, StandingInstructionView,
};
use wattkey_protocol::fields::{self, parse_byte_sequence};
use wattkey_protocol::names::FIELD_SIGNATURE_CERTIFICATE;
use wattkey_protocol::problem::ProblemType;

use crate::client::{Client, Inner};
use crate::connection::ServiceError;

/// Most pages of one list that are fetched.
const MAX_PAGES: usize = 500;

/// An order that awaits a decision lapses after three days at most (`PROTOCOL.md` section 9): what
/// is this old awaits none.
const UNDECIDED_FOR: SignedDuration = SignedDuration::from_hours(4 * 24);

/// Which bills are wanted; all when empty.
#[derive(Debug, Clone, Default)]
pub struct BillFilter {
    /// Of this contract account.
    pub account: Option<AccountId>,
    /// In this state.
    pub state: Option<BillState>,
}

impl BillFilter {
    fn query(&self) -> String {
        let mut query = format!("limit={MAX_PAGE}");
        if let Some(account) = &self.account {
            query.push_str(&format!("&account={account}"));
        }
        if let Some(state) = self.state {
            query.push_str(&format!("&state={}", state_name(state)));
        }
        query
    }
}

/// Name of a state in queries and in JSON.
#[must_use]
pub fn state_name(state: BillState) -> &'static str {
    match state {
        BillState::Open => "open",
        BillState::Overdue => "overdue",
        BillState::InCollection => "in-collection",
        BillState::Paid => "paid",
        BillState::Cancelled => "cancelled",
    }
}

impl Client {
    /// The user, its customer, its binding.
    ///
    /// # Errors
    /// [`ServiceError`], as for all requests.
    pub async fn me(&mut self) -> Result<Me, ServiceError> {
        self.get("/v1/me").await
    }

    /// The customer's contract accounts.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn accounts(&mut self) -> Result<Vec<Account>, ServiceError> {
        self.list("/v1/accounts", "").await
    }

    /// The customer's bills, newest first.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn bills(&mut self, filter: &BillFilter) -> Result<Vec<BillSummary>, ServiceError> {
        self.list("/v1/bills", &filter.query()).await
    }

    /// One bill with its quote; `None` when the customer has no such bill.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn bill(&mut self, bill: &BillId) -> Result<Option<BillDetail>, ServiceError> {
        found(self.get(&format!("/v1/bills/{bill}")).await)
    }

    /// The exact bytes of a bill document; the caller checks their digest.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn document(&mut self, bill: &BillId) -> Result<Vec<u8>, ServiceError> {
        let path = format!("/v1/bills/{bill}/document");
        Ok(self.exchange(Inner::Get { path: &path }).await?.body)
    }

    /// What paying `principal` of a bill (all that is open) takes on the day `on` (today); `None`
    /// when the customer has no such bill.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn quote(
        &mut self,
        bill: &BillId,
        principal: Option<i64>,
        on: Option<Date>,
    ) -> Result<Option<Quote>, ServiceError> {
        let mut query = Vec::new();
        query.extend(principal.map(|principal| format!("principal={principal}")));
        query.extend(on.map(|on| format!("on={on}")));
        let path = format!("/v1/bills/{bill}/quote");
        found(self.get(&with_query(&path, &query.join("&"), None)).await)
    }

    /// The deposits of the customer's contract accounts.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn deposits(&mut self) -> Result<Vec<Deposit>, ServiceError> {
        self.list("/v1/deposits", "").await
    }

    /// The customer's standing instructions, those that ended too.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn instructions(&mut self) -> Result<Vec<StandingInstructionView>, ServiceError> {
        self.list("/v1/standing-instructions", "").await
    }

    /// The customer's debit mandates.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn mandates(&mut self) -> Result<Vec<Mandate>, ServiceError> {
        self.list("/v1/mandates", "").await
    }

    /// The customer's orders, newest first.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn orders(&mut self) -> Result<Vec<OrderView>, ServiceError> {
        self.list("/v1/orders", &format!("limit={MAX_PAGE}")).await
    }

    /// The customer's orders that await a decision, newest first.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn orders_awaiting_approval(&mut self) -> Result<Vec<OrderView>, ServiceError> {
        let now = self.now();
        let old = |order: &OrderView| too_old(order, now);
        let limit = format!("limit={MAX_PAGE}");
        let mut orders = self.list_until("/v1/orders", &limit, old).await?;
        orders.retain(|order| order.state == OrderState::AwaitingApproval);
        Ok(orders)
    }

    /// The signed order as it came, and the certificate that the service names for its signature;
    /// `None` when the customer has no such order. Nothing is verified here.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn order_document(
        &mut self,
        order: OrderId,
    ) -> Result<Option<(String, Certificate)>, ServiceError> {
        self.signed_document(&format!("/v1/orders/{order}/document"))
            .await
    }

    async fn signed_document(
        &mut self,
        path: &str,
    ) -> Result<Option<(String, Certificate)>, ServiceError> {
        let Some(answer) = found(self.exchange(Inner::Get { path }).await)? else {
            return Ok(None);
        };
        let certificate = fields::only(&answer.fields, FIELD_SIGNATURE_CERTIFICATE)
            .map_err(|error| ServiceError::Answer(error.to_string()))?;
        let certificate = parse_byte_sequence(certificate)
            .and_then(|der| Certificate::from_der(&der).ok())
            .ok_or_else(|| {
                ServiceError::Answer(format!("{FIELD_SIGNATURE_CERTIFICATE} is no certificate"))
            })?;
        let text = String::from_utf8(answer.body)
            .map_err(|_| ServiceError::Answer("the signed document is not text".into()))?;
        Ok(Some((text, certificate)))
    }

    /// The transfer for the customer's own bank (pain.001); `None` when there is no such order.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn transfer(&mut self, order: OrderId) -> Result<Option<Vec<u8>>, ServiceError> {
        let path = format!("/v1/orders/{order}/transfer");
        found(
            self.exchange(Inner::Get { path: &path })
                .await
                .map(|answer| answer.body),
        )
    }

    /// One order; `None` when the customer has no such order.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn order(&mut self, order: OrderId) -> Result<Option<OrderView>, ServiceError> {
        found(self.get(&format!("/v1/orders/{order}")).await)
    }

    /// The receipt of an order's present state; `None` when there is no such order.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn receipt(&mut self, order: OrderId) -> Result<Option<Vec<u8>>, ServiceError> {
        let path = format!("/v1/orders/{order}/receipt");
        found(
            self.exchange(Inner::Get { path: &path })
                .await
                .map(|answer| answer.body),
        )
    }

    /// Sends what a user signed, once. Use [`crate::sending::Recorded::submit`], which has the
    /// journal.
    pub(crate) async fn post_signed<T: DeserializeOwned>(
        &mut self,
        path: &str,
        id: &str,
        jws: &str,
    ) -> Result<T, ServiceError> {
        let answer = self.exchange(Inner::Signed { path, id, jws }).await?;
        debug_assert!(matches!(answer.status, 200 | 201));
        read(&answer.body)
    }

    async fn get<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, ServiceError> {
        read(&self.exchange(Inner::Get { path }).await?.body)
    }

    /// What is not JSON; `None` when there is no such thing.
    async fn bytes(&mut self, path: &str) -> Result<Option<Vec<u8>>, ServiceError> {
        let answer = self.exchange(Inner::Get { path }).await;
        found(answer.map(|answer| answer.body))
    }

    /// The entry of a list that `is` the one.
    async fn one_of<T: DeserializeOwned>(
        &mut self,
        path: &str,
        query: &str,
        is: impl Fn(&T) -> bool,
    ) -> Result<Option<T>, ServiceError> {
        let limit = format!("limit={MAX_PAGE}");
        let query = [query, &limit].into_iter().filter(|part| !part.is_empty());
        let query = query.collect::<Vec<_>>().join("&");
        let items = self.list_until(path, &query, &is).await?;
        Ok(items.into_iter().find(is))
    }

    async fn list<T: DeserializeOwned>(
        &mut self,
        path: &str,
        query: &str,
    ) -> Result<Vec<T>, ServiceError> {
        self.list_until(path, query, |_| false).await
    }

    /// The entries up to the page that has the first one that is `enough`.
    async fn list_until<T: DeserializeOwned>(
        &mut self,
        path: &str,
        query: &str,
        enough: impl Fn(&T) -> bool,
    ) -> Result<Vec<T>, ServiceError> {
        let mut items = Vec::new();
        let mut target = with_query(path, query, None);
        for _ in 0..MAX_PAGES {
            let page: Page<T> = self.get(&target).await?;
            let last = page.items.iter().any(&enough);
            items.extend(page.items);
            if last {
                return Ok(items);
            }
            match page.next {
                Some(cursor) => target = with_query(path, query, Some(&cursor)),
                None => return Ok(items),
            }
        }
        Err(ServiceError::Answer(format!(
            "{path} has more than {MAX_PAGES} pages"
        )))
    }
}

/// Orders come newest first.
fn too_old(order: &OrderView, now: Timestamp) -> bool {
    let taken_in = order.history.first().map(|event| event.at);
    taken_in.is_some_and(|at| now.duration_since(at) > UNDECIDED_FOR)
}

fn of_account(account: Option<&AccountId>, limit: u32) -> String {
    let account = account.map_or_else(String::new, |account| format!("&account={account}"));
    format!("limit={limit}{account}")
}

fn with_query(path: &str, query: &str, cursor: Option<&str>) -> String {
    let cursor = cursor.map(|cursor| format!("cursor={}", percent_encoded(cursor)));
    let parts = [
        Some(query.to_owned()).filter(|query| !query.is_empty()),
        cursor,
    ];
    let query = parts.into_iter().flatten().collect::<Vec<_>>().join("&");
    if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    }
}

/// RFC 3986 §2.1: everything but unreserved characters.
fn percent_encoded(text: &str) -> String {
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes()
        .map(|b| {
            if unreserved(b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

fn found<T>(result: Result<T, ServiceError>) -> Result<Option<T>, ServiceError> {
    match result {
        Err(error) if error.problem() == Some(ProblemType::NotFound) => Ok(None),
        other => other.map(Some),
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ServiceError> {
    serde_json::from_slice(body).map_err(|error| ServiceError::Answer(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_put_together_and_cursors_escaped() {
        assert_eq!(with_query("/v1/me", "", None), "/v1/me");
        assert_eq!(
            with_query("/v1/bills", "limit=5", None),
            "/v1/bills?limit=5"
        );
        let all = with_query("/v1/bills", "limit=5", Some("a&b=/ü"));
        assert_eq!(all, "/v1/bills?limit=5&cursor=a%26b%3D%2F%C3%BC");
        let filter = BillFilter {
            account: Some("C-1".parse().unwrap()),
            state: Some(BillState::InCollection),
        };
        assert_eq!(filter.query(), "limit=200&account=C-1&state=in-collection");
    }
}
