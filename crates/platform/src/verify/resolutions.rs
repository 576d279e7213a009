//! Resolutions against the signatures of both managers. That rows and postings are what was signed
//! is the books' own to prove.

use wattkey_domain::UserId;
use wattkey_protocol::binding::HolderKind;
use wattkey_protocol::order::Named;
use wattkey_protocol::resolution::{Resolution, ResolutionDecision};
use wattkey_protocol::signed::{Payload, Signed};
use wattkey_store::{KeptResolution, Store, StoreError, WhichResolutions};

use crate::binding_log::State;

/// What is wrong with the signatures, proven with all that the log ever bound.
pub(super) async fn check(store: &Store, bindings: &State) -> Result<Vec<String>, StoreError> {
    let mut findings = Vec::new();
    let mut after = None;
    loop {
        let page = store.resolutions(WhichResolutions::After(after)).await?;
        let Some(last) = page.last() else {
            return Ok(findings);
        };
        after = Some(last.resolution);
        for kept in &page {
            one(kept, bindings, &mut findings);
        }
    }
}

fn one(kept: &KeptResolution, bindings: &State, findings: &mut Vec<String>) {
    let by = |document: &Resolution| document.manager.clone();
    let mut problem = signer::<Resolution>(&kept.jws, by, kept.manager, bindings).err();
    if let Some(word) = &kept.decision {
        let by = |document: &ResolutionDecision| document.manager.clone();
        let signed = signer::<ResolutionDecision>(&word.jws, by, word.manager, bindings);
        problem = problem.or(signed.err());
    }
    if let Some(problem) = problem {
        findings.push(format!("resolution {}: {problem}", kept.resolution));
    }
}

fn signer<T: Payload>(
    jws: &str,
    by: impl Fn(&T) -> Named<UserId>,
    manager: UserId,
    bindings: &State,
) -> Result<(), &'static str> {
    let signed = Signed::<T>::parse(jws).map_err(|_| "it cannot be read")?;
    let binding = bindings.once_bound(signed.certificate());
    let binding = binding.filter(|one| one.holder.kind == HolderKind::Manager);
    let binding = binding.ok_or("no manager who was ever bound signed it")?;
    let certificate = &binding.signature;
    if !signed.signed_by(certificate.thumbprint(), certificate.public_key()) {
        return Err("a signature on it is not good");
    }
    let named = by(signed.document()).id;
    if named == binding.holder.id && named == manager {
        return Ok(());
    }
    Err("it names another manager than signed it")
}
