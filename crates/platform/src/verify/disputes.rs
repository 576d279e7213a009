//! Disputes, their withdrawals and acknowledgements of notices: each signed by a key that was bound to
//! its user.

use wattkey_protocol::dispute::Dispute;
use wattkey_protocol::notice::Acknowledgement;
use wattkey_store::{Store, StoreError};

use super::not_signed_by;
use crate::binding_log::State;

/// Documents that are read at once.
const AT_ONCE: u32 = 200;

/// What is wrong with those of all customers.
pub(super) async fn check(store: &Store, bindings: &State) -> Result<Vec<String>, StoreError> {
    let mut findings = Vec::new();
    let mut after = None;
    loop {
        let documents = store.dispute_documents(after, AT_ONCE).await?;
        let Some(last) = documents.last() else {
            break;
        };
        after = Some(last.dispute);
        for one in &documents {
            let id = one.dispute;
            if let Some(why) = not_signed_by::<Dispute>(&one.jws, one.user, bindings) {
                findings.push(format!("dispute {id}: {why}"));
            }
            let Some((user, jws)) = &one.withdrawal else {
                continue;
            };
            if let Some(why) = not_signed_by::<Dispute>(jws, *user, bindings) {
                findings.push(format!("withdrawal of dispute {id}: {why}"));
            }
        }
    }
    let mut after = None;
    loop {
        let documents = store.acknowledgement_documents(after, AT_ONCE).await?;
        let Some(last) = documents.last() else {
            return Ok(findings);
        };
        after = Some((last.notice, last.user));
        for one in &documents {
            if let Some(why) = not_signed_by::<Acknowledgement>(&one.jws, one.user, bindings) {
                let (notice, user) = (one.notice, one.user);
                findings.push(format!(
                    "acknowledgement of notice {notice} by {user}: {why}"
                ));
            }
        }
    }
}
