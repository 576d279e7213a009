//! What the bank said, and what two managers make of it; the platform is whoever holds its TLS key.

use serde_json::{Value, json};
use wattkey_pki::{Digest, MemorySigner};
use wattkey_protocol::binding::{SignedStep, Step};
use wattkey_protocol::reconciliation::WaitingItem;
use wattkey_protocol::resolution::{Action, Resolution, ResolutionDecision, Verdict};
use wattkey_protocol::signed::{Payload, Signed};

use crate::desk::{CA_PIN, Desk, Ended, MANAGER_PIN};
use crate::platform::Platform;

const ITEM: &str = "receipt:camt:DE1|E1|+CNY100000||1";
const CUSTOMER: &str = "00000000-0000-4000-8000-0000000000c1";

struct Scene {
    desk: Desk,
    platform: Platform,
}

impl Scene {
    /// With two managers who are bound.
    fn new() -> Self {
        let desk = Desk::new();
        desk.issue_platform();
        let first = desk.issue_key("wang", "manager", 1);
        let second = desk.issue_key("sun", "manager", 2);
        let platform = Platform::start(&desk);
        let scene = Self { desk, platform };
        let line = ["bind", &first, "--first", "--yes", "--ca-pin-fd", "0"];
        let bound = scene.run("wang", &line, &[CA_PIN, MANAGER_PIN]);
        bound.expect(0);
        let line = ["bind", &second, "--yes", "--sign-pin-fd", "0"];
        scene.run("wang", &line, &[MANAGER_PIN; 2]).expect(0);
        scene
            .platform
            .answer("/v1/reconciliation", reconciliation());
        scene
    }

    fn run(&self, holder: &str, command: &[&str], pins: &[&str]) -> Ended {
        let more = [
            "--pin-fd",
            "0",
            "--managers-address",
            &self.platform.address,
        ];
        self.desk.run(holder, &[command, &more].concat(), pins)
    }

    fn resolve(&self, holder: &str, command: &[&str]) -> Ended {
        let more = ["--sign-pin-fd", "0", "--yes"];
        let line = [&["resolve", ITEM][..], command, &more].concat();
        self.run(holder, &line, &[MANAGER_PIN; 2])
    }

    fn decide(&self, holder: &str, verdict: &str, id: &str) -> Ended {
        let line = ["resolution", verdict, id, "--sign-pin-fd", "0", "--yes"];
        self.run(holder, &line, &[MANAGER_PIN; 2])
    }

    /// What was signed last, by the manager of that step of the log.
    fn signed<T: Payload>(&self, path: &str, step: usize) -> Signed<T> {
        let posted = self.platform.last_posted(path).unwrap();
        let signed: Signed<T> = Signed::parse(&posted).unwrap();
        let bound = SignedStep::parse(&self.platform.steps()[step]).unwrap();
        let Step::Bind(bind) = bound.step() else {
            panic!("a step that binds")
        };
        let certificate = &bind.key.signature;
        assert!(signed.signed_by(certificate.thumbprint(), certificate.public_key()));
        signed
    }
}

fn item() -> Value {
    json!({"item": ITEM, "at": "2026-11-22T07:00:00Z", "amount": 100_000, "currency": "CNY",
        "value": "2026-11-21", "debtor": "Example Steel", "debtor_account": "6222000000000001",
        "text": "for August", "order": null, "why": "no order waits for this money",
        "digest": Digest::of(b"whatever the platform says"), "resolution": null,
        "proposals": [{"rule": "bill-in-text", "why": "the payer names these bills",
            "customer": {"id": CUSTOMER, "name": "Example Steel"},
            "allocations": [{"bill": "B-1", "principal": 99_000, "penalty": 1_000}],
            "deposit": null}]})
}

fn reconciliation() -> Value {
    json!({"day": "2026-11-22", "as_of": "2026-11-22T08:00:00Z", "account": "DE89370400440532013000",
        "statements": [], "agreed": [], "differences": [], "differences_total": 0,
        "items": [item()], "items_total": 1})
}

fn split(principal: i64, penalty: i64) -> Value {
    json!({"bill": "B-2", "customer": {"id": CUSTOMER, "name": "Example Steel"}, "due": "2026-09-20",
        "open": 200_000, "principal": principal, "penalty": penalty, "currency": "CNY"})
}

fn view(of: &Signed<Resolution>) -> Value {
    let document = of.document();
    json!({"resolution": document.resolution, "item": document.item, "state": "proposed",
        "manager": document.manager, "at": "2026-11-22T08:00:00Z", "document": of.as_str(),
        "decision": null})
}

/// The answer to a resolution that is not looked into.
fn any_view() -> Value {
    json!({"resolution": "00000000-0000-4000-8000-000000000099", "item": ITEM, "state": "proposed",
        "manager": {"id": CUSTOMER, "name": "x"}, "at": "2026-11-22T08:00:00Z", "document": "",
        "decision": null})
}

#[test]
fn one_manager_signs_and_another_confirms_what_it_says() {
    let scene = Scene::new();
    let shown = scene.run("wang", &["reconcile"], &[MANAGER_PIN]).json();
    assert_eq!(shown["items"][0]["item"], ITEM);

    // Not all of the money, a bill that takes less, an item that does not wait.
    scene
        .platform
        .answer("/v1/reconciliation/split", split(49_000, 1_000));
    let ended = scene.resolve("wang", &["--bill", "B-2=500.00"]).expect(2);
    assert!(
        ended
            .stderr
            .contains("500.00 CNY of 1,000.00 CNY goes nowhere"),
        "{}",
        ended.stderr
    );
    let ended = scene.resolve("wang", &["--bill", "B-2=500.01"]).expect(2);
    assert!(
        ended.stderr.contains("B-2 can get 500.00 CNY"),
        "{}",
        ended.stderr
    );
    scene.resolve("wang", &["--proposal", "2"]).expect(2);
    let line = [
        "resolve",
        "receipt:other",
        "--note",
        "x",
        "--yes",
        "--sign-pin-fd",
        "0",
    ];
    scene.run("wang", &line, &[MANAGER_PIN; 2]).expect(48);
    assert_eq!(scene.platform.last_posted("/v1/resolutions"), None);

    scene.platform.answer("/v1/resolutions", any_view());
    scene
        .resolve("wang", &["--bill", "B-2=500.00", "--deposit", "C-1"])
        .expect(0);
    let signed = scene.signed::<Resolution>("/v1/resolutions", 0);
    let document = signed.document();
    assert_eq!(document.allocations[0].principal, 49_000);
    assert_eq!(document.deposit.as_ref().unwrap().amount, 50_000);
    scene
        .resolve("wang", &["--note", "paid back by the bank"])
        .expect(0);
    let signed = scene.signed::<Resolution>("/v1/resolutions", 0);
    assert_eq!(signed.document().action, Action::Note);

    scene.resolve("wang", &["--proposal", "1"]).expect(0);
    let signed = scene.signed::<Resolution>("/v1/resolutions", 0);
    let document = signed.document();
    let shown: WaitingItem = serde_json::from_value(item()).unwrap();
    assert_eq!(
        document.item_digest,
        shown.view.digest(),
        "of what it was shown"
    );
    assert_eq!(document.total(), Some(100_000));
    let id = document.resolution.to_string();
    let path = format!("/v1/resolutions/{id}");
    scene.platform.answer(&path, view(&signed));
    scene
        .platform
        .answer("/v1/resolution-decisions", view(&signed));

    scene.decide("wang", "confirm", &id).expect(47);
    scene.decide("sun", "confirm", &id).expect(0);
    let word = scene.signed::<ResolutionDecision>("/v1/resolution-decisions", 1);
    assert_eq!(word.document().decision, Verdict::Confirm);
    assert_eq!(word.document().resolution_digest, signed.digest());
    scene.decide("wang", "refuse", &id).expect(0);

    // The platform, or whoever took its place, says other things than what was signed.
    let stranger = MemorySigner::generate();
    let forged = Signed::sign(document, &stranger, signed.certificate()).unwrap();
    scene.platform.answer(&path, view(&forged));
    scene.decide("sun", "confirm", &id).expect(44);
    scene.platform.answer(&path, view(&signed));
    let mut other = reconciliation();
    other["items"][0]["amount"] = 100_001.into();
    scene.platform.answer("/v1/reconciliation", other);
    scene.decide("sun", "confirm", &id).expect(48);
}
