//! Disputes, their withdrawals and acknowledgements of notices: each signed by a key that was bound to
//! its user, and taken in when it was signed, on the day that counts for penalties.

use jiff::tz::TimeZone;
use wattkey_protocol::dispute::Dispute;
use wattkey_protocol::notice::Acknowledgement;
use wattkey_store::{Store, StoreError};

use super::{not_signed_by, was_in_time};
use crate::binding_log::State;

/// What is wrong with a time.
const NOT_THEN: &str = "it was not taken in at that time, or does not count from that day";

/// Documents that are read at once.
const AT_ONCE: u32 = 200;

/// What is wrong with those of all customers.
pub(super) async fn check(store: &Store, bindings: &State) -> Result<Vec<String>, StoreError> {
    let mut findings = Vec::new();
    // Without a payee nobody is owed anything.
    let payee = store.payee().await?;
    let zone = payee.and_then(|payee| TimeZone::get(&payee.time_zone).ok());
    let zone = zone.unwrap_or(TimeZone::UTC);
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
            if !was_in_time::<Dispute>(&one.jws, one.at)
                || one.day != zone.to_datetime(one.at).date()
            {
                findings.push(format!("dispute {id}: {NOT_THEN}"));
            }
            let Some(gone) = &one.withdrawal else {
                continue;
            };
            if let Some(why) = not_signed_by::<Dispute>(&gone.jws, gone.user, bindings) {
                findings.push(format!("withdrawal of dispute {id}: {why}"));
            }
            // One that overtook its dispute has the time of that.
            let then = was_in_time::<Dispute>(&gone.jws, gone.at) || gone.at == one.at;
            if !then || gone.day != zone.to_datetime(gone.at).date().max(one.day) {
                findings.push(format!("withdrawal of dispute {id}: {NOT_THEN}"));
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
            let (notice, user) = (one.notice, one.user);
            let mut find = |why: &str| {
                findings.push(format!(
                    "acknowledgement of notice {notice} by {user}: {why}"
                ));
            };
            if let Some(why) = not_signed_by::<Acknowledgement>(&one.jws, user, bindings) {
                find(why);
            }
            if !was_in_time::<Acknowledgement>(&one.jws, one.at) {
                find(NOT_THEN);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::checkpoints::tamper;
    use crate::tests::routes::disputes::{disputed, withdrawn};
    use crate::tests::world::World;

    /// Who moves a dispute in time would move the days without a penalty.
    #[tokio::test]
    async fn each_counts_from_when_it_was_signed() {
        for (statement, words) in [
            ("", ""),
            (
                "UPDATE disputes SET at = at - 86400, day = '2026-08-30'",
                NOT_THEN,
            ),
            ("UPDATE disputes SET day = '2026-08-30'", NOT_THEN),
            (
                "UPDATE dispute_withdrawals SET at = at + 86400, day = '2026-09-01'; UPDATE disputes SET until = '2026-09-01'",
                "withdrawal of dispute",
            ),
        ] {
            let world = World::new().await;
            disputed(&world, 1, "B-1", 5_000).await;
            withdrawn(&world, 1).await;
            tamper(&world, statement);
            let bindings = world.app.bindings().await.unwrap();
            let findings = check(&world.app.store, &bindings).await.unwrap();
            let is_found = findings.iter().any(|finding| finding.contains(words));
            assert_eq!(is_found, !words.is_empty(), "{statement}: {findings:?}");
        }
    }
}
