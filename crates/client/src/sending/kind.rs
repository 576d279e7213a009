//! What each kind of signed document is sent to, and what proves that the service has it.

mod own;

use wattkey_pki::Digest;
use wattkey_protocol::api::{OrderView, StandingInstructionView};
use wattkey_protocol::decision::DecisionDocument;
use wattkey_protocol::order::Order;
use wattkey_protocol::signed::{Document, Signed};
use wattkey_protocol::standing_instruction::StandingInstruction;

use crate::client::Client;
use crate::connection::ServiceError;
use crate::journal::Key;

/// Whether what the service has is a document of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// It has this very document.
    Taken,
    /// It has another one in its place, for good.
    Another,
    /// It has what the document is about, and not the document.
    Missing,
}

/// A kind of document that a user signs and sends.
pub trait Kind: Document {
    /// What the service answers, and shows when it is asked.
    type View: std::fmt::Debug + serde::de::DeserializeOwned;

    /// What names it in the journal.
    fn key(signed: &Signed<Self>) -> Key;

    /// Where it is sent.
    fn path(&self) -> String;

    /// Asks the service for it.
    fn ask(
        client: &mut Client,
        signed: &Signed<Self>,
    ) -> impl Future<Output = Result<Option<Self::View>, ServiceError>>;

    /// Whether what the service shows is this document.
    fn proof(signed: &Signed<Self>, view: &Self::View) -> Proof;

    /// State as the service names it.
    fn state(view: &Self::View) -> &'static str;
}

/// Of a document that stands for itself: the service has it under its id and digest, or another one.
fn by_digest<I: Copy + PartialEq>(ours: (I, Digest), theirs: (I, Digest)) -> Proof {
    if ours == theirs {
        Proof::Taken
    } else {
        Proof::Another
    }
}

/// Of what a person says once of something with an id and a digest: the same again is the same word.
/// `said` tells whether the service knows that this person said it.
fn by_person<I: Copy + PartialEq>(
    ours: (I, Digest),
    theirs: (I, Digest),
    said: impl FnOnce() -> bool,
) -> Proof {
    if ours != theirs {
        Proof::Another
    } else if said() {
        Proof::Taken
    } else {
        Proof::Missing
    }
}

/// Of the end of what another document began: it is ended, whoever ended it meanwhile.
fn by_end<I: Copy + PartialEq, E>(ours: I, theirs: I, end: Option<&E>) -> Proof {
    match end {
        _ if ours != theirs => Proof::Another,
        Some(_) => Proof::Taken,
        None => Proof::Missing,
    }
}

impl Kind for Order {
    type View = OrderView;

    fn key(signed: &Signed<Self>) -> Key {
        Key::Order(signed.document().order)
    }

    fn path(&self) -> String {
        "/v1/orders".to_owned()
    }

    async fn ask(
        client: &mut Client,
        signed: &Signed<Self>,
    ) -> Result<Option<OrderView>, ServiceError> {
        client.order(signed.document().order).await
    }

    fn proof(signed: &Signed<Self>, view: &OrderView) -> Proof {
        let ours = (signed.document().order, signed.digest());
        by_digest(ours, (view.order, view.digest))
    }

    fn state(view: &OrderView) -> &'static str {
        view.state.as_str()
    }
}

impl Kind for DecisionDocument {
    type View = OrderView;

    fn key(signed: &Signed<Self>) -> Key {
        Key::Decision(Digest::of(signed.as_str().as_bytes()))
    }

    fn path(&self) -> String {
        format!("/v1/orders/{}/decisions", self.order)
    }

    async fn ask(
        client: &mut Client,
        signed: &Signed<Self>,
    ) -> Result<Option<OrderView>, ServiceError> {
        client.order(signed.document().order).await
    }

    /// A person decides the same on an order once: the same again is the same decision.
    fn proof(signed: &Signed<Self>, view: &OrderView) -> Proof {
        let ours = signed.document();
        let about = (ours.order, ours.order_digest);
        let mut decisions = view.decisions.iter();
        by_person(about, (view.order, view.digest), || {
            decisions.any(|one| one.user.id == ours.user.id && one.decision == ours.decision)
        })
    }

    fn state(view: &OrderView) -> &'static str {
        view.state.as_str()
    }
}

impl Kind for StandingInstruction {
    type View = StandingInstructionView;

    fn key(signed: &Signed<Self>) -> Key {
        Key::Instruction(Digest::of(signed.as_str().as_bytes()))
    }

    fn path(&self) -> String {
        "/v1/standing-instructions".to_owned()
    }

    async fn ask(
        client: &mut Client,
        signed: &Signed<Self>,
    ) -> Result<Option<StandingInstructionView>, ServiceError> {
        let wanted = signed.document().instruction;
        let mut instructions = client.instructions().await?.into_iter();
        Ok(instructions.find(|view| view.instruction == wanted))
    }

    /// An instruction that somebody else ended meanwhile is ended.
    fn proof(signed: &Signed<Self>, view: &StandingInstructionView) -> Proof {
        let ours = signed.document();
        let (mine, theirs) = (
            (ours.instruction, signed.digest()),
            (view.instruction, view.digest),
        );
        match &ours.terms {
            Some(_) => by_digest(mine, theirs),
            None => by_end(mine.0, theirs.0, view.ended.as_ref()),
        }
    }

    fn state(view: &StandingInstructionView) -> &'static str {
        if view.ended.is_some() {
            "ended"
        } else {
            "in-force"
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use wattkey_pki::MemorySigner;
    use wattkey_protocol::signed::Draft;

    use super::*;

    const ORDER: &str = "7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11";
    const ME: &str = "2f1e0d3c-4b5a-4697-8871-a2b3c4d5e6f7";
    const OTHER: &str = "3a2b1c0d-5e4f-4768-9907-b1c2d3e4f5a6";
    const INSTRUCTION: &str = "5b0c9d3e-1f2a-4b3c-8d4e-5f60718293a4";

    fn signed<D: Document>(mut document: Value) -> Signed<D> {
        document["audience"] = "https://pay.example".into();
        document["user"] = json!({"id": ME, "name": "Li Na"});
        document["created"] = "2026-11-22T08:00:00Z".into();
        document["expires"] = "2026-11-22T08:15:00Z".into();
        let document: D = serde_json::from_value(document).unwrap();
        let key = MemorySigner::generate();
        let draft = Draft::new(&document).unwrap();
        draft.sign(&key, Digest::of(b"certificate")).unwrap()
    }

    fn order(digest: Digest, decisions: &[(&str, &str)]) -> OrderView {
        let decided = |(user, decision): &(&str, &str)| {
            json!({"user": {"id": user, "name": "Li Na"}, "decision": decision,
                "at": "2026-11-22T08:00:00Z"})
        };
        let view = json!({
            "order": ORDER, "digest": digest, "state": "accepted",
            "user": {"id": OTHER, "name": "Zhao Lei"}, "total": 100, "currency": "CNY",
            "bills": [], "source": {"kind": "deposit", "account": "C-1"}, "reference": "",
            "history": [], "decisions": decisions.iter().map(decided).collect::<Vec<_>>(),
        });
        serde_json::from_value(view).unwrap()
    }

    #[test]
    fn a_decision_is_there_when_this_person_decided_the_same_on_this_order() {
        let digest = Digest::of(b"order");
        let ours = signed::<DecisionDocument>(
            json!({"order": ORDER, "order_digest": digest, "decision": "approve"}),
        );
        for (view, wanted) in [
            (order(digest, &[(ME, "approve")]), Proof::Taken),
            (
                order(digest, &[(OTHER, "refuse"), (ME, "approve")]),
                Proof::Taken,
            ),
            (order(digest, &[(OTHER, "approve")]), Proof::Missing),
            (order(digest, &[(ME, "cancel")]), Proof::Missing),
            (order(digest, &[]), Proof::Missing),
            (
                order(Digest::of(b"another"), &[(ME, "approve")]),
                Proof::Another,
            ),
        ] {
            assert_eq!(DecisionDocument::proof(&ours, &view), wanted, "{view:?}");
        }
    }

    #[test]
    fn an_instruction_is_there_by_the_digest_that_gave_it_and_ended_by_whoever_ended_it() {
        let customer = json!({"id": "0b7a3c1e-6a0e-4a52-8f7e-1d2c3b4a5968", "name": "Steel"});
        let terms = json!({"deposit": "C-1", "accounts": ["C-1"], "most": null, "keep": 0,
            "currency": "CNY", "from": "2026-12-01", "until": null});
        let given = signed::<StandingInstruction>(
            json!({"instruction": INSTRUCTION, "customer": customer, "terms": terms}),
        );
        let end = signed::<StandingInstruction>(
            json!({"instruction": INSTRUCTION, "customer": customer, "terms": null}),
        );
        let view = |digest: Digest, ended: bool| -> StandingInstructionView {
            let user = json!({"id": OTHER, "name": "Zhao Lei"});
            let at = "2026-11-22T08:00:00Z";
            let end = json!({"digest": Digest::of(b"end"), "user": user, "at": at});
            let view = json!({"instruction": INSTRUCTION, "digest": digest, "user": user,
                "terms": terms, "at": at, "ended": ended.then_some(end)});
            serde_json::from_value(view).unwrap()
        };
        let other = Digest::of(b"other");
        for (document, view, wanted) in [
            (&given, view(given.digest(), false), Proof::Taken),
            (&given, view(given.digest(), true), Proof::Taken),
            (&given, view(other, false), Proof::Another),
            (&end, view(given.digest(), false), Proof::Missing),
            (&end, view(given.digest(), true), Proof::Taken),
        ] {
            assert_eq!(
                StandingInstruction::proof(document, &view),
                wanted,
                "{view:?}"
            );
        }
    }
}
