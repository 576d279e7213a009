//! Changes of own data against the signatures of who signed and who decided them, and what the books
//! keep of them against the documents. That versions follow from each other is the books' own to
//! prove.

use wattkey_protocol::change::{Change, ChangeDecision, SignedChange, What};
use wattkey_store::{ChangeDocument, Store, StoreError};

use super::not_signed_by;
use crate::binding_log::State;

/// Changes that are read at once.
const CHANGES_AT_ONCE: u32 = 200;

/// What is wrong with the signatures, proven with all that the log ever bound.
pub(super) async fn check(store: &Store, bindings: &State) -> Result<Vec<String>, StoreError> {
    let (mut findings, mut after) = (Vec::new(), None);
    loop {
        let page = store.change_documents(after, CHANGES_AT_ONCE).await?;
        let Some(last) = page.last() else {
            return Ok(findings);
        };
        after = Some(last.change);
        for kept in &page {
            let place = format!("change {}", kept.change);
            if let Some(why) = not_signed_by::<Change>(&kept.jws, kept.user, bindings) {
                findings.push(format!("{place}: {why}"));
            } else if !says(kept) {
                findings.push(format!(
                    "{place}: what is kept of it is not what was signed"
                ));
            }
            let decided = kept.decision.iter();
            let why = decided
                .filter_map(|(user, jws)| not_signed_by::<ChangeDecision>(jws, *user, bindings));
            findings.extend(why.map(|why| format!("{place} decision: {why}")));
        }
    }
}

/// Whether what is kept of a change is what was signed.
fn says(kept: &ChangeDocument) -> bool {
    let signed = SignedChange::parse(&kept.jws);
    let what = serde_json::from_str::<What>(&kept.what);
    matches!((signed, what), (Ok(signed), Ok(what)) if signed.document().what == what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::checkpoints::tamper;
    use crate::tests::routes::changes::changed_and_decided;
    use crate::tests::world::World;

    #[tokio::test]
    async fn each_is_signed_by_a_key_of_its_user_and_kept_as_it_was_signed() {
        let chen_yu = "user_id = '00000000-0000-0000-0000-000000000008'";
        for (statement, words) in [
            (String::new(), ""),
            (
                format!("UPDATE changes SET {chen_yu} WHERE lapses IS NULL"),
                "change 00000000-0000-0000-0000-000000000001: no key of its user",
            ),
            (
                format!("UPDATE change_decisions SET {chen_yu}"),
                "change 00000000-0000-0000-0000-000000000002 decision: no key of its user",
            ),
            (
                "UPDATE changes SET jws = 'a.b.c' WHERE lapses IS NOT NULL".to_owned(),
                "000002: what was signed cannot be read",
            ),
            (
                r#"UPDATE changes SET what = '{"kind":"contacts","contacts":[]}' WHERE lapses IS NULL"#
                    .to_owned(),
                "000001: what is kept of it is not what was signed",
            ),
        ] {
            let (world, people) = World::with_administrators().await;
            changed_and_decided(&world, &people).await;
            tamper(&world, &statement);
            let bindings = world.app.bindings().await.unwrap();
            let findings = check(&world.app.store, &bindings).await.unwrap();
            let is_found = findings.iter().any(|finding| finding.contains(words));
            assert_eq!(
                (is_found, findings.len()),
                (!words.is_empty(), usize::from(!words.is_empty())),
                "{statement}: {findings:?}"
            );
            let nobody = check(&world.app.store, &State::default()).await.unwrap();
            assert_eq!(nobody.len(), 3, "{nobody:?}");
        }
    }
}
