//! What managers sign, and what their tool reads.

use wattkey_pki::jws;
use wattkey_protocol::reconciliation::{Reconciliation, ResolutionView, Split};
use wattkey_protocol::resolution::{Resolution, ResolutionDecision};
use wattkey_protocol::signed::{Payload, Signed};

use crate::Outcome;
use crate::fixtures::KEYS;

/// A document beneath its signature: what is read can be written, and means the same.
fn document<T>(bytes: &[u8]) -> Option<Signed<T>>
where
    T: Payload + PartialEq + std::fmt::Debug,
{
    let holder = &KEYS.signature;
    let (thumbprint, key) = (holder.certificate.thumbprint(), &holder.key);
    let text = jws::sign_compact(key, T::TYPE, thumbprint, bytes).expect("signs");
    let signed = Signed::<T>::parse(&text).ok()?;
    assert!(signed.signed_by(thumbprint, holder.certificate.public_key()));
    let again = Signed::sign(signed.document(), key, thumbprint).expect("was read");
    assert_eq!(again.document(), signed.document());
    Some(signed)
}

/// The payload of a resolution.
pub(crate) fn resolution(bytes: &[u8]) -> Outcome {
    let signed = document::<Resolution>(bytes);
    if let Some(signed) = &signed {
        let total = signed.document().total().expect("an amount");
        let moves =
            !signed.document().allocations.is_empty() || signed.document().deposit.is_some();
        assert_eq!(total > 0, moves);
    }
    outcome(signed.is_some())
}

/// The payload of a second manager's word.
pub(crate) fn resolution_decision(bytes: &[u8]) -> Outcome {
    outcome(document::<ResolutionDecision>(bytes).is_some())
}

/// What the platform answers to managers.
pub(crate) fn reconciliation(bytes: &[u8]) -> Outcome {
    let found = serde_json::from_slice::<Reconciliation>(bytes);
    for item in found.iter().flat_map(|found| &found.items) {
        let again: wattkey_domain::Item = item.view.item.to_string().parse().expect("was read");
        assert_eq!(again, item.view.item);
        let _ = item.view.digest();
    }
    outcome(
        found.is_ok()
            | serde_json::from_slice::<ResolutionView>(bytes).is_ok()
            | serde_json::from_slice::<Split>(bytes).is_ok(),
    )
}

fn outcome(read: bool) -> Outcome {
    if read {
        Outcome::Read
    } else {
        Outcome::Refused
    }
}
