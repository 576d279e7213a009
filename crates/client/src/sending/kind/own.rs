//! Changes of own data and decisions on them, disputes, acknowledgements.

use wattkey_pki::Digest;
use wattkey_protocol::change::{Change, ChangeDecision, ChangeView};
use wattkey_protocol::dispute::{Dispute, DisputeView};
use wattkey_protocol::notice::{Acknowledgement, NoticeView};
use wattkey_protocol::signed::{Document, Signed};

use super::{Kind, Proof, by_digest, by_end, by_person};
use crate::client::Client;
use crate::connection::ServiceError;
use crate::journal::Key;

fn digest<D: Document>(signed: &Signed<D>) -> Digest {
    Digest::of(signed.as_str().as_bytes())
}

impl Kind for Change {
    type View = ChangeView;

    fn key(signed: &Signed<Self>) -> Key {
        Key::Change(digest(signed))
    }

    fn path(&self) -> String {
        "/v1/changes".to_owned()
    }

    async fn ask(
        client: &mut Client,
        signed: &Signed<Self>,
    ) -> Result<Option<ChangeView>, ServiceError> {
        client.change(signed.document().change).await
    }

    fn proof(signed: &Signed<Self>, view: &ChangeView) -> Proof {
        let ours = (signed.document().change, signed.digest());
        by_digest(ours, (view.change, view.digest))
    }

    fn state(view: &ChangeView) -> &'static str {
        view.state.as_str()
    }
}

impl Kind for ChangeDecision {
    type View = ChangeView;

    fn key(signed: &Signed<Self>) -> Key {
        Key::ChangeDecision(digest(signed))
    }

    fn path(&self) -> String {
        format!("/v1/changes/{}/decisions", self.change)
    }

    async fn ask(
        client: &mut Client,
        signed: &Signed<Self>,
    ) -> Result<Option<ChangeView>, ServiceError> {
        client.change(signed.document().change).await
    }

    /// A person decides the same on a change once: the same again is the same decision.
    fn proof(signed: &Signed<Self>, view: &ChangeView) -> Proof {
        let ours = signed.document();
        let about = (ours.change, ours.change_digest);
        let mut decisions = view.decisions.iter();
        by_person(about, (view.change, view.digest), || {
            decisions.any(|one| one.user.id == ours.user.id && one.decision == ours.decision)
        })
    }

    fn state(view: &ChangeView) -> &'static str {
        view.state.as_str()
    }
}

impl Kind for Dispute {
    type View = DisputeView;

    fn key(signed: &Signed<Self>) -> Key {
        Key::Dispute(digest(signed))
    }

    fn path(&self) -> String {
        "/v1/disputes".to_owned()
    }

    async fn ask(
        client: &mut Client,
        signed: &Signed<Self>,
    ) -> Result<Option<DisputeView>, ServiceError> {
        client.dispute(signed.document().dispute).await
    }

    /// A dispute that somebody else withdrew meanwhile is withdrawn.
    fn proof(signed: &Signed<Self>, view: &DisputeView) -> Proof {
        let ours = signed.document();
        let (mine, theirs) = ((ours.dispute, signed.digest()), (view.dispute, view.digest));
        match &ours.terms {
            Some(_) => by_digest(mine, theirs),
            None => by_end(mine.0, theirs.0, view.withdrawn.as_ref()),
        }
    }

    fn state(view: &DisputeView) -> &'static str {
        view.state.as_str()
    }
}

impl Kind for Acknowledgement {
    type View = NoticeView;

    fn key(signed: &Signed<Self>) -> Key {
        Key::Acknowledgement(digest(signed))
    }

    fn path(&self) -> String {
        format!("/v1/notices/{}/acknowledgements", self.notice)
    }

    async fn ask(
        client: &mut Client,
        signed: &Signed<Self>,
    ) -> Result<Option<NoticeView>, ServiceError> {
        client.notice(signed.document().notice).await
    }

    /// A person acknowledges a notice once: the same again is the same acknowledgement.
    fn proof(signed: &Signed<Self>, view: &NoticeView) -> Proof {
        let ours = signed.document();
        let about = (ours.notice, ours.notice_digest);
        let mut known = view.acknowledged.iter();
        by_person(about, (view.notice, view.digest), || {
            known.any(|one| one.user.id == ours.user.id)
        })
    }

    fn state(_: &NoticeView) -> &'static str {
        "acknowledged"
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use wattkey_pki::MemorySigner;
    use wattkey_protocol::signed::Draft;

    use super::*;

    const ID: &str = "7d2e1f50-3b4c-4d5e-8f60-8192a3b4c5d6";
    const ME: &str = "2f1e0d3c-4b5a-4697-8871-a2b3c4d5e6f7";
    const OTHER: &str = "3a2b1c0d-5e4f-4768-9907-b1c2d3e4f5a6";

    fn signed<D: Document>(mut document: Value) -> Signed<D> {
        document["audience"] = "https://pay.example".into();
        document["user"] = json!({"id": ME, "name": "Li Na"});
        document["created"] = "2026-11-22T08:00:00Z".into();
        document["expires"] = "2026-11-22T08:15:00Z".into();
        let document: D = serde_json::from_value(document).unwrap();
        let draft = Draft::new(&document).unwrap();
        let digest = Digest::of(b"certificate");
        draft.sign(&MemorySigner::generate(), digest).unwrap()
    }

    fn customer() -> Value {
        json!({"id": "0b7a3c1e-6a0e-4a52-8f7e-1d2c3b4a5968", "name": "Steel"})
    }

    fn change(digest: Digest, decisions: &[(&str, &str)]) -> ChangeView {
        let at = "2026-11-22T08:00:00Z";
        let decided = |(user, decision): &(&str, &str)| json!({"user": {"id": user, "name": "Li Na"}, "decision": decision, "at": at});
        let decisions: Vec<_> = decisions.iter().map(decided).collect();
        let view = json!({"change": ID, "digest": digest, "replaces": 0, "version": null,
            "user": {"id": OTHER, "name": "Zhao Lei"}, "state": "waiting", "at": at,
            "until": null, "ended": null, "decisions": decisions,
            "what": {"kind": "contacts", "contacts": []}});
        serde_json::from_value(view).unwrap()
    }

    #[test]
    fn a_change_is_there_by_its_digest_and_a_decision_by_its_person() {
        let what = json!({"kind": "contacts", "contacts": []});
        let ours = json!({"change": ID, "customer": customer(), "replaces": 0, "what": what});
        let ours = signed::<Change>(ours);
        let other = Digest::of(b"other");
        assert_eq!(
            Change::proof(&ours, &change(ours.digest(), &[])),
            Proof::Taken
        );
        assert_eq!(Change::proof(&ours, &change(other, &[])), Proof::Another);
        let word = json!({"change": ID, "change_digest": other, "decision": "approve"});
        let word = signed::<ChangeDecision>(word);
        for (view, wanted) in [
            (change(other, &[(ME, "approve")]), Proof::Taken),
            (change(other, &[(OTHER, "approve")]), Proof::Missing),
            (change(other, &[(ME, "refuse")]), Proof::Missing),
            (change(ours.digest(), &[(ME, "approve")]), Proof::Another),
        ] {
            assert_eq!(ChangeDecision::proof(&word, &view), wanted, "{view:?}");
        }
    }

    #[test]
    fn a_dispute_is_withdrawn_by_whoever_withdrew_it() {
        let terms = json!({"bill": "B-1", "document": Digest::of(b"bill"), "line": null,
            "amount": 5, "currency": "CNY", "reason": "other", "text": "No."});
        let document = |terms: Value| {
            signed::<Dispute>(json!({"dispute": ID, "customer": customer(), "terms": terms}))
        };
        let (opened, end) = (document(terms.clone()), document(Value::Null));
        let user = json!({"id": OTHER, "name": "Zhao Lei"});
        let at = "2026-11-22T08:00:00Z";
        let view = |digest: Digest, withdrawn: bool| -> DisputeView {
            let end = json!({"digest": digest, "user": user, "at": at});
            let view = json!({"dispute": ID, "digest": digest, "customer": customer(),
                "account": "C-1", "user": user, "terms": terms, "state": "open", "at": at,
                "from": "2026-11-22", "until": null, "withdrawn": withdrawn.then_some(end),
                "answer": null});
            serde_json::from_value(view).unwrap()
        };
        let other = Digest::of(b"other");
        for (document, view, wanted) in [
            (&opened, view(opened.digest(), false), Proof::Taken),
            (&opened, view(other, false), Proof::Another),
            (&end, view(opened.digest(), false), Proof::Missing),
            (&end, view(opened.digest(), true), Proof::Taken),
        ] {
            assert_eq!(Dispute::proof(document, &view), wanted, "{view:?}");
        }
    }

    #[test]
    fn a_notice_is_acknowledged_by_a_person_for_its_very_bytes() {
        let digest = Digest::of(b"notice");
        let ours = json!({"notice": ID, "notice_digest": digest, "customer": customer()});
        let ours = signed::<Acknowledgement>(ours);
        let at = "2026-11-22T08:00:00Z";
        let view = |digest: Digest, user: &str| -> NoticeView {
            let read = json!({"user": {"id": user, "name": "Li Na"}, "at": at, "digest": digest});
            let view = json!({"notice": ID, "digest": digest, "account": "C-1",
                "kind": "demand", "bills": 1, "total": 5, "currency": "CNY", "served": at,
                "cut_off": null, "acknowledged": [read]});
            serde_json::from_value(view).unwrap()
        };
        for (view, wanted) in [
            (view(digest, ME), Proof::Taken),
            (view(digest, OTHER), Proof::Missing),
            (view(Digest::of(b"other"), ME), Proof::Another),
        ] {
            assert_eq!(Acknowledgement::proof(&ours, &view), wanted, "{view:?}");
        }
    }
}
