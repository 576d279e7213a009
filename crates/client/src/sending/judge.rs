//! Whether a refusal says that nothing was and will be done.

use wattkey_protocol::problem::ProblemType;

/// Whether such a problem is about what is ordered, and not about who asks, how, or when.
pub(crate) fn is_about_order(kind: ProblemType) -> bool {
    use ProblemType as P;
    matches!(
        kind,
        P::OrderMalformed
            | P::OrderSignature
            | P::OrderExistsWithDifferentPayload
            | P::OrderExpired
            | P::QuoteExpired
            | P::QuoteMismatch
            | P::DocumentMismatch
            | P::BillClaimed
            | P::BillPaid
            | P::Currency
            | P::Mandate
            | P::Payee
            | P::Limit
            | P::Deposit
            | P::ExecuteDay
    )
}

/// Whether `problem`, answered to a signed document, is its outcome.
///
/// `sent_before`: whether an earlier sending of the same may have arrived. Then a refusal of
/// this request (session, certificate, bounds) says nothing about that one.
pub(super) fn is_final(problem: Option<ProblemType>, sent_before: bool) -> bool {
    use ProblemType as P;
    match problem {
        Some(kind) if is_about_order(kind) => true,
        Some(
            P::Decision
            | P::AlreadySent
            | P::OwnOrder
            | P::Lapsed
            | P::Right
            | P::Changed
            | P::OwnChange
            | P::Dispute
            | P::NotFound,
        ) => true,
        // The request may have been passed on, or an earlier copy of the capsule was.
        None | Some(P::Unavailable | P::Internal | P::BindingLog | P::Replay) => false,
        Some(_) => !sent_before,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_have_been_posted_is_never_final() {
        for sent_before in [false, true] {
            for kind in ProblemType::ALL.iter().filter(|kind| kind.status() >= 500) {
                assert!(!is_final(Some(*kind), sent_before), "{kind:?}");
            }
            assert!(!is_final(None, sent_before));
            assert!(!is_final(Some(ProblemType::Replay), sent_before));
            assert!(is_final(Some(ProblemType::BillClaimed), sent_before));
        }
    }

    #[test]
    fn a_refused_request_says_nothing_about_an_earlier_one() {
        for kind in [
            ProblemType::Unbound,
            ProblemType::Session,
            ProblemType::CertificateRevoked,
        ] {
            assert!(is_final(Some(kind), false), "{kind:?}");
            assert!(!is_final(Some(kind), true), "{kind:?}");
        }
    }
}
