//! The requests of `PROTOCOL.md` section 8, typed.

use serde::de::DeserializeOwned;
use wattkey_domain::{AccountId, BillId, OrderId};
use wattkey_protocol::api::{
    Account, BillDetail, BillState, BillSummary, MAX_PAGE, Mandate, Me, OrderView, Page,
};
use wattkey_protocol::order::SignedOrder;
use wattkey_protocol::problem::ProblemType;

use crate::client::{Client, Inner};
use crate::connection::ServiceError;

/// Most pages of one list that are fetched.
const MAX_PAGES: usize = 500;

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

    /// Sends a signed order once. Use [`crate::payment::Recorded::submit`], which has the journal.
    pub(crate) async fn post_order(
        &mut self,
        order: &SignedOrder,
    ) -> Result<OrderView, ServiceError> {
        let answer = self.exchange(Inner::Order(order)).await?;
        debug_assert!(matches!(answer.status, 200 | 201));
        read(&answer.body)
    }

    async fn get<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, ServiceError> {
        read(&self.exchange(Inner::Get { path }).await?.body)
    }

    async fn list<T: DeserializeOwned>(
        &mut self,
        path: &str,
        query: &str,
    ) -> Result<Vec<T>, ServiceError> {
        let mut items = Vec::new();
        let mut target = with_query(path, query, None);
        for _ in 0..MAX_PAGES {
            let page: Page<T> = self.get(&target).await?;
            items.extend(page.items);
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
