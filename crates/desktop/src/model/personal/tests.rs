use serde_json::json;
use wattkey_domain::{Right, Rights};

use super::*;
use crate::model::signing::Kind;

fn profile(version: i64) -> Profile {
    serde_json::from_value(json!({
        "customer": {"id": "0b7a3c1e-6a0e-4a52-8f7e-1d2c3b4a5968", "name": "Example Steel"},
        "contacts": {"version": version, "since": "2026-11-01T08:00:00Z", "contacts": [
            {"name": "Wang Fang", "role": "billing", "phone": "021 5555 0100", "email": null, "language": "zh"}]},
        "notice_addresses": [{"account": "C-1", "version": 4, "post": "1 Furnace Road", "email": null,
            "since": "2026-11-01T08:00:00Z"}],
        "invoice_data": {"version": 0, "data": null, "since": null},
        "users": [{"user": {"id": "2f1e0d3c-4b5a-4697-8871-a2b3c4d5e6f7", "name": "Li Na"},
            "rights": ["view", "prepare", "approve", "administer"]},
            {"user": {"id": "2f1e0d3c-4b5a-4697-8871-a2b3c4d5e6f8", "name": "Wang Fang"}, "rights": ["view"]}],
        "rights": [{"user": "2f1e0d3c-4b5a-4697-8871-a2b3c4d5e6f8", "account": "C-1", "version": 2,
            "given": [], "effective": [], "since": "2026-11-01T08:00:00Z"}],
    }))
    .unwrap()
}

fn page() -> Personal {
    let mut page = Personal::default();
    page.loaded(profile(3));
    page
}

fn write(page: &mut Personal, input: Input) {
    assert!(page.update(input).is_empty());
}

#[test]
fn a_changed_contact_replaces_the_version_that_was_seen() {
    let mut page = page();
    assert!(!page.is_ready(), "nothing is changed");
    write(
        &mut page,
        Input::Contact(0, ContactField::Email, "wang@steel.example".into()),
    );
    let effects = page.update(Input::Review);
    let [Effect::Change(what, 3)] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    let What::Contacts { contacts } = &**what else {
        panic!("{what:?}")
    };
    assert_eq!(contacts[0].email.as_deref(), Some("wang@steel.example"));
    assert!(!page.before.is_empty());
    assert!(page.update(Input::Review).is_empty(), "a second click");
}

#[test]
fn what_is_not_right_is_named_and_not_signed() {
    let mut page = page();
    write(&mut page, Input::AddContact);
    assert_eq!(
        page.wrong()[0],
        Wrong {
            row: Some(1),
            id: "window-wrong-name"
        }
    );
    write(
        &mut page,
        Input::Contact(1, ContactField::Name, "Li Na".into()),
    );
    assert_eq!(page.wrong()[0].id, "window-wrong-reach");
    write(
        &mut page,
        Input::Contact(1, ContactField::Phone, "none".into()),
    );
    assert_eq!(page.wrong()[0].id, "window-wrong-phone");
    write(
        &mut page,
        Input::Contact(1, ContactField::Phone, "+86 21 1".into()),
    );
    write(
        &mut page,
        Input::Contact(1, ContactField::Email, "li@".into()),
    );
    assert_eq!(page.wrong()[0].id, "window-wrong-email");
    assert!(page.update(Input::Review).is_empty());
    write(
        &mut page,
        Input::Contact(1, ContactField::Email, "li@steel.example".into()),
    );
    assert_eq!(page.update(Input::Review).len(), 1);
}

#[test]
fn what_somebody_else_changed_meanwhile_is_not_overwritten() {
    let mut page = page();
    write(
        &mut page,
        Input::Contact(0, ContactField::Name, "Wang F.".into()),
    );
    page.loaded(profile(4));
    assert!(page.is_stale() && !page.is_ready());
    assert_eq!(
        page.forms.contacts.now[0].name, "Wang F.",
        "what was written stays"
    );
    write(&mut page, Input::StartOver);
    assert!(!page.is_stale());
    assert_eq!(page.forms.contacts.now[0].name, "Wang Fang");
}

#[test]
fn who_approves_may_prepare_and_look() {
    let mut page = page();
    write(&mut page, Input::Tab(3));
    write(&mut page, Input::RightsUser(1));
    write(&mut page, Input::RightsAccount("C-2".into()));
    write(&mut page, Input::Right(2, true));
    let all: Rights = [Right::View, Right::Prepare, Right::Approve]
        .into_iter()
        .collect();
    assert_eq!(page.forms.rights.given, all);
    write(&mut page, Input::Right(1, false));
    let effects = page.update(Input::Review);
    let [Effect::Change(what, 0)] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    let What::Rights { rights, .. } = &**what else {
        panic!("{what:?}")
    };
    assert_eq!(*rights, Some([Right::View].into_iter().collect()));
}

#[test]
fn a_hidden_account_is_given_back() {
    let mut page = page();
    write(&mut page, Input::Tab(3));
    let hidden = page
        .rights()
        .iter()
        .position(|row| row.account.is_some())
        .unwrap();
    write(&mut page, Input::EditRights(hidden));
    assert!(!page.is_ready(), "it is hidden already");
    write(&mut page, Input::RightsKind(1));
    let effects = page.update(Input::Review);
    assert!(
        matches!(effects.as_slice(), [Effect::Change(_, 2)]),
        "{effects:?}"
    );
}

#[test]
fn a_form_that_was_signed_is_begun_anew_and_the_others_stay() {
    let mut page = page();
    write(&mut page, Input::Tab(2));
    write(&mut page, Input::Address(2, "a@steel.example".into()));
    write(&mut page, Input::Tab(0));
    write(
        &mut page,
        Input::Contact(0, ContactField::Name, "Wang F.".into()),
    );
    let _ = page.signed(Kind::ChangeApproval);
    assert!(
        page.forms.contacts.edited,
        "another one's change was decided on"
    );
    let _ = page.signed(Kind::Change);
    assert!(!page.forms.contacts.edited);
    assert_eq!(page.forms.address.email, "a@steel.example");
}

#[test]
fn nobody_is_asked_about_a_change_of_his_own_or_of_his_rights() {
    let me = "2f1e0d3c-4b5a-4697-8871-a2b3c4d5e6f7";
    let change = |by: &str, about: &str| -> ChangeView {
        serde_json::from_value(json!({
            "change": "7d3f0000-0000-4000-8000-000000000001", "digest": wattkey_pki::Digest::of(b"change"),
            "user": {"id": by, "name": "Somebody"}, "replaces": 0, "state": "waiting", "version": null,
            "what": {"kind": "rights", "user": about, "account": "C-1", "rights": ["view"]},
            "at": "2026-11-01T08:00:00Z", "until": "2026-11-15T08:00:00Z", "ended": null, "decisions": [],
        }))
        .unwrap()
    };
    let other = "2f1e0d3c-4b5a-4697-8871-a2b3c4d5e6f8";
    let mut page = page();
    page.changes = Some(vec![
        change(me, other),
        change(other, me),
        change(other, other),
    ]);
    assert_eq!(page.waiting(me.parse().unwrap()).count(), 1);
    assert_eq!(
        page.decide(me.parse().unwrap(), 0, Decision::Approve).len(),
        1
    );
    assert!(
        page.decide(me.parse().unwrap(), 1, Decision::Approve)
            .is_empty()
    );
}
