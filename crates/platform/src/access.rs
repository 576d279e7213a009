//! Whether a user may do something on a contract account: what the books say of it
//! ([`wattkey_domain::Access`]), and the problems when not. To who may not look at a contract account
//! it is as if there were none.
//!
//! Requests ask here before they answer. What is posted is asked once more in the transaction that
//! posts it, for rights change in between.

use wattkey_domain::{Access, AccountId, BillId, Right};
use wattkey_protocol::problem::{Problem, ProblemType};
use wattkey_store::{MissingRight, Viewer};

use crate::answer::{Answer, Refusal, not_found, store_fault};
use crate::app::App;
use crate::auth::{Caller, unbound};

impl App {
    /// What the user of a request may do.
    ///
    /// # Errors
    /// `unbound`, when the books do not know this person, or know it as another customer's.
    pub async fn access(&self, caller: &Caller) -> Answer<Access> {
        let known = self.store.access(caller.binding.holder.id).await;
        let known = known.map_err(store_fault)?;
        let own = known.filter(|(customer, _)| *customer == caller.customer);
        own.map(|(_, access)| access).ok_or_else(unbound)
    }

    /// The user of a request, as the books limit what they show.
    ///
    /// # Errors
    /// As [`access`](Self::access).
    pub async fn viewer(&self, caller: &Caller) -> Answer<Viewer> {
        Ok(Viewer {
            customer: caller.customer,
            user: caller.binding.holder.id,
            access: self.access(caller).await?,
        })
    }

    /// Refuses bills of contract accounts that the user may not look at, and those of others.
    ///
    /// # Errors
    /// `not-found`.
    pub async fn must_see_bill(&self, caller: &Caller, bill: &BillId) -> Answer<()> {
        let access = self.access(caller).await?;
        if access.sees_all() {
            return Ok(());
        }
        let account = self
            .store
            .account_of_bill(caller.customer, bill.clone())
            .await
            .map_err(store_fault)?;
        if account.is_some_and(|account| access.sees(&account)) {
            return Ok(());
        }
        Err(not_found("no such bill"))
    }
}

/// Refuses contract accounts that the user may not look at.
///
/// # Errors
/// `not-found`.
pub fn must_see(access: &Access, account: &AccountId) -> Answer<()> {
    if access.sees(account) {
        return Ok(());
    }
    Err(not_found("no such account"))
}

/// The problem of a user who has not this right, on a contract account or by itself.
#[must_use]
pub fn no_right(right: Right, account: Option<&AccountId>) -> Refusal {
    let problem = Problem::new(ProblemType::Right).with("right", right.as_str());
    let problem = match account {
        Some(account) => problem.with("account", account.as_str()),
        None => problem,
    };
    problem.detail("the user has not this right").into()
}

/// The problem of what the books refused for want of a right.
#[must_use]
pub fn missing(missing: &MissingRight) -> Refusal {
    if missing.hidden {
        return not_found("no such account");
    }
    no_right(missing.right, Some(&missing.account))
}
