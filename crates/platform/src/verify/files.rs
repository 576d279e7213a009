//! Files that were taken in against their signatures: each by the certificate that its source has, or
//! had.

use std::collections::BTreeMap;

use wattkey_pki::{Certificate, Digest};
use wattkey_protocol::file::{FileSignature, SourceName};
use wattkey_store::{KeptFile, Store};

use crate::answer::chain;
use crate::config::Sources;
use crate::start::StartError;

/// Files that are read at once.
const FILES_AT_ONCE: u32 = 500;

/// The certificates of each source, those of today and earlier ones.
type Certificates = BTreeMap<SourceName, Vec<Certificate>>;

/// What is wrong with the signatures of files.
pub(super) async fn check(store: &Store, sources: &Sources) -> Result<Vec<String>, StartError> {
    let certificates = sources.all_certificates()?;
    let mut findings = Vec::new();
    let mut after = (String::new(), 0);
    loop {
        let (source, number) = after;
        let page = store.imported_files_after(source, number, FILES_AT_ONCE);
        let page = page.await?;
        let Some(last) = page.last() else {
            return Ok(findings);
        };
        after = (last.file.source.clone(), last.file.number);
        for kept in &page {
            if let Some(why) = problem(kept, &certificates) {
                let (source, number) = (&kept.file.source, kept.file.number);
                findings.push(format!("import {source} {number}: {why}"));
            }
        }
    }
}

fn problem(kept: &KeptFile, certificates: &Certificates) -> Option<String> {
    let file = &kept.file;
    let mut sources = certificates.iter();
    let source = sources.find(|(name, _)| name.as_str() == file.source);
    let Some((_, certificates)) = source else {
        return Some(
            "no system of this name is configured: its signature is not proven".to_owned(),
        );
    };
    let mut why = None;
    for certificate in certificates {
        // As of the time at which it was taken in.
        match FileSignature::verify(&file.signature, certificate, kept.taken) {
            Ok(said) => {
                let is_of_it = (said.source.as_str(), said.number, said.records)
                    == (file.source.as_str(), file.number, file.records)
                    && said.digest == Digest::from_bytes(file.digest);
                return (!is_of_it).then(|| "its signature is of another file".to_owned());
            }
            Err(error) => {
                why.get_or_insert_with(|| chain(&error));
            }
        }
    }
    why
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Marketing;
    use crate::tests::checkpoints::tamper;
    use crate::tests::files::Written;
    use crate::tests::world::{STEEL, World, customer};

    fn renamed() -> serde_json::Value {
        serde_json::json!({"type": "customer", "id": customer(STEEL), "name": "Steel", "locale": "en"})
    }

    async fn found(world: &World, certificates: &Certificates) -> Vec<String> {
        let files = world.app.store.imported_files_after(String::new(), 0, 10);
        let files = files.await.unwrap();
        assert_eq!(files.len(), 1);
        files
            .iter()
            .filter_map(|kept| problem(kept, certificates))
            .collect()
    }

    fn of(certificates: &[&Certificate]) -> Certificates {
        let certificates = certificates.iter().map(|one| (*one).clone());
        [("marketing".parse().unwrap(), certificates.collect())].into()
    }

    #[tokio::test]
    async fn each_is_signed_by_its_source() {
        let world = World::new().await;
        world.take(1, &[renamed()]).await;
        let own = &world.marketing.certificate;
        let other = Marketing::new(&world.pki).certificate;
        assert_eq!(found(&world, &of(&[own])).await, [""; 0]);
        // It has a new certificate since.
        assert_eq!(found(&world, &of(&[&other, own])).await, [""; 0]);
        let foreign = found(&world, &of(&[&other])).await;
        assert!(foreign[0].contains("another certificate"), "{foreign:?}");
        let unknown = found(&world, &Certificates::new()).await;
        assert!(unknown[0].contains("no system of this name"), "{unknown:?}");

        for (statement, words) in [
            (
                "UPDATE import_files SET digest = zeroblob(32)",
                "another file",
            ),
            (
                "UPDATE import_files SET signature = 'SECOND'",
                "another file",
            ),
            ("UPDATE import_files SET signature = 'a.b.c'", "malformed"),
        ] {
            let world = World::new().await;
            world.take(1, &[renamed()]).await;
            let own = of(&[&world.marketing.certificate]);
            let second = Written::new(&world, 2, &[renamed()]).signature;
            tamper(&world, &statement.replace("SECOND", &second));
            let findings = found(&world, &own).await;
            assert!(findings[0].contains(words), "{statement}: {findings:?}");
        }
    }
}
