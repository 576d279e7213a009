//! Standing instructions against the signatures of who gave and who ended them. That their rows are
//! what was signed is the books' own to prove.

use wattkey_protocol::standing_instruction::StandingInstruction;
use wattkey_store::{Store, StoreError};

use super::not_signed_by;
use crate::binding_log::State;

/// Instructions that are read at once.
const INSTRUCTIONS_AT_ONCE: u32 = 200;

/// What is wrong with the signatures, proven with all that the log ever bound.
pub(super) async fn check(store: &Store, bindings: &State) -> Result<Vec<String>, StoreError> {
    let (mut findings, mut after) = (Vec::new(), None);
    loop {
        let page = store
            .instruction_documents(after, INSTRUCTIONS_AT_ONCE)
            .await?;
        let Some(last) = page.last() else {
            return Ok(findings);
        };
        after = Some(last.instruction);
        for kept in &page {
            let place = format!("standing instruction {}", kept.instruction);
            let given = [("", &kept.jws, kept.user)].into_iter();
            let ended = kept.end.iter().map(|(user, jws)| (" end", jws, *user));
            for (part, jws, user) in given.chain(ended) {
                if let Some(why) = not_signed_by::<StandingInstruction>(jws, user, bindings) {
                    findings.push(format!("{place}{part}: {why}"));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::checkpoints::tamper;
    use crate::tests::routes::standing_instructions::given_and_ended;
    use crate::tests::world::World;

    #[tokio::test]
    async fn each_is_signed_by_a_key_of_its_user() {
        let chen_yu = "user_id = '00000000-0000-0000-0000-000000000008'";
        for (statement, words) in [
            (String::new(), ""),
            (
                format!("UPDATE standing_instructions SET {chen_yu}"),
                "standing instruction 00000000-0000-0000-0000-000000000001: no key of its user",
            ),
            (
                format!("UPDATE standing_ends SET {chen_yu}"),
                "00000000-0000-0000-0000-000000000001 end: no key of its user signed it",
            ),
            (
                "UPDATE standing_ends SET jws = 'a.b.c'".to_owned(),
                " end: what was signed cannot be read",
            ),
        ] {
            let world = World::new().await;
            given_and_ended(&world).await;
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
            assert_eq!(nobody.len(), 2, "{nobody:?}");
        }
    }
}
