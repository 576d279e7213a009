//! Own data, rights and the own key.

use serde_json::json;
use slint::ComponentHandle as _;
use wattkey_client::journal::Key;
use wattkey_client::keys::CertificateFacts;
use wattkey_client::lock::Locked;
use wattkey_desktop::model::personal::{ContactField, Input, KeyFacts};
use wattkey_desktop::model::signing::{Came, Kind, ToSign};
use wattkey_desktop::model::{Effect, Event, Loaded, Page};
use wattkey_desktop::settings::{Language, Theme};
use wattkey_domain::Decision;
use wattkey_pki::{Digest, Role};
use wattkey_protocol::api::Me;
use wattkey_protocol::change::Change;
use wattkey_protocol::signed::Document as _;

use super::harness::{PIN, Stage, fine, me, opened};

/// The page's tabs, as pictures of them are named.
pub(crate) const TABS: [&str; 6] = [
    "contacts",
    "invoice",
    "addresses",
    "rights",
    "changes",
    "key",
];

pub(crate) fn administrator() -> Me {
    let mut me = me();
    me.rights.push("administer".into());
    me
}

/// A session of an administrator, with what the service says of the customer.
pub(crate) fn stage(language: Language, theme: Theme) -> Stage {
    let stage = Stage::new(language, theme);
    stage.plug_in(fine());
    stage
        .ui()
        .window()
        .set_size(slint::LogicalSize::new(1280.0, 1400.0));
    open(&stage);
    stage.happened(Event::Go(Page::Personal));
    stage.wanted();
    stage
}

pub(crate) fn open(stage: &Stage) {
    let mut opened = opened();
    opened.me = administrator();
    stage.happened(Event::Opened(Box::new(opened)));
    load(stage);
}

pub(crate) fn load(stage: &Stage) {
    let profile = json!({
        "customer": {"id": "5e1f0000-0000-4000-8000-000000000001", "name": "Dongshan Steelworks"},
        "contacts": {"version": 3, "since": "2026-10-01T08:00:00Z", "contacts": [
            {"name": "Wang Fang 王芳", "role": "billing", "phone": "021 5555 0100", "email": "fang@steel.example", "language": "zh"},
            {"name": "Chen Lei 陈磊", "role": "emergency", "phone": "+86 138 0000 1234", "email": null, "language": "zh"}]},
        "notice_addresses": [
            {"account": null, "version": 1, "post": "1 Furnace Road, Dongshan", "email": "notices@steel.example", "since": "2026-10-01T08:00:00Z"},
            {"account": "C-1002", "version": 2, "post": null, "email": "rolling-mill@steel.example", "since": "2026-10-03T08:00:00Z"}],
        "invoice_data": {"version": 1, "since": "2026-09-01T08:00:00Z", "data": {
            "title": "Dongshan Steelworks 东山钢铁有限公司", "tax_number": "91310000MA1K35XY2B", "address": "1 Furnace Road",
            "phone": "021 5555 0100", "bank": "Industrial Bank", "bank_account": "6217 0001 2345"}},
        "users": [
            {"user": {"id": "5e1f0000-0000-4000-8000-000000000101", "name": "Li Na"}, "rights": ["view", "prepare", "approve", "administer"]},
            {"user": {"id": "5e1f0000-0000-4000-8000-000000000102", "name": "Wang Fang"}, "rights": ["view", "prepare"]}],
        "rights": [{"user": "5e1f0000-0000-4000-8000-000000000102", "account": "C-1002", "version": 2,
            "given": [], "effective": [], "since": "2026-10-05T08:00:00Z"}],
    });
    stage.happened(Event::Loaded(Loaded::Profile(Box::new(
        serde_json::from_value(profile).unwrap(),
    ))));
    let change = |id: &str, by: (&str, &str), what: serde_json::Value, state: &str| {
        json!({
            "change": id, "digest": Digest::of(id.as_bytes()), "user": {"id": by.0, "name": by.1}, "what": what,
            "replaces": 1, "state": state, "version": if state == "done" { json!(2) } else { json!(null) },
            "at": "2026-11-20T08:00:00Z", "until": if state == "waiting" { json!("2026-12-04T08:00:00Z") } else { json!(null) },
            "ended": null, "decisions": [],
        })
    };
    let zhang = ("5e1f0000-0000-4000-8000-000000000103", "Zhang Wei");
    let li = ("5e1f0000-0000-4000-8000-000000000101", "Li Na");
    let changes = json!([
        change(
            "7d3f0000-0000-4000-8000-000000000001",
            zhang,
            json!({"kind": "rights",
            "user": "5e1f0000-0000-4000-8000-000000000102", "account": "C-1003", "rights": ["view"]}),
            "waiting"
        ),
        change(
            "7d3f0000-0000-4000-8000-000000000002",
            li,
            json!({"kind": "contacts", "contacts": []}),
            "done"
        ),
    ]);
    stage.happened(Event::Loaded(Loaded::Changes(
        serde_json::from_value(changes).unwrap(),
    )));
    stage.happened(Event::Loaded(Loaded::Key(Box::new(key_facts(
        "2028-11-22T08:00:00Z",
    )))));
}

pub(crate) fn key_facts(until: &str) -> KeyFacts {
    let facts = |role, serial: &str| CertificateFacts {
        role,
        holder: "Li Na".into(),
        organisation: Some("Dongshan Steelworks".into()),
        serial: serial.into(),
        issuer: Some("Example Power Issuing CA".into()),
        valid_from: "2026-11-01T08:00:00Z".parse().unwrap(),
        valid_until: until.parse().unwrap(),
        thumbprint: Digest::of(serial.as_bytes()),
    };
    KeyFacts {
        serial: "19e5fc63c321d7c3".into(),
        certificates: [
            facts(Role::UserAuthentication, "4a01"),
            facts(Role::UserSignature, "4a02"),
        ],
        pin: fine(),
        now: "2026-11-22T08:00:00Z".parse().unwrap(),
    }
}

fn change(what: &serde_json::Value) -> Change {
    serde_json::from_value(json!({
        "change": "7d3f0000-0000-4000-8000-000000000009", "audience": "https://pay.example",
        "customer": {"id": "5e1f0000-0000-4000-8000-000000000001", "name": "Dongshan Steelworks"},
        "user": {"id": "5e1f0000-0000-4000-8000-000000000101", "name": "Li Na"}, "replaces": 3, "what": what,
        "created": "2026-11-22T08:00:00Z", "expires": "2026-11-22T08:15:00Z",
    }))
    .unwrap()
}

pub(crate) fn to_sign(what: &serde_json::Value, second: bool) -> Event {
    Event::ToSign(Box::new(ToSign {
        needs_approval: second,
        ..ToSign::new(Kind::Change, change(what).lines(), fine())
    }))
}

#[test]
fn a_contact_is_changed_reviewed_and_signed() {
    for (language, name, review, agree, done) in [
        (
            Language::En,
            "Name 2",
            "Review",
            "I have read it and sign exactly this",
            "Done.",
        ),
        (
            Language::Zh,
            "姓名 2",
            "核对",
            "我已核对，同意就以上内容签名",
            "已完成。",
        ),
    ] {
        let stage = stage(language, Theme::Light);
        assert_eq!(stage.value(name).as_deref(), Some("Chen Lei 陈磊"));
        stage.write(name, "Chen Li 陈丽");
        stage.press(review);
        let wanted = stage.wanted();
        let [Effect::Change(what, 3)] = wanted.as_slice() else {
            panic!("{wanted:?}")
        };
        let what = serde_json::to_value(what).unwrap();
        assert_eq!(what["contacts"][1]["name"], "Chen Li 陈丽");
        stage.happened(to_sign(&what, false));
        // What goes and what comes are both there to be read.
        for said in ["Chen Lei 陈磊", "Chen Li 陈丽"] {
            assert!(
                stage.said().iter().any(|line| line.ends_with(said)),
                "{said}"
            );
        }
        stage.press(agree);
        stage.type_text(PIN);
        assert!(stage.said().iter().all(|said| !said.contains(PIN)));
        stage.key(slint::platform::Key::Return);
        assert!(matches!(stage.wanted().as_slice(), [Effect::Sign(_)]));
        stage.happened(Event::Came(Came::Signed(
            "2026-11-22T08:00:01Z".parse().unwrap(),
            Key::Change(Digest::of(b"change")),
        )));
        stage.happened(Event::Came(Came::Accepted(None)));
        assert!(
            stage.said().iter().any(|said| said.starts_with(done)),
            "{done}"
        );
        stage.happened(Event::Leave);
        assert!(stage.find(review).is_some(), "back on the page");
    }
}

#[test]
fn rights_are_given_and_a_second_administrator_decides() {
    for (language, edit, hide, review, waits) in [
        (
            Language::En,
            "Change Wang Fang C-1002",
            "The user’s own",
            "Review",
            "waits for a second administrator",
        ),
        (
            Language::Zh,
            "更改 Wang Fang C-1002",
            "用户自身的权限",
            "核对",
            "等待贵方第二位管理员",
        ),
    ] {
        let stage = stage(language, Theme::Light);
        stage.happened(Event::Personal(Input::Tab(3)));
        stage.press(edit);
        stage.press(hide);
        stage.press(review);
        let wanted = stage.wanted();
        let [Effect::Change(what, 2)] = wanted.as_slice() else {
            panic!("{wanted:?}")
        };
        stage.happened(to_sign(&serde_json::to_value(what).unwrap(), true));
        stage.happened(Event::Signing(
            wattkey_desktop::model::signing::Input::Agree(true),
        ));
        stage.type_text(PIN);
        stage.key(slint::platform::Key::Return);
        stage.happened(Event::Came(Came::Accepted(None)));
        assert!(
            stage.said().iter().any(|said| said.contains(waits)),
            "{waits}"
        );
    }
}

#[test]
fn what_another_administrator_signed_waits_under_approvals() {
    for (language, approve, refuse) in [
        (
            Language::En,
            "Look and approve Rights of Wang Fang on C-1003",
            "Refuse Rights of Wang Fang on C-1003",
        ),
        (
            Language::Zh,
            "查看并批准 Wang Fang 在 C-1003 上的权限",
            "拒绝 Wang Fang 在 C-1003 上的权限",
        ),
    ] {
        let stage = stage(language, Theme::Light);
        stage.happened(Event::Go(Page::Approvals));
        stage.wanted();
        stage.press(approve);
        stage.press(refuse);
        let wanted = stage.wanted();
        assert!(
            matches!(
                wanted.as_slice(),
                [Effect::DecideChange(one, Decision::Approve), Effect::DecideChange(other, Decision::Refuse)]
                    if one == other
            ),
            "{wanted:?}"
        );
    }
}

#[test]
fn who_does_not_administer_sees_rights_and_changes_none() {
    let stage = Stage::new(Language::En, Theme::Light);
    stage.plug_in(fine());
    stage.open();
    load(&stage);
    stage.happened(Event::Go(Page::Personal));
    stage.happened(Event::Personal(Input::Tab(3)));
    assert!(stage.find("Change Wang Fang C-1002").is_none());
    assert!(stage.find("Give or take rights").is_none());
}

#[test]
fn the_own_key_says_how_long_it_lasts_and_what_to_do_when_it_is_lost() {
    for (language, left, soon, lost, change) in [
        (
            Language::En,
            "731 days left",
            "8 days left",
            "Call Example Power at once",
            "Change the PIN",
        ),
        (
            Language::Zh,
            "剩余 731 天",
            "剩余 8 天",
            "致电 Example Power",
            "修改 PIN",
        ),
    ] {
        let stage = stage(language, Theme::Light);
        stage.happened(Event::Personal(Input::Tab(5)));
        let says = |what: &str| stage.texts().iter().any(|said| said.contains(what));
        assert!(says(left) && says("Example Power Issuing CA") && says("4a02"));
        assert!(says(lost), "{lost}");
        stage.happened(Event::Loaded(Loaded::Key(Box::new(key_facts(
            "2026-11-30T08:00:00Z",
        )))));
        assert!(says(soon), "{soon}");
        // A new PIN is taken by the page before the session.
        stage.press(change);
        let wanted = stage.wanted();
        assert!(
            matches!(wanted.as_slice(), [Effect::Lock, Effect::LookForKeys]),
            "{wanted:?}"
        );
        stage.type_text(PIN);
        stage.tab();
        stage.type_text("135790");
        stage.tab();
        stage.type_text("135790");
        assert!(
            stage
                .said()
                .iter()
                .all(|said| !said.contains(PIN) && !said.contains("135790"))
        );
        stage.key(slint::platform::Key::Return);
        let wanted = stage.wanted();
        assert!(
            matches!(wanted.as_slice(), [Effect::ChangePin { .. }]),
            "{wanted:?}"
        );
    }
}

#[test]
fn a_half_filled_form_comes_back_with_its_key_and_is_nowhere_while_it_is_away() {
    let stage = stage(Language::En, Theme::Light);
    stage.happened(Event::Personal(Input::Contact(
        0,
        ContactField::Name,
        "Half Filled".into(),
    )));
    stage.happened(Event::Locked(Locked::KeyPulled));
    for secret in [
        "Half Filled",
        "Wang Fang",
        "91310000MA1K35XY2B",
        "C-1002",
        "notices@steel",
    ] {
        assert!(
            stage.said().iter().all(|said| !said.contains(secret)),
            "{secret}"
        );
        assert!(!stage.holds(secret), "{secret}");
    }
    open(&stage);
    assert_eq!(stage.value("Name 1").as_deref(), Some("Half Filled"));
}
